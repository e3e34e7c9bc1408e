"""The most frequent values of windows that do not fit into memory.

The windows are read once. Their elements are sorted, as many at a time as fit into memory, and
equal ones are counted. While there are many distinct values, they are written to a temporary file
with their counts, and merged at the end (external sorting: D. E. Knuth, "The Art of Computer
Programming", volume 3, 2nd edition, 1998, section 5.4).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.errors import TemporaryFileError
from poolcli.core.kernels.out_of_core_keys import WindowKeyReader

MAX_UNSORTED_ELEMENTS = 1 << 21
"""The number of elements that are sorted at a time."""

MAX_DISTINCT_VALUES = 1 << 20
"""The number of distinct values, of all windows together, that are kept in memory."""

MIN_READ_KEYS = 1 << 10
"""The number of keys of one run that are read at a time, at least."""


class CountedKeys(NamedTuple):
    """Distinct keys in ascending order, and how often each of them occurs."""

    keys: Array
    counts: Array


class SortedRun:
    """Counted keys of one window, which are written to a file and read again in order.

    Parameters
    ----------
    file : binary file
        The keys and the counts are written at its end.
    counted : CountedKeys
        At least one key.
    """

    def __init__(self, file: Any, counted: CountedKeys) -> None:
        counts = counted.counts.astype(np.min_scalar_type(int(counted.counts.max())))
        self._file = file
        self._parts = []  # the position of the next key or count in the file, and its dtype
        for array in (counted.keys, counts):
            self._parts.append((file.tell(), array.dtype))
            file.write(array.data)
        self._n_unread = len(counts)
        self.waiting = CountedKeys(counted.keys[:0].copy(), counts[:0].copy())

    def read(self, n_keys: int) -> bool:
        """Read the next keys if none is waiting; return whether there were some."""
        if not self.waiting.keys.size:
            n_keys = min(n_keys, self._n_unread)
            arrays = []
            for number, (offset, dtype) in enumerate(self._parts):
                self._file.seek(offset)
                arrays.append(np.fromfile(self._file, dtype, n_keys))
                self._parts[number] = offset + n_keys * dtype.itemsize, dtype
            self._n_unread -= n_keys
            self.waiting = CountedKeys(*arrays)
        return self.waiting.keys.size > 0

    def take(self, limit: Any) -> CountedKeys:
        """Return the waiting keys up to a limit, which then wait no longer."""
        keys, counts = self.waiting
        stop = int(np.searchsorted(keys, limit, side="right"))
        self.waiting = CountedKeys(keys[stop:], counts[stop:])
        return CountedKeys(keys[:stop], counts[:stop])


class MostFrequentKeys:
    """A search for the most frequent element of each window.

    Parameters
    ----------
    reader : WindowKeyReader

    Attributes
    ----------
    counts : ndarray of int64
        The number of elements of each window, once they are read.
    """

    def __init__(self, reader: WindowKeyReader) -> None:
        self.reader = reader
        self.counts = np.zeros(reader.n_windows, np.int64)
        none = CountedKeys(np.empty(0, reader.key_dtype), np.empty(0, np.int64))
        self._unsorted: list[list[Array]] = [[] for _ in self.counts]
        self._counted = [none for _ in self.counts]
        self._runs: list[list[SortedRun]] = [[] for _ in self.counts]
        self._file: Any = None

    def find(self) -> Array:
        """Return the most frequent element of each window; of several, the smallest."""
        found = np.zeros(self.reader.n_windows, self.reader.key_dtype)
        with ExitStack() as stack:
            self._count_elements(stack)
            for window, runs in enumerate(self._runs):
                highest = 0
                for keys, counts in merged_runs(runs) if runs else [self._counted[window]]:
                    at = int(counts.argmax()) if counts.size else 0
                    if counts.size and counts[at] > highest:
                        found[window], highest = keys[at], int(counts[at])
        return self.reader.decode(found)

    def _count_elements(self, stack: ExitStack) -> None:
        """Read all windows; their counted keys are then in `_counted`, or in the file."""
        n_unsorted = 0
        for keys, window in self.reader.read():
            self._unsorted[window].append(keys)
            self.counts[window] += len(keys)
            n_unsorted += len(keys)
            if n_unsorted >= MAX_UNSORTED_ELEMENTS:
                self._count_unsorted()
                n_unsorted = 0
                if sum(len(each.keys) for each in self._counted) > MAX_DISTINCT_VALUES:
                    self._write_counted(stack)
        self._count_unsorted()
        if self._file is not None:
            self._write_counted(stack)

    def _count_unsorted(self) -> None:
        for window, parts in enumerate(self._unsorted):
            if parts:
                keys = np.concatenate(parts)
                parts.clear()
                self._counted[window] = merge_counts([self._counted[window], count_keys(keys)])

    def _write_counted(self, stack: ExitStack) -> None:
        """Move the counted keys to the file."""
        with _folder_in_errors():
            if self._file is None:
                self._file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            for window, counted in enumerate(self._counted):
                if counted.keys.size:
                    self._runs[window].append(SortedRun(self._file, counted))
                    self._counted[window] = self._runs[window][-1].waiting
            self._file.flush()


def merged_runs(runs: Sequence[SortedRun]) -> Iterator[CountedKeys]:
    """Yield the counted keys of some runs in ascending order, many at a time."""
    n_keys = max(MAX_DISTINCT_VALUES // len(runs), MIN_READ_KEYS)
    left = np.array([run.read(n_keys) for run in runs])
    first, last = (np.array([run.waiting.keys[at] for run in runs]) for at in (0, -1))
    while left.any():
        # All keys up to the lowest of the last keys have been read.
        limit = last[left].min()
        taken = np.flatnonzero(left & (first <= limit)).tolist()
        yield merge_counts([runs[at].take(limit) for at in taken])
        for at in taken:
            left[at] = runs[at].read(n_keys)
            if left[at]:
                first[at], last[at] = runs[at].waiting.keys[[0, -1]]


def count_keys(keys: Array) -> CountedKeys:
    """Return the distinct keys and their counts; the array of keys is sorted in place.

    Examples
    --------
    >>> count_keys(np.array([7, 3, 7], np.uint64))
    CountedKeys(keys=array([3, 7], dtype=uint64), counts=array([1, 2]))
    """
    n_values = 1 << 8 * keys.itemsize
    if keys.itemsize <= 2 and len(keys) >= n_values:
        counts = np.bincount(keys, minlength=n_values)
        distinct = np.flatnonzero(counts)
        return CountedKeys(distinct.astype(keys.dtype), counts[distinct])
    keys.sort()
    starts = _starts(keys)
    return CountedKeys(keys[starts], np.diff(starts, append=len(keys)))


def merge_counts(parts: Sequence[CountedKeys]) -> CountedKeys:
    """Return the distinct keys of all parts, and the sums of their counts.

    Examples
    --------
    >>> counted = CountedKeys(np.array([3, 7]), np.array([1, 2]))
    >>> merge_counts([counted, CountedKeys(np.array([7]), np.array([5]))])
    CountedKeys(keys=array([3, 7]), counts=array([1, 7]))
    """
    parts = [part for part in parts if part.keys.size] or list(parts[:1])
    if len(parts) == 1:
        return parts[0]
    keys, counts = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = keys.argsort(kind="stable")  # merges sorted parts
    keys = keys[order]
    starts = _starts(keys)
    return CountedKeys(keys[starts], np.add.reduceat(counts[order], starts, dtype=np.int64))


def _starts(keys: Array) -> Array:
    """Return the positions in sorted keys at which a key differs from the one before it."""
    is_start = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_start[1:])
    return np.flatnonzero(is_start)


@contextmanager
def _folder_in_errors() -> Iterator[None]:
    """Name the folder for temporary files, and how to choose another one, in an error of theirs."""
    try:
        yield
    except OSError as error:
        raise TemporaryFileError(
            f"cannot write a temporary file in {tempfile.gettempdir()}: "
            f"{error.strerror or error}; TMPDIR names another folder"
        ) from error
