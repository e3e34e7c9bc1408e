"""Every mode with random windows, dtypes, memory layouts and options, compared with the oracle."""

from __future__ import annotations

from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core import blocks
from poolcli.core.modes import MODES, QUANTILE_METHODS
from tests import oracle
from tests.core.strategies import (
    FLOATS,
    INTEGERS,
    Call,
    arrays,
    ignored_values,
    layouts,
    result_dtypes,
    windows,
)

ALL_MODES = tuple(oracle.MODES)
RELATIVE_ERRORS = {"lp": 2e-14, "gem": 2e-14, "quantile": 3e-16, "std": 2e-15, "rms": 2e-15}
"""The relative errors allowed to modes that work in float64; large exponents increase them."""
many_examples = settings(max_examples=120, deadline=None)

BLOCK_SIZES = [(64, 64), (200, 50), (1 << 19, 100), (1 << 19, 1 << 19)]
"""Pairs of `blocks.MAX_WORKING_SET_BYTES` and `blocks.MAX_INPUT_BLOCK_BYTES`. With tiny ones even a
small array is split into many blocks."""


def test_the_oracle_has_every_mode() -> None:
    assert set(MODES) == set(ALL_MODES)


def assert_agrees(call: Call, function: str) -> None:
    """Assert that poolcli and the oracle return the same result, or both raise an error."""
    with_indices = bool(call.kwargs.get("return_indices"))
    kwargs = {key: value for key, value in call.kwargs.items() if key != "return_indices"}
    before = call.x.copy()
    try:
        expected, expected_indices = getattr(oracle, function)(call.x, **kwargs)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            getattr(poolcli, function)(call.x, **call.kwargs)
        return
    found = getattr(poolcli, function)(call.x, **call.kwargs)
    if with_indices:
        found, indices = found
        assert indices.dtype == np.int64
        np.testing.assert_array_equal(indices, expected_indices)
    assert_same_values(found, expected, call.kwargs["mode"], call.x)
    np.testing.assert_array_equal(call.x, before)


def assert_same_values(
    found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any], mode: str, x: np.ndarray[Any, Any]
) -> None:
    """Assert that a result has the oracle's dtype, shape and values, within the mode's error."""
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    assert found.flags.c_contiguous
    assert found.dtype.isnative
    # The elements are multiples of 1/4, whose sums are exact in every dtype.
    if mode in RELATIVE_ERRORS and found.dtype.kind == "f":
        info = np.finfo(found.dtype)
        rtol = RELATIVE_ERRORS[mode] + float(info.eps)
        atol = float(info.smallest_subnormal)
        if mode == "quantile":  # between -a and a the error is relative to a
            atol += rtol * float(np.abs(x[np.isfinite(x)], dtype=float).max(initial=0))
        both = (np.asarray(side, np.float64) for side in (found, expected))
        np.testing.assert_allclose(*both, rtol=rtol, atol=atol)
    else:
        np.testing.assert_array_equal(found, expected)


def block_sizes(sizes: tuple[int, int]) -> AbstractContextManager[object]:
    """Set the sizes of blocks (see `BLOCK_SIZES`) within a `with` block."""
    working_set, input_block = sizes
    return mock.patch.multiple(
        blocks, MAX_WORKING_SET_BYTES=working_set, MAX_INPUT_BLOCK_BYTES=input_block
    )


@st.composite
def arguments(draw: st.DrawFn, mode: str, dtype: str) -> dict[str, Any]:
    """Draw the arguments of a mode that every window takes."""
    kwargs: dict[str, Any] = {"mode": mode}
    if draw(st.booleans()):
        kwargs["ignore"] = draw(ignored_values(dtype))
    if draw(st.booleans()):
        shares = [None, 0, 0.07, 0.25, Fraction(1, 3), 0.5, 0.6, 1.0]
        kwargs["min_valid"] = draw(st.sampled_from(shares))
    if "return_indices" in MODES[mode].arguments:
        kwargs["return_indices"] = draw(st.booleans())
    if "norm_type" in MODES[mode].arguments:
        norms = [None, 0.5, 1, 2, 2.5, 3, 7, 100, float("inf")]
        more = [-1, -2.5, -100, -float("inf")] if mode == "gem" else []
        kwargs["norm_type"] = draw(st.sampled_from(norms + more))
    if mode == "quantile":
        kwargs["q"] = draw(st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1]))
        kwargs["method"] = draw(st.sampled_from(QUANTILE_METHODS))
    return kwargs


