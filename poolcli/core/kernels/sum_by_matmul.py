"""Sums of rows and of columns of float32, as products with a vector of ones.

They are fast because BLAS libraries read several rows at once, and neighbours as vectors. A library
may add in any order, so that a product is taken only if a trial shows that it has the bits of
adding one element after the other. The only other difference is that a product of negative zeros
is a positive zero.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.sliding_windows import Reduce, plan_taps

MAX_MATRIX_ELEMENTS = 1 << 16
"""Larger matrices are not multiplied: OpenBLAS starts threads of its own from 460,800 elements on
(0.3.27, which NumPy 2.0 has)."""

WIDTH_UNIT = 64
"""BLAS libraries may add in order in multiples of so many columns, and the columns that are left
over in another order."""


def row_product_width(n_rows: int, width: int) -> int:
    """Return for how many columns a product adds the rows of a matrix in order, and is faster.

    Parameters
    ----------
    n_rows, width : int
        The shape of the matrix.
    """
    if n_rows < 3 or width < WIDTH_UNIT or n_rows * width > MAX_MATRIX_ELEMENTS:
        return 0
    width = width // WIDTH_UNIT * WIDTH_UNIT
    return width if _adds_in_order(n_rows, width, 0) else 0


def can_multiply_columns(n_rows: int, n_columns: int) -> bool:
    """Return whether a product adds the columns of a matrix in order, and is faster.

    For two and four columns it is faster only on processors with AVX-512.
    """
    is_small = n_rows * n_columns <= MAX_MATRIX_ELEMENTS
    return n_columns == 3 and is_small and _adds_in_order(n_rows, n_columns, 1)


def plan_row_products(kernel: int, n_columns: int) -> Reduce:
    """Plan the sums of rows that lie side by side and fill the second-last axis.

    Parameters
    ----------
    kernel : int
        The number of rows of each sum.
    n_columns : int
        The number of columns that are added by a product.
    """
    ones = np.ones(kernel, np.float32)
    add_others = plan_taps(np.add, [(..., row, slice(n_columns, None)) for row in range(kernel)])

    def add_rows(block: Array, out: Array) -> None:
        tiles = block.reshape(*out.shape[:-1], kernel, out.shape[-1])
        np.matmul(ones, tiles[..., :n_columns], out=out[..., :n_columns])
        if n_columns < out.shape[-1]:
            add_others(tiles, out[..., n_columns:])

    return add_rows


def plan_column_products(kernel: int) -> Reduce:
    """Plan the sums of `kernel` columns that lie side by side and fill the last axis."""
    ones = np.ones(kernel, np.float32)

    def add_columns(block: Array, out: Array) -> None:
        np.matmul(block.reshape(*out.shape, kernel), ones, out=out)

    return add_columns


def reports_overflow(compute: Callable[[], object]) -> bool:
    """Call a function, and return whether a float operation of NumPy overflowed in it.

    It is fast because the processor notes an overflow, so that no result is looked at.

    Examples
    --------
    >>> large = np.full(2, 3e38, np.float32)
    >>> reports_overflow(lambda: large + large), reports_overflow(lambda: large + np.inf)
    (True, False)
    """
    reports: list[object] = []
    with np.errstate(all="ignore", over="call", call=lambda *report: reports.append(report)):
        compute()
    return bool(reports)


@lru_cache(maxsize=256)
def _adds_in_order(n_rows: int, n_columns: int, axis: int) -> bool:
    """Return whether products add a matrix along an axis in order, and overflows are reported.

    Several places in memory are tried, because libraries treat aligned elements differently.
    """
    numbers = np.arange(n_rows * n_columns)
    values = np.ldexp(np.sin(numbers), numbers * 7 % 13).astype(np.float32)
    values = values.reshape(n_rows, n_columns)
    expected = np.add.accumulate(values, axis=axis).take(-1, axis)
    ones = np.ones(values.shape[axis], np.float32)
    for row_gap in (0, 1) if axis == 0 else (0,):
        for offset in (0, 1, 4):
            row_length = n_columns + row_gap
            memory = np.empty(offset + n_rows * row_length, np.float32)
            matrix = memory[offset:].reshape(n_rows, row_length)[:, :n_columns]
            factors = (ones, matrix) if axis == 0 else (matrix, ones)
            matrix[...] = values
            if not np.array_equal(np.matmul(*factors), expected):
                return False
            for at in (0, -1):  # a library that computes on threads of its own reports nothing
                matrix[...] = 0
                matrix[at if axis == 1 else slice(None), at if axis == 0 else slice(None)] = 3e38
                if not reports_overflow(partial(np.matmul, *factors)):
                    return False
    return True
