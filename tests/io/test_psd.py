"""PSD: channels, colours without the white matte, metadata, and files that are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.conftest import Poolcli
from tests.io.image_files import Pixels, psd

RNG = np.random.default_rng(7)
SIZE = (5, 11)
BITMAP, GREY, INDEXED, RGB, CMYK, MULTICHANNEL, DUOTONE, LAB = 0, 1, 2, 3, 4, 7, 8, 9


def channels(count: int) -> Pixels:
    """Return random channels, C H W."""
    return RNG.integers(0, 256, (count, *SIZE), np.uint8)


def read(poolcli: Poolcli, path: Path, data: bytes) -> tuple[str, Pixels, list[str]]:
    """Return the mode and the channels that poolcli reads from a PSD, and its notes."""
    path.write_bytes(data)
    ran = poolcli("max", path.name, "--k", 1, "-o", "y.tif", "--overwrite", "--json")
    assert ran.code == 0, ran.err
    with Image.open("y.tif") as image:
        bands = [np.asarray(band) for band in image.split()]
        return image.mode, np.stack(bands), ran.record["notes"]


@pytest.mark.parametrize("compression", [0, 1])
@pytest.mark.parametrize("extra", [0, 1, 2, 5])
@pytest.mark.parametrize(
    ("colour_mode", "count", "mode"),
    [(GREY, 1, "L"), (RGB, 3, "RGB"), (CMYK, 4, "CMYK"), (DUOTONE, 1, "L")],
)
def test_channels(
    poolcli: Poolcli,
    tmp_path: Path,
    colour_mode: int,
    count: int,
    mode: str,
    extra: int,
    compression: int,
) -> None:
    stored = channels(count + extra)
    data = psd(stored, colour_mode, compression=compression)
    found, pixels, notes = read(poolcli, tmp_path / "x.psd", data)
    if colour_mode == RGB and extra == 1:  # Pillow reads four channels as RGBA
        mode, count, extra = "RGBA", 4, 0
    assert found == mode
    np.testing.assert_array_equal(pixels, 255 - stored[:4] if mode == "CMYK" else stored[:count])
    note = f"{extra} of {count + extra} channels, alpha or selections, were left out"
    expected_notes = [note] if extra else []
    if colour_mode == DUOTONE:
        expected_notes.append("duotone was read as grey, without its inks")
    assert notes == expected_notes


@pytest.mark.parametrize("compression", [0, 1])
def test_one_bit(poolcli: Poolcli, tmp_path: Path, compression: int) -> None:
    bits = RNG.integers(0, 2, (1, *SIZE))
    data = psd(bits, BITMAP, depth=1, compression=compression)
    mode, pixels, _ = read(poolcli, tmp_path / "x.psd", data)
    assert mode == "1"
    np.testing.assert_array_equal(pixels, bits == 0)  # set bits are black


def test_transparency_of_layers(poolcli: Poolcli, tmp_path: Path) -> None:
    colours = channels(3).astype(np.float64)
    alpha = RNG.choice(np.array([0, 51, 255]), SIZE)
    over_white = np.floor((colours * alpha + 255.0 * (255 - alpha)) / 255 + 0.5).astype(np.uint8)
    stored = np.concatenate([over_white, alpha[None].astype(np.uint8), channels(1)])
    for compression in (0, 1):
        data = psd(stored, RGB, compression=compression, layers=-1)
        mode, pixels, notes = read(poolcli, tmp_path / "x.psd", data)
        assert mode == "RGBA"
        assert notes == ["1 of 5 channels, alpha or selections, were left out"]
        np.testing.assert_array_equal(pixels[3], alpha)
        visible = alpha > 0
        error = np.abs(pixels[:3].astype(float) - colours)
        assert error[:, alpha == 255].max() == 0
        assert error[:, visible].max() <= 3  # 8 bits of a mixture with white
        np.testing.assert_array_equal(pixels[:3][:, ~visible], over_white[:, ~visible])


def test_indexed(poolcli: Poolcli, tmp_path: Path) -> None:
    indices = RNG.integers(0, 4, (1, *SIZE), np.uint8)
    palette = RNG.integers(0, 256, (3, 256), np.uint8)
    plain = psd(indices, INDEXED, palette=palette.tobytes())
    mode, pixels, _ = read(poolcli, tmp_path / "x.psd", plain)
    assert mode == "RGB"
    np.testing.assert_array_equal(pixels, palette[:, indices[0]])
    transparent = psd(indices, INDEXED, palette=palette.tobytes(), resources=[(1047, b"\0\2")])
    mode, pixels, _ = read(poolcli, tmp_path / "x.psd", transparent)
    assert mode == "RGBA"
    np.testing.assert_array_equal(pixels[3], np.where(indices[0] == 2, 0, 255))


def test_lab(poolcli: Poolcli, tmp_path: Path) -> None:
    stored = np.stack([np.full(SIZE, level, np.uint8) for level in (138, 209, 195)])
    (tmp_path / "x.psd").write_bytes(psd(stored, LAB))  # L 54, a 81, b 67: a red
    assert poolcli("max", "x.psd", "--k", 1, "-o", "y.tif").code == 0
    with Image.open("y.tif") as image:
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        colours = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    assert colours is not None
    red, green, blue = colours.getpixel((0, 0))
    assert red > 240
    assert max(green, blue) < 40


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (psd(channels(3), RGB, depth=16), "a RGB PSD of 16 bits a channel"),
        (psd(channels(1), GREY, depth=32), "a grey PSD of 32 bits a channel"),
        (psd(channels(3), RGB, version=2), "a large Photoshop document (PSB)"),
        (psd(channels(3), MULTICHANNEL), "a multichannel PSD"),
        (psd(channels(3), RGB, compression=2), "compressed by ZIP"),
        (psd(channels(3), RGB, compression=3), "compressed by ZIP"),
        (
            psd(channels(3), RGB, resources=[(1057, b"\0\0\0\1\0" + bytes(8))]),
            "without a composite",
        ),
        (psd(channels(9), RGB, compression=1)[:100], "cut off"),
    ],
)
def test_unsupported_files_are_refused(
    poolcli: Poolcli, tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "x.psd").write_bytes(data)
    ran = poolcli("max", "x.psd")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert message in ran.err


def test_metadata(poolcli: Poolcli, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x013B] = "A. Artist"
    iptc = b"\x1c\x02\x69\x00\x03abc"
    resources = [
        (0x03ED, bytes([0, 150, 0, 0, 0, 1, 0, 1]) * 2),  # pixels an inch
        (0x0404, iptc),
        (0x040A, b"\0"),  # not under copyright: no note
        (0x0422, exif.tobytes().removeprefix(b"Exif\0\0")),
        (0x0424, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"),
    ]
    (tmp_path / "x.psd").write_bytes(psd(channels(3), RGB, resources=resources))
    ran = poolcli("max", "x.psd", "--json")
    assert ran.record["notes"][1:] == ["PNG cannot store IPTC: dropped"]
    with Image.open("x.max-k2-s2.psd.png") as image:
        assert image.getexif()[0x013B] == "A. Artist"
        assert b"adobe:ns:meta" in image.info["xmp"]
        assert image.info["dpi"] == pytest.approx((150, 150), abs=0.02)
    assert poolcli("max", "x.psd", "-o", "y.jpg").code == 0
    assert iptc in (tmp_path / "y.jpg").read_bytes()
