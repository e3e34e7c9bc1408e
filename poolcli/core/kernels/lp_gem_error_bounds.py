"""The range, the rounding errors and the exact comparison of `lp`, `gem` and `rms`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.kernels.correct_integer_rounding import max_roundings, unit_roundoff
from poolcli.core.kernels.elements_to_exact_integers import ExactElements
from poolcli.core.kernels.kernel_input_and_result import ErrorBound
from poolcli.core.recipe import Recipe

GEM_MINIMUM = 1e-6
"""`gem` replaces smaller elements by this value (F. Radenović, G. Tolias, O. Chum, "Fine-tuning CNN
Image Retrieval with No Human Annotation", 2018; the clamp is in the authors' code)."""

MIN_EXPONENT = 2.0**-10
"""Powers with a smaller exponent are so close to 1 that their mean would lose digits."""

SAFE_SUMS = 2.0**-960, 2.0**960
"""Sums of powers outside this range may have lost elements to underflow, or overflowed."""

MAX_EXACT_BITS = 40
"""Integers of up to this many bits leave float64 enough bits to tell a root from a half."""

MAX_EXPONENT = 64
"""Whole exponents up to this are compared in integers and fractions, larger ones in decimals."""

DECIMAL_DIGITS = 60, 120, 240
"""Numbers of decimal digits that are tried in turn. Values that the last one leaves undecided are
taken to be equal."""


class PowerFormula(NamedTuple):
    """The steps of a power formula besides raising to a power and taking the root.

    Attributes
    ----------
    mean : bool
        Whether the sum of the powers is divided by the number of elements.
    clamps : bool
        Whether elements below `GEM_MINIMUM` are replaced by it; else magnitudes are raised.
    """

    mean: bool
    clamps: bool


LP, GEM, RMS = PowerFormula(False, False), PowerFormula(True, True), PowerFormula(True, False)


def working_dtype(source: DType) -> DType:
    """Return the float dtype to work in: float64, or the source's if it is wider."""
    return np.result_type(source, np.float64)


def cannot_overflow(recipe: Recipe, formula: PowerFormula) -> bool:
    """Return whether all possible sums of powers lie within `SAFE_SUMS`.

    Parameters
    ----------
    recipe : Recipe
    formula : PowerFormula
    """
    source = recipe.in_dtype
    if source.kind in "biu":
        smallest, largest = 1.0, float(integer_bounds(source)[1] + 1)
    else:
        info = np.finfo(source)
        smallest, largest = float(info.smallest_subnormal), float(info.max)
    if math.isinf(largest) or smallest == 0:  # a float wider than float64
        return False
    extremes = [math.log2(GEM_MINIMUM if formula.clamps else smallest), math.log2(largest)]
    bits = max(abs(recipe.norm_type * extreme) for extreme in extremes)
    return bits + math.log2(max(recipe.max_window_elements, 1)) < math.log2(SAFE_SUMS[1])


def error_bound(recipe: Recipe, dtype: DType, formula: PowerFormula) -> ErrorBound | None:
    """Return the error bound of roots, if the result has an integer dtype and needs one.

    Powers and roots have errors of a few unit roundoffs. Sums of them, which are positive, add one
    for each rounding. A root with an exponent below 1 divides the relative error by the exponent.

    Parameters
    ----------
    recipe : Recipe
    dtype : dtype
        The float dtype that the roots are computed in.
    formula : PowerFormula
    """
    if recipe.out_dtype.kind not in "iu" or _rounds_exactly(recipe, formula):
        return None
    exponent = abs(recipe.norm_type)
    roundings = 64 * (max_roundings(recipe) + 16)
    relative = roundings * unit_roundoff(dtype) / min(1.0, max(exponent, MIN_EXPONENT))
    degree = int(min(max(exponent, 1), MAX_EXPONENT)) + 1
    test = partial(norm_at_least_half_of, norm=recipe.norm_type, formula=formula)
    return ErrorBound(test, degree, relative)


def _rounds_exactly(recipe: Recipe, formula: PowerFormula) -> bool:
    """Return whether float64 decides on which side of each half the exact value lies.

    Sums of squares (for `lp` also of other small whole powers) of small integers are exact, and so
    is their distance from the power of a half.
    """
    source, norm = recipe.in_dtype, recipe.norm_type
    if source.kind not in "biu" or norm not in ((1, 2) if formula.mean else (1, 2, 3, 4)):
        return False
    largest = max(map(abs, integer_bounds(source)))
    bits = norm * math.log2(2 * largest) + 2 * math.log2(max(recipe.max_window_elements, 1))
    return bits < MAX_EXACT_BITS


def norm_at_least_half_of(
    elements: ExactElements, odd: Array, *, norm: float, formula: PowerFormula
) -> Array:
    """Return whether norms or generalized means are at least half of odd integers.

    Parameters
    ----------
    elements : ExactElements
        The elements of ``n`` windows.
    odd : ndarray of int
        Of length ``n``.
    norm : float
        The exponent, finite and not 0.
    formula : PowerFormula

    Returns
    -------
    ndarray of bool
        Of length ``n``.
    """
    magnitudes, counts = np.abs(elements.values), elements.counts
    minimum = Fraction(GEM_MINIMUM)
    scaled_minimum = math.ceil(minimum * (1 << elements.shift))
    is_clamped = (elements.values < scaled_minimum) & elements.valid if formula.clamps else None
    if norm in range(1, MAX_EXPONENT + 1) and (is_clamped is None or not is_clamped.any()):
        exponent = int(norm)
        total = (magnitudes**exponent).sum(axis=0) * 2**exponent
        middle = odd**exponent * (1 << exponent * elements.shift)
        reached: Array = total >= (middle * counts if formula.mean else middle)
        return reached | (odd < 0)
    scale = 1 << elements.shift
    out = np.empty(len(odd), np.bool_)
    for i, (number, valid) in enumerate(zip(odd.tolist(), elements.valid.T, strict=True)):
        window = [Fraction(int(value), scale) for value in elements.values[valid, i]]
        window = [max(value, minimum) if formula.clamps else abs(value) for value in window]
        target = Fraction(int(counts[i])) if formula.mean else Fraction(1)
        ratios = [2 * value / number for value in window]
        out[i] = number < 0 or _root_is_at_least_one(ratios, norm, target)
    return out


def _root_is_at_least_one(ratios: Sequence[Fraction], norm: float, target: Fraction) -> bool:
    """Return whether ``(sum(r**norm for r in ratios) / target) ** (1 / norm) >= 1``."""
    exact = _exact_power_sum(ratios, norm)
    if exact is not None:
        return exact >= target if norm > 0 else exact <= target
    more_digits = max(0, -math.floor(math.log10(abs(norm))))
    for digits in DECIMAL_DIGITS:
        with localcontext() as context:
            context.prec = digits + more_digits
            context.Emax, context.Emin = 10**9, -(10**9)
            context.clear_traps()
            exponent = Decimal(norm)
            powers = [_as_decimal(ratio) ** exponent for ratio in ratios if ratio]
            difference = sum(powers, Decimal(0)) - _as_decimal(target)
            if abs(difference) > _as_decimal(target).scaleb(10 - digits - more_digits):
                return difference > 0 if norm > 0 else difference < 0
    return True


def _exact_power_sum(ratios: Sequence[Fraction], norm: float) -> Fraction | None:
    """Return the sum of powers; None if a power is not a fraction, or takes too many digits."""
    numerator, denominator = Fraction(norm).as_integer_ratio()
    if abs(numerator) > MAX_EXPONENT or denominator > MAX_EXPONENT:
        return None
    roots: list[Fraction | None] = list(ratios)
    while denominator > 1:  # a power of two, as that of every float
        roots = [None if root is None else _exact_square_root(root) for root in roots]
        denominator //= 2
    if any(root is None for root in roots):
        return None
    return sum((root**numerator for root in roots if root), Fraction(0))


def _exact_square_root(value: Fraction) -> Fraction | None:
    """Return the square root; None if it is not a fraction."""
    root = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
    return root if root * root == value else None


def _as_decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
