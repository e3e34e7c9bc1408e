"""Binary data on standard output, kept apart from everything else that is printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import BinaryIO

from poolcli.errors import OutputError
from poolcli.io.atomic_write import open_unseekable, wrap_write_errors

_DATA_DESCRIPTOR: ContextVar[int] = ContextVar("DATA_DESCRIPTOR", default=1)
"""The descriptor that leads to the original standard output."""


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
