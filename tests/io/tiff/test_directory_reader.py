"""Directories of TIFF and BigTIFF, of damaged and lying files too."""

from __future__ import annotations

import io
import math
import re
import struct
import time
import tracemalloc

import pytest

from poolcli.errors import LimitError, ReadError
from poolcli.io.tiff.directory_reader import TiffStructure, read_directories
from tests.io.tiff.tiff_bytes import grey_page, make_tiff, tag


def structure_of(data: bytes) -> TiffStructure:
    return read_directories(io.BytesIO(data))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_values_of_every_type(order: str, big: bool) -> None:
    page = [
        (270, 2, 12, b"10 \xc2\xb5m wide\0"),
        (271, 2, 3, b"\xb5m\0"),
        (282, 5, 1, struct.pack(order + "II", 5, 2)),
        (283, 5, 1, struct.pack(order + "II", 5, 0)),
        (300, 1, 3, b"abc"),
        (301, 8, 2, struct.pack(order + "hh", -3, 4)),
        (302, 12, 2, struct.pack(order + "dd", 0.5, -1e300)),
        (303, 11, 1, struct.pack(order + "f", 0.25)),
        (304, 10, 1, struct.pack(order + "ii", -1, 4)),
        (305, 16, 1, struct.pack(order + "Q", 1 << 40)),
        (306, 99, 1, b"\1"),
        tag(307, 1, 2, 3, 4, 5, order=order),
    ]
    structure = structure_of(make_tiff([page], order=order, big=big))
    assert (structure.byte_order, structure.is_big_tiff) == (order, big)
    value = structure.directories[0].value
    assert value(270) == "10 \xb5m wide"
    assert value(271) == "\xb5m"
    assert value(282) == (2.5,)
    assert math.isnan(value(283)[0])
    assert value(300) == b"abc"
    assert value(301) == (-3, 4)
    assert value(302) == (0.5, -1e300)
    assert value(303) == (0.25,)
    assert value(304) == (-0.25,)
    assert value(305) == (1 << 40,)
    assert value(306, "unknown type") == "unknown type"
    assert value(307) == (1, 2, 3, 4, 5)
    assert value(999) is None


def test_pages_in_the_order_of_the_chain() -> None:
    structure = structure_of(make_tiff([grey_page(width) for width in (5, 9, 7)]))
    assert [page.integer(256) for page in structure.directories] == [5, 9, 7]


def test_of_repeated_and_unsorted_tags_the_first_counts() -> None:
    page = structure_of(make_tiff([[tag(257, 1), tag(256, 2), tag(256, 3)]])).directories[0]
    assert list(page.tags) == [257, 256]
    assert page.integer(256) == 2


def test_position_of_the_file_is_kept() -> None:
    file = io.BytesIO(make_tiff([grey_page()]))
    file.seek(5)
    structure = read_directories(file)
    structure.directories[0].value(256)
    assert file.tell() == 5


ONE_PAGE = make_tiff([grey_page()])
FIRST = struct.unpack_from("<I", ONE_PAGE, 4)[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no TIFF"),
        (b"II*\0", "no TIFF"),
        (b"II+\0\x04\0\0\0" + bytes(8), "its header is damaged"),
        (b"II+\0\x08\0\0\0" + bytes(4), "its header lies outside the file"),
        (b"II*\0" + bytes(30), "its directory 1 lies outside the file"),
        (ONE_PAGE[:60], "its directory 1 lies outside the file"),
        (ONE_PAGE[:-1], "its directory 1 lies outside the file"),
        (ONE_PAGE[:FIRST] + bytes(2) + ONE_PAGE[FIRST + 2 :], "its directory 1 is empty"),
        (ONE_PAGE[:FIRST] + b"\xff\xff" + ONE_PAGE[FIRST + 2 :], "directory 1 lies outside"),
        (make_tiff([grey_page()] * 2, next_offset=9_999_999), "directory 3 lies outside the file"),
        (make_tiff([grey_page()] * 2, next_offset=FIRST), "its directory 3 .* form a circle"),
        (make_tiff([grey_page()] * 2, big=True, next_offset=1 << 63), "directory 3 lies outside"),
    ],
)
def test_damaged_chains(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message) as caught:
        structure_of(data)
    assert str(caught.value).endswith("; get a new copy")


def test_directories_may_not_overlap() -> None:
    # Each one begins 6 bytes after the one before, and claims 1000 entries.
    data = bytearray(make_tiff([], bytes(60_000)))
    struct.pack_into("<I", data, 4, 8)
    for start in range(8, 40_000, 6):
        struct.pack_into("<H", data, start, 1000)
        struct.pack_into("<I", data, start + 2 + 12_000, start + 6)
    with pytest.raises(ReadError, match="its directory 5 overlaps others"):
        structure_of(bytes(data))


def test_values_that_lie() -> None:
    outside = (270, 2, 1 << 20, struct.pack("<I", 8) + bytes(4))
    beyond = (271, 2, 8, b"")
    huge = (272, 2, 1 << 31, struct.pack("<I", 8) + bytes(4))
    fraction = (256, 11, 1, struct.pack("<f", 1.5))
    data = make_tiff([[outside, beyond, huge, fraction, (257, 2, 2, b"9\0")]])
    data = data.replace(
        struct.pack("<HHI", 271, 2, 8) + bytes(4), struct.pack("<HHII", 271, 2, 8, 1 << 30)
    )
    page = structure_of(data).directories[0]
    for code in (270, 271):
        with pytest.raises(ReadError, match=re.escape(f"tag {code} of its directory 1 lies outs")):
            page.value(code)
    with pytest.raises(LimitError, match="claims 2,147,483,648 bytes"):
        page.value(272)
    for code in (256, 257):
        with pytest.raises(ReadError, match="holds no integers"):
            page.integer(code)


@pytest.mark.parametrize("big", [False, True])
def test_many_pages_take_little_memory(big: bool) -> None:
    page = grey_page()
    single = make_tiff([page], big=big)
    start = len(single) - len(make_tiff([page], b"", big=big)) + (16 if big else 8)
    directory = single[start:]
    width = 8 if big else 4
    count = 20_000
    data = bytearray(single[:start] + directory * count)
    for number in range(count - 1):
        end = start + (number + 1) * len(directory)
        struct.pack_into("<Q" if big else "<I", data, end - width, end)
    tracemalloc.start()
    started = time.process_time()
    structure = structure_of(bytes(data))
    assert len(structure.directories) == count
    assert structure.directories[-1].integer(257) == 3
    assert tracemalloc.get_traced_memory()[1] < 5 * len(data)
    assert time.process_time() - started < 10
    tracemalloc.stop()
