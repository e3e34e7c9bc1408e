"""The public functions `adaptive_pool` and `global_pool`, which pool Dask arrays."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, Unpack, overload

import numpy.typing as npt

from poolcli.core.keyword_argument_types import AxesArgument, IgnoreArgument, SharedArguments
from poolcli.core.modes import ModeName, QuantileMethod
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from poolcli.dask.array_types import DaskArray, DaskArrayPair
from poolcli.dask.pool_dask_array import pool_dask_array


@overload
def adaptive_pool(
    x: DaskArray,
    mode: ModeName = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    return_indices: Literal[False] = False,
    **arguments: Unpack[SharedArguments],
) -> DaskArray: ...


@overload
def adaptive_pool(
    x: DaskArray,
    mode: ModeName = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    return_indices: Literal[True],
    **arguments: Unpack[SharedArguments],
) -> DaskArrayPair: ...


@overload
def adaptive_pool(
    x: DaskArray,
    mode: ModeName = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    return_indices: bool,
    **arguments: Unpack[SharedArguments],
) -> DaskArray | DaskArrayPair: ...


def adaptive_pool(
    x: DaskArray,
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
    threads: int | None = 1,
) -> DaskArray | DaskArrayPair:
    """Return the pooling of a Dask array to an output of a given size, computed when it is needed.

    Parameters
    ----------
    x, threads
        As in `pool`.
    mode, output_size, ...
        All other arguments are those of `poolcli.adaptive_pool`.

    Returns
    -------
    values, indices
        As in `pool`.

    Raises
    ------
    ValueError, TypeError
        As in `pool`.

    Notes
    -----
    Chunks are those of `pool`. A task holds the chunks of the input under its windows: for an
    output of 7 by 7, for instance, at least a 49th of each plane.

    Examples
    --------
    >>> import dask.array as da
    >>> adaptive_pool(da.arange(5.0, chunks=2), "avg", 3).compute()
    array([0.5, 2. , 3.5])
    """
    options = Options(norm_type, q, method, ignore, dtype, return_indices, min_valid=min_valid)
    return pool_dask_array(x, mode, Window.adaptive(output_size), axes, options, threads)


@overload
def global_pool(
    x: DaskArray,
    mode: ModeName = "avg",
    *,
    keepdims: bool = True,
    return_indices: Literal[False] = False,
    **arguments: Unpack[SharedArguments],
) -> DaskArray: ...


@overload
def global_pool(
    x: DaskArray,
    mode: ModeName = "avg",
    *,
    keepdims: bool = True,
    return_indices: Literal[True],
    **arguments: Unpack[SharedArguments],
) -> DaskArrayPair: ...


@overload
def global_pool(
    x: DaskArray,
    mode: ModeName = "avg",
    *,
    keepdims: bool = True,
    return_indices: bool,
    **arguments: Unpack[SharedArguments],
) -> DaskArray | DaskArrayPair: ...


def global_pool(
    x: DaskArray,
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
    threads: int | None = 1,
) -> DaskArray | DaskArrayPair:
    """Return the pooling of a Dask array over one window on the pooled axes, computed when needed.

    Parameters
    ----------
    x, threads
        As in `pool`.
    mode, keepdims, ...
        All other arguments are those of `poolcli.global_pool`.

    Returns
    -------
    values, indices
        As in `pool`.

    Raises
    ------
    ValueError, TypeError
        As in `pool`.

    Notes
    -----
    `max` and `min`, and the `sum` of integers, pool each chunk and then the results. In all other
    modes, and with `return_indices`, `min_valid` or `dtype`, values depend on more than that: a
    task holds all chunks of the pooled axes, at one place of the others. Large planes then need
    smaller chunks along the other axes.

    Examples
    --------
    >>> import dask.array as da
    >>> x = da.arange(12.0, chunks=4).reshape(3, 2, 2)
    >>> global_pool(x, "max", keepdims=False).compute()
    array([ 3.,  7., 11.])
    """
    options = Options(norm_type, q, method, ignore, dtype, return_indices, min_valid=min_valid)
    window = Window.global_window()
    return pool_dask_array(x, mode, window, axes, options, threads, keepdims=keepdims)
