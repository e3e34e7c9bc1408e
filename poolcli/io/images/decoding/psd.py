"""Photoshop files (PSD): the header, and the channels of the composite of all layers."""

from __future__ import annotations

import io
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position, read_at
from poolcli.io.note_callback_type import AddNote
from poolcli.io.pillow_private import Tile, psd_resources, set_mode, set_tiles

HEADER_BYTES = 26

COLOUR_MODES = {
    0: "1-bit", 1: "grey", 2: "indexed", 3: "RGB", 4: "CMYK", 7: "multichannel", 8: "duotone",
    9: "Lab",
}  # fmt: skip
"""Names of the colour modes (Adobe Photoshop File Formats Specification, file header)."""

RAW, PACKBITS = 0, 1
"""Compressions of the composite that are read; 2 and 3 are ZIP."""

TRANSPARENT_INDEX, VERSION_INFO = 1047, 1057
"""Image resources: the transparent index, and whether the file has a composite."""

RESOLUTION, EXIF, XMP = 1005, 1058, 1060
"""Image resources: the resolution, EXIF without the name of its JPEG segment, and XMP."""

SAVE_AS = "save it as PNG or TIFF from the program that made it"


class PsdHeader(NamedTuple):
    """The header of a PSD, and the place of the composite of all layers.

    Attributes
    ----------
    channels : int
        The number of channels of the composite, with alpha and saved selections.
    colour_mode : int
        A key of `COLOUR_MODES`.
    has_alpha : bool
        Whether the first channel after the colours is transparency.
    compression : int
        The compression of the composite: 0 none, 1 PackBits, 2 and 3 ZIP.
    start : int
        The offset of the data of the composite, in bytes.
    """

    channels: int
    colour_mode: int
    has_alpha: bool
    compression: int
    start: int


def check_psd(file: BinaryIO) -> None:
    """Raise `ReadError` if Pillow would not read a PSD, or only a part of it.

    These are PSB, 16 or 32 bits per channel, and multichannel.
    """
    head = read_at(file, 0, HEADER_BYTES)
    version, depth, colour_mode = (int.from_bytes(head[at : at + 2], "big") for at in (4, 22, 24))
    if version == 2:
        raise ReadError(f"a large Photoshop document (PSB), which is not read; {SAVE_AS}")
    name = COLOUR_MODES.get(colour_mode, "unknown")
    if depth in (16, 32):
        raise ReadError(f"a {name} PSD of {depth} bits a channel, which is not read; {SAVE_AS}")
    if name == "multichannel":
        raise ReadError(f"a multichannel PSD, which is not read; {SAVE_AS}")


def correct_psd_decoder(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    """Correct the offsets of channels, alpha and metadata that Pillow reads from a PSD.

    Pillow assumes that the table of row lengths (PackBits) covers the channels that it reads,
    although it covers all channels, and that set bits of 1-bit images are white.

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
        If there is no composite, or Pillow does not read its compression.
    """
    resources = dict(psd_resources(image))
    if resources.get(VERSION_INFO, b"")[4:5] == b"\0":
        raise ReadError(
            "a PSD without a composite of its layers; save it with 'Maximize Compatibility', or "
            "as PNG or TIFF"
        )
    with keep_position(file):
        header = _read_header(file)
        if header.compression not in (RAW, PACKBITS):
            raise ReadError(f"a PSD compressed by ZIP, which is not read; {SAVE_AS}")
        if image.mode == "RGB" and header.has_alpha and header.channels > 3:
            set_mode(image, "RGBA")
        set_tiles(image, _channel_tiles(image, file, header))
    _restore_metadata(image, resources)
    index = resources.get(TRANSPARENT_INDEX)
    if image.mode == "P" and index is not None:
        image.info["transparency"] = int.from_bytes(index[:2], "big")
    unread = header.channels - len(image.getbands())
    if unread > 0:
        add_note(f"{unread} of {header.channels} channels, alpha or selections, were left out")
    if COLOUR_MODES.get(header.colour_mode) == "duotone":
        add_note("duotone was read as grey, without its inks")


def _restore_metadata(image: Image.Image, resources: dict[int, bytes]) -> None:
    """Copy metadata from the resources to `info`, where Pillow stores that of other formats."""
    if (exif := resources.get(EXIF)) is not None:
        image.info["exif"] = b"Exif\0\0" + exif
    if (xmp := resources.get(XMP)) is not None:
        image.info["xmp"] = xmp
    resolution = resources.get(RESOLUTION, b"")
    if len(resolution) >= 12:  # two fixed-point numbers of 16 + 16 bits
        horizontal, vertical = (int.from_bytes(resolution[at : at + 4], "big") for at in (0, 8))
        image.info["dpi"] = horizontal / 65536, vertical / 65536


def remove_white_matte(image: Image.Image, file: BinaryIO) -> Image.Image:
    """Return a decoded RGBA image of a PSD without the white in partly transparent colours.

    Photoshop stores the composite of an image with transparency over white.

    Parameters
    ----------
    image : Image
        The decoded image.
    file : binary file
        The file of the image; its position is kept.
    """
    with keep_position(file):
        if not _read_header(file).has_alpha:
            return image
    pixels = np.asarray(image).astype(np.float32)
    alpha = pixels[..., 3:]
    divisor = np.maximum(alpha, 1)
    colours = np.floor((pixels[..., :3] - 255 + alpha) * 255 / divisor + 0.5).clip(0, 255)
    pixels[..., :3] = np.where(alpha > 0, colours, pixels[..., :3])
    return Image.fromarray(pixels.astype(np.uint8))


def _read_header(file: BinaryIO) -> PsdHeader:
    """Read the header; the position of the file is not kept."""
    file.seek(0)
    head = file.read(HEADER_BYTES)
    for _ in range(2):  # colour mode data, image resources
        _skip_section(file)
    layers_start = file.tell()
    layers = file.read(10)
    # A negative number of layers means that the first further channel is transparency.
    has_layers = int.from_bytes(layers[:4], "big") > 4 and int.from_bytes(layers[4:8], "big") > 0
    has_alpha = has_layers and bool(layers[8] & 0x80)
    file.seek(layers_start)
    _skip_section(file)
    compression = int.from_bytes(file.read(2), "big")
    channels, colour_mode = (int.from_bytes(head[at : at + 2], "big") for at in (12, 24))
    return PsdHeader(channels, colour_mode, has_alpha, compression, file.tell())


def _skip_section(file: BinaryIO) -> None:
    """Skip a section, which begins with its length in bytes."""
    file.seek(int.from_bytes(file.read(4), "big"), io.SEEK_CUR)


def _channel_tiles(image: Image.Image, file: BinaryIO, header: PsdHeader) -> list[Tile]:
    """Return Pillow's tiles, one for each channel of an image."""
    width, height = image.size
    row_bytes = (width + 7) // 8 if image.mode == "1" else width
    sizes = [row_bytes * height] * header.channels
    offset, codec = header.start, "raw"
    if header.compression == PACKBITS:
        count = header.channels * height
        if file.seek(0, io.SEEK_END) < header.start + 2 * count:
            raise ReadError("the image cannot be decoded: the PSD is cut off")
        file.seek(header.start)
        table = np.frombuffer(file.read(2 * count), ">u2")
        sizes = table.reshape(header.channels, height).sum(axis=1).tolist()
        offset, codec = file.tell(), "packbits"
    tiles = []
    for band, size in zip(image.getbands(), sizes, strict=False):
        raw_mode = f"{band};I" if image.mode in ("1", "CMYK") else band
        tiles.append(Tile(codec, (0, 0, width, height), offset, raw_mode))
        offset += size
    return tiles
