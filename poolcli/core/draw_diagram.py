"""Diagrams of positions along an axis: lines of symbols, at most 60 columns wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

Diagram: TypeAlias = tuple[str, ...]
"""The lines of a diagram, without line ends; empty if there is none."""

MAX_WIDTH = 60
"""The largest number of columns of a diagram."""

MAX_TEXT = 31
"""The largest number of columns of the text at the end of a line."""


class DiagramLine(NamedTuple):
    """A line of a diagram: symbols at the positions from `start` up to, not including, `stop`."""

    label: str
    start: int
    stop: int
    symbol_at: Callable[[int], str]
    text: str


def short_text(text: str, shorter: str) -> str:
    """Return a text, or the shorter one if the first leaves no room for the positions."""
    return text if len(text) <= MAX_TEXT else shorter


def draw_diagram(
    lines: Sequence[DiagramLine], edges: Sequence[int], is_mirrored: bool = False
) -> Diagram:
    """Return the lines as text, with the positions around the edges if there is no room for all.

    Parameters
    ----------
    lines : sequence of DiagramLine
        The lines.
    edges : sequence of int
        The positions at which something begins or ends. If there is no room for all of them, the
        first three are shown.
    is_mirrored : bool
        Whether the positions go from right to left.
    """
    label_width = max(len(line.label) for line in lines)
    text_width = max(len(line.text) for line in lines)
    room = MAX_WIDTH - 2 - label_width - 2 - 2 - text_width
    length = max(line.stop for line in lines)
    parts = [(i, i + 1) for i in range(min(length, MAX_WIDTH))]
    choices = [(edges, reach) for reach in (4, 3, 2, 1)]
    choices += [(edges[:count], 1) for count in range(len(edges) - 1, 2, -1)]
    if 2 * length - 1 > room:
        for chosen, reach in choices:
            parts = _shortened(chosen, reach, length)
            if sum(2 if stop == start + 1 else 4 for start, stop in parts) - 1 <= room:
                break
    if is_mirrored:
        parts.reverse()
    drawn = [" ".join(_symbol(line, *part) for part in parts) for line in lines]
    return tuple(
        f"  {line.label:{label_width}}  {cells}  {line.text}"
        for line, cells in zip(lines, drawn, strict=True)
    )


def _shortened(edges: Sequence[int], reach: int, length: int) -> list[tuple[int, int]]:
    """Return the positions around the edges, one by one, and the ranges of the others."""
    shown = {
        i for edge in edges for i in range(max(edge - reach, 0), min(edge + reach, length))
    }  # fmt: skip
    parts = []
    position = 0
    for i in sorted(shown):
        skipped = range(position, i)
        # Three dots are as long as two positions.
        parts += [(position, i)] if len(skipped) > 2 else [(each, each + 1) for each in skipped]
        parts.append((i, i + 1))
        position = i + 1
    return parts


def _symbol(line: DiagramLine, start: int, stop: int) -> str:
    """Return the symbol of a position, or of a range of them that is not shown."""
    if stop == start + 1:
        return line.symbol_at(start) if line.start <= start < line.stop else " "
    return "..." if max(start, line.start) < min(stop, line.stop) else "   "
