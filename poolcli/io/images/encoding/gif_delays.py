"""GIF frames with delays beyond the format's limit of 655 s."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

LONGEST = 0xFFFF
"""The longest delay of a frame, in hundredths of a second (GIF89a, 23.c.vi)."""

CONTROL, IMAGE, EXTENSION = b"\x21\xf9", 0x2C, 0x21
"""First bytes of a graphic control extension, of an image, and of any extension."""

KEEP = 1
"""The disposal by which a frame stays where it is."""


class Total(int):
    """A duration in milliseconds that Pillow may add to others and write.

    Pillow joins frames that are equal and adds their durations, also past what 16 bits hold. It
    divides a sum by 10 once, when it writes the frame: the sum is noted then, and what is written
    fits.

    Examples
    --------
    >>> written = []
    >>> total = Total(655_350, written) + Total(70_010, written)
    >>> total / 10, written
    (65535.0, [725360])
    """

    written: list[int]

    def __new__(cls, duration: int, written: list[int]) -> Total:
        made = super().__new__(cls, duration)
        made.written = written
        return made

    def __add__(self, other: int) -> Total:
        return Total(int(self) + int(other), self.written)

    def __truediv__(self, ten: float) -> float:
        self.written.append(int(self))
        return float(min(int(self) / ten, LONGEST))


class _Frame(NamedTuple):
    """Offsets of a frame's control extension and image; the extension may be missing."""

    control: slice
    image: slice


def repeat_long_frames(file: BinaryIO, durations: list[int]) -> None:
    """Repeat frames whose delay is beyond the limit, so that the copies last as long together.

    A frame that is drawn on itself changes nothing, so that what is seen stays the same.

    Parameters
    ----------
    file : binary file
        A GIF that was written, can be read and sought in.
    durations : list of int
        How long each frame is to last, in milliseconds.
    """
    if max(durations, default=0) <= 10 * LONGEST:
        return
    file.seek(0)
    data = file.read()
    parts, at = [], 0
    for frame, duration in zip(_frames(data), durations, strict=True):
        parts.append(data[at : frame.control.start])
        parts.append(_repeated(data, frame, duration // 10))
        at = frame.image.stop
    file.seek(0)
    file.write(b"".join([*parts, data[at:]]))


def _repeated(data: bytes, frame: _Frame, delay: int) -> bytes:
    """A frame as often as its delay takes; only the last time is it disposed of as it says."""
    if delay <= LONGEST:
        return data[frame.control.start : frame.image.stop]
    control, image = bytearray(data[frame.control]), data[frame.image]
    last = control[3]
    whole, rest = divmod(delay, LONGEST)
    delays = [LONGEST] * whole + [rest] * (rest > 0)
    made = bytearray()
    for number, each in enumerate(delays):
        control[3] = last if number == len(delays) - 1 else last & ~0b11100 | KEEP << 2
        control[4:6] = each.to_bytes(2, "little")
        made += control + image
    return bytes(made)


def _frames(data: bytes) -> Iterator[_Frame]:
    """The frames of a whole GIF (GIF89a, appendix B)."""
    at = 13 + _table_bytes(data[10])
    control: slice | None = None
    while data[at] in (IMAGE, EXTENSION):
        if data[at] == IMAGE:
            stop = _after_blocks(data, at + 10 + _table_bytes(data[at + 9]) + 1)
            yield _Frame(control or slice(at, at), slice(at, stop))
            control = None
        else:
            stop = _after_blocks(data, at + 2)
            if data[at : at + 2] == CONTROL:
                control = slice(at, stop)
        at = stop


def _table_bytes(flags: int) -> int:
    """The size of the colour table that flags announce."""
    return 3 << 1 + (flags & 7) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """The offset behind the data's blocks."""
    while data[at]:
        at += 1 + data[at]
    return at + 1
