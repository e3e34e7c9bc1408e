"""FITS: physical values as the header defines them, and files that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.io.images.read import open_image
from tests.conftest import Poolcli
from tests.io.image_files import Pixels, fits

RNG = np.random.default_rng(6)
SIGNED_NOTE = "signed 16-bit grey was read as 32-bit, for Pillow has no such mode"


def read(path: Path) -> tuple[Pixels, list[str]]:
    """Return the pixels of a FITS file, and the notes on it."""
    with path.open("rb") as file, open_image(file, 0) as document:
        source = next(iter(document.items())).source
        return np.array(source[tuple(slice(0, size) for size in source.shape)]), document.notes


@pytest.mark.parametrize(
    ("dtype", "scale", "zero", "into", "notes"),
    [
        ("u1", 1, 0, "u1", []),
        (
            "u1",
            1,
            -128,
            "i4",
            ["signed 8-bit grey was read as 32-bit, for Pillow has no such mode"],
        ),
        ("u1", 2, 0, "u2", []),
        ("i2", 1, 0, "i4", [SIGNED_NOTE]),
        ("i2", 1, 32768, "u2", []),
        ("i2", "1.0E+00", "3.2768D+04", "u2", []),
        ("i2", -1, 32767, "u2", []),
        ("i4", 1, 0, "i4", []),
        ("f4", 1, 0, "f4", []),
        ("f8", 1, 0, "f4", ["64-bit floats were read as 32-bit"]),
        ("i2", 0.5, 10, "f4", ["values were scaled as the header says"]),
        ("f4", 2, -1, "f4", ["values were scaled as the header says"]),
    ],
)
def test_physical_values(
    tmp_path: Path, dtype: str, scale: Any, zero: Any, into: str, notes: list[str]
) -> None:
    if dtype.startswith("f"):
        stored = RNG.normal(size=(5, 7)).astype(dtype)
    else:
        limits = np.iinfo(dtype)
        stored = RNG.integers(limits.min, limits.max, (5, 7), dtype, endpoint=True)
        stored[0, :2] = limits.min, limits.max
    (tmp_path / "x.fits").write_bytes(fits(stored, [("BSCALE", scale), ("BZERO", zero)]))
    found, found_notes = read(tmp_path / "x.fits")
    factor, offset = (float(str(text).replace("D", "E")) for text in (scale, zero))
    assert found.dtype == np.dtype(into)
    expected = (stored.astype(np.float64) * factor + offset)[::-1]
    np.testing.assert_array_equal(found, expected.astype(into))
    assert [each[: len(note)] for each, note in zip(found_notes, notes, strict=True)] == notes


def test_maxima_of_unsigned_values(poolcli: Poolcli, tmp_path: Path) -> None:
    values = RNG.integers(0, 65536, (4, 6))
    stored = (values - 32768).astype("i2")
    (tmp_path / "x.fits").write_bytes(fits(stored, [("BZERO", 32768), ("BSCALE", 1)]))
    assert poolcli("max", "x.fits", "-o", "y.png").code == 0
    with Image.open("y.png") as image:
        assert image.mode == "I;16"
        expected = values[::-1].reshape(2, 2, 3, 2).max((1, 3))
        np.testing.assert_array_equal(np.asarray(image), expected)


def test_undefined_pixels(tmp_path: Path) -> None:
    stored = np.array([[5, -9]], "i2")
    (tmp_path / "x.fits").write_bytes(fits(stored, [("BLANK", -9), ("BSCALE", 0.5)]))
    found, _ = read(tmp_path / "x.fits")
    np.testing.assert_array_equal(found, [[2.5, np.nan]])
    (tmp_path / "x.fits").write_bytes(fits(stored, [("BLANK", -9), ("BZERO", 32768)]))
    _, notes = read(tmp_path / "x.fits")
    assert notes == [
        "undefined pixels (BLANK) were pooled as 32759; --ignore 32759 leaves them out"
    ]
    (tmp_path / "x.fits").write_bytes(fits(stored, [("BLANK", -8)]))
    assert read(tmp_path / "x.fits")[1] == [SIGNED_NOTE]


def test_extensions(tmp_path: Path) -> None:
    stored = RNG.integers(0, 200, (3, 4), np.uint8)
    image = fits(stored, extension="IMAGE")
    (tmp_path / "x.fits").write_bytes(fits(None) + image)
    found, found_notes = read(tmp_path / "x.fits")
    np.testing.assert_array_equal(found, stored[::-1])
    assert found_notes == []
    (tmp_path / "x.fits").write_bytes(fits(None) + image + image)
    assert "only the first image of the FITS file was read" in read(tmp_path / "x.fits")[1][0]
    (tmp_path / "x.fits").write_bytes(fits(stored[None]))
    np.testing.assert_array_equal(read(tmp_path / "x.fits")[0], stored[::-1])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (fits(np.zeros((3, 4, 5), "u1")), "a FITS array of 3x4x5 is not an image of two axes"),
        (fits(np.zeros(5, "u1")), "a FITS array of 5 is not an image of two axes"),
        (fits(np.zeros((2, 2), "i8")), "need more than 32 bits"),
        (fits(np.zeros((2, 2), "i4"), [("BZERO", 2147483648)]), "need more than 32 bits"),
        (fits(None) + fits(np.zeros((2, 8), "u1"), extension="BINTABLE"), "is a BINTABLE"),
        (
            fits(None) + fits(np.zeros((2, 8), "u1"), [("ZIMAGE", "T")], extension="BINTABLE"),
            "a compressed FITS image",
        ),
    ],
)
def test_unsupported_files_are_refused(
    poolcli: Poolcli, tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "x.fits").write_bytes(data)
    ran = poolcli("max", "x.fits")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert message in ran.err
    assert "astropy converts it: numpy.save(" in ran.err


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (fits(np.zeros((90, 90), "u1"))[:5000], "truncated"),
        (fits(np.zeros((2, 2), "u1"), [("BZERO", "many")]), "BZERO is many"),
        (fits(None), "holds no image"),
    ],
)
def test_damaged_files_are_refused(
    poolcli: Poolcli, tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "x.fits").write_bytes(data)
    ran = poolcli("max", "x.fits")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert message in ran.err
