"""Division of exact sums, with a single rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core.kernels.exact_division import divide
from tests import oracle

DTYPES = ("float16", "float32", "float64", "int8", "uint32", "int64", "uint64", "bool")
HALVES = st.tuples(st.integers(-(2**45), 2**45), st.integers(0, 2**44))
DIVISORS = st.integers(-(2**32), 2**32).filter(bool) | st.sampled_from([1, 2, 3, 4, 7, 2**31])


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=150, deadline=None)
@given(pairs=st.lists(st.tuples(HALVES, DIVISORS), min_size=1, max_size=8))
def test_sums_in_two_halves(dtype: str, pairs: list[tuple[tuple[int, int], int]]) -> None:
    high = np.array([halves[0] for halves, _ in pairs])
    low = np.array([halves[1] for halves, _ in pairs], np.uint64)
    divisors = np.array([divisor for _, divisor in pairs])
    found = divide((high, low), divisors, np.dtype(dtype))
    for each, ((above, below), divisor) in zip(found, pairs, strict=True):
        exact = Fraction((above << 32) + below, divisor)
        assert each == oracle.cast(exact, np.dtype(dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_ties_and_their_neighbours(dtype: str, data: Any) -> None:
    digits = {"float32": 24, "float64": 53, "int64": 40}[dtype]
    shift = data.draw(st.integers(0, 62 - digits))
    middle = (2 * data.draw(st.integers(2 ** (digits - 1), 2**digits - 1)) + 1) << shift
    divisor = data.draw(st.sampled_from([1, 2, 3, 9, 1000, 2**31 - 1]))
    total = middle * divisor + data.draw(st.sampled_from([-1, 0, 1]))
    sign = data.draw(st.sampled_from([1, -1]))
    total *= sign
    parts = np.array([total >> 32]), np.array([total & (2**32 - 1)], np.uint64)
    exact = Fraction(total, divisor)
    expected = oracle.cast(exact, np.dtype(dtype))
    assert divide(parts, divisor, np.dtype(dtype))[0] == expected


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int64", "float32"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_small_sums_with_a_divisor_each(dtype: str, data: Any) -> None:
    largest = data.draw(st.sampled_from([20, 2**12, 2**21, 2**24, 2**31 - 1]))
    size = data.draw(st.integers(1, 6))
    sums = data.draw(st.lists(st.integers(0, largest), min_size=size, max_size=size))
    counts = data.draw(st.lists(st.integers(1, 3000), min_size=size, max_size=size))
    for total in (np.array(sums, np.uint32), np.array(sums, np.int32)):
        found = divide((total,), np.array(counts), np.dtype(dtype))
        for each, value, count in zip(found, sums, counts, strict=True):
            assert each == oracle.cast(Fraction(value, count), np.dtype(dtype))


@pytest.mark.parametrize("count", [*range(1, 40), 255, 1000, 2**20 - 1, 2**21 - 1])
def test_halves_are_rounded_up_and_their_neighbours_to_nearest(count: int) -> None:
    halves = np.arange(1, 2**21 // count, 2, dtype=np.int64)[-2000:]
    middles = halves * count // 2
    totals = np.unique(np.concatenate([middles - 1, middles, middles + 1]))
    totals = totals[(totals >= 0) & (totals < 2**21)].astype(np.uint32)
    found = divide((totals,), np.full(totals.shape, count), np.dtype(np.int64))
    np.testing.assert_array_equal(found, (2 * totals.astype(np.int64) + count) // (2 * count))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32"])
def test_negative_sums_with_a_divisor_each(dtype: str) -> None:
    rng = np.random.default_rng(0)
    count = rng.integers(1, 300, 20_000)
    odd = 2 * rng.integers(-3000, 3000, count.size) + 1
    # Exact halves, and the sums next to them.
    total = odd * count // 2 + rng.integers(-1, 2, count.size)
    total = np.clip(total, -(1 << 20), 1 << 20).astype(np.int32)
    found = divide((total,), count, np.dtype(dtype))
    info = np.iinfo(dtype)
    exact = (2 * total.astype(np.int64) + count) // (2 * count)
    np.testing.assert_array_equal(found, np.clip(exact, info.min, info.max))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
@pytest.mark.parametrize("kernel", [2, 3, 16, 17, 40])
def test_means_of_the_bounds_of_a_dtype(dtype: str, kernel: int) -> None:
    info = np.iinfo(dtype)
    for value in (info.min, info.max):
        x = np.full((2 * kernel, 80), value, dtype)
        for out_dtype in (dtype, "float32", "int8", "uint8"):
            bounds = np.finfo(out_dtype) if out_dtype == "float32" else np.iinfo(out_dtype)
            found = poolcli.pool(x, "avg", (kernel, 2), dtype=out_dtype)
            expected = min(max(value, bounds.min), bounds.max)
            np.testing.assert_array_equal(found, np.full_like(found, expected))
