"""Rows on disk that are read back in the order of their names, in bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, NamedTuple

HELD = 4096
"""So many names are sorted in memory at a time."""

LENGTHS = Struct("<IQQ")
"""The length of a name, and where its row begins and how long it is."""


class Entry(NamedTuple):
    """A row's name, its place in the file of rows, and its length; entries sort in this order."""

    name: bytes
    start: int
    length: int


class SortedRows:
    """An external merge sort: rows wait in one file, sorted runs of their names in another.

    Rows of the same name keep the order in which they were added.

    Parameters
    ----------
    rows, names : file
        Two empty files to write to and read from.

    Examples
    --------
    >>> from io import BytesIO
    >>> rows = SortedRows(BytesIO(), BytesIO())
    >>> for name in ("b", "a", "c"):
    ...     rows.add(name, name.upper().encode())
    >>> list(rows)
    [b'A', b'B', b'C']
    """

    def __init__(self, rows: BinaryIO, names: BinaryIO) -> None:
        self._rows = rows
        self._names = names
        self._held: list[Entry] = []
        self._end = 0
        self._runs: list[tuple[int, int]] = []
        self._names_end = 0

    def add(self, name: str, row: bytes) -> None:
        """Take a row."""
        self._rows.write(row)
        self._held.append(Entry(name.encode("utf-8", "surrogateescape"), self._end, len(row)))
        self._end += len(row)
        if len(self._held) == HELD:
            self._write_run()

    def __iter__(self) -> Iterator[bytes]:
        runs = (self._run(*run) for run in self._runs)
        for entry in heapq.merge(*runs, sorted(self._held)):
            self._rows.seek(entry.start)
            yield self._rows.read(entry.length)

    def close(self) -> None:
        """Give the files back."""
        try:
            self._rows.close()
        finally:
            self._names.close()

    def _write_run(self) -> None:
        start = self._names_end
        for name, *place in sorted(self._held):
            record = LENGTHS.pack(len(name), *place) + name
            self._names.write(record)
            self._names_end += len(record)
        self._runs.append((start, self._names_end))
        self._held.clear()

    def _run(self, at: int, end: int) -> Iterator[Entry]:
        """The entries of one sorted run, read one at a time."""
        while at < end:
            self._names.seek(at)
            size, *place = LENGTHS.unpack(self._names.read(LENGTHS.size))
            yield Entry(self._names.read(size), *place)
            at += LENGTHS.size + size
