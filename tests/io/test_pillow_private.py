"""The private parts of Pillow that poolcli uses are still there and still do the same."""

from __future__ import annotations

import ast
import io
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import pytest
from PIL import Image

from poolcli.io import pillow_private
from tests.io.image_files import im_with_table, mcidas_area, psd

pytestmark = pytest.mark.filterwarnings("ignore:IM image format is deprecated")

RNG = np.random.default_rng(4)


def hint(part: str) -> str:
    return (
        f"Pillow {PIL.__version__} has changed {part}; poolcli was checked with Pillow "
        f"{pillow_private.CHECKED_VERSION}. Adapt poolcli/io/pillow_private.py."
    )


def saved(image: Image.Image, format_name: str, **save_options: Any) -> io.BytesIO:
    """Return a file of an image."""
    file = io.BytesIO()
    image.save(file, format_name, **save_options)
    file.seek(0)
    return file


def opened(image: Image.Image, format_name: str, **save_options: Any) -> Image.Image:
    """Return an image that was saved and opened, but not loaded."""
    return Image.open(saved(image, format_name, **save_options), formats=[format_name])


GREY = RNG.integers(0, 256, (4, 6), np.uint8)
NOISE = Image.fromarray(RNG.integers(0, 256, (40, 30, 3), np.uint8))


PRIVATE_NAMES = {
    "_getencoder", "_getdecoder", "_Tile", "_mode", "_size", "MAX_IMAGE_PIXELS", "im", "tile",
    "decodermaxblock", "load_read", "icns", "lut", "area_descriptor", "resources", "codec",
    "applist", "layer", "global_palette", "disposal_method", "dispose_op", "get_codec_version",
    "AppendingTiffWriter", "skipIFDs", "whereToWriteNewIFDOffset",
}  # fmt: skip


def used_names(tree: ast.AST) -> set[str]:
    """Return the attributes that code uses, those given to `getattr` included."""
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return attributes | {
        str(call.args[1].value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "getattr"
        if isinstance(call.args[1], ast.Constant)
    }


def test_no_other_module_uses_private_parts() -> None:
    package = Path(pillow_private.__file__).parents[1]
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.name != "pillow_private.py":
            assert not used_names(tree) & PRIVATE_NAMES, path


def test_the_checked_version() -> None:
    assert pillow_private.CHECKED_VERSION == "13.0.0"


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("PIL.Image", "_getencoder"),
        ("PIL.Image", "_getdecoder"),
        ("PIL.Image", "MAX_IMAGE_PIXELS"),
        ("PIL.ImageFile", "_Tile"),
        ("PIL.AvifImagePlugin", "get_codec_version"),
        ("PIL.TiffImagePlugin", "AppendingTiffWriter"),
    ],
)
def test_names_of_modules(owner: str, name: str) -> None:
    module = pytest.importorskip(owner)
    assert hasattr(module, name), hint(f"{owner}.{name}, which is missing")


@pytest.mark.parametrize(
    ("format_name", "names"),
    [
        ("PNG", ["im", "tile", "_mode", "_size", "decodermaxblock", "load_read"]),
        ("JPEG", ["im", "tile", "_mode", "_size", "decodermaxblock"]),
        ("ICNS", ["icns"]),
        ("IM", ["tile"]),
        ("JPEG2000", ["codec"]),
    ],
)
def test_attributes_of_opened_images(format_name: str, names: list[str]) -> None:
    image = opened(NOISE, format_name)
    for name in names:
        found = hasattr(type(image), name) or name in vars(image)
        assert found, hint(f"the attribute {name} of {format_name} images, which is missing")


def test_fields_of_tiles() -> None:
    fields = ("codec_name", "extents", "offset", "args")
    assert pillow_private.Tile._fields == fields, hint("the fields of ImageFile._Tile")


def test_raw_bytes_of_a_box_are_read_and_written() -> None:
    pixels = np.asarray(NOISE)
    data = pillow_private.read_raw_bytes(NOISE, (2, 3, 12, 7), "RGB", 10 * 4 * 3)
    assert data == pixels[3:7, 2:12].tobytes(), hint("the raw encoder")
    image = Image.new("RGB", NOISE.size)
    pillow_private.write_raw_bytes(image, (2, 3, 12, 7), "RGB", memoryview(data))
    assert np.array_equal(np.asarray(image)[3:7, 2:12], pixels[3:7, 2:12]), hint("the raw decoder")
    assert not np.asarray(image)[7:].any(), hint("the raw decoder, which writes beyond its box")


def test_tiles_that_are_replaced_are_decoded() -> None:
    image = opened(Image.new("L", (4, 4), 9), "BMP")
    tile = pillow_private.tiles_of(image)[0]
    assert tile.codec_name == "raw", hint("the tiles of BMP images")
    pillow_private.set_mode(image, "P")
    pillow_private.set_raw_mode(image, "P")
    raw_mode, *others = pillow_private.tiles_of(image)[0].args
    assert (raw_mode, others) == ("P", list(tile.args[1:])), hint("the arguments of tiles")
    pillow_private.set_size(image, (4, 2))
    pillow_private.set_tiles(image, [tile._replace(extents=(0, 0, 4, 2))])
    image.load()
    assert (image.mode, image.size) == ("P", (4, 2)), hint("the attributes _mode or _size")
    assert np.asarray(image).tolist() == [[9] * 4] * 2, hint("the attribute tile")
    assert pillow_private.tiles_of(image) == [], hint("the tiles of loaded images")


