"""The description of a request: its tag in output names, a sentence, and its window for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from poolcli.core.axis import Axis
from poolcli.core.exact_numbers import number_text
from poolcli.core.modes import (
    DEFAULT_QUANTILE,
    DEFAULT_QUANTILE_METHOD,
    as_norm_type,
    as_quantile,
    find_mode,
)
from poolcli.core.window import Window
from poolcli.request import Request, spatial_letters

TAG_PREFIXES = {
    "output size": "out",
    "longest side at most": "fit",
    "kernel size": "k",
    "stride": "s",
    "padding": "p",
    "padding mode": "",
    "dilation": "d",
    "footprint": "",
}
"""The prefix in output names of each part of a window."""


@cache
def output_tag(request: Request) -> str:
    """Return the tag of a request, which output names contain: ``max-k2-s2``.

    It is made from parsed values, so that it does not depend on how options were written. Beyond
    the kernel size and the stride it names what is not the default.

    Examples
    --------
    >>> output_tag(Request(("x.png",), "max", Window.fixed((3, 2), padding=((1, 2), 0))))
    'max-k3x2-s3x2-p1_2x0'
    >>> window = Window.fixed(5, 1, 2, padding_mode="Reflect", footprint="disk")
    >>> output_tag(Request(("x.png",), "max", window))
    'max-k5-s1-p2-reflect-disk'
    >>> output_tag(Request(("x.png",), "avg", Window.adaptive((7, None)), ignore=(0, 255)))
    'avg-out7x_-ign0-ign255'
    >>> output_tag(Request((), "max", Window.global_window(), layout="ZYX", axes="Z"))
    'max-global-axZ'
    """
    window = request.window
    words = ["compare" if request.command == "compare" else request.mode]
    words += ["global"] if window.is_global else []
    words += [TAG_PREFIXES[name] + text.replace(":", "_") for name, text in window.labelled_sizes()]
    words += ["ceil"] if window.ceil_mode else []
    words += [f"ax{letters}" for letters in _unusual_axes(request)]
    include = request.count_include_pad
    if include is not None and include == isinstance(window.padding, str):
        words.append("incl" if include else "excl")
    if request.divisor is not None:
        words.append(f"div{request.divisor}")
    if request.fill != 0:
        words.append(f"fill{number_text(request.fill)}")
    words += [f"ign{number_text(value)}" for value in request.ignore]
    if request.min_valid is not None:
        words.append(f"valid{number_text(request.min_valid)}")
    if request.norm is not None and request.norm != find_mode(request.mode).exponent:
        words.append(f"norm{number_text(request.norm)}")
    if request.q not in (None, DEFAULT_QUANTILE):
        words.append(f"q{number_text(request.q)}")
    if request.method not in (None, DEFAULT_QUANTILE_METHOD):
        words.append(request.method)
    if request.straight_alpha:
        words.append("straight")
    if request.dtype is not None:
        words.append(request.dtype)
    words += ["pyramid"] if request.pyramid else []
    return "-".join(words)


def describe_request(request: Request) -> str:
    """Return a sentence with the mode, the window and all else that values depend on.

    Examples
    --------
    >>> window = Window.fixed(3, ceil_mode=True)
    >>> describe_request(Request((), "quantile", window, q=0.9, ignore=(0, 9)))
    'quantile, kernel size 3, stride 3, output size rounded up, q 0.9, ignoring 0 and 9'
    >>> describe_request(Request((), "unpool", Window.adaptive(9), "unpool", fill=1))
    'unpool, output size 9, filled with 1'
    """
    if request.unpools:
        filled = [f"filled with {number_text(request.fill)}"] if request.fill != 0 else []
        return ", ".join(["unpool", *_window_words(request), *filled])
    mode = find_mode(request.mode)
    levels = request.levels
    return ", ".join(
        [
            mode.name,
            *_window_words(request),
            *_argument_words(request),
            *_ignore_words(request),
            *([] if levels is None else [f"{levels} level{'s' * (levels > 1)}"]),
        ]
    )


def describe_window(request: Request) -> str:
    """Return a sentence with what all modes of a comparison share: window and ignored values.

    Examples
    --------
    >>> describe_window(Request((), "max", Window.fixed(3, stride=2), ignore=(0,)))
    'kernel size 3, stride 2, ignoring 0'
    """
    return ", ".join([*_window_words(request), *_ignore_words(request)])


class WindowData(NamedTuple):
    """The window of one input, ready for JSON; None where windows differ in size.

    Attributes
    ----------
    kernel_size, stride, dilation : list of int, optional
        Elements, one number per pooled axis.
    padding : list of [int, int], optional
        Elements before and after the data, per pooled axis.
    """

    kernel_size: list[int] | None = None
    stride: list[int] | None = None
    padding: list[list[int]] | None = None
    dilation: list[int] | None = None
    ceil_mode: bool | None = None


def window_data(window: Window, axes: Iterable[Axis]) -> WindowData:
    """Return the window on the pooled axes of an input, ready for JSON.

    Parameters
    ----------
    window : Window
        The requested window.
    axes : iterable of Axis
        The window on each pooled axis of the input, from `Window.on_axes`.

    Examples
    --------
    >>> window = Window.fixed(2, padding="same")
    >>> window_data(window, window.on_axes((3, 4))).padding
    [[0, 1], [0, 0]]
    """
    if window.is_adaptive:
        return WindowData()
    axes = list(axes)
    return WindowData(
        kernel_size=[axis.kernel_size for axis in axes],
        stride=[axis.stride for axis in axes],
        padding=[[axis.pad_before, axis.pad_after] for axis in axes],
        dilation=[axis.dilation for axis in axes],
        ceil_mode=window.ceil_mode,
    )


def _window_words(request: Request) -> Iterator[str]:
    yield request.window.describe()
    if request.window.ceil_mode:
        yield "output size rounded up"
    for letters in _unusual_axes(request):
        yield f"over {' and '.join(letters)}"


def _unusual_axes(request: Request) -> list[str]:
    """The letters of the pooled axes in a list, which is empty if they are the default."""
    defaults = (spatial_letters(request.layout),) if request.layout else ("HW", "YX")
    return [request.axes] if request.axes is not None and request.axes not in defaults else []


def _argument_words(request: Request) -> Iterator[str]:
    """The arguments that only some modes have."""
    mode = find_mode(request.mode)
    if "divisor_override" in mode.arguments and request.divisor is not None:
        yield f"divided by {request.divisor}"
    if "count_include_pad" in mode.arguments and request.count_include_pad is not None:
        yield f"padding {'counted' if request.count_include_pad else 'not counted'}"
    if "norm_type" in mode.arguments:
        yield f"norm {number_text(as_norm_type(mode, request.norm))}"
    if "q" in mode.arguments:
        yield f"q {number_text(as_quantile(request.q))}"
        if request.method not in (None, DEFAULT_QUANTILE_METHOD):
            yield request.method


def _ignore_words(request: Request) -> Iterator[str]:
    if request.ignore:
        yield f"ignoring {' and '.join(map(number_text, request.ignore))}"
    if request.min_valid is not None:
        yield f"at least {number_text(request.min_valid)} of each window left"
