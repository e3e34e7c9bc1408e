"""The output registry: which task of a run may write which file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial

from poolcli.batch.canonical_paths import CanonicalPath, CanonicalPaths
from poolcli.batch.output_targets import file_levels
from poolcli.batch.tasks import Task
from poolcli.batch.write_permit import PathStatus, WritePermit
from poolcli.io.formats import WRITTEN_EXTENSIONS
from poolcli.io.output_paths import STDIN_OR_STDOUT, is_file_or_folder, level_paths, split_extension
from poolcli.request import Request

PAGE_OWNER = -1
"""The owner of the file that `--html` names; other owners are task numbers, or `indices_owner`."""


def indices_owner(number: int) -> int:
    """Return the owner of the indices that a task writes.

    Parameters
    ----------
    number : int
        The number of the task.

    Examples
    --------
    >>> indices_owner(0), indices_owner(1)
    (-2, -3)
    """
    return -2 - number


class OutputRegistry:
    """The owner of each output of a run, and the inputs that no output may replace.

    Files are identified by their canonical paths (`CanonicalPaths`): two links to one folder are
    the same folder. Owners are task numbers: a run may have a million tasks.

    Parameters
    ----------
    input_of : callable
        Returns the path of the input of a task, given its number.
    name_of : callable, optional
        Returns the name of the input in messages; by default its path.

    Examples
    --------
    >>> registry = OutputRegistry(["a.png", "b.png"].__getitem__)
    >>> registry.claim("out.png", 0)
    >>> registry.claim("./out.png", 1)
    'a.png is written to ./out.png too; give them different outputs'
    >>> registry.protect_input("", "out.png", 1)
    'a.png would be written to out.png, which is an input too; write elsewhere, with -o'
    """

    def __init__(
        self, input_of: Callable[[int], str], name_of: Callable[[int], str] | None = None
    ) -> None:
        self._input_of = input_of
        self._name_of = name_of or input_of
        self._paths = CanonicalPaths()
        self._owners: dict[str, dict[str, int]] = {}
        self._inputs: dict[str, set[str]] = {}
        self._extensions = set(WRITTEN_EXTENSIONS)

    def claim(self, path: str, owner: int) -> str | None:
        """Register an owner of a file; return the reason if the file is refused.

        A file that the owner has already is not refused.

        Parameters
        ----------
        path : str
            The path of an output.
        owner : int
            The number of the task, `PAGE_OWNER`, or an `indices_owner`.

        Returns
        -------
        str or None
            The reason as a message for the user; None if the owner has the file now.

        Examples
        --------
        >>> registry = OutputRegistry(["a.png", "b.png"].__getitem__)
        >>> registry.claim("out.png", 0)
        >>> registry.claim("out.png", 0)
        >>> registry.claim("out.png", indices_owner(1))
        'a.png is written to out.png too; give them different outputs'
        """
        folder, name = os.path.split(path)
        if self._owner(self._paths.file(folder, name)) == owner:
            return None
        return self.claim_new(folder, name, owner)

    def claim_new(self, folder: str, name: str, owner: int) -> str | None:
        """Register an owner of a file that nobody may own yet; return the reason if refused.

        The registry keeps the string of the name, so that a million names are not copied.

        Parameters
        ----------
        folder : str
            The folder of the output as it was named; empty for the current folder.
        name : str
            The name in that folder.
        owner : int
            The number of the task, `PAGE_OWNER`, or an `indices_owner`.

        Returns
        -------
        str or None
            The reason as a message for the user; None if the owner has the file now.

        Examples
        --------
        >>> registry = OutputRegistry(["a.png", "a.png"].__getitem__)
        >>> registry.claim_new("out", "a.png", 0)
        >>> registry.claim_new("out", "a.png", 1)
        'it is named twice; leave one out'
        """
        place = self._paths.file(folder, name)
        refusal = self._refusal(place, os.path.join(folder, name), owner)  # noqa: PTH118
        if refusal is None:
            # A corrected name stays in the folder that was named, even if the file is a link.
            self._owners.setdefault(self._paths.folder(folder), {})
            self._owners.setdefault(place[0], {})[place[1]] = owner
            self._add_extension(name)
        return refusal

    def protect_input(self, folder: str, name: str, number: int) -> str | None:
        """Register an input that outputs may not replace; return the conflict if there is one.

        Parameters
        ----------
        folder : str
            The folder of the input as it was named; empty for the current folder.
        name : str
            The name in that folder.
        number : int
            The number of the task that reads it.

        Returns
        -------
        str or None
            The conflict as a message for the user; None if no other task writes the file.
        """
        place = self._paths.file(folder, name)
        self._inputs.setdefault(place[0], set()).add(place[1])
        self._add_extension(name)
        owner = self._owner(place)
        if owner in (None, number):  # a task that replaces its own input fails by itself
            return None
        path = os.path.join(folder, name)  # noqa: PTH118
        advice = "write elsewhere, with -o"
        if owner < 0:
            advice = f"name another {'page' if owner == PAGE_OWNER else 'file or folder'}"
        writer = self._owner_name(owner)
        return f"{writer} would be written to {path}, which is an input too; {advice}"

    def permit(self, task: Task, request: Request) -> WritePermit:
        """Return the permit of a task that runs in this process.

        Parameters
        ----------
        task : Task
            The task.
        request : Request
            The request, for its levels and its indices.

        Returns
        -------
        WritePermit
            It can ask this registry for further files, and thus cannot be pickled.
        """
        if task.target is None:
            return WritePermit()
        ask = partial(self._status, owner=task.number)
        paths = level_paths(task.target.path, file_levels(request, task.target.format))
        statuses = {path: ask(path) for path in paths if path != STDIN_OR_STDOUT}
        if request.writes_indices and task.target.indices is not None:
            indices = task.target.indices
            statuses[indices] = self._status(indices, indices_owner(task.number))
        return WritePermit(statuses, ask=ask)

    def worker_permit(self, task: Task, request: Request) -> WritePermit:
        """Return the permit of a task that runs in a worker process.

        Parameters
        ----------
        task : Task
            The task.
        request : Request
            The request, for its levels and its indices.

        Returns
        -------
        WritePermit
            It can be pickled.
        """
        statuses = self.permit(task, request).statuses
        return WritePermit(statuses, may_rename=all(map(self._can_be_renamed, statuses)))

    def extended_permit(self, permit: WritePermit, task: Task, path: str) -> WritePermit:
        """Return a worker's permit with the status of one more file.

        Parameters
        ----------
        permit : WritePermit
            The permit that the worker has.
        task : Task
            The task, which becomes the owner of the file if nobody owns it.
        path : str
            The path of the file that the worker asks for.

        Examples
        --------
        >>> registry = OutputRegistry(["a.png", "b.png"].__getitem__)
        >>> registry.claim("out/a.tif", 0)
        >>> task = Task("b.png", None, number=1)
        >>> permit = registry.extended_permit(WritePermit(), task, "out/a.tif")
        >>> permit.status("out/a.tif").refusal
        'a.png is written to out/a.tif too; give them different outputs'
        """
        return permit.extended(path, self._status(path, task.number))

    def output_folders(self) -> Iterable[str]:
        """Return the real folders that outputs go into."""
        return self._owners

    def is_output(self, path: str) -> bool:
        """Return whether a real path is that of an output."""
        return self._owner(self._paths.file(*os.path.split(path))) is not None

    def has_outputs_below(self, folder: str) -> bool:
        """Return whether outputs go into a folder or below it."""
        folder = self._paths.folder(folder)
        return any(f"{real}/".startswith(f"{folder}/") for real in self._owners)

    def _status(self, path: str, owner: int) -> PathStatus:
        return PathStatus(self.claim(path, owner), is_file_or_folder(path))

    def _can_be_renamed(self, path: str) -> bool:
        """Return whether the name with another, or one more, extension is nobody else's."""
        folder, name = self._paths.file(*os.path.split(path))
        root = split_extension(name)[0]
        owned, read = self._owners.get(folder, {}), self._inputs.get(folder, set())
        others = (f"{stem}{extension}" for stem in (root, name) for extension in self._extensions)
        return not any(other != name and (other in owned or other in read) for other in others)

    def _owner_name(self, owner: int) -> str:
        if owner >= 0:
            return self._name_of(owner)
        is_page = owner == PAGE_OWNER
        return "--html" if is_page else f"--indices of {self._name_of(indices_owner(owner))}"

    def _owner(self, place: CanonicalPath) -> int | None:
        return self._owners.get(place[0], {}).get(place[1])

    def _refusal(self, place: CanonicalPath, path: str, owner: int) -> str | None:
        other = self._owner(place)
        if other is not None:
            writer = self._owner_name(other)
            if writer == self._owner_name(owner):
                return "it is named twice; leave one out"
            case = " (its file system ignores case)" if self._paths.ignores_case(place[0]) else ""
            return f"{writer} is written to {path} too{case}; give them different outputs"
        if place[1] in self._inputs.get(place[0], ()):
            if owner >= 0 and place == self._paths.file(*os.path.split(self._input_of(owner))):
                return None
            return f"{path} is an input of this run too; write elsewhere, with -o"
        return None

    def _add_extension(self, name: str) -> None:
        extension = split_extension(name)[1]
        if extension not in self._extensions:
            self._extensions |= {extension, extension.lower()}