@st.composite
def fixed_calls(draw: st.DrawFn, mode: str) -> Call:
    shape, axes = draw(layouts())
    dtype = draw(st.sampled_from([*INTEGERS, *FLOATS]))
    kwargs = {"axes": axes, **draw(arguments(mode, dtype)), **draw(windows(len(axes)))}
    if mode == "avg":
        if draw(st.booleans()):
            kwargs["divisor_override"] = draw(st.sampled_from([1, 3, -2, 7]))
        kwargs["count_include_pad"] = draw(st.sampled_from([None, True, False]))
        assume(not (kwargs["count_include_pad"] and "ignore" in kwargs))
    assume(not ("padding_mode" in kwargs and kwargs.get("return_indices")))
    # float64 quantiles may be rounded to the other side of a half, so no integer dtype is drawn.
    kwargs["dtype"] = draw(st.sampled_from(FLOATS) if mode == "quantile" else result_dtypes())
    return Call(draw(arrays(shape, dtype)), kwargs)


@pytest.mark.parametrize("mode", ALL_MODES)
@many_examples
@given(data=st.data(), sizes=st.sampled_from(BLOCK_SIZES))
def test_fixed_windows(mode: str, data: st.DataObject, sizes: tuple[int, int]) -> None:
    call = data.draw(fixed_calls(mode))
    with block_sizes(sizes):
        assert_agrees(call, "pool")


@pytest.mark.parametrize("mode", ALL_MODES)
@settings(many_examples, max_examples=70)
@given(data=st.data(), sizes=st.sampled_from(BLOCK_SIZES))
def test_adaptive_windows(mode: str, data: st.DataObject, sizes: tuple[int, int]) -> None:
    shape, axes = data.draw(layouts())
    dtype = data.draw(st.sampled_from([*INTEGERS, *FLOATS]))
    size = st.one_of(st.none(), st.integers(1, 9))
    kwargs = {"axes": axes, **data.draw(arguments(mode, dtype))}
    kwargs["output_size"] = data.draw(st.one_of(size, st.tuples(*[size] * len(axes))))
    with block_sizes(sizes):
        assert_agrees(Call(data.draw(arrays(shape, dtype)), kwargs), "adaptive_pool")


@pytest.mark.parametrize("mode", ALL_MODES)
@settings(many_examples, max_examples=40)
@given(data=st.data(), sizes=st.sampled_from(BLOCK_SIZES))
def test_global_windows(mode: str, data: st.DataObject, sizes: tuple[int, int]) -> None:
    shape, axes = data.draw(layouts())
    dtype = data.draw(st.sampled_from([*INTEGERS, *FLOATS]))
    kwargs = {"axes": axes, **data.draw(arguments(mode, dtype))}
    with block_sizes(sizes):
        assert_agrees(Call(data.draw(arrays(shape, dtype)), kwargs), "global_pool")


@settings(many_examples, max_examples=100)
@given(data=st.data())
def test_results_do_not_depend_on_the_number_of_threads(data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(ALL_MODES))
    shape, axes = data.draw(layouts())
    window = data.draw(windows(len(axes)))
    x = np.random.default_rng(data.draw(st.integers(0, 99))).standard_normal(shape)
    results = []
    for threads in (1, 2, 5):
        with mock.patch.multiple(blocks, MAX_WORKING_SET_BYTES=64):
            try:
                result = poolcli.pool(x, mode, axes=axes, threads=threads, **window)
            except ValueError:
                return
        results.append(result.tobytes())
    assert results[0] == results[1] == results[2]
