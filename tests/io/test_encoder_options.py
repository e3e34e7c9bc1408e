"""Options of encoders: those of the input, of the user, or by default."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.io.images.decoding import input_encoding
from poolcli.io.images.encoding import png_strategy, png_writer
from tests.conftest import Poolcli, Shell

MATCHING_OPTIONS = {"compress_level": png_strategy.MATCHING_LEVEL}

RNG = np.random.default_rng(2)


def photo(size: int = 64) -> np.ndarray[Any, Any]:
    """Return a smooth image with a little noise, uint8, H W 3."""
    y, x = np.mgrid[:size, :size] / size
    colour = np.stack([np.sin(5 * x), np.cos(4 * y), np.sin(3 * (x + y))], -1) * 100 + 128
    return (colour + RNG.normal(0, 4, colour.shape)).clip(0, 255).astype(np.uint8)


def chroma_sampling(image: Any) -> list[tuple[int, int]]:
    """Return horizontal and vertical sampling of each component of a JPEG."""
    return [layer[1:3] for layer in image.layer]


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("quality", [35, 82, 97])
def test_a_jpeg_keeps_tables_and_subsampling(
    poolcli: Poolcli, subsampling: str, quality: int
) -> None:
    Image.fromarray(photo()).save("x.jpg", quality=quality, subsampling=subsampling)
    assert poolcli("max", "x.jpg", "-o", "y.jpg").code == 0
    with Image.open("x.jpg") as before, Image.open("y.jpg") as image:
        assert image.quantization == before.quantization
        assert chroma_sampling(image) == chroma_sampling(before)
        assert image.size == (32, 32)


def test_a_jpeg_whose_tables_are_numbered_differently(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.fromarray(photo()).save("x.jpg", quality=60)
    data = bytearray((tmp_path / "x.jpg").read_bytes())
    for at in [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xdb"]:
        data[at + 4] ^= 1  # table 0 becomes 1, and 1 becomes 0
    start = data.index(b"\xff\xc0")
    for component in range(3):
        data[start + 12 + 3 * component] ^= 1
    (tmp_path / "x.jpg").write_bytes(data)
    assert poolcli("max", "x.jpg", "-o", "y.jpg").code == 0
    with Image.open("x.jpg") as before, Image.open("y.jpg") as image:
        assert image.quantization == {0: before.quantization[1], 1: before.quantization[0]}


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_with_a_single_table(poolcli: Poolcli, mode: str) -> None:
    Image.fromarray(photo()).convert(mode).save("x.jpg", quality=40, progressive=True)
    assert poolcli("max", "x.jpg", "-o", "y.jpg").code == 0
    with Image.open("x.jpg") as before, Image.open("y.jpg") as image:
        assert (image.mode, image.quantization) == (mode, before.quantization)
        assert image.info["progressive"]


def test_other_inputs_get_a_jpeg_of_quality_90(poolcli: Poolcli) -> None:
    Image.fromarray(photo()).save("x.png")
    poolcli("max", "x.png", "-o", "y.jpg")
    Image.fromarray(photo()).save("like.jpg", quality=90)
    Image.fromarray(photo()).save("x.jpg", quality=30)
    poolcli("max", "x.jpg", "--quality", 90, "-o", "z.jpg")
    with Image.open("like.jpg") as like:
        for name in ("y.jpg", "z.jpg"):
            with Image.open(name) as image:
                assert image.quantization == like.quantization


def webp_bitstreams(path: Path) -> set[bytes]:
    """Return the types of the bitstreams in a WebP: lossy, lossless or both."""
    data = path.read_bytes()
    return {kind for kind in (b"VP8 ", b"VP8L") if kind in data}


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("lossless", [True, False])
def test_a_lossless_webp_stays_lossless(
    poolcli: Poolcli, tmp_path: Path, lossless: bool, frames: int
) -> None:
    images = [Image.fromarray(photo()) for _ in range(frames)]
    save_options = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save("x.webp", lossless=lossless, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0", **save_options)
    assert poolcli("max", "x.webp", "-o", "y.webp").code == 0
    expected = {b"VP8L"} if lossless else {b"VP8 "}
    assert webp_bitstreams(tmp_path / "x.webp") == webp_bitstreams(tmp_path / "y.webp") == expected
    poolcli("max", "x.webp", "--quality", 50, "-o", "z.webp")
    assert webp_bitstreams(tmp_path / "z.webp") == {b"VP8 "}


def test_lossless_webp_keeps_hidden_colours(poolcli: Poolcli) -> None:
    pixels = RNG.integers(0, 256, (8, 8, 4), np.uint8)
    pixels[..., 3] = 0
    Image.fromarray(pixels).save("x.webp", lossless=True, exact=True)
    poolcli("max", "x.webp", "--k", 1, "-o", "y.webp")
    with Image.open("y.webp") as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_labels_are_not_blended_by_a_codec(poolcli: Poolcli, tmp_path: Path) -> None:
    labels = RNG.integers(0, 3, (16, 16), np.uint8) * 100
    Image.fromarray(np.repeat(np.repeat(labels, 2, 0), 2, 1)).save("x.png")
    poolcli("mode", "x.png", "-o", "y.webp")
    assert webp_bitstreams(tmp_path / "y.webp") == {b"VP8L"}
    with Image.open("y.webp") as image:
        np.testing.assert_array_equal(np.asarray(image)[..., 0], labels)
    for extension, name in (("jpg", "JPEG"), ("avif", "AVIF")):
        ran = poolcli("mode", "x.png", "-o", f"y.{extension}", "--json")
        assert ran.record["notes"] == [
            f"{name} changes values, which blends labels; PNG, TIFF and WebP keep them"
        ]


LOSSLESS = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "zstd", "lzma")
COMPRESSIONS = [(name, mode) for name in LOSSLESS for mode in ("1", "L", "RGB", "I;16", "F")]
COMPRESSIONS += [("group4", "1"), ("jpeg", "L"), ("jpeg", "RGB")]


@pytest.mark.parametrize(("compression", "mode"), COMPRESSIONS)
def test_tiff_keeps_its_compression(poolcli: Poolcli, compression: str, mode: str) -> None:
    grey = Image.fromarray(photo()[..., 0])
    image = {
        "I;16": lambda: Image.fromarray(photo()[..., 0].astype(np.uint16) * 255),
        "RGB": lambda: Image.fromarray(photo()),
    }.get(mode, lambda: grey.convert(mode))()
    image.save("x.tif", compression=compression)
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--json")
    assert (ran.code, ran.record["notes"]) == (0, [])
    with Image.open("y.tif") as result:
        assert result.info["compression"] == compression
        if compression != "jpeg":
            pixels = np.asarray(image)
            split = pixels.reshape(32, 2, 32, 2, *pixels.shape[2:])
            np.testing.assert_array_equal(np.asarray(result), split.max((1, 3)))


def test_a_compression_that_cannot_hold_the_output(poolcli: Poolcli) -> None:
    Image.fromarray(photo()[..., 0] > 128).save("x.tif", compression="group4")
    ran = poolcli("avg", "x.tif", "-o", "y.tif", "--json")
    assert ran.record["notes"] == [
        "compressed with deflate: group4 cannot be written for such an image"
    ]
    with Image.open("y.tif") as image:
        assert (image.mode, image.info["compression"]) == ("L", "tiff_adobe_deflate")


def test_each_page_keeps_its_compression(poolcli: Poolcli) -> None:
    pages = [Image.fromarray(photo()[..., 0]) for _ in range(3)]
    compressions = ("jpeg", "raw", "packbits")
    for page, compression in zip(pages, compressions, strict=True):
        page.encoderinfo = {"compression": compression}
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    poolcli("max", "x.tif", "-o", "y.tif")
    with Image.open("y.tif") as image:
        for number, compression in enumerate(compressions):
            image.seek(number)
            assert image.info["compression"] == compression


def test_a_tga_stays_run_length_encoded(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "red").save("x.tga", compression="tga_rle")
    poolcli("max", "x.tga", "-o", "y.tga")
    assert (tmp_path / "y.tga").stat().st_size < 1000


def test_formats_that_are_not_written_become_png_or_tiff(poolcli: Poolcli, tmp_path: Path) -> None:
    cards = ["SIMPLE  =                    T", "BITPIX  =                  -32"]
    cards += ["NAXIS   =                    2", "NAXIS1  =                    4"]
    cards += ["NAXIS2  =                    4", "END"]
    header = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    values = np.arange(16, dtype=">f4").reshape(4, 4) / 2
    (tmp_path / "x.fits").write_bytes(header + values.tobytes().ljust(2880, b"\0"))
    ran = poolcli("max", "x.fits", "--json")
    assert ran.record["output"] == "x.max-k2-s2.fits.tif"
    with Image.open("x.max-k2-s2.fits.tif") as image:
        assert image.mode == "F"


def gradient(size: int = 512) -> np.ndarray[Any, Any]:
    """Return the sum of row and column, uint16, H W."""
    return np.add.outer(np.arange(size), np.arange(size)).astype(np.uint16)


KINDS = {
    "photo": photo(256),
    "noise of 16 bits": RNG.poisson(500, (256, 256)).astype(np.uint16),
    "labels": np.repeat(np.repeat(RNG.integers(0, 9, (16, 16), np.uint8), 16, 0), 16, 1),
    "gradient of 16 bits": gradient() * 64,
    "tiles": np.tile(RNG.integers(0, 256, (16, 16, 3), np.uint8), (16, 16, 1)),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_png_strategy_that_suits_the_kind_of_image(kind: str) -> None:
    image = Image.fromarray(KINDS[kind])
    sizes = {}
    strategies = {
        "run-length": png_strategy.RUN_LENGTH_OPTIONS,
        "matching": MATCHING_OPTIONS,
    }
    for name, save_options in strategies.items():
        file = io.BytesIO()
        image.save(file, "PNG", **save_options)
        sizes[name] = file.tell()
    chosen = png_strategy.choose_strategy(image, threads=2)
    assert chosen == png_strategy.choose_strategy(image)
    run_length_suffices = sizes["run-length"] <= 1.1 * sizes["matching"]
    if (png_filter := chosen.pop(png_strategy.FILTER_OPTION, None)) is not None:
        file = io.BytesIO()
        png_writer.write_png(file, image, png_filter, chosen, 1)
        assert file.tell() <= 1.05 * sizes["run-length"]
    assert chosen == (png_strategy.RUN_LENGTH_OPTIONS if run_length_suffices else MATCHING_OPTIONS)
    assert run_length_suffices == (kind in ("photo", "noise of 16 bits", "labels"))


@pytest.mark.parametrize("level", [1, 3, 6, 9])
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_png_of_a_level_is_not_much_larger_than_that_of_pillow(
    poolcli: Poolcli, tmp_path: Path, kind: str, level: int
) -> None:
    Image.fromarray(KINDS[kind]).save("x.png", compress_level=level)
    ran = poolcli("max", "x.png", "--k", 1, "-o", "y.png", "--compress-level", level)
    assert ran.code == 0
    sizes = [(tmp_path / name).stat().st_size for name in ("x.png", "y.png")]
    assert sizes[1] <= 1.05 * sizes[0]
    with Image.open("y.png") as image:
        np.testing.assert_array_equal(np.asarray(image), KINDS[kind])


@pytest.mark.parametrize("kind", list(KINDS))
def test_level_0_stores_pixels_uncompressed(poolcli: Poolcli, tmp_path: Path, kind: str) -> None:
    Image.fromarray(KINDS[kind]).save("x.png")
    poolcli("max", "x.png", "--k", 1, "-o", "y.png", "--compress-level", 0)
    assert (tmp_path / "y.png").stat().st_size > KINDS[kind].nbytes
    with Image.open("y.png") as image:
        np.testing.assert_array_equal(np.asarray(image), KINDS[kind])


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 40)])
def test_pngs_of_odd_shapes(poolcli: Poolcli, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "red").save("x.png")
    assert poolcli("max", "x.png", "--k", 1, "-o", "y.png").code == 0
    with Image.open("y.png") as image:
        assert image.size == size


@pytest.mark.parametrize(("compression", "predictor"), [("tiff_lzw", 2), ("zstd", 2)])
@pytest.mark.parametrize("mode", ["L", "RGB", "I;16"])
def test_tiff_keeps_its_predictor(
    poolcli: Poolcli, compression: str, predictor: int, mode: str
) -> None:
    values = gradient(64)
    pixels = {"L": values.astype(np.uint8), "I;16": values * 99}.get(mode, photo())
    Image.fromarray(pixels).save("x.tif", compression=compression, tiffinfo={317: predictor})
    assert poolcli("max", "x.tif", "--k", 1, "-o", "y.tif").code == 0
    with Image.open("y.tif") as image:
        assert image.tag_v2[317] == predictor
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_the_outdated_number_of_deflate(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.fromarray(photo()).save("x.tif", compression="tiff_adobe_deflate")
    data = (tmp_path / "x.tif").read_bytes()
    tag = b"\x03\x01\x03\0\1\0\0\0"
    assert tag + b"\x08\0" in data
    (tmp_path / "x.tif").write_bytes(data.replace(tag + b"\x08\0", tag + b"\xb2\x80"))
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--json")
    assert ran.record["notes"] == []
    with Image.open("y.tif") as image:
        assert image.info["compression"] == "tiff_adobe_deflate"


@pytest.mark.parametrize("extension", ["jpg", "avif", "webp", "tif"])
def test_the_quality_option(poolcli: Poolcli, tmp_path: Path, extension: str) -> None:
    Image.fromarray(photo(128)).save(f"x.{extension}", compression="jpeg")
    sizes = []
    for quality in (0, 40, 95):
        output = tmp_path / f"{quality}.{extension}"
        poolcli("max", f"x.{extension}", "--k", 1, "--quality", quality, "-o", output)
        sizes.append(output.stat().st_size)
    assert sizes == sorted(set(sizes))


def test_labels_are_not_compressed_with_jpeg(poolcli: Poolcli) -> None:
    Image.fromarray(photo()[..., 0]).save("x.tif", compression="jpeg")
    ran = poolcli("mode", "x.tif", "-o", "y.tif", "--json")
    assert ran.record["notes"] == ["compressed with deflate: JPEG would blend labels"]
    Image.fromarray(photo()[..., 0]).save("x.png")
    ran = poolcli("mode", "x.png", "--quality", 50, "-o", "y.webp", "--json")
    assert ran.record["notes"] == [
        "WebP with a quality changes values, which blends labels; without, it keeps them"
    ]


def test_a_jpeg_of_rgb_is_not_converted_to_ycbcr(poolcli: Poolcli) -> None:
    Image.fromarray(photo()).save("x.jpg", keep_rgb=True, quality=80)
    poolcli("max", "x.jpg", "-o", "y.jpg")
    with Image.open("y.jpg") as image:
        assert image.info["adobe_transform"] == 0


def test_a_subsampling_that_cannot_be_written(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.fromarray(photo(16)).save("x.jpg", subsampling=1)
    data = bytearray((tmp_path / "x.jpg").read_bytes())
    start = data.index(b"\xff\xc0")
    data[start + 11] = 0x12  # tall instead of wide
    (tmp_path / "x.jpg").write_bytes(data)
    ran = poolcli("max", "x.jpg", "-o", "y.jpg", "--json")
    assert ran.record["notes"] == [
        "chroma is written in full resolution: Pillow cannot write the input's subsampling"
    ]


@pytest.mark.parametrize(("name", "kind"), [("j2k", b"\xff\x4f"), ("jp2", b"\0\0\0\x0c")])
def test_jpeg_2000_on_standard_output(shell: Shell, tmp_path: Path, name: str, kind: bytes) -> None:
    Image.fromarray(photo()).save(tmp_path / f"x.{name}")
    assert shell(f"poolcli max x.{name} -o -").stdout.startswith(kind)
    Image.fromarray(photo()).save(tmp_path / "x.png")
    assert shell(f"poolcli max x.png --format {name} -o -").stdout.startswith(kind)


def test_the_format_option_on_standard_output(shell: Shell, tmp_path: Path) -> None:
    Image.new("1", (8, 8)).save(tmp_path / "x.pbm")
    assert shell("poolcli max x.pbm --format pgm -o -").stdout.startswith(b"P5")
    assert shell("poolcli max x.pbm -o -").stdout.startswith(b"P4")
    shell("mkfifo f.tif; cat f.tif > got & poolcli max x.pbm -o f.tif; wait")
    assert (tmp_path / "got").read_bytes().startswith(b"II*")


def test_files_contain_no_time(poolcli: Poolcli, tmp_path: Path) -> None:
    frames = [Image.fromarray(photo(size)).resize((40, 40)) for size in (40, 50, 60)]
    frames[0].save("x.avif", save_all=True, append_images=frames[1:], duration=100)
    frames[0].save("x.png")
    assert poolcli("max", "x.avif", "-o", "y.avif").code == 0
    assert poolcli("max", "x.png", "-o", "y.pdf").code == 0
    data = (tmp_path / "y.avif").read_bytes()
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        version, flags, *times = struct.unpack_from(">B3sQQ", data, data.index(kind) + 4)
        assert (version, times) == (1, [0, 0]), flags
    with Image.open("y.avif") as image:
        assert image.n_frames == 3
    assert b"Date" not in (tmp_path / "y.pdf").read_bytes()


def test_files_do_not_contain_their_name(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.fromarray(photo()).save("x.png")
    for output in ("y.im", "y.pdf", "y.eps"):
        assert poolcli("max", "x.png", "-o", output).code == 0
        assert b"poolcli" not in (tmp_path / output).read_bytes()


def test_an_image_cast_to_another_dtype(poolcli: Poolcli) -> None:
    Image.fromarray(photo()[..., 0]).save("x.png")
    poolcli("avg", "x.png", "--dtype", "uint16", "-o", "y.png")
    poolcli("avg", "x.png", "--dtype", "float32", "-o", "y.tif")
    with Image.open("y.png") as image, Image.open("y.tif") as floats:
        assert (image.mode, floats.mode) == ("I;16", "F")


def test_the_sample_of_a_png_is_spread_over_the_image() -> None:
    pixels = np.zeros((800, 600, 3), np.uint8)
    pixels[400:] = np.tile(RNG.integers(0, 256, (40, 40, 3), np.uint8), (10, 15, 1))
    assert png_strategy.choose_strategy(Image.fromarray(pixels)) == MATCHING_OPTIONS


def test_webp_chunks_of_odd_size(tmp_path: Path) -> None:
    data = b"VP8X" + (10).to_bytes(4, "little") + bytes(10)
    data += b"ICCP" + (3).to_bytes(4, "little") + b"abc\0" + b"VP8L" + bytes(4)
    file = io.BytesIO(b"RIFF" + bytes(4) + b"WEBP" + data)
    assert input_encoding.is_lossless_webp(file)
