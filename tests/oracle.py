"""A slow, obvious pooling to check the fast one against.

Every output is a Python loop over every element of its window. Arithmetic is exact (`Fraction`)
and rounded once, into the result's dtype. Nothing here is shared with the package under test.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from decimal import Decimal, getcontext
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

getcontext().prec = 50

Array = NDArray[Any]
Number = Fraction | float  # a float only where no Fraction will do: NaN and the infinities
Sizes = int | Sequence[int]
Padding = str | int | Sequence[int | tuple[int, int]]


# ---- geometry, one axis at a time ------------------------------------------------------------


def extent(k: int, d: int) -> int:
    """Distance a window spans: from its first element to past its last."""
    return d * (k - 1) + 1


def output_size(n: int, k: int, s: int, b: int, a: int, d: int, ceil_mode: bool) -> int:
    """Number of windows on an axis of `n` elements padded by `b` before and `a` after."""
    steps = Fraction(n + b + a - extent(k, d), s)
    if not ceil_mode:
        return math.floor(steps) + 1
    size = math.ceil(steps) + 1
    last_start = (size - 1) * s
    return size - 1 if last_start > n + b - 1 else size


def same_size(n: int, s: int) -> int:
    """Number of windows under ``same`` and ``same-lower``."""
    return math.ceil(Fraction(n, s))


def same_padding(n: int, k: int, s: int, d: int, lower: bool) -> tuple[int, int]:
    """Padding before and after under ``same``, or ``same-lower`` where `lower`."""
    total = max((same_size(n, s) - 1) * s + extent(k, d) - n, 0)
    less, more = total // 2, total - total // 2
    return (more, less) if lower else (less, more)


def window_positions(i: int, k: int, s: int, b: int, d: int) -> list[int]:
    """Where the elements of window `i` stand; negative, or past the data, in the padding."""
    return [i * s - b + j * d for j in range(k)]


def adaptive_positions(i: int, n: int, m: int) -> list[int]:
    """Where the elements of adaptive window `i` of `m` stand."""
    return list(range(math.floor(Fraction(i * n, m)), math.ceil(Fraction((i + 1) * n, m))))


class Axis(NamedTuple):
    """One spatial axis: its length, its padding, and the positions in each window."""

    n: int
    before: int
    after: int
    windows: list[list[int]]


# ---- modes: window elements → value ----------------------------------------------------------


class Arguments(NamedTuple):
    """What only some modes have; `norm` is None for the mode's own."""

    norm: float | None = None
    q: float = 0.5
    method: str = "linear"


PLAIN = Arguments()


class Window(NamedTuple):
    """The data elements of one window, and what `avg` divides their sum by."""

    values: list[Number]
    divisor: int
    arguments: Arguments = PLAIN


def best(values: list[Number], mode: str) -> int:
    """Position of the last NaN, else of the first largest (`max`) or smallest (`min`)."""
    nans = [i for i, value in enumerate(values) if value != value]
    if nans:
        return nans[-1]
    return values.index(max(values) if mode == "max" else min(values))


def window_sum(window: Window) -> Number:
    """Exact sum; NaN and infinities as IEEE addition has them."""
    odd = {value for value in window.values if isinstance(value, float)}
    if odd:
        return odd.pop() if len(odd) == 1 else math.nan
    return sum(window.values, Fraction(0))


def window_avg(window: Window) -> Number:
    """Exact sum divided once."""
    total = window_sum(window)
    if isinstance(total, float):  # NaN or infinite: only the divisor's sign can matter
        return -total if window.divisor < 0 else total
    return total / window.divisor


def powers(values: list[Decimal], norm: float) -> Decimal:
    """Sum of powers, to many digits."""
    return sum((to_power(value, Decimal(norm)) for value in values), Decimal(0))


def to_power(value: Decimal, exponent: Decimal) -> Decimal:
    """A number that is not negative, raised to a power."""
    if value == 0:
        return Decimal(0) if exponent > 0 else Decimal("Infinity")
    return value**exponent


def decimals(values: list[Number]) -> list[Decimal]:
    """Numbers to many digits."""
    return [
        Decimal(value)
        if isinstance(value, float)
        else Decimal(value.numerator) / Decimal(value.denominator)
        for value in values
    ]


