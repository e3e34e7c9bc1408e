"""The value of one window in each mode."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from tests.oracle.numbers import Number, as_decimals, as_number, integer_range


class ModeArguments(NamedTuple):
    """The arguments that only some modes have; without `norm` the mode's default counts."""

    norm: float | None = None
    q: float = 0.5
    method: str = "linear"


DEFAULT_ARGUMENTS = ModeArguments()


class Window(NamedTuple):
    """The elements of one window on the data, the divisor of `avg`, and the weights of `blur`."""

    values: list[Number]
    divisor: int
    arguments: ModeArguments = DEFAULT_ARGUMENTS
    weights: Sequence[int] = ()


def best_position(values: list[Number], mode: str) -> int:
    """Return the position of the last NaN, else of the first largest or smallest value."""
    nans = [i for i, value in enumerate(values) if value != value]
    if nans:
        return nans[-1]
    return values.index(max(values) if mode == "max" else min(values))


def window_sum(window: Window) -> Number:
    """Return the exact sum; NaN and infinities follow IEEE 754 addition."""
    special = {value for value in window.values if isinstance(value, float)}
    if special:
        return special.pop() if len(special) == 1 else math.nan
    return sum(window.values, Fraction(0))


def window_avg(window: Window) -> Number:
    """Return the exact sum, divided once."""
    total = window_sum(window)
    if isinstance(total, float):  # only the divisor's sign changes NaN or an infinity
        return -total if window.divisor < 0 else total
    return total / window.divisor


def sum_of_powers(values: list[Decimal], norm: float) -> Decimal:
    """Return the sum of powers with 50 digits."""
    return sum((power(value, Decimal(norm)) for value in values), Decimal(0))


def power(value: Decimal, exponent: Decimal) -> Decimal:
    """Return a power of a number that is not negative."""
    if value == 0:
        return Decimal(0) if exponent > 0 else Decimal("Infinity")
    return value**exponent


def window_lp(window: Window) -> Number:
    """Return ``(sum abs(x)**p)**(1/p)``, for infinite ``p`` its limit."""
    norm = 2.0 if window.arguments.norm is None else window.arguments.norm
    if any(value != value for value in window.values):
        return math.nan
    values = [abs(value) for value in as_decimals(window.values)]
    if math.isinf(norm) or not all(value.is_finite() for value in values):
        return as_number(max(values))
    return as_number(power(sum_of_powers(values, norm), 1 / Decimal(norm)))


def window_gem(window: Window) -> Number:
    """Return ``(mean max(x, 1e-6)**p)**(1/p)``, for infinite ``p`` its limits."""
    norm = 3.0 if window.arguments.norm is None else window.arguments.norm
    if any(value != value for value in window.values):
        return math.nan
    values = [max(value, Decimal("1e-6")) for value in as_decimals(window.values)]
    if math.isinf(norm):
        return as_number(max(values) if norm > 0 else min(values))
    if norm > 0 and not all(value.is_finite() for value in values):
        return math.inf
    finite = [value for value in values if value.is_finite()]  # negative powers of inf are 0
    if not finite:
        return math.inf
    return as_number(power(sum_of_powers(finite, norm) / len(values), 1 / Decimal(norm)))


def window_median(window: Window) -> Number:
    """Return the middle value, or the mean of the two middle values."""
    if any(value != value for value in window.values):
        return math.nan
    values = sorted(window.values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def window_quantile(window: Window) -> Number:
    """Return the quantile, interpolated between the ranks around ``q * (n - 1)``."""
    _, q, method = window.arguments
    if any(value != value for value in window.values):
        return math.nan
    values = sorted(window.values)
    rank = (len(values) - 1) * q  # in float64, as in numpy.quantile
    low, high = math.floor(rank), math.ceil(rank)
    if method in ("lower", "higher", "nearest"):
        return values[{"lower": low, "higher": high, "nearest": round(rank)}[method]]
    a, b, weight = values[low], values[high], Fraction(rank) - low
    if method == "midpoint":
        weight = Fraction(0 if low == high else 1, 2)
    if weight == 0 or a == b:
        return a
    if isinstance(a, float) or isinstance(b, float):
        return float(a) + float(b)
    return a + (b - a) * weight


def window_mode(window: Window) -> Number:
    """Return the most frequent value, the smallest of equals; all NaNs are one, largest value."""
    keys = ["nan" if value != value else value for value in window.values]
    highest_count = max(keys.count(key) for key in keys)
    winners = [key for key in keys if keys.count(key) == highest_count and key != "nan"]
    return min(winners, default=math.nan)  # type: ignore[type-var]


def window_std(window: Window) -> Number:
    """Return the square root of the mean squared deviation from the mean."""
    if any(isinstance(value, float) for value in window.values):
        return math.nan
    values = [Fraction(value) for value in window.values]
    mean = sum(values, Fraction(0)) / len(values)
    variance = sum(((value - mean) ** 2 for value in values), Fraction(0)) / len(values)
    return as_number(as_decimals([variance])[0].sqrt())


def window_rms(window: Window) -> Number:
    """Return the square root of the mean of the squares."""
    if any(value != value for value in window.values):
        return math.nan
    if any(isinstance(value, float) for value in window.values):
        return math.inf
    squares = sum((Fraction(value) ** 2 for value in window.values), Fraction(0))
    return as_number(as_decimals([squares / len(window.values)])[0].sqrt())


def binomial_weights(n: int) -> list[int]:
    """Return the weights of `blur` along an axis: row `n - 1` of Pascal's triangle."""
    row = [1]
    while len(row) < n:
        row = [a + b for a, b in zip([0, *row], [*row, 0], strict=True)]
    return row


def window_blur(window: Window) -> Number:
    """Return the weighted sum over the sum of the weights; NaN and infinities as in a sum."""
    total = window_sum(window)
    if isinstance(total, float):
        return total
    pairs = zip(window.weights, window.values, strict=True)
    return sum((weight * value for weight, value in pairs), Fraction(0)) / sum(window.weights)


def window_range(window: Window) -> Number:
    """Return the largest value less the smallest; infinities as in IEEE 754 subtraction."""
    if any(value != value for value in window.values):
        return math.nan
    return max(window.values) - min(window.values)


MODES: dict[str, Callable[[Window], Number]] = {
    "max": lambda window: window.values[best_position(window.values, "max")],
    "min": lambda window: window.values[best_position(window.values, "min")],
    "avg": window_avg,
    "sum": window_sum,
    "lp": window_lp,
    "gem": window_gem,
    "rms": window_rms,
    "blur": window_blur,
    "median": window_median,
    "quantile": window_quantile,
    "mode": window_mode,
    "std": window_std,
    "range": window_range,
}
MODES_WITH_INDICES = ("max", "min")
MODES_OF_COMPLEX = ("avg", "sum", "blur")


def padding_value(mode: str, dtype: np.dtype[Any], target: np.dtype[Any]) -> Number:
    """Return the value of a window that lies in the padding alone."""
    if mode in ("sum", "lp", "avg"):
        return Fraction(0)
    if mode not in MODES_WITH_INDICES:
        return math.nan if target.kind in "fc" else Fraction(0)
    if dtype.kind == "f":
        return -math.inf if mode == "max" else math.inf
    lowest, highest = integer_range(dtype)
    return Fraction(lowest if mode == "max" else highest)
