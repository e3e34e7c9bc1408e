"""A part of an output that is pooled by itself has the values that it has in the whole output."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from poolcli.core.blocks import read_block
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.engine.run_levels import run_levels
from poolcli.core.errors import ArgumentError
from poolcli.core.levels import level_recipes
from poolcli.core.make_recipe import make_recipe
from poolcli.core.modes import MODES
from poolcli.core.padded_source import with_padded_source
from poolcli.core.recipe import Options, Recipe
from poolcli.core.recipe_part import recipe_part
from poolcli.core.window import Window
from tests.core.strategies import arrays, layouts, windows


def pooled(recipe: Recipe, source: Any) -> np.ndarray[Any, Any]:
    out = np.empty(recipe.out_shape, recipe.out_dtype)
    run_recipe(recipe, source, out)
    return out


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_values_of_a_part(data: st.DataObject) -> None:
    shape, axes = data.draw(layouts())
    x = data.draw(arrays(shape, data.draw(st.sampled_from(["u1", "i4", "f4"]))))
    mode = data.draw(st.sampled_from(list(MODES)))
    ignore = data.draw(st.sampled_from([None, 0]))
    try:
        window = Window.fixed(**data.draw(windows(len(axes))))
        recipe = make_recipe(shape, x.dtype, mode, window, axes, Options(ignore=ignore))
    except ArgumentError:
        assume(False)
    assume(0 not in recipe.out_shape)
    whole = pooled(recipe, x)
    recipe, source = with_padded_source(recipe, x)
    starts = [data.draw(st.integers(0, size - 1)) for size in recipe.out_shape]
    stops = [
        data.draw(st.integers(start + 1, size))
        for start, size in zip(starts, recipe.out_shape, strict=True)
    ]
    ranges = tuple(zip(starts, stops, strict=True))
    part, in_ranges = recipe_part(recipe, ranges)
    expected = whole[tuple(slice(*span) for span in ranges)]
    np.testing.assert_array_equal(pooled(part, read_block(source, in_ranges)), expected)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_levels_of_a_part(data: st.DataObject) -> None:
    sizes = [data.draw(st.integers(4, 17)) for _ in range(2)]
    x = data.draw(arrays(tuple(sizes), data.draw(st.sampled_from(["u1", "u4", "f4"]))))
    mode = data.draw(st.sampled_from(list(MODES)))
    window = Window.fixed(2, ceil_mode=data.draw(st.booleans()))
    recipes = level_recipes(x.shape, x.dtype, mode, window, None, Options(), 2)
    wholes = [pooled(recipe, x) for recipe in recipes]
    starts = [data.draw(st.integers(0, (size - 1) // 4)) * 4 for size in sizes]
    ins = [(start, min(start + 8, size)) for start, size in zip(starts, sizes, strict=True)]
    parts, expected = [], []
    for recipe, whole in zip(recipes, wholes, strict=True):
        step = recipe.axes[0].kernel_size
        outs = tuple(
            (start // step, min(-(-stop // step), size))
            for (start, stop), size in zip(ins, whole.shape, strict=True)
        )
        if any(start >= stop for start, stop in outs):
            break
        parts.append(recipe_part(recipe, outs, tuple(ins))[0])
        expected.append(whole[tuple(slice(*span) for span in outs)])
    if not parts:
        return
    found = [np.empty(part.out_shape, part.out_dtype) for part in parts]
    run_levels(parts, read_block(x, tuple(ins)), found)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_corner_adds_floats_in_the_dtype_of_the_whole() -> None:
    x = np.random.default_rng(0).normal(size=(20, 20)).astype(np.float32)
    recipe = make_recipe(x.shape, x.dtype, "avg", Window.fixed(9, 1, "same"))  # 81 elements
    part, in_ranges = recipe_part(recipe, ((0, 2), (0, 2)))  # at most 36 of them
    found = pooled(part, read_block(x, in_ranges))
    np.testing.assert_array_equal(found, pooled(recipe, x)[:2, :2])
