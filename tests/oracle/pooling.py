"""Pooling of arrays, window by window: `pool`, `adaptive_pool` and `global_pool`."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tests.oracle.footprints import Element, footprint_elements
from tests.oracle.geometry import (
    Axis,
    Sizes,
    adaptive_axis,
    check_padding_mode,
    fixed_axis,
    padding_source,
    per_axis,
    pooled_axes,
)
from tests.oracle.numbers import (
    Number,
    as_exact,
    cast,
    integer_range,
    real_dtype,
    result_dtype,
    wrap,
)
from tests.oracle.window_values import (
    DEFAULT_ARGUMENTS,
    MODES,
    MODES_OF_COMPLEX,
    MODES_WITH_INDICES,
    ModeArguments,
    Window,
    best_position,
    binomial_weights,
    padding_value,
)

Array = NDArray[Any]
Padding = str | int | Sequence[int | tuple[int, int]]


class IgnoredValue(NamedTuple):
    """A value to ignore: real part, or real and imaginary part, and whether the dtype holds it."""

    parts: list[Number]
    is_in_dtype: bool

    def matches(self, element: list[Number]) -> bool:
        """Return whether an element, given by its parts, equals the value."""
        if any(part != part for part in self.parts):
            return self.is_in_dtype and any(part != part for part in element)
        return self.is_in_dtype and element == self.parts


def read_ignored_value(value: Any, dtype: np.dtype[Any]) -> IgnoredValue:
    """Return a value to ignore as the input's dtype represents it."""
    parts = [as_exact(value.real), as_exact(value.imag)] if dtype.kind == "c" else [as_exact(value)]
    if dtype.kind in "fc":
        rounded = [as_exact(cast(part, real_dtype(dtype))) for part in parts]
        return IgnoredValue(rounded, True)
    lowest, highest = integer_range(dtype)
    is_whole = isinstance(parts[0], Fraction) and parts[0].denominator == 1
    return IgnoredValue(parts, is_whole and lowest <= parts[0] <= highest)


def read_ignored_values(ignore: Any, dtype: np.dtype[Any]) -> list[IgnoredValue]:
    """Return all values to ignore; the first one is the value of windows without elements."""
    values = ignore if isinstance(ignore, list | tuple) else [] if ignore is None else [ignore]
    read = [read_ignored_value(value, dtype) for value in values]
    return sorted(read, key=lambda value: not value.is_in_dtype)


def constant_of(text: str, dtype: np.dtype[Any]) -> Number:
    """Return the value of constant padding as the input's dtype represents it."""
    value = Fraction(text) if text not in ("nan", "inf", "-inf") else float(text)
    if dtype.kind in "fc":
        return as_exact(cast(value, real_dtype(dtype)))
    lowest, highest = integer_range(dtype)
    if isinstance(value, float) or value.denominator != 1 or not lowest <= value <= highest:
        raise ValueError(f"{dtype} cannot hold {text}")
    return value


def target_dtype(mode: str, source: np.dtype[Any], dtype: DTypeLike | None) -> np.dtype[Any]:
    """Return the dtype of the result; raise an error if the mode does not accept the input."""
    if mode not in MODES:
        raise ValueError(f"no mode {mode!r}")
    if source.kind not in "biufc" or (source.kind == "c" and mode not in MODES_OF_COMPLEX):
        raise TypeError(f"{mode} of {source}")
    if dtype is None:
        return result_dtype(mode, source)
    target = np.dtype(dtype).newbyteorder("=")
    if target.kind not in "biufc" or (source.kind == "c" and target.kind != "c"):
        raise TypeError(f"{source} to {target}")
    return target


class WindowElements(NamedTuple):
    """The elements of one window by parts, their flat indices, and how many are padding.

    The weights are those of `blur`.
    """

    elements: list[list[Number]]
    flat: list[int]
    padded: int
    weights: list[int]


class Shape(NamedTuple):
    """The padding with values and the footprint of a window."""

    padding_mode: str | None = None
    constant: Number | None = None
    footprint: set[Element] | None = None


PLAIN = Shape()


