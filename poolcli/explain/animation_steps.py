"""The states of an animation: the current window, its arithmetic, and the output so far."""

from __future__ import annotations

from typing import NamedTuple

from poolcli.explain.cell_text import element_text, result_text
from poolcli.explain.explanation import Explanation, PlaneExplanation
from poolcli.explain.position_text import Position

CellTexts = list[list[list[str]]]
"""The text in the cells of a plane, by slice, row and column."""


class Step(NamedTuple):
    """The state that one frame shows.

    Attributes
    ----------
    number : int
        The number of the frame, from 0.
    output_count : int
        The number of outputs.
    filled : int
        The number of outputs that have their value, in the order of slices, rows and columns.
    current : (int, int, int), optional
        The output position of the current window; None in the first and the last frame.
    positions : frozenset of (int, int, int)
        The positions in the input of the elements of the current window, padding included.
    chosen : list of frozenset of (int, int, int)
        For each plane, the chosen ones among them.
    lines : list of str
        For each plane, the arithmetic of the current window, after the name of the plane.
    input_cells, output_cells : list of list of list of list of str
        For each plane, the text in its cells. Outputs without a value have none.
    """

    number: int
    output_count: int
    filled: int
    current: Position | None
    positions: frozenset[Position]
    chosen: list[frozenset[Position]]
    lines: list[str]
    input_cells: list[CellTexts]
    output_cells: list[CellTexts]

    @property
    def progress(self) -> str:
        """The number of the current output, as text; empty in the first and the last frame."""
        return "" if self.current is None else progress_text(self.filled, self.output_count)


def progress_text(filled: int, output_count: int) -> str:
    """Return how many outputs have their value, as text.

    Examples
    --------
    >>> progress_text(5, 49)
    '5 of 49'
    """
    return f"{filled} of {output_count}"


def animation_steps(explanation: Explanation) -> list[Step]:
    """Return the states of an animation: an empty output, each window, and the whole output.

    Parameters
    ----------
    explanation : Explanation
        The windows, which follow each other as the values are stored.

    Returns
    -------
    list of Step
        Two more than there are outputs.
    """
    planes = explanation.planes
    inputs = [_input_cells(plane) for plane in planes]
    results = [list(map(result_text, plane.all_windows)) for plane in planes]
    count = len(results[0])
    steps = []
    for number in range(count + 2):
        filled = min(number, count)
        windows = [plane.all_windows[number - 1] for plane in planes] if 0 < number <= count else []
        outputs = [
            _output_cells(plane, texts[:filled] + [""] * (count - filled))
            for plane, texts in zip(planes, results, strict=True)
        ]
        steps.append(
            Step(
                number,
                count,
                filled,
                windows[0].position if windows else None,
                frozenset(windows[0].positions if windows else ()),
                [frozenset(window.chosen) for window in windows],
                explanation.arithmetic_lines(number - 1) if windows else [],
                inputs,
                outputs,
            )
        )
    return steps


def _input_cells(plane: PlaneExplanation) -> CellTexts:
    """Return the text of the elements."""
    return [[list(map(element_text, row)) for row in rows] for rows in plane.elements]


def _output_cells(plane: PlaneExplanation, texts: list[str]) -> CellTexts:
    """Return texts in the shape of the output."""
    left = iter(texts)
    return [[[next(left) for _ in row] for row in rows] for rows in plane.windows]
