"""Standard output as a file for binary data, and suppression of standard error."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import BinaryIO

from poolcli.errors import OutputError
from poolcli.io.atomic_write import open_unseekable
from poolcli.io.publish_file import wrap_write_errors

_DATA_DESCRIPTOR: ContextVar[int] = ContextVar("DATA_DESCRIPTOR", default=1)
"""The descriptor that leads to the original standard output."""

_SILENCE_LOCK = threading.Lock()
"""Held while the two following variables change."""

_active_blocks = 0
"""The number of `silence_stderr` blocks that threads are in."""

_original_stderr = -1
"""A copy of descriptor 2 as it was before the first block."""


@contextmanager
def reserve_stdout_for_data() -> Iterator[None]:
    """Redirect everything printed to standard output to standard error inside the block.

    `open_stdout` still writes to the original standard output. File descriptors are redirected
    instead of `sys.stdout`, so that the output of C libraries is redirected too.

    Raises
    ------
    OutputError
        If standard output is closed.
    """
    if sys.__stdout__ is None:  # closed before the start
        raise OutputError("standard output is closed; name a file with -o")
    original = os.dup(1)
    token = _DATA_DESCRIPTOR.set(original)
    _flush_stdout()
    os.dup2(2, 1)
    try:
        yield
    finally:
        _flush_stdout()  # Python's buffer may still hold text printed inside the block
        os.dup2(original, 1)
        _DATA_DESCRIPTOR.reset(token)
        os.close(original)


def _flush_stdout() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


@contextmanager
def open_stdout() -> Iterator[BinaryIO]:
    """Open the original standard output for binary data."""
    descriptor = os.dup(_DATA_DESCRIPTOR.get())
    with wrap_write_errors("standard output"), open_unseekable(descriptor) as file:
        yield file


@contextmanager
def silence_stderr() -> Iterator[None]:
    """Discard everything that is written to file descriptor 2 inside the block.

    libtiff writes warnings to descriptor 2 without passing through Python; the exception that
    follows says the same in one line. Threads share the descriptor, so the first thread to enter
    redirects it and the last thread to leave restores it.
    """
    global _active_blocks, _original_stderr
    if sys.__stderr__ is None:  # closed before the start: descriptor 2 may be any file
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    with _SILENCE_LOCK:
        if not _active_blocks:
            null = os.open(os.devnull, os.O_WRONLY)
            _original_stderr = os.dup(2)
            os.dup2(null, 2)
            os.close(null)
        _active_blocks += 1
    try:
        yield
    finally:
        with _SILENCE_LOCK:
            _active_blocks -= 1
            if not _active_blocks:
                os.dup2(_original_stderr, 2)
                os.close(_original_stderr)
