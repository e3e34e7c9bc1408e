"""Who writes which file: no output of a run is another's, nor another's input."""

from __future__ import annotations

import os
from collections.abc import Iterable

from poolcli.media.paths import split


class Claims:
    """The files of a run by their real folders and names, so that links are seen through.

    The plan claims what it foresees. A name whose extension turns out to be wrong is claimed once
    the input is open, so a run keeps one registry for all of its work.

    Examples
    --------
    >>> claims = Claims()
    >>> claims.take("out.png", "a.png")
    >>> claims.take("./out.png", "b.png")
    'a.png is written to ./out.png too; give them different outputs'
    >>> claims.protect("./out.png")
    'a.png would be written to ./out.png, which is an input too; write elsewhere, with -o'
    """

    def __init__(self) -> None:
        self._real: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._folders: set[str] = set()
        self._inputs: set[str] = set()

    def take(self, path: str, owner: str) -> str | None:
        """Claim a file for an input; say why where it may not have it."""
        place = self._place(path)
        words = self._refusal(place, path, owner)
        if words is None:
            self._owners[place] = owner
            self._folders.add(self._real[os.path.dirname(path)])  # noqa: PTH120
        return words

    def refusal(self, path: str, owner: str) -> str | None:
        """Why an input may not have a file; None if it may."""
        return self._refusal(self._place(path), path, owner)

    def has(self, path: str, owner: str) -> bool:
        """Whether a file is claimed for this very input."""
        return self._owners.get(self._place(path)) == owner

    def is_alone(self, path: str, extensions: Iterable[str]) -> bool:
        """Whether no other output or input differs from a file by its extension alone."""
        place = self._place(path)
        root = split(place)[0]
        others = (f"{root}{extension}" for extension in extensions)
        return not any(
            other != place and (other in self._owners or other in self._inputs) for other in others
        )

    def protect(self, path: str) -> str | None:
        """Keep outputs from replacing an input; say which one is claimed to."""
        place = self._place(path)
        if os.path.dirname(place) not in self._folders:  # noqa: PTH120 - nothing is written there
            return None
        self._inputs.add(place)
        owner = self._owners.get(place, path)
        if owner == path:  # that it replaces itself is told when it is its turn
            return None
        return (
            f"{owner} would be written to {path}, which is an input too; write elsewhere, with -o"
        )

    def _refusal(self, place: str, path: str, owner: str) -> str | None:
        other = self._owners.get(place)
        if other is not None:
            return f"{other} is written to {path} too; give them different outputs"
        if place in self._inputs and place != self._place(owner):
            return f"{path} is an input of this run too; write elsewhere, with -o"
        return None

    def _place(self, path: str) -> str:
        """The real path; for a folder it is asked once, there may be a million files in it."""
        folder, name = os.path.split(path)
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        place = os.path.join(self._real[folder], name)  # noqa: PTH118 - a hot loop of strings
        if os.path.islink(place):  # noqa: PTH114
            place = os.path.realpath(place)
            self._folders.add(os.path.dirname(place))  # noqa: PTH120
        return path if place == path else place  # one string, where they are equal
