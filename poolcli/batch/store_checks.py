"""Checks that refuse requests which a Zarr input or output cannot fulfil."""

from __future__ import annotations

from poolcli.batch.find_inputs import Found
from poolcli.batch.output_targets import STORE
from poolcli.batch.tasks import Tasks
from poolcli.errors import FormatError, OutputError, PoolcliError, ReadError, UsageError
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.io.zarr.location import is_url
from poolcli.io.zarr.store_path import enclosing_store
from poolcli.io.zarr.zarr_installed import require_zarr_extra
from poolcli.request import DEFAULT_ZARR_FORMAT, Request

ONE_DTYPE = "with --levels the input is level 0, and all levels have its dtype"


def store_failure(found: Found, request: Request, into: str | None) -> PoolcliError | None:
    """Return why inputs of one folder have no output because of a Zarr store; None if they have.

    Parameters
    ----------
    found : Found
        The inputs.
    request : Request
        The request, for `-o` and `--in-place`.
    into : str, optional
        The output folder that is named after a folder of inputs, or by `-o`.
    """
    if request.in_place:
        if found.is_store and found.member is not None:
            return ReadError(
                "--in-place takes the path of a group, not a member; use "
                f"{found.names[0]}/{found.member}"
            )
        if found.is_store:
            return None
        return ReadError(
            "it is not a Zarr group; --in-place adds levels to an existing one. Write a new store "
            "with -o x.zarr"
        )
    first = f"{found.prefix}{found.names[0]}"
    if request.output is not None or is_url(first) or first == STDIN_OR_STDOUT:
        return None
    store = enclosing_store(first if into is None else into)
    if store is None:
        return None
    return OutputError(
        f"its output would lie in the Zarr store {store}; name another place with -o, or add "
        "--levels to its own group with --in-place"
    )


def check_store_request(request: Request) -> None:
    """Raise `FormatError` if a store cannot hold what a request asks for.

    The command line refuses the same where it names the format.

    Parameters
    ----------
    request : Request
        The request for an input whose output is a store.

    Raises
    ------
    ReadError
        If the packages of the extra ``[zarr]`` are missing.
    """
    require_zarr_extra("write a Zarr store")
    if request.writes_indices:
        raise FormatError("a Zarr store takes no indices; write an .npy with --format npy")
    if request.levels is not None and (request.dtype is not None or request.normalize):
        option = "--normalize" if request.normalize else "--dtype"
        raise FormatError(f"{ONE_DTYPE}; leave out --levels or {option}")


def check_store_options(tasks: Tasks, request: Request) -> None:
    """Raise `UsageError` if options of Zarr stores are given and no output is one.

    Parameters
    ----------
    tasks : Tasks
        All tasks of the run.
    request : Request
        The request.
    """
    option = "--chunks" if request.chunks is not None else "--zarr-format"
    rules = [folder.rule for folder in tasks.folders if folder.rule is not None]
    is_given = request.chunks is not None or request.zarr_format != DEFAULT_ZARR_FORMAT
    if is_given and rules and not any(rule.format == STORE for rule in rules):
        raise UsageError("no output is a Zarr store; write one with --format zarr", option)
