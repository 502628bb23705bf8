"""The panel of ``genai-tui run`` for a training loop of your own.

    import genai_tui

    run = genai_tui.init(config=vars(args), controls={"lr": 2e-4, "loss": ["gan", "wgan", "lsgan"]})
    for step in run.steps(total):            # waits while paused, ends on stop
        ...
        run.log(d_loss=d, g_loss=g)
        if run.wants_images():
            run.images("samples", fake)      # N×C×H×W
        lr = run["lr"]

Without the panel around it (``GENAI_TUI_SOCKET`` is not set) all of it does nothing. With it, a thread of the client does the
talking: the training never waits for the panel. Numbers that the panel does not read in time are merged, with every extreme
kept, and counted. If the panel dies, training goes on.

Standard library only; Python 3.9 and later. The protocol is ``docs/trainer-protocol.md``.
"""

from __future__ import annotations

import atexit
import base64
import collections
import contextlib
import itertools
import json
import math
import os
import select
import socket
import stat
import struct
import sys
import threading
import time
import weakref
import zlib
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple, Union

__version__ = "1.0.0"
__all__ = [
    "PROTOCOL",
    "Run",
    "SummaryWriter",
    "current",
    "init",
    "keras_callback",
    "lightning_callback",
]

#: The version of the protocol that this client speaks.
PROTOCOL = 1

#: Seconds between two looks at what is not announced: a panel that does not accept yet, output that loses its reader.
_TICK = 0.05
#: Seconds that the end of the program waits for a panel that takes nothing, and for one that reads.
_GOODBYE = 1.0
_LONG_GOODBYE = 10.0
#: Seconds and steps after which a control that was set should have been looked at.
_UNREAD = 2.0
_UNREAD_STEPS = 10
#: Seconds between two looks at learning rates that a schedule may change.
_FOLLOW = 0.2
#: Messages kept for a panel that does not read, besides metrics and images.
_MOST_WAITING = 1000
#: The longest message, in bytes, with room for its fields.
_LONGEST = 16 * 1024 * 1024 - 4096
#: Raw pixels up to here are sent as they are; more as PNG.
_MOST_RAW = 256 * 1024
_MOST_IMAGES = 4096
_MOST_VALUES = 10_000

#: Controls that the commands ``lr`` and ``loss`` set, by their names.
_KNOWN_CONTROLS: Dict[str, Dict[str, str]] = {
    "lr": {"role": "learning_rate"},
    "learning_rate": {"role": "learning_rate"},
    "lr_g": {"role": "learning_rate", "network": "generator"},
    "g_lr": {"role": "learning_rate", "network": "generator"},
    "lr_d": {"role": "learning_rate", "network": "discriminator"},
    "d_lr": {"role": "learning_rate", "network": "discriminator"},
    "loss": {"role": "objective"},
    "objective": {"role": "objective"},
}

Control = Union[float, int, bool, str, Sequence[str], Tuple[float, float, float], Mapping[str, Any]]


class _Rejected(Exception):
    """A command cannot be done; the text says why."""


# --------------------------------------------------------------------------------------------------------------------
# Values as the training has them
# --------------------------------------------------------------------------------------------------------------------

#: Numbers that are merged as they are.
_PLAIN = {float, int}
#: What to do with a value of a class: nothing, `float` at once, as a tensor of torch, or `float` in the thread.
_NUMBER, _NOW, _TORCH, _LATER = range(4)
_kinds: Dict[type, int] = {float: _NUMBER, int: _NUMBER, bool: _NOW}


def _kind(cls: type) -> int:
    root = cls.__module__.partition(".")[0]
    if root == "torch" or hasattr(cls, "is_cuda") and hasattr(cls, "detach"):
        kind = _TORCH
    elif root in ("jax", "jaxlib", "tensorflow"):
        # Immutable, and maybe not computed yet.
        kind = _LATER
    else:
        kind = _NOW
    _kinds[cls] = kind
    return kind


def _taken(named: Dict[str, Any]) -> Union[_Held, bool]:
    """Makes numbers of what is here, and copies what is on a device. Returns these, or true: what is left may be no number."""
    names: List[str] = []
    for name, value in named.items():
        kind = _kinds.get(value.__class__)
        if kind == _NUMBER:
            continue
        if kind is None:
            kind = _kind(value.__class__)
        if kind == _TORCH:
            if not value.is_cpu:
                names.append(name)
            elif value.numel() == 1:
                named[name] = value.item()
        elif kind == _NOW:
            with contextlib.suppress(TypeError, ValueError):
                named[name] = float(value)
    return _Held(names, [named.pop(name) for name in names]) if names else True


class _Held:
    """Numbers on a device: a copy made there in the order of its stream, which the thread fetches."""

    __slots__ = ("names", "stream", "values")

    def __init__(self, names: List[str], tensors: List[Any]) -> None:
        self.names = names
        torch = sys.modules["torch"]
        first = tensors[0]
        # One kernel copies them all, so that the program may change them in place.
        try:
            values = torch.stack([tensor.detach() for tensor in tensors])
            if values.ndim != 1:
                values = values.reshape(len(tensors))
        except RuntimeError:
            # Of several devices or shapes.
            values = [tensor.detach().clone() for tensor in tensors]
        self.values = values
        self.stream = torch.cuda.current_stream(first.device) if first.is_cuda else None


def _fetch_rows(held: List[_Held]) -> List[List[float]]:
    """The numbers of several of equal names. Waits for the device; for the thread alone."""
    first = held[0]
    torch = sys.modules["torch"]
    stream = contextlib.nullcontext() if first.stream is None else torch.cuda.stream(first.stream)
    with stream:
        if isinstance(first.values, list):
            return [[_scalar(value) for value in one.values] for one in held]
        rows: List[List[float]] = torch.stack([one.values for one in held]).cpu().tolist()
        return rows


def _scalar(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError) as error:
        shape = getattr(value, "shape", None)
        what = f"shape {tuple(shape)}" if shape is not None else f"type {type(value).__name__}"
        raise ValueError(f"expected one number, found {what}") from error


def _detached(value: Any) -> Any:
    """A copy of an array or tensor that the program may not change any more, without waiting for its device."""
    if hasattr(value, "detach"):
        return value.detach().clone()
    if hasattr(value, "copy") and hasattr(value, "dtype"):
        return value.copy()
    return value


def _current_stream(value: Any) -> Any:
    if getattr(value, "is_cuda", False) is True:
        return sys.modules["torch"].cuda.current_stream(value.device)
    return None


def _fetched(value: Any, stream: Any) -> Any:
    if stream is None:
        return value.cpu() if hasattr(value, "cpu") else value
    with sys.modules["torch"].cuda.stream(stream):
        return value.cpu()


def _flat(value: Any) -> Iterator[Any]:
    """The numbers of nested lists."""
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _shape(value: Any) -> Tuple[int, ...]:
    shape = getattr(value, "shape", None)
    if shape is not None:
        return tuple(int(size) for size in shape)
    sizes = []
    while isinstance(value, (list, tuple)):
        sizes.append(len(value))
        value = value[0] if value else 0
    return tuple(sizes)


def _numbers(value: Any) -> List[float]:
    """The numbers of an array on this machine's processor, in order."""
    if hasattr(value, "flatten") and hasattr(value, "tolist"):
        return list(value.flatten().tolist())
    if hasattr(value, "numpy"):
        return list(value.numpy().flatten().tolist())
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [float(number) for number in _flat(value)]


# --------------------------------------------------------------------------------------------------------------------
# Images
# --------------------------------------------------------------------------------------------------------------------


