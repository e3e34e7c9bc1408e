"""Powers and roots of arrays, as `lp`, `gem` and `rms` need them."""

from __future__ import annotations

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.lp_gem_error_bounds import GEM_MINIMUM


def magnitude(block: Array, dtype: DType, clamps: bool) -> Array:
    """Return what the formula raises to the power: ``abs(x)``, or ``max(x, 1e-6)`` for `gem`.

    Parameters
    ----------
    block : ndarray
        Elements.
    dtype : dtype
        The float dtype of the result.
    clamps : bool
        True for `gem`, False for `lp` and `rms`.

    Returns
    -------
    ndarray
        A new array of the block's shape.

    Examples
    --------
    >>> magnitude(np.array([-3, 4]), np.dtype("float64"), clamps=False)
    array([3., 4.])
    """
    values: Array = block.astype(dtype)
    if clamps:
        np.maximum(values, GEM_MINIMUM, out=values)
    else:
        np.abs(values, out=values)
    return values


def power(values: Array, norm: float) -> Array:
    """Return powers of floats; small whole exponents by multiplication, which is many times faster.

    Parameters
    ----------
    values : ndarray of float
    norm : float
        The exponent.

    Returns
    -------
    ndarray of float
        May be `values` itself.

    Examples
    --------
    >>> power(np.array([2.0, 3.0]), 3)
    array([ 8., 27.])
    """
    if norm == 1:
        return values
    if norm not in (2, 3, 4):
        return np.power(values, norm)
    squares: Array = np.square(values)
    if norm == 3:
        return squares * values
    return squares if norm == 2 else np.square(squares)


def root(values: Array, norm: float) -> Array:
    """Return roots of floats; square roots are rounded correctly.

    Parameters
    ----------
    values : ndarray of float
        Not negative.
    norm : float
        The degree of the root, not 0.

    Returns
    -------
    ndarray of float
        May be `values` itself.

    Examples
    --------
    >>> root(np.array([4.0, 9.0]), 2)
    array([2., 3.])
    """
    if norm == 1:
        return values
    if norm in (2, 3):
        return np.sqrt(values) if norm == 2 else np.cbrt(values)
    roots: Array = np.power(values, values.dtype.type(1) / norm)
    return roots
