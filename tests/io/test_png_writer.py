"""PNGs written with one filter, in strips: Pillow reads them."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from poolcli.io.images.encoding import png_strategy, png_writer
from tests.conftest import Poolcli

MODES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I;16": 1}


def random_walk(mode: str, width: int, height: int, step: int, seed: int = 0) -> Image.Image:
    """Return an image whose values are a random walk with steps up to `step`; they wrap around."""
    rng = np.random.default_rng(seed)
    dtype = np.uint16 if mode == "I;16" else np.uint8
    steps = rng.integers(-step, step + 1, (height, width, MODES[mode]))
    values = steps.cumsum(axis=0).cumsum(axis=1).astype(dtype)
    if mode == "I;16":
        return Image.fromarray(values[..., 0])
    return Image.frombytes(mode, (width, height), values.tobytes())


def write_to_bytes(
    image: Image.Image, png_filter: int, threads: int = 1, **save_options: Any
) -> bytes:
    file = io.BytesIO()
    save_options = save_options or png_strategy.RUN_LENGTH_OPTIONS
    png_writer.write_png(file, image, png_filter, save_options, threads)
    return file.getvalue()


@given(
    mode=st.sampled_from(list(MODES)),
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    step=st.sampled_from([0, 1, 60]),
    png_filter=st.sampled_from(png_writer.FILTERS),
    rows=st.integers(1, 9),
    threads=st.integers(1, 3),
    save_options=st.sampled_from(
        [{"compress_type": 3}, *({"compress_level": n} for n in (0, 1, 9))]
    ),
)
def test_pillow_reads_the_pixels(
    mode: str,
    width: int,
    height: int,
    step: int,
    png_filter: int,
    rows: int,
    threads: int,
    save_options: dict[str, int],
) -> None:
    image = random_walk(mode, width, height, step)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(png_writer, "STRIP_BYTES", rows * width * png_writer.PIXEL_BYTES[mode])
        data = write_to_bytes(image, png_filter, threads, **save_options)
    with Image.open(io.BytesIO(data)) as read:
        read.load()
        assert (read.mode, read.size) == (image.mode, image.size)
        assert read.tobytes() == image.tobytes()
    compressed = b"".join(chunk for name, chunk in chunks(data) if name == b"IDAT")
    rows_of_bytes = zlib.decompress(compressed)  # checks Adler-32
    assert set(rows_of_bytes[:: 1 + width * png_writer.PIXEL_BYTES[mode]]) == {png_filter}


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return type and data of the chunks of a PNG, after checking their checksums."""
    found, at = [], 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert int.from_bytes(data[at + 8 + size : at + 12 + size], "big") == zlib.crc32(
            name + content
        )
        found.append((name, content))
        at += size + 12
    return found


def test_the_bytes_do_not_depend_on_threads() -> None:
    image = random_walk("RGB", 700, 900, 9)
    assert write_to_bytes(image, 3, 1) == write_to_bytes(image, 3, 2) == write_to_bytes(image, 3, 5)


def test_chunks_around_the_pixels(poolcli: Poolcli) -> None:
    # Large enough to be written in strips. The chunks that Pillow writes must be kept.
    source = random_walk("RGB", 512, 512, 30)
    exif = Image.Exif()
    exif[315] = "somebody"
    save_options = {"dpi": (300, 300), "icc_profile": b"profile" * 30, "exif": exif}
    source.save("x.png", **save_options)
    poolcli("max", "x.png", "-o", "y.png", "--k", "1")
    with Image.open("x.png") as before, Image.open("y.png") as after:
        before.load()
        after.load()
        assert after.tobytes() == before.tobytes()
        assert after.info["icc_profile"] == save_options["icc_profile"]
        assert round(after.info["dpi"][0]) == 300
        assert after.getexif()[315] == "somebody"
    names = [name for name, _ in chunks(Path("y.png").read_bytes())]
    assert names.count(b"IDAT") == 4
    assert {names[0], names[-1]} == {b"IHDR", b"IEND"}
