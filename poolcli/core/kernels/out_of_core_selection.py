"""Order statistics of windows that do not fit into memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array, integer_bounds
from poolcli.core.kernels.out_of_core_keys import WindowKeyReader, encode
from poolcli.core.kernels.ranked import Counts

MAX_SORTED_ELEMENTS = 1 << 23
"""The number of elements that are kept and sorted in one pass."""

MAX_16_BIT_WINDOWS = 64
"""With more windows, histograms of 16-bit digits would take too much memory: digits have 8 bits."""


class Bucket(NamedTuple):
    """The elements of one window whose keys lie in a range.

    Attributes
    ----------
    window : int
    first, last : int
        The range of keys, inclusive.
    n_elements : int
        The number of elements in the bucket.
    below : int
        The number of elements of the window that sort before the bucket.
    """

    window: int
    first: int
    last: int
    n_elements: int = 0
    below: int = 0


class Histogram:
    """The numbers of elements of a bucket by a digit of their keys.

    Parameters
    ----------
    bucket : Bucket
    digit_bits : int
        The number of bits of the digit.

    Attributes
    ----------
    lowest, highest : int
        The lowest and the highest key in the bucket; its bounds in turn if it is empty.
    """

    def __init__(self, bucket: Bucket, digit_bits: int) -> None:
        self.bucket = bucket
        n_bits = (bucket.last - bucket.first).bit_length()
        self.shift = max(0, n_bits - digit_bits)
        self.counts = np.zeros(1 << min(n_bits, digit_bits), np.int64)
        self.lowest, self.highest = bucket.last, bucket.first

    def add(self, keys: Array) -> None:
        """Count keys that lie in the bucket."""
        if not keys.size:
            return
        self.lowest = min(self.lowest, int(keys.min()))
        self.highest = max(self.highest, int(keys.max()))
        key = keys.dtype.type
        digits = (keys - key(self.bucket.first)) >> key(self.shift)
        # NumPy before 2.1 cannot count unsigned 64-bit integers.
        self.counts += np.bincount(digits.astype(np.intp, copy=False), minlength=len(self.counts))

    def bucket_of_rank(self, rank: int) -> Bucket:
        """Return the part of the bucket that holds an element, by the element's rank."""
        bucket = self.bucket
        ends = bucket.below + np.cumsum(self.counts)
        digit = int(np.searchsorted(ends, rank, side="right"))
        n_elements = int(self.counts[digit])
        first = bucket.first + (digit << self.shift)
        return Bucket(
            bucket.window,
            max(first, self.lowest),
            min(first + (1 << self.shift) - 1, self.highest),
            n_elements,
            int(ends[digit]) - n_elements,
        )


class OutOfCoreWindows:
    """Windows whose elements are read anew for each selection.

    Attributes
    ----------
    counts : ndarray of int64
        The number of elements of each window.
    has_nan : ndarray of bool
        Whether one of them is NaN.
    """

    def __init__(self, reader: WindowKeyReader) -> None:
        self.reader = reader
        self._digit_bits = 16 if reader.n_windows <= MAX_16_BIT_WINDOWS else 8
        highest = integer_bounds(reader.key_dtype)[1]
        everything = [Bucket(window, 0, highest) for window in range(reader.n_windows)]
        _, histograms = self._read_buckets((), everything)
        self._histograms = list(histograms.values())
        self.counts = np.array([each.counts.sum() for each in self._histograms])
        self.has_nan = np.zeros(reader.n_windows, np.bool_)
        if reader.dtype.kind == "f":  # NaN has the highest key
            nan_key = int(encode(np.array([np.nan], reader.dtype))[0])
            self.has_nan[:] = [each.highest == nan_key for each in self._histograms]

    def order_statistics(self, low: Counts, high: Counts) -> tuple[Array, Array]:
        """Return the elements at two ranks of each window (see `ranked.OrderStatistics`).

        Each pass sorts the smallest buckets that hold a wanted rank, as far as they fit into
        memory, and splits the others by the next digit in which their keys differ.

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
        ranks = np.stack([np.broadcast_to(rank, self.reader.n_windows) for rank in (low, high)])
        keys = np.zeros(ranks.shape, self.reader.key_dtype)
        bucket_at = {  # by (rank 0 or 1, window)
            at: self._histograms[at[1]].bucket_of_rank(int(ranks[at]))
            for at in np.ndindex(*ranks.shape)
            if self.counts[at[1]]
        }
        while bucket_at:
            buckets = sorted(set(bucket_at.values()), key=lambda bucket: bucket.n_elements)
            buckets = [bucket for bucket in buckets if bucket.first < bucket.last]
            small = _buckets_that_fit(buckets)
            sorted_keys, histograms = self._read_buckets(small, buckets[len(small) :])
            for at, bucket in list(bucket_at.items()):
                rank = int(ranks[at])
                if bucket in histograms:
                    bucket_at[at] = histograms[bucket].bucket_of_rank(rank)
                    continue
                is_sorted = bucket in sorted_keys
                keys[at] = sorted_keys[bucket][rank - bucket.below] if is_sorted else bucket.first
                del bucket_at[at]
        first, second = (self.reader.decode(each) for each in keys)
        return (first, first) if (keys[0] == keys[1]).all() else (first, second)

    def _read_buckets(
        self, small: Sequence[Bucket], large: Sequence[Bucket]
    ) -> tuple[dict[Bucket, Array], dict[Bucket, Histogram]]:
        """Read the windows once; return sorted keys of small buckets, histograms of large ones."""
        key = self.reader.key_dtype.type
        parts: dict[Bucket, list[Array]] = {bucket: [] for bucket in small}
        histograms = {bucket: Histogram(bucket, self._digit_bits) for bucket in large}
        of_window = defaultdict(list)
        for bucket in (*small, *large):
            of_window[bucket.window].append(bucket)
        for keys, window in self.reader.read() if of_window else ():
            for bucket in of_window[window]:
                in_bucket = keys
                if bucket.last - bucket.first < integer_bounds(keys.dtype)[1]:
                    in_bucket = keys[keys - key(bucket.first) <= key(bucket.last - bucket.first)]
                if bucket in parts:
                    parts[bucket].append(in_bucket)
                else:
                    histograms[bucket].add(in_bucket)
        sorted_keys = {bucket: np.concatenate(each) for bucket, each in parts.items()}
        for keys in sorted_keys.values():
            keys.sort()
        return sorted_keys, histograms


def _buckets_that_fit(buckets: Iterable[Bucket]) -> list[Bucket]:
    """Return the first buckets, as many as fit into `MAX_SORTED_ELEMENTS` together."""
    fitting, n_elements = [], 0
    for bucket in buckets:
        n_elements += bucket.n_elements
        if n_elements > MAX_SORTED_ELEMENTS:
            break
        fitting.append(bucket)
    return fitting
