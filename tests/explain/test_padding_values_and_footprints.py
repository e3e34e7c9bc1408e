"""Explanations of windows with padding values and footprints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.explain.test_explainer import FEATURE_MAP, arithmetic, explain_array, roles


@pytest.mark.parametrize(
    ("mode", "options", "first"),
    [
        ("max", {"footprint": "cross"}, "max(5, 3, 1, 3, 5) = 5 at (1, 0)"),
        ("min", {"footprint": "cross"}, "min(5, 3, 1, 3, 5) = 1 at (0, 0)"),
        ("sum", {}, "6+5+6+3+1+3+6+5+6 = 41"),
        ("avg", {"footprint": "ring"}, "(6+5+6+3+3+6+5+6)/8 = 5"),
        ("sum", {"ignore": ["6"]}, "5+3+1+3+5 = 17"),
    ],
)
def test_padding_values_are_elements(
    tmp_path: Path, mode: str, options: dict[str, object], first: str
) -> None:
    window = {"kernel_size": "3", "stride": "1", "padding": "1", "padding_mode": "reflect"}
    explanation = explain_array(tmp_path / "x.npy", FEATURE_MAP, mode, **window, **options)
    assert arithmetic(explanation)[0] == first
    assert "padding value" in roles(explanation)
    assert "skipped padding" not in roles(explanation)


def test_an_extreme_in_the_padding_has_no_position(tmp_path: Path) -> None:
    window = {"kernel_size": "3", "padding": "1", "padding_mode": "constant:9"}
    explanation = explain_array(tmp_path / "x.npy", FEATURE_MAP, "max", **window)
    assert arithmetic(explanation)[0] == "max(9, 9, 9, 9, 1, 3, 9, 5, 6) = 9"


def test_overhang_past_the_padding_has_no_value(tmp_path: Path) -> None:
    window = {"kernel_size": "3", "stride": "3", "ceil": True, "padding_mode": "replicate"}
    explanation = explain_array(tmp_path / "x.npy", np.arange(7.0), "sum", **window)
    assert arithmetic(explanation) == ["0+1+2 = 3", "3+4+5 = 12", "6 = 6"]


def test_elements_outside_the_footprint_are_in_no_window(tmp_path: Path) -> None:
    explanation = explain_array(
        tmp_path / "x.npy", FEATURE_MAP, "max", kernel_size="3", stride="3", footprint="cross"
    )
    (plane,) = explanation.planes
    covered = [[each.is_in_window for each in row] for row in plane.elements[0]]
    assert covered[0][:3] == [False, True, False]
    coloured = [[each.coloured_window for each in row] for row in plane.elements[0]]
    assert coloured[0][:3] == [None, (0, 0, 0), None]


def test_a_window_too_large_to_be_written_out(tmp_path: Path) -> None:
    x = np.zeros((300, 300))
    window = {"kernel_size": "201", "stride": "99", "padding": "1", "footprint": "cross"}
    explanation = explain_array(tmp_path / "x.npy", x, "max", **window)
    assert arithmetic(explanation)[0].startswith("max of 399 elements = 0")
