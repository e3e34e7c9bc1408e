"""Sizes and paddings as people write them, made into tuples."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Literal, SupportsFloat, SupportsIndex, TypeAlias, TypeGuard

from poolcli.core.errors import ArgumentError, ArgumentTypeError

Sizes: TypeAlias = int | Sequence[int]
Pads: TypeAlias = int | str | Sequence[int | tuple[int, int]]
Same: TypeAlias = Literal["same", "same-lower"]


def integer(name: str, value: object) -> int:
    """Take an integer of any kind (not a bool)."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise ArgumentTypeError(f"{name} must be an integer or one per axis, not {value!r}")
    return operator.index(value)


def real(name: str, value: object) -> float:
    """Take a real number of any kind (not a bool, not NaN)."""
    if isinstance(value, bool) or not isinstance(value, SupportsFloat):
        raise ArgumentTypeError(f"{name} must be a number, not {value!r}")
    number = float(value)
    if number != number:
        raise ArgumentError(f"{name} must be a number, not {value!r}")
    return number


def at_least(name: str, value: int, least: int) -> int:
    """Take a number that is not below `least`."""
    if value < least:
        raise ArgumentError(f"{name} must be at least {least}, not {value}")
    return value


WORDS: dict[str, tuple[tuple[int, int], ...] | Same] = {
    "valid": ((0, 0),),
    "same": "same",
    "same-lower": "same-lower",
}


def is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    """Whether a value holds one entry an axis: a tuple, a list, an array."""
    return (
        hasattr(value, "__len__") and hasattr(value, "__getitem__") and not isinstance(value, str)
    )


def sizes(name: str, value: Sizes, least: int) -> tuple[int, ...]:
    """Take one size, or one an axis."""
    entries = list(value) if is_sequence(value) else [value]
    if not entries:
        raise ArgumentError(f"{name} must name at least one axis, not {value!r}")
    return tuple(at_least(name, integer(name, entry), least) for entry in entries)


def pads(padding: Pads) -> tuple[tuple[int, int], ...] | Same:
    """Take a padding: a word, or ``(before, after)`` for every axis or one an axis."""
    if isinstance(padding, str):
        if padding in WORDS:
            return WORDS[padding]
        raise ArgumentError(
            f"padding must be a number, one per axis, 'valid', 'same' or 'same-lower', "
            f"not {padding!r}"
        )
    entries = list(padding) if is_sequence(padding) else [padding]
    if not entries:
        raise ArgumentError(f"padding must name at least one axis, not {padding!r}")
    pairs = []
    for entry in entries:
        pair = list(entry) if is_sequence(entry) else [entry, entry]
        if len(pair) != 2:
            raise ArgumentError(f"padding must be a number or (before, after), not {entry!r}")
        before, after = (at_least("padding", integer("padding", side), 0) for side in pair)
        pairs.append((before, after))
    return tuple(pairs)


def is_pair_for_all(padding: object) -> bool:
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
        raise ArgumentError(f"the sizes are for different numbers of axes: {words}")
    return next(iter(ranks.values()), None)
