"""`std` of float16 and float32 by sums of squares has the bits of merged squared deviations."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.core import blocks
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.kernels import std, std_narrow_floats
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options
from poolcli.core.window import Window

Array = np.ndarray[Any, Any]

WINDOWS = [
    Window.fixed(2),
    Window.fixed(3, 1),
    Window.fixed(3, 1, 1),
    Window.fixed(2, 1, 1),
    Window.fixed((5, 9), (2, 3), 0, 2),
    Window.fixed((20, 11), 3, "same"),
    Window.adaptive(7),
    Window.global_window(),
]


def pooled(x: Array, window: Window, **arguments: Any) -> Array:
    options = Options(**arguments)
    recipe = make_recipe(x.shape, x.dtype, "std", window, (1, 2), options)
    out = np.empty(recipe.out_shape, recipe.out_dtype)
    run_recipe(recipe, x, out, None, 1)
    return out


def by_deviations(x: Array, window: Window, **arguments: Any) -> Array:
    with mock.patch.object(std, "has_narrow_floats", return_value=False):
        return pooled(x, window, **arguments)


def assert_same_bits(found: Array, expected: Array, name: str = "") -> None:
    bits = f"u{expected.itemsize}"
    np.testing.assert_array_equal(found.view(bits), expected.view(bits), err_msg=name)


def arrays(rng: np.random.Generator, dtype: str) -> dict[str, Array]:
    shape = (2, 61, 43)
    uniform = rng.random(shape)
    steps = np.repeat(rng.integers(0, 3, (2, 61, 9)), 5, axis=2)[..., :43].astype(float)
    spoiled = rng.standard_normal(shape)
    spoiled[rng.random(shape) < 0.002] = np.nan
    spoiled[rng.random(shape) < 0.002] = np.inf
    tiny = float(np.finfo(dtype).smallest_subnormal)
    magnitudes = 10.0 ** rng.integers(-4, 4, shape)
    return {
        "uniform": uniform,
        "offset": 1000 + uniform,
        "nearly constant": 1 + 1e-6 * uniform,
        "steps": steps,
        "spoiled": spoiled,
        "tiny": tiny * rng.integers(0, 5, shape),
        "magnitudes": rng.standard_normal(shape) * magnitudes,
    }


@pytest.mark.parametrize("dtype", ["float16", "float32", ">f4"])
@pytest.mark.parametrize("ignore", [None, 0])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_bits_are_those_of_merged_deviations(
    window: Window, ignore: int | None, dtype: str
) -> None:
    for name, values in arrays(np.random.default_rng(1), dtype.lstrip(">")).items():
        x = values.astype(dtype)
        x[:, :3, :3] = 0
        expected = by_deviations(x, window, ignore=ignore)
        assert_same_bits(pooled(x, window, ignore=ignore), expected, name)
        assert_same_bits(pooled(np.asfortranarray(x), window, ignore=ignore), expected, name)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    offset_bits=st.integers(-3, 24),
    block_bytes=st.sampled_from([2000, 1 << 22]),
    window=st.sampled_from(WINDOWS),
)
def test_bits_with_cancellation(
    seed: int, offset_bits: int, block_bytes: int, window: Window
) -> None:
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((1, 40, 50)) + 2.0**offset_bits).astype(np.float32)
    with mock.patch.multiple(
        blocks, MAX_WORKING_SET_BYTES=block_bytes, MAX_INPUT_BLOCK_BYTES=block_bytes
    ):
        assert_same_bits(pooled(x, window), by_deviations(x, window))


def test_few_windows_are_gathered() -> None:
    x = np.random.default_rng(0).random((4, 200, 200), np.float32)
    x[0, 20, 20:60] = 1000.0  # flat windows, which lose all digits
    x[0, 21:24, 20:60] = 1000.0
    kernel_class = std_narrow_floats.NarrowFloatStdKernel
    gathered = mock.Mock(wraps=kernel_class._gathered_values)
    with mock.patch.object(
        kernel_class, "_gathered_values", lambda self, *args: gathered(self, *args)
    ):
        found = pooled(x, Window.fixed(3))
    assert gathered.called
    assert (found[0, 7, 7:19] == 0).all()
