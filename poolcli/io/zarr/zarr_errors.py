"""Exceptions of zarr, its codecs and file systems, converted to one-line errors."""

from __future__ import annotations

import json
import lzma
import re
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from poolcli.errors import OutputError, PoolcliError, ReadError, is_shortage
from poolcli.io.publish_file import wrap_write_errors
from poolcli.io.shorten_exception import first_line

NETWORK_ERRORS = {
    "aiohttp": "ClientError",
    "azure.core.exceptions": "AzureError",
    "botocore.exceptions": "BotoCoreError",
    "gcsfs.retry": "HttpError",
}
"""Base classes of the errors of fsspec's file systems that are no `OSError`, by module."""

PACKAGES_OF_CODECS = {
    "zfpy": "numcodecs[zfpy]",
    "pcodec": "numcodecs[pcodec]",
    "crc32c": "numcodecs[crc32c]",
    "msgpack2": "numcodecs[msgpack]",
    "wavpack": "wavpack-numcodecs",
}
"""The packages, as pip installs them, of codecs that zarr lacks."""


UNKNOWN_EXTENSIONS = (
    "No Zarr data type found",
    "Unknown chunk grid",
    "Rectilinear chunk grids are experimental",
)
"""The beginnings of zarr's messages for data types and chunk grids that it lacks."""


@contextmanager
def without_warnings() -> Iterator[None]:
    """Hide zarr's warnings, which name lines of its own code, while a block runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def one_line_errors(prefix: str, unreadable: str | None = None) -> Iterator[None]:
    """Convert what zarr raises for a store that cannot be read to a one-line `ReadError`.

    Parameters
    ----------
    prefix : str
        The beginning of the message.
    unreadable : str, optional
        The beginning of the message if the disk or the network fails; by default `prefix`.
    """
    try:
        yield
    except PoolcliError:
        raise
    except _read_errors() as error:
        if is_shortage(error):
            raise
        if unreadable is not None and is_access_error(error):
            prefix = unreadable
        message = _missing_codec(error) or _unknown_extension(error)
        raise ReadError(message or f"{prefix}: {_reason(error)}") from error


@contextmanager
def wrap_store_errors(output: str) -> Iterator[None]:
    """Convert what the disk or the network raises while a store is written to an `OutputError`.

    Parameters
    ----------
    output : str
        The path or URL of the store.
    """
    try:
        with wrap_write_errors(output):
            yield
    except NotImplementedError as error:  # of fsspec, for file systems that are only read
        raise OutputError(f"cannot write {output}: its file system cannot be written to") from error
    except _network_errors() as error:
        raise OutputError(f"cannot write {output}: {_reason(error)}") from error


def is_access_error(error: BaseException | None) -> bool:
    """Return whether an error comes from the disk or the network, not from what was read."""
    return isinstance(error, (OSError, *_network_errors()))


def _network_errors() -> tuple[type[Exception], ...]:
    """Return the classes of `NETWORK_ERRORS` whose modules are loaded."""
    loaded = NETWORK_ERRORS.keys() & sys.modules.keys()
    return tuple(getattr(sys.modules[module], NETWORK_ERRORS[module]) for module in loaded)


def _read_errors() -> tuple[type[Exception], ...]:
    """Return the classes of exceptions that damaged or unreachable data cause."""
    # Codecs raise RuntimeError and ValueError, damaged metadata KeyError and TypeError, a missing
    # package of a file system ImportError.
    decoding = (zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, AssertionError)
    lookups = (ValueError, TypeError, LookupError, AttributeError, OverflowError, ImportError)
    return (OSError, *decoding, *lookups, *_network_errors())


def _missing_codec(error: Exception) -> str | None:
    """Return the message for a codec that is not installed; None for another error."""
    if type(error).__name__ != "UnknownCodecError":  # zarr and numcodecs have one each
        return None
    quoted = re.search(r"'([^']+)'", str(error))
    name = quoted[1].removeprefix("numcodecs.") if quoted else "of its metadata"
    package = PACKAGES_OF_CODECS.get(name)
    install = "the package that provides it" if package is None else f"it: pip install '{package}'"
    return f"its chunks are compressed with the codec {name}, which is missing; install {install}"


def _unknown_extension(error: Exception) -> str | None:
    """Return the message for an extension that zarr lacks; None for another error."""
    line = first_line(error)
    return f"zarr cannot read it: {line}" if line.startswith(UNKNOWN_EXTENSIONS) else None


def _reason(error: Exception) -> str:
    """Return one line on an error; it says what messages of Python's own exceptions mean."""
    if isinstance(error, KeyError):
        return f"{error} is missing"
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return f"a file is not JSON ({first_line(error)})"
    if isinstance(error, TypeError | AttributeError):
        return f"an entry has a wrong type ({first_line(error)})"
    status = getattr(error, "status", None)
    if status is not None:  # an HTTP response, whose message repeats the URL
        return f"the server answers {status} {getattr(error, 'message', '')}".rstrip()
    return (isinstance(error, OSError) and error.strerror) or first_line(error)
