"""Checks of output paths, and the renaming of a finished temporary file to its name."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from poolcli.errors import OutputError, OutputExistsError

NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""Errors of `os.link` on file systems without hard links: FAT, exFAT, some network mounts."""

SYNCED_BYTES = 1 << 26
"""Files up to this size are synced before they get their name: thin volumes report that they are
full only then. It takes some milliseconds. Larger files could hold up Ctrl-C for many seconds."""

PERMISSIONS = 0o777
"""The mode bits that a new file takes from the file it replaces: no setuid, setgid or sticky."""


class OutputAppearedError(OutputExistsError):
    """A file appeared under an output's name while the output was made.

    Attributes
    ----------
    path : str
        The output's name.
    """

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} appeared while its new content was made; it stays as it is; --overwrite "
            "replaces it, --skip-existing passes over it"
        )
        self.path = path


def check_output(path: str, *, direct: bool) -> None:
    """Refuse a path that cannot be written to.

    Parameters
    ----------
    direct : bool
        Whether the person named this very path, so that a device or a FIFO is written directly.

    Raises
    ------
    OutputError
        If it is a folder, a dangling link or below one, no regular file, or cannot be looked at.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except FileNotFoundError:
        _refuse_dangling_link(path)
        return
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from error
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path} is a folder; name a file, or end the name in '/'")
    if not (stat.S_ISREG(mode) or direct):
        raise OutputError(
            f"{path} is no regular file (a device, FIFO or socket); remove it, or name another "
            "output with -o"
        )


def _refuse_dangling_link(path: str) -> None:
    """Refuse a link that leads nowhere, as the output or as a folder on the way to it."""
    while path and not os.path.exists(path):  # noqa: PTH110
        if os.path.islink(path):  # noqa: PTH114
            goal = os.readlink(path)  # noqa: PTH115
            raise OutputError(
                f"{path} is a link to {goal}, which does not exist; remove the link, or create "
                "what it leads to"
            )
        path = os.path.dirname(path)  # noqa: PTH120


def publish(temporary: str, target: str, descriptor: int, *, replace: bool, retried: bool) -> None:
    """Give a finished temporary file its mode and its name.

    Parameters
    ----------
    temporary, target : str
        Two names in one folder. The temporary one may be left behind; the caller removes it.
    descriptor : int
        Of the temporary file.
    replace : bool
        Whether a file that is there may be replaced.
    retried : bool
        Whether an earlier try of the same task may have published the same bytes already.

    Raises
    ------
    FileExistsError
        If a file is there and may not be replaced.
    OSError
        If the file system refuses.
    """
    if not os.path.samestat(os.lstat(temporary), os.fstat(descriptor)):
        raise OSError(errno.ESTALE, "another process has replaced its temporary file")
    if os.fstat(descriptor).st_size <= SYNCED_BYTES:
        os.fsync(descriptor)
    _set_mode(descriptor, target if replace else None)
    if replace:
        os.replace(temporary, target)  # noqa: PTH105
        return
    try:
        _put_under_free_name(temporary, target)
    except FileExistsError:
        if not (retried and _have_same_bytes(temporary, target)):
            raise


def _set_mode(descriptor: int, replaced: str | None) -> None:
    """Give a file the owner and permissions of the file that it replaces, or the usual mode."""
    mode = 0o666 & ~_umask()
    # FAT and some network mounts have no owners or modes; the file then stays as it was created.
    with suppress(OSError):
        if replaced is not None and os.path.exists(replaced):  # noqa: PTH110
            before = os.stat(replaced)  # noqa: PTH116
            mode = before.st_mode & PERMISSIONS
            for owner in ((-1, before.st_gid), (before.st_uid, -1)):
                with suppress(OSError):  # only members of the group, and only root, may
                    os.fchown(descriptor, *owner)
        os.fchmod(descriptor, mode)


def _umask() -> int:
    """The process's umask.

    `os.umask` can only be read by setting it, which other threads would notice, so Linux's
    ``/proc`` comes first; where there is none, files that other threads create meanwhile are
    private.
    """
    with suppress(OSError, ValueError), open("/proc/self/status", "rb") as file:  # noqa: PTH123
        for line in file:
            if line.startswith(b"Umask:"):
                return int(line.split()[1], 8)
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _put_under_free_name(temporary: str, target: str) -> None:
    """Put a file under a name that nothing has.

    Raises
    ------
    FileExistsError
        If something has it.
    """
    try:
        os.link(temporary, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
    else:
        return
    # Without hard links the name is taken by an empty file first, which fails if it is not free.
    # A kill between the two calls leaves that empty file; testing for the name and then renaming
    # could replace a file of somebody else, which is worse.
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        os.unlink(target)  # noqa: PTH108
        raise


def _have_same_bytes(one: str, other: str) -> bool:
    import filecmp  # seldom needed

    with suppress(OSError):
        return filecmp.cmp(one, other, shallow=False)
    return False


def cannot_write(path: object, error: OSError) -> str:
    """The message for an output that cannot be written."""
    return f"cannot write {path}: {error.strerror or error}"
