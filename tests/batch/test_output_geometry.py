"""The position of output elements follows from the positions of their windows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from poolcli.batch.output_geometry import OutputGeometry, axis_scaling
from poolcli.core.errors import ArgumentError, WindowError
from poolcli.core.window import Window

paddings = st.one_of(
    st.sampled_from(["same", "same-lower"]),
    st.tuples(st.tuples(st.integers(0, 3), st.integers(0, 3))),
)


@given(
    st.integers(1, 50), st.integers(1, 6), st.integers(1, 6), st.integers(1, 4), paddings,
    st.booleans(),
)  # fmt: skip
def test_results_are_in_the_middle_of_their_windows(
    size: int, kernel: int, stride: int, dilation: int, padding: object, ceil_mode: bool
) -> None:
    try:
        window = Window.fixed(kernel, stride, padding, dilation, ceil_mode)  # type: ignore[arg-type]
        (axis,) = window.on_axes((size,))
    except (ArgumentError, WindowError):
        return
    scaling = axis_scaling(axis)
    assert scaling is not None
    for i in range(axis.out_size):
        middle = (axis.first_position(i) + axis.last_position(i) + 1) / 2
        assert scaling.input_position(i + 0.5) == middle


def test_global_and_equal_adaptive_windows() -> None:
    (axis,) = Window.global_window().on_axes((9,))
    assert axis_scaling(axis) == (9, 0)
    axes = Window.adaptive((3, 2, None)).on_axes((9, 9, 9))
    assert list(map(axis_scaling, axes)) == [(3, 0), None, (1, 0)]


def test_a_level_after_unlike_windows_has_no_step_either() -> None:
    (unlike,) = Window.adaptive(2).on_axes((9,))
    (halved,) = Window.fixed(2).on_axes((2,))
    geometry = OutputGeometry((9, 9)).after_level({1: unlike}).after_level({1: halved})
    assert geometry == OutputGeometry((9, 9), {1: None})
