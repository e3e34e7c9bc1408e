"""The protocol of kernels, and how a mode's kernel is found."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Protocol

from poolcli.core.blocks import ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import BlockResult
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe


class Kernel(Protocol):
    """A computation of one mode, block by block.

    Attributes
    ----------
    element_bytes : int
        Bytes of working memory per element that is read.
    gathers_windows : bool
        Whether all elements of all windows of a block are in working memory at once. If not,
        windows may be larger than memory.
    order_dependent : bool
        Whether values depend on the order in which elements are combined, as rounded sums do.
    """

    @property
    def element_bytes(self) -> int: ...

    @property
    def gathers_windows(self) -> bool: ...

    @property
    def order_dependent(self) -> bool: ...

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        """Compute one block of the output.

        Parameters
        ----------
        source : array_like
            The whole input, of the recipe's shape and dtype in any byte order. It is read by
            tuples of slices.
        block : OutputBlock
            The block, and the input that its windows lie on.
        plan : BlockPlan
            What this thread keeps for blocks of this shape.
        out : ndarray, optional
            C-contiguous, of the block's shape and the recipe's `out_dtype`. A kernel may compute
            the values in it; then it is the array of values that it returns. Arrays that are
            neither `out` nor new are overwritten by the next block.

        Returns
        -------
        BlockResult
            Arrays of the block's shape.
        """


@lru_cache(maxsize=256)
def kernel_for(recipe: Recipe) -> Kernel:
    """Return the kernel of the recipe's mode; the same recipe object gives the same kernel."""
    module, name = recipe.mode.kernel.split(":")
    kernel: Kernel = getattr(import_module(module), name)(recipe)
    return kernel
