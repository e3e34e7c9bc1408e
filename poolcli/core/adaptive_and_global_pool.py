"""The public functions `adaptive_pool` and `global_pool`, which pool arrays from Python."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, Unpack, overload

import numpy.typing as npt

from poolcli.core.array_protocols import ArrayArgument
from poolcli.core.dtypes import Array
from poolcli.core.keyword_argument_types import AxesArgument, IgnoreArgument, SharedArguments
from poolcli.core.modes import ModeName, QuantileMethod
from poolcli.core.pool_array import ArrayPair, pool_array
from poolcli.core.recipe import Options
from poolcli.core.window import Window


@overload
def adaptive_pool(
    x: ArrayArgument,
    mode: ModeName = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    return_indices: Literal[False] = False,
    **arguments: Unpack[SharedArguments],
) -> Array: ...


@overload
def adaptive_pool(
    x: ArrayArgument,
    mode: ModeName = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    return_indices: Literal[True],
    **arguments: Unpack[SharedArguments],
) -> ArrayPair: ...


@overload
def adaptive_pool(
    x: ArrayArgument,
    mode: ModeName = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    return_indices: bool,
    **arguments: Unpack[SharedArguments],
) -> Array | ArrayPair: ...


def adaptive_pool(
    x: ArrayArgument,
    mode: ModeName = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    axes: AxesArgument = None,
    return_indices: bool = False,
    norm_type: float | None = None,
    q: float | None = None,
    method: QuantileMethod | None = None,
    ignore: IgnoreArgument = None,
    min_valid: float | Fraction | None = None,
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
) -> Array | ArrayPair:
    """Pool an array to an output of a given size.

    Window ``i`` of ``m`` along an axis of ``n`` elements is from ``floor(i * n / m)`` to
    ``ceil((i + 1) * n / m)``, exclusive, as in PyTorch's adaptive pooling layers.

    Parameters
    ----------
    x : array_like
        Any shape of at least one axis and any numeric dtype, as in `pool`; never changed.
    mode : str
        The mode, as in `pool`.
    output_size : int, None or sequence of int or None
        The size of the output on the pooled axes, in elements: one for all axes or one per axis.
        None keeps an axis. It may be larger than the input.
    axes : int or sequence of int, optional
        The pooled axes in the order of the sizes. By default they are the last
        ``len(output_size)`` axes, or the last 2 (1 for a 1-D array).
    return_indices : bool
        Whether to return argmax or argmin indices too, as in `pool`.
    norm_type, q, method
        The arguments of `lp`, `gem` and `quantile`, as in `pool`.
    ignore : number or sequence of number, optional
        Values to ignore, as in `pool`.
    min_valid : float or Fraction, optional
        The share of elements that must be left, as in `pool`.
    dtype : dtype, optional
        The dtype of the result, as in `pool`.
    threads : int, optional
        The number of threads, as in `pool`.

    Returns
    -------
    values : ndarray
        A new array in C order, of size `output_size` on the pooled axes; its dtype as in `pool`.
    indices : ndarray of int64
        Only with `return_indices`, as in `pool`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, as in `pool`.

    Examples
    --------
    >>> import numpy as np
    >>> adaptive_pool(np.arange(5.0), "avg", 3)
    array([0.5, 2. , 3.5])
    """
    options = Options(norm_type, q, method, ignore, dtype, return_indices, min_valid=min_valid)
    return pool_array(x, mode, Window.adaptive(output_size), axes, options, threads)


@overload
def global_pool(
    x: ArrayArgument,
    mode: ModeName = "avg",
    *,
    keepdims: bool = True,
    return_indices: Literal[False] = False,
    **arguments: Unpack[SharedArguments],
) -> Array: ...


@overload
def global_pool(
    x: ArrayArgument,
    mode: ModeName = "avg",
    *,
    keepdims: bool = True,
    return_indices: Literal[True],
    **arguments: Unpack[SharedArguments],
) -> ArrayPair: ...


@overload
def global_pool(
    x: ArrayArgument,
    mode: ModeName = "avg",
    *,
    keepdims: bool = True,
    return_indices: bool,
    **arguments: Unpack[SharedArguments],
) -> Array | ArrayPair: ...


def global_pool(
    x: ArrayArgument,
    mode: ModeName = "avg",
    *,
    axes: AxesArgument = None,
    keepdims: bool = True,
    return_indices: bool = False,
    norm_type: float | None = None,
    q: float | None = None,
    method: QuantileMethod | None = None,
    ignore: IgnoreArgument = None,
    min_valid: float | Fraction | None = None,
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
) -> Array | ArrayPair:
    """Pool an array over one window that covers the pooled axes.

    Parameters
    ----------
    x : array_like
        Any shape of at least one axis and any numeric dtype, as in `pool`; never changed.
    mode : str
        The mode, as in `pool`.
    axes : int or sequence of int, optional
        The pooled axes, by default the last 2 (1 for a 1-D array).
    keepdims : bool
        Whether the output keeps the pooled axes, with size 1.
    return_indices : bool
        Whether to return argmax or argmin indices too, as in `pool`.
    norm_type, q, method
        The arguments of `lp`, `gem` and `quantile`, as in `pool`.
    ignore : number or sequence of number, optional
        Values to ignore, as in `pool`.
    min_valid : float or Fraction, optional
        The share of elements that must be left, as in `pool`.
    dtype : dtype, optional
        The dtype of the result, as in `pool`.
    threads : int, optional
        The number of threads, as in `pool`.

    Returns
    -------
    values : ndarray
        A new array in C order, of size 1 on the pooled axes, or without them; its dtype as in
        `pool`.
    indices : ndarray of int64
        Only with `return_indices`, as in `pool`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, as in `pool`.

    Examples
    --------
    >>> import numpy as np
    >>> global_pool(np.arange(12.0).reshape(3, 2, 2), "max", keepdims=False)
    array([ 3.,  7., 11.])
    """
    options = Options(norm_type, q, method, ignore, dtype, return_indices, min_valid=min_valid)
    return pool_array(x, mode, Window.global_window(), axes, options, threads, keepdims=keepdims)
