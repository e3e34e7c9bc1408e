"""bfloat16 and float8 arrays are pooled in float32 and rounded back once."""

from __future__ import annotations

import sys
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core.extension_floats import is_extension_float, to_float32
from poolcli.core.modes import MODES
from tests import oracle
from tests.core.strategies import arrays, ignored_values, layouts, windows
from tests.core.test_against_oracle import BLOCK_SIZES, arguments, block_sizes

ml_dtypes = pytest.importorskip("ml_dtypes")

Array = np.ndarray[Any, Any]
BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
E4M3FN = np.dtype(ml_dtypes.float8_e4m3fn)
NAMES = ["bfloat16", *sorted(name for name in dir(ml_dtypes) if name.startswith("float8_"))]
OTHERS = sorted(
    name
    for name in dir(ml_dtypes)
    if name not in NAMES and isinstance(getattr(ml_dtypes, name), type) and name[-1].isalnum()
    and issubclass(getattr(ml_dtypes, name), np.generic)
)  # fmt: skip


def named(name: str) -> np.dtype[Any]:
    return np.dtype(getattr(ml_dtypes, name))


def all_values(dtype: np.dtype[Any]) -> Array:
    """Return an array of all bit patterns of a dtype."""
    return np.arange(1 << 8 * dtype.itemsize, dtype=f"u{dtype.itemsize}").view(dtype)


def rounded(values: Any, dtype: np.dtype[Any]) -> Array:
    """Return float32 numbers rounded by ml_dtypes."""
    with np.errstate(all="ignore"):
        return np.asarray(values, np.float32).astype(dtype)


def assert_same_bits(found: Array, expected: Array) -> None:
    """Assert equality of dtype, shape and bits; all NaNs are equal."""
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    assert found.dtype.isnative
    as_floats = [each.astype(np.float32) for each in (found, expected)]
    np.testing.assert_array_equal(*as_floats)
    np.testing.assert_array_equal(*map(np.signbit, np.nan_to_num(as_floats)))


# ---- the dtypes ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_float32_holds_all_values_exactly(name: str) -> None:
    dtype = named(name)
    assert is_extension_float(dtype)
    values = all_values(dtype)
    exact = [float(value) for value in values]
    np.testing.assert_array_equal(to_float32(values), exact)
    swapped = values.astype(dtype.newbyteorder())
    np.testing.assert_array_equal(to_float32(swapped[::-1]), exact[::-1])


def test_other_dtypes_are_none_of_them() -> None:
    assert OTHERS
    assert not any(is_extension_float(named(name)) for name in OTHERS)
    assert not any(map(is_extension_float, map(np.dtype, ("f2", "f4", "V2", "V1", "u1", object))))
    with pytest.raises(TypeError, match="int4 is not numeric"):
        poolcli.pool(np.zeros((2, 2), ml_dtypes.int4))


def test_a_name_needs_ml_dtypes() -> None:
    assert poolcli.pool(np.ones((2, 2)), dtype="bfloat16").dtype == BFLOAT16
    with (
        mock.patch.dict(sys.modules, {"ml_dtypes": None}),
        pytest.raises(TypeError, match=r"dtype: bfloat16 needs the package ml-dtypes, .*\[ml\]"),
    ):
        poolcli.pool(np.ones((2, 2)), "min", dtype="bfloat16")  # no recipe of this is kept
    with pytest.raises(TypeError, match="'float8_e9m9' is no dtype that NumPy knows"):
        poolcli.pool(np.ones((2, 2)), dtype="float8_e9m9")


# ---- values ----------------------------------------------------------------------------------


