"""The public names of the package: `pool`, defined here, and the other functions."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, Unpack, overload

import numpy.typing as npt

from poolcli.core.adaptive_and_global_pool import adaptive_pool, global_pool
from poolcli.core.arguments import PaddingArgument, SizeArgument
from poolcli.core.array_protocols import ArrayArgument
from poolcli.core.dtypes import Array
from poolcli.core.keyword_argument_types import AxesArgument, IgnoreArgument, PoolArguments
from poolcli.core.modes import ModeName, QuantileMethod
from poolcli.core.pool_array import ArrayPair, pool_array
from poolcli.core.recipe import Options
from poolcli.core.window import Window

__all__ = ["ModeName", "adaptive_pool", "global_pool", "pool"]


@overload
def pool(
    x: ArrayArgument,
    mode: ModeName = "max",
    kernel_size: SizeArgument = 2,
    stride: SizeArgument | None = None,
    padding: PaddingArgument = 0,
    dilation: SizeArgument = 1,
    *,
    return_indices: Literal[False] = False,
    **arguments: Unpack[PoolArguments],
) -> Array: ...


@overload
def pool(
    x: ArrayArgument,
    mode: ModeName = "max",
    kernel_size: SizeArgument = 2,
    stride: SizeArgument | None = None,
    padding: PaddingArgument = 0,
    dilation: SizeArgument = 1,
    *,
    return_indices: Literal[True],
    **arguments: Unpack[PoolArguments],
) -> ArrayPair: ...


@overload
def pool(
    x: ArrayArgument,
    mode: ModeName = "max",
    kernel_size: SizeArgument = 2,
    stride: SizeArgument | None = None,
    padding: PaddingArgument = 0,
    dilation: SizeArgument = 1,
    *,
    return_indices: bool,
    **arguments: Unpack[PoolArguments],
) -> Array | ArrayPair: ...


def pool(
    x: ArrayArgument,
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
    threads: int | None = None,
) -> Array | ArrayPair:
    """Pool an array over windows of fixed size.

    Parameters
    ----------
    x : array_like
        Any shape of at least one axis; any bool, integer, float or complex dtype, in any byte
        order and memory layout, bfloat16 and the float8 dtypes of ml_dtypes among them. It is never
        changed. Arrays of other libraries are read without a copy where they are in the memory of
        the CPU: objects with ``__array__`` (PyTorch, xarray, pandas; dask computes), DLPack, the
        array interface or the buffer protocol.
    mode : str
        ``"max"``, ``"min"``, ``"avg"`` (mean), ``"sum"``, ``"lp"`` (Lp norm), ``"gem"``
        (generalized mean), ``"rms"`` (root mean square), ``"blur"`` (mean with binomial weights),
        ``"median"``, ``"quantile"``, ``"mode"`` (most frequent value), ``"std"`` (population
        standard deviation) or ``"range"`` (largest value less the smallest).
    kernel_size : int or sequence of int
        The size of the window in elements, at least 1: one for all pooled axes or one per axis.
    stride : int or sequence of int, optional
        The step between windows in elements, at least 1; by default the kernel size.
    padding : int, sequence or str
        Elements added before and after the data: a number, one number per axis or one pair
        ``(before, after)`` per axis; or ``"valid"`` (none), ``"same"`` (TensorFlow SAME, ONNX
        SAME_UPPER), ``"same-lower"`` (ONNX SAME_LOWER). It must be smaller than the window.
        Without `padding_mode` it adds nothing to sums, `avg` counts it as `count_include_pad` says,
        and all other modes ignore it.
    dilation : int or sequence of int
        The distance between the elements of a window, at least 1.
    padding_mode : str, optional
        What padding contains, for every mode: ``"reflect"`` (without the edge element; padding
        smaller than the axis) and ``"symmetric"`` (with it) as in `numpy.pad`, ``"replicate"`` and
        ``"circular"`` as in PyTorch, or ``"constant:V"``. SciPy's filters call symmetric padding
        "reflect". It excludes `return_indices` and a `count_include_pad` of False.
    footprint : str or array_like of bool, optional
        Which elements of a window count: ``"disk"`` (those whose centre lies in the ellipsoid
        inscribed in the kernel: all 9 of 3 by 3), ``"cross"`` (those on its central axes),
        ``"ring"`` (the outermost elements of the disk: those that a disk two elements smaller does
        not have), or an array of the kernel's shape.
    ceil_mode : bool
        Whether to round the output size up instead of down. The last window may then extend past
        the data and its padding.
    count_include_pad : bool, optional
        Whether `avg` divides by padded elements too. The default is True for numeric padding, as
        in PyTorch, and False for ``"same"``, as in TensorFlow and ONNX.
    divisor_override : int, optional
        The number by which `avg` divides sums instead of the number of elements; not 0.
    norm_type : float, optional
        The exponent of `lp` (default 2; positive, or infinity) and of `gem` (default 3; not 0).
    q : float, optional
        The quantile of the mode `quantile` (default 0.5), from 0 to 1.
    method : str, optional
        The interpolation method of `quantile`: ``"linear"`` (default), ``"lower"``, ``"higher"``,
        ``"nearest"`` or ``"midpoint"``, as in `numpy.quantile`.
    ignore : number or sequence of number, optional
        Values to ignore; NaN is allowed. A window whose elements are all ignored gives the first
        of these values.
    min_valid : float or Fraction, optional
        The share of a window's elements, from 0 to 1, that must be left after ignoring; padding
        counts only with `padding_mode`.
        A window with fewer gives the first ignored value, as an empty one does, and its index is
        -1. A float is read as the decimal that it is printed as.
    axes : int or sequence of int, optional
        The pooled axes in the order of the sizes. By default they are the last
        ``len(kernel_size)`` axes, or the last 2 (1 for a 1-D array) if the kernel size is an int.
    return_indices : bool
        Whether to return argmax or argmin indices too; only for `max` and `min`.
    dtype : dtype, optional
        The dtype of the result. Integers are rounded half up, once, and saturate; NaN becomes 0.
        bfloat16 and float8 dtypes may be named by text if ml_dtypes is installed.
    threads : int, optional
        The number of threads, by default one per CPU that this process may use. Results do not
        depend on it.

    Returns
    -------
    values : ndarray
        A new array in C order and native byte order. On a pooled axis its size is
        ``floor((n + before + after - dilation * (kernel_size - 1) - 1) / stride) + 1`` (with
        `ceil_mode` ``ceil``; for ``"same"`` ``ceil(n / stride)``). `max`, `min` and `mode` keep the
        dtype. The other modes keep float and complex dtypes; from integers and booleans they make
        float32 (8 and 16 bit) or float64 (wider), `sum` int64 (uint64 from unsigned integers), and
        `range` unsigned integers of the same width (bool stays bool).
    indices : ndarray of int64
        Only with `return_indices`: of the shape of `values`, flat indices over the pooled axes.
        The first of equal elements counts, and the last NaN; -1 stands for windows without
        elements.

    Raises
    ------
    ValueError
        If an argument's value is not allowed or the window does not fit (`ArgumentError`, which
        has the argument's name as the attribute `argument`).
    TypeError
        If a type is not allowed, including that of `x` (`ArgumentTypeError`, likewise). Masked
        arrays, arrays on another device and tensors that record gradients are refused.

    Notes
    -----
    Output sizes and padding follow PyTorch's pooling layers and the ONNX operators MaxPool,
    AveragePool and LpPool. `gem` is ``(mean max(x, 1e-6)**p)**(1/p)`` (Radenovic, Tolias and Chum,
    "Fine-tuning CNN Image Retrieval with No Human Annotation", 2018). The weights of `blur` along
    an axis are the binomial coefficients ``C(kernel_size - 1, j)`` (Zhang, "Making Convolutional
    Networks Shift-Invariant Again", 2019); the weighted sum is divided by the weights of the
    elements on the data that are not ignored. An adaptive window has the weights of its own size.

    A NaN in a window makes the result NaN, except in `mode`, for which all NaNs are one value, the
    largest. At most 64 float32 are added in float32, more of them in float64 as sums of at most 64;
    float16 is added in float32. The value of a window depends only on its elements and their order,
    not on its neighbours, the threads or the memory layout.

    bfloat16 and float8 are pooled in float32 and rounded back once, to nearest; what a float8
    without infinities cannot hold becomes NaN, as in ml_dtypes. `max` and `min` of such a dtype
    give its lowest and its highest number for windows of nothing but padding. A value to ignore
    that it cannot hold is ignored nowhere.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)
    >>> pool(x, "max", 2)
    array([[6., 8.],
           [4., 4.]], dtype=float32)
    >>> pool(x, "avg", 2)
    array([[3.75, 5.25],
           [1.75, 2.5 ]], dtype=float32)
    >>> values, indices = pool(x, "max", 2, return_indices=True)
    >>> indices
    array([[ 5,  7],
           [ 9, 15]])
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
    return pool_array(x, mode, window, axes, options, threads)
