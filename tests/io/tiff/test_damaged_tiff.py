"""Damaged and malicious TIFF files: one line, exit code 1, bounded memory and time."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.io.tiff.tifffile_installed import has_tiff_extra
from tests.conftest import CommandResult, Poolcli, linux_only
from tests.io.tiff.tiff_bytes import LONG, Tag, grey_page, make_tiff, tag

MAX_PIXELS = 100_000

MAX_MEMORY_KB = 1_500_000
"""The address space of a process; NumPy's and imagecodecs' libraries need the larger part of it."""

MAX_SECONDS = 20


@pytest.fixture(params=["with extra", "without extra"])
def has_extra(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, deep_files: dict[str, bytes]
) -> Iterator[bool]:
    """Run a test with the packages of the extra and without them."""
    if request.param == "with extra":
        pytest.importorskip("tifffile")
        pytest.importorskip("imagecodecs")
        yield True
        return
    monkeypatch.setitem(sys.modules, "tifffile", None)
    yield False


def check(ran: CommandResult, *, must_fail: bool = True) -> None:
    """Check that a run failed with one line."""
    assert ran.code == 1 or (ran.code == 0 and not must_fail), ran
    lines = ran.err.splitlines()
    assert len(lines) == ran.code, ran.err
    assert "a bug in poolcli" not in ran.err
    assert all(len(line) < 300 for line in lines)


def run(poolcli: Poolcli, data: bytes, *, must_fail: bool = True) -> str:
    """Pool a file and inspect it; return the error."""
    Path("x.tif").write_bytes(data)
    options = ["--max-pixels", MAX_PIXELS]
    started = time.monotonic()
    ran = poolcli("max", "x.tif", "-o", "y.npy", "--quiet", "--overwrite", *options)
    check(ran, must_fail=must_fail)
    check(
        poolcli("info", "x.tif", "--quiet", *options), must_fail=must_fail and "page" not in ran.err
    )
    assert time.monotonic() - started < MAX_SECONDS
    return ran.err


def files() -> dict[str, bytes]:
    """Return intact files, of Pillow's kind and of that of tifffile."""
    rng = np.random.default_rng(1)
    found = {}
    pages = [Image.fromarray(rng.integers(0, 200, (32, 40), np.uint8)) for _ in range(3)]
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"):
        file = io.BytesIO()
        pages[0].save(file, "TIFF", compression=compression, save_all=True, append_images=pages[1:])
        found[compression] = file.getvalue()
    return found


@pytest.fixture(scope="module")
def deep_files() -> dict[str, bytes]:
    """Return files that need the extra; none without it."""
    if not has_tiff_extra():
        return {}
    import tifffile

    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 60_000, (2, 40, 32, 3), np.uint16)
    found = {}
    for compression in (None, "zlib", "lzw", "zstd", "jpeg2000"):
        for tile in (None, (16, 16)):
            file = io.BytesIO()
            tifffile.imwrite(
                file, pixels, photometric="rgb", compression=compression, tile=tile,
                rowsperstrip=None if tile else 8,
            )  # fmt: skip
            found[f"{compression} {tile}"] = file.getvalue()
    file = io.BytesIO()
    tifffile.imwrite(file, pixels[..., 0], bigtiff=True)
    found["big"] = file.getvalue()
    file = io.BytesIO()
    tifffile.imwrite(file, np.arange(4096, dtype=np.uint16).reshape(4, 32, 32), imagej=True)
    found["imagej"] = file.getvalue()
    return found


