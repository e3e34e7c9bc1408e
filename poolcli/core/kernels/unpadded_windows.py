"""Fast reduction of complete windows of equal size along one axis with a ufunc.

Each function plans a reduction: it decides once, for all blocks of one shape and memory layout,
which NumPy calls to make, and prepares their scratch memory and its views. It returns a function
that makes the calls for one block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.combine_groups import LONG_ROW_BYTES
from poolcli.core.kernels.combine_sliding_windows import combine_sliding_windows
from poolcli.core.kernels.fast_strided_copy import UNSIGNED_DTYPES, plan_take_every_nth
from poolcli.core.kernels.pairwise_order import GROUP_ELEMENTS, Addition
from poolcli.core.kernels.reduce_windows_pairwise import reduce_complete
from poolcli.core.taps import AxisBlock, index_on_axis

Reduce: TypeAlias = Callable[[Array, Array], None]
"""Reads a block, and writes the results to the second array."""

MAX_PIXEL_BYTES = 32
"""Up to this size, the elements at one position of the axis are handled as one pixel, such as the
colours of an image with channels last."""

IDEMPOTENT = frozenset([np.maximum, np.minimum, np.logical_or])
"""Ufuncs with ``f(x, x) == x``: they may see an element twice."""


def plan_strided(
    ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of windows that lie one stride apart and have all their elements.

    If each position of the axis holds a row (the axes inside of it), each tap is one strided view
    of rows, and NumPy's inner loop runs along the rows. Long rows of windows side by side are
    reduced in one call.

    If each position holds one element or one pixel, NumPy's strided loops are slow. Every position
    is reduced then, whether a window begins there or not, and every n-th position is taken, which
    is several times as fast. Elements of 8 bytes and float sums keep strided loops.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add` or `logical_or`.
    block : ndarray
        The elements; only shape, strides and dtype are used.
    dim : int
        The axis to reduce.
    axis : Axis
        The windows.
    first : int
        The position in the block at which the first window begins.
    out : ndarray
        An array like those that receive the results, one per window along `dim`: C-contiguous, or
        a range of such an array along the axis. Its dtype is that of the accumulation.

    Returns
    -------
    callable
        Takes a block and an array for its results; both have the layout of those given here.

    Examples
    --------
    >>> block, out = np.array([1, 5, 2, 4, 9, 3, 0]), np.zeros(3, np.int64)
    >>> axis = Axis(size=7, out_size=3, kernel_size=3, stride=2)
    >>> plan_strided(np.maximum, block, 0, axis, 0, out)(block, out)
    >>> out
    array([5, 9, 9])
    """
    channels = math.prod(block.shape[dim + 1 :])
    if not out.size:
        return lambda block, out: None
    if axis.kernel_size == 1:
        stop = first + (out.shape[dim] - 1) * axis.stride + 1
        return _plan_copy(index_on_axis(dim, slice(first, stop, axis.stride)))
    is_single = out.shape[dim] == 1
    if channels * block.itemsize > MAX_PIXEL_BYTES or is_single:
        return _plan_across_rows(ufunc, block, dim, axis, first, out)
    rows = math.prod(block.shape[:dim])
    in_shape, out_shape = (rows, block.shape[dim] * channels), (rows, out.shape[dim] * channels)
    in_rows, out_rows = block.reshape(in_shape), out.reshape(out_shape)
    reduce_rows = _plan_within_rows(ufunc, in_rows, channels, axis, first, out_rows)
    if block.shape == in_shape:
        return reduce_rows
    return lambda block, out: reduce_rows(block.reshape(in_shape), out.reshape(out_shape))


def _plan_copy(index: tuple[object, ...]) -> Reduce:
    def copy(block: Array, out: Array) -> None:
        out[...] = block[index]  # type: ignore[index]

    return copy


def is_tiled(axis: Axis) -> bool:
    """Return whether windows lie side by side."""
    return axis.kernel_size == axis.stride and axis.dilation == 1


