"""Arrays of up to 64 axes, NumPy's limit."""

from __future__ import annotations

import numpy as np
import pytest

import poolcli
from poolcli.core.engine.run_blocks import pool_block
from poolcli.core.modes import MODES
from poolcli.core.prepare_recipe import prepare_recipe
from poolcli.core.recipe import Options
from poolcli.core.window import Window


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rank", [16, 32, 33, 63, 64])
def test_axes_of_length_1_change_nothing(mode: str, rank: int) -> None:
    plain = np.random.default_rng(0).integers(0, 5, (3, 4, 5)).astype(np.float32)
    many = plain.reshape(*[1] * (rank // 2), 3, *[1] * (rank - rank // 2 - 3), 4, 5)
    expected = poolcli.pool(plain, mode, 2, 1, ignore=0)
    found = poolcli.pool(many, mode, 2, 1, ignore=0)
    assert found.ndim == rank
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    np.testing.assert_array_equal(
        poolcli.pool(np.asfortranarray(many), mode, 2, 1).reshape(expected.shape),
        poolcli.pool(plain, mode, 2, 1),
    )
    whole = poolcli.global_pool(many, mode, axes=range(rank))
    np.testing.assert_array_equal(
        whole.reshape(1), poolcli.global_pool(plain, mode, axes=(0, 1, 2)).reshape(1)
    )


def test_places_count_all_spatial_axes() -> None:
    many = np.arange(12).reshape(*[1] * 38, 3, 4)
    values, places = poolcli.pool(many, "max", 2, return_indices=True)
    assert (values.reshape(-1).tolist(), places.reshape(-1).tolist()) == ([5, 7], [5, 7])


def test_a_part_has_all_axes() -> None:
    many = np.arange(12.0).reshape(*[1] * 38, 3, 4)
    recipe = prepare_recipe(many.shape, many.dtype, "median", Window.fixed(2), None, Options())
    outs = (*[(0, 1)] * 39, (1, 2))
    values, places = pool_block(recipe, many, outs)
    assert (values.shape, values.item(), places) == ((1,) * 40, 4.5, None)


def test_too_many_long_axes_are_refused() -> None:
    x = np.broadcast_to(np.uint8(0), (2,) * 40)
    recipe = prepare_recipe(x.shape, x.dtype, "median", Window.fixed(2), None, Options())
    with pytest.raises(ValueError, match="up to 31 axes longer than 1, the input has 40"):
        pool_block(recipe, x, ((0, 1),) * 40)


def test_no_elements_give_none() -> None:
    assert poolcli.pool(np.zeros((0, *[2] * 37, 4, 4)), "median", 2).shape[-2:] == (2, 2)