@st.composite
def calls(draw: st.DrawFn, mode: str) -> tuple[Array, dict[str, Any]]:
    """Draw an array of bfloat16 or float8, and the arguments of a call of `pool`."""
    shape, axes = draw(layouts())
    dtype = named(draw(st.sampled_from(["bfloat16", "bfloat16", "float8_e4m3fn", "float8_e5m2"])))
    kwargs = {"axes": axes, **draw(arguments(mode, "float32")), **draw(windows(len(axes)))}
    if "ignore" in kwargs:
        kwargs["ignore"] = draw(ignored_values("float32"))
        assume(dtype != E4M3FN or np.inf not in np.atleast_1d(kwargs["ignore"]))
    assume(not ("padding_mode" in kwargs and kwargs.get("return_indices")))
    x = draw(arrays(shape, "float32"))
    with np.errstate(all="ignore"):
        copied = x.astype(dtype if draw(st.booleans()) else dtype.newbyteorder())
    if draw(st.booleans()):
        strided = np.zeros((*shape[:-1], 2 * shape[-1]), copied.dtype)
        strided[..., ::2] = copied
        copied = strided[..., ::2]
    return copied, kwargs


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=16, deadline=None)
@given(data=st.data(), sizes=st.sampled_from(BLOCK_SIZES), threads=st.sampled_from([1, 3]))
def test_results_are_those_of_float32_rounded_once(
    mode: str, data: st.DataObject, sizes: tuple[int, int], threads: int
) -> None:
    x, kwargs = data.draw(calls(mode))
    before = x.tobytes()
    try:
        expected = poolcli.pool(x.astype(np.float32), **kwargs)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            poolcli.pool(x, **kwargs)
        return
    with block_sizes(sizes):
        found = poolcli.pool(x, threads=threads, **kwargs)
    if kwargs.get("return_indices"):
        found, indices = found
        expected, expected_indices = expected
        np.testing.assert_array_equal(indices, expected_indices)
    if mode in ("max", "min") and x.dtype.type is E4M3FN.type:  # it has no infinity
        expected = expected.clip(-448, 448)
    assert_same_bits(found, rounded(expected, x.dtype.newbyteorder("=")))
    assert x.tobytes() == before


@pytest.mark.parametrize("name", ["bfloat16", "float8_e5m2"])
@pytest.mark.parametrize("mode", MODES)
def test_results_are_those_of_the_oracle_rounded_once(mode: str, name: str) -> None:
    # The sums of multiples of 1/4 are exact in float32, which the oracle rounds to.
    x = (np.random.default_rng(3).integers(-12, 12, (6, 9)) / 4).astype(named(name))
    expected, _ = oracle.pool(x.astype(np.float32), mode, 3, stride=2, padding=1)
    found = poolcli.pool(x, mode, 3, stride=2, padding=1)
    assert_same_bits(found, rounded(expected, x.dtype))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", ["max", "min", "mode"])
def test_selecting_modes_keep_elements_exactly(mode: str, name: str) -> None:
    x = all_values(named(name))[: 1 << 8]
    x = x[~((x == 0) & np.signbit(x.astype(np.float32)))]  # `mode` makes -0 a 0
    assert_same_bits(poolcli.pool(x, mode, 1), x)
    assert_same_bits(poolcli.adaptive_pool(x, mode, len(x)), x)
    assert_same_bits(poolcli.global_pool(np.stack([x, x]), mode, axes=0), x[None])


def test_sums_are_kept_in_float32() -> None:
    ones = np.ones((1, 4096), BFLOAT16)
    assert poolcli.global_pool(ones, "sum")[0, 0] == 4096  # in bfloat16 it would stop at 256
    assert poolcli.global_pool(ones, "avg")[0, 0] == 1
    x = np.full((1, 2), 400, E4M3FN)
    assert poolcli.global_pool(x, "avg")[0, 0] == x[0, 0]
    assert np.isnan(poolcli.global_pool(x, "sum")[0, 0])  # as E4M3FN has no infinity
    assert poolcli.global_pool(np.full((1, 2), 5e4, "float8_e5m2"), "sum")[0, 0] == np.inf


@pytest.mark.parametrize("mode", MODES)
def test_adaptive_and_global_windows(mode: str) -> None:
    x = np.random.default_rng(2).standard_normal((2, 9, 7)).astype(BFLOAT16)
    wide = x.astype(np.float32)
    expected = poolcli.adaptive_pool(wide, mode, (4, 3))
    assert_same_bits(poolcli.adaptive_pool(x, mode, (4, 3)), rounded(expected, BFLOAT16))
    expected = poolcli.global_pool(wide, mode, keepdims=False)
    assert_same_bits(poolcli.global_pool(x, mode, keepdims=False), rounded(expected, BFLOAT16))


@pytest.mark.parametrize("mode", ["max", "min"])
def test_indices_are_those_of_float32(mode: str) -> None:
    x = np.array([[1, 3, 3, np.nan], [np.nan, 2, 3, 0]], BFLOAT16)
    for kernel in ((2, 2), (1, 3)):
        expected = poolcli.pool(x.astype(np.float32), mode, kernel, return_indices=True)[1]
        found = poolcli.pool(x, mode, kernel, return_indices=True)[1]
        np.testing.assert_array_equal(found, expected)


# ---- other dtypes ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool", "float16", "float64"])
def test_results_of_other_dtypes_are_those_of_float32(mode: str, dtype: str) -> None:
    x = (np.random.default_rng(4).standard_normal((9, 12)) * 40).astype(BFLOAT16)
    expected = poolcli.pool(x.astype(np.float32), mode, 3, dtype=dtype)
    np.testing.assert_array_equal(poolcli.pool(x, mode, 3, dtype=dtype), expected)


