"""Tests of the client against a panel that checks every message: `python3 -m unittest test_genai_tui`.

Those of tensors and arrays are skipped where torch or numpy is not installed.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import json
import math
import os
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
import zlib
from pathlib import Path
from typing import Any, Dict, List
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import conformance  # noqa: E402
import genai_tui  # noqa: E402

HAS_TORCH = importlib.util.find_spec("torch") is not None
HAS_NUMPY = importlib.util.find_spec("numpy") is not None
PATIENCE = 10.0


class Panel:
    """Reads on a thread, unless it is told to stop."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "socket")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen()
        self.messages: List[Dict[str, Any]] = []
        self.news = threading.Condition()
        self.may_read = threading.Event()
        self.may_read.set()
        self.problems: List[str] = []
        self.ids = 0
        self.link: Any = None
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        try:
            self.link, _ = self.listener.accept()
            self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with contextlib.suppress(OSError):
                self.send(type="welcome", protocol=1, state="running", log_s=0.05)
            rest = b""
            while True:
                self.may_read.wait()
                data = self.link.recv(1 << 16)
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                with self.news:
                    for line in lines:
                        try:
                            self.messages.append(conformance.check_up(line))
                        except conformance.Wrong as wrong:
                            self.problems.append(str(wrong))
                    self.news.notify_all()
        except OSError:
            pass

    def send(self, **message: Any) -> int:
        if message["type"] not in ("welcome", "wants", "error", "bye"):
            self.ids += 1
            message["id"] = self.ids
        self.link.sendall(json.dumps(message).encode() + b"\n")
        return self.ids

    def wait(self, kind: str, **fields: Any) -> Dict[str, Any]:
        """The first message of a kind with these fields."""

        def found() -> Any:
            for message in self.messages:
                if message["type"] == kind and all(message.get(name) == value for name, value in fields.items()):
                    return message
            return None

        with self.news:
            if not self.news.wait_for(found, PATIENCE):
                raise AssertionError(f"no `{kind}` with {fields} among {self.messages[-5:]}")
            message: Dict[str, Any] = found()
            return message

    def of(self, kind: str) -> List[Dict[str, Any]]:
        with self.news:
            return [message for message in self.messages if message["type"] == kind]

    def observed(self, name: str) -> int:
        """How many values of a metric came."""
        found = 0
        for message in self.of("log"):
            value = message["metrics"].get(name)
            if value is not None:
                found += value["count"] if isinstance(value, dict) else 1
        return found

    def close(self) -> None:
        for end in (self.link, self.listener):
            if end is not None:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()
        self.may_read.set()
        self.thread.join(PATIENCE)
        self.folder.cleanup()


class WithPanel(unittest.TestCase):
    def setUp(self) -> None:
        self.panel = Panel()
        self.environment = mock.patch.dict(os.environ, {"GENAI_TUI_SOCKET": self.panel.path})
        self.environment.start()
        os.environ.pop("GENAI_TUI_RUN_DIR", None)
        genai_tui._current = None

    def tearDown(self) -> None:
        if genai_tui._current is not None:
            genai_tui._current.finished()
        self.environment.stop()
        self.panel.close()
        self.assertEqual(self.panel.problems, [])

    def ask(self, run: genai_tui.Run, **command: Any) -> int:
        """Sends a command, and waits until the client has it."""
        self.panel.wait("hello")
        asked = self.panel.send(**command)
        until = time.monotonic() + PATIENCE
        while not run._attention:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.001)
        return asked


