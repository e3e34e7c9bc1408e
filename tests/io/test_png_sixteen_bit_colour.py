"""PNGs of 16 bits per colour are read and written exactly."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli import pool
from poolcli.io.images import decode_while_starting
from poolcli.io.images.encoding import png_writer
from poolcli.io.images.pixel_array import PixelArray
from poolcli.io.open_document import open_document
from tests.conftest import Poolcli
from tests.io.image_files import Pixels, png, png_chunk

RNG = np.random.default_rng(16)
COLOUR_TYPES = {2: 4, 3: 2, 4: 6}
ADAM7 = ((0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2),
         (1, 2, 0, 1))  # fmt: skip
"""First row, step of rows, first column and step of columns of each pass (PNG 3rd edition, 8.1)."""


def filtered(rows: Pixels, pixel_bytes: int, filters: itertools.cycle[int]) -> bytes:
    """Return rows of bytes, each with the next of the filters (PNG 3rd edition, 9.2)."""
    data = b""
    above = np.zeros(rows.shape[1], int)
    for row in rows.astype(int):
        left = np.pad(row, (pixel_bytes, 0))[: len(row)]
        corner = np.pad(above, (pixel_bytes, 0))[: len(row)]
        estimate = left + above - corner
        distances = [abs(estimate - each) for each in (left, above, corner)]
        paeth = np.select(
            [(distances[0] <= distances[1]) & (distances[0] <= distances[2]),
             distances[1] <= distances[2]], [left, above], corner,
        )  # fmt: skip
        number = next(filters)
        predicted = (np.zeros_like(row), left, above, (left + above) // 2, paeth)[number]
        data += bytes([number]) + ((row - predicted) & 255).astype(np.uint8).tobytes()
        above = row
    return data


def sixteen_bit_png(
    samples: Pixels, *, filters: tuple[int, ...] = (0,), interlaced: bool = False
) -> bytes:
    """Return a PNG of uint16 samples, H W C, with any filters, whose chunks hold 50 bytes."""
    height, width, channels = samples.shape
    passes = ADAM7 if interlaced else ((0, 1, 0, 1),)
    data, following = b"", itertools.cycle(filters)
    for top, row_step, left, column_step in passes:
        part = samples[top::row_step, left::column_step].astype(">u2")
        if part.size:
            data += filtered(part.reshape(len(part), -1).view(np.uint8), 2 * channels, following)
    head = struct.pack(">IIBBBBB", width, height, 16, COLOUR_TYPES[channels], 0, 0, int(interlaced))
    compressed = zlib.compress(data)
    parts = [compressed[at : at + 50] for at in range(0, len(compressed), 50)]
    chunks = [(b"IHDR", head), *((b"IDAT", part) for part in parts), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def samples_of(channels: int, height: int = 13, width: int = 11) -> Pixels:
    """Return smooth colours with noise in the low bits, and some of any value."""
    smooth = np.add.outer(np.arange(height) * 900, np.arange(width) * 700)[..., None]
    samples = smooth + 40 * np.arange(channels) + RNG.integers(0, 300, (height, width, channels))
    samples[::5] = RNG.integers(0, 65536, samples[::5].shape)
    return samples.astype(np.uint16)


def read(path: Path) -> tuple[Any, str | None]:
    """Return the pixels and the mode of an image as poolcli reads it."""
    with open_document(str(path), 0, indexed=False) as document:
        item = next(document.items())
        whole = tuple(slice(0, size) for size in item.source.shape)
        return np.array(item.source[whole]), item.image_mode


def written_samples(path: Path) -> Pixels:
    """Return the samples of a 16-bit PNG that was written without the filter Paeth."""
    data = path.read_bytes()
    width, height, depth, colour_type, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    assert (depth, interlaced) == (16, 0)
    channels = {colour_type: count for count, colour_type in COLOUR_TYPES.items()}[colour_type]
    with Image.open(io.BytesIO(data)) as image:  # Pillow undoes the filters of both halves
        high, mode = np.asarray(image), image.mode
    pixels, _ = read(path)
    assert pixels.shape == (height, width, channels)
    shown = high[..., [0, 3]] if channels == 2 else high
    assert mode == ("RGB" if channels == 3 else "RGBA")
    np.testing.assert_array_equal(pixels >> 8, shown)
    return pixels


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (3,), (4,), (0, 1, 2, 3, 4)])
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_all_filters_and_interlacing(
    tmp_path: Path, channels: int, filters: tuple[int, ...], interlaced: bool
) -> None:
    samples = samples_of(channels)
    path = tmp_path / "x.png"
    path.write_bytes(sixteen_bit_png(samples, filters=filters, interlaced=interlaced))
    pixels, mode = read(path)
    assert mode == {2: "LA;uint16", 3: "RGB;uint16", 4: "RGBA;uint16"}[channels]
    assert pixels.dtype == np.uint16
    np.testing.assert_array_equal(pixels, samples)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_another_decoder_reads_the_same(poolcli: Poolcli, tmp_path: Path, channels: int) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    samples = samples_of(channels, 40, 30)
    path = tmp_path / "x.png"
    for data in (imagecodecs.png_encode(samples, level=9), sixteen_bit_png(samples, filters=(4,))):
        path.write_bytes(data)
        np.testing.assert_array_equal(read(path)[0], imagecodecs.png_decode(data))
    assert poolcli("max", "x.png", "--k", 1, "-o", "y.png").code == 0
    written = imagecodecs.png_decode((tmp_path / "y.png").read_bytes())
    np.testing.assert_array_equal(written, samples)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_images_are_read_upright(tmp_path: Path, channels: int, orientation: int) -> None:
    samples = samples_of(channels)
    data = sixteen_bit_png(samples)
    exif = Image.Exif()
    exif[0x0112] = orientation
    chunk = png_chunk(b"eXIf", exif.tobytes()[6:])
    path = tmp_path / "x.png"
    path.write_bytes(data[:33] + chunk + data[33:])
    upright = {
        1: samples, 2: samples[:, ::-1], 3: samples[::-1, ::-1], 4: samples[::-1],
        5: samples.swapaxes(0, 1), 6: samples[::-1].swapaxes(0, 1),
        7: samples[::-1, ::-1].swapaxes(0, 1), 8: samples[:, ::-1].swapaxes(0, 1),
    }[orientation]  # fmt: skip
    np.testing.assert_array_equal(read(path)[0], upright)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_images_decoded_while_starting_are_read_exactly(tmp_path: Path, channels: int) -> None:
    samples = samples_of(channels)
    path = tmp_path / "x.png"
    path.write_bytes(sixteen_bit_png(samples))
    decode_while_starting.start_decoding(str(path))
    pixels, mode = read(path)
    assert mode == {2: "LA;uint16", 3: "RGB;uint16", 4: "RGBA;uint16"}[channels]
    np.testing.assert_array_equal(pixels, samples)


@pytest.mark.parametrize("pooling", ["max", "avg", "median", "mode", "std"])
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_results_keep_16_bits(
    poolcli: Poolcli, tmp_path: Path, channels: int, pooling: str
) -> None:
    samples = samples_of(channels, 12, 10)
    (tmp_path / "x.png").write_bytes(sixteen_bit_png(samples))
    straight = ["--straight-alpha"] if pooling == "avg" else []
    ran = poolcli(pooling, "x.png", *straight, "-o", "y.png", "--json")
    assert (ran.code, ran.record["notes"]) == (0, [])
    assert ran.record["out"]["dtype"] == "uint16"
    assert poolcli(pooling, "x.png", *straight, "-o", "y.npy").code == 0
    if pooling == "mode":
        expected = np.load("y.npy")
    else:
        expected = pool(samples, pooling, 2, axes=(0, 1))
        np.testing.assert_array_equal(np.load("y.npy"), expected)
        # float32 may round a value to a half, which would be rounded again.
        expected = pool(samples, pooling, 2, axes=(0, 1), dtype="float64")
    rounded = np.floor(expected.astype(np.float64) + 0.5).astype(np.uint16)
    np.testing.assert_array_equal(written_samples(tmp_path / "y.png"), rounded)


def test_avg_weights_colours_by_alpha(poolcli: Poolcli, tmp_path: Path) -> None:
    samples = samples_of(4, 2, 2)
    (tmp_path / "x.png").write_bytes(sixteen_bit_png(samples))
    assert poolcli("avg", "x.png", "-o", "y.png").code == 0
    colours, alpha = samples[..., :3].astype(object), samples[..., 3:].astype(object)
    weighted = (colours * alpha).sum((0, 1)) / alpha.sum()
    expected = [*weighted, alpha.sum() / 4]
    found = written_samples(tmp_path / "y.png")
    np.testing.assert_array_equal(found[0, 0], [int(each + 0.5) for each in expected])


def test_the_transparent_colour_has_16_bits(poolcli: Poolcli, tmp_path: Path) -> None:
    samples = samples_of(3, 2, 4)
    samples[0, 0] = samples[1, 2] = 1000, 2000, 3000
    samples[0, 1] = 1000, 2000, 3001
    colour = np.array([1000, 2000, 3000], ">u2").tobytes()
    (tmp_path / "x.png").write_bytes(png(samples, 16, 2, colour))
    pixels, mode = read(tmp_path / "x.png")
    assert mode == "RGBA;uint16"
    np.testing.assert_array_equal(pixels[..., :3], samples)
    assert pixels[..., 3].tolist() == [[0, 65535, 65535, 65535], [65535, 65535, 0, 65535]]
    assert poolcli("max", "x.png", "--json").record["notes"] == []


def test_arrays_are_written_as_16_bit_colour(poolcli: Poolcli, tmp_path: Path) -> None:
    for channels in (3, 4):
        samples = samples_of(channels, 12, 10)
        np.save("x.npy", samples)
        line = ("max", "x.npy", "--layout", "HWC", "-o", "y.png", "--overwrite")
        assert poolcli(*line).code == 0
        expected = pool(samples, "max", 2, axes=(0, 1))
        np.testing.assert_array_equal(written_samples(tmp_path / "y.png"), expected)


@pytest.mark.parametrize("png_filter", png_writer.FILTERS)
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_strips_follow_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: int, png_filter: int
) -> None:
    samples = samples_of(channels, 40, 30)
    colour = {2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    image = PixelArray(f"{colour};uint16", samples)
    monkeypatch.setattr(png_writer, "STRIP_BYTES", 7 * 30 * 2 * channels)
    for threads, options in ((1, {"compress_type": 3}), (3, {"compress_level": 6})):
        with (tmp_path / "x.png").open("wb") as file:
            png_writer.write_png(file, image, png_filter, options, threads)
        np.testing.assert_array_equal(written_samples(tmp_path / "x.png"), samples)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_images_of_one_row_or_column(
    poolcli: Poolcli, tmp_path: Path, shape: tuple[int, int]
) -> None:
    samples = samples_of(3, *shape)
    (tmp_path / "x.png").write_bytes(sixteen_bit_png(samples))
    for levels in ([], ["--compress-level", 9]):
        line = ["max", "x.png", "--k", 1, "-o", "y.png", "--overwrite"]
        assert poolcli(*line, *levels).code == 0
        np.testing.assert_array_equal(written_samples(tmp_path / "y.png"), samples)


@pytest.mark.parametrize("level", [None, 0, 1, 9])
@pytest.mark.parametrize("smooth", [False, True])
def test_files_are_small_at_all_levels(
    poolcli: Poolcli, tmp_path: Path, smooth: bool, level: int | None
) -> None:
    noise = RNG.integers(0, 65536, (120, 200, 3), np.uint16)
    gradient = np.repeat(np.add.outer(np.arange(120) * 99, np.arange(200) * 77)[..., None], 3, 2)
    samples = gradient.astype(np.uint16) if smooth else noise
    (tmp_path / "x.png").write_bytes(sixteen_bit_png(samples))
    levels = [] if level is None else ["--compress-level", level]
    assert poolcli("max", "x.png", "--k", 1, "-o", "y.png", *levels).code == 0
    np.testing.assert_array_equal(written_samples(tmp_path / "y.png"), samples)
    size, stored = (tmp_path / "y.png").stat().st_size, samples.nbytes
    limit = 1.01 * stored if level == 0 or not smooth else 0.03 * stored
    assert size < limit + 200


def test_metadata_stays(poolcli: Poolcli, tmp_path: Path) -> None:
    data = sixteen_bit_png(samples_of(3))
    text, density = b"Title\0cells", struct.pack(">IIB", 11811, 11811, 1)
    chunks = png_chunk(b"tEXt", text) + png_chunk(b"pHYs", density)
    (tmp_path / "x.png").write_bytes(data[:33] + chunks + data[33:])
    assert poolcli("max", "x.png", "-o", "y.png").code == 0
    written = (tmp_path / "y.png").read_bytes()
    assert png_chunk(b"tEXt", text) in written
    assert png_chunk(b"pHYs", density) in written


def test_formats_of_8_bits_are_refused_unless_8_bits_are_asked_for(
    poolcli: Poolcli, tmp_path: Path
) -> None:
    samples = samples_of(3, 12, 10)
    (tmp_path / "x.png").write_bytes(sixteen_bit_png(samples))
    for extension in ("jpg", "webp", "bmp", "gif"):
        ran = poolcli("max", "x.png", "-o", f"y.{extension}")
        assert ran.code == 1
        assert "cannot hold 16-bit RGB images; PNG, TIFF or .npy can" in ran.err
    assert "--dtype uint8 keeps the values" in poolcli("max", "x.png", "-o", "y.jpg").err
    assert poolcli("max", "x.png", "-o", "y.bmp", "--dtype", "uint8").code == 0
    with Image.open("y.bmp") as image:
        expected = np.minimum(pool(samples, "max", 2, axes=(0, 1)), 255)
        np.testing.assert_array_equal(np.asarray(image), expected)
    assert poolcli("max", "x.png", "-o", "y.jpg", "--normalize").code == 0


def test_8_bit_colours_become_16_bit_ones(poolcli: Poolcli, tmp_path: Path) -> None:
    values = RNG.integers(0, 256, (4, 4, 3), np.uint8)
    Image.fromarray(values).save("x.png")
    ran = poolcli("sum", "x.png", "--dtype", "uint16", "-o", "y.png")
    assert ran.code == 0
    expected = pool(values, "sum", 2, axes=(0, 1))
    np.testing.assert_array_equal(written_samples(tmp_path / "y.png"), expected)


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_truncated_files_fail(poolcli: Poolcli, tmp_path: Path, kept: float) -> None:
    for channels in (2, 3, 4):
        data = sixteen_bit_png(samples_of(channels))
        (tmp_path / "x.png").write_bytes(data[: int(kept * len(data))])
        ran = poolcli("max", "x.png")
        assert (ran.code, ran.err.count("\n")) == (1, 1)


def test_animations_are_refused(poolcli: Poolcli, tmp_path: Path) -> None:
    data = sixteen_bit_png(samples_of(3, 4, 4))
    control = struct.pack(">IIIIIHHBB", 0, 4, 4, 0, 0, 1, 10, 0, 0)
    animation = png_chunk(b"acTL", struct.pack(">II", 2, 0)) + png_chunk(b"fcTL", control)
    second = png_chunk(b"fcTL", struct.pack(">I", 1) + control[4:])
    pixels = zlib.compress(bytes(4 * 25))
    second += png_chunk(b"fdAT", struct.pack(">I", 2) + pixels)
    (tmp_path / "x.png").write_bytes(data[:33] + animation + data[33:-12] + second + data[-12:])
    ran = poolcli("max", "x.png")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "an animated PNG with 16 bits per colour cannot be read; convert it to 8" in ran.err


def test_levels_and_indices(poolcli: Poolcli, tmp_path: Path) -> None:
    samples = samples_of(3, 16, 12)
    (tmp_path / "x.png").write_bytes(sixteen_bit_png(samples))
    assert poolcli("avg", "x.png", "--levels", 2, "-o", "y.png").code == 0
    for level, size in ((1, 2), (2, 4)):
        exact = pool(samples.astype(np.float64), "avg", size, axes=(0, 1))
        found = written_samples(tmp_path / f"y.L{level}.png")
        np.testing.assert_array_equal(found, np.floor(exact + 0.5))
    assert poolcli("max", "x.png", "--indices", "at.npy", "-o", "z.png").code == 0
    values, indices = pool(samples, "max", 2, axes=(0, 1), return_indices=True)
    np.testing.assert_array_equal(np.load("at.npy"), indices)
    np.testing.assert_array_equal(written_samples(tmp_path / "z.png"), values)


def test_other_commands_take_such_images(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(sixteen_bit_png(samples_of(4, 12, 10)))
    (tmp_path / "grey.png").write_bytes(sixteen_bit_png(samples_of(2, 12, 10)))
    for name in ("x.png", "grey.png"):
        assert poolcli("compare", name, "-o", "sheet.png", "--overwrite").code == 0
        assert poolcli("info", name, "--json").record["in"]["dtype"] == "uint16"
        line = ("max", name, "--preview", "--html", "page.html", "--overwrite")
        assert poolcli(*line).code == 0
    lines = poolcli("explain", "avg", "x.png").out.splitlines()
    assert [line for line in lines if line in ("R", "G", "B", "A")] == ["R", "G", "B", "A"]
    lines = poolcli("explain", "avg", "grey.png").out.splitlines()
    assert [line for line in lines if line in ("grey", "A")] == ["grey", "A"]
