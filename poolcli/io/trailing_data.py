"""Further pictures and arrays that stand behind the first one in a file, and are not read."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

from poolcli.io.file_position import keep_position

NPY_MAGIC = b"\x93NUMPY"

PNM_MAGIC = re.compile(rb"\s*P[1-7fF]\s")
"""The first bytes of a portable map (netpbm's formats), with white space before it."""

PLAIN_PICTURE = re.compile(rb"(?:^|\s)P[1-7fF]\s")
"""The same between numbers that are written as text."""

COMMENT = re.compile(rb"#[^\r\n]*")

CHANNELS = {"1": 1, "L": 1, "I": 1, "F": 1, "RGB": 3, "CMYK": 4}

BLOCK_BYTES = 1 << 20


def note_behind_array(head: bytes, count: int) -> list[str]:
    """The note on bytes that stand behind an array, none where there are none.

    Parameters
    ----------
    head : bytes
        The first of these bytes.
    count : int
        How many there are.

    Examples
    --------
    >>> note_behind_array(b"\\x93NUMPY\\x01\\x00", 144)
    ['only the first array in the file was read: another one follows it']
    >>> note_behind_array(b"\\x00", 1), note_behind_array(b"", 0)
    (['only the array was read: 1 byte behind it left out'], [])
    """
    if head.startswith(NPY_MAGIC):
        return ["only the first array in the file was read: another one follows it"]
    if not count:
        return []
    words = "1 byte" if count == 1 else f"{count:,} bytes"
    return [f"only the array was read: {words} behind it left out"]


def further_pictures(image: Any, file: BinaryIO) -> list[str]:
    """The note on pictures that stand behind the first of a portable map (PBM, PGM, PPM, PFM).

    Parameters
    ----------
    image : PIL.ImageFile.ImageFile
        Opened, but not loaded.
    file : binary file
        That it was opened from; its position stays.
    """
    if image.format != "PPM" or not image.tile:
        return []
    decoder, _, offset, arguments = image.tile[0]
    with keep_position(file):
        if decoder == "ppm_plain":
            found = _has_plain_picture(file, offset)
        else:
            file.seek(offset + _data_bytes(image, arguments))
            found = PNM_MAGIC.match(file.read(64)) is not None
    return ["only the first picture in the file was read: another one follows it"] if found else []


def _data_bytes(image: Any, arguments: Any) -> int:
    """The size of binary data, by the mode and the largest value (netpbm's ppm(5))."""
    if image.mode == "1":
        return int((image.width + 7) // 8 * image.height)
    if image.mode == "F":
        wide = 4
    elif isinstance(arguments, tuple):  # a raw mode and the largest value
        wide = 2 if arguments[1] > 255 else 1
    else:
        wide = 2 if arguments.startswith("I;16") else 1
    return int(image.width * image.height * CHANNELS.get(image.mode, 1) * wide)


def _has_plain_picture(file: BinaryIO, offset: int) -> bool:
    """True if a further header follows numbers that are written as text."""
    file.seek(offset)
    kept = b""
    while block := file.read(BLOCK_BYTES):
        text = COMMENT.sub(b"", kept + block)
        if PLAIN_PICTURE.search(text):
            return True
        kept = (kept + block).rpartition(b"\n")[2][-BLOCK_BYTES:]
    return False
