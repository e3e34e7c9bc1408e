"""Damaged images: exit code 0, or 1 and an error of one line, and no other output."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from PIL import Image

from poolcli.io.formats import default_extension
from poolcli.io.images import pixel_limits
from poolcli.io.storable_image_modes import STORABLE_MODES
from tests.conftest import CommandResult, Poolcli
from tests.io.image_files import png_chunk
from tests.io.image_plugins import require_encoder

UNREADABLE = ("PDF", "EPS")
INTACT = [
    (name, mode)
    for name, modes in STORABLE_MODES.items()
    for mode in modes
    if name not in UNREADABLE
]
INTACT = [(name, mode) for name, mode in INTACT if not mode.startswith("P;")]


def intact_file(name: str, mode: str) -> bytes:
    """Return a file of a format and a mode."""
    require_encoder(name)
    rng = np.random.default_rng(6)
    grey = Image.fromarray(rng.integers(0, 200, (16, 16), np.uint8))
    if mode == "LAB":
        image = Image.merge("LAB", [grey] * 3)
    elif mode == "I;16":
        image = Image.fromarray(rng.integers(0, 65536, (16, 16), np.uint16))
    else:
        image = grey if mode == "L" else grey.convert(mode)
    file = io.BytesIO()
    file.name = "x" + default_extension(name, mode)
    save_options = {"sizes": [(16, 16)]} if name == "ICO" else {}
    image.save(file, name, **save_options)
    return file.getvalue()


def check_errors(ran: CommandResult) -> None:
    """Check that a run printed one line for each failure, of a moderate length."""
    assert ran.code in (0, 1)
    lines = ran.err.splitlines()
    assert len(lines) == ran.code, ran.err
    assert "a bug in poolcli" not in ran.err
    if ran.code:
        assert lines[0].startswith("poolcli: x: ")
        assert len(lines[0]) < 300


@pytest.mark.filterwarnings("ignore:IM image format is deprecated")
@pytest.mark.parametrize(("name", "mode"), INTACT)
def test_damaged_files_of_every_format(
    poolcli: Poolcli,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    name: str,
    mode: str,
) -> None:
    data = intact_file(name, mode)
    rng = np.random.default_rng(zlib.crc32(f"{name} {mode}".encode()))
    damaged = [data[: len(data) * part // 8] for part in (1, 4, 7)]
    damaged += [data[:length] for length in (1, 20) if length < len(data)]
    for flips in (1, 5, 30):
        flipped = bytearray(data)
        for at in rng.integers(0, len(data), flips):
            flipped[at] ^= 1 << rng.integers(0, 8)
        damaged.append(bytes(flipped))
    for each in damaged:
        (tmp_path / "x").write_bytes(each)
        check_errors(
            poolcli("max", "x", "--max-pixels", 100_000, "--quiet", "-o", "out/", "--overwrite")
        )
        assert not list(tmp_path.rglob(".poolcli-*"))
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""


@pytest.mark.parametrize("frames", [b"gif", b"png", b"webp", b"tiff", b"mpo", b"avif"])
def test_damaged_animations(poolcli: Poolcli, tmp_path: Path, frames: bytes) -> None:
    name = frames.decode()
    rng = np.random.default_rng(8)
    images = [Image.fromarray(rng.integers(0, 9, (16, 16), np.uint8)) for _ in range(4)]
    if name != "tiff":
        images = [image.convert("RGB") for image in images]
    file = io.BytesIO()
    images[0].save(file, name, save_all=True, append_images=images[1:])
    data = file.getvalue()
    for part in range(1, 20):
        (tmp_path / "x").write_bytes(data[: len(data) * part // 20])
        check_errors(poolcli("max", "x", "--quiet", "-o", "out/", "--overwrite"))
        broken = bytearray(data)
        for at in rng.integers(12, len(data), 3):
            broken[at] = rng.integers(0, 256)
        (tmp_path / "x").write_bytes(bytes(broken))
        line = ["max", "x", "--quiet", "-o", "out/", "--overwrite", "--max-pixels", 100_000]
        check_errors(poolcli(*line))


def test_huge_dimensions_in_a_tiny_file(poolcli: Poolcli, tmp_path: Path) -> None:
    size = (30_000).to_bytes(4, "big") * 2
    png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", size + bytes([8, 2, 0, 0, 0]))
    png += png_chunk(b"IDAT", zlib.compress(bytes(100))) + png_chunk(b"IEND", b"")
    bmp = b"BM" + bytes(8) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little")
    bmp += (30_000).to_bytes(4, "little") * 2 + b"\1\0\x18\0" + bytes(24)
    for data in (png, bmp):
        (tmp_path / "x").write_bytes(data)
        ran = poolcli("max", "x", "--quiet")
        assert ran.code == 1
        assert "30000x30000" in ran.err or "more pixels than the limit of 178,956,970" in ran.err
        assert "--max-pixels" in ran.err


def test_content_decides(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), "red").save(tmp_path / "x.png")
    (tmp_path / "x.png").rename(tmp_path / "x.jpg")
    ran = poolcli("max", "x.jpg", "--json")
    assert ran.record["output"] == "x.max-k2-s2.png"
    assert any("named .png" in note for note in ran.record["notes"])


def save_fax_pages(sizes: list[tuple[int, int]], name: str) -> None:
    """Write a TIFF of 1-bit pages, which takes few bytes."""
    pages = [Image.new("1", size, 1) for size in sizes]
    pages[0].save(name, save_all=True, append_images=pages[1:], compression="group4")


def test_pages_are_counted_by_their_own_sizes(poolcli: Poolcli, tmp_path: Path) -> None:
    save_fax_pages([(16, 16)] + [(3000, 3000)] * 9, "x.tif")
    size = (tmp_path / "x.tif").stat().st_size
    assert size * 2000 < 9 * 3000 * 3000
    line = ["max", "x.tif", "-o", "y.tif", "--max-pixels"]
    ran = poolcli(*line, 10_000_000)
    assert ran.code == 1
    assert "10 frames have 81,000,256 pixels" in ran.err
    assert ran.err.count("\n") == 1
    assert poolcli("info", "x.tif", "--max-pixels", 10_000_000).code == 1
    assert poolcli(*line, 0).code == 0


def test_frames_are_counted_while_they_are_read(poolcli: Poolcli, tmp_path: Path) -> None:
    frames = [Image.new("RGB", size) for size in ((16, 16), (1600, 1601), (1600, 1602))]
    frames[0].save("x.mpo", save_all=True, append_images=frames[1:])
    with mock.patch.object(pixel_limits, "MAX_PIXELS_PER_BYTE", 1):
        ran = poolcli("max", "x.mpo", "-o", "y.mpo", "--max-pixels", 3_000_000)
        assert ran.code == 1
        assert "3 frames have" in ran.err
        assert poolcli("max", "x.mpo", "-o", "y.mpo", "--max-pixels", 6_000_000).code == 0


@pytest.mark.parametrize(
    ("data", "is_followed"),
    [
        (b"P5 2 2 255\n" + bytes(4), False),
        (b"P5 2 2 255\n" + bytes(4) + b"\n", False),
        (b"P5 2 2 255\n" + bytes(4) + b"P5 2 2 255\n" + bytes(4), True),
        (b"P5 2 2 65535\n" + bytes(8) + b"\nP6 1 1 255\n" + bytes(3), True),
        (b"P5 2 2 300\n" + bytes(8) + b"P5 2 2 300\n" + bytes(8), True),
        (b"P5 2 2 20\n" + bytes(4) + b"P5 2 2 20\n" + bytes(4), True),
        (b"P6 2 2 255\n" + b"P5 9 9 9 9 9 ", False),
        (b"P6 2 2 65535\n" + bytes(24) + b"P6 2 2 65535\n" + bytes(24), True),
        (b"P4 9 2\n" + bytes(4) + b"P4 9 2\n" + bytes(4), True),
        (b"Pf 2 2 -1.0\n" + bytes(16) + b"Pf 2 2 -1.0\n" + bytes(16), True),
        (b"P2 2 2 9\n1 2 3 4 # P2 2\n", False),
        (b"P2 2 2 9\n1 2 3 4\n# more\nP2 2 2 9 1 2 3 4\n", True),
    ],
)
def test_further_images_in_a_file_are_noted(
    poolcli: Poolcli, data: bytes, is_followed: bool
) -> None:
    Path("x.pnm").write_bytes(data)
    for command in ("max", "info"):
        notes = poolcli(command, "x.pnm", "--json").record["notes"]
        assert any("only the first image" in note for note in notes) == is_followed


def test_a_damaged_file_gives_no_output(poolcli: Poolcli, tmp_path: Path) -> None:
    pages = [Image.new("L", (64, 64), 9) for _ in range(3)]
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    data = (tmp_path / "x.tif").read_bytes()
    (tmp_path / "x.tif").write_bytes(data[: len(data) - 3000])
    assert poolcli("max", "x.tif", "-o", "y.tif").code == 1
    assert not (tmp_path / "y.tif").exists()
