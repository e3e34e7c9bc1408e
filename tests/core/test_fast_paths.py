"""Faster methods that depend on shape, dtype or values give the same results as NumPy."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import poolcli
from poolcli.core import blocks
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.kernels import windows_of_rows
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from tests import oracle
from tests.core.strategies import FLOATS, INTEGERS, arrays

many_examples = settings(max_examples=250, deadline=None)
REDUCE = {"max": np.max, "min": np.min, "sum": np.sum}


def reduce_with_numpy(
    x: Any, mode: str, kernel: int, stride: int, dilation: int, axes: tuple[int, ...]
) -> Any:
    """Return the pooled array, reduced with NumPy one axis after the other."""
    for axis in axes:
        extent = (kernel - 1) * dilation + 1
        windows = sliding_window_view(x, extent, axis=axis)[..., ::dilation]
        windows = np.moveaxis(np.moveaxis(windows, axis, 0)[::stride], 0, axis)
        x = REDUCE[mode](windows, axis=-1)
    return x


@pytest.mark.parametrize("mode", REDUCE)
@many_examples
@given(data=st.data())
def test_short_and_long_rows(mode: str, data: st.DataObject) -> None:
    kernel = data.draw(st.integers(1, 17))
    stride = data.draw(st.one_of(st.just(kernel), st.integers(1, 9)))
    dilation = data.draw(st.integers(1, 3))
    extent = (kernel - 1) * dilation + 1
    sizes = [data.draw(st.integers(extent, extent + extra)) for extra in (12, 300)]
    inner_shape = data.draw(st.sampled_from([(), (1,), (2,), (3,), (4,), (5,), (40,)]))
    shape = (*data.draw(st.sampled_from([(), (3,)])), *sizes, *inner_shape)
    first = len(shape) - len(inner_shape) - 2
    axes = data.draw(st.sampled_from([(first, first + 1), (first,), (first + 1,)]))
    dtype = data.draw(st.sampled_from(["uint8", "int16", "uint32", "float32", "float64", "int64"]))
    seed = data.draw(st.integers(0, 9))
    x = np.random.default_rng(seed).integers(0, 100, shape).astype(dtype)
    offset = data.draw(st.integers(0, 1))
    x = x[..., offset:] if not inner_shape and sizes[1] > extent else x
    with mock.patch.object(
        windows_of_rows, "LONG_ROW_BYTES", data.draw(st.sampled_from([1, 64, 1024]))
    ):
        found = poolcli.pool(x, mode, kernel, stride, dilation=dilation, axes=axes)
    expected = reduce_with_numpy(x, mode, kernel, stride, dilation, axes)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "float32", "int64"])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_mode_of_nearly_constant_label_maps(dtype: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(12, 20))
    x = np.full((size, size), 7, dtype)
    for _ in range(data.draw(st.integers(0, 6))):
        position = data.draw(st.tuples(*[st.integers(0, size - 1)] * 2))
        x[position] = data.draw(st.sampled_from([0, 3, 7, 9]))
    kernel = data.draw(st.integers(1, 5))
    window = {
        "kernel_size": kernel,
        "stride": data.draw(st.integers(1, 4)),
        "padding": data.draw(st.one_of(st.integers(0, kernel // 2), st.just("same"))),
        "dilation": data.draw(st.integers(1, 2)),
    }
    found = poolcli.pool(x, "mode", **window)
    np.testing.assert_array_equal(found, oracle.pool(x, "mode", **window, axes=(0, 1))[0])
    out = data.draw(st.integers(1, 7))
    found = poolcli.adaptive_pool(x, "mode", out)
    expected = oracle.adaptive_pool(x, "mode", output_size=out, axes=(0, 1))[0]
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), working_set=st.sampled_from([100, 1000, 3 << 20]))
def test_mode_of_2x2_windows(data: st.DataObject, working_set: int) -> None:
    rank = data.draw(st.integers(2, 4))
    axes = tuple(sorted(data.draw(st.permutations(range(rank)))[:2]))
    shape = [data.draw(st.integers(1, 3)) for _ in range(rank)]
    for axis in axes:
        shape[axis] = data.draw(st.integers(2, 25))
    dtype = data.draw(st.sampled_from([*INTEGERS, *FLOATS]))
    labels = data.draw(arrays(tuple(shape), dtype))
    # Large areas of one value, with few to many other values between.
    share = data.draw(st.sampled_from([0, 0.02, 0.2, 0.5]))
    labels[np.random.default_rng(0).random(shape) >= share] = 1
    labels[:, ::8] = 0
    window = {"kernel_size": 2, "axes": axes, "ceil_mode": data.draw(st.booleans())}
    expected, _ = oracle.pool(labels, "mode", **window)
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", working_set):
        found = poolcli.pool(labels, "mode", **window, threads=2)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


@pytest.mark.parametrize("size", [40, 41])
@pytest.mark.parametrize("dtype", ["uint8", "int64"])
def test_mode_of_2x2_windows_of_pixels(size: int, dtype: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 6, 3)).astype(dtype)
    image = np.ascontiguousarray(pixels.repeat(8, 0).repeat(8, 1)[1 : size + 1, 1 : size + 1])
    recipe = make_recipe(
        image.shape, dtype, "mode", Window.fixed(2), (0, 1), Options(channels="plain")
    )
    out = np.empty(recipe.out_shape, dtype)
    run_recipe(recipe, image, out)
    numbers = image @ np.array([1 << 16, 1 << 8, 1])
    expected, _ = oracle.pool(numbers, "mode", 2, axes=(0, 1))
    np.testing.assert_array_equal(out @ np.array([1 << 16, 1 << 8, 1]), expected)


@pytest.mark.parametrize("kernel", [2, 20, 40])
@pytest.mark.parametrize("ignore", [None, 5])
def test_float32_means_do_not_overflow(kernel: int, ignore: float | None) -> None:
    x = np.full((3, 40, 40), 3e38, np.float32)
    found = poolcli.pool(x, "avg", kernel, ignore=ignore)
    np.testing.assert_array_equal(found, np.full_like(found, 3e38))


@pytest.mark.parametrize("size", [65, 1000, 4099])
def test_means_of_many_float32_are_accurate(size: int) -> None:
    x = np.random.default_rng(0).random((5, size)).astype(np.float32)
    x[:, ::7] *= 1e4
    found = poolcli.global_pool(x, "avg", axes=1)
    exact = x.astype(np.float64).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(found, exact, rtol=1.5e-7)


@pytest.mark.parametrize("mode", ["avg", "sum"])
@pytest.mark.parametrize("share", [0.01, 0.9])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_few_and_many_ignored_elements(dtype: str, share: float, mode: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(1, 100, (60, 64)).astype(dtype)
    x[rng.random(x.shape) < share] = 0
    arguments = {"kernel_size": 4, "ignore": 0}
    found = poolcli.pool(x, mode, **arguments)
    np.testing.assert_array_equal(found, oracle.pool(x, mode, **arguments, axes=(0, 1))[0])


@pytest.mark.parametrize("mode", ["max", "min", "sum", "avg"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_large_windows_that_padding_cuts_off(mode: str, data: st.DataObject) -> None:
    size, kernel = data.draw(st.integers(30, 90)), data.draw(st.integers(2, 100))
    dilation = data.draw(st.sampled_from([1, 1, 2]))
    window = (kernel, data.draw(st.integers(1, 9)))
    padding = data.draw(st.integers(0, (kernel - 1) * dilation))
    dtype = data.draw(st.sampled_from(["uint8", "int32", "float32"]))
    x = np.random.default_rng(data.draw(st.integers(0, 9))).integers(0, 30, size).astype(dtype)
    kwargs: dict[str, Any] = {"axes": (0,), "ignore": data.draw(st.sampled_from([None, 3]))}
    if size + 2 * padding < (kernel - 1) * dilation + 1:
        return
    expected, expected_indices = oracle.pool(x, mode, *window, padding, dilation, **kwargs)
    found = poolcli.pool(x, mode, *window, padding, dilation, **kwargs)
    np.testing.assert_array_equal(found, expected)
    if mode in ("max", "min"):
        found, indices = poolcli.pool(
            x, mode, *window, padding, dilation, return_indices=True, **kwargs
        )
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(indices, expected_indices)
