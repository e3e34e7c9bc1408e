"""Windows with the same elements are computed once, and give the same values."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from poolcli.core import blocks
from poolcli.core.axis import Axis, fixed_axis, same_axis
from poolcli.core.engine import repeated_windows
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options
from poolcli.core.taps import AxisBlock, element_counts, taps
from poolcli.core.window import Window
from tests.core.strategies import FLOATS, INTEGERS, Call, arrays
from tests.core.test_against_oracle import assert_agrees

MODES_AND_ARGUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("max", {"return_indices": True}),
    ("min", {"ignore": 0}),
    ("avg", {}),
    ("avg", {"count_include_pad": False}),
    ("avg", {"dtype": "int32"}),
    ("avg", {"ignore": 0}),
    ("sum", {}),
    ("lp", {}),
    ("gem", {"dtype": "uint8"}),
    ("std", {}),
    ("median", {}),
    ("quantile", {"q": 0.3, "ignore": 0}),
    ("mode", {}),
]


@st.composite
def large_windows(draw: st.DrawFn, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Draw arguments of `pool` for windows larger than the axes, with much padding."""
    kernel, stride, dilation, padding = [], [], [], []
    for size in sizes:
        kernel.append(draw(st.integers(1, 4 * size + 3)))
        stride.append(draw(st.integers(1, size + 1)))
        dilation.append(draw(st.sampled_from([1, 1, 1, 2, 3])))
        extent = (kernel[-1] - 1) * dilation[-1]
        padding.append((draw(st.integers(0, extent)), draw(st.integers(0, extent))))
    same = draw(st.sampled_from([None, None, "same", "same-lower"]))
    return {
        "kernel_size": kernel,
        "stride": stride,
        "dilation": dilation,
        "padding": padding if same is None else same,
        "ceil_mode": draw(st.booleans()),
    }


@pytest.mark.parametrize(("mode", "arguments"), MODES_AND_ARGUMENTS)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), working_set=st.sampled_from([64, 1 << 22]))
def test_values_equal_those_of_the_oracle(
    mode: str, arguments: dict[str, Any], data: st.DataObject, working_set: int
) -> None:
    shape = data.draw(st.sampled_from([(5,), (1,), (2, 3), (3, 4)]))
    dtype = data.draw(st.sampled_from([*INTEGERS, *FLOATS]))
    window = data.draw(large_windows(shape))
    axes = tuple(range(len(shape)))
    call = Call(
        data.draw(arrays(shape, dtype)), {"mode": mode, "axes": axes, **arguments, **window}
    )
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", working_set):
        assert_agrees(call, "pool")


@st.composite
def axes_with_large_windows(draw: st.DrawFn) -> Axis:
    """Draw an axis on which many windows hold all elements."""
    size, stride = draw(st.integers(1, 5)), draw(st.integers(1, 9))
    kernel, dilation = draw(st.integers(size, 30)), draw(st.integers(1, 4))
    if draw(st.booleans()):
        return same_axis(size, kernel, stride, dilation, lower=draw(st.booleans()))
    pad = st.integers(0, (kernel - 1) * dilation)
    padding = draw(pad), (kernel - 1) * dilation - draw(st.integers(0, size - 1))
    axis = fixed_axis(size, kernel, stride, dilation, padding, ceil_mode=draw(st.booleans()))
    assume(axis.out_size >= 1)
    return axis


@given(data=st.data())
def test_distinct_windows_have_the_elements_and_counts_of_the_repeated_ones(
    data: st.DataObject,
) -> None:
    axis = data.draw(axes_with_large_windows())
    repeats = repeated_windows.find_repeats(axis)
    if repeats is None:
        return
    smaller = repeated_windows.remove_repeats(axis, repeats)
    assert min(smaller.pad_before, smaller.pad_after) >= 0 < smaller.kernel_size
    numbers = repeats.distinct(np.arange(axis.out_size))
    assert sorted(set(numbers.tolist())) == list(range(smaller.out_size))
    for window, number in enumerate(numbers.tolist()):
        assert elements(axis, window) == elements(smaller, number)
    for padded in (False, True):
        counts = element_counts(smaller, (0, smaller.out_size), padded)
        expected = element_counts(axis, (0, axis.out_size), padded)
        assert counts[numbers].tolist() == expected.tolist()


def elements(axis: Axis, window: int) -> list[int]:
    first = axis.first_position(window)
    positions = [first + tap * axis.dilation for tap in range(axis.kernel_size)]
    return [at for at in positions if 0 <= at < axis.size]


@given(data=st.data())
def test_taps_are_the_elements_of_windows(data: st.DataObject) -> None:
    axis = data.draw(axes_with_large_windows())
    first = data.draw(st.integers(0, axis.out_size - 1))
    stop = data.draw(st.integers(first + 1, axis.out_size))
    low = data.draw(st.integers(0, axis.size))
    high = data.draw(st.integers(low, axis.size))
    found: list[list[int]] = [[] for _ in range(first, stop)]
    for outs, ins in taps(AxisBlock(axis, (first, stop), (low, high))):
        assert isinstance(outs, slice)
        assert isinstance(ins, slice)
        windows, places = range(stop - first)[outs], range(high - low)[ins]
        for window, place in zip(windows, places, strict=True):
            found[window].append(low + place)
    for window, places in enumerate(found):
        expected = elements(axis, first + window)
        assert places == [at for at in expected if low <= at < high]


def test_few_windows_are_distinct() -> None:
    window = Window.fixed((100, 1000), 1, (99, 999))
    recipe = make_recipe((2, 3), "f8", "avg", window, (0, 1), Options())
    distinct, _ = repeated_windows.without_repeats(recipe)
    assert recipe.out_shape == (101, 1002)
    assert distinct.out_shape == (3, 5)
