"""Image modes: their dtypes and channels, and which one an image is pooled in or an array fits.

The modes are Pillow's and those of `poolcli.io.pixel_array_modes`, such as ``RGB;uint16``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from poolcli.core.shape_text import shape_text
from poolcli.errors import FormatError
from poolcli.io.pixel_array_modes import (
    COLOUR_CHANNELS,
    PixelArrayMode,
    parse_pixel_array_mode,
)
from poolcli.io.storable_image_modes import EIGHT_BIT_ADVICE

if TYPE_CHECKING:
    from PIL import Image

SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N")

DTYPES: dict[str, np.dtype[Any]] = {
    **dict.fromkeys(SIXTEEN_BIT_MODES, np.dtype(np.uint16)),
    "I": np.dtype(np.int32),
    "F": np.dtype(np.float32),
}
"""The dtypes of modes in native byte order; the channels of all other modes have 8 bits."""

POOLED_MODES = {
    "1": "L", "P": "RGB", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB",
}  # fmt: skip
"""The mode in which an image is pooled, by its own mode; images of other modes keep theirs."""

MODES_WITH_ALPHA = {"1": "LA", "L": "LA", "P": "RGBA", "RGB": "RGBA"}
"""The mode in which an image with transparent pixels is pooled, by its own mode."""

LAB_SIGN_BIT = np.uint8(128)

ARRAY_MODES = {"bool": "1", "uint8": "L", "uint16": "I;16", "int32": "I", "float32": "F"}
"""The modes of arrays of one channel, by the name of the dtype."""


def dtype_of_mode(mode: str) -> np.dtype[Any]:
    """Return the dtype of a mode's channels, in native byte order.

    Examples
    --------
    >>> dtype_of_mode("RGB"), dtype_of_mode("I;16B"), dtype_of_mode("RGB;float32")
    (dtype('uint8'), dtype('uint16'), dtype('float32'))
    """
    found = parse_pixel_array_mode(mode)
    return DTYPES.get(mode, np.dtype(np.uint8)) if found is None else np.dtype(found.dtype)


def channel_names(mode: str) -> tuple[str, ...]:
    """Return the name of each channel of a mode.

    Examples
    --------
    >>> channel_names("LA"), channel_names("L+2;uint8")
    (('grey', 'A'), ('grey', 'extra 1', 'extra 2'))
    """
    from PIL import ImageMode  # late, because arrays need no Pillow

    found = parse_pixel_array_mode(mode)
    if found is not None:
        return found.channel_names
    return COLOUR_CHANNELS.get(mode) or tuple(ImageMode.getmode(mode).bands)


def has_alpha(mode: str) -> bool:
    """Return whether the last channel of a mode is alpha.

    Examples
    --------
    >>> has_alpha("RGBA"), has_alpha("LA;uint16"), has_alpha("RGB+1;uint8")
    (True, True, False)
    """
    found = parse_pixel_array_mode(mode)
    return mode in ("LA", "RGBA") if found is None else found.has_alpha


def mode_of_pixels(colour: str, dtype: npt.DTypeLike, extra_channels: int = 0) -> str:
    """Return the mode of pixels: Pillow's if it has one, else that of a `PixelArray`.

    Parameters
    ----------
    colour : str
        L, LA, RGB, RGBA or CMYK.
    dtype : dtype_like
        The dtype of each channel, in any byte order.
    extra_channels : int
        The number of unspecified channels, which follow the colours and alpha.

    Examples
    --------
    >>> mode_of_pixels("L", "uint16"), mode_of_pixels("RGB", "uint8"), mode_of_pixels("L", "int16")
    ('I;16', 'RGB', 'L;int16')
    >>> mode_of_pixels("RGB", ">u2", extra_channels=1)
    'RGB+1;uint16'
    """
    name = np.dtype(dtype).name
    if not extra_channels:
        if colour == "L" and name in ARRAY_MODES:
            return ARRAY_MODES[name]
        if name == "uint8":
            return colour
    return str(PixelArrayMode(colour, name, extra_channels))


def mode_with_dtype(mode: str, dtype: npt.DTypeLike) -> str:
    """Return the mode of the same colours with another dtype.

    Parameters
    ----------
    mode : str
        Pillow's mode, or that of a `PixelArray`. Palette indices and 1-bit images become grey.
    dtype : dtype_like
        The other dtype, in any byte order.

    Raises
    ------
    FormatError
        If there is none.

    Examples
    --------
    >>> mode_with_dtype("RGB;uint16", "uint8"), mode_with_dtype("LA", "uint16")
    ('RGB', 'LA;uint16')
    """
    found = parse_pixel_array_mode(mode)
    if found is None:
        found = PixelArrayMode("L" if mode in ("1", "P", *DTYPES) else mode, "uint8")
    other = mode_of_pixels(found.colour, dtype, found.extra_channels)
    if other == "1" or dtype_of_mode(other) == np.dtype(dtype).newbyteorder("="):
        return other
    raise _no_mode_error(np.dtype(dtype))


def pooled_mode(image: Image.Image) -> str:
    """Return the mode that an image is pooled in.

    Palettes and transparent colours become colours with alpha; 1-bit images become grey.

    Examples
    --------
    >>> from PIL import Image
    >>> pooled_mode(Image.new("P", (1, 1))), pooled_mode(Image.new("1", (1, 1)))
    ('RGB', 'L')
    """
    mode = image.mode
    # Portable maps have 16 bits at most; Pillow opens them with 32 bits.
    if mode in SIXTEEN_BIT_MODES or (mode == "I" and image.format == "PPM"):
        return "I;16"
    has_alpha_palette = mode == "P" and image.palette is not None and image.palette.mode == "RGBA"
    if mode in MODES_WITH_ALPHA and ("transparency" in image.info or has_alpha_palette):
        return MODES_WITH_ALPHA[mode]
    return POOLED_MODES.get(mode, mode)


def mode_of_array(array: npt.NDArray[Any]) -> str:
    """Return the mode of the image that holds an array without changing its values.

    Raises
    ------
    FormatError
        If no mode holds it.

    Examples
    --------
    >>> mode_of_array(np.zeros((2, 3, 4), np.uint8))
    'RGBA'
    """
    shape, dtype = array.shape, array.dtype.name
    if len(shape) == 2 or (len(shape) == 3 and shape[2] == 1):
        if dtype in ARRAY_MODES:
            return ARRAY_MODES[dtype]
    elif len(shape) == 3 and shape[2] in (3, 4):
        if dtype in ("uint8", "uint16"):
            return mode_of_pixels("RGB" if shape[2] == 3 else "RGBA", dtype)
    else:
        ways = "" if dtype in ("bool", "uint8") else f". For images of {dtype}, {EIGHT_BIT_ADVICE}"
        raise FormatError(
            f"an array of shape {shape_text(shape)} is not an image; images are H W, "
            f"H W 1, H W 3 or H W 4. Write it as .npy instead{ways}"
        )
    raise _no_mode_error(array.dtype)


def mode_of_pages(shape: tuple[int, ...], dtype: npt.DTypeLike, rank: int) -> str:
    """Return the mode of the pages of a TIFF that hold an array without changing its values.

    Parameters
    ----------
    shape : tuple of int
        The shape of the array.
    dtype : dtype_like
        Its dtype, in any byte order.
    rank : int
        The number of axes of a page: 2, or 3 with channels.

    Raises
    ------
    FormatError
        If a TIFF does not hold the dtype.

    Examples
    --------
    >>> mode_of_pages((5, 8, 8), "uint8", 2), mode_of_pages((5, 8, 8, 2), "int16", 3)
    ('L', 'L+1;int16')
    """
    dtype = np.dtype(dtype)
    if dtype.kind not in "buif" or dtype.itemsize > 8:
        raise _no_mode_error(dtype)
    channels = shape[-1] if rank == 3 else 1
    if channels in (3, 4):
        return mode_of_pixels("RGB" if channels == 3 else "RGBA", dtype)
    return mode_of_pixels("L", dtype, channels - 1)


def _no_mode_error(dtype: np.dtype[Any]) -> FormatError:
    """Return the error for a dtype that no image of a shape holds."""
    if dtype.kind == "c":
        return FormatError(
            f"no image holds {dtype.name}, and --dtype uint8 and --normalize take real numbers; "
            "write it as .npy instead"
        )
    return FormatError(f"no image of this shape holds {dtype.name}; {EIGHT_BIT_ADVICE}")


def flip_lab_signs(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a LAB array, H W 3, with a and b converted from signed to unsigned bytes, or back.

    Pillow stores a and b as signed bytes, which do not compare as unsigned ones.

    Examples
    --------
    >>> flip_lab_signs(np.array([[[50, 0, 255]]], np.uint8)).tolist()
    [[[50, 128, 127]]]
    """
    flipped = array.copy()
    flipped[..., 1:] ^= LAB_SIGN_BIT
    return flipped
