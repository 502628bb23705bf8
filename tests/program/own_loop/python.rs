//! Trainers for tests, in Python's standard library; skipped by name where there is none.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::workbench::Bench;

/// A trainer that speaks the protocol by hand: `trainer.py STEPS [SECONDS]`.
const TRAINER: &str = r#"
import json, os, queue, socket, sys, threading, time
sock = socket.socket(socket.AF_UNIX)
sock.connect(os.environ["GENAI_TUI_SOCKET"])
file = sock.makefile("rw")
def send(**message):
    file.write(json.dumps(message) + "\n")
    file.flush()
send(type="hello", protocol=1, client="trainer.py", title="a toy",
     config={"lr": 0.1, "model": {"width": 3}},
     metrics=[{"name": "loss", "good": "lower", "references": [{"value": 0.5, "label": "goal"}]}],
     controls=[{"name": "lr", "type": "float", "value": 0.1, "min": 0, "max": 1, "role": "learning_rate"},
               {"name": "objective", "type": "choice", "value": "a", "choices": ["a", "b"], "role": "objective"}],
     commands=["pause", "resume", "step", "stop", "checkpoint", "sample"],
     actions=[{"name": "reset"}], progress={"steps": int(sys.argv[1])})
came = queue.Queue()
def read():
    for line in file:
        came.put(json.loads(line))
threading.Thread(target=read, daemon=True).start()
values, step, left, ended = {"lr": 0.1}, 0, None, False
pause = float(sys.argv[2]) if len(sys.argv) > 2 else 0.005
while step < int(sys.argv[1]) and not ended:
    while not ended:
        try:
            message = came.get(timeout=0.01 if left == 0 else 0)
        except queue.Empty:
            if left == 0:
                continue
            break
        kind, extra = message["type"], {}
        if kind in ("welcome", "wants", "error", "bye"):
            print(kind, message.get("code", ""), flush=True)
            continue
        if kind == "pause":
            left = 0
        elif kind == "resume":
            left = None
        elif kind == "step":
            left = message["count"]
        elif kind == "stop":
            ended = True
        elif kind == "set":
            values.update(message["values"])
            extra["values"] = message["values"]
        elif kind == "checkpoint":
            send(type="checkpoint", path="saved.pt", step=step)
        elif kind == "sample":
            send(type="images", id=message["id"], data="AP8=", shape=[2, 1, 1, 1])
        send(type="applied", id=message["id"], step=step, **extra)
    if ended:
        break
    step += 1
    if left:
        left -= 1
    send(type="log", step=step, metrics={"loss": 1 / step, "lr": values["lr"]})
    if left == 0:
        send(type="state", state="paused", step=step)
    time.sleep(pause)
send(type="finished", step=step, reason="reached the end")
"#;

/// Python, where there is one.
pub fn python() -> Option<&'static str> {
    let found = ["/usr/bin/python3", "/usr/local/bin/python3"]
        .into_iter()
        .find(|path| Path::new(path).is_file());
    if found.is_none() {
        let _ = writeln!(std::io::stderr(), "skipped: there is no python3");
    }
    found
}

/// The trainer's file in this folder.
pub fn trainer(bench: &Bench) -> String {
    let path = bench.path("trainer.py");
    fs::write(&path, TRAINER).unwrap();
    path.display().to_string()
}
