"""The text of explanations over one, two and three axes: every value is that of `poolcli.pool`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core.modes import MODES
from poolcli.core.shape_text import shape_text
from poolcli.explain.block_elements import as_python_number
from poolcli.explain.explanation import Explanation
from poolcli.explain.text_drawing import explanation_lines
from poolcli.explain.text_grids import plane_lines
from poolcli.report.format_values import format_element
from tests.explain.test_explainer import explain_array
from tests.oracle.footprints import footprint_elements

WINDOW_LINE = re.compile(r"  (?P<name>\[[0-9, ]+\])  (?P<region>[^:]+):  (?P<arithmetic>.+)")
RESULT = re.compile(r".*(?:= |: )(?P<value>[^ ,]+)(?: at (?P<at>[^:]+)|, [^:=]+)?")
CELL = re.compile(r"[^\s\[\]{}()│]+")


class Pooling(NamedTuple):
    """A pooling to explain; padding, sizes and steps in elements, one for each axis."""

    array: np.ndarray[Any, Any]
    mode: str
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    ceil: bool
    padding_mode: str | None
    footprint: str | None
    ignore: int | None

    @property
    def options(self) -> dict[str, Any]:
        """The options of the command line."""
        sizes = ("kernel_size", "stride", "padding", "dilation")
        return {
            **{name: shape_text(getattr(self, name)) for name in sizes},
            "ceil": self.ceil,
            "padding_mode": self.padding_mode,
            "footprint": self.footprint,
            "ignore": None if self.ignore is None else [str(self.ignore)],
        }

    def results(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None]:
        """Return the output, and the indices if the mode has them."""
        has_indices = "return_indices" in MODES[self.mode].arguments and not self.padding_mode
        pooled = poolcli.pool(
            self.array, self.mode, self.kernel_size, self.stride, self.padding, self.dilation,
            ceil_mode=self.ceil, padding_mode=self.padding_mode, footprint=self.footprint,
            ignore=self.ignore, return_indices=has_indices,
        )  # fmt: skip
        return pooled if isinstance(pooled, tuple) else (pooled, None)


@st.composite
def poolings(draw: st.DrawFn) -> Pooling:
    """Draw a pooling over one, two or three axes."""
    rank = draw(st.integers(1, 3))
    mode = draw(st.sampled_from(sorted(MODES)))

    def sizes(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    kernel_size, dilation = sizes(1, 3), sizes(1, 2)
    extents = [step * (size - 1) + 1 for size, step in zip(kernel_size, dilation, strict=True)]
    shape = tuple(extent + draw(st.integers(0, 3)) for extent in extents)
    dtype = draw(st.sampled_from(["uint8", "int16", "float32", "bool"]))
    numbers = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 9, shape)
    array = numbers.astype(dtype) if dtype != "float32" else numbers.astype(dtype) / 4 - 1
    has_padding_values, has_footprint = draw(st.booleans()), draw(st.booleans()) and mode != "blur"
    return Pooling(
        array, mode, kernel_size, sizes(1, 3),
        padding=tuple(draw(st.integers(0, min(extent - 1, 2))) for extent in extents),
        dilation=dilation,
        ceil=draw(st.booleans()),
        padding_mode="symmetric" if has_padding_values else None,
        footprint="cross" if has_footprint else None,
        ignore=draw(st.sampled_from([None, None, 1])),
    )  # fmt: skip


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(pooling=poolings())
def test_every_value_of_the_text_is_that_of_pool(npy_path: Path, pooling: Pooling) -> None:
    explanation = explain_array(npy_path, pooling.array, pooling.mode, **pooling.options)
    output, indices = pooling.results()
    check_window_lines(explanation, output, indices, pooling)
    check_grids(explanation, output, pooling)
    check_elements_of_windows(explanation, pooling)
    sizes = [int(formula.split()[-1]) for formula in explanation.size_formulas]
    assert tuple(sizes) == output.shape


def check_window_lines(
    explanation: Explanation,
    output: np.ndarray[Any, Any],
    indices: np.ndarray[Any, Any] | None,
    pooling: Pooling,
) -> None:
    """Check the value and the position of the chosen element in the line of each window."""
    lines = explanation_lines(lambda *limits: explanation, "x", None, is_coloured=False)
    found = [match for line in lines if (match := WINDOW_LINE.fullmatch(line.plain))]
    crops = explanation.crops[-explanation.rank :]
    for match, window in zip(found, product(*(crop.windows for crop in crops)), strict=True):
        assert match["name"] == str(list(window))
        result = RESULT.fullmatch(match["arithmetic"])
        assert result is not None
        assert result["value"] == text_of(output[window])
        formula = match["arithmetic"].split(" = ")[0]
        if pooling.mode in ("sum", "avg", "blur") and re.fullmatch(r"[-+*/()0-9.]+", formula):
            assert np.isclose(eval(formula), output[window], rtol=1e-5)
        if indices is not None and indices[window] >= 0:
            at = [int(each) for each in np.unravel_index(indices[window], pooling.array.shape)]
            assert result["at"] == (str(tuple(at)) if len(at) > 1 else str(at[0]))


def check_grids(explanation: Explanation, output: np.ndarray[Any, Any], pooling: Pooling) -> None:
    """Check the cells of the input and of the output."""
    crops = explanation.crops[-explanation.rank :]
    (plane,) = explanation.planes
    lines = [line.plain for line in plane_lines(plane, explanation, width=1)]
    arrow = lines.index("  ↓")
    cells = dict(zip(product(*(crop.positions for crop in crops)), text_cells(
        lines[:arrow], len(explanation.columns.positions)), strict=True))  # fmt: skip
    for position, cell in cells.items():
        if all(0 <= at < size for at, size in zip(position, pooling.array.shape, strict=True)):
            assert cell == text_of(pooling.array[position])
        elif pooling.padding_mode is None:
            assert cell in ("·", "0")
    windows = product(*(crop.windows for crop in crops))
    results = text_cells(lines[arrow + 1 :], len(explanation.columns.windows))
    assert list(results) == [text_of(output[window]) for window in windows]


def text_cells(lines: list[str], column_count: int) -> Iterator[str]:
    """Yield the cells in the lines of grids below each other, without headers and labels."""
    is_header = True
    for line in lines:
        if "slice" in line or "padding" in line or not line.strip():
            is_header = True
        elif "─" not in line:
            if not is_header:
                yield from CELL.findall(line)[-column_count:]
            is_header = False


def check_elements_of_windows(explanation: Explanation, pooling: Pooling) -> None:
    """Check the positions of the elements of each window that are shown, and the chosen ones."""
    rank = explanation.rank
    shown = set(product(*(crop.positions for crop in explanation.crops)))
    (plane,) = explanation.planes
    for window in plane.all_windows:
        steps = zip(
            window.position[-rank:], pooling.stride, pooling.padding, pooling.dilation, strict=True
        )
        axes = [(at * stride - padding, dilation) for at, stride, padding, dilation in steps]
        covered = {
            (0, 0, *(start + tap * step for (start, step), tap in zip(axes, taps, strict=True)))[
                -3:
            ]
            for taps in footprint_elements(pooling.footprint, list(pooling.kernel_size))
        }
        assert len(window.positions) == len(covered & shown)
        assert set(window.positions) == covered & shown
    positions = product(*(crop.positions for crop in explanation.crops))
    roles = zip(positions, plane.all_elements, strict=True)
    chosen = {position for position, element in roles if element.role == "chosen"}
    assert chosen == {at for window in plane.all_windows for at in window.chosen}


def text_of(value: Any) -> str:
    """Return an element as text."""
    return format_element(as_python_number(value))


@pytest.fixture(scope="module")
def npy_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("explain") / "x.npy"