@pytest.mark.usefixtures("has_extra")
def test_truncated_files(poolcli: Poolcli, deep_files: dict[str, bytes]) -> None:
    for data in (*files().values(), *deep_files.values()):
        for end in range(4, len(data), 128 if len(data) < 8000 else 1024):
            run(poolcli, data[:end], must_fail=end < len(data) // 2)


@pytest.mark.usefixtures("has_extra")
def test_changed_bytes(poolcli: Poolcli, deep_files: dict[str, bytes]) -> None:
    rng = np.random.default_rng(7)
    for data in (*files().values(), *deep_files.values()):
        for number in range(12):
            changed = bytearray(data)
            # The tags are at the beginning, or at the end, of most files.
            low, high = [(0, len(data)), (0, min(400, len(data))), (-400, -1)][number % 3]
            for at in rng.integers(low, high, 1 + number % 4):
                changed[at] = rng.choice([0, 1, 255, rng.integers(256)])
            run(poolcli, bytes(changed), must_fail=False)


def changed_page(*changes: Tag, missing: tuple[int, ...] = ()) -> list[Tag]:
    """Return the tags of a page of 8-bit grey with some replaced, added or removed."""
    tags = {each[0]: each for each in grey_page()} | {each[0]: each for each in changes}
    return [tags[code] for code in sorted(tags) if code not in missing]


SQUARE = 1 << 31

WRONG_PAGES = {
    "no width": changed_page(missing=(256,)),
    "no height": changed_page(missing=(257,)),
    "no strips": changed_page(missing=(273,)),
    "no tags": [],
    "width 0": changed_page(tag(256, 0)),
    "width of a bomb": changed_page(tag(256, SQUARE, kind=LONG), tag(279, 1, kind=LONG)),
    "bomb of both": changed_page(tag(256, SQUARE, kind=LONG), tag(257, SQUARE, kind=LONG)),
    "channels of a bomb": changed_page(tag(277, 65_535), tag(256, 300), tag(257, 300)),
    "zero rows per strip": changed_page(tag(278, 0)),
    "one row per strip": changed_page(tag(278, 1)),
    "tiles of no size": changed_page(tag(322, 0), tag(323, 0), tag(324, 8), tag(325, 12)),
    "tiles of a bomb": changed_page(
        tag(322, SQUARE, kind=LONG), tag(323, 16), tag(324, 8), tag(325, 12), missing=(273, 279)
    ),
    "strips in the header": changed_page(tag(273, 4)),
    "tiles in the header": changed_page(
        tag(322, 16), tag(323, 16), tag(324, 2), tag(325, 256), missing=(273, 279)
    ),
    "strips outside": changed_page(tag(273, 4_000_000, kind=LONG)),
    "width as text": changed_page((256, 2, 2, b"7\0")),
    "width as a fraction": changed_page((256, 5, 1, struct.pack("<II", 4, 1))),
    "bits as text": changed_page((258, 2, 3, b"12\0")),
    "1000 bits": changed_page(tag(258, 1000)),
    "unknown compression": changed_page(tag(259, 12_345)),
    "not deflated": changed_page(tag(259, 8)),
    "many offsets": changed_page((273, 4, 1 << 29, struct.pack("<I", 8))),
    "missing channels": changed_page(tag(277, 3), tag(258, 8, 8), tag(262, 2)),
    "too few bytes": changed_page(tag(277, 3), tag(258, 8, 8, 8), tag(262, 2), tag(284, 2)),
    "16-bit bomb": changed_page(tag(258, 16), tag(256, SQUARE, kind=LONG)),
    "palette without colours": changed_page(tag(262, 3)),
}


@pytest.mark.usefixtures("has_extra")
@pytest.mark.parametrize("name", WRONG_PAGES)
@pytest.mark.parametrize("big", [False, True])
def test_wrong_tags(poolcli: Poolcli, name: str, big: bool) -> None:
    page = WRONG_PAGES[name]
    shift = 8 if big else 0
    if shift and "header" not in name:  # pixels are after the longer header
        page = [tag(273, 16, kind=LONG) if each == grey_page()[5] else each for each in page]
    assert run(poolcli, make_tiff([page], big=big)) != ""


@pytest.mark.usefixtures("has_extra")
def test_chains(poolcli: Poolcli) -> None:
    first = struct.unpack_from("<I", make_tiff([grey_page()]), 4)[0]
    assert "circle" in run(poolcli, make_tiff([grey_page()] * 3, next_offset=first))
    assert "outside the file" in run(poolcli, make_tiff([grey_page()] * 3, next_offset=1 << 30))
    deep = changed_page(tag(258, 16), tag(277, 3))
    assert "circle" in run(poolcli, make_tiff([deep] * 3, next_offset=first))


@pytest.mark.usefixtures("has_extra")
def test_deflate_bomb(poolcli: Poolcli) -> None:
    strip = zlib.compress(bytes(100_000_000), 9)
    for bits in (8, 16):
        page = changed_page(
            tag(258, bits), tag(259, 8), tag(279, len(strip), kind=LONG),
            tag(256, 300), tag(257, 300), tag(278, 300), tag(262, 1),
        )  # fmt: skip
        run(poolcli, make_tiff([page], strip), must_fail=False)


COMMAND = (
    "import sys\n"
    "if sys.argv.pop(1) == 'without': sys.modules['tifffile'] = None\n"
    "from poolcli.cli.main import main\n"
    "main()\n"
)


def run_with_little_memory(name: str, extra: str) -> None:
    """Pool a file in a process with a limit on its memory."""
    arguments = ["max", name, "-o", "y.npy", "--quiet", "--overwrite", "-j", "1"]
    script = f'ulimit -v {MAX_MEMORY_KB}; exec "$@"'
    command = ["bash", "-c", script, "bash", sys.executable, "-c", COMMAND, extra, *arguments]
    started = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 1, ran
    assert len(ran.stderr.splitlines()) == 1, ran.stderr
    assert "not enough memory" not in ran.stderr
    assert time.monotonic() - started < 2 * MAX_SECONDS


@linux_only
@pytest.mark.parametrize("extra", ["with", "without"])
def test_memory_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    if extra == "with":
        pytest.importorskip("tifffile")
    monkeypatch.chdir(tmp_path)
    Path("many.tif").write_bytes(many_pages(50_000))
    run_with_little_memory("many.tif", extra)
    wide = changed_page(tag(256, SQUARE, kind=LONG), tag(279, 1, kind=LONG), tag(258, 16))
    Path("wide.tif").write_bytes(make_tiff([wide]))
    run_with_little_memory("wide.tif", extra)


def many_pages(count: int) -> bytes:
    """Return a file of many pages of two tags, the last of which leads to the first."""
    head = b"II*\0\x08\0\0\0"
    tags = struct.pack("<HHHIIHHII", 2, 256, 3, 1, 4, 257, 3, 1, 4)
    size = len(tags) + 4
    offsets = [8 + number * size for number in range(count)]
    return head + b"".join(tags + struct.pack("<I", following) for following in (*offsets[1:], 0))
