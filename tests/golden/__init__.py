"""Golden cases: arrays, and the results that other libraries computed from them.

The scripts in this folder make the `.npz` files. Reading the files needs NumPy only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
FAMILIES = (
    "torch_max",
    "torch_avg",
    "torch_adaptive",
    "torch_lp",
    "onnx",
    "scipy",
    "blur_pool",
    "gdal",
)
PADDING_MODE_FAMILIES = ("scipy_padding_modes", "torch_padding_modes")
FOOTPRINT_FAMILIES = ("scipy_footprints", "skimage_footprints")


class Case(NamedTuple):
    """One call and its result: ``function(x, **kwargs)`` gives `values` (and `indices`)."""

    name: str
    x: NDArray[Any]
    kwargs: dict[str, Any]
    """The arguments of poolcli's function, with the mode and without ``return_indices``."""
    values: NDArray[Any]
    indices: NDArray[np.int64] | None
    tolerance: float
    """The relative and the absolute tolerance; 0 requires equality."""
    function: str = "pool"
    """The name of poolcli's function: ``pool``, ``adaptive_pool`` or ``global_pool``."""
    source: dict[str, Any] | None = None
    """The call of the other library."""


def cases(family: str) -> Iterator[Case]:
    """Yield all cases of one of `FAMILIES`."""
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


@contextmanager
def named(case: Case) -> Iterator[None]:
    """Add the name of a case to any error: a test checks all cases of a family in a loop."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"golden case: {case.name}")
        raise


def excluded(family: str) -> dict[str, str]:
    """Return the names of excluded cases and the reasons."""
    with np.load(FOLDER / f"{family}.npz", allow_pickle=False) as arrays:
        entries = json.loads(arrays["cases"].tobytes())
    return {entry["name"]: entry["excluded"] for entry in entries if "excluded" in entry}


def write(family: str, found: Iterable[Case], exclusions: dict[str, str] | None = None) -> None:
    """Write the file of a family.

    Parameters
    ----------
    family : str
        One of `FAMILIES`.
    found : iterable of Case
        The cases. Their arrays become members of the file; everything else is one JSON document,
        the bytes of the member ``cases``.
    exclusions : dict of str to str, optional
        Names of excluded cases and the reasons.
    """
    entries: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {}
    for i, case in enumerate(found):
        entry = case._asdict()
        for key in ("x", "values", "indices"):
            array = entry.pop(key)
            if array is not None:
                arrays[f"{i}.{key}"] = np.ascontiguousarray(array)
        entries.append(entry)
    # Exclusions come last: the arrays are named by the numbers of the entries above.
    entries += [{"name": name, "excluded": why} for name, why in (exclusions or {}).items()]
    text = json.dumps(entries).encode()
    arrays["cases"] = np.frombuffer(text, np.uint8)
    np.savez_compressed(FOLDER / f"{family}.npz", allow_pickle=False, **arrays)


def _tuples(value: Any) -> Any:
    """Return a value with all lists, nested ones too, as tuples."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
