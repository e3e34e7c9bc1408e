"""Reducing one axis with a ufunc: the step that separable kernels repeat."""

from __future__ import annotations

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.taps import Index, Part, spans, taps


def along(dim: int, index: Index | int) -> tuple[Index | int, ...]:
    """An index that takes `index` on axis `dim` and everything before it."""
    return (*(slice(None),) * dim, index)


def fold(ufunc: np.ufunc, block: Array, dim: int, part: Part, start: object, dtype: DType) -> Array:
    """Combine the elements of each window along one axis.

    The elements of a window are always combined in the same order, wherever the block begins,
    so that the cutting of the work does not show in the last bit.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add`, …
    block : ndarray
        The piece of the input (or of the result of folding another axis).
    dim : int
        The axis to fold.
    part : Part
        Its windows, and the range of elements that the block holds.
    start : scalar
        The value of a window with no elements.
    dtype : dtype
        What to accumulate in, and the result's.

    Returns
    -------
    ndarray
        With as many elements along `dim` as the part has outputs.
    """
    shape = list(block.shape)
    shape[dim] = part.outs[1] - part.outs[0]
    out = np.empty(shape, dtype)
    if part.prefers_spans:
        for at, span in spans(part):
            cell = out[along(dim, slice(at, at + 1))]
            if span.start < span.stop:
                source = block[along(dim, span)]
                ufunc.reduce(source, axis=dim, dtype=dtype, out=cell, keepdims=True)
            else:
                cell[...] = start
        return out
    untouched = True
    for outs, ins in taps(part):
        there, source = along(dim, outs), block[along(dim, ins)]
        if untouched:
            _start(out, dim, outs, start)
            out[there] = source
            untouched = False
        elif isinstance(outs, slice):
            ufunc(out[there], source, out=out[there], dtype=dtype)
        else:
            out[there] = ufunc(out[there], source, dtype=dtype)
    return out


def _start(out: Array, dim: int, outs: Index, start: object) -> None:
    """Give a value to the outputs that the first tap does not reach."""
    if isinstance(outs, slice):
        out[along(dim, slice(0, outs.start))] = start
        out[along(dim, slice(outs.stop, None))] = start
    else:
        out[...] = start
