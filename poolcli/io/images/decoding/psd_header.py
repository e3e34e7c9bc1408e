"""The header of a Photoshop file (PSD), and where the channels of its composite are."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image, ImageFile

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position

HEADER_BYTES = 26

BITMAP, RGB, MULTICHANNEL, DUOTONE = 0, 3, 7, 8

COLOUR_MODES = {
    BITMAP: "1-bit",
    1: "grey",
    2: "indexed",
    RGB: "RGB",
    4: "CMYK",
    MULTICHANNEL: "multichannel",
    DUOTONE: "duotone",
    9: "Lab",
}
"""Names of the colour modes (Adobe Photoshop File Formats Specification, file header)."""

RAW, PACKBITS = 0, 1
"""Compressions of the composite that are read; there are two of ZIP."""

TRANSPARENT_INDEX, VERSION_INFO = 1047, 1057
"""Image resources: which index is transparent, and whether there is a composite."""

RESOLUTION, EXIF, XMP = 1005, 1058, 1060
"""Image resources: pixels an inch, EXIF without the name of its segment, and XMP."""

INSTEAD = "save it as PNG or TIFF from the program that made it"


class PsdHeader(NamedTuple):
    """The header of a PSD, and where its composite of all layers is.

    Attributes
    ----------
    channels : int
        How many the composite has, with alpha and saved selections.
    colour_mode : int
        One of `COLOUR_MODES`.
    has_alpha : bool
        Whether the first channel after the colours is transparency.
    compression : int
        Of the composite: 0 none, 1 PackBits, 2 and 3 ZIP.
    start : int
        Where the data of the composite begins.
    """

    channels: int
    colour_mode: int
    has_alpha: bool
    compression: int
    start: int


def check_psd(file: BinaryIO) -> None:
    """Refuse what Pillow does not read, or reads in part.

    Raises
    ------
    ReadError
        If it is one of these: PSB, 16 or 32 bits a channel, multichannel.
    """
    with keep_position(file):
        file.seek(0)
        head = file.read(HEADER_BYTES)
    version, depth, colour_mode = (int.from_bytes(head[at : at + 2], "big") for at in (4, 22, 24))
    if version == 2:
        raise ReadError(f"a large Photoshop document (PSB), which is not read; {INSTEAD}")
    name = COLOUR_MODES.get(colour_mode, "unknown")
    if depth in (16, 32):
        raise ReadError(f"a {name} PSD of {depth} bits a channel, which is not read; {INSTEAD}")
    if colour_mode == MULTICHANNEL:
        raise ReadError(f"a multichannel PSD, which is not read; {INSTEAD}")


def locate_channels(image: Any, file: BinaryIO, say: Callable[[str], None]) -> None:
    """Correct the channel offsets of Pillow's PSD decoder.

    It takes the table of row lengths (PackBits) to cover the channels that it reads, not all, and
    bits of 1-bit pictures to be white.

    Parameters
    ----------
    image : Image
        Opened and not decoded; changed in place.
    say : callable
        Takes what the person should know.

    Raises
    ------
    ReadError
        If there is no composite, or one of a compression that Pillow does not read.
    """
    resources = {number: data for number, _, data in image.resources}
    if resources.get(VERSION_INFO, b"")[4:5] == b"\0":
        raise ReadError(
            "a PSD without a composite of its layers; save it with 'Maximize Compatibility', or "
            "as PNG or TIFF"
        )
    with keep_position(file):
        header = _read_header(file)
        if header.compression not in (RAW, PACKBITS):
            raise ReadError(f"a PSD compressed by ZIP, which is not read; {INSTEAD}")
        if image.mode == "RGB" and header.has_alpha and header.channels > 3:
            image._mode = "RGBA"
        image.tile = _tiles(image, file, header)
    _give_metadata(image, resources)
    index = resources.get(TRANSPARENT_INDEX)
    if image.mode == "P" and index is not None:
        image.info["transparency"] = int.from_bytes(index[:2], "big")
    left = header.channels - len(image.getbands())
    if left > 0:
        say(f"{left} of {header.channels} channels, alpha or selections, were left out")
    if header.colour_mode == DUOTONE:
        say("duotone was read as grey, without its inks")


def _give_metadata(image: Any, resources: dict[int, bytes]) -> None:
    """Put metadata that Pillow leaves in the resources where it has that of other formats."""
    if (exif := resources.get(EXIF)) is not None:
        image.info["exif"] = b"Exif\0\0" + exif
    if (xmp := resources.get(XMP)) is not None:
        image.info["xmp"] = xmp
    resolution = resources.get(RESOLUTION, b"")
    if len(resolution) >= 12:  # two fixed-point numbers of 16 + 16 bits
        across, down = (int.from_bytes(resolution[at : at + 4], "big") for at in (0, 8))
        image.info["dpi"] = across / 65536, down / 65536


def correct_matte(image: Image.Image, file: BinaryIO) -> Image.Image:
    """A decoded PSD whose colours are not mixed with white where they are partly transparent.

    Photoshop stores the composite of a picture with transparency over white.
    """
    with keep_position(file):
        if not _read_header(file).has_alpha:
            return image
    pixels = np.asarray(image).astype(np.float32)
    alpha = pixels[..., 3:]
    shown = np.maximum(alpha, 1)
    colours = np.floor((pixels[..., :3] - 255 + alpha) * 255 / shown + 0.5).clip(0, 255)
    pixels[..., :3] = np.where(alpha > 0, colours, pixels[..., :3])
    return Image.fromarray(pixels.astype(np.uint8))


def _read_header(file: BinaryIO) -> PsdHeader:
    file.seek(0)
    head = file.read(HEADER_BYTES)
    for _ in range(2):  # colour mode data, image resources
        _skip(file)
    layers_at = file.tell()
    layers = file.read(10)
    # A negative number of layers: the first further channel is transparency.
    has_layers = int.from_bytes(layers[:4], "big") > 4 and int.from_bytes(layers[4:8], "big") > 0
    has_alpha = has_layers and bool(layers[8] & 0x80)
    file.seek(layers_at)
    _skip(file)
    compression = int.from_bytes(file.read(2), "big")
    channels, colour_mode = (int.from_bytes(head[at : at + 2], "big") for at in (12, 24))
    return PsdHeader(channels, colour_mode, has_alpha, compression, file.tell())


def _skip(file: BinaryIO) -> None:
    """Skip a section, which begins with its length."""
    size = int.from_bytes(file.read(4), "big")
    file.seek(size, io.SEEK_CUR)


def _tiles(image: Any, file: BinaryIO, header: PsdHeader) -> list[Any]:
    """A tile of Pillow's for each band of a picture."""
    width, height = image.size
    row = (width + 7) // 8 if image.mode == "1" else width
    sizes = [row * height] * header.channels
    offset, decoder = header.start, "raw"
    if header.compression == PACKBITS:
        count = header.channels * height
        if file.seek(0, io.SEEK_END) < header.start + 2 * count:
            raise ReadError("the picture cannot be decoded: the PSD is cut off")
        file.seek(header.start)
        table = np.frombuffer(file.read(2 * count), ">u2")
        sizes = table.reshape(header.channels, height).sum(axis=1).tolist()
        offset, decoder = file.tell(), "packbits"
    tiles = []
    for band, size in zip(image.getbands(), sizes, strict=False):
        raw = f"{band};I" if image.mode in ("1", "CMYK") else band
        tiles.append(ImageFile._Tile(decoder, (0, 0, width, height), offset, raw))
        offset += size
    return tiles
