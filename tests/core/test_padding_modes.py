"""Padding with values: equal to the padded array pooled without padding, which is never made."""

from __future__ import annotations

import tracemalloc
from itertools import product
from typing import Any
from unittest import mock

import numpy as np
import pytest

import poolcli
from poolcli.core import blocks
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.make_recipe import make_recipe
from poolcli.core.modes import MODES
from poolcli.core.window import Window
from tests.core.test_independence_of_blocks import random_values

NUMPY_MODES: dict[str, dict[str, Any]] = {
    "reflect": {"mode": "reflect"},
    "replicate": {"mode": "edge"},
    "symmetric": {"mode": "symmetric"},
    "circular": {"mode": "wrap"},
    "constant:3": {"mode": "constant", "constant_values": 3},
}
SIZES = [(1 << 19, 1 << 19), (3000, 1000)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("padding_mode", NUMPY_MODES)
def test_equals_the_padded_array_bit_for_bit(mode: str, padding_mode: str) -> None:
    for dtype, order in product(("f4", "f8", "u1", ">i2"), "CF"):
        x = random_values((2, 23, 31), dtype.lstrip(">")).astype(dtype, order=order)
        kernel, stride, padding, dilation = (5, 3), (2, 1), ((3, 4), (2, 1)), (2, 1)
        padded = np.pad(x, ((0, 0), *padding), **NUMPY_MODES[padding_mode])
        expected = poolcli.pool(padded, mode, kernel, stride, 0, dilation)
        for working_set, input_block in SIZES:
            with mock.patch.multiple(
                blocks, MAX_WORKING_SET_BYTES=working_set, MAX_INPUT_BLOCK_BYTES=input_block
            ):
                found = poolcli.pool(
                    x, mode, kernel, stride, padding, dilation, padding_mode=padding_mode
                )
            assert found.tobytes() == expected.tobytes()


def test_same_padding_has_values_too() -> None:
    x = np.arange(5.0)
    found = poolcli.pool(x, "avg", 4, 2, "same", padding_mode="replicate")
    np.testing.assert_array_equal(found, [0.75, 2.5, 3.75])


def test_ignored_values_in_the_padding_are_ignored() -> None:
    x = np.array([0, 4, 6])
    found = poolcli.pool(x, "avg", 3, 1, 1, padding_mode="constant:0", ignore=0)
    np.testing.assert_array_equal(found, [4, 5, 5])


def test_words_in_any_case() -> None:
    x = np.arange(4.0)
    np.testing.assert_array_equal(
        poolcli.pool(x, "max", 3, 1, 1, padding_mode=" Circular "), [3, 2, 3, 3]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"padding_mode": "edge"}, "padding_mode must be reflect, replicate, symmetric, circular"),
        ({"padding_mode": "constant"}, "needs a number: constant:0"),
        ({"padding_mode": "constant:red"}, "needs a number"),
        ({"padding_mode": "reflect:1"}, "padding_mode must be"),
        ({"padding_mode": "constant:256"}, "uint8 cannot hold 256"),
        ({"padding_mode": "constant:0.5"}, "uint8 cannot hold 0.5"),
        ({"padding_mode": "reflect", "return_indices": True}, "exclude each other"),
        ({"padding_mode": "reflect", "mode": "avg", "count_include_pad": False}, "exclude each"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        poolcli.pool(np.zeros(9, np.uint8), **{"padding": 1, **arguments})
    assert error.value.argument == "padding_mode"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("word", "largest"), [("reflect", 2), ("symmetric", 3), ("circular", 3)])
def test_padding_is_limited_by_the_axis(word: str, largest: int) -> None:
    x = np.arange(3)
    assert poolcli.pool(x, "max", 5, 1, largest, padding_mode=word).size
    with pytest.raises(ValueError, match=f"at most {largest}"):
        poolcli.pool(x, "max", 5, 1, largest + 1, padding_mode=word)
    assert poolcli.pool(x, "max", 9, 1, 8, padding_mode="replicate").size


class Source:
    """A readable array that is no array in memory, and counts the elements that are read."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array, self.n_read = array, 0

    def __getitem__(self, index: tuple[slice, ...]) -> np.ndarray[Any, Any]:
        block = self.array[index]
        self.n_read += block.size
        return block.copy()


@pytest.mark.parametrize("padding_mode", NUMPY_MODES)
def test_a_source_is_read_about_once_in_little_memory(padding_mode: str) -> None:
    x = random_values((6000, 1000), "f4")
    source = Source(x)
    window = Window.fixed(3, 2, 1, padding_mode=padding_mode)
    recipe = make_recipe(x.shape, x.dtype, "max", window)
    out = np.empty(recipe.out_shape, recipe.out_dtype)
    tracemalloc.start()
    run_recipe(recipe, source, out, threads=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert source.n_read < 1.1 * x.size
    assert peak < x.nbytes / 2
    np.testing.assert_array_equal(
        out, poolcli.pool(np.pad(x, 1, **NUMPY_MODES[padding_mode]), "max", 3, 2)
    )


def test_the_input_is_not_changed() -> None:
    x = np.arange(12.0).reshape(3, 4)
    before = x.copy()
    poolcli.pool(x, "sum", 3, 1, 1, padding_mode="constant:nan")
    np.testing.assert_array_equal(x, before)
