"""Splitting of the output into blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from poolcli.core import blocks
from poolcli.core.blocks import AxisOrder
from poolcli.core.engine.chunk_bands import output_bands
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.output_blocks import OutputBlocks
from poolcli.core.recipe import Recipe

MIN_BLOCKS = 4
"""An output of more than one working set is split into at least so many blocks, so that threads get
equal amounts of work."""


def split_output(
    recipe: Recipe,
    kernel: Kernel,
    axis_order: AxisOrder,
    total_bytes: float,
    chunk_shape: Sequence[int] | None = None,
) -> OutputBlocks:
    """Return the blocks that the output is split into.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    kernel : Kernel
        Computes the blocks.
    axis_order : sequence of int
        The axes from the outermost in memory to the innermost.
    total_bytes : float
        The working set of the whole output in bytes.
    chunk_shape : sequence of int, optional
        The shape of the chunks of the input, if it is stored in chunks.
    """
    if total_bytes <= blocks.MAX_WORKING_SET_BYTES:
        return OutputBlocks(recipe, recipe.out_shape, axis_order)
    max_bytes = min(blocks.MAX_WORKING_SET_BYTES, total_bytes / MIN_BLOCKS)
    min_sizes = None if kernel.gathers_windows else min_block_shape(recipe, kernel, axis_order)
    bands = output_bands(recipe, axis_order, chunk_shape)
    if min_sizes is not None:
        pairs = zip(min_sizes, bands.min_sizes, strict=True)
        min_sizes = [-(-size // multiple) * multiple for size, multiple in pairs]
    band_bytes = total_bytes * math.prod(bands.shape) / math.prod(recipe.out_shape)
    shape = blocks.block_shape(bands.shape, band_bytes, axis_order, max_bytes, min_sizes)
    is_banded = [size < whole for size, whole in zip(bands.shape, recipe.out_shape, strict=True)]
    # One band after the other.
    block_order = sorted(axis_order, key=lambda dim: not is_banded[dim])
    return OutputBlocks(recipe, shape, block_order)


def min_block_shape(recipe: Recipe, kernel: Kernel, axis_order: AxisOrder) -> list[int]:
    """Return the smallest size of a block along each axis.

    Axes that lie inside of the pooled axes in memory keep `MIN_CONTIGUOUS_BYTES` together. A window
    that exceeds the working set needs no smaller block: its input is read block by block.

    Parameters
    ----------
    recipe, kernel, axis_order
        As in `split_output`.
    """
    min_sizes = [1] * len(axis_order)
    inner_bytes = kernel.element_bytes
    for dim in reversed(axis_order):
        if recipe.is_reduced(dim):
            return min_sizes
        min_sizes[dim] = max(1, blocks.MIN_CONTIGUOUS_BYTES // max(inner_bytes, 1))
        inner_bytes *= recipe.shape[dim]
    return [1] * len(axis_order)


def working_set_bytes(recipe: Recipe, kernel: Kernel, axis_order: AxisOrder) -> float:
    """Return the working set of the whole output in bytes: the input and the first array made.

    Parameters
    ----------
    recipe, kernel, axis_order
        As in `split_output`.
    """
    sizes = [max(a, b) for a, b in zip(recipe.shape, recipe.out_shape, strict=True)]
    factor = 1.0  # and the array that folding the first pooled axis makes
    for dim in axis_order:
        axis = recipe.axes.get(dim)
        if axis is None or axis.is_identity:
            continue
        if kernel.gathers_windows:
            sizes[dim] = max(axis.size, axis.out_size * axis.max_elements)
        elif factor == 1:
            factor += min(axis.out_size, axis.size) / sizes[dim]
    return math.prod(sizes) * kernel.element_bytes * factor
