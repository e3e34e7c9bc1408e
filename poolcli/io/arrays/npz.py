"""Reading and writing of npz archives, one array at a time.

This module is imported when an archive is read or written: zipfile and lzma load slowly.

The sizes in an archive are not trusted: data are counted while they are decompressed. Pickled
objects are never loaded.
"""

from __future__ import annotations

import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import numpy.typing as npt

from poolcli.errors import LimitError, ReadError, is_shortage
from poolcli.io.arrays.npy import array_from_bytes, write_npy
from poolcli.io.arrays.npy_blocks import NpyReader
from poolcli.io.arrays.npy_header import check_data_size, read_header
from poolcli.io.document import Document, Item, Source
from poolcli.io.member_names import quoted_name, select_members, selection_hint
from poolcli.io.shorten_exception import first_line
from poolcli.io.spool import MAX_MEMORY_BYTES, READ_BYTES, spool
from poolcli.io.trailing_data import trailing_bytes_notes
from poolcli.io.unsupported_formats import UNSUPPORTED_ZIP_MEMBERS, ZIP

MEMBER_SUFFIX = ".npy"

MAX_KEY_BYTES = 0xFFFF - len(MEMBER_SUFFIX)
"""The size of the longest key: the name of a member has two bytes for it (APPNOTE.TXT, 4.4.10)."""

LOCAL_HEADER_BYTES = 30
"""The size of a member's local header without its name (APPNOTE.TXT, 4.3.7)."""

UNBOUNDED_READ_BYTES = 1 << 12
"""The number of bytes that one call reads from a member compressed by bzip2 or LZMA. Python
decompresses all of them at once, to any size."""

ENCRYPTED_FLAG = 1
"""The flag of members that need a password (APPNOTE.TXT, 4.4.4)."""


@contextmanager
def open_npz(file: BinaryIO, members: Sequence[str] = ()) -> Iterator[Document]:
    """Open an npz archive as a document with one item per member.

    A member of more than `MAX_MEMORY_BYTES` is copied to an unnamed temporary file as long as it is
    the current item.

    Parameters
    ----------
    file : binary file
        Seekable.
    members : sequence of str
        Globs for the keys of the arrays that become items; all of them by default.

    Raises
    ------
    ReadError
        If the file is not an npz, a name occurs twice, the name of a selected array is not a plain
        relative path, or a glob matches no key.
    """
    with _one_line_errors("not a valid .npz file: "):
        archive = ZipFile(file)
    with archive, ExitStack() as spools:
        files = [info for info in archive.infolist() if not info.filename.endswith("/")]
        _check_members(files)
        by_key = {info.filename.removesuffix(MEMBER_SUFFIX): info for info in files}
        keys = select_members(list(by_key), members)
        for key in keys:
            _check_name(by_key[key])
        hint = selection_hint(len(keys))
        notes: list[str] = []

        def items() -> Iterator[Item]:
            for key in keys:
                spools.close()  # an item is valid until the next one is requested
                source = _read_member(archive, by_key[key], key, spools, notes, hint)
                yield Item(source, key=key)

        compressed = any(by_key[key].compress_type != ZIP_STORED for key in keys)
        yield Document("NPZ", len(keys), items, compressed=compressed, notes=notes)


def write_npz(
    file: BinaryIO, arrays: Mapping[str, npt.NDArray[Any] | NpyReader], *, compressed: bool = False
) -> None:
    """Write named arrays into one npz archive.

    Parameters
    ----------
    file : binary file
        Need not be seekable.
    arrays : mapping
        The arrays by their keys, in memory or in files.
    compressed : bool
        Whether the members are compressed.
    """
    compression = ZIP_DEFLATED if compressed else ZIP_STORED
    with ZipFile(file, "w", compression, allowZip64=True) as archive:
        for key, array in arrays.items():
            with archive.open(key + MEMBER_SUFFIX, "w", force_zip64=True) as member:
                write_npy(cast(BinaryIO, member), array)


