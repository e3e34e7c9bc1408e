"""TIFF pages of which Pillow's decoder is corrected: no extra is needed."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.io.tiff.directory_reader import Directory, read_directories
from tests.conftest import Poolcli
from tests.io.tiff.tiff_bytes import LONG, Tag, grey_page, make_tiff, tag

STORED = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


@pytest.fixture(autouse=True)
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tifffile", None)


def write(*changes: Tag, pixels: bytes = STORED.tobytes()) -> None:
    """Write x.tif, a page of 8-bit grey with some tags replaced or added."""
    tags = {each[0]: each for each in grey_page()} | {each[0]: each for each in changes}
    Path("x.tif").write_bytes(make_tiff([[tags[code] for code in sorted(tags)]], pixels))


def first_page(name: str) -> Directory:
    return read_directories(io.BytesIO(Path(name).read_bytes())).directories[0]


def pooled(poolcli: Poolcli, mode: str, *options: object) -> np.ndarray:
    """Return a result as an array."""
    assert poolcli(mode, "x.tif", *options, "-o", "y.npy", "--overwrite").code == 0
    return np.load("y.npy")


def test_white_is_zero_is_pooled_as_stored(poolcli: Poolcli) -> None:
    write(tag(262, 0))
    assert np.array_equal(pooled(poolcli, "max", "--k", 1), STORED)
    expected = STORED[:2].reshape(2, 2, 2).max(axis=(0, 2))
    assert pooled(poolcli, "max").tolist() == [expected.tolist()]


@pytest.mark.parametrize("compression", [1, 8])
def test_white_is_zero_stays_in_a_tiff(poolcli: Poolcli, compression: int) -> None:
    Image.fromarray(STORED).save(
        "x.tif", compression="raw" if compression == 1 else "tiff_adobe_deflate"
    )
    data = bytearray(Path("x.tif").read_bytes())
    at = data.index(bytes([6, 1, 3, 0, 1, 0, 0, 0, 1]))  # the tag PhotometricInterpretation
    data[at + 8] = 0
    Path("x.tif").write_bytes(data)
    assert poolcli("max", "x.tif", "--k", 1, "-o", "y.tif").code == 0
    assert first_page("y.tif").integers(262) == (0,)
    with Image.open("y.tif") as image:
        assert np.array_equal(np.asarray(image), 255 - STORED)  # as Pillow shows them
    assert poolcli("max", "x.tif", "--k", 1, "-o", "y.png").code == 0
    with Image.open("y.png") as image:
        assert np.array_equal(np.asarray(image), 255 - STORED)


@pytest.mark.parametrize("compression", ["raw", "group4", "group3", "packbits"])
def test_fax_pages_keep_their_bits(poolcli: Poolcli, compression: str) -> None:
    bits = np.random.default_rng(2).integers(0, 2, (19, 43)).astype(bool)
    pages = [Image.fromarray(each) for each in (bits, ~bits)]
    pages[0].save("x.tif", compression=compression, save_all=True, append_images=pages[1:])
    data = bytearray(Path("x.tif").read_bytes())
    entry = bytes([6, 1, 3, 0, 1, 0, 0, 0, 1])
    at = data.index(entry)
    data[at + 8] = 0  # the first page alone
    Path("x.tif").write_bytes(data)
    assert poolcli("max", "x.tif", "--k", 1, "-o", "y.tif").code == 0
    pages_of_result = read_directories(io.BytesIO(Path("y.tif").read_bytes())).directories
    assert [page.integers(262) for page in pages_of_result] == [(0,), (1,)]
    with Image.open("y.tif") as image:
        assert image.info["compression"] == compression
        assert np.array_equal(np.asarray(image), ~bits)
        image.seek(1)
        assert np.array_equal(np.asarray(image), ~bits)
    result = pooled(poolcli, "max", "--k", 1)
    assert np.array_equal(result, np.stack([bits, ~bits]) * np.uint8(255))


def test_means_of_fax_pages_keep_their_look(poolcli: Poolcli) -> None:
    write(tag(258, 1), tag(262, 0), pixels=bytes([0b11000000, 0b10000000, 0]) + bytes(9))
    assert poolcli("avg", "x.tif", "-o", "y.tif").code == 0
    assert first_page("y.tif").integers(262) == (0,)
    with Image.open("y.tif") as image:
        assert np.asarray(image).tolist() == [[255 - 191, 255]]


def test_a_single_channel_may_be_planar(poolcli: Poolcli) -> None:
    write(tag(284, 2), tag(262, 0))
    assert np.array_equal(pooled(poolcli, "max", "--k", 1), STORED)
    wide = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    write(tag(284, 2), tag(258, 16), tag(279, 24, kind=LONG), pixels=wide.tobytes())
    assert np.array_equal(pooled(poolcli, "max", "--k", 1), wide)


def test_colour_map_of_8_bit_numbers(poolcli: Poolcli) -> None:
    colours = np.array([[255, 0, 0], [0, 255, 0], [10, 20, 250]], np.uint8)
    table = np.zeros((3, 256), np.uint16)
    table[:, :3] = colours.T
    write(tag(262, 3), tag(320, *table.ravel().tolist()), pixels=bytes([0, 1, 2, 0] * 3))
    expected = colours[np.array([[0, 1, 2, 0]] * 3)]
    assert np.array_equal(pooled(poolcli, "max", "--k", 1), expected)
    assert poolcli("mode", "x.tif", "--k", 1, "-o", "y.tif").code == 0
    with Image.open("y.tif") as image:
        assert image.mode == "P"
        assert np.array_equal(np.asarray(image.convert("RGB")), expected)


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_compressed_big_endian_values(poolcli: Poolcli, dtype: str) -> None:
    values = (np.arange(12).reshape(3, 4) - 6).astype(f">{dtype[0]}4")
    tags = [
        tag(256, 4), tag(257, 3), tag(258, 32), tag(259, 32773), tag(262, 1),
        tag(273, 8, kind=LONG), tag(277, 1), tag(278, 3), tag(279, 49, kind=LONG),
        tag(339, 2 if dtype == "int32" else 3),
    ]  # fmt: skip
    big = [(code, kind, length, swapped(kind, value)) for code, kind, length, value in tags]
    packed = bytes([47]) + values.tobytes() + b"\0"  # PackBits: 48 bytes follow
    Path("x.tif").write_bytes(make_tiff([big], packed, order=">"))
    assert np.array_equal(pooled(poolcli, "max", "--k", 1), values.astype(dtype))


def swapped(kind: int, value: bytes) -> bytes:
    """Return the integers of a tag in the other byte order."""
    return np.frombuffer(value, "<u4" if kind == LONG else "<u2").byteswap().tobytes()


def test_ycbcr_is_converted_with_a_note(poolcli: Poolcli) -> None:
    Image.new("RGB", (16, 16), (200, 30, 90)).convert("YCbCr").save("x.tif", compression="tiff_lzw")
    record = poolcli("max", "x.tif", "-o", "y.tif", "--json").record
    assert "YCbCr was converted to RGB" in record["notes"]
