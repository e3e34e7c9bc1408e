"""Exact sums divided: each quotient is rounded once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.core.quotient import divide
from tests import oracle

DTYPES = ("float16", "float32", "float64", "int8", "uint32", "int64", "uint64", "bool")
HALVES = st.tuples(st.integers(-(2**45), 2**45), st.integers(0, 2**44))
DIVISORS = st.integers(-(2**32), 2**32).filter(bool) | st.sampled_from([1, 2, 3, 4, 7, 2**31])


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=300, deadline=None)
@given(pairs=st.lists(st.tuples(HALVES, DIVISORS), min_size=1, max_size=8))
def test_halves(dtype: str, pairs: list[tuple[tuple[int, int], int]]) -> None:
    high = np.array([halves[0] for halves, _ in pairs])
    low = np.array([halves[1] for halves, _ in pairs], np.uint64)
    count = np.array([divisor for _, divisor in pairs])
    found = divide((high, low), count, np.dtype(dtype))
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
