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
        self._owners: dict[str, dict[str, str]] = {}
        self._inputs: dict[str, set[str]] = {}

    def take(self, path: str, owner: str) -> str | None:
        """Claim a file for an input; say why where it may not have it."""
        folder, name = self._place(path)
        owners = self._owners.setdefault(folder, {})
        words = self._refusal(folder, name, path, owner)
        if words is None:
            owners[name] = owner
        return words

    def refusal(self, path: str, owner: str) -> str | None:
        """Why an input may not have a file; None if it may."""
        return self._refusal(*self._place(path), path, owner)

    def has(self, path: str, owner: str) -> bool:
        """Whether a file is claimed for this very input."""
        folder, name = self._place(path)
        return self._owners.get(folder, {}).get(name) == owner

    def is_alone(self, path: str, extensions: Iterable[str]) -> bool:
        """Whether no other output or input differs from a file by its extension alone."""
        folder, name = self._place(path)
        owners, inputs = self._owners.get(folder, {}), self._inputs.get(folder, ())
        root = split(name)[0]
        others = (f"{root}{extension}" for extension in extensions)
        return not any(other != name and (other in owners or other in inputs) for other in others)

    def protect(self, path: str) -> str | None:
        """Keep outputs from replacing an input; say which one is claimed to."""
        folder, name = self._place(path)
        if folder not in self._owners:  # nothing is written there
            return None
        self._inputs.setdefault(folder, set()).add(name)
        owner = self._owners[folder].get(name, path)
        if owner == path:  # that it replaces itself is told when it is its turn
            return None
        return (
            f"{owner} would be written to {path}, which is an input too; write elsewhere, with -o"
        )

    def _refusal(self, folder: str, name: str, path: str, owner: str) -> str | None:
        other = self._owners.get(folder, {}).get(name)
        if other is not None:
            return f"{other} is written to {path} too; give them different outputs"
        if name in self._inputs.get(folder, ()) and (folder, name) != self._place(owner):
            return f"{path} is an input of this run too; write elsewhere, with -o"
        return None

    def _place(self, path: str) -> tuple[str, str]:
        """The real folder and the name; for a folder it is asked once, there may be a million."""
        folder, name = os.path.split(path)
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        real = self._real[folder]
        if os.path.islink(os.path.join(real, name)):  # noqa: PTH114, PTH118 - a hot loop of strings
            real, name = os.path.split(os.path.realpath(path))
        return real, name
