"""Changes to an input whose effect on the results is measured: a shift and noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from poolcli.compare import measurements
from poolcli.core.dtypes import Array
from poolcli.core.ignored_values import valid_mask

NOISE_SEED = 0x706F6F6C
"""The seed of the noise; unusual, so that the noise is not correlated with users' test data."""


def shifted(values: Array, axis: int) -> Array:
    """Return an array moved by one element along an axis, with the edge repeated.

    Parameters
    ----------
    values : ndarray
        The array.
    axis : int
        The axis.

    Examples
    --------
    >>> shifted(np.array([1, 2, 3]), 0)
    array([1, 1, 2])
    """
    first = np.take(values, [0], axis)
    rest = values[(slice(None),) * axis + (slice(0, values.shape[axis] - 1),)]
    return np.concatenate([first, rest], axis)


def with_noise(
    values: Array, strength: float, ignored: Sequence[Any] = (), *, has_alpha: bool = False
) -> Array:
    """Return an array with normally distributed noise, the same in every call.

    Parameters
    ----------
    values : ndarray
        The array, of any dtype but bool. Integers stay integers, rounded half up and clipped to
        the range of their dtype.
    strength : float
        The standard deviation of the noise, in standard deviations of the finite elements.
    ignored : sequence of scalar
        Values of elements that get no noise.
    has_alpha : bool
        Whether the last channel is alpha, which gets no noise.

    Examples
    --------
    >>> with_noise(np.array([0, 100, 200], np.uint8), 0.1)
    array([  0,  83, 223], dtype=uint8)
    """
    colours = values[..., :-1] if has_alpha else values
    with np.errstate(over="ignore"):
        sigma = strength * _standard_deviation(measurements.counted_elements(colours, ignored))
    generator = np.random.default_rng(NOISE_SEED)
    noisy = np.array(values, order="C")
    for chunk in measurements.chunks(noisy.reshape(-1)):
        wide = chunk.astype(np.result_type(chunk, np.float64))
        with np.errstate(over="ignore", invalid="ignore"):
            wide += sigma * generator.standard_normal(chunk.size)
        if chunk.dtype.kind in "iu":
            wide = np.clip(np.floor(wide + 0.5), *_float_bounds(chunk.dtype))
        is_changed = valid_mask(chunk, ignored) if ignored else True
        with np.errstate(over="ignore", invalid="ignore"):
            np.copyto(chunk, wide.astype(chunk.dtype), where=is_changed)
    if has_alpha:
        noisy[..., -1] = values[..., -1]
    return noisy


def _standard_deviation(flat: Array) -> Any:
    """Return the standard deviation, computed in float64 or wider, a chunk at a time."""
    largest = measurements.largest_magnitude(flat)
    if not largest:
        return largest
    exponent = -np.frexp(largest)[1]
    scale = measurements.scale_by_power_of_two
    mean = sum(np.sum(scale(chunk, exponent)) for chunk in measurements.chunks(flat)) / flat.size
    deviations = (scale(chunk, exponent) - mean for chunk in measurements.chunks(flat))
    squares = sum(np.sum(each**2) for each in deviations)
    return np.ldexp(np.sqrt(squares / flat.size), -exponent)


def _float_bounds(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return the smallest and largest float64 within the range of an integer dtype."""
    limits = np.iinfo(dtype)
    largest = float(limits.max)
    if int(largest) > limits.max:
        largest = float(np.nextafter(largest, 0))
    return float(limits.min), largest
