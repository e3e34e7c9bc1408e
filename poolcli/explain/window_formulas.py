"""The arithmetic of one window as text, for each mode.

The output values come from the core. These functions only show how they are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from poolcli.core.kernels.lp_gem_error_bounds import GEM_MINIMUM
from poolcli.core.recipe import Recipe
from poolcli.explain import ranked_formulas
from poolcli.explain.formula_terms import Arithmetic, WindowElements, join_terms, term
from poolcli.explain.position_text import Position, position_text
from poolcli.report.format_values import CONSECUTIVE_INTEGERS_LIMIT, format_element


class Formula(NamedTuple):
    """The way to write out the arithmetic of a mode.

    Attributes
    ----------
    write : callable
        Writes out one window, which has at least one element.
    counts_padding_as_zero : callable
        Returns whether padding counts as an element of value 0.
    """

    write: Callable[[WindowElements, Recipe], Arithmetic]
    counts_padding_as_zero: Callable[[Recipe], bool] = lambda recipe: False


def _function_call(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``max(1, 3) = 3``."""
    arguments = join_terms(elements.values, format_element, ", ")
    return Arithmetic(f"{recipe.mode.name}({arguments}) = {format_element(elements.result)}")


def _extreme(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``max(1, 3) = 3 at (0, 1)``."""
    text = _function_call(elements, recipe).text
    return _at_position(text, elements.extreme_position, len(recipe.axes))


def _at_position(text: str, position: Position | None, rank: int) -> Arithmetic:
    """Append the position of the chosen element, if there is one."""
    if position is None:
        return Arithmetic(text)
    return Arithmetic(f"{text} at {position_text(position, rank)}", [position])


def _sum(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``1+3 = 4``."""
    result = elements.result
    text = f"{join_terms(elements.values, term, '+')} = {format_element(result)}"
    if isinstance(result, int) and sum(elements.values) != result:
        text += f", wrapped into the range of {recipe.out_dtype}"
    return Arithmetic(text)


def _mean(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``(1+3)/2 = 2``, or with alpha as weights ``(1*255+3*0)/(255+0) = 1``."""
    result = format_element(elements.result)
    if elements.weights is None:
        count = len(elements.values) if recipe.divisor is None else recipe.divisor
        total = join_terms(elements.values, term, "+")
        return Arithmetic(f"({total})/{term(count)} = {result}")
    pairs = list(zip(elements.values, elements.weights, strict=True))
    products = join_terms(pairs, lambda pair: f"{term(pair[0])}*{term(pair[1])}", "+")
    text = f"({products})/({join_terms(elements.weights, term, '+')})"
    if not sum(elements.weights):
        return Arithmetic(f"{text}: {result}, because all pixels are fully transparent")
    return Arithmetic(f"{text} = {result}")


def _lp_norm(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``(|1|^2+|3|^2)^(1/2) = 3.16228``."""
    return _power_formula(elements, recipe, lambda value: f"|{format_element(value)}|")


def _generalized_mean(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``((1^3+3^3)/2)^(1/3) = 2.41014``."""
    smallest = f"{GEM_MINIMUM:g}".replace("e-0", "e-")

    def clamped(value: Any) -> str:
        text = format_element(value)
        return f"max({text}, {smallest})" if value < GEM_MINIMUM else text

    return _power_formula(elements, recipe, clamped, is_mean=True)


def _power_formula(
    elements: WindowElements, recipe: Recipe, write: Callable[[Any], str], *, is_mean: bool = False
) -> Arithmetic:
    """Write the root of a sum or mean of powers; for an infinite exponent a maximum or minimum."""
    exponent, result = recipe.norm_type, format_element(elements.result)
    if abs(exponent) == float("inf"):
        name = "max" if exponent > 0 else "min"
        return Arithmetic(f"{name}({join_terms(elements.values, write, ', ')}) = {result}")
    total = join_terms(elements.values, lambda value: f"{write(value)}^{term(exponent)}", "+")
    base = f"({total})/{len(elements.values)}" if is_mean else total
    return Arithmetic(f"({base})^(1/{term(exponent)}) = {result}")


def _root_mean_square(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``sqrt((1^2+3^2)/2) = 2.23607``."""
    total = join_terms(elements.values, lambda value: f"{term(value)}^2", "+")
    result = format_element(elements.result)
    return Arithmetic(f"sqrt(({total})/{len(elements.values)}) = {result}")


def _weighted_mean(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``(1*1+2*3+1*5)/4 = 3``, the sum divided by the weights that are present."""
    assert elements.weights is not None
    pairs = list(zip(elements.weights, elements.values, strict=True))

    def product(pair: tuple[int, Any]) -> str:
        return f"{_weight_text(pair[0])}*{term(pair[1])}"

    total = _weight_text(sum(elements.weights))
    result = format_element(elements.result)
    return Arithmetic(f"({join_terms(pairs, product, '+')})/{total} = {result}")


def _weight_text(weight: int) -> str:
    """Return a weight in full, or with six digits if it has more than float64 has."""
    return format_element(weight if weight < CONSECUTIVE_INTEGERS_LIMIT else Fraction(weight))


def _difference(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``max 3 at (0, 1), min 1 at (0, 0): 3-1 = 2``."""
    values, result = elements.values, format_element(elements.result)
    if any(value != value for value in values):
        return Arithmetic(f"contains NaN: {result}")
    extremes = max(values), min(values)
    chosen = [elements.positions[values.index(value)] for value in extremes]
    largest, smallest = (
        f"{format_element(value)} at {position_text(position, len(recipe.axes))}"
        for value, position in zip(extremes, chosen, strict=True)
    )
    difference = f"{term(extremes[0])}-{term(extremes[1])}"
    return Arithmetic(f"max {largest}, min {smallest}: {difference} = {result}", chosen)


def _standard_deviation(elements: WindowElements, recipe: Recipe) -> Arithmetic:
    """Write ``mean 2, sqrt(((1-2)^2+(3-2)^2)/2) = 1``."""
    mean = _exact_mean(elements.values)

    def square(value: Any) -> str:
        return f"({format_element(value)}-{term(mean)})^2"

    variance = f"({join_terms(elements.values, square, '+')})/{len(elements.values)}"
    result = format_element(elements.result)
    return Arithmetic(f"mean {format_element(mean)}, sqrt({variance}) = {result}")


def _exact_mean(values: Sequence[Any]) -> Any:
    """Return the mean as a fraction, or as a float if a value is not finite."""
    if not all(abs(value) < float("inf") for value in values):
        return sum(map(float, values))
    return sum(Fraction(*value.as_integer_ratio()) for value in values) / len(values)


FORMULAS: dict[str, Formula] = {
    "plain": Formula(_function_call),
    "extreme": Formula(_extreme),
    "mean": Formula(_mean, lambda recipe: recipe.counts_padding),
    "sum": Formula(_sum, lambda recipe: recipe.ignored is None),
    "norm": Formula(_lp_norm, lambda recipe: recipe.ignored is None),
    "powers": Formula(_generalized_mean),
    "median": Formula(ranked_formulas.median),
    "quantile": Formula(ranked_formulas.quantile),
    "counts": Formula(ranked_formulas.most_frequent),
    "squares": Formula(_root_mean_square),
    "weights": Formula(_weighted_mean),
    "deviations": Formula(_standard_deviation),
    "difference": Formula(_difference),
}
"""The formulas by the names in `poolcli.core.modes.Mode.formula`."""


def write_arithmetic(elements: WindowElements, recipe: Recipe, n_elements: int) -> Arithmetic:
    """Return the arithmetic of a window.

    Parameters
    ----------
    elements : WindowElements
        The elements that count, and the output value.
    recipe : Recipe
        The pooling.
    n_elements : int
        The number of elements of the window on the data, with ignored ones.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((2, 2), "float32", "avg", Window.fixed(2))
    >>> positions = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)]
    >>> write_arithmetic(WindowElements([1, 3, 5, 6], positions, None, None, 3.75), recipe, 4).text
    '(1+3+5+6)/4 = 3.75'
    """
    if not elements.values:
        content = "only padding" if recipe.ignored is None else "only ignored elements"
        return Arithmetic(f"{content}: {format_element(elements.result)}")
    n_valid = len(elements.values)
    if recipe.min_valid is not None and n_valid < recipe.min_valid * n_elements:
        result = format_element(elements.result)
        return Arithmetic(f"only {n_valid} of {n_elements} elements left: {result}")
    return FORMULAS[recipe.mode.formula].write(elements, recipe)


def summarize_arithmetic(
    count: int, extreme_position: Position | None, result: Any, recipe: Recipe
) -> Arithmetic:
    """Return the result of a window that has too many elements to be read one by one.

    Parameters
    ----------
    count : int
        The number of elements on the data.
    extreme_position : (int, int, int), optional
        The argmax or argmin, if the mode has one.
    result : scalar or tuple of scalar
        The output value.
    recipe : Recipe
        The pooling.
    """
    ignored = "" if recipe.ignored is None else " (without ignored ones)"
    text = f"{recipe.mode.name} of {count} elements{ignored} = {format_element(result)}"
    return _at_position(text, extreme_position, len(recipe.axes))
