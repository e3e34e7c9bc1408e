"""Images that are written and read block by block, and limits on their pixels."""

from __future__ import annotations

import io
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.io.images.image_block_reader import ReadableImage
from poolcli.io.images.image_block_writer import WritableImage
from poolcli.io.images.image_modes import pooled_mode
from poolcli.io.images.palette import Palette
from poolcli.io.images.read import open_image
from tests.conftest import Poolcli

RNG = np.random.default_rng(5)


def test_blocks_of_some_channels_keep_the_others() -> None:
    pixels = RNG.integers(0, 256, (6, 8, 4), np.uint8)
    output = WritableImage("RGBA", pixels.shape)
    for channel in (2, 0, 3, 1):
        for top in (0, 3):
            block = (slice(top, top + 3), slice(0, 8), slice(channel, channel + 1))
            output[block] = pixels[block]
    np.testing.assert_array_equal(np.asarray(output.image), pixels)


def test_threads_may_write_channels_of_the_same_pixels() -> None:
    for _ in range(20):
        output = WritableImage("RGB", (64, 64, 3))

        def write(channel: int, output: WritableImage = output) -> None:
            block = (slice(0, 64), slice(0, 64), slice(channel, channel + 1))
            output[block] = np.full((64, 64, 1), 50 + channel, np.uint8)

        threads = [threading.Thread(target=write, args=(channel,)) for channel in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert np.unique(np.asarray(output.image).reshape(-1, 3), axis=0).tolist() == [[50, 51, 52]]


def test_a_palette_covers_all_indices() -> None:
    output = WritableImage("P", (1, 3), Palette(bytes([9, 8, 7])))
    output[0:1, 0:3] = np.array([[0, 5, 2]], np.uint8)
    image = output.release_image("P")
    assert len(image.getpalette(None) or []) == 3 * 6
    assert image.convert("RGB").getpixel((1, 0)) == (0, 0, 0)


@pytest.mark.parametrize("mode", ["L", "RGB", "I;16", "LA", "1"])
def test_any_block_of_pixels_can_be_read(mode: str) -> None:
    grey = Image.fromarray(RNG.integers(0, 256, (9, 7), np.uint8))
    image = grey.convert("I").convert("I;16") if mode == "I;16" else grey.convert(mode)
    pixels = ReadableImage(image, pooled_mode(image))
    whole = np.asarray(image.convert("L") if mode == "1" else image)
    for top, bottom, left, right in ((0, 9, 0, 7), (2, 3, 1, 6), (8, 9, 6, 7), (4, 4, 0, 7)):
        block = (
            slice(top, bottom),
            slice(left, right),
            *((slice(0, 1),) if whole.ndim == 3 else ()),
        )
        np.testing.assert_array_equal(pixels[block], whole[block])


def test_palettes_with_alpha_become_rgba() -> None:
    image = Image.new("P", (2, 2))
    image.putpalette([1, 2, 3, 128], "RGBA")
    assert pooled_mode(image) == "RGBA"


def test_the_image_is_closed_after_its_last_frame() -> None:
    file = io.BytesIO()
    frames = [Image.new("L", (4, 4), n) for n in range(3)]
    frames[0].save(file, "TIFF", save_all=True, append_images=frames[1:])
    with open_image(file, 0) as document:
        images = [item.source.image for item in document.items()]  # type: ignore[attr-defined]
        with pytest.raises(ValueError, match="closed"):
            images[-1].load()


def test_the_pixel_limit_applies_to_each_page(poolcli: Poolcli) -> None:
    pages = [Image.new("L", size) for size in ((8, 8), (90, 90))]
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    ran = poolcli("max", "x.tif", "--max-pixels", 5000)
    assert ran.code == 1
    assert "90x90" in ran.err


def test_the_pixel_limit_applies_to_all_frames_together(poolcli: Poolcli, tmp_path: Path) -> None:
    gif = b"GIF89a" + struct.pack("<HHBBB", 10_000, 10_000, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    (tmp_path / "x.gif").write_bytes(gif + 500 * frame + b";")
    ran = poolcli("max", "x.gif", "--quiet")
    assert ran.code == 1
    assert "500 frames have 50,000,000,000 pixels" in ran.err
    assert "--max-pixels 0 lifts it" in ran.err


def test_a_decoder_that_closes_the_file(poolcli: Poolcli, tmp_path: Path) -> None:
    # An FTEX texture of 4 by 4 pixels: Pillow reads all of the file and closes it.
    head = b"FTEX" + struct.pack("<i2i2i", 1, 4, 4, 1, 1) + struct.pack("<ii", 1, 32)
    pixels = RNG.integers(0, 256, (4, 4, 3), np.uint8)
    (tmp_path / "x.ftu").write_bytes(head + struct.pack("<i", 48) + pixels.tobytes())
    ran = poolcli("max", "x.ftu", "-o", "y.png")
    assert ran.code == 0, ran.err
    with Image.open("y.png") as image:
        expected = pixels.reshape(2, 2, 2, 2, 3).max((1, 3))
        np.testing.assert_array_equal(np.asarray(image), expected)


def test_the_pixel_limit_does_not_apply_to_results(poolcli: Poolcli) -> None:
    Image.fromarray(RNG.integers(0, 256, (8, 8), np.uint8)).save("x.png")
    line = ["avg", "x.png", "--adaptive", "300x300", "--max-pixels", 64]
    assert poolcli(*line, "-o", "y.png").code == 0
    frames = [Image.fromarray(RNG.integers(0, 9, (8, 8), np.uint8)) for _ in range(3)]
    frames[0].save("x.gif", save_all=True, append_images=frames[1:])
    assert poolcli("avg", "x.gif", *line[2:4], "--max-pixels", 192, "-o", "y.gif").code == 0
