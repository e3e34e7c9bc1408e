"""Checks of the options of Zarr outputs, before any input is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from poolcli.cli.options import long_form_of
from poolcli.errors import UsageError
from poolcli.io.output_paths import is_folder
from poolcli.io.zarr.location import is_url

ZARR = "zarr"


def check_zarr_output(values: dict[str, Any], *, to_stdout: bool, unpools: bool = False) -> None:
    """Raise `UsageError` if options contradict an output that is, or is not, a Zarr store.

    Parameters
    ----------
    values : dict
        The values of the options by name, the format lower case without its dot.
    to_stdout : bool
        Whether the result goes to standard output.
    unpools : bool
        Whether indices are read, not written.

    Examples
    --------
    >>> values = dict.fromkeys(("format", "levels", "dtype", "indices", "zarr_format"))
    >>> values |= {"output": "x.png", "in_place": False, "normalize": False, "chunks": "64"}
    >>> check_zarr_output(values, to_stdout=False)
    Traceback (most recent call last):
    poolcli.errors.UsageError: it is for Zarr stores, not 'png'; write one with -o NAME.zarr
    """
    _check_url(values["output"] or "", values["format"])
    kind = ZARR if values["in_place"] else _named_format(values)
    if kind != ZARR:
        for name in ("chunks", "zarr_format"):
            if kind is not None and values[name] is not None:
                message = f"it is for Zarr stores, not {kind!r}; write one with -o NAME.zarr"
                raise UsageError(message, long_form_of(name))
        return
    if values["in_place"] and values["levels"] is None:
        raise UsageError("name the number of levels with --levels", "--in-place")
    if to_stdout:
        raise UsageError("a Zarr store is a folder; name it with -o NAME.zarr", "--format")
    if values["indices"] is not None and not unpools:
        raise UsageError("a Zarr store takes no indices; write an .npy with -o", "--indices")
    for name in ("dtype", "normalize"):
        if values["levels"] is not None and values[name]:
            from poolcli.batch.store_checks import ONE_DTYPE  # only this error needs it

            raise UsageError(
                f"{ONE_DTYPE}; leave out --levels or {long_form_of(name)}", long_form_of(name)
            )


def _check_url(output: str, extension: str | None) -> None:
    if output.startswith("file://"):
        raise UsageError(f"give the path alone: {output.removeprefix('file://')}", "--output")
    if is_url(output) and extension not in (None, ZARR):
        raise UsageError("only a Zarr store is written to a URL", "--format")


def _named_format(values: dict[str, Any]) -> str | None:
    """Return the extension that `--format` or `-o` gives, without its dot; None if unknown."""
    output = values["output"] or ""
    if values["format"] is not None:
        return str(values["format"])
    if is_url(output):
        return ZARR
    extension = Path(output).suffix.lower().lstrip(".")
    names_folder = output.endswith("/") or is_folder(output)
    if extension != ZARR and names_folder:
        return None
    return extension or None
