"""Figures drawn as the frames of an animation, each only where it differs from the one before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import reduce
from math import ceil
from typing import NamedTuple

import numpy as np

from poolcli.explain.figure.draw_image import draw_image
from poolcli.explain.figure.shapes import Figure, Label, Polygon, Rectangle, Shape, text_width
from poolcli.io.images.animation.frame_changes import (
    FrameChange,
    Pixels,
    trimmed_change,
    whole_frame,
    with_short_gaps,
)

EDGE_LEVELS = 3
"""The number of levels of coverage at the edges of texts and polygons.

Few colours compress better, and a palette has room for those of an image.
"""

TEXT_ABOVE, TEXT_BELOW, TEXT_BESIDE = 1.1, 0.4, 0.3
"""The space that a text may need beyond its baseline and its width, in font sizes."""


class PixelBox(NamedTuple):
    """A part of a figure, in pixels; the right and lower edge do not belong to it."""

    left: int
    top: int
    right: int
    bottom: int

    def intersects(self, other: PixelBox) -> bool:
        """Return whether two boxes have a pixel in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def union(self, other: PixelBox) -> PixelBox:
        """Return the smallest box that contains both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return PixelBox(left, top, max(self.right, other.right), max(self.bottom, other.bottom))

    def moved(self, right: int, down: int) -> PixelBox:
        """Return the box at another place."""
        return PixelBox(self.left + right, self.top + down, self.right + right, self.bottom + down)

    @property
    def slices(self) -> tuple[slice, slice]:
        """The rows and columns of the box."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def draw_frames(figures: Iterable[Figure]) -> Iterator[FrameChange]:
    """Draw figures, and yield the pixels in which each differs from the one before.

    Of the first figure, all pixels are yielded.

    Parameters
    ----------
    figures : iterable of Figure
        The figures, of one size and background. One of them is kept at a time, and one frame.
    """
    canvas: _Canvas | None = None
    for figure in figures:
        if canvas is None:
            canvas = _Canvas(figure)
            yield whole_frame(canvas.frame.copy())
        else:
            yield canvas.draw(figure)


class _Canvas:
    """A frame on which figures are drawn one after the other.

    Parameters
    ----------
    figure : Figure
        The first figure.
    """

    def __init__(self, figure: Figure) -> None:
        self._boxes: dict[Shape, PixelBox] = {}
        self._shapes: Counter[Shape] = Counter()
        self._changed_shapes(figure)
        self.frame = self._pixels(figure, PixelBox(0, 0, figure.width, figure.height))

    def draw(self, figure: Figure) -> FrameChange:
        """Draw a figure, and return what that changes."""
        touched = _disjoint_boxes(_box(shape, figure) for shape in self._changed_shapes(figure))
        whole = reduce(PixelBox.union, touched, touched[0] if touched else PixelBox(0, 0, 1, 1))
        is_changed = np.zeros((whole.bottom - whole.top, whole.right - whole.left), np.bool_)
        for box in touched:
            drawn, part = self._pixels(figure, box), self.frame[box.slices]
            is_changed[box.moved(-whole.left, -whole.top).slices] = np.any(part != drawn, axis=2)
            part[:] = drawn
        change = FrameChange(whole.left, whole.top, self.frame[whole.slices].copy(), is_changed)
        return with_short_gaps(trimmed_change(change))

    def _changed_shapes(self, figure: Figure) -> list[Shape]:
        """Return the shapes that only one of a figure and the one before has."""
        before, self._shapes = self._shapes, Counter(figure.shapes)
        new = self._shapes - before
        self._boxes = {
            shape: self._boxes.get(shape) or _box(shape, figure) for shape in self._shapes
        }
        return [*(before - self._shapes), *new]

    def _pixels(self, figure: Figure, box: PixelBox) -> Pixels:
        """Return a box of a figure as an array."""
        left, top, right, bottom = box
        shapes = [
            _moved(shape, -left, -top)
            for shape in figure.shapes
            if (place := self._boxes[shape]).left < right
            and left < place.right
            and place.top < bottom
            and top < place.bottom
        ]
        part = figure._replace(width=right - left, height=bottom - top, shapes=shapes)
        return np.array(draw_image(part, EDGE_LEVELS))


def _box(shape: Shape, figure: Figure) -> PixelBox:
    """Return a box on the figure that contains a shape."""
    if isinstance(shape, Rectangle):
        box = PixelBox(shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
    elif isinstance(shape, Polygon):
        columns, rows = zip(*shape.corners, strict=True)
        box = PixelBox(min(columns), min(rows), max(columns), max(rows))
    else:
        box = _text_box(shape)
    return PixelBox(
        max(box.left, 0), max(box.top, 0), min(box.right, figure.width),
        min(box.bottom, figure.height),
    )  # fmt: skip


def _text_box(shape: Label) -> PixelBox:
    """Return a box that contains a text."""
    width, beside = text_width(shape.text, shape.size), ceil(TEXT_BESIDE * shape.size)
    left = shape.x - int(width * {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor])
    return PixelBox(
        left - beside, shape.y - ceil(TEXT_ABOVE * shape.size),
        left + ceil(width) + beside, shape.y + ceil(TEXT_BELOW * shape.size),
    )  # fmt: skip


def _moved(shape: Shape, right: int, down: int) -> Shape:
    """Return a shape at another place."""
    if isinstance(shape, Polygon):
        return shape._replace(corners=tuple((x + right, y + down) for x, y in shape.corners))
    return shape._replace(x=shape.x + right, y=shape.y + down)


def _disjoint_boxes(boxes: Iterable[PixelBox]) -> list[PixelBox]:
    """Return boxes that have no pixel in common, and contain the given ones.

    Examples
    --------
    >>> found = _disjoint_boxes([PixelBox(0, 0, 2, 2), PixelBox(8, 0, 9, 1), PixelBox(1, 1, 3, 3)])
    >>> [tuple(box) for box in found]
    [(8, 0, 9, 1), (0, 0, 3, 3)]
    """
    disjoint: list[PixelBox] = []
    for box in boxes:
        merged = box
        while touched := [other for other in disjoint if other.intersects(merged)]:
            for other in touched:
                disjoint.remove(other)
                merged = merged.union(other)
        disjoint.append(merged)
    return disjoint
