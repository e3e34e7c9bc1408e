"""Private and undocumented parts of Pillow, each behind a function with a plain meaning.

No other module of poolcli uses them. `tests/io/test_pillow_private.py` checks that they are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from PIL import Image, ImageFile

CHECKED_VERSION = "13.0.0"
"""The version of Pillow that this module was checked with."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""

Tile = ImageFile._Tile
"""A part of an opened image, as Pillow is going to decode it: codec, extents, offset, arguments."""


def read_raw_bytes(image: Image.Image, box: Box, raw_mode: str, nbytes: int) -> bytes:
    """Return the pixels of a box of a loaded image as bytes, row by row.

    This takes one step. `numpy.asarray` of a cropped image copies it three times; of a whole image
    it joins blocks of 64 KB.

    Parameters
    ----------
    image : Image
        The loaded image.
    box : tuple of int
        The pixels to return.
    raw_mode : str
        The layout of the bytes, one of Pillow's raw modes of the image's mode.
    nbytes : int
        The number of bytes that the box takes.

    Examples
    --------
    >>> read_raw_bytes(Image.new("L", (3, 2), 7), (0, 0, 2, 2), "L", 4)
    b'\\x07\\x07\\x07\\x07'
    """
    encoder = Image._getencoder(image.mode, "raw", (raw_mode,), ())
    encoder.setimage(image.im, box)
    _, _, data = encoder.encode(nbytes)
    return data


def write_raw_bytes(image: Image.Image, box: Box, raw_mode: str, data: memoryview) -> None:
    """Replace the pixels of a box of a loaded image, row by row.

    Parameters
    ----------
    image : Image
        The loaded image; changed in place.
    box : tuple of int
        The pixels to replace.
    raw_mode : str
        The layout of the bytes, one of Pillow's raw modes of the image's mode.
    data : memoryview
        Contiguous bytes, as many as the box takes.

    Examples
    --------
    >>> image = Image.new("L", (2, 1))
    >>> write_raw_bytes(image, (1, 0, 2, 1), "L", memoryview(b"\\x07"))
    >>> image.tobytes()
    b'\\x00\\x07'
    """
    decoder = Image._getdecoder(image.mode, "raw", (raw_mode, 0, 1), ())
    decoder.setimage(image.im, box)
    decoder.decode(data)


def tiles_of(image: Image.Image) -> list[Tile]:
    """Return the tiles that Pillow is going to decode; none after the image was loaded."""
    return list(getattr(image, "tile", ()))


def set_tiles(image: Image.Image, tiles: Iterable[Tile]) -> None:
    """Replace the tiles of an image.

    Parameters
    ----------
    image : Image
        Opened and not loaded; changed in place.
    tiles : iterable of Tile
        The parts of the file that Pillow is going to decode.
    """
    image.tile = list(tiles)  # type: ignore[attr-defined]


def set_raw_mode(image: Image.Image, raw_mode: str) -> None:
    """Replace the raw mode of the first tile of an image, and drop all other tiles.

    Parameters
    ----------
    image : Image
        Opened and not loaded; changed in place.
    raw_mode : str
        The layout of the stored pixels, one of Pillow's raw modes of the image's mode.
    """
    tile = tiles_of(image)[0]
    args = (raw_mode, *tile.args[1:]) if isinstance(tile.args, tuple) else raw_mode
    set_tiles(image, [tile._replace(args=args)])


def set_mode(image: Image.Image, mode: str) -> None:
    """Replace the mode of an image.

    Parameters
    ----------
    image : Image
        Opened and not loaded; changed in place.
    mode : str
        Pillow's mode, one that the raw mode of the tiles can be decoded to.
    """
    image._mode = mode


def override_tiff_tags(image: Any, tags: Mapping[int, Any]) -> None:
    """Make Pillow decode a page of a TIFF as if it had other tags.

    Parameters
    ----------
    image : Image
        Opened and not loaded; changed in place.
    tags : mapping
        Values by code.
    """
    for code, value in tags.items():
        image.tag_v2[code] = value
    image._setup()


def set_size(image: Image.Image, size: tuple[int, int]) -> None:
    """Replace the size of an image.

    Parameters
    ----------
    image : Image
        Opened and not loaded; changed in place.
    size : tuple of int
        Width and height, in pixels.
    """
    image._size = size


def decode_in_blocks(image: Any, nbytes: int) -> None:
    """Make Pillow read and decode an image in blocks of a given size.

    Parameters
    ----------
    image : Image
        Opened and not loaded; changed in place.
    nbytes : int
        The size of a block.
    """
    image.decodermaxblock = nbytes
    if image.format == "PNG":
        image.load_read = partial(_read_fully, image.load_read)


