"""The journal of an unfinished store: which boxes are complete, so that a later run can go on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import FileIO
from typing import Any

from poolcli.batch.zarr_stores.box_statistics import BoxStatistics
from poolcli.io.publish_file import wrap_write_errors

JOURNAL_NAME = "poolcli-progress.jsonl"
"""The name of the file in the folder of the unfinished store."""


class JournalError(Exception):
    """A journal is damaged, so that it does not show which boxes are complete."""


class Journal:
    """The complete boxes of an unfinished store, one line of JSON for each.

    The first line describes the plan and the input. A run with another plan cannot use the boxes.
    A line is written when the box's chunks are complete, so that the chunks of a killed run that
    have no line are computed again.

    Parameters
    ----------
    folder : str
        The folder of the unfinished store.
    name : str
        The path of the finished store, for error messages.
    description : dict
        What the values and the chunks depend on, as JSON.
    """

    def __init__(self, folder: str, name: str, description: dict[str, Any]) -> None:
        self.name = name
        self.path = os.path.join(folder, JOURNAL_NAME)  # noqa: PTH118
        self.header = json.dumps(description, sort_keys=True)
        self._file: FileIO | None = None

    def matches(self) -> bool:
        """Return whether the journal of an earlier run is there, and has the same description."""
        if not os.path.isfile(self.path):  # noqa: PTH113
            return False
        with suppress(OSError, UnicodeDecodeError), open(self.path, encoding="utf-8") as file:  # noqa: PTH123
            return file.readline() == f"{self.header}\n"
        return False

    def complete_boxes(self, box_counts: Sequence[int]) -> Iterator[tuple[int, int, BoxStatistics]]:
        """Yield the step, the box and the statistics of each line; the last may be cut off.

        Parameters
        ----------
        box_counts : sequence of int
            The number of boxes of each step.

        Raises
        ------
        JournalError
            If a line is damaged.
        """
        try:
            with open(self.path, encoding="utf-8") as file:  # noqa: PTH123
                file.readline()
                for line in file:
                    if not line.endswith("\n"):
                        return
                    step, box, *statistics = json.loads(line)
                    if step not in range(len(box_counts)) or box not in range(box_counts[step]):
                        raise JournalError
                    yield step, box, BoxStatistics.from_json(statistics)
        except (OSError, ValueError, TypeError) as error:
            raise JournalError from error

    def begin(self, *, resume: bool) -> None:
        """Open the journal for writing: behind its last whole line, or anew.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        with wrap_write_errors(self.name):
            if resume:
                _cut_off_last_line(self.path)
            self._file = FileIO(self.path, "a" if resume else "w")
            if not resume:
                self._write(self.header)

    def add(self, step: int, box: int, statistics: BoxStatistics) -> None:
        """Add a complete box.

        Raises
        ------
        OutputError
            If the disk is full.
        """
        with wrap_write_errors(self.name):
            self._write(json.dumps([step, box, *statistics.as_json()]))

    def close(self) -> None:
        """Close the file, which stays."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def remove(self) -> None:
        """Remove the file, when the store is complete."""
        self.close()
        with suppress(FileNotFoundError):
            os.unlink(self.path)  # noqa: PTH108

    def _write(self, line: str) -> None:
        assert self._file is not None
        data = f"{line}\n".encode()
        while data:
            data = data[self._file.write(data) :]


def _cut_off_last_line(path: str) -> None:
    """Cut off a last line without an end, which a killed run may leave."""
    with open(path, "rb+") as file:  # noqa: PTH123
        size = file.seek(0, os.SEEK_END)
        while size > 0:
            file.seek(size - 1)
            if file.read(1) == b"\n":
                break
            size -= 1
        file.truncate(size)
