"""Hypothesis strategies: random arrays and windows that are small enough for the oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

INTEGERS = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
PADDING_MODES = (
    "reflect", "replicate", "symmetric", "circular", "constant:0", "constant:2.5", "constant:-1",
    "constant:nan",
)  # fmt: skip
FLOATS = ("float16", "float32", "float64")


@dataclass(frozen=True)
class Call:
    """An array and the keyword arguments of a call, among them the pooled axes."""

    x: np.ndarray[Any, Any]
    kwargs: dict[str, Any]

    def __repr__(self) -> str:
        return f"Call({self.x.tolist()!r}, {self.x.dtype}, {self.x.strides}, {self.kwargs})"


@st.composite
def arrays(draw: st.DrawFn, shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    """Draw an array with ties, extreme values, NaN and infinities, in any order and layout."""
    kind = np.dtype(dtype).kind
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    if kind == "b":
        x = rng.random(shape) < 0.5
    elif kind in "iu":
        info = np.iinfo(dtype)
        x = rng.integers(0, 5, shape).astype(dtype)
        if draw(st.booleans()):
            x = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
        if draw(st.booleans()):
            x = np.where(rng.random(shape) < 0.3, info.max, x).astype(dtype)
    else:
        x = (rng.integers(-16, 16, shape) / 4).astype(dtype)
        for value in draw(st.sets(st.sampled_from([np.nan, np.inf, -np.inf, -0.0]))):
            x[rng.random(shape) < 0.15] = value
    return draw(st.sampled_from([_unchanged, _byte_swapped, _fortran, _reversed, _strided]))(x)


def _unchanged(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return x


def _byte_swapped(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return x.astype(x.dtype.newbyteorder())


def _fortran(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asfortranarray(x)


def _reversed(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(x[..., ::-1])[..., ::-1]


def _strided(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


@st.composite
def layouts(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Draw a shape and its pooled axes, which can be any of its axes."""
    pooled = draw(st.integers(1, 3))
    max_size = {1: 13, 2: 8, 3: 5}[pooled]
    rank = pooled + draw(st.integers(0, 2 if pooled < 3 else 1))
    axes = draw(st.permutations(range(rank)))[:pooled]
    shape = [draw(st.integers(1, 3)) for _ in range(rank)]
    for axis in axes:
        shape[axis] = draw(st.integers(1, max_size))
    return tuple(shape), tuple(sorted(axes))


def _sizes(max_size: int, axes: int) -> st.SearchStrategy[Any]:
    """Return sizes: one int, or one per axis."""
    size = st.integers(1, max_size)
    return st.one_of(size, st.tuples(*[size] * axes))


@st.composite
def windows(draw: st.DrawFn, axes: int) -> dict[str, Any]:
    """Draw the window arguments of `pool`; the window may not fit."""
    kwargs: dict[str, Any] = {"kernel_size": draw(_sizes(4, axes))}
    if draw(st.booleans()):
        kwargs["stride"] = draw(_sizes(4, axes))
    if draw(st.booleans()):
        kwargs["dilation"] = draw(_sizes(3, axes))
    kwargs["ceil_mode"] = draw(st.booleans())
    pad = st.integers(0, 3)
    kwargs["padding"] = draw(
        st.one_of(
            st.just(0),
            pad,
            st.tuples(*[pad] * axes),
            st.tuples(*[st.tuples(pad, pad)] * axes),
            st.sampled_from(["valid", "same", "same-lower"]),
        )
    )
    if draw(st.integers(0, 3)) == 0:
        kwargs["padding_mode"] = draw(st.sampled_from(PADDING_MODES))
    if draw(st.integers(0, 3)) == 0:
        kwargs["footprint"] = draw(_footprints(kwargs["kernel_size"], axes))
    return kwargs


@st.composite
def _footprints(draw: st.DrawFn, kernel_size: Any, axes: int) -> Any:
    """Draw a word, or an array of the kernel's shape."""
    word = draw(st.sampled_from(["disk", "cross", "ring", None]))
    if word is not None:
        return word
    shape = (kernel_size,) * axes if isinstance(kernel_size, int) else kernel_size
    footprint = np.random.default_rng(draw(st.integers(0, 999))).random(shape) < 0.5
    footprint.flat[draw(st.integers(0, footprint.size - 1))] = True
    return footprint


def ignored_values(dtype: str) -> st.SearchStrategy[Any]:
    """Return values for `ignore`, one or several: frequent ones, and some of other dtypes."""
    values = [0, 1, 3, -9999, 2.5, float("nan"), 255]
    if np.dtype(dtype).kind in "f":
        values = [0, float("nan"), 1, 0.25, float("inf"), 0.1]
    value = st.sampled_from(values)
    return value | st.lists(value, min_size=1, max_size=3)


def result_dtypes() -> st.SearchStrategy[str | None]:
    """Return values for `dtype`: None in half of the draws."""
    return st.one_of(st.none(), st.sampled_from([*INTEGERS, *FLOATS]))
