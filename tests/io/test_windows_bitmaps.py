"""Icons and cursors: the largest image of the most colours, with its mask; palettes of bitmaps."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli
from tests.io.image_files import Pixels, bmp, icon, icon_bitmap, png

RNG = np.random.default_rng(10)
ICON, CURSOR = 1, 2
SIZE = (6, 5)
PALETTE = RNG.integers(0, 256, (256, 4), np.uint8)
BGRA = RNG.integers(1, 256, (*SIZE, 4), np.uint8)
TRANSPARENT = RNG.random(SIZE) < 0.5


def read(poolcli: Poolcli, name: str) -> tuple[str, Pixels]:
    """Return the mode and the pixels that poolcli reads from a file."""
    ran = poolcli("max", name, "--k", 1, "-o", "y.png", "--overwrite")
    assert ran.code == 0, ran.err
    with Image.open("y.png") as image:
        return image.mode, np.asarray(image)


@pytest.mark.parametrize("kind", [ICON, CURSOR])
@pytest.mark.parametrize(
    ("bits", "directory_bits"),
    [(1, 0), (1, 1), (4, 0), (4, 4), (8, 0), (8, 1), (32, 0), (32, 4), (32, 32)],
)
def test_colours_and_mask(
    poolcli: Poolcli, tmp_path: Path, kind: int, bits: int, directory_bits: int
) -> None:
    if bits == 32:
        data, expected = icon_bitmap(BGRA, 32), BGRA[..., [2, 1, 0, 3]]
    else:
        indices = RNG.integers(0, 1 << bits, SIZE)
        data = icon_bitmap(indices, bits, PALETTE[: 1 << bits].tobytes(), TRANSPARENT)
        alpha = np.where(TRANSPARENT, 0, 255).astype(np.uint8)
        expected = np.dstack([PALETTE[indices][..., [2, 1, 0]], alpha])
    small = icon_bitmap(np.zeros((2, 2), int), 1, PALETTE[:2].tobytes())
    images = [((2, 2), 1, small), (SIZE[::-1], directory_bits, data)]
    (tmp_path / "x.ico").write_bytes(icon(images, kind))
    mode, pixels = read(poolcli, "x.ico")
    assert mode == "RGBA"
    np.testing.assert_array_equal(pixels, expected)


def test_the_image_of_the_most_colours_is_read(poolcli: Poolcli, tmp_path: Path) -> None:
    few = icon_bitmap(np.zeros(SIZE, int), 4, PALETTE[:16].tobytes())
    images = [(SIZE[::-1], 4, few), (SIZE[::-1], 32, icon_bitmap(BGRA, 32))]
    for order in (images, images[::-1]):
        (tmp_path / "x.ico").write_bytes(icon(order))
        np.testing.assert_array_equal(read(poolcli, "x.ico")[1], BGRA[..., [2, 1, 0, 3]])


def test_a_png_in_an_icon_keeps_its_transparency(poolcli: Poolcli, tmp_path: Path) -> None:
    image = Image.fromarray(RNG.integers(0, 4, SIZE, np.uint8)).convert("P")
    image.putpalette([250, 0, 250, 255, 0, 0, 0, 200, 0, 9, 9, 250])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=1)
    (tmp_path / "x.ico").write_bytes(icon([(SIZE[::-1], 8, file.getvalue())]))
    mode, pixels = read(poolcli, "x.ico")
    assert mode == "RGBA"
    with Image.open(file) as expected:
        np.testing.assert_array_equal(pixels, np.asarray(expected.convert("RGBA")))


def test_a_png_of_16_bits_in_an_icon_is_noted(poolcli: Poolcli, tmp_path: Path) -> None:
    samples = RNG.integers(0, 65536, (*SIZE, 3), np.uint16)
    (tmp_path / "x.ico").write_bytes(icon([(SIZE[::-1], 32, png(samples, 16, 2))]))
    ran = poolcli("max", "x.ico", "--k", 1, "-o", "y.png", "--json")
    assert ran.record["notes"] == ["16-bit colour was read as 8-bit"]
    with Image.open("y.png") as image:
        np.testing.assert_array_equal(np.asarray(image), samples >> 8)


def test_a_macos_icon(poolcli: Poolcli, tmp_path: Path) -> None:
    images = b""
    for name, size in ((b"ic12", 64), (b"icp5", 32)):
        image = Image.fromarray(RNG.integers(0, 3, (size, size), np.uint8)).convert("P")
        image.putpalette([250, 0, 250, 255, 0, 0, 0, 200, 0])
        file = io.BytesIO()
        image.save(file, "PNG", transparency=1)
        images += name + (8 + len(file.getvalue())).to_bytes(4, "big") + file.getvalue()
        if size == 64:
            expected = np.asarray(Image.open(file).convert("RGBA"))
    # An older format of 48 pixels, which Pillow considers larger.
    old = bytes(48 * 48 * 3)
    images += b"ih32" + (8 + len(old)).to_bytes(4, "big") + old
    (tmp_path / "x.icns").write_bytes(b"icns" + (8 + len(images)).to_bytes(4, "big") + images)
    mode, pixels = read(poolcli, "x.icns")
    assert mode == "RGBA"
    np.testing.assert_array_equal(pixels, expected)


def grey_palette(*levels: int) -> Any:
    """Return a palette of greys, one row of 4 bytes for each index."""
    return np.repeat(np.array(levels, np.uint8)[:, None], 4, axis=1)


@pytest.mark.parametrize(
    ("bits", "palette"),
    [
        (1, grey_palette(0, 255)),
        (1, grey_palette(255, 0)),
        (4, grey_palette(0, 255)),
        (4, grey_palette(*range(16))),
        (4, grey_palette(*range(0, 256, 17))),
        (8, grey_palette(0, 255)),
        (8, grey_palette(*range(16))),
        (8, grey_palette(*range(256))),
    ],
)
def test_grey_palettes_of_bitmaps(
    poolcli: Poolcli, tmp_path: Path, bits: int, palette: Pixels
) -> None:
    indices = RNG.integers(0, len(palette), SIZE)
    (tmp_path / "x.bmp").write_bytes(bmp(indices, bits, palette.tobytes()))
    _, pixels = read(poolcli, "x.bmp")
    grey = pixels if pixels.ndim == 2 else pixels[..., 0]
    if grey.dtype == bool:
        grey = np.where(grey, 255, 0)
    np.testing.assert_array_equal(grey, palette[indices][..., 0])
    assert poolcli("mode", "x.bmp", "--k", 1, "-o", "y.npy", "--overwrite").code == 0
    labels = np.load("y.npy")
    if labels.max() < 255:
        np.testing.assert_array_equal(labels, indices)
