#!/usr/bin/env python3
"""Checks both sides of the trainer protocol (docs/trainer-protocol.md), version 1. Standard library only.

A client, by playing the panel for a program that uses it:

    python3 conformance.py client -- COMMAND...

COMMAND trains for at least 30 seconds unless it is stopped, takes pause, resume, step and stop, and has a control at least.

The panel, by playing a program that it runs:

    genai-tui run --no-tui --run-dir DIR -- python3 conformance.py trainer

And a panel that reads, answers `hello` and checks nothing, to measure clients with:

    python3 conformance.py serve PATH

The exit code is 0 when everything was as the page says, and 1 otherwise; each check is a line on stdout.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import math
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Dict, List, Mapping, Optional

PROTOCOL = 1
LONGEST = 16 * 1024 * 1024
#: Seconds in which an answer has to come.
PATIENCE = 10.0

WORDS = ("NaN", "Infinity", "-Infinity")


class Wrong(Exception):
    """A message is not as the page says."""


# --- what the page says of messages -------------------------------------------------------------------------------


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) or value in WORDS


def step(value: Any) -> bool:
    return is_integer(value) and 0 <= value <= 2**53


def count(value: Any) -> bool:
    return is_integer(value) and value >= 0


def text(value: Any) -> bool:
    return isinstance(value, str)


def boolean(value: Any) -> bool:
    return isinstance(value, bool)


def one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda value: value in values


def list_of(check: Callable[[Any], bool], most: int = 10**9) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and len(value) <= most and all(check(part) for part in value)


def anything(value: Any) -> bool:
    return True


def name(value: Any) -> bool:
    is_text = isinstance(value, str) and 1 <= len(value) <= 100
    return is_text and not any(c.isspace() or ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in value)


def window(value: Any) -> bool:
    if number(value):
        return True
    if not isinstance(value, dict):
        return False
    parts = ("min", "mean", "max", "last")
    if not is_integer(value.get("count")) or value["count"] < 1 or not all(number(value.get(part)) for part in parts):
        return False
    least, mean, greatest, last = (float(value[part]) for part in parts)
    if any(math.isnan(part) for part in (least, mean, greatest, last)):
        return True
    slack = 1e-6 * max(1.0, abs(least), abs(greatest))
    return least - slack <= mean <= greatest + slack and least <= last <= greatest


def metrics(value: Any) -> bool:
    return isinstance(value, dict) and all(name(key) and window(part) for key, part in value.items())


def has(fields: Mapping[str, Callable[[Any], bool]], *needed: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if not isinstance(value, dict) or any(field not in value for field in needed):
            return False
        return all(fields[field](part) for field, part in value.items() if field in fields)

    return check


ROLES = (
    "loss discriminator_loss generator_loss real_score fake_score real_accuracy fake_accuracy gradient_norm update_ratio "
    "learning_rate reconstruction divergence active_latents distance gradient_penalty input_gradient_norm clip_saturation "
    "diversity frechet_distance classifier_score modes precision recall coverage throughput"
).split()
NETWORK = one_of("generator", "discriminator")
LIMIT = has({"watch": number, "failing": number, "meaning": text, "advice": text}, "watch")
METRIC = has(
    {
        "name": name,
        "title": text,
        "unit": text,
        "good": one_of("lower", "higher", "balance", "neutral"),
        "role": one_of(*ROLES),
        "network": NETWORK,
        "range": lambda value: list_of(number)(value) and len(value) == 2,
        "panel": text,
        "about": text,
        "references": list_of(has({"value": number, "label": text}, "value")),
        "low": LIMIT,
        "high": LIMIT,
    },
    "name",
)


def control(value: Any) -> bool:
    fields = {
        "name": name,
        "type": one_of("float", "integer", "boolean", "choice", "text"),
        "min": number,
        "max": number,
        "choices": list_of(text),
        "unit": text,
        "about": text,
        "role": one_of("learning_rate", "objective"),
        "network": NETWORK,
    }
    if not has(fields, "name", "type", "value")(value):
        return False
    return fits(value, value["value"]) and (value["type"] != "choice" or bool(value.get("choices")))


def fits(described: Dict[str, Any], value: Any) -> bool:
    """Whether a value is one that a control can have."""
    kind = described["type"]
    if kind == "choice":
        return value in described.get("choices", ())
    if kind in ("boolean", "text"):
        return isinstance(value, bool if kind == "boolean" else str)
    if not (is_integer(value) or kind == "float" and isinstance(value, float)):
        return False
    return bool(described.get("min", -math.inf) <= value <= described.get("max", math.inf))


PROGRESS = {"steps": count, "images": count, "seconds": number, "epochs": count, "steps_per_epoch": count}
DECLARED = {
    "title": text,
    "dataset": name,
    "config": lambda value: isinstance(value, dict),
    "metrics": list_of(METRIC),
    "controls": list_of(control),
    "commands": list_of(one_of("pause", "resume", "step", "stop", "checkpoint", "sample")),
    "actions": list_of(has({"name": name, "arguments": text, "about": text}, "name")),
}
UP: Dict[str, Callable[[Any], bool]] = {
    "hello": has(
        {
            "protocol": is_integer,
            "client": text,
            "pid": count,
            "rank": count,
            "world_size": count,
            "step": step,
            "progress": has(PROGRESS),
            **DECLARED,
        },
        "protocol",
    ),
    "declare": has(DECLARED),
    "log": has(
        {
            "metrics": metrics,
            "step": step,
            "from_step": step,
            "epoch": count,
            "batch": count,
            "images": count,
            "merged": count,
        },
        "metrics",
    ),
    "images": lambda value: images(value),
    "distribution": lambda value: distribution(value),
    "text": has({"text": lambda value: text(value) and len(value.encode()) <= 65536, "name": text, "step": step}, "text"),
    "checkpoint": has(
        {"path": text, "step": step, "reason": one_of("request", "interval", "best", "final")}, "path"
    ),
    "progress": has(PROGRESS),
    "alarm": has({"name": name, "text": text, "level": one_of("warn", "critical"), "step": step}, "name", "text"),
    "state": has({"state": one_of("running", "paused"), "detail": text, "step": step}, "state"),
    "rewound": has({"step": step}, "step"),
    "applied": has({"id": count, "step": step, "values": lambda value: isinstance(value, dict)}, "id"),
    "rejected": has({"id": count, "step": step, "reason": text}, "id"),
    "finished": has({"step": step, "reason": text}),
}


def distribution(value: Any) -> bool:
    if not has({"name": name, "step": step}, "name")(value):
        return False
    if "values" in value:
        return list_of(number, 10_000)(value["values"])
    edges, counts = value.get("edges"), value.get("counts")
    is_there = list_of(number)(edges) and list_of(number, 1000)(counts)
    return is_there and len(edges) == len(counts) + 1 and edges == sorted(edges)


def images(value: Any) -> bool:
    fields = {
        "name": name,
        "step": step,
        "layout": one_of("nhwc", "nchw"),
        "columns": list_of(text),
        "keep": boolean,
        "id": count,
        "merged": count,
        "grid": has({"rows": count, "columns": count, "padding": count}, "rows", "columns"),
    }
    if not has(fields)(value):
        return False
    if "data" in value:
        shape = value.get("shape")
        if not list_of(count)(shape) or len(shape) != 4 or 0 in shape:
            return False
        channels = shape[1] if value.get("layout") == "nchw" else shape[3]
        size = len(base64.b64decode(value["data"], validate=True))
        return bool(1 <= channels <= 4 and shape[0] <= 4096 and size == math.prod(shape))
    pictures = value.get("png")
    pictures = [pictures] if isinstance(pictures, str) else pictures
    if not list_of(text, 4096)(pictures) or not pictures:
        return False
    return all(base64.b64decode(one, validate=True).startswith(b"\x89PNG\r\n\x1a\n") for one in pictures)


def check_up(line: bytes) -> Dict[str, Any]:
    """A line of a trainer, if it is as the page says."""
    if len(line) > LONGEST:
        raise Wrong(f"a line of {len(line)} bytes; expected up to {LONGEST}")
    try:
        message = json.loads(line.decode("utf-8"))
    except ValueError as error:
        raise Wrong(f"not a JSON object in UTF-8 ({error}): {line[:200]!r}") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Wrong(f"expected an object with a `type`: {line[:200]!r}")
    check = UP.get(message["type"])
    if check is None:
        raise Wrong(f"there is no message `{message['type']}`: {line[:200]!r}")
    if not check(message):
        raise Wrong(f"a field of `{message['type']}` is missing or wrong: {line[:400]!r}")
    return message


# --- what both sides do -------------------------------------------------------------------------------------------

Message = Dict[str, Any]


class Report:
    def __init__(self) -> None:
        self.is_good = True

    def check(self, what: str, is_good: bool, found: Any = "") -> bool:
        print(f"{'ok   ' if is_good else 'WRONG'} {what}" + ("" if is_good else f": {found}"), flush=True)
        self.is_good &= is_good
        return is_good

    def answered(self, what: str, answer: Optional[Message], kind: str = "applied") -> bool:
        """A command got an answer of this kind."""
        return self.check(f"{what} is {kind}", (answer or {}).get("type") == kind, answer)


def a(kind: str, **fields: Any) -> Callable[[Message], bool]:
    """Whether a message is of a type and has these values."""
    wanted = {"type": kind, **fields}
    return lambda message: all(message.get(field) == value for field, value in wanted.items())


def log_after(step: int) -> Callable[[Message], bool]:
    return lambda message: message.get("type") == "log" and message.get("step", 0) > step


class End:
    """One end of a connection: lines of JSON, both ways."""

    def __init__(self) -> None:
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.buffer = b""
        self.got: List[Message] = []
        self.lines = 0

    def raw(self, line: bytes) -> int:
        """Sends a line, and returns its number."""
        self.link.sendall(line + b"\n")
        self.lines += 1
        return self.lines

    def send(self, **message: Any) -> int:
        return self.raw(json.dumps(message).encode())

    def understand(self, line: bytes) -> Optional[Message]:
        """The message of a line, if it is one."""
        return dict(json.loads(line))

    def read(self, seconds: float, until: Callable[[Message], bool] = lambda message: False) -> Optional[Message]:
        """Reads until a message, or for some time."""
        end = time.monotonic() + seconds
        while True:
            while b"\n" in self.buffer:
                line, _, self.buffer = self.buffer.partition(b"\n")
                message = self.understand(line)
                if message is None:
                    continue
                self.got.append(message)
                if until(message):
                    return message
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.link], [], [], left)[0]:
                return None
            data = self.link.recv(1 << 20)
            if not data:
                return None
            self.buffer += data

    def of(self, kind: str) -> List[Message]:
        return [message for message in self.got if message["type"] == kind]


# --- the panel, for a client --------------------------------------------------------------------------------------


class Panel(End):
    """The panel's end of one connection."""

    def __init__(self, folder: str, command: List[str]) -> None:
        super().__init__()
        path = os.path.join(folder, "socket")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        # A listener until a trainer has come.
        self.link.bind(path)
        self.link.listen()
        self.link.settimeout(PATIENCE)
        environment = {
            **os.environ,
            "GENAI_TUI_SOCKET": path,
            "GENAI_TUI_PROTOCOL": str(PROTOCOL),
            "GENAI_TUI_RUN_DIR": folder,
            "GENAI_TUI_RUN": "conformance",
        }
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.problems: List[str] = []
        self.ids = 0

    def accept(self) -> None:
        listener = self.link
        self.link, _ = listener.accept()
        listener.close()

    def understand(self, line: bytes) -> Optional[Message]:
        if not line.strip():
            return None
        try:
            return check_up(line)
        except Wrong as wrong:
            self.problems.append(str(wrong))
            return None

    def ask(self, **command: Any) -> int:
        """Sends a command, and returns its number."""
        self.ids += 1
        self.send(**command, id=self.ids)
        return self.ids

    def answer_to(self, asked: int) -> Optional[Message]:
        return self.read(PATIENCE, lambda message: message["type"] in ("applied", "rejected") and message["id"] == asked)

    def answer(self, **command: Any) -> Optional[Message]:
        return self.answer_to(self.ask(**command))

    def end(self) -> None:
        self.link.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()


