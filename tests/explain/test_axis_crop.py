"""Tests of the crop of an axis: windows shown, windows containing a position, colours."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from poolcli.core.axis import Axis
from poolcli.core.window import Window
from poolcli.explain.axis_crop import (
    MAX_EXTRA_PADDING,
    AxisCrop,
    crop_axis,
    window_positions,
    windows_containing,
)


def test_short_axis_is_shown_whole() -> None:
    (axis,) = Window.fixed((2,), padding=1).on_axes((6,))
    for max_positions in (12, 6):  # padding may exceed what is shown of a long axis
        crop = crop_axis(axis, None, max_positions)
        assert crop == AxisCrop(axis, range(4), range(-1, 7))
    assert crop_axis(axis, None, 5).windows == range(2)


@given(
    size=st.integers(1, 60),
    kernel_size=st.integers(1, 20),
    stride=st.integers(1, 9),
    dilation=st.integers(1, 3),
    data=st.data(),
)
def test_crop_shows_whole_windows_and_the_position(
    size: int, kernel_size: int, stride: int, dilation: int, data: st.DataObject
) -> None:
    kernel_size = min(kernel_size, (size - 1) // dilation + 1)
    padding = data.draw(st.integers(0, dilation * (kernel_size - 1)))
    (axis,) = Window.fixed((kernel_size,), stride, padding, dilation).on_axes((size,))
    position = data.draw(st.integers(0, size - 1))
    max_positions = data.draw(st.integers(1, 12))
    for requested in (None, position):
        crop = crop_axis(axis, requested, max_positions)
        extra = MAX_EXTRA_PADDING if crop.is_whole_axis and size <= max_positions else 0
        assert 0 < len(crop.positions) <= max_positions + extra
        assert len(crop.data_positions) > 0
        if crop.has_whole_windows:
            for window in crop.windows:
                assert axis.first_position(window) in crop.positions
                assert axis.last_position(window) in crop.positions
    containing = [
        window for window in range(axis.out_size) if position in window_positions(axis, window)
    ]
    assert windows_containing(axis, position) == containing
    if containing:
        assert set(containing) & set(crop.windows)
        assert position in crop.positions


@given(st.integers(1, 30), st.integers(1, 40))
def test_adaptive_windows_containing_a_position(size: int, out_size: int) -> None:
    (axis,) = Window.adaptive((out_size,)).on_axes((size,))
    for position in range(size):
        containing = [
            window
            for window in range(out_size)
            if axis.first_position(window) <= position <= axis.last_position(window)
        ]
        assert windows_containing(axis, position) == containing


@given(
    size=st.integers(1, 12),
    kernel_size=st.integers(1, 5),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
)
def test_coloured_windows_are_disjoint(
    size: int, kernel_size: int, stride: int, dilation: int
) -> None:
    out_size = (size - dilation * (kernel_size - 1) - 1) // stride + 1
    assume(out_size > 0)
    axis = Axis(size, out_size, kernel_size, stride, dilation)
    crop = AxisCrop(axis, range(out_size), range(size))
    coloured = crop.disjoint_windows
    covered = [position for window in coloured for position in window_positions(axis, window)]
    assert len(covered) == len(set(covered))
    for window in set(crop.windows) - set(coloured):
        assert set(window_positions(axis, window)) & set(covered)
