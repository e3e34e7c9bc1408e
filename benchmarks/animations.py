"""Size and time of animations by format, and peak memory by width, as Markdown tables.

python benchmarks/animations.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from processes import measure_process

from poolcli.cli.request_builder import build_request
from poolcli.explain.animation.encode_animation import encode_largest_animation
from poolcli.explain.explainer import open_explainer
from poolcli.explain.figure.style import FigureStyle

SAMPLES = Path(__file__).parents[1] / "samples"

EXTENSIONS = (".gif", ".webp", ".apng")

WIDTHS = (400, 1280, 3840, 7680)


class Case(NamedTuple):
    """An animation: its name, mode, input, and the options of the command."""

    name: str
    mode: str
    path: str
    options: dict[str, Any]
    at: tuple[int, ...] | None = None


SLIDING = {"kernel_size": "3", "stride": "1"}

CASES = [
    Case("max 2/2, 4x4", "max", "feature_map.npy", {}),
    Case("avg 3/1, padding 1, 4x4", "avg", "feature_map.npy", SLIDING | {"padding": "1"}),
    Case("max 2/2, 16x16 integers", "max", "integers.npy", {}),
    Case("max 3/1, 16x16 integers", "max", "integers.npy", SLIDING),
    Case("max 1/1, 16x16 integers", "max", "integers.npy", {"kernel_size": "1"}),
    Case("avg 3/1, 16x16 floats", "avg", "floats.npy", SLIDING),
    Case("max 2/2, RGB photo", "max", "photo.png", {}, (100, 200)),
    Case("max 3/1, RGB photo", "max", "photo.png", SLIDING, (100, 200)),
    Case("blur 3/1, RGB photo", "blur", "photo.png", SLIDING, (60, 200)),
    Case("max 3/1, RGB noise", "max", "noise.png", SLIDING),
    Case("std 3/1, RGB noise", "std", "noise.png", SLIDING),
    Case(
        "avg 2x2x2, stride 1, 4x8x8 integers",
        "avg",
        "volume.npy",
        {"kernel_size": "2x2x2", "stride": "1"},
    ),
]


def make_inputs(folder: Path) -> None:
    """Write the inputs that are not samples."""
    rng = np.random.default_rng(0)
    np.save(folder / "integers.npy", rng.integers(0, 100, (16, 16)))
    np.save(folder / "floats.npy", rng.normal(size=(16, 16)).astype(np.float32))
    np.save(folder / "volume.npy", rng.integers(0, 10, (4, 8, 8)))
    Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).save(folder / "noise.png")


def sizes_and_times(case: Case, folder: Path) -> str:
    """Return a row: frames, and size and time of each format at the default width."""
    path = folder / case.path if (folder / case.path).exists() else SAMPLES / case.path
    cells = []
    for extension in EXTENSIONS:
        with open_explainer(
            build_request(case.mode, {"inputs": [str(path)], **case.options})
        ) as explainer:
            start = time.perf_counter()
            data = encode_largest_animation(explainer, case.at, extension, FigureStyle())
            seconds = time.perf_counter() - start
        file = folder / f"a{extension}"
        file.write_bytes(data)
        with Image.open(file) as image:
            frames = getattr(image, "n_frames", 1)
        cells.append(f"{frames}, {len(data) / 1e3:.0f} KB, {seconds:.1f} s")
    return " | ".join(cells)


def peak_memory(width: int, extension: str, folder: Path) -> str:
    """Return time and peak memory of a command."""
    command = [sys.executable, "-m", "poolcli", "explain", "max", str(SAMPLES / "photo.png")]
    command += ["--k", "2", "--gif", str(folder / f"w{extension}"), "--overwrite"]
    measured = measure_process([*command, "--width", str(width)])
    return f"{measured.seconds:.1f} s, {measured.peak_mb:.0f} MB"


def main() -> None:
    """Print both tables; memory first, because a new process counts that of its parent."""
    header = " | ".join(EXTENSIONS) + " |\n|---|" + "---|" * len(EXTENSIONS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"| width | {header}")
        for width in WIDTHS:
            cells = [peak_memory(width, extension, folder) for extension in EXTENSIONS]
            print(f"| {width} | " + " | ".join(cells) + " |", flush=True)
        make_inputs(folder)
        print(f"\n| animation | {header}")
        for case in CASES:
            print(f"| {case.name} | {sizes_and_times(case, folder)} |", flush=True)


if __name__ == "__main__":
    main()