def declared(panel: Panel, field: str) -> Any:
    """What `hello` and later messages declared."""
    found: Dict[str, Any] = {}
    commands: List[str] = []
    for message in panel.of("hello") + panel.of("declare"):
        commands = message.get("commands", commands)
        found.update((entry["name"], entry) for entry in message.get(field, []) if field != "commands")
    return commands if field == "commands" else found


def another(described: Dict[str, Any]) -> Any:
    """Another value that a control can have."""
    value, kind = described["value"], described["type"]
    if kind == "choice":
        return next((choice for choice in described["choices"] if choice != value), value)
    if kind == "boolean":
        return not value
    if kind == "text":
        return f"{value}x"
    for other in (value / 2 if kind == "float" else value + 1, value - 1, value + 1):
        if other != value and fits(described, other):
            return other
    return value


def check_client(command: List[str]) -> bool:
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        for part, promise in ((steer, "the connection stays"), (die, "the program outlives the panel")):
            panel = Panel(folder, command)
            try:
                part(panel, report)
            except OSError as error:
                report.check(promise, False, error)
            finally:
                panel.end()
    return report.is_good


def steer(panel: Panel, report: Report) -> None:
    panel.accept()
    hello = panel.read(PATIENCE, lambda message: True) or {}
    if not report.check("the first message is `hello`", hello.get("type") == "hello", hello):
        return
    report.check(f"it speaks version {PROTOCOL}", hello["protocol"] == PROTOCOL, hello["protocol"])
    panel.send(type="welcome", protocol=PROTOCOL, version="0", run="conformance", state="running", log_s=0.1, images_s=1.0)
    panel.send(type="later", about="a message of a later version")
    report.check("metrics come", panel.read(PATIENCE, a("log")) is not None)
    commands = declared(panel, "commands")
    report.check("it takes pause, resume, step and stop", {"pause", "resume", "step", "stop"} <= set(commands), commands)

    answer = panel.answer(type="pause", later="a field of a later version") or {}
    if report.answered("pause", answer):
        steer_paused(panel, report, int(answer.get("step", -1)))
    report.answered("an unknown command", panel.answer(type="a_command_of_a_later_version"), "rejected")
    report.answered("resume where nothing is paused", panel.answer(type="resume"))
    report.answered("an unknown action", panel.answer(type="action", name="no-such-action", arguments=""), "rejected")

    if "sample" in declared(panel, "commands"):
        asked = panel.ask(type="sample")
        report.check("sample sends images with its id", panel.read(PATIENCE, a("images", id=asked)) is not None)
        panel.answer_to(asked)
        panel.send(type="wants", images=True)
        report.check("wants is followed by images", panel.read(PATIENCE, a("images")) is not None)

    # A panel that does not read: the program goes on, and its metrics merge.
    last = max((message.get("step", 0) for message in panel.of("log")), default=0)
    panel.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    time.sleep(0.5)
    report.check("it goes on while the panel does not read", panel.read(PATIENCE, log_after(last)) is not None)
    panel.read(0.5)
    report.answered("stop", panel.answer(type="stop"))
    panel.read(PATIENCE, a("finished"))
    panel.read(2.0)
    try:
        code: Any = panel.process.wait(30)
    except subprocess.TimeoutExpired:
        code = "it still runs"
    report.check("stopped, the program ends well within 30 seconds", code == 0, code)
    logs = panel.of("log")
    steps = [message["step"] for message in logs if "step" in message]
    report.check("steps do not fall", steps == sorted(steps))
    report.check("no step is left out", *covered(logs))
    report.check("every line is as the page says", not panel.problems, panel.problems[:3])


