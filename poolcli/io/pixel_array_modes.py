"""Image modes beyond Pillow's, such as ``RGB;uint16``: the images whose pixels are plain arrays.

A mode is ``COLOUR;DTYPE``, or ``COLOUR+N;DTYPE`` with N unspecified channels after the colours:
``RGB+1;uint8`` is red, green, blue and near infrared, ``L+4;uint16`` has five channels.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

COLOUR_CHANNELS: dict[str, tuple[str, ...]] = {
    "L": ("grey",),
    "LA": ("grey", "A"),
    "RGB": ("R", "G", "B"),
    "RGBA": ("R", "G", "B", "A"),
    "CMYK": ("C", "M", "Y", "K"),
}
"""The names of the channels of each colour; A is alpha."""

_MODE = (
    r"(?P<colour>L|LA|RGB|RGBA|CMYK)(\+(?P<extra>[1-9][0-9]*))?;"
    r"(?P<dtype>u?int(8|16|32|64)|float(16|32|64)|complex(64|128))"
)
"""A pattern that is compiled if a mode may match, which takes 1 ms."""


class PixelArrayMode(NamedTuple):
    """The parts of a mode.

    Attributes
    ----------
    colour : str
        A key of `COLOUR_CHANNELS`.
    dtype : str
        NumPy's name of the dtype of each channel.
    extra_channels : int
        The number of unspecified channels, which follow the colours and alpha.

    Examples
    --------
    >>> str(PixelArrayMode("RGB", "uint8", 1))
    'RGB+1;uint8'
    """

    colour: str
    dtype: str
    extra_channels: int = 0

    def __str__(self) -> str:
        extra = f"+{self.extra_channels}" if self.extra_channels else ""
        return f"{self.colour}{extra};{self.dtype}"

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The name of each channel."""
        extra = (f"extra {number}" for number in range(1, self.extra_channels + 1))
        return (*COLOUR_CHANNELS[self.colour], *extra)

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.colour in ("LA", "RGBA") and not self.extra_channels


@cache
def parse_pixel_array_mode(mode: str) -> PixelArrayMode | None:
    """Return the parts of a mode; None for Pillow's modes.

    Examples
    --------
    >>> parse_pixel_array_mode("L+4;uint16")
    PixelArrayMode(colour='L', dtype='uint16', extra_channels=4)
    >>> print(parse_pixel_array_mode("I;16"))
    None
    """
    may_match = mode.partition(";")[2][:1].islower()
    found = re.fullmatch(_MODE, mode) if may_match else None
    if found is None:
        return None
    return PixelArrayMode(found["colour"], found["dtype"], int(found["extra"] or 0))


def is_pixel_array_mode(mode: str) -> bool:
    """Return whether images of a mode are plain arrays, because Pillow has no such mode.

    Examples
    --------
    >>> is_pixel_array_mode("RGB;uint16"), is_pixel_array_mode("RGB")
    (True, False)
    """
    return parse_pixel_array_mode(mode) is not None
