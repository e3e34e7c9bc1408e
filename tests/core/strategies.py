"""Random arrays and windows for Hypothesis, small enough for the slow oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

INTEGERS = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
FLOATS = ("float16", "float32", "float64")


@dataclass(frozen=True)
class Call:
    """An array, the spatial axes, and the keyword arguments of a call."""

    x: np.ndarray[Any, Any]
    kwargs: dict[str, Any]

    def __repr__(self) -> str:
        return f"Call({self.x.tolist()!r}, {self.x.dtype}, {self.x.strides}, {self.kwargs})"


@st.composite
def arrays(draw: st.DrawFn, shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    """An array with ties, extremes and, for floats, NaN and infinities; any order and layout."""
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
    return draw(st.sampled_from([_plain, _swapped, _fortran, _reversed, _strided]))(x)


def _plain(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return x


def _swapped(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
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
    """A shape and its spatial axes, which may stand anywhere."""
    spatial = draw(st.integers(1, 3))
    longest = {1: 13, 2: 8, 3: 5}[spatial]
    others = draw(st.integers(0, 2 if spatial < 3 else 1))
    axes = draw(st.permutations(range(spatial + others)))[:spatial]
    shape = [draw(st.integers(1, 3)) for _ in range(spatial + others)]
    for axis in axes:
        shape[axis] = draw(st.integers(1, longest))
    return tuple(shape), tuple(sorted(axes))


def _sizes(most: int, number: int) -> st.SearchStrategy[Any]:
    one = st.integers(1, most)
    return st.one_of(one, st.tuples(*[one] * number))


@st.composite
def windows(draw: st.DrawFn, axes: int) -> dict[str, Any]:
    """The window arguments of `pool`, without regard to what fits."""
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
    return kwargs


def ignored(dtype: str) -> st.SearchStrategy[Any]:
    """One value to ignore, or several: often there, sometimes of no such type."""
    values = [0, 1, 3, -9999, 2.5, float("nan"), 255]
    if np.dtype(dtype).kind in "f":
        values = [0, float("nan"), 1, 0.25, float("inf"), 0.1]
    one = st.sampled_from(values)
    return one | st.lists(one, min_size=1, max_size=3)


def result_dtypes() -> st.SearchStrategy[str | None]:
    """What to cast to, most often nothing."""
    return st.one_of(st.none(), st.sampled_from([*INTEGERS, *FLOATS]))
