"""The input of a comparison in memory: its elements, and the same shifted and with noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from poolcli.batch.first_array_or_frame import FirstItem, open_first_item
from poolcli.batch.likely_mistakes import padding_for_exponent
from poolcli.batch.pool_item import core_options
from poolcli.batch.pooled_axes import drawn_axes
from poolcli.compare.measurements import counted_elements, relative_change
from poolcli.compare.perturbations import shifted, with_noise
from poolcli.core.dtypes import Array, DType
from poolcli.core.extension_floats import with_numpy_dtype
from poolcli.core.ignored_values import as_ignored_elements
from poolcli.core.make_recipe import make_recipe
from poolcli.core.modes import find_mode
from poolcli.core.pool_array import pool_array
from poolcli.core.shape_text import shape_text
from poolcli.errors import LimitError
from poolcli.io.document import Item
from poolcli.report.plane_index import plane_counts, plane_index_text
from poolcli.request import Request

MAX_ELEMENTS = 1 << 26
"""The size of the largest array that is compared. Several copies are held in memory."""

MAX_PLANES = 8
"""The number of planes of an array that are drawn."""


class ComparisonInput(NamedTuple):
    """An input in memory.

    Attributes
    ----------
    item : Item
        The array or frame. A palette is set if the elements are palette indices.
    values : ndarray
        Its elements, in native byte order.
    axes : tuple of int
        The pooled axes.
    plane_axes : tuple of int
        The axes of the planes that are drawn, at most two.
    shifted_values : list of ndarray
        The elements moved by one element along each of the last two pooled axes.
    noisy_values : ndarray, optional
        The elements with noise; None for labels and booleans, which have none.
    ignored : tuple of scalar
        The values of ignored elements.
    has_palette : bool
        Whether the image file has a palette.
    requests : sequence of Request
        The requests whose modes accept the dtype.
    notes : list of str
        The notes on reading the input and on the modes.
    """

    item: Item
    values: Array
    axes: tuple[int, ...]
    plane_axes: tuple[int, ...]
    shifted_values: list[Array]
    noisy_values: Array | None
    ignored: tuple[Any, ...]
    has_palette: bool
    requests: Sequence[Request]
    notes: list[str]

    def pool(self, values: Array, request: Request, dtype: DType | None = None) -> Array:
        """Return the result of a mode, unrounded or rounded once to a dtype.

        Parameters
        ----------
        values : ndarray
            The elements of the input, or the same shifted or with noise.
        request : Request
            The request with the mode.
        dtype : dtype, optional
            The dtype to round to; None for the unrounded result.
        """
        options = core_options(self.item, request, dtype, indices=False)
        result = pool_array(values, request.mode, request.window, self.axes, options, request.jobs)
        assert not isinstance(result, tuple)
        return result

    def measured_values(self, values: Array) -> Array:
        """Return the values to measure: colours of palette indices, and no alpha."""
        colours = self.colours(values)
        return colours[..., :-1] if self.item.has_alpha else colours

    def counted_values(self, values: Array) -> Array:
        """Return the finite values to measure that are not ignored, as a 1-D array.

        Parameters
        ----------
        values : ndarray
            The elements of the input or of a result. Complex numbers count by their magnitude.
        """
        return counted_elements(self.measured_values(values), self.ignored)

    def change(self, before: Array, after: Array) -> float | None:
        """Return the relative change from one result to another.

        Parameters
        ----------
        before, after : ndarray
            Two results of one shape.
        """
        measured_before, measured_after = map(self.measured_values, (before, after))
        return relative_change(measured_before, measured_after, self.ignored)

    def colours(self, values: Array) -> Array:
        """Return the colours of palette indices; other values as they are.

        Parameters
        ----------
        values : ndarray
            The elements of the input or of a result.
        """
        palette = self.item.palette
        if palette is None:
            return values
        return np.frombuffer(palette.colours_of_256, np.uint8).reshape(256, 3)[values]

    def plane_counts(self) -> list[int]:
        """Return the number of planes along each axis; nothing for an image, which is one plane."""
        if self.item.image_mode is not None:
            return []
        return plane_counts(self.values.shape, self.plane_axes)

    def drawn_planes(self) -> list[tuple[int, ...]]:
        """Return the index of each plane that is drawn, with 0 for the axes of the plane."""
        return list(islice(np.ndindex(*self.plane_counts()), MAX_PLANES))

    def plane_name(self, index: tuple[int, ...]) -> str:
        """Return the index of a plane as NumPy writes it; empty if there is only one plane."""
        has_planes = len(index) > len(self.plane_axes)
        return plane_index_text(index, self.plane_axes) if has_planes else ""


def _comparable(first: FirstItem) -> tuple[Item, list[str]]:
    """Return what is compared: the item, or a part of a large Zarr store; and the notes on it.

    Raises
    ------
    LimitError
        If another array is too large.
    """
    item, shape, image = first.item, first.item.source.shape, first.document.zarr_image
    if item.image_mode is not None or math.prod(shape) <= MAX_ELEMENTS:
        return item, [*first.notes]
    if image is None:
        raise LimitError(
            f"{shape_text(shape)} is more than {MAX_ELEMENTS:,} elements, which are held "
            "in memory; compare a part of it"
        )
    from poolcli.compare.part_of_store import part_of_store  # rarely needed

    axes = first.axes or tuple(range(len(shape)))[-2:]
    part, note = part_of_store(item, image, axes, MAX_ELEMENTS)
    return part, [*first.notes, note]


@contextmanager
def open_comparison_input(
    path: str, requests: Sequence[Request], noise: float, *, indexed: bool
) -> Iterator[ComparisonInput]:
    """Read the first array or frame of an input.

    Parameters
    ----------
    path : str
        The path of the input.
    requests : sequence of Request
        The requests, one for each mode.
    noise : float
        The strength of the noise, in standard deviations of the input.
    indexed : bool
        Whether the elements of an image with a palette are its indices, not its colours.

    Raises
    ------
    PoolcliError, ArgumentError, ArgumentTypeError
        If the input cannot be read or pooled, or is too large.
    """
    with open_first_item(path, requests[0], indexed=indexed) as first:
        item, notes = _comparable(first)
        shape, dtype = item.source.shape, item.source.dtype
        own = {name: getattr(first.request, name) for name in ("ignore", "layout", "axes")}
        requests = [each._replace(**own) for each in requests]
        if dtype.kind == "c":
            accepting = [each for each in requests if find_mode(each.mode).accepts_complex]
            if accepting and len(accepting) < len(requests):
                notes.append("only modes that accept complex numbers are compared")
            requests = accepting or requests
        hints = [padding_for_exponent(each) for each in requests]
        if all(hints):  # beside a mode without an exponent, --p can only mean padding
            notes += dict.fromkeys(hint for each in hints for hint in each)
        request = requests[0]
        options = core_options(item, request, None, indices=False)
        recipe = make_recipe(shape, dtype, request.mode, request.window, first.axes, options)
        values = np.array(item.source[tuple(slice(0, size) for size in shape)])
        values = with_numpy_dtype(values.astype(dtype.newbyteorder("="), copy=False))
        if values.dtype.itemsize > dtype.itemsize:
            notes.append(f"{dtype} is compared as {values.dtype}")
        axes = tuple(recipe.axes)
        is_indexed = item.palette is not None
        ignored = () if is_indexed else as_ignored_elements(request.ignore, values.dtype)
        noisy_values = None
        if values.dtype != bool and not is_indexed:
            noisy_values = with_noise(values, noise, ignored, has_alpha=item.has_alpha)
        yield ComparisonInput(
            item=item,
            values=values,
            axes=axes,
            plane_axes=drawn_axes(item, request, axes)[-2:],
            shifted_values=[shifted(values, axis) for axis in axes[-2:]],
            noisy_values=noisy_values,
            ignored=ignored,
            has_palette=first.document.animation.from_palette,
            requests=requests,
            notes=notes,
        )
