"""What a shell offers for the value of a flag."""

from __future__ import annotations

from poolcli.core.modes import METHODS, MODES

LAYOUTS = ("HW", "HWC", "CHW", "NCHW", "NHWC", "NCW", "NWC", "DHW", "CDHW", "NCDHW", "NDHWC")
PADDINGS = ("same", "same-lower", "valid")
DTYPES = ("uint8", "uint16", "int32", "int64", "float16", "float32", "float64")


def layouts(incomplete: str) -> list[str]:
    """Common layouts, in the case in which one is begun."""
    known = [layout.lower() for layout in LAYOUTS] if incomplete.islower() else LAYOUTS
    return [layout for layout in known if layout.startswith(incomplete)]


def paddings(incomplete: str) -> list[str]:
    """Paddings that are words."""
    return [word for word in PADDINGS if word.startswith(incomplete)]


def dtypes(incomplete: str) -> list[str]:
    """Common dtypes."""
    return [name for name in DTYPES if name.startswith(incomplete)]


def formats(incomplete: str) -> list[str]:
    """The extensions of all formats that can be written."""
    from poolcli.media.formats import written_extensions

    words = sorted(extension[1:] for extension in written_extensions())
    return [word for word in words if word.startswith(incomplete.lower())]


def methods(incomplete: str) -> list[str]:
    """The methods of quantiles."""
    return [name for name in METHODS if name.startswith(incomplete)]


def reports(incomplete: str) -> list[str]:
    """The kinds of report."""
    return [name for name in ("table", "json", "none") if name.startswith(incomplete)]


def themes(incomplete: str) -> list[str]:
    """The colours of a sheet."""
    return [name for name in ("light", "dark") if name.startswith(incomplete)]


def modes(incomplete: str) -> list[str]:
    """The modes."""
    return [name for name in MODES if name.startswith(incomplete)]


def more_modes(incomplete: str) -> list[str]:
    """Lists of modes, with one more.

    Examples
    --------
    >>> more_modes("max,m")
    ['max,min', 'max,median', 'max,mode']
    """
    before, comma, last = incomplete.rpartition(",")
    known = before.split(",")
    return [f"{before}{comma}{name}" for name in modes(last) if name not in known]
