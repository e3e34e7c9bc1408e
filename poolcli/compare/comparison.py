"""The data of a comparison: an input and the result of every mode, with measurements and tiles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.dtypes import Array


class Tile(NamedTuple):
    """A plane as it is drawn.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (height, width, 3) or (height, width, 4)
        The plane in RGB or RGBA, one pixel for each element.
    caption : str
        The values that are black and white, unless they are the input's, and the colours of NaN
        and infinities.
    numbers : ndarray, shape (height, width), optional
        The elements, if the input's plane is small enough for numbers in its cells. Those of an
        image are rounded as they are written.
    """

    pixels: npt.NDArray[np.uint8]
    caption: str = ""
    numbers: Array | None = None


class Row(NamedTuple):
    """The input, or the result of one mode.

    Attributes
    ----------
    mode : str, optional
        The mode; None for the input.
    argument : float, optional
        The mode's exponent or quantile.
    shape : tuple of int
        The shape of the result.
    dtype : str
        The dtype: of an array as it is pooled, of an image as it is written. A result whose values
        exceed those of the image has the dtype of the array.
    nbytes : int
        The size of the elements in bytes.
    kept : float
        The number of elements divided by the input's.
    peak : float, optional
        The mean of the largest 1 % of the elements; None without finite elements.
    mean : float, optional
        The mean of the elements; None without finite elements.
    shift : float, optional
        The relative change when the input moves by one element; None if all elements are 0.
    noise : float, optional
        The relative change when noise is added to the input; None also for labels and booleans.
    tiles : list of Tile
        One for each plane that is drawn.
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
    """An input and the results of all modes.

    Attributes
    ----------
    input : str
        The path of the input.
    window : str
        The window as text.
    rows : list of Row
        The input first, then the modes.
    planes : list of str
        The index of each plane that is drawn; one empty string for an image.
    notes : list of str
        Notes on the input and on the drawing.
    noise_strength : float
        The strength of the noise, in standard deviations of the input.
    """

    input: str
    window: str
    rows: list[Row]
    planes: list[str]
    notes: list[str]
    noise_strength: float
