"""Pooled images: their pixels, compared with arithmetic written out here, and their modes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli
from tests.io.image_files import Pixels

RNG = np.random.default_rng(3)


def windows(pixels: Pixels, k: int = 2) -> Pixels:
    """Return the windows of an image, H W C, as float64, H/k W/k k*k C; the rest is left out."""
    height, width = pixels.shape[0] // k * k, pixels.shape[1] // k * k
    cropped = pixels[:height, :width].astype(np.float64)
    split = cropped.reshape(height // k, k, width // k, k, -1)
    return split.transpose(0, 2, 1, 3, 4).reshape(height // k, width // k, k * k, -1)


def half_up(values: Pixels, like: Pixels) -> Pixels:
    """Return values rounded half up and saturated, with the dtype and the channels of `like`."""
    info = np.iinfo(like.dtype)
    rounded = np.floor(values + 0.5).clip(info.min, info.max).astype(like.dtype)
    return rounded.reshape(*rounded.shape[:2], *like.shape[2:])


REDUCE: dict[str, Callable[[Pixels], Pixels]] = {
    "max": lambda w: w.max(2),
    "min": lambda w: w.min(2),
    "avg": lambda w: w.mean(2),
    "sum": lambda w: w.sum(2),
}

SHAPES = {
    ("L", "png"): (9, 7),
    ("RGB", "png"): (9, 7, 3),
    ("RGB", "bmp"): (8, 7, 3),
    ("L", "tif"): (9, 8),
    ("CMYK", "tif"): (9, 8, 4),
    ("YCbCr", "tif"): (9, 8, 3),
    ("LAB", "tif"): (9, 8, 3),
    ("I;16", "png"): (9, 7),
    ("I;16", "tif"): (9, 7),
    ("I", "tif"): (9, 7),
}


def random_image(mode: str, shape: tuple[int, ...]) -> tuple[Image.Image, Pixels]:
    """Return a random image, and its channels as unsigned integers."""
    dtype = {"I;16": np.uint16, "I": np.int32}.get(mode, np.uint8)
    info = np.iinfo(dtype)
    pixels = RNG.integers(info.min, info.max, shape, dtype, endpoint=True)
    if mode in ("I;16", "I"):
        return Image.fromarray(pixels), pixels
    if len(shape) == 2:
        return Image.fromarray(pixels), pixels
    bands = [Image.fromarray(np.ascontiguousarray(pixels[..., c])) for c in range(shape[2])]
    return Image.merge(mode, bands), pixels


def channels(path: Path) -> Pixels:
    """Return the channels of an image file, H W or H W C."""
    with Image.open(path) as image:
        if len(image.getbands()) == 1:
            return np.asarray(image)
        return np.stack([np.asarray(band) for band in image.split()], axis=-1)


@pytest.mark.parametrize("mode", REDUCE)
@pytest.mark.parametrize(("image_mode", "extension"), SHAPES)
def test_an_image_keeps_its_mode_and_depth(
    poolcli: Poolcli, tmp_path: Path, image_mode: str, extension: str, mode: str
) -> None:
    image, pixels = random_image(image_mode, SHAPES[image_mode, extension])
    image.save(tmp_path / f"x.{extension}")
    assert poolcli(mode, f"x.{extension}", "-o", f"y.{extension}").code == 0
    with Image.open(f"y.{extension}") as result:
        assert result.mode == image_mode
    expected = half_up(REDUCE[mode](windows(pixels)), pixels)
    np.testing.assert_array_equal(channels(tmp_path / f"y.{extension}"), expected)


def test_floats_stay_floats(poolcli: Poolcli, tmp_path: Path) -> None:
    pixels = RNG.random((6, 6), np.float32)
    Image.fromarray(pixels).save("x.tif")
    assert poolcli("avg", "x.tif", "-o", "y.tif").code == 0
    np.testing.assert_allclose(channels(tmp_path / "y.tif"), windows(pixels).mean(2)[..., 0])
    with Image.open("y.tif") as result:
        assert result.mode == "F"


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_means_weight_colour_by_alpha(poolcli: Poolcli, tmp_path: Path, mode: str) -> None:
    bands = len(mode)
    pixels = RNG.integers(0, 256, (12, 10, bands), np.uint8)
    pixels[..., -1][RNG.random((12, 10)) < 0.5] = 0
    pixels[:2, :2, -1] = 0
    Image.fromarray(pixels).save("x.png")
    assert poolcli("avg", "x.png", "-o", "y.png").code == 0
    split = windows(pixels)
    alpha = split[..., -1:]
    total = alpha.sum(2)
    colour = np.divide(
        (split[..., :-1] * alpha).sum(2), total, out=np.zeros((6, 5, bands - 1)), where=total > 0
    )
    expected = half_up(np.concatenate([colour, alpha.mean(2)], axis=-1), pixels)
    found = channels(tmp_path / "y.png")
    np.testing.assert_array_equal(found, expected)
    assert found[0, 0].tolist() == [0] * bands


@pytest.mark.parametrize("line", ["max", "min", "sum", "avg --straight-alpha"])
def test_other_modes_pool_each_channel_alone(poolcli: Poolcli, tmp_path: Path, line: str) -> None:
    pixels = RNG.integers(0, 256, (8, 8, 4), np.uint8)
    Image.fromarray(pixels).save("x.png")
    mode, *options = line.split()
    assert poolcli(mode, "x.png", *options, "-o", "y.png").code == 0
    expected = half_up(REDUCE[mode](windows(pixels)), pixels)
    np.testing.assert_array_equal(channels(tmp_path / "y.png"), expected)


def test_palettes_become_colours(poolcli: Poolcli, tmp_path: Path) -> None:
    image = Image.fromarray(RNG.integers(0, 4, (8, 8), np.uint8)).convert("P")
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 200, 0, 9, 9, 250])
    image.save("x.png")
    assert poolcli("avg", "x.png", "-o", "y.png").code == 0
    colours = np.asarray(image.convert("RGB"))
    expected = half_up(windows(colours).mean(2), colours)
    np.testing.assert_array_equal(channels(tmp_path / "y.png"), expected)
    image.save("transparent.png", transparency=0)
    assert poolcli("max", "transparent.png", "-o", "z.png").code == 0
    with Image.open("z.png") as result, Image.open("transparent.png") as transparent:
        assert result.mode == "RGBA"
        rgba = np.asarray(transparent.convert("RGBA"))
        np.testing.assert_array_equal(np.asarray(result), half_up(windows(rgba).max(2), rgba))


def test_1_bit_images(poolcli: Poolcli, tmp_path: Path) -> None:
    bits = RNG.random((9, 9)) < 0.3
    Image.fromarray(bits).save("x.png")
    poolcli("max", "x.png", "-o", "max.png")
    poolcli("avg", "x.png", "-o", "avg.png")
    poolcli("min", "x.png", "-o", "min.npy")
    with Image.open("max.png") as largest, Image.open("avg.png") as mean:
        assert (largest.mode, mean.mode) == ("1", "L")
        split = windows(bits * np.uint8(255))
        np.testing.assert_array_equal(np.asarray(largest) * 255, split.max(2)[..., 0])
        np.testing.assert_array_equal(np.asarray(mean), np.floor(split.mean(2)[..., 0] + 0.5))
    assert np.load("min.npy").dtype == np.uint8
    assert set(np.load("min.npy").ravel().tolist()) <= {0, 255}


def test_an_image_as_npy_is_not_rounded(poolcli: Poolcli) -> None:
    pixels = RNG.integers(0, 256, (8, 6, 3), np.uint8)
    Image.fromarray(pixels).save("x.png")
    ran = poolcli("avg", "x.png", "--k", "4x3", "-o", "y.npy", "--json")
    found = np.load("y.npy")
    assert (found.dtype, found.shape) == (np.float32, (2, 2, 3))
    exact = pixels.reshape(2, 4, 2, 3, 3).astype(np.float64).mean((1, 3))
    np.testing.assert_array_equal(found, exact.astype(np.float32))
    assert ran.record["out"]["layout"] == "HWC"


def test_levels_of_an_image_are_rounded_only_when_written(poolcli: Poolcli) -> None:
    pixels = RNG.integers(0, 256, (32, 32), np.uint8)
    Image.fromarray(pixels).save("x.png")
    assert poolcli("avg", "x.png", "--levels", 4, "-o", "y.png").code == 0
    for level in (1, 2, 3, 4):
        exact = windows(pixels, 2**level).mean(2)[..., 0]
        with Image.open(f"y.L{level}.png") as image:
            np.testing.assert_array_equal(np.asarray(image), np.floor(exact + 0.5))


def test_levels_of_16_bit_images_do_not_accumulate_errors(poolcli: Poolcli) -> None:
    # Level 6 averages 4096 pixels; the exact mean ends in .5, which takes 16 + 12 bits.
    blocks = [RNG.permutation(np.arange(4096) % 2 + 60_000).reshape(64, 64) for _ in range(4)]
    Image.fromarray(np.block([blocks[:2], blocks[2:]]).astype(np.uint16)).save("x.png")
    assert poolcli("avg", "x.png", "--levels", 6, "-o", "y.png").code == 0
    with Image.open("y.L6.png") as image:
        np.testing.assert_array_equal(np.asarray(image), np.full((2, 2), 60_001))


def test_orientation_is_applied_once(poolcli: Poolcli) -> None:
    pixels = RNG.integers(0, 256, (8, 4), np.uint8)
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees, clockwise
    image.save("x.png", exif=exif)
    ran = poolcli("max", "x.png", "-o", "y.png", "--json")
    assert ran.record["in"]["shape"] == [4, 8]
    upright = np.rot90(pixels, -1)
    with Image.open("y.png") as result:
        assert result.getexif().get(0x0112, 1) == 1
        np.testing.assert_array_equal(np.asarray(result), windows(upright).max(2)[..., 0])


@pytest.mark.parametrize("extension", ["gif", "png", "webp", "tif"])
def test_all_frames_are_pooled(poolcli: Poolcli, extension: str) -> None:
    frames = [Image.new("RGB", (8, 6), (60 * n, 0, 200)) for n in range(3)]
    frames[0].save(f"x.{extension}", save_all=True, append_images=frames[1:], duration=70)
    ran = poolcli("max", f"x.{extension}", "-o", f"y.{extension}", "--json")
    assert ran.code == 0
    assert ran.record["frames"] == 3
    assert ran.record["out"]["shape"] == [3, 4, 3]
    with Image.open(f"y.{extension}") as result:
        assert result.n_frames == 3
        if extension == "gif":
            assert result.info["duration"] == 70
    ran = poolcli("max", f"x.{extension}", "-o", "y.npy", "--json", "--overwrite")
    assert ran.record["out"]["shape"] == [3, 3, 4, 3]
    assert ran.record["out"]["layout"] == "NHWC"
    assert np.load("y.npy").shape == (3, 3, 4, 3)


def test_pages_of_different_sizes(poolcli: Poolcli) -> None:
    pages = [Image.new("L", size, 5) for size in ((8, 8), (4, 6))]
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    assert poolcli("max", "x.tif", "-o", "y.npz").code == 0
    with np.load("y.npz") as arrays:
        assert [arrays[key].shape for key in arrays] == [(4, 4), (3, 2)]
    ran = poolcli("max", "x.tif", "-o", "y.npy")
    assert ran.code == 1
    assert ".npz holds them" in ran.err
    assert poolcli("max", "x.tif", "-o", "y.tif").code == 0
    with Image.open("y.tif") as result:
        assert result.n_frames == 2


def test_pages_of_different_modes_keep_them(poolcli: Poolcli, tmp_path: Path) -> None:
    modes = ("L", "I;16", "F", "RGB", "CMYK", "1", "RGBA", "I", "LA")
    pages = [Image.new(mode, (4, 4)) for mode in modes]
    pages[1] = Image.fromarray(np.full((4, 4), 40000, np.uint16))
    pages[2] = Image.new("F", (4, 4), -0.5)
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--json")
    assert ran.code == 0
    with Image.open("y.tif") as result:
        found = []
        for number in range(result.n_frames):
            result.seek(number)
            found.append((result.mode, np.asarray(result).max()))
    assert [mode for mode, _ in found] == list(modes)
    assert [found[1][1], found[2][1]] == [40000, -0.5]
    for name, message in (
        ("y.gif", "GIF wants frames of one mode, not L, I;16, F"),
        ("y.npy", "frames of unlike channels"),
    ):
        ran = poolcli("max", "x.tif", "-o", name)
        assert ran.code == 1
        assert message in ran.err
        assert ".npz" in ran.err
        assert not (tmp_path / name).exists()


def test_frames_with_a_common_mode_take_it(poolcli: Poolcli) -> None:
    pages = [Image.new("L", (4, 4), 90), Image.new("RGB", (4, 4), "red"), Image.new("LA", (4, 4))]
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    assert poolcli("max", "x.tif", "-o", "y.webp").code == 0
    with Image.open("y.webp") as result:
        assert (result.mode, result.n_frames) == ("RGBA", 3)


def test_frames_of_different_dtypes(poolcli: Poolcli) -> None:
    pages = [Image.new("L", (4, 4)), Image.new("F", (4, 4))]
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    ran = poolcli("max", "x.tif", "-o", "y.npz", "--json")
    assert ran.record["out"]["shape"] == [2, 2]
    assert ran.record["out"]["layout"] == "HW"
    assert "frames of unlike dtype" in poolcli("max", "x.tif", "-o", "y.npy").err
    with np.load("y.npz") as arrays:
        assert [arrays[key].dtype for key in arrays] == [np.uint8, np.float32]


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("max x.pbm", "x.max-k2-s2.pbm"),
        ("avg x.pbm", "x.avg-k2-s2.pgm"),
        ("avg x.pbm -o out/", "out/x.pgm"),
        ("avg x.pbm -o y.pnm", "y.pnm"),
        ("avg x.pbm --format ppm", "x.avg-k2-s2.ppm"),
        ("avg x.pnm", "x.avg-k2-s2.pnm"),
    ],
)
def test_the_extension_of_a_portable_map_follows_its_mode(
    poolcli: Poolcli, tmp_path: Path, line: str, output: str
) -> None:
    for name in ("x.pbm", "x.pnm"):
        Image.new("1", (8, 8)).save(tmp_path / name)
    ran = poolcli(*line.split(), "--json")
    assert ran.record["output"] == output
    again = poolcli(*line.split(), "--json", "--skip-existing")
    assert again.record["status"] == "skipped"


def test_ignored_values_are_compared_channel_by_channel(poolcli: Poolcli, tmp_path: Path) -> None:
    pixels = RNG.integers(0, 3, (8, 8, 3), np.uint8)
    Image.fromarray(pixels).save("x.png")
    assert poolcli("min", "x.png", "--ignore", 0, "-o", "y.png").code == 0
    split = windows(pixels)
    kept = np.where(split == 0, np.inf, split).min(2)
    expected = np.where(np.isinf(kept), 0, kept)
    np.testing.assert_array_equal(channels(tmp_path / "y.png"), expected)


def test_alpha_is_not_ignored(poolcli: Poolcli, tmp_path: Path) -> None:
    pixels = np.array([[[0, 8, 0], [4, 8, 0]], [[6, 8, 8], [0, 8, 0]]], np.uint8)
    pixels = np.stack([pixels[..., 0], pixels[..., 2]], axis=-1)
    pixels[..., 1] = [[0, 200], [100, 0]]
    Image.fromarray(pixels).save("x.png")
    assert poolcli("avg", "x.png", "--ignore", 0, "-o", "y.png").code == 0
    # grey: (4*200 + 6*100) / 300; alpha: 300 / 4
    assert channels(tmp_path / "y.png").tolist() == [[[5, 75]]]


@pytest.mark.parametrize(
    ("array", "extension", "mode"),
    [
        (np.eye(4, dtype=bool), "png", "1"),
        (np.eye(4, dtype=np.uint8), "png", "L"),
        (np.ones((4, 4, 1), np.uint8), "png", "L"),
        (np.ones((4, 4, 3), np.uint8), "png", "RGB"),
        (np.ones((4, 4, 4), np.uint8), "png", "RGBA"),
        (np.full((4, 4), 40000, np.uint16), "png", "I;16"),
        (np.full((4, 4), -4, np.int32), "tif", "I"),
        (np.full((4, 4), 0.5, np.float32), "tif", "F"),
    ],
)
def test_arrays_written_as_images(
    poolcli: Poolcli, array: Pixels, extension: str, mode: str
) -> None:
    np.save("x.npy", array)
    layout = ["--layout", "HWC"] if array.ndim == 3 else []
    assert poolcli("max", "x.npy", *layout, "-o", f"y.{extension}").code == 0
    with Image.open(f"y.{extension}") as result:
        assert (result.mode, result.size) == (mode, (2, 2))
        assert np.asarray(result).max() == array.max()


def test_normalize_maps_the_finite_range(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.array([[-1.0, 0, 1, 3, np.inf, np.nan]]))
    assert poolcli("max", "x.npy", "--k", 1, "--normalize", "-o", "y.png").code == 0
    assert channels(tmp_path / "y.png").tolist() == [[0, 64, 128, 255, 255, 0]]


def test_grey_and_opaque_images_go_into_formats_of_rgb(poolcli: Poolcli) -> None:
    Image.new("RGBA", (4, 4), (9, 8, 7, 255)).save("opaque.png")
    Image.new("L", (4, 4), 9).save("grey.png")
    assert poolcli("max", "opaque.png", "-o", "o.jpg").code == 0
    assert poolcli("max", "grey.png", "-o", "g.webp").code == 0
    with Image.open("o.jpg") as opaque, Image.open("g.webp") as grey:
        assert (opaque.mode, grey.mode) == ("RGB", "RGB")


@pytest.mark.parametrize("plain", [False, True])
def test_portable_maps_of_16_bits(poolcli: Poolcli, tmp_path: Path, plain: bool) -> None:
    numbers = RNG.integers(0, 65536, (6, 4), np.uint16)
    text = " ".join(map(str, numbers.ravel().tolist())).encode()
    data = text if plain else numbers.astype(">u2").tobytes()
    (tmp_path / "x.pgm").write_bytes((b"P2" if plain else b"P5") + b" 4 6 65535\n" + data)
    ran = poolcli("max", "x.pgm", "--json")
    assert ran.record["output"] == "x.max-k2-s2.pgm"
    assert (ran.record["in"]["dtype"], ran.record["notes"]) == ("uint16", [])
    largest = windows(numbers).max(2)[..., 0].astype(">u2")
    assert (tmp_path / "x.max-k2-s2.pgm").read_bytes() == b"P5\n2 3\n65535\n" + largest.tobytes()
    (tmp_path / "c.ppm").write_bytes((b"P3" if plain else b"P6") + b" 4 2 65535\n" + data)
    assert poolcli("max", "c.ppm", "--json").record["notes"] == ["16-bit colour was read as 8-bit"]


def test_a_format_that_cannot_be_written_becomes_png(poolcli: Poolcli, tmp_path: Path) -> None:
    # A grey Sun raster of 4 by 2 pixels.
    head = [0x59A66A95, 4, 2, 8, 8, 1, 0, 0]
    data = b"".join(n.to_bytes(4, "big") for n in head) + bytes([1, 2, 3, 4, 5, 6, 7, 8])
    (tmp_path / "x.ras").write_bytes(data)
    ran = poolcli("max", "x.ras", "--json")
    assert ran.record["output"] == "x.max-k2-s2.ras.png"
    assert ran.record["notes"] == [
        "written as PNG: SUN cannot hold the result or cannot be written"
    ]
    assert channels(tmp_path / "x.max-k2-s2.ras.png").tolist() == [[6, 8]]
    Image.new("L", (4, 2)).save("x.png")  # the results have different names
    assert poolcli("max", "x.ras", "x.png", "-o", "out/").code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"x.ras.png", "x.png"}


def test_quality_and_compression(poolcli: Poolcli, tmp_path: Path) -> None:
    pixels = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    Image.fromarray(pixels).save("x.png")
    for quality in (10, 95):
        poolcli("max", "x.png", "--quality", quality, "-o", f"{quality}.jpg")
    assert (tmp_path / "10.jpg").stat().st_size < (tmp_path / "95.jpg").stat().st_size
    for level in (0, 9):
        poolcli("max", "x.png", "--compress-level", level, "-o", f"{level}.png")
    assert (tmp_path / "9.png").stat().st_size < (tmp_path / "0.png").stat().st_size
