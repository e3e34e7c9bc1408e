"""A figure as an image."""

from __future__ import annotations

import io
import math
from functools import lru_cache

from PIL import Image, ImageDraw

from poolcli.explain.figure.shapes import ANCHOR_OFFSETS, Figure, Label, Polygon, Rectangle
from poolcli.explain.figure.svg import dash_length
from poolcli.report.built_in_font import built_in_font

OVERSAMPLING = 8
"""The number of subpixels along each side of a pixel at the edges of polygons."""

TEXT_OVERSAMPLING = 4
"""The same for text: Pillow moves the characters of small text to whole pixels."""

MAX_CACHED_LENGTH = 12
"""The number of characters of texts up to which they are kept, because cells repeat them."""


def draw_image(figure: Figure, edge_levels: int = 256) -> Image.Image:
    """Draw a figure.

    Parameters
    ----------
    figure : Figure
        The figure.
    edge_levels : int
        The number of levels of coverage at the edges of texts and polygons. With few of them an
        image has few colours.

    Returns
    -------
    Image
        The image in RGB, of the figure's size.

    Examples
    --------
    >>> figure = Figure(4, 2, "#ffffff", [Rectangle(1, 0, 2, 1, "#ff0000")], "", "")
    >>> image = draw_image(figure)
    >>> image.getpixel((2, 0)), image.getpixel((3, 0)), image.getpixel((2, 1))
    ((255, 0, 0), (255, 255, 255), (255, 255, 255))
    """
    image = Image.new("RGB", (figure.width, figure.height), figure.background)
    pen = ImageDraw.Draw(image)
    for shape in figure.shapes:
        if isinstance(shape, Rectangle):
            _draw_rectangle(pen, shape)
        elif isinstance(shape, Polygon):
            _draw_polygon(image, shape, edge_levels)
        else:
            _draw_label(image, shape, edge_levels)
    return image


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as the content of a PNG file.

    Parameters
    ----------
    figure : Figure
        The figure.
    """
    file = io.BytesIO()
    draw_image(figure).save(file, "PNG", optimize=True)
    return file.getvalue()


def _text_mask(text: str, size: int, levels: int) -> tuple[Image.Image, float]:
    """Return the coverage of a text with its font size around it, and the width of the text."""
    scale = TEXT_OVERSAMPLING
    font = built_in_font(size * scale)
    width = font.getlength(text) / scale
    mask = Image.new("L", ((math.ceil(width) + 2 * size) * scale, 3 * size * scale))
    ImageDraw.Draw(mask).text((size * scale, 2 * size * scale), text, 255, font, "ls")
    return _with_levels(mask.reduce(scale), levels), width


_cached_text_mask = lru_cache(1 << 12)(_text_mask)


def _with_levels(mask: Image.Image, levels: int) -> Image.Image:
    """Return a mask with a number of levels from 0 to 255."""
    if levels == 256:
        return mask
    highest = levels - 1
    return mask.point([round(value * highest / 255) * 255 // highest for value in range(256)])


def _draw_label(image: Image.Image, shape: Label, levels: int) -> None:
    """Draw a text."""
    text_mask = _cached_text_mask if len(shape.text) <= MAX_CACHED_LENGTH else _text_mask
    mask, width = text_mask(shape.text, shape.size, levels)
    # Not `round`, which rounds halves differently at odd and even places.
    left = math.floor(shape.x - width * ANCHOR_OFFSETS[shape.anchor] + 0.5)
    image.paste(shape.colour, (left - shape.size, shape.y - 2 * shape.size), mask)


def _draw_rectangle(pen: ImageDraw.ImageDraw, shape: Rectangle) -> None:
    """Draw a rectangle with its outline."""
    right, bottom = shape.x + shape.width - 1, shape.y + shape.height - 1
    outline = None if shape.is_dashed else shape.outline
    pen.rectangle((shape.x, shape.y, right, bottom), shape.fill, outline, shape.line_width)
    if not (shape.is_dashed and shape.outline):
        return
    dash, depth = dash_length(shape), shape.line_width - 1
    for x in range(shape.x, right + 1, 2 * dash):
        for y in (shape.y, bottom - depth):
            pen.rectangle((x, y, min(x + dash - 1, right), y + depth), shape.outline)
    for y in range(shape.y, bottom + 1, 2 * dash):
        for x in (shape.x, right - depth):
            pen.rectangle((x, y, x + depth, min(y + dash - 1, bottom)), shape.outline)


def _draw_polygon(image: Image.Image, shape: Polygon, levels: int) -> None:
    """Draw a polygon with smooth edges."""
    left, top = (min(values) for values in zip(*shape.corners, strict=True))
    right, bottom = (max(values) for values in zip(*shape.corners, strict=True))
    size = right - left, bottom - top
    mask = Image.new("L", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
    corners = [((x - left) * OVERSAMPLING, (y - top) * OVERSAMPLING) for x, y in shape.corners]
    ImageDraw.Draw(mask).polygon(corners, 255)
    smooth = _with_levels(mask.reduce(OVERSAMPLING), levels)
    image.paste(shape.fill, (left, top), smooth)
