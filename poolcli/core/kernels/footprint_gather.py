"""Gathering the elements of windows that a footprint has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.taps import AxisIndex, Windows, taps


class FootprintGatherer:
    """Gathers the elements of all windows of blocks of one shape, always into the same memory.

    Parameters
    ----------
    shape, dtype : tuple of int, dtype
        Of the blocks of the input.
    axis_blocks : sequence of AxisBlock or None
        The windows along each axis; None for an axis that is not reduced.
    footprint : ndarray of bool
        The elements that count, with one axis per axis of the block.
    fill : scalar
        The value of elements that a window lacks.
    elements_last : bool
        The memory order: True if the elements of one window are adjacent, as `np.sort` needs them;
        False if the same element of all windows is adjacent, as sorting networks need them.

    Examples
    --------
    >>> from poolcli.core.axis import Axis
    >>> from poolcli.core.taps import AxisBlock
    >>> windows = AxisBlock(Axis(size=6, out_size=2, kernel_size=3, stride=3), (0, 2), (0, 6))
    >>> footprint = np.array([True, False, True])
    >>> block = np.array([1, 2, 3, 4, 5, 6])
    >>> gatherer = FootprintGatherer(
    ...     (6,), block.dtype, [windows], footprint, 0, elements_last=False
    ... )
    >>> gatherer.gather(block)
    array([[1, 4],
           [3, 6]])
    """

    def __init__(
        self,
        shape: Sequence[int],
        dtype: DType,
        axis_blocks: Windows,
        footprint: Array,
        fill: Any,
        *,
        elements_last: bool,
    ) -> None:
        n_windows = [
            size if each is None else each.out_range[1] - each.out_range[0]
            for size, each in zip(shape, axis_blocks, strict=True)
        ]
        numbers = np.argwhere(footprint).tolist()
        if elements_last:
            self._elements = np.moveaxis(np.empty((*n_windows, len(numbers)), dtype), -1, 0)
        else:
            self._elements = np.empty((len(numbers), *n_windows), dtype)
        axis_taps = [
            [(slice(None), slice(None))] if each is None else list(taps(each, skip_empty=False))
            for each in axis_blocks
        ]
        self._copies: list[tuple[Array, tuple[AxisIndex, ...]]] = []
        for element, at in zip(self._elements, numbers, strict=True):
            outs, ins = zip(*(each[n] for each, n in zip(axis_taps, at, strict=True)), strict=True)
            self._copies.append((element[outs], ins))
        n_copied = sum(target.size for target, _ in self._copies)
        self._is_complete = n_copied == len(numbers) * math.prod(n_windows)
        self._fill = fill

    def gather(self, block: Array) -> Array:
        """Return the elements of all windows of a block.

        Parameters
        ----------
        block : ndarray
            Of the shape and dtype of the constructor.

        Returns
        -------
        ndarray
            The elements of a window are along the first axis, in the order of the footprint. The
            others are the block's, with one position per window. The next call overwrites it.
        """
        if not self._is_complete:
            self._elements[...] = self._fill
        for target, elements in self._copies:
            np.copyto(target, block[elements])
        return self._elements
