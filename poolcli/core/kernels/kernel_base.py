"""The protocol of kernels, what a kernel returns, and how a mode's kernel is found."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from poolcli.core.blocks import AxisOrder, Ranges, ReadableArray, read_block
from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe

State: TypeAlias = tuple[Array, ...]
"""Partial results of windows: arrays of one shape that are reduced together."""


class ErrorBound(NamedTuple):
    """A bound on the rounding error of float values, and an exact test for what it leaves open.

    It serves integer results of modes that work in floats. The error of a value is at most
    ``relative * abs(value) + per_magnitude * largest + absolute``, where ``largest`` is the
    largest magnitude of an element in the value's window.

    Attributes
    ----------
    at_least_half_of : callable
        Takes `elements_as_integers.ExactElements` of ``n`` windows and ``n`` odd integers. Returns
        an ndarray of ``n`` bools: whether the exact value of a window is at least half its integer.
    degree : int
        The highest power to which `at_least_half_of` raises elements and integers.
    relative, per_magnitude : float
        Factors of the bound.
    absolute : float or ndarray of float
        A number for all values, or one for each.
    """

    at_least_half_of: Callable[[Any, Array], Array]
    degree: int = 1
    relative: float = 0.0
    absolute: Any = 0.0
    per_magnitude: float = 0.0


class BlockResult(NamedTuple):
    """The result of a kernel for one block of the output.

    Attributes
    ----------
    values : ndarray
        Of the block's shape. The engine casts them to the recipe's `out_dtype`.
    indices : ndarray of int64, optional
        Of the block's shape: flat indices over the pooled axes of the input, -1 for windows
        without elements. Present if the recipe asks for indices.
    empty : ndarray of bool, optional
        Broadcasts against the values: windows without elements, whose values are replaced by
        the recipe's `empty_value`.
    unreliable : ndarray of bool, optional
        Of the block's shape: values that may be wrong by an overflow or underflow, and must be
        computed again.
    error_bound : ErrorBound, optional
        Present if the values are rounded floats and the result has an integer dtype.
    """

    values: Array
    indices: Array | None = None
    empty: Array | None = None
    unreliable: Array | None = None
    error_bound: ErrorBound | None = None


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

    def pool(self, source: ReadableArray, out_ranges: Ranges, axis_order: AxisOrder) -> BlockResult:
        """Compute one block of the output.

        Parameters
        ----------
        source : array_like
            The whole input, of the recipe's shape and dtype in any byte order. It is read by
            tuples of slices.
        out_ranges : tuple of (int, int)
            The block: one range ``(start, stop)`` of the output for each axis.
        axis_order : sequence of int
            The axes of the source from the outermost in memory to the innermost.

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


def read_input(recipe: Recipe, source: ReadableArray, in_ranges: Ranges) -> Array:
    """Return ranges of the input as an array.

    Parameters
    ----------
    recipe : Recipe
    source : array_like
        The whole input.
    in_ranges : tuple of (int, int)
        One range for each axis.

    Returns
    -------
    ndarray
        Of the recipe's `in_dtype`, in native byte order. May be a view of the source.
    """
    return np.asarray(read_block(source, in_ranges)).astype(recipe.in_dtype, copy=False)


def read_windows(recipe: Recipe, source: ReadableArray, out_ranges: Ranges) -> Array:
    """Return the part of the input that the windows of a block lie on.

    Parameters
    ----------
    recipe, source
        As in `read_input`.
    out_ranges : tuple of (int, int)
        The block of the output: one range for each axis.
    """
    return read_input(recipe, source, recipe.input_ranges(out_ranges))


def valid_values(recipe: Recipe, block: Array, values: Array, fill: float = 0) -> State:
    """Replace the values of ignored elements; return the values and, if any are ignored, the mask.

    Parameters
    ----------
    recipe : Recipe
    block : ndarray
        A block of the input.
    values : ndarray
        Of the block's shape: values computed from its elements; overwritten.
    fill : scalar
        The value of ignored elements.

    Returns
    -------
    (ndarray,) or (ndarray, ndarray of bool)
        `values`, and the mask of elements that are not ignored.
    """
    if recipe.ignored is None:
        return (values,)
    valid = recipe.valid_mask(block)
    np.copyto(values, fill, where=~valid)
    return values, valid


def counts_and_empty(
    recipe: Recipe, out_ranges: Ranges, counted: State
) -> tuple[int | Array, Array]:
    """Return the number of elements of each window of a block, and the mask of empty windows.

    Parameters
    ----------
    recipe : Recipe
    out_ranges : tuple of (int, int)
        The block of the output: one range for each axis.
    counted : tuple of ndarray
        Empty, or the numbers of valid elements (or a mask of windows with some).

    Returns
    -------
    counts : int or ndarray
        Broadcasts against the block. Without `counted` it is computed from the geometry.
    empty : ndarray of bool
        Of the block's shape; read-only.
    """
    counts = counted[0] if counted else recipe.element_counts(out_ranges, padded=False)
    shape = tuple(stop - start for start, stop in out_ranges)
    return counts, np.broadcast_to(np.equal(counts, 0), shape)