def window_elements(
    x: Array, axes: dict[int, Axis], place: tuple[int, ...], shape: Shape
) -> WindowElements:
    """Return the elements of the window whose value is the output's element at `place`."""
    parts = [x.real, x.imag] if x.dtype.kind == "c" else [x]
    dims = sorted(axes)
    found, padded = WindowElements([], [], 0, []), 0
    windows = [axes[dim].windows[place[dim]] for dim in dims]
    weights = [binomial_weights(len(window)) for window in windows]
    for taps in itertools.product(*map(enumerate, windows)):
        positions = [position for _, position in taps]
        if shape.footprint is not None and tuple(n for n, _ in taps) not in shape.footprint:
            continue
        weight = math.prod(each[n] for each, (n, _) in zip(weights, taps, strict=True))
        index, flat = list(place), 0
        is_on_data = is_on_padded_data = True
        for dim, position in zip(dims, positions, strict=True):
            n, before, after, _ = axes[dim]
            is_on_data = is_on_data and 0 <= position < n
            is_on_padded_data = is_on_padded_data and -before <= position < n + after
            index[dim] = position
            flat = flat * n + position
        if is_on_padded_data and not is_on_data and shape.padding_mode == "constant":
            found.elements.append([as_exact(shape.constant)] + [Fraction(0)] * (len(parts) - 1))
            found.flat.append(-1)
            found.weights.append(weight)
            continue
        if is_on_padded_data and not is_on_data and shape.padding_mode is not None:
            is_on_data = True
            for dim, position in zip(dims, positions, strict=True):
                index[dim] = padding_source(position, axes[dim].n, shape.padding_mode)
        if is_on_data:
            found.elements.append([as_exact(part[tuple(index)]) for part in parts])
            found.flat.append(flat)
            found.weights.append(weight)
        elif is_on_padded_data:
            padded += 1
    return found._replace(padded=padded)


def without_ignored(window: WindowElements, ignored: list[IgnoredValue]) -> WindowElements:
    """Return a window without its ignored elements and without padding."""
    kept = [
        i
        for i, element in enumerate(window.elements)
        if not any(value.matches(element) for value in ignored)
    ]
    lists = (window.elements, window.flat, window.weights)
    elements, flat, weights = ([each[i] for i in kept] for each in lists)
    return WindowElements(elements, flat, 0, weights)


def pool_windows(
    x: Array,
    mode: str,
    axes: dict[int, Axis],
    include_pad: bool = False,
    divisor: int | None = None,
    *,
    arguments: ModeArguments = DEFAULT_ARGUMENTS,
    window_shape: Shape = PLAIN,
    ignore: Any = None,
    min_valid: Any = None,
    dtype: DTypeLike | None = None,
) -> tuple[Array, NDArray[np.int64] | None]:
    """Return values and indices of all windows on the pooled axes."""
    target = target_dtype(mode, x.dtype, dtype)
    wraps = mode == "sum" and x.dtype.kind in "biu" and dtype is None
    ignored = read_ignored_values(ignore, x.dtype)

    shape = [len(axes[dim].windows) if dim in axes else n for dim, n in enumerate(x.shape)]
    out = np.zeros(shape, target)
    indices = np.full(shape, -1, np.int64)
    results = [out.real, out.imag] if x.dtype.kind == "c" else [out.real]

    for place in np.ndindex(out.shape):
        window = window_elements(x, axes, place, window_shape)
        if ignored:
            least = Fraction(str(min_valid or 0)) * len(window.elements)
            window = without_ignored(window, ignored)
            if len(window.elements) < least:
                window = WindowElements([], [], 0, [])
        count = len(window.elements) + (window.padded if include_pad else 0)
        for part, result in enumerate(results):
            values = [element[part] for element in window.elements]
            if values:
                divided_by = count if divisor is None else divisor
                value = MODES[mode](Window(values, divided_by, arguments, window.weights))
                value = wrap(value, target) if wraps else value
            elif ignored:
                value = ignored[0].parts[part]
            else:
                value = padding_value(mode, x.dtype, target)
            result[place] = cast(value, real_dtype(target))
            if values and mode in MODES_WITH_INDICES:
                indices[place] = window.flat[best_position(values, mode)]
    return out, indices if mode in MODES_WITH_INDICES else None


