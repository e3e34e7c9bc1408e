"""The values of `--layout` and `--axes`: letters of axes."""

from __future__ import annotations

from poolcli.core.window import Window
from poolcli.errors import UsageError
from poolcli.request import SPATIAL_LETTERS, spatial_letters

PICTURE_LAYOUTS = "HW", "YX"
"""The letters of the axes of pictures that can be pooled."""


def layout_and_axes(
    layout_text: str | None, axes_text: str | None, window: Window, *, may_be_stores: bool = False
) -> dict[str, str | None]:
    """Return the letters of the layout and of the pooled axes by name; None for what is not given.

    Parameters
    ----------
    layout_text, axes_text : str, optional
        The values of the options.
    window : Window
        The window, which may be for a number of axes.
    may_be_stores : bool
        Whether the inputs may be Zarr stores, which name their axes.

    Raises
    ------
    UsageError
        If the letters are wrong, or the window is for another number of axes.

    Examples
    --------
    >>> layout_and_axes("tzyx", "z", Window.fixed(2))
    {'layout': 'TZYX', 'axes': 'Z'}
    """
    layout = None if layout_text is None else parse_layout(layout_text, "--layout")
    axes = None if axes_text is None else parse_axes(axes_text, layout, "--axes", may_be_stores)
    given = "--layout" if axes is None else "--axes"
    pooled = axes or spatial_letters(layout or "")
    if layout is not None and not pooled:
        raise UsageError(
            f"{layout!r} has no spatial axis, which are D H W or Z Y X; name the axes to pool with "
            "--axes",
            "--layout",
        )
    if pooled and window.rank not in (None, len(pooled)):
        axes_text = f"{len(pooled)} {'axis' if len(pooled) == 1 else 'axes'} ({' '.join(pooled)})"
        raise UsageError(
            f"{given} {axes or layout} pools {axes_text}, but {window.describe()} is for "
            f"{window.rank}",
            given,
        )
    return {"layout": layout, "axes": axes}


def parse_layout(text: str, option: str) -> str:
    """Return the letters of the axes of the data, upper case.

    Parameters
    ----------
    text : str
        One letter per axis, in either case. D H W and Z Y X are two spellings of the spatial axes,
        of which a layout uses one.
    option : str
        The option that an error names.

    Examples
    --------
    >>> parse_layout("nchw", "--layout"), parse_layout("TZYX", "--layout")
    ('NCHW', 'TZYX')
    """
    letters = text.strip().upper()
    if not letters.isalpha() or not letters.isascii():
        raise UsageError(f"{text!r} is not a layout; write one letter per axis, as in NCHW", option)
    _check_letters_differ(letters, text, option)
    if all(set(letters) & set(spelling) for spelling in SPATIAL_LETTERS):
        raise UsageError(
            f"{text!r} mixes D H W with Z Y X, two spellings of the same axes; use one of them, "
            "and --axes for the pooled ones",
            option,
        )
    return letters


def parse_axes(text: str, layout: str | None, option: str, may_be_stores: bool = False) -> str:
    """Return the letters of pooled axes, upper case, in the order of the layout.

    Parameters
    ----------
    text : str
        Letters of axes, in either case and any order.
    layout : str, optional
        The layout. Without one the rows and columns of pictures can be named, as H W or Y X.
    option : str
        The option that an error names.
    may_be_stores : bool
        Whether the inputs may be Zarr stores. Their axes are known when they are opened.

    Examples
    --------
    >>> parse_axes("xz", "TZYX", "--axes"), parse_axes("w", None, "--axes")
    ('ZX', 'W')
    """
    letters = text.strip().upper()
    if not letters.isalpha() or not letters.isascii():
        raise UsageError(f"{text!r} has characters that are not letters of axes", option)
    _check_letters_differ(letters, text, option)
    if layout is None:
        layout = next((each for each in PICTURE_LAYOUTS if set(letters) <= set(each)), None)
        if layout is None and may_be_stores:
            return letters
        if layout is None:
            raise UsageError(
                "--axes needs --layout, as in --layout ZYX --axes Z; without it only the rows and "
                "columns of pictures can be named, H W or Y X",
                option,
            )
    unknown = sorted(set(letters) - set(layout))
    if unknown:
        raise UsageError(f"the layout {layout} has no axis {', '.join(unknown)}", option)
    return "".join(letter for letter in layout if letter in letters)


def _check_letters_differ(letters: str, text: str, option: str) -> None:
    repeated = sorted({letter for letter in letters if letters.count(letter) > 1})
    if repeated:
        raise UsageError(f"{text!r} has {', '.join(repeated)} more than once", option)
