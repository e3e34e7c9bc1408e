"""The output rule of the inputs in one folder, from `-o`, `--format` and `--indices`."""

from __future__ import annotations

import os
from pathlib import Path

from poolcli.batch.find_inputs import Found
from poolcli.batch.output_targets import STORE, IndicesRule, OutputRule
from poolcli.errors import UsageError
from poolcli.io.formats import format_of_extension, is_writable_format, parse_format
from poolcli.io.output_paths import (
    STDIN_OR_STDOUT,
    is_file_or_folder,
    is_folder,
    is_special_file,
    split_extension,
)
from poolcli.io.zarr.location import STORE_EXTENSION, is_url, is_zarr_folder
from poolcli.io.zarr.store_path import names_store
from poolcli.request import Request
from poolcli.request_description import output_tag


def output_rule(found: Found, request: Request, into: str | None, wanted: str | None) -> OutputRule:
    """Return the rule that gives the outputs of the inputs in one folder.

    Parameters
    ----------
    found : Found
        The inputs.
    request : Request
        The request.
    into : str, optional
        The folder that the outputs go into; None if they go beside the inputs, or `-o` names one
        output.
    wanted : str, optional
        The format that `--format` gives.

    Raises
    ------
    UsageError
        If `-o` names a format that cannot be written.
    """
    output = request.output
    if request.in_place:
        return OutputRule(path=f"{found.prefix}{found.names[0]}", format=STORE, named=True)
    extension = None if request.format is None else f".{request.format}"
    is_stream = not found.prefix and found.names == [STDIN_OR_STDOUT]
    if found.is_store and wanted is None and output == STDIN_OR_STDOUT:
        raise UsageError(
            "a Zarr store is a folder; name another format, with --format npy", "--output"
        )
    if output == STDIN_OR_STDOUT or (output is None and is_stream):
        return OutputRule(path=STDIN_OR_STDOUT, format=wanted, extension=extension)
    if output is not None and into is None:
        output = output.rstrip("/")
        named = wanted or _format_of_name(output, is_store=found.is_store)
        extension = extension or split_extension(output)[1].lower() or None
        return OutputRule(path=output, format=named, named=True, extension=extension)
    if found.is_store and wanted is None:
        wanted, extension = STORE, STORE_EXTENSION
    if into is None:
        folder = str(Path(found.prefix)) if found.prefix else ""
        return OutputRule(
            "" if folder == "." else folder, output_tag(request), None, wanted, False, extension
        )
    path = f"{into}/stdin{extension if wanted else ''}" if is_stream else None
    folder = into if found.below is None else os.path.normpath(f"{into}/{found.below}")
    return OutputRule(folder, None, path, wanted, False, extension)


def output_folder(request: Request, several: bool) -> str | None:
    """Return the folder that `-o` names for the outputs; None if it names none.

    Parameters
    ----------
    request : Request
        The request.
    several : bool
        Whether there may be several inputs.

    Raises
    ------
    UsageError
        If it names a file or a Zarr store for several inputs.
    """
    output = request.output
    if output is None or output == STDIN_OR_STDOUT:
        return None
    if not output:
        raise UsageError("the output's name is empty", "--output")
    return output if _names_folder(output, several, "--output", request.format) else None


def _names_folder(path: str, several: bool, option: str, extension: str | None = None) -> bool:
    """Return whether a path names a folder: it exists as one, ends in a slash, or has to be one.

    Raises
    ------
    UsageError
        If it names a file or a Zarr store and there are several inputs.
    """
    if names_store(path, extension):
        if several:
            raise UsageError(
                f"{path} names one Zarr store for several inputs; name a folder/, which gets a "
                "store for each with --format zarr",
                option,
            )
        return False
    if path.endswith("/") or is_folder(path):
        return True
    if not several:
        return False
    named = is_writable_format(format_of_extension(split_extension(path)[1]) or "")
    if named or path == STDIN_OR_STDOUT or is_file_or_folder(path) or is_special_file(path):
        raise UsageError(
            f"{path} names one file for several inputs; end it in '/' for a folder", option
        )
    return True


def indices_rule(request: Request, several: bool) -> IndicesRule | None:
    """Return where the indices of each input are; None without `--indices`.

    Parameters
    ----------
    request : Request
        The request.
    several : bool
        Whether there may be several inputs.

    Raises
    ------
    UsageError
        If it names a file for several inputs.
    """
    path = request.indices
    if path is None:
        return None
    is_folder = _names_folder(path, several, "--indices")
    return IndicesRule(str(Path(path)) if is_folder else path, is_folder, request.unpools)


def indices_below(rule: IndicesRule | None, below: str | None) -> IndicesRule | None:
    """Return the rule for the inputs of a subfolder."""
    if rule is None or below is None or not rule.is_folder:
        return rule
    return rule._replace(path=os.path.normpath(f"{rule.path}/{below}"))


def _format_of_name(output: str, *, is_store: bool) -> str | None:
    """Return the format that `-o` gives: by its extension, or of a Zarr store; None if none."""
    extension = Path(output).suffix
    if is_url(output) or is_zarr_folder(output) or (is_store and not extension):
        return STORE
    if not extension or (is_special_file(output) and format_of_extension(extension) is None):
        return None
    return parse_format(extension, "--output")
