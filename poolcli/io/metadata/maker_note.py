"""The offset of the maker note in EXIF.

The maker note contains data in the camera maker's own format (Exif 2.32, 4.6.5). Most makers store
offsets from the beginning of EXIF in it, so that a note that is moved can no longer be read.
"""

from __future__ import annotations

import struct

from poolcli.io.metadata.tiff_tags import EXIF, MAKER_NOTE, UNDEFINED

ENTRY_BYTES = 12
"""The size of a directory entry: tag, type, count, and the value or its offset."""

MAX_INLINE_BYTES = 4
"""The size up to which a value is stored in its entry (TIFF 6.0, section 2)."""

MAX_END_OFFSET = 60_000
"""The largest end offset of a maker note that keeps its place: EXIF of a JPEG holds 64 KB."""


def find_maker_note(exif: bytes) -> int | None:
    """Return the offset of the maker note; None if there is none or it cannot keep its place.

    Parameters
    ----------
    exif : bytes
        EXIF from the byte order mark on.

    Returns
    -------
    int, optional
        In bytes from the byte order mark.

    Examples
    --------
    >>> find_maker_note(b"II*\\0\\x08\\0\\0\\0\\0\\0")
    """
    order = _byte_order(exif)
    try:
        (offset,) = struct.unpack_from(f"{order}I", exif, 4)
        for tag in (EXIF, MAKER_NOTE):
            entry = _find_entry(exif, offset, tag, order)
            if entry is None:
                return None
            _, count, offset = struct.unpack_from(f"{order}HII", exif, entry + 2)
    except struct.error:  # EXIF is truncated
        return None
    is_usable = offset >= 8 and offset + count <= min(len(exif), MAX_END_OFFSET)
    return offset if is_usable and count > MAX_INLINE_BYTES else None


def set_maker_note_pointer(exif: bytearray, offset: int, size: int) -> None:
    """Set offset and size of the maker note in its directory entry.

    Parameters
    ----------
    exif : bytearray
        EXIF from the byte order mark on, with an entry for the maker note; changed in place.
    offset : int
        In bytes from the byte order mark.
    size : int
        In bytes.
    """
    order = _byte_order(exif)
    (main_directory,) = struct.unpack_from(f"{order}I", exif, 4)
    entry = _find_entry(exif, main_directory, EXIF, order)
    assert entry is not None
    (exif_directory,) = struct.unpack_from(f"{order}I", exif, entry + 8)
    entry = _find_entry(exif, exif_directory, MAKER_NOTE, order)
    assert entry is not None
    struct.pack_into(f"{order}HII", exif, entry + 2, UNDEFINED, size, offset)


def _byte_order(exif: bytes | bytearray) -> str:
    """Return the byte order as `struct` names it."""
    return "<" if exif[:2] == b"II" else ">"


def _find_entry(exif: bytes | bytearray, directory: int, tag: int, order: str) -> int | None:
    """Return the offset of a tag's entry in the directory at an offset; None if it is missing."""
    (count,) = struct.unpack_from(f"{order}H", exif, directory)
    for number in range(count):
        entry = directory + 2 + ENTRY_BYTES * number
        if struct.unpack_from(f"{order}H", exif, entry) == (tag,):
            return entry
    return None
