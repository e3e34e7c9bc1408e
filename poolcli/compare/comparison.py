"""A comparison: an input and what every mode makes of it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Tile(NamedTuple):
    """What a plane looks like.

    Attributes
    ----------
    pixels : ndarray of uint8
        H W 3, or H W 4 with alpha; as large as the plane.
    scale : str
        How values were mapped, where that is not as in the input's tile.
    """

    pixels: Any
    scale: str = ""


class Row(NamedTuple):
    """What a mode makes of the input; the input itself is a row of its own.

    Attributes
    ----------
    mode : str, optional
        None for the input.
    argument : float, optional
        The mode's exponent or quantile.
    kept : float
        The share of the elements that are left.
    peak, mean : float, optional
        The mean of the largest hundredth, and of all.
    shift, noise : float, optional
        The relative change when the input moves by an element, and when it gets noise; None where
        there is no such thing.
    tiles : list of Tile
        What it looks like, a tile a plane.
    """

    mode: str | None
    argument: float | None
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    kept: float
    peak: float | None
    mean: float | None
    shift: float | None
    noise: float | None
    tiles: list[Tile]

    @property
    def name(self) -> str:
        """The mode with its argument."""
        name = self.mode or "original"
        return name if self.argument is None else f"{name} {self.argument:g}"


class Comparison(NamedTuple):
    """An input and what all modes make of it.

    Attributes
    ----------
    window : str
        In words.
    planes : list of str
        The index of each plane that is shown; a single empty one for a picture.
    """

    input: str
    window: str
    rows: list[Row]
    planes: list[str]
    notes: list[str]
