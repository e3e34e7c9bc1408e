"""Arrays that an image cannot hold: the error names the options and formats that can."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import Poolcli

ADVICE = ("--dtype uint8 keeps the values", "--normalize maps their range")


@pytest.mark.parametrize("extension", ["png", "jpg", "bmp", "webp", "pgm", "tif"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "uint32", "int8"])
def test_dtypes_that_an_image_cannot_hold(poolcli: Poolcli, dtype: str, extension: str) -> None:
    np.save("x.npy", np.arange(16, dtype=dtype).reshape(4, 4))
    ran = poolcli("max", "x.npy", "-o", f"y.{extension}")
    if (dtype, extension) == ("float32", "tif"):
        assert ran.code == 0
        return
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert all(way in ran.err for way in ADVICE)
    for way in (["--dtype", "uint8"], ["--normalize"]):
        assert poolcli("max", "x.npy", "-o", f"y.{extension}", *way, "--overwrite").code == 0


@pytest.mark.parametrize(("dtype", "extension"), [("uint16", "jpg"), ("int32", "png")])
def test_dtypes_that_only_tiff_holds(poolcli: Poolcli, dtype: str, extension: str) -> None:
    np.save("x.npy", np.zeros((4, 4), dtype))
    ran = poolcli("max", "x.npy", "-o", f"y.{extension}")
    assert ran.code == 1
    assert all(word in ran.err for word in (*ADVICE, "TIFF", ".npy"))


@pytest.mark.parametrize("shape", [(4, 4, 2), (2, 2, 2, 4, 4), (4,)])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "int64", "complex64"])
def test_shapes_that_an_image_cannot_hold(
    poolcli: Poolcli, shape: tuple[int, ...], dtype: str
) -> None:
    np.save("x.npy", np.zeros(shape, dtype))
    layout = ["--layout", "HWC"] if len(shape) == 3 else []
    mode = "avg" if dtype == "complex64" else "max"
    ran = poolcli(mode, "x.npy", *layout, "--k", 1, "-o", "y.png")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert ".npy" in ran.err


def test_complex_numbers_cannot_become_an_image(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((4, 4), complex))
    ran = poolcli("avg", "x.npy", "-o", "y.png")
    assert "no image holds complex128, and --dtype uint8 and --normalize take real" in ran.err


@pytest.mark.parametrize("extension", ["pbm", "msp", "xbm"])
def test_no_8_bit_advice_for_formats_without_8_bits(poolcli: Poolcli, extension: str) -> None:
    np.save("x.npy", np.zeros((4, 4), np.float32))
    ran = poolcli("max", "x.npy", "-o", f"y.{extension}")
    assert ran.code == 1
    assert "TIFF" in ran.err
    assert not any(way in ran.err for way in ADVICE)
