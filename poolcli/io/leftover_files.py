"""Temporary files that killed runs left behind."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from collections.abc import Iterable
from contextlib import suppress

from poolcli.io.atomic_write import TEMPORARY, host

FOREIGN_SECONDS = 86_400
"""The age from which another host's temporary file counts as left behind."""

_NAME = re.compile(re.escape(TEMPORARY) + "([0-9a-f]{8})-([0-9a-f]{8})-[0-9a-f]{16}")
"""A temporary file's name: its run, its host, and a random number."""


def remove_leftovers(folders: Iterable[str], run: str | None = None) -> list[str]:
    """Remove temporary files whose process is dead.

    A process holds a lock (flock) on each of its temporary files, which the kernel releases when
    the process ends. On some network file systems locks count on one machine alone, so files that
    another host created stay until nothing was written to them for a day.

    Parameters
    ----------
    folders : iterable of str
        Where to look; each is listed once.
    run : str, optional
        Remove the files of this run alone, of whatever host; its workers have died.

    Returns
    -------
    list of str
        The folders with files of processes that are alive, or were killed and have not ended yet.
    """
    in_use = []
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            left = [entry.name for entry in entries if _is_candidate(entry, run)]
            locked = [_is_kept(os.path.join(folder, name), run) for name in left]  # noqa: PTH118
            in_use += [folder] if any(locked) else []
    return in_use


def _is_candidate(entry: os.DirEntry[str], run: str | None) -> bool:
    if not entry.name.startswith(TEMPORARY):
        return False
    parts = _NAME.fullmatch(entry.name)
    if parts is None or not entry.is_file(follow_symlinks=False):
        return False
    if run is not None:
        return parts[1] == run
    age = time.time() - entry.stat(follow_symlinks=False).st_mtime
    return parts[2] == host() or age > FOREIGN_SECONDS


def _is_kept(path: str, run: str | None) -> bool:
    """Remove a file unless its process is alive; True if it stays."""
    try:
        return not _remove_if_unlocked(path, run)
    except OSError:  # another run has removed it, or it may not be removed
        return False


def _remove_if_unlocked(path: str, run: str | None) -> bool:
    # Opened for writing, as locks on NFS want it; not blocking, should it have become a FIFO.
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False  # its process is alive
        except OSError:
            if run is None:  # no locks here: nothing tells whether its process is alive
                return True
        os.unlink(path)  # noqa: PTH108
        return True
    finally:
        os.close(descriptor)
