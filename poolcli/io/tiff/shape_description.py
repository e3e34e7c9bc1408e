"""tifffile's description of the shape of all pages together (tag 270), JSON with a key `shape`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.axis_scaling import OutputAxes

UNREADABLE = "tifffile's description of the shape could not be read and was dropped"


def is_shape_description(text: str) -> bool:
    """Return whether a description is tifffile's JSON.

    Examples
    --------
    >>> is_shape_description('{"shape": [5, 8, 8]}'), is_shape_description('{"name": "x"}')
    (True, False)
    """
    return text.startswith("{") and text.rstrip().endswith("}") and '"shape":' in text


def described_shape(text: str) -> tuple[int, ...] | None:
    """Return the shape that a description gives; None if it is damaged.

    Examples
    --------
    >>> described_shape('{"shape": [5, 8, 8]}')
    (5, 8, 8)
    """
    try:
        shape = json.loads(text)["shape"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_shape = isinstance(shape, list) and all(type(size) is int and size > 0 for size in shape)
    return tuple(shape) if is_shape else None


def rewrite_shape(text: str, shape: tuple[int, ...], add_note: AddNote) -> str | None:
    """Return the description with another shape, and all other keys.

    Parameters
    ----------
    text : str
        The description of the input.
    shape : tuple of int
        The shape of the output, with as many axes as the description has.
    add_note : callable
        Called with a note if the description was dropped.

    Returns
    -------
    str or None
        Of ASCII characters. None if the description is damaged or has another number of axes.

    Examples
    --------
    >>> rewrite_shape('{"shape": [5, 8, 8], "axes": "ZYX"}', (5, 4, 4), print)
    '{"shape": [5, 4, 4], "axes": "ZYX"}'
    """
    before = described_shape(text)
    if before is None or len(before) != len(shape):
        add_note(UNREADABLE)
        return None
    values = json.loads(text) | {"shape": list(shape)}
    values.pop("truncated", None)  # set if all pages are stored in a single directory
    return json.dumps(values)


def described_axes(text: str) -> str:
    """Return the letters of the axes that a description gives; empty if there are none.

    Examples
    --------
    >>> described_axes('{"shape": [5, 8, 8], "axes": "ZYX"}'), described_axes("a photo")
    ('ZYX', '')
    """
    if described_shape(text) is None:
        return ""
    letters = json.loads(text).get("axes")
    return letters if isinstance(letters, str) else ""


def describe_shape(axes: OutputAxes, values: Mapping[str, Any]) -> str:
    """Return a description of axes, with further values.

    Examples
    --------
    >>> describe_shape(OutputAxes("ZYX", (5, 4, 4), {}), {"name": "nuclei"})
    '{"name": "nuclei", "shape": [5, 4, 4], "axes": "ZYX"}'
    """
    return json.dumps({**values, "shape": list(axes.sizes), "axes": axes.letters})


def other_values(text: str) -> dict[str, Any]:
    """Return the values of a description besides the shape; another text becomes one of them.

    Examples
    --------
    >>> other_values('{"shape": [5, 8], "name": "nuclei"}'), other_values("a photo")
    ({'name': 'nuclei'}, {'description': 'a photo'})
    """
    if described_shape(text) is None:
        return {"description": text} if text and not is_shape_description(text) else {}
    dropped = ("shape", "axes", "truncated")
    return {key: value for key, value in json.loads(text).items() if key not in dropped}


def scale_shape(
    shape: tuple[int, ...], before: tuple[int, int], after: tuple[int, int], samples: int
) -> tuple[int, ...] | None:
    """Return the shape of the output if pages are pooled one by one.

    Parameters
    ----------
    shape : tuple of int
        The shape of the input.
    before, after : (int, int)
        Height and width of its pages, and of the output's.
    samples : int
        The samples of a pixel.

    Returns
    -------
    tuple of int or None
        None if the shape is not that of such pages.

    Examples
    --------
    >>> scale_shape((5, 8, 9, 3), (8, 9), (4, 3), samples=3)
    (5, 4, 3, 3)
    """
    for at in range(len(shape) - 2, -1, -1):
        trailing = shape[at + 2 :]
        if shape[at : at + 2] == before and math.prod(trailing) in (1, samples):
            return (*shape[:at], *after, *trailing)
    return None
