"""The table of modes: one entry each, from which everything else about a mode follows.

The command line, `pool`, the report and the documentation are all made from this table, so that
a new mode is one new entry. Plain data: reading it imports no NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from poolcli.core.arguments import integer, real
from poolcli.core.errors import ArgumentError, ArgumentTypeError

Result = Literal["same", "mean", "total"]


class Mode(NamedTuple):
    """What there is to know of a mode.

    Attributes
    ----------
    name : str
        Its command, and its name for ``--mode`` and `poolcli.pool`.
    summary : str
        The help line.
    kernel : str
        ``module:factory`` of the kernel that computes it (see `poolcli.core.kernels.base`).
    result : {"same", "mean", "total"}
        The rule for the result's dtype (see `poolcli.core.dtypes.result_dtype`).
    flags : frozenset of str
        The arguments that only some modes have, and this one does.
    norm_type : float, optional
        The exponent that it has by default.
    complex : bool
        Whether complex numbers have such a value.
    one_bit : bool
        Whether 1-bit pictures stay so.
    weighs_alpha : bool
        Whether colours of a picture are weighted by their alpha.
    whole_pixels : bool
        Whether a pixel of a picture, with all its channels, is a single value.
    nothing : bool
        Whether windows of nothing but padding have no value, which is NaN, or 0 for integers.
    written : str
        How `explain` writes a window's value out (see `poolcli.explain.formulas.WAYS`).
    """

    name: str
    summary: str
    kernel: str
    result: Result
    flags: frozenset[str] = frozenset()
    norm_type: float | None = None
    complex: bool = False
    one_bit: bool = False
    weighs_alpha: bool = False
    whole_pixels: bool = False
    nothing: bool = False
    written: str = "plain"


METHODS = ("linear", "lower", "higher", "nearest", "midpoint")
"""The methods of quantiles, as `numpy.quantile` calls them."""

MOST = 1 << 53

MODES: dict[str, Mode] = {}


def register(mode: Mode) -> Mode:
    """Enter a mode into the table."""
    MODES[mode.name] = mode
    return mode


def names(modes: Iterable[Mode]) -> str:
    """The names of modes, for a message.

    Examples
    --------
    >>> names(mode for mode in MODES.values() if mode.complex)
    'avg and sum'
    """
    *others, last = [mode.name for mode in modes]
    return f"{', '.join(others)} and {last}" if others else last


def find(name: str) -> Mode:
    """Look a mode up by its name.

    Raises
    ------
    ArgumentError
        If there is none, with the names that there are.

    Examples
    --------
    >>> find("max").result
    'same'
    """
    if not isinstance(name, str):
        raise ArgumentTypeError(f"mode must be one of {', '.join(MODES)}, not {name!r}", "mode")
    if name not in MODES:
        raise ArgumentError(f"mode must be one of {', '.join(MODES)}, not {name!r}", "mode")
    return MODES[name]


def norm_of(mode: Mode, given: float | None) -> float:
    """Take an exponent, or the mode's own."""
    if given is None:
        return mode.norm_type or 0.0
    norm = real("norm_type", given)
    if "norm_type" in mode.flags and (norm == 0 or (mode.name == "lp" and norm < 0)):
        wanted = "positive" if mode.name == "lp" else "other than 0"
        raise ArgumentError(
            f"norm_type of {mode.name!r} must be {wanted}, not {given!r}", "norm_type"
        )
    return norm


def divisor(given: int) -> int:
    """Take a divisor of sums: up to `MOST` in magnitude, where all whole numbers are floats."""
    number = integer("divisor_override", given, "an integer")
    if not 0 < abs(number) <= MOST:
        raise ArgumentError(
            f"divisor_override must not be 0, nor beyond {MOST}, not {number}", "divisor_override"
        )
    return number


def quantile(given: float) -> float:
    """Take a quantile."""
    q = real("q", given)
    if not 0 <= q <= 1:
        raise ArgumentError(f"q must be from 0 to 1, not {given!r}", "q")
    return q


def method(given: str) -> str:
    """Take the name of a method."""
    if not isinstance(given, str) or given not in METHODS:
        raise ArgumentError(f"method must be one of {', '.join(METHODS)}, not {given!r}", "method")
    return given


register(
    Mode(
        name="max",
        summary="the largest value of each window (NaN wins)",
        kernel="poolcli.core.kernels.max_min:largest",
        result="same",
        flags=frozenset({"return_indices"}),
        one_bit=True,
        written="extreme",
    )
)
register(
    Mode(
        name="min",
        summary="the smallest value of each window (NaN wins)",
        kernel="poolcli.core.kernels.max_min:smallest",
        result="same",
        flags=frozenset({"return_indices"}),
        one_bit=True,
        written="extreme",
    )
)
register(
    Mode(
        name="avg",
        summary="the mean of each window",
        kernel="poolcli.core.kernels.sum_mean:mean_kernel",
        result="mean",
        flags=frozenset({"count_include_pad", "divisor_override"}),
        complex=True,
        weighs_alpha=True,
        written="mean",
    )
)
register(
    Mode(
        name="sum",
        summary="the sum of each window",
        kernel="poolcli.core.kernels.sum_mean:sum_kernel",
        result="total",
        complex=True,
        written="sum",
    )
)
register(
    Mode(
        name="lp",
        summary="the Lp norm of each window: (sum of abs(x)^P)^(1/P)",
        kernel="poolcli.core.kernels.lp_gem:lp_kernel",
        result="mean",
        flags=frozenset({"norm_type"}),
        norm_type=2,
        written="norm",
    )
)
register(
    Mode(
        name="gem",
        summary="the generalized mean of each window: (mean of max(x, 1e-6)^P)^(1/P)",
        kernel="poolcli.core.kernels.lp_gem:gem_kernel",
        result="mean",
        flags=frozenset({"norm_type"}),
        norm_type=3,
        nothing=True,
        written="powers",
    )
)
register(
    Mode(
        name="median",
        summary="the middle value of each window, or the mean of the two in the middle",
        kernel="poolcli.core.kernels.median_quantile:median_kernel",
        result="mean",
        one_bit=True,
        nothing=True,
        written="median",
    )
)
register(
    Mode(
        name="quantile",
        summary="a quantile of each window, as numpy.quantile defines it",
        kernel="poolcli.core.kernels.median_quantile:quantile_kernel",
        result="mean",
        flags=frozenset({"q", "method"}),
        nothing=True,
        written="quantile",
    )
)
register(
    Mode(
        name="mode",
        summary="the most frequent value of each window, the smallest of equals: for label maps",
        kernel="poolcli.core.kernels.most_frequent:kernel",
        result="same",
        one_bit=True,
        whole_pixels=True,
        nothing=True,
        written="counts",
    )
)
register(
    Mode(
        name="std",
        summary="the population standard deviation of each window",
        kernel="poolcli.core.kernels.std:kernel",
        result="mean",
        nothing=True,
        written="deviations",
    )
)
