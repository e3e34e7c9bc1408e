"""Diagrams of windows that do not fit, for errors: plain ASCII, at most 60 columns.

A column of a diagram is a position along an axis: ``x`` is an element of the input, ``o`` a padded
one, ``#`` an element of the window, ``-`` a position that dilation leaves out, and ``^`` a position
for which there is no element. ``...`` stands for positions that are not shown. The number at the
end of a line counts all of its elements, shown or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from poolcli.core.axis import Axis
from poolcli.core.draw_diagram import Diagram, DiagramLine, draw_diagram, short_text

MAX_GRID = 8
"""The largest size of a footprint or kernel that is drawn."""


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
        DiagramLine(
            "axis", 0, end, lambda i: "x" if before <= i < data_end else "o",
            short_text(f"{axis.size} + {padding} padding", f"{end} with padding")
            if padding
            else str(axis.size),
        ),
        _window_line(axis.kernel_size, axis.dilation),
        DiagramLine("beyond", end, span, lambda i: "^", str(span - end)),
    )  # fmt: skip
    return draw_diagram(lines, edges=(0, end, span, before, data_end))


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
        DiagramLine(
            "padding", 0, size + 1, lambda i: "o" if i < size else "x", f"{size} {side} the data"
        ),
        _window_line(kernel_size, dilation),
    )
    return draw_diagram(lines, edges=(0, span, size + 1), is_mirrored=is_after)


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
        DiagramLine(
            "axis", 0, end, lambda i: "o" if i < padding else "x",
            f"{axis.size} + {padding} padding",
        ),
        DiagramLine("filled", unfilled, padding, lambda i: "#", f"{largest} at most"),
        DiagramLine("beyond", 0, unfilled, lambda i: "^", str(unfilled)),
    )  # fmt: skip
    is_after = axis.pad_after > axis.pad_before
    return draw_diagram(lines, edges=(0, unfilled, end, padding), is_mirrored=is_after)


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


def _window_line(kernel_size: int, dilation: int) -> DiagramLine:
    span = _span(kernel_size, dilation)
    text = str(kernel_size)
    if span != kernel_size:
        text = short_text(f"{kernel_size}, spans {span}", f"spans {span}")
    return DiagramLine("window", 0, span, lambda i: "-" if i % dilation else "#", text)
