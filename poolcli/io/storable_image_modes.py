"""Tables of the image modes and the number of frames that each output format stores.

Modes have Pillow's names, or those of `poolcli.io.pixel_array_modes`. Two names are added: ``P;1``
is a palette image with one transparent index, and in ``P;A`` each palette entry has its own alpha.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from poolcli.errors import FormatError
from poolcli.io.pixel_array_modes import is_pixel_array_mode, parse_pixel_array_mode

STORABLE_MODES: dict[str, tuple[str, ...]] = {
    "PNG": ("1", "P", "P;1", "P;A", "L", "LA", "I;16", "RGB", "RGBA"),
    "TIFF": ("1", "P", "L", "LA", "I;16", "I", "F", "RGB", "RGBA", "CMYK", "YCbCr", "LAB"),
    "JPEG": ("L", "RGB", "CMYK"),
    "MPO": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "AVIF": ("L", "RGB", "RGBA"),
    "JPEG2000": ("L", "LA", "I;16", "RGB", "RGBA", "CMYK"),
    "GIF": ("1", "P", "P;1", "L"),
    "BMP": ("1", "P", "L", "RGB"),
    "DIB": ("1", "P", "L", "RGB"),
    "PPM": ("1", "L", "I;16", "RGB", "F"),
    "TGA": ("1", "P", "L", "LA", "RGB", "RGBA"),
    "PCX": ("1", "P", "L", "RGB"),
    "SGI": ("L", "RGB", "RGBA"),
    "QOI": ("RGB", "RGBA"),
    "DDS": ("L", "LA", "RGB", "RGBA"),
    "ICO": ("1", "P", "L", "LA", "I;16", "RGB", "RGBA"),
    "IM": ("1", "P", "L", "LA", "I;16", "I", "F", "RGB", "RGBA", "CMYK", "YCbCr"),
    "SPIDER": ("F",),
    "MSP": ("1",),
    "XBM": ("1",),
    "PDF": ("1", "L", "RGB", "CMYK"),
    "EPS": ("L", "RGB", "CMYK"),
    "HEIF": ("L", "RGB", "RGBA"),
    "JXL": ("L", "LA", "I;16", "F", "RGB", "RGBA"),
}
"""The modes that a format returns unchanged. Pillow writes more, but converts them silently."""

PIXEL_ARRAY_MODES = {"PNG": ("LA;uint16", "RGB;uint16", "RGBA;uint16")}
"""The modes beyond Pillow's that a format stores. TIFF stores all of them."""

DEEP_HEIF_MODES = {"I;16": "L", "RGB;uint16": "RGB", "RGBA;uint16": "RGBA"}
"""The modes of HEIF images with 10 or 12 bits, which are scaled to 16 bits, and their colours. A
HEIF stores them only for such an input: those of other inputs may need 16 bits."""

MODE_DESCRIPTIONS = {
    "1": "1-bit images",
    "P": "palette images",
    "P;1": "palette images with transparency",
    "P;A": "palette images with partial transparency",
    "L": "8-bit grey images",
    "LA": "grey images with transparency",
    "RGB": "RGB images",
    "RGBA": "RGB images with transparency",
    "I;16": "16-bit grey images",
    "I": "32-bit grey images",
    "F": "floating-point grey images",
    "CMYK": "CMYK images",
    "YCbCr": "YCbCr images",
    "LAB": "LAB images",
}
"""The names of the modes in messages."""

PALETTE_COLOUR_MODES = {"P": "RGB", "P;1": "RGBA", "P;A": "RGBA"}
"""The modes of palette images after their indices were replaced by colours."""

WIDE_MODES = ("I;16", "I", "F")
"""Pillow's modes whose values have more than 8 bits."""

PNM_EXTENSIONS = {"1": ".pbm", "L": ".pgm", "I;16": ".pgm", "RGB": ".ppm", "F": ".pfm"}
"""The extensions of Pillow's format PPM by image mode."""

MULTI_FRAME_FORMATS = ("GIF", "PNG", "WEBP", "AVIF", "TIFF", "PDF", "MPO", "HEIF")
"""Formats that are written with several frames."""

MIXED_FRAME_FORMATS = ("TIFF", "PDF", "MPO", "HEIF")
"""Formats whose frames may differ in size and mode."""

MAX_SIDE_PIXELS = {"ICO": 256}
"""The largest width and height of a format, where users reach it."""

EIGHT_BIT_ADVICE = (
    "--dtype uint8 keeps the values (rounded, within 0 to 255), --normalize maps their range to 0 "
    "to 255 for viewing"
)
"""The advice of error messages on values that an image cannot hold."""

_WIDER_MODES: dict[str, tuple[str, ...]] = {
    "1": ("1", "L", "RGB"), "L": ("L", "RGB"), "LA": ("LA", "RGBA"),
    **{mode: (mode, colour_mode) for mode, colour_mode in PALETTE_COLOUR_MODES.items()},
}  # fmt: skip
"""A mode and the modes to which it is converted without loss, in the order of preference."""

_MODES_WITHOUT_ALPHA = {"LA": ("L", "RGB"), "RGBA": ("RGB",)}
"""The modes to which an image is converted if its alpha is opaque everywhere."""


