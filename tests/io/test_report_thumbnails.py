"""Thumbnails of images and arrays."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.io.images.image_block_reader import ORIENTATIONS, ReadableImage
from poolcli.io.images.image_block_writer import WritableImage
from poolcli.io.images.palette import Palette
from poolcli.io.images.report_thumbnails import MAX_SIDE, make_thumbnail

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB"])
def test_images_of_all_modes(mode: str) -> None:
    image = Image.new(mode, (300, 200), None)
    thumbnail = make_thumbnail(ReadableImage(image, "L" if mode == "1" else mode), (0, 1))
    assert (thumbnail.shape, thumbnail.dtype) == ((64, 96, 3), np.uint8)


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_the_value_range_becomes_black_and_white(mode: str) -> None:
    values = np.array([[500, 1000], [750, 500]])
    dtype = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
    thumbnail = make_thumbnail(ReadableImage(Image.fromarray(values.astype(dtype)), mode), (0, 1))
    assert thumbnail[..., 0].tolist() == [[0, 255], [128, 0]]


def test_small_images_are_not_changed() -> None:
    values = RNG.integers(0, 256, (40, 30, 3), np.uint8)
    assert np.array_equal(
        make_thumbnail(ReadableImage(Image.fromarray(values), "RGB"), (0, 1)), values
    )


def test_photos_are_averaged_and_labels_are_sampled() -> None:
    checks = (np.indices((192, 192)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert set(np.unique(make_thumbnail(ReadableImage(Image.fromarray(checks), "L"), (0, 1)))) == {
        128
    }
    labels = Image.fromarray(checks // 255)
    palette = Palette(bytes([200, 0, 0, 0, 0, 200]))
    thumbnail = make_thumbnail(ReadableImage(labels, "P"), (0, 1), palette)
    assert {tuple(colour) for colour in thumbnail.reshape(-1, 3)} <= {(200, 0, 0), (0, 0, 200)}


@pytest.mark.parametrize("orientation", list(ORIENTATIONS))
def test_the_orientation_is_applied(orientation: int) -> None:
    values = RNG.integers(0, 256, (20, 30), np.uint8)
    image = ReadableImage(Image.fromarray(values), "L", ORIENTATIONS[orientation])
    upright = image[(slice(None), slice(None))]
    assert np.array_equal(make_thumbnail(image, (0, 1))[..., 0], upright)


def test_transparent_pixels_are_white() -> None:
    transparent = Image.new("RGBA", (4, 4), (9, 9, 9, 0))
    assert (make_thumbnail(ReadableImage(transparent, "RGBA"), (0, 1)) == 255).all()
    output = WritableImage("P", (1, 2), Palette(bytes([1, 2, 3, 4, 5, 6]), transparency=1))
    output[0:1, 0:2] = np.array([[0, 1]], np.uint8)
    assert make_thumbnail(output, (0, 1), output.palette).tolist() == [[[1, 2, 3], [255, 255, 255]]]


class CountingArray:
    """An array that counts the elements that are read."""

    shape = (1000, 64, 4000, 3000)
    dtype = np.dtype(np.float32)
    elements_read = 0

    def __getitem__(self, index: tuple[slice, ...]) -> Any:
        ranges = zip(index, self.shape, strict=True)
        sizes = [len(range(*axis.indices(size))) for axis, size in ranges]
        self.elements_read += int(np.prod(sizes))
        return np.zeros(sizes, np.float32)


def test_few_elements_of_a_large_array_are_read() -> None:
    source = CountingArray()
    assert make_thumbnail(source, (2, 3)).shape == (96, 72, 3)
    assert source.elements_read <= MAX_SIDE * 3000


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [((5,), (0,), (1, 5)), ((2, 3, 4), (1, 2), (3, 4)), ((2, 3, 4), (0, 1), (2, 3)),
     ((7, 2, 3, 4), (1, 2, 3), (3, 4)), ((500, 2), (0, 1), (96, 1))],
)  # fmt: skip
def test_an_array_shows_its_last_two_spatial_axes(
    shape: tuple[int, ...], axes: tuple[int, ...], expected: tuple[int, int]
) -> None:
    assert make_thumbnail(RNG.normal(size=shape), axes).shape == (*expected, 3)


def test_the_whole_of_a_tall_array_is_drawn() -> None:
    ramp = np.repeat(np.arange(960.0)[:, None], 2, axis=1)
    grey = make_thumbnail(ramp, (0, 1))[:, 0, 0].astype(int)
    assert (grey[0], grey[-1]) == (0, 255)
    assert (np.diff(grey) > 0).all()


class LongRows(CountingArray):
    """An array in a file whose rows are long and contiguous."""

    shape = (1, 1, 4, 250_000_000)
    strides = (4_000_000_000, 4_000_000_000, 1_000_000_000, 4)


class FortranOrder(CountingArray):
    """An array in a file whose columns are contiguous."""

    shape = (1, 1, 4000, 3000)
    strides = (4, 4, 4, 16_000)


@pytest.mark.parametrize("source", [LongRows(), FortranOrder()])
def test_single_elements_are_read_unless_rows_are_short_and_contiguous(
    source: CountingArray,
) -> None:
    assert make_thumbnail(source, (2, 3)).shape[1] in (96, 72)
    assert source.elements_read <= MAX_SIDE * MAX_SIDE


def test_indices_are_not_averaged() -> None:
    labels = np.zeros((400, 400), np.uint8)
    labels[:, 1::2] = 2
    palette = Palette(bytes([200, 0, 0, 9, 9, 9, 0, 0, 200]))
    thumbnail = make_thumbnail(ReadableImage(Image.fromarray(labels), "P"), (0, 1), palette)
    assert {tuple(colour) for colour in thumbnail.reshape(-1, 3)} <= {(200, 0, 0), (0, 0, 200)}


def test_an_empty_array_is_a_white_pixel() -> None:
    assert make_thumbnail(np.zeros((0, 4, 4)), (1, 2)).tolist() == [[[255, 255, 255]]]


def test_ignored_values_are_black_and_do_not_count_for_the_range() -> None:
    dem = np.array([[-9999.9, 1.0, 5.0]], np.float32)
    for value_range in (None, (1, 5)):
        shown = make_thumbnail(dem, (0, 1), value_range=value_range, ignore=[Fraction("-9999.9")])
        assert shown[..., 0].tolist() == [[0, 0, 255]]


def test_a_given_value_range_is_used_if_it_covers_the_values() -> None:
    means = np.array([[2.0, np.nan, 4.0]])
    assert make_thumbnail(means, (0, 1), value_range=(0, 8))[..., 0].tolist() == [[64, 0, 128]]
    assert make_thumbnail(means, (0, 1), value_range=(0, 3))[..., 0].tolist() == [[0, 0, 255]]


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float16, np.complex64])
def test_arrays_of_any_dtype(dtype: Any) -> None:
    thumbnail = make_thumbnail(np.array([[0, 1], [1, 0]]).astype(dtype), (0, 1), value_range=(0, 1))
    assert thumbnail[..., 0].tolist() == [[0, 255], [255, 0]]