def number(value: Decimal) -> Number:
    """Back from many digits; what comes as near as these to a half is one."""
    if not value.is_finite():
        return float(value)
    exact = Fraction(value)
    half = Fraction(math.floor(2 * exact + Fraction(1, 2)), 2)
    return half if abs(exact - half) <= Fraction(1, 10**45) * max(1, abs(half)) else exact


def window_lp(window: Window) -> Number:
    """The formula."""
    norm = 2.0 if window.arguments.norm is None else window.arguments.norm
    if any(value != value for value in window.values):
        return math.nan
    values = [abs(value) for value in decimals(window.values)]
    if math.isinf(norm) or not all(value.is_finite() for value in values):
        return number(max(values))
    return number(to_power(powers(values, norm), 1 / Decimal(norm)))


def window_gem(window: Window) -> Number:
    """The formula; infinite exponents are its limits."""
    norm = 3.0 if window.arguments.norm is None else window.arguments.norm
    if any(value != value for value in window.values):
        return math.nan
    values = [max(value, Decimal("1e-6")) for value in decimals(window.values)]
    if math.isinf(norm):
        return number(max(values) if norm > 0 else min(values))
    if norm > 0 and not all(value.is_finite() for value in values):
        return math.inf
    finite = [value for value in values if value.is_finite()]  # the others' powers are 0
    if not finite:
        return math.inf
    return number(to_power(powers(finite, norm) / len(values), 1 / Decimal(norm)))


def ranked(values: list[Number]) -> list[Number]:
    """In ascending order."""
    return sorted(values)


def mean_of_two(low: Number, high: Number) -> Number:
    """Half way; opposite infinities have no middle."""
    return (low + high) / 2


def window_median(window: Window) -> Number:
    """The middle value, or the mean of the two middle ones."""
    if any(value != value for value in window.values):
        return math.nan
    values = ranked(window.values)
    return mean_of_two(values[(len(values) - 1) // 2], values[len(values) // 2])


def window_quantile(window: Window) -> Number:
    """Between the elements at the ranks around ``q * (n - 1)``."""
    _, q, method = window.arguments
    if any(value != value for value in window.values):
        return math.nan
    values = ranked(window.values)
    at = (len(values) - 1) * q  # in float64, as numpy.quantile has it
    low, high = math.floor(at), math.ceil(at)
    if method in ("lower", "higher", "nearest"):
        return values[{"lower": low, "higher": high, "nearest": round(at)}[method]]
    a, b, share = values[low], values[high], Fraction(at) - low
    if method == "midpoint":
        share = Fraction(0 if low == high else 1, 2)
    if share == 0 or a == b:
        return a
    if isinstance(a, float) or isinstance(b, float):
        return float(a) + float(b)
    return a + (b - a) * share


def window_mode(window: Window) -> Number:
    """The most frequent value, the smallest of equals; all NaNs are one value, the largest."""
    names = ["nan" if value != value else value for value in window.values]
    most = max(names.count(name) for name in names)
    often = [name for name in names if names.count(name) == most and name != "nan"]
    return min(often, default=math.nan)  # type: ignore[type-var]


def window_std(window: Window) -> Number:
    """Root of the mean squared deviation from the mean."""
    if any(isinstance(value, float) for value in window.values):
        return math.nan
    exact = [Fraction(value) for value in window.values]
    mean = sum(exact, Fraction(0)) / len(exact)
    variance = sum(((value - mean) ** 2 for value in exact), Fraction(0)) / len(exact)
    return number(decimals([variance])[0].sqrt())


MODES: dict[str, Callable[[Window], Number]] = {
    "max": lambda window: window.values[best(window.values, "max")],
    "min": lambda window: window.values[best(window.values, "min")],
    "avg": window_avg,
    "sum": window_sum,
    "lp": window_lp,
    "gem": window_gem,
    "median": window_median,
    "quantile": window_quantile,
    "mode": window_mode,
    "std": window_std,
}
INDEXED = ("max", "min")
KEEPS_DTYPE = ("max", "min", "mode")
TAKES_COMPLEX = ("avg", "sum")


def only_padding(mode: str, dtype: np.dtype[Any], target: np.dtype[Any]) -> Number:
    """Value of a window of nothing but padding, from dtype `dtype` into dtype `target`."""
    if mode in ("sum", "lp", "avg"):
        return Fraction(0)
    if mode not in INDEXED:
        return math.nan if target.kind in "fc" else Fraction(0)
    if dtype.kind == "f":
        return -math.inf if mode == "max" else math.inf
    lowest, highest = integer_range(dtype)
    return Fraction(lowest if mode == "max" else highest)


# ---- numbers ---------------------------------------------------------------------------------


def integer_range(dtype: np.dtype[Any]) -> tuple[int, int]:
    """Lowest and highest value of an integer or boolean dtype."""
    return (0, 1) if dtype.kind == "b" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))


