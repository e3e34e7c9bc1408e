"""Diagrams of windows that do not fit, for errors: plain ASCII, at most 60 columns.

A column of a diagram is a position along an axis: ``x`` is an element of the input, ``o`` a padded
one, ``#`` an element of the window, ``-`` a position that dilation leaves out, and ``^`` a position
for which there is no element. ``...`` stands for positions that are not shown. The number at the
end of a line counts all of its elements, shown or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from poolcli.core.axis import Axis

Diagram: TypeAlias = tuple[str, ...]
"""The lines of a diagram, without line ends; empty if there is none."""

MAX_WIDTH = 60
"""The largest number of columns of a diagram."""

MAX_TEXT = 31
"""The largest number of columns of the text at the end of a line."""

MAX_GRID = 8
"""The largest size of a footprint or kernel that is drawn."""


class _Line(NamedTuple):
    """A line of a diagram: symbols at the positions from `start` up to, not including, `stop`."""

    label: str
    start: int
    stop: int
    symbol_at: Callable[[int], str]
    text: str


def misfit_diagram(axes: Iterable[Axis]) -> Diagram:
    """Return the diagram of a window that is longer than its axis with padding.

    Of several axes, that with the most positions beyond its end is drawn.

    Parameters
    ----------
    axes : iterable of Axis
        The windows along the pooled axes, of fixed size.

    Examples
    --------
    >>> axis = Axis(4, 0, kernel_size=4, dilation=2, pad_before=1, pad_after=1)
    >>> print("\\n".join(misfit_diagram([axis])))
      axis    o x x x x o    4 + 2 padding
      window  # - # - # - #  4, spans 7
      beyond              ^  1
    """
    axis = max(axes, key=_overhang)
    before, data_end, end = axis.pad_before, axis.pad_before + axis.size, _padded_size(axis)
    span = _span(axis.kernel_size, axis.dilation)
    padding = end - axis.size
    lines = (
        _Line(
            "axis", 0, end, lambda i: "x" if before <= i < data_end else "o",
            _short(f"{axis.size} + {padding} padding", f"{end} with padding")
            if padding
            else str(axis.size),
        ),
        _window_line(axis.kernel_size, axis.dilation),
        _Line("beyond", end, span, lambda i: "^", str(span - end)),
    )  # fmt: skip
    return _draw(lines, edges=(0, end, span, before, data_end))


def padding_without_data_diagram(
    kernel_size: int, dilation: int, padding: tuple[int, int]
) -> Diagram:
    """Return the diagram of a window of which all elements lie in the padding.

    Parameters
    ----------
    kernel_size, dilation : int
        The window.
    padding : (int, int)
        Padded elements before and after the data; the larger side is drawn.

    Examples
    --------
    >>> print("\\n".join(padding_without_data_diagram(2, 1, (0, 3))))
      padding  x o o o  3 after the data
      window       # #  2
    """
    size = max(padding)
    is_after = padding[1] > padding[0]
    span = _span(kernel_size, dilation)
    side = "after" if is_after else "before"
    lines = (
        _Line(
            "padding", 0, size + 1, lambda i: "o" if i < size else "x", f"{size} {side} the data"
        ),
        _window_line(kernel_size, dilation),
    )
    return _draw(lines, edges=(0, span, size + 1), is_mirrored=is_after)


def copied_padding_diagram(axis: Axis, largest: int) -> Diagram:
    """Return the diagram of padding that is larger than what a padding mode can copy.

    Parameters
    ----------
    axis : Axis
        The axis with its padding, of which the larger side is drawn.
    largest : int
        The largest padding that the padding mode fills.

    Examples
    --------
    >>> axis = Axis(3, 1, kernel_size=5, pad_before=4, pad_after=4)
    >>> print("\\n".join(copied_padding_diagram(axis, 2)))
      axis    o o o o x x x  3 + 4 padding
      filled      # #        2 at most
      beyond  ^ ^            2
    """
    padding = max(axis.pad_before, axis.pad_after)
    unfilled, end = padding - largest, padding + axis.size
    lines = (
        _Line(
            "axis", 0, end, lambda i: "o" if i < padding else "x",
            f"{axis.size} + {padding} padding",
        ),
        _Line("filled", unfilled, padding, lambda i: "#", f"{largest} at most"),
        _Line("beyond", 0, unfilled, lambda i: "^", str(unfilled)),
    )  # fmt: skip
    is_after = axis.pad_after > axis.pad_before
    return _draw(lines, edges=(0, unfilled, end, padding), is_mirrored=is_after)


def footprint_diagram(
    shape: Sequence[int], elements: Sequence[int], kernel_size: Sequence[int]
) -> Diagram:
    """Return the diagram of a footprint beside a kernel of another shape.

    Parameters
    ----------
    shape : sequence of int
        The footprint's shape.
    elements : sequence of int
        Its elements in C order: 0 for those that do not count, which are drawn as ``-``.
    kernel_size : sequence of int
        The kernel's size, one number per axis.

    Returns
    -------
    tuple of str
        Empty for more than two axes, and for sizes above `MAX_GRID`.

    Examples
    --------
    >>> print("\\n".join(footprint_diagram((2, 2), (1, 0, 1, 1), (1, 3))))
      footprint  # -    kernel  # # #
                 # #
    """
    if max(len(shape), len(kernel_size)) > 2 or max(*shape, *kernel_size) > MAX_GRID:
        return ()
    columns = shape[-1]
    footprint = [
        " ".join("#" if each else "-" for each in elements[start : start + columns])
        for start in range(0, len(elements), columns)
    ]
    kernel = [" ".join("#" * kernel_size[-1])] * (kernel_size[0] if len(kernel_size) > 1 else 1)
    lines = []
    for row in range(max(len(footprint), len(kernel))):
        labels = ("footprint", "kernel") if row == 0 else ("", "")
        left, right = (grid[row] if row < len(grid) else "" for grid in (footprint, kernel))
        cells = left.ljust(2 * columns - 1)
        lines.append(f"  {labels[0]:9}  {cells}    {labels[1]:6}  {right}".rstrip())
    return tuple(lines)


def _overhang(axis: Axis) -> int:
    """Return the number of positions of the first window beyond the axis with its padding."""
    return _span(axis.kernel_size, axis.dilation) - _padded_size(axis)


def _padded_size(axis: Axis) -> int:
    return axis.pad_before + axis.size + axis.pad_after


def _span(kernel_size: int, dilation: int) -> int:
    """Return the number of positions from the first element of a window to the last."""
    return dilation * (kernel_size - 1) + 1


def _window_line(kernel_size: int, dilation: int) -> _Line:
    span = _span(kernel_size, dilation)
    text = str(kernel_size)
    if span != kernel_size:
        text = _short(f"{kernel_size}, spans {span}", f"spans {span}")
    return _Line("window", 0, span, lambda i: "-" if i % dilation else "#", text)


def _short(text: str, shorter: str) -> str:
    """Return a text, or the shorter one if the first leaves no room for the positions."""
    return text if len(text) <= MAX_TEXT else shorter


def _draw(lines: Sequence[_Line], edges: Sequence[int], is_mirrored: bool = False) -> Diagram:
    """Return the lines as text, with the positions around the edges if there is no room for all.

    Parameters
    ----------
    lines : sequence of _Line
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


def _symbol(line: _Line, start: int, stop: int) -> str:
    """Return the symbol of a position, or of a range of them that is not shown."""
    if stop == start + 1:
        return line.symbol_at(start) if line.start <= start < line.stop else " "
    return "..." if max(start, line.start) < min(stop, line.stop) else "   "