def steer_paused(panel: Panel, report: Report, at: int) -> None:
    """While it is paused after the step `at`."""
    before = len(panel.got)
    panel.read(0.4)
    later = list(filter(log_after(at), panel.got[before:]))
    report.check("paused, it makes no steps", not later, later[:1])
    controls = declared(panel, "controls")
    report.check("it has a control", bool(controls))
    for control_name, described in controls.items():
        answer = panel.answer(type="set", values={control_name: another(described)}) or {}
        is_set = answer.get("type") == "applied" and fits(described, answer.get("values", {}).get(control_name))
        report.check(f"set {control_name} is applied while paused, and says the value", is_set, answer)
    report.answered("step", panel.answer(type="step", count=3))
    state = panel.read(PATIENCE, a("state", state="paused")) or {}
    report.check("`state` says when the steps are done", state.get("step") == at + 3, state)
    report.answered("resume", panel.answer(type="resume"))
    report.check("resumed, it goes on", panel.read(PATIENCE, log_after(at + 3)) is not None)


def covered(logs: List[Dict[str, Any]]) -> Any:
    """Whether windows follow one another, and hold as many observations as they have steps at the most."""
    done: Optional[int] = None
    for message in logs:
        if "from_step" in message and done is not None and message["from_step"] > done + 1:
            return False, f"step {done} is followed by {message['from_step']}"
        done = message.get("step", done)
    return True, ""


