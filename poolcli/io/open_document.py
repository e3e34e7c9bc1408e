"""Opening of an input file or standard input as a `Document`, whatever its format."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import BinaryIO

from poolcli.errors import ReadError
from poolcli.io import unsupported_formats
from poolcli.io.arrays.npy import open_npy
from poolcli.io.document import Document, Item
from poolcli.io.formats import (
    ARCHIVE_EXTENSIONS,
    has_poolable_signature,
    is_readable_extension,
    is_safetensors,
    is_tiff,
    plugin_format,
)
from poolcli.io.member_names import NO_MEMBERS
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.io.spool import spool
from poolcli.io.trailing_data import NPY_MAGIC
from poolcli.io.zarr.location import is_zarr_input

BINARY_EXTENSIONS = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".npy", ".npz",
    ".safetensors",
)  # fmt: skip
"""Extensions of binary formats. A file so named that contains text may be a failed download."""

MAX_TRUNCATED_BYTES = 8
"""The size up to which a file may be an image that was cut off after its signature."""

ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
"""The first bytes of an npz file: a local header, or the end of an empty archive."""

READABLE_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", NPY_MAGIC)
"""The first bytes of PNG, JPEG and npy files, which are not compared with unsupported formats: to
compile the patterns of these takes 2 ms."""

EMPTY_STDIN = "standard input is empty; check whether the command before the pipe failed"

FileState = Callable[[], tuple[int, int]]
"""A function that returns the current size and modification time of a file."""


@contextmanager
def open_document(
    path: str,
    max_pixels: int,
    *,
    indexed: bool,
    layout: str | None = None,
    members: Sequence[str] = (),
) -> Iterator[Document]:
    """Open an input; its file is closed when the block ends.

    Parameters
    ----------
    path : str
        The path of a file or a Zarr store, the URL of a Zarr store, or `STDIN_OR_STDOUT` for
        standard input.
    max_pixels : int
        The largest number of pixels of an image; 0 for no limit.
    indexed : bool
        Whether palette images keep their indices instead of becoming RGB or RGBA.
    layout : str, optional
        The letters of the axes, upper case. If it has axes for the pages of a TIFF, they are one
        item. It must be that of a Zarr store that names its axes.
    members : sequence of str
        Globs for the names of the arrays that become items, of a file that holds several; all of
        them by default.

    Raises
    ------
    ReadError
        If the input cannot be read, changes while its items are read, or has no such members.
    LimitError
        If the image has too many pixels, or the file is smaller than its header claims.
    """
    if is_zarr_input(path):
        from poolcli.io.zarr.zarr_document import open_zarr_document  # rarely needed

        with open_zarr_document(path, layout, members) as document:
            yield document
        return
    with _open_input(path) as file:
        try:
            head = file.read(unsupported_formats.IDENTIFYING_BYTES)
            file.seek(0)
        except OSError as error:
            raise ReadError(f"cannot be read: {error.strerror or error}") from error
        if not head:
            raise ReadError(EMPTY_STDIN if path == STDIN_OR_STDOUT else "the file is empty")
        name = "" if path == STDIN_OR_STDOUT else path
        with (
            _watch_file(file) as state,
            _open_by_kind(
                file, head, name, max_pixels, indexed=indexed, members=members
            ) as document,
        ):
            if members and document.format not in ARCHIVE_EXTENSIONS:
                raise ReadError(NO_MEMBERS)
            if layout is not None and document.format == "TIFF":
                from poolcli.io.tiff.stack_document import as_stack  # rarely needed

                document = as_stack(document, layout)
            items = document.items
            yield replace(document, items=lambda: _checked_items(items(), state))


@contextmanager
def _open_input(path: str) -> Iterator[BinaryIO]:
    """Open an input as a seekable file at its beginning; pipes are copied (see `spool`).

    Raise `ReadError` if it cannot be opened or read.
    """
    if path == STDIN_OR_STDOUT:
        if sys.stdin is None:  # closed before the start
            raise ReadError("standard input is closed; name a file or pipe one in")
        with _seekable_stdin(sys.stdin.buffer) as file:
            yield file
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        if path.replace("x", "").isdecimal():
            hint = f"there is no such file; if it is the kernel size: --k {path}"
            raise ReadError(hint) from error
        raise ReadError("there is no such file; check its name and the current folder") from error
    except PermissionError as error:
        hint = "; chmod +r lets it be read" if os.path.exists(path) else ""  # noqa: PTH110
        raise ReadError(f"cannot be opened: Permission denied{hint}") from error
    except OSError as error:
        raise ReadError(f"cannot be opened: {error.strerror or error}") from error
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(kind):
        os.close(descriptor)
        raise ReadError("it is a folder; name a file")
    with (
        os.fdopen(descriptor, "rb") as file,
        file if stat.S_ISREG(kind) else _copy(file) as seekable,
    ):
        yield seekable


def _seekable_stdin(stdin: BinaryIO) -> BinaryIO:
    """Return the file that standard input was redirected from, or a copy of a pipe."""
    with suppress(OSError):  # a stream without a descriptor
        descriptor = stdin.fileno()
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and stdin.tell() == 0:
            return os.fdopen(os.dup(descriptor), "rb")
    return _copy(stdin)


def _copy(pipe: BinaryIO) -> BinaryIO:
    try:
        return spool(pipe)
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror or error}") from error


@contextmanager
def _watch_file(file: BinaryIO) -> Iterator[FileState]:
    """Give a function that returns the state of a file, even after its reader has closed it.

    The state of a file in memory never changes.
    """
    try:
        descriptor = os.dup(file.fileno())
    except OSError:  # a file in memory
        yield lambda: (0, 0)
        return

    def state() -> tuple[int, int]:
        status = os.fstat(descriptor)
        return status.st_size, status.st_mtime_ns

    try:
        yield state
    finally:
        os.close(descriptor)


def _open_by_kind(
    file: BinaryIO,
    head: bytes,
    name: str,
    max_pixels: int,
    *,
    indexed: bool,
    members: Sequence[str],
) -> AbstractContextManager[Document]:
    """Open a file with the reader of its kind."""
    plugin = None
    if not head.startswith(READABLE_SIGNATURES):
        plugin = plugin_format(head)
        unsupported = unsupported_formats.find_by_content(head, name)
        if unsupported is not None:
            raise ReadError(unsupported.message)
    if head.startswith(NPY_MAGIC):
        return open_npy(file)
    if head.startswith(ZIP_SIGNATURES):
        from poolcli.io.arrays.npz import open_npz  # imported late, because it loads slowly

        return open_npz(file, members)
    if is_safetensors(head) or _is_damaged_safetensors(head, name):
        from poolcli.io.safetensors.open_safetensors import open_safetensors  # rarely needed

        return open_safetensors(file, members)
    if is_tiff(head):
        from poolcli.io.tiff.open_tiff import open_tiff  # rarely needed

        unsupported = unsupported_formats.find_by_name(name)
        damaged = None if unsupported is None else unsupported.message
        return open_tiff(file, max_pixels, indexed=indexed, damaged=damaged)
    from poolcli.io.images.read import open_image  # late, because arrays do not need Pillow

    return open_image(
        file,
        max_pixels,
        indexed=indexed,
        unidentified=_unidentified_message(head, name),
        plugin=plugin,
    )


def _is_damaged_safetensors(head: bytes, name: str) -> bool:
    """Return whether only the name of a file says that it has the safetensors format."""
    is_named = name.lower().endswith(ARCHIVE_EXTENSIONS["SAFETENSORS"])
    return is_named and not (has_poolable_signature(head) or unsupported_formats.is_text(head))


def _unidentified_message(head: bytes, name: str) -> str:
    """Return the error message for a file that Pillow does not identify."""
    unsupported = unsupported_formats.find_by_name(name)
    extension = os.path.splitext(name)[1].lower()  # noqa: PTH122
    is_download = extension in BINARY_EXTENSIONS and len(head) > MAX_TRUNCATED_BYTES
    may_be_text = is_download or not is_readable_extension(extension)
    if unsupported is None and may_be_text and unsupported_formats.is_text(head):
        unsupported = unsupported_formats.TEXT
    return unsupported_formats.UNIDENTIFIED if unsupported is None else unsupported.message


def _checked_items(items: Iterator[Item], state: FileState) -> Iterator[Item]:
    """Iterate over items; raise `ReadError` after the last one if the file has changed."""
    before = state()
    yield from items
    if state() != before:
        raise ReadError("it was changed while it was read; try again when it is complete")
