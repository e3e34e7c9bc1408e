"""Between Pillow's pictures and arrays: what the pixels are, and what mode a result has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.errors import FormatError
from poolcli.io.formats import EIGHT_BIT_WAYS

DTYPES: dict[str, np.dtype[Any]] = {
    "I;16": np.dtype(np.uint16),
    "I": np.dtype(np.int32),
    "F": np.dtype(np.float32),
}
"""Dtypes of one-channel modes; the channels of all others have 8 bits."""

EIGHT_BIT: np.dtype[Any] = np.dtype(np.uint8)

SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N")

LAB = "LAB"

LAB_SIGN = np.uint8(128)
"""Pillow hands out the a and b of LAB as signed bytes, which do not compare as unsigned ones."""


def dtype_of(mode: str) -> np.dtype[Any]:
    """The dtype of a mode's channels, in native byte order."""
    return DTYPES["I;16"] if mode in SIXTEEN_BIT else DTYPES.get(mode, EIGHT_BIT)


def pooled_mode(image: Image.Image) -> str:
    """The mode that a picture is pooled in: palettes and colour keys become colours and alpha."""
    transparent = "transparency" in image.info
    if image.mode in ("P", "PA"):
        transparent |= image.mode == "PA"
        if image.palette is not None and image.palette.mode == "RGBA":
            transparent = True
        return "RGBA" if transparent else "RGB"
    if image.mode in ("1", "L"):
        return "LA" if transparent else "L"
    if image.mode == "RGB":
        return "RGBA" if transparent else "RGB"
    if image.mode in ("La", "RGBa", "RGBX"):
        return {"La": "LA", "RGBa": "RGBA", "RGBX": "RGB"}[image.mode]
    # Portable maps have at most 16 bits, for which Pillow takes 32.
    deep = image.mode in SIXTEEN_BIT or (image.mode == "I" and image.format == "PPM")
    return "I;16" if deep else image.mode


class Palette(NamedTuple):
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
        """What `poolcli.io.formats` calls pictures with such a palette."""
        if self.transparency is None:
            return "P"
        return "P;1" if isinstance(self.transparency, int) else "P;A"


def palette_of(image: Image.Image) -> Palette | None:
    """The palette of a picture, where its pixels are indices into one of colours."""
    if image.mode != "P" or image.palette is None or image.palette.mode != "RGB":
        return None
    return Palette(bytes(image.getpalette("RGB") or []), image.info.get("transparency"))


class Turn(NamedTuple):
    """How a stored picture is turned to stand upright.

    Attributes
    ----------
    method : Transpose, optional
        Pillow's name of it.
    swapped, rows_back, columns_back : bool
        Whether axes are exchanged, and which are then reversed.
    """

    method: Image.Transpose | None = None
    swapped: bool = False
    rows_back: bool = False
    columns_back: bool = False


TURNS = {
    2: Turn(Image.Transpose.FLIP_LEFT_RIGHT, columns_back=True),
    3: Turn(Image.Transpose.ROTATE_180, rows_back=True, columns_back=True),
    4: Turn(Image.Transpose.FLIP_TOP_BOTTOM, rows_back=True),
    5: Turn(Image.Transpose.TRANSPOSE, swapped=True),
    6: Turn(Image.Transpose.ROTATE_270, swapped=True, columns_back=True),
    7: Turn(Image.Transpose.TRANSVERSE, swapped=True, rows_back=True, columns_back=True),
    8: Turn(Image.Transpose.ROTATE_90, swapped=True, rows_back=True),
}
"""What EXIF's Orientation asks for (Exif 2.32, 4.6.4); 1 is upright."""


UPRIGHT = Turn()


