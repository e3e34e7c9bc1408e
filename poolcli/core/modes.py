"""The table of modes: one entry each, from which everything else about a mode follows.

The command line, `pool`, the report and the documentation are all made from this table, so that
a new mode is one new entry. Plain data: reading it imports no NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from poolcli.core.arguments import as_float, as_integer
from poolcli.core.errors import ArgumentError, ArgumentTypeError

ResultDtype = Literal["input", "mean", "sum"]


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
    result_dtype : {"input", "mean", "sum"}
        The rule for the result's dtype (see `poolcli.core.dtypes.result_dtype`).
    arguments : frozenset of str
        The arguments that only some modes have, and this one does.
    default_norm_type : float, optional
        The exponent that it has by default.
    accepts_complex : bool
        Whether complex numbers have such a value.
    keeps_one_bit : bool
        Whether 1-bit pictures stay so.
    weights_by_alpha : bool
        Whether colours of a picture are weighted by their alpha.
    pools_whole_pixels : bool
        Whether a pixel of a picture, with all its channels, is a single value.
    undefined_when_empty : bool
        Whether windows of nothing but padding have no value, which is NaN, or 0 for integers.
    formula : str
        How `explain` writes a window's value out (see `poolcli.explain.window_formulas.FORMULAS`).
    """

    name: str
    summary: str
    kernel: str
    result_dtype: ResultDtype
    arguments: frozenset[str] = frozenset()
    default_norm_type: float | None = None
    accepts_complex: bool = False
    keeps_one_bit: bool = False
    weights_by_alpha: bool = False
    pools_whole_pixels: bool = False
    undefined_when_empty: bool = False
    formula: str = "plain"


QUANTILE_METHODS = ("linear", "lower", "higher", "nearest", "midpoint")
"""The methods of quantiles, as `numpy.quantile` calls them."""

MAX_DIVISOR = 1 << 53

MODES: dict[str, Mode] = {}


def register_mode(mode: Mode) -> Mode:
    """Enter a mode into the table."""
    MODES[mode.name] = mode
    return mode


def join_mode_names(modes: Iterable[Mode]) -> str:
    """The names of modes, for a message.

    Examples
    --------
    >>> join_mode_names(mode for mode in MODES.values() if mode.accepts_complex)
    'avg and sum'
    """
    *others, last = [mode.name for mode in modes]
    return f"{', '.join(others)} and {last}" if others else last


def find_mode(name: str) -> Mode:
    """Look a mode up by its name.

    Raises
    ------
    ArgumentError
        If there is none, with the names that there are.

    Examples
    --------
    >>> find_mode("max").result_dtype
    'input'
    """
    if not isinstance(name, str):
        raise ArgumentTypeError(f"mode must be one of {', '.join(MODES)}, not {name!r}", "mode")
    if name not in MODES:
        raise ArgumentError(f"mode must be one of {', '.join(MODES)}, not {name!r}", "mode")
    return MODES[name]


def as_norm_type(mode: Mode, given: float | None) -> float:
    """Take an exponent, or the mode's own."""
    if given is None:
        return mode.default_norm_type or 0.0
    norm = as_float("norm_type", given)
    if "norm_type" in mode.arguments and (norm == 0 or (mode.name == "lp" and norm < 0)):
        wanted = "positive" if mode.name == "lp" else "other than 0"
        raise ArgumentError(
            f"norm_type of {mode.name!r} must be {wanted}, not {given!r}", "norm_type"
        )
    return norm


def as_divisor(given: int) -> int:
    """Take a divisor of sums: not 0, and in magnitude at most `MAX_DIVISOR`."""
    number = as_integer("divisor_override", given, "an integer")
    if not 0 < abs(number) <= MAX_DIVISOR:
        raise ArgumentError(
            f"divisor_override must not be 0, nor beyond {MAX_DIVISOR}, not {number}",
            "divisor_override",
        )
    return number


def as_quantile(given: float) -> float:
    """Take a quantile."""
    q = as_float("q", given)
    if not 0 <= q <= 1:
        raise ArgumentError(f"q must be from 0 to 1, not {given!r}", "q")
    return q


def as_quantile_method(given: str) -> str:
    """Take the name of a method."""
    if not isinstance(given, str) or given not in QUANTILE_METHODS:
        raise ArgumentError(
            f"method must be one of {', '.join(QUANTILE_METHODS)}, not {given!r}", "method"
        )
    return given


register_mode(
    Mode(
        name="max",
        summary="the largest value of each window (NaN wins)",
        kernel="poolcli.core.kernels.max_min:max_kernel",
        result_dtype="input",
        arguments=frozenset({"return_indices"}),
        keeps_one_bit=True,
        formula="extreme",
    )
)
register_mode(
    Mode(
        name="min",
        summary="the smallest value of each window (NaN wins)",
        kernel="poolcli.core.kernels.max_min:min_kernel",
        result_dtype="input",
        arguments=frozenset({"return_indices"}),
        keeps_one_bit=True,
        formula="extreme",
    )
)
register_mode(
    Mode(
        name="avg",
        summary="the mean of each window",
        kernel="poolcli.core.kernels.sum_mean:mean_kernel",
        result_dtype="mean",
        arguments=frozenset({"count_include_pad", "divisor_override"}),
        accepts_complex=True,
        weights_by_alpha=True,
        formula="mean",
    )
)
register_mode(
    Mode(
        name="sum",
        summary="the sum of each window",
        kernel="poolcli.core.kernels.sum_mean:sum_kernel",
        result_dtype="sum",
        accepts_complex=True,
        formula="sum",
    )
)
register_mode(
    Mode(
        name="lp",
        summary="the Lp norm of each window: (sum of abs(x)^P)^(1/P)",
        kernel="poolcli.core.kernels.lp_gem:lp_kernel",
        result_dtype="mean",
        arguments=frozenset({"norm_type"}),
        default_norm_type=2,
        formula="norm",
    )
)
register_mode(
    Mode(
        name="gem",
        summary="the generalized mean of each window: (mean of max(x, 1e-6)^P)^(1/P)",
        kernel="poolcli.core.kernels.lp_gem:gem_kernel",
        result_dtype="mean",
        arguments=frozenset({"norm_type"}),
        default_norm_type=3,
        undefined_when_empty=True,
        formula="powers",
    )
)
register_mode(
    Mode(
        name="median",
        summary="the middle value of each window, or the mean of the two in the middle",
        kernel="poolcli.core.kernels.median_quantile:median_kernel",
        result_dtype="mean",
        keeps_one_bit=True,
        undefined_when_empty=True,
        formula="median",
    )
)
register_mode(
    Mode(
        name="quantile",
        summary="a quantile of each window, as numpy.quantile defines it",
        kernel="poolcli.core.kernels.median_quantile:quantile_kernel",
        result_dtype="mean",
        arguments=frozenset({"q", "method"}),
        undefined_when_empty=True,
        formula="quantile",
    )
)
register_mode(
    Mode(
        name="mode",
        summary="the most frequent value of each window, the smallest of equals: for label maps",
        kernel="poolcli.core.kernels.most_frequent:mode_kernel",
        result_dtype="input",
        keeps_one_bit=True,
        pools_whole_pixels=True,
        undefined_when_empty=True,
        formula="counts",
    )
)
register_mode(
    Mode(
        name="std",
        summary="the population standard deviation of each window",
        kernel="poolcli.core.kernels.std:std_kernel",
        result_dtype="mean",
        undefined_when_empty=True,
        formula="deviations",
    )
)
