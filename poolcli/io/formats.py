"""Which formats there are, what they hold, and how they are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from poolcli.errors import FormatError, UsageError

ARRAY_FORMATS = {".npy": "NPY", ".npz": "NPZ"}

HOLDS: dict[str, tuple[str, ...]] = {
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
}
"""Modes that a format gives back as they were. Pillow writes more, but narrows them silently."""

COLOURS = {"P": "RGB", "P;1": "RGBA", "P;A": "RGBA"}
"""Palettes as colours: of ``P;1`` one index is transparent, in ``P;A`` each has its alpha."""

FRAMES = ("GIF", "PNG", "WEBP", "AVIF", "TIFF", "PDF", "MPO")
"""Formats that are written with several frames."""

PAGES = ("TIFF", "PDF", "MPO")
"""Those whose frames may be of unlike sizes and modes."""

EXTENSIONS = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "TIFF": ".tif",
    "JPEG2000": ".jp2",
    "PNG": ".png",
    "WEBP": ".webp",
    "AVIF": ".avif",
    "GIF": ".gif",
    "BMP": ".bmp",
    "DIB": ".dib",
    "PPM": ".ppm",
    "TGA": ".tga",
    "PCX": ".pcx",
    "SGI": ".sgi",
    "QOI": ".qoi",
    "DDS": ".dds",
    "ICO": ".ico",
    "IM": ".im",
    "SPIDER": ".spider",
    "MSP": ".msp",
    "XBM": ".xbm",
    "PDF": ".pdf",
    "EPS": ".eps",
}
"""The usual extension of each format that is written."""

COMMON = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
    ".avif": "AVIF",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".ppm": "PPM",
    ".pgm": "PPM",
    ".pbm": "PPM",
    ".jp2": "JPEG2000",
}
"""What most files are called: for these Pillow need not load all of its plugins."""

PNM = {"PPM": {"1": ".pbm", "L": ".pgm", "I;16": ".pgm", "RGB": ".ppm", "F": ".pfm"}}
"""A format whose extension says which mode it has."""

CODESTREAMS = (".j2k", ".j2c", ".jpc")
"""Extensions of a JPEG 2000 without a container."""

LARGEST = {"ICO": 256}
"""The most pixels a side, where a format has a limit that its users run into."""

EIGHT_BIT_WAYS = (
    "--dtype uint8 keeps the values (rounded, within 0 to 255), --normalize maps their range to 0 "
    "to 255 for looking at"
)
"""Ways to write numbers that a picture cannot hold, for error messages."""

NUMBERS = ("I;16", "I", "F")
"""Modes whose numbers are not of 8 bits."""

READ = (
    "BMP", "DIB", "GIF", "JPEG", "PPM", "PNG", "AVIF", "BLP", "CUR", "PCX", "DCX", "DDS", "FITS",
    "FLI", "FTEX", "GBR", "JPEG2000", "ICNS", "ICO", "IM", "IMT", "MCIDAS", "TIFF", "MSP", "PCD",
    "PIXAR", "PSD", "QOI", "SGI", "SPIDER", "SUN", "TGA", "WEBP", "XBM", "XPM", "XVTHUMB",
)  # fmt: skip
"""Formats that Pillow may open, in the order in which Pillow tries them.

Pillow's other formats are left out: EPS and WMF are programs, which Ghostscript or Windows would
run; IPTC opens its content as any format, EPS among them; BUFR, GRIB, HDF5 and MPEG are identified
but not decoded; FPX and MIC need another package."""


def format_of(extension: str, flag: str) -> str:
    """The format that an extension stands for.

    Raises
    ------
    UsageError
        If there is none that can be written.
    """
    name = extension_format(extension)
    if name is None or not is_writable(name):
        known = ", ".join(sorted(each[1:] for each in {*written_extensions(), ".mpo"}))
        shown = extension.lstrip(".") or "no extension"
        raise UsageError(f"{shown!r} is no format that can be written; these are: {known}", flag)
    return name


@cache
def written_extensions() -> frozenset[str]:
    """The extensions that `extension_for` gives."""
    maps = {extension for modes in PNM.values() for extension in modes.values()}
    return frozenset({*ARRAY_FORMATS, *maps, *EXTENSIONS.values()})


def extension_format(extension: str) -> str | None:
    """The format that an extension stands for, among all that can be read or written."""
    extension = extension.lower()
    if not extension or extension in ARRAY_FORMATS:
        return ARRAY_FORMATS.get(extension)
    return COMMON.get(extension) or _registered()[0].get(extension)


@cache
def _registered() -> tuple[dict[str, str], frozenset[str]]:
    """Pillow's formats by extension, and those that it decodes."""
    from PIL import Image

    Image.init()
    Image.register_extensions("SPIDER", [".spider", ".spi"])  # Pillow has none for it
    return dict(Image.EXTENSION), frozenset(READ) | {"MPO"}


