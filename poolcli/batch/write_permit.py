"""The permit of a task: which files it may write, as a worker takes it along."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from poolcli.io.output_paths import is_file_or_folder


class PathStatus(NamedTuple):
    """Whether a task may write a file, and whether the file exists.

    Attributes
    ----------
    refusal : str, optional
        The reason why the task may not write the file; None if it may.
    exists : bool
        Whether the file existed before the task was first handed out.
    """

    refusal: str | None
    exists: bool


class UnregisteredPathError(Exception):
    """A worker wants to write a file that its permit does not mention."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class WritePermit:
    """The files that one task may write, as the registry answered before the task was handed out.

    A permit can be pickled if it has neither `ask` nor `report`.

    Attributes
    ----------
    statuses : mapping of str to PathStatus
        The status of each planned output.
    may_rename : bool
        Whether the task may correct or add the extension of its output without asking: no input
        or other output of the run could have the new name.
    may_have_written : bool
        Whether an earlier attempt at the task may have written its files.
    ask : callable, optional
        Returns the status of a file that was not planned; used in the process that made the plan.
    report : callable, optional
        Takes the name of a renamed output and its status, before it is written. A worker uses it
        to inform the process that made the plan, which needs the status if the worker dies.
    """

    statuses: Mapping[str, PathStatus] = field(default_factory=dict)
    may_rename: bool = False
    may_have_written: bool = False
    ask: Callable[[str], PathStatus] | None = None
    report: Callable[[str, PathStatus], None] | None = None

    def status(self, path: str) -> PathStatus:
        """Return the status of a file.

        Raises
        ------
        UnregisteredPathError
            If only the process that made the plan can answer.
        """
        if path in self.statuses:
            return self.statuses[path]
        if self.ask is not None:
            return self.ask(path)
        if not self.may_rename or os.path.islink(path):  # noqa: PTH114
            raise UnregisteredPathError(path)
        status = PathStatus(None, is_file_or_folder(path))
        if self.report is not None:
            self.report(path, status)
        elif status.exists and self.may_have_written:
            raise UnregisteredPathError(path)  # the file may be the output of another attempt
        return status

    def extended(self, path: str, status: PathStatus) -> WritePermit:
        """Return the permit with the status of one more file.

        Parameters
        ----------
        path : str
            The path of the file.
        status : PathStatus
            Its status.

        Examples
        --------
        >>> permit = WritePermit().extended("a.png", PathStatus(refusal=None, exists=True))
        >>> permit.status("a.png")
        PathStatus(refusal=None, exists=True)
        """
        return replace(self, statuses={**self.statuses, path: status})
