"""An external merge sort of table rows by name, in bounded memory."""

from __future__ import annotations

import heapq
import pickle
from collections.abc import Iterator
from typing import BinaryIO

MAX_ENTRIES_IN_MEMORY = 4096
"""The number of entries that are sorted in memory at a time."""

RowEntry = tuple[bytes, int, int]
"""The name of a row, its start in the file, and its length. Entries sort in this order."""


class SortedRows:
    """Rows on disk that are read back in the order of their names.

    Rows are written to a file as they arrive. Their entries are sorted in memory, a fixed number at
    a time, and each sorted run is written to the same file. Reading merges the runs. Rows with the
    same name keep the order in which they were added.

    Parameters
    ----------
    file : binary file
        An empty file, open for writing and reading.

    Examples
    --------
    >>> from io import BytesIO
    >>> rows = SortedRows(BytesIO())
    >>> for name in ("b", "a", "c"):
    ...     rows.add(name, name.upper().encode())
    >>> list(rows)
    [b'A', b'B', b'C']
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unsorted: list[RowEntry] = []
        self._run_starts: list[int] = []

    def add(self, name: str, row: bytes) -> None:
        """Add a row.

        Parameters
        ----------
        name : str
            The name by which rows are sorted, as bytes with surrogateescape.
        row : bytes
            The row.
        """
        entry = name.encode("utf-8", "surrogateescape"), self._file.tell(), len(row)
        self._file.write(row)
        self._unsorted.append(entry)
        if len(self._unsorted) == MAX_ENTRIES_IN_MEMORY:
            self._run_starts.append(self._file.tell())
            for each in sorted(self._unsorted):
                pickle.dump(each, self._file)
            self._unsorted.clear()

    def __iter__(self) -> Iterator[bytes]:
        runs = map(self._read_run, self._run_starts)
        for _, start, length in heapq.merge(*runs, sorted(self._unsorted)):
            self._file.seek(start)
            yield self._file.read(length)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read_run(self, position: int) -> Iterator[RowEntry]:
        """Yield the entries of the sorted run at a position, read one at a time."""
        for _ in range(MAX_ENTRIES_IN_MEMORY):
            self._file.seek(position)
            entry: RowEntry = pickle.load(self._file)
            position = self._file.tell()
            yield entry
