"""Exact comparison of norms and generalized means with halves of odd integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.round_half_up import Elements

HIGHEST = 64
"""Whole exponents up to this are worked in fractions, larger ones in decimals."""

DIGITS = 60, 120, 240
"""So many decimals are tried; what they leave open is taken for equal."""


def reaches(elements: Elements, odd: Array, *, norm: float, mean: bool, least: float) -> Array:
    """True where norms of windows (`mean`: generalized means) are at least half of `odd`.

    Parameters
    ----------
    elements : Elements
    odd : ndarray of int
    norm : float
        The exponent, finite and not 0.
    mean : bool
    least : float
        What smaller elements are lifted to.
    """
    values, number = np.abs(elements.values), elements.number
    floor = math.ceil(Fraction(least) * (1 << elements.shift))
    lifted = (elements.values < floor) & elements.there if mean else None
    if norm in range(1, HIGHEST + 1) and (lifted is None or not lifted.any()):
        power = int(norm)
        total = (values**power).sum(axis=0) * 2**power
        middle = odd**power * (1 << power * elements.shift)
        enough: Array = total >= (middle * number if mean else middle)
        return enough | (odd < 0)
    scale = 1 << elements.shift
    found = np.empty(len(odd), np.bool_)
    for at, (half, there) in enumerate(zip(odd.tolist(), elements.there.T, strict=True)):
        column = [Fraction(int(each), scale) for each in elements.values[there, at]]
        column = [max(each, Fraction(least)) if mean else abs(each) for each in column]
        wanted = Fraction(int(number[at])) if mean else Fraction(1)
        found[at] = half < 0 or _reaches([2 * each / half for each in column], norm, wanted)
    return found


def _reaches(ratios: Sequence[Fraction], norm: float, wanted: Fraction) -> bool:
    """True where the sum of powers of ratios to the middle has a root of 1 or more."""
    exact = _exact_sum(ratios, norm)
    if exact is not None:
        return exact >= wanted if norm > 0 else exact <= wanted
    more = max(0, -math.floor(math.log10(abs(norm))))
    for digits in DIGITS:
        with localcontext() as context:
            context.prec = digits + more
            context.Emax, context.Emin = 10**9, -(10**9)
            context.clear_traps()
            exponent = Decimal(norm)
            powers = [_decimal(ratio) ** exponent for ratio in ratios if ratio]
            off = sum(powers, Decimal(0)) - _decimal(wanted)
            if abs(off) > _decimal(wanted).scaleb(10 - digits - more):
                return off > 0 if norm > 0 else off < 0
    return True


def _exact_sum(ratios: Sequence[Fraction], norm: float) -> Fraction | None:
    """The sum of powers, where each is a fraction; None where one is not, or too long."""
    above, below = Fraction(norm).as_integer_ratio()
    if abs(above) > HIGHEST or below > HIGHEST:
        return None
    roots: list[Fraction | None] = list(ratios)
    while below > 1:
        roots = [None if root is None else _square_root(root) for root in roots]
        below //= 2
    if any(root is None for root in roots):
        return None
    return sum((root**above for root in roots if root), Fraction(0))


def _square_root(value: Fraction) -> Fraction | None:
    above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
    root = Fraction(above, below)
    return root if root * root == value else None


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