def storable_mode(
    name: str, mode: str, *, opaque: bool = False, from_palette: bool = False, extension: str = ""
) -> str | None:
    """Return the mode in which a format stores an image; None if it cannot store it.

    The conversions are: palette to RGB or RGBA, 1-bit to grey, grey to RGB, removal of an opaque
    alpha, and for a GIF a new palette for colours that came from a palette.

    Parameters
    ----------
    name : str
        Pillow's name of the format.
    mode : str
        The mode of the image.
    opaque : bool
        Whether the alpha of the image is opaque everywhere.
    from_palette : bool
        Whether the image was a palette image.
    extension : str
        The requested extension, or empty. Those of PBM, PGM, PPM and PFM restrict the modes.

    Examples
    --------
    >>> storable_mode("JPEG", "1"), storable_mode("WEBP", "I;16")
    ('L', None)
    >>> storable_mode("PNG", "RGB;uint16"), storable_mode("PNG", "RGB;float32")
    ('RGB;uint16', None)
    """
    if name == "GIF" and from_palette and mode in ("LA", "RGB", "RGBA"):
        return "RGBA" if mode == "LA" else mode
    if is_pixel_array_mode(mode):
        return mode if name == "TIFF" or mode in PIXEL_ARRAY_MODES.get(name, ()) else None
    candidates = _WIDER_MODES.get(mode, (mode,))
    if opaque:
        candidates += _MODES_WITHOUT_ALPHA.get(mode, ())
    storable = STORABLE_MODES.get(name, ())
    if name == "PPM" and extension in PNM_EXTENSIONS.values():
        storable = tuple(each for each in storable if PNM_EXTENSIONS[each] == extension)
    return next((each for each in candidates if each in storable), None)


def common_mode(modes: Iterable[str]) -> str | None:
    """Return the mode to which frames of several modes convert without loss; None if none exists.

    Examples
    --------
    >>> common_mode(["L", "RGB"]), common_mode(["LA", "RGB"]), common_mode(["L", "I;16"])
    ('RGB', 'RGBA', None)
    """
    distinct = set(modes)
    if len(distinct) == 1:
        return distinct.pop()
    distinct = {PALETTE_COLOUR_MODES.get(mode, mode) for mode in distinct}
    if not distinct <= {"1", "L", "LA", "RGB", "RGBA"}:
        return None
    colour = "RGB" if distinct & {"RGB", "RGBA"} else "L"
    return colour + ("A" if distinct & {"LA", "RGBA"} else "")


def unstorable_error(
    name: str, mode: str, alternatives: Sequence[str], *, frames: int = 1, extension: str = ""
) -> FormatError:
    """Return the error for a format that cannot store an image.

    Parameters
    ----------
    name : str
        Pillow's name of the format.
    mode : str
        The mode of the image.
    alternatives : sequence of str
        Formats that can store it; the message names up to four.
    frames : int
        The number of frames.
    extension : str
        The extension to show instead of the name, for PBM, PGM, PPM and PFM; else empty.

    Examples
    --------
    >>> str(unstorable_error("WEBP", "CMYK", ["TIFF", "JPEG"]))
    'WEBP cannot hold CMYK images; TIFF, JPEG or .npy can'
    >>> str(unstorable_error("GIF", "F", ["PPM"])).partition(". ")[0]
    'GIF cannot hold floating-point grey images; PFM or .npy can'
    """
    pnm = PNM_EXTENSIONS.get(mode, ".ppm").lstrip(".").upper()
    others = ", ".join(pnm if each == "PPM" else each for each in alternatives[:4])
    if frames > 1 and name not in MULTI_FRAME_FORMATS:
        return FormatError(f"{name} holds one image, not {frames} frames; {others} or .npz can")
    shown = extension.lstrip(".").upper() or name
    either = f"{others} or .npy" if others else ".npy"
    narrow = _eight_bit_mode(mode)
    has_8_bits = narrow is not None and storable_mode(name, narrow, extension=extension) is not None
    advice = f". {EIGHT_BIT_ADVICE}" if has_8_bits else ""
    description = describe_mode(mode)
    return FormatError(f"{shown} cannot hold {description}; {either} can{advice}")


def describe_mode(mode: str) -> str:
    """Return what images of a mode are called in messages.

    Examples
    --------
    >>> describe_mode("I;16"), describe_mode("LA;uint16")
    ('16-bit grey images', '16-bit grey images with transparency')
    >>> describe_mode("RGB+1;float32")
    '32-bit float RGB images with 1 extra channel'
    """
    parts = parse_pixel_array_mode(mode)
    if parts is None:
        return MODE_DESCRIPTIONS.get(mode, mode)
    kind = parts.dtype.rstrip("0123456789")
    bits = parts.dtype.removeprefix(kind)
    depth = {"uint": f"{bits}-bit ", "int": f"signed {bits}-bit "}.get(kind, f"{bits}-bit {kind} ")
    depth = "" if parts.dtype == "uint8" else depth
    colour = MODE_DESCRIPTIONS[parts.colour].removeprefix("8-bit ")
    extra = parts.extra_channels
    channels = f"{extra} extra channel{'s' if extra > 1 else ''}"
    joined = "" if not extra else f" and {channels}" if " with " in colour else f" with {channels}"
    return f"{depth}{colour}{joined}"


def _eight_bit_mode(mode: str) -> str | None:
    """Return the mode of the same colours with 8 bits; None if values are complex or have 8 bits.

    Examples
    --------
    >>> _eight_bit_mode("F"), _eight_bit_mode("RGB;uint16"), _eight_bit_mode("RGB+1;uint8")
    ('L', 'RGB', None)
    """
    parts = parse_pixel_array_mode(mode)
    if parts is None:
        return "L" if mode in WIDE_MODES else None
    if parts.dtype == "uint8" or parts.dtype.startswith("complex"):
        return None
    return str(parts._replace(dtype="uint8")) if parts.extra_channels else parts.colour