def reduce_tiles(ufunc: np.ufunc, block: Array, dim: int, kernel: int, out: Array) -> None:
    """Reduce windows that lie side by side, in one call.

    Parameters
    ----------
    ufunc : ufunc
    block : ndarray
        Its length along `dim` is the number of windows times `kernel`.
    dim : int
        The axis to reduce.
    kernel : int
        The number of elements of a window.
    out : ndarray
        Receives the results, one per window along `dim`; its dtype is that of the accumulation.
    """
    tiles = block.reshape(*out.shape[: dim + 1], kernel, *out.shape[dim + 1 :])
    ufunc.reduce(tiles, axis=dim + 1, dtype=out.dtype, out=out)


def is_rounded_sum(ufunc: np.ufunc, dtype: DType) -> bool:
    """Return whether the order of elements affects the result."""
    return ufunc is np.add and dtype.kind in "fc"


def in_dtype(ufunc: np.ufunc, block: Array, dtype: DType) -> Callable[..., Array]:
    """Return the ufunc that computes in `dtype` with elements of a block."""
    return ufunc if block.dtype == dtype else partial(ufunc, dtype=dtype)


def _plan_across_rows(
    ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of elements that are rows, or single elements at a distance."""
    n_windows = out.shape[dim]
    stride, kernel, dilation = axis.stride, axis.kernel_size, axis.dilation
    size = (n_windows - 1) * stride + 1
    extent = (kernel - 1) * dilation
    span = index_on_axis(dim, slice(first, first + size + extent))
    elements = block[span]
    if stride == 1:
        reduce_every = plan_every_position(ufunc, elements, dim, kernel, dilation, out)
        return lambda block, out: reduce_every(block[span], out)
    is_rounded = is_rounded_sum(ufunc, out.dtype)
    if stride * (kernel.bit_length() + 1) < kernel and not is_rounded:
        # Windows overlap so much that reducing every position takes fewer operations.
        every = np.empty((*out.shape[:dim], size, *out.shape[dim + 1 :]), out.dtype)
        reduce_every = plan_every_position(ufunc, elements, dim, kernel, dilation, every)
        taken = every[index_on_axis(dim, slice(None, None, stride))]

        def reduce_and_copy(block: Array, out: Array) -> None:
            reduce_every(block[span], every)
            np.copyto(out, taken)

        return reduce_and_copy
    if is_rounded and kernel > GROUP_ELEMENTS:
        return lambda block, out: _add_complete(block[span], dim, axis, n_windows, out)
    row_elements = math.prod(block.shape[dim + 1 :])
    row_bytes = row_elements * block.itemsize
    if stride == 2 and row_bytes < LONG_ROW_BYTES and block.flags.c_contiguous:
        return _plan_flat_rows(ufunc, block, dim, axis, first, out)
    if kernel > 2 and is_tiled(axis) and row_bytes >= LONG_ROW_BYTES:
        return lambda block, out: reduce_tiles(ufunc, block[span], dim, kernel, out)
    starts = range(first, first + extent + 1, dilation)
    return plan_taps(
        in_dtype(ufunc, block, out.dtype),
        [index_on_axis(dim, slice(start, start + size, stride)) for start in starts],
    )


def _plan_flat_rows(
    ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of short rows, all of them as one row.

    Windows are reduced at every row, although every second one is dropped. It is fast because NumPy
    takes 20 to 35 ns for each row that it visits, longer than for the elements of a short row.
    """
    n_positions, row_elements = block.shape[dim], math.prod(block.shape[dim + 1 :])
    step = axis.dilation * row_elements
    every = np.empty(block.shape, out.dtype)
    positions = every.reshape(-1)[: block.size - (axis.kernel_size - 1) * step]
    reduce_every = plan_every_position(
        ufunc, block.reshape(-1), 0, axis.kernel_size, step, positions
    )
    span = slice(first, min(first + out.shape[dim] * axis.stride, n_positions), axis.stride)
    taken = every[index_on_axis(dim, span)]

    def reduce_and_take(block: Array, out: Array) -> None:
        reduce_every(block.reshape(-1), positions)
        np.copyto(out, taken)

    return reduce_and_take


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


def _add_complete(elements: Array, dim: int, axis: Axis, n_windows: int, out: Array) -> None:
    """Add floats in pairwise order."""
    axis_block = AxisBlock(axis._replace(pad_before=0), (0, n_windows), (0, elements.shape[dim]))
    combine = Addition(out.dtype, out_elements=axis.kernel_size, out=out)
    (total,) = reduce_complete((elements,), dim, axis_block, 0, n_windows, combine)
    if total is not out:
        out[...] = total


def _plan_within_rows(
    ufunc: np.ufunc, block: Array, channels: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction along rows of elements, or of pixels; arrays are 2-D."""
    kernel, stride = axis.kernel_size, axis.stride
    pixel_bytes = channels * out.itemsize
    is_rounded = is_rounded_sum(ufunc, out.dtype)
    if stride == 1:
        return _plan_positions_within_rows(ufunc, block, channels, axis, first, out)
    if (
        is_tiled(axis)
        and kernel % 2 == 0
        and kernel > 2
        and stride * pixel_bytes > 8
        and pixel_bytes in UNSIGNED_DTYPES
        and not is_rounded
    ):
        # No integer is as wide as a stride, so `take_every_nth` would be slow. Reducing pairs
        # first halves the stride and does half of the work.
        half = kernel // 2
        pairs = np.empty((len(out), out.shape[1] * half), out.dtype)
        pair_axis = axis._replace(kernel_size=2, stride=2)
        reduce_to_pairs = _plan_within_rows(ufunc, block, channels, pair_axis, first, pairs)
        half_axis = axis._replace(kernel_size=half, stride=half)
        reduce_pairs = _plan_within_rows(ufunc, pairs, channels, half_axis, 0, out)

        def reduce_twice(block: Array, out: Array) -> None:
            reduce_to_pairs(block, pairs)
            reduce_pairs(pairs, out)

        return reduce_twice
    if channels == 1 and (pixel_bytes >= 8 or is_rounded):
        # Strided loops are fast enough.
        return _plan_across_rows(ufunc, block, 1, axis, first, out)
    return _plan_reduce_and_take(ufunc, block, channels, axis, first, out)


def _plan_positions_within_rows(
    ufunc: np.ufunc, block: Array, channels: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of windows that begin at every position of rows."""
    start, extent = first * channels, (axis.kernel_size - 1) * axis.dilation * channels
    span = (slice(None), slice(start, start + out.shape[1] + extent))
    step = axis.dilation * channels
    reduce_every = plan_every_position(ufunc, block[span], 1, axis.kernel_size, step, out)
    return lambda block, out: reduce_every(block[span], out)


def _plan_reduce_and_take(
    ufunc: np.ufunc, block: Array, channels: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of every position of rows, of which every n-th is taken."""
    stride, (rows, width) = axis.stride, block.shape
    step = axis.dilation * channels
    # The first window begins at a multiple of the stride, where integers of that width begin.
    lead = -first % stride * channels
    begin = lead + first * channels
    if width // channels % stride == 0:
        # All rows as one, in long calls; windows across the end of a row are never taken.
        length, shape = rows * width, (1, rows * width)
        buffer = np.empty((1, begin + length), out.dtype)
        taken, start = buffer[0, begin:].reshape(rows, width), 0
    else:
        length, shape = width, (rows, width)
        padded = -(-(begin + width) // (stride * channels)) * stride * channels
        buffer = np.empty((rows, padded), out.dtype)
        taken, start = buffer, begin // channels
    every = buffer[:, lead : lead + length - (axis.kernel_size - 1) * step]
    layout = block.reshape(shape)
    reduce_every = plan_every_position(ufunc, layout, 1, axis.kernel_size, step, every)
    take = plan_take_every_nth(taken, channels, start, stride, out)

    def reduce_and_take(block: Array, out: Array) -> None:
        reduce_every(block.reshape(shape), every)
        take(out)

    return reduce_and_take


def plan_every_position(
    ufunc: np.ufunc, block: Array, dim: int, kernel: int, dilation: int, out: Array
) -> Reduce:
    """Plan the reduction of windows of two or more elements that begin at every position.

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
        return lambda block, out: _add_every_position(block, dim, kernel, dilation, out)
    return _plan_runs(ufunc, block, dim, kernel, dilation, out)


def _add_every_position(block: Array, dim: int, kernel: int, dilation: int, out: Array) -> None:
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
