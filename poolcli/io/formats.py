"""Names, extensions and signatures of the formats that are read and written."""

from __future__ import annotations

import re
from functools import cache

from poolcli.errors import UsageError
from poolcli.io.storable_image_modes import PNM_EXTENSIONS, STORABLE_MODES

ARRAY_FORMATS = {
    ".npy": "NPY", ".npz": "NPZ", ".safetensors": "SAFETENSORS", ".zarr": "ZARR",
}  # fmt: skip

ARCHIVE_EXTENSIONS = {"NPZ": ".npz", "SAFETENSORS": ".safetensors"}
"""The formats of files that hold several arrays, by name, and their extensions."""

COMMON_EXTENSIONS = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF",
    ".webp": "WEBP", ".avif": "AVIF", ".gif": "GIF", ".bmp": "BMP", ".jp2": "JPEG2000",
    ".ppm": "PPM", ".pgm": "PPM", ".pbm": "PPM", ".heic": "HEIF", ".heif": "HEIF",
    ".heics": "HEIF", ".heifs": "HEIF", ".hif": "HEIF", ".jxl": "JXL",
}  # fmt: skip
"""The formats of common extensions. For these Pillow does not need to load all of its plugins."""

DEFAULT_EXTENSIONS = {
    **{name: f".{name.lower()}" for name in (*STORABLE_MODES, *ARRAY_FORMATS.values())},
    "JPEG": ".jpg", "MPO": ".jpg", "TIFF": ".tif", "JPEG2000": ".jp2", "HEIF": ".heic",
}  # fmt: skip
"""The usual extension of each format that is written."""

WRITTEN_EXTENSIONS = frozenset({*PNM_EXTENSIONS.values(), *DEFAULT_EXTENSIONS.values()})
"""The extensions that `default_extension` returns."""

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

SIGNATURE_BYTES = 256
"""The number of bytes to read: enough for a PNM header with comments and for the first local
header of an npz."""

TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""The first bytes of TIFF and BigTIFF files, in both byte orders."""

FIXED_SIGNATURES = (
    b"\x93NUMPY", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", *TIFF_SIGNATURES,
    b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51", b"qoif\0", b"8BPS\0", b"DDS |\0\0\0",
    b"\0\0\0\x0cJXL \r\n\x87\n",
)  # fmt: skip
"""The first bytes of common formats; signatures that text could contain by chance are missing."""

SAFETENSORS_PATTERN = rb'(?s:.{5})\0\0\0\{\s*["}]'
"""The first bytes of a safetensors file: the length of its header, below 1 TB, and JSON."""

HEIF_SIGNATURE = rb".{4}ftyp(?:hei[cmsx]|hev[cmsx]|m[is]f1(?!.{0,64}avi[fs]))"
"""The first bytes of a HEIF file that is no AVIF."""

SIGNATURE_PATTERN = (
    rb"(?s)RIFF.{4}WEBP"
    rb"|.{4}ftypavi[fs]"
    rb"|BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"
    rb"|P[1-6](\s|#[^\n]*\n)+[0-9]+\s+[0-9]+\s"
    rb"|PK\x03\x04.{26}[^\0]*\.npy"
    rb"|" + SAFETENSORS_PATTERN
    + rb"|" + HEIF_SIGNATURE
)  # fmt: skip
"""The first bytes of WebP, AVIF, BMP, PNM, npz, safetensors and HEIF files."""

PLUGIN_SIGNATURES = {
    "HEIF": rb"(?s)" + HEIF_SIGNATURE,
    "JXL": rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n",
}
"""The first bytes of formats that packages of the extra ``[formats]`` read, by Pillow's name."""


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
        known = ", ".join(sorted(each[1:] for each in {*WRITTEN_EXTENSIONS, ".mpo"}))
        shown = extension.lstrip(".") or "no extension"
        raise UsageError(f"{shown!r} is not a format that can be written; use: {known}", option)
    return name


def is_tiff(head: bytes) -> bool:
    """Return whether a file that starts with some bytes is a TIFF or BigTIFF.

    Examples
    --------
    >>> is_tiff(b"II*\\0\\x08\\0\\0\\0"), is_tiff(b"II")
    (True, False)
    """
    return head.startswith(TIFF_SIGNATURES)


def is_safetensors(head: bytes) -> bool:
    """Return whether a file that starts with some bytes is a safetensors file.

    Examples
    --------
    >>> is_safetensors(b'\\x10\\0\\0\\0\\0\\0\\0\\0{"a":{'), is_safetensors(b"\\x10\\0\\0")
    (True, False)
    """
    return re.match(SAFETENSORS_PATTERN, head) is not None


def plugin_format(head: bytes) -> str | None:
    """Return the format of a file that a package of the extra ``[formats]`` reads; None of others.

    Examples
    --------
    >>> plugin_format(b"\\0\\0\\0\\x18ftypheic"), plugin_format(b"GIF89a")
    ('HEIF', None)
    """
    names = (name for name, pattern in PLUGIN_SIGNATURES.items() if re.match(pattern, head))
    return next(names, None)


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
    """Return whether a format can be written."""
    return name in DEFAULT_EXTENSIONS


def default_extension(name: str, mode: str = "") -> str:
    """Return the usual extension of a format.

    Parameters
    ----------
    name : str
        Pillow's name of a format that is written, or of arrays, such as ``NPZ``.
    mode : str
        The mode of the image, on which the extensions of PNM files depend.

    Examples
    --------
    >>> default_extension("JPEG"), default_extension("PPM", "L"), default_extension("NPY")
    ('.jpg', '.pgm', '.npy')
    """
    return PNM_EXTENSIONS.get(mode, ".ppm") if name == "PPM" else DEFAULT_EXTENSIONS[name]


def extension_fits(extension: str, name: str, mode: str = "") -> bool:
    """Return whether a file of a format may have an extension.

    Parameters
    ----------
    extension : str
        With its dot, in any case.
    name : str
        Pillow's name of the format, or of arrays, such as ``NPZ``.
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
    """Return whether a lower-case extension belongs to a file format that can be pooled."""
    if extension == ".zarr":  # a folder
        return False
    if extension in ARRAY_FORMATS or extension in COMMON_EXTENSIONS:
        return True
    return _pillow_extensions().get(extension) in {*READABLE_FORMATS, "MPO"}


def has_poolable_signature(head: bytes) -> bool:
    """Return whether a file starts like a common image or array format.

    Files in a folder whose extension is unknown are tested with this function.

    Examples
    --------
    >>> has_poolable_signature(b"P5 4 4 255 "), has_poolable_signature(b"P5 is a text")
    (True, False)
    """
    return head.startswith(FIXED_SIGNATURES) or re.match(SIGNATURE_PATTERN, head) is not None
