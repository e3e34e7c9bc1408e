"""Small TIFF files that claim gigabytes: refused before memory is claimed."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poolcli.io.tiff.coded_size import READERS, coded_samples
from tests.conftest import Poolcli
from tests.io.tiff.test_damaged_tiff import changed_page, run
from tests.io.tiff.tiff_bytes import LONG, Tag, make_tiff, tag

imagecodecs = pytest.importorskip("imagecodecs")
pytest.importorskip("tifffile")

ENCODERS: dict[str, tuple[int, Callable[[Any], bytes]]] = {
    "JPEG": (7, lambda pixels: imagecodecs.jpeg8_encode(pixels)),
    "JPEG-LS": (7, lambda pixels: imagecodecs.jpegls_encode(pixels)),
    "JPEG 2000": (34712, lambda pixels: imagecodecs.jpeg2k_encode(pixels)),
    "codestream": (34712, lambda pixels: imagecodecs.jpeg2k_encode(pixels, codecformat=0)),
    "JPEG XR": (22610, lambda pixels: imagecodecs.jpegxr_encode(pixels)),
    "JPEG XL": (50002, lambda pixels: imagecodecs.jpegxl_encode(pixels)),
    "boxes": (50002, lambda pixels: imagecodecs.jpegxl_encode(pixels, usecontainer=True)),
    "LERC": (34887, lambda pixels: imagecodecs.lerc_encode(pixels)),
    "PNG": (34933, lambda pixels: imagecodecs.png_encode(pixels)),
    "WebP": (50001, lambda pixels: imagecodecs.webp_encode(colours(pixels), lossless=True)),
    "lossy WebP": (50001, lambda pixels: imagecodecs.webp_encode(colours(pixels), lossless=False)),
    "WebP with alpha": (50001, lambda pixels: imagecodecs.webp_encode(colours(pixels, 4))),
}
"""Compression and encoder of each format with a header of its own."""


def colours(pixels: Any, channels: int = 3) -> Any:
    return np.stack([pixels] * channels, -1)


@pytest.mark.parametrize("size", [(16, 16), (37, 61), (9, 500), (300, 400), (64, 128)], ids=str)
@pytest.mark.parametrize("name", ENCODERS)
def test_size_in_a_header(name: str, size: tuple[int, int]) -> None:
    compression, encode = ENCODERS[name]
    pixels = np.random.default_rng(1).integers(0, 200, size, np.uint8)
    if name == "JPEG-LS":
        pixels //= 200  # its encoder gives noise too little room
    assert coded_samples(compression, bytes(encode(pixels))) == pixels.size


@pytest.mark.parametrize("compression", READERS)
def test_headers_of_noise(compression: int) -> None:
    rng = np.random.default_rng(1)
    for size in (0, 1, 12, 30, 300):
        for signature in (b"", b"\xff\xd8\xff\xc0", b"\xff\x4f\xff\x51", b"WMPHOTO\0", b"\xff\x0a"):
            coded_samples(compression, signature + rng.bytes(size))
        coded_samples(compression, struct.pack(">I4s", 1, b"jxlc") + rng.bytes(size))


def small_page(compression: int, strip: bytes, *changes: Tag) -> bytes:
    """Return a TIFF of one tile of 16 by 16."""
    page = changed_page(
        tag(256, 16), tag(257, 16), tag(259, compression), tag(322, 16), tag(323, 16),
        tag(324, 8), tag(325, len(strip), kind=LONG), *changes, missing=(273, 278, 279),
    )  # fmt: skip
    return make_tiff([page], strip)


@pytest.mark.parametrize("name", sorted(set(ENCODERS) - {"JPEG", "JPEG-LS"}))
def test_a_tile_that_claims_more_pixels(poolcli: Poolcli, name: str) -> None:
    compression, encode = ENCODERS[name]
    strip = bytes(encode(np.zeros((1100, 1000), np.uint8)))
    colour = [tag(262, 2), tag(277, 3), tag(258, 8, 8, 8)] if compression == 50001 else []
    error = run(poolcli, small_page(compression, strip, *colour))
    assert "claims 1,100,000 samples, instead of at most" in error


@pytest.mark.parametrize("wrap", [zlib.compress, imagecodecs.zstd_encode])
@pytest.mark.parametrize("is_bomb", [False, True])
def test_compressed_lerc(poolcli: Poolcli, wrap: Callable[[bytes], bytes], is_bomb: bool) -> None:
    pixels = np.random.default_rng(1).integers(0, 200, (16, 16), np.uint8)
    strip = wrap(bytes(50_000_000) if is_bomb else imagecodecs.lerc_encode(pixels))
    error = run(poolcli, small_page(34887, strip), must_fail=is_bomb)
    assert is_bomb or error == ""


def test_a_tile_that_is_larger_than_its_page(poolcli: Poolcli) -> None:
    side = tag(322, 5008), tag(323, 5008)
    Path("x.tif").write_bytes(small_page(8, zlib.compress(bytes(5008 * 5008)), *side))
    ran = poolcli("max", "x.tif", "-o", "y.npy", "--quiet")
    assert ran.code == 1
    assert "has tiles of 5008x5008 for 16x16 pixels" in ran.err


@pytest.mark.parametrize("code", [330, 270, 34675, 273, 320])
def test_a_tag_of_4_gigabytes(tmp_path: Path, code: int) -> None:
    page = changed_page((code, 4, 1 << 30, struct.pack("<I", 8)))
    (tmp_path / "x.tif").write_bytes(make_tiff([page]))
    command = [sys.executable, "-m", "poolcli", "max", "x.tif", "-o", "y.npy", "--quiet", "-j", "1"]
    limited = ["bash", "-c", 'ulimit -v 1500000; exec "$@"', "bash", *command]
    ran = subprocess.run(
        limited, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert len(ran.stderr.splitlines()) == ran.returncode <= 1
    assert "memory" not in ran.stderr


def test_no_thread_to_compress(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python raises a RuntimeError if there is no memory for the stack of a thread."""
    import tifffile

    pixels = np.zeros((64, 64, 3), np.uint16)
    tifffile.imwrite("x.tif", pixels, photometric="rgb", compression="zlib", tile=(16, 16))

    def write(*args: object, **options: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(tifffile.TiffWriter, "write", write)
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--quiet")
    assert (ran.code, ran.err) == (1, "poolcli: x.tif: there is not enough memory for it\n")
    assert not Path("y.tif").exists()
