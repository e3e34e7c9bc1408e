"""Decoding a large picture while the command line is still being read and modules are loaded."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from PIL import Image

SWITCH = 0.0002
"""Seconds after which threads take turns: by default a decoder would wait 5 ms for a thread that
loads modules, whenever it needs the interpreter for a moment."""

PIECE_BYTES = 1 << 20
"""What is read, and decoded, at a time: after each the interpreter is needed, and waited for."""

FORMATS = ("JPEG", "PNG")
"""Whose decoders leave the interpreter to others, and say nothing past Python."""


class Decoded(NamedTuple):
    """A picture that is decoded, and what Pillow said of how it is stored before it was."""

    image: Image.Image
    tile: Any


_BEGUN: list[_Decoding] = []


def begin(path: str) -> None:
    """Start to decode a picture; what is wrong with it is found, and said, by who reads it."""
    warnings.simplefilter("ignore")  # those of Pillow; filters are the same for all threads
    decoding = _Decoding(path)
    _BEGUN.append(decoding)
    decoding.start()


def take(file: BinaryIO) -> Decoded | None:
    """What was decoded of a file, if that was begun and the file is as it was then."""
    if not _BEGUN:
        return None
    decoding = _BEGUN.pop()
    decoding.join()
    made = decoding.made
    return made if made is not None and decoding.state == _state(file.fileno()) else None


class _Decoding(threading.Thread):
    """The decoding of one file."""

    def __init__(self, path: str) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.state: tuple[int, ...] = ()
        self.made: Decoded | None = None

    def run(self) -> None:
        """Decode; whoever reads the file gets to see what is wrong with it."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        try:
            self.made = self._decoded()
        except Exception:
            self.made = None
        finally:
            sys.setswitchinterval(before)

    def _decoded(self) -> Decoded | None:
        from PIL import Image

        with open(self.path, "rb", buffering=PIECE_BYTES) as file:  # noqa: PTH123
            self.state = _state(file.fileno())
            image = Image.open(file, formats=FORMATS)
            if image.format not in FORMATS or getattr(image, "n_frames", 1) > 1:
                return None
            tile = list(image.tile)
            image.decodermaxblock = PIECE_BYTES
            if image.format == "PNG":
                image.load_read = partial(_much, image.load_read)  # type: ignore[attr-defined]
            image.load()
        return Decoded(image, tile)


def _much(read: Callable[[int], bytes], size: int) -> bytes:
    """As much as was asked for, of the chunks of a PNG, which are small."""
    parts: list[bytes] = []
    while (missing := size - sum(map(len, parts))) > 0 and (data := read(missing)):
        parts.append(data)
    return b"".join(parts)


def _state(descriptor: int) -> tuple[int, ...]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
