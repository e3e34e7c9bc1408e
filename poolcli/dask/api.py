"""The public names of `poolcli.dask`: `pool`, defined here, and the other functions."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, Unpack, overload

import numpy.typing as npt

from poolcli.core.arguments import PaddingArgument, SizeArgument
from poolcli.core.array_protocols import ArrayArgument
from poolcli.core.keyword_argument_types import AxesArgument, IgnoreArgument, PoolArguments
from poolcli.core.modes import ModeName, QuantileMethod
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from poolcli.dask.adaptive_and_global_pool import adaptive_pool, global_pool
from poolcli.dask.array_types import DaskArray, DaskArrayPair
from poolcli.dask.pool_dask_array import pool_dask_array

__all__ = ["adaptive_pool", "global_pool", "pool"]


@overload
def pool(
    x: DaskArray,
    mode: ModeName = "max",
    kernel_size: SizeArgument = 2,
    stride: SizeArgument | None = None,
    padding: PaddingArgument = 0,
    dilation: SizeArgument = 1,
    *,
    return_indices: Literal[False] = False,
    **arguments: Unpack[PoolArguments],
) -> DaskArray: ...


@overload
def pool(
    x: DaskArray,
    mode: ModeName = "max",
    kernel_size: SizeArgument = 2,
    stride: SizeArgument | None = None,
    padding: PaddingArgument = 0,
    dilation: SizeArgument = 1,
    *,
    return_indices: Literal[True],
    **arguments: Unpack[PoolArguments],
) -> DaskArrayPair: ...


@overload
def pool(
    x: DaskArray,
    mode: ModeName = "max",
    kernel_size: SizeArgument = 2,
    stride: SizeArgument | None = None,
    padding: PaddingArgument = 0,
    dilation: SizeArgument = 1,
    *,
    return_indices: bool,
    **arguments: Unpack[PoolArguments],
) -> DaskArray | DaskArrayPair: ...


def pool(
    x: DaskArray,
    mode: ModeName = "max",
    kernel_size: SizeArgument = 2,
    stride: SizeArgument | None = None,
    padding: PaddingArgument = 0,
    dilation: SizeArgument = 1,
    *,
    padding_mode: str | None = None,
    footprint: str | ArrayArgument | None = None,
    ceil_mode: bool = False,
    count_include_pad: bool | None = None,
    divisor_override: int | None = None,
    norm_type: float | None = None,
    q: float | None = None,
    method: QuantileMethod | None = None,
    ignore: IgnoreArgument = None,
    min_valid: float | Fraction | None = None,
    axes: AxesArgument = None,
    return_indices: bool = False,
    dtype: npt.DTypeLike | None = None,
    threads: int | None = 1,
) -> DaskArray | DaskArrayPair:
    """Return the pooling of a Dask array over windows of fixed size, computed when it is needed.

    Parameters
    ----------
    x : dask.array.Array
        Any shape of at least one axis and any numeric dtype; its chunks can have any sizes, but
        must be known.
    threads : int, optional
        The number of threads of each task; 1, because Dask runs several tasks at a time. None is
        one per CPU that the process may use.
    mode, kernel_size, stride, padding, dilation, ...
        All other arguments are those of `poolcli.pool`.

    Returns
    -------
    values : dask.array.Array
        The shape, the dtype and, bit for bit (but for the signs of NaN), the values that
        `poolcli.pool` gives for the array in memory. Chunks are NumPy arrays.
    indices : dask.array.Array of int64
        Only with `return_indices`: of the chunks of `values`, flat indices over all of the pooled
        axes, not over a chunk.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, as in `poolcli.pool`, before anything is computed; also if the
        sizes of chunks are unknown, or `x` is no Dask array.

    Notes
    -----
    Along a pooled axis the chunks of the output follow those of the input, divided by the stride.
    Neighbouring chunks are joined until they are as long as a window (``dilation * (kernel_size -
    1) + 1`` elements), and a window belongs to the chunk in which its middle lies. Other axes keep
    their chunks. Windows that stay inside of chunks, such as those that tile them, make a graph of
    one layer. All others make a task for each chunk of the output, and one for each border that is
    cut out of a neighbouring chunk.

    A task holds the chunks of the input under the windows of one chunk of the output, that chunk,
    and a few MB. Windows larger than chunks need all chunks that they lie on at a time.

    Examples
    --------
    >>> import dask.array as da
    >>> x = da.arange(16, chunks=5).reshape(4, 4)
    >>> pool(x, "max", 2)
    dask.array<poolcli-max, shape=(2, 2), dtype=int64, chunksize=(1, 2), chunktype=numpy.ndarray>
    >>> pool(x, "max", 2).compute()
    array([[ 5,  7],
           [13, 15]])
    """
    window = Window.fixed(
        kernel_size,
        stride,
        padding,
        dilation,
        ceil_mode,
        padding_mode=padding_mode,
        footprint=footprint,
    )
    options = Options(
        norm_type, q, method, ignore, dtype, return_indices, count_include_pad, divisor_override,
        min_valid=min_valid,
    )  # fmt: skip
    return pool_dask_array(x, mode, window, axes, options, threads)
