"""Arrays and results that other libraries computed, to hold poolcli's numbers against.

The `.npz` files are made by the scripts beside them; reading them takes NumPy alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
FAMILIES = ("torch_max", "torch_avg", "torch_adaptive", "torch_lp", "onnx", "scipy")


class Case(NamedTuple):
    """One call and its result: ``function(x, **kwargs)`` gives `values` (and `indices`)."""

    name: str
    x: NDArray[Any]
    kwargs: dict[str, Any]
    """In poolcli's words, the mode among them, ``return_indices`` not."""
    values: NDArray[Any]
    indices: NDArray[np.int64] | None
    tolerance: float
    """Both relative and absolute; 0 asks for equality."""
    function: str = "pool"
    """Or ``adaptive_pool`` or ``global_pool``."""
    source: dict[str, Any] | None = None
    """The call as the other library has it."""


def cases(family: str) -> Iterator[Case]:
    """All cases of one of `FAMILIES`."""
    with np.load(FOLDER / f"{family}.npz", allow_pickle=False) as arrays:
        for i, entry in enumerate(json.loads(arrays["cases"].tobytes())):
            if "excluded" in entry:
                continue
            yield Case(
                name=entry["name"],
                x=arrays[f"{i}.x"],
                kwargs={key: _tuples(value) for key, value in entry["kwargs"].items()},
                values=arrays[f"{i}.values"],
                indices=arrays.get(f"{i}.indices"),
                tolerance=entry["tolerance"],
                function=entry["function"],
                source=entry["source"],
            )


def excluded(family: str) -> dict[str, str]:
    """Names of the cases left out, and why."""
    with np.load(FOLDER / f"{family}.npz", allow_pickle=False) as arrays:
        entries = json.loads(arrays["cases"].tobytes())
    return {entry["name"]: entry["excluded"] for entry in entries if "excluded" in entry}


def write(family: str, found: Iterable[Case], left_out: dict[str, str] | None = None) -> None:
    """Write a family's file: the arrays, and the rest as the bytes of one JSON document."""
    entries: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {}
    for i, case in enumerate(found):
        entry = case._asdict()
        for key in ("x", "values", "indices"):
            array = entry.pop(key)
            if array is not None:
                arrays[f"{i}.{key}"] = np.ascontiguousarray(array)
        entries.append(entry)
    # Last, so that the numbers above stay those of the cases.
    entries += [{"name": name, "excluded": why} for name, why in (left_out or {}).items()]
    text = json.dumps(entries).encode()
    arrays["cases"] = np.frombuffer(text, np.uint8)
    np.savez_compressed(FOLDER / f"{family}.npz", allow_pickle=False, **arrays)


def _tuples(value: Any) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
