"""Tests of figures: their texts, their layout and their colours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from poolcli.core.modes import MODES
from poolcli.explain.animation_steps import animation_steps
from poolcli.explain.cell_text import element_text, result_text
from poolcli.explain.explanation import Explanation
from poolcli.explain.figure_image import draw_image
from poolcli.explain.figure_layout import explain_for_figure, lay_out
from poolcli.explain.figure_shapes import Figure, Label, Polygon, Rectangle
from poolcli.explain.figure_style import PALETTES, FigureStyle
from poolcli.explain.figure_svg import svg_text
from tests.explain.test_explainer import array_explainer

FEATURE_MAP = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)

DRAWABLE = {*map(chr, range(32, 127)), "·", "…"}
"""The characters that Pillow's own font has and that figures use."""

LIGHT = PALETTES["light"]


@pytest.fixture(scope="module")
def npy_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("figures") / "x.npy"


def explain(
    path: Path, array: Any, mode: str, style: FigureStyle = FigureStyle(), **options: Any
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


@settings(max_examples=20, deadline=None,
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
    check_layout(lay_out(explanation, style))
    for step in animation_steps(explanation)[:3]:
        check_layout(lay_out(explanation, style, step))
