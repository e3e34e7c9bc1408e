"""What textbooks claim of pooling, as numbers: peaks and means that survive, and robustness."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.core.ignored_values import valid_mask

Values = npt.NDArray[Any]

PEAKS = 0.01
"""The share of the elements that count as peaks."""

SEED = 0x706F6F6C
"""Of the noise: none that a person gives to data of their own."""

CHUNK = 1 << 20
"""Elements that are worked on in float64 at a time."""


def peak(values: Values, ignored: Sequence[Any] = ()) -> float | None:
    """The mean of the largest hundredth of the finite values, at least of one.

    Parameters
    ----------
    values : array_like
        Complex numbers count by their magnitude.
    ignored : sequence of scalar
        Values that do not count.

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
    return _mean(largest)


def mean(values: Values, ignored: Sequence[Any] = ()) -> float | None:
    """The mean of the finite values, worked in float64; None where there are none.

    Examples
    --------
    >>> mean(np.array([1.0, 2.0, np.nan, -9999.0]), ignored=[-9999])
    1.5
    """
    flat = _counting(values, ignored)
    return _mean(flat) if flat.size else None


def _mean(flat: Values) -> float:
    with np.errstate(over="ignore"):
        return float(np.mean(flat, dtype=np.result_type(flat, np.float64)))


def _counting(values: Values, ignored: Sequence[Any]) -> Values:
    with np.errstate(over="ignore"):
        flat = np.abs(values).reshape(-1) if values.dtype.kind == "c" else values.reshape(-1)
    if flat.dtype.kind == "f":
        flat = flat[np.isfinite(flat)]
    return flat[valid_mask(flat, ignored)] if ignored else flat


def change(before: Values, after: Values, ignored: Sequence[Any] = ()) -> float | None:
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
    >>> change(np.array([3.0, 4.0]), np.array([6.0, 8.0]))
    1.0
    """
    largest = max(
        (_largest(one, other) for one, other in _counted(before, after, ignored)), default=0
    )
    difference = size = 0.0
    shift = -np.frexp(largest)[1]
    for one, other in _counted(before, after, ignored) if largest else ():
        one, other = _scaled(one, shift), _scaled(other, shift)  # whose squares overflow nowhere
        difference += float(np.sum(np.abs(other - one) ** 2))
        size += float(np.sum(np.abs(one) ** 2))
    return math.sqrt(difference / size) if size else None


def _scaled(values: Values, shift: int) -> Values:
    """Numbers times a power of two, in wide floats; complex ones part by part."""
    wide = values.astype(np.result_type(values, np.float64))
    if wide.dtype.kind == "c":
        wide.real, wide.imag = np.ldexp(wide.real, shift), np.ldexp(wide.imag, shift)
        return wide
    scaled: Values = np.ldexp(wide, shift)
    return scaled


def _largest(*arrays: Values) -> Any:
    """The largest magnitude; that of the least integer has no integer of its own."""
    parts = [
        part
        for each in arrays
        for part in ((each.real, each.imag) if each.dtype.kind == "c" else (each,))
    ]
    return max(
        abs(np.result_type(part, np.float64).type(end(part, initial=0)))
        for part in parts
        for end in (np.max, np.min)
    )


def _counted(one: Values, other: Values, ignored: Sequence[Any]) -> Iterator[tuple[Values, Values]]:
    """The elements that count in both, in wide floats, some at a time."""
    kind = np.result_type(one, np.float64)
    first, second = one.reshape(-1), other.reshape(-1)
    for start in range(0, first.size, CHUNK):
        part = slice(start, start + CHUNK)
        left, right = first[part], second[part]
        there = np.isfinite(left) & np.isfinite(right)
        if ignored:
            there &= valid_mask(left, ignored) & valid_mask(right, ignored)
        yield left[there].astype(kind), right[there].astype(kind)


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


def _deviation(flat: Values) -> Any:
    """The standard deviation, worked in wide floats, some elements at a time."""
    largest = _largest(flat)
    if not largest:
        return largest
    parts = [slice(start, start + CHUNK) for start in range(0, flat.size, CHUNK)]
    # Scaled to about 1, so that squares overflow nowhere.
    shift = -np.frexp(largest)[1]
    centre = sum(np.sum(_scaled(flat[part], shift)) for part in parts) / flat.size
    squares = sum(np.sum((_scaled(flat[part], shift) - centre) ** 2) for part in parts)
    return np.ldexp(np.sqrt(squares / flat.size), -shift)


def _limits(dtype: np.dtype[Any]) -> tuple[float, float]:
    """The least and the greatest float that an integer type holds."""
    limits = np.iinfo(dtype)
    most = float(limits.max)
    return float(limits.min), most if int(most) <= limits.max else float(np.nextafter(most, 0))


def noisy(
    values: Values, strength: float, ignored: Sequence[Any] = (), *, alpha: bool = False
) -> Values:
    """An array with normal noise, always the same.

    Parameters
    ----------
    values : ndarray
        Of any dtype but bool; integers stay integers, rounded and within their range.
    strength : float
        The noise's standard deviation, in those of the finite values.
    ignored : sequence of scalar
        Values that get no noise.
    alpha : bool
        Whether the last channel is alpha, which gets none.

    Examples
    --------
    >>> noisy(np.array([0, 100, 200], np.uint8), 0.1)
    array([  0,  83, 223], dtype=uint8)
    """
    flat = _counting(values[..., :-1] if alpha else values, ignored)
    sigma = strength * _deviation(flat)
    dice = np.random.default_rng(SEED)
    made = np.array(values, order="C")
    lines = made.reshape(-1)
    for start in range(0, lines.size, CHUNK):
        part = lines[start : start + CHUNK]
        wide = part.astype(np.result_type(part, np.float64))
        with np.errstate(over="ignore"):
            wide += sigma * dice.standard_normal(part.size)
        if part.dtype.kind in "iu":
            wide = np.clip(np.floor(wide + 0.5), *_limits(part.dtype))
        changes = valid_mask(part, ignored) if ignored else True
        with np.errstate(over="ignore", invalid="ignore"):
            np.copyto(part, wide.astype(part.dtype), where=changes)
    if alpha:
        made[..., -1] = values[..., -1]
    return made