@dataclass(frozen=True, slots=True)
class Pixels:
    """A decoded picture as an array, H W or H W C, converted and turned box by box.

    Attributes
    ----------
    image : Image
        Loaded, so that reading it from several threads is safe.
    mode : str
        As `pooled_mode` gives it, or P for indices.
    turn : Turn
        How it is turned.
    """

    image: Image.Image
    mode: str
    turn: Turn = UPRIGHT

    @property
    def shape(self) -> tuple[int, ...]:
        """H W, or H W C."""
        height, width = self.image.height, self.image.width
        size = (width, height) if self.turn.swapped else (height, width)
        channels = Image.getmodebands(self.mode)
        return size if channels == 1 else (*size, channels)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of a channel."""
        return dtype_of(self.mode)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        rows, columns = (
            range(*at.indices(n)) for at, n in zip(index, self.shape[:2], strict=False)
        )
        if not rows or not columns:
            sizes = [len(range(*at.indices(n))) for at, n in zip(index, self.shape, strict=True)]
            return np.empty(sizes, self.dtype)
        array = self._box((rows.start, rows.stop), (columns.start, columns.stop))
        return array[(slice(None), slice(None), *index[2:])]

    def _box(self, rows: tuple[int, int], columns: tuple[int, int]) -> npt.NDArray[Any]:
        turn, (height, width) = self.turn, self.shape[:2]
        if turn.rows_back:
            rows = height - rows[1], height - rows[0]
        if turn.columns_back:
            columns = width - columns[1], width - columns[0]
        if turn.swapped:
            rows, columns = columns, rows
        return self._stored((columns[0], rows[0], columns[1], rows[1]))

    def _stored(self, box: tuple[int, int, int, int]) -> npt.NDArray[Any]:
        image, method = self.image, self.turn.method
        convert = image.mode != self.mode and image.mode not in SIXTEEN_BIT and self.mode != "I;16"
        if convert or method is not None:
            image = image.crop(box)
            image = image if method is None else image.transpose(method)
            image = image.convert(self.mode) if convert else image
            box = (0, 0, *image.size)
        array = packed(image, box)
        if array.dtype != self.dtype:
            array = array.astype(self.dtype)
        return flip_signs(array) if self.mode == LAB else array


def packed(image: Image.Image, box: tuple[int, int, int, int]) -> npt.NDArray[Any]:
    """A box of a loaded picture as an array of its own mode.

    Pillow's raw encoder takes a box in one step; `numpy.asarray` of a cropped picture copies it
    thrice, of a whole one goes through pieces of 64 KB that are joined.
    """
    left, top, right, bottom = box
    bands, dtype = Image.getmodebands(image.mode), dtype_of(image.mode)
    nbytes = (right - left) * (bottom - top) * bands * dtype.itemsize
    raw = "I;16N" if image.mode in SIXTEEN_BIT else image.mode
    encoder = Image._getencoder(image.mode, "raw", (raw,), ())
    encoder.setimage(image.im, box)
    _, _, data = encoder.encode(nbytes)
    array = np.frombuffer(data, dtype).reshape(bottom - top, right - left, bands)
    return array[..., 0] if bands == 1 else array


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
        also = "" if name in ("bool", "uint8") else f". For pictures of {name}, {EIGHT_BIT_WAYS}"
        raise FormatError(
            f"an array of shape {'x'.join(map(str, shape))} is no picture; pictures are H W, "
            f"H W 1, H W 3 or H W 4. Write it as .npy instead{also}"
        )
    if array.dtype.kind == "c":
        raise FormatError(
            f"no picture holds {name}, and --dtype uint8 and --normalize take real numbers; "
            "write it as .npy instead"
        )
    raise FormatError(f"no picture of this shape holds {name}; {EIGHT_BIT_WAYS}")


def normalized(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Map the range of the finite values to 0 to 255; NaN and -inf to 0, inf to 255.

    Examples
    --------
    >>> normalized(np.array([-1.0, 0.0, 1.0, np.inf]))
    array([  0, 128, 255, 255], dtype=uint8)
    """
    if array.dtype.kind == "c":
        raise FormatError("complex numbers have no range to normalize")
    values = array.astype(np.result_type(array, np.float64))
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.where(values == np.inf, np.uint8(255), np.uint8(0))
    # Scaled by a power of two first, so that neither the range overflows nor its parts underflow.
    shift = -np.frexp(np.abs(finite).max())[1]
    values, low, high = (np.ldexp(each, shift) for each in (values, finite.min(), finite.max()))
    span = high - low
    part = (values - low) / span if span else np.where(np.isposinf(values), 1.0, 0.0)
    scaled = np.floor(np.clip(np.nan_to_num(part, nan=0.0), 0, 1) * 255 + 0.5)
    eight_bit: npt.NDArray[np.uint8] = scaled.astype(np.uint8)
    return eight_bit


def flip_signs(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """From LAB as Pillow has it to one that compares, and back."""
    flipped = array.copy()
    flipped[..., 1:] ^= LAB_SIGN
    return flipped
