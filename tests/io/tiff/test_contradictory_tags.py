"""Tags of odd types and values, which tifffile and Pillow take differently or not at all."""

from __future__ import annotations

import io
import logging
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from poolcli.errors import ReadError
from poolcli.io.tiff.stack_document import match_axes
from tests.conftest import Poolcli
from tests.io.tiff.test_damaged_tiff import changed_page, check, run
from tests.io.tiff.tiff_bytes import LONG, Tag, make_tiff, tag

tifffile = pytest.importorskip("tifffile")
imagecodecs = pytest.importorskip("imagecodecs")

DEEP = changed_page(tag(258, 16), tag(256, 2), tag(279, 12, kind=LONG))
"""A page of 16-bit grey of which 0 is white, 3 by 2."""

WHITE = tag(262, 0)


def deep_page(*changes: Tag) -> list[Tag]:
    """Return the tags of a page that tifffile reads, with some replaced."""
    tags = {each[0]: each for each in (*DEEP, WHITE, *changes)}
    return [tags[code] for code in sorted(tags)]


@pytest.mark.parametrize(
    "changed",
    [
        (279, 2, 4, b"12\0\0"),
        (279, 1, 1, b"\x0c"),
        (256, 7, 1, b"\2"),
        (257, 1, 1, b"\3"),
        (277, 7, 1, b"\1"),
    ],
    ids=str,
)
def test_numbers_of_another_type(poolcli: Poolcli, changed: Tag) -> None:
    run(poolcli, make_tiff([deep_page(changed)]), must_fail=False)


@pytest.mark.parametrize(
    "changed",
    [(279, 9, 1, struct.pack("<i", -12)), (32997, 5, 1, struct.pack("<II", 1, 1))],
    ids=str,
)
def test_numbers_of_a_compressed_page(poolcli: Poolcli, changed: Tag) -> None:
    strip = imagecodecs.zstd_encode(bytes(12))
    page = deep_page(tag(259, 50000), tag(279, len(strip), kind=LONG), changed)
    run(poolcli, make_tiff([page], strip))


@pytest.mark.parametrize(
    "resolution",
    [
        [tag(282, 72), tag(283, 72), (296, 1, 1, b"\1")],
        [(282, 7, 1, b"a"), (283, 7, 1, b"b"), tag(296, 2)],
        [(282, 10, 1, struct.pack("<ii", -1, 1)), (283, 10, 1, struct.pack("<ii", 1, 1))],
        [(282, 11, 1, struct.pack("<f", np.inf)), (283, 11, 1, struct.pack("<f", np.nan))],
        [tag(282, 72), tag(283, 72), tag(296, 77)],
        [(282, 5, 1, struct.pack("<II", 0, 0)), (283, 5, 1, struct.pack("<II", 0, 0))],
    ],
    ids=str,
)
@pytest.mark.parametrize("page", [deep_page(), changed_page()], ids=["tifffile", "pillow"])
def test_a_damaged_resolution_is_dropped(
    poolcli: Poolcli, page: list[Tag], resolution: list[Tag]
) -> None:
    Path("x.tif").write_bytes(make_tiff([sorted([*page, *resolution])]))
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--k", 1, "--json")
    assert (ran.code, ran.err) == (0, "")
    tifffile.imread("y.tif")


