"""Matrix coefficients of AVIF: Pillow encodes with those of BT.601 alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.AvifImagePlugin import get_codec_version

Matrix = NDArray[np.float32]

LUMA: dict[int, tuple[float, float]] = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
"""Weights of red and blue in luma, by matrix coefficients (ITU-T H.273, table 4)."""

ENCODED = 6
"""The matrix coefficients of which Pillow's encoder makes use."""

OF_RGB, UNSPECIFIED = 0, 2
"""Matrix coefficients of what is not luma and chroma, and of what nobody wrote down."""

BAND_PIXELS = 1 << 18


def written_cicp(
    frames: Sequence[Image.Image], cicp: bytes, say: Callable[[str], None]
) -> bytes | None:
    """The code points that pictures are to be written with; None for those of Pillow.

    Parameters
    ----------
    frames : sequence of Image
        All of the file.
    cicp : bytes
        As the pictures were read: primaries, transfer, matrix, and whether the range is full.
    say : callable
        Takes what the person should know.
    """
    primaries, transfer, coefficients, full = cicp
    if coefficients == OF_RGB and not full:
        say("AVIF is written with a full range here: the code points of colours were left behind")
        return None
    if coefficients in (OF_RGB, UNSPECIFIED):
        coefficients = ENCODED
    elif not all(fits(frame, coefficients) for frame in frames):
        say(
            f"matrix coefficients became {ENCODED} (BT.601), not {coefficients}: they tell how "
            "colours are stored, which stay the same"
        )
        coefficients = ENCODED
    return bytes([primaries, transfer, coefficients, 1])


def settings_of(cicp: bytes) -> dict[str, Any]:
    """The encoder settings that write code points into the bitstream, if it can."""
    if get_codec_version("aom") is None:
        return {}
    # Of the colour, not of alpha.
    names = (
        "color:color-primaries",
        "color:transfer-characteristics",
        "color:matrix-coefficients",
    )
    codes = zip(names, map(str, cicp[:3]), strict=True)
    return {"codec": "aom", "advanced": dict(codes)}


def fits(frame: Image.Image, coefficients: int) -> bool:
    """True if a picture can be encoded for other matrix coefficients.

    Its colours are changed for that, and some very saturated ones would have to be more so than
    pixels can be.
    """
    if coefficients not in LUMA:
        return False
    if frame.mode in ("L", "LA", "1") or LUMA[coefficients] == LUMA[ENCODED]:
        return True
    return all(
        band.min() >= -0.5 and band.max() < 255.5 for _, band in _recoded(frame, coefficients)
    )


def recode(frame: Image.Image, coefficients: int) -> Image.Image:
    """A picture converted so that Pillow's encoder gives the YCbCr of other coefficients.

    Parameters
    ----------
    frame : Image
        RGB or RGBA, or grey, which stays as it is.
    coefficients : int
        By which what is made of the result is decoded.

    Examples
    --------
    >>> recode(Image.new("RGB", (1, 1), (100, 150, 120)), 9).getpixel((0, 0))
    (102, 155, 121)
    """
    if frame.mode not in ("RGB", "RGBA") or LUMA[coefficients] == LUMA[ENCODED]:
        return frame
    made = np.array(frame)
    for top, band in _recoded(frame, coefficients):
        made[top : top + len(band), :, :3] = np.floor(np.clip(band + 0.5, 0, 255))
    return Image.fromarray(made)


def _recoded(frame: Image.Image, coefficients: int) -> Iterator[tuple[int, NDArray[Any]]]:
    """The first row of each band, and its colours, H W 3, not rounded."""
    turn = np.linalg.inv(_matrix(ENCODED)) @ _matrix(coefficients)
    step = max(1, BAND_PIXELS // max(frame.width, 1))
    for top in range(0, frame.height, step):
        band = frame.crop((0, top, frame.width, min(top + step, frame.height))).convert("RGB")
        yield top, np.asarray(band, np.float32) @ turn.T.astype(np.float32)


def _matrix(coefficients: int) -> NDArray[np.float64]:
    """The matrix that turns red, green and blue into luma and chroma."""
    red, blue = LUMA[coefficients]
    luma = np.array([red, 1 - red - blue, blue])
    return np.stack(
        [
            luma,
            (np.array([0, 0, 1]) - luma) / (2 * (1 - blue)),
            (np.array([1, 0, 0]) - luma) / (2 * (1 - red)),
        ]
    )
