"""The position of a maker's note in EXIF, on which offsets in many notes depend.

Cameras of most makers store offsets from the beginning of EXIF in their notes (Exif 2.32, 4.6.5,
leaves the content to them), so a note that is moved can no longer be read.
"""

from __future__ import annotations

import struct

EXIF_DIRECTORY, MAKER_NOTE = 0x8769, 0x927C

ENTRY_BYTES = 12

UNDEFINED = 7

INLINE_BYTES = 4
"""Values of up to so many bytes stand in the entry itself (TIFF 6.0, section 2)."""

MOST_BYTES = 60_000
"""Notes that end behind this are not kept in place: JPEG's EXIF holds 64 KB."""


def find_maker_note(exif: bytes) -> int | None:
    """The position of the maker's note, in bytes from the byte order mark; None if it has none.

    Parameters
    ----------
    exif : bytes
        From the byte order mark on.

    Examples
    --------
    >>> find_maker_note(b"II*\\0\\x08\\0\\0\\0\\0\\0")
    """
    order = "<" if exif[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(f"{order}I", exif, 4)
        for tag in (EXIF_DIRECTORY, MAKER_NOTE):
            entry = _entry(exif, at, tag, order)
            if entry is None:
                return None
            _, count, at = struct.unpack_from(f"{order}HII", exif, entry + 2)
    except struct.error:  # it is cut off
        return None
    is_placed = count > INLINE_BYTES and at >= 8 and at + count <= min(len(exif), MOST_BYTES)
    return at if is_placed else None


def point_to_maker_note(exif: bytearray, place: int, size: int) -> None:
    """Set the position of the maker's note in its entry, in bytes from the byte order mark."""
    order = "<" if exif[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    entry = _entry(exif, at, EXIF_DIRECTORY, order)
    assert entry is not None
    (at,) = struct.unpack_from(f"{order}I", exif, entry + 8)
    entry = _entry(exif, at, MAKER_NOTE, order)
    assert entry is not None
    struct.pack_into(f"{order}HII", exif, entry + 2, UNDEFINED, size, place)


def _entry(exif: bytes | bytearray, directory: int, tag: int, order: str) -> int | None:
    """The offset of a tag's entry in a directory; None without one."""
    (count,) = struct.unpack_from(f"{order}H", exif, directory)
    for number in range(count):
        at = directory + 2 + ENTRY_BYTES * number
        if struct.unpack_from(f"{order}H", exif, at) == (tag,):
            return at
    return None
