//! Several processes that train one model: rank 0 says where the run is.

use super::python::python;
use super::speech::says;
use crate::workbench::Bench;

#[test]
fn the_steps_of_rank_0_are_the_runs() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    // Each waits for an answer to a line that has one, so that the panel has taken in what came before, and then for the next
    // window of metrics.
    let lines = r#"import time
t = socket.socket(socket.AF_UNIX)
t.connect(os.environ['GENAI_TUI_SOCKET'])
s.sendall(b'{"type": "hello", "protocol": 1, "metrics": [{"name": "loss"}], "progress": {"steps": 100}}\n')
t.sendall(b'{"type": "hello", "protocol": 1, "rank": 1, "title": "other", "progress": {"steps": 7}, "commands": ["stop"]}\n')
answers = {s: s.makefile(), t: t.makefile()}
def taken(one):
    one.sendall(b'{"type": "fly"}\n')
    while '"unknown_type"' not in answers[one].readline(): pass
taken(s)
for i in range(1, 6):
    s.sendall(b'{"type": "log", "step": %d, "metrics": {"loss": %d}}\n' % (i, i))
    taken(s)
    t.sendall(b'{"type": "log", "step": %d, "epoch": 77, "images": 1000, "metrics": {"loss": %d}}\n' % (2 * i, 100 + i))
    taken(t)
    time.sleep(0.12)
t.sendall(b'{"type": "state", "state": "paused"}\n{"type": "rewound", "step": 2}\n{"type": "checkpoint", "path": "r1"}\n')
t.sendall(b'{"type": "progress", "steps": 7}\n{"type": "applied", "id": 1}\n')
t.sendall(b'{"type": "text", "step": 50, "text": "of rank 1"}\n{"type": "images", "step": 60, "data": "AA==", "shape": [1, 1, 1, 1]}\n')
t.sendall(b'{"type": "distribution", "step": 70, "name": "d", "values": [1, 2]}\n{"type": "alarm", "step": 80, "name": "x", "text": "y"}\n')
t.sendall(b'{"type": "finished", "step": 90, "reason": "rank one is done"}\n')
t.shutdown(socket.SHUT_WR)
print(answers[t].read())
s.sendall(b'{"type": "log", "step": 6, "metrics": {"loss": 6}}\n')"#;
    let (done, record) = says(&bench, python, lines);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let steps = record.of_kind("step");
    let of = |metric: &str| -> Vec<(u64, f64)> {
        let seen = steps.iter().filter_map(|event| {
            let last = event["metrics"].get(metric)?["last"].as_f64()?;
            Some((event["step"].as_u64()?, last))
        });
        seen.collect()
    };
    let own: Vec<(u64, f64)> = (1..=6).map(|step| (step, step as f64)).collect();
    assert_eq!(of("loss"), own);
    // What was measured at step 2i is there when rank 0 is: never before, and the rest at the end.
    let others = of("rank1/loss");
    let (in_time, rest) = others.split_at(2);
    assert_eq!(in_time, [(2, 101.0), (4, 102.0)]);
    assert!(rest.iter().all(|(step, _)| *step == 6), "{others:?}");
    assert_eq!(rest.last(), Some(&(6, 105.0)), "{others:?}");
    assert!(
        steps
            .iter()
            .all(|event| event["branch"] == 0 && event["epoch"] != 77)
    );
    let summary = record.summary();
    assert_eq!(summary["total_steps"], 6);
    assert_eq!(summary["images"].as_u64().unwrap_or_default(), 0);
    assert!(summary["checkpoint"].is_null(), "{summary}");
    assert_ne!(summary["reason"], "rank one is done");
    let declared = record.of_kind("declared");
    assert_eq!(declared.last().unwrap()["target"]["steps"], 100);
    assert!(record.of_kind("warning").iter().all(|w| {
        let text = w["text"].as_str().unwrap();
        !text.contains("after step")
    }));
    assert_eq!(record.of_kind("text")[0]["name"], "rank1");
    assert_eq!(record.of_kind("distribution")[0]["name"], "rank1/d");
    assert_eq!(record.of_kind("alarm")[0]["alarm"], "rank1/x");
    assert_eq!(record.of_kind("pictures")[0]["name"], "rank1/samples");
    assert_eq!(record.of_kind("samples").len(), 0);
}
