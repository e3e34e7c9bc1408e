"""Thumbnails and tiles of images whose mode Pillow lacks."""

from __future__ import annotations

import numpy as np
import pytest

from poolcli.io.images.channels_to_rgb import channels_to_rgb
from poolcli.io.images.pixel_array import PixelArray
from poolcli.io.images.report_thumbnails import make_thumbnail


@pytest.mark.parametrize(("mode", "channels", "expected"), [
    ("RGB;uint16", [1, 2, 3], [1, 2, 3]), ("RGBA;float32", [1, 2, 3, 4], [1, 2, 3, 4]),
    ("LA;uint16", [5, 6], [5, 5, 5, 6]), ("L+4;uint16", [5, 6, 7, 8, 9], [5, 5, 5]),
    ("RGB+1;uint8", [1, 2, 3, 4], [1, 2, 3]), ("CMYK;uint16", [0, 0, 0, 255], [0, 0, 0]),
    ("RGBA+1;uint8", [1, 2, 3, 4, 5], [1, 2, 3, 4]),
])  # fmt: skip
def test_channels_are_drawn_as_colours(mode: str, channels: list[int], expected: list[int]) -> None:
    pixel = np.array([[channels]], np.uint8)
    assert channels_to_rgb(pixel, mode).tolist() == [[expected]]


def test_thumbnails_are_drawn_on_the_range_of_the_input() -> None:
    pixels = np.array([[[0, 1000, 4000], [4000, 2000, 0]]], np.uint16)
    thumbnail = make_thumbnail(pixels, (0, 1), None, (0, 4000), "RGB;uint16")
    assert thumbnail.tolist() == [[[0, 64, 255], [255, 128, 0]]]
    # Black stays black, although no value is 0.
    image = PixelArray("RGB;uint16", pixels + np.uint16(96))
    thumbnail = make_thumbnail(image, (0, 1), None, (96, 4096), "RGB;uint16")
    assert thumbnail.tolist() == [[[6, 68, 255], [255, 130, 6]]]


def test_transparent_pixels_of_thumbnails_are_white() -> None:
    pixels = np.array([[[0, 0], [0, 65535], [4000, 65535]]], np.uint16)
    thumbnail = make_thumbnail(pixels, (0, 1), None, (0, 4000), "LA;uint16")
    assert thumbnail.tolist() == [[[255] * 3, [0] * 3, [255] * 3]]


def test_thumbnails_of_large_images_are_small() -> None:
    pixels = np.zeros((500, 300, 4), np.float32)
    pixels[..., 3] = 1
    thumbnail = make_thumbnail(pixels, (0, 1), None, None, "RGBA;float32")
    assert thumbnail.shape == (96, 58, 3)
    pixels[:] = np.nan
    assert make_thumbnail(pixels, (0, 1), None, None, "RGBA;float32").shape == (96, 58, 3)
