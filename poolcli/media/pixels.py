"""Between Pillow's pictures and arrays: what the pixels are, and what mode a result has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.errors import FormatError

DTYPES: dict[str, np.dtype[Any]] = {
    "I;16": np.dtype(np.uint16),
    "I": np.dtype(np.int32),
    "F": np.dtype(np.float32),
}
"""Dtypes of one-channel modes; the channels of all others have 8 bits."""

EIGHT_BIT: np.dtype[Any] = np.dtype(np.uint8)

SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N")

LAB_SIGN = np.uint8(128)
"""Pillow hands out the a and b of LAB as signed bytes, which do not compare as unsigned ones."""


def pooled_mode(image: Image.Image) -> str:
    """The mode that a picture is pooled in: palettes and colour keys become colours and alpha."""
    transparent = "transparency" in image.info
    if image.mode in ("P", "PA"):
        transparent |= image.mode == "PA" or image.info.get("A") is not None
        if image.palette is not None and image.palette.mode == "RGBA":
            transparent = True
        return "RGBA" if transparent else "RGB"
    if image.mode == "1":
        return "L"
    if image.mode in ("L", "RGB") and transparent:
        return {"L": "LA", "RGB": "RGBA"}[image.mode]
    if image.mode in ("La", "RGBa", "RGBX"):
        return {"La": "LA", "RGBa": "RGBA", "RGBX": "RGB"}[image.mode]
    # Portable maps have at most 16 bits, for which Pillow takes 32.
    deep = image.mode in SIXTEEN_BIT or (image.mode == "I" and image.format == "PPM")
    return "I;16" if deep else image.mode


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a picture whose pixels are indices.

    Attributes
    ----------
    colours : bytes
        Red, green and blue, one after the other.
    transparency : int or bytes, optional
        The index that is transparent, or an alpha for each.
    """

    colours: bytes
    transparency: int | bytes | None = None

    @property
    def mode(self) -> str:
        """What `poolcli.media.formats` calls pictures with such a palette."""
        if self.transparency is None:
            return "P"
        return "P;1" if isinstance(self.transparency, int) else "P;A"


def palette_of(image: Image.Image) -> Palette | None:
    """The palette of a picture, where its pixels are indices into one of colours."""
    if image.mode != "P" or image.palette is None or image.palette.mode != "RGB":
        return None
    return Palette(bytes(image.getpalette("RGB") or []), image.info.get("transparency"))


@dataclass(frozen=True, slots=True)
class Pixels:
    """A decoded picture as an array, H W or H W C, converted box by box.

    Attributes
    ----------
    image : Image
        Loaded, so that reading it from several threads is safe.
    mode : str
        As `pooled_mode` gives it, or P for indices.
    """

    image: Image.Image
    mode: str

    @property
    def shape(self) -> tuple[int, ...]:
        """H W, or H W C."""
        channels = Image.getmodebands(self.mode)
        size = (self.image.height, self.image.width)
        return size if channels == 1 else (*size, channels)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of a channel."""
        return DTYPES.get(self.mode, EIGHT_BIT)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        rows, columns = index[0].indices(self.shape[0]), index[1].indices(self.shape[1])
        if rows[0] >= rows[1] or columns[0] >= columns[1]:
            sizes = [len(range(*at.indices(n))) for at, n in zip(index, self.shape, strict=True)]
            return np.empty(sizes, self.dtype)
        box = self.image.crop((columns[0], rows[0], columns[1], rows[1]))
        if box.mode != self.mode and box.mode not in SIXTEEN_BIT:
            box = box.convert(self.mode)
        array: npt.NDArray[Any] = np.asarray(box)
        if self.mode == "LAB":
            array = _flip_signs(array)
        return array[(slice(None), slice(None), *index[2:])]


def picture(array: npt.NDArray[Any], mode: str, palette: Palette | None = None) -> Image.Image:
    """Make a picture of an array whose dtype and shape are those of the mode.

    With a palette the pixels are indices.

    Examples
    --------
    >>> picture(np.zeros((2, 3), np.uint16), "I;16").size
    (3, 2)
    """
    height, width = array.shape[:2]
    if mode == "1":
        grey = picture(np.where(array, np.uint8(255), np.uint8(0)), "L")
        return grey.convert("1", dither=Image.Dither.NONE)
    if mode == "LAB":
        array = _flip_signs(array)
    if mode == "I;16":
        array = array.astype("<u2", copy=False)
    made = Image.frombytes(mode, (width, height), np.ascontiguousarray(array).tobytes())
    if palette is not None:
        # Indices past the palette are black; encoders count on its covering all of them.
        made.putpalette(palette.colours.ljust(3 * (int(array.max(initial=0)) + 1), b"\0"))
        if palette.transparency is not None:
            made.info["transparency"] = palette.transparency
    return made


def mode_of_array(array: npt.NDArray[Any]) -> str:
    """The image mode that holds an array as it is.

    Raises
    ------
    FormatError
        If none does.
    """
    shape, name = array.shape, array.dtype.name
    if len(shape) == 2 or (len(shape) == 3 and shape[2] == 1):
        modes = {"bool": "1", "uint8": "L", "uint16": "I;16", "int32": "I", "float32": "F"}
        if name in modes:
            return modes[name]
    elif len(shape) == 3 and shape[2] in (3, 4):
        if name == "uint8":
            return "RGB" if shape[2] == 3 else "RGBA"
    else:
        raise FormatError(
            f"an array of shape {'x'.join(map(str, shape))} is no picture; pictures are H W, "
            "H W 1, H W 3 or H W 4. Write it as .npy instead"
        )
    raise FormatError(
        f"no picture of this shape holds {name}; --dtype uint8 keeps the values (rounded, within "
        "0 to 255), --normalize maps their range to 0 to 255 for looking at"
    )


def normalized(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Map the range of the finite values to 0 to 255; NaN and -inf to 0, inf to 255.

    Examples
    --------
    >>> normalized(np.array([-1.0, 0.0, 1.0, np.inf]))
    array([  0, 128, 255, 255], dtype=uint8)
    """
    if array.dtype.kind == "c":
        raise FormatError("complex numbers have no range to normalize")
    values = array.astype(np.float64)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.where(values == np.inf, np.uint8(255), np.uint8(0))
    low, high = float(finite.min()), float(finite.max())
    # Halved first, so that a range over nearly all of float64 does not overflow.
    span = high / 2 - low / 2
    part = (values / 2 - low / 2) / span if span else np.where(np.isposinf(values), 1.0, 0.0)
    scaled = np.floor(np.clip(np.nan_to_num(part, nan=0.0), 0, 1) * 255 + 0.5)
    eight_bit: npt.NDArray[np.uint8] = scaled.astype(np.uint8)
    return eight_bit


def _flip_signs(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    flipped = array.copy()
    flipped[..., 1:] ^= LAB_SIGN
    return flipped
