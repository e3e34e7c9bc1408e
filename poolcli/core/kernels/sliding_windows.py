"""Reduction of windows with stride 1 along one axis with a ufunc: one begins at every position.

Functions whose names begin with ``plan`` decide once, for all blocks of one shape and memory
layout, which NumPy calls to make, and prepare their scratch memory and its views. They return a
function that makes the calls for one block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.combine_sliding_windows import combine_sliding_windows
from poolcli.core.kernels.pairwise_order import GROUP_ELEMENTS, Addition
from poolcli.core.taps import index_on_axis

Reduce: TypeAlias = Callable[[Array, Array], None]
"""Reads a block, and writes the results to the second array."""

IDEMPOTENT = frozenset([np.maximum, np.minimum, np.logical_or])
"""Ufuncs with ``f(x, x) == x``: they may see an element twice."""


def plan_sliding_windows(
    ufunc: np.ufunc, block: Array, dim: int, kernel: int, dilation: int, out: Array
) -> Reduce:
    """Plan the reduction of windows of two or more elements, of which one begins at every position.

    Runs of 2, 4, 8, … elements are made of two runs of half the length, so that the number of calls
    grows with the logarithm of the kernel size. Floats are added in pairwise order.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add` or `logical_or`.
    block : ndarray
        The elements; only shape, strides and dtype are used.
    dim : int
        The axis to reduce.
    kernel, dilation : int
        The number of elements of a window, and the distance between them.
    out : ndarray
        An array like those that receive the results, of length ``n - (kernel - 1) * dilation``
        along `dim`; its dtype is that of the accumulation.

    Returns
    -------
    callable
        Takes a block and an array for its results.
    """
    size = out.shape[dim]
    is_rounded = is_rounded_sum(ufunc, out.dtype)
    if kernel <= 3 or (is_rounded and kernel <= GROUP_ELEMENTS):
        starts = range(0, (kernel - 1) * dilation + 1, dilation)
        return plan_taps(
            in_dtype(ufunc, block, out.dtype),
            [index_on_axis(dim, slice(start, start + size)) for start in starts],
        )
    if is_rounded:
        return lambda block, out: _add_sliding_windows(block, dim, kernel, dilation, out)
    return _plan_runs(ufunc, block, dim, kernel, dilation, out)


def _add_sliding_windows(block: Array, dim: int, kernel: int, dilation: int, out: Array) -> None:
    """Add floats of the windows that begin at every position, in pairwise order."""
    combine = Addition(out.dtype, out_elements=kernel, out=out)
    (total,) = combine_sliding_windows((block,), dim, kernel, dilation, combine)
    if total is not out:
        out[...] = total


def _plan_runs(
    ufunc: np.ufunc, block: Array, dim: int, kernel: int, dilation: int, out: Array
) -> Reduce:
    """Plan the reduction of windows of four or more elements by runs of 2, 4, 8, … elements."""
    size, n_positions = out.shape[dim], block.shape[dim]
    from_block = in_dtype(ufunc, block, out.dtype)
    runs_by_length: dict[int, Array] = {}
    halves: list[tuple[Array, Array, Array]] = []  # what each run but the first consists of
    parts: list[Any] = []  # what a window consists of: arrays, or indices of the block
    length = 1
    buffers: list[Array] = []
    needs_all_runs = len({run_length for run_length, _ in _runs(ufunc, kernel)}) > 1
    for run_length, offset in _runs(ufunc, kernel):
        while length < run_length:
            left = n_positions - (2 * length - 1) * dilation
            starts = (0, length * dilation)
            one, two = (index_on_axis(dim, slice(at, at + left)) for at in starts)
            shape = (*out.shape[:dim], left, *out.shape[dim + 1 :])
            if needs_all_runs or len(buffers) < 2:
                buffers.append(np.empty(math.prod(shape), out.dtype))
            else:  # the run before the last is not needed any longer
                buffers.reverse()
            longer = buffers[-1][: math.prod(shape)].reshape(shape)
            if length == 1:
                pair = one, two, longer
            else:
                halves.append((runs_by_length[length][one], runs_by_length[length][two], longer))
            length *= 2
            runs_by_length[length] = longer
        index = index_on_axis(dim, slice(offset * dilation, offset * dilation + size))
        parts.append(index if run_length == 1 else runs_by_length[run_length][index])
    first, second, *others = parts

    def reduce_runs(block: Array, out: Array) -> None:
        def elements(part: Any) -> Array:
            return block[part] if isinstance(part, tuple) else part

        from_block(block[pair[0]], block[pair[1]], out=pair[2])
        for one, two, longer in halves:
            ufunc(one, two, out=longer)
        from_block(elements(first), elements(second), out=out)
        for part in others:
            from_block(elements(part), out, out=out)

    return reduce_runs


def _runs(ufunc: np.ufunc, kernel: int) -> Iterator[tuple[int, int]]:
    """Yield the lengths (powers of two) and offsets of the runs that make up a window.

    Runs may overlap if the ufunc is idempotent: two are enough then.
    """
    half = 1 << ((kernel - 1).bit_length() - 1)
    if ufunc in IDEMPOTENT or kernel == 2 * half:
        yield half, 0
        yield half, kernel - half
        return
    for digit in range(kernel.bit_length()):
        if kernel >> digit & 1:
            yield 1 << digit, kernel >> (digit + 1) << (digit + 1)


def plan_taps(ufunc: Callable[..., Array], indices: list[tuple[object, ...]]) -> Reduce:
    """Plan the reduction of two or more views of a block, one after the other.

    Parameters
    ----------
    ufunc : callable
        A ufunc, or one with its dtype.
    indices : list of tuple
        Indices of the block that select views of the shape of the result.
    """
    one, two, *others = indices

    def reduce_taps(block: Array, out: Array) -> None:
        ufunc(block[one], block[two], out=out)  # type: ignore[index]
        for index in others:
            ufunc(out, block[index], out=out)  # type: ignore[index]

    return reduce_taps


def is_rounded_sum(ufunc: np.ufunc, dtype: DType) -> bool:
    """Return whether the order of elements affects the result."""
    return ufunc is np.add and dtype.kind in "fc"


def in_dtype(ufunc: np.ufunc, block: Array, dtype: DType) -> Callable[..., Array]:
    """Return the ufunc that computes in `dtype` with elements of a block."""
    return ufunc if block.dtype == dtype else partial(ufunc, dtype=dtype)
