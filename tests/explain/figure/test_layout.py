"""Tests of figures: their texts, their layout and their colours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ImageColor import getrgb

from poolcli.cli.request_builder import build_request
from poolcli.core.modes import MODES
from poolcli.explain.animation_steps import animation_steps
from poolcli.explain.cell_text import element_text, result_text
from poolcli.explain.explainer import open_explainer
from poolcli.explain.explanation import Explanation
from poolcli.explain.figure.choose_arrangement import make_figure
from poolcli.explain.figure.figure_crop import explain_for_figure
from poolcli.explain.figure.shapes import Figure, Label, Polygon, Rectangle
from poolcli.explain.figure.style import FigureStyle
from poolcli.explain.palettes import PALETTES
from poolcli.report.contrast import luminance
from tests.explain.test_explainer import array_explainer

FEATURE_MAP = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)

DRAWABLE = {*map(chr, range(32, 127)), "·", "…"}
"""The characters that Pillow's own font has and that figures use."""

LIGHT = PALETTES["light"]

WIDE = FigureStyle("light", 1280)
"""The default look."""


@pytest.fixture(scope="module")
def npy_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("figures") / "x.npy"


def explain(
    path: Path, array: Any, mode: str, style: FigureStyle = WIDE, **options: Any
) -> Explanation:
    """Return the explanation of the figure of an array."""
    with array_explainer(path, array, mode, **options) as explainer:
        return explain_for_figure(explainer, None, style)


def texts(figure: Figure) -> list[str]:
    """Return the texts of a figure."""
    return [shape.text for shape in figure.shapes if isinstance(shape, Label)]


def check_layout(figure: Figure) -> None:
    """Check that all shapes are inside the figure, and that texts are legible and apart."""
    boxes = []
    for shape in figure.shapes:
        if isinstance(shape, Label):
            assert set(shape.text) <= DRAWABLE
            assert shape.size >= 11
            left, top, right, bottom = shape.box
            boxes.append(shape.box)
        elif isinstance(shape, Polygon):
            (left, top), (right, bottom) = (
                [function(values) for values in zip(*shape.corners, strict=True)]
                for function in (min, max)
            )
        else:
            left, top, right, bottom = (
                shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
            )  # fmt: skip
        assert 0 <= left < right <= figure.width
        assert 0 <= top < bottom <= figure.height
    for one, other in combinations(boxes, 2):
        is_beside = one[2] <= other[0] or other[2] <= one[0]
        assert is_beside or one[3] <= other[1] or other[3] <= one[1], (one, other)


@st.composite
def window_options(draw: st.DrawFn) -> dict[str, Any]:
    """Return the options of a window that fits an axis of 5 elements."""
    kernel, dilation = draw(st.sampled_from([(1, 1), (2, 1), (3, 1), (2, 2), (3, 2), (5, 1)]))
    options = {
        "kernel_size": str(kernel),
        "stride": str(draw(st.integers(1, 4))),
        "padding": str(draw(st.integers(0, min(2, (kernel - 1) * dilation)))),
        "dilation": str(dilation),
        "ceil": draw(st.booleans()),
        "padding_mode": draw(st.sampled_from([None, "reflect"])),
        "footprint": draw(st.sampled_from([None, "cross"])) if kernel == 3 else None,
        "ignore": draw(st.sampled_from([None, ["3"]])),
    }
    return {key: value for key, value in options.items() if value is not None}


@settings(max_examples=12, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    options=window_options(),
    rank=st.integers(1, 3),
    mode=st.sampled_from(list(MODES)),
    width=st.sampled_from([320, 400, 1280]),
)
def test_texts_are_apart_and_all_is_inside(
    npy_path: Path, options: dict[str, Any], rank: int, mode: str, width: int
) -> None:
    array = np.random.default_rng(rank).integers(-9, 99, (5, 6, 7)[:rank])
    kernel_size = "x".join([options["kernel_size"]] * rank)
    style = FigureStyle("light", width)
    explanation = explain(npy_path, array, mode, style, **options | {"kernel_size": kernel_size})
    check_layout(make_figure(explanation, style))
    for step in animation_steps(explanation)[:3]:
        check_layout(make_figure(explanation, style, step))


