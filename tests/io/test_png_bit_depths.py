"""PNGs of every bit depth: the transparent colour is that of the file, labels keep their values."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli
from tests.io.image_files import Pixels, png, png_chunk

RNG = np.random.default_rng(8)


def run_and_read(poolcli: Poolcli, *line: object) -> tuple[str, Pixels]:
    """Run a command; return the mode and the pixels of the PNG that it writes."""
    ran = poolcli(*line, "-o", "y.png", "--overwrite")
    assert ran.code == 0, ran.err
    with Image.open("y.png") as image:
        return image.mode, np.asarray(image)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_transparent_grey(poolcli: Poolcli, tmp_path: Path, depth: int) -> None:
    samples = RNG.integers(0, 1 << depth, (5, 7))
    for transparent in {0, 1, (1 << depth) - 1}:
        samples[0, 0] = transparent
        # Higher bits than those of the depth do not count.
        stored = (transparent | 1 << 8).to_bytes(2, "big")
        (tmp_path / "x.png").write_bytes(png(samples, depth, 0, stored))
        mode, pixels = run_and_read(poolcli, "max", "x.png", "--k", 1)
        assert mode == "LA"
        np.testing.assert_array_equal(pixels[..., 0], samples * (255 // ((1 << depth) - 1)))
        np.testing.assert_array_equal(pixels[..., 1], np.where(samples == transparent, 0, 255))


@pytest.mark.parametrize("depth", [8, 16])
def test_a_transparent_colour(poolcli: Poolcli, tmp_path: Path, depth: int) -> None:
    samples = RNG.integers(0, 1 << depth, (4, 6, 3))
    samples[1, 2] = samples[3, 5] = samples[0, 0]
    samples[2, 2] = samples[0, 0] ^ np.array([1, 0, 0])  # differs in the lowest bit only
    stored = samples[0, 0].astype(">u2").tobytes()
    (tmp_path / "x.png").write_bytes(png(samples, depth, 2, stored))
    mode, pixels = run_and_read(poolcli, "max", "x.png", "--k", 1)
    assert mode == "RGBA"
    np.testing.assert_array_equal(pixels[..., :3], samples >> (depth - 8))
    matches = (samples == samples[0, 0]).all(axis=2)
    assert matches.sum() == 3
    np.testing.assert_array_equal(pixels[..., 3], np.where(matches, 0, 255))


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_transparent_indices(poolcli: Poolcli, tmp_path: Path, depth: int) -> None:
    samples = RNG.integers(0, 1 << depth, (4, 6))
    palette = RNG.integers(0, 256, (1 << depth, 3), np.uint8)
    (tmp_path / "x.png").write_bytes(png(samples, depth, 3, b"\x00\x80", palette.tobytes()))
    mode, pixels = run_and_read(poolcli, "max", "x.png", "--k", 1)
    assert mode == "RGBA"
    np.testing.assert_array_equal(pixels[..., :3], palette[samples])
    alpha = np.array([0, 128, *[255] * 254])
    np.testing.assert_array_equal(pixels[..., 3], alpha[samples])


def pool_animation(poolcli: Poolcli, path: Path, blend: int) -> int:
    """Return the exit code for an animated PNG of 4-bit grey with a transparent grey."""
    data = png(np.full((2, 2), 15), 4, 0, b"\0\x0f")
    at = data.index(b"IDAT") - 4
    control = bytes(4) + (2).to_bytes(4, "big") * 2 + bytes(8) + b"\0\1\0\1\0"
    second_control = (1).to_bytes(4, "big") + control[4:] + bytes([blend])
    size = int.from_bytes(data[at : at + 4], "big")
    second = png_chunk(b"fcTL", second_control)
    second += png_chunk(b"fdAT", (2).to_bytes(4, "big") + data[at + 8 : at + 8 + size])
    first = png_chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + png_chunk(b"fcTL", control + b"\0")
    path.write_bytes(
        data[:at] + first + data[at : at + 12 + size] + second + data[at + 12 + size :]
    )
    ran = poolcli("max", path.name, "-o", "y.png", "--overwrite")
    assert ran.code == 0 or "animated PNG" in ran.err
    return ran.code


def test_frames_that_are_blended_are_refused(poolcli: Poolcli, tmp_path: Path) -> None:
    assert pool_animation(poolcli, tmp_path / "x.png", 0) == 0
    with Image.open("y.png") as image:
        assert (image.mode, image.getpixel((0, 0))) == ("LA", (255, 0))
    assert pool_animation(poolcli, tmp_path / "x.png", 1) == 1


@pytest.mark.parametrize("depth", [2, 4])
def test_mode_keeps_values_and_depth(poolcli: Poolcli, tmp_path: Path, depth: int) -> None:
    samples = RNG.integers(0, 1 << depth, (5, 7))
    data = png(samples, depth, 0)
    (tmp_path / "x.png").write_bytes(data)
    ran = poolcli("mode", "x.png", "--k", 1, "-o", "y.png", "--json")
    largest = (1 << depth) - 1
    assert (ran.record["out"]["max"], ran.record["notes"]) == (
        samples.max(),
        [
            f"holds values from 0 to {largest}: mode keeps them, all other modes scale them to "
            "0 to 255"
        ],
    )
    found = (tmp_path / "y.png").read_bytes()
    assert found[24:26] == bytes([depth, 0])
    with Image.open(io.BytesIO(data)) as before, Image.open("y.png") as after:
        np.testing.assert_array_equal(np.asarray(after), np.asarray(before))
    poolcli("mode", "x.png", "--k", 1, "-o", "y.npy")
    np.testing.assert_array_equal(np.load("y.npy"), samples)


def test_a_transparent_label_keeps_its_value(poolcli: Poolcli, tmp_path: Path) -> None:
    samples = RNG.integers(0, 16, (5, 7))
    (tmp_path / "x.png").write_bytes(png(samples, 4, 0, b"\0\5"))
    mode, pixels = run_and_read(poolcli, "mode", "x.png", "--k", 1)
    assert mode == "LA"
    np.testing.assert_array_equal(pixels[..., 0], samples)
    np.testing.assert_array_equal(pixels[..., 1], np.where(samples == 5, 0, 255))
