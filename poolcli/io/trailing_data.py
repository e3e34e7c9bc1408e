"""Notes on images and arrays that follow the first one in a file and are not read.

Here, as in other modules for images, patterns are compiled when they are first used: to compile all
of them at each start would take 2 ms.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO

from poolcli.io.file_position import keep_position

NPY_MAGIC = b"\x93NUMPY"

PNM_MAGIC = rb"\s*P[1-7fF]\s"
"""The first bytes of a PNM image (netpbm formats) after optional white space."""

PLAIN_PNM_MAGIC = rb"(?:^|\s)P[1-7fF]\s"
"""The first bytes of a PNM image that follows numbers written as text."""

PNM_COMMENT = rb"#[^\r\n]*"

CHANNELS = {"1": 1, "L": 1, "I": 1, "F": 1, "RGB": 3, "CMYK": 4}

READ_BYTES = 1 << 20


def trailing_bytes_notes(head: bytes, size: int) -> list[str]:
    """Return a note on the bytes that follow an array; an empty list if there are none.

    Parameters
    ----------
    head : bytes
        The first of these bytes, at least as many as `NPY_MAGIC` has.
    size : int
        The number of these bytes.

    Returns
    -------
    list of str
        At most one note.

    Examples
    --------
    >>> trailing_bytes_notes(b"\\x93NUMPY\\x01\\x00", 144)
    ['only the first array in the file was read: another one follows it']
    >>> trailing_bytes_notes(b"\\x00", 1), trailing_bytes_notes(b"", 0)
    (['only the array was read: 1 byte after it was ignored'], [])
    """
    if head.startswith(NPY_MAGIC):
        return ["only the first array in the file was read: another one follows it"]
    if not size:
        return []
    count, verb = ("1 byte", "was") if size == 1 else (f"{size:,} bytes", "were")
    return [f"only the array was read: {count} after it {verb} ignored"]


def trailing_image_notes(image: Any, file: BinaryIO) -> list[str]:
    """Return a note if another image follows the first one of a PNM file (PBM, PGM, PPM, PFM).

    Parameters
    ----------
    image : PIL.ImageFile.ImageFile
        Opened, but not loaded.
    file : binary file
        The file of the image; its position does not change.

    Returns
    -------
    list of str
        At most one note.
    """
    from poolcli.io.pillow_private import tiles_of  # late, because arrays do not need Pillow

    tiles = tiles_of(image)
    if image.format != "PPM" or not tiles:
        return []
    decoder, _, offset, arguments = tiles[0]
    with keep_position(file):
        if decoder == "ppm_plain":
            found = _has_plain_image(file, offset)
        else:
            file.seek(offset + _data_bytes(image, arguments))
            found = re.match(PNM_MAGIC, file.read(64)) is not None
    return ["only the first image in the file was read: another one follows it"] if found else []


def _data_bytes(image: Any, arguments: Any) -> int:
    """Return the size of binary pixel data (netpbm, ppm(5))."""
    if image.mode == "1":
        return int((image.width + 7) // 8 * image.height)
    if image.mode == "F":
        sample_bytes = 4
    elif isinstance(arguments, tuple):  # raw mode and largest value
        sample_bytes = 2 if arguments[1] > 255 else 1
    else:
        sample_bytes = 2 if arguments.startswith("I;16") else 1
    return int(image.width * image.height * CHANNELS.get(image.mode, 1) * sample_bytes)


def _has_plain_image(file: BinaryIO, offset: int) -> bool:
    """Return whether a PNM header follows pixels that are written as text."""
    file.seek(offset)
    last_line = b""
    while data := file.read(READ_BYTES):
        text = re.sub(PNM_COMMENT, b"", last_line + data)
        if re.search(PLAIN_PNM_MAGIC, text):
            return True
        last_line = (last_line + data).rpartition(b"\n")[2][-READ_BYTES:]
    return False
