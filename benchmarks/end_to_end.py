"""Whole commands beside the tools that are installed: seconds and bytes, start-up included.

    python benchmarks/end_to_end.py [part ...]

Medians of runs taken in turn, after one that is not counted. `vips` is in Debian's libvips-tools,
`mogrify` in imagemagick; what is not installed is left out. Linux, for it asks `wait4`.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

RUNS = 9
SIDE = 4096
COUNT = 200
RUN_LENGTHS = "compress_level=1, compress_type=3"
"""How poolcli packs a photo: Pillow's own names of zlib's RLE, see png.py."""

IMPORTS = "import typer, rich.table, numpy, PIL.Image"

CODECS = f"""
import sys
from PIL import Image
with Image.open(sys.argv[1]) as image:
    image.load()
    made = image.crop((0, 0, image.width // 2, image.height // 2))
    made.save(sys.argv[2], {RUN_LENGTHS}, quality=75)
"""
"""Decodes a picture and encodes one of half its sides."""

MANY = f"""
import sys
from pathlib import Path
from PIL import Image
part = int(sys.argv[1])
for path in sorted(Path("photos").iterdir()):
    with Image.open(path) as image:
        image.load()
        made = image.crop((0, 0, image.width // part, image.height // part))
        made.save(Path("out") / path.name, {RUN_LENGTHS}, quality=75)
"""
"""One process that decodes a folder and encodes what is as large, or of half the sides."""


POOLCLI = str(Path(sys.executable).with_name("poolcli"))


class Way(NamedTuple):
    """One of the commands that do the same: in words, its arguments, where its output is, and
    the tool that it needs."""

    words: str
    command: list[str]
    made: str
    tool: str = sys.executable


def pool(mode: str, source: str, made: str, *more: str) -> list[str]:
    return [POOLCLI, mode, source, "-o", made, "--overwrite", *more]


def photo(side: int, height: int) -> "object":
    """A picture of a landscape's spectrum, with a sensor's noise."""
    import numpy as np
    import png
    from PIL import Image

    tile = png.photo(3)
    tall = np.concatenate([tile, tile[::-1]]) if height > png.SIZE else tile
    wide = np.concatenate([tall, tall[:, ::-1]], axis=1) if side > png.SIZE else tall
    return Image.fromarray(np.ascontiguousarray(wide[:height, :side]))


def start() -> list[Way]:
    """A small picture, beside loading the libraries."""
    photo(64, 64).save("small.png")
    return [
        Way("poolcli max --k 2", pool("max", "small.png", "small.out.png"), "small.out.png"),
        Way(f"Python: `{IMPORTS}`", [sys.executable, "-c", IMPORTS], "small.png"),
    ]


def one(mode: str, extension: str) -> Callable[[], list[Way]]:
    """One large photo."""

    def ways() -> list[Way]:
        source, made, other = f"in.{extension}", f"pool.{extension}", f"other.{extension}"
        photo(SIDE, SIDE).save(source, quality=90)
        return [
            Way(f"poolcli {mode} --k 2", pool(mode, source, made), made),
            Way(f"poolcli {mode} --k 2 --quiet", pool(mode, source, made, "--quiet"), made),
            Way("vips shrink", ["vips", "shrink", source, other, "2", "2"], other, "vips"),
            Way("Python: decode, encode a quarter",
                [sys.executable, "-c", CODECS, source, other], other),
        ]  # fmt: skip

    return ways


def folder() -> list[Way]:
    """Many small photos, half of them PNG."""
    Path("photos").mkdir()
    picture = photo(1024, 768)
    for number in range(COUNT):
        extension = ("png", "jpg")[number % 2]
        picture.rotate(180 * (number % 4 // 2)).save(f"photos/{number:03}.{extension}", quality=90)
    each = "xargs -0 -P 2 -I {} vips shrink photos/{} out/{} 2 2"
    vips = f"ls photos | tr '\\n' '\\0' | {each}"
    mogrify = "ls photos/* | tr '\\n' '\\0' | xargs -0 -P 2 -n 10 mogrify -path out -resize 50%"
    return [
        Way("poolcli avg --k 2", pool("avg", "photos/", "out/"), "out"),
        Way("poolcli avg --k 2 --quiet", pool("avg", "photos/", "out/", "--quiet"), "out"),
        Way("Python, one process: decode, encode", [sys.executable, "-c", MANY, "1"], "out"),
        Way("Python, one process: decode, encode a quarter",
            [sys.executable, "-c", MANY, "2"], "out"),
        Way("vips shrink, two at a time", ["sh", "-c", vips], "out", "vips"),
        Way("mogrify -resize 50%, two at a time", ["sh", "-c", mogrify], "out", "mogrify"),
    ]  # fmt: skip


PARTS: dict[str, Callable[[], list[Way]]] = {
    "start": start,
    "avg-png": one("avg", "png"),
    "avg-jpg": one("avg", "jpg"),
    "max-png": one("max", "png"),
    "max-jpg": one("max", "jpg"),
    "folder": folder,
}


def measured(command: list[str]) -> float:
    """Seconds of a process; its own report goes to a file that is not looked at."""
    begun = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"failed: {command}")
    return time.perf_counter() - begun


def size(path: Path) -> int:
    """Bytes of a file, or of the files of a folder."""
    inside = path.iterdir() if path.is_dir() else [path]
    return sum(each.stat().st_size for each in inside)


def compared(ways: list[Way]) -> None:
    """Print the median of each way, and how poolcli's compares with it."""
    times: dict[str, list[float]] = {way.words: [] for way in ways}
    sizes = {}
    for turn in range(RUNS + 1):
        for way in ways:
            shutil.rmtree("out", ignore_errors=True)
            Path("out").mkdir()
            os.sync()
            seconds = measured(way.command)
            sizes[way.words] = size(Path(way.made))
            if turn:
                times[way.words].append(seconds)
    first = statistics.median(times[ways[0].words])
    for words, found in times.items():
        median = statistics.median(found)
        print(f"| {words} | {median * 1000:.0f} ms | {first / median:.2f} | "
              f"{sizes[words] / 1e6:.3f} MB |", flush=True)  # fmt: skip


def main() -> None:
    """Run the parts that were asked for; without any, all."""
    for part in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory() as place:
            os.chdir(place)
            ways = [way for way in PARTS[part]() if shutil.which(way.tool)]
            print(f"| {part} | time | poolcli's over it | made |\n|---|---|---|---|")
            compared(ways)
            print()


if __name__ == "__main__":
    main()
