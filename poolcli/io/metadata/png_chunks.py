"""PNG chunks that Pillow does not report, or reports in another form."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from PIL.PngImagePlugin import MAX_TEXT_CHUNK, MAX_TEXT_MEMORY

from poolcli.io.metadata.image_metadata import ContainerMetadata, TextChunk
from poolcli.io.metadata.jpeg_segments import XMP_PREFIX
from poolcli.io.metadata.stale_and_extended_xmp import CREDENTIALS
from poolcli.io.note_callback_type import AddNote

SIGNATURE_BYTES = 8

TEXT_TYPES = (b"tEXt", b"zTXt", b"iTXt")

COMMENT_KEYWORD = b"Comment"

RAW_XMP_KEYWORDS = (b"Raw profile type xmp", b"Raw profile type APP1")
"""Keywords of texts with XMP in hexadecimal digits, as ImageMagick writes it. Pillow does not read
them. The second one may also contain EXIF."""

SEPARATE_KEYWORDS = frozenset({b"XML:com.adobe.xmp", b"Raw profile type exif", *RAW_XMP_KEYWORDS})
"""Keywords of texts with XMP or EXIF, which `ImageMetadata` holds in attributes of their own."""

DROPPED_CHUNK_NOTES = {
    b"caBX": f"{CREDENTIALS} were dropped",
    b"mDCV": "the mastering display's colour volume (mDCV) was dropped",
    b"cLLI": "the content light level (cLLI) was dropped",
    b"pCAL": "the calibration of pixel values (pCAL) was dropped",
    b"sCAL": "the physical scale (sCAL) was dropped",
    b"sTER": "the indicator of a stereo image (sTER) was dropped",
}
"""Notes on chunks that are not copied, by their type."""

UNNOTED_TYPES = frozenset(
    # Pillow reads them, or they describe the stored pixels.
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sRGB cICP pHYs eXIf acTL fcTL fdAT".split()
    # They describe the input file, or how its pixels may be shown.
    + b"tEXt zTXt iTXt sBIT bKGD hIST tIME sPLT oFFs vpAg iDOT CgBI".split()
)
"""Types of chunks that are dropped without a note, or are read elsewhere."""


def iter_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type of each chunk of a PNG, and the offset and the size of its data, in bytes.

    A damaged file ends early. The position of the file is not kept.
    """
    offset = SIGNATURE_BYTES
    while True:
        file.seek(offset)
        head = file.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4], "big")
        yield head[4:], offset + 8, size
        if head[4:] == b"IEND":
            return
        offset += 12 + size


def read_chunks(file: BinaryIO, add_note: AddNote) -> ContainerMetadata:
    """Return texts, CICP, and XMP written by ImageMagick, up to the first damaged chunk of a PNG.

    Parameters
    ----------
    file : binary file
        Seekable.
    add_note : callable
        Called with a note for each kind of chunk that is not copied to the output.
    """
    container = ContainerMetadata()
    remaining_bytes = MAX_TEXT_MEMORY  # Pillow refuses files with more text
    unknown = set()
    for kind, offset, size in iter_chunks(file):
        file.seek(offset)
        if kind in TEXT_TYPES and size <= remaining_bytes:
            remaining_bytes -= size
            data = file.read(size)
            if keyword(data) not in SEPARATE_KEYWORDS:
                container.texts.append((kind, data))
            elif keyword(data) in RAW_XMP_KEYWORDS:
                container.xmp = _decode_raw_profile(_text(kind, data)) or container.xmp
        elif kind == b"cICP" and size == 4:
            container.cicp = file.read(4)
        elif kind in DROPPED_CHUNK_NOTES:
            add_note(DROPPED_CHUNK_NOTES[kind])
        elif kind not in UNNOTED_TYPES and kind.isalpha():
            unknown.add(kind.decode())
    if unknown:
        add_note(f"chunks of unknown kinds were dropped: {', '.join(sorted(unknown))}")
    return container


def keyword(data: bytes) -> bytes:
    """Return the keyword of the content of a text chunk."""
    return data.partition(b"\0")[0]


def comments(texts: Iterable[TextChunk]) -> list[bytes]:
    """Return the texts with the keyword ``Comment``, in UTF-8.

    Examples
    --------
    >>> comments([(b"tEXt", b"Comment\\0caf\\xe9"), (b"iTXt", b"Comment\\0\\0\\0en\\0\\0tea")])
    [b'caf\\xc3\\xa9', b'tea']
    """
    found = (_text(kind, data) for kind, data in texts if keyword(data) == COMMENT_KEYWORD)
    return [text for text in found if text]


def _text(kind: bytes, data: bytes) -> bytes:
    """Return the text of a text chunk, in UTF-8."""
    _, _, rest = data.partition(b"\0")
    if kind == b"tEXt":
        return rest.decode("latin-1").encode()
    if kind == b"zTXt":
        return _decompress(rest[1:]).decode("latin-1").encode()
    is_compressed, rest = rest[:1] == b"\1", rest[2:]
    text = rest.split(b"\0", 2)[-1]  # after the language and the translated keyword
    return _decompress(text) if is_compressed else text


def _decompress(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_TEXT_CHUNK)
    except zlib.error:
        return b""


def _decode_raw_profile(text: bytes) -> bytes | None:
    """Return the XMP in a text of a name, a size and hexadecimal digits; None if it is damaged.

    Examples
    --------
    >>> _decode_raw_profile(b"\\nxmp\\n       3\\n3c61\\n3e\\n")
    b'<a>'
    """
    try:
        _, size, *digits = text.split()
        data = bytes.fromhex(b"".join(digits).decode("ascii")[: 2 * int(size)])
    except ValueError:
        return None
    data = data.removeprefix(XMP_PREFIX)
    return data if data.startswith(b"<") else None
