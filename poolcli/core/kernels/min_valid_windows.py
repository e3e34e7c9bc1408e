"""A kernel that takes windows in which too few elements are left after ignoring as empty."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from poolcli.core.blocks import Ranges, ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import BlockResult, State
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.kernels.sum_mean import sum_dtype
from poolcli.core.kernels.sum_steps import SumSteps
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe


class MinValidKernel(NamedTuple):
    """A kernel that computes windows with another kernel, and counts the elements left in each.

    Attributes
    ----------
    recipe : Recipe
        The pooling, whose `min_valid` is not None.
    kernel : Kernel
        Computes the windows.
    """

    recipe: Recipe
    kernel: Kernel

    @property
    def element_bytes(self) -> int:
        return self.kernel.element_bytes + 1  # the mask

    @property
    def gathers_windows(self) -> bool:
        return self.kernel.gathers_windows

    @property
    def order_dependent(self) -> bool:
        return self.kernel.order_dependent

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        min_valid = self.recipe.min_valid
        assert min_valid is not None
        least = plan.keep(
            "least_valid_counts",
            lambda: least_valid_counts(min_valid, plan.element_counts(padded=False)),
        )
        counts = valid_count_kernel(self.recipe).pool(source, block, plan).values
        too_few = np.less(counts, least)
        result = self.kernel.pool(source, block, plan, out)
        empty = too_few if result.empty is None else result.empty | too_few
        indices = result.indices
        if indices is not None:
            indices = np.where(too_few, -1, indices)
        return result._replace(empty=empty, indices=indices)


@lru_cache(maxsize=256)
def valid_count_kernel(recipe: Recipe) -> SeparableKernel:
    """Return the kernel that counts the elements of each window that are not ignored.

    If whole pixels are pooled, it counts pixels: its values have size 1 along the last axis.
    """
    dtype = sum_dtype(np.dtype(np.bool_), recipe.max_window_elements)
    steps = ValidCounts(recipe, (dtype,))
    return SeparableKernel(recipe, steps, max(recipe.in_dtype.itemsize, dtype.itemsize))


class ValidCounts(SumSteps):
    """Steps that count elements. The state is the number of elements that are not ignored."""

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        valid = self.recipe.valid_mask(block)
        return (valid[..., None] if self.recipe.pools_whole_pixels else valid,)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        return BlockResult(state[0])


def least_valid_counts(min_valid: Fraction, counts: int | Array) -> int | Array:
    """Return the least number of elements of each window that must be left.

    Parameters
    ----------
    min_valid : Fraction
        The share.
    counts : int or ndarray of int64
        The number of elements of each window on the data.

    Returns
    -------
    int or ndarray of int64
        The share of `counts`, rounded up from the exact value; of the shape of `counts`.

    Examples
    --------
    >>> least_valid_counts(Fraction(7, 100), 100)
    7
    >>> least_valid_counts(Fraction(1, 2), np.array([4, 3, 0]))
    array([2, 2, 0])
    """
    if isinstance(counts, int):
        return -(-counts * min_valid.numerator // min_valid.denominator)
    distinct, places = np.unique(counts, return_inverse=True)
    least = [least_valid_counts(min_valid, count) for count in distinct.tolist()]
    return np.array(least, np.int64)[places].reshape(counts.shape)
