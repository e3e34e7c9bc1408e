"""Opening of HEIF and JPEG XL images; images that their plugins read wrongly are refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from PIL import Image, UnidentifiedImageError

from poolcli.errors import ReadError
from poolcli.io.images.pixel_limits import check_pixels
from poolcli.io.images.plugins.jpegxl_header import ALPHA, JpegXlHeader, read_jpegxl_header
from poolcli.io.images.plugins.plugins_installed import PLUGINS, load_plugin
from poolcli.io.stdout_and_stderr import silence_stderr

UNREADABLE = "the image cannot be decoded; get a new copy"

RUST_PANIC = "PanicException"
"""The exception, no subclass of Exception, that a failed assertion of pillow-jxl-plugin raises."""


def open_plugin_image(file: BinaryIO, format_name: str, max_pixels: int) -> Image.Image:
    """Return an opened image of a format of `PLUGINS`.

    Parameters
    ----------
    file : binary file
        The file; it can be read and sought in.
    format_name : str
        Pillow's name of the format.
    max_pixels : int
        The largest image to decode, in pixels; 0 for no limit. The plugin of JPEG XL decodes an
        image when it opens it.

    Raises
    ------
    ReadError
        If the plugin is not installed, or would narrow or lose values.
    LimitError
        If a JPEG XL image has too many pixels.
    """
    load_plugin(format_name, "read")
    header = None
    if format_name == "JXL":
        header = read_jpegxl_header(file)
        check_pixels(header.width, header.height, max_pixels)
        check_jpegxl(header)
    file.seek(0)
    with silence_stderr(), _plugin_errors():
        image: Any = Image.open(file, formats=[format_name])
        if header is not None:
            image.load()
            image.fc = image._data = b""  # the file, and a second copy of the pixels
    if header is not None and header.is_srgb:
        image.info.pop("icc_profile", None)  # made by the decoder
    return image  # type: ignore[no-any-return]


@contextmanager
def _plugin_errors() -> Iterator[None]:
    """Convert errors of the plugins, whose messages do not help users, to a `ReadError`."""
    try:
        yield
    except (UnidentifiedImageError, RuntimeError) as error:
        raise ReadError(UNREADABLE) from error
    except BaseException as error:
        if type(error).__name__ != RUST_PANIC:
            raise
        raise ReadError(UNREADABLE) from error


def check_jpegxl(header: JpegXlHeader) -> None:
    """Raise `ReadError` if pillow-jxl-plugin would narrow or lose values of an image.

    Examples
    --------
    >>> check_jpegxl(JpegXlHeader(bits=16, is_grey=True))
    >>> check_jpegxl(JpegXlHeader(bits=16))
    Traceback (most recent call last):
    poolcli.errors.ReadError: a JPEG XL image with 16-bit colours, of which pillow-jxl-plugin ...
    """
    loss = _loss_of_jpegxl(header)
    if loss is not None:
        what, decoded = loss
        raise ReadError(
            f"a JPEG XL image with {what}, {decoded}; convert it first: djxl FILE OUT.png"
        )


def _loss_of_jpegxl(header: JpegXlHeader) -> tuple[str, str] | None:
    """Return what the plugin reads wrongly, and how."""
    plugin = PLUGINS["JXL"].package
    if header.is_animated:
        return "several frames", f"of which {plugin} decodes one"
    if header.has_premultiplied_alpha:
        return "premultiplied alpha", f"which {plugin} does not divide by"
    if list(header.extra_channels) not in ([], [ALPHA]):
        return "channels beside colours and alpha", f"which {plugin} does not read"
    if header.bits > 8 and (not header.is_grey or header.extra_channels):
        kind = "float" if header.is_float else ""
        colours = f"{header.bits}-bit {kind} colours".replace("  ", " ")
        return colours, f"of which {plugin} gives 8 bits"
    return None
