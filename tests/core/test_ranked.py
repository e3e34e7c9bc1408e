"""Parts of ranked modes: sorting networks, gathering, sort keys, the median of 3 by 3 windows."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core import blocks
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.kernels import counting_sort, interior_and_border_windows, ranked
from poolcli.core.kernels.sort_keys import integer_keys
from poolcli.core.kernels.sorting_network import SortingNetwork
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from tests import oracle
from tests.core.strategies import FLOATS, INTEGERS, arrays


@pytest.mark.parametrize("size", range(1, 15))
def test_networks_sort_all_lists_of_zeros_and_ones(size: int) -> None:
    # By the 0-1 principle the network then sorts every list (Knuth, volume 3, 5.3.4).
    lists = (np.arange(2**size) >> np.arange(size)[:, None] & 1).astype(np.uint8)
    expected = np.sort(lists, axis=0)
    np.testing.assert_array_equal(SortingNetwork(lists.copy()).sort(), expected)
    for rank in range(size):
        planes = SortingNetwork(lists.copy(), frozenset([rank])).sort()
        np.testing.assert_array_equal(planes[rank], expected[rank])


@pytest.mark.parametrize("size", [1, 4, 9, 13])
def test_networks_propagate_nan_to_every_rank(size: int) -> None:
    lists = np.random.default_rng(0).random((size, 50))
    lists[np.random.default_rng(1).integers(0, size, 50), np.arange(50)] = np.nan
    for rank in range(size):
        planes = SortingNetwork(lists.copy(), frozenset([rank])).sort()
        assert np.isnan(planes[rank]).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_integer_keys_sort_as_floats_do(dtype: str) -> None:
    x = np.random.default_rng(0).standard_normal(500).astype(dtype)
    x[:5] = [np.inf, -np.inf, np.nan, 0, -0.0]
    keys, highest, decode = integer_keys(x)
    np.testing.assert_array_equal(decode(np.sort(keys)), np.sort(x))
    assert keys.max() <= highest


@pytest.mark.parametrize("mode", ["median", "quantile", "mode"])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
@pytest.mark.parametrize("ignore", [None, 3])
def test_networks_and_np_sort_give_the_same_result(
    mode: str, dtype: str, ignore: int | None
) -> None:
    x = np.random.default_rng(0).integers(0, 9, (40, 40)).astype(dtype)
    window = {"kernel_size": 3, "stride": 1, "padding": 1, "ceil_mode": True, "ignore": ignore}
    by_network = poolcli.pool(x, mode, **window)
    with mock.patch.object(ranked, "MAX_NETWORK_ELEMENTS", {}):
        np.testing.assert_array_equal(poolcli.pool(x, mode, **window), by_network)


@pytest.mark.parametrize("mode", ["median", "quantile", "mode"])
def test_padding_much_wider_than_the_data(mode: str) -> None:
    x = np.arange(5.0)
    found = poolcli.pool(x, mode, 1000, 1, padding=999)
    assert found.shape == (1004,)
    assert found[[0, -1]].tolist() == [0, 4]
    assert found[500] == {"median": 2, "quantile": 2, "mode": 0}[mode]


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "float32", "bool", ">i2"])
@pytest.mark.parametrize("stride", [1, 2, (1, 4)])
@pytest.mark.parametrize("dilation", [1, (1, 3)])
@pytest.mark.parametrize("axes", [(1, 2), (2, 0)])
def test_medians_of_3x3_windows(dtype: str, stride: Any, dilation: Any, axes: Any) -> None:
    x = np.random.default_rng(0).integers(0, 9, (11, 12, 13)).astype(dtype)
    if x.dtype.kind == "f":
        x[np.random.default_rng(1).random(x.shape) < 0.02] = np.nan
        x[np.random.default_rng(2).random(x.shape) < 0.1] = np.inf
    found = poolcli.pool(x, "median", 3, stride, dilation=dilation, axes=axes)
    values, _ = oracle.pool(x, "median", 3, stride, dilation=dilation, axes=axes)
    np.testing.assert_array_equal(found, values)
    assert found.dtype == values.dtype


@settings(max_examples=150, deadline=None)
@given(data=st.data(), working_set=st.sampled_from([64, 1000, 3 << 20]))
def test_medians_of_3x3_windows_in_any_layout(data: st.DataObject, working_set: int) -> None:
    rank = data.draw(st.integers(2, 4))
    axes = tuple(sorted(data.draw(st.permutations(range(rank)))[:2]))
    steps = st.tuples(st.integers(1, 4), st.integers(1, 4))
    dilation, stride = data.draw(st.tuples(st.integers(1, 2), st.integers(1, 3))), data.draw(steps)
    shape = [data.draw(st.integers(1, 5)) for _ in range(rank)]
    for axis, gap in zip(axes, dilation, strict=True):
        shape[axis] = 2 * gap + data.draw(st.integers(1, 12))
    dtype = data.draw(st.sampled_from([*INTEGERS, *FLOATS]))
    x = data.draw(arrays(tuple(shape), dtype))
    arguments = {"stride": stride, "dilation": dilation, "axes": axes}
    arguments["dtype"] = data.draw(st.sampled_from([None, dtype]))
    expected, _ = oracle.pool(x, "median", 3, **arguments)
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", working_set):
        found = poolcli.pool(x, "median", 3, **arguments, threads=2)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


@settings(max_examples=150, deadline=None)
@given(data=st.data(), sizes=st.sampled_from([(64, 1), (1000, 9), (3 << 20, 1)]))
def test_medians_of_3x3_windows_with_padding(data: st.DataObject, sizes: tuple[int, int]) -> None:
    rank = data.draw(st.integers(2, 3))
    axes = tuple(sorted(data.draw(st.permutations(range(rank)))[:2]))
    dtype = data.draw(st.sampled_from(INTEGERS))
    shape = tuple(data.draw(st.integers(1, 12)) for _ in range(rank))
    x = data.draw(arrays(shape, dtype))
    pair = st.tuples(st.integers(0, 3), st.integers(0, 3))
    arguments = {
        "stride": data.draw(st.integers(1, 3)),
        "padding": data.draw(st.one_of(st.tuples(pair, pair), st.just("same"))),
        "dilation": data.draw(st.integers(1, 2)),
        "ceil_mode": data.draw(st.booleans()),
        "axes": axes,
        "dtype": data.draw(st.sampled_from([None, dtype, "float64"])),
    }
    try:
        expected, _ = oracle.pool(x, "median", 3, **arguments)
    except ValueError:
        return
    working_set, min_windows = sizes
    with (
        mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", working_set),
        mock.patch.object(interior_and_border_windows, "MIN_INTERIOR_WINDOWS", min_windows),
    ):
        found = poolcli.pool(x, "median", 3, **arguments, threads=2)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


def test_medians_of_3x3_windows_without_padding_are_not_gathered() -> None:
    with mock.patch.object(ranked, "Gatherer", side_effect=AssertionError):
        assert poolcli.pool(np.arange(49).reshape(7, 7), "median", 3, 1)[0, 0] == 8
        with pytest.raises(AssertionError):
            poolcli.pool(np.arange(49).reshape(7, 7), "median", 3, 1, padding=1)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2"])
@pytest.mark.parametrize("ignore", [None, 3])
@pytest.mark.parametrize("mode", ["median", "quantile", "mode"])
def test_windows_sorted_by_counting(dtype: str, ignore: int | None, mode: str) -> None:
    rng = np.random.default_rng(0)
    info = np.iinfo(dtype)
    x = rng.integers(info.min, info.max, (6, 300), np.dtype(dtype), endpoint=True)
    x[:, ::3] = rng.choice([info.min, 3, info.max], (6, 100))
    with mock.patch.object(counting_sort, "MIN_COUNTED_ELEMENTS", {}):
        expected = poolcli.pool(x, mode, (2, 150), ignore=ignore)
    with mock.patch.object(counting_sort, "MIN_COUNTED_ELEMENTS", {1: 0, 2: 0}):
        found = poolcli.pool(x, mode, (2, 150), ignore=ignore)
    np.testing.assert_array_equal(found, expected)


def test_plans_of_parts_belong_to_their_windows() -> None:
    x = np.random.default_rng(0).integers(0, 9, (5, 11), np.uint8)
    expected, _ = oracle.pool(x, "median", 3, 3, "same", axes=(0, 1))
    for min_windows in (1, 9, 1000, 1):  # the same recipe is split in other ways
        with mock.patch.object(interior_and_border_windows, "MIN_INTERIOR_WINDOWS", min_windows):
            np.testing.assert_array_equal(poolcli.pool(x, "median", 3, 3, "same"), expected)


@pytest.mark.parametrize("mode", ["median", "quantile", "mode"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
@pytest.mark.parametrize("kernel", [3, (3, 2), (20, 20)])
def test_zeros_have_one_sign_whatever_the_order_of_elements(
    mode: str, dtype: str, kernel: int | tuple[int, int]
) -> None:
    x = np.random.default_rng(0).choice(np.array([0.0, -0.0], dtype), (20, 20))
    for array in (x, np.asfortranarray(x)):
        for block_bytes in (100, 1 << 22):
            with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", block_bytes):
                found = poolcli.pool(array, mode, kernel)
                padded = poolcli.pool(array, mode, kernel, 1, 1)
            assert not np.signbit(found).any()
            assert not np.signbit(padded).any()


@pytest.mark.parametrize("dtype", ["float16", "float32", "longdouble"])
def test_float_pixels_with_nan_in_the_same_channels_are_equal(dtype: str) -> None:
    x = np.array([[[np.nan, 1], [np.nan, 1]], [[0, 0], [-1, 0]]], dtype)
    options = Options(channels="plain")
    recipe = make_recipe(x.shape, x.dtype, "mode", Window.fixed(2), (0, 1), options)
    out = np.empty(recipe.out_shape, recipe.out_dtype)
    run_recipe(recipe, x, out)
    np.testing.assert_array_equal(out, x[:1, :1])
