"""The protocol of the steps in which a separable kernel computes a mode."""

from __future__ import annotations

from typing import Protocol

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import BlockResult, State


class Reduction(Protocol):
    """A separable mode as four steps.

    A state is a tuple of arrays of one shape. Each mode says in its class what its arrays hold,
    and may choose their dtypes.

    Attributes
    ----------
    is_idempotent : bool
        Whether merging a state with itself changes nothing, as for maxima. Elements may then be
        combined several times.
    """

    @property
    def is_idempotent(self) -> bool: ...

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        """Turn elements into a state.

        Parameters
        ----------
        block : ndarray
            Elements of the input, of the recipe's `in_dtype`. It may be a view of the input
            and must not be changed.
        in_ranges : tuple of (int, int)
            The ranges of the input that the block holds, one per axis.

        Returns
        -------
        tuple of ndarray
            Of the block's shape; may be the block itself or views.
        """

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        """Combine the state along one axis, window by window.

        Parameters
        ----------
        state : tuple of ndarray
            From `lift`, or from `reduce` along another axis. It must not be changed.
        reducer : AxisReducer
            The axis, its windows, and the range of elements that the state holds. Windows may have
            no element in it.

        Returns
        -------
        tuple of ndarray
            Arrays of the state's shape, but with one element per window along the axis: new ones,
            or memory of the reducer.
        """

    def merge(self, state: State, other: State) -> State:
        """Combine the states of two parts of the same windows.

        Parameters
        ----------
        state, other : tuple of ndarray
            Of one shape. `other` holds the elements that come later. They must not be changed.

        Returns
        -------
        tuple of ndarray
            New arrays of the same shape.
        """

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        """Turn the state into values.

        Parameters
        ----------
        state : tuple of ndarray
            All axes are reduced: the shape is that of the block of the output.
        plan : BlockPlan
            The shape of the block and the numbers of elements of its windows.
        out : ndarray, optional
            As in `Kernel.pool`. It may be the first array of the state.

        Returns
        -------
        BlockResult
            Arrays of the state's shape.
        """
