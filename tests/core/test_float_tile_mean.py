"""Means of float32 tiles have the bits of the general kernel, whatever the BLAS library does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import poolcli
from poolcli.core.kernels import float_tile_mean, sum_by_matmul
from poolcli.core.kernels.float_tile_mean import FloatTileMean
from poolcli.core.kernels.kernel_protocol import kernel_for
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options
from poolcli.core.window import Window

Array = NDArray[Any]


@pytest.fixture(autouse=True)
def _all_blocks() -> Iterator[None]:
    """Have `FloatTileMean` compute small blocks, too."""
    with mock.patch.object(float_tile_mean, "MIN_BLOCK_BYTES", 0):
        yield


def bits(x: Array) -> list[int]:
    """Return the bits of floats; those of all NaN are equal."""
    x = np.where(np.isnan(x), np.float32(np.nan), x)
    return np.ascontiguousarray(x).view(np.uint32).ravel().tolist()


def assert_like_general_kernel(x: Array, kernel: int | tuple[int, int], **options: Any) -> None:
    """Compare with arrays of another memory layout, which the general kernel pools."""
    *outer, height, width = x.shape
    general = np.empty((*outer, height, width, 2), np.float32)[..., 0]
    general[...] = x
    with mock.patch.object(float_tile_mean, "MIN_BLOCK_BYTES", 1 << 60):
        expected = poolcli.pool(general, "avg", kernel, axes=(-2, -1), **options)
    assert bits(poolcli.pool(x, "avg", kernel, axes=(-2, -1), **options)) == bits(expected)


def random_floats(shape: tuple[int, ...], seed: int) -> Array:
    """Return floats whose sums depend on the order of additions."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape) * 10.0 ** rng.uniform(-3, 3, shape)
    return values.astype(np.float32)


SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-45, -1e-45, 1e-38]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_bits_of_means(data: st.DataObject) -> None:
    kernel = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    outer = data.draw(st.sampled_from([(), (1,), (3,), (2, 2)]))
    height, width = data.draw(st.tuples(st.integers(9, 30), st.integers(9, 400)))
    x = random_floats((*outer, height, width), data.draw(st.integers(0, 99)))
    for value in data.draw(st.lists(st.sampled_from(SPECIAL), max_size=3)):
        at = tuple(data.draw(st.integers(0, size - 1)) for size in x.shape)
        x[at] = value
    divisor = data.draw(st.sampled_from([None, 7]))
    assert_like_general_kernel(x, kernel, divisor_override=divisor)


@pytest.mark.parametrize("kernel", range(2, 9))
@pytest.mark.parametrize("value", [*SPECIAL, 1.0])
def test_arrays_of_one_value(kernel: int, value: float) -> None:
    assert_like_general_kernel(np.full((24, 600), value, np.float32), kernel)


@pytest.mark.parametrize("kernel", range(2, 9))
def test_negative_zeros_between_other_values(kernel: int) -> None:
    x = np.maximum(random_floats((64, 640), 0), np.float32(0))
    x[:16, :64] = -0.0
    assert_like_general_kernel(x, kernel)
    result = poolcli.pool(x, "avg", kernel)
    assert np.signbit(result[0, 0])
    assert not np.signbit(result[-1, -1])


@pytest.mark.parametrize("shape", [(8, 4096), (8, 1000), (24, 4095), (8, 40_000)])
@pytest.mark.parametrize("kernel", [2, 3, 4, 8])
def test_long_rows_and_threads(shape: tuple[int, int], kernel: int) -> None:
    x = random_floats((16, *shape), 0)
    assert_like_general_kernel(x, kernel, threads=2)


def test_products_in_another_order_are_not_taken() -> None:
    """A BLAS library may add in any order."""

    def add_backwards(one: Array, other: Array) -> Array:
        matrix, axis = (one, 1) if one.ndim == 2 else (other, 0)
        sums: Array = np.add.accumulate(np.flip(matrix, axis), axis=axis).take(-1, axis)
        return sums

    sum_by_matmul._adds_in_order.cache_clear()
    try:
        with mock.patch.object(np, "matmul", add_backwards):
            assert sum_by_matmul.row_product_width(4, 512) == 0
            assert not sum_by_matmul.can_multiply_columns(100, 3)
    finally:
        sum_by_matmul._adds_in_order.cache_clear()


def test_remaining_columns_are_added_in_order() -> None:
    x = random_floats((8, 200), 0)
    sums = np.empty((1, 200), np.float32)
    sum_by_matmul.plan_row_products(8, 128)(x, sums)
    expected = np.add.accumulate(x, axis=0)[-1]
    np.testing.assert_array_equal(sums[0, 128:], expected[128:])


@pytest.mark.parametrize(
    ("window", "axes", "options", "is_served"),
    [
        (Window.fixed(3), (1, 2), None, True),
        (Window.fixed((2, 4)), (1, 2), None, True),
        (Window.fixed(3), (0, 1), None, False),
        (Window.fixed(3, stride=2), (1, 2), None, False),
        (Window.fixed(9), (1, 2), None, False),
        (Window.fixed(3, padding=1), (1, 2), None, False),
        (Window.fixed(4, ceil_mode=True), (1, 2), None, False),
        (Window.fixed(3), (1, 2), Options(ignore=0), False),
        (Window.fixed(3), (1, 2), Options(dtype="float64"), False),
    ],
)
def test_which_recipes_are_served(
    window: Window, axes: tuple[int, int], options: Options | None, is_served: bool
) -> None:
    recipe = make_recipe((4, 30, 31), "f4", "avg", window, axes, options)
    assert isinstance(kernel_for(recipe), FloatTileMean) == is_served
