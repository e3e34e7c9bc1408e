"""Corrections, by format, of images that Pillow decodes wrongly.

Images that cannot be corrected are refused. Images that are only narrowed get a note, see
`decoding_losses`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from PIL import Image

from poolcli.io.file_position import keep_position
from poolcli.io.images.decoding.png_transparency import correct_transparency
from poolcli.io.pillow_private import im_lookup_table, largest_icns_image

AddNote = Callable[[str], None]

PSD_MAGIC, FITS_MAGIC = b"8BPS", b"SIMPLE  ="

UNCHECKED_FORMATS = ("PNG", "JPEG", "MPO", "TIFF", "WEBP", "AVIF", "GIF", "PPM")
"""Formats without a check before decoding: the module of the checks is not loaded for them."""


def check_before_opening(file: BinaryIO) -> None:
    """Raise `ReadError` if Pillow cannot open a file, or would read only a part of it."""
    with keep_position(file):
        file.seek(0)
        head = file.read(16)
    if head.startswith(PSD_MAGIC):
        from poolcli.io.images.decoding.psd import check_psd

        check_psd(file)
    if head.startswith(FITS_MAGIC):
        from poolcli.io.images.decoding.fits import check_fits

        check_fits(file)


def correct_before_decoding(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    """Correct the decoder settings of an opened image.

    Parameters
    ----------
    image : Image
        Opened and not decoded; changed in place.
    file : binary file
        The file of the image; its position is kept.
    add_note : callable
        Called with each note for the report.

    Raises
    ------
    ReadError
        If Pillow would decode it wrongly and that cannot be corrected.
    """
    if image.format in UNCHECKED_FORMATS:
        return
    from poolcli.io.images.decoding.rare_format_checks import CHECKS

    check = CHECKS.get(image.format or "")
    if check is not None:
        check(image, file, add_note)


def correct_decoded(image: Image.Image, file: BinaryIO, add_note: AddNote) -> Image.Image:
    """Return a decoded image or frame with correct pixels.

    Parameters
    ----------
    image : Image
        The decoded image; may be changed in place.
    file : binary file
        The file of the image; its position is kept.
    add_note : callable
        Called with each note for the report.

    Raises
    ------
    ReadError
        If the pixels cannot be corrected.
    """
    correct = CORRECTIONS.get(image.format or "")
    return image if correct is None else correct(image, file, add_note)


def _correct_png(image: Image.Image, file: BinaryIO, add_note: AddNote) -> Image.Image:
    correct_transparency(image, file, add_note)
    return image


def _correct_psd(image: Image.Image, file: BinaryIO, add_note: AddNote) -> Image.Image:
    from poolcli.io.images.decoding.psd import remove_white_matte

    return remove_white_matte(image, file) if image.mode == "RGBA" else image


def _read_fits(image: Image.Image, file: BinaryIO, add_note: AddNote) -> Image.Image:
    from poolcli.io.images.decoding.fits import read_fits_image

    return read_fits_image(file, add_note)


def _read_icon(image: Image.Image, file: BinaryIO, add_note: AddNote) -> Image.Image:
    from poolcli.io.images.decoding.icons import read_icon

    return read_icon(file, add_note)


def _read_icns(image: Image.Image, file: BinaryIO, add_note: AddNote) -> Image.Image:
    """Return the image of most pixels in a macOS icon with its alpha, which Pillow drops."""
    largest = largest_icns_image(image)
    largest.load()
    return largest


def _apply_im_table(image: Image.Image, file: BinaryIO, add_note: AddNote) -> Image.Image:
    """Return an image of the IM format after its lookup table."""
    table = im_lookup_table(image)
    if not table:
        return image
    unchanged = list(range(256)) * (len(image.getbands()) - len(table) // 256)
    return image.point(table + unchanged)


def _correct_tga(image: Any, file: BinaryIO, add_note: AddNote) -> Image.Image:
    """Make an image opaque if the header says that no bit of its pixels is alpha."""
    with keep_position(file):
        file.seek(16)
        depth, descriptor = file.read(2)
    if image.mode == "RGBA" and depth == 16 and not descriptor & 0x0F:
        image.putalpha(255)
    return image  # type: ignore[no-any-return]


CORRECTIONS: dict[str, Callable[[Image.Image, BinaryIO, AddNote], Image.Image]] = {
    "PNG": _correct_png,
    "PSD": _correct_psd,
    "FITS": _read_fits,
    "ICO": _read_icon,
    "CUR": _read_icon,
    "ICNS": _read_icns,
    "IM": _apply_im_table,
    "TGA": _correct_tga,
}
"""Functions that correct a decoded image, by Pillow's name of the format."""
