"""The table of modes: one entry per mode, from which everything else about a mode follows.

The command line, `poolcli.pool`, the report and the documentation read this table, so that a new
mode is one new entry. It is plain data and does not import NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias, get_args

from poolcli.core.arguments import as_float, as_integer
from poolcli.core.errors import ArgumentError, ArgumentTypeError

ModeName: TypeAlias = Literal[
    "max",
    "min",
    "avg",
    "sum",
    "lp",
    "gem",
    "rms",
    "blur",
    "median",
    "quantile",
    "mode",
    "std",
    "range",
]
"""The names in the table of modes, for type checkers, which cannot read the table."""

QuantileMethod: TypeAlias = Literal["linear", "lower", "higher", "nearest", "midpoint"]
"""The interpolation methods of quantiles, with the names of `numpy.quantile`."""

ResultDtype = Literal["input", "mean", "sum", "unsigned"]
LevelsCompose = Literal["no", "integers", "yes"]


class Mode(NamedTuple):
    """The entry of a mode.

    Attributes
    ----------
    name : str
        The command, and the name for ``--mode`` and `poolcli.pool`.
    summary : str
        The help line.
    kernel : str
        The kernel's factory as ``module:function`` (see `poolcli.core.kernels.kernel_protocol`).
    result_dtype : {"input", "mean", "sum", "unsigned"}
        The rule for the dtype of the result: that of the input, of means, of sums, or the unsigned
        one of the input's width (see `poolcli.core.dtypes.result_dtype`).
    arguments : frozenset of str
        The arguments of `poolcli.pool` that only some modes have, and this mode has.
    exponent : float, optional
        The exponent of powers; the default of the argument `norm_type` if the mode has it.
    accepts_complex : bool
        Whether the mode is defined for complex numbers.
    keeps_one_bit : bool
        Whether 1-bit images stay 1-bit; otherwise they become 8-bit grey.
    weights_by_alpha : bool
        Whether the colours of an image with alpha are weighted by alpha.
    pools_whole_pixels : bool
        Whether a pixel of an image, with all its channels, is a single value.
    levels_compose : {"no", "integers", "yes"}
        Whether a level of a pyramid has the same values, bit for bit, whether it is pooled from the
        input or from the level before; for integers, or for every dtype.
    levels_kernel : str
        The factory of a computation of all levels of a pyramid at once, as ``module:function`` (see
        `poolcli.core.engine.levels_of_block.levels_kernel`); empty if the mode has none.
    has_positional_weights : bool
        Whether the weight of an element depends on its place in the window.
    formula : str
        How `explain` writes the arithmetic of a window: a key of
        `poolcli.explain.window_formulas.FORMULAS`.
    """

    name: str
    summary: str
    kernel: str
    result_dtype: ResultDtype = "mean"
    arguments: frozenset[str] = frozenset()
    exponent: float | None = None
    accepts_complex: bool = False
    keeps_one_bit: bool = False
    weights_by_alpha: bool = False
    pools_whole_pixels: bool = False
    levels_compose: LevelsCompose = "no"
    levels_kernel: str = ""
    has_positional_weights: bool = False
    formula: str = "plain"


QUANTILE_METHODS: tuple[QuantileMethod, ...] = get_args(QuantileMethod)
"""All interpolation methods of quantiles."""

DEFAULT_QUANTILE = 0.5
DEFAULT_QUANTILE_METHOD: QuantileMethod = "linear"

MAX_DIVISOR = 1 << 53
"""The largest divisor of sums: float64 represents all integers up to it."""

_TABLE = (
    Mode(
        name="max",
        summary="the largest value of each window (NaN if any element is NaN)",
        kernel="poolcli.core.kernels.max_min:max_kernel",
        result_dtype="input",
        arguments=frozenset({"return_indices"}),
        keeps_one_bit=True,
        levels_compose="yes",
        formula="extreme",
    ),
    Mode(
        name="min",
        summary="the smallest value of each window (NaN if any element is NaN)",
        kernel="poolcli.core.kernels.max_min:min_kernel",
        result_dtype="input",
        arguments=frozenset({"return_indices"}),
        keeps_one_bit=True,
        levels_compose="yes",
        formula="extreme",
    ),
    Mode(
        name="avg",
        summary="the mean of each window",
        kernel="poolcli.core.kernels.sum_mean:mean_kernel",
        arguments=frozenset({"count_include_pad", "divisor_override"}),
        accepts_complex=True,
        weights_by_alpha=True,
        levels_kernel="poolcli.core.kernels.mean_levels:mean_levels",
        formula="mean",
    ),
    Mode(
        name="sum",
        summary="the sum of each window",
        kernel="poolcli.core.kernels.sum_mean:sum_kernel",
        result_dtype="sum",
        accepts_complex=True,
        levels_compose="integers",
        formula="sum",
    ),
    Mode(
        name="lp",
        summary="the Lp norm of each window: (sum of abs(x)^P)^(1/P)",
        kernel="poolcli.core.kernels.lp_gem:lp_kernel",
        arguments=frozenset({"norm_type"}),
        exponent=2,
        formula="norm",
    ),
    Mode(
        name="gem",
        summary="the generalized mean of each window: (mean of max(x, 1e-6)^P)^(1/P)",
        kernel="poolcli.core.kernels.lp_gem:gem_kernel",
        arguments=frozenset({"norm_type"}),
        exponent=3,
        formula="powers",
    ),
    Mode(
        name="rms",
        summary="the root mean square of each window",
        kernel="poolcli.core.kernels.rms:rms_kernel",
        exponent=2,
        formula="squares",
    ),
    Mode(
        name="blur",
        summary="the mean of each window with binomial weights (1 2 1 for a kernel of 3)",
        kernel="poolcli.core.kernels.blur:blur_kernel",
        accepts_complex=True,
        has_positional_weights=True,
        formula="weights",
    ),
    Mode(
        name="median",
        summary="the middle value of each window, or the mean of the two in the middle",
        kernel="poolcli.core.kernels.median_quantile:median_kernel",
        keeps_one_bit=True,
        formula="median",
    ),
    Mode(
        name="quantile",
        summary="a quantile of each window, as numpy.quantile defines it",
        kernel="poolcli.core.kernels.median_quantile:quantile_kernel",
        arguments=frozenset({"q", "method"}),
        formula="quantile",
    ),
    Mode(
        name="mode",
        summary="the most frequent value of each window, the smallest of equals: for label maps",
        kernel="poolcli.core.kernels.most_frequent:mode_kernel",
        result_dtype="input",
        keeps_one_bit=True,
        pools_whole_pixels=True,
        levels_kernel="poolcli.core.kernels.most_frequent_levels:mode_levels",
        formula="counts",
    ),
    Mode(
        name="std",
        summary="the population standard deviation of each window",
        kernel="poolcli.core.kernels.std:std_kernel",
        formula="deviations",
    ),
    Mode(
        name="range",
        summary="the largest value of each window less the smallest",
        kernel="poolcli.core.kernels.range:range_kernel",
        result_dtype="unsigned",
        formula="difference",
    ),
)

MODES: dict[str, Mode] = {mode.name: mode for mode in _TABLE}
"""The table of modes, by name."""


def register_mode(mode: Mode) -> Mode:
    """Add a mode to the table and return it."""
    MODES[mode.name] = mode
    return mode


def join_mode_names(modes: Iterable[Mode]) -> str:
    """Return the names of modes as text, for messages.

    Examples
    --------
    >>> join_mode_names(mode for mode in MODES.values() if mode.accepts_complex)
    'avg, sum and blur'
    """
    *others, last = [mode.name for mode in modes]
    return f"{', '.join(others)} and {last}" if others else last


def find_mode(name: str) -> Mode:
    """Return the mode of a name.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If there is no such mode. The message names all modes.

    Examples
    --------
    >>> find_mode("max").result_dtype
    'input'
    """
    message = f"mode must be one of {', '.join(MODES)}, not {name!r}"
    if not isinstance(name, str):
        raise ArgumentTypeError(message, "mode")
    if name not in MODES:
        raise ArgumentError(message, "mode")
    return MODES[name]


def as_norm_type(mode: Mode, norm_type: float | None) -> float:
    """Return the exponent of a mode: the argument, the default, or 0 for a mode without exponent.

    Parameters
    ----------
    mode : Mode
        The mode.
    norm_type : float, optional
        The argument; infinity is allowed.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If it is not a number, is 0, or is negative for `lp`.

    Examples
    --------
    >>> as_norm_type(find_mode("lp"), None), as_norm_type(find_mode("gem"), -1)
    (2, -1.0)
    """
    if norm_type is None:
        return mode.exponent or 0.0
    norm = as_float("norm_type", norm_type)
    if "norm_type" in mode.arguments and (norm == 0 or (mode.name == "lp" and norm < 0)):
        wanted = "positive" if mode.name == "lp" else "other than 0"
        raise ArgumentError(
            f"norm_type of {mode.name!r} must be {wanted}, not {norm_type!r}", "norm_type"
        )
    return norm


def as_divisor(divisor: int | None) -> int | None:
    """Return the divisor of sums as int if it is not 0 and within `MAX_DIVISOR`; None stays None.

    Examples
    --------
    >>> as_divisor(-2)
    -2
    """
    if divisor is None:
        return None
    number = as_integer("divisor_override", divisor, "an integer")
    if not 0 < abs(number) <= MAX_DIVISOR:
        raise ArgumentError(
            f"divisor_override must be from -{MAX_DIVISOR} to {MAX_DIVISOR} except 0, not {number}",
            "divisor_override",
        )
    return number


def as_quantile(quantile: float | None) -> float:
    """Return the quantile as float if it is from 0 to 1; None gives the default.

    Examples
    --------
    >>> as_quantile(1), as_quantile(None)
    (1.0, 0.5)
    """
    if quantile is None:
        return DEFAULT_QUANTILE
    q = as_float("q", quantile)
    if not 0 <= q <= 1:
        raise ArgumentError(f"q must be from 0 to 1, not {quantile!r}", "q")
    return q


def as_quantile_method(method: str | None) -> str:
    """Return the interpolation method of quantiles if there is one of this name.

    None gives the default.

    Examples
    --------
    >>> as_quantile_method("nearest"), as_quantile_method(None)
    ('nearest', 'linear')
    """
    if method is None:
        return DEFAULT_QUANTILE_METHOD
    if not isinstance(method, str) or method not in QUANTILE_METHODS:
        raise ArgumentError(
            f"method must be one of {', '.join(QUANTILE_METHODS)}, not {method!r}", "method"
        )
    return method
