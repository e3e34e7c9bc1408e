"""Canonical paths: all spellings of one file, links and ignored case included, give one path."""

from __future__ import annotations

import os
import stat
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import suppress

CanonicalPath = tuple[str, str]
"""The folder of a file, with all links resolved, and its name in that folder."""


class CanonicalPaths:
    """The canonical paths of files. Each folder is examined once: it may contain a million files.

    Links are resolved. File systems that ignore case (those of macOS, FAT, network mounts) take
    ``A.png`` and ``a.png`` as one file; those of macOS also take the composed and the decomposed
    form of an accent as one. Such names get one form.

    Examples
    --------
    >>> paths = CanonicalPaths()
    >>> paths.file("", "a.png") == paths.file("./", "a.png")
    True
    """

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        self._spellings: dict[str, str] = {}
        self._ignores_case: dict[str, bool] = {}

    def folder(self, folder: str) -> str:
        """Return the canonical path of a folder: links resolved, spelled as it was asked for first.

        Parameters
        ----------
        folder : str
            The folder as it was named; empty for the current folder. It need not exist.
        """
        real = self._folders.get(folder)
        if real is None:
            path = os.path.realpath(folder)
            ignores = ignores_case(path)
            real = self._spellings.setdefault(canonical_name(path, ignoring_case=ignores), path)
            self._folders[folder], self._ignores_case[real] = real, ignores
        return real

    def file(self, folder: str, name: str) -> CanonicalPath:
        """Return the canonical path of a file, which need not exist.

        Parameters
        ----------
        folder : str
            The folder as it was named; empty for the current folder.
        name : str
            The name in that folder.
        """
        real = self.folder(folder)
        path = os.path.join(real, name)  # noqa: PTH118 - pathlib is slow for a million names
        if os.path.islink(path):  # noqa: PTH114
            folder, name = os.path.split(os.path.realpath(path))
            real = self.folder(folder)
        return real, canonical_name(name, ignoring_case=self._ignores_case[real])

    def ignores_case(self, real: str) -> bool:
        """Return whether names that differ in case are equal in a folder that `folder` returned."""
        return self._ignores_case[real]


def canonical_name(name: str, *, ignoring_case: bool) -> str:
    """Return the one form of all spellings of a name or path that a file system takes as equal.

    The string itself is returned if it has that form, so that a million names are not copied.

    Examples
    --------
    >>> canonical_name("A.png", ignoring_case=True), canonical_name("A.png", ignoring_case=False)
    ('a.png', 'A.png')
    >>> canonical_name("e\\u0301.png", ignoring_case=True) == "\\u00e9.png"
    True
    """
    form = name
    if not name.isascii() and (ignoring_case or sys.platform == "darwin"):
        form = unicodedata.normalize("NFC", name)
    if ignoring_case:
        form = form.lower()
    return name if form == name else form


def ignores_case(folder: str) -> bool:
    """Return whether the file system of a folder takes names as equal that differ in case.

    Nothing is written: a name in the folder, or that of the folder itself, is looked up in the
    other case. Names with hard links are not: both spellings may exist.

    Parameters
    ----------
    folder : str
        A real path. If the folder does not exist, the nearest one above it is examined.
    """
    with suppress(OSError):  # a folder that may not be examined, or a file that was removed
        while not os.path.isdir(folder):  # noqa: PTH112
            folder = os.path.dirname(folder)  # noqa: PTH120
        for path in _names_to_look_up(folder):
            status = os.lstat(path)
            if stat.S_ISDIR(status.st_mode) or status.st_nlink == 1:
                other = os.path.join(os.path.dirname(path), os.path.basename(path).swapcase())  # noqa: PTH118, PTH119, PTH120
                return os.path.lexists(other) and os.path.samestat(status, os.lstat(other))
    return False


def _names_to_look_up(folder: str) -> Iterator[str]:
    """Yield paths whose last name has letters: in a folder, the folder itself, and those above it.

    A folder on another file system than the one above it, which has its name, is left out.
    """
    with os.scandir(folder) as entries:
        yield from (entry.path for entry in entries if entry.name.swapcase() != entry.name)
    while os.stat(above := os.path.dirname(folder)).st_dev == os.stat(folder).st_dev:  # noqa: PTH116, PTH120
        if above == folder:
            return
        if os.path.basename(folder).swapcase() != os.path.basename(folder):  # noqa: PTH119
            yield folder
        folder = above
