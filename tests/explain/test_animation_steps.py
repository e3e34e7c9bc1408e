"""Every number in every frame of an animation is an element, an output, or stands in the text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import poolcli
from poolcli.cli.request_builder import build_request
from poolcli.core.modes import MODES
from poolcli.core.shape_text import shape_text
from poolcli.explain.animation_steps import Step, animation_steps
from poolcli.explain.cell_text import SKIPPED_PADDING_TEXT, element_text, result_text
from poolcli.explain.explainer import open_explainer
from poolcli.explain.explanation import Explanation
from poolcli.explain.position_text import Position
from poolcli.report.format_values import format_element
from tests.oracle.footprints import footprint_elements
from tests.oracle.geometry import Axis, adaptive_axis, fixed_axis

Array = np.ndarray[Any, Any]


class Pooling(NamedTuple):
    """The options of a window, for the command line and for `poolcli.pool`; and its geometry."""

    options: dict[str, Any]
    arguments: dict[str, Any]
    axes: list[Axis]
    elements: set[tuple[int, ...]] | None

    def pool(self, array: Array, mode: str) -> Array:
        call = poolcli.adaptive_pool if "output_size" in self.arguments else poolcli.pool
        return np.asarray(call(array, mode, **self.arguments))

    def expected_cells(self, array: Array, at: Position) -> tuple[str, ...]:
        """Return the texts that the cell of an element, or of padding, may have."""
        if all(0 <= n < size for n, size in zip(at, array.shape, strict=True)):
            return (as_text(array[at]),)
        if "padding_mode" not in self.options:
            return "0", SKIPPED_PADDING_TEXT
        widths = [(0, 0)] * (3 - len(self.axes)) + [(axis.before, axis.after) for axis in self.axes]
        padded = np.pad(array, widths, "symmetric")
        index = tuple(n + before for n, (before, _) in zip(at, widths, strict=True))
        is_overhang = any(n >= size for n, size in zip(index, padded.shape, strict=True))
        return (SKIPPED_PADDING_TEXT if is_overhang else as_text(padded[index]),)

    def window_positions(self, window: Position) -> set[Position]:
        """Return the positions of a window by the oracle, as slice, row and column."""
        rank = len(self.axes)
        positions = [
            axis.windows[number] for axis, number in zip(self.axes, window[3 - rank :], strict=True)
        ]
        found = set()
        for taps in itertools.product(*map(enumerate, positions)):
            if self.elements is None or tuple(tap for tap, _ in taps) in self.elements:
                at = [position for _, position in taps]
                found.add((0,) * (3 - rank) + tuple(at))
        return found  # type: ignore[return-value]


@st.composite
def poolings(draw: st.DrawFn, shape: tuple[int, ...]) -> Pooling:
    """Draw a window for an array whose last axes are pooled."""
    rank = len(shape)
    kind = draw(st.sampled_from(["fixed", "fixed", "same", "adaptive", "footprint", "reflect"]))
    if kind == "adaptive":
        sizes = [draw(st.integers(1, 3)) for _ in shape]
        axes = [adaptive_axis(n, m) for n, m in zip(shape, sizes, strict=True)]
        text = shape_text(sizes)
        axis_numbers = tuple(range(-rank, 0))
        arguments = {"output_size": sizes, "axes": axis_numbers}
        return Pooling({"adaptive": text}, arguments, axes, None)
    stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    kernel = [draw(st.integers(1, min(3, (n + 1) // 2))) for n in shape]
    ceil = draw(st.booleans())
    largest = min(draw(st.integers(0, 2)), *(dilation * (k - 1) for k in kernel))
    padding: Any = "same" if kind == "same" else largest
    axes = [
        fixed_axis(n, k, stride, padding, dilation, ceil)
        for n, k in zip(shape, kernel, strict=True)
    ]
    options = {
        "kernel_size": shape_text(kernel), "stride": str(stride), "padding": str(padding),
        "dilation": str(dilation), "ceil": ceil,
    }  # fmt: skip
    arguments = {
        "kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation,
        "ceil_mode": ceil,
    }  # fmt: skip
    if kind == "footprint":
        options["footprint"] = arguments["footprint"] = draw(st.sampled_from(["disk", "cross"]))
    if kind == "reflect" and padding:
        options["padding_mode"] = arguments["padding_mode"] = "symmetric"
    elements = footprint_elements(arguments.get("footprint"), kernel)
    return Pooling(options, arguments, axes, elements)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("steps")


def explain(path: Path, mode: str, options: dict[str, Any]) -> Explanation:
    request = build_request(mode, {"inputs": [str(path)], **options})
    with open_explainer(request) as explainer:
        return explainer.explain(max_columns=16, max_rows=16, max_slices=8, max_planes=9)


def as_text(value: np.generic) -> str:
    """Return an element as text; booleans as 0 and 1."""
    return format_element(value.item() + 0)


def shown(explanation: Explanation) -> Iterator[Position]:
    """Yield the positions of the input's cells, in their order."""
    crops = explanation.slices, explanation.rows, explanation.columns
    yield from itertools.product(*(crop.positions for crop in crops))


def flat(cells: list[list[list[str]]]) -> list[str]:
    return [text for rows in cells for row in rows for text in row]


