"""A figure as an image."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from poolcli.explain.figure_shapes import Figure, Label, Polygon, Rectangle
from poolcli.explain.figure_svg import dash_length

PILLOW_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
"""Pillow's names of the anchors of text, on the baseline."""

OVERSAMPLING = 8
"""The number of subpixels along each side of a pixel at the edges of polygons."""


def draw_image(figure: Figure) -> Image.Image:
    """Draw a figure.

    Parameters
    ----------
    figure : Figure
        The figure.

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
            _draw_polygon(image, shape)
        else:
            _draw_label(pen, shape)
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


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font in a size in pixels."""
    return ImageFont.load_default(size)


def _draw_label(pen: ImageDraw.ImageDraw, shape: Label) -> None:
    """Draw a text."""
    at = shape.x, shape.y
    pen.text(at, shape.text, shape.colour, _font(shape.size), PILLOW_ANCHORS[shape.anchor])


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


def _draw_polygon(image: Image.Image, shape: Polygon) -> None:
    """Draw a polygon with smooth edges."""
    left, top = (min(values) for values in zip(*shape.corners, strict=True))
    right, bottom = (max(values) for values in zip(*shape.corners, strict=True))
    size = right - left, bottom - top
    mask = Image.new("L", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
    corners = [((x - left) * OVERSAMPLING, (y - top) * OVERSAMPLING) for x, y in shape.corners]
    ImageDraw.Draw(mask).polygon(corners, 255)
    smooth = mask.resize(size, Image.Resampling.BOX)
    image.paste(Image.new("RGB", size, shape.fill), (left, top), smooth)
