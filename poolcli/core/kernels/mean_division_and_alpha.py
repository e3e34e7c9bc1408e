"""Means: the divisions that turn sums of windows into means, and means weighted by alpha."""

from __future__ import annotations

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.elements_to_exact_integers import ExactElements
from poolcli.core.kernels.exact_division import divide
from poolcli.core.kernels.kernel_input_and_result import BlockResult, State
from poolcli.core.kernels.sum_steps import SumSteps
from poolcli.core.kernels.wide_division import LOW_HALF
from poolcli.core.recipe import Recipe


def divisors(plan: BlockPlan) -> int | Array:
    """Return what the sum of each window of a block is divided by if no element is ignored.

    It is the `divisor` of the recipe, or else the number of elements; 1 for empty windows.

    Parameters
    ----------
    plan : BlockPlan
        The recipe, and the windows of the block.

    Returns
    -------
    int or ndarray of int64
        An int if it is the same for all windows, else an array that broadcasts against the block.
    """
    if plan.recipe.divisor is not None:
        return plan.recipe.divisor
    counts = plan.element_counts(padded=plan.recipe.counts_padding)
    return max(counts, 1) if isinstance(counts, int) else np.maximum(counts, 1)


def scale_floats(values: Array, scale: float) -> Array:
    """Return floats times a power of two.

    Real and imaginary parts are multiplied separately: a complex product would turn infinities
    into NaN.

    Parameters
    ----------
    values : ndarray of float or complex
    scale : float
        A power of two.

    Returns
    -------
    ndarray
        A new array of the same dtype.

    Examples
    --------
    >>> scale_floats(np.array([3.0, np.inf]), 0.5)
    array([1.5, inf])
    """
    out = np.empty_like(values)
    if values.dtype.kind == "f":
        np.multiply(values, values.dtype.type(scale), out=out)
    else:
        out.real, out.imag = values.real * scale, values.imag * scale
    return out


def divide_floats(total: Array, count: int | Array, out: Array | None = None) -> Array:
    """Return float sums divided by counts; real and imaginary parts are divided separately.

    Parameters
    ----------
    total : ndarray of float or complex
    count : int or ndarray of int64
        Not 0; an array broadcasts against the sums.
    out : ndarray, optional
        Receives the means if it has the dtype of `total`; it may be `total` itself.

    Returns
    -------
    ndarray
        `out` or a new array, of the dtype and shape of `total`.

    Examples
    --------
    >>> divide_floats(np.array([3.0, 5.0]), 2)
    array([1.5, 2.5])
    """
    if out is None or out.dtype != total.dtype:
        out = np.empty_like(total)
    if total.dtype.kind == "c":
        out.real, out.imag = total.real / count, total.imag / count
    elif isinstance(count, int) and count > 0 and count & (count - 1) == 0:
        # The reciprocal of a power of two is exact, and multiplication is faster.
        np.multiply(total, total.dtype.type(1 / count), out=out)
    else:
        if not isinstance(count, int) and count.max(initial=0) <= 1 << np.finfo(total.dtype).nmant:
            count = count.astype(total.dtype)  # exact, and faster than division in float64
        np.true_divide(total, count, out=out)
    return out


def mean_at_least_half_of(
    elements: ExactElements, odd: Array, divisors: Array | None = None
) -> Array:
    """Return whether windows' sums over their divisors are at least half of odd integers.

    Parameters
    ----------
    elements : ExactElements
        The elements of ``n`` windows.
    odd : ndarray of int
        Of length ``n``.
    divisors : ndarray of int, optional
        Of the shape of the block: the divisors of all its windows, not 0. By default each window
        is divided by its number of elements.

    Returns
    -------
    ndarray of bool
        Of length ``n``.
    """
    divisor = elements.counts if divisors is None else divisors.take(elements.windows)
    if np.max(np.abs(divisor), initial=0) > len(elements.values):
        # The products may exceed 64 bits.
        elements = elements.as_python_integers()
        odd, divisor = odd.astype(object), divisor.astype(object)
    total, middle = 2 * elements.values.sum(axis=0), odd * divisor * (1 << elements.shift)
    reached: Array = np.where(divisor < 0, total <= middle, total >= middle)
    return reached


def has_halved_products(recipe: Recipe) -> bool:
    """Return whether colours times alpha are summed in halves, because sums could exceed 64 bits.

    Parameters
    ----------
    recipe : Recipe
        A pooling that weights colours by alpha.
    """
    return recipe.in_dtype.kind in "iu" and recipe.in_dtype.itemsize == 4


class AlphaWeightedMean(SumSteps):
    """Steps of `avg` for images with alpha: sum(colour * alpha) / sum(alpha).

    Fully transparent pixels thus do not tint the result. Alpha itself is a plain mean. The last
    axis is that of channels, the last channel alpha.

    The state is the sum of colour times alpha (in the alpha channel: of alpha), of 32-bit integers
    as two sums, of the high and the low halves of the products; the sum of alpha; and, if values
    are ignored, the number of valid elements.
    """

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        products = block.astype(self.dtypes[0])
        alpha = np.repeat(products[..., -1:], block.shape[-1], axis=-1)
        products[..., :-1] *= products[..., -1:]
        sums: State = (products, alpha)
        if has_halved_products(self.recipe):
            sums = products >> 32, products.astype(np.uint64) & LOW_HALF, alpha
        if self.recipe.ignored is None:
            return sums
        valid = self.recipe.valid_mask(block)
        return *(np.where(valid, each, each.dtype.type(0)) for each in sums), valid

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        recipe = self.recipe
        counts = None if recipe.ignored is None else state[-1]
        products, alpha = (
            (state[:2], state[2]) if has_halved_products(recipe) else (state[:1], state[1])
        )
        is_integer = recipe.in_dtype.kind in "biu"
        weights: Array = alpha.astype(np.int64 if is_integer else np.float64)
        if counts is None or recipe.divisor is not None:
            weights[..., -1:] = divisors(plan)
        else:
            weights[..., -1:] = counts[..., -1:]
        has_no_weight = weights == 0
        weights[has_no_weight] = 1
        if is_integer:
            values = divide(products, weights, recipe.out_dtype)
        else:
            values = products[0] / weights
        values[has_no_weight] = 0
        return BlockResult(values, empty=None if counts is None else counts == 0)
