"""Every format that is written, with every mode: what it stores and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.io import formats
from poolcli.io.formats import default_extension
from poolcli.io.images.plugins.plugins_installed import PLUGINS
from poolcli.io.storable_image_modes import MODE_DESCRIPTIONS, STORABLE_MODES
from tests.conftest import Poolcli
from tests.io.image_plugins import require_encoder

RNG = np.random.default_rng(11)
SIZE = (12, 16)
MODES = {
    "1": lambda: Image.fromarray(RNG.random(SIZE) < 0.5),
    "L": lambda: Image.fromarray(RNG.integers(0, 256, SIZE, np.uint8)),
    "LA": lambda: Image.fromarray(RNG.integers(0, 255, (*SIZE, 2), np.uint8)),
    "RGB": lambda: Image.fromarray(RNG.integers(0, 256, (*SIZE, 3), np.uint8)),
    "RGBA": lambda: Image.fromarray(RNG.integers(0, 255, (*SIZE, 4), np.uint8)),
    "CMYK": lambda: merged("CMYK", 4),
    "YCbCr": lambda: merged("YCbCr", 3),
    "LAB": lambda: merged("LAB", 3),
    "I;16": lambda: Image.fromarray(RNG.integers(0, 65536, SIZE, np.uint16)),
    "I": lambda: Image.fromarray(RNG.integers(-(2**31), 2**31 - 1, SIZE, np.int32)),
    "F": lambda: Image.fromarray(RNG.normal(size=SIZE).astype(np.float32)),
}
LOSSY = ("JPEG", "MPO", "AVIF", "WEBP", "HEIF", "JXL")
UNREADABLE = ("PDF", "EPS")
WIDENED = {"1": ("L", "RGB"), "L": ("RGB",), "LA": ("RGBA",)}
EXTENSION = {name: default_extension(name, "RGB") for name in STORABLE_MODES}
EXTENSION["MPO"] = ".mpo"


def merged(mode: str, bands: int) -> Image.Image:
    """Return a random image of several bands."""
    values = [RNG.integers(0, 256, SIZE, np.uint8) for _ in range(bands)]
    return Image.merge(mode, [Image.fromarray(each) for each in values])


def values(image: Image.Image) -> np.ndarray[Any, Any]:
    """Return the pixels: signed channels as unsigned, one channel as float64."""
    if len(image.getbands()) > 1:
        return np.stack([np.asarray(band) for band in image.split()], axis=-1)
    return np.asarray(image).astype(np.float64)


@pytest.mark.filterwarnings("ignore:IM image format is deprecated")
@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("name", list(STORABLE_MODES))
def test_a_format_stores_what_it_can_hold(poolcli: Poolcli, name: str, mode: str) -> None:
    require_encoder(name)
    image = MODES[mode]()
    image.save("x.tif")
    extension = default_extension(name, mode) if name == "PPM" else EXTENSION[name]
    output = f"y{extension}"
    ran = poolcli("max", "x.tif", "--k", 1, "-o", output, "--json")
    stored = next((m for m in (mode, *WIDENED.get(mode, ())) if m in STORABLE_MODES[name]), None)
    if stored is None:
        assert ran.code == 1
        assert f"{name} cannot hold {MODE_DESCRIPTIONS[mode]}; " in ran.err
        return
    assert ran.code == 0, ran.err
    if name in UNREADABLE:
        return
    with Image.open(output) as result:
        result.load()
        assert result.format == ("JPEG" if name == "MPO" else name)
        found = result
        if stored == "I;16":
            assert result.mode in ("I;16", "I;16B", "I")
        elif (name, stored) == ("GIF", "1"):
            assert result.mode == "L"
        else:
            assert result.mode == stored
        if name not in LOSSY:
            expected = values(image.convert(stored) if stored != mode else image)
            if (name, stored) == ("GIF", "1"):
                expected = expected * 255
            np.testing.assert_array_equal(values(found), expected)


@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("pooling", ["max", "avg", "median", "mode", "std"])
def test_an_image_keeps_mode_and_depth(poolcli: Poolcli, mode: str, pooling: str) -> None:
    MODES[mode]().save("x.tif")
    ran = poolcli(pooling, "x.tif", "-o", "y.tif", "--json")
    assert ran.code == 0
    with Image.open("y.tif") as image:
        becomes_grey = mode == "1" and pooling in ("avg", "std")
        assert image.mode == ("L" if becomes_grey else mode)
        assert image.size == (8, 6)


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_of_16_bits(poolcli: Poolcli, order: str) -> None:
    values_16_bit = RNG.integers(0, 65536, (6, 8), np.uint16)
    Image.fromarray(values_16_bit.astype(f"{order}u2")).save("x.tif")
    with Image.open("x.tif") as image:
        assert image.mode == ("I;16" if order == "<" else "I;16B")
    assert poolcli("max", "x.tif", "-o", "y.tif").code == 0
    with Image.open("y.tif") as image:
        expected = values_16_bit.reshape(3, 2, 4, 2).max((1, 3))
        np.testing.assert_array_equal(np.asarray(image), expected)


def test_icons_have_the_size_of_the_output(poolcli: Poolcli) -> None:
    MODES["RGBA"]().resize((100, 60)).save("x.ico", sizes=[(100, 60), (32, 19)])
    ran = poolcli("max", "x.ico", "-o", "y.ico", "--json")
    assert ran.record["in"]["shape"] == [60, 100, 4]
    with Image.open("y.ico") as image:
        assert image.info["sizes"] == {(50, 30)}
    Image.new("RGB", (600, 600)).save("x.png")
    ran = poolcli("max", "x.png", "-o", "z.ico")
    assert ran.code == 1
    assert "ICO holds at most 256 pixels a side; PNG holds more" in ran.err
    Image.new("RGBA", (256, 256), "red").save("x.icns")
    ran = poolcli("max", "x.icns", "--json")
    assert ran.record["output"] == "x.max-k2-s2.icns.png"


@pytest.mark.parametrize(("extension", "magic"), [("jp2", b"jP  "), ("j2k", b"\xff\x4f")])
def test_jpeg_2000_with_and_without_a_container(
    poolcli: Poolcli, extension: str, magic: bytes
) -> None:
    image = MODES["RGB"]()
    image.save(f"x.{extension}")
    ran = poolcli("max", f"x.{extension}", "--json")
    with open(ran.record["output"], "rb") as file:  # noqa: PTH123
        assert magic in file.read(8)


def test_extensions_are_those_of_pillow() -> None:
    Image.init()
    known = Image.EXTENSION | formats.ARRAY_FORMATS | {".spider": "SPIDER", ".dib": "DIB"}
    known |= {each: name for each, name in formats.COMMON_EXTENSIONS.items() if name in PLUGINS}
    for extension, name in formats.COMMON_EXTENSIONS.items():
        assert known[extension] == name
    arrays = ["NPY", "NPZ", "SAFETENSORS", "ZARR"]
    assert sorted(formats.DEFAULT_EXTENSIONS) == sorted([*STORABLE_MODES, *arrays])
    for name, extension in formats.DEFAULT_EXTENSIONS.items():
        assert known[extension] == name or name == "MPO"
    for extension in formats.WRITTEN_EXTENSIONS:
        assert formats.is_readable_extension(extension) or extension in (".pdf", ".eps", ".zarr")
