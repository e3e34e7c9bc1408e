"""Root mean squares and ranges: extreme numbers, and how they are rounded."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Any

import numpy as np
import pytest

import poolcli


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64"])
def test_the_range_of_all_integers_fits_into_the_unsigned_type(dtype: str) -> None:
    info = np.iinfo(dtype)
    found = poolcli.pool(np.array([info.min, 0, info.max, info.max], dtype), "range", 3, 1)
    assert found.dtype == np.dtype(f"u{info.dtype.itemsize}")
    assert found.tolist() == [info.max - info.min, info.max]
    narrow = poolcli.pool(np.array([info.min, info.max], dtype), "range", 2, dtype=dtype)
    assert narrow.tolist() == [info.max]


def test_ranges_of_floats_follow_ieee() -> None:
    x = np.array([1, np.inf, np.inf, np.inf, np.nan, 2, -3e38, 3e38], np.float32)
    with np.errstate(over="raise"):
        found = poolcli.pool(x, "range", 2)
    np.testing.assert_array_equal(found, [np.inf, np.nan, np.nan, np.inf])
    assert found.dtype == np.float32


def test_ranges_of_empty_windows() -> None:
    window: dict[str, Any] = {"kernel_size": 2, "stride": 1, "padding": 2, "dilation": 3}
    x = np.array([True, False])
    assert poolcli.pool(x, "range", **window).tolist() == [False] * 3
    assert poolcli.pool(x.astype("i2"), "range", **window).dtype == np.uint16
    assert np.isnan(poolcli.pool(x.astype("f4"), "range", 2, 1, 1, 3)).all()
    assert poolcli.pool(np.array([-5, -5, 3, 9], "i1"), "range", 2, ignore=-5).tolist() == [0, 6]
    assert poolcli.pool(np.array([9, 9, 3, 9], "u1"), "range", 2, ignore=9).tolist() == [9, 0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ranges_of_floats_are_rounded_once(dtype: str) -> None:
    large = 2 ** (np.finfo(dtype).nmant)
    x = np.array([large + 1, 0.5, large + 1, 0.25], dtype)
    assert poolcli.pool(x, "range", 2, dtype="int64").tolist() == [large + 1, large + 1]
    x = np.array([1 + 2.0**-24, -(2.0**-70)])
    assert poolcli.pool(x, "range", 2, dtype="float32").item() == np.float32(1 + 2.0**-23)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "int64", "uint64"])
@pytest.mark.parametrize("n_elements", [1, 6, 300, 70000])
def test_root_mean_squares_of_integers_are_rounded_once(dtype: str, n_elements: int) -> None:
    info = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    x = rng.integers(info.min, info.max, n_elements, dtype=dtype, endpoint=True)
    total = sum(int(value) ** 2 for value in x)
    root = isqrt(4 * total // n_elements)  # twice the root, rounded down
    expected = min((root + 1) // 2, info.max)
    assert poolcli.global_pool(x, "rms", dtype=dtype).item() == expected
    exact = float(Fraction(total, n_elements)) ** 0.5
    assert poolcli.global_pool(x, "rms").item() == pytest.approx(exact, rel=1e-6)


def test_root_mean_squares_of_exact_halves_are_rounded_up() -> None:
    x = np.array([1, 2, 2, 0], np.uint8)  # sqrt(9/4)
    assert poolcli.pool(x, "rms", 4, dtype="uint8").tolist() == [2]
    assert poolcli.pool(np.array([0.5, np.nextafter(2.5, 0)]), "rms", 1, dtype="u1").tolist() == [
        1,
        2,
    ]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_root_mean_squares_neither_overflow_nor_underflow(dtype: str) -> None:
    info = np.finfo(dtype)
    for value in (info.max, -info.max, info.tiny, info.smallest_subnormal):
        x = np.full((6, 6), value, dtype)
        np.testing.assert_allclose(
            poolcli.pool(x, "rms", 3), np.full((2, 2), abs(value)), rtol=4 * float(info.eps)
        )
    x = np.array([1, np.inf, 2, np.nan, -3, 3], dtype)
    np.testing.assert_array_equal(poolcli.pool(x, "rms", 2), [np.inf, np.nan, 3])


def test_root_mean_squares_count_the_elements_that_are_left() -> None:
    x = np.array([[3, 4, 0], [0, 0, 0]], np.float32)
    assert poolcli.pool(x, "rms", 2, 2, 1).tolist() == [[3.0, np.sqrt(np.float32(8))], [0, 0]]
    assert poolcli.global_pool(x, "rms", ignore=0).item() == np.float32(12.5**0.5)
    assert np.isnan(poolcli.pool(x[0, :2], "rms", 2, 1, 1, 3).item())
