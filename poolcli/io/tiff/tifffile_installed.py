"""The extra ``[tiff]``: the packages tifffile and imagecodecs, which poolcli works without."""

from __future__ import annotations

from importlib.util import find_spec

from poolcli.errors import ReadError

PACKAGES = ("tifffile", "imagecodecs")


def has_tiff_extra() -> bool:
    """Return whether the packages of the extra ``[tiff]`` are installed, without loading them."""
    return all(map(_is_installed, PACKAGES))


def require_tiff_extra(task: str) -> None:
    """Raise an error unless the packages of the extra ``[tiff]`` are installed.

    Parameters
    ----------
    task : str
        What they are needed for, an infinitive: ``"read 16-bit colour from a TIFF"``.

    Raises
    ------
    ReadError
        If one is missing.
    """
    if not has_tiff_extra():
        raise ReadError(
            f"to {task}, install the packages of the extra [tiff]: pip install {' '.join(PACKAGES)}"
        )


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ValueError:  # `sys.modules` has None instead of the module
        return False
