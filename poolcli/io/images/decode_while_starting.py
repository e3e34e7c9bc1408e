"""Prefetch of a large image: a thread decodes it while the command line is parsed."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from PIL import Image

SWITCH_INTERVAL_SECONDS = 0.0002
"""The time after which threads take turns. By default the decoder would wait 5 ms for a thread that
loads modules, each time that it needs the interpreter."""

BLOCK_BYTES = 1 << 20
"""The amount that is read and decoded at a time: after each block, the decoder waits for the
interpreter."""

PREFETCHED_FORMATS = ("JPEG", "PNG")
"""Formats whose decoders release the interpreter and print nothing."""


class DecodedImage(NamedTuple):
    """A decoded image.

    Attributes
    ----------
    image : Image
        The loaded image.
    tiles : list
        The tiles that Pillow had before decoding; they tell how the pixels are stored.
    """

    image: Image.Image
    tiles: list[Any]


_STARTED: list[_DecodingThread] = []


def start_decoding(path: str) -> None:
    """Start to decode an image in a thread; errors are ignored, since reading raises them again."""
    warnings.simplefilter("ignore")  # Pillow's warnings; all threads share the filters
    thread = _DecodingThread(path)
    _STARTED.append(thread)
    thread.start()


def take_decoded(file: BinaryIO) -> DecodedImage | None:
    """Return the image decoded from a file; None if there is none or the file has changed since."""
    if not _STARTED:
        return None
    thread = _STARTED.pop()
    thread.join()
    return thread.decoded if thread.file_state == _file_state(file.fileno()) else None


class _DecodingThread(threading.Thread):
    """A thread that decodes one file."""

    def __init__(self, path: str) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.file_state: tuple[int, ...] = ()
        self.decoded: DecodedImage | None = None

    def run(self) -> None:
        """Decode the file; `decoded` stays None if that fails."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        try:
            with suppress(Exception):
                self.decoded = self._decode()
        finally:
            sys.setswitchinterval(interval)

    def _decode(self) -> DecodedImage | None:
        """Return the decoded image; None if its format is not decoded in a thread."""
        from PIL import Image

        from poolcli.io.images.decoding.decoding_losses import is_sixteen_bit_colour
        from poolcli.io.pillow_private import decode_in_blocks, tiles_of

        with open(self.path, "rb", buffering=BLOCK_BYTES) as file:  # noqa: PTH123
            self.file_state = _file_state(file.fileno())
            image = Image.open(file, formats=PREFETCHED_FORMATS)
            if image.format not in PREFETCHED_FORMATS or getattr(image, "n_frames", 1) > 1:
                return None
            tiles = tiles_of(image)
            if is_sixteen_bit_colour(image):
                from poolcli.io.images.decoding import png_sixteen_bit_colour

                png_sixteen_bit_colour.SixteenBitColourDecoder(image, count=1)
            decode_in_blocks(image, BLOCK_BYTES)
            image.load()
        return DecodedImage(image, tiles)


def _file_state(descriptor: int) -> tuple[int, ...]:
    """Return what changes when a file is replaced or written."""
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
