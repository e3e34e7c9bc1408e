"""Means of integers that are not ignored, from the sums of all elements."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import ReadableArray
from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.ignored_values import replace_ignored
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.byte_pair_mean import BytePairMean
from poolcli.core.kernels.exact_division import divide
from poolcli.core.kernels.fast_strided_copy import UNSIGNED_DTYPES, as_contiguous_rows
from poolcli.core.kernels.kernel_input_and_result import BlockResult, read_input
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.kernels.windows_of_rows import is_tiled
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe

MAX_FLOAT32_ELEMENTS = {1: 128, 2: 32}
"""The largest windows whose means `round_means` computes, by the itemsize of the elements."""


def has_integer_sums(recipe: Recipe) -> bool:
    """Return whether `MeanOfValidIntegers` serves a recipe: integers with exact sums.

    If windows overlap much, its division of every mean takes longer than a copy of the elements.
    """
    return (
        recipe.ignored is not None
        and recipe.footprint is None
        and recipe.in_dtype.kind in "iu"
        and recipe.in_dtype.itemsize <= 4
        and recipe.divisor is None
        and recipe.max_window_elements > 1
        and 2 * math.prod(recipe.out_shape) <= math.prod(recipe.shape)
    )


class MeanOfValidIntegers(NamedTuple):
    """A kernel that sums all elements, and subtracts the ignored value as often as it was counted.

    Windows must be complete. It is fast because the elements are not copied to replace the ignored
    ones, and the mask is summed in bytes.

    Attributes
    ----------
    recipe : Recipe
    plain : Kernel
        Computes the means of all elements. It serves blocks without ignored elements.
    general : Kernel
        Serves windows that are read in parts.
    sum_dtype : dtype
        Holds the sum of all elements of a window.
    """

    recipe: Recipe
    plain: Kernel
    general: Kernel
    sum_dtype: DType
    gathers_windows: bool = False
    order_dependent: bool = False

    @property
    def element_bytes(self) -> int:
        return self.plain.element_bytes

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        recipe = self.recipe
        if plan.in_elements * self.general.element_bytes > blocks.MAX_INPUT_BLOCK_BYTES:
            return self.general.pool(source, block, plan, out)
        elements = as_contiguous_rows(read_input(recipe, source, block.in_index))
        valid = recipe.valid_mask(elements)
        if valid.all():
            all_read = block._replace(in_index=(slice(None),) * elements.ndim)
            return self.plain.pool(elements, all_read, plan, out)
        n_elements = plan.element_counts(padded=False)
        assert isinstance(n_elements, int)
        assert recipe.ignored is not None
        if len(recipe.ignored.elements) > 1:
            elements = replace_ignored(elements, valid, recipe.ignored.elements[0])
        counts = self._counts(valid, plan)
        if not counts.min():
            # One ignored element of an empty window counts as valid: its mean is the ignored value.
            np.maximum(counts, plan.keep("ones", lambda: np.ones_like(counts)), out=counts)
        sums = self._sums(elements, plan)
        value = int(recipe.ignored.elements[0])
        max_elements = MAX_FLOAT32_ELEMENTS.get(recipe.in_dtype.itemsize, 0)
        if recipe.out_dtype == recipe.in_dtype and n_elements <= max_elements:
            out = np.empty(sums.shape, recipe.out_dtype) if out is None else out
            return BlockResult(round_means(sums, counts, value, n_elements, out))
        excess = counts - counts.dtype.type(n_elements)
        excess *= counts.dtype.type(value)
        sums += excess
        low, high = integer_bounds(recipe.in_dtype)
        limits = low * n_elements, high * n_elements
        return BlockResult(
            divide((sums,), counts, recipe.out_dtype, limits, out, quotient_limits=(low, high))
        )

    def _counts(self, valid: Array, plan: BlockPlan) -> Array:
        """Return the numbers of valid elements, in an array of the dtype of the sums.

        If windows are 2, 4 or 8 bytes wide, the numbers of their columns are the bytes of one
        integer, whose product with an integer of ones has their sum in the highest byte.
        """
        counts, n_elements = valid.view(np.uint8), 1
        *outer, last = plan.reducers(self)
        axis = last.axis_block.axis
        for reducer in outer:
            n_elements *= reducer.axis_block.axis.max_elements
            counts = reducer.reduce(np.add, counts, 0, np.min_scalar_type(n_elements))
        n_elements *= axis.max_elements
        packed = UNSIGNED_DTYPES.get(axis.kernel_size)
        is_last = last.dim == counts.ndim - 1 and counts.flags.c_contiguous
        is_all = is_tiled(axis) and axis.kernel_size * plan.out_shape[-1] == counts.shape[-1]
        if packed is not None and n_elements <= 255 and is_last and is_all:
            ones = packed.type(int.from_bytes(b"\1" * packed.itemsize, "big"))
            counts = counts.view(packed) * ones
            counts >>= packed.type(8 * packed.itemsize - 8)
        else:
            counts = last.reduce(np.add, counts, 0, np.min_scalar_type(n_elements))
        unsigned = UNSIGNED_DTYPES[self.sum_dtype.itemsize]
        return counts.astype(unsigned, copy=False).view(self.sum_dtype)

    def _sums(self, elements: Array, plan: BlockPlan) -> Array:
        """Return the sums of all elements, in memory of the plan."""
        if isinstance(self.plain, BytePairMean) and elements.flags.c_contiguous:
            return self.plain.sums(elements, plan)
        sums = elements
        for reducer in plan.reducers(self):
            sums = reducer.reduce(np.add, sums, 0, self.sum_dtype, 1)
        return sums


def round_means(sums: Array, counts: Array, value: int, n_elements: int, out: Array) -> Array:
    """Write the means of valid elements, rounded half up, to an array; sums are overwritten.

    The mean is `value` plus the sum of all differences from `value` (those of ignored elements are
    0) over the number of valid elements. These quotients are multiples of one half, which are
    exact, or at least half of ``1 / counts`` away from them: ``1 / 256`` for bytes, whose quotients
    and means are each rounded by less than ``2**-16`` in float32, and ``1 / 64`` for integers of 16
    bits, where it is ``2**-8``.

    Parameters
    ----------
    sums, counts : ndarray of 16-bit integers, or of 32-bit ones for elements of 16 bits
        The sums of all elements, and the numbers of valid elements, at least 1.
    value : int
        The ignored value.
    n_elements : int
        The number of all elements of a window; see `MAX_FLOAT32_ELEMENTS`.
    out : ndarray
        C-contiguous, of the dtype of the elements.
    """
    least = integer_bounds(out.dtype)[0]
    sums -= sums.dtype.type(value * n_elements)  # unsigned integers wrap around
    means = sums.view(f"i{sums.itemsize}").astype(np.float32)
    means /= counts.astype(np.float32)
    means += np.float32(value - least + 0.5)
    # Conversion rounds positive numbers down; flipping the highest bit adds the least number.
    np.copyto(out.view(f"u{out.itemsize}"), means, casting="unsafe")
    if least:
        out ^= out.dtype.type(least)
    return out
