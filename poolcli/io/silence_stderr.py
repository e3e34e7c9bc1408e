"""Suppression of the messages that C libraries write to standard error."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()

_active_blocks = 0
"""The number of `silence_stderr` blocks that threads are in."""

_original_stderr = -1
"""A copy of descriptor 2 as it was before the first block."""


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
    with _LOCK:
        if not _active_blocks:
            null = os.open(os.devnull, os.O_WRONLY)
            _original_stderr = os.dup(2)
            os.dup2(null, 2)
            os.close(null)
        _active_blocks += 1
    try:
        yield
    finally:
        with _LOCK:
            _active_blocks -= 1
            if not _active_blocks:
                os.dup2(_original_stderr, 2)
                os.close(_original_stderr)
