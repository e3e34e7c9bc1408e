"""Integer results are rounded once, half up, from the exact value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poolcli
from tests import oracle

MODES: list[tuple[str, dict[str, Any]]] = [
    ("std", {}),
    ("gem", {}),
    ("gem", {"norm_type": -1}),
    ("gem", {"norm_type": 0.5}),
    ("gem", {"norm_type": -2.5}),
    ("gem", {"norm_type": float("inf")}),
    ("lp", {}),
    ("lp", {"norm_type": 1.5}),
    ("avg", {}),
    ("avg", {"divisor_override": -3}),
    ("avg", {"divisor_override": 1_000_003}),
    ("sum", {}),
    ("median", {}),
    ("rms", {}),
    ("blur", {}),
    ("range", {}),
]


@pytest.mark.parametrize("dtype", ["u1", "i4", "u8", "f2", "f4", "f8", "g"])
def test_std_rounds_exact_halves_up(dtype: str) -> None:
    x = np.array([2, 1, 2, 5], dtype)
    assert poolcli.pool(x, "std", 4, dtype="uint8").tolist() == [2]
    # Far from 0 the mean is rounded, but the deviation is still exact.
    if np.dtype(dtype).itemsize >= 4:
        assert poolcli.pool(x + 1_000_000, "std", 4, dtype="int64").tolist() == [2]


def test_std_rounds_values_just_below_a_half_down() -> None:
    x = np.array([0.0, np.nextafter(3.0, 0)])
    assert poolcli.pool(x, "std", 2, dtype="uint8").tolist() == [1]


@pytest.mark.parametrize("dtype", ["u1", "i4", "f4", "f8"])
def test_harmonic_means_round_exact_halves_up(dtype: str) -> None:
    x = np.array([210, 210, 30, 30], dtype)
    assert poolcli.pool(x, "gem", 4, norm_type=-1, dtype="uint8").tolist() == [53]


def test_gem_of_equal_halves_is_a_half_for_every_exponent() -> None:
    x = np.full(3, 2.5)
    for norm in (-7, -2.5, -1, 0.1, 0.5, 1, 3, 7, 33.3, 1e-4):
        assert poolcli.pool(x, "gem", 3, norm_type=norm, dtype="uint8").tolist() == [3]


@pytest.mark.parametrize("mode", ["lp", "gem"])
@pytest.mark.parametrize("norm", [1.5, 0.75, 2.5, 5, 7])
def test_long_doubles_round_exact_halves_up(mode: str, norm: float) -> None:
    x = np.array([2.5, 7.5, 30.5, 1e5 + 0.5], np.longdouble)
    found = poolcli.pool(x, mode, 1, norm_type=norm, dtype="int32")
    assert found.tolist() == [3, 8, 31, 100001]
    np.testing.assert_allclose(poolcli.pool(x, mode, 1, norm_type=norm), x, rtol=1e-18)


@pytest.mark.parametrize("dtype", ["f4", "f8", "g"])
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("avg", [0, 1, 1, 3]),
        ("sum", [1, 1, 2, 5]),
        ("std", [0, 0, 1, 0]),
        ("lp", [1, 1, 2, 4]),
        ("gem", [0, 1, 1, 3]),
        ("rms", [0, 1, 1, 3]),
        ("blur", [0, 1, 1, 3]),
        ("range", [0, 1, 2, 0]),
    ],
)
def test_the_smallest_subnormal_decides_the_rounding(
    mode: str, expected: list[int], dtype: str
) -> None:
    tiny = np.finfo(dtype).smallest_subnormal
    x = np.array([tiny, 0.5, tiny, 1, 0, 1.5, 2.5, 2.5], dtype)
    assert poolcli.pool(x, mode, 2, dtype="int64").tolist() == expected


def test_rounded_sums_of_floats_near_a_half() -> None:
    x = np.array([1e-20, 1.0, -3e-20, 0.0])
    assert poolcli.pool(x, "avg", 2, 1, dtype="int8").tolist() == [1, 0, 0]
    assert poolcli.pool(np.array([1e17, 0.5, -1e17]), "sum", 3, dtype="int64").tolist() == [1]
    assert poolcli.pool(np.array([-1e-20, 1.0]), "median", 2, dtype="int8").tolist() == [0]
    halves = np.arange(64, dtype=np.float32) / 2
    np.testing.assert_array_equal(
        poolcli.pool(halves, "avg", 2, dtype="uint8"), np.floor(np.arange(32) + 0.75)
    )


def test_windows_with_infinities_next_to_undecided_ones() -> None:
    x = np.array([2.5, np.inf, np.nan, 2.5, 2.5, 2.5])
    found = poolcli.pool(x, "gem", 2, norm_type=-1, dtype="uint8")
    assert found.tolist() == [5, 0, 3]


@pytest.mark.parametrize("integers", [False, True])
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_results_agree_with_exact_arithmetic(integers: bool, data: st.DataObject) -> None:
    mode, options = data.draw(st.sampled_from(MODES))
    dtype = data.draw(st.sampled_from(["u1", "i4", "i8", "u8"] if integers else ["f4", "f8", "g"]))
    size = data.draw(st.integers(1, 5))
    if integers:
        info = np.iinfo(dtype)
        elements = st.integers(max(info.min, -9), 9) | st.integers(info.max - 9, info.max)
        values = data.draw(st.lists(elements, min_size=2 * size, max_size=2 * size))
    else:
        near_halves = st.integers(-40, 40).map(lambda quarters: quarters / 4)
        elements = near_halves | st.sampled_from([1e-20, -3e-20, 1e15, 2 / 3, 123456.789])
        values = data.draw(st.lists(elements, min_size=2 * size, max_size=2 * size))
    x = np.array(values, dtype)
    if data.draw(st.booleans()) and "divisor_override" not in options:
        options = {**options, "ignore": [0, 1]}
    out_dtype = data.draw(st.sampled_from(["uint8", "int64", "uint64"]))
    found = poolcli.pool(x, mode, size, dtype=out_dtype, **options)
    np.testing.assert_array_equal(found, oracle.pool(x, mode, size, dtype=out_dtype, **options)[0])


def test_results_beyond_64_bits_are_limited_to_uint64() -> None:
    x = np.array([[2**63 - 1], [2**63 - 1]])
    found = poolcli.pool(x, "lp", 2, axes=0, norm_type=0.5, dtype="uint64")
    assert found.tolist() == [[2**64 - 1]]
