"""PNG files written with one filter, in strips: read by Pillow, as any other."""

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

from poolcli.io.images.encoding import png_writer
from tests.conftest import Poolcli

MODES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I;16": 1}


def picture(mode: str, width: int, height: int, step: int, seed: int = 0) -> Image.Image:
    """A random walk: its values wrap around, and neighbours are alike or not, as steps are."""
    rng = np.random.default_rng(seed)
    dtype = np.uint16 if mode == "I;16" else np.uint8
    steps = rng.integers(-step, step + 1, (height, width, MODES[mode]))
    values = steps.cumsum(axis=0).cumsum(axis=1).astype(dtype)
    if mode == "I;16":
        return Image.fromarray(values[..., 0])
    return Image.frombytes(mode, (width, height), values.tobytes())


def written(image: Image.Image, png_filter: int, threads: int = 1, **save_options: Any) -> bytes:
    file = io.BytesIO()
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
)
def test_what_is_written_is_read(
    mode: str, width: int, height: int, step: int, png_filter: int, rows: int, threads: int
) -> None:
    image = picture(mode, width, height, step)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(png_writer, "STRIP_BYTES", rows * width * png_writer.PIXEL_BYTES[mode])
        data = written(image, png_filter, threads)
    with Image.open(io.BytesIO(data)) as read:
        read.load()
        assert (read.mode, read.size) == (image.mode, image.size)
        assert read.tobytes() == image.tobytes()
    packed = b"".join(chunk for name, chunk in chunks(data) if name == b"IDAT")
    rows_of_bytes = zlib.decompress(packed)  # which checks Adler-32
    assert set(rows_of_bytes[:: 1 + width * png_writer.PIXEL_BYTES[mode]]) == {png_filter}


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG, whose checksums are right."""
    found, at = [], 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name, inside = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert int.from_bytes(data[at + 8 + size : at + 12 + size], "big") == zlib.crc32(
            name + inside
        )
        found.append((name, inside))
        at += size + 12
    return found


def test_the_number_of_threads_changes_nothing() -> None:
    image = picture("RGB", 700, 900, 9)
    assert written(image, 3, 1) == written(image, 3, 2) == written(image, 3, 5)


def test_the_checksum_of_what_is_long() -> None:
    data = np.random.default_rng(0).integers(200, 256, 300_000, np.uint8).tobytes()
    joined = 1
    for at in range(0, len(data), 70_000):
        part = data[at : at + 70_000]
        joined = png_writer._combine_adlers(joined, zlib.adler32(part), len(part))
    assert joined == zlib.adler32(data)


def test_what_stands_around_the_pixels(poolcli: Poolcli) -> None:
    # Twice the threshold, so that it is written in strips; everything Pillow writes stays.
    source = picture("RGB", 512, 512, 30)
    exif = Image.Exif()
    exif[315] = "somebody"
    settings = {"dpi": (300, 300), "icc_profile": b"profile" * 30, "exif": exif}
    source.save("x.png", **settings)
    poolcli("max", "x.png", "-o", "y.png", "--k", "1")
    with Image.open("x.png") as before, Image.open("y.png") as after:
        before.load()
        after.load()
        assert after.tobytes() == before.tobytes()
        assert after.info["icc_profile"] == settings["icc_profile"]
        assert round(after.info["dpi"][0]) == 300
        assert after.getexif()[315] == "somebody"
    names = [name for name, _ in chunks(Path("y.png").read_bytes())]
    assert names.count(b"IDAT") == 4
    assert {names[0], names[-1]} == {b"IHDR", b"IEND"}
