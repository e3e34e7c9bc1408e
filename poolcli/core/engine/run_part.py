"""Execution of a part of a recipe: a part of the output, from the elements under its windows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import AxisOrder, Ranges, ReadableArray, memory_order
from poolcli.core.casting import cast
from poolcli.core.dtypes import Array, DType
from poolcli.core.engine.choose_kernel import choose_kernel
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.core.engine.helper_threads import call_on_threads
from poolcli.core.engine.kernel_memory_layout import kept_axes, squeeze
from poolcli.core.engine.numpy_buffer import buffer_elements, numpy_buffer
from poolcli.core.engine.run_blocks import MAX_LARGE_PLANS, MAX_THREADS, has_huge_windows
from poolcli.core.engine.split_output import min_block_shape, working_set_bytes
from poolcli.core.float32_pooling import float32_source, pooled_in_float32
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.compute_block import compute_block
from poolcli.core.kernels.kernel_protocol import Kernel, kernel_for
from poolcli.core.output_blocks import OutputBlock, OutputBlocks
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
    out_dtype = recipe.out_dtype
    source, recipe = float32_source(source, recipe), pooled_in_float32(recipe)
    recipe, (source, out, out_indices) = squeeze(recipe, source, values, indices)
    recipe, source = with_padded_source(recipe, source)
    axis_order = memory_order(source, len(recipe.shape))
    kernel = choose_kernel(recipe, source)
    queue = _split_part(recipe, kernel, ranges, axis_order)
    output = _PartOutput(out, out_indices, ranges, out_dtype)
    is_out_of_core = kernel.gathers_windows != kernel_for(recipe).gathers_windows
    is_serial = is_out_of_core or has_huge_windows(recipe, kernel)
    call_on_threads(
        partial(_pool_blocks, recipe, kernel, source, queue, output, axis_order),
        1 if is_serial else min(threads or usable_cpus(), MAX_THREADS),
    )
    return values, indices


@dataclass(frozen=True, slots=True)
class _PartOutput:
    """The arrays that receive a part of the output.

    Attributes
    ----------
    values : ndarray
    indices : ndarray of int64 or None
    ranges : tuple of (int, int)
        The part: one range of the whole output per axis.
    dtype : dtype
        The dtype of `values`, which can be narrower than that of the kernel's results.
    """

    values: Array
    indices: Array | None
    ranges: Ranges
    dtype: DType

    def index(self, block: OutputBlock) -> tuple[slice, ...]:
        """Return the index of a block in the arrays."""
        return tuple(
            slice(start - first, stop - first)
            for (start, stop), (first, _) in zip(block.out_ranges, self.ranges, strict=True)
        )

    def target(self, block: OutputBlock, dtype: DType) -> Array | None:
        """Return the memory for the values of a block, if a kernel can compute them there."""
        target = self.values[self.index(block)]
        return target if target.flags.c_contiguous and dtype == self.dtype else None


def _pool_blocks(
    recipe: Recipe,
    kernel: Kernel,
    source: ReadableArray,
    queue: OutputBlocks,
    output: _PartOutput,
    axis_order: AxisOrder,
) -> None:
    """Compute the blocks of a queue that several threads share."""
    plans: dict[object, BlockPlan] = {}
    try:
        with np.errstate(all="ignore"), numpy_buffer(buffer_elements(recipe, axis_order)):
            for block in queue:
                plan = plans.pop(block.shape_key, None) or BlockPlan(recipe, block, axis_order)
                if len(plans) >= MAX_LARGE_PLANS:
                    del plans[next(iter(plans))]  # the least recently used
                plans[block.shape_key] = plan
                target = output.target(block, recipe.out_dtype)
                values, indices = compute_block(recipe, kernel, source, block, plan, target)
                if values is not target:
                    output.values[output.index(block)] = cast(values, output.dtype)
                if output.indices is not None:
                    output.indices[output.index(block)] = indices
    except BaseException:
        queue.stop()
        raise


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
