"""The HTML page of an explanation: a file that loads nothing else, complete without script."""

from __future__ import annotations

import base64
import hashlib
from string import Template

from poolcli import __version__
from poolcli.explain.arithmetic_parts import ARITHMETIC_PART
from poolcli.explain.explanation import Explanation, WindowResult
from poolcli.explain.html.grid_tables import legend_html, planes_html
from poolcli.explain.html.script_data import script_data
from poolcli.explain.html.style_sheet import page_style
from poolcli.explain.palettes import ThemeName
from poolcli.report.format_values import input_name
from poolcli.report.html.escaped_text import escaped
from poolcli.report.html.package_files import package_file

MIN_UNBROKEN_LENGTH = 20
"""The smallest number of characters between two places where arithmetic may be wrapped."""


def html_text(explanation: Explanation, path: str, theme: ThemeName | None = None) -> str:
    """Return an explanation as an HTML page.

    Where scripts run, the page shows the window at the pointer or in focus, with its elements and
    its arithmetic. All of it is in the grids and in the list of windows, too.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    path : str
        The path of the input.
    theme : {"light", "dark"}, optional
        The colours; by default those that the reader's system prefers. Prints are always light.

    Examples
    --------
    >>> from poolcli.cli.request_builder import build_request
    >>> from poolcli.explain.explainer import open_explainer
    >>> with open_explainer(build_request("max", {"inputs": ["samples/feature_map.npy"]})) as it:
    ...     page = html_text(it.explain(), "samples/feature_map.npy")
    >>> "max(1, 3, 5, 6) = 6 at (1, 1)" in page
    True
    """
    style, script = page_style(explanation, theme), package_file("poolcli.explain.html", "page.js")
    summary = [explanation.shapes_and_dtypes, *filter(None, [explanation.crop_text])]
    fields = {
        "policy": _policy(style, script),
        "schemes": theme or "light dark",
        "name": escaped(input_name(path)),
        "heading": escaped(explanation.heading),
        "style": style,
        "summary": "\n".join(f"<p>{escaped(line)}</p>" for line in summary),
        "planes": planes_html(explanation),
        "legend": legend_html(explanation),
        "windows": "\n".join(_window_items(explanation)),
        "size_formulas": "".join(
            f"<li><code>{escaped(formula)}</code></li>" for formula in explanation.size_formulas
        ),
        "notes": "\n".join(f"<p>note: {escaped(note)}</p>" for note in explanation.notes),
        "version": escaped(__version__),
        "data": script_data(explanation),
        "script": script,
    }
    return Template(package_file("poolcli.explain.html", "page.html")).substitute(fields)


def _window_items(explanation: Explanation) -> list[str]:
    """Return a list item for each window, with a line of arithmetic for each plane."""
    windows_of_planes = (plane.all_windows for plane in explanation.planes)
    return [
        f'<li id="window{number}"><a href="#result{number}">{escaped(windows[0].name)}</a> '
        f"{escaped(windows[0].region)}{_arithmetic(explanation, windows)}</li>"
        for number, windows in enumerate(zip(*windows_of_planes, strict=True))
    ]


def _arithmetic(explanation: Explanation, windows: tuple[WindowResult, ...]) -> str:
    """Return the arithmetic of a window in each plane."""
    return "".join(
        f"<p>{escaped(plane.name)} <code>{_breakable(window.arithmetic)}</code></p>"
        for plane, window in zip(explanation.planes, windows, strict=True)
    )


def _breakable(arithmetic: str) -> str:
    """Return arithmetic as HTML that may be wrapped after some of its plus signs.

    Examples
    --------
    >>> _breakable("(1000+3000+2000+4000+1e+20)/5 = 2e+19")
    '(1000+3000+2000+4000+<wbr>1e+20)/5 = 2e+19'
    """
    unbroken = [""]
    for part in ARITHMETIC_PART.findall(arithmetic):
        unbroken[-1] += part
        if part.endswith("+") and len(unbroken[-1]) >= MIN_UNBROKEN_LENGTH:
            unbroken.append("")
    return "<wbr>".join(map(escaped, unbroken))


def _policy(style: str, script: str) -> str:
    """Return a content security policy that admits nothing but the page's own style and script."""
    style_hash, script_hash = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (style, script)
    )
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{style_hash}'; "
        f"script-src 'sha256-{script_hash}'; base-uri 'none'; form-action 'none'"
    )
