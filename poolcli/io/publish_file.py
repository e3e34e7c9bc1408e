"""The last step of an atomic write: checks of the output path, permissions, sync and final name.

Guarantees of `publish`:

- With ``replace=True``, `os.replace` renames the temporary file: readers see the old file or the
  new one, never a mixture or nothing.
- With ``replace=False``, `os.link` gives the file its name and fails if the name exists. No other
  process can create the name between a test and the renaming.
- Files up to `MAX_SYNCED_BYTES` are synced (`os.fsync`) before they get their name, so that a full
  disk is an error instead of an incomplete file. On macOS the disk may still have the bytes in its
  cache then; waiting for that (``F_FULLFSYNC``) takes many times as long, and no error is missed.
- New files get the mode 0666 without the umask. The new file gets the permission bits of the file
  that it replaces and, where the system allows it, owner and group.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from poolcli.errors import OutputError, OutputExistsError

NO_HARD_LINK_ERRORS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""Errors of `os.link` on file systems without hard links: FAT, exFAT, some network mounts."""

MAX_SYNCED_BYTES = 1 << 26
"""The size up to which files are synced. Thin volumes report a full disk only on sync, which takes
some milliseconds. Syncing a larger file could delay Ctrl-C by many seconds."""

PERMISSION_BITS = 0o777
"""The mode bits that a new file takes from the replaced file: no setuid, setgid or sticky bit."""


class OutputAppearedError(OutputExistsError):
    """The error for an output whose name appeared while its content was made.

    Attributes
    ----------
    path : str
        The output.
    """

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} appeared while its new content was made; the existing file was kept; "
            "--overwrite replaces it, --skip-existing skips it"
        )
        self.path = path


@contextmanager
def wrap_write_errors(output: str) -> Iterator[None]:
    """Convert an OSError, except a broken pipe, to an `OutputError` that names the output."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from error


def check_output_path(path: str, *, allow_special: bool) -> None:
    """Raise `OutputError` if a path cannot be an output.

    Parameters
    ----------
    path : str
        The output.
    allow_special : bool
        Whether a device or a FIFO is allowed, because the user named this path.

    Raises
    ------
    OutputError
        If the path is a folder, a dangling link or below one, not a regular file, or cannot be
        examined.
    """
    with wrap_write_errors(path):
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116
        except FileNotFoundError:
            _check_links(path)
            return
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path} is a folder; name a file, or end the name in '/'")
    if not (stat.S_ISREG(mode) or allow_special):
        raise OutputError(
            f"{path} is not a regular file (it is a device, FIFO or socket); remove it, or name "
            "another output with -o"
        )


def _check_links(path: str) -> None:
    """Raise `OutputError` if a missing path, or a folder that contains it, is a dangling link."""
    while path and not os.path.exists(path):  # noqa: PTH110
        if os.path.islink(path):  # noqa: PTH114
            destination = os.readlink(path)  # noqa: PTH115
            raise OutputError(
                f"{path} is a link to {destination}, which does not exist; remove the link, or "
                "create its destination"
            )
        path = os.path.dirname(path)  # noqa: PTH120


def publish(temporary: str, target: str, descriptor: int, *, replace: bool, is_retry: bool) -> None:
    """Set the permissions of a complete temporary file and give it its final name.

    Parameters
    ----------
    temporary, target : str
        The two names, in one folder. The caller removes the temporary name if it still exists.
    descriptor : int
        The descriptor of the temporary file.
    replace : bool
        Whether an existing file may be replaced.
    is_retry : bool
        Whether an earlier attempt at the same task may have published the same bytes. An existing
        file with the same bytes is then no error.

    Raises
    ------
    FileExistsError
        If the name exists and may not be replaced.
    OSError
        If the file system reports an error.
    """
    if not os.path.samestat(os.lstat(temporary), os.fstat(descriptor)):
        raise OSError(errno.ESTALE, "another process has replaced its temporary file")
    if os.fstat(descriptor).st_size <= MAX_SYNCED_BYTES:
        os.fsync(descriptor)
    _set_permissions(descriptor, target if replace else None)
    if replace:
        os.replace(temporary, target)  # noqa: PTH105
        return
    try:
        _link_to_free_name(temporary, target)
    except FileExistsError:
        if not (is_retry and _have_same_bytes(temporary, target)):
            raise


def _set_permissions(descriptor: int, replaced: str | None) -> None:
    """Give a file the owner and permissions of the file that it replaces, or the default mode."""
    mode = 0o666 & ~current_umask()
    # FAT and some network mounts have no owners or modes; the file keeps the mode of its creation.
    with suppress(OSError):
        if replaced is not None and os.path.exists(replaced):  # noqa: PTH110
            old = os.stat(replaced)  # noqa: PTH116
            mode = old.st_mode & PERMISSION_BITS
            for owner in ((-1, old.st_gid), (old.st_uid, -1)):
                with suppress(OSError):  # allowed for members of the group, and for root
                    os.fchown(descriptor, *owner)
        os.fchmod(descriptor, mode)


def current_umask() -> int:
    """Return the umask of the process.

    `os.umask` can only be read by setting it, which affects other threads. Linux shows the umask
    in ``/proc``. On other systems, files that other threads create meanwhile become private.
    """
    with suppress(OSError, ValueError), open("/proc/self/status", "rb") as file:  # noqa: PTH123
        for line in file:
            if line.startswith(b"Umask:"):
                return int(line.split()[1], 8)
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _link_to_free_name(temporary: str, target: str) -> None:
    """Give a file a second name; raise FileExistsError if that name exists."""
    try:
        os.link(temporary, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_HARD_LINK_ERRORS:
            raise
    else:
        return
    # Without hard links, an empty file reserves the name first; creating it fails if the name
    # exists. A kill between the two calls leaves the empty file. Testing for the name and then
    # renaming could replace a file of another process, which is worse.
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        os.unlink(target)  # noqa: PTH108
        raise


def _have_same_bytes(path: str, other: str) -> bool:
    import filecmp  # rarely needed

    with suppress(OSError):
        return filecmp.cmp(path, other, shallow=False)
    return False
