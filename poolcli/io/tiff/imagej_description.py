"""ImageJ's description of a stack (tag 270): lines of ``key=value``, of which the first is ImageJ's
version.

Source: ImageJ's `FileSaver.getDescriptionString` and `FileInfo`. A stack has frames (T), slices (Z)
and channels (C), of which channels vary fastest unless ``order`` says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.axis_scaling import AxisScaling, OutputAxes

COUNT_KEYS = {"channels": "C", "slices": "Z", "frames": "T"}
"""The keys of the sizes of a stack, by the letters of its axes."""

SCALED_KEYS: dict[str, tuple[str, Callable[[AxisScaling, float], float]]] = {
    "spacing": ("Z", lambda axis, value: value * axis.scale),
    "finterval": ("T", lambda axis, value: value * axis.scale),
    "fps": ("T", lambda axis, value: value / axis.scale),
    "xorigin": ("X", AxisScaling.output_position),
    "yorigin": ("Y", AxisScaling.output_position),
    "zorigin": ("Z", AxisScaling.output_position),
}
"""The keys of distances and of positions in elements, with their axes and new values."""

DEFAULT_ORDER = "czt"
"""The axes of pages, fastest first."""

NOT_DESCRIBED = "ImageJ's description, which does not fit the output's pages, was dropped"


def is_imagej_description(text: str) -> bool:
    """Return whether a description is ImageJ's.

    Examples
    --------
    >>> is_imagej_description("ImageJ=1.54f\\nimages=2\\n"), is_imagej_description("ImageJ")
    (True, False)
    """
    return text.startswith("ImageJ=")


def page_axes(text: str, page_count: int) -> dict[str, int] | None:
    """Return the axes of all pages that a description gives, without those of a page.

    Parameters
    ----------
    text : str
        The description.
    page_count : int
        The number of pages, which may be stored in a single directory.

    Returns
    -------
    dict of str to int, or None
        The sizes of the axes T, Z, C that are longer than 1, slowest first. None if they do not
        give the number of pages.

    Examples
    --------
    >>> page_axes("ImageJ=1.54f\\nimages=6\\nchannels=2\\nslices=3\\n", 6)
    {'Z': 3, 'C': 2}
    """
    entries = entries_of(text)
    sizes = {letter: _count(entries.get(key, "1")) for key, letter in COUNT_KEYS.items()}
    if math.prod(sizes.values()) == 1:  # older versions write the number of images alone
        sizes["Z"] = _count(entries.get("images", "1"))
    elif sizes["T"] * sizes["Z"] == page_count:
        sizes["C"] = 1  # the channels are the samples of a pixel
    if math.prod(sizes.values()) != page_count:
        return None
    return {letter: sizes[letter] for letter in _page_order(entries) if sizes[letter] != 1}


def rewrite_description(text: str, axes: OutputAxes, add_note: AddNote) -> str | None:
    """Return ImageJ's description of the output.

    Counts are those of the output; spacing, frame interval and origins are scaled. All other lines,
    such as the display range, stay.

    Parameters
    ----------
    text : str
        The description of the input.
    axes : OutputAxes
        The axes of the output's pages.
    add_note : callable
        Called with a note for what was dropped.

    Returns
    -------
    str or None
        None if ImageJ cannot describe such axes.

    Examples
    --------
    >>> before = "ImageJ=1.54f\\nimages=6\\nslices=6\\nspacing=0.5\\nunit=um\\n"
    >>> axes = OutputAxes("ZYX", (3, 4, 4), {"Z": AxisScaling(2)})
    >>> print(rewrite_description(before, axes, print))
    ImageJ=1.54f
    images=3
    slices=3
    spacing=1.0
    unit=um
    <BLANKLINE>
    """
    entries = entries_of(text)
    letters = iter(_page_order(entries))
    if any(letter not in letters for letter in axes.letters.removesuffix("S")[:-2]):
        add_note(NOT_DESCRIBED)
        return None
    counts = {key: axes.size(letter) for key, letter in COUNT_KEYS.items()}
    if _count(entries.get("channels", "1")) == axes.size("S") and "C" not in axes.letters:
        del counts["channels"]  # the channels are the samples of a pixel
    page_count = axes.size("T") * axes.size("Z") * axes.size("C")
    counts = {"images": page_count, **counts}
    added = [f"{key}={n}" for key, n in counts.items() if n > 1 and key not in entries]
    lines: list[str] = []
    for line in text.split("\n"):
        key, _, value = line.partition("=")
        if key in counts:
            line = f"{key}={counts[key]}"
        elif key in SCALED_KEYS:
            scaled = _scaled(key, value, axes)
            if scaled is None:
                has_step = axes.scaling(SCALED_KEYS[key][0]) is not None
                reason = "it is no number" if has_step else "the result has no common step"
                add_note(f"ImageJ's {key} was dropped: {reason}")
                continue
            line = f"{key}={scaled}"
        lines.append(line)
        if key == "ImageJ":
            lines += added
    return "\n".join(lines)


def entries_of(text: str) -> dict[str, str]:
    """Return the values of all lines of a description by their keys.

    Examples
    --------
    >>> entries_of("ImageJ=1.54f\\nunit=um\\n")
    {'ImageJ': '1.54f', 'unit': 'um'}
    """
    return {key: value for key, _, value in (line.partition("=") for line in text.splitlines())}


def _count(value: str) -> int:
    """Return a count; 0 if it is not a positive integer."""
    return int(value) if value.isdecimal() and len(value) < 10 else 0


def _page_order(entries: dict[str, str]) -> str:
    """Return the axes of pages, slowest first."""
    order = entries.get("order", DEFAULT_ORDER).lower()
    return (order if sorted(order) == sorted(DEFAULT_ORDER) else DEFAULT_ORDER)[::-1].upper()


def _scaled(key: str, value: str, axes: OutputAxes) -> str | None:
    """Return the value of a line of the output; None if it cannot be known."""
    letter, scale = SCALED_KEYS[key]
    scaling = axes.scaling(letter)
    if scaling is None or scaling.is_identity:
        return value if scaling else None
    try:
        return repr(scale(scaling, float(value)))
    except ValueError:
        return None