def _png(pixels: bytes, width: int, height: int, channels: int) -> bytes:
    """A PNG of 8-bit rows; 1, 2, 3 or 4 channels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = width * channels
    rows = b"".join(b"\0" + pixels[at : at + row] for at in range(0, row * height, row))
    color = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    data = zlib.compress(rows, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


class _Images:
    """Images of one name as they were handed over; pixels are made when they are sent."""

    def __init__(
        self,
        name: str,
        images: Any,
        step: int,
        value_range: Optional[Tuple[float, float]],
        layout: Optional[str],
        fields: Dict[str, Any],
    ) -> None:
        shape = _shape(images)
        if len(shape) == 2:
            count, channels, height, width, layout = 1, 1, shape[0], shape[1], "nchw"
        elif len(shape) == 3:
            if layout is None:
                layout = "nchw" if shape[0] in (1, 3, 4) or shape[-1] not in (1, 3, 4) else "nhwc"
            if layout == "nhwc":
                count, (height, width, channels) = 1, shape
            elif shape[0] in (1, 3, 4):
                count, (channels, height, width) = 1, shape
            else:
                channels, (count, height, width) = 1, shape
        elif len(shape) == 4:
            if layout is None:
                layout = "nhwc" if shape[1] not in (1, 2, 3, 4) and shape[3] in (1, 2, 3, 4) else "nchw"
            if layout == "nhwc":
                count, height, width, channels = shape
            else:
                count, channels, height, width = shape
        else:
            raise ValueError(f"images: expected N×C×H×W, found shape {shape}")
        if channels not in (1, 2, 3, 4) or 0 in shape:
            raise ValueError(f"images: expected 1 to 4 channels and no empty side, found shape {shape}")
        self.name = name
        self.step = step
        self.count = min(count, _MOST_IMAGES)
        self.size = (channels, height, width)
        self.layout = layout
        self.range = value_range
        self.fields = fields
        self.stream = _current_stream(images)
        whole = len(shape) == 4 or len(shape) == 3 and count > 1
        self.images = _detached(images[: self.count] if whole and count > self.count else images)

    def message(self, ranges: Dict[str, Tuple[float, float]]) -> Dict[str, Any]:
        channels, height, width = self.size
        pixels = self._pixels(ranges)
        message: Dict[str, Any] = {"type": "images", "name": self.name, "step": self.step, **self.fields}
        if len(pixels) <= _MOST_RAW:
            sizes = [channels, height, width] if self.layout == "nchw" else [height, width, channels]
            message["data"] = base64.b64encode(pixels).decode("ascii")
            message["shape"] = [self.count, *sizes]
            message["layout"] = self.layout
            return message
        plane, whole = height * width, height * width * channels
        pictures: List[str] = []
        room = _LONGEST
        for at in range(0, self.count * whole, whole):
            image = pixels[at : at + whole]
            if self.layout == "nchw" and channels > 1:
                interleaved = bytearray(whole)
                for channel in range(channels):
                    interleaved[channel::channels] = image[channel * plane : (channel + 1) * plane]
                image = bytes(interleaved)
            picture = base64.b64encode(_png(image, width, height, channels)).decode("ascii")
            room -= len(picture) + 4
            if room < 0:
                break
            pictures.append(picture)
        if not pictures:
            raise ValueError(f"images: one of {width}×{height} pixels is more than a message holds")
        message["png"] = pictures
        return message

    def _pixels(self, ranges: Dict[str, Tuple[float, float]]) -> bytes:
        """Bytes from 0 to 255 in the order of the layout."""
        images = _fetched(self.images, self.stream)
        kind = str(getattr(images, "dtype", ""))
        if kind.endswith("uint8") and self.range is None:
            if hasattr(images, "numpy"):
                try:
                    return bytes(images.contiguous().numpy().tobytes())
                except (RuntimeError, AttributeError):
                    return bytes([int(number) for number in _numbers(images)])
            if hasattr(images, "tobytes"):
                return bytes(images.tobytes())
        if hasattr(images, "min") and not isinstance(images, (list, tuple)):
            images = images.float() if hasattr(images, "float") else images
            low, high = self._range(float(images.min()), float(images.max()), ranges)
            scale = 255.0 / (high - low)
            scaled = (images - low) * scale + 0.5
            if hasattr(scaled, "nan_to_num"):
                scaled = scaled.nan_to_num(nan=0.0)
            elif "numpy" in sys.modules:
                scaled = sys.modules["numpy"].nan_to_num(scaled, nan=0.0)
            if hasattr(scaled, "clamp"):
                scaled = scaled.clamp(0, 255)
                with contextlib.suppress(RuntimeError, AttributeError):
                    return bytes(scaled.byte().contiguous().numpy().tobytes())
                return bytes([int(number) for number in scaled.flatten().tolist()])
            if hasattr(scaled, "clip") and hasattr(scaled, "astype"):
                clipped = scaled.clip(0, 255).astype("uint8")
                if "numpy" in sys.modules:
                    clipped = sys.modules["numpy"].asarray(clipped)
                return bytes(clipped.tobytes())
        numbers = _numbers(images)
        finite = [number for number in numbers if math.isfinite(number)] or [0.0]
        low, high = self._range(min(finite), max(finite), ranges)
        scale = 255.0 / (high - low)

        def pixel(number: float) -> int:
            if number != number:
                return 0
            return int(min(max((number - low) * scale + 0.5, 0.0), 255.0))

        return bytes([pixel(number) for number in numbers])

    def _range(
        self, least: float, greatest: float, ranges: Dict[str, Tuple[float, float]]
    ) -> Tuple[float, float]:
        """What is black and what is white: as was said, or the smallest usual range that held all images of this name."""
        if self.range is not None:
            return self.range
        usual = (0.0, 1.0)
        if greatest > 2.0:
            usual = (0.0, 255.0)
        elif least < -0.01:
            usual = (-1.0, 1.0)
        known = ranges.get(self.name, usual)
        ranges[self.name] = (min(known[0], usual[0]), max(known[1], usual[1]))
        return ranges[self.name]


# --------------------------------------------------------------------------------------------------------------------
# The thread that talks to the panel
# --------------------------------------------------------------------------------------------------------------------


class _Window:
    """Metrics over some steps, with every extreme."""

    __slots__ = ("fields", "first", "last", "merged", "metrics")

    def __init__(self) -> None:
        self.first: Optional[int] = None
        self.last = 0
        self.merged = 0
        self.fields: Dict[str, int] = {}
        #: By name: count, least, sum, greatest, last.
        self.metrics: Dict[str, List[Any]] = {}

    def add(self, name: str, values: Sequence[float]) -> None:
        total = sum(values)
        least, greatest = min(values), max(values)
        if total != total and any(value != value for value in values):
            least = greatest = math.nan
        entry = self.metrics.get(name)
        if entry is None:
            self.metrics[name] = [len(values), least, total, greatest, values[-1]]
            return
        entry[0] += len(values)
        entry[2] += total
        entry[4] = values[-1]
        # A comparison with NaN is false, so that NaN stays.
        if least < entry[1] or least != least:
            entry[1] = least
        if greatest > entry[3] or greatest != greatest:
            entry[3] = greatest

    def message(self) -> Dict[str, Any]:
        metrics: Dict[str, Any] = {}
        for name, (count, least, total, greatest, last) in self.metrics.items():
            if count == 1:
                metrics[name] = last
            else:
                metrics[name] = {
                    "count": count,
                    "min": least,
                    "mean": total / count,
                    "max": greatest,
                    "last": last,
                }
        message: Dict[str, Any] = {"type": "log", "step": self.last, "metrics": metrics}
        if self.first is not None and self.first < self.last:
            message["from_step"] = self.first
        message.update(self.fields)
        if self.merged:
            message["merged"] = self.merged
        return message


class _Link:
    """Everything between the run and the socket, on a thread of its own.

    The training appends to `buffer`, which takes no lock, and nothing else. The thread never blocks on the socket: while
    the panel takes nothing, metrics merge into one window, and of images the newest stay.
    """

    def __init__(self, path: str, hello: Dict[str, Any], run: "Run") -> None:
        self.path = path
        #: In the order of the training: metrics as tuples, messages as dicts, images.
        self.buffer: "collections.deque[Any]" = collections.deque()
        self._run = weakref.ref(run)
        self._socket: Optional[socket.socket] = None
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        self._hello = hello
        self._window = _Window()
        self._waiting: "collections.deque[Dict[str, Any]]" = collections.deque()
        #: Whether the window began before what waits.
        self._is_window_first = False
        self._images: Dict[str, _Images] = {}
        self._skipped: Dict[str, int] = {}
        self._ranges: Dict[str, Tuple[float, float]] = {}
        self._out = memoryview(b"")
        self._in = bytearray()
        self._log_s = 0.1
        #: When a window was sent.
        self._sent = 0.0
        #: Until when the end of the program waits, and until when it does so at the most.
        self._closing: Optional[float] = None
        self._last = 0.0
        self._said: Set[str] = set()
        #: Messages that became part of others, and messages that were left out.
        self.merged = 0
        self.dropped = 0
        self._thread = threading.Thread(target=self._main, name="genai_tui", daemon=True)

    # What the training calls.

    def start(self) -> None:
        """Begins to talk. The run has to know of it by now: it may be over at once."""
        self._thread.start()

    def send(self, message: Any) -> None:
        self.buffer.append(message)
        self.wake()

    def wake(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._wake_out, b"\0")

    def close(self) -> None:
        """Sends what is left. A panel that takes nothing for a second is not waited for."""
        if not self._thread.is_alive():
            return
        self._last = time.monotonic() + _LONG_GOODBYE
        self._closing = time.monotonic() + _GOODBYE
        self.wake()
        self._thread.join(_LONG_GOODBYE + 0.5)

    def abandon(self) -> None:
        """In a process that was forked: lets go without a word."""
        for descriptor in (self._wake_in, self._wake_out):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()

    # The thread.

    def _main(self) -> None:
        outcome: Optional[str] = None
        try:
            outcome = self._talk()
        except OSError as error:
            outcome = f"the connection to the panel broke ({error}); training goes on without it"
        except Exception as error:  # noqa: BLE001  (a mistake of the client must not end a training)
            outcome = f"the client failed ({type(error).__name__}: {error}); training goes on without the panel"
        run = self._run()
        if run is not None:
            run._lost()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
        self.buffer.clear()
        if outcome is not None and self._closing is None:
            _keep_output()
            self._say(outcome)
        self._watch_output()

    def _connect(self) -> None:
        """Connects without ever waiting in the kernel: a panel that is stopped does not accept."""
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.setblocking(False)
        link.set_inheritable(False)
        while True:
            try:
                link.connect(self.path)
                break
            except BlockingIOError:
                if self._closing is not None and time.monotonic() > self._closing:
                    break
                time.sleep(_TICK)
                self._drain()
        self._socket = link

    def _talk(self) -> Optional[str]:
        """Returns what is to be said when the panel has gone."""
        try:
            self._connect()
        except OSError as error:
            return f"there is no panel at {self.path} ({error.strerror or error}); training goes on without it"
        link = self._socket
        assert link is not None
        self._out = memoryview(_line(self._hello))
        poll = select.poll()
        poll.register(self._wake_in, select.POLLIN)
        poll.register(link, select.POLLIN)
        while True:
            self._drain()
            self._fill()
            if self._out:
                try:
                    sent = link.send(self._out)
                    self._out = self._out[sent:]
                    if sent and self._closing is not None:
                        self._closing = min(time.monotonic() + _GOODBYE, self._last)
                except BlockingIOError:
                    pass
            is_full = bool(self._out)
            if not is_full and self._has_more():
                continue
            if self._closing is not None:
                is_over = not is_full and not self.buffer and not self._has_more()
                if is_over or time.monotonic() > self._closing:
                    return None
            self._look_after()
            poll.modify(link, select.POLLIN | (select.POLLOUT if is_full else 0))
            for descriptor, _ in poll.poll(self._log_s * 1010):
                if descriptor == self._wake_in:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._wake_in, 4096)
                elif descriptor == link.fileno():
                    try:
                        data = link.recv(65536)
                    except BlockingIOError:
                        continue
                    if not data:
                        return "the panel has gone; training goes on without it"
                    said = self._take(data)
                    if said is not None:
                        return said or None

    def _look_after(self) -> None:
        """What is worth a look now and then, besides the training."""
        run = self._run()
        if run is not None and run._unread:
            run._say_unread()

    def _has_more(self) -> bool:
        return bool(self._waiting or self._images) or self._is_window_due()

    def _is_window_due(self) -> bool:
        if not self._window.metrics:
            return False
        return self._closing is not None or time.monotonic() - self._sent >= self._log_s

    def _drain(self) -> None:
        """Takes what was logged, in order."""
        # Only this thread takes from it.
        entries = list(map(collections.deque.popleft, itertools.repeat(self.buffer, len(self.buffer))))
        if set(map(type, entries)) == {tuple}:
            self._add(entries)
            return
        logs: List[Tuple[Any, ...]] = []
        for entry in entries:
            if type(entry) is tuple:
                logs.append(entry)
                continue
            self._add(logs)
            logs = []
            if type(entry) is dict:
                self._queue(entry)
            elif isinstance(entry, _Images):
                if entry.name in self._images:
                    self._skipped[entry.name] = self._skipped.get(entry.name, 0) + 1
                    self.dropped += 1
                self._images[entry.name] = entry
            else:
                try:
                    self._queue(entry())
                except Exception as error:  # noqa: BLE001  (whatever an array of someone else's does)
                    self._complain("distribution", f"distribution: {error}")
        self._add(logs)

    def _add(self, logs: List[Tuple[Any, ...]]) -> None:
        """Merges what was logged into the window. By columns: this takes time from the training, as it is Python."""
        if not logs:
            return
        window = self._window
        now = time.monotonic()
        if not window.metrics:
            window.first = logs[0][0]
        elif self._out and now - self._sent >= self._log_s:
            # A message of its own, had the panel read.
            self._sent = now
            window.merged += 1
            self.merged += 1
        steps, metrics, on_devices, fields = zip(*logs)
        window.last = max(window.last, *steps)
        if fields[-1] is not None:
            window.fields = fields[-1]
        columns: Dict[str, Any] = {}
        names = tuple(metrics[0])
        if all(map(names.__eq__, map(tuple, metrics))):
            # The usual case, without a line of Python for each number.
            columns = dict(zip(names, zip(*map(dict.values, metrics))))
        else:
            for named in metrics:
                for name, value in named.items():
                    columns.setdefault(name, []).append(value)
        if any(on_devices):
            columns = {name: self._plain(name, values) for name, values in columns.items()}
            held = [one for one in on_devices if isinstance(one, _Held)]
            self._fetch(held, columns)
        for name, values in columns.items():
            if values:
                window.add(name, values)

    def _plain(self, name: str, values: Sequence[Any]) -> List[float]:
        if _PLAIN.issuperset(map(type, values)):
            return list(values)
        plain = []
        for value in values:
            try:
                plain.append(_scalar(value))
            except ValueError as error:
                self._complain(name, f"log: `{name}`: {error}")
        return plain

    def _fetch(self, held: List[_Held], columns: Dict[str, List[Any]]) -> None:
        """Numbers on devices: those of equal names come in one copy."""
        for _, group in itertools.groupby(held, lambda one: (one.names, one.stream, isinstance(one.values, list))):
            same = list(group)
            names = same[0].names
            try:
                rows = _fetch_rows(same)
            except (ValueError, RuntimeError, TypeError) as error:
                self._complain("log", f"log: {', '.join(names)}: {error}")
                continue
            for name, values in zip(names, zip(*rows)):
                columns.setdefault(name, []).extend(values)

    def _queue(self, message: Dict[str, Any]) -> None:
        if self._is_window_first and not self._out:
            self._is_window_first = False
            self._waiting.appendleft(self._cut())
        elif self._window.metrics and not self._out:
            # What was logged before it goes before it.
            self._waiting.append(self._cut())
        elif self._window.metrics and not self._waiting:
            self._is_window_first = True
        if len(self._waiting) >= _MOST_WAITING:
            # Answers to commands stay.
            for at, other in enumerate(self._waiting):
                if other["type"] not in ("applied", "rejected", "hello", "declare", "finished"):
                    del self._waiting[at]
                    break
            else:
                self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(message)

    def _cut(self) -> Dict[str, Any]:
        message = self._window.message()
        self._sent = time.monotonic()
        last = self._window.last
        self._window = _Window()
        self._window.last = last
        return message

    def _fill(self) -> None:
        """Makes the next bytes to send: messages, then metrics, then images."""
        if self._out:
            return
        parts: List[bytes] = []
        if self._is_window_first:
            self._is_window_first = False
            parts.append(_line(self._cut()))
        while self._waiting and len(parts) < 64:
            if self._waiting[0]["type"] == "finished" and self._images:
                break
            parts.append(_line(self._waiting.popleft()))
        if self._is_window_due():
            parts.append(_line(self._cut()))
        if not parts and self._images:
            name, images = next(iter(self._images.items()))
            del self._images[name]
            try:
                message = images.message(self._ranges)
                skipped = self._skipped.pop(name, 0)
                if skipped:
                    message["merged"] = skipped
                parts.append(_line(message))
            except Exception as error:  # noqa: BLE001  (whatever an array of someone else's does)
                self._complain(name, f"images `{name}`: {error}")
        if parts:
            self._out = memoryview(b"".join(parts))

    def _take(self, data: bytes) -> Optional[str]:
        """Reads the panel's messages. A text is the end of the connection; an empty one is not worth a word."""
        self._in += data
        if b"\n" not in data:
            return None
        *lines, rest = bytes(self._in).split(b"\n")
        self._in = bytearray(rest)
        run = self._run()
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if not isinstance(message, dict):
                continue
            kind = message.get("type")
            if kind == "welcome":
                self._log_s = min(max(float(message.get("log_s", 0.1)), 0.01), 10.0)
                if message.get("state") == "paused" and run is not None:
                    run._command({"type": "pause"})
            elif kind == "error":
                code = message.get("code")
                if code == "taken":
                    return ""
                self._complain(
                    f"error {code} {message.get('type_of')}", f"the panel says: {message.get('text')}"
                )
            elif kind == "bye":
                return ""
            elif kind == "wants":
                if run is not None:
                    if "images" in message:
                        run._wants_images = bool(message["images"])
                    if "evaluation" in message:
                        run._wants_evaluation = int(message["evaluation"] or 0)
            elif run is not None and "id" in message:
                run._command(message)
        return None

    def _complain(self, about: str, text: str) -> None:
        if about not in self._said and len(self._said) < 100:
            self._said.add(about)
            self._say(text)

    @staticmethod
    def _say(text: str) -> None:
        with contextlib.suppress(Exception):
            print(f"genai_tui: {text}", file=sys.stderr, flush=True)

    def _watch_output(self) -> None:
        """The terminal of the program may go a moment after the socket."""
        until = time.monotonic() + 5.0
        while self._closing is None and time.monotonic() < until:
            _keep_output()
            time.sleep(_TICK)


