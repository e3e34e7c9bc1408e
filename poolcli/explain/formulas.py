"""How each mode's value is written out: the arithmetic of one window, as text.

The values themselves come from the core; here it is only shown how they come to be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from poolcli.core.kernels.lp_gem_precision import GEM_MINIMUM
from poolcli.core.kernels.median_quantile import SELECTING_METHODS, locate_quantile
from poolcli.core.recipe import Recipe
from poolcli.report.formatting import format_element, format_number

Place = tuple[int, int]

MOST_TERMS = 16
"""So many elements of a window are written out; of more the first and the last."""

FIRST_TERMS = 6


class Sight(NamedTuple):
    """What a window sees.

    Attributes
    ----------
    values : list
        The elements that count, and zeros for padding that counts as such.
    places : list of (int, int)
        Where each stands.
    weights : list, optional
        Their alphas, where colours are weighted by them.
    best : (int, int), optional
        Where the core found the largest or the smallest.
    value : Any
        What the core made of them.
    """

    values: list[Any]
    places: list[Place]
    weights: list[Any] | None
    best: Place | None
    value: Any


class Told(NamedTuple):
    """The arithmetic, and where the elements stand that were chosen."""

    text: str
    chosen: list[Place] = []  # noqa: RUF012 - never changed


class Way(NamedTuple):
    """How a mode is written out.

    Attributes
    ----------
    tell : callable
        Writes one window out; never called for one that sees nothing.
    zeros : callable
        Whether padding counts as zero.
    """

    tell: Callable[[Sight, Recipe], Told]
    zeros: Callable[[Recipe], bool] = lambda recipe: False


def term(value: Any) -> str:
    """An element among others in a formula: in parentheses where it begins with a sign.

    Examples
    --------
    >>> term(3), term(-1.5), term(1 - 2j)
    ('3', '(-1.5)', '(1-2j)')
    """
    text = format_element(value)
    return f"({text})" if isinstance(value, complex) or text.startswith("-") else text


def joined(values: Sequence[Any], write: Callable[[Any], str], sign: str) -> str:
    """Elements with a sign between them; of many the first and the last.

    Examples
    --------
    >>> joined([1, 3, -5], term, "+")
    '1+3+(-5)'
    >>> joined(range(144), term, ", ")
    '0, 1, 2, 3, 4, 5, … and 137 more …, 143'
    """
    if len(values) <= MOST_TERMS:
        return sign.join(map(write, values))
    left = len(values) - FIRST_TERMS - 1
    first = sign.join(map(write, values[:FIRST_TERMS]))
    return f"{first}{sign}… and {left} more …{sign}{write(values[-1])}"


def place_words(place: Place, rank: int) -> str:
    """A place as people write it; on one axis a single number.

    Examples
    --------
    >>> place_words((1, 3), 2), place_words((0, 3), 1)
    ('(1, 3)', '3')
    """
    return f"({place[0]}, {place[1]})" if rank > 1 else str(place[1])


def _plain(sight: Sight, recipe: Recipe) -> Told:
    inside = joined(sight.values, format_element, ", ")
    return Told(f"{recipe.mode.name}({inside}) = {format_element(sight.value)}")


def _extreme(sight: Sight, recipe: Recipe) -> Told:
    text = _plain(sight, recipe).text
    if sight.best is None:
        return Told(text)
    return Told(f"{text} at {place_words(sight.best, len(recipe.axes))}", [sight.best])


def _sum(sight: Sight, recipe: Recipe) -> Told:
    text = f"{joined(sight.values, term, '+')} = {format_element(sight.value)}"
    if isinstance(sight.value, int) and sum(sight.values) != sight.value:
        text += f", wrapped into the range of {recipe.out_dtype}"
    return Told(text)


def _mean(sight: Sight, recipe: Recipe) -> Told:
    if sight.weights is not None:
        return _weighted(sight)
    count = len(sight.values) if recipe.divisor is None else recipe.divisor
    return Told(
        f"({joined(sight.values, term, '+')})/{term(count)} = {format_element(sight.value)}"
    )


def _weighted(sight: Sight) -> Told:
    assert sight.weights is not None
    pairs = list(zip(sight.values, sight.weights, strict=True))
    products = joined(pairs, lambda pair: f"{term(pair[0])}*{term(pair[1])}", "+")
    text = f"({products})/({joined(sight.weights, term, '+')})"
    if not sum(sight.weights):
        return Told(f"{text}: {format_element(sight.value)}, for nothing shows")
    return Told(f"{text} = {format_element(sight.value)}")


def _norm(sight: Sight, recipe: Recipe) -> Told:
    return _root(sight, recipe, lambda value: f"|{format_element(value)}|", mean=False)


def _powers(sight: Sight, recipe: Recipe) -> Told:
    least = f"{GEM_MINIMUM:g}".replace("e-0", "e-")

    def lifted(value: Any) -> str:
        return (
            f"max({format_element(value)}, {least})"
            if value < GEM_MINIMUM
            else format_element(value)
        )

    return _root(sight, recipe, lifted, mean=True)


def _root(sight: Sight, recipe: Recipe, write: Callable[[Any], str], *, mean: bool) -> Told:
    norm = recipe.norm_type
    if abs(norm) == float("inf"):
        name = "max" if norm > 0 else "min"
        return Told(f"{name}({joined(sight.values, write, ', ')}) = {format_element(sight.value)}")
    total = joined(sight.values, lambda value: f"{write(value)}^{term(norm)}", "+")
    inner = f"({total})/{len(sight.values)}" if mean else total
    return Told(f"({inner})^(1/{term(norm)}) = {format_element(sight.value)}")


def _ranked(sight: Sight) -> tuple[list[Any], list[Place]] | None:
    """The elements in order, and where each stands; None with a NaN among them."""
    if any(value != value for value in sight.values):
        return None
    order = sorted(range(len(sight.values)), key=sight.values.__getitem__)
    return [sight.values[at] for at in order], [sight.places[at] for at in order]


def _not_ranked(sight: Sight) -> Told:
    values, result = joined(sight.values, format_element, " "), format_element(sight.value)
    text = f"{values}, not a number among them: {result}"
    nans = zip(sight.values, sight.places, strict=True)
    return Told(text, [place for value, place in nans if value != value])


def _median(sight: Sight, recipe: Recipe) -> Told:
    ranked = _ranked(sight)
    if ranked is None:
        return _not_ranked(sight)
    values, places = ranked
    text = f"sorted {joined(values, format_element, ' ')}"
    low, high = (len(values) - 1) // 2, len(values) // 2
    if low == high:
        return Told(f"{text}: {format_element(sight.value)}", [places[low]])
    middle = f"({term(values[low])}+{term(values[high])})/2"
    return Told(f"{text}: {middle} = {format_element(sight.value)}", [places[low], places[high]])


def _quantile(sight: Sight, recipe: Recipe) -> Told:
    ranked = _ranked(sight)
    if ranked is None:
        return _not_ranked(sight)
    values, places = ranked
    q, at = format_number(recipe.q), format_number(float((len(values) - 1) * recipe.q))
    ordered = joined(values, format_element, " ")
    text = f"sorted {ordered}, q {q}: position {q}*({len(values)}-1) = {at}"
    place = locate_quantile(len(values), recipe.q, recipe.method)
    low, high = int(place.low), int(place.high)
    if low == high:
        word = f", {recipe.method} {low}" if recipe.method in SELECTING_METHODS else ""
        return Told(f"{text}{word}, {format_element(sight.value)} stands there", [places[low]])
    if recipe.method == "midpoint":
        way = f"({term(values[low])}+{term(values[high])})/2"
    else:
        share = format_number(float(place.share))
        step = f"{share}*({format_element(values[high])}-{term(values[low])})"
        way = f"{format_element(values[low])} + {step}"
    return Told(f"{text}, {way} = {format_element(sight.value)}", [places[low], places[high]])


def _counts(sight: Sight, recipe: Recipe) -> Told:
    groups: dict[Any, list[Place]] = {}
    for value, place in zip(sight.values, sight.places, strict=True):
        groups.setdefault(_key(value), []).append(place)
    # Once in order of the values, with those that are not numbers last, and then of the counts.
    order = sorted(groups, key=lambda key: (key is None, 0 if key is None else key))
    order.sort(key=lambda key: -len(groups[key]))
    first, *others = (len(groups[key]) for key in order)

    def write(key: Any) -> str:
        count = len(groups[key])
        unit = (" time" if count == 1 else " times") if key == order[0] else ""
        return f"{'nan' if key is None else format_element(key)} ({count}{unit})"

    tie = ", the smallest of equals" if others and others[0] == first else ""
    text = f"{joined(order, write, ', ')}: {format_element(sight.value)}{tie}"
    return Told(text, groups.get(_key(sight.value), []))


def _key(value: Any) -> Any:
    """A value, None for all that are not numbers."""
    return value if value == value else None


def _deviations(sight: Sight, recipe: Recipe) -> Told:
    mean = _mean_of(sight.values)
    squares = joined(sight.values, lambda value: f"({format_element(value)}-{term(mean)})^2", "+")
    text = f"mean {format_element(mean)}, sqrt(({squares})/{len(sight.values)})"
    return Told(f"{text} = {format_element(sight.value)}")


def _mean_of(values: Sequence[Any]) -> Any:
    """The mean, exact where the values are finite."""
    if not all(abs(value) < float("inf") for value in values):
        return sum(map(float, values))
    return sum(Fraction(*value.as_integer_ratio()) for value in values) / len(values)


WAYS: dict[str, Way] = {
    "plain": Way(_plain),
    "extreme": Way(_extreme),
    "mean": Way(_mean, lambda recipe: recipe.counts_padding),
    "sum": Way(_sum, lambda recipe: recipe.ignored is None),
    "norm": Way(_norm, lambda recipe: recipe.ignored is None),
    "powers": Way(_powers),
    "median": Way(_median),
    "quantile": Way(_quantile),
    "counts": Way(_counts),
    "deviations": Way(_deviations),
}
"""By the names that modes have for them (`poolcli.core.modes.Mode.formula`)."""


def tell(sight: Sight, recipe: Recipe) -> Told:
    """Write a window out.

    Examples
    --------
    >>> from poolcli.core.recipe import prepare
    >>> from poolcli.core.window import Window
    >>> recipe = prepare((2, 2), "float32", "avg", Window.fixed(2))
    >>> sight = Sight([1, 3, 5, 6], [(0, 0), (0, 1), (1, 0), (1, 1)], None, None, 3.75)
    >>> tell(sight, recipe).text
    '(1+3+5+6)/4 = 3.75'
    """
    if not sight.values:
        what = "nothing but padding" if recipe.ignored is None else "nothing but what is ignored"
        return Told(f"{what}: {format_element(sight.value)}")
    return WAYS[recipe.mode.formula].tell(sight, recipe)


def tell_briefly(count: int, best: Place | None, value: Any, recipe: Recipe) -> Told:
    """What there is to say of a window with too many elements to be looked at."""
    left = "" if recipe.ignored is None else ", but for the ignored"
    text = f"{recipe.mode.name} of {count} elements{left} = {format_element(value)}"
    if best is None:
        return Told(text)
    return Told(f"{text} at {place_words(best, len(recipe.axes))}", [best])
