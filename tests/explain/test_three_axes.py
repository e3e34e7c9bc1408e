"""Explanations of windows over three axes: their text, crops, positions and errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poolcli as library
from poolcli.explain.text_drawing import explanation_lines
from poolcli.explain.text_grids import window_styles
from tests.conftest import Poolcli
from tests.explain.test_explainer import arithmetic, array_explainer, explain_array

VOLUME = np.array(
    [[[1, 3, 2, 4], [5, 6, 7, 8]], [[2, 4, 1, 3], [0, 1, 2, 9]], [[5, 0, 3, 3], [1, 1, 0, 2]]]
)

TEXT = """\
v.npy: max, kernel size 2x2x2, stride 1
3x2x4, int64 → 2x1x3

  slice 0            slice 1            slice 2            slice 0         slice 1
     0  1  2  3         0  1  2  3         0  1  2  3         0  1  2         0  1  2
  0  1  3  2  4      0  2 [4] 1  3      0 [5] 0  3  3  →   0  6  7  9      0  5  4  9
  1  5 [6][7] 8      1  0  1  2 [9]     1  1  1  0  2

  [0, 0, 0]  slices 0-1, rows 0-1, columns 0-1:  max(1, 3, 5, 6, 2, 4, 0, 1) = 6 at (0, 1, 1)
  [0, 0, 1]  slices 0-1, rows 0-1, columns 1-2:  max(3, 2, 6, 7, 4, 1, 1, 2) = 7 at (0, 1, 2)
  [0, 0, 2]  slices 0-1, rows 0-1, columns 2-3:  max(2, 4, 7, 8, 1, 3, 2, 9) = 9 at (1, 1, 3)
  [1, 0, 0]  slices 1-2, rows 0-1, columns 0-1:  max(2, 4, 0, 1, 5, 0, 1, 1) = 5 at (2, 0, 0)
  [1, 0, 1]  slices 1-2, rows 0-1, columns 1-2:  max(4, 1, 1, 2, 0, 3, 1, 0) = 4 at (1, 0, 1)
  [1, 0, 2]  slices 1-2, rows 0-1, columns 2-3:  max(1, 3, 2, 9, 3, 3, 0, 2) = 9 at (1, 1, 3)

[ ] chosen
slices: floor((3 + 0 + 0 - 2) / 1) + 1 = 2
rows: floor((2 + 0 + 0 - 2) / 1) + 1 = 1
columns: floor((4 + 0 + 0 - 2) / 1) + 1 = 3
"""

NARROW_GRIDS = """\
  slice 0             slice 1
     0  1   2  3         0  1   2  3
  0  1  3 │ 2  4      0  2  4 │ 1  3
  1  5 [6]│ 7  8      1  0  1 │ 2 [9]

  slice 2             padding
     0  1   2  3         0  1   2  3
  0 [5] 0 │[3] 3      0  ·  · │ ·  ·
  1  1  1 │ 0  2      1  ·  · │ ·  ·
  ↓
  slice 0      slice 1
     0  1         0  1
  0  6  9      0  5  3
