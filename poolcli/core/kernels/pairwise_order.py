"""Pairwise reduction: an order of combining elements that depends on their number alone.

Floating-point addition is not associative, so the order of additions decides the last bits of a
sum. The order here is fixed by the number of elements of a window: groups of 8 consecutive elements
are combined one after the other, and the groups pairwise. (A number of groups is split after the
largest power of two below it, and so are both parts.) Results therefore do not depend on block
boundaries, threads, neighbouring windows or memory layout, and the error grows with the logarithm
of the number of elements (N. J. Higham, "Accuracy and Stability of Numerical Algorithms",
2nd edition, 2002, section 4.2).

The same order serves any associative combination of states, such as means and sums of squares.

Means of float32 over more than 64 elements use strided groups of 64 elements on all pooled axes
but the last (`Addition.strided_groups`). In a group of ``n`` elements, those that are
``ceil(n / 8)`` apart are added one after the other, and then the ``ceil(n / 8)`` sums. It is fast
because one call adds long stretches of memory, even if the rows of the axis are short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.kernel_input_and_result import State

Combine: TypeAlias = Callable[[State, State, int], State]
"""Combines the states of two neighbouring ranges; the integer is their number of elements."""

GROUP_ELEMENTS = 8
"""The number of consecutive elements that are combined one after the other."""

STRIDED_GROUP_ELEMENTS = GROUP_ELEMENTS**2
"""The number of elements of a strided group, which takes two rounds of sums."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Addition of states of one array, as a `Combine`.

    Attributes
    ----------
    dtype : dtype
        The dtype to add in.
    narrow_limit : int
        Sums of at most this many elements are added in `narrow_dtype`, if there is one.
    narrow_dtype : dtype, optional
    strided_groups : bool
        Whether groups are strided.
    out_elements : int
        Sums of this many elements go into `out` if the shapes are equal.
    out : ndarray, optional
    """

    dtype: DType
    narrow_limit: int = 0
    narrow_dtype: DType | None = None
    strided_groups: bool = False
    out_elements: int = 0
    out: Array | None = None

    def __call__(self, state: State, other: State, n_elements: int) -> State:
        out = self.out if n_elements == self.out_elements else None
        if out is not None and out.shape != state[0].shape:
            out = None
        return (np.add(state[0], other[0], out=out, dtype=self.dtype_for(n_elements)),)

    def dtype_for(self, n_elements: int) -> DType:
        """Return the dtype in which sums of `n_elements` elements are added."""
        if self.narrow_dtype is None or n_elements > self.narrow_limit:
            return self.dtype
        return self.narrow_dtype


def group_elements(combine: Combine) -> int:
    """Return the largest number of elements of a group."""
    has_strided_groups = isinstance(combine, Addition) and combine.strided_groups
    return STRIDED_GROUP_ELEMENTS if has_strided_groups else GROUP_ELEMENTS


def largest_power_of_two(number: int) -> int:
    """Return the largest power of two that is not greater than `number`.

    Examples
    --------
    >>> largest_power_of_two(7), largest_power_of_two(8)
    (4, 8)
    """
    return 1 << (number.bit_length() - 1)


def max_calls(size: int) -> int:
    """Return how often `combine_all` at most calls an operation for so many elements.

    Examples
    --------
    >>> max_calls(8), max_calls(17)
    (7, 10)
    """
    n_pairings = (max(size // GROUP_ELEMENTS, 1) - 1).bit_length()
    in_rest = size % GROUP_ELEMENTS
    return min(size, GROUP_ELEMENTS) - 1 + 2 * n_pairings + in_rest
