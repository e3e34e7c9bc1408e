"""The extra ``[formats]``: the packages pillow-heif and pillow-jxl-plugin, loaded when needed."""

from __future__ import annotations

import importlib
import warnings
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

from poolcli.errors import ReadError


class Plugin(NamedTuple):
    """A package that reads and writes one format.

    Attributes
    ----------
    module : str
        The name of its module.
    package : str
        The name by which it is installed.
    name : str
        The format, for messages.
    """

    module: str
    package: str
    name: str


PLUGINS = {
    "HEIF": Plugin("pillow_heif", "pillow-heif", "a HEIF image (HEIC)"),
    "JXL": Plugin("pillow_jxl", "pillow-jxl-plugin", "a JPEG XL image"),
}
"""The plugins by Pillow's name of their format."""


def is_installed(format_name: str) -> bool:
    """Return whether the plugin of a format is installed, without loading it."""
    try:
        return find_spec(PLUGINS[format_name].module) is not None
    except ValueError:  # `sys.modules` has None instead of the module
        return False


def load_plugin(format_name: str, task: str) -> Any:
    """Return the module of a plugin, which is registered with Pillow.

    Parameters
    ----------
    format_name : str
        Pillow's name of the format, one of `PLUGINS`.
    task : str
        What it is needed for, an infinitive: ``"read"`` or ``"write"``.

    Raises
    ------
    ReadError
        If it is not installed.
    """
    plugin = PLUGINS[format_name]
    if not is_installed(format_name):
        raise ReadError(
            f"to {task} {plugin.name}, install the packages of the extra [formats]: "
            f"pip install {' '.join(each.package for each in PLUGINS.values())}"
        )
    return _loaded(format_name)


@cache
def _loaded(format_name: str) -> Any:
    with warnings.catch_warnings(action="ignore"):
        module = importlib.import_module(PLUGINS[format_name].module)
    if format_name == "HEIF":
        module.register_heif_opener(thumbnails=False, depth_images=False)
    return module
