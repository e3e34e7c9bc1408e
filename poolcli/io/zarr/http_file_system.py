"""fsspec's HTTP file system, except that status 403 (Forbidden) means that a file is missing.

Object stores that may not be listed, such as public S3 buckets, answer 403 (Forbidden) for a key
that does not exist. Chunks that hold fill values do not exist, nor do most optional metadata files.
If the whole store is forbidden, its metadata cannot be read, which is an error.

This module overrides a private method of fsspec (checked with 2024.12 and 2026.9).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import fsspec  # type: ignore[import-untyped]
from fsspec.implementations.http import HTTPFileSystem  # type: ignore[import-untyped]


class HttpFileSystem(HTTPFileSystem):  # type: ignore[misc]
    """An HTTP file system in which status 403 (Forbidden) means that a file is missing."""

    def _raise_not_found_for_status(self, response: Any, url: str) -> None:
        if response.status == HTTPStatus.FORBIDDEN:
            raise FileNotFoundError(url)
        super()._raise_not_found_for_status(response, url)


def register_http_file_system() -> None:
    """Make fsspec, and so zarr, open URLs of ``http`` and ``https`` with `HttpFileSystem`."""
    for protocol in ("http", "https"):
        fsspec.register_implementation(protocol, HttpFileSystem, clobber=True)