def die(panel: Panel, report: Report) -> None:
    panel.accept()
    panel.read(PATIENCE, a("log"))
    if "pause" in declared(panel, "commands"):
        panel.answer(type="pause")
    panel.link.close()
    time.sleep(0.5)
    report.check("the program outlives the panel", panel.process.poll() is None, panel.process.poll())
    panel.process.send_signal(signal.SIGTERM)
    _, said = panel.process.communicate(timeout=10)
    words = said.decode("utf-8", "replace")
    about = [line for line in words.splitlines() if "panel" in line]
    report.check("and says so once on stderr", len(about) == 1, words[:500])


# --- the trainer, for the panel -----------------------------------------------------------------------------------


class Trainer(End):
    """The trainer's end of one connection."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.link.connect(path)

    def error(self, code: str, line: int) -> Optional[Message]:
        """Waits for an error about a line."""
        is_it = a("error", line=line)
        found = next(filter(is_it, self.got), None) or self.read(PATIENCE, is_it) or {}
        return found if found.get("code") == code and text(found.get("text")) else None

    def is_closed(self) -> bool:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self.link], [], [], 0.1)[0] and not self.link.recv(1 << 20):
                return True
        return False


def check_errors(trainer: Trainer, report: Report, *cases: Any) -> None:
    """Each line gets the error of this code."""
    for code, what, line in cases:
        report.check(f"{what} is answered by the error `{code}`", trainer.error(code, line) is not None, trainer.got[-3:])


def check_refused(path: str, report: Report, what: str, code: str, **hello: Any) -> None:
    """A connection that introduces itself so is sent away."""
    trainer = Trainer(path)
    trainer.send(type="hello", **hello)
    refused = trainer.read(PATIENCE, a("error")) or {}
    report.check(f"{what} is answered by `{code}`", refused.get("code") == code, refused)
    report.check("and the connection is closed", trainer.is_closed())


def check_panel() -> bool:
    report = Report()
    path = os.environ.get("GENAI_TUI_SOCKET", "")
    if not report.check("GENAI_TUI_SOCKET names a socket", bool(path) and os.path.exists(path), path):
        return False
    for variable in ("GENAI_TUI_PROTOCOL", "GENAI_TUI_RUN_DIR", "GENAI_TUI_RUN"):
        report.check(f"{variable} is set", bool(os.environ.get(variable)))
    report.check("the run directory is there", os.path.isdir(os.environ.get("GENAI_TUI_RUN_DIR", "")))
    trainer = Trainer(path)
    trainer.send(
        type="hello",
        protocol=PROTOCOL,
        client="conformance.py",
        title="conformance",
        config={"nested": {"key": 1}, "list": [1, 2]},
        metrics=[
            {"name": "d_loss", "role": "discriminator_loss", "network": "discriminator", "good": "balance"},
            {"name": "g_loss", "role": "generator_loss", "network": "generator", "good": "balance"},
        ],
        controls=[
            {"name": "lr", "type": "float", "value": 2e-4, "min": 0.0, "role": "learning_rate"},
            {"name": "loss", "type": "choice", "value": "gan", "choices": ["gan", "wgan"], "role": "objective"},
        ],
        commands=["pause", "resume", "step", "stop"],
        actions=[{"name": "reset", "about": "nothing"}],
        progress={"steps": 100},
        a_field_of_a_later_version=True,
    )
    welcome = trainer.read(PATIENCE, a("welcome")) or {}
    report.check("hello is answered by welcome", welcome.get("protocol") == PROTOCOL, welcome)
    fields = {"protocol": is_integer, "version": text, "run": text, "dir": text, "state": one_of("running", "paused"), "log_s": number}
    report.check("welcome is as the page says", has(fields, "protocol", "state", "log_s")(welcome), welcome)

    trainer.raw(b"")
    trainer.send(type="log", step=1, metrics={"d_loss": 0.69, "g_loss": "NaN"})
    trainer.raw(b'{"type":"log","step":2,"metrics":{"d_loss":Infinity,"g_loss":NaN}}')
    window_ = {"count": 8, "min": 0.5, "mean": 0.6, "max": 0.9, "last": 0.6}
    trainer.send(type="log", step=10, from_step=3, metrics={"d_loss": window_, "other/undeclared": 1})
    check_errors(
        trainer,
        report,
        ("malformed", "half a line of JSON", trainer.raw(b'{"type":"log","step":3,"metr')),
        ("malformed", "a list", trainer.raw(b"[1, 2]")),
        ("malformed", "bytes that are not UTF-8", trainer.raw(b'{"type":"text","text":"\xff"}')),
        ("unknown_type", "an unknown type", trainer.send(type="of_a_later_version")),
        ("unknown_type", "no type", trainer.send(step=3)),
        ("invalid", "a log without metrics", trainer.send(type="log", step=11)),
        ("invalid", "a negative step", trainer.send(type="log", step=-1, metrics={"d_loss": 1})),
    )
    # At most ten errors a second are sent.
    time.sleep(1.1)
    check_errors(
        trainer,
        report,
        ("invalid", "an image of another size", trainer.send(type="images", data="AAAA", shape=[1, 2, 2, 1])),
        ("invalid", "another rank on the same connection", trainer.send(type="hello", protocol=PROTOCOL, rank=3)),
        ("unknown_id", "an answer that nobody asked for", trainer.send(type="applied", id=987654)),
        ("too_long", "a line of 17 MiB", trainer.raw(b'{"type":"text","text":"' + b"x" * (17 << 20) + b'"}')),
    )
    check_refused(path, report, "a second hello of rank 0", "taken", protocol=PROTOCOL)
    check_refused(path, report, "a hello of a later version", "version", protocol=PROTOCOL + 1, rank=1)
    rank = Trainer(path)
    rank.send(type="hello", protocol=PROTOCOL, rank=3, world_size=4)
    report.check("a hello of rank 3 is welcome", rank.read(PATIENCE, a("welcome")) is not None)
    rank.send(type="log", step=10, metrics={"loss": 0.5})
    reporter = Trainer(path)
    reporter.send(type="log", metrics={"from_a_script": 0.25})
    line = reporter.raw(b"nonsense")
    report.check("a connection without hello gets errors", reporter.error("malformed", line) is not None, reporter.got)

    pixels = bytes(range(16)) * 4
    data = base64.b64encode(pixels).decode()
    trainer.send(type="images", step=10, data=data, shape=[4, 4, 4, 1], keep=True)
    trainer.send(type="images", name="evaluation", step=10, data=data, shape=[4, 4, 4, 1])
    trainer.send(type="distribution", name="d_real", step=10, values=[0.1, 0.5, "NaN"])
    trainer.send(type="distribution", name="weights", edges=[0, 0.5, 1], counts=[3, 4])
    trainer.send(type="text", name="remark", text="größe 数字", step=10)
    trainer.send(type="alarm", name="bad_batch", text="a batch was bad", level="warn", step=10)
    trainer.send(type="checkpoint", path="model.pt", step=10, reason="final")
    trainer.send(type="state", state="running", detail="evaluating")
    trainer.send(type="progress", steps=20, epochs=2, steps_per_epoch=10)
    trainer.send(type="rewound", step=5)
    trainer.send(type="log", step=6, metrics={"d_loss": 0.5})
    trainer.send(type="declare", metrics=[{"name": "d_loss", "good": "lower"}], commands=["pause"])
    last = trainer.send(type="of_a_later_version")
    report.check("everything else is taken", trainer.error("unknown_type", last) is not None)
    wrong = [message for message in trainer.of("error") if last - 13 < message.get("line", 0) < last]
    report.check("without an error", not wrong, wrong)
    trainer.send(type="finished", step=6, reason="all was said")
    return report.is_good


# --- a panel to measure with --------------------------------------------------------------------------------------


def serve(path: str) -> None:
    """Reads whatever comes, and answers `hello`."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen()
    welcome = json.dumps({"type": "welcome", "protocol": PROTOCOL, "state": "running", "log_s": 0.1}).encode() + b"\n"
    ends = [listener]
    while True:
        for end in select.select(ends, [], [])[0]:
            if end is listener:
                link, _ = listener.accept()
                ends.append(link)
                with contextlib.suppress(OSError):
                    link.sendall(welcome)
            elif not end.recv(1 << 20):
                ends.remove(end)
                end.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        epilog=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(dest="part", required=True)
    client = parts.add_parser("client", help="check a program that uses a client")
    client.add_argument("command", nargs=argparse.REMAINDER)
    parts.add_parser("trainer", help="check the panel that runs this")
    parts.add_parser("serve", help="a panel to measure with").add_argument("path")
    given = parser.parse_args()
    if given.part == "serve":
        serve(given.path)
        return 0
    if given.part == "trainer":
        return 0 if check_panel() else 1
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not command:
        parser.error("expected a COMMAND after --")
    return 0 if check_client(command) else 1


if __name__ == "__main__":
    sys.exit(main())
