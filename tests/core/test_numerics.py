"""Accuracy and special values: huge, tiny, infinite, NaN and absent elements."""

from __future__ import annotations

import math
import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import poolcli
from poolcli.core.modes import MODES, QUANTILE_METHODS
from tests import oracle

RNG = np.random.default_rng(20)


# ---- std -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "mean", "tolerance"), [("float64", 1e8, 1e-13), ("float32", 1e4, 1e-6)]
)
@pytest.mark.parametrize("window", [{"kernel_size": 8}, {"kernel_size": 5, "stride": 2}])
def test_std_is_accurate_far_from_zero(
    dtype: str, mean: float, tolerance: float, window: dict[str, Any]
) -> None:
    x = (RNG.standard_normal((40, 40)) + mean).astype(dtype)
    found = poolcli.pool(x, "std", **window)
    # The elements are rounded already: the test is of the computation from them.
    exact = poolcli.pool(x.astype(np.longdouble) - np.longdouble(mean), "std", **window)
    np.testing.assert_allclose(found, exact.astype(dtype), rtol=tolerance)
    assert 0.5 < found.mean() < 1.5


def test_std_of_a_large_plane() -> None:
    x = RNG.standard_normal((700, 900)) + 1e8
    expected = np.std(x - 1e8)
    np.testing.assert_allclose(poolcli.global_pool(x, "std")[0, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("value", [0.1, 1e300, 1e-300, 3.0])
def test_std_of_equal_elements_is_zero(value: float) -> None:
    x = np.full((9, 9), value)
    assert poolcli.pool(x, "std", 3).max() == 0
    assert poolcli.global_pool(x, "std") == 0


@pytest.mark.parametrize("value", [0.1, 100000000.1])
@pytest.mark.parametrize("ignore", [0, -9999])
def test_std_does_not_depend_on_ignored_elements(value: float, ignore: float) -> None:
    x = np.full((9, 12), value)
    x[:, 0] = x[0] = x[4, 4:7] = ignore
    assert poolcli.global_pool(x, "std", ignore=ignore) == 0
    assert set(poolcli.pool(x, "std", 3, ignore=ignore).ravel()) <= {0.0, float(ignore)}
    noise = 1e12 + RNG.standard_normal((60, 70))
    noise[:, 0] = noise[0] = ignore
    seen = noise[1:, 1:] - np.float64(1e12)
    found = poolcli.global_pool(noise, "std", ignore=ignore)[0, 0]
    np.testing.assert_allclose(found, seen.std(), rtol=1e-12)


def test_std_of_many_huge_numbers() -> None:
    x = np.tile([1e308, -1e308], 3000)
    np.testing.assert_allclose(poolcli.global_pool(x, "std"), [1e308])
    mixed = np.where(np.arange(900) < 450, 1e-320, 1e308).reshape(30, 30)
    assert poolcli.global_pool(mixed, "std")[0, 0] == pytest.approx(5e307)


def test_std_of_the_smallest_numbers() -> None:
    assert poolcli.pool(np.array([0, 1e-323]), "std", 2).tolist() == [5e-324]
    assert poolcli.pool(np.array([0, 3e-323]), "std", 2).tolist() == [1.5e-323]


@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1e200, 1e308])
def test_std_neither_overflows_nor_underflows(scale: float) -> None:
    x = np.array([[-1.0, 1.0, 0.5, -0.5]]) * scale
    expected = float(np.std([-1.0, 1.0, 0.5, -0.5])) * scale
    np.testing.assert_allclose(poolcli.pool(x, "std", (1, 4))[0, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(poolcli.global_pool(x.T, "std")[0, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "int64", "bool"])
def test_std_of_integers(dtype: str) -> None:
    high = 2 if dtype == "bool" else np.iinfo(dtype).max
    x = RNG.integers(high // 2, high, (12, 12)).astype(dtype)
    expected = x.astype(float).reshape(3, 4, 3, 4).std((1, 3))
    np.testing.assert_allclose(poolcli.pool(x, "std", 4), expected, rtol=1e-6)


# ---- lp and gem ------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", [0.5, 1, 2, 3, 7, 300])
@pytest.mark.parametrize("scale", [1e-308, 1e-160, 1, 1e160, 1e307])
def test_lp_does_not_overflow_if_the_result_is_finite(norm: float, scale: float) -> None:
    x = np.array([[3.0, -4.0]])
    expected = poolcli.pool(x, "lp", (1, 2), norm_type=norm) * scale
    found = poolcli.pool(x * scale, "lp", (1, 2), norm_type=norm)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_lp_of_tiny_and_huge_elements_in_one_block() -> None:
    x = np.array([[1e-200, 1e-200, 1e200, 1e200, 0.0, 0.0]])
    found = poolcli.pool(x, "lp", (1, 2))
    np.testing.assert_allclose(found, np.sqrt(2) * np.array([[1e-200, 1e200, 0]]), rtol=1e-14)


def test_lp_with_an_infinite_norm_is_the_largest_magnitude() -> None:
    x = np.array([[-128, 3, 4, 5]], np.int8)
    assert poolcli.pool(x, "lp", (1, 2), norm_type=float("inf")).tolist() == [[128, 5]]
    least = np.array([[np.iinfo(np.int64).min, 0]])
    assert poolcli.pool(least, "lp", (1, 2), norm_type=np.inf).tolist() == [[2.0**63]]


@pytest.mark.parametrize(
    ("norm", "expected"), [(3, "ones"), (1, "mean"), (-1, "harmonic"), (np.inf, "max")]
)
def test_gem(norm: float, expected: str) -> None:
    x = np.array([[1.0, 2.0, 4.0, -3.0]])
    clamped = np.maximum(x, 1e-6)
    values = {
        "ones": (clamped**3).mean() ** (1 / 3),
        "mean": clamped.mean(),
        "harmonic": 1 / (1 / clamped).mean(),
        "max": 4.0,
    }
    found = poolcli.pool(x, "gem", (1, 4), norm_type=norm)
    np.testing.assert_allclose(found, [[values[expected]]], rtol=1e-14)


@pytest.mark.parametrize("norm", [1e-4, 1e-10, -1e-14, 1e-17, 1e-300])
def test_gem_with_an_exponent_near_zero_is_the_geometric_mean(norm: float) -> None:
    x = np.array([[2.0, 8.0], [1.0, 1.0]])
    found = poolcli.pool(x, "gem", (1, 2), norm_type=norm)
    np.testing.assert_allclose(found, [[4], [1]], rtol=1e-4 if norm == 1e-4 else 1e-9)
    found = poolcli.pool(x, "gem", 2, norm_type=norm, ignore=1)
    np.testing.assert_allclose(found, [[4]], rtol=1e-4 if norm == 1e-4 else 1e-9)


def test_gem_ignores_padding() -> None:
    x = np.full((3, 3), 5.0)
    np.testing.assert_allclose(poolcli.pool(x, "gem", 3, 1, 1), x, rtol=1e-15)


# ---- means and sums --------------------------------------------------------------------------


def test_avg_of_a_large_float32_window_is_as_accurate_as_numpy() -> None:
    x = RNG.random((1000, 1000), np.float32)
    exact = math.fsum(x.ravel().tolist()) / x.size  # fsum rounds once
    assert abs(float(poolcli.pool(x, "avg", 1000)[0, 0]) - exact) <= abs(float(x.mean()) - exact)


def test_sums_of_64_bit_integers_are_exact() -> None:
    top = np.iinfo(np.uint64).max
    x = np.array([[top - 5, 4]], np.uint64)
    assert poolcli.pool(x, "sum", (1, 2)).tolist() == [[int(top) - 1]]
    x = np.array([[top, top]], np.uint64)
    assert poolcli.pool(x, "sum", (1, 2)).tolist() == [[int(top) - 1]]  # wraps
    assert poolcli.pool(x, "sum", (1, 2), dtype="uint64").tolist() == [[int(top)]]  # saturates
    big = np.iinfo(np.int64).max
    x = np.array([[big, big, big - 2, big]])
    assert poolcli.pool(x, "avg", (1, 4), dtype="int64").tolist() == [[big]]  # half up
    assert poolcli.pool(x, "avg", (1, 4)).tolist() == [[float(big)]]


def test_float16_is_summed_in_float32() -> None:
    x = np.full((1, 4096), 1.0, np.float16)
    assert poolcli.global_pool(x, "avg")[0, 0] == 1
    assert poolcli.global_pool(x * np.float16(60000), "avg")[0, 0] == 60000
    assert poolcli.global_pool(x * np.float16(300), "lp", norm_type=1)[0, 0] == np.inf


@pytest.mark.parametrize("mode", ["max", "avg", "lp", "range"])
@pytest.mark.parametrize("shape", [(193,), (1, 193)])
def test_adaptive_windows_over_the_only_axis(mode: str, shape: tuple[int, ...]) -> None:
    x = RNG.standard_normal(shape)
    expected = [poolcli.global_pool(x[..., part], mode).item() for part in (np.s_[:97], np.s_[96:])]
    size = (1, 2)[-len(shape) :]
    assert poolcli.adaptive_pool(x, mode, size).reshape(-1).tolist() == expected


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_adaptive_sums_keep_negative_zero(dtype: str) -> None:
    x = -np.zeros(5, dtype)
    found = poolcli.adaptive_pool(x, "sum", 3)
    assert found.tobytes() == x[:3].tobytes()


def test_windows_of_one_element_are_divided() -> None:
    x = np.array([60000, -np.inf, 100], np.float16)
    found = poolcli.pool(x, "avg", 1, divisor_override=70000)
    np.testing.assert_array_equal(found, np.array([60000 / 70000, -np.inf, 1 / 700], np.float16))
    x = np.array([8359], np.int16)
    found = poolcli.pool(x, "avg", 1, divisor_override=4110682620194823)
    exact = Fraction(8359, 4110682620194823)
    assert found[0] == oracle.round_float(exact, np.dtype(np.float32))


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32"])
@pytest.mark.parametrize("divisor", [np.int8(100), np.array(-100, np.int8), np.uint16(7)])
def test_divisors_of_narrow_integer_types(dtype: str, divisor: Any) -> None:
    x = np.arange(100, 109).astype(dtype)
    for wanted in (None, "int32"):
        found = poolcli.pool(x, "avg", 3, divisor_override=divisor, dtype=wanted)
        expected = poolcli.pool(x, "avg", 3, divisor_override=int(divisor), dtype=wanted)
        assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("kernel", [1, 3])
def test_means_are_divided_in_the_dtype_of_the_result(dtype: str, kernel: int) -> None:
    x = np.array([2.75, 1.5, 0.25], dtype)
    found = poolcli.pool(x, "avg", kernel, divisor_override=7, dtype="float64")
    assert found.tolist() == [float(each) / 7 for each in (x if kernel == 1 else [4.5])]


def test_a_float32_mean_is_rounded_once_to_an_integer() -> None:
    just_below = np.nextafter(np.float32(0.5), np.float32(0))
    x = np.array([0.5, just_below], np.float32)
    assert poolcli.pool(x, "avg", 2, dtype="uint8").tolist() == [0]


def test_long_doubles_keep_their_precision() -> None:
    third = np.longdouble(1) / 3
    found = poolcli.pool(np.array([third, third, 5, 7]), "sum", 2, ignore=third)
    assert found.tolist() == [third, 12]
    if np.finfo(np.longdouble).nmant > 60:
        found = poolcli.pool(np.array([2**62 + 1, 2**61]), "avg", 2, dtype="longdouble")
        assert found[0] - np.longdouble(2**61 + 2**60) == 0.5


@pytest.mark.parametrize("method", ["lower", "higher", "nearest"])
def test_selected_elements_stay_exact(method: str) -> None:
    x = np.array([2**60 + 1, 2**60 + 1, 2**60 + 1])
    found = poolcli.pool(x, "quantile", 2, padding=1, method=method, dtype="int64")
    assert found.tolist() == [2**60 + 1] * 2


def test_means_do_not_overflow() -> None:
    top = np.finfo(np.float64).max
    x = np.array([[top, top, -top, top]])
    assert poolcli.pool(x, "avg", (1, 2)).tolist() == [[top, 0]]
    assert poolcli.pool(x, "median", (1, 2)).tolist() == [[top, 0]]


# ---- order statistics and modes -------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_the_median_of_64_bit_integers_is_exact(dtype: str) -> None:
    top = np.iinfo(dtype).max
    x = np.array([[top, top - 1, top - 2, top - 3]], dtype)
    assert poolcli.pool(x, "median", (1, 4), dtype=dtype).tolist() == [[int(top) - 1]]  # half up
    assert poolcli.pool(x, "median", (1, 3), dtype=dtype).tolist() == [[int(top) - 1]]


@pytest.mark.parametrize("method", QUANTILE_METHODS)
@pytest.mark.parametrize("q", [0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 1])
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int32"])
def test_quantiles_equal_those_of_numpy(method: Any, q: float, dtype: str) -> None:
    x = (RNG.standard_normal((30, 35)) * 50).astype(dtype)
    for kernel in (2, 5, 6):  # two of them are too large for sorting networks
        found = poolcli.pool(x, "quantile", (kernel, 7), q=q, method=method)
        windows = x[: 30 // kernel * kernel].reshape(30 // kernel, kernel, 5, 7).astype(np.float64)
        expected = np.quantile(windows, q, axis=(1, 3), method=method)
        np.testing.assert_array_equal(found, expected.astype(found.dtype))


def test_quantiles_of_infinities() -> None:
    inf = np.inf
    x = np.array([[1, inf, -inf, 1, inf, inf, -inf, -inf, -inf, inf]])
    found = poolcli.pool(x, "quantile", (1, 2), q=0.75)
    np.testing.assert_array_equal(found, [[inf, -inf, inf, -inf, np.nan]])
    np.testing.assert_array_equal(poolcli.pool(x, "median", (1, 2)), found)


@pytest.mark.parametrize("size", [2, 5, 40])
def test_mode_returns_only_labels_of_the_input(size: int) -> None:
    labels = RNG.integers(0, 6, (120, 120)).astype(np.uint16) * 1000
    found = poolcli.pool(labels, "mode", size)
    assert set(np.unique(found)) <= set(np.unique(labels))
    for row, column in ((0, 0), (1, 2)):
        window = labels[row * size : (row + 1) * size, column * size : (column + 1) * size]
        values, counts = np.unique(window, return_counts=True)
        assert found[row, column] == values[counts.argmax()]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_mode_counts_all_nans_as_one_value_the_largest(dtype: str) -> None:
    nan, other = np.float64(np.nan), -np.float64(np.nan)
    x = np.array([[nan, other, 1.0, 2.0, nan, 3.0, -0.0, 0.0, -5.0, nan, np.inf, 7]], dtype)
    found = poolcli.pool(x, "mode", (1, 4))
    np.testing.assert_array_equal(found, [[np.nan, 0.0, -5.0]])


def test_mode_of_many_values_in_a_large_window() -> None:
    x = RNG.integers(0, 3000, (600, 700)).astype(np.float32)
    values, counts = np.unique(x, return_counts=True)
    assert poolcli.global_pool(x, "mode")[0, 0] == values[counts.argmax()]
    x[:200] = np.nan
    assert np.isnan(poolcli.global_pool(x, "mode")[0, 0])
    assert poolcli.global_pool(x, "mode", ignore=np.nan)[0, 0] < 3000


# ---- all modes -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "mode"])
@pytest.mark.parametrize("size", [2, 6, 40])
def test_nan_is_propagated(mode: str, size: int) -> None:
    x = RNG.random((80, 80))
    x[3, 5] = np.nan
    found = poolcli.pool(x, mode, size)
    assert np.argwhere(np.isnan(found)).tolist() == [[3 // size, 5 // size]]
    assert not np.isnan(poolcli.pool(x, mode, size, ignore=np.nan)).any()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64"])
def test_windows_that_contain_only_padding(mode: str, dtype: str) -> None:
    x = np.full((1, 1), 3, dtype)
    found = poolcli.pool(x, mode, 2, 1, padding=2, dilation=3)  # only the corners are data
    assert found.shape == (2, 2)
    empty = found.reshape(-1)[1:]
    bounds = np.finfo(dtype) if dtype.startswith("f") else np.iinfo(dtype)
    extreme = np.inf if dtype.startswith("f") else None
    expected: Any = {
        "max": bounds.min if extreme is None else -np.inf,
        "min": bounds.max if extreme is None else np.inf,
        **dict.fromkeys(["mode", "range"], 0 if extreme is None else np.nan),
        **dict.fromkeys(["sum", "avg", "lp"], 0),
    }.get(mode, np.nan)
    np.testing.assert_array_equal(empty, np.full(3, expected, found.dtype))
    integers = poolcli.pool(x, mode, 2, 1, padding=2, dilation=3, dtype="int32").reshape(-1)[1:]
    if mode not in ("max", "min"):
        assert integers.tolist() == [0, 0, 0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("threads", [2, 3])
def test_results_do_not_depend_on_threads(mode: str, threads: int) -> None:
    x = RNG.standard_normal((500, 600)).astype(np.float32)
    x[RNG.random(x.shape) < 0.1] = -0.0
    x[RNG.random(x.shape) < 0.1] = 0.0
    window: dict[str, Any] = {"kernel_size": 5, "stride": 3, "padding": 2}
    single = poolcli.pool(x, mode, threads=1, **window)
    assert single.tobytes() == poolcli.pool(x, mode, threads=threads, **window).tobytes()


@pytest.mark.parametrize("mode", ["max", "avg", "sum", "lp", "gem", "std", "median", "mode"])
@pytest.mark.parametrize("shape", [(0, 4, 4), (3, 0, 4, 4)])
def test_empty_arrays_give_empty_results(mode: str, shape: tuple[int, ...]) -> None:
    x = np.zeros(shape, np.float32)
    assert poolcli.pool(x, mode).shape == (*shape[:-2], 2, 2)
    assert poolcli.global_pool(x, mode).shape == (*shape[:-2], 1, 1)
    assert poolcli.adaptive_pool(x, mode, 3).shape == (*shape[:-2], 3, 3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kernel", "stride"), [(100, 100), (14, 1), (65, 30), (9, 9)])
@pytest.mark.parametrize("mode", ["avg", "lp", "std"])
def test_results_do_not_depend_on_block_boundaries(
    mode: str, kernel: int, stride: int, dtype: str
) -> None:
    # All rows of windows have the same elements, but lie in blocks of different heights.
    pattern = np.random.default_rng(0).random((stride, 3000)).astype(dtype)
    x = np.tile(pattern, (1613 // stride + 1, 1))[:1613]
    found = poolcli.pool(x, mode, kernel, stride)
    np.testing.assert_array_equal(found, np.broadcast_to(found[:1], found.shape))


@pytest.mark.parametrize("mode", ["avg", "sum", "gem"])
def test_an_array_in_a_batch_gives_the_same_result_as_alone(mode: str) -> None:
    x = np.random.default_rng(0).random((8, 1200, 900), np.float32)
    batch = poolcli.pool(x, mode, 300)
    for alone, found in zip(x, batch, strict=True):
        np.testing.assert_array_equal(poolcli.pool(alone, mode, 300), found)


def test_kernels_much_larger_than_the_array_take_little_memory() -> None:
    x = np.zeros((16, 4, 4), np.uint8)
    x[0, 0, 0] = 1
    tracemalloc.start()
    try:
        found = poolcli.pool(x, "mode", 3000, 3000, padding=2998)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert found.shape == (16, 2, 2)
