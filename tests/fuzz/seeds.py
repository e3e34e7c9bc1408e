"""Small valid files of every format that poolcli reads, which the fuzz damages."""

from __future__ import annotations

import io
import json
import struct
import warnings
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin, TiffImagePlugin

from poolcli.io.safetensors.write_safetensors import write_safetensors
from tests.io.image_files import png
from tests.io.tiff.tiff_bytes import LONG, grey_page, make_tiff, tag

SIDE = 24

IMAGEJ = "ImageJ=1.54f\nimages=3\nslices=3\nspacing=0.5\nxorigin=3.0\nunit=um\n"
IMAGEJ_METADATA = b"JIJIlbal" + struct.pack("<I", 3) + b"gnar" + struct.pack("<I", 1) + b"a\0" * 11
IMAGEJ_COUNTS = (20, 2, 2, 2, 16)

OME_XML = (
    '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image>'
    '<Pixels DimensionOrder="XYZCT" Type="uint8" SizeX="24" SizeY="24" SizeZ="3" SizeC="3" '
    'SizeT="1" PhysicalSizeX="0.5" PhysicalSizeXUnit="nm"><Channel SamplesPerPixel="3"/>'
    '<TiffData IFD="0" PlaneCount="3"/><Plane TheZ="0" TheC="0" TheT="0"/></Pixels></Image></OME>'
)


@cache
def seed_files() -> dict[str, bytes]:
    """Return valid files by name, the same in every run with the same Pillow and NumPy."""
    with warnings.catch_warnings(action="ignore"):  # Pillow deprecates writing IM
        singles = {"psd": _psd(), "fits": _fits()}
        return _images() | _frames() | _tiffs() | singles | _arrays()