"""


@pytest.fixture(autouse=True)
def _volume(poolcli: Poolcli) -> None:
    np.save("v.npy", VOLUME)


def test_slices_are_side_by_side(poolcli: Poolcli) -> None:
    assert poolcli("explain", "max", "v.npy", "--k", "2x2x2", "--s", 1).out == TEXT


def lines_of_width(
    path: Path, array: np.ndarray[Any, Any], width: int, **options: object
) -> list[str]:
    """Return the lines of an explanation of `max` on a terminal of some width."""
    with array_explainer(path, array, "max", **options) as explainer:
        lines = explanation_lines(
            lambda *limits: explainer.explain(None, *limits), "x.npy", width, is_coloured=False
        )
        return [line.plain for line in lines]


def test_slices_go_below_each_other_on_a_narrow_terminal(npy_path: Path) -> None:
    lines = lines_of_width(npy_path, VOLUME, 40, kernel_size="2x2x2", ceil=True)
    assert NARROW_GRIDS in "\n".join(map(str.rstrip, lines))


@pytest.mark.parametrize("width", [24, 60, 100])
def test_no_line_is_wider_than_the_terminal(npy_path: Path, width: int) -> None:
    array = np.random.default_rng(0).integers(0, 1 << 20, (9, 9, 30))
    lines = lines_of_width(npy_path, array, width, kernel_size="2x2x3", padding="1")
    assert max(map(len, lines)) <= width
    assert any("slice 2" in line for line in lines)


@pytest.mark.parametrize(
    "line", ["--layout NCDHW --k 2", "--layout NCDHW --axes DHW --k 2", "--k 2x2x2"]
)
def test_axes_come_from_layout_option_or_kernel(poolcli: Poolcli, line: str) -> None:
    np.save("v.npy", np.stack([VOLUME, VOLUME + 1])[None])
    out = poolcli("explain", "max", "v.npy", *line.split()).out
    assert "[0, 1, :, :, :]\n  slice 0 " in out
    assert "max(2, 4, 6, 7, 3, 5, 1, 2) = 7 at (0, 1, 1)" in out


def test_a_crop_contains_the_element_and_whole_windows(npy_path: Path) -> None:
    array = np.random.default_rng(0).random((30, 40, 50)).astype(np.float32)
    window = {"kernel_size": "3x3x3", "stride": "2", "padding": "1"}
    with array_explainer(npy_path, array, "max", **window) as explainer:
        explanation = explainer.explain((20, 31, 7), max_columns=8, max_rows=5, max_slices=6)
    output, indices = library.pool(array, "max", 3, 2, 1, axes=(0, 1, 2), return_indices=True)
    (plane,) = explanation.planes
    assert [len(crop.positions) for crop in explanation.crops] == [5, 5, 7]
    assert all(
        at in crop.positions for at, crop in zip((20, 31, 7), explanation.crops, strict=True)
    )
    for result in plane.all_windows:
        assert result.value == output[result.position]
        at = tuple(map(int, np.unravel_index(indices[result.position], array.shape)))
        assert result.arithmetic.endswith(f"at {at}")
        assert result.chosen == [at]
        assert len(result.positions) == 27
    assert explanation.crop_text == (
        "slices 19-23, rows 29-33, columns 5-11 of 30x40x50; "
        "--at SLICE,ROW,COL shows another region"
    )


@pytest.mark.parametrize("options", [{"global_window": True}, {"adaptive": "2x1x3"}])
@pytest.mark.parametrize("mode", ["avg", "median", "mode"])
def test_global_and_adaptive_windows(npy_path: Path, options: dict[str, object], mode: str) -> None:
    explanation = explain_array(npy_path, VOLUME, mode, layout="ZYX", axes="ZYX", **options)
    (plane,) = explanation.planes
    if "adaptive" in options:
        output = library.adaptive_pool(VOLUME, mode, (2, 1, 3))
    else:
        output = library.global_pool(VOLUME, mode, axes=(0, 1, 2))
    assert [window.value for window in plane.all_windows] == output.ravel().tolist()
    assert [window.position for window in plane.all_windows] == list(np.ndindex(output.shape))
    assert arithmetic(explanation)[-1].endswith(f"{output.ravel()[-1]:.6g}")


def test_windows_behind_one_another_differ_in_colour(npy_path: Path) -> None:
    explanation = explain_array(npy_path, VOLUME, "max", kernel_size="1x2x2")
    styles = window_styles(explanation)
    assert [styles[slice_, 0, 0] for slice_ in range(3)] == ["window0", "window2", "window0"]
    assert styles[1, 0, 1] == "window3"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--k 2x2x2 --at 3,0,0", "there is no element 3,0,0: the input's spatial size is 3x2x4, "
         "its last element is 2,1,3, counted from 0"),
        ("--k 2x2x2 --at 1,1", "--at needs 3 numbers, SLICE,ROW,COL"),
        ("--layout NZYX --k 2 --axes NZYX", "windows over at most three axes can be shown, not "
         "over 4; give a kernel of three sizes, or name three axes with --axes"),
    ],
)  # fmt: skip
def test_input_errors(poolcli: Poolcli, line: str, message: str) -> None:
    if "N" in line:
        np.save("v.npy", np.stack([VOLUME, VOLUME]))
    result = poolcli("explain", "max", "v.npy", *line.split())
    assert (result.code, result.out) == (1, "")
    assert message in result.err


@pytest.fixture(scope="module")
def npy_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("explain") / "x.npy"
