"""The recipe: everything that is decided before the first element is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core import modes
from poolcli.core.arguments import as_bool, as_integer
from poolcli.core.axis import Axis
from poolcli.core.casting import check_cast
from poolcli.core.dtypes import DType, as_numeric_dtype, result_dtype
from poolcli.core.errors import ArgumentError, WindowError
from poolcli.core.ignored_values import IgnoredValues, as_ignored_values, read_ignored_values
from poolcli.core.modes import Mode
from poolcli.core.size_text import size_text
from poolcli.core.taps import Range, element_counts
from poolcli.core.window import Window


class Options(NamedTuple):
    """The arguments of a pooling beside its mode and window; None or False where not given.

    Attributes
    ----------
    count_include_pad : bool, optional
        Whether `avg` divides by padded elements too; by default yes for numeric padding
        (PyTorch), no for SAME (TensorFlow, ONNX).
    divisor_override : int, optional
        What `avg` divides by instead.
    ignore : number or sequence of number, optional
        Values to leave out of every window.
    dtype : dtype, optional
        What to cast the result to.
    return_indices : bool
        Whether to say where each value stood.
    norm_type : float, optional
        The exponent of `lp` (by default 2; positive, infinity included) and `gem` (3; not 0).
    q : float
        Which quantile, from 0 to 1.
    method : str
        How to go between two elements: one of `poolcli.core.kernels.median_quantile.METHODS`.
    channels : {"none", "plain", "alpha"}
        Whether the last axis is that of a picture's channels, and whether the last is alpha.
    straight_alpha : bool
        Whether colours are not weighted by alpha.
    """

    count_include_pad: bool | None = None
    divisor_override: int | None = None
    norm_type: float | None = None
    q: float = 0.5
    method: str = "linear"
    ignore: object = None
    dtype: npt.DTypeLike | None = None
    return_indices: bool = False
    channels: Literal["none", "plain", "alpha"] = "none"
    straight_alpha: bool = False


MAX_RESULT_ELEMENTS = 1 << 56
"""The most elements that a result can have."""

MODE_ARGUMENT_DEFAULTS: dict[str, object] = {
    "count_include_pad": None,
    "divisor_override": None,
    "norm_type": None,
    "q": 0.5,
    "method": "linear",
    "return_indices": False,
}
"""The options that only some modes have, as they are where they are not given."""


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """A pooling of arrays of one shape and dtype, checked and ready to run.

    Attributes
    ----------
    axes : dict
        The spatial axes, in the order of the input, and how the window lies on them.
    counts_padding : bool
        Whether means divide by the padding asked for, too.
    has_explicit_dtype : bool
        Whether the result's dtype was asked for.
    has_alpha : bool
        Whether the last axis is of channels, alpha the last; nothing is ignored there.
    weights_by_alpha : bool
        Whether the other channels are weighted by it.
    pools_whole_pixels : bool
        Whether all channels of the last axis make one value.
    """

    mode: Mode
    shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    in_dtype: DType
    out_dtype: DType
    axes: dict[int, Axis]
    counts_padding: bool
    divisor: int | None
    norm_type: float
    q: float
    method: str
    ignored: IgnoredValues | None
    has_explicit_dtype: bool
    has_alpha: bool
    weights_by_alpha: bool
    pools_whole_pixels: bool
    return_indices: bool

    @property
    def max_window_elements(self) -> int:
        """The most elements that a window can have."""
        return math.prod(axis.max_elements for axis in self.axes.values())

    def element_counts(self, outs: Sequence[Range], padded: bool) -> int | npt.NDArray[np.int64]:
        """How many elements each window of a block has, shaped to broadcast against the block.

        Where all have the same number it is a plain int.
        """
        total: int | npt.NDArray[np.int64] = 1
        for dim, axis in self.axes.items():
            if axis.has_equal_counts(padded):
                total = total * axis.kernel_size
                continue
            along = element_counts(axis, outs[dim], padded)
            if along.size and (along == along[0]).all():
                total = total * int(along[0])
            else:
                total = total * along.reshape([-1 if d == dim else 1 for d in range(len(outs))])
        return total

    @property
    def empty_value(self) -> Any:
        """The value of a window without elements, where the mode has none of its own."""
        if self.ignored is not None:
            return self.ignored.empty_value
        return self.out_dtype.type(np.nan if self.out_dtype.kind in "fc" else 0)


def prepare(
    shape: Sequence[int],
    dtype: npt.DTypeLike,
    mode: str,
    window: Window,
    axes: Sequence[int] | None = None,
    options: Options | None = None,
) -> Recipe:
    """Check the arguments of a pooling against an array's shape and dtype.

    Parameters
    ----------
    shape : sequence of int
        The array's.
    dtype : dtype
        The array's, of any byte order.
    mode : str
        A name in the table of modes.
    window : Window
        What to lay on the spatial axes.
    axes : sequence of int, optional
        The spatial axes, by default the last ones: as many as the window names, or 2 (1 for an
        array with one axis).
    options : Options, optional
        The rest.

    Returns
    -------
    Recipe

    Raises
    ------
    ArgumentError, ArgumentTypeError, WindowError
        If a value is not allowed, or the window does not fit.

    Examples
    --------
    >>> prepare((1, 1, 4, 4), "float32", "max", Window.fixed(2)).out_shape
    (1, 1, 2, 2)
    """
    options = options or Options()
    entry = modes.find_mode(mode)
    values = as_ignored_values(options.ignore)
    check_options(entry, options)
    source = as_numeric_dtype(dtype, "the input's dtype", "x")
    natural = result_dtype(entry, source)
    result = natural if options.dtype is None else as_numeric_dtype(options.dtype, "dtype")
    check_cast(natural, result)
    spatial = pooled_axes(len(shape), window, axes)
    laid = dict(zip(spatial, window.on_axes([shape[dim] for dim in spatial]), strict=True))
    out_shape = tuple(laid[dim].out_size if dim in laid else size for dim, size in enumerate(shape))
    if math.prod(out_shape) > MAX_RESULT_ELEMENTS:
        words = f"the output would be {size_text(out_shape)}, larger than any memory"
        raise WindowError(words, "x")
    include = options.count_include_pad
    if include is None:
        include = not isinstance(window.padding, str)
    return Recipe(
        mode=entry,
        shape=tuple(shape),
        out_shape=out_shape,
        in_dtype=source,
        out_dtype=result,
        axes={dim: laid[dim] for dim in sorted(laid)},
        counts_padding=bool(include) and not values,
        divisor=options.divisor_override,
        norm_type=modes.as_norm_type(entry, options.norm_type),
        q=modes.as_quantile(options.q),
        method=modes.as_quantile_method(options.method),
        ignored=read_ignored_values(values, source, result) if values else None,
        has_explicit_dtype=options.dtype is not None,
        has_alpha=options.channels == "alpha",
        weights_by_alpha=(
            options.channels == "alpha" and entry.weights_by_alpha and not options.straight_alpha
        ),
        pools_whole_pixels=options.channels != "none" and entry.pools_whole_pixels,
        return_indices=options.return_indices,
    )


def check_options(mode: Mode, options: Options) -> None:
    """Refuse arguments that the mode does not have, or that contradict each other."""
    for name in MODE_ARGUMENT_DEFAULTS:
        given = getattr(options, name)
        if name not in mode.arguments and not _is_default(given, MODE_ARGUMENT_DEFAULTS[name]):
            owners = modes.join_mode_names(m for m in modes.MODES.values() if name in m.arguments)
            raise ArgumentError(
                f"mode {mode.name!r} takes no {name} ({given!r}); {owners} can", name
            )
    if options.count_include_pad is not None:
        as_bool("count_include_pad", options.count_include_pad)
    as_bool("return_indices", options.return_indices)
    if options.count_include_pad and as_ignored_values(options.ignore):
        raise ArgumentError(
            "count_include_pad and ignore exclude each other: with ignore, "
            "padding counts in no window",
            "count_include_pad",
        )
    if options.divisor_override is not None:
        modes.as_divisor(options.divisor_override)


def _is_default(given: object, default: object) -> bool:
    return given is default or (isinstance(given, str | float | bool) and given == default)


def pooled_axes(rank: int, window: Window, axes: Sequence[int] | None) -> tuple[int, ...]:
    """The spatial axes of an array of this rank, in the order that the window's sizes stand."""
    if rank == 0:
        raise WindowError("the input has no axes (its shape is ()): there is nothing to pool", "x")
    if axes is None:
        number = window.kernel_rank or min(rank, 2)
        if number > rank:
            raise WindowError(
                f"{window.describe()} is for {number} spatial axes, the input has {rank} in all",
                window.size_argument,
            )
        return tuple(range(rank - number, rank))
    found = []
    for axis in axes:
        dim = as_integer("axes", axis)
        if not -rank <= dim < rank:
            raise ArgumentError(
                f"axes: there is no axis {dim} in an input with {rank} axes", "axes"
            )
        found.append(dim % rank)
    if len(set(found)) != len(found) or not found:
        raise ArgumentError(
            f"axes must name at least one axis, each once, not {tuple(axes)!r}", "axes"
        )
    return tuple(found)
