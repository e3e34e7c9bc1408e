"""Corrections, by format, of pictures that Pillow decodes wrongly.

What cannot be corrected is refused in one line; what is only narrowed is noted by `probe`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from PIL import Image

from poolcli.io.file_position import keep_position
from poolcli.io.images.decoding.png_header import correct_transparency

Say = Callable[[str], None]

PSD_MAGIC, FITS_MAGIC = b"8BPS", b"SIMPLE  ="

UNCHECKED = ("PNG", "JPEG", "MPO", "TIFF", "WEBP", "AVIF", "GIF", "PPM")
"""Common formats of which no check before decoding is known; others load their modules late."""


def check_before_opening(file: BinaryIO) -> None:
    """Refuse a file that Pillow cannot open, or of which it reads a part.

    Raises
    ------
    ReadError
        If it is one; the message says what it is and how to go on.
    """
    with keep_position(file):
        file.seek(0)
        head = file.read(16)
    if head.startswith(PSD_MAGIC):
        from poolcli.io.images.decoding.psd_header import check_psd

        check_psd(file)
    if head.startswith(FITS_MAGIC):
        from poolcli.io.images.decoding.fits_header import check_fits

        check_fits(file)


def correct_before_decoding(image: Image.Image, file: BinaryIO, say: Say) -> None:
    """Correct the decoder settings of an opened picture.

    Parameters
    ----------
    image : Image
        Changed in place.
    say : callable
        Takes what the person should know.

    Raises
    ------
    ReadError
        If it would be wrong, and cannot be helped.
    """
    if image.format in UNCHECKED:
        return
    from poolcli.io.images.decoding.rare_formats import CHECKS

    check = CHECKS.get(image.format or "")
    if check is not None:
        check(image, file, say)


def corrected(image: Image.Image, file: BinaryIO, say: Say) -> Image.Image:
    """The decoded picture or frame, with its pixels corrected.

    Parameters
    ----------
    say : callable
        Takes what the person should know.

    Raises
    ------
    ReadError
        If they cannot be had.
    """
    correct = CORRECTIONS.get(image.format or "")
    return image if correct is None else correct(image, file, say)


def _png(image: Image.Image, file: BinaryIO, say: Say) -> Image.Image:
    correct_transparency(image, file, say)
    return image


def _psd(image: Image.Image, file: BinaryIO, say: Say) -> Image.Image:
    from poolcli.io.images.decoding.psd_header import correct_matte

    return correct_matte(image, file) if image.mode == "RGBA" else image


def _fits(image: Image.Image, file: BinaryIO, say: Say) -> Image.Image:
    from poolcli.io.images.decoding.fits_header import fits_pixels

    return fits_pixels(file, say)


def _icon(image: Image.Image, file: BinaryIO, say: Say) -> Image.Image:
    from poolcli.io.images.decoding.icons import icon_pixels

    return icon_pixels(file, say)


def _icns(image: Any, file: BinaryIO, say: Say) -> Image.Image:
    """The picture of most pixels in a macOS icon, with its transparency, which Pillow drops."""
    best = max(image.info["sizes"], key=lambda size: size[0] * size[2])
    inner: Image.Image = image.icns.getimage(best)
    inner.load()
    return inner


def _im(image: Any, file: BinaryIO, say: Say) -> Image.Image:
    """A picture seen through the lookup table of its file."""
    lut = getattr(image, "lut", None)
    if not lut:
        return image  # type: ignore[no-any-return]
    own = list(range(256))
    return image.point(lut + own * (len(image.getbands()) - len(lut) // 256))  # type: ignore[no-any-return]


def _tga(image: Any, file: BinaryIO, say: Say) -> Image.Image:
    """A picture that is opaque where the header says that no bit of its pixels is alpha."""
    with keep_position(file):
        file.seek(16)
        depth, descriptor = file.read(2)
    if image.mode == "RGBA" and depth == 16 and not descriptor & 0x0F:
        image.putalpha(255)
    return image  # type: ignore[no-any-return]


CORRECTIONS: dict[str, Callable[[Image.Image, BinaryIO, Say], Image.Image]] = {
    "PNG": _png,
    "PSD": _psd,
    "FITS": _fits,
    "ICO": _icon,
    "CUR": _icon,
    "ICNS": _icns,
    "IM": _im,
    "TGA": _tga,
}
"""Functions that correct a decoded picture, by Pillow's name of the format."""
