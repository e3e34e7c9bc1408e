"""Arrays of many axes, up to NumPy's limit of 64."""

from __future__ import annotations

import numpy as np
import pytest

import poolcli
from poolcli.core.engine.run_blocks import pool_block
from poolcli.core.make_recipe import make_recipe
from poolcli.core.modes import MODES
from poolcli.core.recipe import Options
from poolcli.core.window import Window


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rank", [16, 32, 33, 63, 64])
def test_axes_of_size_1_do_not_change_values(mode: str, rank: int) -> None:
    x = np.random.default_rng(0).integers(0, 5, (3, 4, 5)).astype(np.float32)
    with_axes = x.reshape(*[1] * (rank // 2), 3, *[1] * (rank - rank // 2 - 3), 4, 5)
    expected = poolcli.pool(x, mode, 2, 1, ignore=0)
    found = poolcli.pool(with_axes, mode, 2, 1, ignore=0)
    assert found.ndim == rank
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    np.testing.assert_array_equal(
        poolcli.pool(np.asfortranarray(with_axes), mode, 2, 1).reshape(expected.shape),
        poolcli.pool(x, mode, 2, 1),
    )
    whole = poolcli.global_pool(with_axes, mode, axes=range(rank))
    np.testing.assert_array_equal(
        whole.reshape(1), poolcli.global_pool(x, mode, axes=(0, 1, 2)).reshape(1)
    )


def test_indices_count_over_the_pooled_axes() -> None:
    with_axes = np.arange(12).reshape(*[1] * 38, 3, 4)
    values, indices = poolcli.pool(with_axes, "max", 2, return_indices=True)
    assert (values.reshape(-1).tolist(), indices.reshape(-1).tolist()) == ([5, 7], [5, 7])


def test_a_block_has_all_axes() -> None:
    with_axes = np.arange(12.0).reshape(*[1] * 38, 3, 4)
    recipe = make_recipe(
        with_axes.shape, with_axes.dtype, "median", Window.fixed(2), None, Options()
    )
    block = (*[(0, 1)] * 39, (1, 2))
    values, indices = pool_block(recipe, with_axes, block)
    assert (values.shape, values.item(), indices) == ((1,) * 40, 4.5, None)


def test_modes_that_gather_windows_refuse_too_many_axes() -> None:
    x = np.broadcast_to(np.uint8(0), (2,) * 40)
    recipe = make_recipe(x.shape, x.dtype, "median", Window.fixed(2), None, Options())
    with pytest.raises(ValueError, match="up to 31 axes longer than 1, the input has 40"):
        pool_block(recipe, x, ((0, 1),) * 40)


def test_an_array_without_elements_gives_an_empty_result() -> None:
    assert poolcli.pool(np.zeros((0, *[2] * 37, 4, 4)), "median", 2).shape[-2:] == (2, 2)
