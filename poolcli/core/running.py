"""Complete windows of fixed size along one axis: the fast way to fold."""

from __future__ import annotations

import math
import sys

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array

SMALL_BYTES = 32
"""Up to here what lies behind an axis is folded with it as one row: colours of a pixel, say."""

WIDER = {width: np.dtype(f"u{width}") for width in (1, 2, 4, 8)}


def complete(ufunc: np.ufunc, block: Array, dim: int, axis: Axis) -> Array:
    """Fold windows that lie one stride apart, from the block's first element to its last.

    Where rows lie behind the axis, each element of the windows is one strided view, and NumPy's
    inner loop runs along the rows. Where nothing or little does, strided loops would crawl: there
    every position is folded, window or not, in whole rows, and then those of the windows are
    taken, which is still several times faster.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add`, …
    block : ndarray
        Of ``(out - 1) * stride + dilation * (kernel - 1) + 1`` elements along the axis.
    dim : int
        The axis.
    axis : Axis
        Its windows.

    Returns
    -------
    ndarray
        May be a view.

    Examples
    --------
    >>> axis = Axis(size=7, out=3, kernel=3, stride=2)
    >>> complete(np.maximum, np.array([1, 5, 2, 4, 9, 3, 0]), 0, axis)
    array([5, 9, 9])
    """
    before = (slice(None),) * dim
    behind = math.prod(block.shape[dim + 1 :])
    small = behind * block.itemsize <= SMALL_BYTES
    if axis.stride == 1 or (small and block.itemsize < 8):
        if behind > 1 and small:
            return _pixels(ufunc, block, dim, axis, behind)
        folded = run_along(ufunc, block, dim, axis.kernel, axis.dilation)
        return folded if axis.stride == 1 else every(folded, dim, axis.stride)
    if doubles(axis):
        folded = run_along(ufunc, block, dim, axis.kernel, axis.dilation)
        return folded[(*before, slice(None, None, axis.stride))]
    reach = block.shape[dim] - (axis.kernel - 1) * axis.dilation
    views = [
        block[(*before, slice(tap, tap + reach, axis.stride))]
        for tap in range(0, axis.kernel * axis.dilation, axis.dilation)
    ]
    if len(views) == 1:
        return views[0]
    out: Array = ufunc(views[0], views[1])
    for view in views[2:]:
        ufunc(out, view, out=out)
    return out


def doubles(axis: Axis) -> bool:
    """Whether folding every position in doubling steps is less work than each window alone."""
    return axis.stride * (axis.kernel.bit_length() + 1) < axis.kernel


def _pixels(ufunc: np.ufunc, block: Array, dim: int, axis: Axis, behind: int) -> Array:
    """Fold rows of pixels of a few channels as rows of numbers, a pixel's width apart."""
    shape = block.shape
    rows = block.reshape(*shape[:dim], shape[dim] * behind)
    folded = run_along(ufunc, rows, dim, axis.kernel, axis.dilation * behind)
    if axis.stride == 1:
        return folded.reshape(*shape[:dim], -1, *shape[dim + 1 :])
    unit = WIDER.get(behind * block.itemsize)
    if unit is not None and folded.flags.c_contiguous:  # a pixel is as wide as some integer
        taken = every(folded.view(unit), dim, axis.stride).view(block.dtype)
        return taken.reshape(*shape[:dim], -1, *shape[dim + 1 :])
    out = np.empty(
        (*shape[:dim], -(-folded.shape[-1] // (axis.stride * behind)), behind), block.dtype
    )
    for channel in range(behind):
        out[..., channel] = folded[..., channel :: axis.stride * behind]
    return out.reshape(*shape[:dim], -1, *shape[dim + 1 :])


def run_along(ufunc: np.ufunc, block: Array, dim: int, kernel: int, gap: int) -> Array:
    """Fold `kernel` elements, `gap` apart, from every position on that has them all.

    Fast because runs of twice the length are made of two runs: a few passes for any kernel.
    """
    before = (slice(None),) * dim

    def joined(run: Array, other: Array, shift: int) -> Array:
        size = min(run.shape[dim], other.shape[dim] - shift)
        first, second = (*before, slice(0, size)), (*before, slice(shift, shift + size))
        folded: Array = ufunc(run[first], other[second])
        return folded

    found, run, length, done = None, block, 1, 0
    while True:
        if kernel & length:  # the binary digits of the kernel: its windows are made of such runs
            found = run if found is None else joined(found, run, done * gap)
            done += length
        if done == kernel:
            assert found is not None
            return found
        run = joined(run, run, length * gap)
        length *= 2


def every(block: Array, dim: int, step: int) -> Array:
    """Take every n-th element, along the last axis in one pass where the step is a power of two.

    Fast because narrowing integers is a vector instruction and strided copying is not: two
    elements are one integer of twice the width, whose lower half is the first.
    """
    size = -(-block.shape[dim] // step)
    width = block.itemsize
    is_last = dim == block.ndim - 1
    if not is_last or step * width not in WIDER or width not in WIDER or sys.byteorder != "little":
        return np.ascontiguousarray(block[(slice(None),) * dim + (slice(None, None, step),)])
    whole = block
    if block.shape[-1] != size * step or not block.flags.c_contiguous:
        whole = np.empty((*block.shape[:-1], size * step), block.dtype)
        whole[..., : block.shape[-1]] = block
    return whole.view(WIDER[step * width]).astype(WIDER[width]).view(block.dtype)
