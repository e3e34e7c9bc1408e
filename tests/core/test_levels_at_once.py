"""Modes that compute all levels of a pyramid at once: shared sums and counts of labels."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest

import poolcli
from poolcli.core import blocks
from poolcli.core.kernels.known_labels import ManyLabels, MixedWindows
from poolcli.core.kernels.label_selection import choose_among_others, choose_label
from poolcli.core.kernels.mean_levels import mean_levels
from poolcli.core.levels import level_recipes
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from tests.core.test_levels import pooled_levels

RNG = np.random.default_rng(23)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", ">u2", "i4", "u4"])
def test_means_of_integers_share_their_sums(dtype: str) -> None:
    bounds = np.iinfo(dtype)
    x = RNG.integers(bounds.min, bounds.max, (3, 83, 70), np.dtype(dtype).newbyteorder("="))
    x[:, :40] = RNG.choice([bounds.min, bounds.max], (3, 40, 70))
    x = x.astype(dtype)
    for kernel in ((2, 2), (1, 3), (4, 6)):
        for out in (None, "f2", "f4", "f8", "g", "u1", "i2", "i8"):
            options = {} if out is None else {"dtype": out}
            window, axes = Window.fixed(kernel), (1, 2)
            recipes = level_recipes(x.shape, dtype, "avg", window, axes, Options(**options), 2)
            assert mean_levels(recipes) is not None
            for source in (x, np.asfortranarray(x), x[:, ::-1]):
                found = pooled_levels(source, "avg", window, axes, 2, **options)
                for level, values in enumerate(found, 1):
                    size = window.at_level(level).kernel_size
                    alone = poolcli.pool(source, "avg", size, axes=axes, **options)
                    assert values.dtype == alone.dtype
                    np.testing.assert_array_equal(values, alone)


@pytest.mark.parametrize("dtype", ["u2", "i2", "u4", "i4", "u8"])
@pytest.mark.parametrize("bits", [12, 13, 15, 16, 28, 29])
def test_sums_are_as_wide_as_the_elements_of_a_block_need(dtype: str, bits: int) -> None:
    bounds = np.iinfo(dtype)
    limit = min(bounds.max, 1 << bits)
    x = RNG.integers(limit - 3, limit, (32, 16, 24), dtype, endpoint=True)
    x[8:16] = RNG.choice(np.array([bounds.min, bounds.max], dtype), (8, 16, 24))
    x[16:24] = RNG.integers(0, 2, (8, 16, 24))
    for out in (None, dtype):
        options = {} if out is None else {"dtype": out}
        with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", 1 << 12):
            found = pooled_levels(x, "avg", Window.fixed(2), (0, 1, 2), 3, **options)
        for level, values in enumerate(found, 1):
            alone = poolcli.pool(x, "avg", 2**level, axes=(0, 1, 2), **options)
            np.testing.assert_array_equal(values, alone)


def test_means_that_share_no_sums() -> None:
    def kernel(dtype: str = "u1", **options: Any) -> Any:
        window = Window.fixed(2, ceil_mode=options.pop("ceil_mode", False))
        shape = (9, 9, 4)
        return mean_levels(
            level_recipes(shape, dtype, "avg", window, (0, 1), Options(**options), 2)
        )

    assert kernel() is not None
    for options in (
        {"dtype": "f4"},
        {"dtype": "i8"},
        {"dtype": "?"},
        {"ignore": 0},
        {"divisor_override": 3},
        {"ceil_mode": True},
        {"channels": "alpha"},
    ):
        if "dtype" in options:
            assert kernel(options["dtype"]) is None
        else:
            assert kernel(**options) is None


@pytest.mark.parametrize("dtype", ["u1", "i2", "u8"])
@pytest.mark.parametrize("number", [3, 4, 5, 12, 40])
def test_labels_that_are_not_counted_may_be_the_most_frequent(dtype: str, number: int) -> None:
    bounds = np.iinfo(dtype)
    drawn = np.unique(RNG.integers(bounds.min, bounds.max, 90, dtype, endpoint=True))
    labels = np.sort(RNG.choice(drawn, number, replace=False))
    shares = RNG.dirichlet(np.full(number, 0.7), 400)
    rows = np.array([RNG.choice(labels, 64, p=share) for share in shares])
    rows = rows[[len(np.unique(row)) > 2 for row in rows]]
    values = [np.unique(row, return_counts=True) for row in rows]
    expected = [of_row[n.argmax()] for of_row, n in values]
    low, high = (np.array([of_row[i] for of_row, _ in values]) for i in (0, -1))
    n_low, n_second, n_high = (np.array([n[i] for _, n in values]) for i in (0, 1, -1))
    second = np.array([of_row[1] for of_row, _ in values])
    unsigned = low.view(f"u{low.itemsize}")
    gap = second.view(unsigned.dtype) - unsigned - unsigned.dtype.type(1)
    at = np.arange(len(rows))
    mixed = MixedWindows(at, low, high, n_low, n_high)
    chosen, others = choose_label(mixed, ManyLabels(at, gap, n_second), 64)
    assert (others.at.size > 0) == (number > 3)
    chosen[others.at] = choose_among_others(rows[others.at], others)
    np.testing.assert_array_equal(chosen, expected)
