"""What a shell offers for the value of a flag."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from poolcli.core.modes import MODES

LAYOUTS = ("HW", "HWC", "CHW", "NCHW", "NHWC", "NCW", "NWC", "DHW", "CDHW", "NCDHW", "NDHWC")
PADDINGS = ("same", "same-lower", "valid")
DTYPES = ("uint8", "uint16", "int32", "int64", "float16", "float32", "float64")


def layouts(incomplete: str) -> list[str]:
    """Common layouts, in the case in which one is begun."""
    known = [layout.lower() for layout in LAYOUTS] if incomplete.islower() else LAYOUTS
    return [layout for layout in known if layout.startswith(incomplete)]


def among(words: Iterable[str]) -> Callable[[str], list[str]]:
    """What offers those of some words that go on as one is begun.

    Examples
    --------
    >>> among(PADDINGS)("sa")
    ['same', 'same-lower']
    """

    def offered(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return offered


def formats(incomplete: str) -> list[str]:
    """The extensions of all formats that can be written."""
    from poolcli.io.formats import written_extensions

    words = sorted(extension[1:] for extension in written_extensions())
    return [word for word in words if word.startswith(incomplete.lower())]


def more_modes(incomplete: str) -> list[str]:
    """Lists of modes, with one more.

    Examples
    --------
    >>> more_modes("max,m")
    ['max,min', 'max,median', 'max,mode']
    """
    before, comma, last = incomplete.rpartition(",")
    known = before.split(",")
    return [f"{before}{comma}{name}" for name in among(MODES)(last) if name not in known]
