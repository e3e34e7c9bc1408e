"""Levels of label volumes: windows of three axes, many cells that meet in a window."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core.kernels import label_counts, most_frequent_levels
from poolcli.core.kernels.label_selection import choose_among_counted
from poolcli.core.kernels.mixed_tiles import MixedTileFinder
from poolcli.core.kernels.most_frequent_levels import LabelMapLevels, mode_levels
from poolcli.core.levels import level_recipes
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from tests import oracle
from tests.core.test_levels import pooled_levels

Array = np.ndarray[Any, Any]

INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


@st.composite
def label_volumes(draw: st.DrawFn) -> Array:
    """Draw a volume of cells: each voxel has the label of the nearest of a few centres."""
    shape = draw(st.tuples(*[st.integers(4, 13)] * 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from(INTEGERS))
    bounds, number = np.iinfo(dtype), draw(st.integers(1, 12))
    centres = rng.random((number, 3)) * shape
    voxels = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)[..., None, :]
    nearest = ((voxels - centres) ** 2).sum(axis=-1).argmin(axis=-1)
    labels = rng.integers(bounds.min, bounds.max, number, dtype, endpoint=True)
    labels[rng.random(number) < 0.2] = 0
    volume = labels[nearest]
    is_noise = rng.random(shape) < draw(st.sampled_from([0, 0.01]))
    volume[is_noise] = rng.choice(labels, is_noise.sum())
    return np.asarray(volume, order=draw(st.sampled_from("CF")))  # type: ignore[call-overload]


@settings(max_examples=40, deadline=None)
@given(volume=label_volumes(), data=st.data())
def test_levels_of_label_volumes_are_those_of_the_oracle(volume: Array, data: Any) -> None:
    kernel = data.draw(st.sampled_from([(2, 2, 2), (1, 2, 2), (2, 1, 4), (3, 2, 3), (2, 2, 1)]))
    count = max(n for n in (1, 2, 3) if np.all(np.power(kernel, n) <= volume.shape))
    slab_bytes = data.draw(st.sampled_from([1, 500, 1 << 22]))
    with (
        mock.patch.object(label_counts, "MAX_SLAB_BYTES", slab_bytes),
        mock.patch.object(most_frequent_levels, "MAX_MIXED_SHARE", 1),
    ):
        found = pooled_levels(volume, "mode", Window.fixed(kernel), (0, 1, 2), count)
    expected = oracle.levels(volume, "mode", count, kernel, axes=(0, 1, 2))
    for level, of_oracle in zip(found, expected, strict=True):
        np.testing.assert_array_equal(level, of_oracle)


def test_few_windows_of_a_label_volume_are_gathered() -> None:
    rng = np.random.default_rng(3)
    cells = rng.integers(1, 2**32, (3, 3, 3), np.uint32)
    volume = cells.repeat(23, 0).repeat(23, 1).repeat(23, 2)[:64, :64, :64]
    gather = LabelMapLevels._gather
    with mock.patch.object(LabelMapLevels, "_gather", autospec=True, side_effect=gather) as called:
        found = pooled_levels(volume, "mode", Window.fixed(2), (0, 1, 2), 4)
    assert sum(len(call.args[2]) for call in called.call_args_list) < 20
    for level, values in enumerate(found, 1):
        alone = poolcli.pool(volume, "mode", 2**level, axes=(0, 1, 2))
        np.testing.assert_array_equal(values, alone)


def test_levels_of_small_cells_are_computed_at_once_as_far_as_that_is_faster() -> None:
    rng = np.random.default_rng(3)
    cells = rng.integers(1, 2**32, (8, 8, 8), np.uint32)
    volume = cells.repeat(9, 0).repeat(9, 1).repeat(9, 2)[:64, :64, :64]
    recipes = level_recipes(volume.shape, "u4", "mode", Window.fixed(2), (0, 1, 2), Options(), 4)
    kernel = mode_levels(recipes)
    assert kernel is not None
    at_once = kernel.pool(volume)
    assert at_once is not None
    assert len(at_once) == 3  # windows of 16 by 16 by 16 hold eight cells and more
    found = pooled_levels(volume, "mode", Window.fixed(2), (0, 1, 2), 4)
    for level, values in enumerate(found, 1):
        alone = poolcli.pool(volume, "mode", 2**level, axes=(0, 1, 2))
        np.testing.assert_array_equal(values, alone)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("tile", [(2, 2, 2), (2, 2), (4, 8), (1, 3), (2, 1), (3, 1, 6), (5,)])
def test_tiles_that_hold_several_values(dtype: str, tile: tuple[int, ...]) -> None:
    rng = np.random.default_rng(4)
    for extra in ((0, 0, 0), (0, 0, 1), (1, 2, 3)):
        shape = [4 * k + n for k, n in zip(tile, extra[-len(tile) :], strict=True)]
        block = np.full(shape, 7, dtype)
        block[rng.random(shape) < 0.1] = np.iinfo(dtype).max
        for dim, k in enumerate(tile):
            block = block.take(range(shape[dim] // k * k), dim)
        tiled = block.reshape(
            [size for k, n in zip(tile, block.shape, strict=True) for size in (n // k, k)]
        )
        elements = tuple(range(1, 2 * len(tile), 2))
        padded = np.pad(block, [(0, n - size) for n, size in zip(shape, block.shape, strict=True)])
        values, is_mixed = MixedTileFinder(shape, tile, np.dtype(dtype)).find(padded)
        np.testing.assert_array_equal(is_mixed, tiled.min(elements) != tiled.max(elements))
        np.testing.assert_array_equal(values[~is_mixed], tiled.min(elements)[~is_mixed])
        assert not np.may_share_memory(values, padded)


@settings(max_examples=200, deadline=None)
@given(
    parts=st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 4)), min_size=1, max_size=6),
    n_unknown=st.integers(0, 4),
)
def test_a_label_is_certain_if_no_unknown_elements_change_it(
    parts: list[tuple[int, int]], n_unknown: int
) -> None:
    labels, numbers = (np.array([each]) for each in zip(*parts, strict=True))
    size = int(numbers.sum()) + n_unknown
    (chosen,), (is_certain,) = choose_among_counted(labels, numbers, size)
    assume(size > 0)
    winners = set()
    for other in (-4, *range(-3, 4), 4):  # all unknown elements have one label
        counts = {label: numbers[labels == label].sum() for label in (*labels[0], other)}
        counts[other] += n_unknown
        winners.add(min(counts, key=lambda label: (-counts[label], label)))
    if is_certain:
        assert winners == {chosen}
    elif winners == {chosen}:
        totals = sorted(numbers[labels == label].sum() for label in np.unique(labels))
        lead = totals[-1] - (totals[-2] if len(totals) > 1 else 0)
        assert lead <= n_unknown  # only a tie, which the smaller label decides
