"""The directories (IFD) of TIFF and BigTIFF files: their tags, read with the standard library.

Memory and time are bounded by the size of the file, whatever its bytes say: directories may not
overlap, and values are read on demand.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from poolcli.errors import LimitError, ReadError
from poolcli.io.file_position import keep_position, read_at
from poolcli.io.formats import is_tiff
from poolcli.io.tiff.tag_values import (
    TYPE_FORMATS,
    TagEntry,
    TiffVariant,
    decode_value,
    parse_entries,
)

SIGNATURES = {
    b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), b"MM\0+": (">", True),
    b"II\0*": ("<", False), b"MM*\0": (">", False),
}  # fmt: skip
"""The byte order, in the notation of `struct`, and whether it is a BigTIFF, by the first bytes. The
last two are wrong, and accepted by Pillow."""

SUB_IFDS = 330

MAX_VALUE_BYTES = 1 << 26
"""The size up to which the value of a tag is read, unless the caller says otherwise."""

NEW_COPY = "get a new copy"


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """One directory: a page, or a part of its description.

    Attributes
    ----------
    file : binary file
        The file, whose position is kept when values are read.
    file_size : int
        Its size in bytes.
    variant : TiffVariant
        How its numbers are stored.
    name : str
        The directory in messages: ``"its directory 3"``.
    offset : int
        The position of the directory in the file.
    entries : bytes
        The entries, as stored.
    """

    file: BinaryIO
    file_size: int
    variant: TiffVariant
    name: str
    offset: int
    entries: bytes

    @property
    def tags(self) -> Mapping[int, TagEntry]:
        """The tags by code, in the order of the file; of repeated ones the first, as in libtiff."""
        return parse_entries(self.entries, self.variant, self.offset)

    def value(self, code: int, default: Any = None, max_nbytes: int = MAX_VALUE_BYTES) -> Any:
        """Return the value of a tag.

        Parameters
        ----------
        code : int
            The tag.
        default : object
            The result if the tag is missing or has an unknown type.
        max_nbytes : int
            The largest value to read, in bytes.

        Returns
        -------
        tuple of int or float, bytes or str
            Numbers as a tuple, rationals divided (NaN if the denominator is 0); BYTE and UNDEFINED
            as bytes; ASCII as text (UTF-8, else Latin-1) up to the NULs at its end.

        Raises
        ------
        ReadError
            If the value lies outside the file.
        LimitError
            If it is larger than `max_nbytes`.
        """
        entry = self.tags.get(code)
        if entry is None or entry.type not in TYPE_FORMATS:
            return default
        if entry.nbytes > max_nbytes:
            raise LimitError(
                f"tag {code} of {self.name} claims {entry.nbytes:,} bytes, more than the limit of "
                f"{max_nbytes:,}; {NEW_COPY}"
            )
        if entry.offset + entry.nbytes > self.file_size:
            raise ReadError(f"tag {code} of {self.name} lies outside the file; {NEW_COPY}")
        data = read_at(self.file, entry.offset, entry.nbytes)
        return decode_value(data, entry, self.variant.byte_order)

    def integers(self, code: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Return the value of a tag that holds integers, of whatever type.

        Raises
        ------
        ReadError
            If the value lies outside the file, or its elements are not integers.
        LimitError
            If it is larger than `MAX_VALUE_BYTES`.
        """
        found = self.value(code, default)
        if isinstance(found, str) or not all(isinstance(each, int) for each in found):
            raise ReadError(f"tag {code} of {self.name} holds no integers; {NEW_COPY}")
        return tuple(found)

    def integer(self, code: int, default: int = 0) -> int:
        """Return the first integer of a tag; `default` if it is missing or empty."""
        return next(iter(self.integers(code)), default)