def _tiffs() -> dict[str, bytes]:
    """Return TIFF files that Pillow does not write."""
    grey = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE)
    planes = np.stack([grey * 3, grey * 7, grey * 11])
    pixels = planes.astype(">u2").tobytes()
    strip = len(pixels) // 3
    order = ">"
    planar = [
        tag(256, SIDE, order=order), tag(257, SIDE, order=order),
        tag(258, 16, 16, 16, order=order), tag(259, 1, order=order), tag(262, 2, order=order),
        tag(273, 16, 16 + strip, 16 + 2 * strip, kind=LONG, order=order),
        tag(277, 3, order=order), tag(278, SIDE, order=order),
        tag(279, strip, strip, strip, kind=LONG, order=order), tag(284, 2, order=order),
    ]  # fmt: skip
    five = [*grey_page(SIDE, SIDE // 5 * 5), tag(338, 0, 0, 0, 0)]
    five[2], five[6] = tag(258, *[8] * 5), tag(277, 5)
    five[1], five[7] = tag(257, 20), tag(278, 20)
    five[8] = tag(279, SIDE * 20 * 5, kind=LONG)
    white = grey_page(SIDE, SIDE)
    white[4] = tag(262, 0)
    page = grey_page(SIDE, SIDE)
    kinds = [[tag(254, kind, kind=LONG), *page] for kind in (0, 1, 4)]
    return {
        "tiff_planar_16": make_tiff([planar], pixels, order=order, big=True),
        "tiff_5_channels": make_tiff([five], planes.tobytes()),
        "tiff_white_is_zero": make_tiff([white], grey.astype(np.uint8).tobytes()),
        "tiff_reduced": make_tiff(kinds, grey.astype(np.uint8).tobytes()),
    }


def _images() -> dict[str, bytes]:
    rgb = _noisy_gradient(0)
    grey, rgba = rgb.convert("L"), rgb.convert("RGBA")
    rgba.putalpha(grey)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[271], exif[274] = "Maker", 6
    exif.get_ifd(0x8769)[0x9003] = "2024:01:01 00:00:00"
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a seed", zip=True)
    one_bit, palette = grey.convert("1"), rgb.quantize(12)
    return {
        "png_1": _encode(one_bit, "PNG"),
        "png_grey": _encode(grey, "PNG", pnginfo=text, exif=exif, dpi=(72, 72)),
        "png_rgb": _encode(rgb, "PNG"),
        "png_rgba": _encode(rgba, "PNG"),
        "png_palette": _encode(palette, "PNG", transparency=3),
        "png_16": _encode(deep, "PNG"),
        "png_16_rgba": png(np.asarray(rgba).astype(np.uint16) * 257, 16, 6),
        "jpeg": _encode(rgb, "JPEG", exif=exif, comment=b"a seed"),
        "jpeg_progressive": _encode(rgb, "JPEG", progressive=True),
        "tiff": _encode(rgb, "TIFF"),
        "tiff_lzw": _encode(rgba, "TIFF", compression="tiff_lzw"),
        "tiff_deflate": _encode(deep, "TIFF", compression="tiff_adobe_deflate"),
        "tiff_jpeg": _encode(rgb, "TIFF", compression="jpeg"),
        "tiff_group4": _encode(one_bit, "TIFF", compression="group4"),
        "tiff_float": _encode(grey.convert("F"), "TIFF"),
        "tiff_geo": _encode(grey, "TIFF", tiffinfo=_geotiff_tags()),
        "webp": _encode(rgb, "WEBP"),
        "webp_lossless": _encode(rgba, "WEBP", lossless=True, exif=exif),
        "avif": _encode(rgb, "AVIF", exif=exif),
        "jp2": _encode(rgb, "JPEG2000"),
        "bmp": _encode(palette, "BMP"),
        "ppm": _encode(rgb, "PPM"),
        "tga": _encode(rgba, "TGA", compression="tga_rle"),
        "pcx": _encode(rgb, "PCX"),
        "sgi": _encode(rgb, "SGI"),
        "qoi": _encode(rgb, "QOI"),
        "dds": _encode(rgba, "DDS", pixel_format="DXT5"),
        "ico": _encode(rgba, "ICO", sizes=[(16, 16), (24, 24)]),
        "im": _encode(rgb, "IM"),
        "spider": _encode(grey.convert("F"), "SPIDER"),
        "msp": _encode(one_bit, "MSP"),
        "xbm": _encode(one_bit, "XBM"),
    }


def _frames() -> dict[str, bytes]:
    return {
        "apng": _animation("PNG", duration=40),
        "mpo": _animation("MPO"),
        "tiff_pages": _animation("TIFF", compression="packbits"),
        "tiff_imagej": _stack({270: IMAGEJ, 50838: IMAGEJ_COUNTS, 50839: IMAGEJ_METADATA}),
        "tiff_ome": _stack({270: OME_XML}),
        "tiff_shape": _stack({270: json.dumps({"shape": [3, SIDE, SIDE, 3]})}),
        "gif": _animation("GIF", duration=40, loop=0),
        "webp_animation": _animation("WEBP"),
    }


def _animation(name: str, **options: Any) -> bytes:
    first, *others = (_noisy_gradient(number) for number in range(3))
    return _encode(first, name, save_all=True, append_images=others, **options)


def _geotiff_tags() -> TiffImagePlugin.ImageFileDirectory_v2:
    """Return tags of every kind that depends on the window."""
    return _tags(
        {
            33550: (10.0, 20.0, 0.0),
            33922: (0.0, 0.0, 0.0, 1000.0, 2000.0, 0.0),
            34264: tuple(float(number) for number in range(16)),
            34735: (1, 1, 0, 2, 1024, 0, 1, 1, 1025, 0, 1, 2),
            42112: '<GDALMetadata><Item name="STATISTICS_MEAN">1</Item><Item/></GDALMetadata>',
            42113: "7",
            50844: tuple(float(number) for number in range(92)),
        }
    )


def _stack(tags: dict[int, Any]) -> bytes:
    """Return three pages, of which the first one describes all."""
    first, *others = (_noisy_gradient(number) for number in range(3))
    first.encoderinfo = {"tiffinfo": _tags(tags)}
    return _encode(first, "TIFF", save_all=True, append_images=others)


def _tags(values: dict[int, Any]) -> TiffImagePlugin.ImageFileDirectory_v2:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for code, value in values.items():
        first = value[0] if isinstance(value, tuple) else value
        tags.tagtype[code] = {str: 2, int: 4, bytes: 1, float: 12}[type(first)]
        tags[code] = value
    return tags


def _arrays() -> dict[str, bytes]:
    x = np.arange(192.0).reshape(3, 8, 8)
    compressed, stored = io.BytesIO(), io.BytesIO()
    np.savez_compressed(compressed, first=x, second=x.astype(np.int16))
    np.savez(stored, first=x.astype(np.float32), second=x > 9)
    tensors = io.BytesIO()
    write_safetensors(tensors, {"first": x.astype(np.float32), "second": x > 9}, {"k": "v"})
    return {
        "safetensors": tensors.getvalue(),
        "npy": _npy(x.astype(np.uint8), (1, 0)),
        "npy_fortran": _npy(np.asfortranarray(x.astype(">f4")), (2, 0)),
        "npy_int64": _npy(x.astype(np.int64), (3, 0)),
        "npz": compressed.getvalue(),
        "npz_stored": stored.getvalue(),
    }


def _noisy_gradient(number: int) -> Image.Image:
    """Return a gradient with a little noise, different for each number."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[:SIDE, :SIDE]
    values = np.stack([x * 10, y * 10, (x + y + 9 * number) * 5], -1)
    return Image.fromarray((values + rng.integers(0, 9, values.shape)).astype(np.uint8))


def _encode(image: Image.Image, name: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def _npy(x: np.ndarray[Any, Any], version: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, x, version)
    return file.getvalue()


def _psd() -> bytes:
    """Return an RGB PSD with PackBits rows, one image resource and no layers."""
    row = bytes([SIDE - 1]) + bytes(range(SIDE))
    resource = b"8BIM" + struct.pack(">HHI", 1005, 0, 16) + bytes(16)
    return (
        b"8BPS"
        + struct.pack(">H6xHIIHH", 1, 3, SIDE, SIDE, 8, 3)
        + struct.pack(">II", 0, len(resource))
        + resource
        + struct.pack(">IH", 0, 1)
        + struct.pack(">H", len(row)) * (3 * SIDE)
        + row * (3 * SIDE)
    )


def _fits() -> bytes:
    fields = {"SIMPLE": "T", "BITPIX": 16, "NAXIS": 2, "NAXIS1": SIDE, "NAXIS2": SIDE}
    header = "".join(f"{key:8}= {value:>20}".ljust(80) for key, value in fields.items())
    data = np.arange(SIDE * SIDE, dtype=">i2").tobytes()
    return (header + "END").ljust(2880).encode() + data.ljust(2880, b"\0")
