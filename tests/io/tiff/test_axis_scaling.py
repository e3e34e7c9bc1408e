"""Positions of output elements in the input, level after level."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from poolcli.io.tiff.axis_scaling import IDENTITY, AxisScaling, OutputAxes

scalings = st.builds(
    AxisScaling, st.sampled_from([0.5, 1.0, 2.0, 4.0]), st.integers(-80, 80).map(lambda n: n / 2)
)


@given(scalings, scalings, st.integers(-9, 9))
def test_levels_compose(first: AxisScaling, second: AxisScaling, u: int) -> None:
    both = first.followed_by(second)
    assert both.input_position(u) == first.input_position(second.input_position(u))
    assert both.output_position(both.input_position(u)) == u
    assert first.followed_by(IDENTITY) == first == IDENTITY.followed_by(first)


@given(scalings, st.integers(-9, 9))
def test_positions_of_centres(scaling: AxisScaling, i: int) -> None:
    centred = AxisScaling(scaling.scale, scaling.centre_offset)
    assert centred.input_position(i) + 0.5 == scaling.input_position(i + 0.5)


def test_axes_that_an_output_does_not_have() -> None:
    axes = OutputAxes("ZYX", (5, 4, 3), {"Y": AxisScaling(2), "X": None})
    assert [axes.size(letter) for letter in "CZYX"] == [1, 5, 4, 3]
    assert axes.scaling("Z") is IDENTITY
    assert axes.scaling("X") is None
    assert axes.scaling("Y") == AxisScaling(2)
