"""Each output pixel shows the place that its window had in the input."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolcli.io.tiff.axis_scaling import IDENTITY, AxisScaling
from poolcli.io.tiff.geotiff import scale_georeference

SCALE, TIE_POINTS, MATRIX, GEO_KEYS, RPC = 33550, 33922, 34264, 34735, 50844

AREA = (1, 1, 0, 1, 1025, 0, 1, 1)
POINT = (1, 1, 0, 2, 1024, 0, 1, 1, 1025, 0, 1, 2)

scalings = st.builds(
    AxisScaling, st.integers(1, 40).map(float), st.integers(-80, 80).map(lambda n: n / 2)
)
corners = st.integers(-100, 100).map(float)
numbers = st.integers(-1000, 1000).map(lambda n: n / 8)
raster_types = st.sampled_from([(), AREA, POINT])


def place(tags: dict[int, Any], column: float, row: float) -> tuple[float, float]:
    """Return X and Y at a position counted from the outer corner of the first pixel."""
    if tags.get(GEO_KEYS) == POINT:
        column, row = column - 0.5, row - 0.5
    if MATRIX in tags:
        matrix = tags[MATRIX]
        x, y, _, w = (
            matrix[at] * column + matrix[at + 1] * row + matrix[at + 3] for at in (0, 4, 8, 12)
        )
        return x / w, y / w
    i, j, _, x, y, _ = tags[TIE_POINTS][:6]
    return x + (column - i) * tags[SCALE][0], y - (row - j) * tags[SCALE][1]


def scale(tags: dict[int, Any], columns: AxisScaling, rows: AxisScaling) -> dict[int, Any]:
    scaled = scale_georeference(tags, columns, rows)
    assert scaled is not None
    return tags | scaled


@given(scalings, scalings, corners, corners, raster_types, st.data())
def test_places_stay(
    columns: AxisScaling, rows: AxisScaling, u: float, v: float, keys: Any, data: st.DataObject
) -> None:
    if data.draw(st.booleans()):
        matrix = data.draw(st.tuples(*[numbers] * 12))
        tags = {MATRIX: (*matrix, 0.0, 0.0, 0.0, 1.0), GEO_KEYS: keys}
    else:
        signs = st.sampled_from([1, -1])
        pixel = [data.draw(st.integers(1, 50)) * data.draw(signs) / 4 for _ in range(2)]
        tags = {SCALE: (*pixel, 0.0), TIE_POINTS: data.draw(st.tuples(*[numbers] * 6))}
        tags[GEO_KEYS] = keys
    scaled = scale(tags, columns, rows)
    expected = place(tags, columns.input_position(u), rows.input_position(v))
    assert place(scaled, u, v) == pytest.approx(expected, abs=1e-6)


def test_a_single_tie_point_keeps_its_pixel() -> None:
    tags = {SCALE: (10.0, 20.0, 0.0), TIE_POINTS: (0.0, 0.0, 0.0, 500.0, 900.0, 7.0)}
    scaled = scale(tags, AxisScaling(2), AxisScaling(3))
    assert scaled[SCALE] == (20.0, 60.0, 0.0)
    assert scaled[TIE_POINTS] == (0.0, 0.0, 0.0, 500.0, 900.0, 7.0)
    scaled = scale(tags | {GEO_KEYS: POINT}, AxisScaling(2), AxisScaling(3))
    assert scaled[TIE_POINTS] == (0.0, 0.0, 0.0, 505.0, 880.0, 7.0)


def test_ground_control_points_move_in_the_raster() -> None:
    points = (0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 8.0, 6.0, 0.0, 4.0, 5.0, 6.0)
    columns, rows = AxisScaling(2, 1), AxisScaling(3)
    scaled = scale({TIE_POINTS: points}, columns, rows)[TIE_POINTS]
    assert scaled == (-0.5, 0.0, 0.0, 1.0, 2.0, 3.0, 3.5, 2.0, 0.0, 4.0, 5.0, 6.0)
    scaled = scale({TIE_POINTS: points, GEO_KEYS: POINT}, AxisScaling(2), IDENTITY)[TIE_POINTS]
    assert scaled[6:9] == (3.75, 6.0, 0.0)


@given(scalings, scalings)
def test_rational_polynomials_get_the_same_arguments(
    columns: AxisScaling, rows: AxisScaling
) -> None:
    """The polynomials get ``(line - LINE_OFF) / LINE_SCALE``, lines counted from a centre."""
    values = tuple(float(n) for n in range(3, 95))
    before = {RPC: values}
    after = scale(before, columns, rows)[RPC]
    for axis, offset, length in ((rows, 2, 7), (columns, 3, 8)):
        line = axis.input_position(4.5) - 0.5  # the input position of output centre number 4
        expected = (line - values[offset]) / values[length]
        assert (4 - after[offset]) / after[length] == pytest.approx(expected, abs=1e-9)
    others = [n for n in range(92) if n not in (2, 3, 7, 8)]
    assert [after[n] for n in others] == [values[n] for n in others]


@pytest.mark.parametrize(
    "tags",
    [
        {SCALE: (1.0,)},
        {SCALE: (1.0, float("nan"), 0.0)},
        {SCALE: 1.0},
        {SCALE: "abc"},
        {SCALE: (1.0, 1.0, 0.0), TIE_POINTS: (0.0, 0.0)},
        {TIE_POINTS: ()},
        {MATRIX: (1.0,) * 12},
        {RPC: (1.0,) * 91},
    ],
)
def test_damaged_tags_cannot_be_adapted(tags: dict[int, Any]) -> None:
    assert scale_georeference(tags, AxisScaling(2), AxisScaling(2)) is None


def test_no_georeference() -> None:
    assert scale_georeference({GEO_KEYS: POINT, 256: 8}, AxisScaling(2), AxisScaling(2)) == {}
