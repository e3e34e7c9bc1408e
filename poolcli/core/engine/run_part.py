"""Execution of a part of a recipe: a part of the output, from the elements under its windows."""

from __future__ import annotations

import math

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import AxisOrder, Ranges, ReadableArray, memory_order
from poolcli.core.dtypes import Array
from poolcli.core.engine.choose_kernel import choose_kernel
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.core.engine.helper_threads import call_on_threads
from poolcli.core.engine.kernel_memory_layout import kept_axes, squeeze
from poolcli.core.engine.numpy_buffer import buffer_elements, numpy_buffer
from poolcli.core.engine.run_blocks import MAX_LARGE_PLANS, MAX_THREADS, has_huge_windows
from poolcli.core.engine.split_output import min_block_shape, working_set_bytes
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.compute_block import compute_block
from poolcli.core.kernels.kernel_protocol import Kernel, kernel_for
from poolcli.core.output_blocks import OutputBlocks
from poolcli.core.padded_source import with_padded_source
from poolcli.core.recipe import Recipe


def run_part(
    recipe: Recipe, source: ReadableArray, out_ranges: Ranges, threads: int | None = None
) -> tuple[Array, Array | None]:
    """Return a part of the output, bit for bit as in the whole output.

    The recipe is that of the whole output, so that the same kernel computes the part.

    Parameters
    ----------
    recipe : Recipe
        The pooling of the whole input.
    source : ReadableArray
        An array of shape `recipe.shape`, of which `recipe.input_ranges` of the part are read (with
        a padding mode also the elements that the padding copies).
    out_ranges : tuple of (int, int)
        The part: one range per axis of `recipe.out_shape`.
    threads : int, optional
        By default one thread per CPU that this process may use. Results do not depend on it.

    Returns
    -------
    values : ndarray
        Of the part's shape and dtype `recipe.out_dtype`, in C order.
    indices : ndarray of int64 or None
        The argmax or argmin indices where the recipe wants them, over the whole pooled axes.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((10,), "i8", "max", Window.fixed(3, stride=2, padding=1))
    >>> run_part(recipe, np.arange(10), ((2, 5),))[0]
    array([5, 7, 9])
    """
    shape = tuple(stop - start for start, stop in out_ranges)
    values = np.empty(shape, recipe.out_dtype)
    indices = np.empty(shape, np.int64) if recipe.return_indices else None
    if values.size == 0:
        return values, indices
    ranges = tuple(out_ranges[dim] for dim in kept_axes(recipe))
    recipe, (source, out, out_indices) = squeeze(recipe, source, values, indices)
    recipe, source = with_padded_source(recipe, source)
    axis_order = memory_order(source, len(recipe.shape))
    kernel = choose_kernel(recipe, source)
    queue = _split_part(recipe, kernel, ranges, axis_order)

    def pool_blocks() -> None:
        plans: dict[object, BlockPlan] = {}
        try:
            with np.errstate(all="ignore"), numpy_buffer(buffer_elements(recipe, axis_order)):
                for block in queue:
                    plan = plans.pop(block.shape_key, None)
                    if plan is None:
                        plan = BlockPlan(recipe, block, axis_order)
                        if len(plans) >= MAX_LARGE_PLANS:
                            del plans[next(iter(plans))]  # the least recently used
                    plans[block.shape_key] = plan
                    index = _index_in_part(block.out_ranges, ranges)
                    target = out[index] if out[index].flags.c_contiguous else None
                    found = compute_block(recipe, kernel, source, block, plan, target)
                    if found[0] is not target:
                        out[index] = found[0]
                    if out_indices is not None:
                        out_indices[index] = found[1]
        except BaseException:
            queue.stop()
            raise

    is_out_of_core = kernel.gathers_windows != kernel_for(recipe).gathers_windows
    is_serial = is_out_of_core or has_huge_windows(recipe, kernel)
    call_on_threads(pool_blocks, 1 if is_serial else min(threads or usable_cpus(), MAX_THREADS))
    return values, indices


def _split_part(
    recipe: Recipe, kernel: Kernel, ranges: Ranges, axis_order: AxisOrder
) -> OutputBlocks:
    """Return the blocks that a part of the output is split into."""
    shape = [stop - start for start, stop in ranges]
    share = math.prod(shape) / math.prod(recipe.out_shape)
    total_bytes = working_set_bytes(recipe, kernel, axis_order) * share
    min_sizes = None if kernel.gathers_windows else min_block_shape(recipe, kernel, axis_order)
    max_bytes = blocks.MAX_WORKING_SET_BYTES
    block = blocks.block_shape(shape, total_bytes, axis_order, max_bytes, min_sizes)
    return OutputBlocks(recipe, block, axis_order, ranges)


def _index_in_part(block: Ranges, part: Ranges) -> tuple[slice, ...]:
    """Return the index of a block in a part of the output."""
    return tuple(
        slice(start - first, stop - first)
        for (start, stop), (first, _) in zip(block, part, strict=True)
    )
