"""`sum` and `avg`: exact sums of integers, sums of floats in a wider dtype, one division."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.ignored_values import replace_ignored
from poolcli.core.kernels import mean_division_and_alpha
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.byte_pair_mean import BytePairMean, has_pairs
from poolcli.core.kernels.correct_integer_rounding import max_roundings, unit_roundoff
from poolcli.core.kernels.exact_division import divide
from poolcli.core.kernels.float_tile_mean import FloatTileMean, has_float_tiles
from poolcli.core.kernels.interior_and_border_windows import (
    InteriorAndBorderKernel,
    has_complete_windows,
)
from poolcli.core.kernels.kernel_input_and_result import BlockResult, ErrorBound, State
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.kernels.mean_of_valid_integers import MeanOfValidIntegers, has_integer_sums
from poolcli.core.kernels.pairwise_order import Addition
from poolcli.core.kernels.reduce_windows_pairwise import reduce_pairwise
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.kernels.sum_steps import SumSteps, sum_axis
from poolcli.core.kernels.wide_division import LOW_HALF
from poolcli.core.modes import MAX_DIVISOR
from poolcli.core.recipe import Recipe

WIDER_FLOATS = {"float16": "float32", "float32": "float64", "complex64": "complex128"}

FLOAT32_SUM_ELEMENTS = 64
"""Sums of up to this many float32 elements are added in float32, larger ones in float64."""

OVERFLOW_SCALE = 2.0**-64
"""A factor that keeps sums from overflowing: no window has ``2**64`` elements. As a power of two it
adds no rounding."""


def mean_kernel(recipe: Recipe) -> Kernel:
    """Return the kernel of a recipe for `avg`."""
    if not recipe.weights_by_alpha:
        kernel = _kernel(recipe, mean=True)
        if has_integer_sums(recipe):
            plain = mean_kernel(replace(recipe, ignored=None))
            dtype = sum_dtype(recipe.in_dtype, recipe.max_window_elements)
            of_valid = MeanOfValidIntegers(recipe, plain, kernel, dtype)
            if has_complete_windows(recipe):
                return of_valid
            return InteriorAndBorderKernel(recipe, of_valid, kernel)
        if has_float_tiles(recipe):
            return FloatTileMean(recipe, kernel)
        return BytePairMean(recipe, kernel) if has_pairs(recipe) else kernel
    has_integers = recipe.in_dtype.kind in "biu"
    largest = max(map(abs, integer_bounds(recipe.in_dtype))) ** 2 if has_integers else 1
    product = sum_dtype(recipe.in_dtype, recipe.max_window_elements, largest)
    halves = (np.dtype(np.uint64),) if mean_division_and_alpha.has_halved_products(recipe) else ()
    dtypes = (product, *halves, product, np.dtype(np.int64))
    steps = mean_division_and_alpha.AlphaWeightedMean(recipe, dtypes)
    element_bytes = (2 + len(halves)) * product.itemsize
    order_dependent = product.kind == "f"
    return SeparableKernel(recipe, steps, element_bytes, order_dependent=order_dependent)


def sum_kernel(recipe: Recipe) -> SeparableKernel:
    """Return the kernel of a recipe for `sum`."""
    return _kernel(recipe, mean=False)


def _kernel(recipe: Recipe, *, mean: bool) -> SeparableKernel:
    source = recipe.in_dtype
    dtype = sum_dtype(source, recipe.max_window_elements)
    # If no dtype is requested, sums of integers wrap around, as in PyTorch.
    exact = mean or recipe.has_explicit_dtype
    halved = source.kind in "iu" and source.itemsize == 8 and exact
    sum_dtypes = (dtype, np.dtype(np.uint64)) if halved else (dtype,)
    count_dtype = sum_dtype(np.dtype(np.bool_), recipe.max_window_elements)
    steps = SumMean(recipe, (*sum_dtypes, count_dtype), mean=mean, exact=exact, halved=halved)
    mask_bytes = 0 if recipe.ignored is None else 1
    order_dependent = dtype.kind in "fc"
    if source == recipe.out_dtype == np.float32:
        in_float32 = replace(steps, in_float32=True)
        element_bytes = source.itemsize + mask_bytes
        return SeparableKernel(recipe, in_float32, element_bytes, steps, order_dependent)
    # Floats without a wider dtype: the sum of a mean may overflow though the mean does not.
    is_narrow = mean and dtype == source and source.kind in "fc"
    fallback = replace(steps, scale=OVERFLOW_SCALE) if is_narrow else None
    element_bytes = max(source.itemsize, dtype.itemsize)
    return SeparableKernel(recipe, steps, element_bytes, fallback, order_dependent)


def sum_dtype(source: DType, n_elements: int, largest: int | None = None) -> DType:
    """Return the narrowest dtype that holds the sum of a window's elements.

    Parameters
    ----------
    source : dtype
        The dtype of the elements. Floats are summed in the next wider dtype, if there is one.
    n_elements : int
        The number of elements of a window.
    largest : int, optional
        The largest magnitude of an element; by default that of the dtype.

    Returns
    -------
    dtype

    Examples
    --------
    >>> sum_dtype(np.dtype("uint8"), 4), sum_dtype(np.dtype("uint8"), 1000)
    (dtype('uint16'), dtype('uint32'))
    """
    if source.kind in "fc":
        return np.dtype(WIDER_FLOATS.get(source.name, source))
    if largest is None:
        low, high = integer_bounds(source)
        largest = max(-low, high)
    kind = "i" if source.kind == "i" else "u"
    for size in (1, 2, 4) if source.kind == "b" else (2, 4):
        if largest * n_elements <= np.iinfo(f"{kind}{size}").max:
            return np.dtype(f"{kind}{size}")
    return np.dtype(f"{kind}8")


@dataclass(frozen=True, slots=True)
class SumMean(SumSteps):
    """Steps of `sum` and `avg`.

    The state is the sum and, if values are ignored, the number of valid elements. If `halved`, the
    sum is two arrays: the sums of the high and of the low 32 bits of 64-bit integers, neither of
    which can overflow.

    Attributes
    ----------
    mean : bool
        Whether sums are divided.
    exact : bool
        Whether sums of integers must not wrap.
    halved : bool
    in_float32 : bool
        Whether sums of up to `FLOAT32_SUM_ELEMENTS` float32 elements are added in float32.
    scale : float
        Elements are multiplied by it before, and values divided by it after.
    """

    mean: bool
    exact: bool
    halved: bool
    in_float32: bool = False
    scale: float = 1.0

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        counts: State = ()
        if self.recipe.ignored is not None:
            valid = self.recipe.valid_mask(block)
            if self.recipe.ignored.elements != (0,):  # zeros do not change a sum
                block = replace_ignored(block, valid, block.dtype.type(0))
            counts = (valid.view(np.uint8),)
        if self.scale != 1:
            block = mean_division_and_alpha.scale_floats(block, self.scale)
        if self.halved:
            return block >> 32, block.astype(np.uint64) & LOW_HALF, *counts
        return block, *counts

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        if not self.in_float32 or state[0].dtype != np.float32:
            return sum_axis(state, reducer, self.dtypes)
        sums, *counts = state
        if counts:
            counts = list(sum_axis(counts, reducer, self.dtypes[1:], first_number=1))
        n_elements = self.recipe.axes[reducer.dim].max_elements
        if self.recipe.max_window_elements <= FLOAT32_SUM_ELEMENTS or n_elements == 1:
            return reducer.reduce(np.add, sums, 0, sums.dtype), *counts
        is_strided = self.mean and reducer.dim != list(self.recipe.axes)[-1]
        if n_elements <= FLOAT32_SUM_ELEMENTS:
            combine = Addition(sums.dtype, strided_groups=is_strided)
        else:
            combine = Addition(
                self.dtypes[0], FLOAT32_SUM_ELEMENTS, sums.dtype, strided_groups=is_strided
            )
        (total,) = reduce_pairwise((sums,), reducer.dim, reducer.axis_block, (0,), combine)
        return total.astype(self.dtypes[0], copy=False), *counts

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        recipe = self.recipe
        empty: Array | None = None
        if recipe.ignored is None:
            values = self._values(state, mean_division_and_alpha.divisors(plan), out)
        else:
            *sums, counts = state
            values = self._values_of_valid(sums, counts, plan)
            empty = None if counts.all() else counts == 0
        # Sums in the source's own dtype may have overflowed.
        source = recipe.in_dtype
        unreliable: Array | None = None
        if self.in_float32 or (source.kind in "fc" and self.dtypes[0] == source):
            # A sum is finite only if all its elements are; it is faster than a test of each.
            is_finite = np.isfinite(np.einsum("i->", values.reshape(-1)))
            unreliable = None if is_finite else ~np.isfinite(values)
        bound = self._error_bound(plan)
        return BlockResult(values, empty=empty, unreliable=unreliable, error_bound=bound)

    def _error_bound(self, plan: BlockPlan) -> ErrorBound | None:
        """Return the error bound of float sums and means, if the result has an integer dtype.

        A sum of n elements of magnitude up to m is at most n * m, and each of its roundings adds a
        relative error of at most the unit roundoff.
        """
        recipe = self.recipe
        if recipe.out_dtype.kind not in "iu" or recipe.in_dtype.kind != "f":
            return None
        roundoff = unit_roundoff(self.dtypes[0])
        error = (max_roundings(recipe) + 4) * roundoff * recipe.max_window_elements
        if self.mean and recipe.ignored is not None and recipe.divisor is None:
            return ErrorBound(mean_division_and_alpha.mean_at_least_half_of, per_magnitude=error)
        divisor = mean_division_and_alpha.divisors(plan) if self.mean else 1
        by_window = np.broadcast_to(divisor, plan.out_shape)
        error /= int(np.min(np.abs(divisor), initial=MAX_DIVISOR))
        test = partial(mean_division_and_alpha.mean_at_least_half_of, divisors=by_window)
        return ErrorBound(test, per_magnitude=error)

    def _values_of_valid(self, sums: Sequence[Array], counts: Array, plan: BlockPlan) -> Array:
        """Return the values of windows that may lack ignored elements.

        Division by one divisor for all is faster. If at most half of the windows lack elements, all
        are divided by the full divisor, and then these again by their own.
        """
        full = mean_division_and_alpha.divisors(plan)
        if not self.mean or self.recipe.divisor is not None:
            return self._values(sums, full)
        incomplete = np.flatnonzero(counts != full) if isinstance(full, int) else None
        if incomplete is None or 2 * incomplete.size > counts.size:
            return self._values(sums, np.maximum(counts.astype(np.int64), 1))
        values = self._values(sums, full)
        own = np.maximum(counts.take(incomplete).astype(np.int64), 1)
        values.put(incomplete, self._values([array.take(incomplete) for array in sums], own))
        return values

    def _values(self, sums: Sequence[Array], count: int | Array, out: Array | None = None) -> Array:
        """Return sums, or sums divided by `count`."""
        recipe = self.recipe
        count = count if self.mean else 1
        if recipe.in_dtype.kind in "biu":
            if not self.exact:
                return sums[0]
            low, high = integer_bounds(recipe.in_dtype)
            limits = low * recipe.max_window_elements, high * recipe.max_window_elements
            # If an axis is reduced, the sums are memory of its reducer.
            is_owned = sums[0].dtype == self.dtypes[0] != recipe.in_dtype
            can_overwrite = is_owned and recipe.ignored is None
            dtype = recipe.out_dtype
            return divide(tuple(sums), count, dtype, limits, out, can_overwrite=can_overwrite)
        # If no axis was reduced, the sum still has the source's dtype.
        dtype = self.dtypes[0]
        if self.in_float32:
            dtype = sums[0].dtype
        elif recipe.out_dtype.kind not in "biu":
            dtype = np.result_type(dtype, recipe.out_dtype)
        total = sums[0].astype(dtype, copy=False)
        values = mean_division_and_alpha.divide_floats(total, count, out) if self.mean else total
        return values if self.scale == 1 else self._unscaled(values)

    def _unscaled(self, values: Array) -> Array:
        """Undo the scaling, so that rounding carries no finite mean past the largest number."""
        if values.dtype.kind == "f" and self.recipe.divisor is None:
            largest = np.finfo(values.dtype).max * values.dtype.type(OVERFLOW_SCALE)
            values = np.where(np.isfinite(values), values.clip(-largest, largest), values)
        return mean_division_and_alpha.scale_floats(values, 1 / OVERFLOW_SCALE)
