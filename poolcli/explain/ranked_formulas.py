"""The arithmetic of the modes that choose elements by rank or count: median, quantile and mode."""

from __future__ import annotations

from typing import Any

from poolcli.core.kernels.median_quantile import SELECTING_METHODS, locate_quantile
from poolcli.core.recipe import Recipe
from poolcli.explain.formula_terms import Arithmetic, WindowElements, join_terms, term
from poolcli.explain.position_text import Position
from poolcli.report.format_values import format_element, format_number


def median(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``sorted 1 3 5: 3``, or ``sorted 1 3: (1+3)/2 = 2``.

    Parameters
    ----------
    elements : WindowElements
        The elements that count, at least one, and the output value.
    recipe : Recipe
        The pooling.
    """
    if any(map(_is_nan, elements.values)):
        return _nan_result(elements)
    text, values, positions = _ranked(elements)
    low, high = (len(values) - 1) // 2, len(values) // 2
    result = format_element(elements.result)
    if low == high:
        return Arithmetic(f"{text}: {result}", [positions[low]])
    middle = f"({term(values[low])}+{term(values[high])})/2"
    return Arithmetic(f"{text}: {middle} = {result}", [positions[low], positions[high]])


def quantile(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``sorted 1 3, q 0.5: position 0.5*(2-1) = 0.5, 1 + 0.5*(3-1) = 2``.

    Parameters
    ----------
    elements : WindowElements
        The elements that count, at least one, and the output value.
    recipe : Recipe
        The pooling.
    """
    if any(map(_is_nan, elements.values)):
        return _nan_result(elements)
    text, values, positions = _ranked(elements)
    q, rank = format_number(recipe.q), format_number(float((len(values) - 1) * recipe.q))
    text += f", q {q}: position {q}*({len(values)}-1) = {rank}"
    place = locate_quantile(len(values), recipe.q, recipe.method)
    low, high = int(place.low), int(place.high)
    result = format_element(elements.result)
    if low == high:
        rounding = f", {recipe.method} {low}" if recipe.method in SELECTING_METHODS else ""
        return Arithmetic(f"{text}{rounding}: {result}", [positions[low]])
    if recipe.method == "midpoint":
        between = f"({term(values[low])}+{term(values[high])})/2"
    elif not all(abs(values[each]) < float("inf") for each in (low, high)):
        between = f"between {format_element(values[low])} and {format_element(values[high])}"
    else:
        share = format_number(float(place.weight))
        difference = f"{format_element(values[high])}-{term(values[low])}"
        between = f"{format_element(values[low])} + {share}*({difference})"
    return Arithmetic(f"{text}, {between} = {result}", [positions[low], positions[high]])


def _ranked(elements: WindowElements) -> tuple[str, list[Any], list[Position]]:
    """Return the elements in ascending order, as text and as values, and their positions."""
    pairs = zip(elements.values, elements.positions, strict=True)
    ordered = sorted(pairs, key=lambda pair: pair[0])
    values = [value for value, _ in ordered]
    text = f"sorted {join_terms(values, format_element, ' ')}"
    return text, values, [position for _, position in ordered]


def _nan_result(elements: WindowElements) -> Arithmetic:
    """Write out a window that contains NaN."""
    values = join_terms(elements.values, format_element, " ")
    pairs = zip(elements.values, elements.positions, strict=True)
    nan_positions = [position for value, position in pairs if _is_nan(value)]
    return Arithmetic(f"{values}, contains NaN: {format_element(elements.result)}", nan_positions)


def most_frequent(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``4 (2 times), 7 (1): 4``.

    Parameters
    ----------
    elements : WindowElements
        The elements that count, at least one, and the output value.
    recipe : Recipe
        The pooling.
    """
    groups: dict[Any, list[Position]] = {}
    for value, position in zip(elements.values, elements.positions, strict=True):
        groups.setdefault(_group_key(value), []).append(position)
    # By count, values of equal count in ascending order, NaN last.
    keys = sorted(
        groups, key=lambda key: (-len(groups[key]), key is None, 0 if key is None else key)
    )
    first, *others = (len(groups[key]) for key in keys)

    def write(key: Any) -> str:
        count = len(groups[key])
        unit = (" time" if count == 1 else " times") if key == keys[0] else ""
        return f"{'nan' if key is None else format_element(key)} ({count}{unit})"

    tie = ", the smallest of the most frequent" if others and others[0] == first else ""
    text = f"{join_terms(keys, write, ', ')}: {format_element(elements.result)}{tie}"
    return Arithmetic(text, groups.get(_group_key(elements.result), []))


def _is_nan(value: Any) -> bool:
    """Return whether an element is NaN; a pixel never is."""
    return bool(value != value)


def _group_key(value: Any) -> Any:
    """Return the value by which equal elements are grouped: None for all NaNs."""
    return None if _is_nan(value) else value
