"""From the flags of `compare` to one request a mode."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from poolcli.cli.options import FLAGS, option, owns
from poolcli.cli.request_builder import build
from poolcli.cli.usage_hints import did_you_mean
from poolcli.core import modes
from poolcli.core.modes import MODES, Mode
from poolcli.errors import UsageError
from poolcli.io.detect_unsupported import is_zarr_store
from poolcli.io.formats import parse_format
from poolcli.io.paths import is_folder
from poolcli.io.storable_modes import STORABLE_MODES
from poolcli.io.unsupported_formats import ZARR
from poolcli.request import STDIN_OR_STDOUT, Request


class Asked(NamedTuple):
    """What is to be compared, and how it is to be shown.

    Attributes
    ----------
    requests : list of Request
        One for each mode, with the same window; the first also says where the sheet goes.
    noise : float
        The strength of the noise, in standard deviations of the input.
    theme : str
        ``"light"`` or ``"dark"``.
    """

    requests: list[Request]
    noise: float
    theme: str


def build_comparison(given: dict[str, Any]) -> Asked:
    """Parse the flags for each of the modes; a flag is for those that have it.

    Raises
    ------
    UsageError
        If the command line is wrong.
    """
    given = dict(given)
    given["inputs"] = [given.pop("input")]
    chosen = _chosen(given.pop("modes"))
    noise, theme = abs(given.pop("noise")), given.pop("theme")  # -0.0 is no strength to NumPy
    if not isfinite(noise):
        raise UsageError(f"{noise} is no strength; 0.1 is one", "--noise")
    _check_owned(chosen, given)
    (path,) = given["inputs"]
    if path != STDIN_OR_STDOUT and is_folder(path):
        words = "it is a folder; name one picture or array"
        raise UsageError(ZARR.message if is_zarr_store(path) else words, "INPUT")
    if given["output"] is None or not _extension(given["output"]):
        given["format"] = "png"
    requests = [
        build(
            mode.name,
            {"inputs": given["inputs"], "format": given.get("format")}
            | {flag.name: given[flag.name] for flag in FLAGS
               if flag.name in given and owns(mode, flag)},
            "compare",
        )
        for mode in chosen
    ]  # fmt: skip
    return Asked(requests, noise, theme.value)


def _extension(output: str) -> str:
    """The extension of the sheet's name; none of a folder's and of standard output's."""
    extension = "" if output == STDIN_OR_STDOUT or is_folder(output) else Path(output).suffix
    name = parse_format(extension, "--output") if extension else "PNG"
    if "RGB" not in STORABLE_MODES.get(name, ()):
        able = ", ".join([other for other, held in STORABLE_MODES.items() if "RGB" in held][:4])
        raise UsageError(f"{name} cannot hold a sheet, which has colours; {able} can", "--output")
    return extension


def _chosen(text: str | None) -> list[Mode]:
    if text is None:
        return list(MODES.values())
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in MODES]
    if unknown:
        words = f"{unknown[0]!r} is no mode; there are {', '.join(MODES)}"
        raise UsageError(words + did_you_mean(unknown[0]), "--modes")
    if len(set(names)) < len(names):
        raise UsageError("a mode is named twice; name each once", "--modes")
    return [modes.find_mode(name) for name in names]


def _check_owned(chosen: list[Mode], given: dict[str, Any]) -> None:
    for flag in FLAGS:
        value = given.get(flag.name, flag.default)
        if value != flag.default and not any(owns(mode, flag) for mode in chosen):
            owners = modes.join_mode_names(mode for mode in MODES.values() if owns(mode, flag))
            words = f"none of the modes compared has it, only {owners}"
            raise UsageError(words, option(flag.name))
