"""The recipe of a part of an output, which reads a part of the input alone."""

from __future__ import annotations

from dataclasses import replace

from poolcli.core.axis import Axis
from poolcli.core.blocks import Ranges
from poolcli.core.recipe import Recipe
from poolcli.core.taps import Range


def recipe_part(
    recipe: Recipe, out_ranges: Ranges, in_ranges: Ranges | None = None
) -> tuple[Recipe, Ranges]:
    """Return the recipe that gives a part of an output, and the part of the input that it pools.

    Parameters
    ----------
    recipe : Recipe
        A pooling without `padding_mode`, whose padding could need elements of other parts (see
        `poolcli.core.padded_source.with_padded_source`).
    out_ranges : tuple of (int, int)
        The part: one range of the output per axis, none of them empty; all of an axis that has
        adaptive windows of unlike size.
    in_ranges : tuple of (int, int), optional
        A part of the input that contains all windows of the part, and begins with the first; by
        default the smallest one. The levels of a pyramid need the same part.

    Returns
    -------
    recipe : Recipe
        The pooling of the part of the input. Its values are those of the whole output.
    in_ranges : tuple of (int, int)
        The part of the input: one range per axis.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((10,), "u1", "max", Window.fixed(3, stride=2, padding=1))
    >>> recipe.out_shape
    (5,)
    >>> part, in_ranges = recipe_part(recipe, ((2, 5),))
    >>> in_ranges, part.shape, part.out_shape
    (((3, 10),), (7,), (3,))
    """
    in_ranges = in_ranges or recipe.input_ranges(out_ranges)
    axes = {
        dim: _axis_part(axis, out_ranges[dim], in_ranges[dim]) for dim, axis in recipe.axes.items()
    }
    part = replace(
        recipe,
        shape=tuple(stop - start for start, stop in in_ranges),
        out_shape=tuple(stop - start for start, stop in out_ranges),
        axes=axes,
    )
    return part, in_ranges


def _axis_part(axis: Axis, outs: Range, ins: Range) -> Axis:
    """Return the windows `outs` along an axis, on the positions `ins` alone."""
    if outs == (0, axis.out_size) and ins == (0, axis.size):
        return axis
    assert not axis.is_adaptive
    return axis._replace(
        size=ins[1] - ins[0],
        out_size=outs[1] - outs[0],
        pad_before=ins[0] - axis.first_position(outs[0]),
        pad_after=axis.size + axis.pad_after - ins[1],
        whole_size=axis.size,
    )
