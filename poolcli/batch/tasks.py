"""Tasks: which input goes where. They are kept by folders, for there may be a million of them."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

from poolcli.errors import PoolcliError
from poolcli.io.paths import insert_tag, split_extension
from poolcli.report.left_out_files import LeftOutCounts


class Target(NamedTuple):
    """Where a result goes.

    Attributes
    ----------
    path : str
        A file's, or `STDIN_OR_STDOUT`.
    format : str, optional
        The format that was asked for; without one the input's real format stays.
    named : bool
        Whether the person named this very file, so that its extension is not corrected.
    extension : str, optional
        The extension that was asked for, which says more than the format: a .pgm is grey.
    """

    path: str
    format: str | None = None
    named: bool = False
    extension: str | None = None


class Task(NamedTuple):
    """One input and its target; or why there is no work to do.

    Attributes
    ----------
    number : int
        Which of the plan's tasks it is.
    """

    input: str
    target: Target | None
    failure: PoolcliError | None = None
    number: int = 0


class Goal(NamedTuple):
    """Where the results of a folder's inputs go.

    Attributes
    ----------
    folder : str
        The output folder; None for the file that `path` is.
    tag : str, optional
        What their names get before the extension.
    path : str
        The file that was named, or `STDIN_OR_STDOUT`.
    format, named, extension
        As `Target` has them.

    Examples
    --------
    >>> Goal("small/deep").target("a.png").path, Goal("", tag="max-k2-s2").target("a.png").path
    ('small/deep/a.png', 'a.max-k2-s2.png')
    >>> Goal("small", format="TIFF", extension=".tif").target("a.png").path
    'small/a.tif'
    """

    folder: str = ""
    tag: str | None = None
    path: str | None = None
    format: str | None = None
    named: bool = False
    extension: str | None = None

    def name(self, name: str) -> str:
        """The name of an input's result in the output folder: the same string where it stays."""
        if self.tag is not None:
            name = insert_tag(name, self.tag)
        return name if self.format is None else f"{split_extension(name)[0]}{self.extension}"

    def target(self, name: str) -> Target:
        """The target of an input."""
        path = self.path
        if path is None:
            path = os.path.join(self.folder, self.name(name))  # noqa: PTH118 - a hot loop of strings
        return Target(path, self.format, self.named, self.extension)


class Folder(NamedTuple):
    """What inputs of one folder share.

    Attributes
    ----------
    prefix : str
        What stands before each of their names: the folder, with its slash.
    goal : Goal, optional
        Where their results go.
    failure : PoolcliError, optional
        Why there is nothing to do.
    """

    prefix: str
    goal: Goal | None
    failure: PoolcliError | None = None


class Tasks:
    """All tasks of a plan, in order.

    Of each, its name and the number of its folder are held; the rest is made when asked for.

    Attributes
    ----------
    folders : list of Folder
        What tasks share.
    left_out : Counter
        What was found in folders beside the inputs.

    Examples
    --------
    >>> tasks = Tasks()
    >>> tasks.add(Folder("in/", Goal("out")), ["a.png", "b.png"])
    >>> [(task.input, task.target.path) for task in tasks], tasks.input(1), len(tasks)
    ([('in/a.png', 'out/a.png'), ('in/b.png', 'out/b.png')], 'in/b.png', 2)
    """

    def __init__(self) -> None:
        self.folders: list[Folder] = []
        self.left_out: LeftOutCounts = Counter()
        self._known: dict[Folder, int] = {}
        self._names: list[str] = []
        self._places = array("I")

    def add(self, folder: Folder, names: list[str]) -> None:
        """Add inputs of a folder."""
        if folder not in self._known:
            self._known[folder] = len(self.folders)
            self.folders.append(folder)
        self._names.extend(names)
        self._places.extend(repeat(self._known[folder], len(names)))

    def named(self) -> Iterator[tuple[Folder, str]]:
        """The folder and the name of each."""
        for place, name in zip(self._places, self._names, strict=True):
            yield self.folders[place], name

    def input(self, number: int) -> str:
        """The path of one task's input."""
        return f"{self.folders[self._places[number]].prefix}{self._names[number]}"

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Task]:
        for number, (folder, name) in enumerate(self.named()):
            target = None if folder.goal is None else folder.goal.target(name)
            yield Task(f"{folder.prefix}{name}", target, folder.failure, number)
