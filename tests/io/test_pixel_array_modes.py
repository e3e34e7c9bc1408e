"""Image modes beyond Pillow's: their parts, and the formats that store them."""

from __future__ import annotations

import numpy as np
import pytest

from poolcli.io.arrays.npy import temporary_array
from poolcli.io.arrays.npy_header import NpyHeader
from poolcli.io.document import Item
from poolcli.io.images import image_modes
from poolcli.io.images.pixel_array import PixelArray
from poolcli.io.pixel_array_modes import is_pixel_array_mode, parse_pixel_array_mode
from poolcli.io.storable_image_modes import STORABLE_MODES, storable_mode, unstorable_error

MODES = (
    "RGB;uint16", "RGBA;uint16", "LA;uint16", "RGB;float32", "RGBA;float32", "L;int16", "L;uint32",
    "L;float64", "CMYK;uint16", "L+1;uint8", "RGB+1;uint8", "L+4;uint16", "L;complex64",
)  # fmt: skip
PILLOW_MODES = ("1", "L", "P", "P;1", "P;A", "I;16", "I;16B", "I", "F", "LA", "RGB", "LAB")


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_made_from_its_parts(mode: str) -> None:
    parts = parse_pixel_array_mode(mode)
    assert parts is not None
    assert str(parts) == mode
    assert image_modes.mode_of_pixels(parts.colour, parts.dtype, parts.extra_channels) == mode
    assert image_modes.dtype_of_mode(mode) == np.dtype(mode.partition(";")[2])
    assert image_modes.channel_names(mode) == parts.channel_names


@pytest.mark.parametrize("mode", PILLOW_MODES)
def test_modes_of_pillow_are_told_apart(mode: str) -> None:
    assert not is_pixel_array_mode(mode)


def test_pixels_that_pillow_has_a_mode_for() -> None:
    found = [
        image_modes.mode_of_pixels(*parts)
        for parts in (("L", "uint8"), ("L", ">u2"), ("L", "int32"), ("L", "float32"),
                      ("LA", "uint8"), ("RGB", "uint8"), ("RGBA", "uint8"), ("CMYK", "uint8"))
    ]  # fmt: skip
    assert found == ["L", "I;16", "I", "F", "LA", "RGB", "RGBA", "CMYK"]


@pytest.mark.parametrize("mode", MODES)
def test_alpha_is_the_last_channel(mode: str) -> None:
    has_alpha = mode.split(";")[0] in ("LA", "RGBA")
    assert Item(np.zeros((1, 1, 4)), image_mode=mode).has_alpha == has_alpha
    assert image_modes.has_alpha(mode) == has_alpha


@pytest.mark.parametrize("mode", MODES)
def test_tiff_stores_all_modes_and_png_16_bit_colour(mode: str) -> None:
    expected = ["TIFF", "PNG"] if mode in ("LA;uint16", "RGB;uint16", "RGBA;uint16") else ["TIFF"]
    for opaque in (False, True):
        stored = {name: storable_mode(name, mode, opaque=opaque) for name in STORABLE_MODES}
        assert {name: m for name, m in stored.items() if m} == dict.fromkeys(expected, mode)


def test_an_error_advises_8_bits_only_where_they_can_be_written() -> None:
    assert str(unstorable_error("JPEG", "RGB;uint16", ["PNG", "TIFF"])) == (
        "JPEG cannot hold 16-bit RGB images; PNG, TIFF or .npy can. --dtype uint8 keeps the "
        "values (rounded, within 0 to 255), --normalize maps their range to 0 to 255 for viewing"
    )
    for mode in ("RGB+1;uint8", "RGB+1;uint16", "L;complex64"):
        assert "--dtype" not in str(unstorable_error("PNG", mode, ["TIFF"]))


def test_the_dtype_of_a_mode_is_replaced() -> None:
    pairs = [
        ("RGB;uint16", "uint8", "RGB"), ("RGB", "uint16", "RGB;uint16"), ("LAB", "uint8", "LAB"),
        ("I;16", "uint8", "L"), ("P", "uint16", "I;16"), ("L+1;uint16", "uint8", "L+1;uint8"),
        ("1", "bool", "1"), ("F", "float64", "L;float64"), ("YCbCr", "uint8", "YCbCr"),
    ]  # fmt: skip
    for mode, dtype, expected in pairs:
        assert image_modes.mode_with_dtype(mode, dtype) == expected
    for mode, dtype in (("LAB", "uint16"), ("RGB", "bool"), ("YCbCr", "float32")):
        with pytest.raises(image_modes.FormatError, match=f"no image of this shape holds {dtype}"):
            image_modes.mode_with_dtype(mode, dtype)


def test_blocks_are_written_in_memory_and_in_a_file() -> None:
    values = np.random.default_rng(3).integers(0, 65536, (6, 5, 3), np.uint16)
    with temporary_array(NpyHeader((6, 5, 3), False, np.dtype(np.uint16)), None) as file:
        for image in (PixelArray.empty("RGB;uint16", (6, 5, 3)), PixelArray("RGB;uint16", file)):
            image[0:4, 0:5] = values[:4]
            for channel in range(3):
                image[4:6, 0:5, channel : channel + 1] = values[4:, :, channel : channel + 1]
            np.testing.assert_array_equal(image[0:6, 0:5], values)
            np.testing.assert_array_equal(image[2:3, 1:4, 0:2], values[2:3, 1:4, :2])
            assert (image.size, image.dtype, image.is_opaque) == ((5, 6), np.uint16, False)
