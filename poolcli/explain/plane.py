"""One plane of an input: what its windows see, and what becomes of its elements."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.axis import Axis
from poolcli.core.ignored_values import valid_mask
from poolcli.core.recipe import Recipe
from poolcli.explain.axis_crop import Strip, holding, positions, where
from poolcli.explain.formulas import WAYS, Place, Sight, tell, tell_briefly

Sign = Literal["", "chosen", "ignored", "zero", "unseen"]


class Element(NamedTuple):
    """An element of the input, or of the padding around it.

    Attributes
    ----------
    value : Any
        None for padding.
    sign : str
        Whether a window chose it, whether it is ignored, is padding that counts as zero, or that
        is never seen.
    owner : (int, int), optional
        The window that holds it, of those that share no element with another one.
    held : bool
        Whether any window holds it.
    """

    value: Any
    sign: Sign
    owner: Place | None
    held: bool


class Case(NamedTuple):
    """A window, what came of it, and how.

    Attributes
    ----------
    out : (int, int)
        Where its value stands in the output.
    name : str
        The same as people write it.
    where : str
        What it covers, in words.
    """

    out: Place
    name: str
    where: str
    text: str
    value: Any


class Box(NamedTuple):
    """A box of the input, and where it begins."""

    row: int
    column: int
    values: npt.NDArray[Any]


class Read(NamedTuple):
    """The same as numbers of Python's.

    Attributes
    ----------
    counts : list
        Which elements are not ignored.
    weights : list, optional
        The alpha beside each colour.
    """

    row: int
    column: int
    values: list[list[Any]]
    counts: list[list[bool]]
    weights: list[list[Any]] | None


class View(NamedTuple):
    """A plane, or a channel of a picture, seen through the strips that are shown.

    Attributes
    ----------
    channel : int, optional
        None for what is no picture of several channels, and where its pixels are wholes.
    """

    recipe: Recipe
    rows: Strip
    columns: Strip
    channel: int | None

    @property
    def is_weighted(self) -> bool:
        """Whether this is a colour that is weighted by alpha."""
        weighs = self.recipe.weights_by_alpha and self.channel is not None
        return weighs and self.channel != self.recipe.shape[-1] - 1

    @property
    def has_zeros(self) -> bool:
        """Whether padding counts as zero; a colour without alpha has no weight."""
        return WAYS[self.recipe.mode.formula].zeros(self.recipe) and not self.is_weighted

    def cases(
        self, values: npt.NDArray[Any], bests: npt.NDArray[Any] | None, box: Box | None
    ) -> tuple[list[list[Case]], set[Place]]:
        """All windows that are shown, and where the elements stand that any of them chose.

        Parameters
        ----------
        values, bests : ndarray
            What came of the windows, and where the largest or smallest stood, flat.
        box : Box, optional
            All that the windows see; None where that is too much to be looked at.
        """
        chosen: set[Place] = set()
        found: list[list[Case]] = []
        read = None if box is None else self._read(box)
        rank = len(self.recipe.axes)
        for i, row in enumerate(self.rows.windows):
            line: list[Case] = []
            for j, column in enumerate(self.columns.windows):
                best = None if bests is None else self._best(self._picked(bests)[i, j])
                value = _python(self._picked(values)[i, j])
                across = positions(self.rows.axis, row), positions(self.columns.axis, column)
                inside = _inside(self.rows.axis, across[0]), _inside(self.columns.axis, across[1])
                if read is None:
                    told = tell_briefly(prod(map(len, inside)), best, value, self.recipe)
                else:
                    sight = self._sight(read, across)._replace(best=best, value=value)
                    told = tell(sight, self.recipe)
                chosen.update(told.chosen)
                name = f"[{row}, {column}]" if rank > 1 else f"[{column}]"
                covers = "in the padding"
                if all(inside):
                    covers = where(*inside, rank) + (" and padding" if inside != across else "")
                line.append(Case((row, column), name, covers, told.text, value))
            found.append(line)
        return found, chosen

    def elements(self, box: Box, chosen: set[Place]) -> list[list[Element]]:
        """The rows of elements that are shown, padding among them."""
        read = self._read(box)
        held = [holding(self.columns.axis, column) for column in self.columns.places]
        apart = set(self.rows.apart), set(self.columns.apart)
        found = []
        for row in self.rows.places:
            above = holding(self.rows.axis, row)
            line = []
            for column, across in zip(self.columns.places, held, strict=True):
                value, counts = self._at(read, row, column)
                sign: Sign = "" if counts else "ignored"
                if value is None:
                    sign = "zero" if self._is_zero(row, column) else "unseen"
                elif (row, column) in chosen:
                    sign = "chosen"
                owners = [*product(apart[0] & set(above), apart[1] & set(across))]
                owner = owners[0] if owners else None
                line.append(Element(value, sign, owner, bool(above and across)))
            found.append(line)
        return found

    def _picked(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return array if self.channel is None else array[..., self.channel]

    def _read(self, box: Box) -> Read:
        recipe, values = self.recipe, box.values
        seen: npt.NDArray[Any] = np.ones(values.shape, np.bool_)
        if recipe.ignored is not None:
            ignored = recipe.ignored.elements
            seen = valid_mask(
                values, ignored, alpha=recipe.has_alpha, pixels=recipe.pools_whole_pixels
            )
        # What still has channels are pixels that are wholes.
        picked = self._picked(values)
        seen = np.any(seen, axis=-1) if seen.ndim > 2 and self.channel is None else seen
        seen = self._picked(seen) if seen.ndim > 2 else seen
        weights = values[..., -1].tolist() if self.is_weighted else None
        numbers = [[_python(value) for value in row] for row in picked]
        return Read(box.row, box.column, numbers, seen.tolist(), weights)

    def _at(self, read: Read, row: int, column: int) -> tuple[Any, bool]:
        """An element, None in the padding; and whether it counts."""
        if not (0 <= row < self.rows.axis.size and 0 <= column < self.columns.axis.size):
            return None, True
        y, x = row - read.row, column - read.column
        return read.values[y][x], read.counts[y][x]

    def _is_zero(self, row: int, column: int) -> bool:
        """Whether padding counts as zero: that which was asked for, not what windows hang over."""
        spots = (self.rows.axis, row), (self.columns.axis, column)
        asked = all(-axis.pad_before <= at < axis.size + axis.pad_after for axis, at in spots)
        return self.has_zeros and asked

    def _sight(self, read: Read, across: tuple[range, range]) -> Sight:
        weights: list[Any] | None = None if read.weights is None else []
        sight = Sight([], [], weights, None, None)
        for row, column in product(*across):
            value, counts = self._at(read, row, column)
            if value is None and self._is_zero(row, column):
                value = 0
            if value is None or not counts:
                continue
            sight.values.append(value)
            sight.places.append((row, column))
            if weights is not None and read.weights is not None:
                weights.append(read.weights[row - read.row][column - read.column])
        return sight

    def _best(self, flat: int) -> Place | None:
        width = self.columns.axis.size
        return None if flat < 0 else (int(flat) // width, int(flat) % width)


def _inside(axis: Axis, places: range) -> range:
    """Those of the positions that hold data."""
    start = places.start + max(0, -(places.start // places.step)) * places.step
    return range(start, max(start, min(places.stop, axis.size)), places.step)


def _python(value: Any) -> Any:
    """A number of Python's, or a pixel's channels as several."""
    if isinstance(value, np.ndarray):
        return tuple(map(_python, value))
    if isinstance(value, np.bool_):
        return int(value)
    if isinstance(value, np.complexfloating):
        return value.item() + 0  # without any -0
    return value.item()
