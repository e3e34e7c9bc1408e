"""Shell completion of option values."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from poolcli.core.footprint import FOOTPRINT_WORDS
from poolcli.core.modes import MODES
from poolcli.core.padding_mode import CONSTANT, COPYING_PADDING_MODES

LAYOUTS = (
    "HW", "HWC", "CHW", "NCHW", "NHWC", "NCW", "NWC", "DHW", "CDHW", "NCDHW", "NDHWC",
    "YX", "ZYX", "CYX", "TYX", "CZYX", "ZCYX", "TZYX", "TCYX", "TZCYX", "TCZYX",
)  # fmt: skip
AXES = ("Z", "YX", "ZYX", "T", "C", "Y", "X", "D", "HW", "DHW", "H", "W")
PADDING_MODES = (*COPYING_PADDING_MODES, f"{CONSTANT}:0")
FOOTPRINTS = FOOTPRINT_WORDS
PADDINGS = ("same", "same-lower", "valid")
DTYPES = ("uint8", "uint16", "int32", "int64", "float16", "bfloat16", "float32", "float64")


def prefixed(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a completer for words that start with the typed prefix.

    Examples
    --------
    >>> prefixed(PADDINGS)("sa")
    ['same', 'same-lower']
    """

    def completions(prefix: str) -> list[str]:
        return [word for word in words if word.startswith(prefix)]

    return completions


def layouts(prefix: str) -> list[str]:
    """Return the common layouts that start with a prefix, in the prefix's case.

    Examples
    --------
    >>> layouts("nh")
    ['nhwc']
    """
    return _in_case_of(prefix, LAYOUTS)


def axes(prefix: str) -> list[str]:
    """Return the axes that are often pooled and start with a prefix, in the prefix's case.

    Examples
    --------
    >>> axes("Y")
    ['YX', 'Y']
    """
    return _in_case_of(prefix, AXES)


def _in_case_of(prefix: str, letters: Iterable[str]) -> list[str]:
    words = [each.lower() for each in letters] if prefix.islower() else letters
    return prefixed(words)(prefix)


def formats(prefix: str) -> list[str]:
    """Return the extensions of all writable formats that start with a prefix."""
    from poolcli.io.formats import WRITTEN_EXTENSIONS

    return prefixed(sorted(extension[1:] for extension in WRITTEN_EXTENSIONS))(prefix.lower())


def mode_lists(prefix: str) -> list[str]:
    """Return comma-separated lists of modes whose last mode is completed.

    Examples
    --------
    >>> mode_lists("max,m")
    ['max,min', 'max,median', 'max,mode']
    """
    before, comma, last = prefix.rpartition(",")
    listed = before.split(",")
    return [f"{before}{comma}{name}" for name in prefixed(MODES)(last) if name not in listed]