def _read_fully(read: Callable[[int], bytes], size: int) -> bytes:
    """Return `size` bytes: Pillow's PNG reader returns no more than the rest of a small chunk."""
    parts: list[bytes] = []
    while (missing := size - sum(map(len, parts))) > 0 and (data := read(missing)):
        parts.append(data)
    return b"".join(parts)


@contextmanager
def pixel_limit(max_pixels: int) -> Iterator[None]:
    """Make Pillow refuse images of more than `max_pixels` pixels; 0 for no limit."""
    previous = Image.MAX_IMAGE_PIXELS
    # Pillow raises an error above twice this number.
    Image.MAX_IMAGE_PIXELS = max_pixels / 2 if max_pixels else None  # type: ignore[assignment]
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = previous


@contextmanager
def pages_appended_in_linear_time() -> Iterator[None]:
    """Make Pillow append each page to a TIFF without following the chain of all pages before."""
    from PIL import TiffImagePlugin

    class LinearWriter(TiffImagePlugin.AppendingTiffWriter):
        last_link: int | None = None

        def skipIFDs(self) -> None:  # noqa: N802
            if self.last_link is not None:
                self.f.seek(self.last_link)
            super().skipIFDs()
            self.last_link = self.whereToWriteNewIFDOffset

    previous = TiffImagePlugin.AppendingTiffWriter
    TiffImagePlugin.AppendingTiffWriter = LinearWriter  # type: ignore[misc]
    try:
        yield
    finally:
        TiffImagePlugin.AppendingTiffWriter = previous  # type: ignore[misc]


def largest_icns_image(image: Any) -> Image.Image:
    """Return the image of most pixels in an opened macOS icon, not loaded yet."""
    largest = max(image.info["sizes"], key=lambda size: size[0] * size[2])
    found: Image.Image = image.icns.getimage(largest)
    return found


def im_lookup_table(image: Any) -> list[int]:
    """Return the lookup table of an opened IM file; empty if it has none."""
    return list(getattr(image, "lut", None) or ())


def mcidas_bands(image: Any) -> int:
    """Return the number of bands of an opened McIdas area."""
    return int(image.area_descriptor[14])


def psd_resources(image: Any) -> list[tuple[int, bytes]]:
    """Return number and data of each image resource of an opened PSD."""
    return [(number, data) for number, _, data in image.resources]


def is_jpeg2000_codestream(image: Image.Image) -> bool:
    """Return whether an opened JPEG 2000 is a codestream without a container."""
    return image.format == "JPEG2000" and getattr(image, "codec", "") == "j2k"


def is_upright_jpegxl(image: Image.Image) -> bool:
    """Return whether the plugin of JPEG XL has rotated an image: not if it is stored as a JPEG."""
    return image.format == "JXL" and not getattr(image, "jpeg", False)


def has_avif_codec(name: str) -> bool:
    """Return whether Pillow's AVIF encoder was built with a codec, such as ``"aom"``."""
    from PIL.AvifImagePlugin import get_codec_version  # loads the codec: few images are AVIF

    return get_codec_version(name) is not None


def gif_global_colours(image: Any) -> bytes:
    """Return red, green and blue of each colour of the global palette of an opened GIF."""
    palette = getattr(image, "global_palette", None)
    return b"" if palette is None else bytes(palette.palette)


def gif_disposal_method(image: Any) -> int:
    """Return the disposal method of the current frame of an opened GIF (GIF89a, 23.c.iv)."""
    return int(getattr(image, "disposal_method", 0))


def png_dispose_op(image: Any) -> int:
    """Return the disposal of the current frame of an opened PNG (PNG 3rd edition, 11.3.6.2)."""
    return int(getattr(image, "dispose_op", None) or 0)


def jpeg_application_segments(image: Any) -> list[tuple[str, bytes]]:
    """Return name and data of the segments APP0 to APP15 and COM of an opened JPEG."""
    return list(getattr(image, "applist", ()))


def jpeg_components(image: Any) -> list[tuple[int, int, int, int]]:
    """Return ID, horizontal and vertical sampling, and quantization table of each component."""
    return list(getattr(image, "layer", ()))


def tiff_directory(byte_order: bytes, *, is_big_tiff: bool) -> Any:
    """Return an empty TIFF directory, which loads tags from a file of this byte order.

    Pillow takes a big-endian BigTIFF for a classic TIFF, unless it is told otherwise.

    Parameters
    ----------
    byte_order : bytes
        ``b"II"`` or ``b"MM"``.
    is_big_tiff : bool
        Whether offsets have 64 bits.
    """
    from PIL.TiffImagePlugin import ImageFileDirectory_v2  # few images are TIFF

    header = b"II*\0\x08\0\0\0" if byte_order == b"II" else b"MM\0*\0\0\0\x08"
    directory = ImageFileDirectory_v2(header)
    directory._bigtiff = is_big_tiff
    return directory
