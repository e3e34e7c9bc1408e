"""Frames of animations, as Pillow's encoders take them, and GIF delays beyond the limit, 655 s."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from PIL import Image

from poolcli.io.metadata.image_metadata import ImageMetadata

MAX_DELAY = 0xFFFF
"""The longest delay of a frame, in hundredths of a second (GIF89a, 23.c.vi)."""

GRAPHIC_CONTROL, IMAGE, EXTENSION = b"\x21\xf9", 0x2C, 0x21
"""The first bytes of a graphic control extension, of an image, and of any extension."""

KEEP_FRAME = 1
"""The disposal method that leaves a frame in place."""


@dataclass(slots=True)
class AppendedFrames:
    """The frames after the first one; each is dropped when an encoder has taken it.

    Most encoders keep copies of their own.

    Attributes
    ----------
    frames : deque of Image
        The frames; emptied by the encoder's last iteration.
    prepare : callable, optional
        Converts a frame before it is encoded.
    remaining_iterations : int
        How often the encoder is going to iterate.
    """

    frames: deque[Image.Image]
    prepare: Callable[[Image.Image], Image.Image] | None
    remaining_iterations: int

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Image.Image]:
        self.remaining_iterations -= 1
        if self.remaining_iterations > 0:
            yield from self.frames
            return
        while self.frames:
            frame = self.frames.popleft()
            yield frame if self.prepare is None else self.prepare(frame)


class _UnequalInt(int):
    """A number that equals nothing, so that Pillow does not join frames of equal options."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return False


class _NumberPerFrame(list[int]):
    """A number for each frame; Pillow takes the first if it joins all frames into one."""

    def __int__(self) -> int:
        return self[0]


def disposal_options(
    format_name: str, mode: str, metadata: Sequence[ImageMetadata], *, transparent: bool
) -> dict[str, Any]:
    """Return Pillow's options for the disposal of each frame.

    The disposal of the input is kept where Pillow's encoder handles it correctly.

    Parameters
    ----------
    format_name : str
        Pillow's name of the format.
    mode : str
        The mode of the frames.
    metadata : sequence of ImageMetadata
        The metadata of each frame.
    transparent : bool
        Whether frames have transparent pixels; the previous frame must then be cleared.

    Examples
    --------
    >>> disposal_options("GIF", "P", [], transparent=True)
    {'disposal': 2}
    """
    disposals = [each.disposal for each in metadata]
    if format_name == "GIF":
        if transparent:
            return {"disposal": 2}
        return {"disposal": _NumberPerFrame(2 if each == 1 else 1 for each in disposals)}
    if format_name == "PNG":
        is_colour = mode in ("RGB", "RGBA")
        return {
            "disposal": [1 if each == 1 and is_colour else 0 for each in disposals],
            "blend": [_UnequalInt(0)] * len(disposals),
        }
    return {}


class RecordedDuration(int):
    """A duration in milliseconds that records its sum when Pillow writes it.

    Pillow joins equal frames and adds their durations, beyond the limit of 16 bits too. It divides
    each sum by 10 once, when it writes the frame. The division records the sum and returns a delay
    within the limit.

    Parameters
    ----------
    duration : int
        Milliseconds.
    records : list of int
        The list to which sums are appended.

    Examples
    --------
    >>> records = []
    >>> total = RecordedDuration(655_350, records) + RecordedDuration(70_010, records)
    >>> total / 10, records
    (65535.0, [725360])
    """

    records: list[int]

    def __new__(cls, duration: int, records: list[int]) -> RecordedDuration:
        made = super().__new__(cls, duration)
        made.records = records
        return made

    def __add__(self, other: int) -> RecordedDuration:
        return RecordedDuration(int(self) + int(other), self.records)

    def __truediv__(self, ten: float) -> float:
        self.records.append(int(self))
        return float(min(int(self) / ten, MAX_DELAY))


class _Frame(NamedTuple):
    """The bytes of a frame's graphic control extension, which may be empty, and of its image."""

    control: slice
    image: slice


def repeat_long_frames(file: BinaryIO, durations: list[int]) -> None:
    """Repeat frames whose delay exceeds the limit, so that the copies last as long together.

    Drawing a frame on itself changes nothing that is seen.

    Parameters
    ----------
    file : binary file
        A written GIF; it can be read, written and sought in.
    durations : list of int
        The duration of each frame, in milliseconds.
    """
    if max(durations, default=0) <= 10 * MAX_DELAY:
        return
    file.seek(0)
    data = file.read()
    parts, at = [], 0
    for frame, duration in zip(_iter_frames(data), durations, strict=True):
        parts.append(data[at : frame.control.start])
        parts.append(_repeat_frame(data, frame, duration // 10))
        at = frame.image.stop
    file.seek(0)
    file.write(b"".join([*parts, data[at:]]))


def _repeat_frame(data: bytes, frame: _Frame, delay: int) -> bytes:
    """Return a frame, repeated as its delay requires; only the last copy keeps its disposal."""
    if delay <= MAX_DELAY:
        return data[frame.control.start : frame.image.stop]
    control, image = bytearray(data[frame.control]), data[frame.image]
    disposal_flags = control[3]
    count, rest = divmod(delay, MAX_DELAY)
    delays = [MAX_DELAY] * count + [rest] * (rest > 0)
    copies = bytearray()
    for number, each in enumerate(delays, 1):
        is_last = number == len(delays)
        control[3] = disposal_flags if is_last else disposal_flags & ~0b11100 | KEEP_FRAME << 2
        control[4:6] = each.to_bytes(2, "little")
        copies += control + image
    return bytes(copies)


def _iter_frames(data: bytes) -> Iterator[_Frame]:
    """Yield the frames of a GIF (GIF89a, appendix B)."""
    at = 13 + _colour_table_bytes(data[10])
    control: slice | None = None
    while data[at] in (IMAGE, EXTENSION):
        if data[at] == IMAGE:
            stop = _end_of_blocks(data, at + 10 + _colour_table_bytes(data[at + 9]) + 1)
            yield _Frame(control or slice(at, at), slice(at, stop))
            control = None
        else:
            stop = _end_of_blocks(data, at + 2)
            if data[at : at + 2] == GRAPHIC_CONTROL:
                control = slice(at, stop)
        at = stop


def _colour_table_bytes(flags: int) -> int:
    """Return the size of the colour table that flags announce."""
    return 3 << 1 + (flags & 7) if flags & 0x80 else 0


def _end_of_blocks(data: bytes, at: int) -> int:
    """Return the offset after the sub-blocks that begin at `at`."""
    while data[at]:
        at += 1 + data[at]
    return at + 1
