"""Which outputs are to be written, and which are there already and stay."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import BinaryIO

from poolcli.batch.claims import INDICES
from poolcli.batch.desk import Desk
from poolcli.batch.tasks import Task
from poolcli.errors import OutputError, OutputExistsError
from poolcli.io.atomic_write import atomic_write
from poolcli.io.paths import level_paths
from poolcli.io.publish_file import check_output_path
from poolcli.io.standard_output import open_stdout
from poolcli.request import STDIN_OR_STDOUT, Request


class Due:
    """What of one input is to be written; whether a file exists is asked once."""

    def __init__(self, task: Task, request: Request, desk: Desk) -> None:
        self.task = task
        self.request = request
        self.desk = desk
        self._known: dict[str, bool] = {}

    def anything(self, path: str) -> bool:
        """Whether any level of an output is to be written, or the indices.

        Raises
        ------
        OutputError
            As `wants` does.
        """
        indices = self.request.indices
        paths = [*level_paths(path, self.request.levels), *([] if indices is None else [indices])]
        wanted = [self.wants(each) for each in paths]  # all are asked, not only as far as the first
        return any(wanted)

    def wants(self, path: str) -> bool:
        """Whether a file is to be written; False where it is there already and may stay.

        Raises
        ------
        OutputExistsError
            If it is there and may not be replaced.
        OutputError
            If it is the input itself, or nothing can be written there.
        """
        if path not in self._known:
            self._known[path] = path == STDIN_OR_STDOUT or self._check(path)
        return self._known[path]

    def claim(self, paths: list[str]) -> None:
        """Take the files that the plan did not.

        Raises
        ------
        OutputExistsError
            If one is another's.
        """
        for path in paths:
            if path != STDIN_OR_STDOUT:
                words = self.desk.about(path, self.task.number, take=True).refusal
                if words is not None:
                    raise OutputExistsError(words)

    def keep(self, path: str) -> None:
        """Let a file stay that has appeared meanwhile, as `--skip-existing` asks for."""
        self._known[path] = False

    def opened(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open an output for writing; it appears under its name when the block ends well."""
        if path == STDIN_OR_STDOUT:
            return open_stdout()
        return atomic_write(
            path,
            replace=self.request.overwrite,
            allow_special=self._is_named(path),
            is_retry=self.desk.is_retried,
        )

    def _is_named(self, path: str) -> bool:
        """True if the person named this very file, not a folder that contains it."""
        target = self.task.target
        named = target is not None and target.named and path == target.path
        return named or path == self.request.indices

    def _check(self, path: str) -> bool:
        owner = INDICES if path == self.request.indices else self.task.number
        answer = self.desk.about(path, owner, take=False)
        if answer.refusal is not None:
            raise OutputExistsError(answer.refusal)
        check_output_path(path, allow_special=self._is_named(path))
        if not answer.there:
            return True
        if _is_same(path, self.task.input):
            raise OutputError(
                f"{path} is the input itself, which is never replaced; name another -o"
            )
        if self.request.skip_existing:
            return False
        if not self.request.overwrite:
            raise OutputExistsError(
                f"{path} exists; --overwrite replaces it, --skip-existing passes over it"
            )
        return True


def _is_same(path: str, source: str) -> bool:
    if source == STDIN_OR_STDOUT or not os.path.exists(source):  # noqa: PTH110
        return False
    return os.path.exists(path) and os.path.samefile(path, source)  # noqa: PTH110, PTH121
