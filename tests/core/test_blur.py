"""Means with binomial weights: large windows, weights that no float holds, extreme elements."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest

import poolcli
from poolcli.core.kernels.binomial_weights import MAX_TABLE_ELEMENTS, scaled_weights
from tests import oracle

Array = np.ndarray[Any, Any]


def random_integers(shape: tuple[int, ...], dtype: str) -> Array:
    info = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "uint32", "int64", "uint64"])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [((5, 9), 4, (2, 3)), ((15, 15), 9, 7), ((24, 33), (19, 11), (5, 30)), ((1, 60), 1, 0)],
)
def test_large_windows_of_integers_are_rounded_once(
    dtype: str, kernel: tuple[int, int], stride: Any, padding: Any
) -> None:
    x = random_integers((24, 60), dtype)
    x[5:12] = x[5, 5] | 1  # means of equal elements are exact
    window = {"kernel_size": kernel, "stride": stride, "padding": padding, "axes": (0, 1)}
    for arguments, target in (({}, dtype), ({"ignore": x[5, 5].item()}, "int16")):
        expected, _ = oracle.pool(x, "blur", **window, dtype=target, **arguments)
        found = poolcli.pool(x, "blur", **window, dtype=target, **arguments)
        np.testing.assert_array_equal(found, expected)


def test_a_half_is_rounded_up_whatever_the_size_of_the_weights() -> None:
    for kernel in (2, 9, 31, 64, 130, 1000):
        x = np.zeros((2, kernel), np.uint8)
        x[0] = 201
        x[1] = 100
        assert poolcli.pool(x, "blur", (2, kernel), dtype="uint8").item() == 151
        odd = np.where(np.arange(kernel) < (kernel + 1) // 2, 7, 8).astype(np.uint8)
        if kernel % 2 == 0:
            assert poolcli.global_pool(odd, "blur", dtype="uint8").item() == 8


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
@pytest.mark.parametrize("ignore", [None, 0.5])
def test_large_windows_of_floats(dtype: str, ignore: float | None) -> None:
    x = (np.random.default_rng(1).integers(-40, 40, (40, 70)) / 4).astype(dtype)
    for call in (
        {"kernel_size": (9, 3), "stride": 5, "padding": (4, 1)},
        {"kernel_size": (30, 40), "stride": 20, "padding": (7, 39), "dilation": (1, 2)},
        {"kernel_size": (100, 3), "stride": 30, "padding": (90, 1)},
    ):
        arguments = {**call, "axes": (0, 1), "ignore": ignore}
        expected, _ = oracle.pool(x, "blur", **arguments)
        found = poolcli.pool(x, "blur", **arguments)
        tolerance = 40 * float(np.finfo(np.result_type(dtype, np.float32)).eps)
        tolerance = max(tolerance, float(np.finfo(dtype).eps))
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("out_size", [3, 13, 260])
@pytest.mark.parametrize("dtype", ["uint8", "float64", "complex64"])
def test_each_adaptive_window_has_weights_of_its_own(dtype: str, out_size: int) -> None:
    x = np.random.default_rng(2).integers(0, 200, 300).astype(dtype)
    expected, _ = oracle.adaptive_pool(x, "blur", out_size)
    found = poolcli.adaptive_pool(x, "blur", out_size)
    np.testing.assert_allclose(found, expected, rtol=1e-6 if dtype == "complex64" else 1e-14)


@pytest.mark.parametrize("size", [1500, 4096, 40000])
def test_weights_that_no_float_holds(size: int) -> None:
    x = np.zeros(size)
    x[0], x[3] = 7, 3
    n = size - 1
    exact = Fraction(7 * comb(n, 0) + 3 * comb(n, 3), comb(n, 0) + comb(n, 3))
    assert poolcli.global_pool(x, "blur", ignore=0).item() == pytest.approx(float(exact), rel=1e-12)
    assert poolcli.global_pool(x, "blur").item() == 0
    for special in (np.inf, -np.inf, np.nan):
        x[0] = special
        np.testing.assert_array_equal(poolcli.global_pool(x, "blur"), [special])
    x[3] = np.inf
    assert np.isnan(poolcli.global_pool(x, "blur").item())


def test_windows_that_padding_cuts_down_to_their_smallest_weights() -> None:
    x = np.array([3.0, 5.0])
    found = poolcli.pool(x, "blur", 1500, 1, 1499)
    assert found.shape == (1501,)
    np.testing.assert_array_equal(found[[0, -1]], [3, 5])
    expected = [float(Fraction(3 * comb(1499, j) + 5 * comb(1499, j + 1), comb(1500, j + 1)))
                for j in range(1499)]  # fmt: skip
    np.testing.assert_allclose(found[1:-1][::-1], expected, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
@pytest.mark.parametrize("kernel", [2, 3, 8, 9, 60])
def test_means_of_the_largest_and_the_smallest_floats(dtype: str, kernel: int) -> None:
    info = np.finfo(dtype)
    window = {"kernel_size": (kernel, kernel), "stride": kernel, "padding": kernel // 2}
    smallest = info.smallest_subnormal if kernel <= 8 else info.tiny * info.dtype.type(2.0**12)
    for value in (info.max, -info.max, smallest):
        x = np.full((60, 61), value, dtype)
        found = poolcli.pool(x, "blur", **window)
        np.testing.assert_allclose(found, np.full_like(found, value), rtol=4 * float(info.eps))
        assert np.isfinite(found).all()


def test_parts_of_complex_numbers_do_not_mix() -> None:
    x = np.array([complex(np.inf, 1), 2 + 3j, 4 + 5j, complex(1, np.nan), 1 + 1j])
    found = poolcli.pool(x, "blur", 3, 1)
    np.testing.assert_array_equal(found.real, [np.inf, 2.75, 1.75])
    np.testing.assert_array_equal(found.imag, [3, np.nan, np.nan])
    wide = poolcli.pool(np.repeat(x, 20), "blur", 40, 20)
    np.testing.assert_allclose(wide.real, [np.inf, 3, 2.5, 1])
    assert poolcli.pool(x[1:3].astype("complex64"), "blur", 2).tolist() == [3 + 4j]


@pytest.mark.parametrize("size", [100, MAX_TABLE_ELEMENTS + 1])
def test_scaled_weights_are_binomial_probabilities(size: int) -> None:
    places = [0, 1, 2, 17, size // 3, size // 2 - 40, size // 2, size - 2, size - 1]
    for at in places:
        (mantissa,), (exponent,) = scaled_weights(size, at, at + 1)
        exact = Fraction(comb(size - 1, at), 2 ** (size - 1)) / Fraction(2) ** int(exponent)
        assert float(mantissa) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_nan_and_ignored_elements_of_pictures(dtype: str) -> None:
    x = np.random.default_rng(3).integers(1, 200, (24, 25, 3)).astype(dtype)
    x[6:14, 5:20] = 0
    for kernel, stride in ((3, 2), (5, 3), (12, 12)):
        arguments = {"kernel_size": kernel, "stride": stride, "axes": (0, 1), "ignore": 0}
        expected, _ = oracle.pool(x, "blur", **arguments)
        np.testing.assert_allclose(poolcli.pool(x, "blur", **arguments), expected, rtol=2e-7)
    if dtype == "float32":
        x[0, 0, 1] = np.nan
        found = poolcli.pool(x, "blur", 3, 2, axes=(0, 1))
        assert np.argwhere(np.isnan(found)).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "complex128"])
@pytest.mark.parametrize("kernel", [(3, 5), (9, 23)])
def test_footprints_leave_out_weights(dtype: str, kernel: tuple[int, int]) -> None:
    x = np.random.default_rng(4).integers(1, 200, (12, 26)).astype(dtype)
    mask = np.random.default_rng(5).random(kernel) < 0.4
    for footprint in ("ring", mask):
        for window in (
            {"stride": 3, "padding": 1, "ignore": 7},
            {"stride": 9, "padding": (kernel[0] - 1, 2)},
        ):
            arguments = {"kernel_size": kernel, "footprint": footprint, "axes": (0, 1), **window}
            expected, _ = oracle.pool(x, "blur", **arguments)
            found = poolcli.pool(x, "blur", **arguments)
            tolerance = 1e-6 if dtype == "float32" else 1e-13
            np.testing.assert_allclose(found, expected, rtol=tolerance)
            if dtype in ("uint8", "int64"):
                expected, _ = oracle.pool(x, "blur", **arguments, dtype=dtype)
                np.testing.assert_array_equal(
                    poolcli.pool(x, "blur", **arguments, dtype=dtype), expected
                )


def test_footprints_with_the_smallest_weights_alone() -> None:
    x = np.arange(1, 2001.0)
    ends = np.zeros(2000, np.bool_)
    ends[[0, 2, 1999]] = True
    exact = Fraction(1 + 3 * comb(1999, 2) + 2000, 2 + comb(1999, 2))
    found = poolcli.pool(x, "blur", (2000,), footprint=ends).item()
    assert found == pytest.approx(float(exact), rel=1e-13)
