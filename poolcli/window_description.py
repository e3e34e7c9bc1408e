"""What was asked for, in words."""

from __future__ import annotations

from poolcli.core.modes import Mode, norm_of
from poolcli.report.formatting import number
from poolcli.request import Request, number_text


def asked(request: Request, mode: Mode | None = None) -> str:
    """The window and everything else that values depend on.

    Parameters
    ----------
    mode : Mode, optional
        Whose own arguments are told too.

    Examples
    --------
    >>> from poolcli.core.modes import find
    >>> from poolcli.core.window import Window
    >>> request = Request((), "quantile", Window.fixed(3, ceil_mode=True), "", q=0.9, ignore=(0, 9))
    >>> asked(request, find("quantile"))
    'kernel size 3, stride 3, sizes rounded up, q 0.9, without 0 and 9'
    """
    words = [request.window.describe()]
    if request.window.ceil_mode:
        words.append("sizes rounded up")
    flags = frozenset() if mode is None else mode.flags
    if "divisor_override" in flags and request.divisor is not None:
        words.append(f"divided by {request.divisor}")
    if "count_include_pad" in flags and request.count_include_pad is not None:
        words.append(f"padding {'counted' if request.count_include_pad else 'not counted'}")
    if mode is not None and "norm_type" in flags:
        words.append(f"norm {number(norm_of(mode, request.norm))}")
    if "q" in flags:
        words.append(f"q {number(request.q)}")
        words += [request.method] if request.method != "linear" else []
    if request.ignore:
        words.append(f"without {' and '.join(map(number_text, request.ignore))}")
    return ", ".join(words)
