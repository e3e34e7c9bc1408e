"""The recipe of a pooling: everything that is decided before the first element is read.

`poolcli.core.make_recipe` makes it from the arguments and from the input's shape and dtype. It
decides:

- which axes are pooled, and where every window lies on each of them (`Axis`);
- the shape and the dtype of the result;
- the exponent, quantile, method and divisor, and whether padding counts in means;
- which values are ignored, as elements of the input's dtype, and the value of windows without
  elements;
- how the channels of an image are treated: alpha, and modes that pool whole pixels.

The recipe alone decides which kernel computes the result (see `kernels.kernel_protocol`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.axis import Axis
from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array, DType, identity_element
from poolcli.core.footprint_mask import element_counts_in_footprint
from poolcli.core.ignored_values import IgnoredValues, valid_mask
from poolcli.core.modes import Mode
from poolcli.core.padding_mode import PaddingMode
from poolcli.core.taps import AxisBlock, Windows, element_counts


class Options(NamedTuple):
    """The arguments of a pooling except for input, mode, window and axes.

    Attributes
    ----------
    norm_type : float, optional
        The exponent of `lp` (default 2; positive, or infinity) and of `gem` (default 3; not 0).
    q : float, optional
        The quantile (default 0.5), from 0 to 1.
    method : str, optional
        The interpolation method of quantiles (default linear), one of
        `poolcli.core.modes.QUANTILE_METHODS`.
    ignore : number or sequence of number, optional
        Values to ignore.
    dtype : dtype, optional
        The dtype to which the result is cast.
    return_indices : bool
        Whether argmax or argmin indices are wanted.
    count_include_pad : bool, optional
        Whether `avg` divides by padded elements too. The default is True for numeric padding
        (PyTorch) and False for SAME (TensorFlow, ONNX).
    divisor_override : int, optional
        The number by which `avg` divides sums instead of the number of elements.
    channels : {"none", "plain", "alpha"}
        Whether the last axis is the channels of an image, and whether the last channel is alpha.
    straight_alpha : bool
        Whether every channel is pooled alone, without weighting colours by alpha.
    min_valid : number, optional
        The share of a window's elements, from 0 to 1, that must be left after ignoring.
    """

    norm_type: float | None = None
    q: float | None = None
    method: str | None = None
    ignore: object = None
    dtype: npt.DTypeLike | None = None
    return_indices: bool = False
    count_include_pad: bool | None = None
    divisor_override: int | None = None
    channels: Literal["none", "plain", "alpha"] = "none"
    straight_alpha: bool = False
    min_valid: object = None


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """A checked pooling of arrays of one shape and one dtype.

    Attributes
    ----------
    mode : Mode
        The mode's entry in the table of modes.
    shape, out_shape : tuple of int
        The shapes of the input and of the result.
    in_dtype, out_dtype : dtype
        The dtypes of the input and of the result, in native byte order.
    axes : dict of int to Axis
        The pooled axes in the order of the input's axes, and the windows along each.
    padding_mode : PaddingMode or None
        What padding contains; None if the padding of no axis has values.
    padding_element : scalar or None
        The value of constant padding, of the input's dtype.
    footprint : ndarray of bool or None
        Which elements of a window count, with one axis per axis of the input, of size 1 where it is
        not pooled; None for all elements.
    counts_padding : bool
        Whether means divide by padded elements too.
    divisor : int or None
        The number by which `avg` divides sums; None divides by the number of elements.
    norm_type : float
        The exponent; 0 if the mode has none.
    q : float
        The quantile, from 0 to 1.
    method : str
        The interpolation method of quantiles.
    ignored : IgnoredValues or None
        The values to ignore.
    min_valid : Fraction or None
        A window with a smaller share of elements left is empty; None if no window is for that
        reason.
    has_explicit_dtype : bool
        Whether `out_dtype` was given by the argument `dtype`, not by the mode.
    has_alpha : bool
        Whether the last axis is channels and the last channel is alpha, in which nothing is
        ignored.
    weights_by_alpha : bool
        Whether the other channels are weighted by alpha.
    pools_whole_pixels : bool
        Whether all channels of the last axis are one value.
    return_indices : bool
        Whether argmax or argmin indices are computed.
    bounds : (scalar, scalar) or None
        The lowest and the highest value of an input, if they are not those of `in_dtype`, in which
        it is pooled (see `poolcli.core.float32_pooling`).
    max_window_elements : int
        The largest number of elements that a window can have.
    """

    mode: Mode
    shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    in_dtype: DType
    out_dtype: DType
    axes: dict[int, Axis]
    padding_mode: PaddingMode | None
    padding_element: Any
    footprint: Array | None
    counts_padding: bool
    divisor: int | None
    norm_type: float
    q: float
    method: str
    ignored: IgnoredValues | None
    min_valid: Fraction | None
    has_explicit_dtype: bool
    has_alpha: bool
    weights_by_alpha: bool
    pools_whole_pixels: bool
    return_indices: bool
    bounds: tuple[Any, Any] | None = None
    max_window_elements: int = field(init=False)

    def __post_init__(self) -> None:
        max_elements = math.prod(axis.max_elements for axis in self.axes.values())
        if self.footprint is not None:
            max_elements = min(max_elements, int(np.count_nonzero(self.footprint)))
        object.__setattr__(self, "max_window_elements", max_elements)

    def is_reduced(self, dim: int) -> bool:
        """Return whether windows have more than one element along axis number `dim`."""
        return dim in self.axes and not self.axes[dim].is_identity

    def input_ranges(self, out_ranges: Ranges) -> Ranges:
        """Return the ranges of the input that the windows of a block lie on, without padding.

        Parameters
        ----------
        out_ranges : tuple of (int, int)
            The block: one range of the result per axis.

        Returns
        -------
        tuple of (int, int)
            One range per axis.

        Examples
        --------
        >>> from poolcli.core.make_recipe import make_recipe
        >>> from poolcli.core.window import Window
        >>> recipe = make_recipe((3, 8), "u1", "max", Window.fixed(3, stride=2, padding=1), [1])
        >>> recipe.input_ranges(((0, 3), (1, 4)))
        ((0, 3), (1, 8))
        """
        return tuple(
            self.axes[dim].input_range(*span) if dim in self.axes else span
            for dim, span in enumerate(out_ranges)
        )

    def axis_blocks(self, out_ranges: Ranges) -> Windows:
        """Return the windows of a block along each axis; None for an axis that is not reduced.

        Parameters
        ----------
        out_ranges : tuple of (int, int)
            The block: one range of the result per axis.
        """
        in_ranges = self.input_ranges(out_ranges)
        return [
            AxisBlock(self.axes[dim], outs, ins) if self.is_reduced(dim) else None
            for dim, (outs, ins) in enumerate(zip(out_ranges, in_ranges, strict=True))
        ]

    def valid_mask(self, block: Array) -> Array:
        """Return the mask of the elements of a block of the input that are not ignored.

        Returns
        -------
        ndarray of bool
            Of the block's shape; if whole pixels are pooled, without the last axis.
        """
        ignored = () if self.ignored is None else self.ignored.elements
        return valid_mask(block, ignored, alpha=self.has_alpha, pixels=self.pools_whole_pixels)

    def element_counts(self, windows: Windows, padded: bool) -> int | Array:
        """Return the number of elements of each window of a block.

        Parameters
        ----------
        windows : sequence of AxisBlock or None
            The windows of the block along each axis; None for an axis that is not reduced.
        padded : bool
            Whether elements in the padding count too.

        Returns
        -------
        int or ndarray of int64
            An int if all windows have the same number of elements, else an array that broadcasts
            against the block.
        """
        if self.footprint is not None:
            return element_counts_in_footprint(self.footprint, windows, padded)
        total: int | Array = 1
        for dim, block in enumerate(windows):
            if block is None:
                continue
            if block.axis.has_equal_counts(padded):
                extra = block.axis.extra_padding if padded else 0
                total = total * (block.axis.kernel_size + extra)
                continue
            counts = element_counts(block.axis, block.out_range, padded)
            if counts.size and (counts == counts[0]).all():
                total = total * int(counts[0])
            else:
                shape = [-1 if d == dim else 1 for d in range(len(windows))]
                total = total * counts.reshape(shape)
        return total

    def identity_element(self, ufunc: np.ufunc) -> Any:
        """Return the identity element of `numpy.maximum` or `numpy.minimum` for the input."""
        if self.bounds is None:
            return identity_element(ufunc, self.in_dtype)
        lowest, highest = self.bounds
        return lowest if ufunc is np.maximum else highest

    @property
    def empty_value(self) -> Any:
        """The value of windows without elements, for modes that do not define one."""
        if self.ignored is not None:
            return self.ignored.empty_value
        return self.out_dtype.type(np.nan if self.out_dtype.kind in "fc" else 0)
