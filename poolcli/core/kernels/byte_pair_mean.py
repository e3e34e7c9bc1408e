"""Means of bytes in windows of even width, computed from pairs of neighbours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolcli.core.blocks import ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.kernels import mean_division_and_alpha
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.exact_division import divide
from poolcli.core.kernels.kernel_input_and_result import BlockResult, read_input
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Windows

MAX_WINDOW_ELEMENTS = 257
"""The sum of so many bytes fits into 16 bits."""

PAIR = np.dtype(np.uint16)


def has_pairs(recipe: Recipe) -> bool:
    """Return whether `BytePairMean` serves a recipe: bytes, in windows of even width and stride."""
    axis = recipe.axes.get(len(recipe.shape) - 1)
    return (
        recipe.in_dtype == np.uint8
        and recipe.ignored is None
        and recipe.footprint is None
        and recipe.max_window_elements <= MAX_WINDOW_ELEMENTS
        and axis is not None
        and not (axis.is_adaptive or axis.kernel_size % 2 or axis.stride % 2)
        and axis.dilation == 1
        and axis.has_equal_counts(padded=False)
        and axis.pad_before == 0
    )


class BytePairMean(NamedTuple):
    """A kernel that adds two neighbouring bytes at a time, as one integer of 16 bits.

    Such an integer is ``v = a + 256 * b``. Modulo ``2**16``, the sum of ``v`` less 255 times the
    sum of ``v >> 8`` is the sum of both bytes, which is exact because it fits into 16 bits. It is
    fast because only every second byte is widened, and the sums along the rows have half as many
    elements.

    Attributes
    ----------
    recipe : Recipe
    bytewise : Kernel
        Serves blocks whose rows are not contiguous in memory.
    """

    recipe: Recipe
    bytewise: Kernel
    element_bytes: int = 2
    gathers_windows: bool = False
    order_dependent: bool = False

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        elements = read_input(self.recipe, source, block.in_index)
        if not elements.flags.c_contiguous:
            return self.bytewise.pool(source, block, plan, out)
        limits = 0, 255 * self.recipe.max_window_elements
        count = mean_division_and_alpha.divisors(plan)
        dtype = self.recipe.out_dtype
        sums = self.sums(elements, plan)
        return BlockResult(divide((sums,), count, dtype, limits, out, can_overwrite=True))

    def sums(self, elements: Array, plan: BlockPlan) -> Array:
        """Return the sums of windows.

        Parameters
        ----------
        elements : ndarray of uint8
            C-contiguous: all elements of the block of the input.
        plan : BlockPlan

        Returns
        -------
        ndarray of uint16
            Of the block's shape: memory of the plan.
        """
        pairs = elements.view(PAIR)
        return plan.keep("pairs", lambda: PairSums(plan.windows, pairs.shape)).add(pairs)


class PairSums:
    """The sums of windows of bytes, by the arithmetic of `BytePairMean`, for blocks of one shape.

    Parameters
    ----------
    windows : sequence of AxisBlock or None
        As in `OutputBlock`; along the last axis of even width and stride.
    shape : tuple of int
        The shape of the pairs of a block.
    """

    def __init__(self, windows: Windows, shape: tuple[int, ...]) -> None:
        self._seconds = np.empty(shape, PAIR)
        *outer, last = windows
        assert last is not None
        axis, (low, high) = last.axis, last.in_range
        pair_axis = axis._replace(
            size=axis.size // 2, kernel_size=axis.kernel_size // 2, stride=axis.stride // 2
        )
        pair_windows = AxisBlock(pair_axis, last.out_range, (low // 2, high // 2))
        self._outer = [AxisReducer(dim, each) for dim, each in enumerate(outer) if each is not None]
        self._inner = [] if pair_axis.is_identity else [AxisReducer(len(outer), pair_windows)]

    def add(self, pairs: Array) -> Array:
        """Return the sums of windows.

        Parameters
        ----------
        pairs : ndarray of uint16
            C-contiguous: the pairs of bytes of a block.

        Returns
        -------
        ndarray of uint16
            Of one element per window. The next call overwrites it.
        """
        both, seconds = pairs, self._seconds
        np.right_shift(pairs, PAIR.type(8), out=seconds)
        for reducer in self._outer:
            both = reducer.reduce(np.add, both, 0, PAIR, 0)
            seconds = reducer.reduce(np.add, seconds, 0, PAIR, 1)
        sums = seconds
        np.multiply(seconds, PAIR.type(2**16 - 255), out=sums)
        np.add(sums, both, out=sums)
        for reducer in self._inner:
            sums = reducer.reduce(np.add, sums, 0, PAIR)
        return sums