class Alone(unittest.TestCase):
    """Without a panel."""

    def setUp(self) -> None:
        genai_tui._current = None
        os.environ.pop("GENAI_TUI_SOCKET", None)

    def test_all_of_it_does_nothing(self) -> None:
        run = genai_tui.init({"a": 1}, {"lr": 2e-4, "loss": ["gan", "wgan"]}, metrics={"x": "loss"}, steps=3)
        self.assertFalse(run.active)
        self.assertEqual(list(run.steps(3)), [0, 1, 2])
        self.assertEqual(list(run.steps(5, start=3)), [3, 4])
        self.assertEqual(list(run.epochs(2)), [0, 1])
        loader = ["a", "b"]
        self.assertEqual(list(run.steps(loader)), loader)
        self.assertEqual((run["lr"], run["loss"], "lr" in run), (2e-4, "gan", True))
        run["lr"] = 1e-4
        self.assertEqual(run["lr"], 1e-4)
        self.assertTrue(run.boundary())
        run.log(x=object())
        run.images("samples", object())
        run.distribution("d", object())
        run.text("t")
        run.checkpoint("nowhere")
        run.alarm("a", "b")
        run.rewound(0)
        self.assertFalse(run.wants_images() or run.wants_checkpoint() or run.stopping)
        writer = genai_tui.SummaryWriter("dir")
        writer.add_scalar("x", 1.0, 1)
        writer.add_graph(object())
        writer.close()
        run.finished()
        self.assertEqual(threading.active_count(), 1)

    def test_a_socket_without_a_panel_is_said_once_and_training_goes_on(self) -> None:
        script = "import genai_tui, time\nrun = genai_tui.init()\nfor s in run.steps(5): run.log(x=s); time.sleep(0.02)\n"
        environment = {**os.environ, "GENAI_TUI_SOCKET": "/nonexistent/socket"}
        done = subprocess.run([sys.executable, "-c", script], cwd=HERE, env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("training goes on without it", done.stderr)

    def test_other_ranks_are_silent(self) -> None:
        with mock.patch.dict(os.environ, {"GENAI_TUI_SOCKET": "/nonexistent", "RANK": "1"}):
            self.assertFalse(genai_tui.init().active)

    def test_ranks_do_together_what_rank_0_was_told(self) -> None:
        heard = [(False, {}), (False, {"lr": 0.5}), (True, {})]
        run = genai_tui.init(controls={"lr": 0.1}, rank=1, share=lambda mine: heard.pop(0), share_every=2)
        seen = [(step, run["lr"]) for step in run.steps(100)]
        self.assertEqual(seen, [(0, 0.1), (1, 0.1), (2, 0.5), (3, 0.5)])

    def test_controls_say_what_is_wrong(self) -> None:
        for controls, said in (
            ({"lr": None}, "`lr`"),
            ({"lr": []}, "`lr`"),
            ({"lr": (1.0, 2.0, 3.0)}, "expected 2.0 to 3.0, found 1.0"),
            ({"lr": {"min": 0}}, "expected a `value`"),
        ):
            with self.assertRaises((TypeError, ValueError)) as raised:
                genai_tui.init(controls=controls)  # type: ignore[arg-type]
            self.assertIn(said, str(raised.exception))
            genai_tui._current = None


class Reports(WithPanel):
    def test_no_value_and_no_extreme_is_lost(self) -> None:
        run = genai_tui.init()
        for step in run.steps(5000):
            run.log(x=float(step), y=math.nan if step == 77 else -step, z=True)
        run.finished()
        self.panel.wait("finished", step=5000)
        self.assertEqual([self.panel.observed(name) for name in "xyz"], [5000, 5000, 5000])
        least, greatest, has_nan = math.inf, -math.inf, False
        for message in self.panel.of("log"):
            window = message["metrics"]["x"]
            window = window if isinstance(window, dict) else {"min": window, "max": window}
            least, greatest = min(least, window["min"]), max(greatest, window["max"])
            y = message["metrics"]["y"]
            is_nan = math.isnan(y["max"] if isinstance(y, dict) else y)
            self.assertEqual(is_nan, message.get("from_step", message["step"]) <= 78 <= message["step"])
            has_nan |= is_nan
        self.assertEqual((least, greatest, has_nan), (0.0, 4999.0, True))

    def test_threads_may_log(self) -> None:
        run = genai_tui.init()

        def work(name: str) -> None:
            for _ in range(500):
                run.log({name: 1.0}, step=1)

        threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        run.finished()
        self.panel.wait("finished")
        self.assertEqual([self.panel.observed(f"t{n}") for n in range(4)], [500] * 4)

    def test_a_panel_that_does_not_read_costs_merged_values_which_are_counted(self) -> None:
        run = genai_tui.init()
        run.log(x=0.0)
        self.panel.wait("log")
        self.panel.may_read.clear()
        pixels = [[[[0.5] * 64] * 64] * 3] * 16
        until = time.monotonic() + PATIENCE
        steps = 1
        while run.merged < 3 or run.dropped < 3:
            self.assertLess(time.monotonic(), until)
            steps += 1
            run.log(x=1.0)
            run.images("samples", pixels)
            time.sleep(0.01)
        self.panel.may_read.set()
        run.finished()
        self.panel.wait("finished")
        self.assertEqual(self.panel.observed("x"), steps)
        self.assertGreaterEqual(sum(message.get("merged", 0) for message in self.panel.of("log")), 3)
        self.assertGreaterEqual(sum(message.get("merged", 0) for message in self.panel.of("images")), 3)

    def test_what_is_known_is_declared(self) -> None:
        run = genai_tui.init(
            {"nested": {"path": Path("/x")}},
            {"lr_d": 1e-4, "loss": ["gan", "wgan"]},
            metrics={"kl": "divergence", "fid": {"good": "lower", "unit": ""}},
            title="a title",
        )
        hello = self.panel.wait("hello")
        self.assertEqual(hello["config"], {"nested": {"path": "/x"}})
        self.assertEqual([metric["name"] for metric in hello["metrics"]], ["kl", "fid"])
        lr, loss = hello["controls"]
        self.assertEqual((lr["role"], lr["network"], lr["type"]), ("learning_rate", "discriminator", "float"))
        self.assertEqual((loss["role"], loss["choices"], loss["value"]), ("objective", ["gan", "wgan"], "gan"))
        self.assertEqual(hello["metrics"][0], {"name": "kl", "role": "divergence"})

    def test_what_cannot_be_used_is_said_and_the_training_goes_on(self) -> None:
        run = genai_tui.init()
        with mock.patch("sys.stderr") as stderr:
            run.text(None)  # type: ignore[arg-type]
            run.log(step="a", x=1.0)  # type: ignore[arg-type]
            run.log(step=5.0, epoch=2.0, images=64.0, x=2.0)  # type: ignore[arg-type]
            run.checkpoint(None)  # type: ignore[arg-type]
            run.images("samples", None)
            said = "".join(str(call.args[0]) for call in stderr.write.call_args_list)
        self.assertIn("log: `step`: expected a whole number, found 'a'", said)
        self.assertIn("images: expected N×C×H×W", said)
        self.assertIn("checkpoint: ", said)
        self.assertEqual(self.panel.wait("text")["text"], "None")
        log = self.panel.wait("log", step=5)
        self.assertEqual((log["epoch"], log["images"]), (2, 64))

    def test_epochs_and_loaders_say_the_progress(self) -> None:
        run = genai_tui.init()

        class Loader(list):  # type: ignore[type-arg]
            batch_size = 4

        for _ in run.epochs(2):
            for item in run.steps(Loader("abc")):
                run.log(x=ord(item))
            run.log(val=1.0)
        run.finished()
        self.panel.wait("finished", step=6)
        last = self.panel.of("log")[-1]
        self.assertEqual((last["step"], last["epoch"], last["images"]), (6, 2, 24))
        progress = self.panel.of("progress")[-1]
        self.assertEqual((progress["epochs"], progress["steps_per_epoch"]), (2, 3))

    def test_other_reports(self) -> None:
        run = genai_tui.init()
        for _ in run.steps(1):
            run.text("größe", "sample")
            run.distribution("w", [[0.5, 1.5], [2.5, 3.5]])
            run.alarm("bad_batch", "a batch was bad", level="critical")
            run.checkpoint("model.pt", reason="best")
            run.declare(config={"added": 1})
            run.progress(epochs=3)
        run.rewound(0)
        self.assertEqual(self.panel.wait("text")["text"], "größe")
        self.assertEqual(self.panel.wait("distribution")["values"], [0.5, 1.5, 2.5, 3.5])
        self.assertEqual(self.panel.wait("alarm")["level"], "critical")
        checkpoint = self.panel.wait("checkpoint")
        self.assertEqual((checkpoint["path"], checkpoint["step"]), (os.path.abspath("model.pt"), 1))
        self.panel.wait("rewound", step=0)

    def test_a_summary_writer_is_taken_for_one(self) -> None:
        forwarded = mock.Mock()
        with genai_tui.SummaryWriter("dir", forward=forwarded) as writer:
            writer.add_scalar("Loss/train set", 0.5, 10)
            writer.add_scalar("epoch metric", 0.5, 1)
            writer.add_scalars("both", {"a": 1, "b": 2}, 11)
            writer.add_image("img", [[[0, 255], [255, 0]]], 11)
            writer.add_images("many", [[[[0, 255], [255, 0]]]] * 3, 12)
            writer.add_histogram("weights", [1, 2, 3], 12)
            writer.add_text("note", "text", 12)
            writer.add_hparams({"lr": 0.1}, {"hparam/accuracy": 0.9})
            writer.add_embedding([1])
        genai_tui.current().finished()
        self.panel.wait("finished")
        names = {name for message in self.panel.of("log") for name in message["metrics"]}
        self.assertLessEqual({"Loss/train_set", "epoch_metric", "both/a", "both/b", "hparam/accuracy"}, names)
        self.assertEqual(self.panel.of("log")[0].get("from_step", 10), 10)
        self.assertEqual(self.panel.wait("images", name="many")["shape"], [3, 1, 2, 2])
        self.panel.wait("declare", config={"lr": 0.1})
        forwarded.add_scalar.assert_any_call("Loss/train set", 0.5, 10)
        forwarded.add_embedding.assert_called_once_with([1])
        forwarded.close.assert_called_once_with()


    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "matplotlib is not installed")
    def test_figures_are_pictures(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(0.5, 0.25), dpi=100)
        FigureCanvasAgg(figure)
        genai_tui.SummaryWriter().add_figure("plot", figure, 1)
        self.assertEqual(self.panel.wait("images", name="plot")["shape"], [1, 25, 50, 4])


