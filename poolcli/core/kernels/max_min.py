"""`max` and `min`, with or without indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array
from poolcli.core.ignored_values import replace_ignored
from poolcli.core.kernels.argmax_small_windows import ArgmaxKernel, has_small_windows
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import (
    BlockResult,
    State,
    assign_state,
    slice_state,
)
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.recipe import Recipe
from poolcli.core.taps import index_on_axis, window_slices

INDEX_BYTES = 8
NO_INDEX = np.iinfo(np.int64).max
"""The index of no element. It is larger than every index, so that the smaller index always wins."""


def max_kernel(recipe: Recipe) -> Kernel:
    """Return the kernel of a recipe for `max`."""
    return _kernel(recipe, np.maximum)


def min_kernel(recipe: Recipe) -> Kernel:
    """Return the kernel of a recipe for `min`."""
    return _kernel(recipe, np.minimum)


def _kernel(recipe: Recipe, ufunc: np.ufunc) -> Kernel:
    identity = recipe.identity_element(ufunc)
    steps = MaxMin(recipe, ufunc, identity)
    element_bytes = max(recipe.in_dtype.itemsize, 4 if recipe.in_dtype == np.float16 else 1)
    if recipe.ignored is None or recipe.ignored.elements == (identity,):
        # An ignored identity never wins, so that ignoring it takes no work.
        values = SeparableKernel(recipe, steps, element_bytes)
    else:
        steps = replace(steps, replaces_ignored=True)
        fallback = AnyValid(recipe, identity)
        values = SeparableKernel(recipe, steps, element_bytes + 1, fallback)
    if not recipe.return_indices:
        return values
    element_bytes += INDEX_BYTES
    if has_small_windows(recipe):
        return ArgmaxKernel(recipe, values, element_bytes)
    return SeparableKernel(recipe, MaxMinWithIndices(recipe, ufunc, identity), element_bytes)


@dataclass(frozen=True, slots=True)
class MaxMin:
    """Steps of `max` and `min` without indices.

    `np.maximum` and `np.minimum` propagate NaN, as PyTorch's pooling does. Ignored elements become
    the identity (the lowest or highest value of the dtype). A window whose result is the identity
    is unreliable: it may have had no valid element.

    The state is the extreme value and, if other steps lift the blocks, a mask of windows with
    valid elements.
    """

    recipe: Recipe
    ufunc: np.ufunc
    identity: Any
    replaces_ignored: bool = False
    is_idempotent: ClassVar[bool] = True

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        if block.dtype == np.float16:
            block = block.astype(np.float32)  # compared by vector instructions
        if not self.replaces_ignored:
            return (block,)
        return (replace_ignored(block, self.recipe.valid_mask(block), self.identity),)

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        extreme, *valid = state
        reduced = reducer.reduce(self.ufunc, extreme, self.identity, extreme.dtype)
        return (reduced, *_reduce_masks(valid, reducer))

    def merge(self, state: State, other: State) -> State:
        valid = (a | b for a, b in zip(state[1:], other[1:], strict=True))
        return (self.ufunc(state[0], other[0]), *valid)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        unreliable = state[0] == self.identity if self.replaces_ignored else None
        return BlockResult(state[0], unreliable=unreliable)


class AnyValid(NamedTuple):
    """Steps that find windows without valid elements. The state is a mask of windows with some."""

    recipe: Recipe
    identity: Any

    @property
    def is_idempotent(self) -> bool:
        return True

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        return (self.recipe.valid_mask(block),)

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        return tuple(_reduce_masks(state, reducer))

    def merge(self, state: State, other: State) -> State:
        return (state[0] | other[0],)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        return BlockResult(np.broadcast_to(self.identity, state[0].shape), empty=~state[0])


def _reduce_masks(masks: Sequence[Array], reducer: AxisReducer) -> list[Array]:
    return [
        reducer.reduce(np.logical_or, mask, False, mask.dtype, number)
        for number, mask in enumerate(masks, 1)
    ]


class MaxMinWithIndices(NamedTuple):
    """Steps of `max` and `min` with indices: the first of equal values, the last NaN, as PyTorch.

    Candidates are compared by value and index, so that the result does not depend on the order
    in which axes and parts are reduced.

    The state is the extreme value and its flat index over the pooled axes (int64).
    """

    recipe: Recipe
    ufunc: np.ufunc
    identity: np.generic

    @property
    def is_idempotent(self) -> bool:
        return True

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        index: Array = np.zeros((), np.int64)
        step = 1
        for dim in reversed(self.recipe.axes):
            ramp = np.arange(*in_ranges[dim], dtype=np.int64) * step
            index = index + ramp.reshape([-1 if d == dim else 1 for d in range(block.ndim)])
            step *= self.recipe.shape[dim]
        index = np.broadcast_to(index, block.shape)
        if self.recipe.ignored is None:
            return block, index
        valid = self.recipe.valid_mask(block)
        return replace_ignored(block, valid, self.identity), np.where(valid, index, NO_INDEX)

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        dim, axis_block = reducer.dim, reducer.axis_block
        if not axis_block.reduces_window_slices:
            return reducer.reduce_state(state, (self.identity, NO_INDEX), self.merge)
        shape = list(state[0].shape)
        shape[dim] = axis_block.out_range[1] - axis_block.out_range[0]
        out = np.full(shape, self.identity, state[0].dtype), np.full(shape, NO_INDEX)
        for at, span in window_slices(axis_block):
            if span.start < span.stop:
                reduced = self._reduce_all(slice_state(state, dim, span), dim)
                assign_state(out, index_on_axis(dim, slice(at, at + 1)), reduced)
        return out

    def merge(self, state: State, other: State) -> State:
        (value, index), (other_value, other_index) = state, other
        extreme = self.ufunc(value, other_value)
        takes_other = (other_value == extreme) & ((value != extreme) | (other_index < index))
        if value.dtype.kind == "f":
            other_is_nan, is_nan = np.isnan(other_value), np.isnan(value)
            takes_other |= other_is_nan & (~is_nan | (other_index > index))
        return extreme, np.where(takes_other, other_index, index)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        extreme, index = state
        has_none = index == NO_INDEX
        return BlockResult(
            extreme,
            indices=np.where(has_none, -1, index),
            empty=has_none if self.recipe.ignored is not None else None,
        )

    def _reduce_all(self, state: State, dim: int) -> State:
        """Return the extreme and its index along an axis, which keeps length 1."""
        values, indices = state
        extreme = self.ufunc.reduce(values, axis=dim, keepdims=True)
        first = np.where(values == extreme, indices, NO_INDEX).min(axis=dim, keepdims=True)
        if values.dtype.kind == "f":
            last_nan = np.where(np.isnan(values), indices, -1).max(axis=dim, keepdims=True)
            first = np.where(last_nan >= 0, last_nan, first)
        return extreme, first
