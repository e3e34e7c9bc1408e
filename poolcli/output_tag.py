"""What was asked for, as it stands in the names of outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poolcli.core.modes import find
from poolcli.core.window import Window
from poolcli.request import Request, number_text


def tag(request: Request) -> str:
    """Name a request, from its parsed values: however it was written, its name is the same.

    Examples
    --------
    >>> tag(Request(("x.png",), "max", Window.fixed((3, 2), padding=((1, 2), 0)), tag=""))
    'max-k3x2-s3x2-p1_2x0'
    >>> tag(Request(("x.png",), "avg", Window.adaptive((7, None)), tag="", ignore=(0, 255)))
    'avg-out7x_-ign0-ign255'
    """
    words = [request.mode, *_window_words(request.window)]
    include = request.count_include_pad
    if include is not None and include == isinstance(request.window.padding, str):
        words.append("incl" if include else "excl")
    if request.divisor is not None:
        words.append(f"div{request.divisor}")
    words += [f"ign{number_text(value)}" for value in request.ignore]
    words += _value_words(request)
    if request.straight_alpha:
        words.append("straight")
    if request.dtype is not None:
        words.append(request.dtype)
    return "-".join(words)


def _window_words(window: Window) -> Iterator[str]:
    """The window, without what is the default."""
    if window.is_whole:
        yield "global"
        return
    if window.is_adaptive:
        yield f"out{_cross(window.output_size)}"
        return
    yield f"k{_cross(window.kernel_size)}"
    yield f"s{_cross(window.stride)}"
    if isinstance(window.padding, str):
        yield f"p{window.padding}"
    elif any(pair != (0, 0) for pair in window.padding):
        yield "p" + "x".join(_pair(before, after) for before, after in window.padding)
    if any(gap != 1 for gap in window.dilation):
        yield f"d{_cross(window.dilation)}"
    if window.ceil_mode:
        yield "ceil"


def _value_words(request: Request) -> Iterator[str]:
    """Exponent, quantile and method, where they are not the default."""
    if request.norm not in (None, find(request.mode).norm_type):
        yield f"norm{_short(request.norm)}"
    if request.q != 0.5:
        yield f"q{_short(request.q)}"
    if request.method != "linear":
        yield request.method


def _short(value: float | None) -> str:
    return repr(value).removesuffix(".0")


def _cross(sizes: Sequence[int | None]) -> str:
    return "x".join("_" if size is None else str(size) for size in sizes)


def _pair(before: int, after: int) -> str:
    return str(before) if before == after else f"{before}_{after}"
