"""Reading npz archives, one array at a time, with limits on untrusted ones."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from poolcli.errors import LimitError, ReadError, is_shortage
from poolcli.io.arrays.npy import MEMBER_SUFFIX, as_array, check_size, first_line, read_header
from poolcli.io.arrays.npy_blocks import NpyFile
from poolcli.io.document import Document, Item, Source
from poolcli.io.file_kind import FileKind
from poolcli.io.spool import MAX_MEMORY_BYTES, READ_BYTES, spool
from poolcli.io.trailing_data import trailing_bytes_notes
from poolcli.io.unsupported_formats import UNSUPPORTED_ZIP_MEMBERS, ZIP

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

LOCAL_HEADER_BYTES = 30
"""A member's own header, without its name (APPNOTE.TXT, 4.3.7)."""

SLOW_PIECE_BYTES = 1 << 12
"""So much is read at a time of what is compressed by bzip2 or LZMA: Python inflates all of it."""

ENCRYPTED = 1
"""The flag of members that take a password (APPNOTE.TXT, 4.4.4)."""


@contextmanager
def open_npz(file: BinaryIO) -> Iterator[Document]:
    """Open an npz archive.

    Members of more than `MAX_MEMORY_BYTES` are spooled to a file without a name while they are
    pooled.

    Raises
    ------
    ReadError
        If it is no npz, or one of its members cannot be told from another or has no plain name.
    """
    import zipfile  # takes its time to load

    with _one_line("not a valid .npz file: "):
        archive = zipfile.ZipFile(file)
    with archive, ExitStack() as spools:
        members = [info for info in archive.infolist() if not info.filename.endswith("/")]
        _check_members(members)
        notes: list[str] = []

        def items() -> Iterator[Item]:
            for info in members:
                spools.close()  # an item is valid until the next one is asked for
                yield Item(_read_member(archive, info, spools, notes), key=_key(info))

        packed = any(info.compress_type != zipfile.ZIP_STORED for info in members)
        yield Document(FileKind.NPZ, "NPZ", len(members), items, compressed=packed, notes=notes)


def _key(info: ZipInfo) -> str:
    return info.filename.removesuffix(MEMBER_SUFFIX)


def _check_members(members: list[ZipInfo]) -> None:
    """Refuse archives that are no npz, or whose directory is not that of an honest one."""
    names = [info.filename for info in members]
    for name in names:
        kind = UNSUPPORTED_ZIP_MEMBERS.get(name.rpartition("/")[2])
        if kind is not None:
            raise ReadError(kind.message)
    strange = next((name for name in names if not name.endswith(MEMBER_SUFFIX)), None)
    if strange is not None:
        raise ReadError(f"{ZIP.name}: {strange!r} in it is no array; {ZIP.advice}")
    if not members:
        raise ReadError("the .npz holds no arrays")
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise ReadError(f"the .npz holds {name!r} {count} times; give its arrays unlike names")
    for info in members:
        key = info.orig_filename.removesuffix(MEMBER_SUFFIX)
        if not is_plain_name(key):
            raise ReadError(
                f"the .npz holds an array called {key!r}, which is no plain relative name; "
                "give it another one"
            )
    ends = sorted((info.header_offset, info.header_offset + _least_bytes(info)) for info in members)
    if any(end > start for (_, end), (start, _) in pairwise(ends)):
        raise ReadError("not a valid .npz file: its members overlap")


def _least_bytes(info: ZipInfo) -> int:
    return LOCAL_HEADER_BYTES + info.compress_size


def is_plain_name(key: str) -> bool:
    r"""True if a key is a plain relative file name on any system.

    Examples
    --------
    >>> [is_plain_name(key) for key in ("arr_0", "layer/kernel:0", "a..b")]
    [True, True, True]
    >>> [is_plain_name(key) for key in ("", "../x", "/etc/x", "a//b", "a\\b", "C:x", "a\n")]
    [False, False, False, False, False, False, False]
    """
    if "\\" in key or re.match("[A-Za-z]:", key):
        return False
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in key):
        return False
    return not {"", ".", ".."} & set(key.split("/"))


def _read_member(archive: ZipFile, info: ZipInfo, spools: ExitStack, notes: list[str]) -> Source:
    """The array of a member, in memory or in a file that `spools` closes."""
    where = f"member {info.filename!r}"
    if info.flag_bits & ENCRYPTED:
        raise ReadError(f"{where}: is encrypted; save it without a password")
    try:
        with _one_line(), archive.open(info) as member:
            header = read_header(member)  # type: ignore[arg-type]
            check_size(header, info.file_size - header.offset)
            if header.nbytes > MAX_MEMORY_BYTES:
                file = spools.enter_context(spool(member, _piece_bytes(info)))  # type: ignore[arg-type]
                size = file.seek(0, 2)
                check_size(header, size)
                file.seek(header.nbytes)
                head, count = file.read(READ_BYTES), size - header.nbytes
                source: Source = NpyFile(file.fileno(), header._replace(offset=0))
            else:
                source = as_array(header, _read(member, header.nbytes, _piece_bytes(info)))
                head, count = _rest(member, _piece_bytes(info))
        _check_end(info, header.offset + header.nbytes + count)
    except (ReadError, LimitError) as error:
        raise type(error)(f"{where}: {error}") from error
    notes += [f"{where}: {words}" for words in trailing_bytes_notes(head, count)]
    return source


def _check_end(info: ZipInfo, size: int) -> None:
    """Refuse a member of another size than the directory of the archive claims."""
    if size != info.file_size:
        raise ReadError(f"the archive claims {info.file_size:,} bytes, but it has {size:,}")


def _piece_bytes(info: ZipInfo) -> int:
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    bounded = info.compress_type in (ZIP_STORED, ZIP_DEFLATED)
    return READ_BYTES if bounded else SLOW_PIECE_BYTES


def _read(member: Any, size: int, piece_bytes: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """So many bytes of a member, fewer where it ends before."""
    data, at = np.empty(size, np.uint8), 0
    while at < size and (piece := member.read(min(piece_bytes, size - at))):
        data[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
        at += len(piece)
    return data[:at]


def _rest(member: Any, piece_bytes: int) -> tuple[bytes, int]:
    """The beginning and the size of what is left of a member; at its end its CRC is checked."""
    head = b""
    count = 0
    while piece := member.read(piece_bytes):
        head = head or piece
        count += len(piece)
    return head, count


@contextmanager
def _one_line(prefix: str = "") -> Iterator[None]:
    """Turn what Python's zipfile and its decompressors raise on damaged archives into one line."""
    import lzma
    import struct
    import zipfile
    import zlib

    try:
        yield
    except OSError as error:
        if is_shortage(error):
            raise
        raise ReadError(f"{prefix}{error.strerror or first_line(error)}") from error
    except (
        zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
        EOFError, RuntimeError, ValueError, OverflowError,
    ) as error:  # fmt: skip
        # Unknown compression is a RuntimeError, an offset before the file's beginning a ValueError.
        raise ReadError(f"{prefix}{first_line(error)}") from error
