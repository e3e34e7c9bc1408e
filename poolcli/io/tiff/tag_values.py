"""Tags of TIFF and BigTIFF directories: how their entries and values are stored."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

TYPE_FORMATS = {
    1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 6: "b", 7: "s", 8: "h", 9: "i", 10: "ii", 11: "f",
    12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q",
}  # fmt: skip
"""Types of values in the notation of `struct` (TIFF 6.0, section 2; BigTIFF)."""

TYPE_BYTES = {kind: struct.calcsize(f"={number}") for kind, number in TYPE_FORMATS.items()}
"""Sizes of an element, by type."""

BYTE, ASCII, RATIONAL, UNDEFINED, SIGNED_RATIONAL = 1, 2, 5, 7, 10

Value = str | bytes | tuple[int | float, ...]


class TagEntry(NamedTuple):
    """The type, the length and the position of the value of a tag.

    Attributes
    ----------
    type : int
        The number of the type, a key of `TYPE_FORMATS` unless it is unknown.
    length : int
        The number of elements, as the file claims.
    offset : int
        The position of the value in the file; inside the directory if it is short.
    """

    type: int
    length: int
    offset: int

    @property
    def nbytes(self) -> int:
        """The size of the value; 0 if the type is unknown."""
        return self.length * TYPE_BYTES.get(self.type, 0)


@dataclass(frozen=True, slots=True)
class TiffVariant:
    """The variant of TIFF that a file has: the byte order and the size of its numbers.

    Attributes
    ----------
    byte_order : str
        ``"<"`` or ``">"``.
    is_big_tiff : bool
        Whether offsets have 64 bits.
    """

    byte_order: str
    is_big_tiff: bool

    @property
    def count_format(self) -> str:
        """The format of the number of entries."""
        return self.byte_order + ("Q" if self.is_big_tiff else "H")

    @property
    def entry_format(self) -> str:
        """The format of an entry: code, type, count, and the bytes of a short value or offset."""
        return self.byte_order + ("HHQ8s" if self.is_big_tiff else "HHI4s")

    @property
    def offset_format(self) -> str:
        """The format of an offset."""
        return self.byte_order + ("Q" if self.is_big_tiff else "I")


@lru_cache(maxsize=64)
def parse_entries(entries: bytes, variant: TiffVariant, offset: int) -> Mapping[int, TagEntry]:
    """Return the tags of a directory.

    Parameters
    ----------
    entries : bytes
        The entries, as stored.
    variant : TiffVariant
        How numbers are stored.
    offset : int
        The position of the directory in the file.

    Returns
    -------
    mapping of int to TagEntry
        By the code of the tag, in the order of the file; of repeated ones the first, as in libtiff.
    """
    entry_format = variant.entry_format
    entry_nbytes = struct.calcsize(entry_format)
    at = offset + struct.calcsize(variant.count_format)
    tags: dict[int, TagEntry] = {}
    for code, kind, count, stored in struct.iter_unpack(entry_format, entries):
        entry = TagEntry(kind, count, at + entry_nbytes - len(stored))
        if entry.nbytes > len(stored):
            (pointed,) = struct.unpack(variant.offset_format, stored)
            entry = entry._replace(offset=pointed)
        tags.setdefault(code, entry)
        at += entry_nbytes
    return tags


def decode_value(data: bytes, entry: TagEntry, byte_order: str) -> Value:
    r"""Return the value of a tag, as `Directory.value` describes it.

    Parameters
    ----------
    data : bytes
        The bytes of the value.
    entry : TagEntry
        Its type, which is known, and its length.
    byte_order : str
        ``"<"`` or ``">"``.

    Examples
    --------
    >>> decode_value(b"\0\x03\0\x04", TagEntry(3, 2, 0), ">")
    (3, 4)
    """
    if entry.type in (BYTE, UNDEFINED):
        return data
    if entry.type == ASCII:
        text = data.rstrip(b"\0")
        try:
            return text.decode()
        except UnicodeDecodeError:
            return text.decode("latin-1")
    number_format = TYPE_FORMATS[entry.type]
    numbers = struct.unpack(
        f"{byte_order}{entry.length * len(number_format)}{number_format[0]}", data
    )
    if entry.type in (RATIONAL, SIGNED_RATIONAL):
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return tuple(above / below if below else math.nan for above, below in pairs)
    return numbers
