"""Large images are decoded while modules load; results and messages do not change."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.cli.speculative_start import LARGE_IMAGE_BYTES, find_large_image
from poolcli.io.images import decode_while_starting
from tests.conftest import Poolcli

NOISE = np.random.default_rng(0).integers(0, 256, (700, 640, 3), np.uint8)


def deep_colour() -> bytes:
    """Return a PNG with 16 bits per channel, which Pillow reads with 8."""
    rows = np.random.default_rng(1).integers(0, 65536, (500, 1201), np.uint16)
    data = b"".join(b"\0" + row[:1200].astype(">u2").tobytes() for row in rows)
    made = b"\x89PNG\r\n\x1a\n"
    head = struct.pack(">IIBBBBB", 400, 500, 16, 2, 0, 0, 0)
    for name, inside in ((b"IHDR", head), (b"IDAT", zlib.compress(data, 1)), (b"IEND", b"")):
        check = zlib.crc32(name + inside)
        made += struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", check)
    return made


def saved(**settings: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(NOISE).save(file, **settings)
    return file.getvalue()


def rotated() -> bytes:
    exif = Image.Exif()
    exif[274] = 6
    return saved(format="JPEG", quality=100, subsampling=0, exif=exif)


def with_bad_exif() -> bytes:
    return saved(
        format="JPEG", quality=100, subsampling=0,
        exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(20),
    )  # fmt: skip


def blank() -> bytes:
    """Return a PNG with more pixels than Pillow accepts without a warning."""
    file = io.BytesIO()
    Image.new("L", (10_000, 9_000)).save(file, "PNG", compress_level=1)
    return file.getvalue() + bytes(LARGE_IMAGE_BYTES)


IMAGES = {
    "bad-exif.jpg": with_bad_exif,
    "blank.png": blank,
    "noise.png": lambda: saved(format="PNG"),
    "rotated.jpg": rotated,
    "deep.png": deep_colour,
    "cut.png": lambda: saved(format="PNG")[:-200_000],
    "cut.jpg": lambda: rotated()[: LARGE_IMAGE_BYTES + 1000],
    "tiff.png": lambda: saved(format="TIFF"),
    "nothing.png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(LARGE_IMAGE_BYTES),
    "moving.png": lambda: saved(
        format="PNG", save_all=True, append_images=[Image.fromarray(NOISE[::-1])]
    ),
}


@pytest.mark.parametrize("name", list(IMAGES))
def test_results_and_messages_are_the_same(poolcli: Poolcli, tmp_path: Path, name: str) -> None:
    Path(name).write_bytes(IMAGES[name]())
    assert find_large_image(["avg", name]) == name
    expected = poolcli("avg", name, "-o", "here/", "--json")
    args = ["avg", name, "-o", "there/", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "poolcli", *args], capture_output=True, text=True, check=False
    )
    assert done.returncode == expected.code
    assert done.stderr == expected.err
    one, other = (json.loads(text) for text in (done.stdout, expected.out))
    for record in (one, other):
        del record["seconds"], record["output"]
    assert one == other
    written = [sorted(each.read_bytes() for each in Path(folder).glob("*"))
            for folder in ("here", "there")]  # fmt: skip
    assert written[0] == written[1]


def write_again(path: Path) -> None:
    path.write_bytes(saved(format="PNG", compress_level=1))


def touch(path: Path) -> None:
    os.utime(path, ns=(0, 0))


def replace(path: Path) -> None:
    """Replace a file by another one with the same size and time."""
    found = path.stat()
    other = path.with_name("other.png")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [write_again, touch, replace])
def test_a_changed_file_is_decoded_again(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(saved(format="PNG"))
    decode_while_starting.start_decoding(str(path))
    decode_while_starting._STARTED[0].join()
    assert decode_while_starting._STARTED[0].decoded is not None
    change(path)
    with path.open("rb") as file:
        assert decode_while_starting.take_decoded(file) is None
        assert decode_while_starting.take_decoded(file) is None


def test_a_decoded_image_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(saved(format="PNG"))
    before = sys.getswitchinterval()
    decode_while_starting.start_decoding(str(tmp_path / "x.png"))
    with (tmp_path / "x.png").open("rb") as file:
        made = decode_while_starting.take_decoded(file)
        assert made is not None
        assert np.array_equal(np.asarray(made.image), NOISE)
        assert decode_while_starting.take_decoded(file) is None
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("error", [MemoryError, ValueError, SyntaxError])
def test_errors_are_left_to_the_reader(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: type[Exception],
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    (tmp_path / "x.png").write_bytes(b"anything")
    monkeypatch.setattr(Image, "open", fail)
    decode_while_starting.start_decoding(str(tmp_path / "x.png"))
    with (tmp_path / "x.png").open("rb") as file:
        assert decode_while_starting.take_decoded(file) is None
    assert capfd.readouterr().err == ""


def test_only_decoders_without_messages_start_early(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(saved(format="TIFF"))
    decode_while_starting.start_decoding(str(tmp_path / "x.png"))
    with (tmp_path / "x.png").open("rb") as file:
        assert decode_while_starting.take_decoded(file) is None


@pytest.mark.parametrize(
    "line",
    ["info x.png", "max x.png --max-pixels 10", "max x.png --skip-existing", "max x.png y.png",
     "max small.png", "max --help x.png", "max x.npy", "max no-such.png", "max"],
)  # fmt: skip
def test_images_that_are_not_decoded_early(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("x.png", "y.png", "x.npy"):
        Path(name).write_bytes(bytes(LARGE_IMAGE_BYTES))
    Path("small.png").write_bytes(bytes(100))
    assert find_large_image(["max", "x.png", "-o", "y.png"]) == "x.png"
    assert find_large_image(line.split()) is None