def pixels(message: Dict[str, Any]) -> bytes:
    return base64.b64decode(message["data"])


def unpacked(png: bytes) -> Any:
    """Width, height, color type and rows of a PNG without filters."""
    at, data, header = 8, b"", b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + size]
        assert struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + body)
        header = body if kind == b"IHDR" else header
        data += body if kind == b"IDAT" else b""
        at += 12 + size
    width, height, depth, color = struct.unpack(">IIBB", header[:10])
    assert depth == 8
    return width, height, color, zlib.decompress(data)


class Images(WithPanel):
    def sent(self, images: Any, **fields: Any) -> Dict[str, Any]:
        name = f"n{len(self.panel.of('images'))}"
        genai_tui.current().images(name, images, **fields)
        return self.panel.wait("images", name=name)

    def test_lists_in_their_ranges(self) -> None:
        signed = self.sent([[[[-1.0, 0.0], [1.0, 0.5]]]])
        self.assertEqual((signed["shape"], list(pixels(signed))), ([1, 1, 2, 2], [0, 128, 255, 191]))
        self.assertEqual(list(pixels(self.sent([[0.0, 1.0]]))), [0, 255])
        self.assertEqual(list(pixels(self.sent([[0, 200]]))), [0, 200])
        self.assertEqual(list(pixels(self.sent([[0.0, 0.5]], range=(0.0, 0.5)))), [0, 255])
        self.assertEqual(list(pixels(self.sent([[math.nan, 1.0, 0.0, math.inf]]))), [0, 255, 0, 255])

    def test_shapes(self) -> None:
        def zeros(*shape: int) -> Any:
            return [zeros(*shape[1:]) for _ in range(shape[0])] if shape else 0.0

        for shape, layout, found in (
            ((5, 4), "nchw", [1, 1, 5, 4]),
            ((7, 5, 6), "nchw", [7, 1, 5, 6]),
            ((3, 5, 6), "nchw", [1, 3, 5, 6]),
            ((5, 6, 3), "nhwc", [1, 5, 6, 3]),
            ((2, 3, 5, 6), "nchw", [2, 3, 5, 6]),
            ((2, 5, 6, 3), "nhwc", [2, 5, 6, 3]),
        ):
            message = self.sent(zeros(*shape))
            self.assertEqual((message["layout"], message["shape"]), (layout, found), shape)
        for shape in ((5,), (1, 9, 5, 6), (1, 1, 1, 1, 1)):
            with mock.patch("sys.stderr") as stderr:
                genai_tui.current().images(f"x{shape}", zeros(*shape))
                said = "".join(str(call.args[0]) for call in stderr.write.call_args_list)
            self.assertIn(f"found shape {shape}", said)

    def test_many_pixels_are_png(self) -> None:
        count, height, width = 3, 200, 200
        images = [[[[channel / 4] * width] * height for channel in range(3)]] * count
        message = self.sent(images, range=(0.0, 1.0))
        self.assertEqual(len(message["png"]), count)
        found = unpacked(base64.b64decode(message["png"][0]))
        self.assertEqual(found[:3], (width, height, 2))
        self.assertEqual(found[3][: 1 + 6], bytes([0, 0, 64, 128, 0, 64, 128]))

    def test_wants_and_samples(self) -> None:
        run = genai_tui.init()
        self.assertFalse(run.wants_images())
        self.panel.wait("declare", commands=["sample"])
        self.panel.send(type="wants", images=True)
        until = time.monotonic() + PATIENCE
        while not run.wants_images():
            self.assertLess(time.monotonic(), until)
        run.images("real", [[1.0]])
        self.assertTrue(run.wants_images(), "of others the panel has asked for nothing")
        run.images("samples", [[1.0]])
        self.assertFalse(run.wants_images())
        asked = self.ask(run, type="sample")
        run.log(x=1.0)
        self.assertTrue(run.wants_images())
        run.images("samples", [[1.0]])
        self.panel.wait("images", id=asked)
        self.panel.wait("applied", id=asked)

    @unittest.skipUnless(HAS_NUMPY, "numpy is not installed")
    def test_arrays(self) -> None:
        import numpy

        array = numpy.linspace(-1, 1, 2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
        run = genai_tui.init()
        run.images("changed", array)
        array[:] = 0
        data = pixels(self.panel.wait("images", name="changed"))
        self.assertEqual((data[0], data[-1], len(data)), (0, 255, 96))
        data = pixels(self.sent(numpy.arange(16, dtype=numpy.uint8).reshape(1, 1, 4, 4)))
        self.assertEqual(list(data), list(range(16)))
        run.log(a=numpy.float32(0.5), b=numpy.array(0.25), c=numpy.int64(3), d=numpy.array([1.0, 2.0]))
        run.finished()
        metrics = self.panel.wait("log")["metrics"]
        self.assertEqual(metrics, {"a": 0.5, "b": 0.25, "c": 3.0})


@unittest.skipUnless(HAS_TORCH, "torch is not installed")
class Tensors(WithPanel):
    def test_they_are_taken_as_they_are(self) -> None:
        import torch

        run = genai_tui.init()
        weight = torch.nn.Parameter(torch.tensor([2.0]))
        loss = (weight * 3).sum()
        total = torch.tensor(0.25)
        images = torch.full((2, 1, 4, 4), -1.0, requires_grad=True)
        scores = torch.arange(4.0)
        run.log(loss=loss, total=total, half=torch.tensor(0.5, dtype=torch.bfloat16), flag=torch.tensor(True))
        run.images("samples", images)
        run.distribution("scores", scores)
        with torch.no_grad():
            for tensor in (total, images, scores):
                tensor.fill_(9)
        loss.backward()
        self.assertEqual(
            self.panel.wait("log")["metrics"], {"loss": 6.0, "total": 0.25, "half": 0.5, "flag": 1.0}
        )
        self.assertEqual(set(pixels(self.panel.wait("images"))), {0})
        self.assertEqual(self.panel.wait("distribution")["values"], [0, 1, 2, 3])
        data = torch.arange(16, dtype=torch.uint8).reshape(1, 4, 4, 1)
        run.images("bytes", data)
        self.assertEqual(list(pixels(self.panel.wait("images", name="bytes"))), list(range(16)))
        run.images("halves", torch.ones(1, 1, 2, 2, dtype=torch.float16))
        self.assertEqual(list(pixels(self.panel.wait("images", name="halves"))), [255] * 4)

    def test_those_of_a_device_come_in_one_copy(self) -> None:
        """As on a CUDA device, which this stands in for."""
        import torch

        run = genai_tui.init()
        for step in range(5):
            total = torch.tensor(float(step))
            held = genai_tui._Held(["a", "b"], [total, torch.tensor([2.0 * step])])
            total.zero_()
            run._log_buffer.append((step + 1, {"c": 1.0}, held, None))
        run.finished()
        self.panel.wait("finished")
        self.assertEqual([self.panel.observed(name) for name in "abc"], [5, 5, 5])
        self.assertEqual(self.panel.of("log")[-1]["metrics"]["a"]["max"], 4.0)
        self.assertEqual(self.panel.of("log")[-1]["metrics"]["b"]["max"], 8.0)


class OfCuda:
    """Stands in for a tensor on a CUDA device: keeps what is asked of it, and on which thread."""

    asked: List[Any] = []
    is_cuda = True
    is_cpu = False
    device = "cuda:0"
    dtype = "float32"

    def __init__(self, values: Any) -> None:
        self.values = values
        self.shape = (len(values),) if isinstance(values, list) else ()
        self.ndim = len(self.shape)

    def __getattr__(self, name: str) -> Any:
        # Whatever else is asked for, as `to` and `numpy`, waits for the device.
        raise AssertionError(f"`{name}` of a tensor on a device")

    def _note(self, what: str) -> None:
        OfCuda.asked.append((what, threading.current_thread() is threading.main_thread()))

    def detach(self) -> "OfCuda":
        self._note("detach")
        return self

    def clone(self) -> "OfCuda":
        self._note("clone")
        return OfCuda(self.values)

    def reshape(self, *shape: int) -> "OfCuda":
        return self

    def __getitem__(self, part: Any) -> "OfCuda":
        return self

    def item(self) -> float:
        self._note("item")
        return float(self.values)

    def __float__(self) -> float:
        return self.item()

    def cpu(self) -> Any:
        self._note("cpu")
        return OnHost(self.values)


class OnHost:
    """What was copied from there."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def flatten(self) -> "OnHost":
        return self

    def tolist(self) -> Any:
        return self.values


class FakeTorch:
    """The part of torch that the client uses for tensors on a device."""

    class cuda:  # noqa: N801
        @staticmethod
        def current_stream(device: Any = None) -> str:
            return "stream"

        @staticmethod
        def stream(stream: Any) -> Any:
            return contextlib.nullcontext()

    @staticmethod
    def stack(tensors: List[OfCuda]) -> OfCuda:
        OfCuda.asked.append(("stack", threading.current_thread() is threading.main_thread()))
        return OfCuda([tensor.values for tensor in tensors])


class Devices(WithPanel):
    def test_a_report_of_numbers_on_a_device_waits_for_nothing(self) -> None:
        OfCuda.asked = []
        with mock.patch.dict(sys.modules, {"torch": FakeTorch()}):
            run = genai_tui.init()
            for step in range(20):
                run.log(d_loss=OfCuda(0.5 + step), g_loss=OfCuda(1.5), lr=0.1)
            run.distribution("scores", OfCuda([0.25, 0.5]))
            run.finished()
        self.panel.wait("finished")
        self.assertEqual([self.panel.observed(name) for name in ("d_loss", "g_loss", "lr")], [20, 20, 20])
        greatest = [
            value["max"] if isinstance(value, dict) else value
            for value in (message["metrics"]["d_loss"] for message in self.panel.of("log"))
        ]
        self.assertEqual(max(greatest), 19.5)
        self.assertEqual(self.panel.wait("distribution")["values"], [0.25, 0.5])
        in_the_training = {what for what, is_main in OfCuda.asked if is_main}
        self.assertEqual(in_the_training, {"detach", "stack", "clone"}, "only what the device does in its own time")
        in_the_thread = [what for what, is_main in OfCuda.asked if not is_main]
        self.assertIn("cpu", in_the_thread)
        self.assertNotIn("item", in_the_thread)
        self.assertLess(in_the_thread.count("cpu"), 20, "many steps are one copy")


class Optimizer:
    """As far as PyTorch's are looked at."""

    def __init__(self, *rates: float) -> None:
        self.param_groups = [{"lr": rate} for rate in rates]

    def rates(self) -> List[float]:
        return [group["lr"] for group in self.param_groups]


class Rates(WithPanel):
    def test_rates_of_optimizers_are_set_between_two_steps_and_followed(self) -> None:
        run = genai_tui.init(controls={"lr_d": 0.5})
        g, d = Optimizer(0.2, 0.02), Optimizer(0.5)
        run.rates(lr_g=g, lr_d=d)
        declared = self.panel.wait("declare")["controls"]
        self.assertEqual(
            [(one["name"], one["role"], one["network"], one["value"]) for one in declared],
            [("lr_g", "learning_rate", "generator", 0.2)],
        )
        steps = iter(run.steps())
        next(steps)
        asked = self.ask(run, type="set", values={"lr_g": 0.1, "lr_d": 0.25})
        self.assertEqual(g.rates(), [0.2, 0.02])
        next(steps)
        self.panel.wait("applied", id=asked)
        self.assertEqual((g.rates(), d.rates()), ([0.1, 0.01], [0.25]))
        with mock.patch.object(genai_tui, "_FOLLOW", 0.0):
            run._rates._due = 0.0
            g.param_groups[0]["lr"] = 0.05
            next(steps)
        self.assertEqual(run["lr_g"], 0.05)
        # The last ones are told when it ends.
        d.param_groups[0]["lr"] = 0.125
        run.finished()
        self.panel.wait("finished")
        last = [c for m in self.panel.of("declare") for c in m.get("controls", []) if c["name"] == "lr_d"][-1]
        self.assertEqual(last["value"], 0.125)

    def test_one_optimizer_needs_no_name(self) -> None:
        run = genai_tui.init()
        run.rates(Optimizer(0.1))
        self.assertEqual(self.panel.wait("declare")["controls"][0]["name"], "lr")

    def test_a_control_that_nothing_reads_is_said_to_have_no_effect(self) -> None:
        with mock.patch.object(genai_tui, "_UNREAD", 0.0):
            run = genai_tui.init(controls={"lr": 0.1, "batch": 8})
            steps = iter(run.steps())
            next(steps)
            asked = self.ask(run, type="set", values={"lr": 0.2, "batch": 16})
            for _ in range(5):
                next(steps)
                run["batch"]
            self.panel.wait("applied", id=asked)
            self.assertEqual(self.panel.of("alarm"), [])
            for _ in range(genai_tui._UNREAD_STEPS):
                next(steps)
            alarm = self.panel.wait("alarm")
            self.assertEqual(alarm["name"], "unread_control")
            self.assertIn("has read `lr`", alarm["text"])
            asked = self.ask(run, type="set", values={"lr": 0.3})
            for _ in range(2 * genai_tui._UNREAD_STEPS):
                next(steps)
            run.finished()
            self.panel.wait("finished")
            self.assertEqual(len(self.panel.of("alarm")), 1, "once is enough")


class Commands(WithPanel):
    def test_set_is_all_or_nothing_and_says_what_was_taken(self) -> None:
        run = genai_tui.init(controls={"lr": (0.1, 0.0, 1.0), "loss": ["gan", "wgan"], "batch": 8, "flag": True})
        took: List[Any] = []

        @run.on("lr")
        def set_lr(value: float) -> Any:
            took.append(value)
            return round(value, 2)

        @run.on("batch")
        def set_batch(value: int) -> None:
            if value > 100:
                raise ValueError("no more than 100")

        steps = iter(run.steps())
        next(steps)
        asked = self.ask(run, type="set", values={"lr": 0.123, "loss": "wgan", "flag": False})
        self.assertEqual(run["lr"], 0.1, "it changes between two steps only")
        next(steps)
        applied = self.panel.wait("applied", id=asked)
        self.assertEqual((applied["values"], applied["step"]), ({"lr": 0.12, "loss": "wgan", "flag": False}, 1))
        self.assertEqual((run["lr"], run["loss"], run["flag"]), (0.12, "wgan", False))
        for values, said in (
            ({"lr": 0.5, "batch": 101}, "no more than 100"),
            ({"lr": 2.0}, "expected 0.0 to 1.0, found 2.0"),
            ({"lr": 0.5, "loss": "x"}, "expected one of gan, wgan"),
            ({"batch": 1.5}, "expected a whole number"),
            ({"flag": 1}, "expected a boolean"),
            ({"other": 1}, "there is no control `other`"),
        ):
            asked = self.ask(run, type="set", values=values)
            next(steps)
            self.assertIn(said, self.panel.wait("rejected", id=asked)["reason"])
            self.assertEqual((run["lr"], run["loss"], run["batch"]), (0.12, "wgan", 8))
        self.assertEqual(took, [0.123, 0.5, 0.12], "what was called is called back")
        run["lr"] = 0.5
        self.panel.wait("declare", controls=[{**run._controls["lr"], "value": 0.5}])

    def test_checkpoints_and_actions(self) -> None:
        run = genai_tui.init()

        @run.on("checkpoint")
        def save() -> str:
            return "saved.pt"

        @run.action("reset", arguments="[N]")
        def reset(text: str) -> None:
            """Forgets."""
            if text != "3":
                raise ValueError(f"expected 3, found {text}")

        declared = self.panel.wait("declare", actions=[{"name": "reset", "arguments": "[N]", "about": "Forgets."}])
        self.assertTrue(declared)
        steps = iter(run.steps())
        next(steps)
        asked = self.ask(run, type="checkpoint")
        next(steps)
        self.assertEqual(self.panel.wait("checkpoint")["reason"], "request")
        self.panel.wait("applied", id=asked)
        asked = self.ask(run, type="action", name="reset", arguments="3")
        next(steps)
        self.panel.wait("applied", id=asked)
        asked = self.ask(run, type="action", name="reset", arguments="4")
        next(steps)
        self.assertIn("expected 3, found 4", self.panel.wait("rejected", id=asked)["reason"])

    def test_a_loop_may_ask_for_checkpoints_itself(self) -> None:
        run = genai_tui.init()
        self.assertFalse(run.wants_checkpoint())
        steps = iter(run.steps())
        next(steps)
        asked = self.ask(run, type="checkpoint")
        next(steps)
        self.assertTrue(run.wants_checkpoint())
        run.checkpoint("a.pt")
        self.assertFalse(run.wants_checkpoint())
        self.panel.wait("applied", id=asked)

    def test_a_loop_without_boundaries_takes_settings_and_rejects_the_rest(self) -> None:
        run = genai_tui.init(controls={"lr": 0.1})
        run.log(x=1.0)
        set_, pause = self.ask(run, type="set", values={"lr": 0.2}), self.ask(run, type="pause")
        until = time.monotonic() + PATIENCE
        while not self.panel.of("rejected"):
            self.assertLess(time.monotonic(), until)
            run.log(x=1.0)
            time.sleep(0.001)
        self.panel.wait("applied", id=set_)
        self.assertIn("run.steps()", self.panel.wait("rejected", id=pause)["reason"])

    def test_paused_it_resumes_when_the_panel_dies(self) -> None:
        run = genai_tui.init()
        steps = iter(run.steps())
        next(steps)
        asked = self.ask(run, type="pause")

        def die() -> None:
            self.panel.wait("applied", id=asked)
            self.panel.link.shutdown(socket.SHUT_RDWR)

        thread = threading.Thread(target=die)
        thread.start()
        with mock.patch("sys.stderr") as stderr:
            next(steps)
            thread.join()
            until = time.monotonic() + PATIENCE
            while not stderr.write.called:
                self.assertLess(time.monotonic(), until)
                time.sleep(0.01)
        self.assertFalse(run.active)
        run.log(x=1.0)
        next(steps)

    def test_ending_answers_what_is_open(self) -> None:
        run = genai_tui.init()
        list(run.steps(2))
        asked = self.ask(run, type="pause")
        run.finished("reached 2 steps")
        self.panel.wait("rejected", id=asked)
        self.assertEqual(self.panel.wait("finished")["reason"], "reached 2 steps")


class Processes(WithPanel):
    def program(self, script: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)],
            cwd=HERE,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def test_an_uncaught_error_is_said(self) -> None:
        done = self.program(
            """
            import genai_tui
            run = genai_tui.init()
            for step in run.steps(10):
                run.log(x=1.0)
                if step == 3: raise RuntimeError("out of memory\\nmore")
            """
        )
        _, err = done.communicate(timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn("RuntimeError: out of memory", err)
        finished = self.panel.wait("finished")
        self.assertEqual((finished["reason"], finished["step"]), ("ended by RuntimeError: out of memory", 3))
        self.assertEqual(self.panel.observed("x"), 4, "what was logged last is there")

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_a_forked_process_is_silent_and_the_first_one_goes_on(self) -> None:
        done = self.program(
            """
            import genai_tui, os, sys, warnings
            warnings.simplefilter("ignore")
            run = genai_tui.init()
            for step in run.steps(20):
                run.log(x=1.0)
                if step == 3:
                    child = os.fork()
                    if child == 0:
                        assert not run.active
                        for _ in run.steps(5): run.log(x=1.0)
                        run.images("samples", [[1.0]])
                        sys.exit(7)
                    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
            """
        )
        _, err = done.communicate(timeout=20)
        self.assertEqual((done.returncode, err), (0, ""))
        self.panel.wait("finished", step=20)
        self.assertEqual(self.panel.observed("x"), 20)

    def test_a_second_process_of_rank_0_is_silent(self) -> None:
        done = self.program(
            """
            import genai_tui, time
            run = genai_tui.init()
            until = time.monotonic() + 10
            while run.active and time.monotonic() < until: time.sleep(0.01)
            assert not run.active
            for step in run.steps(3): run.log(x=1.0)
            """
        )
        self.panel.wait("hello")
        self.panel.send(type="error", code="taken", text="there is one")
        _, err = done.communicate(timeout=20)
        self.assertEqual((done.returncode, err), (0, ""))

    def test_a_connection_that_ends_at_once_finds_its_run(self) -> None:
        knows: List[bool] = []

        def start(link: Any) -> None:
            knows.append(link._run()._link is link)
            link._main()

        # Closed alone, it would keep the panel's thread in `accept`.
        self.panel.listener.shutdown(socket.SHUT_RDWR)
        self.panel.listener.close()
        os.unlink(self.panel.path)
        # Here the thread's work is done before `init` returns: what it would look after later is not waited for.
        later = mock.patch.object(genai_tui._Link, "_watch_output")
        with mock.patch.object(genai_tui._Link, "start", start), mock.patch("sys.stderr"), later:
            run = genai_tui.init()
        self.assertEqual((knows, run.active), ([True], False))

    def test_output_goes_on_into_the_log_when_its_reader_dies_with_the_panel(self) -> None:
        folder = self.panel.folder.name
        program = self.program(
            """
            import genai_tui, time, sys
            run = genai_tui.init()
            for step in run.steps(): 
                run.log(x=1.0)
                if not run.active: break
                time.sleep(0.01)
            time.sleep(0.3)
            for line in range(3): print("after", line, flush=True)
            """,
            GENAI_TUI_RUN_DIR=folder,
        )
        self.panel.wait("log")
        assert program.stdout is not None and program.stderr is not None
        program.stdout.close()
        program.stderr.close()
        self.panel.link.shutdown(socket.SHUT_RDWR)
        self.assertEqual(program.wait(20), 0)
        log = Path(folder, "output.log").read_text()
        self.assertEqual(log.count("the panel has gone"), 1, log)
        self.assertIn("after 2", log)


if __name__ == "__main__":
    unittest.main()
