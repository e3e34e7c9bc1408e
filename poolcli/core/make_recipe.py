"""The check of all arguments of a pooling before the first element is read: it makes the recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from poolcli.core import modes
from poolcli.core.arguments import as_bool
from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array, DType, as_numeric_dtype, result_dtype
from poolcli.core.errors import ArgumentError, ArgumentTypeError, WindowError
from poolcli.core.exact_numbers import number_text
from poolcli.core.footprint_mask import footprint_mask
from poolcli.core.ignored_values import as_element, as_ignored_values, read_ignored_values
from poolcli.core.min_valid import as_min_valid
from poolcli.core.modes import Mode
from poolcli.core.recipe import Options, Recipe
from poolcli.core.shape_text import shape_text
from poolcli.core.window import Window

MAX_RESULT_ELEMENTS = 1 << 56


def make_recipe(
    shape: Sequence[int],
    dtype: npt.DTypeLike,
    mode: str,
    window: Window,
    axes: Sequence[int] | None = None,
    options: Options | None = None,
) -> Recipe:
    """Check the arguments of a pooling and return its recipe.

    Parameters
    ----------
    shape : sequence of int
        The input's shape.
    dtype : dtype
        The input's dtype, in any byte order.
    mode : str
        The name of a mode.
    window : Window
        The window to lay on the pooled axes.
    axes : sequence of int, optional
        The pooled axes in the order of the window's sizes. By default they are the last ones: as
        many as the kernel size or the output size names, or 2 (1 for an array with one axis).
    options : Options, optional
        The other arguments.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is wrong, alone or beside the others.
    WindowError
        If the window does not fit the input.

    Examples
    --------
    >>> recipe = make_recipe((1, 1, 4, 4), "uint8", "avg", Window.fixed(2))
    >>> recipe.out_shape, str(recipe.out_dtype)
    ((1, 1, 2, 2), 'float32')
    """
    options = options or Options()
    entry = modes.find_mode(mode)
    ignore = as_ignored_values(options.ignore)
    check_options(entry, options)
    _check_padding_mode(window, options)
    in_dtype = as_numeric_dtype(dtype, "the input's dtype", "x")
    mode_dtype = result_dtype(entry, in_dtype)
    out_dtype = mode_dtype if options.dtype is None else as_numeric_dtype(options.dtype, "dtype")
    if mode_dtype.kind == "c" and out_dtype.kind != "c":
        raise ArgumentError(
            f"a complex result ({mode_dtype}) cannot be cast to {out_dtype}", "dtype"
        )
    dims = pooled_axes(len(shape), window, axes)
    windows = dict(zip(dims, window.on_axes([shape[dim] for dim in dims]), strict=True))
    out_shape = tuple(
        windows[dim].out_size if dim in windows else size for dim, size in enumerate(shape)
    )
    if math.prod(out_shape) > MAX_RESULT_ELEMENTS:
        raise WindowError(
            f"the output would be {shape_text(out_shape)}, larger than any memory", "x"
        )
    count_include_pad = options.count_include_pad
    if count_include_pad is None:
        count_include_pad = not isinstance(window.padding, str)
    has_alpha = options.channels == "alpha"
    weights_by_alpha = has_alpha and entry.weights_by_alpha and not options.straight_alpha
    if window.longest_side is not None and all(axis.is_identity for axis in windows.values()):
        weights_by_alpha = False  # an image that already fits keeps the colours of invisible pixels
    if weights_by_alpha and in_dtype.kind in "iu" and in_dtype.itemsize == 8:
        raise ArgumentTypeError(
            f"{in_dtype} colours are not weighted by alpha; with --straight-alpha each channel is "
            "pooled alone",
            "x",
        )
    has_padding = any(axis.pad_before or axis.pad_after for axis in windows.values())
    ignored = read_ignored_values(ignore, in_dtype, out_dtype) if ignore else None
    min_valid = as_min_valid(options.min_valid)
    return Recipe(
        mode=entry,
        shape=tuple(shape),
        out_shape=out_shape,
        in_dtype=in_dtype,
        out_dtype=out_dtype,
        axes={dim: windows[dim] for dim in sorted(windows)},
        padding_mode=window.padding_mode if has_padding else None,
        padding_element=_padding_element(window, in_dtype),
        footprint=_footprint(window, windows, len(shape)),
        counts_padding=bool(count_include_pad) and not ignore,
        divisor=modes.as_divisor(options.divisor_override),
        norm_type=modes.as_norm_type(entry, options.norm_type),
        q=modes.as_quantile(options.q),
        method=modes.as_quantile_method(options.method),
        ignored=ignored,
        min_valid=min_valid if ignored is not None and ignored.elements else None,
        has_explicit_dtype=options.dtype is not None,
        has_alpha=has_alpha,
        weights_by_alpha=weights_by_alpha,
        pools_whole_pixels=options.channels != "none" and entry.pools_whole_pixels,
        return_indices=options.return_indices,
    )


def check_options(mode: Mode, options: Options) -> None:
    """Raise an error if the mode does not have an option, or options exclude each other.

    Parameters
    ----------
    mode : Mode
        The mode.
    options : Options
        The options.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an option is wrong; the error names it.
    """
    options = options._replace(return_indices=as_bool("return_indices", options.return_indices))
    for name, value in options._asdict().items():
        owners = [other for other in modes.MODES.values() if name in other.arguments]
        is_given = value is not Options._field_defaults[name]
        if owners and name not in mode.arguments and is_given:
            names = modes.join_mode_names(owners)
            raise ArgumentError(
                f"mode {mode.name!r} takes no {name} ({value!r}), unlike {names}", name
            )
    if options.count_include_pad is not None:
        as_bool("count_include_pad", options.count_include_pad)
    if options.count_include_pad and as_ignored_values(options.ignore):
        raise ArgumentError(
            "count_include_pad and ignore exclude each other: with ignore, "
            "padding counts in no window",
            "count_include_pad",
        )
    modes.as_divisor(options.divisor_override)


def _check_padding_mode(window: Window, options: Options) -> None:
    """Raise `ArgumentError` for options that treat padded elements as if they had no values."""
    if window.padding_mode is None:
        return
    if options.return_indices:
        raise ArgumentError(
            "return_indices and padding_mode exclude each other: padded elements have no index",
            "padding_mode",
        )
    if options.count_include_pad is not None and not options.count_include_pad:
        raise ArgumentError(
            "padding_mode and a count_include_pad of False exclude each other: padded elements "
            "have values, which count",
            "padding_mode",
        )


def _padding_element(window: Window, in_dtype: DType) -> Any:
    """Return the value of constant padding as an element of the input; None for other padding."""
    mode = window.padding_mode
    if mode is None or mode.constant is None:
        return None
    element = as_element(mode.constant, in_dtype)
    if element is None:
        raise ArgumentError(
            f"padding_mode constant: {in_dtype} cannot hold {number_text(mode.constant)}",
            "padding_mode",
        )
    return element


def _footprint(window: Window, axes: Mapping[int, Axis], rank: int) -> Array | None:
    """Return the mask of a footprint with one axis per axis of the input; None if all count."""
    if window.footprint is None:
        return None
    mask = footprint_mask(window.footprint, [axis.kernel_size for axis in axes.values()])
    if mask.all():
        return None
    dims = list(axes)
    shape = [axes[dim].kernel_size if dim in axes else 1 for dim in range(rank)]
    return mask.transpose([dims.index(dim) for dim in sorted(dims)]).reshape(shape)


def pooled_axes(rank: int, window: Window, axes: Sequence[int] | None) -> tuple[int, ...]:
    """Return the pooled axes of an array, in the order of the window's sizes.

    Parameters
    ----------
    rank : int
        The number of the array's axes.
    window : Window
        The window, whose kernel size or output size may name a number of axes.
    axes : sequence of int, optional
        The argument `axes`; negative numbers count from the end.

    Raises
    ------
    ArgumentError
        If an axis does not exist or is named twice.
    WindowError
        If the array has too few axes.

    Examples
    --------
    >>> pooled_axes(4, Window.fixed(2), None), pooled_axes(4, Window.fixed((2, 2, 2)), None)
    ((2, 3), (1, 2, 3))
    """
    if rank == 0:
        raise WindowError("the input has no axes (its shape is ()): there is nothing to pool", "x")
    if axes is None:
        number = window.kernel_rank or min(rank, 2)
        if number > rank:
            raise WindowError(
                f"{window.describe()} is for {number} pooled axes, the input has only {rank}",
                window.size_argument,
            )
        return tuple(range(rank - number, rank))
    for axis in axes:
        if not -rank <= axis < rank:
            raise ArgumentError(
                f"axes: there is no axis {axis} in an input with {rank} axes", "axes"
            )
    dims = tuple(axis % rank for axis in axes)
    if len(set(dims)) != len(dims) or not dims:
        raise ArgumentError(
            f"axes must name at least one axis, each once, not {tuple(axes)!r}", "axes"
        )
    return dims
