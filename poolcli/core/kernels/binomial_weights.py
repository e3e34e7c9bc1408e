"""Binomial weights of the elements of windows."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from poolcli.core.dtypes import Array, DType

MAX_TABLE_ELEMENTS = 1 << 14
"""Weights of kernels of up to this size are computed from exact integers, and kept."""

MIN_SERIES_NUMBER = 16
"""From this number on, four terms of Stirling's series are enough."""

STIRLING_TERMS = 1 / 12, -1 / 360, 1 / 1260, -1 / 1680
"""The first coefficients of Stirling's series for the logarithm of the factorial."""

MAX_DEVIATIONS = 80
"""In units of the square root of the kernel size, weights farther from the middle are 0 in every
float type: less than ``exp(-2 * 80**2)``."""

MAX_SHIFT = 1 << 15
"""No float has a larger exponent, or a smaller negative one."""


@lru_cache(maxsize=64)
def integer_weights(kernel_size: int) -> tuple[int, ...]:
    """Return the binomial coefficients ``C(kernel_size - 1, j)``.

    Examples
    --------
    >>> integer_weights(5)
    (1, 4, 6, 4, 1)
    """
    weights = [1]
    for j in range(1, kernel_size):
        weights.append(weights[-1] * (kernel_size - j) // j)
    return tuple(weights)


def scaled_weights(kernel_size: int, start: int, stop: int) -> tuple[Array, Array]:
    """Return the weights of a range of elements, divided by their sum, as mantissas and exponents.

    Weights of large kernels are smaller than any float.

    Parameters
    ----------
    kernel_size : int
        The number of elements of the window.
    start, stop : int
        The range of elements.

    Returns
    -------
    mantissas : ndarray of longdouble
        From 0.5 to 1. Relative errors are below ``2**-63`` in kernels of up to
        `MAX_TABLE_ELEMENTS`, and about 1e-15 for the weights that matter in larger ones.
    exponents : ndarray of int64
        The weights are ``mantissas * 2**exponents``.

    Examples
    --------
    >>> mantissas, exponents = scaled_weights(5, 0, 3)
    >>> np.ldexp(mantissas.astype(float), exponents) * 16
    array([1., 4., 6.])
    """
    if kernel_size > MAX_TABLE_ELEMENTS:
        return _weights_by_series(kernel_size - 1, np.arange(start, stop))
    mantissas, exponents = _weight_table(kernel_size)
    return mantissas[start:stop], exponents[start:stop]


@lru_cache(maxsize=64)
def _weight_table(kernel_size: int) -> tuple[Array, Array]:
    """Return all weights of a kernel; see `scaled_weights`."""
    half = -(-kernel_size // 2)
    top_bits, exponents, weight = [], [], 1
    for j in range(half):
        shift = weight.bit_length() - 64
        top_bits.append(weight >> shift if shift > 0 else weight << -shift)
        exponents.append(shift + 64 - (kernel_size - 1))
        weight = weight * (kernel_size - 1 - j) // (j + 1)
    mantissas = np.ldexp(np.array(top_bits, np.uint64).astype(np.longdouble), -64)
    both = mantissas, np.array(exponents, np.int64)
    first, second = (np.concatenate([each, each[: kernel_size // 2][::-1]]) for each in both)
    return first, second


def _weights_by_series(n: int, j: Array) -> tuple[Array, Array]:
    """Return ``C(n, j) / 2**n`` for a large ``n``.

    Source: C. Loader, "Fast and accurate computation of binomial probabilities", 2000. With
    ``u = (2 * j - n) / n`` the deviance is ``n / 2 * (2 * u * atanh(u) + log(1 - u**2))``.
    """
    x = j.astype(np.longdouble)
    log_weights = np.full(x.shape, -n * np.log(np.longdouble(2)))
    is_inner = (j > 0) & (j < n)
    x, rest = x[is_inner], n - x[is_inner]
    u = (x - rest) / n
    deviance = n / np.longdouble(2) * (2 * u * np.arctanh(u) + np.log1p(-u * u))
    errors = _stirling_error(np.array([n], np.longdouble)) - _stirling_error(x)
    spread = np.log(n / (2 * np.longdouble(math.pi) * x * rest)) / 2
    log_weights[is_inner] = errors - _stirling_error(rest) - deviance + spread
    exponents = np.floor(log_weights / np.log(np.longdouble(2))) + 1
    mantissas = np.exp2(log_weights / np.log(np.longdouble(2)) - exponents)
    return mantissas, exponents.astype(np.int64)


def _stirling_error(x: Array) -> Array:
    """Return the logarithms of factorials less those of Stirling's formula."""
    inverse = 1 / x
    square = inverse * inverse
    errors = np.zeros_like(x)
    for coefficient in reversed(STIRLING_TERMS):
        errors = errors * square + coefficient
    errors *= inverse
    for i in np.flatnonzero(x < MIN_SERIES_NUMBER).tolist():
        number = float(x[i])
        formula = (number + 0.5) * math.log(number) - number + math.log(2 * math.pi) / 2
        errors[i] = math.lgamma(number + 1) - formula
    return errors


def float_weights(kernel_size: int, start: int, stop: int, dtype: DType) -> Array:
    """Return the weights of a range of elements, divided by twice the sum of all.

    Half of the mean of the largest floats does not overflow. The smallest weights of large kernels
    are 0; that of a kernel of one element is 1.
    """
    if kernel_size == 1:
        return np.ones(stop - start, dtype)
    if kernel_size > MAX_TABLE_ELEMENTS:
        weights = np.zeros(stop - start, dtype)
        reach = int(MAX_DEVIATIONS * math.sqrt(kernel_size))
        low, high = max(start, kernel_size // 2 - reach), min(stop, kernel_size // 2 + reach)
        if low < high:
            large = scaled_weights(kernel_size, low, high)
            weights[low - start : high - start] = _halved_floats(*large, dtype)
        return weights
    return _float_table(kernel_size, dtype)[start:stop]


@lru_cache(maxsize=64)
def _float_table(kernel_size: int, dtype: DType) -> Array:
    """Return all weights of a kernel; see `float_weights`."""
    return _halved_floats(*_weight_table(kernel_size), dtype)


def _halved_floats(mantissas: Array, exponents: Array, dtype: DType) -> Array:
    """Return half of ``mantissas * 2**exponents``; what is too small for the dtype becomes 0."""
    halves: Array = np.ldexp(mantissas.astype(dtype), np.maximum(exponents - 1, -MAX_SHIFT))
    return halves
