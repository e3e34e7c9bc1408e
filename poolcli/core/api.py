"""`pool`, `adaptive_pool` and `global_pool`: pooling arrays from Python."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from poolcli.core.arguments import (
    PaddingArgument,
    SizeArgument,
    as_bool,
    as_integer,
    check_size,
    is_sequence,
)
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.errors import ArgumentTypeError
from poolcli.core.modes import MODES, Mode
from poolcli.core.recipe import Options, Recipe, prepare
from poolcli.core.window import Window

Values: TypeAlias = npt.NDArray[Any]
Pair: TypeAlias = tuple[npt.NDArray[Any], npt.NDArray[np.int64]]


def pool(
    x: npt.ArrayLike,
    mode: str = "max",
    kernel_size: SizeArgument = 2,
    stride: SizeArgument | None = None,
    padding: PaddingArgument = 0,
    dilation: SizeArgument = 1,
    *,
    ceil_mode: bool = False,
    count_include_pad: bool | None = None,
    divisor_override: int | None = None,
    norm_type: float | None = None,
    q: float = 0.5,
    method: str = "linear",
    ignore: object = None,
    axes: int | Sequence[int] | None = None,
    return_indices: bool = False,
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
) -> Values | Pair:
    """Pool an array over windows of fixed size.

    Parameters
    ----------
    x : array_like
        Any rank from 1, any numeric dtype and byte order; never changed.
    mode : str
        ``"max"``, ``"min"``, ``"avg"``, ``"sum"``, ``"lp"`` (norm), ``"gem"`` (generalized
        mean), ``"median"``, ``"quantile"``, ``"mode"`` (the most frequent value) or ``"std"``.
    kernel_size, stride, dilation : int or sequence of int
        The window, its step (by default its size) and the spacing of its elements, in elements;
        one for every spatial axis or one each.
    padding : int, sequence or str
        Elements around the data: a number, one for each axis, pairs ``(before, after)``, or
        ``"valid"``, ``"same"`` (TensorFlow SAME, ONNX SAME_UPPER), ``"same-lower"``. `sum`,
        `lp` and `avg` see zeros there, all other modes nothing.
    ceil_mode : bool
        Round the output size up; the last window may then hang over the end.
    count_include_pad : bool, optional
        Whether `avg` divides by padded elements too: by default yes for numeric padding, as
        PyTorch, no for SAME, as TensorFlow and ONNX.
    divisor_override : int, optional
        What `avg` divides sums by instead.
    norm_type : float, optional
        The exponent of `lp` (by default 2; positive, infinity included) and of `gem` (3; not 0).
    q : float
        Which `quantile`, from 0 to 1.
    method : str
        How `quantile` goes between two elements: ``"linear"``, ``"lower"``, ``"higher"``,
        ``"nearest"`` or ``"midpoint"``, as in `numpy.quantile`.
    ignore : number or sequence of number, optional
        Values, NaN included, to leave out of every window; a window of nothing else gives the
        first of them.
    axes : int or sequence of int, optional
        The spatial axes, by default the last ``len(kernel_size)``, or 2 (1 for a 1-D array).
    return_indices : bool
        Also give where each `max` or `min` stood: int64, flat over the spatial axes, the first
        of equals, the last NaN, -1 where there was nothing.
    dtype : dtype, optional
        Cast the values: to integers half up, once, saturating, NaN to 0.
    threads : int, optional
        By default one for each processor. Results do not depend on it.

    Returns
    -------
    ndarray or (ndarray, ndarray)
        A new array, C order, native bytes. `max`, `min` and `mode` keep the dtype. The others
        keep float dtypes and make float32 (8 and 16 bit) or float64 (wider) of integers, `sum`
        int64 or uint64.

    Raises
    ------
    ValueError
        If a value is not allowed or the window does not fit.
    TypeError
        If a type is not, the array's dtype among them.

    Notes
    -----
    Geometry and the treatment of padding are those of PyTorch's pooling layers and of the ONNX
    operators MaxPool, AveragePool and LpPool. A NaN in a window makes the result NaN, but for
    `mode`, to which all NaNs are one value, the largest. Up to 64 float32 are summed as such, and
    more in float64, by sums of up to 64; float16 is summed in float32. A window's value depends on
    its elements and their order alone, not on its neighbours.

    Examples
    --------
    >>> x = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)
    >>> pool(x, "max", 2)
    array([[6., 8.],
           [4., 4.]], dtype=float32)
    >>> pool(x, "avg", 2)
    array([[3.75, 5.25],
           [1.75, 2.5 ]], dtype=float32)
    >>> values, places = pool(x, "max", 2, return_indices=True)
    >>> places
    array([[ 5,  7],
           [ 9, 15]])
    """
    window = Window.fixed(kernel_size, stride, padding, dilation, ceil_mode)
    options = Options(
        count_include_pad=count_include_pad,
        divisor_override=divisor_override,
        norm_type=norm_type,
        q=q,
        method=method,
        ignore=ignore,
        dtype=dtype,
        return_indices=return_indices,
    )
    return pool_array(x, mode, window, axes, options, threads)


def adaptive_pool(
    x: npt.ArrayLike,
    mode: str = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    norm_type: float | None = None,
    q: float = 0.5,
    method: str = "linear",
    ignore: object = None,
    axes: int | Sequence[int] | None = None,
    return_indices: bool = False,
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
) -> Values | Pair:
    """Pool an array to a given size.

    Window ``i`` of ``m`` on an axis of ``n`` elements covers ``floor(i*n/m)`` to
    ``ceil((i+1)*n/m)``, as in PyTorch's adaptive pooling.

    Parameters
    ----------
    x, mode, norm_type, q, method, ignore, return_indices, dtype, threads
        As in `pool`.
    output_size : int or sequence of int or None
        The result's size on the spatial axes; None keeps an axis.
    axes : int or sequence of int, optional
        The spatial axes, by default the last ``len(output_size)``, or 2 (1 for a 1-D array).

    Returns
    -------
    ndarray or (ndarray, ndarray)

    Raises
    ------
    ValueError, TypeError
        As in `pool`.

    Examples
    --------
    >>> adaptive_pool(np.arange(5.0), "avg", 3)
    array([0.5, 2. , 3.5])
    """
    options = Options(
        norm_type=norm_type,
        q=q,
        method=method,
        ignore=ignore,
        dtype=dtype,
        return_indices=return_indices,
    )
    return pool_array(x, mode, Window.adaptive(output_size), axes, options, threads)


def global_pool(
    x: npt.ArrayLike,
    mode: str = "avg",
    *,
    norm_type: float | None = None,
    q: float = 0.5,
    method: str = "linear",
    ignore: object = None,
    axes: int | Sequence[int] | None = None,
    keepdims: bool = True,
    return_indices: bool = False,
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
) -> Values | Pair:
    """Pool an array over whole planes.

    Parameters
    ----------
    x, mode, norm_type, q, method, ignore, return_indices, dtype, threads
        As in `pool`.
    axes : int or sequence of int, optional
        The spatial axes, by default the last 2 (1 for a 1-D array).
    keepdims : bool
        Whether the spatial axes stay, with size 1.

    Returns
    -------
    ndarray or (ndarray, ndarray)

    Raises
    ------
    ValueError, TypeError
        As in `pool`.

    Examples
    --------
    >>> global_pool(np.arange(12.0).reshape(3, 2, 2), "max", keepdims=False)
    array([ 3.,  7., 11.])
    """
    options = Options(
        norm_type=norm_type,
        q=q,
        method=method,
        ignore=ignore,
        dtype=dtype,
        return_indices=return_indices,
    )
    return pool_array(x, mode, Window.global_window(), axes, options, threads, keepdims=keepdims)


def pool_array(
    x: npt.ArrayLike,
    mode: str,
    window: Window,
    axes: int | Sequence[int] | None,
    options: Options,
    threads: int | None,
    keepdims: bool = True,
) -> Values | Pair:
    """Pool an array in memory into new ones; what the public functions share."""
    if threads is not None:
        threads = check_size("threads", as_integer("threads", threads, "an integer"), 1)
    refuse_masked(x)
    array = np.asarray(x)
    spatial = None
    if axes is not None:
        spatial = tuple(
            as_integer("axes", axis) for axis in (axes if is_sequence(axes) else [axes])
        )
    recipe = _prepared(array.shape, array.dtype, mode, window, spatial, options)
    keepdims = as_bool("keepdims", keepdims)
    values = np.empty(recipe.out_shape, recipe.out_dtype)
    places = np.empty(recipe.out_shape, np.int64) if recipe.return_indices else None
    run_recipe(recipe, array, values, places, threads)
    if not keepdims:
        values = values.squeeze(tuple(recipe.axes))
        places = None if places is None else places.squeeze(tuple(recipe.axes))
    return values if places is None else (values, places)


def refuse_masked(x: object) -> None:
    """Refuse arrays with a mask, which would be lost.

    Raises
    ------
    ArgumentTypeError
        If `x` is a masked array, or a list or tuple with one.
    """
    parts = (x, *x) if isinstance(x, list | tuple) else (x,)
    # Plain arrays, the common case, need not load the module.
    if any(type(part) is not np.ndarray and hasattr(part, "mask") for part in parts) and any(
        isinstance(part, np.ma.MaskedArray) for part in parts
    ):
        raise ArgumentTypeError(
            "x is a masked array, whose mask would be lost; fill it with a value that stands for "
            "nothing else, and ignore that: pool(x.filled(v), ignore=v)",
            "x",
        )


def _prepared(*arguments: Any) -> Recipe:
    """Prepare a recipe, or take the one that was made of the same arguments before."""
    # 2.0 and True equal 2 and 1, and are refused where those are not.
    types = tuple(map(type, arguments[5]))
    try:
        hash(arguments)
    except TypeError:  # an array among them
        return prepare(*arguments)
    return _cached(MODES.get(arguments[2]), types, *arguments)


@lru_cache(maxsize=256, typed=True)
def _cached(entry: Mode | None, types: tuple[type, ...], *arguments: Any) -> Recipe:
    # The entry is in the key, so that a mode that is entered anew is found anew.
    return prepare(*arguments)