@pytest.mark.parametrize("depth", [32, 16])
def test_a_palette_of_other_values_is_grey(poolcli: Poolcli, depth: int) -> None:
    sample_format = tag(339, 3 if depth == 16 else 1)
    page = changed_page(
        tag(256, 12 * 8 // depth), tag(257, 1), tag(258, depth), tag(262, 3), tag(278, 1),
        tag(320, *range(6)), sample_format,
    )  # fmt: skip
    Path("x.tif").write_bytes(make_tiff([page]))
    assert poolcli("max", "x.tif", "-o", "y.npy", "--k", 1, "--quiet").code == 0
    dtype = np.float16 if depth == 16 else np.uint32
    expected = np.frombuffer(bytes(range(12)), dtype)
    np.testing.assert_array_equal(np.load("y.npy").ravel(), expected)


def one_bit_colour(values: npt.NDArray[Any], *, is_planar: bool) -> bytes:
    """Return a TIFF of one bit per channel."""
    height, width, channels = values.shape
    rows = np.moveaxis(values, -1, 0) if is_planar else values.reshape(1, height, -1)
    planes = [np.packbits(plane, axis=-1).tobytes() for plane in rows]
    offsets = [8 + number * len(planes[0]) for number in range(len(planes))]
    page = changed_page(
        tag(256, width), tag(257, height), tag(258, *[1] * channels), tag(262, 2),
        tag(273, *offsets, kind=LONG), tag(277, channels), tag(278, height),
        tag(279, *map(len, planes), kind=LONG), tag(284, 2 if is_planar else 1),
    )  # fmt: skip
    return make_tiff([page], b"".join(planes))


@pytest.mark.parametrize("is_planar", [False, True])
def test_colour_of_one_bit_keeps_its_depth(poolcli: Poolcli, is_planar: bool) -> None:
    values = np.random.default_rng(1).integers(0, 2, (5, 9, 3), np.uint8)
    Path("x.tif").write_bytes(one_bit_colour(values, is_planar=is_planar))
    assert poolcli("max", "x.tif", "-o", "y.tif", "--k", 1, "--quiet").code == 0
    with tifffile.TiffFile("y.tif") as tiff:
        (page,) = tiff.pages
        found = page.asarray()
        assert page.bitspersample == 1
    np.testing.assert_array_equal(np.moveaxis(found, 0, -1) if is_planar else found, values)


def test_one_bit_palette(poolcli: Poolcli) -> None:
    values = np.random.default_rng(1).integers(0, 2, (3, 8), np.uint8)
    strip = imagecodecs.zstd_encode(np.packbits(values, axis=-1).tobytes())
    page = changed_page(
        tag(256, 8), tag(258, 1), tag(259, 50000), tag(262, 3), tag(279, len(strip), kind=LONG),
        tag(320, 0, 257 * 9, 257 * 2, 257 * 3, 257 * 4, 257 * 5),
    )  # fmt: skip
    Path("x.tif").write_bytes(make_tiff([page], strip))
    assert poolcli("max", "x.tif", "-o", "y.npy", "--k", 1, "--quiet").code == 0
    colours = np.array([[0, 2, 4], [9, 3, 5]], np.uint8)
    np.testing.assert_array_equal(np.load("y.npy"), colours[values])
    assert poolcli("mode", "x.tif", "-o", "z.npy", "--k", 1, "--quiet").code == 0
    np.testing.assert_array_equal(np.load("z.npy"), values)


@pytest.mark.parametrize(
    "named", [[("", 3)], [("Z", 3), ("Z", 2)], [("", 2), ("Z", 3)], [("T", 2), ("Z", 3)]], ids=str
)
def test_axes_that_a_layout_does_not_name(named: list[tuple[str, int]]) -> None:
    with pytest.raises(ReadError, match="its metadata give the axes"):
        match_axes("CZ", named)


def test_a_layout_of_more_axes_than_the_shape_gives(poolcli: Poolcli) -> None:
    tifffile.imwrite("x.tif", np.zeros((3, 8, 8), np.int8), photometric="minisblack")
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--layout", "CZYX", "--quiet")
    check(ran)
    assert "?=3" in ran.err


def test_decoders_print_nothing(
    poolcli: Poolcli, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """JPEG XR's library prints to descriptor 2, and imagecodecs logs warnings of libpng."""
    values = np.arange(64, dtype=np.uint8).reshape(8, 8)
    photo = imagecodecs.jpegxr_encode(values)
    tag_at = photo.index(struct.pack("<H", 0xBC01))  # the pixel format
    renamed = photo[:tag_at] + struct.pack("<H", 0xBC52) + photo[tag_at + 2 :]
    file = io.BytesIO(imagecodecs.png_encode(values.astype(np.uint16)))
    png = bytearray(file.getvalue())
    png[-20] ^= 1
    # pytest's own handler would take the place of the last resort.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    for compression, strip, depth in ((22610, renamed, 8), (34933, bytes(png), 16)):
        page = changed_page(
            tag(256, 8), tag(257, 8), tag(258, depth), tag(259, compression), tag(278, 8),
            tag(279, len(strip), kind=LONG),
        )  # fmt: skip
        run(poolcli, make_tiff([page], strip), must_fail=False)
    noise = capfd.readouterr()
    assert noise.out + noise.err == ""