@dataclass(frozen=True, slots=True)
class TiffStructure:
    """The directories of a file.

    Attributes
    ----------
    file : binary file
        The file.
    size : int
        Its size in bytes.
    variant : TiffVariant
        How its numbers are stored.
    directories : list of Directory
        The main chain: the pages.
    """

    file: BinaryIO
    size: int
    variant: TiffVariant
    directories: list[Directory]

    @property
    def byte_order(self) -> str:
        """``"<"`` or ``">"``."""
        return self.variant.byte_order

    @property
    def is_big_tiff(self) -> bool:
        """Whether offsets have 64 bits."""
        return self.variant.is_big_tiff


def read_directories(file: BinaryIO) -> TiffStructure:
    """Return the directories of the main chain of a TIFF or BigTIFF.

    Parameters
    ----------
    file : binary file
        The file; its position is kept.

    Raises
    ------
    ReadError
        If it is no TIFF, or its chain of directories is damaged anywhere: pages are never lost
        silently.

    Examples
    --------
    >>> width = struct.pack("<HHHIII", 1, 256, 3, 1, 7, 0)  # a directory of one tag
    >>> structure = read_directories(io.BytesIO(b"II*\\0\\x08\\0\\0\\0" + width))
    >>> structure.directories[0].value(256)
    (7,)
    """
    with keep_position(file):
        size = file.seek(0, io.SEEK_END)
        head = read_at(file, 0, 8)
        if len(head) < 8 or not is_tiff(head):
            raise ReadError(f"it is no TIFF; {NEW_COPY}")
        variant = TiffVariant(*SIGNATURES[head[:4]])
        if variant.is_big_tiff and struct.unpack_from(variant.byte_order + "HH", head, 4) != (8, 0):
            raise ReadError(f"its header is damaged; {NEW_COPY}")
        reader = _DirectoryReader(file, size, variant)
        directories: list[Directory] = []
        offset = reader.number_at(
            8 if variant.is_big_tiff else 4, variant.offset_format, "its header"
        )
        while offset or not directories:
            directory, offset = reader.read(offset, f"its directory {len(directories) + 1}")
            directories.append(directory)
        return TiffStructure(file, size, variant, directories)


@dataclass(slots=True)
class _DirectoryReader:
    """A reader of directories that together are no larger than the file.

    Attributes
    ----------
    size : int
        The size of the file.
    seen : set of int
        The offsets of the directories that were read.
    nbytes : int
        The size of the directories that were read.
    """

    file: BinaryIO
    size: int
    variant: TiffVariant
    seen: set[int] = field(default_factory=set)
    nbytes: int = 0

    def read(self, offset: int, name: str) -> tuple[Directory, int]:
        """Return the directory at an offset, and the offset of the next one in its chain or 0."""
        variant = self.variant
        if offset in self.seen:
            raise ReadError(f"{name} was read already: they form a circle; {NEW_COPY}")
        self.seen.add(offset)
        count = self.number_at(offset, variant.count_format, name)
        start = offset + struct.calcsize(variant.count_format)
        end = start + count * struct.calcsize(variant.entry_format)
        if count == 0:
            raise ReadError(f"{name} is empty; {NEW_COPY}")
        if offset < struct.calcsize(variant.offset_format) or end > self.size:
            raise ReadError(f"{name} lies outside the file; {NEW_COPY}")
        self.nbytes += end - offset
        if self.nbytes > self.size:
            raise ReadError(f"{name} overlaps others; {NEW_COPY}")
        self.file.seek(start)
        entries = self.file.read(end - start)
        directory = Directory(self.file, self.size, variant, name, offset, entries)
        return directory, self.number_at(end, variant.offset_format, name)

    def number_at(self, offset: int, number_format: str, name: str) -> int:
        """Return a number of the file, which is a part of a directory."""
        nbytes = struct.calcsize(number_format)
        if offset + nbytes > self.size:
            raise ReadError(f"{name} lies outside the file; {NEW_COPY}")
        self.file.seek(offset)
        (number,) = struct.unpack(number_format, self.file.read(nbytes))
        return int(number)
