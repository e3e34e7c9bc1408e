"""Every mode over random windows, dtypes, layouts and options, against the oracle."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core import blocks as cutting
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
ROUNDED = {"lp": 2e-14, "gem": 2e-14, "quantile": 3e-16, "std": 2e-15}
"""Modes that work in float64, and by how much that may be off; far exponents make it more."""
many = settings(max_examples=200, deadline=None)


def test_every_mode_is_held_against_the_oracle() -> None:
    assert set(MODES) == set(ALL_MODES)


def agree(call: Call, function: str) -> None:
    """Both give the same result, or both refuse."""
    wants = bool(call.kwargs.get("return_indices"))
    plain = {key: value for key, value in call.kwargs.items() if key != "return_indices"}
    before = call.x.copy()
    try:
        values, places = getattr(oracle, function)(call.x, **plain)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            getattr(poolcli, function)(call.x, **call.kwargs)
        return
    found = getattr(poolcli, function)(call.x, **call.kwargs)
    if wants:
        found, indices = found
        assert indices.dtype == np.int64
        np.testing.assert_array_equal(indices, places)
    assert found.dtype == values.dtype
    assert found.shape == values.shape
    assert found.flags.c_contiguous
    assert found.dtype.isnative
    # Sums of multiples of 1/4 are exact in every accumulator, so that equality can be asked for.
    if call.kwargs["mode"] in ROUNDED and found.dtype.kind == "f":
        info = np.finfo(found.dtype)
        off = ROUNDED[call.kwargs["mode"]] + float(info.eps)
        least = float(info.smallest_subnormal)
        if call.kwargs["mode"] == "quantile":  # half way between -a and a is off by parts of a
            least += off * float(np.abs(call.x[np.isfinite(call.x)], dtype=float).max(initial=0))
        both = (np.asarray(side, np.float64) for side in (found, values))
        np.testing.assert_allclose(*both, rtol=off, atol=least)
    else:
        np.testing.assert_array_equal(found, values)
    np.testing.assert_array_equal(call.x, before)


@st.composite
def arguments(draw: st.DrawFn, mode: str, dtype: str) -> dict[str, Any]:
    """What any window may be pooled with in a mode."""
    kwargs: dict[str, Any] = {"mode": mode}
    if draw(st.booleans()):
        kwargs["ignore"] = draw(ignored_values(dtype))
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
    # Quantiles are those of float64, which may fall on the other side of a half.
    kwargs["dtype"] = draw(st.sampled_from(FLOATS) if mode == "quantile" else result_dtypes())
    return Call(draw(arrays(shape, dtype)), kwargs)


@pytest.mark.parametrize("mode", ALL_MODES)
@many
@given(data=st.data(), cut=st.sampled_from([(64, 64), (200, 50), (1 << 19, 100), (1 << 19,) * 2]))
def test_fixed_windows(mode: str, data: st.DataObject, cut: tuple[int, int]) -> None:
    call = data.draw(fixed_calls(mode))
    # Tiny slabs and pieces make seams run everywhere through even a small array.
    with mock.patch.multiple(cutting, MAX_WORKING_SET_BYTES=cut[0], MAX_INPUT_BLOCK_BYTES=cut[1]):
        agree(call, "pool")


@pytest.mark.parametrize("mode", ALL_MODES)
@settings(many, max_examples=150)
@given(data=st.data(), cut=st.sampled_from([(64, 64), (1 << 19, 100), (1 << 19,) * 2]))
def test_adaptive_windows(mode: str, data: st.DataObject, cut: tuple[int, int]) -> None:
    shape, axes = data.draw(layouts())
    dtype = data.draw(st.sampled_from([*INTEGERS, *FLOATS]))
    one = st.one_of(st.none(), st.integers(1, 9))
    kwargs = {"axes": axes, **data.draw(arguments(mode, dtype))}
    kwargs["output_size"] = data.draw(st.one_of(one, st.tuples(*[one] * len(axes))))
    with mock.patch.multiple(cutting, MAX_WORKING_SET_BYTES=cut[0], MAX_INPUT_BLOCK_BYTES=cut[1]):
        agree(Call(data.draw(arrays(shape, dtype)), kwargs), "adaptive_pool")


@pytest.mark.parametrize("mode", ALL_MODES)
@settings(many, max_examples=100)
@given(data=st.data(), cut=st.sampled_from([(64, 64), (1 << 19,) * 2]))
def test_global_windows(mode: str, data: st.DataObject, cut: tuple[int, int]) -> None:
    shape, axes = data.draw(layouts())
    dtype = data.draw(st.sampled_from([*INTEGERS, *FLOATS]))
    kwargs = {"axes": axes, **data.draw(arguments(mode, dtype))}
    with mock.patch.multiple(cutting, MAX_WORKING_SET_BYTES=cut[0], MAX_INPUT_BLOCK_BYTES=cut[1]):
        agree(Call(data.draw(arrays(shape, dtype)), kwargs), "global_pool")


@settings(many, max_examples=100)
@given(data=st.data())
def test_the_number_of_threads_does_not_show(data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(ALL_MODES))
    shape, axes = data.draw(layouts())
    window = data.draw(windows(len(axes)))
    x = np.random.default_rng(data.draw(st.integers(0, 99))).standard_normal(shape)
    results = []
    for threads in (1, 2, 5):
        with mock.patch.multiple(cutting, MAX_WORKING_SET_BYTES=64):
            try:
                result = poolcli.pool(x, mode, axes=axes, threads=threads, **window)
            except ValueError:
                return
        results.append(result.tobytes())
    assert results[0] == results[1] == results[2]
