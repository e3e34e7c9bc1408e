"""A figure as an SVG drawing."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from poolcli.explain.figure.shapes import Figure, Label, Polygon, Rectangle, Shape

FONT_FAMILIES = "Helvetica, Arial, 'Liberation Sans', sans-serif"
"""The fonts of the text; their widths are those that the layout assumes."""


def svg_text(figure: Figure) -> str:
    """Return a figure as the text of an SVG file.

    Parameters
    ----------
    figure : Figure
        The figure.

    Examples
    --------
    >>> figure = Figure(40, 20, "#ffffff", [Label(4, 14, "7", 12, "#000000")], "max", "1 value")
    >>> print(svg_text(figure), end="")
    <svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" viewBox="0 0 40 20" role="img">
      <title>max</title>
      <desc>1 value</desc>
      <rect width="40" height="20" fill="#ffffff"/>
      <g font-family="Helvetica, Arial, 'Liberation Sans', sans-serif">
        <text x="4" y="14" font-size="12" fill="#000000">7</text>
      </g>
    </svg>
    """
    width, height = figure.width, figure.height
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"  <title>{escape(figure.title)}</title>",
        f"  <desc>{escape(figure.description)}</desc>",
        f'  <rect width="{width}" height="{height}" fill="{figure.background}"/>',
        f'  <g font-family="{FONT_FAMILIES}">',
        *(f"    {_element(shape)}" for shape in figure.shapes),
        "  </g>",
        "</svg>",
    ]
    return "".join(f"{line}\n" for line in lines)


def _element(shape: Shape) -> str:
    """Return the element of a shape."""
    if isinstance(shape, Rectangle):
        return _rectangle(shape)
    if isinstance(shape, Polygon):
        points = " ".join(f"{x},{y}" for x, y in shape.corners)
        return f'<polygon points="{points}" fill="{shape.fill}"/>'
    return _label(shape)


def _rectangle(shape: Rectangle) -> str:
    """Return the element of a rectangle. A stroke lies on the middle of its outline."""
    inset = shape.line_width / 2 if shape.outline else 0
    values = (shape.x + inset, shape.y + inset, shape.width - 2 * inset, shape.height - 2 * inset)
    x, y, width, height = (f"{value:g}" for value in values)
    place = f'x="{x}" y="{y}" width="{width}" height="{height}"'
    stroke = ""
    if shape.outline:
        stroke = f' stroke="{shape.outline}"'
        stroke += f' stroke-width="{shape.line_width}"' if shape.line_width > 1 else ""
        dash = dash_length(shape)
        stroke += f' stroke-dasharray="{dash}"' if shape.is_dashed else ""
    return f'<rect {place} fill="{shape.fill or "none"}"{stroke}/>'


def dash_length(shape: Rectangle) -> int:
    """Return the length of a dash, and of the gap after it, in pixels.

    Examples
    --------
    >>> dash_length(Rectangle(0, 0, 24, 24)), dash_length(Rectangle(0, 0, 96, 96))
    (3, 8)
    """
    return max(3, min(shape.width, shape.height) // 12)


def _label(shape: Label) -> str:
    """Return the element of a text."""
    anchor = f' text-anchor="{shape.anchor}"' if shape.anchor != "start" else ""
    place = f'x="{shape.x}" y="{shape.y}" font-size="{shape.size}"'
    return f"<text {place}{anchor} fill={quoteattr(shape.colour)}>{escape(shape.text)}</text>"
