"""Tasks: inputs and where their results go. A plan may have a million of them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from glob import escape
from itertools import repeat
from typing import NamedTuple

from poolcli.batch.output_targets import OutputRule, Target
from poolcli.errors import PoolcliError
from poolcli.report.left_out_files import LeftOutCounts
from poolcli.request import Request


class Task(NamedTuple):
    """One input and its target, or the reason why there is nothing to do.

    Attributes
    ----------
    number : int
        The position of the task in the plan.
    member : str, optional
        The only array of the input that is pooled, if the user named it with the input.
    """

    input: str
    target: Target | None
    failure: PoolcliError | None = None
    number: int = 0
    member: str | None = None


class TaskFolder(NamedTuple):
    """An input folder, the output rule for its inputs, or their common failure.

    Attributes
    ----------
    prefix : str
        The folder with its slash, which is put before each name.
    rule : OutputRule, optional
        Where the results go.
    failure : PoolcliError, optional
        The reason why there is nothing to do.
    is_store : bool
        Whether the inputs are Zarr stores.
    member : str, optional
        The only array of each input that is pooled.
    """

    prefix: str
    rule: OutputRule | None
    failure: PoolcliError | None = None
    is_store: bool = False
    member: str | None = None


class Tasks:
    """All tasks of a plan, in order.

    Only a name and the number of a folder are stored for each task; tasks are made on demand.

    Attributes
    ----------
    folders : list of TaskFolder
        The folders of the tasks.
    left_out : Counter
        The files that were found in folders and are no inputs, counted by reason.

    Examples
    --------
    >>> tasks = Tasks()
    >>> tasks.add(TaskFolder("in/", OutputRule("out")), ["a.png", "b.png"])
    >>> [(task.input, task.target.path) for task in tasks], tasks.input(1), len(tasks)
    ([('in/a.png', 'out/a.png'), ('in/b.png', 'out/b.png')], 'in/b.png', 2)
    """

    def __init__(self) -> None:
        self.folders: list[TaskFolder] = []
        self.left_out: LeftOutCounts = Counter()
        self._folder_numbers: dict[TaskFolder, int] = {}
        self._names: list[str] = []
        self._numbers = array("I")

    def add(self, folder: TaskFolder, names: list[str]) -> None:
        """Add inputs of a folder, in order.

        Parameters
        ----------
        folder : TaskFolder
            What the tasks of the folder have in common. It may have been added before.
        names : list of str
            The names of the inputs, without the prefix of the folder.
        """
        if folder not in self._folder_numbers:
            self._folder_numbers[folder] = len(self.folders)
            self.folders.append(folder)
        self._names.extend(names)
        self._numbers.extend(repeat(self._folder_numbers[folder], len(names)))

    def named(self) -> Iterator[tuple[TaskFolder, str]]:
        """Yield the folder and the name of each task.

        Examples
        --------
        >>> tasks = Tasks()
        >>> tasks.add(TaskFolder("in/", None), ["a.png", "b.png"])
        >>> [(folder.prefix, name) for folder, name in tasks.named()]
        [('in/', 'a.png'), ('in/', 'b.png')]
        """
        for number, name in zip(self._numbers, self._names, strict=True):
            yield self.folders[number], name

    def input(self, number: int) -> str:
        """Return the path of one task's input."""
        return f"{self.folders[self._numbers[number]].prefix}{self._names[number]}"

    def name(self, number: int) -> str:
        """Return the path of one task's input, with the member that was named with it."""
        member = self.folders[self._numbers[number]].member
        return self.input(number) + ("" if member is None else f":{member}")

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Task]:
        for number, (folder, name) in enumerate(self.named()):
            target = None if folder.rule is None else folder.rule.target(name)
            yield Task(f"{folder.prefix}{name}", target, folder.failure, number, folder.member)


def request_of_task(task: Task, request: Request) -> Request:
    """Return the request for a task: for one member if the user named it with the input.

    Parameters
    ----------
    task : Task
        The task.
    request : Request
        The request of the run.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> request = Request((), "max", Window.fixed(2), member=("conv*",))
    >>> request_of_task(Task("a.npz", None, member="fc"), request).member
    ('fc',)
    """
    return request if task.member is None else request._replace(member=(escape(task.member),))
