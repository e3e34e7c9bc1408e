"""The input, the states and the results of kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from poolcli.core.blocks import Ranges, ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisIndex, index_on_axis

State: TypeAlias = tuple[Array, ...]
"""Partial results of windows: arrays of one shape that are reduced together."""


def slice_state(state: State, dim: int, index: AxisIndex) -> State:
    """Return a state at an index along one axis, as views if the index is a slice.

    Parameters
    ----------
    state : tuple of ndarray
    dim : int
        The axis.
    index : slice or ndarray of int
    """
    return tuple(array[index_on_axis(dim, index)] for array in state)


def assign_state(out: State, index: tuple[AxisIndex | int, ...], state: Sequence[object]) -> None:
    """Assign the arrays of a state to an index of the output arrays.

    Parameters
    ----------
    out : tuple of ndarray
        The output arrays.
    index : tuple
        An index of each output array.
    state : sequence of ndarray or scalar
        The values, one for each output array.
    """
    for target, values in zip(out, state, strict=True):
        target[index] = values


class ErrorBound(NamedTuple):
    """A bound on the rounding error of float values, and an exact test for what it leaves open.

    It serves integer results of modes that work in floats. The error of a value is at most
    ``relative * abs(value) + per_magnitude * largest + absolute``, where ``largest`` is the
    largest magnitude of an element in the value's window.

    Attributes
    ----------
    at_least_half_of : callable
        Takes `elements_to_exact_integers.ExactElements` of ``n`` windows and ``n`` odd integers.
        Returns an ndarray of ``n`` bools: whether the exact value of a window is at least half its
        integer.
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


def read_input(recipe: Recipe, source: ReadableArray, in_index: tuple[slice, ...]) -> Array:
    """Return a part of the input as an array.

    Parameters
    ----------
    recipe : Recipe
    source : array_like
        The whole input.
    in_index : tuple of slice
        One slice for each axis.

    Returns
    -------
    ndarray
        Of the recipe's `in_dtype`, in native byte order. May be a view of the source.
    """
    elements = source[in_index]
    if type(elements) is np.ndarray and elements.dtype is recipe.in_dtype:
        return elements
    return np.asarray(elements).astype(recipe.in_dtype, copy=False)


def read_windows(recipe: Recipe, source: ReadableArray, out_ranges: Ranges) -> Array:
    """Return the part of the input that the windows of a block lie on.

    Parameters
    ----------
    recipe, source
        As in `read_input`.
    out_ranges : tuple of (int, int)
        The block of the output: one range for each axis.
    """
    in_ranges = recipe.input_ranges(out_ranges)
    return read_input(recipe, source, tuple(slice(*span) for span in in_ranges))


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
