"""Outputs on a full disk: a one-line error and no partial file, for every output format."""

from __future__ import annotations

import io
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.io.formats import default_extension
from poolcli.io.images.encoding.full_disk_errors import EncoderFile
from poolcli.io.storable_image_modes import STORABLE_MODES
from tests.conftest import Poolcli, Shell
from tests.io.image_plugins import has_encoder, require_encoder

RNG = np.random.default_rng(12)
COLOUR = RNG.integers(0, 256, (150, 160, 3), np.uint8)
GREY = COLOUR[..., 0]

EXTENSIONS = {name: default_extension(name) for name in STORABLE_MODES} | {"MPO": ".mpo"}


def noise_image(name: str) -> Image.Image:
    """Return an image of noise in a mode that a format stores."""
    if name == "SPIDER":
        return Image.fromarray(GREY.astype(np.float32))
    if name in ("MSP", "XBM"):
        return Image.fromarray(GREY > 128)
    if name == "GIF":
        return Image.fromarray(GREY)
    return Image.fromarray(COLOUR)


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Limit the size of files: the write that exceeds it is short, the next one fails.

    Python would cut off the bytecode of modules that are imported meanwhile, and not notice it.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = writes_bytecode


def check_full_disk(poolcli: Poolcli, output: str, *command: object) -> None:
    """Check that an output too large for the disk is an error, and that the next run writes it."""
    assert poolcli(*command).code == 0
    expected = Path(output).read_bytes()
    there = sorted(Path().iterdir())
    for limit in (1, len(expected) // 2, len(expected) - 1):
        Path(output).unlink()
        with file_size_limit(limit):
            ran = poolcli(*command)
        assert ran.code == 1, limit
        assert ran.err.endswith(f"cannot write {output}: File too large\n"), limit
        assert ran.err.count("\n") == 1
        assert sorted([*Path().iterdir(), Path(output)]) == there
        again = () if command[0] == "explain" or "--html" in command else ("--skip-existing",)
        assert poolcli(*command, *again).code == 0
        assert Path(output).read_bytes() == expected


@pytest.mark.filterwarnings("ignore:IM image format is deprecated")
@pytest.mark.parametrize("name", list(STORABLE_MODES))
def test_each_image_format(poolcli: Poolcli, name: str) -> None:
    require_encoder(name)
    noise_image(name).save("x.tif")
    output = f"y{EXTENSIONS[name]}"
    check_full_disk(poolcli, output, "max", "x.tif", "--k", 1, "--quiet", "-o", output)


@pytest.mark.parametrize("compression", ["raw", "packbits", "tiff_lzw", "zstd", "lzma", "jpeg"])
def test_each_compression_of_tiff(poolcli: Poolcli, compression: str) -> None:
    pages = [Image.fromarray(COLOUR), Image.fromarray(GREY)]
    for extra in ([], pages[1:]):
        pages[0].save("x.tif", compression=compression, save_all=True, append_images=extra)
        check_full_disk(poolcli, "y.tif", "max", "x.tif", "--k", 1, "--quiet", "-o", "y.tif")
        Path("y.tif").unlink()


@pytest.mark.parametrize("extension", [".gif", ".png", ".webp"])
def test_animations(poolcli: Poolcli, extension: str) -> None:
    frames = [Image.fromarray(np.roll(COLOUR, 9 * number, 1)) for number in range(3)]
    path = f"x{extension}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    check_full_disk(poolcli, f"y{extension}", "max", path, "--quiet", "-o", f"y{extension}")


def save_input(kind: str) -> str:
    if kind == "npy":
        np.save("x.npy", RNG.random((100, 100)))
    elif kind == "large":  # written block by block
        np.save("x.npy", RNG.random((3000, 2900)))
    elif kind == "npz":
        np.savez("x.npz", a=RNG.random((100, 100)), b=GREY)
    else:
        np.savez_compressed("x.npz", a=RNG.random((100, 100)), b=GREY)
    return "npy" if kind in ("npy", "large") else "npz"


@pytest.mark.parametrize("kind", ["npy", "large", "npz", "compressed"])
def test_arrays(poolcli: Poolcli, kind: str) -> None:
    extension = save_input(kind)
    output = f"y.{extension}"
    check_full_disk(poolcli, output, "max", f"x.{extension}", "--k", 1, "--quiet", "-o", output)


@pytest.mark.parametrize("kind", ["indices", "sheet", "svg", "html"])
def test_indices_sheets_and_pages(poolcli: Poolcli, kind: str) -> None:
    np.save("x.npy", RNG.random((40, 40)))
    commands: dict[str, tuple[Any, ...]] = {
        "indices": ("max", "x.npy", "-o", "/dev/null", "--format", "npy", "--indices", "y"),
        "sheet": ("compare", "x.npy", "--report", "none", "-o", "y.png"),
        "svg": ("explain", "max", "x.npy", "--svg", "y"),
        "html": ("explain", "max", "x.npy", "--html", "y"),
    }
    if kind == "sheet":
        check_contact_sheet(poolcli, *commands[kind])
    else:
        check_full_disk(poolcli, "y", *commands[kind])


def check_contact_sheet(poolcli: Poolcli, *command: object) -> None:
    with file_size_limit(1000):
        ran = poolcli(*command)
    assert ran.code == 1
    assert ran.err.endswith("cannot write y.png: File too large\n")
    assert sorted(path.name for path in Path().iterdir()) == ["x.npy"]


def test_the_html_page_of_a_batch(poolcli: Poolcli) -> None:
    Image.fromarray(GREY[:20, :20]).save("x.png")
    with file_size_limit(1000):
        ran = poolcli("max", "x.png", "-o", "y.png", "--html", "page.html", "--quiet")
    assert ran.code == 1
    assert ran.err == "poolcli: cannot write page.html: File too large\n"
    assert sorted(path.name for path in Path().iterdir()) == ["x.png", "y.png"]


@pytest.mark.filterwarnings("ignore:IM image format is deprecated")
def test_a_small_disk_and_a_batch_of_all_formats(shell: Shell, tmp_path: Path) -> None:
    if shell("unshare -m true").returncode:
        pytest.skip("file systems may not be mounted here")
    (tmp_path / "in").mkdir()
    readable = [name for name in STORABLE_MODES if name not in ("PDF", "EPS", "SPIDER")]
    readable = list(filter(has_encoder, readable))
    for name in readable:
        image = noise_image(name).resize((300, 280)) if name != "ICO" else noise_image(name)
        image.save(tmp_path / "in" / f"{name}{EXTENSIONS[name]}", name)
    np.save(tmp_path / "in" / "x.npy", RNG.random((300, 300)))
    np.savez(tmp_path / "in" / "x.npz", a=RNG.random((300, 300)))
    line = "poolcli max in --k 1 -j 2 --quiet"
    done = shell(
        f"{line} -o all/ && mkdir out && unshare -m bash -c '"
        "mount -t tmpfs -o size=1m none out && touch out/a.txt;"
        f"{line} -o out/; echo $?; cp -a out first; mount -o remount,size=99m out;"
        f"{line} -o out/ --skip-existing; echo $?; cp -a out second'"
    )
    assert done.stdout == b"1\n0\n"
    expected = {path.name: path.read_bytes() for path in (tmp_path / "all").iterdir()}
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert second == expected | {"a.txt": b""}
    assert 2 < len(first) < len(second)
    assert first.items() <= second.items()
    lines = done.stderr.splitlines()
    assert len(lines) == len(second) - len(first)
    assert all(line.endswith(b": No space left on device") for line in lines)


def test_a_closed_encoder_file_writes_nothing() -> None:
    """Pillow's writer of TIFF pages seeks once more when it is garbage-collected."""
    file = io.BytesIO()
    shown = EncoderFile(file)
    shown.close()
    shown.seek(9)
    shown.write(b"more")
    assert (file.tell(), file.getvalue()) == (0, b"")
