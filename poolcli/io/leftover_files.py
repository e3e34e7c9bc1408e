"""Removal of temporary files that killed processes left behind.

A process holds a lock (`flock`) on each of its temporary files, which the kernel releases when the
process ends. A file without a lock is therefore a leftover. On some network file systems locks
work on one machine only, so that temporary files of another host are removed only when nothing was
written to them for `MIN_FOREIGN_AGE_SECONDS`.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from collections.abc import Iterable
from contextlib import suppress

from poolcli.io.atomic_write import TEMPORARY_PREFIX, host_hash

MIN_FOREIGN_AGE_SECONDS = 86_400
"""The age from which a temporary file of another host is a leftover."""

_NAME_PATTERN = re.compile(
    re.escape(TEMPORARY_PREFIX) + "(?P<run>[0-9a-f]{8})-(?P<host>[0-9a-f]{8})-[0-9a-f]{16}"
)
"""The name of a temporary file: the run, the host, and a random number."""


def remove_leftovers(folders: Iterable[str], run: str | None = None) -> list[str]:
    """Remove temporary files whose process has ended.

    Parameters
    ----------
    folders : iterable of str
        The folders to search, without their subfolders.
    run : str, optional
        Remove only files of this run, created on any host, because its workers have died.

    Returns
    -------
    list of str
        The folders that contain temporary files of processes that have not ended yet.
    """
    in_use = []
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            candidates = [entry.path for entry in entries if _is_candidate(entry, run)]
            remaining = [_remains(path, run) for path in candidates]
            in_use += [folder] if any(remaining) else []
    return in_use


def _is_candidate(entry: os.DirEntry[str], run: str | None) -> bool:
    """Return whether an entry is a temporary file of `run`, of this host, or an old one."""
    if not entry.name.startswith(TEMPORARY_PREFIX):
        return False
    match = _NAME_PATTERN.fullmatch(entry.name)
    if match is None or not entry.is_file(follow_symlinks=False):
        return False
    if run is not None:
        return match["run"] == run
    age = time.time() - entry.stat(follow_symlinks=False).st_mtime
    return match["host"] == host_hash() or age > MIN_FOREIGN_AGE_SECONDS


def _remains(path: str, run: str | None) -> bool:
    """Remove a file unless it is locked by its process; return True if it is."""
    with suppress(OSError):  # another run removed the file, or it may not be removed
        # Locks on NFS require a file opened for writing. O_NONBLOCK: the path may be a FIFO now.
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return False
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError:
                if run is None:  # no locks on this file system: the process may be alive
                    return False
            os.unlink(path)  # noqa: PTH108
        finally:
            os.close(descriptor)
    return False
