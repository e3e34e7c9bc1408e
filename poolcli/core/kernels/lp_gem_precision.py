"""The range and the rounding errors of `lp` and `gem`."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from poolcli.core.dtypes import DType, integer_bounds
from poolcli.core.kernels.base import ErrorBound
from poolcli.core.kernels.exact_norm_comparison import MAX_EXPONENT, norm_at_least_half_of
from poolcli.core.kernels.round_half_up import max_roundings, unit_roundoff
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


def working_dtype(source: DType) -> DType:
    """Return the float dtype to work in: float64, or the source's if it is wider."""
    return np.result_type(source, np.float64)


def cannot_overflow(recipe: Recipe, *, mean: bool) -> bool:
    """Return whether all possible sums of powers lie within `SAFE_SUMS`."""
    source = recipe.in_dtype
    if source.kind in "biu":
        smallest, largest = 1.0, float(integer_bounds(source)[1] + 1)
    else:
        info = np.finfo(source)
        smallest, largest = float(info.smallest_subnormal), float(info.max)
    if math.isinf(largest) or smallest == 0:  # a float wider than float64
        return False
    extremes = [math.log2(GEM_MINIMUM if mean else smallest), math.log2(largest)]
    bits = max(abs(recipe.norm_type * extreme) for extreme in extremes)
    return bits + math.log2(max(recipe.max_window_elements, 1)) < math.log2(SAFE_SUMS[1])


def error_bound(recipe: Recipe, dtype: DType, mean: bool) -> ErrorBound | None:
    """Return the error bound of roots, if the result has an integer dtype and needs one.

    Powers and roots have errors of a few unit roundoffs. Sums of them, which are positive, add one
    for each rounding. A root with an exponent below 1 divides the relative error by the exponent.
    """
    if recipe.out_dtype.kind not in "iu" or _rounds_exactly(recipe, mean=mean):
        return None
    exponent = abs(recipe.norm_type)
    roundings = 64 * (max_roundings(recipe) + 16)
    relative = roundings * unit_roundoff(dtype) / min(1.0, max(exponent, MIN_EXPONENT))
    minimum = GEM_MINIMUM if mean else 0.0
    degree = int(min(max(exponent, 1), MAX_EXPONENT)) + 1
    test = partial(norm_at_least_half_of, norm=recipe.norm_type, mean=mean, minimum=minimum)
    return ErrorBound(test, degree, relative)


def _rounds_exactly(recipe: Recipe, *, mean: bool) -> bool:
    """Return whether float64 decides on which side of each half the exact value lies.

    Sums of squares (for `lp` also of other small whole powers) of small integers are exact, and so
    is their distance from the power of a half.
    """
    source, norm = recipe.in_dtype, recipe.norm_type
    if source.kind not in "biu" or norm not in ((1, 2) if mean else (1, 2, 3, 4)):
        return False
    largest = max(map(abs, integer_bounds(source)))
    bits = norm * math.log2(2 * largest) + 2 * math.log2(max(recipe.max_window_elements, 1))
    return bits < MAX_EXACT_BITS