def check_layout_of_image(path: Path, mode: str, style: FigureStyle) -> Figure:
    """Check the figure of the first windows of an image, and return it."""
    with open_explainer(build_request(mode, {"inputs": [str(path)]})) as explainer:
        figure = make_figure(explain_for_figure(explainer, None, style), style)
    check_layout(figure)
    return figure


@pytest.mark.parametrize(
    ("array", "mode", "options"),
    [
        (FEATURE_MAP, "max", {}),
        (FEATURE_MAP, "avg", {"kernel_size": "3", "stride": "1", "padding": "1"}),
        (FEATURE_MAP, "max", {"kernel_size": "3", "stride": "1", "padding": "1"}),
        (FEATURE_MAP / 7, "std", {"padding": "1", "padding_mode": "reflect"}),
        (np.arange(12), "median", {"kernel_size": "3"}),
        (np.arange(27).reshape(3, 3, 3) * 10**17, "sum", {"kernel_size": "2x2x2", "stride": "1"}),
    ],
)
def test_cells_have_the_texts_of_all_elements_and_results(
    npy_path: Path, array: Any, mode: str, options: dict[str, Any]
) -> None:
    explanation = explain(npy_path, array, mode, **options)
    found = texts(make_figure(explanation, WIDE))
    (plane,) = explanation.planes
    for slice_ in plane.elements:
        elements = [element_text(each) for row in slice_ for each in row if each.value is not None]
        assert contains_in_order(found, elements)
    for results in plane.windows:
        assert contains_in_order(found, [result_text(window) for row in results for window in row])


