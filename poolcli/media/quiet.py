"""Keeping C libraries from writing to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
    nowhere = os.open(os.devnull, os.O_WRONLY)
    private = os.dup(2)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(private, 2)
        os.close(private)