def _check_members(members: list[ZipInfo]) -> None:
    """Raise `ReadError` if an archive is not an npz, or its directory is inconsistent."""
    names = [info.filename for info in members]
    base_names = {name.rpartition("/")[2] for name in names}
    for base_name, unsupported in UNSUPPORTED_ZIP_MEMBERS.items():
        if base_name in base_names:
            raise ReadError(unsupported.message)
    other = next((name for name in names if not name.endswith(MEMBER_SUFFIX)), None)
    if other is not None:
        raise ReadError(f"{ZIP.name}: {other!r} in it is not an array; {ZIP.advice}")
    if not members:
        raise ReadError("the .npz holds no arrays")
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise ReadError(f"the .npz holds {name!r} {count} times; give its arrays distinct names")
    ranges = sorted(
        (info.header_offset, info.header_offset + LOCAL_HEADER_BYTES + info.compress_size)
        for info in members
    )
    if any(end > next_start for (_, end), (next_start, _) in pairwise(ranges)):
        raise ReadError("not a valid .npz file: its members overlap")


def _check_name(member: ZipInfo) -> None:
    """Raise `ReadError` if the key of a member is not a plain relative file name."""
    key = member.orig_filename.removesuffix(MEMBER_SUFFIX)
    if not is_plain_name(key):
        raise ReadError(
            f"the .npz holds an array called {key!r}, which is not a plain relative name; "
            "give it another one"
        )


def is_plain_name(key: str) -> bool:
    r"""Return whether a key is a plain relative file name on any system.

    Examples
    --------
    >>> [is_plain_name(key) for key in ("arr_0", "layer/kernel:0", "a..b")]
    [True, True, True]
    >>> [is_plain_name(key) for key in ("", "../x", "/etc/x", "a//b", "a\\b", "C:x", "a\n")]
    [False, False, False, False, False, False, False]
    """
    if "\\" in key or re.match("[A-Za-z]:", key):
        return False
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in key):
        return False
    return not {"", ".", ".."} & set(key.split("/"))


def _read_member(
    archive: ZipFile, info: ZipInfo, key: str, spools: ExitStack, notes: list[str], hint: str
) -> Source:
    """Return the array of a member, in memory or in a temporary file that `spools` closes.

    The message of an error ends with the hint.
    """
    subject = f"member {quoted_name(key)}"
    if info.flag_bits & ENCRYPTED_FLAG:
        raise ReadError(f"{subject}: is encrypted; save it without a password{hint}")
    is_bounded = info.compress_type in (ZIP_STORED, ZIP_DEFLATED)
    read_bytes = READ_BYTES if is_bounded else UNBOUNDED_READ_BYTES
    try:
        with _one_line_errors(), archive.open(info) as opened:
            member = cast(BinaryIO, opened)
            header = read_header(member)
            check_data_size(header, info.file_size - header.data_offset)
            source: Source
            if header.nbytes > MAX_MEMORY_BYTES:
                file = spools.enter_context(spool(member, read_bytes))
                size = file.seek(0, 2)
                check_data_size(header, size)
                file.seek(header.nbytes)
                head, trailing_bytes = file.read(READ_BYTES), size - header.nbytes
                source = NpyReader(file.fileno(), header._replace(data_offset=0))
            else:
                source = array_from_bytes(header, _read(member, header.nbytes, read_bytes))
                head, trailing_bytes = _read_rest(member, read_bytes)
        member_bytes = header.data_offset + header.nbytes + trailing_bytes
        if member_bytes != info.file_size:
            raise ReadError(
                f"the archive claims {info.file_size:,} bytes, but it has {member_bytes:,}"
            )
    except (ReadError, LimitError) as error:
        raise type(error)(f"{subject}: {error}{hint}") from error
    notes += [f"{subject}: {note}" for note in trailing_bytes_notes(head, trailing_bytes)]
    return source


def _read(member: BinaryIO, size: int, read_bytes: int) -> npt.NDArray[np.uint8]:
    """Return up to `size` bytes of a member, fewer if it ends before."""
    data, position = np.empty(size, np.uint8), 0
    while position < size and (part := member.read(min(read_bytes, size - position))):
        data[position : position + len(part)] = np.frombuffer(part, np.uint8)
        position += len(part)
    return data[:position]


def _read_rest(member: BinaryIO, read_bytes: int) -> tuple[bytes, int]:
    """Return the first bytes and the size of the rest of a member; its end checks the CRC."""
    head, size = b"", 0
    while part := member.read(read_bytes):
        head = head or part
        size += len(part)
    return head, size


@contextmanager
def _one_line_errors(prefix: str = "") -> Iterator[None]:
    """Convert the exceptions of zipfile and of decompressors to a one-line `ReadError`."""
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
        # An unknown compression is a RuntimeError, a negative offset a ValueError.
        raise ReadError(f"{prefix}{first_line(error)}") from error