def _line(message: Dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":"), default=str).encode("utf-8", "replace") + b"\n"


def _keep_output() -> None:
    """Points stdout and stderr at `output.log` where their reader, the panel, has gone."""
    folder = os.environ.get("GENAI_TUI_RUN_DIR")
    if not folder:
        return
    for descriptor in (1, 2):
        try:
            mode = os.fstat(descriptor).st_mode
            if not (stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)):
                continue
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            gone = select.POLLERR | select.POLLHUP | select.POLLNVAL
            if not any(event & gone for _, event in poll.poll(0)):
                continue
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            log = os.open(os.path.join(folder, "output.log"), flags, 0o644)
            os.dup2(log, descriptor)
            os.close(log)
        except OSError:
            continue


# --------------------------------------------------------------------------------------------------------------------
# The run
# --------------------------------------------------------------------------------------------------------------------


class Run:
    """A training as the panel sees it. Made by :func:`init`.

    Every method may be called without a panel, and then does nothing. :meth:`log`, :meth:`images` and the other
    reports may be called from any thread; :meth:`steps`, :meth:`epochs` and :meth:`boundary` belong to the loop.
    """

    def __init__(
        self,
        path: Optional[str],
        *,
        config: Optional[Mapping[str, Any]],
        controls: Optional[Mapping[str, Control]],
        metrics: Optional[Mapping[str, Any]],
        title: Optional[str],
        dataset: Optional[str],
        progress: Dict[str, Any],
        share: Optional[Callable[[Any], Any]],
        share_every: int,
        rank: int,
    ) -> None:
        self._controls: Dict[str, Dict[str, Any]] = {}
        self._values: Dict[str, Any] = {}
        for name, control in (controls or {}).items():
            self._add_control(name, control)
        self._metrics = {name: _metric(name, about) for name, about in (metrics or {}).items()}
        self._handlers: Dict[str, Callable[..., Any]] = {}
        #: Controls that the program has looked at, and when others were set: the step and the time.
        self._read: Set[str] = set()
        self._unread: Dict[str, Tuple[int, float]] = {}
        self._rates: Optional[_Rates] = None
        self._actions: Dict[str, Dict[str, Any]] = {}
        self._can: List[str] = []
        self._commands: "collections.deque[Dict[str, Any]]" = collections.deque()
        self._news = threading.Condition()
        self._attention = False
        self._paused = False
        self._budget = 0
        self._is_stepping = False
        self._stop = False
        self._wants_images = False
        #: Random samples that the judge still lacks.
        self._wants_evaluation = 0
        #: The name of the first images.
        self._shown: Optional[str] = None
        self._sample_id: Optional[int] = None
        self._checkpoint_ids: List[int] = []
        self._loops = False
        self._step = 0
        self._now = 0
        self._epoch: Optional[int] = None
        self._batch_size: Optional[int] = None
        self._error: Optional[str] = None
        self._is_closed = False
        self._finish_reason: Optional[str] = None
        self._share = share
        self._share_every = max(1, share_every)
        self._shared: Dict[str, Any] = {}
        self._rank = rank
        self._pid = os.getpid()
        self._progress: Dict[str, Any] = dict(progress)
        self._link: Optional[_Link] = None
        self._log_buffer: Any = None
        if path is None:
            return
        hello: Dict[str, Any] = {
            "type": "hello",
            "protocol": PROTOCOL,
            "client": f"genai_tui.py {__version__}",
            "pid": self._pid,
            "config": _plain(dict(config or {})),
            "metrics": list(self._metrics.values()),
            "controls": list(self._controls.values()),
            "commands": [],
        }
        if title is not None:
            hello["title"] = title
        if dataset is not None:
            hello["dataset"] = dataset
        if self._progress:
            hello["progress"] = self._progress
        self._link = _Link(path, hello, self)
        self._log_buffer = self._link.buffer
        _runs.add(self)
        self._link.start()

    # --- what there is ---

    @property
    def active(self) -> bool:
        """Whether a panel listens."""
        return self._link is not None

    @property
    def step(self) -> int:
        """Steps done; in the body of :meth:`steps`, with the one being made."""
        return self._now

    @property
    def stopping(self) -> bool:
        """Whether the panel asked to stop: the loop ends at the next boundary."""
        return self._stop

    @property
    def merged(self) -> int:
        """Messages that became part of others because the panel did not read in time."""
        return self._link.merged if self._link is not None else 0

    @property
    def dropped(self) -> int:
        """Images and texts that were left out because the panel did not read in time."""
        return self._link.dropped if self._link is not None else 0

    # --- the loop ---

    def steps(self, total: Union[int, Iterable[Any], None] = None, start: int = 0) -> Iterator[Any]:
        """Steps of training: numbers from `start` to `total`, or what an iterable such as a data loader gives.

        Between two steps it waits while the run is paused, and takes commands; it ends when the panel asks to stop. A
        number counts the steps of the run; a loader continues the count, so that it may be used once per epoch.
        """
        if total is None or isinstance(total, int):
            numbers: Iterable[Any] = itertools.count(start) if total is None else range(start, total)
            if self._link is None and self._share is None:
                return iter(numbers)
            self._step = self._now = start
            if total is not None:
                self.progress(steps=total)
            return self._loop(numbers, None)
        if self._link is None and self._share is None:
            return iter(total)
        size: Optional[int] = None
        with contextlib.suppress(TypeError, NotImplementedError):
            size = len(total)  # type: ignore[arg-type]
        batch_size = getattr(total, "batch_size", None)
        if isinstance(batch_size, int):
            self._batch_size = batch_size
        if size:
            if self._epoch is not None:
                self.progress(steps_per_epoch=size)
            elif "steps" not in self._progress and "epochs" not in self._progress:
                self.progress(steps=self._step + size)
        return self._loop(total, size)

    def epochs(self, total: Optional[int] = None, start: int = 0) -> Iterator[int]:
        """Epochs from `start` to `total`; ends when the panel asks to stop. :meth:`steps` of a loader goes inside."""
        numbers = itertools.count(start) if total is None else range(start, total)
        if self._link is None and self._share is None:
            return iter(numbers)
        if total is not None:
            self.progress(epochs=total)
        return self._epochs(numbers)

    def _epochs(self, numbers: Iterable[int]) -> Iterator[int]:
        self._epoch = 0
        for epoch in numbers:
            if self._stop:
                return
            self._epoch = epoch + 1
            yield epoch

    def _loop(self, source: Iterable[Any], size: Optional[int]) -> Iterator[Any]:
        self._begin_loop()
        iterator = iter(source)
        is_shared = self._share is not None
        while True:
            if is_shared:
                if not self._attend_shared():
                    return
            elif self._attention and not self._attend():
                return
            if self._rates is not None:
                self._rates.follow()
            try:
                item = next(iterator)
            except StopIteration:
                return
            self._now = self._step + 1
            yield item
            self._step = self._now

    def boundary(self, step: Optional[int] = None) -> bool:
        """The place between two steps, for loops that do not use :meth:`steps`: `while run.boundary(): …`.

        Waits while the run is paused and takes commands. Returns whether to go on. `step` is the number of steps done;
        left out, each call after the first counts one.
        """
        if self._link is None and self._share is None:
            return not self._stop
        if step is not None:
            self._step = step
        elif self._loops:
            self._step = self._now
        self._begin_loop()
        self._now = self._step
        if self._share is not None:
            goes_on = self._attend_shared()
        else:
            goes_on = not self._attention or self._attend()
        if goes_on:
            self._now = self._step + 1
            if self._rates is not None:
                self._rates.follow()
        return goes_on

    def _begin_loop(self) -> None:
        if not self._loops:
            self._loops = True
            self._can_do("pause", "resume", "step", "stop")

    def _can_do(self, *commands: str) -> None:
        new = [command for command in commands if command not in self._can]
        if new:
            self._can += new
            self._send({"type": "declare", "commands": self._can})

    # --- reports ---

    def log(
        self,
        metrics: Optional[Mapping[str, Any]] = None,
        /,
        *,
        step: Optional[int] = None,
        epoch: Optional[int] = None,
        batch: Optional[int] = None,
        images: Optional[int] = None,
        **named: Any,
    ) -> None:
        """Metrics of a step: `run.log(d_loss=d, g_loss=g)`, or a dict for names with other characters.

        Tensors on a device are taken as they are: they are copied there and read later, so that nothing waits for the
        device. `step` is the number of steps done with this one; left out, it is that of the loop. `images` is the number
        of training examples used so far.
        """
        buffer = self._log_buffer
        if buffer is None:
            return
        if metrics is not None:
            named = {**metrics, **named}
        # Each of these lines was chosen for its nanoseconds.
        held: Any = None
        for value in named.values():
            if value.__class__ is not float:
                held = _taken(named)
                break
        if step is not None and step.__class__ is not int:
            step = self._whole("step", step)
        if step is None:
            if not self._loops:
                self._now += 1
                if self._attention:
                    self._attend_aside()
                if self._rates is not None:
                    self._rates.follow()
            step = self._now
        elif step > self._now and not self._loops:
            self._now = self._step = step
        fields = None
        if epoch is None and self._epoch is not None:
            epoch = self._epoch
        if images is None and self._batch_size is not None:
            images = step * self._batch_size
        if epoch is not None or batch is not None or images is not None:
            fields = {}
            for name, count in (("epoch", epoch), ("batch", batch), ("images", images)):
                if count is not None and count.__class__ is not int:
                    count = self._whole(name, count)
                if count is not None:
                    fields[name] = count
        buffer.append((step, named, held, fields))

    def _whole(self, name: str, value: Any) -> Optional[int]:
        """A count that came as something else: of numpy, of a tensor."""
        try:
            return int(value)
        except (TypeError, ValueError):
            self._complain(name, f"log: `{name}`: expected a whole number, found {value!r:.60}")
            return None

    def _complain(self, about: str, text: str) -> None:
        """Says once on stderr that a report cannot be used. None ends the training: without the panel it would not either."""
        if self._link is not None:
            self._link._complain(about, text)

    def wants_images(self, name: str = "samples") -> bool:
        """Whether the panel would show images now. Making some for nobody costs time.

        With `"evaluation"`: whether its judge lacks random samples, where it knows the dataset (see :func:`init`).
        """
        if self._link is None:
            return False
        if name == "evaluation":
            return self._wants_evaluation > 0
        if "sample" not in self._can:
            self._can_do("sample")
        return self._wants_images or self._sample_id is not None

    def images(
        self,
        name: str,
        images: Any,
        *,
        step: Optional[int] = None,
        range: Optional[Tuple[float, float]] = None,
        layout: Optional[str] = None,
        columns: Optional[Sequence[str]] = None,
        keep: bool = False,
    ) -> None:
        """Images: a tensor or an array N×C×H×W (or N×H×W×C, N×H×W, C×H×W, H×W), or nested lists.

        `range` is what is black and what is white; left out, it is 0 to 255 for bytes, and -1 to 1, 0 to 1 or 0 to
        255 for other numbers, by what they are. `layout` is `nchw` or `nhwc` where that is not clear. `columns` names the
        class of each column. `keep` keeps the picture as a file whatever the panel's interval says.
        """
        link = self._link
        if link is None:
            return
        fields: Dict[str, Any] = {}
        if columns is not None:
            fields["columns"] = list(columns)
        if keep:
            fields["keep"] = True
        sample_id = None
        is_shown = name not in ("real", "evaluation")
        if is_shown:
            sample_id, self._sample_id = self._sample_id, None
        if sample_id is not None:
            fields["id"] = sample_id
        try:
            taken = _Images(name, images, self._now if step is None else int(step), range, layout, fields)
        except (TypeError, ValueError) as error:
            self._complain(f"images {name}", f"{error}")
            self._answer(sample_id, rejected=f"the program's images cannot be used: {error}")
            # Asked again at once, they would be no better.
            self._wants_images = False
            return
        if name == "evaluation":
            self._wants_evaluation -= taken.count
        if self._shown is None and is_shown:
            self._shown = name
        if name in ("samples", self._shown):
            # What the panel wants is what it shows.
            self._wants_images = False
        link.send(taken)
        if sample_id is not None:
            self._answer(sample_id)

    def distribution(self, name: str, values: Any, *, step: Optional[int] = None) -> None:
        """What values a quantity has: the scores of a batch, the weights of a layer. Up to 10,000 are sent."""
        link = self._link
        if link is None:
            return
        step = self._now if step is None else step
        if hasattr(values, "reshape") and hasattr(values, "shape"):
            values = values.detach() if hasattr(values, "detach") else values
            values = values.reshape(-1)
            values = values[:: max(1, -(-int(values.shape[0]) // _MOST_VALUES))]
        values, stream = _detached(values), _current_stream(values)

        def message() -> Dict[str, Any]:
            numbers = _numbers(_fetched(values, stream))
            stride = max(1, -(-len(numbers) // _MOST_VALUES))
            return {"type": "distribution", "name": name, "step": step, "values": numbers[::stride]}

        link.send(message)

    def text(self, text: str, name: Optional[str] = None, *, step: Optional[int] = None) -> None:
        """A text: generated, or a remark. It goes into the record. Up to 64 KiB."""
        if self._link is None:
            return
        cut = str(text).encode("utf-8", "replace")[: 64 * 1024].decode("utf-8", "ignore")
        message = {"type": "text", "text": cut, "step": self._now if step is None else step}
        if name is not None:
            message["name"] = name
        self._send(message)

    def wants_checkpoint(self) -> bool:
        """Whether the panel asked for a checkpoint: save one, and call :meth:`checkpoint`. See also :meth:`on`."""
        if self._link is None:
            return False
        self._can_do("checkpoint")
        return bool(self._checkpoint_ids)

    def checkpoint(
        self, path: Union[str, "os.PathLike[str]"], *, reason: Optional[str] = None, step: Optional[int] = None
    ) -> None:
        """A checkpoint is complete at `path`. `reason` is `request`, `interval`, `best` or `final`."""
        if self._link is None:
            return
        asked, self._checkpoint_ids = self._checkpoint_ids, []
        step = self._now if step is None else step
        reason = reason or ("request" if asked else "interval")
        try:
            where = os.path.abspath(os.fspath(path))
        except TypeError as error:
            self._complain("checkpoint", f"checkpoint: {error}")
            return
        self._send({"type": "checkpoint", "path": where, "step": step, "reason": reason})
        for command in asked:
            self._answer(command)

    def progress(
        self,
        *,
        steps: Optional[int] = None,
        epochs: Optional[int] = None,
        steps_per_epoch: Optional[int] = None,
        images: Optional[int] = None,
        seconds: Optional[float] = None,
    ) -> None:
        """Where the run ends, in any of these units. :meth:`steps` and :meth:`epochs` say it by themselves."""
        said = {
            "steps": steps,
            "epochs": epochs,
            "steps_per_epoch": steps_per_epoch,
            "images": images,
            "seconds": seconds,
        }
        new = {name: value for name, value in said.items() if value is not None}
        if any(self._progress.get(name) != value for name, value in new.items()):
            self._progress.update(new)
            self._send({"type": "progress", **self._progress})

    def alarm(self, name: str, text: str, *, level: str = "warn", step: Optional[int] = None) -> None:
        """Something needs attention. `level` is `warn` or `critical`."""
        step = self._now if step is None else step
        self._send({"type": "alarm", "name": name, "text": text, "level": level, "step": step})

    def declare(
        self,
        *,
        title: Optional[str] = None,
        dataset: Optional[str] = None,
        config: Optional[Mapping[str, Any]] = None,
        metrics: Optional[Mapping[str, Any]] = None,
        controls: Optional[Mapping[str, Control]] = None,
    ) -> None:
        """Adds to what :func:`init` declared, or replaces it by name."""
        message: Dict[str, Any] = {"type": "declare"}
        if title is not None:
            message["title"] = title
        if dataset is not None:
            message["dataset"] = dataset
        if config:
            message["config"] = _plain(dict(config))
        if metrics:
            described = {name: _metric(name, about) for name, about in metrics.items()}
            self._metrics.update(described)
            message["metrics"] = list(described.values())
        if controls:
            for name, control in controls.items():
                self._add_control(name, control)
            message["controls"] = [self._controls[name] for name in controls]
        if len(message) > 1:
            self._send(message)

    def rewound(self, step: int) -> None:
        """The training went back to `step`, as after loading a checkpoint."""
        self._step = self._now = step
        self._send({"type": "rewound", "step": step})

    def finished(self, reason: Optional[str] = None) -> None:
        """Training is complete. Said by itself at the end of the program; nothing is reported after it."""
        self._finish_reason = reason
        self._close()

    # --- controls and commands ---

    def __getitem__(self, control: str) -> Any:
        """The value of a control. It changes between two steps only."""
        self._read.add(control)
        return self._values[control]

    def _say_unread(self) -> None:
        """From the thread: what was set and is never looked at has no effect, and its panel should know."""
        for name, (step, since) in list(self._unread.items()):
            steps = self._now - step
            if name in self._read:
                del self._unread[name]
            elif steps >= _UNREAD_STEPS and time.monotonic() - since >= _UNREAD:
                del self._unread[name]
                # Once is enough.
                self._read.add(name)
                self.alarm(
                    "unread_control",
                    f"nothing in the program has read `{name}` in {steps} steps since it was set: it has no effect; expected "
                    f'run["{name}"] in the loop, @run.on("{name}"), or run.rates(optimizer)',
                )

    def __setitem__(self, control: str, value: Any) -> None:
        """The program itself changed a control, as a schedule does."""
        if control not in self._controls:
            raise KeyError(control)
        value = _converted(self._controls[control], value)
        if self._values[control] != value:
            self._values[control] = value
            self._controls[control] = {**self._controls[control], "value": value}
            self._send({"type": "declare", "controls": [self._controls[control]]})

    def __contains__(self, control: object) -> bool:
        return control in self._values

    def rates(self, optimizer: Any = None, /, **optimizers: Any) -> None:
        """The learning rates of PyTorch's optimizers as controls: `run.rates(optimizer)`, called `lr`; of a GAN
        `run.rates(lr_g=optimizer_g, lr_d=optimizer_d)`.

        What the panel sets takes effect between two steps, in all groups of the optimizer, whose rates keep their
        proportions. What a schedule changes is shown.
        """
        if self._link is None and self._share is None:
            return
        if optimizer is not None:
            optimizers = {"lr": optimizer, **optimizers}
        if self._rates is None:
            self._rates = _Rates(self)
        for name, of in optimizers.items():
            self._rates.add(name, _group_rate(of))

    def on(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorates what is to be called at the step boundary where a command takes effect.

        `checkpoint`: saves and returns the path. `sample`: sends images. The name of a control: takes its new value, and
        may raise `ValueError` to reject it.
        """
        if name not in ("checkpoint", "sample") and name not in self._controls:
            known = ", ".join(["checkpoint", "sample", *self._controls])
            raise ValueError(f"on: there is no control `{name}`; expected one of {known}")

        def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
            self._handlers[name] = handler
            if name in ("checkpoint", "sample"):
                self._can_do(name)
            return handler

        return decorate

    def action(
        self, name: str, *, arguments: Optional[str] = None, about: Optional[str] = None
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorates a command of your own. It is called with the text that followed its name, if `arguments` says what that
        is, and may raise `ValueError` to reject it."""

        def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
            described = {"name": name}
            if arguments is not None:
                described["arguments"] = arguments
            if about or handler.__doc__:
                described["about"] = about or (handler.__doc__ or "").strip().splitlines()[0]
            self._actions[name] = {**described, "handler": handler}
            self._send({"type": "declare", "actions": [described]})
            return handler

        return decorate

    # --- inside ---

    def _add_control(self, name: str, control: Control) -> None:
        described = _control(name, control)
        self._controls[name] = described
        self._values[name] = described["value"]

    def _send(self, message: Dict[str, Any]) -> None:
        if self._link is not None:
            self._link.send(message)

    def _answer(self, command: Optional[int], rejected: Optional[str] = None, **fields: Any) -> None:
        if command is None:
            return
        if rejected is not None:
            self._send({"type": "rejected", "id": command, "step": self._step, "reason": rejected})
        else:
            self._send({"type": "applied", "id": command, "step": self._step, **fields})

    def _command(self, message: Dict[str, Any]) -> None:
        """From the thread: a command came."""
        with self._news:
            self._commands.append(message)
            self._attention = True
            self._news.notify_all()

    def _lost(self) -> None:
        """From the thread: there is no panel any more."""
        with self._news:
            self._link = None
            self._log_buffer = None
            self._commands.clear()
            self._paused = False
            self._wants_images = False
            self._wants_evaluation = 0
            self._sample_id = None
            self._checkpoint_ids = []
            self._attention = True
            self._news.notify_all()

    def _attend(self) -> bool:
        """At a step boundary: takes the commands, waits while paused, and returns whether to go on."""
        while True:
            self._take_commands(is_boundary=True)
            if self._stop:
                return False
            if not self._paused:
                self._is_stepping = False
                self._attention = False
                if self._commands:
                    continue
                return True
            if self._budget > 0:
                self._budget -= 1
                self._is_stepping = True
                return True
            if self._is_stepping:
                self._is_stepping = False
                self._send({"type": "state", "state": "paused", "step": self._step})
            with self._news:
                while self._paused and not self._commands:
                    self._news.wait()

    def _attend_aside(self) -> None:
        """In a loop without boundaries: what can be done anywhere."""
        self._attention = False
        self._take_commands(is_boundary=False)

    def _attend_shared(self) -> bool:
        """At a step boundary of a training on several processes: all do what rank 0 was told."""
        if self._stop:
            return False
        if self._step % self._share_every:
            return True
        assert self._share is not None
        self._shared = {}
        if self._rank == 0 and self._attention:
            self._attend()
        stop, values = self._share((self._stop, self._shared))
        if self._rank != 0:
            self._stop = stop
            for name, value in values.items():
                self._values[name] = value
                if name in self._handlers:
                    self._handlers[name](value)
        return not stop

    def _take_commands(self, is_boundary: bool) -> None:
        while self._commands:
            message = self._commands.popleft()
            command = message.get("id")
            try:
                self._obey(message, command, is_boundary)
            except _Rejected as why:
                self._answer(command, rejected=str(why))
            except ValueError as why:
                self._answer(command, rejected=str(why) or "the program rejected it")
            except Exception as why:
                self._answer(command, rejected=f"{type(why).__name__}: {why}")
                raise

    def _obey(self, message: Dict[str, Any], command: Optional[int], is_boundary: bool) -> None:
        kind = message.get("type")
        if kind in ("checkpoint", "sample") and kind not in self._can:
            raise _Rejected(f"this program does not know how to: {kind}")
        if kind in ("pause", "resume", "step", "stop") and not is_boundary:
            raise _Rejected("the program's loop has no boundary; expected run.steps() or run.boundary() in it")
        if kind == "pause":
            self._paused, self._budget, self._is_stepping = True, 0, False
            self._answer(command)
        elif kind == "resume":
            self._paused, self._budget, self._is_stepping = False, 0, False
            self._answer(command)
        elif kind == "step":
            count = message.get("count", 1)
            if not isinstance(count, int) or count < 1:
                raise _Rejected(f"step: expected a count of 1 or more, found {count!r}")
            self._paused, self._budget, self._is_stepping = True, count, False
            self._answer(command)
        elif kind == "stop":
            self._stop, self._paused = True, False
            self._answer(command)
        elif kind == "set":
            self._set(message.get("values"), command)
        elif kind == "checkpoint":
            handler = self._handlers.get("checkpoint")
            if handler is None:
                if command is not None:
                    self._checkpoint_ids.append(command)
                return
            path = handler()
            if path is not None:
                self.checkpoint(path, reason="request", step=self._step)
            self._answer(command)
        elif kind == "sample":
            handler = self._handlers.get("sample")
            if self._sample_id is not None:
                self._answer(self._sample_id)
            self._sample_id = command
            if handler is not None:
                try:
                    handler()
                finally:
                    still, self._sample_id = self._sample_id, None
                self._answer(still)
        elif kind == "action":
            action = self._actions.get(str(message.get("name")))
            if action is None:
                raise _Rejected(f"there is no action `{message.get('name')}`")
            text = str(message.get("arguments") or "")
            if "arguments" in action:
                action["handler"](text)
            elif text:
                raise _Rejected(f"`{message.get('name')}` takes no arguments, found `{text}`")
            else:
                action["handler"]()
            self._answer(command)
        else:
            raise _Rejected(f"this client does not know `{kind}`")

    def _set(self, values: Any, command: Optional[int]) -> None:
        if not isinstance(values, dict) or not values:
            raise _Rejected("set: expected `values`, an object")
        new = {}
        for name, value in values.items():
            if name not in self._controls:
                known = ", ".join(self._controls) or "none"
                raise _Rejected(f"there is no control `{name}`; there are: {known}")
            new[name] = _converted(self._controls[name], value)
        before = dict(self._values)
        called = []
        try:
            for name, value in new.items():
                self._values[name] = value
                handler = self._handlers.get(name)
                if handler is not None:
                    called.append(name)
                    taken = handler(value)
                    if taken is not None:
                        # What the program took instead.
                        self._values[name] = _converted(self._controls[name], taken)
        except Exception:
            # All or none.
            self._values = before
            for name in called:
                with contextlib.suppress(Exception):
                    self._handlers[name](before[name])
            raise
        changed = {name: self._values[name] for name in new}
        for name, value in changed.items():
            self._controls[name] = {**self._controls[name], "value": value}
            if name not in self._handlers and name not in self._read:
                self._unread[name] = (self._now, time.monotonic())
        self._shared.update(changed)
        self._answer(command, values=changed)

    def _close(self) -> None:
        link = self._link
        if link is None or self._is_closed or os.getpid() != self._pid:
            return
        if self._rates is not None:
            self._rates.follow(is_last=True)
        self._is_closed = True
        for command in self._commands:
            self._answer(command.get("id"), rejected="the training has ended")
        for asked in [*self._checkpoint_ids, self._sample_id]:
            self._answer(asked, rejected="the training ended before")
        finished: Dict[str, Any] = {"type": "finished", "step": self._step if self._loops else self._now}
        reason = self._error or self._finish_reason or ("stopped from the panel" if self._stop else None)
        if reason:
            finished["reason"] = reason
        link.send(finished)
        link.close()
        self._link = None
        self._log_buffer = None

    def _abandon(self) -> None:
        """In a process that was forked: there is no thread here."""
        link, self._link, self._log_buffer = self._link, None, None
        self._news = threading.Condition()
        self._paused = False
        self._commands.clear()
        if link is not None:
            link.abandon()

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is not None:
            self._error = _ended_by(kind, error)
        self._close()


def _ended_by(kind: Any, error: Any) -> str:
    text = str(error).strip().splitlines()
    return f"ended by {kind.__name__}" + (f": {text[0][:500]}" if text else "")


def _plain(value: Any, depth: int = 0) -> Any:
    """A configuration as JSON has it."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping) and depth < 16:
        return {str(name): _plain(part, depth + 1) for name, part in value.items()}
    if isinstance(value, (list, tuple, set)) and depth < 16:
        return [_plain(part, depth + 1) for part in value]
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return _plain(value.item(), depth + 1) if depth < 16 else str(value)
    return str(value)


def _metric(name: str, about: Any) -> Dict[str, Any]:
    """A metric: its role, or its fields as the protocol has them."""
    if isinstance(about, str):
        return {"name": name, "role": about}
    if not isinstance(about, Mapping):
        raise TypeError(f"metrics: `{name}`: expected a role or a dict, found {type(about).__name__}")
    return {**about, "name": name}


def _control(name: str, control: Control) -> Dict[str, Any]:
    """A control, from its value, its choices (the first is its value), value and limits, or its fields."""
    described: Dict[str, Any] = {"name": name, **_KNOWN_CONTROLS.get(name, {})}
    if isinstance(control, Mapping):
        described.update(control)
        if "value" not in described and "choices" in described:
            described["value"] = list(described["choices"])[0]
        if "value" not in described:
            raise ValueError(f"controls: `{name}`: expected a `value`")
        if "type" not in described:
            described["type"] = "choice" if "choices" in described else _type_of(name, described["value"])
        if "choices" in described:
            described["choices"] = [str(choice) for choice in described["choices"]]
    elif isinstance(control, (bool, int, float, str)):
        described.update(type=_type_of(name, control), value=control)
    elif isinstance(control, tuple) and len(control) == 3 and all(isinstance(part, (int, float)) for part in control):
        value, least, greatest = control
        described.update(type=_type_of(name, value), value=value, min=least, max=greatest)
    elif isinstance(control, (list, tuple)) and control and all(isinstance(part, str) for part in control):
        described.update(type="choice", value=control[0], choices=list(control))
    else:
        raise TypeError(
            f"controls: `{name}`: expected a number, a text, a boolean, a list of choices, (value, min, max) or a dict, "
            f"found {control!r}"
        )
    if described["type"] == "integer" and described.get("role") == "learning_rate":
        described["type"] = "float"
    if described["type"] != "choice" and described.get("role") == "objective":
        del described["role"]
    if described["type"] != "float" and described.get("role") == "learning_rate":
        del described["role"]
        described.pop("network", None)
    described["value"] = _converted(described, described["value"])
    return described


def _type_of(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "float"
    if isinstance(value, str):
        return "text"
    raise TypeError(f"controls: `{name}`: expected a number, a text or a boolean, found {type(value).__name__}")


def _converted(control: Mapping[str, Any], value: Any) -> Any:
    """A value in the type of its control."""
    name, kind = control["name"], control["type"]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "float" and is_number:
        value = float(value)
    elif kind == "integer" and is_number and float(value).is_integer():
        value = int(value)
    elif kind == "boolean" and isinstance(value, bool) or kind == "text" and isinstance(value, str):
        return value
    elif kind == "choice" and value in control["choices"]:
        return value
    elif kind == "choice":
        raise _not(name, f"one of {', '.join(control['choices'])}", value)
    else:
        raise _not(name, {"float": "a number", "integer": "a whole number"}.get(kind, f"a {kind}"), value)
    least, greatest = control.get("min"), control.get("max")
    if least is not None and value < least or greatest is not None and value > greatest:
        raise _not(name, f"{'' if least is None else least} to {'' if greatest is None else greatest}", value)
    return value


def _not(name: str, expected: str, found: Any) -> ValueError:
    return ValueError(f"`{name}`: expected {expected}, found {found!r}")


# --------------------------------------------------------------------------------------------------------------------
# The module
# --------------------------------------------------------------------------------------------------------------------

_current: Optional[Run] = None
_runs: "weakref.WeakSet[Run]" = weakref.WeakSet()


def init(
    config: Optional[Mapping[str, Any]] = None,
    controls: Optional[Mapping[str, Control]] = None,
    *,
    metrics: Optional[Mapping[str, Any]] = None,
    title: Optional[str] = None,
    dataset: Optional[str] = None,
    steps: Optional[int] = None,
    epochs: Optional[int] = None,
    rank: Optional[int] = None,
    share: Optional[Callable[[Any], Any]] = None,
    share_every: int = 10,
) -> Run:
    """Begins to talk to the panel, or does nothing where there is none.

    `config` is shown with the run. `controls` can be set while it trains: a value, a list of choices (the first is what it is),
    `(value, min, max)`, or a dict with the protocol's fields; `lr` and a choice named `loss` are set by the panel's
    commands of these names. `metrics` says what the numbers of :meth:`Run.log` are: by name a role (`"generator_loss"`) or a
    dict with the protocol's fields. `dataset` is what the samples imitate: those of `mnist` get an FID, from the images called
    `evaluation`, or else from `samples`. A second call adds to the first, and returns the same run.

    Of several processes that train one model only rank 0 talks; `rank` is that of the launcher (torchrun, Slurm, MPI) unless
    it is given. `share` is a function that gives every rank the object of rank 0; with it, all ranks stop and change
    controls together, at every `share_every`-th boundary.
    """
    global _current
    if _current is not None and not _current._is_closed and _current._pid == os.getpid():
        _current.declare(title=title, dataset=dataset, config=config, metrics=metrics, controls=controls)
        _current.progress(steps=steps, epochs=epochs)
        return _current
    rank = _rank() if rank is None else rank
    path = os.environ.get("GENAI_TUI_SOCKET") or None
    progress = {name: value for name, value in (("steps", steps), ("epochs", epochs)) if value is not None}
    _current = Run(
        path if rank == 0 else None,
        config=config,
        controls=controls,
        metrics=metrics,
        title=title,
        dataset=dataset,
        progress=progress,
        share=share,
        share_every=share_every,
        rank=rank,
    )
    if _current.active:
        _prepare()
    return _current


def current() -> Run:
    """The run of :func:`init`, which is called without arguments if it was not."""
    return _current if _current is not None else init()


def _rank() -> int:
    for name, size in (
        ("RANK", None),
        ("OMPI_COMM_WORLD_RANK", None),
        ("PMI_RANK", None),
        # A batch script's own step has it too, with one task.
        ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
    ):
        text = os.environ.get(name, "")
        if text.isdigit() and (size is None or os.environ.get(size, "1") != "1"):
            return int(text)
    for name in ("NODE_RANK", "LOCAL_RANK"):
        # Lightning's processes have these alone. Not 0 is all that matters.
        text = os.environ.get(name, "")
        if text.isdigit() and int(text) > 0:
            return int(text)
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return int(distributed.get_rank())
    return 0


_is_prepared = False


def _prepare() -> None:
    """Once per program: its end, its forks and its uncaught errors."""
    global _is_prepared
    if _is_prepared:
        return
    _is_prepared = True
    atexit.register(_at_exit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)
    before = sys.excepthook

    def hook(kind: Any, error: Any, trace: Any) -> None:
        for run in list(_runs):
            run._error = _ended_by(kind, error)
        before(kind, error, trace)

    sys.excepthook = hook


def _at_exit() -> None:
    for run in list(_runs):
        run._close()


def _after_fork() -> None:
    for run in list(_runs):
        run._abandon()


# --------------------------------------------------------------------------------------------------------------------
# Other people's interfaces
# --------------------------------------------------------------------------------------------------------------------


class SummaryWriter:
    """Takes the place of `torch.utils.tensorboard.SummaryWriter`: what is added goes to the panel.

    `forward` is a writer that gets every call too: `SummaryWriter(forward=tensorboard.SummaryWriter(log_dir))`.
    """

    def __init__(self, log_dir: Any = None, *args: Any, forward: Any = None, run: Optional[Run] = None, **kwargs: Any):
        self.log_dir = log_dir
        self._forward = forward
        self._run = run if run is not None else current()

    def _pass_on(self, method: str, *args: Any, **kwargs: Any) -> None:
        if self._forward is not None:
            getattr(self._forward, method)(*args, **kwargs)

    def _step(self, global_step: Any) -> Optional[int]:
        """Steps of one writer's tags may be of several kinds; the panel's do not fall."""
        if global_step is None:
            return None
        return max(int(global_step), self._run._now)

    def add_scalar(self, tag: str, scalar_value: Any, global_step: Any = None, *args: Any, **kwargs: Any) -> None:
        if self._run.active:
            self._log({tag: scalar_value}, global_step)
        self._pass_on("add_scalar", tag, scalar_value, global_step, *args, **kwargs)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: Mapping[str, Any], global_step: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        if self._run.active:
            self._log({f"{main_tag}/{tag}": value for tag, value in tag_scalar_dict.items()}, global_step)
        self._pass_on("add_scalars", main_tag, tag_scalar_dict, global_step, *args, **kwargs)

    def _log(self, metrics: Mapping[str, Any], global_step: Any) -> None:
        named = {_name(tag): value for tag, value in metrics.items()}
        step = self._step(global_step)
        # Without a step it belongs to the newest one; `log` would begin another.
        self._run.log(named, step=self._run._now if step is None else step)

    def add_image(
        self, tag: str, img_tensor: Any, global_step: Any = None, *args: Any, dataformats: str = "CHW", **kwargs: Any
    ) -> None:
        self._images(tag, img_tensor, global_step, dataformats)
        self._pass_on("add_image", tag, img_tensor, global_step, *args, dataformats=dataformats, **kwargs)

    def add_images(
        self, tag: str, img_tensor: Any, global_step: Any = None, *args: Any, dataformats: str = "NCHW", **kwargs: Any
    ) -> None:
        self._images(tag, img_tensor, global_step, dataformats)
        self._pass_on("add_images", tag, img_tensor, global_step, *args, dataformats=dataformats, **kwargs)

    def _images(self, tag: str, images: Any, global_step: Any, dataformats: str) -> None:
        if not self._run.active:
            return
        letters = dataformats.upper()
        if letters not in ("CHW", "HWC", "HW", "NCHW", "NHWC"):
            found = f"dataformats: expected CHW, HWC, HW, NCHW or NHWC, found `{dataformats}`"
            self._run._complain("dataformats", found)
            return
        if hasattr(images, "reshape") and letters in ("CHW", "HWC"):
            # Told from N×H×W.
            images = images.reshape((1, *_shape(images)))
        layout = "nhwc" if letters.endswith("C") else "nchw"
        self._run.images(_name(tag), images, step=self._step(global_step), layout=layout)

    def add_histogram(self, tag: str, values: Any, global_step: Any = None, *args: Any, **kwargs: Any) -> None:
        self._run.distribution(_name(tag), values, step=self._step(global_step))
        self._pass_on("add_histogram", tag, values, global_step, *args, **kwargs)

    def add_text(self, tag: str, text_string: str, global_step: Any = None, *args: Any, **kwargs: Any) -> None:
        self._run.text(str(text_string), _name(tag), step=self._step(global_step))
        self._pass_on("add_text", tag, text_string, global_step, *args, **kwargs)

    def add_hparams(self, hparam_dict: Mapping[str, Any], metric_dict: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        self._run.declare(config=hparam_dict)
        if self._run.active and metric_dict:
            self._log(metric_dict, kwargs.get("global_step"))
        self._pass_on("add_hparams", hparam_dict, metric_dict, *args, **kwargs)

    def add_figure(self, tag: str, figure: Any, global_step: Any = None, *args: Any, **kwargs: Any) -> None:
        if self._run.active:
            for one in figure if isinstance(figure, (list, tuple)) else [figure]:
                one.canvas.draw()
                # Matplotlib needs numpy, too.
                pixels = sys.modules["numpy"].asarray(one.canvas.buffer_rgba())[None]
                self._run.images(_name(tag), pixels, step=self._step(global_step), layout="nhwc")
        self._pass_on("add_figure", tag, figure, global_step, *args, **kwargs)

    def get_logdir(self) -> Any:
        return self.log_dir

    def flush(self) -> None:
        self._pass_on("flush")

    def close(self) -> None:
        self._pass_on("close")

    def __enter__(self) -> "SummaryWriter":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        """Graphs, embeddings, audio and the like are not shown."""
        if not name.startswith("add_"):
            raise AttributeError(name)
        return getattr(self._forward, name) if self._forward is not None else lambda *args, **kwargs: None


def _name(tag: str) -> str:
    """A tag as the name of a metric: without white space."""
    return "_".join(str(tag).split())[:100] or "unnamed"


def _module(*names: str) -> Any:
    """The first of some modules that the program uses already, or else that there is."""
    for name in names:
        if name in sys.modules:
            return sys.modules[name]
    import importlib

    for name in names[:-1]:
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    return importlib.import_module(names[-1])


class _Rates:
    """Learning rates as controls: each is a function that reads it, or sets it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._all: Dict[str, Callable[..., Any]] = {}
        self._due = 0.0

    def add(self, name: str, rate: Callable[..., Any]) -> None:
        """Declares one, unless the program has done that."""
        run = self._run
        self._all[name] = rate
        if name not in run:
            described = {"value": float(rate()), "type": "float", "min": 0.0, "role": "learning_rate"}
            run.declare(controls={name: described})
        run.on(name)(rate)

    def __bool__(self) -> bool:
        return bool(self._all)

    def follow(self, is_last: bool = False) -> None:
        """A schedule may have changed them."""
        now = time.monotonic()
        if now < self._due and not is_last:
            return
        self._due = now + _FOLLOW
        for name, rate in self._all.items():
            # What is no rate any more is not shown.
            with contextlib.suppress(ValueError):
                self._run[name] = float(rate())


def _rates_of(run: Run, names: Sequence[str], rates: Sequence[Callable[..., Any]]) -> _Rates:
    """Those of a framework's optimizers, where the program has declared none of its own. Those without a name are `lr_1`,
    `lr_2`, …, by their place."""
    found = _Rates(run)
    if not any(control.get("role") == "learning_rate" for control in run._controls.values()):
        for index, rate in enumerate(rates):
            found.add(names[index] if index < len(names) else f"lr_{index}", rate)
    return found


def lightning_callback(
    run: Optional[Run] = None,
    *,
    images: Optional[Callable[[Any], Any]] = None,
    rates: Sequence[str] = ("lr",),
    every: int = 1,
    share_every: int = 10,
) -> Any:
    """A callback for Lightning's `Trainer(callbacks=[…])`: metrics that the module logs, learning rates, pause, stop,
    checkpoints.

    `images` makes samples from the module when the panel wants some. `rates` names the learning rates of the optimizers in their
    order: of a GAN `("lr_g", "lr_d")`. Metrics are taken every `every` batches. With several processes all of them pause, stop
    and change their learning rates together, every `share_every` batches.
    """
    lightning = _module("lightning.pytorch", "pytorch_lightning")
    return _lightning_class(lightning.Callback)(run, images, rates, every, share_every)


def _lightning_class(base: Any) -> Any:
    class GenaiTui(base):  # type: ignore[misc]
        def __init__(
            self, run: Optional[Run], images: Any, rates: Sequence[str], every: int, share_every: int
        ) -> None:
            self._run = run if run is not None else current()
            self._images = images
            self._names = list(rates)
            self._every = max(1, every)
            self._share_every = share_every
            self._rates: Optional[_Rates] = None
            self._was_validated = False

        def on_fit_start(self, trainer: Any, module: Any) -> None:
            run = self._run
            if trainer.world_size > 1 and run._share is None:
                # Every rank has to take part, whether or not it has the panel.
                run._share = trainer.strategy.broadcast
                run._share_every, run._rank = self._share_every, trainer.global_rank
            if run.active:
                with contextlib.suppress(Exception):
                    run.declare(config=_plain(dict(module.hparams)))

        def on_train_start(self, trainer: Any, module: Any) -> None:
            run = self._run
            if not run.active and run._share is None:
                return
            batches = trainer.num_training_batches
            if isinstance(batches, int) or math.isfinite(batches):
                run.progress(steps_per_epoch=int(batches))
            if trainer.max_epochs is not None and trainer.max_epochs > 0:
                run.progress(epochs=trainer.max_epochs)

            self._rates = _rates_of(run, self._names, [_group_rate(optimizer) for optimizer in trainer.optimizers])
            self._trainer = trainer
            if "checkpoint" not in run._handlers:
                run.on("checkpoint")(self._save)

        def _save(self) -> str:
            folder = os.path.join(os.environ.get("GENAI_TUI_RUN_DIR") or self._trainer.default_root_dir, "lightning")
            path = os.path.join(folder, f"step-{self._run._step:08}.ckpt")
            self._trainer.save_checkpoint(path)
            return path

        def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
            self._run._epoch = trainer.current_epoch + 1

        def on_train_batch_start(self, trainer: Any, module: Any, batch: Any, batch_idx: int) -> None:
            run = self._run
            if (run.active or run._share is not None) and not run.boundary():
                trainer.should_stop = True
                # Lightning still makes this one.
                run._now = run._step + 1

        def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
            run = self._run
            if not run.active:
                return
            if batch_idx % self._every == 0:
                run.log(_loggable(trainer.callback_metrics, outputs, self._was_validated), batch=batch_idx + 1)
                if self._rates is not None:
                    self._rates.follow()
            if self._images is not None and run.wants_images():
                run.images("samples", self._images(module))

        def on_validation_end(self, trainer: Any, module: Any) -> None:
            if self._run.active and not trainer.sanity_checking:
                self._run.log(_loggable(trainer.callback_metrics, None, False), step=self._run.step)
                # They stay among the metrics of later steps.
                self._was_validated = True

        def on_exception(self, trainer: Any, module: Any, exception: BaseException) -> None:
            self._run._error = _ended_by(type(exception), exception)

        def on_train_end(self, trainer: Any, module: Any) -> None:
            self._run._step = self._run._now

    return GenaiTui


def _loggable(metrics: Mapping[str, Any], outputs: Any, is_training: bool) -> Dict[str, Any]:
    """Metrics of a module; those of the validation belong to its own steps."""
    found = {
        _name(name): value
        for name, value in metrics.items()
        if not (is_training and name.startswith(("val", "test")))
    }
    loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
    if not found and loss is not None and hasattr(loss, "detach"):
        found["loss"] = loss
    return found


def _group_rate(optimizer: Any) -> Callable[..., Any]:
    """Reads the learning rate of an optimizer, or sets it in all of its groups, in their proportions."""

    def rate(value: Optional[float] = None) -> Any:
        groups = optimizer.param_groups
        if value is None:
            return groups[0]["lr"]
        first = float(groups[0]["lr"])
        for group in groups:
            new = value * (float(group["lr"]) / first) if first else value
            if hasattr(group["lr"], "fill_"):
                group["lr"].fill_(new)
            else:
                group["lr"] = new
        return None

    return rate


def keras_callback(run: Optional[Run] = None, *, images: Optional[Callable[[Any], Any]] = None) -> Any:
    """A callback for `model.fit(callbacks=[…])`: metrics, the learning rate, pause, stop and checkpoints. `images` makes samples from the
    model when the panel wants some."""
    keras = _module("keras", "tensorflow.keras")
    return _keras_class(keras.callbacks.Callback)(run, images)


def _keras_class(base: Any) -> Any:
    class GenaiTui(base):  # type: ignore[misc]
        def __init__(self, run: Optional[Run], images: Any) -> None:
            super().__init__()
            self._run = run if run is not None else current()
            self._images = images
            self._rates: Optional[_Rates] = None

        def on_train_begin(self, logs: Any = None) -> None:
            run = self._run
            if not run.active:
                return
            run.progress(epochs=self.params.get("epochs"), steps_per_epoch=self.params.get("steps"))
            with contextlib.suppress(AttributeError, TypeError, ValueError):
                self._rates = _rates_of(run, ["lr"], self._optimizers())
            if "checkpoint" not in run._handlers:
                run.on("checkpoint")(self._save)

        def _save(self) -> str:
            folder = os.path.join(os.environ.get("GENAI_TUI_RUN_DIR") or ".", "keras")
            os.makedirs(folder, exist_ok=True)
            path = os.path.join(folder, f"step-{self._run._step:08}.keras")
            self.model.save(path)
            return path

        def _optimizers(self) -> List[Callable[..., Any]]:
            optimizer = self.model.optimizer

            def rate(value: Optional[float] = None) -> Any:
                if value is None:
                    return float(optimizer.learning_rate)
                optimizer.learning_rate = value
                return None

            return [rate]

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self._run._epoch = epoch + 1

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            if self._run.active and not self._run.boundary():
                self.model.stop_training = True

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            run = self._run
            if not run.active:
                return
            if run.stopping:
                self.model.stop_training = True
            run.log(dict(logs or {}), batch=batch + 1)
            if self._images is not None and run.wants_images():
                run.images("samples", self._images(self.model))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            run = self._run
            if run.active:
                validated = {name: value for name, value in (logs or {}).items() if name.startswith("val_")}
                if validated:
                    run.log(validated, step=run.step)
                if self._rates is not None:
                    self._rates.follow()

        def on_train_end(self, logs: Any = None) -> None:
            self._run._step = self._run._now

    return GenaiTui
