"""Results of images whose mode Pillow lacks: they keep mode and depth."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import numpy as np
import pytest

from poolcli import pool
from poolcli.batch.large_outputs import LargeOutputs
from poolcli.batch.pool_item import pool_item
from poolcli.core.errors import ArgumentTypeError
from poolcli.core.recipe import Recipe
from poolcli.core.window import Window
from poolcli.io.document import Item
from poolcli.io.images.image_block_writer import WritableImage
from poolcli.io.images.pixel_array import OutputImage, PixelArray, empty_output_image
from poolcli.request import Request

RNG = np.random.default_rng(8)


class OutputsInMemory:
    """Gives arrays and images in memory for all results."""

    contains_input = False

    def result(self, level: int | None, source: object, recipe: Recipe, **options: bool) -> Any:
        return np.empty(recipe.out_shape, recipe.out_dtype)

    def image(self, item: Item, mode: str, shape: tuple[int, ...]) -> OutputImage:
        return empty_output_image(mode, shape, item.palette)


def pooled(values: Any, image_mode: str, mode: str, **options: Any) -> OutputImage:
    request = Request((), mode, Window.fixed(2), **options)
    item = Item(values, image_mode=image_mode)
    (level,) = pool_item(item, request, cast(LargeOutputs, OutputsInMemory()), as_image=True)
    assert isinstance(level.result, OutputImage)
    return level.result


def all_pixels(image: OutputImage) -> Any:
    return np.asarray(image[tuple(slice(0, size) for size in image.shape)])


def windows_of(values: Any) -> Any:
    """Return the elements of each window of 2 by 2, as float64, H W 4 C."""
    height, width, channels = values.shape
    parts = values.astype(np.float64).reshape(height // 2, 2, width // 2, 2, channels)
    return parts.swapaxes(1, 2).reshape(height // 2, width // 2, 4, channels)


@pytest.mark.parametrize("mode", ["RGB;uint16", "RGB+1;uint8", "L+4;uint16", "CMYK;uint16"])
@pytest.mark.parametrize("pooling", ["max", "avg", "median", "std", "sum"])
def test_integers_round_half_up_and_saturate(mode: str, pooling: str) -> None:
    colour, _, dtype = mode.partition(";")
    channels = {"RGB": 3, "RGB+1": 4, "L+4": 5, "CMYK": 4}[colour]
    largest = np.iinfo(dtype).max
    values = RNG.integers(largest // 2, largest, (6, 8, channels), dtype, endpoint=True)
    image = pooled(values, mode, pooling)
    assert isinstance(image, PixelArray)
    assert (image.mode, image.dtype) == (mode, np.dtype(dtype))
    exact = pool(values.astype(np.float64), pooling, 2, axes=(0, 1))
    expected = np.clip(np.floor(exact + 0.5), 0, largest).astype(dtype)
    np.testing.assert_array_equal(all_pixels(image), expected)


def test_negative_values_round_half_up() -> None:
    values = np.array([[-3, -2], [-2, -3]], np.int16)
    assert all_pixels(pooled(values, "L;int16", "avg")).tolist() == [[-2]]


@pytest.mark.parametrize(("mode", "opaque"), [("RGBA;uint16", 65535), ("LA;uint16", 65535),
                                              ("RGBA", 255), ("RGBA;float32", 1.0),
                                              ("RGBA;uint32", 2**32 - 1)])  # fmt: skip
def test_avg_weights_colours_by_alpha(mode: str, opaque: float) -> None:
    colour, _, dtype = mode.partition(";")
    dtype = dtype or "uint8"
    shape = (6, 8, len(colour))
    if dtype == "float32":
        values = RNG.random(shape).astype(dtype)
    else:
        values = RNG.integers(0, int(opaque), shape, dtype, endpoint=True)
    values[:2, :2, -1] = 0
    values[2:4, 2:4, -1] = opaque
    windows = windows_of(values)
    colours, alpha = windows[..., :-1], windows[..., -1:]
    with np.errstate(invalid="ignore"):
        weighted = np.nan_to_num((colours * alpha).sum(2) / alpha.sum(2))
    expected = np.concatenate([weighted, alpha.mean(2)], axis=-1)
    found = all_pixels(pooled(values, mode, "avg"))
    assert found.dtype == np.dtype(dtype)
    if dtype in ("float32", "uint32"):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    else:
        np.testing.assert_array_equal(found, np.floor(expected + 0.5).astype(dtype))


@pytest.mark.parametrize("dtype", ["uint32", "int32", "int8", "uint16"])
@pytest.mark.parametrize("ignore", [(), (7,)])
def test_weighting_by_alpha_is_exact(dtype: str, ignore: tuple[int, ...]) -> None:
    bounds = np.iinfo(dtype)
    values = RNG.integers(bounds.min, bounds.max, (4, 6, 4), dtype, endpoint=True)
    values[..., 3] = RNG.integers(bounds.max // 2, bounds.max, (4, 6), dtype, endpoint=True)
    values[:2] = bounds.max
    values[2, :, 0] = 7
    found = all_pixels(pooled(values, f"RGBA;{dtype}", "avg", ignore=ignore))
    for row, column, channel in np.ndindex(2, 3, 3):
        window = values[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].reshape(4, 4)
        pixels = [(int(each[channel]), int(each[3])) for each in window]
        valid = [pixel for pixel in pixels if pixel[0] not in ignore]
        exact = Fraction(sum(c * a for c, a in valid), sum(a for _, a in valid))
        assert found[row, column, channel] == (2 * exact + 1) // 2


def test_64_bit_colours_are_not_weighted_by_alpha() -> None:
    values = np.zeros((2, 2, 4), np.uint64)
    with pytest.raises(ArgumentTypeError, match="uint64 colours are not weighted by alpha; with"):
        pooled(values, "RGBA;uint64", "avg")
    pooled(values, "RGBA;uint64", "avg", straight_alpha=True)


@pytest.mark.parametrize(("mode", "result"), [("RGB;uint16", "RGB"), ("LA;uint16", "LA"),
                                              ("L+1;uint16", "L+1;uint8")])  # fmt: skip
def test_dtype_uint8_makes_an_8_bit_image(mode: str, result: str) -> None:
    channels = 3 if mode.startswith("RGB") else 2
    values = RNG.integers(0, 400, (4, 4, channels), np.uint16)
    image = pooled(values, mode, "max", dtype="uint8")
    assert image.mode == result
    assert isinstance(image, WritableImage if ";" not in result else PixelArray)
    expected = np.minimum(pool(values, "max", 2, axes=(0, 1)), 255)
    np.testing.assert_array_equal(all_pixels(image), expected)
    assert pooled(values, mode, "max", normalize=True).mode == result


def test_floats_stay_as_they_are() -> None:
    for dtype in ("float16", "float32", "float64"):
        values = RNG.normal(size=(4, 4, 3)).astype(dtype)
        found = pooled(values, f"RGB;{dtype}", "avg")
        np.testing.assert_array_equal(all_pixels(found), pool(values, "avg", 2, axes=(0, 1)))


def test_mode_takes_whole_pixels() -> None:
    for mode, dtype in (("RGB;uint16", "uint16"), ("RGB+1;uint8", "uint8"), ("RGB;float32", "f4")):
        channels = 4 if "+1" in mode else 3
        values = np.zeros((2, 2, channels), dtype)
        values[0, 0] = values[1, 1] = range(channels, 0, -1)
        values[0, 1, 0] = values[1, 0, 1] = 9
        assert all_pixels(pooled(values, mode, "mode")).tolist() == [[list(range(channels, 0, -1))]]
