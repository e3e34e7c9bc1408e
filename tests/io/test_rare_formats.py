"""Rare formats: variants that Pillow decodes wrongly are corrected, noted or refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli
from tests.io.image_files import Pixels, im_with_table, mcidas_area

RNG = np.random.default_rng(13)
GREY = RNG.integers(0, 256, (4, 6), np.uint8)


def assert_refused(poolcli: Poolcli, name: str, message: str) -> None:
    ran = poolcli("max", name)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert message in ran.err
    assert "convert it to PNG with another program" in ran.err


def read(poolcli: Poolcli, name: str) -> tuple[Pixels, list[str]]:
    """Return the pixels that poolcli reads from a file, and its notes."""
    ran = poolcli("max", name, "--k", 1, "-o", "y.png", "--overwrite", "--json")
    assert ran.code == 0, ran.err
    with Image.open("y.png") as image:
        return np.asarray(image), ran.record["notes"]


def patch(path: Path, at: int, data: bytes) -> None:
    """Replace the bytes of a file from the offset `at` on."""
    patched = bytearray(path.read_bytes())
    patched[at : at + len(data)] = data
    path.write_bytes(patched)


def save_grey(tmp_path: Path, extension: str) -> Path:
    path = tmp_path / f"x.{extension}"
    Image.fromarray(GREY).save(path)
    return path


@pytest.mark.parametrize(
    ("extension", "at", "data", "message"),
    [
        ("pcx", 2, b"\0", "a PCX that is not compressed"),
        ("pcx", 66, b"\x0c\0", "a PCX of 12 bytes a row"),
        ("tga", 17, b"\x40", "an interleaved TGA"),
        ("sgi", 104, b"\0\0\0\1", "an SGI image with a colour map"),
    ],
)
def test_variants_that_pillow_decodes_wrongly_are_refused(
    poolcli: Poolcli, tmp_path: Path, extension: str, at: int, data: bytes, message: str
) -> None:
    path = save_grey(tmp_path, extension)
    np.testing.assert_array_equal(read(poolcli, path.name)[0], GREY)
    patch(path, at, data)
    assert_refused(poolcli, path.name, message)


@pytest.mark.parametrize("attributes", [0, 1])
def test_16_bit_tga_without_alpha(poolcli: Poolcli, tmp_path: Path, attributes: int) -> None:
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 2, 1, 16, 0x20 | attributes)
    (tmp_path / "x.tga").write_bytes(head + struct.pack("<HH", 0x7C00, 0xFC00) + bytes(26))
    pixels, _ = read(poolcli, "x.tga")
    alpha = pixels[..., 3].tolist() if pixels.shape[2] == 4 else [[255, 255]]
    assert alpha == ([[255, 0]] if attributes else [[255, 255]])


def sun(depth: int, kind: int, data: bytes, width: int, palette: bytes = b"") -> bytes:
    """Return a Sun raster of one row."""
    head = struct.pack(
        ">8I", 0x59A66A95, width, 1, depth, len(data), kind, int(bool(palette)), len(palette)
    )
    return head + palette + data


def test_sun_rasters(poolcli: Poolcli, tmp_path: Path) -> None:
    path = tmp_path / "x.ras"
    for kind, order in ((1, [2, 1, 0]), (3, [0, 1, 2])):
        path.write_bytes(sun(32, kind, bytes([99, 10, 20, 30, 99, 40, 50, 60]), 2))
        expected = np.array([[10, 20, 30], [40, 50, 60]])[:, order]
        assert read(poolcli, "x.ras")[0][0].tolist() == expected.tolist()
    path.write_bytes(sun(1, 1, b"\x40\0", 2, bytes([1, 2, 3, 4, 5, 6])))
    assert read(poolcli, "x.ras")[0][0].tolist() == [[1, 3, 5], [2, 4, 6]]
    path.write_bytes(sun(8, 2, b"\1\2\3\0", 3))
    assert_refused(poolcli, "x.ras", "a run-length encoded Sun raster of padded rows")


def test_colours_of_an_x_pixmap(poolcli: Poolcli, tmp_path: Path) -> None:
    text = '/* XPM */\nstatic char *x[] = {{\n"2 1 2 1",\n"a c {}",\n"b c #0a141e",\n"ab"\n}};\n'
    (tmp_path / "x.xpm").write_text(text.format("#ff8000"))
    assert read(poolcli, "x.xpm")[0].tolist() == [[[255, 128, 0], [10, 20, 30]]]
    (tmp_path / "x.xpm").write_text(text.format("#ffff80800000"))
    assert_refused(poolcli, "x.xpm", "an XPM with colours of 12 digits")


def test_bits_of_an_x_bitmap(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("1", (8, 2), 1).save(tmp_path / "x.xbm")
    assert "set bits were read as white" in read(poolcli, "x.xbm")[1][0]


@pytest.mark.filterwarnings("ignore:IM image format is deprecated")
def test_im_files(poolcli: Poolcli, tmp_path: Path) -> None:
    path = tmp_path / "x.im"
    path.write_bytes(im_with_table(GREY, bytes(range(255, -1, -1))))
    np.testing.assert_array_equal(read(poolcli, "x.im")[0], 255 - GREY)
    head = b"Image type: L 16 image\r\nFile size (no of images): 2\r\n"
    head += b"Image size (x*y): 6*4\r\n"
    path.write_bytes(head.ljust(511, b"\0") + b"\x1a" + bytes(6 * 4 * 2 * 2))
    assert_refused(poolcli, "x.im", "an IM file of several I;16 frames")


def test_mcidas_areas(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "x.area").write_bytes(mcidas_area(GREY, 1))
    np.testing.assert_array_equal(read(poolcli, "x.area")[0], GREY)
    (tmp_path / "x.area").write_bytes(mcidas_area(GREY, 3))
    assert_refused(poolcli, "x.area", "a McIdas area of 3 bands")


def fli(palettes: int) -> bytes:
    """Return an animation of two frames of one colour; the first `palettes` have a palette."""
    palette = struct.pack("<IHHBB", 14, 4, 1, 0, 1) + b"\1\2\3\0"
    black = struct.pack("<IH", 16, 13) + bytes(10)
    frames = b""
    for number in range(2):
        chunks = (palette if number < palettes else b"") + black
        count = 1 + (number < palettes)
        frames += struct.pack("<IHH8x", 16 + len(chunks), 0xF1FA, count) + chunks
    head = struct.pack("<IHHHHHH", 128 + len(frames), 0xAF12, 2, 4, 2, 8, 0)
    return head.ljust(128, b"\0") + frames


def test_an_fli_whose_palette_changes_is_refused(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "x.fli").write_bytes(fli(1))
    pixels, _ = read(poolcli, "x.fli")
    assert pixels[0, 0].tolist() == [1, 2, 3]
    (tmp_path / "x.fli").write_bytes(fli(2))
    assert_refused(poolcli, "x.fli", "an animation (FLI, FLC) whose palette changes")


def test_faces_slices_and_depth_of_dds(poolcli: Poolcli, tmp_path: Path) -> None:
    path = tmp_path / "x.dds"
    Image.new("RGB", (4, 4), "red").save(path)
    assert read(poolcli, "x.dds")[1] == []
    patch(path, 112, (0xFE00).to_bytes(4, "little"))
    assert read(poolcli, "x.dds")[1] == [
        "the first of 6 faces of the cube map was read, the others were left out"
    ]
    patch(path, 112, (0x200000).to_bytes(4, "little"))
    patch(path, 24, b"\5")
    assert read(poolcli, "x.dds")[1] == [
        "the first of 5 slices of the volume was read, the others were left out"
    ]
    patch(path, 112, bytes(4))
    masks = struct.pack("<5I", 32, 0x3FF, 0xFFC00, 0x3FF00000, 0)
    path.write_bytes(path.read_bytes()[:88] + masks + path.read_bytes()[108:128] + bytes(64))
    assert read(poolcli, "x.dds")[1] == ["10-bit colour was read as 8-bit"]


@pytest.mark.parametrize("version", [b"BLP1", b"BLP2"])
def test_a_palette_with_alpha_is_refused(poolcli: Poolcli, tmp_path: Path, version: bytes) -> None:
    if version == b"BLP1":
        head = version + struct.pack("<IIIIII", 1, 8, 4, 4, 4, 0)
    else:
        head = version + struct.pack("<IbbbbII", 1, 1, 8, 0, 0, 4, 4)
    (tmp_path / "x.blp").write_bytes(head + bytes(2000))
    assert_refused(poolcli, "x.blp", "a BLP of palette colours with alpha")
