"""The arithmetic of one window: its elements, and how they are written as terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from poolcli.explain.position_text import Position
from poolcli.report.format_values import format_element

MAX_TERMS = 16
"""The number of elements up to which all elements of a window are written out."""

LEADING_TERMS = 6
"""The number of elements written in front of the ellipsis in a longer window."""


class WindowElements(NamedTuple):
    """The elements that count in one window, and its output value.

    Attributes
    ----------
    values : list of scalar
        The elements that are not ignored, as Python numbers, including zeros for padding that
        counts as zero.
    positions : list of (int, int, int)
        The position of each element in the input.
    weights : list of scalar, optional
        The alpha of each element if colours are weighted by alpha, or the binomial weight of each
        if weights depend on the place in the window.
    extreme_position : (int, int, int), optional
        The argmax or argmin, if the mode has one.
    result : scalar or tuple of scalar
        The output value.
    """

    values: list[Any]
    positions: list[Position]
    weights: list[Any] | None
    extreme_position: Position | None
    result: Any


class Arithmetic(NamedTuple):
    """The arithmetic of a window as text, and the positions of the elements it chooses."""

    text: str
    chosen: Sequence[Position] = ()


def term(value: Any) -> str:
    """Return an element as a term of a formula, in parentheses if it starts with a minus sign.

    Examples
    --------
    >>> term(3), term(-1.5), term(1 - 2j)
    ('3', '(-1.5)', '(1-2j)')
    """
    text = format_element(value)
    return f"({text})" if isinstance(value, complex) or text.startswith("-") else text


def join_terms(values: Sequence[Any], write: Callable[[Any], str], separator: str) -> str:
    """Return elements joined by a separator; of many elements, the first ones and the last.

    Parameters
    ----------
    values : sequence
        The elements.
    write : callable
        Returns an element as text.
    separator : str
        The text between two elements.

    Examples
    --------
    >>> join_terms([1, 3, -5], term, "+")
    '1+3+(-5)'
    >>> join_terms(range(144), term, ", ")
    '0, 1, 2, 3, 4, 5, … and 137 more …, 143'
    """
    if len(values) <= MAX_TERMS:
        return separator.join(map(write, values))
    omitted = len(values) - LEADING_TERMS - 1
    terms = [*map(write, values[:LEADING_TERMS]), f"… and {omitted} more …", write(values[-1])]
    return separator.join(terms)
