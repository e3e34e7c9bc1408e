"""Who writes which file: no output of a run is another's, nor another's input."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from poolcli.io.formats import written_extensions
from poolcli.io.paths import split_extension

INDICES, PAGE = -1, -2
"""The owners of what `--indices` and `--html` name."""

FLAGS = {INDICES: "--indices", PAGE: "--html"}

Place = tuple[str, str]
"""A file's real folder, and its name there."""


class Claims:
    """The files of a run by their real folders and names, so that links are seen through.

    The plan claims what it foresees. A name whose extension turns out to be wrong is claimed once
    the input is open, so a run keeps one registry for all of its work. Owners are the numbers of
    tasks: there may be a million.

    Parameters
    ----------
    input_of : callable
        Gives the input of a task.

    Examples
    --------
    >>> claims = Claims(["a.png", "b.png"].__getitem__)
    >>> claims.take("out.png", 0)
    >>> claims.take("./out.png", 1)
    'a.png is written to ./out.png too; give them different outputs'
    >>> claims.protect("", "out.png", 1)
    'a.png would be written to out.png, which is an input too; write elsewhere, with -o'
    """

    def __init__(self, input_of: Callable[[int], str]) -> None:
        self._input_of = input_of
        self._real: dict[str, str] = {}
        self._owners: dict[str, dict[str, int]] = {}
        self._inputs: dict[str, set[str]] = {}
        self._extensions = set(written_extensions())

    def take(self, path: str, owner: int) -> str | None:
        """Claim a file for a task; say why where it may not have it."""
        return self.take_in(*os.path.split(path), owner)

    def take_in(self, folder: str, name: str, owner: int) -> str | None:
        """Claim a file by its folder and name; the string of the name is kept."""
        place = self._place(folder, name)
        words = self._refusal(place, os.path.join(folder, name), owner)  # noqa: PTH118
        if words is None:
            # What it is renamed to stays in the folder, wherever a link leads.
            self._owners.setdefault(self._real[folder], {})
            self._owners.setdefault(place[0], {})[place[1]] = owner
            self._extensions.add(split_extension(name)[1])
        return words

    def refusal(self, path: str, owner: int) -> str | None:
        """Why a task may not have a file; None if it may."""
        return self._refusal(self._place(*os.path.split(path)), path, owner)

    def has(self, path: str, owner: int) -> bool:
        """Whether a file is claimed for this very task."""
        return self._owner(self._place(*os.path.split(path))) == owner

    def is_alone(self, path: str) -> bool:
        """Whether no other output or input differs from a file by its extension alone."""
        folder, name = self._place(*os.path.split(path))
        root = split_extension(name)[0]
        taken, read = self._owners.get(folder, {}), self._inputs.get(folder, set())
        others = (f"{root}{extension}" for extension in self._extensions)
        return not any(other != name and (other in taken or other in read) for other in others)

    def folders(self) -> Iterable[str]:
        """The real folders that files of the run go into."""
        return self._owners

    def fills(self, folder: str) -> bool:
        """Whether files of the run go into a folder, given by its real name, or below it."""
        return any(f"{real}/".startswith(f"{folder}/") for real in self._owners)

    def protect(self, folder: str, name: str, number: int) -> str | None:
        """Keep outputs from replacing an input; say which one is claimed to."""
        place = self._place(folder, name)
        self._inputs.setdefault(place[0], set()).add(place[1])
        self._extensions.add(split_extension(name)[1])
        owner = self._owner(place)
        if owner in (None, number):  # that it replaces itself is told when it is its turn
            return None
        path = os.path.join(folder, name)  # noqa: PTH118
        way = "name another page" if owner == PAGE else "write elsewhere, with -o"
        return f"{self._named(owner)} would be written to {path}, which is an input too; {way}"

    def _named(self, owner: int) -> str:
        return FLAGS.get(owner) or self._input_of(owner)

    def _owner(self, place: Place) -> int | None:
        return self._owners.get(place[0], {}).get(place[1])

    def _refusal(self, place: Place, path: str, owner: int) -> str | None:
        other = self._owner(place)
        if other is not None:
            if self._named(other) == self._named(owner):
                return "it is named twice; leave one out"
            return f"{self._named(other)} is written to {path} too; give them different outputs"
        if place[1] in self._inputs.get(place[0], ()):
            if owner >= 0 and place == self._place(*os.path.split(self._input_of(owner))):
                return None
            return f"{path} is an input of this run too; write elsewhere, with -o"
        return None

    def _place(self, folder: str, name: str) -> Place:
        """The real place; of a folder it is asked once, there may be a million files in it."""
        real = self._real.get(folder)
        if real is None:
            real = self._real[folder] = os.path.realpath(folder)
        path = os.path.join(real, name)  # noqa: PTH118 - a hot loop of strings
        if os.path.islink(path):  # noqa: PTH114
            real, name = os.path.split(os.path.realpath(path))
        return real, name
