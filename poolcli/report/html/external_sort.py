"""An external merge sort of table rows by name, in bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, NamedTuple

MAX_ENTRIES_IN_MEMORY = 4096
"""The number of entries that are sorted in memory at a time."""

ENTRY_HEADER = Struct("<IQQ")
"""Length of the name; start and length of the row. The name follows."""


class RowEntry(NamedTuple):
    """The name of a row, and where the row is in the file of rows. Entries sort in this order."""

    name: bytes
    start: int
    length: int


class SortedRows:
    """Rows on disk that are read back in the order of their names.

    Rows are written to one file as they arrive. Their entries are sorted in memory, a fixed number
    at a time, and each sorted run is appended to another file. Reading merges the runs. Rows with
    the same name keep the order in which they were added.

    Parameters
    ----------
    row_file, entry_file : binary file
        Two empty files, open for writing and reading.

    Examples
    --------
    >>> from io import BytesIO
    >>> rows = SortedRows(BytesIO(), BytesIO())
    >>> for name in ("b", "a", "c"):
    ...     rows.add(name, name.upper().encode())
    >>> list(rows)
    [b'A', b'B', b'C']
    """

    def __init__(self, row_file: BinaryIO, entry_file: BinaryIO) -> None:
        self._row_file = row_file
        self._entry_file = entry_file
        self._unsorted: list[RowEntry] = []
        self._row_file_end = 0
        self._runs: list[tuple[int, int]] = []
        self._entry_file_end = 0

    def add(self, name: str, row: bytes) -> None:
        """Add a row.

        Parameters
        ----------
        name : str
            The name by which rows are sorted, as bytes with surrogateescape.
        row : bytes
            The row.
        """
        self._row_file.write(row)
        encoded = name.encode("utf-8", "surrogateescape")
        self._unsorted.append(RowEntry(encoded, self._row_file_end, len(row)))
        self._row_file_end += len(row)
        if len(self._unsorted) == MAX_ENTRIES_IN_MEMORY:
            self._write_run()

    def __iter__(self) -> Iterator[bytes]:
        runs = (self._read_run(*run) for run in self._runs)
        for entry in heapq.merge(*runs, sorted(self._unsorted)):
            self._row_file.seek(entry.start)
            yield self._row_file.read(entry.length)

    def close(self) -> None:
        """Close both files."""
        try:
            self._row_file.close()
        finally:
            self._entry_file.close()

    def _write_run(self) -> None:
        """Append the entries in memory to the file of entries, in order."""
        start = self._entry_file_end
        for name, *location in sorted(self._unsorted):
            encoded = ENTRY_HEADER.pack(len(name), *location) + name
            self._entry_file.write(encoded)
            self._entry_file_end += len(encoded)
        self._runs.append((start, self._entry_file_end))
        self._unsorted.clear()

    def _read_run(self, position: int, end: int) -> Iterator[RowEntry]:
        """Yield the entries of one sorted run, read one at a time."""
        while position < end:
            self._entry_file.seek(position)
            size, *location = ENTRY_HEADER.unpack(self._entry_file.read(ENTRY_HEADER.size))
            yield RowEntry(self._entry_file.read(size), *location)
            position += ENTRY_HEADER.size + size
