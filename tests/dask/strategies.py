"""Hypothesis strategies: arrays, their chunks, and calls of the functions that pool them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

from poolcli.core.modes import MODES
from tests.core.strategies import (
    FLOATS,
    INTEGERS,
    PADDING_MODES,
    arrays,
    ignored_values,
    layouts,
    result_dtypes,
    windows,
)

Chunks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Call:
    """A call of a function of both `poolcli` and `poolcli.dask`."""

    function: str
    x: np.ndarray[Any, Any]
    chunks: Chunks
    mode: str
    kwargs: dict[str, Any]


@st.composite
def axis_chunks(draw: st.DrawFn, size: int) -> tuple[int, ...]:
    """Draw chunks of an axis: one, all of size 1, or any sizes, also 0."""
    kind = draw(st.sampled_from(["one", "single elements", "any", "any"]))
    if kind == "one" or size == 0:
        return (size,)
    if kind == "single elements":
        return (1,) * size
    bounds = sorted([0, size, *draw(st.lists(st.integers(0, size), max_size=4))])
    return tuple(stop - start for start, stop in pairwise(bounds))


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Draw a call; its window may not fit."""
    is_large = draw(st.integers(0, 3)) == 0
    shape, axes = draw(_large_layouts() if is_large else layouts())
    if not is_large and draw(st.integers(0, 9)) == 0:
        extra = draw(st.integers(1, 6 - len(shape)))
        shape = (*(draw(st.integers(0, 2)) for _ in range(extra)), *shape)
        axes = tuple(axis + extra for axis in axes)
    mode = draw(st.sampled_from(list(MODES)))
    dtype = draw(st.sampled_from([*INTEGERS, *FLOATS, "complex64"]))
    x = draw(_elements(shape, dtype))
    chunks = tuple(draw(axis_chunks(size)) for size in shape)
    function = draw(st.sampled_from(["pool"] * 4 + ["adaptive_pool", "global_pool"]))
    kwargs: dict[str, Any] = {"axes": axes}
    if function == "pool":
        kwargs |= draw(_large_windows(len(axes)) if is_large else windows(len(axes)))
    elif function == "adaptive_pool":
        size = st.integers(1, 9) | st.none()
        kwargs["output_size"] = draw(st.tuples(*[size] * len(axes)))
    else:
        kwargs["keepdims"] = draw(st.booleans())
    kwargs |= _options(draw, mode, dtype, function)
    return Call(function, x, chunks, mode, kwargs)


@st.composite
def _large_layouts(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Draw a shape whose windows can have more than 64 elements, and its pooled axes."""
    if draw(st.booleans()):
        return (draw(st.integers(60, 400)),), (0,)
    return (2, draw(st.integers(10, 40)), draw(st.integers(10, 40))), (1, 2)


@st.composite
def _large_windows(draw: st.DrawFn, axes: int) -> dict[str, Any]:
    """Draw windows of up to 225 elements."""
    kernel = draw(st.integers(1, 15 if axes == 2 else 200))
    return {
        "kernel_size": kernel,
        "stride": draw(st.integers(1, 2 * kernel)),
        "padding": draw(st.sampled_from(["same", 0, kernel // 2, kernel - 1])),
        "dilation": draw(st.sampled_from([1, 1, 2])),
        "ceil_mode": draw(st.booleans()),
        "padding_mode": draw(st.sampled_from([None, None, None, *PADDING_MODES])),
    }


@st.composite
def _elements(draw: st.DrawFn, shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    """Draw an array; the sums of some floats depend on their order."""
    if np.dtype(dtype).kind in "biu":
        return draw(arrays(shape, dtype))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    if np.dtype(dtype).kind == "c":
        return rng.normal(size=(*shape, 2)).astype("f4").view(dtype)[..., 0]
    x = draw(arrays(shape, dtype))
    return x if draw(st.booleans()) else (x * rng.uniform(0.5, 1.5, shape)).astype(dtype)


def _options(draw: st.DrawFn, mode: str, dtype: str, function: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    owned = MODES[mode].arguments
    if "return_indices" in owned:
        options["return_indices"] = draw(st.booleans())
    if function == "pool" and mode == "avg":
        options["count_include_pad"] = draw(st.sampled_from([None, None, True, False]))
        options["divisor_override"] = draw(st.sampled_from([None, None, 3]))
    if "norm_type" in owned:
        options["norm_type"] = draw(st.sampled_from([None, 1, 2, 2.5, float("inf")]))
    if "q" in owned:
        options["q"] = draw(st.sampled_from([None, 0, 0.3, 1]))
        options["method"] = draw(st.sampled_from([None, "linear", "nearest", "midpoint"]))
    if draw(st.integers(0, 2)) == 0:
        options["ignore"] = draw(ignored_values("float32" if dtype == "complex64" else dtype))
        options["min_valid"] = draw(st.sampled_from([None, None, 0.5]))
    if draw(st.integers(0, 3)) == 0:
        options["dtype"] = draw(result_dtypes())
    return options
