"""Batches of many files: time and memory of a plan, and photos beside one process with Pillow.

    python benchmarks/batches.py [names] [photos]

Times of photos are medians of runs taken in turn.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from processes import measure_process

FILE_COUNT = 1_000_000
NAME_LENGTHS = (11, 70, 250)
RUNS = 5

PLAN_SCRIPT = Path(__file__).resolve().with_name("plan_inputs.py")

PILLOW_SCRIPT = """
import sys
from pathlib import Path
from PIL import Image
factor = int(sys.argv[1])
for path in sorted(Path("photos").iterdir()):
    with Image.open(path) as image:
        image.load()
        result = image.reduce(factor) if factor > 1 else image
        result.save(Path("pillow") / path.name, quality=90)
"""
"""One Python process that decodes all photos, reduces them by a factor and encodes them."""


def measure_plans() -> None:
    """Print a row for each length of names: plans of a folder with a million empty files."""
    print("| a million names | plan | peak memory |")
    print("|---|---|---|")
    for length in NAME_LENGTHS:
        folder = Path(f"names{length}")
        folder.mkdir()
        for number in range(FILE_COUNT):
            os.mknod(folder / f"{number:0{length - 4}}.png")
        inputs = {"inputs": [str(folder)]}
        options = {
            "beside the folder": inputs,
            "--format jpg --overwrite": {**inputs, "format": "jpg", "overwrite": True},
        }
        for label, values in options.items():
            arguments = [json.dumps(values), str(FILE_COUNT)]
            seconds, peak = measure_process([sys.executable, str(PLAN_SCRIPT), *arguments])
            print(f"| of {length} bytes, {label} | {seconds:.1f} s | {peak:.0f} MB |", flush=True)
        subprocess.run(["rm", "-r", folder], check=True)


def measure_photos() -> None:
    """Print a table for each folder of photos: poolcli with workers, Pillow in one process."""
    import numpy as np
    from PIL import Image
    from synthetic_images import photo

    small = photo(3)[:1536]
    half = np.concatenate([small, small[:, ::-1]], axis=1)
    folders = {160: small, 640: small, 80: np.concatenate([half, half[::-1]])}
    for count, pixels in folders.items():
        for name in ("photos", "pillow"):
            subprocess.run(["rm", "-rf", name], check=True)
            Path(name).mkdir()
        image = Image.fromarray(pixels)
        for number in range(count):
            image.rotate(180 * (number % 2)).save(f"photos/{number:03}.jpg", quality=90)
        print(f"| {count} JPEG of {image.width} by {image.height}, quality 90 | time |")
        print("|---|---|")
        for label, seconds in median_times().items():
            print(f"| {label} | {seconds:.2f} s |")
        print()


def median_times() -> dict[str, float]:
    """Return the median time of each command in seconds."""
    poolcli = [sys.executable, "-m", "poolcli", "avg", "photos/", "-o", "out/", "--overwrite"]
    commands = {
        "poolcli avg --k 2": poolcli,
        "poolcli avg --k 2 --quiet": [*poolcli, "--quiet"],
        "Pillow, one process: decode, encode": [sys.executable, "-c", PILLOW_SCRIPT, "1"],
        "Pillow, one process: decode, halve, encode": [sys.executable, "-c", PILLOW_SCRIPT, "2"],
    }
    times: dict[str, list[float]] = {label: [] for label in commands}
    for _ in range(RUNS):
        for label, command in commands.items():
            times[label].append(measure_process(command).seconds)
    return {label: statistics.median(values) for label, values in times.items()}


def main() -> None:
    """Run the parts named on the command line, or all."""
    parts = {"names": measure_plans, "photos": measure_photos}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for part in sys.argv[1:] or parts:
            parts[part]()
            print()


if __name__ == "__main__":
    main()