def pool(
    x: ArrayLike,
    mode: str = "max",
    kernel_size: Sizes = 2,
    stride: Sizes | None = None,
    padding: Padding = 0,
    dilation: Sizes = 1,
    *,
    padding_mode: str | None = None,
    footprint: Any = None,
    ceil_mode: bool = False,
    count_include_pad: bool | None = None,
    divisor_override: int | None = None,
    norm_type: float | None = None,
    q: float = 0.5,
    method: str = "linear",
    ignore: Any = None,
    min_valid: Any = None,
    axes: Sizes | None = None,
    dtype: DTypeLike | None = None,
) -> tuple[Array, NDArray[np.int64] | None]:
    """Return values and indices (None except for `max` and `min`) of windows of fixed size."""
    x = np.asarray(x)
    if divisor_override is not None and operator.index(divisor_override) == 0:
        raise ValueError("divisor_override must not be 0")
    if read_ignored_values(ignore, x.dtype) and count_include_pad:
        raise ValueError("count_include_pad with ignore")
    dims = pooled_axes(x.ndim, axes, kernel_size)
    if isinstance(padding, str) and padding not in ("same", "same-lower", "valid"):
        raise ValueError(f"padding {padding!r}")
    is_same = padding in ("same", "same-lower")
    paddings = (
        [padding] * len(dims)
        if is_same
        else per_axis(0 if padding == "valid" else padding, len(dims), "padding")
    )
    kernels = per_axis(kernel_size, len(dims), "kernel_size")
    strides = per_axis(kernels if stride is None else stride, len(dims), "stride")
    dilations = per_axis(dilation, len(dims), "dilation")
    windows = {
        dim: fixed_axis(x.shape[dim], k, s, p, d, ceil_mode)
        for dim, k, s, p, d in zip(dims, kernels, strides, paddings, dilations, strict=True)
    }
    word, _, constant = (padding_mode or "").partition(":")
    if word and count_include_pad is False:
        raise ValueError("padding_mode with count_include_pad=False")
    for axis in windows.values():
        check_padding_mode(axis, word)
    value = constant_of(constant, x.dtype) if word == "constant" else None
    elements = footprint_elements(footprint, [kernels[dims.index(dim)] for dim in sorted(dims)])
    return pool_windows(
        x,
        mode,
        windows,
        not is_same if count_include_pad is None else count_include_pad,
        divisor_override,
        arguments=ModeArguments(norm_type, q, method),
        window_shape=Shape(word or None, value, elements),
        ignore=ignore,
        min_valid=min_valid,
        dtype=dtype,
    )


def adaptive_pool(
    x: ArrayLike,
    mode: str = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    norm_type: float | None = None,
    q: float = 0.5,
    method: str = "linear",
    axes: Sizes | None = None,
    ignore: Any = None,
    min_valid: Any = None,
    dtype: DTypeLike | None = None,
) -> tuple[Array, NDArray[np.int64] | None]:
    """Return values and indices of adaptive windows; None in `output_size` keeps an axis."""
    x = np.asarray(x)
    dims = pooled_axes(x.ndim, axes, output_size)
    sizes = per_axis(output_size, len(dims), "output_size")
    windows = {dim: adaptive_axis(x.shape[dim], m) for dim, m in zip(dims, sizes, strict=True)}
    arguments = ModeArguments(norm_type, q, method)
    return pool_windows(
        x, mode, windows, arguments=arguments, ignore=ignore, min_valid=min_valid, dtype=dtype
    )


def global_pool(
    x: ArrayLike,
    mode: str = "avg",
    *,
    axes: Sizes | None = None,
    **arguments: Any,
) -> tuple[Array, NDArray[np.int64] | None]:
    """Return values and indices of one window over all pooled axes, which stay with size 1."""
    return adaptive_pool(x, mode, 1, axes=axes, **arguments)
