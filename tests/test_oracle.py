"""The oracle agrees with PyTorch, ONNX and SciPy, and with values computed by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tests import oracle
from tests.golden import (
    FAMILIES,
    FOOTPRINT_FAMILIES,
    PADDING_MODE_FAMILIES,
    Case,
    cases,
    excluded,
    named,
)

FEATURE_MAP = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]])
ALL_FAMILIES = (*FAMILIES, *PADDING_MODE_FAMILIES, *FOOTPRINT_FAMILIES)
MAX_STEPS = 20_000
"""The largest number of window elements that the oracle takes a few milliseconds for."""


@pytest.mark.parametrize("family", ALL_FAMILIES)
def test_oracle_agrees_with_other_libraries(family: str) -> None:
    for case in cases(family):
        if family in FAMILIES or case.x.size * math.prod(case.kwargs["kernel_size"]) <= MAX_STEPS:
            with named(case):
                assert_oracle_agrees(case)


def assert_oracle_agrees(case: Case) -> None:
    values, indices = getattr(oracle, case.function)(case.x, **case.kwargs)
    assert values.dtype == case.values.dtype
    np.testing.assert_allclose(values, case.values, rtol=case.tolerance, atol=case.tolerance)
    if case.indices is not None:
        np.testing.assert_array_equal(indices, case.indices)


def test_names_of_golden_cases_are_unique() -> None:
    names = [case.name for family in ALL_FAMILIES for case in cases(family)]
    assert len(set(names)) == len(names)
    assert [name for family in FAMILIES for name in excluded(family)] == [
        "test_maxpool_with_argmax_2d_precomputed_strides: indices"
    ]


# ---- values computed by hand -----------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", ">f8", ">i2"])
def test_a_4x4_map(dtype: str) -> None:
    x = FEATURE_MAP.astype(dtype)
    values, indices = oracle.pool(x)
    np.testing.assert_array_equal(values, [[6, 8], [4, 4]])
    np.testing.assert_array_equal(indices, [[5, 7], [9, 15]])
    assert values.dtype == x.dtype.newbyteorder("=")
    np.testing.assert_array_equal(oracle.pool(x, "min")[0], [[1, 2], [0, 1]])
    np.testing.assert_array_equal(oracle.pool(x, "sum")[0], [[15, 21], [7, 10]])
    np.testing.assert_array_equal(oracle.pool(x, "avg")[0], [[3.75, 5.25], [1.75, 2.5]])
    np.testing.assert_array_equal(oracle.global_pool(x)[0], [[3.3125]])


@pytest.mark.parametrize(
    ("n", "k", "s", "b", "a", "d", "ceil_mode", "size"),
    [
        (5, 2, 2, 0, 0, 1, False, 2),
        (5, 2, 2, 0, 0, 1, True, 3),
        (2, 3, 3, 1, 1, 1, True, 1),  # the second window would start in the padding
        (2, 1, 2, 0, 0, 1, True, 1),  # the second window would start after the data
        (7, 3, 1, 1, 1, 2, False, 5),
        (1, 2, 1, 1, 0, 1, False, 1),
    ],
)
def test_output_size(
    n: int, k: int, s: int, b: int, a: int, d: int, ceil_mode: bool, size: int
) -> None:
    assert oracle.output_size(n, k, s, b, a, d, ceil_mode) == size


def test_same_padding_adds_the_odd_element_after_or_before_the_data() -> None:
    assert oracle.same_size(5, 2) == 3
    assert oracle.same_padding(5, 3, 2, 1, lower=False) == (1, 1)
    assert oracle.same_padding(4, 3, 2, 1, lower=False) == (0, 1)
    assert oracle.same_padding(4, 3, 2, 1, lower=True) == (1, 0)
    assert oracle.same_padding(7, 1, 3, 1, lower=False) == (0, 0)


def test_positions_of_window_elements() -> None:
    assert oracle.window_positions(1, 3, 2, 1, 2) == [1, 3, 5]
    assert [oracle.adaptive_positions(i, 5, 3) for i in range(3)] == [[0, 1], [1, 2, 3], [3, 4]]


def test_avg_counts_padding_but_not_the_overhang_of_ceil_mode() -> None:
    x = np.array([4, 8, 12], np.uint8)

    def avg(**kwargs: Any) -> Any:
        return oracle.pool(x, "avg", (2,), **kwargs)[0].tolist()

    assert avg(padding=1) == [2, 10]
    assert avg(padding=1, count_include_pad=False) == [4, 10]
    assert avg(padding="same") == [6, 12]
    assert avg(padding="same", count_include_pad=True) == [6, 6]
    assert avg(ceil_mode=True, count_include_pad=True) == [6, 12]
    assert avg(divisor_override=4, ceil_mode=True) == [3, 3]


def test_windows_that_lie_in_the_padding_alone() -> None:
    def pool_padding(mode: str, dtype: str) -> tuple[Any, Any]:
        values, indices = oracle.pool(np.ones(2, dtype), mode, (2,), 1, 1, 3)
        return values.item(), None if indices is None else indices.item()

    assert pool_padding("max", "f4") == (-math.inf, -1)
    assert pool_padding("min", "f4") == (math.inf, -1)
    assert pool_padding("max", "i1") == (-128, -1)
    assert pool_padding("min", "u1") == (255, -1)
    assert pool_padding("max", "?") == (False, -1)
    assert pool_padding("sum", "f4") == pool_padding("avg", "u1") == (0, None)


def test_indices_are_of_the_first_of_equal_elements_and_of_the_last_nan() -> None:
    x = np.array([2, 7, 7, math.nan, 1, math.nan])
    assert oracle.pool(x, "max", 3)[1].tolist() == [1, 5]  # type: ignore[union-attr]
    assert oracle.pool(np.array([0.0, -0.0]), "min", 2)[1].tolist() == [0]  # type: ignore[union-attr]


def test_indices_do_not_depend_on_the_order_of_the_argument_axes() -> None:
    x = np.zeros((3, 1, 4))
    x[2, 0, 1] = 1
    for axes, kernel in [((0, 2), (3, 4)), ((2, 0), (4, 3))]:
        values, indices = oracle.pool(x, "max", kernel, axes=axes)
        assert values.shape == (1, 1, 1)
        assert indices is not None
        assert indices.item() == 9


def test_integers_are_exact_wrap_and_saturate() -> None:
    x = np.array([2**63 - 1, 2**63 - 1])
    assert oracle.pool(x, "sum", 2)[0].tolist() == [-2]
    assert oracle.pool(x, "sum", 2, dtype="u8")[0].tolist() == [2**64 - 2]
    assert oracle.pool(x, "sum", 2, dtype="i4")[0].tolist() == [2**31 - 1]
    assert oracle.pool(x, "avg", 2, dtype="i8")[0].tolist() == [2**63 - 1]
    assert oracle.pool(np.array([True, True]), "sum", 2)[0].dtype == np.int64
    third = oracle.pool(np.array([0, 0, 1], np.uint8), "avg", 3)[0]
    assert third.dtype == np.float32
    assert third.tolist() == [np.float32(1) / np.float32(3)]


def test_integer_dtype_rounds_half_up_once() -> None:
    x = np.array([-2, -3, 2, 3])
    assert oracle.pool(x, "avg", 2, dtype="i2")[0].tolist() == [-2, 3]
    # Rounding to float64 first would give 0.5, and then 1.
    nearly_half = np.array([0.5, -(2.0**-60)])
    assert oracle.pool(nearly_half, "sum", 2, dtype="u1")[0].tolist() == [0]
    special = np.array([math.nan, math.inf, -math.inf, 300.0])
    assert oracle.pool(special, "max", 1, dtype="u1")[0].tolist() == [0, 255, 0, 255]


def test_floats_overflow_to_infinity_only_in_the_result() -> None:
    big = np.array([6e4, 6e4], np.float16)
    assert oracle.pool(big, "avg", 2)[0].tolist() == [np.float16(6e4)]
    assert oracle.pool(big, "sum", 2)[0].tolist() == [math.inf]
    huge = np.full(4, 1.7e308)
    assert oracle.pool(huge, "avg", 4)[0].tolist() == [1.7e308]
    assert math.isnan(oracle.pool(np.array([math.inf, -math.inf]), "avg", 2)[0].item())
    assert (
        oracle.pool(np.array([math.inf, 1]), "avg", 2, divisor_override=-2)[0].item() == -math.inf
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_fractions_round_to_the_nearest_ties_to_even(dtype: type) -> None:
    kind = np.dtype(dtype)
    one, step = Fraction(1), Fraction(*np.finfo(dtype).eps.as_integer_ratio())
    assert oracle.round_float(one + step / 2, kind) == 1
    assert oracle.round_float(one + step / 2 + step**9, kind) == 1 + np.finfo(dtype).eps
    tiny = Fraction(*np.finfo(dtype).smallest_subnormal.as_integer_ratio())
    assert oracle.round_float(tiny * 3 / 2, kind) == 2 * np.finfo(dtype).smallest_subnormal
    assert oracle.round_float(tiny / 2, kind) == 0
    highest = Fraction(*np.finfo(dtype).max.as_integer_ratio())
    assert oracle.round_float(highest, kind) == np.finfo(dtype).max
    assert oracle.round_float(-2 * highest, kind) == -np.inf


def test_complex_numbers_have_only_means_and_sums() -> None:
    x = np.array([1 + 2j, 3 - 1j], np.complex64)
    assert oracle.pool(x, "avg", 2)[0].tolist() == [2 + 0.5j]
    assert oracle.pool(x, "sum", 2)[0].tolist() == [4 + 1j]
    for mode, dtype in [("max", None), ("avg", "f8")]:
        with pytest.raises(TypeError):
            oracle.pool(x, mode, 2, dtype=dtype)


def test_ignored_elements_do_not_count() -> None:
    x = np.array([0, 4, 0, 0, 6, 9], np.uint8)
    assert oracle.pool(x, "avg", 2, ignore=0)[0].tolist() == [4, 0, 7.5]
    values, indices = oracle.pool(x, "min", 2, ignore=0)
    assert values.tolist() == [4, 0, 6]
    assert indices is not None
    assert indices.tolist() == [1, -1, 4]
    assert oracle.pool(x, "avg", 2, 2, 1, ignore=7)[0].tolist() == [0, 2, 3, 9]
    assert oracle.pool(x, "avg", 2, ignore=0.5)[0].tolist() == [2, 0, 7.5]
    assert oracle.pool(x, "avg", 2, ignore=256)[0].tolist() == [2, 0, 7.5]
    tenth = np.array([0.1, 3], np.float32)
    assert oracle.pool(tenth, "sum", 2, ignore=0.1)[0].tolist() == [3]
    gaps = np.array([math.nan, 3, math.nan, math.nan])
    np.testing.assert_array_equal(oracle.pool(gaps, "max", 2, ignore=math.nan)[0], [3, math.nan])
    assert oracle.pool(gaps, "max", 2, ignore=math.nan, dtype="u1")[0].tolist() == [3, 0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kernel_size": 5}, "empty"),
        ({"padding": 2}, "not smaller"),
        ({"padding": ((0, 2), 0)}, "not smaller"),
        ({"padding": -1}, "padding must be"),
        ({"padding": "full"}, "'full'"),
        ({"stride": 0}, "stride must be"),
        ({"kernel_size": (2, 2, 2)}, "axes"),
        ({"stride": (1, 1, 1)}, "stride .* for 2 pooled axes"),
        ({"axes": (0, 0)}, "axes"),
        ({"axes": 2}, "axes"),
        ({"divisor_override": 0}, "not be 0"),
        ({"ignore": 0, "count_include_pad": True}, "with ignore"),
        ({"mode": "maximum"}, "maximum"),
    ],
)
def test_wrong_arguments(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        oracle.pool(FEATURE_MAP, **wrong)
