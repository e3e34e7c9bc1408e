"""Measurements of arrays: peaks, means and relative changes, without overflow on the way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.ignored_values import valid_mask

PEAK_SHARE = 0.01
"""The share of the elements that count as peaks."""

CHUNK_ELEMENTS = 1 << 20
"""The number of elements that are converted to float64 at a time."""


def peak_mean(values: Array, ignored: Sequence[Any] = ()) -> float | None:
    """Return the mean of the largest 1 % of the finite elements, and of at least one.

    Parameters
    ----------
    values : ndarray
        The elements, of any shape and dtype. Complex numbers count by their magnitude.
    ignored : sequence of scalar
        Values of elements that do not count.

    Returns
    -------
    float or None
        None without finite elements.

    Examples
    --------
    >>> peak_mean(np.arange(200.0))
    198.5
    """
    flat = counted_elements(values, ignored)
    if not flat.size:
        return None
    count = max(1, round(PEAK_SHARE * flat.size))
    return _mean(np.partition(flat, flat.size - count)[flat.size - count :])


def finite_mean(values: Array, ignored: Sequence[Any] = ()) -> float | None:
    """Return the mean of the finite elements, computed in float64; None without any.

    Parameters
    ----------
    values : ndarray
        The elements, of any shape and dtype. Complex numbers count by their magnitude.
    ignored : sequence of scalar
        Values of elements that do not count.

    Examples
    --------
    >>> finite_mean(np.array([1.0, 2.0, np.nan, -9999.0]), ignored=[-9999])
    1.5
    """
    flat = counted_elements(values, ignored)
    return _mean(flat) if flat.size else None


def _mean(flat: Array) -> float:
    """Return the mean, computed in float64 or wider."""
    with np.errstate(over="ignore"):
        mean = np.mean(flat, dtype=np.result_type(flat, np.float64))
    return float(mean if np.isfinite(mean) else np.sum(flat / flat.size))


def counted_elements(values: Array, ignored: Sequence[Any]) -> Array:
    """Return the finite elements that are not ignored; of complex numbers the magnitudes.

    Parameters
    ----------
    values : ndarray
        The elements, of any shape and dtype.
    ignored : sequence of scalar
        Values of elements that do not count.

    Returns
    -------
    ndarray, 1-D
        A view of `values` where possible.
    """
    with np.errstate(over="ignore"):
        flat = np.abs(values).reshape(-1) if values.dtype.kind == "c" else values.reshape(-1)
    if flat.dtype.kind == "f":
        flat = flat[np.isfinite(flat)]
    return flat[valid_mask(flat, ignored)] if ignored else flat


def relative_change(before: Array, after: Array, ignored: Sequence[Any] = ()) -> float | None:
    """Return the norm of the difference of two arrays over the norm of the first.

    Parameters
    ----------
    before, after : ndarray
        Two arrays of one shape. Elements count if they are finite and not ignored in both.
    ignored : sequence of scalar
        Values of elements that do not count.

    Returns
    -------
    float or None
        None if the first array is 0 everywhere.

    Examples
    --------
    >>> relative_change(np.array([3.0, 4.0]), np.array([6.0, 8.0]))
    1.0
    """
    largest = max(
        (largest_magnitude(*chunks) for chunks in _counted_chunks(before, after, ignored)),
        default=0,
    )
    if not largest:
        return None
    difference = size = 0.0
    exponent = -np.frexp(largest)[1]
    for chunk, other in _counted_chunks(before, after, ignored):
        scaled = scale_by_power_of_two(chunk, exponent)
        difference += float(np.sum(np.abs(scale_by_power_of_two(other, exponent) - scaled) ** 2))
        size += float(np.sum(np.abs(scaled) ** 2))
    return math.sqrt(difference / size) if size else None


def chunks(flat: Array) -> Iterator[Array]:
    """Yield views of a 1-D array, one for every `CHUNK_ELEMENTS` elements."""
    for start in range(0, flat.size, CHUNK_ELEMENTS):
        yield flat[start : start + CHUNK_ELEMENTS]


def scale_by_power_of_two(values: Array, exponent: int) -> Array:
    """Return values times 2 to the power of an exponent, in float64 or wider.

    Values scaled to about 1 have squares that neither overflow nor underflow.

    Parameters
    ----------
    values : ndarray, 1-D
        The values, of any dtype; adjacent in memory if they are complex.
    exponent : int
        The exponent of the power of two.

    Examples
    --------
    >>> scale_by_power_of_two(np.array([1, 3]), -1)
    array([0.5, 1.5])
    """
    wide = values.astype(np.result_type(values, np.float64))
    real_and_imaginary = wide.view(wide.real.dtype)
    np.ldexp(real_and_imaginary, exponent, out=real_and_imaginary)
    return wide


def largest_magnitude(*arrays: Array) -> Any:
    """Return the largest magnitude of real and imaginary parts, as float64 or wider.

    Parameters
    ----------
    *arrays : ndarray, 1-D
        The arrays, of any dtype; their elements are adjacent in memory if they are complex.
    """
    parts = [array.view(array.real.dtype) for array in arrays]
    return max(
        # Converted before abs, which overflows for the smallest integer of a dtype.
        abs(np.result_type(part, np.float64).type(extreme(part, initial=0)))
        for part in parts
        for extreme in (np.max, np.min)
    )


def _counted_chunks(
    one: Array, other: Array, ignored: Sequence[Any]
) -> Iterator[tuple[Array, Array]]:
    """Yield the elements that count in both arrays, a chunk at a time, in float64 or wider."""
    wide = np.result_type(one, np.float64)
    for left, right in zip(chunks(one.reshape(-1)), chunks(other.reshape(-1)), strict=True):
        counts = np.isfinite(left) & np.isfinite(right)
        if ignored:
            counts &= valid_mask(left, ignored) & valid_mask(right, ignored)
        yield left[counts].astype(wide), right[counts].astype(wide)
