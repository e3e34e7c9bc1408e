"""One block of the output: computed by a kernel, cast, and filled where windows are empty."""

from __future__ import annotations

import numpy as np

from poolcli.core.blocks import ReadableArray
from poolcli.core.casting import cast
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe


def compute_block(
    recipe: Recipe,
    kernel: Kernel,
    source: ReadableArray,
    block: OutputBlock,
    plan: BlockPlan,
    out: Array | None = None,
) -> tuple[Array, Array | None]:
    """Return the values and the indices of one block of the output.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    kernel : Kernel
        Computes the block.
    source, block, plan, out
        As in `Kernel.pool`.

    Returns
    -------
    values : ndarray
        Of the block's shape and dtype `recipe.out_dtype`. It may be `out`, or memory of the plan.
    indices : ndarray of int64 or None
        The argmax or argmin indices where the recipe wants them.
    """
    result = kernel.pool(source, block, plan, out)
    values = cast(result.values, recipe.out_dtype)
    if result.error_bound is not None:
        from poolcli.core.kernels.correct_integer_rounding import correct_rounding

        correct_rounding(recipe, source, block.out_ranges, result, values)
    if result.empty is not None and result.empty.any():
        values = np.where(result.empty, recipe.empty_value, values)
    return values, result.indices
