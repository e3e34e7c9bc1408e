"""The outputs of one task: which are to be written, and which exist already and stay."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import BinaryIO

from poolcli.batch.output_targets import STORE, file_levels
from poolcli.batch.tasks import Task
from poolcli.batch.write_permit import WritePermit
from poolcli.errors import OutputError, OutputExistsError
from poolcli.io.atomic_write import atomic_write
from poolcli.io.output_paths import STDIN_OR_STDOUT, is_same_file, level_paths
from poolcli.io.publish_file import check_output_path
from poolcli.io.stdout_and_stderr import open_stdout
from poolcli.io.zarr.location import is_url
from poolcli.io.zarr.store_path import store_exists
from poolcli.request import Request


class TaskOutputs:
    """The outputs of one task. Whether a file is to be written is decided once per file."""

    def __init__(self, task: Task, request: Request, permit: WritePermit) -> None:
        self.task = task
        self.request = request
        self.permit = permit
        self._needed: dict[str, bool] = {}

    @property
    def indices(self) -> str | None:
        """The file that the indices are written to; None if none are."""
        target = self.task.target
        return None if target is None or not self.request.writes_indices else target.indices

    def any_needed(self, path: str) -> bool:
        """Return whether any level of an output, or the file of indices, is to be written.

        Raises
        ------
        OutputError
            As `is_needed` does.
        """
        indices = self.indices
        paths = [
            *level_paths(path, file_levels(self.request, self._format)),
            *([] if indices is None else [indices]),
        ]
        needed = [self.is_needed(each) for each in paths]  # every path is checked, for its errors
        return any(needed)

    def is_needed(self, path: str) -> bool:
        """Return whether a file is to be written; False if `--skip-existing` lets it stay.

        Raises
        ------
        OutputExistsError
            If the file exists and may not be replaced, or another task owns it.
        OutputError
            If the file is the input itself, or nothing can be written there.
        """
        if path not in self._needed:
            self._needed[path] = path == STDIN_OR_STDOUT or self._check(path)
        return self._needed[path]

    def require_permission(self, paths: list[str]) -> None:
        """Raise `OutputExistsError` if another task owns one of these files."""
        for path in paths:
            refusal = None if path == STDIN_OR_STDOUT else self.permit.status(path).refusal
            if refusal is not None:
                raise OutputExistsError(refusal)

    def skip(self, path: str) -> None:
        """Let a file stay that appeared during the run, as `--skip-existing` demands."""
        self._needed[path] = False

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open an output for writing; it appears under its name when the block ends well."""
        if path == STDIN_OR_STDOUT:
            return open_stdout()
        return atomic_write(
            path,
            replace=self.request.overwrite,
            allow_special=self._is_named(path),
            is_retry=self.permit.may_have_written,
        )

    @property
    def _format(self) -> str | None:
        """The format of the output, if the user chose it or it is a store."""
        return None if self.task.target is None else self.task.target.format

    def _is_named(self, path: str) -> bool:
        """Return whether the command line names this very file, not a folder that contains it."""
        target = self.task.target
        named = target is not None and target.named and path == target.path
        return named or path == self.request.indices

    def _check(self, path: str) -> bool:
        status = self.permit.status(path)
        if status.refusal is not None:
            raise OutputExistsError(status.refusal)
        if self.request.in_place:
            return True
        if self._format == STORE and path != self.indices:
            exists = store_exists(path) and (status.exists or is_url(path))
        else:
            check_output_path(path, allow_special=self._is_named(path))
            exists = status.exists
        if not exists:
            return True
        if _is_same_file(path, self.task.input):
            raise OutputError(
                f"{path} is the input itself, which is never replaced; name another -o"
            )
        target = self.task.target
        if self.request.unpools and target is not None and _is_same_file(path, target.indices):
            raise OutputError(f"{path} is the file of indices; name another output with -o")
        if self.request.skip_existing:
            return False
        if not self.request.overwrite:
            raise OutputExistsError(
                f"{path} exists; --overwrite replaces it, --skip-existing passes over it"
            )
        return True


def _is_same_file(path: str, source: str | None) -> bool:
    return source is not None and source != STDIN_OR_STDOUT and is_same_file(path, source)
