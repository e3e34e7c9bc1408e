"""Pooling of a damaged file in this process, and checks of the outcome."""

from __future__ import annotations

import json
import re
import shutil
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from typer.testing import CliRunner, Result

from poolcli.cli.app import app
from poolcli.io.formats import is_safetensors
from tests.fuzz.mutations import mutate
from tests.fuzz.seeds import seed_files

MODES = ("max", "mode", "avg", "median")

MAX_PIXELS = 1_000_000

INPUT, OUTPUTS = Path("x"), Path("out")


@dataclass(frozen=True)
class Outcome:
    """The outcome of pooling one damaged file.

    Attributes
    ----------
    message : str
        The error without numbers and quoted parts; empty if the file was pooled.
    seconds : float
        The time it took.
    faults : list of str
        Descriptions of what was wrong.
    """

    message: str
    seconds: float
    faults: list[str]


def damaged_copies(name: str, seed: int, numbers: range) -> Iterator[bytes]:
    """Yield damaged copies of a valid file; each depends on the seed, the file and its number."""
    files = seed_files()
    names = list(files)
    for number in numbers:
        rng = np.random.default_rng([seed, names.index(name), number])
        yield mutate(files[name], files[names[rng.integers(len(names))]], rng)


def pool_damaged_file(data: bytes, number: int) -> Outcome:
    """Pool one damaged file in the current folder and check errors, report and outputs."""
    INPUT.write_bytes(data)
    shutil.rmtree(OUTPUTS, ignore_errors=True)
    line = [MODES[number % len(MODES)], "x", "--json", "-o", "out/"]
    start = time.perf_counter()
    result = CliRunner().invoke(app, [*line, "--max-pixels", str(MAX_PIXELS)], prog_name="poolcli")
    seconds = time.perf_counter() - start
    return Outcome(_generalized_message(result.stderr), seconds, list(_faults(result)))


def _generalized_message(error: str) -> str:
    words = re.sub(r"'[^']*'|\"[^\"]*\"|b'.*'", "…", error.removeprefix("poolcli: x: ").strip())
    return re.sub(r"\d[\d,.]*", "N", words)


def _faults(result: Result) -> Iterator[str]:
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        yield f"an exception: {result.exception!r}"
        return
    if result.exit_code not in (0, 1):
        yield f"exit code {result.exit_code}"
    lines = result.stderr.splitlines()
    if len(lines) != result.exit_code:
        yield f"{len(lines)} lines on standard error: {result.stderr[:500]!r}"
    if "a bug in poolcli" in result.stderr or "not enough memory" in result.stderr:
        yield lines[0]
    if lines and not (lines[0].startswith("poolcli: x: ") and len(lines[0]) < 400):
        yield f"an odd message: {result.stderr[:500]!r}"
    records = [json.loads(line) for line in result.stdout.splitlines()]
    if {record["status"] == "failed" for record in records} != {bool(result.exit_code)}:
        yield f"exit code {result.exit_code}, but the report is {result.stdout[:500]!r}"
    yield from _faulty_files(failed=bool(result.exit_code))


def _faulty_files(*, failed: bool) -> Iterator[str]:
    temporary = [str(path) for path in Path().rglob(".poolcli-*")]
    outputs = [path for path in OUTPUTS.rglob("*") if path.is_file()]
    if temporary:
        yield f"temporary files: {temporary}"
    if len(outputs) != (0 if failed else 1):
        yield f"{len(outputs)} outputs, though it {'failed' if failed else 'was pooled'}"
    for path in outputs:
        try:
            _read(path)
        except Exception as error:  # a reader may raise anything
            yield f"an output that cannot be read: {path}: {error!r}"


def _read(path: Path) -> None:
    if path.read_bytes()[:2] in (b"\x93N", b"PK"):
        found = np.load(path, allow_pickle=False)
        for key in getattr(found, "files", ()):
            found[key]
        return
    if is_safetensors(path.read_bytes()):
        from safetensors.numpy import load_file

        load_file(path)
        return
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            for number in range(getattr(image, "n_frames", 1)):
                if number:
                    image.seek(number)
                image.load()
    except UnidentifiedImageError:
        import tifffile  # it has written the file, then

        with tifffile.TiffFile(path) as tiff:
            for page in tiff.pages:
                page.asarray()
