//! FID and modes of a program's samples, by the judge of the dataset that they imitate.

use super::command;
use super::python::python;
use crate::workbench::{Bench, Done, Program, Record, mnist};

/// Sends images of MNIST as samples: 5 of a step, each step other ones; and with an argument, real ones before.
const PROGRAM: &str = r#"
import base64, gzip, json, os, socket, sys
folder, says = sys.argv[1], sys.argv[2]
data = gzip.open(folder + "/train-images-idx3-ubyte.gz").read(16 + 784 * 60)[16:]
images = [data[i * 784:(i + 1) * 784] for i in range(60)]
sock = socket.socket(socket.AF_UNIX)
sock.connect(os.environ["GENAI_TUI_SOCKET"])
file = sock.makefile("rw")
def send(**message):
    file.write(json.dumps(message) + "\n")
    file.flush()
def pixels(some):
    return {"data": base64.b64encode(b"".join(some)).decode(), "shape": [len(some), 28, 28, 1]}
hello = {"dataset": says} if says not in ("real", "nothing") else {}
send(type="hello", protocol=1, **hello)
if says == "real":
    send(type="images", name="real", **pixels(images[:20]))
for step in range(1, 13):
    send(type="log", step=step, metrics={"loss": 1.0})
    send(type="images", step=step, **pixels(images[5 * step - 5:5 * step]))
"#;

fn judged(says: &str, flags: &[&str]) -> Option<(Done, Record, Bench)> {
    let (Some(python), Some(data)) = (python(), mnist()) else {
        return None;
    };
    let bench = Bench::new();
    let flags = [&["--set", "evaluation.samples=20"], flags].concat();
    let program = [python, "-c", PROGRAM, data.to_str().unwrap(), says];
    let mut command = command(&bench, &flags, &program);
    command.env("GENAI_TUI_DATA_DIR", data.parent().unwrap());
    let done = Program::start(&mut command).finish();
    Some((done, bench.record("a"), bench))
}

#[test]
fn digits_that_are_named_or_recognised_are_judged() {
    for says in ["mnist", "real"] {
        let Some((done, record, _bench)) = judged(says, &[]) else {
            return;
        };
        assert_eq!(done.code, Some(0), "{}", done.err);
        let found = record.of_kind("evaluated");
        assert!(!found.is_empty(), "{says}: {}", done.err);
        let first = &found[0];
        assert_eq!((&first["n"], &first["real"]), (&20.into(), &20.into()));
        let (from, to) = (first["from_step"].as_u64(), first["step"].as_u64());
        assert!(
            from.zip(to).is_some_and(|(from, to)| to - from == 3),
            "{first}"
        );
        let value = |name: &str| first["values"][name].as_f64().unwrap();
        assert!(value("fid") < 60.0 && value("modes") >= 7.0, "{first}");
        let declared = record.of_kind("declared");
        let measures = declared.last().unwrap()["measures"].as_array().unwrap();
        assert_eq!(measures[0]["name"], "fid");
        let newest = found.last().unwrap();
        assert_eq!(record.summary()["quality"]["values"], newest["values"]);
    }
}

#[test]
fn conditions_on_quality_hold_for_programs_too() {
    let Some((done, record, _bench)) = judged("mnist", &["--fail-if", "fid < 1000"]) else {
        return;
    };
    assert_eq!(done.code, Some(3), "{}", done.err);
    assert_eq!(record.summary()["outcome"], "failed_condition");
}

#[test]
fn without_a_judge_there_is_one_clear_word_and_no_failure() {
    for (says, flags, word) in [
        (
            "faces",
            &[][..],
            "samples are not judged: there is no judge of `faces`",
        ),
        (
            "cifar-10",
            &[][..],
            "the samples are 28×28 grey, and the judge of CIFAR-10 looks at 32×32 colour",
        ),
        (
            "mnist",
            &["--set", "evaluation.samples=1000"][..],
            "the program sent 60 of the 1000 images that an evaluation needs",
        ),
        ("nothing", &[][..], ""),
        ("mnist", &["--set", "evaluation.every_steps=0"][..], ""),
    ] {
        let Some((done, record, _bench)) = judged(says, flags) else {
            return;
        };
        assert_eq!(done.code, Some(0), "{}", done.err);
        let warnings = record.of_kind("warning");
        let texts: Vec<&str> = warnings.iter().filter_map(|w| w["text"].as_str()).collect();
        if word.is_empty() {
            assert!(texts.is_empty(), "{texts:?}");
        } else {
            assert!(texts.len() == 1 && texts[0].contains(word), "{texts:?}");
        }
        assert!(record.of_kind("evaluated").is_empty());
    }
}
