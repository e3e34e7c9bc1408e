"""The text in the cells of input and output, and of their roles, wherever they are shown."""

from __future__ import annotations

from poolcli.explain.explanation import Element, Role, WindowResult
from poolcli.report.format_values import format_element

SKIPPED_PADDING_TEXT = "·"
"""The text of padding that does not count."""

ROLE_TEXTS: dict[Role, str] = {
    "chosen": "chosen",
    "ignored": "ignored",
    "zero padding": "padding, counts as 0",
    "padding value": "padding with a value",
    "skipped padding": "padding, not counted",
}
"""The roles of elements for readers, in the order of a legend."""


def element_text(element: Element) -> str:
    """Return the value of an element as text; a dot for padding that does not count.

    Parameters
    ----------
    element : Element
        An element of the input or of the padding.

    Examples
    --------
    >>> element_text(Element(2.5, "chosen", None, True))
    '2.5'
    >>> element_text(Element(None, "skipped padding", None, True))
    '·'
    """
    return SKIPPED_PADDING_TEXT if element.value is None else format_element(element.value)


def result_text(window: WindowResult) -> str:
    """Return the output value of a window as text.

    Parameters
    ----------
    window : WindowResult
        The window.

    Examples
    --------
    >>> result_text(WindowResult((0, 0, 0), "[0]", "elements 0-2", "", 10 / 3, [], []))
    '3.33333'
    """
    return format_element(window.value)
