"""Files in the safetensors format, also damaged ones, made byte by byte."""

from __future__ import annotations

import json
import math
from typing import Any

BITS = {"BOOL": 8, "U8": 8, "I8": 8, "I16": 16, "F16": 16, "BF16": 16, "F32": 32, "F64": 64}


def tensor_file(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """Return a file.

    Parameters
    ----------
    header : object
        The header: JSON text, bytes, or an object that becomes JSON.
    data : bytes
        What follows the header.
    length : int, optional
        The length that the file claims for its header; by default the right one.
    """
    text = header if isinstance(header, str | bytes) else json.dumps(header)
    text = text.encode() if isinstance(text, str) else text
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def entry(dtype: str, shape: list[int], start: int = 0, stop: int | None = None) -> dict[str, Any]:
    """Return the entry of a tensor; by default it ends where its elements end."""
    size = math.prod(shape) * BITS.get(dtype, 8) // 8
    return {
        "dtype": dtype,
        "shape": shape,
        "data_offsets": [start, start + size if stop is None else stop],
    }
