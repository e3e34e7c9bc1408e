"""Names and extensions of the formats that are read and written."""

from __future__ import annotations

from functools import cache

from poolcli.errors import UsageError
from poolcli.io.storable_modes import PNM_EXTENSIONS, STORABLE_MODES

ARRAY_FORMATS = {".npy": "NPY", ".npz": "NPZ"}

COMMON_EXTENSIONS = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF",
    ".webp": "WEBP", ".avif": "AVIF", ".gif": "GIF", ".bmp": "BMP", ".jp2": "JPEG2000",
    ".ppm": "PPM", ".pgm": "PPM", ".pbm": "PPM",
}  # fmt: skip
"""The formats of common extensions. For these Pillow does not need to load all of its plugins."""

DEFAULT_EXTENSIONS = {name: f".{name.lower()}" for name in STORABLE_MODES} | {
    "JPEG": ".jpg", "MPO": ".jpg", "TIFF": ".tif", "JPEG2000": ".jp2",
}  # fmt: skip
"""The usual extension of each image format that is written."""

CODESTREAM_EXTENSIONS = (".j2k", ".j2c", ".jpc")
"""Extensions of JPEG 2000 files without a container."""

READABLE_FORMATS = (
    "BMP", "DIB", "GIF", "JPEG", "PPM", "PNG", "AVIF", "BLP", "CUR", "PCX", "DCX", "DDS", "FITS",
    "FLI", "FTEX", "GBR", "JPEG2000", "ICNS", "ICO", "IM", "IMT", "MCIDAS", "TIFF", "MSP", "PCD",
    "PIXAR", "PSD", "QOI", "SGI", "SPIDER", "SUN", "TGA", "WEBP", "XBM", "XPM", "XVTHUMB",
)  # fmt: skip
"""The formats that Pillow may open, in the order in which Pillow tries them.

The others are excluded: EPS and WMF are programs, which Ghostscript or Windows would run; IPTC
opens its content as any format, including EPS; BUFR, GRIB, HDF5 and MPEG are identified but not
decoded; FPX and MIC need another package."""


def parse_format(extension: str, option: str) -> str:
    """Return the format that an extension stands for.

    Parameters
    ----------
    extension : str
        With its dot.
    option : str
        The option to name in the error.

    Raises
    ------
    UsageError
        If no format that can be written has this extension.

    Examples
    --------
    >>> parse_format(".tif", "--format")
    'TIFF'
    """
    name = format_of_extension(extension)
    if name is None or not is_writable_format(name):
        known = ", ".join(sorted(each[1:] for each in {*written_extensions(), ".mpo"}))
        shown = extension.lstrip(".") or "no extension"
        raise UsageError(f"{shown!r} is not a format that can be written; use: {known}", option)
    return name


@cache
def written_extensions() -> frozenset[str]:
    """Return the extensions that `default_extension` returns."""
    return frozenset({*ARRAY_FORMATS, *PNM_EXTENSIONS.values(), *DEFAULT_EXTENSIONS.values()})


def format_of_extension(extension: str) -> str | None:
    """Return the format that an extension stands for, if it can be read or written; else None."""
    extension = extension.lower()
    if not extension or extension in ARRAY_FORMATS:
        return ARRAY_FORMATS.get(extension)
    return COMMON_EXTENSIONS.get(extension) or _pillow_extensions().get(extension)


@cache
def _pillow_extensions() -> dict[str, str]:
    """Return Pillow's formats by extension."""
    from PIL import Image

    Image.init()
    Image.register_extensions("SPIDER", [".spider", ".spi"])  # Pillow has none for it
    return dict(Image.EXTENSION)


def is_writable_format(name: str) -> bool:
    """Return True if a format can be written."""
    return name in STORABLE_MODES or name in ARRAY_FORMATS.values()


def default_extension(name: str, mode: str = "") -> str:
    """Return the usual extension of a format.

    Parameters
    ----------
    name : str
        Pillow's name of the format, or ``NPY``, ``NPZ``.
    mode : str
        The mode of the image, on which the extensions of PNM files depend.

    Examples
    --------
    >>> default_extension("JPEG"), default_extension("PPM", "L"), default_extension("NPY")
    ('.jpg', '.pgm', '.npy')
    """
    if name == "PPM" and mode in PNM_EXTENSIONS:
        return PNM_EXTENSIONS[mode]
    return DEFAULT_EXTENSIONS.get(name) or f".{name.lower()}"


def extension_fits(extension: str, name: str, mode: str = "") -> bool:
    """Return True if a file of a format may have an extension.

    Parameters
    ----------
    extension : str
        With its dot, in any case.
    name : str
        Pillow's name of the format, or ``NPY``, ``NPZ``.
    mode : str
        The mode of the image, on which the extensions of PNM files depend.

    Examples
    --------
    >>> extension_fits(".JPEG", "JPEG"), extension_fits(".jpg", "MPO")
    (True, True)
    >>> extension_fits(".pgm", "PPM", "RGB"), extension_fits(".pnm", "PPM", "RGB")
    (False, True)
    """
    if name == "PPM" and mode in PNM_EXTENSIONS:
        return extension.lower() in (PNM_EXTENSIONS[mode], ".pnm")
    found = format_of_extension(extension)
    return found == name or (name == "MPO" and found == "JPEG")  # cameras name MPO files .jpg


@cache
def is_readable_extension(extension: str) -> bool:
    """Return True if a lower-case extension belongs to a format that can be pooled."""
    if extension in ARRAY_FORMATS or extension in COMMON_EXTENSIONS:
        return True
    return _pillow_extensions().get(extension) in {*READABLE_FORMATS, "MPO"}
