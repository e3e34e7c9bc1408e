"""Corrections, by format, of images that Pillow decodes wrongly.

Images that cannot be corrected are refused. Images that are only narrowed get a note, see
`decoding_losses`.
"""

from __future__ import annotations

from typing import BinaryIO

from PIL import Image

from poolcli.io.file_position import read_at
from poolcli.io.images.decoding.png_transparency import correct_transparency
from poolcli.io.note_callback_type import AddNote
from poolcli.io.pillow_private import im_lookup_table, largest_icns_image

PSD_MAGIC, FITS_MAGIC = b"8BPS", b"SIMPLE  ="

UNCHECKED_FORMATS = (
    "PNG", "JPEG", "MPO", "TIFF", "WEBP", "AVIF", "GIF", "PPM", "HEIF", "JXL",
)  # fmt: skip
"""Formats without a check before decoding: the module of the checks is not loaded for them."""


def check_before_opening(file: BinaryIO) -> None:
    """Raise `ReadError` if Pillow cannot open a file, or would read only a part of it."""
    head = read_at(file, 0, 16)
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
    from poolcli.io.images.decoding.rare_format_checks import check_rare_format

    check_rare_format(image, file, add_note)


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
    match image.format:
        case "PNG":
            correct_transparency(image, file)
        case "PSD" if image.mode == "RGBA":
            from poolcli.io.images.decoding.psd import remove_white_matte

            return remove_white_matte(image, file)
        case "FITS":
            from poolcli.io.images.decoding.fits import read_fits_image

            return read_fits_image(file, add_note)
        case "ICO" | "CUR":
            from poolcli.io.images.decoding.windows_bitmaps import read_icon

            return read_icon(file, add_note)
        case "ICNS":  # Pillow drops the alpha
            image = largest_icns_image(image)
            image.load()
        case "IM" if table := im_lookup_table(image):
            unchanged = list(range(256)) * (len(image.getbands()) - len(table) // 256)
            return image.point(table + unchanged)
        case "TGA" if image.mode == "RGBA" and not _has_tga_alpha(file):
            image.putalpha(255)
    return image


def _has_tga_alpha(file: BinaryIO) -> bool:
    """Return whether bits of the pixels are alpha, which 16-bit images may lack."""
    depth, descriptor = read_at(file, 16, 2)
    return depth != 16 or bool(descriptor & 0x0F)
