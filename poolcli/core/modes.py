"""The table of modes: one entry each, from which everything else about a mode follows.

The command line, `pool`, the report and the documentation are all made from this table, so that
a new mode is one new entry. Plain data: reading it imports no NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from poolcli.core.errors import ArgumentError

Result = Literal["same", "mean", "total"]


@dataclass(frozen=True, slots=True)
class Mode:
    """What there is to know of a mode.

    Attributes
    ----------
    name : str
        Its command, and its name for ``--mode`` and `poolcli.pool`.
    summary : str
        The help line.
    kernel : str
        ``module:factory`` of the kernel that computes it (see `poolcli.core.kernel`).
    combine : str
        The NumPy ufunc that puts two elements of a window together.
    result : {"same", "mean", "total"}
        The rule for the result's dtype (see `poolcli.core.dtypes.result_dtype`).
    flags : frozenset of str
        The arguments that only some modes have, and this one does.
    complex : bool
        Whether complex numbers have such a value.
    picks : bool
        Whether each value is one of the window's own elements (1-bit pictures stay 1-bit).
    weighs_alpha : bool
        Whether colours of a picture are weighted by their alpha.
    """

    name: str
    summary: str
    kernel: str
    combine: str
    result: Result
    flags: frozenset[str] = field(default=frozenset())
    complex: bool = False
    picks: bool = False
    weighs_alpha: bool = False


MODES: dict[str, Mode] = {}


def register(mode: Mode) -> Mode:
    """Enter a mode into the table."""
    MODES[mode.name] = mode
    return mode


def find(name: str) -> Mode:
    """Look a mode up by its name.

    Raises
    ------
    ArgumentError
        If there is none, with the names that there are.

    Examples
    --------
    >>> find("max").combine
    'maximum'
    """
    if name not in MODES:
        raise ArgumentError(f"mode must be one of {', '.join(MODES)}, not {name!r}")
    return MODES[name]


register(
    Mode(
        name="max",
        summary="the largest value of each window (NaN wins)",
        kernel="poolcli.core.extreme:kernel",
        combine="maximum",
        result="same",
        flags=frozenset({"return_indices"}),
        picks=True,
    )
)
register(
    Mode(
        name="min",
        summary="the smallest value of each window (NaN wins)",
        kernel="poolcli.core.extreme:kernel",
        combine="minimum",
        result="same",
        flags=frozenset({"return_indices"}),
        picks=True,
    )
)
register(
    Mode(
        name="avg",
        summary="the mean of each window",
        kernel="poolcli.core.total:kernel",
        combine="add",
        result="mean",
        flags=frozenset({"count_include_pad", "divisor_override"}),
        complex=True,
        weighs_alpha=True,
    )
)
register(
    Mode(
        name="sum",
        summary="the sum of each window",
        kernel="poolcli.core.total:kernel",
        combine="add",
        result="total",
        complex=True,
    )
)
