"""Checks of the arguments that users pass: integers, booleans, floats, sizes and paddings.

Every function takes the argument's name first, for the message and for `ArgumentError.argument`.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, TypeAlias, TypeGuard

from poolcli.core.errors import ArgumentError, ArgumentTypeError

SizeArgument: TypeAlias = int | Sequence[int]
"""A size in elements: one for all pooled axes, or one per axis."""

PaddingArgument: TypeAlias = int | str | Sequence[int | tuple[int, int]]
"""Padding in elements: a number, one number or pair ``(before, after)`` per axis, or a word."""

SamePadding: TypeAlias = Literal["same", "same-lower"]

MAX_SIZE = (1 << 31) - 1
"""The largest size in elements; the product of two sizes then fits into 64 bits."""

NAMED_PADDINGS: dict[str, tuple[tuple[int, int], ...] | SamePadding] = {
    "valid": ((0, 0),),
    "same": "same",
    "same-lower": "same-lower",
}


def as_integer(name: str, value: object, wanted: str = "an integer or one per axis") -> int:
    """Return an integer of any type (but not bool) as int.

    Parameters
    ----------
    name : str
        The argument's name.
    value : object
        The argument.
    wanted : str
        What the error message asks for.

    Raises
    ------
    ArgumentTypeError
        If `value` is not an integer.

    Examples
    --------
    >>> as_integer("stride", 2)
    2
    """
    if type(value) is int:
        return value
    if not isinstance(value, bool):
        with suppress(TypeError):
            return operator.index(value)  # type: ignore[arg-type]
    raise ArgumentTypeError(f"{name} must be {wanted}, not {value!r}", name)


def as_bool(name: str, value: object) -> bool:
    """Return a bool, a NumPy bool, 0 or 1 as bool.

    Parameters
    ----------
    name : str
        The argument's name.
    value : object
        The argument.

    Raises
    ------
    ArgumentTypeError
        If `value` is anything else, even if it has a truth value.

    Examples
    --------
    >>> as_bool("ceil_mode", 1)
    True
    """
    is_numpy_bool = getattr(value, "shape", None) == () and getattr(value, "dtype", None) == "bool"
    is_bool = value in (0, 1) if isinstance(value, int) else is_numpy_bool
    if not is_bool:
        raise ArgumentTypeError(f"{name} must be True or False, not {value!r}", name)
    return bool(value)


def as_float(name: str, value: object) -> float:
    """Return a real number of any type (but not bool) as float.

    Parameters
    ----------
    name : str
        The argument's name.
    value : object
        The argument.

    Raises
    ------
    ArgumentTypeError
        If `value` is not a number.
    ArgumentError
        If it is NaN.

    Examples
    --------
    >>> as_float("q", 1)
    1.0
    """
    number = None
    is_masked = hasattr(value, "mask")  # NumPy would convert it to NaN
    if not is_masked and not isinstance(value, bool | str | bytes):
        with suppress(TypeError, OverflowError):
            number = float(value)  # type: ignore[arg-type]
    if number is None:
        raise ArgumentTypeError(f"{name} must be a number, not {value!r}", name)
    if number != number:
        raise ArgumentError(f"{name} must be a number, not {value!r}", name)
    return number


def as_size(
    name: str, value: object, minimum: int, wanted: str = "an integer or one per axis"
) -> int:
    """Return a size as int if it is in the range allowed.

    Parameters
    ----------
    name : str
        The argument's name.
    value : object
        The argument.
    minimum : int
        The smallest size allowed; the largest is `MAX_SIZE`.
    wanted : str
        What the error message asks for.

    Raises
    ------
    ArgumentTypeError
        If `value` is not an integer.
    ArgumentError
        If the size is out of range.

    Examples
    --------
    >>> as_size("stride", 2, minimum=1)
    2
    """
    size = as_integer(name, value, wanted)
    if size < minimum:
        raise ArgumentError(f"{name} must be at least {minimum}, not {size}", name)
    if size > MAX_SIZE:
        raise ArgumentError(f"{name} must be at most {MAX_SIZE}, not {size}", name)
    return size


def is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    """Return whether a value has one entry per axis: a tuple, a list or an array, not a string.

    Examples
    --------
    >>> is_sequence((2, 2)), is_sequence(2), is_sequence("same")
    (True, False, False)
    """
    if isinstance(value, str | bytes | bytearray | Mapping) or getattr(value, "ndim", 1) == 0:
        return False
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")


def axis_entries(name: str, value: object) -> list[object]:
    """Return the entries of a sequence, or a single value for all axes, as a list.

    Parameters
    ----------
    name : str
        The argument's name.
    value : object
        The argument.

    Raises
    ------
    ArgumentError
        If the sequence is empty.

    Examples
    --------
    >>> axis_entries("stride", 2), axis_entries("stride", (2, 3))
    ([2], [2, 3])
    """
    entries = list(value) if is_sequence(value) else [value]
    if not entries:
        raise ArgumentError(f"{name} must name at least one axis, not {value!r}", name)
    return entries


def as_sizes(name: str, value: SizeArgument, minimum: int) -> tuple[int, ...]:
    """Return sizes as a tuple: one entry if `value` is one integer for all axes.

    Parameters
    ----------
    name : str
        The argument's name.
    value : int or sequence of int
        The argument.
    minimum : int
        The smallest size allowed.

    Raises
    ------
    ArgumentError
        If the sequence is empty or a size is out of range.
    ArgumentTypeError
        If a size is not an integer.

    Examples
    --------
    >>> as_sizes("kernel_size", 3, minimum=1), as_sizes("kernel_size", [3, 2], minimum=1)
    ((3,), (3, 2))
    """
    return tuple(as_size(name, entry, minimum) for entry in axis_entries(name, value))


def as_padding_pairs(padding: PaddingArgument) -> tuple[tuple[int, int], ...] | SamePadding:
    """Return padding as pairs ``(before, after)``, or "same" or "same-lower"; words in any case.

    Raises
    ------
    ArgumentError
        If a word is unknown, a sequence has a wrong length, or a number is out of range.
    ArgumentTypeError
        If a number is not an integer.

    Examples
    --------
    >>> as_padding_pairs(1), as_padding_pairs([(0, 1), 2]), as_padding_pairs("SAME")
    (((1, 1),), ((0, 1), (2, 2)), 'same')
    """
    if isinstance(padding, str):
        if padding.lower() in NAMED_PADDINGS:
            return NAMED_PADDINGS[padding.lower()]
        raise ArgumentError(
            f"padding must be a number, one per axis, 'valid', 'same' or 'same-lower', "
            f"not {padding!r}",
            "padding",
        )
    pairs = []
    for entry in axis_entries("padding", padding):
        pair = list(entry) if is_sequence(entry) else [entry, entry]
        if len(pair) != 2:
            raise ArgumentError(
                f"padding must be a number or (before, after), not {entry!r}", "padding"
            )
        before, after = (as_size("padding", side, minimum=0) for side in pair)
        pairs.append((before, after))
    return tuple(pairs)


def as_axes(axes: int | Sequence[int] | None) -> tuple[int, ...] | None:
    """Return pooled axes as a tuple; None stands for the default.

    Raises
    ------
    ArgumentTypeError
        If an axis is not an integer.

    Examples
    --------
    >>> as_axes(1), as_axes([-2, -1]), as_axes(None)
    ((1,), (-2, -1), None)
    """
    if axes is None:
        return None
    return tuple(as_integer("axes", axis) for axis in (axes if is_sequence(axes) else [axes]))


def is_single_pair(padding: object) -> bool:
    """Return whether a padding is one pair ``((before, after),)``, which applies to every axis.

    Examples
    --------
    >>> is_single_pair(((0, 1),)), is_single_pair((0, 1))
    (True, False)
    """
    return is_sequence(padding) and len(padding) == 1 and is_sequence(padding[0])


def common_rank(**arguments: object) -> int | None:
    """Return the number of axes that the arguments name, or None if none is a sequence.

    Parameters
    ----------
    **arguments : int or sequence
        The arguments by name; one that is not a sequence applies to any number of axes.

    Raises
    ------
    ArgumentError
        If two of them name different numbers of axes.

    Examples
    --------
    >>> common_rank(kernel_size=(3, 3), stride=2)
    2
    """
    ranks = {name: len(value) for name, value in arguments.items() if is_sequence(value)}
    if len(set(ranks.values())) > 1:
        ranks_text = ", ".join(f"{name} names {rank}" for name, rank in ranks.items())
        raise ArgumentError(
            f"the sizes are for different numbers of axes: {ranks_text}", next(iter(ranks))
        )
    return next(iter(ranks.values()), None)