def contains_in_order(found: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether texts follow each other."""
    starts = range(len(found) - len(wanted) + 1)
    return any(found[start : start + len(wanted)] == wanted for start in starts)


def test_the_formula_stands_beside_the_grids(npy_path: Path) -> None:
    explanation = explain(npy_path, FEATURE_MAP, "max")
    figure = make_figure(explanation, WIDE)
    found = texts(figure)
    for text in ("[0, 0]", "max(1, 3, 5, 6) = 6 at (1, 1)", "floor((4 + 0 + 0 - 2) / 2) + 1 = 2"):
        assert text in found
    assert figure.width == 1280
    assert figure.height <= 720
    assert max(shape.size for shape in figure.shapes if isinstance(shape, Label)) >= 40


def test_a_long_list_of_windows_ends_with_the_number_of_those_left_out(npy_path: Path) -> None:
    explanation = explain(npy_path, np.arange(256).reshape(16, 16), "avg")
    found = texts(make_figure(explanation, WIDE))
    (last,) = (text for text in found if text.startswith("… and"))
    listed = [text for text in found if text.startswith("[")]
    assert last == f"… and {64 - len(listed)} more windows"
    assert 2 <= len(listed) <= 17


def test_windows_have_colours_in_input_output_and_list(npy_path: Path) -> None:
    figure = make_figure(explain(npy_path, FEATURE_MAP, "max"), WIDE)
    fills = [shape.fill for shape in figure.shapes if isinstance(shape, Rectangle)]
    for colour in LIGHT.windows:
        assert fills.count(colour) == 4 + 1 + 1


def test_overlapping_windows_are_bars_along_the_axes(npy_path: Path) -> None:
    explanation = explain(npy_path, np.arange(8), "max", kernel_size="3", stride="2", dilation="1")
    figure = make_figure(explanation, WIDE)
    bars = [
        shape.fill
        for shape in figure.shapes
        if isinstance(shape, Rectangle) and shape.outline == LIGHT.border and shape.fill
    ]
    assert bars[:3] == [LIGHT.windows[0], LIGHT.background, LIGHT.windows[1]]
    assert "windows along the axis (hollow: overlapping)" in texts(figure)


def test_padding_has_dashed_outlines(npy_path: Path) -> None:
    options = {"kernel_size": "3", "stride": "1", "padding": "1"}
    for mode, is_dashed_text in (("avg", "0"), ("max", None)):
        figure = make_figure(explain(npy_path, FEATURE_MAP + 10, mode, **options), WIDE)
        dashed = [each for each in figure.shapes if isinstance(each, Rectangle) and each.is_dashed]
        assert len(dashed) == 20 + 1  # with the legend
        zeros = sum(text == "0" for text in texts(figure))
        assert zeros == (20 + 1 if is_dashed_text else 0) + 4  # with the labels of rows and columns


def test_outputs_on_one_axis_stand_below_the_middles_of_their_windows(npy_path: Path) -> None:
    figure = make_figure(explain(npy_path, np.arange(10, 19), "max", kernel_size="3"), WIDE)
    found = [shape for shape in figure.shapes if isinstance(shape, Label)]
    for window, text in enumerate(("12", "15", "18")):
        middle = next(each.x for each in found if each.text == str(11 + 3 * window))
        result = [each.x for each in found if each.text == text][-1]
        assert abs(result - middle) <= 1


@pytest.mark.parametrize("width", [160, 401, 1280])
def test_frames_have_the_same_size_and_places(npy_path: Path, width: int) -> None:
    style = FigureStyle("dark", width)
    explanation = explain(npy_path, FEATURE_MAP, "avg", style, kernel_size="3", stride="1")
    frames = [make_figure(explanation, style, step) for step in animation_steps(explanation)]
    assert {(frame.width, frame.height) for frame in frames} == {(width, frames[0].height)}
    places = [{(each.x, each.y) for each in frame.shapes if isinstance(each, Label)}
              for frame in frames]  # fmt: skip
    assert places[0] < places[-1]
    assert {len(frame_places & places[0]) for frame_places in places} == {len(places[0])}


def test_pictures_are_grids_of_colours(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (4, 4, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    figure = check_layout_of_image(tmp_path / "x.png", "max", WIDE)
    fills = {each.fill for each in figure.shapes if isinstance(each, Rectangle)}
    assert fills >= {"#" + bytes(pixel).hex() for pixel in pixels.reshape(-1, 3)}
    found = texts(figure)
    channels = {letter for text in found if set(text) <= set("RGB") for letter in text}
    assert channels == set("RGB")
    assert any(text.startswith("B  max(") for text in found)


def test_pixels_of_one_channel_have_numbers_that_are_legible(tmp_path: Path) -> None:
    Image.fromarray(np.arange(0, 240, 15, np.uint8).reshape(4, 4)).save(tmp_path / "x.png")
    figure = check_layout_of_image(tmp_path / "x.png", "avg", WIDE)
    for value in range(0, 240, 15):
        found = [each for each in figure.shapes if isinstance(each, Label)]
        label = next(each for each in found if each.text == str(value) and each.size > 30)
        lighter, darker = sorted(
            (luminance(getrgb(label.colour)), luminance((value, value, value))), reverse=True
        )
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_numbers_of_pixels_are_left_out_where_they_do_not_fit(tmp_path: Path) -> None:
    pixels = np.arange(0, 65536, 256, np.uint16).reshape(16, 16)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    narrow = check_layout_of_image(tmp_path / "x.png", "max", FigureStyle("light", 360))
    assert "65280" not in texts(narrow)
    assert "65280" in texts(check_layout_of_image(tmp_path / "x.png", "max", WIDE))


@pytest.mark.parametrize("width", [200, 400])
def test_a_narrow_figure_of_long_numbers_shows_fewer_columns(npy_path: Path, width: int) -> None:
    array = np.random.default_rng(0).integers(-(2**62), 2**62, (6, 6))
    style = FigureStyle("light", width)
    explanation = explain(npy_path, array, "min", style, kernel_size="1")
    assert len(explanation.columns.positions) < 6
    check_layout(make_figure(explanation, style))


def test_a_part_of_a_window_is_named(npy_path: Path) -> None:
    explanation = explain(npy_path, np.arange(30.0), "max", WIDE, global_window=True)
    found = texts(make_figure(explanation, WIDE))
    assert "input 30, float64: elements 0-15, part of a window" in found
