"""Keeping C libraries from writing to standard error."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()

_PRIVATE: list[int] = []
"""Where descriptor 2 led, once for each thread that is quiet."""


@contextmanager
def quiet() -> Iterator[None]:
    """Send what is written to descriptor 2 nowhere.

    libtiff says there what it does not like in a file, past Python; the error that follows says
    it in one line.
    """
    if sys.__stderr__ is None:  # closed before the start: 2 may be any file by now
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    with _LOCK:
        if not _PRIVATE:  # threads share the descriptor: the first turns it, the last turns it back
            nowhere = os.open(os.devnull, os.O_WRONLY)
            _PRIVATE.append(os.dup(2))
            os.dup2(nowhere, 2)
            os.close(nowhere)
        else:
            _PRIVATE.append(_PRIVATE[0])
    try:
        yield
    finally:
        with _LOCK:
            private = _PRIVATE.pop()
            if not _PRIVATE:
                os.dup2(private, 2)
                os.close(private)
