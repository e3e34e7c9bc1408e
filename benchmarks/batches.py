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
PHOTOS = 160
RUNS = 3
RENAMED = {"format": "jpg", "overwrite": True}

PLAN = """
import sys
from poolcli.batch.plan import plan
from poolcli.cli.build import build
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
        made.save(Path("pillow") / path.name)
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
    from PIL import Image
    from png import photo

    Path("photos").mkdir()
    Path("pillow").mkdir()
    picture = Image.fromarray(photo(3)).resize((2048, 1536))
    for number in range(PHOTOS):
        picture.rotate(180 * (number % 2)).save(f"photos/{number:03}.jpg")
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
    print(f"| {PHOTOS} JPEG of 2048 by 1536 | time |\n|---|---|")
    for words, found in times.items():
        print(f"| {words} | {statistics.median(found):.2f} s |")


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