def is_writable(name: str) -> bool:
    """Whether a format can be written."""
    return name in HOLDS or name in ARRAY_FORMATS.values()


def extension_for(name: str, mode: str = "") -> str:
    """The usual extension of a format, for a picture of this mode."""
    if name in PNM and mode in PNM[name]:
        return PNM[name][mode]
    if name in ARRAY_FORMATS.values():
        return f".{name.lower()}"
    return EXTENSIONS[name]


def extension_fits(extension: str, name: str, mode: str = "") -> bool:
    """Whether files of a format may bear an extension; MPO files are called .jpg by cameras."""
    if name in PNM and mode in PNM[name]:
        return extension.lower() in (PNM[name][mode], ".pnm")
    found = extension_format(extension)
    return found == name or (name == "MPO" and found == "JPEG")


@cache
def is_readable(extension: str) -> bool:
    """Whether an extension, lower case, is that of something that can be pooled."""
    if extension in ARRAY_FORMATS or extension in COMMON:
        return True
    extensions, decoded = _registered()
    return extensions.get(extension) in decoded


def storable_mode(
    name: str,
    mode: str,
    *,
    opaque: bool = False,
    from_palette: bool = False,
    extension: str | None = None,
) -> str | None:
    """The mode in which a format keeps a picture of this mode; None where it cannot.

    Of portable maps the extension, where it was asked for, says which modes are meant.

    Only palettes become colours, grey is widened to RGB, 1-bit to grey, an opaque alpha dropped,
    and for a GIF a palette made of colours that came out of one.

    Examples
    --------
    >>> storable_mode("JPEG", "1"), storable_mode("WEBP", "I;16")
    ('L', None)
    """
    if name == "GIF" and from_palette and mode in ("LA", "RGB", "RGBA"):
        return "RGBA" if mode == "LA" else mode
    chains: dict[str, tuple[str, ...]] = {
        "1": ("1", "L", "RGB"),
        "L": ("L", "RGB"),
        "LA": ("LA", "RGBA", *(("L", "RGB") if opaque else ())),
        "RGBA": ("RGBA", *(("RGB",) if opaque else ())),
        "P": ("P", "RGB"),
        "P;1": ("P;1", "RGBA"),
        "P;A": ("P;A", "RGBA"),
    }
    meant = {extension} & {".pbm", ".pgm", ".ppm", ".pfm"} if name in PNM else set()
    for candidate in chains.get(mode, (mode,)):
        if candidate in HOLDS.get(name, ()) and (not meant or PNM[name][candidate] in meant):
            return candidate
    return None


def common_mode(modes: Iterable[str]) -> str | None:
    """The mode that holds frames of several without loss; None where there is none.

    Examples
    --------
    >>> common_mode(["L", "RGB"]), common_mode(["LA", "RGB"]), common_mode(["L", "I;16"])
    ('RGB', 'RGBA', None)
    """
    unlike = set(modes)
    if len(unlike) == 1:
        return unlike.pop()
    unlike = {COLOURS.get(mode, mode) for mode in unlike}
    if not unlike <= {"1", "L", "LA", "RGB", "RGBA"}:
        return None
    colour = "RGB" if unlike & {"RGB", "RGBA"} else "L"
    return colour + ("A" if unlike & {"LA", "RGBA"} else "")


def refuse(
    name: str, mode: str, able: Sequence[str], *, frames: int = 1, extension: str | None = None
) -> FormatError:
    """The error for a format that cannot hold a picture, naming some that can.

    Of portable maps the extension says what they are to hold.
    """
    others = ", ".join(able[:4])
    shown = name if extension is None else extension.lstrip(".").upper()
    if frames > 1 and name not in FRAMES:
        return FormatError(f"{name} holds one picture, not {frames} frames; {others} or .npz can")
    either = f"{others} or .npy" if others else ".npy"
    is_a_way = mode in NUMBERS and storable_mode(name, "L", extension=extension) is not None
    ways = f". {EIGHT_BIT_WAYS}" if is_a_way else ""
    return FormatError(f"{shown} cannot hold {DESCRIPTIONS.get(mode, mode)}; {either} can{ways}")


DESCRIPTIONS = {
    "1": "1-bit pictures",
    "P": "pictures with a palette",
    "P;1": "palettes with transparency",
    "P;A": "palettes with partial transparency",
    "L": "grey pictures of 8 bits",
    "LA": "grey with transparency",
    "RGB": "RGB colour",
    "RGBA": "colour with transparency",
    "I;16": "grey of 16 bits",
    "I": "grey of 32 bits",
    "F": "floating-point grey",
    "CMYK": "CMYK colour",
    "YCbCr": "YCbCr colour",
    "LAB": "LAB colour",
}
