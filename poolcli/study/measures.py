"""What textbooks claim of pooling, as numbers: peaks and means that survive, and robustness."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

PEAKS = 0.01
"""The share of the elements that count as peaks."""

CHUNK = 1 << 20
"""Elements that are worked on in float64 at a time."""


def peak(values: Values, ignored: Any = None) -> float | None:
    """The mean of the largest hundredth of the finite values, at least of one.

    Parameters
    ----------
    values : array_like
        Complex numbers count by their magnitude.
    ignored : scalar, optional
        A value that does not count.

    Returns
    -------
    float or None
        None where there are no finite values.

    Examples
    --------
    >>> peak(np.arange(200.0))
    198.5
    """
    flat = _counting(values, ignored)
    if not flat.size:
        return None
    count = max(1, round(PEAKS * flat.size))
    largest = np.partition(flat, flat.size - count)[flat.size - count :]
    return float(np.mean(largest, dtype=np.float64))


def mean(values: Values, ignored: Any = None) -> float | None:
    """The mean of the finite values, worked in float64; None where there are none.

    Examples
    --------
    >>> mean(np.array([1.0, 2.0, np.nan, -9999.0]), ignored=-9999)
    1.5
    """
    flat = _counting(values, ignored)
    return float(np.mean(flat, dtype=np.float64)) if flat.size else None


def _counting(values: Values, ignored: Any) -> Values:
    flat = np.abs(values).reshape(-1) if values.dtype.kind == "c" else values.reshape(-1)
    if flat.dtype.kind == "f":
        flat = flat[np.isfinite(flat)]
    return flat if ignored is None else flat[flat != ignored]


def change(before: Values, after: Values, ignored: Any = None) -> float | None:
    """The relative change of an array: the norm of the difference over the norm of the array.

    Parameters
    ----------
    before, after : ndarray
        Of one shape. Elements that are not finite in both, or ignored in one, do not count.

    Returns
    -------
    float or None
        None where the array is 0 everywhere.

    Examples
    --------
    >>> change(np.array([3.0, 4.0]), np.array([3.0, 4.5]))
    0.1
    """
    difference = size = 0.0
    for one, other in _chunks(before, after):
        there = np.isfinite(one) & np.isfinite(other)
        if ignored is not None:
            there &= (one != ignored) & (other != ignored)
        one, other = one[there], other[there]
        difference += float(np.sum(np.abs(other - one) ** 2))
        size += float(np.sum(np.abs(one) ** 2))
    return math.sqrt(difference / size) if size and math.isfinite(difference / size) else None


def _chunks(one: Values, other: Values) -> Iterator[tuple[Values, Values]]:
    kind = np.complex128 if one.dtype.kind == "c" else np.float64
    first, second = one.reshape(-1), other.reshape(-1)
    for start in range(0, first.size, CHUNK):
        part = slice(start, start + CHUNK)
        yield first[part].astype(kind), second[part].astype(kind)


def shifted(values: Values, axis: int) -> Values:
    """An array moved by one element along an axis; what comes in repeats the edge.

    Examples
    --------
    >>> shifted(np.array([1, 2, 3]), 0)
    array([1, 1, 2])
    """
    first = np.take(values, [0], axis)
    rest = values[(slice(None),) * axis + (slice(0, values.shape[axis] - 1),)]
    return np.concatenate([first, rest], axis)


def noisy(values: Values, strength: float, ignored: Any = None, *, alpha: bool = False) -> Values:
    """An array with normal noise, always the same.

    Parameters
    ----------
    values : ndarray
        Of any dtype but bool; integers stay integers, rounded and within their range.
    strength : float
        The noise's standard deviation, in those of the finite values.
    ignored : scalar, optional
        A value that gets no noise.
    alpha : bool
        Whether the last channel is alpha, which gets none.

    Examples
    --------
    >>> noisy(np.array([0, 100, 200], np.uint8), 0.1)
    array([  1,  99, 205], dtype=uint8)
    """
    flat = _counting(values[..., :-1] if alpha else values, ignored)
    sigma = strength * float(np.std(flat, dtype=np.float64)) if flat.size else 0.0
    dice = np.random.default_rng(0)
    made = np.array(values, order="C")
    lines = made.reshape(-1)
    for start in range(0, lines.size, CHUNK):
        part = lines[start : start + CHUNK]
        wide = part.astype(np.complex128 if part.dtype.kind == "c" else np.float64)
        wide += dice.normal(0, sigma, part.size)
        if part.dtype.kind in "iu":
            limits = np.iinfo(part.dtype)
            wide = np.clip(np.floor(wide + 0.5), limits.min, limits.max)
        stays = None if ignored is None else part == ignored
        with np.errstate(over="ignore", invalid="ignore"):
            part[:] = wide.astype(part.dtype)
        if stays is not None:
            part[stays] = ignored
    if alpha:
        made[..., -1] = values[..., -1]
    return made