def check_progress(steps: list[Step], windows: list[Position]) -> None:
    """Check that the output fills value by value, in the order of its elements."""
    assert len(steps) == len(windows) + 2
    assert [step.current for step in steps] == [None, *windows, None]
    for number, step in enumerate(steps):
        filled = min(number, len(windows))
        assert (step.number, step.output_count, step.filled) == (number, len(windows), filled)
        assert step.progress == ("" if step.current is None else f"{number} of {len(windows)}")
        for cells in step.output_cells:
            assert all(flat(cells)[:filled])
            assert not any(flat(cells)[filled:])
        if step.current is None:
            assert not step.lines
            assert not step.positions


def check_numbers(
    explanation: Explanation, pooling: Pooling, inputs: list[Array], outputs: list[Array]
) -> None:
    """Check every number of every frame; arrays have slices, rows and columns."""
    steps = animation_steps(explanation)
    windows = list(np.ndindex(outputs[0].shape))
    check_progress(steps, windows)  # type: ignore[arg-type]
    results = [list(map(as_text, each.reshape(-1))) for each in outputs]
    positions = list(shown(explanation))
    for step in steps:
        for array, cells, results_of_plane, output in zip(
            inputs, step.input_cells, results, step.output_cells, strict=True
        ):
            for at, text in zip(positions, flat(cells), strict=True):
                assert text in pooling.expected_cells(array, at)
            assert flat(output)[: step.filled] == results_of_plane[: step.filled]
        if step.current is not None:
            assert step.positions == pooling.window_positions(step.current)
            for line, results_of_plane, chosen in zip(
                step.lines, results, step.chosen, strict=True
            ):
                assert results_of_plane[step.number - 1] in line.replace(",", " ").split()
                assert chosen <= step.positions
    check_text(explanation, steps)


def check_text(explanation: Explanation, steps: list[Step]) -> None:
    """Check that frames have the text of the explanation's cells and of its arithmetic."""
    for number, plane in enumerate(explanation.planes):
        lines = [step.lines[number] for step in steps[1:-1]]
        prefix = f"{plane.name}  " if plane.name else ""
        assert lines == [prefix + window.arithmetic for window in plane.all_windows]
        assert flat(steps[-1].output_cells[number]) == list(map(result_text, plane.all_windows))
        assert flat(steps[0].input_cells[number]) == list(map(element_text, plane.all_elements))


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=8, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.data())
def test_numbers_are_those_of_pool(folder: Path, mode: str, data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from([(7,), (5, 4), (3, 4, 5)]))
    pooling = data.draw(poolings(shape))
    planes = data.draw(st.sampled_from([(), (2,)])) if len(shape) > 1 else ()
    dtype = data.draw(st.sampled_from(["uint8", "int16", "float32", "bool"]))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    array = rng.integers(0, 9, (*planes, *shape)).astype(dtype)
    options = dict(pooling.options)
    arguments = pooling.arguments
    if data.draw(st.booleans()) and "padding_mode" not in options:
        options["ignore"], arguments["ignore"] = "3", 3
    output = pooling.pool(array, mode)
    path = folder / "x.npy"
    np.save(path, array)
    layout = "ZYX"[-len(shape) :]
    options |= {"layout": ("C" if planes else "") + layout, "axes": layout}
    missing = (1,) * (3 - len(shape))
    inputs = list(array.reshape(-1, *missing, *shape))
    outputs = list(output.reshape(-1, *missing, *output.shape[len(planes) :]))
    check_numbers(explain(path, mode, options), pooling, inputs, outputs)


@pytest.mark.parametrize(("mode", "channels"), [("max", 1), ("avg", 3), ("median", 4), ("std", 3)])
def test_numbers_of_channels_are_those_of_pool(folder: Path, mode: str, channels: int) -> None:
    pixels = np.random.default_rng(channels).integers(0, 256, (6, 5, channels), np.uint8)
    path = folder / "x.png"
    Image.fromarray(pixels.squeeze(axis=2) if channels == 1 else pixels).save(path)
    axes = [fixed_axis(n, 3, 2, 1, 1, False) for n in (6, 5)]
    arguments = {"kernel_size": 3, "stride": 2, "padding": 1}
    options = {"kernel_size": "3", "stride": "2", "padding": "1"}
    options |= {"straight_alpha": True} if channels == 4 and mode == "avg" else {}
    pooling = Pooling(options, arguments, axes, None)
    planes = [pixels[..., channel] for channel in range(channels)]
    outputs = [pooling.pool(plane, mode)[None] for plane in planes]
    check_numbers(explain(path, mode, options), pooling, [plane[None] for plane in planes], outputs)


def test_numbers_of_a_palette_image_are_indices(folder: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 4, (6, 6), np.uint8)
    image = Image.fromarray(labels).convert("P")
    image.putpalette([9, 9, 9, 200, 0, 0, 0, 200, 0, 0, 0, 200])
    path = folder / "labels.png"
    image.save(path)
    axes = [fixed_axis(6, 2, 2, 0, 1, False)] * 2
    pooling = Pooling({}, {"kernel_size": 2}, axes, None)
    explanation = explain(path, "mode", {})
    check_numbers(explanation, pooling, [labels[None]], [pooling.pool(labels, "mode")[None]])


def test_a_single_output_has_three_frames(folder: Path) -> None:
    path = folder / "x.npy"
    np.save(path, np.arange(4.0))
    steps = animation_steps(explain(path, "max", {"global_window": True}))
    assert [step.filled for step in steps] == [0, 1, 1]
    assert [step.lines for step in steps] == [[], ["max(0, 1, 2, 3) = 3 at 3"], []]
    assert steps[1].chosen == [{(0, 0, 3)}]
