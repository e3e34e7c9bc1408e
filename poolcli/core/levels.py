"""The levels of a pyramid whose windows tile: each level is the input, pooled once.

Windows of level ``n`` consist of ``k**n`` elements of the input along an axis where those of level
1 have ``k`` (see `poolcli.core.window.Window.at_level`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy.typing as npt

from poolcli.core.arguments import MAX_SIZE
from poolcli.core.axis import Axis
from poolcli.core.dtypes import result_dtype
from poolcli.core.errors import WindowError
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options, Recipe
from poolcli.core.shape_text import shape_text
from poolcli.core.window import Window


def level_recipes(
    shape: Sequence[int],
    dtype: npt.DTypeLike,
    mode: str,
    window: Window,
    axes: Sequence[int] | None,
    options: Options,
    count: int,
) -> list[Recipe]:
    """Return the recipes of all levels, each for the input.

    Parameters
    ----------
    shape, dtype, mode, axes, options
        As in `poolcli.core.make_recipe.make_recipe`.
    window : Window
        The window of level 1, which tiles.
    count : int
        The number of levels, at least 1.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        As in `make_recipe`.
    WindowError
        If a level does not fit the input.

    Examples
    --------
    >>> recipes = level_recipes((9, 8), "u1", "max", Window.fixed(2), None, Options(), 3)
    >>> [recipe.out_shape for recipe in recipes]
    [(4, 4), (2, 2), (1, 1)]
    """
    recipes = [make_recipe(shape, dtype, mode, window, axes, options)]
    for level in range(2, count + 1):
        at_level = window.at_level(level)
        try:
            if max(at_level.kernel_size) > MAX_SIZE:
                raise WindowError(_misfit_message(level, at_level, recipes[-1]), "kernel_size")
            recipes.append(make_recipe(shape, dtype, mode, at_level, axes, options))
        except WindowError as error:
            error.args = (_misfit_message(level, at_level, recipes[-1]),)
            raise
    return recipes


def _misfit_message(level: int, window: Window, before: Recipe) -> str:
    """Return the error message for a level that does not fit, given the last that does."""
    sizes = shape_text([axis.size for axis in before.axes.values()])
    last = shape_text([axis.out_size for axis in before.axes.values()])
    return (
        f"level {level} does not fit an input of {sizes}: its kernel size would be "
        f"{shape_text(window.kernel_size)}. The last level that fits is level {level - 1}, of "
        f"{last}"
    )


def recipe_from_level_before(recipe: Recipe, before: Recipe) -> Recipe | None:
    """Return the recipe that pools a level from the level before, if it gives the same values.

    Parameters
    ----------
    recipe, before : Recipe
        Recipes of a level and of the level before, each for the input.

    Returns
    -------
    Recipe or None
        Its input is the result of `before`. None if values could differ in any bit.

    Examples
    --------
    >>> options = Options()
    >>> for mode in ("max", "std"):
    ...     finer, level = level_recipes((8,), "u1", mode, Window.fixed(2), None, options, 2)
    ...     step = recipe_from_level_before(level, finer)
    ...     print(mode, step and (step.shape, step.out_shape))
    max ((4,), (2,))
    std None
    """
    mode = recipe.mode
    if mode.levels_compose == "no" or recipe.min_valid is not None:
        return None
    if mode.levels_compose == "integers" and recipe.in_dtype.kind not in "biu":
        return None
    if recipe.footprint is not None or before.footprint is not None:
        return None
    selects_elements = mode.result_dtype == "input"
    if not selects_elements and (recipe.ignored is not None or recipe.has_explicit_dtype):
        return None  # a sum can equal an ignored value by chance, and a cast can saturate
    if recipe.out_dtype != result_dtype(mode, recipe.in_dtype):
        return None
    return replace(
        recipe,
        shape=before.out_shape,
        in_dtype=before.out_dtype,
        axes={dim: _axis_on_level(axis, before.axes[dim]) for dim, axis in recipe.axes.items()},
    )


def _axis_on_level(axis: Axis, before: Axis) -> Axis:
    """Return the windows along an axis of the level before."""
    size = axis.kernel_size // before.kernel_size
    return Axis(before.out_size, axis.out_size, size, size)
