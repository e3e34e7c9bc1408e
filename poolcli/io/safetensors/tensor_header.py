"""The header of a .safetensors file: names, dtypes, shapes and positions of its tensors.

The safetensors library checks the header. It does not say where a tensor lies in the file, which
reading it block by block needs; positions are therefore taken from the JSON of the header.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections import Counter
from typing import Any, BinaryIO, NamedTuple

from poolcli.errors import LimitError, ReadError
from poolcli.io.member_names import quoted_name
from poolcli.io.shorten_exception import first_line
from poolcli.io.spool import folder_in_errors

MAX_HEADER_BYTES = 10_000_000
"""The size of the longest header that is read: that of some 90,000 tensors. The format allows ten
times as much, which would take more than a gigabyte of memory."""

LENGTH_BYTES = 8
"""The size of the length of the header, with which the file begins."""

METADATA_KEY = "__metadata__"

NEWER_DTYPES = ("F8_E8M0", "C64", "F8_E4M3FNUZ", "F8_E5M2FNUZ")
"""The dtypes that old versions of the library do not know: they came with 0.6, 0.7 and 0.8."""

DAMAGED = "not a valid .safetensors file"


class Tensor(NamedTuple):
    """A tensor of a file.

    Attributes
    ----------
    name : str
        Its name, any text.
    dtype : str
        The name of its dtype in the format.
    shape : tuple of int
        The length of each axis; empty for a scalar.
    start : int
        The position of its first element in the file, in bytes.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int


class TensorHeader(NamedTuple):
    """The content of the header.

    Attributes
    ----------
    tensors : list of Tensor
        In the order of their positions.
    metadata : dict
        The texts of ``__metadata__`` by their keys.
    """

    tensors: list[Tensor]
    metadata: dict[str, str]


def read_tensor_header(file: BinaryIO) -> TensorHeader:
    """Read and check the header of a file.

    Parameters
    ----------
    file : binary file
        Seekable.

    Raises
    ------
    ReadError
        If the header is damaged, or the file has no tensors.
    LimitError
        If the header is too long, or claims more bytes than the file has.
    """
    available = file.seek(0, os.SEEK_END) - LENGTH_BYTES
    file.seek(0)
    length = int.from_bytes(file.read(LENGTH_BYTES), "little")
    if length > available:
        raise LimitError(
            f"its header claims {length:,} bytes, but only {max(available, 0):,} follow; the file "
            "is cut off or damaged"
        )
    if length > MAX_HEADER_BYTES:
        raise LimitError(f"its header has {length:,} bytes; at most {MAX_HEADER_BYTES:,} are read")
    text = file.read(length)
    entries = _parse(text)
    metadata = entries.pop(METADATA_KEY, None) or {}
    data_start, data_bytes = LENGTH_BYTES + length, available - length
    _check_with_library(text, data_bytes, entries)
    tensors = [
        (*entry["data_offsets"], Tensor(name, entry["dtype"], tuple(entry["shape"]), 0))
        for name, entry in entries.items()
    ]
    if not tensors:
        raise ReadError("the .safetensors holds no tensors")
    ordered = sorted(tensors, key=lambda each: (each[0], each[1], each[2].name))
    return TensorHeader(
        [tensor._replace(start=data_start + start) for start, _, tensor in ordered], metadata
    )


def _parse(text: bytes) -> dict[str, Any]:
    """Return the JSON object in the header; raise an error if an object repeats a key."""
    # An entry has two lists. Many short ones would take forty times their size in memory.
    outside_strings = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text)
    objects, lists, values = map(outside_strings.count, (b"{", b"[", b":"))
    if lists > 2 * objects or objects > values + 1:
        raise ReadError(f"{DAMAGED}: its header has other lists than shapes and positions")
    try:
        entries = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeated_keys)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{DAMAGED}: its header is not JSON: {first_line(error)}") from error
    if not isinstance(entries, dict):
        raise ReadError(f"{DAMAGED}: its header is not a JSON object")
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            raise ReadError(f"{DAMAGED}: the entry of {quoted_name(name)} is not a JSON object")
    return entries


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object without repeated keys, of which the library would use the last one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ReadError(f"{DAMAGED}: its header has {quoted_name(repeated)} twice")
    return found


def _check_with_library(text: bytes, data_bytes: int, entries: dict[str, Any]) -> None:
    """Raise an error if the safetensors library does not accept a header.

    The library checks only whole files that it opens by their names. It gets a file with the same
    header and as many bytes after it, which take no space, so that it also checks standard input.
    """
    import tempfile  # imported late, because it loads slowly

    from safetensors import SafetensorError, safe_open

    try:
        with folder_in_errors():
            copy = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed below
            copy.write(len(text).to_bytes(LENGTH_BYTES, "little") + text)
            copy.truncate(LENGTH_BYTES + len(text) + data_bytes)
            copy.flush()
    except OSError as error:
        reason = error.strerror
        if error.errno == errno.EFBIG:
            reason = "the file is larger than the limit on the size of files (ulimit -f)"
        raise ReadError(f"its header cannot be checked: {reason}") from error
    with copy:
        try:
            with safe_open(copy.name, framework="numpy"):
                return
        except SafetensorError as error:
            _explain_refusal(entries, data_bytes)
            reason = first_line(error).removeprefix("Error while deserializing header: ")
            raise ReadError(f"{DAMAGED}: {reason}") from error


def _explain_refusal(entries: dict[str, Any], data_bytes: int) -> None:
    """Raise a clear error if a header was refused for a reason that the library does not name."""
    from poolcli.io.safetensors.tensor_dtypes import DTYPE_NAMES

    end = 0
    for name, entry in entries.items():
        if isinstance(entry.get("dtype"), str) and entry["dtype"] not in DTYPE_NAMES:
            raise ReadError(unknown_dtype_message(name, entry["dtype"]))
        match entry.get("data_offsets"):
            case [int(), int(stop)]:
                end = max(end, stop)
    if end > data_bytes:
        raise LimitError(
            f"its header claims {end:,} bytes of tensors, but only {data_bytes:,} follow; the file "
            "is cut off or damaged"
        )
    if end < data_bytes:
        raise ReadError(f"{DAMAGED}: {data_bytes - end:,} bytes follow its tensors")
    for name, entry in entries.items():
        if entry.get("dtype") in NEWER_DTYPES:
            raise ReadError(
                f"tensor {quoted_name(name)} has the dtype {entry['dtype']}, which needs a newer "
                "safetensors package: pip install --upgrade safetensors"
            )


def unknown_dtype_message(name: str, dtype: str) -> str:
    """Return the message for a tensor whose dtype is not read."""
    return (
        f"tensor {quoted_name(name)} has the dtype {quoted_name(dtype)}, which is not read; "
        "convert it to F32"
    )
