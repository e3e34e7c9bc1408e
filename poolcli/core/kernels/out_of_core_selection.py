"""Order statistics and most frequent values of windows that do not fit into memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.out_of_core_keys import WindowKeyReader, encode
from poolcli.core.kernels.ranked import Counts

MAX_SORTED_ELEMENTS = 1 << 23
"""The number of elements that are kept and sorted in one pass."""

MAX_DISTINCT_VALUES = 1 << 18
"""Windows with at most this many distinct values are counted value by value, in one pass."""

MAX_16_BIT_WINDOWS = 64
"""With more windows, histograms of 16-bit digits would take too much memory: digits have 8 bits."""


class Bucket(NamedTuple):
    """The elements of one window whose keys share their highest bits.

    Attributes
    ----------
    window : int
    prefix : int
        The value of the shared bits.
    bits : int
        Their number.
    n_elements : int
        The number of elements in the bucket.
    below : int
        The number of elements of the window that sort before the bucket.
    """

    window: int
    prefix: int
    bits: int
    n_elements: int
    below: int


class OutOfCoreWindows:
    """Windows whose elements are read anew for each selection.

    Attributes
    ----------
    counts, nan_counts : ndarray of int64
        The number of elements of each window, and of those that are NaN.
    """

    def __init__(self, reader: WindowKeyReader) -> None:
        self.reader = reader
        n_windows, key_bits = reader.n_windows, reader.key_bits
        self.digit_bits = min(key_bits, 16 if n_windows <= MAX_16_BIT_WINDOWS else 8)
        self.counts = np.zeros(n_windows, np.int64)
        self.nan_counts = np.zeros(n_windows, np.int64)
        self.top_buckets = self._count_first_digits()

    def order_statistics(self, low: Counts, high: Counts) -> tuple[Array, Array]:
        """Return the elements at two ranks of each window (see `ranked.OrderStatistics`).

        Each pass sorts the smallest buckets that hold a wanted rank, as far as they fit into
        memory, and splits the others by their next digit.

        Parameters
        ----------
        low, high : int or ndarray of int64
            Ranks from 0 to the window's number of elements - 1; arrays have one rank per window.

        Returns
        -------
        (ndarray, ndarray)
            The elements at both ranks, one per window, in the dtype of the input. If they are
            equal in every window, both are the same object.
        """
        key_bits = self.reader.key_bits
        ranks = np.stack([np.broadcast_to(rank, self.reader.n_windows) for rank in (low, high)])
        keys = np.zeros(ranks.shape, self.reader.key_dtype)
        bucket_at: dict[tuple[int, ...], Bucket] = {}  # by (rank 0 or 1, window)
        for at in np.ndindex(*ranks.shape):
            if self.counts[at[1]]:
                bucket_at[at] = _bucket_of_rank(self.top_buckets[at[1]], int(ranks[at]))
        while bucket_at:
            buckets = sorted(set(bucket_at.values()), key=lambda bucket: bucket.n_elements)
            small = _buckets_that_fit(buckets)
            large = [bucket for bucket in buckets[len(small) :] if bucket.bits < key_bits]
            sorted_keys, children = self._read_buckets(small, large)
            for at, bucket in list(bucket_at.items()):
                rank = int(ranks[at])
                if bucket in children:
                    bucket_at[at] = _bucket_of_rank(children[bucket], rank)
                elif bucket in sorted_keys:
                    keys[at] = sorted_keys[bucket][rank - bucket.below]
                    del bucket_at[at]
                else:  # all bits are known
                    keys[at] = bucket.prefix
                    del bucket_at[at]
        first, second = (self.reader.decode(each) for each in keys)
        return (first, first) if (keys[0] == keys[1]).all() else (first, second)

    def most_frequent(self) -> Array:
        """Return the most frequent element of each window; of several, the smallest."""
        keys = np.zeros(self.reader.n_windows, self.reader.key_dtype)
        distinct = self._count_distinct()
        for window in range(self.reader.n_windows):
            if distinct is None:
                keys[window] = self._most_frequent_key(window)
            else:
                values, counts = distinct[window]
                keys[window] = values[counts.argmax()] if len(values) else 0
        return self.reader.decode(keys)

    def _most_frequent_key(self, window: int) -> int:
        """Return the most frequent key of a window, searching the largest buckets first."""
        key_bits = self.reader.key_bits
        best = (0, 0)  # the count and the negative key: of equal counts the smaller key is better
        buckets = self.top_buckets[window]
        while buckets:
            best = max([best, *((b.n_elements, -b.prefix) for b in buckets if b.bits == key_bits)])
            buckets = [b for b in buckets if b.bits < key_bits and b.n_elements >= best[0]]
            if not buckets:
                break
            buckets.sort(key=lambda bucket: (-bucket.bits, -bucket.n_elements))
            small = _buckets_that_fit([b for b in buckets if b.bits == buckets[0].bits])
            large = [] if small else buckets[:1]
            sorted_keys, children = self._read_buckets(small, large)
            for bucket_keys in sorted_keys.values():
                values, counts = np.unique(bucket_keys, return_counts=True)
                at = int(counts.argmax())
                best = max(best, (int(counts[at]), -int(values[at])))
            done = {*small, *large}
            buckets = [bucket for bucket in buckets if bucket not in done]
            buckets += [child for siblings in children.values() for child in siblings]
        return -best[1]

    def _count_distinct(self) -> list[tuple[Array, Array]] | None:
        """Return the distinct keys of each window and their counts; None if there are too many."""
        n_windows, key_dtype = self.reader.n_windows, self.reader.key_dtype
        distinct: list[tuple[Array, Array]] = [
            (np.empty(0, key_dtype), np.empty(0, np.int64)) for _ in range(n_windows)
        ]
        for keys, window in self.reader.read():
            known, counts = distinct[window]
            values, value_counts = np.unique(keys, return_counts=True)
            if len(values) == len(known) and (values == known).all():
                counts += value_counts
                continue
            merged, at = np.unique(np.concatenate([known, values]), return_inverse=True)
            if len(merged) > MAX_DISTINCT_VALUES // n_windows:
                return None
            total = np.zeros(len(merged), np.int64)
            total[at[: len(known)]] = counts
            total[at[len(known) :]] += value_counts
            distinct[window] = merged, total
        return distinct

    def _count_first_digits(self) -> list[list[Bucket]]:
        """Count the elements, and return the buckets of each window by the highest digit."""
        reader = self.reader
        histograms = np.zeros((reader.n_windows, 1 << self.digit_bits), np.int64)
        shift = reader.key_dtype.type(reader.key_bits - self.digit_bits)
        nan_key = None
        if reader.dtype.kind == "f":
            nan_key = encode(np.array([np.nan], reader.dtype))[0]
        for keys, window in reader.read():
            self.counts[window] += len(keys)
            if nan_key is not None:
                self.nan_counts[window] += np.count_nonzero(keys == nan_key)
            histograms[window] += self._histogram(keys >> shift)
        return [
            self._split(Bucket(window, 0, 0, int(self.counts[window]), 0), histogram)
            for window, histogram in enumerate(histograms)
        ]

    def _histogram(self, digits: Array) -> Array:
        """Return the count of each value of a digit."""
        # NumPy before 2.1 cannot count unsigned 64-bit integers.
        return np.bincount(digits.astype(np.intp, copy=False), minlength=1 << self.digit_bits)

    def _split(self, bucket: Bucket, histogram: Array) -> list[Bucket]:
        """Return the non-empty buckets by the next digit, of which `histogram` has the counts."""
        before = np.cumsum(histogram) - histogram
        return [
            Bucket(
                bucket.window,
                bucket.prefix << self.digit_bits | int(digit),
                bucket.bits + self.digit_bits,
                int(histogram[digit]),
                bucket.below + int(before[digit]),
            )
            for digit in np.flatnonzero(histogram)
        ]

    def _read_buckets(
        self, small: Sequence[Bucket], large: Sequence[Bucket]
    ) -> tuple[dict[Bucket, Array], dict[Bucket, list[Bucket]]]:
        """Read the windows once: return the sorted keys of small buckets, and split large ones."""
        key_bits, key = self.reader.key_bits, self.reader.key_dtype.type
        parts: dict[Bucket, list[Array]] = {bucket: [] for bucket in small}
        histograms = {bucket: np.zeros(1 << self.digit_bits, np.int64) for bucket in large}
        for keys, window in self.reader.read() if small or large else ():
            for bucket in (*small, *large):
                if bucket.window != window:
                    continue
                in_bucket = keys[keys >> key(key_bits - bucket.bits) == key(bucket.prefix)]
                if bucket in parts:
                    parts[bucket].append(in_bucket)
                else:
                    digits = in_bucket >> key(key_bits - bucket.bits - self.digit_bits)
                    digits &= key((1 << self.digit_bits) - 1)
                    histograms[bucket] += self._histogram(digits)
        sorted_keys = {bucket: np.sort(np.concatenate(each)) for bucket, each in parts.items()}
        return sorted_keys, {
            bucket: self._split(bucket, histogram) for bucket, histogram in histograms.items()
        }


def _bucket_of_rank(buckets: Sequence[Bucket], rank: int) -> Bucket:
    """Return the bucket that holds a rank."""
    return next(each for each in buckets if each.below <= rank < each.below + each.n_elements)


def _buckets_that_fit(buckets: Iterable[Bucket]) -> list[Bucket]:
    """Return buckets that fit into `MAX_SORTED_ELEMENTS` together; too large ones are skipped."""
    fitting, n_elements = [], 0
    for bucket in buckets:
        if n_elements + bucket.n_elements <= MAX_SORTED_ELEMENTS:
            fitting.append(bucket)
            n_elements += bucket.n_elements
    return fitting
