"""Diagrams of windows that do not fit: what they show equals the numbers of the axis."""

from __future__ import annotations

import copy
import pickle
import re
import traceback

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolcli import adaptive_pool, pool
from poolcli.core.arguments import MAX_SIZE
from poolcli.core.axis import Axis, fixed_axis
from poolcli.core.draw_diagram import MAX_WIDTH, Diagram
from poolcli.core.errors import ArgumentError, WindowError
from poolcli.core.levels import level_recipes
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from poolcli.core.window_diagram import (
    copied_padding_diagram,
    footprint_diagram,
    misfit_diagram,
    padding_without_data_diagram,
)

CASES = {
    "kernel": (
        Axis(4, 0, kernel_size=5),
        ("  axis    x x x x    4", "  window  # # # # #  5", "  beyond          ^  1"),
    ),
    "padding": (
        Axis(2, 0, kernel_size=5, pad_before=1, pad_after=1),
        (
            "  axis    o x x o    2 + 2 padding",
            "  window  # # # # #  5",
            "  beyond          ^  1",
        ),
    ),
    "dilation": (
        Axis(3, 0, kernel_size=3, dilation=3),
        (
            "  axis    x x x          3",
            "  window  # - - # - - #  3, spans 7",
            "  beyond        ^ ^ ^ ^  4",
        ),
    ),
    "long": (
        Axis(40, 0, kernel_size=64),
        (
            "  axis    x x x x ... x x x x                      40",
            "  window  # # # # ... # # # # # # # # ... # # # #  64",
            "  beyond                      ^ ^ ^ ^ ... ^ ^ ^ ^  24",
        ),
    ),
    "longer, with padding": (
        Axis(1000, 0, kernel_size=5000, pad_before=300, pad_after=300),
        (
            "  axis    o ... o x ... o          1000 + 600 padding",
            "  window  # ... # # ... # # ... #  5000",
            "  beyond                  ^ ... ^  3400",
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_window_longer_than_its_axis(case: str) -> None:
    axis, diagram = CASES[case]
    assert misfit_diagram([axis]) == diagram


def test_the_axis_with_the_most_positions_missing_is_drawn() -> None:
    axes = [Axis(3, 0, kernel_size=4), Axis(2, 0, kernel_size=4), Axis(9, 2, kernel_size=4)]
    assert misfit_diagram(axes) == misfit_diagram([axes[1]])


sizes = st.integers(1, 12) | st.integers(1, MAX_SIZE)


def _line(diagram: Diagram, label: str) -> tuple[list[str], list[int]]:
    """Return the symbols of a line and the numbers at its end."""
    (line,) = [each for each in diagram if each.split()[0] == label]
    match = re.fullmatch(r"  \w+ +([-xo#^. ]*?) +((?:\d|spans).*)", line)
    assert match is not None, line
    return match[1].split(), [int(number) for number in re.findall(r"\d+", match[2])]


def _check_count(cells: list[str], symbol: str, count: int) -> None:
    """Check that a line shows all of its elements, or fewer and says so."""
    if "..." in cells:
        assert cells.count(symbol) <= count
    else:
        assert cells.count(symbol) == count


@given(sizes, st.integers(1, 3) | sizes, st.tuples(sizes, sizes, sizes))
def test_the_diagram_has_the_numbers_of_the_axis(
    taps: int, dilation: int, parts: tuple[int, int, int]
) -> None:
    kernel = taps + 1
    span = dilation * taps + 1
    length = 1 + parts[0] % (span - 1)  # with padding, shorter than the window
    size = 1 + parts[1] % length
    before = parts[2] % (length - size + 1)
    padding = (before, length - size - before)
    axis = fixed_axis(size, kernel, 1, dilation, padding, ceil_mode=False)
    assert axis.out_size < 1
    diagram = misfit_diagram([axis])
    assert max(map(len, diagram)) <= MAX_WIDTH
    overhang = span - size - sum(padding)
    (cells, numbers), (window, counts), (beyond, beyond_counts) = (
        _line(diagram, label) for label in ("axis", "window", "beyond")
    )
    assert sum(numbers) == size + sum(padding)
    _check_count(cells, "x", size)
    _check_count(cells, "o", sum(padding))
    assert counts in ([kernel], [kernel, span], [span])
    _check_count(window, "#", kernel)
    _check_count(window, "-", span - kernel)
    assert beyond_counts == [overhang]
    _check_count(beyond, "^", overhang)
    # What is beyond begins behind the last position of the axis, and ends with the window.
    axis_end, window_end = (
        max(map(line.rfind, "xo#.")) for line in (diagram[0].partition("padding")[0], diagram[1])
    )
    assert diagram[2].index("^") == axis_end + 2
    assert diagram[2].rindex("^") == window_end


@given(sizes, st.integers(1, 3), st.integers(0, 20), st.booleans(), st.integers(0, 20))
def test_padding_that_holds_the_window(
    kernel: int, dilation: int, excess: int, is_after: bool, other: int
) -> None:
    larger = dilation * (kernel - 1) + 1 + excess
    padding = (min(other, larger - 1), larger) if is_after else (larger, min(other, larger))
    diagram = padding_without_data_diagram(kernel, dilation, padding)
    assert max(map(len, diagram)) <= MAX_WIDTH
    cells, numbers = _line(diagram, "padding")
    assert numbers == [max(padding)]
    _check_count(cells, "o", max(padding))
    assert cells.count("x") == 1
    assert (cells[0] == "x") == is_after
    window, counts = _line(diagram, "window")
    assert counts[0] == kernel
    _check_count(window, "#", kernel)


@given(sizes, sizes, sizes, st.booleans())
def test_padding_that_cannot_be_copied(size: int, excess: int, other: int, reflects: bool) -> None:
    largest = size - 1 if reflects else size
    padding = (largest + excess, other)
    axis = Axis(size, 1, 1, pad_before=padding[0], pad_after=padding[1])
    diagram = copied_padding_diagram(axis, largest)
    assert max(map(len, diagram)) <= MAX_WIDTH
    cells, numbers = _line(diagram, "axis")
    assert numbers == [size, max(padding)]
    _check_count(cells, "x", size)
    _check_count(cells, "o", max(padding))
    filled, counts = _line(diagram, "filled")
    assert counts == [largest]
    _check_count(filled, "#", largest)
    beyond, counts = _line(diagram, "beyond")
    assert counts == [max(padding) - largest]
    _check_count(beyond, "^", max(padding) - largest)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=3), st.data())
def test_a_footprint_beside_the_kernel(shape: list[int], data: st.DataObject) -> None:
    mask = data.draw(st.lists(st.booleans(), min_size=int(np.prod(shape)), max_size=729))
    mask = mask[: int(np.prod(shape))]
    diagram = footprint_diagram(shape, mask, (3,) * len(shape))
    if len(shape) > 2 or max(shape) > 8:
        assert diagram == ()
        return
    text = "\n".join(diagram)
    assert max(map(len, diagram)) <= MAX_WIDTH
    assert text.count("#") == sum(mask) + 3 ** len(shape)
    assert text.count("-") == len(mask) - sum(mask)


# ---- errors ----------------------------------------------------------------------------------


def _error(**arguments: object) -> ArgumentError:
    with pytest.raises(ArgumentError) as caught:
        pool(np.zeros((6, 4)), **arguments)  # type: ignore[call-overload]
    return caught.value


@pytest.mark.parametrize(
    ("arguments", "last_line"),
    [
        ({"kernel_size": 5}, "beyond          ^  1"),
        ({"kernel_size": 3, "dilation": 3}, "beyond          ^ ^ ^  3"),
        ({"kernel_size": 9, "padding": 2}, "beyond                  ^  1"),
        ({"kernel_size": 7, "axes": (0,)}, "beyond              ^  1"),
        ({"kernel_size": 2, "padding": 2}, "window   # #    2"),
        (
            {"kernel_size": 12, "padding": 4, "padding_mode": "reflect", "axes": 1},
            "beyond  ^                1",
        ),
        (
            {"kernel_size": 3, "footprint": np.ones((2, 2), bool)},
            "# # #",
        ),
    ],
)
def test_errors_have_diagrams(arguments: dict[str, object], last_line: str) -> None:
    error = _error(**arguments)
    assert error.diagram[-1].strip() == last_line
    assert "\n" not in str(error)
    # Python's tracebacks show the diagram below the message.
    shown = "".join(traceback.format_exception_only(error))
    assert shown.endswith("\n".join((str(error), *error.diagram, "")))


@pytest.mark.parametrize(
    "arguments",
    [
        {"kernel_size": (2, 2, 2)},
        {"kernel_size": 0},
        {"axes": 2},
        {"kernel_size": 9, "padding": (1, 2, 3)},
    ],
)
def test_errors_without_a_diagram(arguments: dict[str, object]) -> None:
    error = _error(**arguments)
    assert error.diagram == ()
    assert not hasattr(error, "__notes__")


def test_an_empty_axis_has_no_diagram() -> None:
    for function in (pool, adaptive_pool):
        with pytest.raises(WindowError) as caught:
            function(np.zeros((4, 0)))
        assert caught.value.diagram == ()


def test_the_window_of_a_level_is_drawn() -> None:
    with pytest.raises(WindowError, match="level 3") as caught:
        level_recipes((6, 4), "u1", "max", Window.fixed(2), None, Options(), 3)
    assert caught.value.diagram == misfit_diagram([Axis(4, 0, kernel_size=8)])


@pytest.mark.parametrize("copied", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_copied_errors_keep_their_diagram(copied: object) -> None:
    error = _error(kernel_size=5)
    other = copied(error)  # type: ignore[operator]
    assert (other.diagram, other.__notes__) == (error.diagram, error.__notes__)
