"""The values of pages of all kinds: those that tifffile wrote, or one line that names the extra."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.open_document import open_document
from tests.conftest import Poolcli

Array = npt.NDArray[Any]

HEIGHT, WIDTH = 19, 37


class Kind(NamedTuple):
    """What tifffile is to write."""

    photometric: str
    dtype: str
    channels: int
    extra: tuple[int, ...]
    planar: str | None
    compression: str | None
    predictor: bool
    tile: tuple[int, int] | None
    byteorder: str
    bigtiff: bool


COLOURS = [
    *(("minisblack", dtype, 1, ()) for dtype in ("?", "u1", "i1", "u2", "i2", "u4", "i4")),
    *(("minisblack", dtype, 1, ()) for dtype in ("f2", "f4", "f8", "u8", "i8")),
    *(("miniswhite", dtype, 1, ()) for dtype in ("?", "u1", "u2", "f4")),
    ("minisblack", "u1", 2, (2,)),
    ("minisblack", "u1", 2, (0,)),
    ("minisblack", "u2", 5, (0, 0, 0, 0)),
    *(("rgb", dtype, 3, ()) for dtype in ("u1", "u2", "f4", "i2")),
    ("rgb", "u1", 4, (2,)),
    ("rgb", "u1", 4, (0,)),
    ("rgb", "u2", 4, (2,)),
    ("rgb", "u2", 4, (1,)),
    ("separated", "u1", 4, ()),
    ("separated", "u1", 5, (0,)),
    ("separated", "u2", 4, ()),
    ("cielab", "u1", 3, ()),
    ("cielab", "u2", 3, ()),
]
ORDINARY = [
    *(("minisblack", dtype, 1, ()) for dtype in ("?", "u1", "u2", "i4", "f4")),
    ("miniswhite", "?", 1, ()),
    ("miniswhite", "u1", 1, ()),
    ("minisblack", "u1", 2, (2,)),
    ("rgb", "u1", 3, ()),
    ("rgb", "u1", 4, (2,)),
    ("separated", "u1", 4, ()),
    ("cielab", "u1", 3, ()),
]
"""What Pillow reads."""

STORAGE = [
    (None, False, None, "<", False),
    (None, False, None, ">", False),
    ("zlib", True, (16, 16), "<", True),
    ("lzw", False, None, ">", False),
    ("zstd", False, None, "<", False),
    ("packbits", False, (32, 16), ">", False),
    ("zlib", False, None, ">", True),
]


def kinds() -> Iterator[Kind]:
    """Return the kinds of pages that tifffile can write."""
    for (photometric, dtype, channels, extra), storage in itertools.product(COLOURS, STORAGE):
        compression, predictor, tile, byteorder, bigtiff = storage
        if dtype == "?" and (tile or predictor):
            continue
        predictor &= dtype not in ("u8", "i8")
        for planar in (None,) if channels == 1 else ("contig", "separate"):
            yield Kind(
                photometric, dtype, channels, extra, planar, compression, predictor, tile,
                byteorder, bigtiff,
            )  # fmt: skip


def values_of(kind: Kind) -> Array:
    """Return values, H W or H W C."""
    rng = np.random.default_rng(5)
    shape = (HEIGHT, WIDTH) + ((kind.channels,) if kind.channels > 1 else ())
    dtype = np.dtype(kind.dtype)
    if dtype.kind == "f":
        return rng.normal(size=shape).astype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def write(kind: Kind, values: Array) -> None:
    """Write a page as x.tif."""
    tifffile = pytest.importorskip("tifffile")
    if kind.planar == "separate":
        values = np.moveaxis(values, -1, 0)
    tifffile.imwrite(
        "x.tif", values, photometric=kind.photometric, extrasamples=kind.extra or None,
        planarconfig=kind.planar, compression=kind.compression, predictor=kind.predictor,
        tile=kind.tile, rowsperstrip=None if kind.tile else 7, byteorder=kind.byteorder,
        bigtiff=kind.bigtiff, metadata=None,
    )  # fmt: skip


def read_page() -> Array:
    """Return the values of x.tif, 1-bit ones as bool."""
    found = []
    with open_document("x.tif", 0, indexed=False) as document:
        for item in document.items():
            everything = tuple(slice(0, length) for length in item.source.shape)
            values = np.array(item.source[everything])
            found.append(values != 0 if item.one_bit else values)
    (page,) = found
    return page


@pytest.mark.parametrize("has_extra", [True, False])
def test_values_are_those_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_extra: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    refused, read = set(), set()
    for kind in kinds():
        values = values_of(kind)
        write(kind, values)
        with monkeypatch.context() as patched:
            if not has_extra:
                patched.setitem(sys.modules, "tifffile", None)
            try:
                found = read_page()
            except ReadError as error:
                if "the extra [tiff]: pip install tifffile imagecodecs" not in str(error):
                    raise
                refused.add(kind[:4])
                continue
        expected = values
        if kind.photometric == "cielab":  # a and b are signed
            expected = values.copy()
            expected[..., 1:] ^= np.array(1 << (8 * values.itemsize - 1), values.dtype)
        assert found.dtype.newbyteorder("=") == expected.dtype.newbyteorder("="), kind
        assert np.array_equal(found, expected, equal_nan=expected.dtype.kind == "f"), kind
        if kind.planar != "separate":
            read.add(kind[:4])
    if has_extra:
        assert not refused
    else:
        assert refused >= {("rgb", "u1", 4, (0,)), ("miniswhite", "u2", 1, ())}
        assert read >= set(ORDINARY)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_white_is_zero_keeps_values_and_look(poolcli: Poolcli, dtype: str) -> None:
    tifffile = pytest.importorskip("tifffile")
    values = np.arange(64, dtype=dtype).reshape(8, 8)
    tifffile.imwrite("x.tif", values, photometric="miniswhite")
    pooled = values[1::2, 1::2]
    for output, options in (("y.tif", []), ("z.tif", ["--levels", 1, "--pyramid"])):
        assert poolcli("max", "x.tif", "-o", output, *options).code == 0
        with tifffile.TiffFile(output) as file:
            page = file.pages[0]
            pages = [page, *(page.pages or [])]
            assert {int(each.photometric) for each in pages} == {0}
            assert np.array_equal(pages[-1].asarray(), pooled)
    assert poolcli("max", "x.tif", "-o", "y.png").code == 0
    with Image.open("y.png") as image:
        assert np.array_equal(np.asarray(image), np.iinfo(dtype).max - pooled)
