"""A Zarr store that appears under its name only when it is complete.

On a file system, the store is written to a hidden folder beside its place, which is renamed. At a
URL it is written in its place, and the group's metadata, which make it a store, come last; a marker
tells it from the files of others until then.

A process that writes a partial store holds a lock (`flock`) on its folder, which the kernel
releases when the process ends. What a killed run left there is found by the next run.
"""

from __future__ import annotations

import fcntl
import filecmp
import hashlib
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from poolcli.errors import OutputError
from poolcli.io.atomic_write import TEMPORARY_PREFIX
from poolcli.io.publish_file import OutputAppearedError, current_umask, wrap_write_errors
from poolcli.io.zarr.location import is_url, is_zarr_folder
from poolcli.io.zarr.partial_store_at_url import begin_url, end_url, remove_url

PARTIAL_PREFIX = f"{TEMPORARY_PREFIX}partial-"
"""The first characters of the names of stores that are being written."""

REPLACED_PREFIX = f"{TEMPORARY_PREFIX}replaced-"
"""The first characters of the names of old stores, until the new one has their name."""

MAX_NAME_BYTES = 255

MAX_REMOVALS, ABSENCES, SECONDS_BETWEEN_REMOVALS = 150, 5, 0.01


class PartialStore:
    """A store under a temporary name. As a context manager it removes itself unless published.

    Parameters
    ----------
    path : str
        The path or URL that the store gets.
    replace : bool
        Whether a store that has the name is replaced.
    keep_contents : bool
        Whether what a killed run wrote is kept, so that the caller can resume it.
    is_retry : bool
        Whether an earlier attempt at the same work may have published the same store.

    Attributes
    ----------
    path : str
        The final path; the destination if a link was given.
    location : str
        Where the store is written.
    found : bool
        Whether a killed run left something at `location` that was kept.

    Raises
    ------
    OutputError
        If another process is writing this store, or the folder cannot be written to.
    OutputExistsError
        If a store at a URL may not be replaced.
    """

    def __init__(
        self,
        path: str,
        *,
        replace: bool = False,
        keep_contents: bool = False,
        is_retry: bool = False,
    ) -> None:
        self.found = False
        self._is_retry = is_retry
        self._replace = replace
        self._descriptor = -1
        self._is_url = is_url(path)
        if self._is_url:
            self.path = self.location = path.rstrip("/")
            self.found = begin_url(self.path, replace=replace, keep_contents=keep_contents)
            return
        self.path = os.path.realpath(path)
        self.location = _sibling(PARTIAL_PREFIX, self.path)
        with wrap_write_errors(path):
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            self._lock()
            _restore_replaced(self.path)
            self.found = bool(os.listdir(self.location))  # noqa: PTH208
            if self.found and not keep_contents:
                self.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._descriptor >= 0 or (self._is_url and kind is not None):
            self.discard()

    def publish(self) -> None:
        """Give the complete store its name; remove the store that it replaces.

        Raises
        ------
        OutputAppearedError
            If the name exists and may not be replaced.
        OutputError
            If what has the name is no store, or the system reports an error.
        """
        if self._is_url:
            end_url(self.path)
            return
        exists = os.path.lexists(self.path)
        if exists and not self._replace:
            if self._is_retry and _have_same_files(self.location, self.path):
                self.discard()
                return
            raise OutputAppearedError(self.path)
        if exists and not is_zarr_folder(self.path):
            raise OutputError(f"{self.path} is no Zarr store, and is not replaced; move it away")
        replaced = _sibling(REPLACED_PREFIX, self.path)
        with wrap_write_errors(self.path):
            mode = os.stat(self.path).st_mode & 0o777 if exists else 0o777 & ~current_umask()  # noqa: PTH116
            os.chmod(self.location, mode)  # noqa: PTH101
            if exists:
                os.rename(self.path, replaced)  # noqa: PTH104
            try:
                os.rename(self.location, self.path)  # noqa: PTH104
            except OSError as error:
                if exists:
                    os.rename(replaced, self.path)  # noqa: PTH104
                elif os.path.lexists(self.path):
                    raise OutputAppearedError(self.path) from error
                raise
        self._unlock()
        if exists:
            shutil.rmtree(replaced, ignore_errors=True)

    def discard(self) -> None:
        """Remove what was written."""
        if self._is_url:
            remove_url(self.path)
            return
        _remove_tree(self.location)
        self._unlock()

    def remove_moved(self) -> None:
        """Remove what is left after the arrays were moved; nothing writes to it any more."""
        shutil.rmtree(self.location, ignore_errors=True)
        self._unlock()

    def clear(self) -> None:
        """Remove what a killed run left, so that the store begins anew.

        Raises
        ------
        OutputError
            If it cannot be removed.
        """
        self.found = False
        if self._is_url:
            begin_url(self.path, replace=self._replace, keep_contents=False)
            return
        with wrap_write_errors(self.path):
            _remove_members(self.location)

    def keep(self) -> None:
        """Leave what was written at `location`, for a later run to resume."""
        self._unlock()

    def _lock(self) -> None:
        """Create the folder, if it is missing, and lock it."""
        while True:
            with suppress(FileExistsError):
                os.mkdir(self.location, 0o700)  # noqa: PTH102
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                self._descriptor = os.open(self.location, flags)
            except (NotADirectoryError, PermissionError) as error:
                raise OutputError(
                    f"cannot write {self.path}: {self.location} is in the way "
                    f"({error.strerror}); remove it"
                ) from error
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                self._unlock()
                raise OutputError(
                    f"another process is writing {self.path}; wait for it, or stop it"
                ) from error
            except OSError:  # some network file systems have no locks
                return
            with suppress(OSError):
                if os.path.samestat(os.stat(self.location), os.fstat(self._descriptor)):  # noqa: PTH116
                    return
            self._unlock()  # the other process renamed or removed it before the lock

    def _unlock(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def remove_abandoned_store(path: str) -> None:
    """Remove what a dead process wrote of a store, unless another process writes it.

    Parameters
    ----------
    path : str
        The path that the store would have got.
    """
    if not is_url(path) and os.path.isdir(_sibling(PARTIAL_PREFIX, os.path.realpath(path))):  # noqa: PTH112
        with suppress(OutputError):
            PartialStore(path).discard()


def _sibling(prefix: str, path: str) -> str:
    """Return the hidden path that belongs to a store, in the same folder."""
    folder, name = os.path.split(path)
    if len(os.fsencode(prefix + name)) > MAX_NAME_BYTES:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return os.path.join(folder, prefix + name)  # noqa: PTH118


def _restore_replaced(path: str) -> None:
    """Give an old store its name back, or remove it if the new one has the name.

    A process that was killed between the two renamings of `PartialStore.publish`, or before it had
    removed the old store, leaves it.
    """
    replaced = _sibling(REPLACED_PREFIX, path)
    if not os.path.lexists(path):
        with suppress(FileNotFoundError):
            os.rename(replaced, path)  # noqa: PTH104
    shutil.rmtree(replaced, ignore_errors=True)


def _remove_tree(folder: str) -> None:
    """Remove a folder until it stays away: after an interrupt, zarr's threads may write into it."""
    absent = 0
    for _ in range(MAX_REMOVALS):
        absent = 0 if os.path.lexists(folder) else absent + 1
        if absent > ABSENCES:
            return
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(SECONDS_BETWEEN_REMOVALS)


def _have_same_files(folder: str, other: str) -> bool:
    """Return whether two folders contain the same files with the same bytes."""
    names, others = (
        sorted(each.relative_to(root) for each in Path(root).rglob("*") if each.is_file())
        for root in (folder, other)
    )
    return names == others and all(
        filecmp.cmp(Path(folder, name), Path(other, name), shallow=False) for name in names
    )


def _remove_members(folder: str) -> None:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)  # noqa: PTH108
