"""Sizes and paddings as people write them, made into tuples."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, TypeAlias, TypeGuard

from poolcli.core.errors import ArgumentError, ArgumentTypeError

SizeArgument: TypeAlias = int | Sequence[int]
PaddingArgument: TypeAlias = int | str | Sequence[int | tuple[int, int]]
SamePadding: TypeAlias = Literal["same", "same-lower"]


MAX_SIZE = (1 << 31) - 1
"""The greatest size: products of two sizes then fit in 64 bits."""


def as_integer(name: str, value: object, wanted: str = "an integer or one per axis") -> int:
    """Take an integer of any kind (not a bool)."""
    if type(value) is int:
        return value
    if not isinstance(value, bool):
        with suppress(TypeError):
            return operator.index(value)  # type: ignore[arg-type]
    raise ArgumentTypeError(f"{name} must be {wanted}, not {value!r}", name)


def as_bool(name: str, value: object) -> bool:
    """Take a truth value, not something that merely has one."""
    is_numpys = getattr(value, "shape", None) == () and getattr(value, "dtype", None) == "bool"
    if value not in (0, 1) if isinstance(value, int) else not is_numpys:
        raise ArgumentTypeError(f"{name} must be True or False, not {value!r}", name)
    return bool(value)


def as_float(name: str, value: object) -> float:
    """Take a real number of any kind (not a bool, not NaN)."""
    number = None
    if not isinstance(value, bool | str | bytes):
        with suppress(TypeError, OverflowError):
            number = float(value)  # type: ignore[arg-type]
    if number is None:
        raise ArgumentTypeError(f"{name} must be a number, not {value!r}", name)
    if number != number:
        raise ArgumentError(f"{name} must be a number, not {value!r}", name)
    return number


def check_size(name: str, value: int, least: int) -> int:
    """Take a number that is not below `least`."""
    if value < least:
        raise ArgumentError(f"{name} must be at least {least}, not {value}", name)
    if value > MAX_SIZE:
        raise ArgumentError(f"{name} must be at most {MAX_SIZE}, not {value}", name)
    return value


NAMED_PADDINGS: dict[str, tuple[tuple[int, int], ...] | SamePadding] = {
    "valid": ((0, 0),),
    "same": "same",
    "same-lower": "same-lower",
}


def is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    """Whether a value holds one entry an axis: a tuple, a list, an array."""
    if isinstance(value, str | bytes | bytearray | Mapping) or getattr(value, "ndim", 1) == 0:
        return False
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")


def as_sizes(name: str, value: SizeArgument, least: int) -> tuple[int, ...]:
    """Take one size, or one an axis."""
    entries = list(value) if is_sequence(value) else [value]
    if not entries:
        raise ArgumentError(f"{name} must name at least one axis, not {value!r}", name)
    return tuple(check_size(name, as_integer(name, entry), least) for entry in entries)


def as_padding_pairs(padding: PaddingArgument) -> tuple[tuple[int, int], ...] | SamePadding:
    """Take a padding: a word, or ``(before, after)`` for every axis or one an axis."""
    if isinstance(padding, str):
        if padding in NAMED_PADDINGS:
            return NAMED_PADDINGS[padding]
        raise ArgumentError(
            f"padding must be a number, one per axis, 'valid', 'same' or 'same-lower', "
            f"not {padding!r}",
            "padding",
        )
    entries = list(padding) if is_sequence(padding) else [padding]
    if not entries:
        raise ArgumentError(f"padding must name at least one axis, not {padding!r}", "padding")
    pairs = []
    for entry in entries:
        pair = list(entry) if is_sequence(entry) else [entry, entry]
        if len(pair) != 2:
            raise ArgumentError(
                f"padding must be a number or (before, after), not {entry!r}", "padding"
            )
        before, after = (check_size("padding", as_integer("padding", side), 0) for side in pair)
        pairs.append((before, after))
    return tuple(pairs)


def is_single_pair(padding: object) -> bool:
    """Whether a padding is one pair, which then serves every axis."""
    return is_sequence(padding) and len(padding) == 1 and is_sequence(padding[0])


def common_rank(**given: object) -> int | None:
    """How many axes the arguments name; None where each is one number for every axis.

    Raises
    ------
    ArgumentError
        If two of them name different numbers of axes.
    """
    ranks = {name: len(value) for name, value in given.items() if is_sequence(value)}
    if len(set(ranks.values())) > 1:
        words = ", ".join(f"{name} names {rank}" for name, rank in ranks.items())
        raise ArgumentError(
            f"the sizes are for different numbers of axes: {words}", next(iter(ranks))
        )
    return next(iter(ranks.values()), None)