@pytest.mark.parametrize("format_name", ["PNG", "JPEG"])
def test_decoding_in_large_blocks_gives_the_same_pixels(format_name: str) -> None:
    expected = opened(NOISE, format_name)
    image = opened(NOISE, format_name)
    pillow_private.decode_in_blocks(image, 1 << 20)
    assert image.tobytes() == expected.tobytes(), hint("decodermaxblock or load_read")


def test_the_pixel_limit() -> None:
    before = Image.MAX_IMAGE_PIXELS
    with pillow_private.pixel_limit(100), pytest.raises(Image.DecompressionBombError):
        opened(NOISE, "PNG")
    with pillow_private.pixel_limit(0):
        assert opened(NOISE, "PNG").size == NOISE.size
    assert before == Image.MAX_IMAGE_PIXELS


def test_the_largest_image_of_a_macos_icon() -> None:
    image = opened(NOISE.resize((64, 64)), "ICNS", sizes=[(32, 32), (64, 64)])
    found = pillow_private.largest_icns_image(image)
    assert found.width == max(size[0] * size[2] for size in image.info["sizes"]), hint("icns")


def test_the_lookup_table_of_im_files() -> None:
    assert pillow_private.im_lookup_table(opened(NOISE, "IM")) == []
    table = bytes(range(255, -1, -1))
    image = Image.open(io.BytesIO(im_with_table(GREY, table)))
    assert pillow_private.im_lookup_table(image)[:256] == list(table), hint("the attribute lut")


def test_the_bands_of_mcidas_areas() -> None:
    image = Image.open(io.BytesIO(mcidas_area(GREY, 3)))
    assert pillow_private.mcidas_bands(image) == 3, hint("the attribute area_descriptor")


def test_the_resources_of_psd_files() -> None:
    image = Image.open(io.BytesIO(psd(GREY[None], 1, resources=[(1047, b"\0\5")])))
    assert pillow_private.psd_resources(image) == [(1047, b"\0\5")], hint("the attribute resources")


def test_codestreams_of_jpeg_2000() -> None:
    for no_container in (True, False):
        image = opened(NOISE, "JPEG2000", no_jp2=no_container)
        found = pillow_private.is_jpeg2000_codestream(image)
        assert found == no_container, hint("the attribute codec of JPEG 2000 images")


def test_avif_codecs() -> None:
    assert not pillow_private.has_avif_codec("no-such-codec"), hint("get_codec_version")


def test_the_global_palette_and_the_disposal_of_gif_files() -> None:
    frames = [NOISE.quantize(8), NOISE.transpose(Image.Transpose.ROTATE_180).quantize(8)]
    image = opened(frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=2)
    image.load()
    first = frames[0].getpalette()
    assert first is not None
    colours = pillow_private.gif_global_colours(image)
    assert sorted(zip(*[iter(colours[:24])] * 3, strict=True)) == sorted(
        zip(*[iter(first[:24])] * 3, strict=True)), hint("global_palette")  # fmt: skip
    assert pillow_private.gif_disposal_method(image) == 2, hint("disposal_method")


def test_the_disposal_of_png_frames() -> None:
    later = NOISE.transpose(Image.Transpose.ROTATE_180)
    image = opened(NOISE, "PNG", save_all=True, append_images=[later], disposal=1)
    image.load()
    assert pillow_private.png_dispose_op(image) == 1, hint("dispose_op")


def test_segments_and_components_of_jpeg_files() -> None:
    image = opened(NOISE, "JPEG", comment=b"tea", subsampling="4:2:0")
    segments = pillow_private.jpeg_application_segments(image)
    assert ("COM", b"tea") in segments, hint("applist")
    components = pillow_private.jpeg_components(image)
    assert [component[:3] for component in components] == [
        (1, 2, 2), (2, 1, 1), (3, 1, 1)], hint("layer")  # fmt: skip


def test_directories_of_every_kind_of_tiff() -> None:
    entries = {
        (b"II", False): b"\x01\0" + b"\0\x01\x03\0\x01\0\0\0\x07\0\0\0" + bytes(4),
        (b"MM", True): bytes(7) + b"\x01" + b"\x01\0\0\x03" + bytes(7) + b"\x01\0\x07" + bytes(14),
    }
    for (byte_order, is_big_tiff), data in entries.items():
        directory = pillow_private.tiff_directory(byte_order, is_big_tiff=is_big_tiff)
        directory.load(io.BytesIO(data))
        assert directory[256] == 7


def test_pages_are_appended_without_following_the_chain_of_all_pages() -> None:
    class CountingFile(io.BytesIO):
        reads = 0

        def read(self, *size: Any) -> bytes:
            type(self).reads += 1
            return super().read(*size)

    pages = [Image.new("L", (4, 4), value) for value in range(100)]
    plain, linear = io.BytesIO(), CountingFile()
    pages[0].save(plain, "TIFF", save_all=True, append_images=pages[1:])
    with pillow_private.pages_appended_in_linear_time():
        pages[0].save(linear, "TIFF", save_all=True, append_images=pages[1:])
    assert linear.getvalue() == plain.getvalue(), hint("AppendingTiffWriter")
    assert CountingFile.reads < 100 * 100, hint("AppendingTiffWriter.skipIFDs")
