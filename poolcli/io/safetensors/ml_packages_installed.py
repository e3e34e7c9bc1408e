"""The extra ``[ml]``: the packages that .safetensors files need, and that poolcli works without."""

from __future__ import annotations

from importlib.util import find_spec

from poolcli.errors import ReadError

PACKAGES = {"safetensors": "safetensors", "ml_dtypes": "ml-dtypes"}
"""The names under which the packages are imported, and those under which they are installed."""


def has_ml_extra() -> bool:
    """Return whether the packages of the extra ``[ml]`` are installed."""
    return all(map(_is_installed, PACKAGES))


def require_ml_extra(job: str) -> None:
    """Raise an error unless the packages of the extra ``[ml]`` are installed.

    Parameters
    ----------
    job : str
        What they are needed for, an infinitive: ``"read a .safetensors file"``.

    Raises
    ------
    ReadError
        If one is missing.
    """
    if not has_ml_extra():
        names = " ".join(PACKAGES.values())
        raise ReadError(f"to {job}, install the packages of the extra [ml]: pip install {names}")


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ValueError:  # `sys.modules` has None instead of the module
        return False
