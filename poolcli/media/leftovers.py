"""Temporary files that killed runs left behind."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from collections.abc import Iterable
from contextlib import suppress

from poolcli.media.atomic import TEMPORARY, host

FOREIGN_SECONDS = 86_400
"""The age from which another host's temporary file counts as left behind."""

_NAME = re.compile(re.escape(TEMPORARY) + "([0-9a-f]{8})-([0-9a-f]{8})-[0-9a-f]{16}")
"""A temporary file's name: its run, its host, and a random number."""


def remove_leftovers(folders: Iterable[str], run: str | None = None) -> None:
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
    """
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            left = [entry.name for entry in entries if _is_candidate(entry, run)]
            for name in left:
                with suppress(OSError):
                    _remove_if_unlocked(os.path.join(folder, name), run)  # noqa: PTH118


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


def _remove_if_unlocked(path: str, run: str | None) -> None:
    # Opened for writing, as locks on NFS want it; not blocking, should it have become a FIFO.
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # its process is alive
        except OSError:
            if run is None:  # no locks here: nothing tells whether its process is alive
                return
        os.unlink(path)  # noqa: PTH108
    finally:
        os.close(descriptor)