def exact(value: Any) -> Number:
    """`value` as a Fraction, unless it is NaN or infinite."""
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return Fraction(int(value))
    if isinstance(value, Fraction):
        return value
    return Fraction(*value.as_integer_ratio()) if np.isfinite(value) else float(value)


def round_float(value: Fraction, dtype: np.dtype[Any]) -> Any:
    """`value` rounded once to a float dtype: to nearest, ties to even, too large to infinity."""
    info = np.finfo(dtype)
    digits = int(info.nmant) + 1
    # Find the exponent that leaves exactly `digits` binary digits before the point, then do not
    # go below the spacing of the subnormals.
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - digits
    while abs(value) >= Fraction(2) ** (exponent + digits):
        exponent += 1
    exponent = max(exponent, int(info.minexp) - int(info.nmant))
    with np.errstate(over="ignore"):
        return np.ldexp(dtype.type(round(value / Fraction(2) ** exponent)), exponent)


def cast(value: Number, dtype: np.dtype[Any]) -> Any:
    """`value` in a real dtype: integers half up, saturating, NaN as 0; floats rounded once."""
    if dtype.kind == "b":
        return value != 0
    if dtype.kind in "iu":
        lowest, highest = integer_range(dtype)
        if isinstance(value, float):
            return 0 if math.isnan(value) else highest if value > 0 else lowest
        return min(max(math.floor(value + Fraction(1, 2)), lowest), highest)
    return dtype.type(value) if isinstance(value, float) else round_float(value, dtype)


def wrap(value: Number, dtype: np.dtype[Any]) -> Number:
    """An integer brought into the range of an integer dtype, as overflow does."""
    lowest, highest = integer_range(dtype)
    return (value - lowest) % (highest - lowest + 1) + lowest


