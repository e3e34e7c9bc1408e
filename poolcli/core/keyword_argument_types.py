"""The types of keyword arguments that overloads share; only type checkers need them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt

from poolcli.core.array_protocols import ArrayArgument
from poolcli.core.dtypes import Array
from poolcli.core.modes import QuantileMethod

Scalar: TypeAlias = complex | Fraction | np.generic

IgnoreArgument: TypeAlias = Scalar | Sequence[Scalar] | Array | None
"""The values to ignore: a number or several."""

AxesArgument: TypeAlias = int | Sequence[int] | None
"""The pooled axes: one or several; None for the default."""


class SharedArguments(TypedDict, total=False):
    """The keyword arguments that `pool`, `adaptive_pool` and `global_pool` share."""

    norm_type: float | None
    q: float | None
    method: QuantileMethod | None
    ignore: IgnoreArgument
    min_valid: float | Fraction | None
    axes: AxesArgument
    dtype: npt.DTypeLike | None
    threads: int | None


class PoolArguments(SharedArguments, total=False):
    """The keyword arguments of `pool`."""

    padding_mode: str | None
    footprint: str | ArrayArgument | None
    ceil_mode: bool
    count_include_pad: bool | None
    divisor_override: int | None
