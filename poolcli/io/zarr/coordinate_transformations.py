"""The scale and translation of a level, from OME-Zarr's coordinate transformations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

Numbers: TypeAlias = "tuple[Fraction, ...] | None"
"""One number per axis; None if the metadata give none."""


def scale_and_translation(transformations: Sequence[object], rank: int) -> tuple[Numbers, Numbers]:
    """Return the scale and the translation that transformations amount to, one after the other.

    Parameters
    ----------
    transformations : sequence
        The transformations of a dataset, then those of the image, in the order in which they are
        applied. Those that are no scale or translation of `rank` numbers are left out.
    rank : int
        The number of axes.

    Returns
    -------
    scale, translation : tuple of Fraction, or None
        Position = scale * index + translation. Numbers are those that the JSON shows, exactly.

    Examples
    --------
    >>> scale, translation = scale_and_translation(
    ...     [{"type": "scale", "scale": [0.1]}, {"type": "translation", "translation": [0.5]},
    ...      {"type": "scale", "scale": [2]}], 1)
    >>> scale, translation
    ((Fraction(1, 5),), (Fraction(1, 1),))
    """
    scale: Numbers = None
    translation: Numbers = None
    for each in transformations:
        if not isinstance(each, Mapping):
            continue
        kind = each.get("type")
        numbers = _numbers(each.get(str(kind)), rank)
        if numbers is None:
            continue
        if kind == "scale":
            scale = numbers if scale is None else _products(scale, numbers)
            translation = None if translation is None else _products(translation, numbers)
        elif kind == "translation":
            before = translation or (Fraction(0),) * rank
            translation = tuple(a + b for a, b in zip(before, numbers, strict=True))
    return scale, translation


def _numbers(values: Any, rank: int) -> Numbers:
    """Return numbers of JSON as exact fractions; None unless they are `rank` finite numbers."""
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != rank:
        return None
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        return None
    try:
        return tuple(Fraction(repr(value)) for value in values)
    except ValueError:  # NaN or infinity
        return None


def _products(a: tuple[Fraction, ...], b: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    return tuple(x * y for x, y in zip(a, b, strict=True))
