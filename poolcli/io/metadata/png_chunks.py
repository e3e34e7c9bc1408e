"""PNG chunks that Pillow does not report, or changes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from PIL.PngImagePlugin import MAX_TEXT_CHUNK, MAX_TEXT_MEMORY

from poolcli.io.metadata.stale_xmp import CREDENTIALS

SIGNATURE_BYTES = 8

Text = tuple[bytes, bytes]
"""The type of a chunk of text and its content."""

TEXTS = (b"tEXt", b"zTXt", b"iTXt")

OTHER_PLACES = frozenset(
    {
        b"XML:com.adobe.xmp",
        b"Raw profile type exif",
        b"Raw profile type APP1",
        b"Raw profile type xmp",
    }
)
"""Keywords of texts that hold XMP and EXIF, the last three as ImageMagick writes them; these are
carried by other ways."""

RAW_XMP = (b"Raw profile type xmp", b"Raw profile type APP1")
"""Keywords of texts that Pillow does not read; the second holds XMP or EXIF."""

XMP_NAME = b"http://ns.adobe.com/xap/1.0/\0"
"""First bytes of the JPEG segment that holds XMP."""

COMMENT = b"Comment"

LOST = {
    b"caBX": f"{CREDENTIALS} were left behind",
    b"mDCV": "the mastering display's colour volume (mDCV) was left behind",
    b"cLLI": "the content light level (cLLI) was left behind",
    b"pCAL": "the calibration of pixel values (pCAL) was left behind",
    b"sCAL": "the physical scale (sCAL) was left behind",
    b"sTER": "the indicator of a stereo picture (sTER) was left behind",
}
"""Chunks that are left behind."""

UNNOTED = frozenset(
    # What is carried by other ways or describes the stored pixels
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sRGB cICP pHYs eXIf acTL fcTL fdAT".split()
    # What tells of the file before, or how its pixels may be shown
    + b"tEXt zTXt iTXt sBIT bKGD hIST tIME sPLT oFFs vpAg iDOT CgBI".split()
)
"""Chunks whose loss makes no picture other than it was."""


@dataclass(slots=True)
class PngChunks:
    """The contents of a PNG's chunks.

    Attributes
    ----------
    texts : list of (bytes, bytes)
        Types and contents, in their order; those that hold EXIF or XMP are left out.
    cicp : bytes, optional
        The code points of its colours (PNG 3rd edition, 11.3.2.6).
    raw_xmp : bytes, optional
        XMP in hexadecimal digits, as ImageMagick writes it.
    """

    texts: list[Text] = field(default_factory=list)
    cicp: bytes | None = None
    raw_xmp: bytes | None = None


def iter_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type of each chunk of a PNG, and the offset and the size of its data, in bytes.

    A damaged file ends early. The position of the file is not kept.
    """
    at = SIGNATURE_BYTES
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4], "big")
        yield head[4:], at + 8, size
        if head[4:] == b"IEND":
            return
        at += 12 + size


def read_chunks(file: BinaryIO, say: Callable[[str], None]) -> PngChunks:
    """Read chunks of a PNG; what is behind a damaged one is not found.

    Parameters
    ----------
    file : binary file
        Can be sought in.
    say : callable
        Takes what the person should know: what is left behind.
    """
    found = PngChunks()
    room = MAX_TEXT_MEMORY  # what Pillow reads before it refuses a file
    unknown = set()
    for kind, at, size in iter_chunks(file):
        file.seek(at)
        if kind in TEXTS and size <= room:
            room -= size
            data = file.read(size)
            if keyword(data) not in OTHER_PLACES:
                found.texts.append((kind, data))
            elif keyword(data) in RAW_XMP:
                found.raw_xmp = _raw_profile(_text(kind, data)) or found.raw_xmp
        elif kind == b"cICP" and size == 4:
            found.cicp = file.read(4)
        elif kind in LOST:
            say(LOST[kind])
        elif kind not in UNNOTED and kind.isalpha():
            unknown.add(kind.decode())
    if unknown:
        say(f"chunks of a kind that is not known were left behind: {', '.join(sorted(unknown))}")
    return found


def keyword(data: bytes) -> bytes:
    """The keyword of a text."""
    return data.partition(b"\0")[0]


def comments(texts: Iterable[Text]) -> list[bytes]:
    """The texts whose keyword says that they are comments, in UTF-8.

    Examples
    --------
    >>> comments([(b"tEXt", b"Comment\\0caf\\xe9"), (b"iTXt", b"Comment\\0\\0\\0en\\0\\0tea")])
    [b'caf\\xc3\\xa9', b'tea']
    """
    found = (_text(kind, data) for kind, data in texts if keyword(data) == COMMENT)
    return [text for text in found if text]


def _text(kind: bytes, data: bytes) -> bytes:
    _, _, rest = data.partition(b"\0")
    if kind == b"tEXt":
        return rest.decode("latin-1").encode()
    if kind == b"zTXt":
        return _inflated(rest[1:]).decode("latin-1").encode()
    compressed, rest = rest[:1] == b"\1", rest[2:]
    text = rest.split(b"\0", 2)[-1]  # after the language and the translated keyword
    return _inflated(text) if compressed else text


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_TEXT_CHUNK)
    except zlib.error:
        return b""


def _raw_profile(text: bytes) -> bytes | None:
    """XMP in a text of its name, its size and hexadecimal digits; None where it is damaged.

    Examples
    --------
    >>> _raw_profile(b"\\nxmp\\n       3\\n3c61\\n3e\\n")
    b'<a>'
    """
    try:
        _, size, *digits = text.split()
        data = bytes.fromhex(b"".join(digits).decode("ascii")[: 2 * int(size)])
    except ValueError:
        return None
    data = data.removeprefix(XMP_NAME)
    return data if data.startswith(b"<") else None
