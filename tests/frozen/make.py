"""Write the fixtures of this version: ``python -m tests.frozen.make``.

Do that where the promise grows: a new option, key or function. What a fixture holds already must
stay: read the difference before it is committed. A new version gets a folder of its own, and the
tests still compare it with the older ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from poolcli import __version__
from tests.frozen.commands import COMMANDS, ML_COMMANDS, TIFF_COMMANDS, ZARR_COMMANDS, result_of
from tests.frozen.interfaces import interfaces

FOLDER = Path(__file__).parent / f"v{__version__.rpartition('.')[0]}"
"""The fixtures of this version: 0.1.0 and 0.1.1 share theirs."""

FILES = {
    "results.json": COMMANDS,
    "results_with_ml.json": ML_COMMANDS,
    "results_with_tiff.json": TIFF_COMMANDS,
    "results_with_zarr.json": ZARR_COMMANDS,
}
"""The files of results, and the commands in them."""


def main() -> None:
    """Write the fixtures of this version, with a result or a name a line."""
    FOLDER.mkdir(exist_ok=True)
    for name, commands in FILES.items():
        lines = ",\n".join(json.dumps(result_of(command)) for command in commands)
        (FOLDER / name).write_text(f"[\n{lines}\n]\n")
    parts = {
        kind: json_object(map(json.dumps, names.values()), names)
        for kind, names in interfaces().items()
    }
    (FOLDER / "interfaces.json").write_text(json_object(parts.values(), parts) + "\n")


def json_object(values: Iterable[str], names: Iterable[str]) -> str:
    """Return a JSON object with an entry a line; the values are JSON already."""
    entries = ",\n".join(f'"{name}": {value}' for name, value in zip(names, values, strict=True))
    return f"{{\n{entries}\n}}"


if __name__ == "__main__":
    main()