def result_dtype(mode: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Dtype of the result where none is asked for."""
    if mode in KEEPS_DTYPE or dtype.kind in "fc":
        return dtype.newbyteorder("=")
    if mode == "sum":
        return np.dtype(np.uint64 if dtype.kind == "u" else np.int64)
    return np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)


def part_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Dtype of the real part."""
    return dtype.type(0).real.dtype if dtype.kind == "c" else dtype


class Ignored(NamedTuple):
    """A value to ignore, as one input has it: V by parts, and if the dtype can hold it."""

    parts: list[Number]
    held: bool

    def matches(self, element: list[Number]) -> bool:
        """Whether an element, by parts, is one of those left out."""
        if any(part != part for part in self.parts):
            return self.held and any(part != part for part in element)
        return self.held and element == self.parts


def read_ignore(value: Any, dtype: np.dtype[Any]) -> Ignored:
    """V as the input's dtype has it."""
    parts = [exact(value.real), exact(value.imag)] if dtype.kind == "c" else [exact(value)]
    if dtype.kind in "fc":
        return Ignored([exact(cast(part, part_dtype(dtype))) for part in parts], True)
    lowest, highest = integer_range(dtype)
    whole = isinstance(parts[0], Fraction) and parts[0].denominator == 1
    return Ignored(parts, whole and lowest <= parts[0] <= highest)


# ---- arguments -------------------------------------------------------------------------------


def spatial_axes(ndim: int, axes: Sizes | None, sizes: Any) -> list[int]:
    """The spatial axes, non-negative, in the order given."""
    if axes is None:
        count = len(sizes) if isinstance(sizes, Sequence) else 1 if ndim == 1 else 2
        axes = range(-count, 0)
    given = [axes] if isinstance(axes, int) else [operator.index(axis) for axis in axes]
    found = [axis % ndim for axis in given if -ndim <= axis < ndim]
    if not found or len(found) != len(given) or len(set(found)) != len(found):
        raise ValueError(f"axes {given} of an array with {ndim} axes")
    return found


def per_axis(value: Any, count: int, name: str) -> list[Any]:
    """One entry a spatial axis."""
    if value is None or not isinstance(value, Sequence):
        return [value] * count
    if len(value) != count:
        raise ValueError(f"{name} {value} for {count} spatial axes")
    return list(value)


def at_least(value: int, least: int, name: str) -> int:
    """`value`, an integer not below `least`."""
    if operator.index(value) < least:
        raise ValueError(f"{name} must be at least {least}, not {value}")
    return operator.index(value)


def fixed_axis(n: int, k: int, s: int, padding: Any, d: int, ceil_mode: bool) -> Axis:
    """Windows of one size, one stride apart."""
    k = at_least(k, 1, "kernel_size")
    s = at_least(s, 1, "stride")
    d = at_least(d, 1, "dilation")
    if padding in ("same", "same-lower"):
        b, a = same_padding(n, k, s, d, padding == "same-lower")
        size = same_size(n, s)
    else:
        pair = (padding, padding) if isinstance(padding, int) else padding
        b, a = (at_least(p, 0, "padding") for p in pair)
        if max(b, a) >= extent(k, d):
            raise ValueError(f"padding {(b, a)} is not smaller than the window's {extent(k, d)}")
        size = output_size(n, k, s, b, a, d, ceil_mode)
    if size < 1:
        raise ValueError(f"the output would be empty: a window of {extent(k, d)} on {n} elements")
    return Axis(n, b, a, [window_positions(i, k, s, b, d) for i in range(size)])


def adaptive_axis(n: int, m: int | None) -> Axis:
    """`m` windows that cover the axis; `None` keeps it."""
    m = at_least(n if m is None else m, 1, "output size")
    at_least(n, 1, "the length of a spatial axis")
    return Axis(n, 0, 0, [adaptive_positions(i, n, m) for i in range(m)])


# ---- pooling ---------------------------------------------------------------------------------


def target_dtype(mode: str, source: np.dtype[Any], asked: DTypeLike | None) -> np.dtype[Any]:
    """Dtype of the result, once it is sure that `mode` takes the input."""
    if mode not in MODES:
        raise ValueError(f"no mode {mode!r}")
    if source.kind not in "biufc" or (source.kind == "c" and mode not in TAKES_COMPLEX):
        raise TypeError(f"{mode} of {source}")
    if asked is None:
        return result_dtype(mode, source)
    target = np.dtype(asked).newbyteorder("=")
    if target.kind not in "biufc" or (source.kind == "c" and target.kind != "c"):
        raise TypeError(f"{source} to {target}")
    return target


class Taken(NamedTuple):
    """What one window covers: data elements by parts, where they stand, and padding asked for."""

    elements: list[list[Number]]
    flat: list[int]
    padded: int


def take(x: Array, layout: dict[int, Axis], place: tuple[int, ...]) -> Taken:
    """Look at every element of the window that gives the output at `place`."""
    parts = [x.real, x.imag] if x.dtype.kind == "c" else [x]
    axes = sorted(layout)
    taken, padded = Taken([], [], 0), 0
    for positions in itertools.product(*(layout[a].windows[place[a]] for a in axes)):
        index, flat = list(place), 0
        inside = asked_for = True
        for a, p in zip(axes, positions, strict=True):
            n, before, after, _ = layout[a]
            inside = inside and 0 <= p < n
            asked_for = asked_for and -before <= p < n + after
            index[a] = p
            flat = flat * n + p
        if inside:
            taken.elements.append([exact(part[tuple(index)]) for part in parts])
            taken.flat.append(flat)
        elif asked_for:
            padded += 1
    return taken._replace(padded=padded)


def read_all(ignore: Any, dtype: np.dtype[Any]) -> list[Ignored]:
    """Every V, first the first that the dtype can hold: windows of nothing else give it."""
    given = ignore if isinstance(ignore, list | tuple) else [] if ignore is None else [ignore]
    return sorted((read_ignore(value, dtype) for value in given), key=lambda each: not each.held)


def without(taken: Taken, ignored: list[Ignored]) -> Taken:
    """Leave the ignored elements out, and the padding."""
    kept = [
        i
        for i, element in enumerate(taken.elements)
        if not any(each.matches(element) for each in ignored)
    ]
    return Taken([taken.elements[i] for i in kept], [taken.flat[i] for i in kept], 0)


def run(
    x: Array,
    mode: str,
    layout: dict[int, Axis],
    include_pad: bool = False,
    divisor: int | None = None,
    *,
    arguments: Arguments = PLAIN,
    ignore: Any = None,
    dtype: DTypeLike | None = None,
) -> tuple[Array, NDArray[np.int64] | None]:
    """Pool `x` over the axes of `layout`, window by window, element by element."""
    target = target_dtype(mode, x.dtype, dtype)
    wraps = mode == "sum" and x.dtype.kind in "biu" and dtype is None
    ignored = read_all(ignore, x.dtype)

    shape = [len(layout[a].windows) if a in layout else n for a, n in enumerate(x.shape)]
    out = np.zeros(shape, target)
    indices = np.full(shape, -1, np.int64)
    results = [out.real, out.imag] if x.dtype.kind == "c" else [out.real]

    for place in np.ndindex(out.shape):
        taken = take(x, layout, place)
        taken = without(taken, ignored) if ignored else taken
        count = len(taken.elements) + (taken.padded if include_pad else 0)
        for part, result in enumerate(results):
            values = [element[part] for element in taken.elements]
            if values:
                value = MODES[mode](
                    Window(values, count if divisor is None else divisor, arguments)
                )
                value = wrap(value, target) if wraps else value
            else:
                value = ignored[0].parts[part] if ignored else only_padding(mode, x.dtype, target)
            result[place] = cast(value, part_dtype(target))
            if values and mode in INDEXED:
                indices[place] = taken.flat[best(values, mode)]
    return out, indices if mode in INDEXED else None


def pool(
    x: ArrayLike,
    mode: str = "max",
    kernel_size: Sizes = 2,
    stride: Sizes | None = None,
    padding: Padding = 0,
    dilation: Sizes = 1,
    *,
    ceil_mode: bool = False,
    count_include_pad: bool | None = None,
    divisor_override: int | None = None,
    norm_type: float | None = None,
    q: float = 0.5,
    method: str = "linear",
    ignore: Any = None,
    axes: Sizes | None = None,
    dtype: DTypeLike | None = None,
) -> tuple[Array, NDArray[np.int64] | None]:
    """Values and indices (`None` but for ``max`` and ``min``) of windows of one size."""
    x = np.asarray(x)
    if divisor_override is not None and operator.index(divisor_override) == 0:
        raise ValueError("divisor_override must not be 0")
    if read_all(ignore, x.dtype) and count_include_pad:
        raise ValueError("count_include_pad with ignore")
    spatial = spatial_axes(x.ndim, axes, kernel_size)
    if isinstance(padding, str) and padding not in ("same", "same-lower", "valid"):
        raise ValueError(f"padding {padding!r}")
    same = padding in ("same", "same-lower")
    pads = (
        [padding] * len(spatial)
        if same
        else per_axis(0 if padding == "valid" else padding, len(spatial), "padding")
    )
    kernels = per_axis(kernel_size, len(spatial), "kernel_size")
    strides = per_axis(kernels if stride is None else stride, len(spatial), "stride")
    dilations = per_axis(dilation, len(spatial), "dilation")
    layout = {
        a: fixed_axis(x.shape[a], k, s, p, d, ceil_mode)
        for a, k, s, p, d in zip(spatial, kernels, strides, pads, dilations, strict=True)
    }
    include = not same if count_include_pad is None else count_include_pad
    return run(
        x,
        mode,
        layout,
        include,
        divisor_override,
        arguments=Arguments(norm_type, q, method),
        ignore=ignore,
        dtype=dtype,
    )


def adaptive_pool(
    x: ArrayLike,
    mode: str = "avg",
    output_size: int | Sequence[int | None] | None = 1,
    *,
    norm_type: float | None = None,
    q: float = 0.5,
    method: str = "linear",
    axes: Sizes | None = None,
    ignore: Any = None,
    dtype: DTypeLike | None = None,
) -> tuple[Array, NDArray[np.int64] | None]:
    """Values and indices of as many windows as `output_size` says; `None` keeps an axis."""
    x = np.asarray(x)
    spatial = spatial_axes(x.ndim, axes, output_size)
    sizes = per_axis(output_size, len(spatial), "output_size")
    layout = {a: adaptive_axis(x.shape[a], m) for a, m in zip(spatial, sizes, strict=True)}
    arguments = Arguments(norm_type, q, method)
    return run(x, mode, layout, arguments=arguments, ignore=ignore, dtype=dtype)


def global_pool(
    x: ArrayLike,
    mode: str = "avg",
    *,
    axes: Sizes | None = None,
    **more: Any,
) -> tuple[Array, NDArray[np.int64] | None]:
    """Values and indices of one window over the whole plane, whose axes stay with size 1."""
    return adaptive_pool(x, mode, 1, axes=axes, **more)
