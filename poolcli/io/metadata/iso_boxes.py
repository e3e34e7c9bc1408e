"""Boxes of ISO base media files and of JPEG 2000: AVIF and JP2 have the same structure."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from poolcli.io.file_position import keep_position, read_at

BoxRange = tuple[bytes, int, int]
"""The type of a box, and the offsets at which its content starts and ends, in bytes."""

Boxes = Sequence[BoxRange]
"""Boxes, in file order."""

C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""The first bytes of a ``uuid`` box with Content Credentials (C2PA specification, A.5.1)."""

BYTES_BEFORE_CHILDREN = {b"meta": 4, b"stsd": 8, b"av01": 78}
"""The number of bytes between the start of a box's content and the boxes inside it."""


def top_level_boxes(file: BinaryIO) -> Boxes:
    """Return the boxes of a file that are in no other box; the position of the file is kept."""
    with keep_position(file):
        size = file.seek(0, io.SEEK_END)
    return list(iter_boxes(file, 0, size))


def boxes_inside(file: BinaryIO, boxes: Boxes, path: Sequence[bytes]) -> Boxes:
    """Return the boxes inside nested boxes; the position of the file is kept.

    Parameters
    ----------
    file : binary file
        Seekable.
    boxes : sequence of (bytes, int, int)
        The boxes from which the path starts.
    path : sequence of bytes
        The types of the nested boxes, from the outermost to the innermost.
    """
    for kind in path:
        before = BYTES_BEFORE_CHILDREN.get(kind, 0)
        parents = [(start + before, stop) for each, start, stop in boxes if each == kind]
        boxes = [child for start, stop in parents for child in iter_boxes(file, start, stop)]
    return boxes


def iter_boxes(file: BinaryIO, start: int, end: int) -> Iterator[BoxRange]:
    """Yield the boxes in a range of a file (ISO 14496-12, 4.2; ISO 15444-1, I.4).

    A damaged box ends the iteration. The position of the file is kept.

    Parameters
    ----------
    file : binary file
        Seekable.
    start, end : int
        The range, in bytes.

    Yields
    ------
    (bytes, int, int)
        See `BoxRange`.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO(bytes(3) + b"\\x0cftypavif" + bytes(3) + b"\\x08free")
    >>> list(iter_boxes(file, 0, 20))
    [(b'ftyp', 8, 12), (b'free', 20, 20)]
    """
    offset = start
    while offset + 8 <= end:
        head = read_at(file, offset, 16)
        size, content = int.from_bytes(head[:4], "big"), offset + 8
        if size == 1:
            size, content = int.from_bytes(head[8:16], "big"), offset + 16
        stop = offset + size if size else end
        if not content <= stop <= end:
            return
        yield head[4:8], content, stop
        offset = stop


def box(kind: bytes, content: bytes) -> bytes:
    """Return a box.

    Parameters
    ----------
    kind : bytes
        The type, 4 bytes.
    content : bytes
        The content, less than 4 GB.

    Examples
    --------
    >>> box(b"free", b"ab")
    b'\\x00\\x00\\x00\\nfreeab'
    """
    return (8 + len(content)).to_bytes(4, "big") + kind + content
