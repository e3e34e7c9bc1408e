"""Many files: how long a plan takes and what it holds; photos beside one process with Pillow.

    python benchmarks/batches.py [names] [photos]

Linux, for it asks `wait4`. Times of photos are medians of runs taken in turn.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = 1_000_000
RUNS = 5
RENAMED = {"format": "jpg", "overwrite": True}

PLAN = """
import sys
from poolcli.batch.plan import plan
from poolcli.cli.request_builder import build
assert len(plan(build("max", {"inputs": [], **eval(sys.argv[1])})).tasks) == int(sys.argv[2])
"""

ONE = """
import sys
from pathlib import Path
from PIL import Image
shrink = int(sys.argv[1])
for path in sorted(Path("photos").iterdir()):
    with Image.open(path) as image:
        image.load()
        made = image.reduce(shrink) if shrink > 1 else image
        made.save(Path("pillow") / path.name, quality=90)
"""
"""One Python process that decodes and encodes; shrunk by Pillow, where that is asked for."""


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds and MB of a process; its children are not in the latter."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {command}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024 * 1.048576


def names() -> None:
    """Plan a million empty files."""
    print("| a million names | plan | peak memory |")
    print("|---|---|---|")
    for length in (11, 70, 250):
        folder = Path(f"names{length}")
        folder.mkdir()
        for number in range(NAMES):
            os.mknod(folder / f"{number:0{length - 4}}.png")
        asked = {
            "beside the folder": {"inputs": [str(folder)]},
            "--format jpg --overwrite": {"inputs": [str(folder)], **RENAMED},
        }
        for words, given in asked.items():
            seconds, peak = measured([sys.executable, "-c", PLAN, repr(given), str(NAMES)])
            print(f"| of {length} bytes, {words} | {seconds:.1f} s | {peak:.0f} MB |", flush=True)
        subprocess.run(["rm", "-r", folder], check=True)


def photos() -> None:
    """Pool a folder of photos with one worker a processor, and do less with Pillow in one."""
    import numpy as np
    from PIL import Image
    from png import photo

    quarter = photo(3)[:1536]
    half = np.concatenate([quarter, quarter[:, ::-1]], axis=1)
    pictures = {160: quarter, 640: quarter, 80: np.concatenate([half, half[::-1]])}
    for count, pixels in pictures.items():
        for name in ("photos", "pillow"):
            subprocess.run(["rm", "-rf", name], check=True)
            Path(name).mkdir()
        picture = Image.fromarray(pixels)
        for number in range(count):
            picture.rotate(180 * (number % 2)).save(f"photos/{number:03}.jpg", quality=90)
        print(f"| {count} JPEG of {picture.width} by {picture.height}, quality 90 | time |")
        print("|---|---|")
        for words, seconds in compared().items():
            print(f"| {words} | {seconds:.2f} s |")
        print()


def compared() -> dict[str, float]:
    """The median seconds of each command."""
    pool = [sys.executable, "-m", "poolcli", "avg", "photos/", "-o", "out/", "--overwrite"]
    commands = {
        "poolcli avg --k 2": pool,
        "poolcli avg --k 2 --quiet": [*pool, "--quiet"],
        "Pillow, one process: decode, encode": [sys.executable, "-c", ONE, "1"],
        "Pillow, one process: decode, halve, encode": [sys.executable, "-c", ONE, "2"],
    }
    times: dict[str, list[float]] = {words: [] for words in commands}
    for _ in range(RUNS):
        for words, command in commands.items():
            times[words].append(measured(command)[0])
    return {words: statistics.median(found) for words, found in times.items()}


def main() -> None:
    """Run what was asked for; without any, all."""
    parts = {"names": names, "photos": photos}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for part in sys.argv[1:] or parts:
            parts[part]()
            print()


if __name__ == "__main__":
    main()