def test_integer_results_round_half_up_and_saturate() -> None:
    x = np.array([2.5, -2.5, 300, -300, np.nan, np.inf], BFLOAT16)
    assert poolcli.pool(x, "max", 1, dtype=np.int8).tolist() == [3, -2, 127, -128, 0, 127]
    halves = np.array([[1, 2], [-1, -2]], E4M3FN)
    assert poolcli.pool(halves, "avg", (1, 2), dtype=np.int8).tolist() == [[2], [-1]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "longdouble"])
def test_wider_floats_are_rounded_once(name: str, dtype: str) -> None:
    # Numbers next to the midpoints, which a first rounding to float32 would move onto them.
    values = np.unique(to_float32(all_values(named(name))[: 1 << 14])).astype(dtype)
    values = values[np.isfinite(values)]
    if name == "float8_e8m0fnu":
        values = values[1:]  # ml_dtypes rounds all subnormal float32 to it upwards
    low, high = values[:-1], values[1:]
    middle = (low + high) / 2
    gap = np.spacing(np.maximum(np.abs(middle), np.finfo(np.float32).tiny).astype(dtype))
    for numbers, expected in ((middle + gap, high), (middle - gap, low)):
        found = poolcli.pool(numbers, "max", 1, dtype=named(name))
        np.testing.assert_array_equal(found.astype(dtype), expected)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "bool", "float16", ">f4"])
@pytest.mark.parametrize("mode", MODES)
def test_every_dtype_is_cast_to_bfloat16(mode: str, dtype: str) -> None:
    x = np.random.default_rng(5).integers(0, 120, (8, 8)).astype(dtype)
    expected = poolcli.pool(x, mode, 2, dtype=np.float64)
    found = poolcli.pool(x, mode, 2, dtype=BFLOAT16)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(found.astype(float), expected.astype(BFLOAT16).astype(float))


def test_complex_numbers_are_not_cast() -> None:
    with pytest.raises(ValueError, match=r"complex result .* cannot be cast to bfloat16"):
        poolcli.pool(np.ones((2, 2), complex), "avg", dtype=BFLOAT16)


# ---- padding and ignored values --------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", MODES)
def test_windows_of_nothing_but_padding(mode: str, name: str) -> None:
    dtype = named(name)
    values = to_float32(all_values(dtype))
    lowest, highest = np.nanmin(values), np.nanmax(values)  # infinities where the dtype has them
    x = np.ones((1, 3), dtype)
    found = poolcli.pool(x, mode, (1, 2), 1, (0, 2), (1, 5))  # elements at -2 and 3, -1 and 4
    by_mode = {"max": lowest, "min": highest, "sum": 0, "lp": 0, "avg": 0}
    assert_same_bits(found, rounded([[by_mode.get(mode, np.nan)] * 2], dtype))
    if mode in ("max", "min"):
        _, indices = poolcli.pool(x, mode, (1, 2), 1, (0, 2), (1, 5), return_indices=True)
        assert indices.tolist() == [[-1, -1]]


def test_ignored_values_are_rounded_to_the_dtype() -> None:
    x = np.array([0.1, 7, 3, 0.1], BFLOAT16)
    assert poolcli.pool(x, "min", 2, ignore=0.1).tolist() == [7, 3]
    assert poolcli.pool(x, "avg", 2, ignore=[7, 0.1]).tolist() == [7, 3]
    assert poolcli.pool(x, "avg", 2, ignore=0.1, min_valid=0.9).tolist() == [x[0]] * 2
    assert poolcli.pool(x, "max", 2, ignore=x[0], dtype=np.uint8).tolist() == [7, 3]
    # A number that the dtype cannot hold is ignored nowhere, as -1 in an array of uint8.
    far = np.array([-448, 448, np.nan, 1], E4M3FN)
    found = poolcli.pool(far, "max", 2, ignore=[-9999, 1])
    np.testing.assert_array_equal(found.astype(float), [448, np.nan])


def test_constant_padding_is_of_the_dtype() -> None:
    x = np.ones((1, 2), BFLOAT16)
    found = poolcli.pool(x, "max", (1, 2), 1, (0, 1), padding_mode="constant:3.14159")
    assert found.tolist() == [[3.140625, 1, 3.140625]]
    with pytest.raises(ValueError, match="constant: float8_e4m3fn cannot hold 1000"):
        poolcli.pool(x.astype(E4M3FN), "max", 2, padding=1, padding_mode="constant:1000")
