"""Opening an input of whatever kind, from wherever it comes."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from poolcli.errors import ReadError
from poolcli.io.arrays.npy import open_npy
from poolcli.io.arrays.npz import open_npz
from poolcli.io.document import Document, Item, Opened
from poolcli.io.file_kind import Kind, kind_of
from poolcli.io.formats import is_readable
from poolcli.io.images.decoder_errors import UNIDENTIFIED
from poolcli.io.images.read import open_image
from poolcli.io.spool import spool
from poolcli.io.unsupported_formats import (
    BINARY,
    IDENTIFYING_BYTES,
    TEXT,
    is_text,
    kind_by_content,
    kind_by_name,
)
from poolcli.request import STDIN_OR_STDOUT

SHORT_BYTES = 8
"""Files of so few bytes may be the cut signature of a picture."""

EMPTY_STREAM = "standard input is empty; see whether the command before the pipe failed"


@contextmanager
def opened(path: str, max_pixels: int, *, indexed: bool) -> Iterator[Document]:
    """Open an input.

    Parameters
    ----------
    path : str
        A file's; `STDIN_OR_STDOUT` for standard input.
    max_pixels, indexed
        As `open_image` has them.

    Raises
    ------
    ReadError, LimitError
        If it cannot be read.
    """
    with _file(path) as file:
        try:
            head = file.read(IDENTIFYING_BYTES)
            file.seek(0)
        except OSError as error:
            raise ReadError(f"cannot be read: {error.strerror or error}") from error
        if not head:
            raise ReadError(EMPTY_STREAM if path == STDIN_OR_STDOUT else "the file is empty")
        with (
            _watched(file) as state,
            _document(file, head, path, max_pixels, indexed=indexed) as document,
        ):
            items = document.items
            yield replace(document, items=lambda: _unchanged(items(), state))


def _document(file: BinaryIO, head: bytes, path: str, max_pixels: int, *, indexed: bool) -> Opened:
    name = "" if path == STDIN_OR_STDOUT else path
    unsupported = kind_by_content(head, name)
    if unsupported is not None:
        raise ReadError(unsupported.message)
    kind = kind_of(head)
    if kind is Kind.NPY:
        return open_npy(file)
    if kind is Kind.NPZ:
        return open_npz(file)
    return open_image(file, max_pixels, indexed=indexed, unidentified=_unidentified(head, name))


def _unidentified(head: bytes, name: str) -> str:
    """The error for a file that Pillow does not identify."""
    kind = kind_by_name(name)
    extension = os.path.splitext(name)[1].lower()  # noqa: PTH122
    may_be_text = not is_readable(extension) or (extension in BINARY and len(head) > SHORT_BYTES)
    if kind is None and may_be_text and is_text(head):
        kind = TEXT
    return UNIDENTIFIED if kind is None else kind.message


State = Callable[[], tuple[int, int]]
"""Gives what changes with a file's content."""


def _unchanged(items: Iterator[Item], state: State) -> Iterator[Item]:
    """The items; if the file was written to meanwhile, that is known after the last.

    Raises
    ------
    ReadError
        If it was.
    """
    before = state()
    yield from items
    if state() != before:
        raise ReadError("it was changed while it was read; try again when it is complete")


@contextmanager
def _watched(file: BinaryIO) -> Iterator[State]:
    """Keep an eye on a file, also when its reader has closed it."""
    try:
        descriptor = os.dup(file.fileno())
    except OSError:  # it is held in memory
        yield lambda: (0, 0)
        return

    def state() -> tuple[int, int]:
        found = os.fstat(descriptor)
        return found.st_size, found.st_mtime_ns

    try:
        yield state
    finally:
        os.close(descriptor)


@contextmanager
def _file(path: str) -> Iterator[BinaryIO]:
    """An input as a seekable file; pipes are read into memory."""
    if path == STDIN_OR_STDOUT:
        if sys.stdin is None:  # closed before the start
            raise ReadError("standard input is closed; name a file or pipe one in")
        with _standard_input(sys.stdin.buffer) as file:
            yield file
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise ReadError("there is no such file; check its name and the current folder") from error
    except PermissionError as error:
        hint = "; chmod +r lets it be read" if os.path.exists(path) else ""  # noqa: PTH110
        raise ReadError(f"cannot be opened: Permission denied{hint}") from error
    except OSError as error:
        raise ReadError(f"cannot be opened: {error.strerror or error}") from error
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            yield file
        else:
            with _all_of(file) as held:
                yield held


def _standard_input(stream: BinaryIO) -> BinaryIO:
    """What is piped in, or the file that standard input was redirected from, at its beginning."""
    with contextlib.suppress(OSError):  # what is no file of the system's
        number = stream.fileno()
        if stat.S_ISREG(os.fstat(number).st_mode) and stream.tell() == 0:
            return os.fdopen(os.dup(number), "rb")
    return _all_of(stream)


def _all_of(file: BinaryIO) -> BinaryIO:
    """The content of a pipe as a seekable file."""
    try:
        return spool(file)
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror or error}") from error
