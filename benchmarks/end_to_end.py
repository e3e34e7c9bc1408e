"""Time and output size of whole commands beside other tools, start-up included.

    python benchmarks/end_to_end.py [part ...]

Prints medians of runs taken in turn, after one run that is not counted, which also compiles
bytecode. `vips` is in Debian's package libvips-tools, `mogrify` in imagemagick; tools that are not
installed are left out. All commands have the same environment, in which OpenBLAS starts no threads,
as poolcli sets it anyway.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from processes import measure_process

if TYPE_CHECKING:
    from PIL import Image

RUNS = 9
START_RUNS = 31
PHOTO_SIDE = 4096
PHOTO_COUNT = 200

RUN_LENGTHS = "compress_level=1, compress_type=3"
"""Pillow's options for zlib's run-length strategy, which poolcli uses for photos."""

IMPORTS = "import typer, numpy, PIL.Image, rich.table"

ONE_FILE_SCRIPT = f"""
import sys
from PIL import Image
with Image.open(sys.argv[1]) as image:
    image.load()
    quarter = image.crop((0, 0, image.width // 2, image.height // 2))
    quarter.save(sys.argv[2], {RUN_LENGTHS}, quality=75)
"""
"""Decode an image and encode a quarter of it."""

FOLDER_SCRIPT = f"""
import sys
from pathlib import Path
from PIL import Image
divisor = int(sys.argv[1])
for path in sorted(Path("photos").iterdir()):
    with Image.open(path) as image:
        image.load()
        part = image.crop((0, 0, image.width // divisor, image.height // divisor))
        part.save(Path("out") / path.name, {RUN_LENGTHS}, quality=75)
"""
"""Decode all images of a folder and encode a part of each, in one process."""


class Command(NamedTuple):
    """One of the commands that a part compares.

    Attributes
    ----------
    label : str
        The first cell of its row.
    output : str
        The file or the folder that it writes.
    program : str
        The program that must be installed.
    """

    label: str
    arguments: list[str]
    output: str
    program: str = sys.executable


def poolcli(mode: str, source: str, output: str, *options: str) -> list[str]:
    """Return the arguments of a poolcli command."""
    program = str(Path(sys.executable).with_name("poolcli"))
    return [program, mode, source, "-o", output, "--overwrite", *options]


def photo_image(width: int, height: int) -> Image.Image:
    """Return a photo-like image of a given size, put together from mirrored copies."""
    import numpy as np
    from PIL import Image
    from synthetic_images import SIDE, photo

    tile = photo(3)
    tall = np.concatenate([tile, tile[::-1]]) if height > SIDE else tile
    wide = np.concatenate([tall, tall[:, ::-1]], axis=1) if width > SIDE else tall
    return Image.fromarray(np.ascontiguousarray(wide[:height, :width]))


def image_start_commands() -> list[Command]:
    """Return the commands on a small image: poolcli, and Python that only loads libraries."""
    photo_image(64, 64).save("small.png")
    output = "small.out.png"
    return [
        Command("poolcli max --k 2", poolcli("max", "small.png", output), output),
        python_that_imports(IMPORTS),
    ]


def array_start_commands() -> list[Command]:
    """Return the commands on a small array."""
    import numpy as np

    np.save("small.npy", np.zeros((64, 64), np.float32))
    output = "small.out.npy"
    return [
        Command("poolcli max --k 2", poolcli("max", "small.npy", output), output),
        python_that_imports("import typer, numpy"),
    ]


def version_commands() -> list[Command]:
    """Return the commands that pool nothing."""
    program, *_ = poolcli("", "", "")
    return [
        Command("poolcli --version", [program, "--version"], "out"),
        python_that_imports("import typer"),
    ]


def python_that_imports(code: str) -> Command:
    """Return the command that runs Python with some imports."""
    return Command(f"Python: `{code}`", [sys.executable, "-c", code], "out")


def file_commands(mode: str, extension: str) -> Callable[[], list[Command]]:
    """Return a function that makes a large photo and returns the commands on it."""

    def commands() -> list[Command]:
        source, pooled, other = (f"{name}.{extension}" for name in ("in", "pooled", "other"))
        photo_image(PHOTO_SIDE, PHOTO_SIDE).save(source, quality=90)
        quiet = poolcli(mode, source, pooled, "--quiet")
        encode_quarter = [sys.executable, "-c", ONE_FILE_SCRIPT, source, other]
        return [
            Command(f"poolcli {mode} --k 2", poolcli(mode, source, pooled), pooled),
            Command(f"poolcli {mode} --k 2 --quiet", quiet, pooled),
            Command("vips shrink", ["vips", "shrink", source, other, "2", "2"], other, "vips"),
            Command("Python: decode, encode a quarter", encode_quarter, other),
        ]

    return commands


def folder_commands() -> list[Command]:
    """Make many small photos, half of them PNG, and return the commands on their folder."""
    Path("photos").mkdir()
    image = photo_image(1024, 768)
    for number in range(PHOTO_COUNT):
        extension = ("png", "jpg")[number % 2]
        turned = image.rotate(180 * (number % 4 // 2))
        turned.save(f"photos/{number:03}.{extension}", quality=90)
    shrink = "xargs -0 -P 2 -I {} vips shrink photos/{} out/{} 2 2"
    vips = f"ls photos | tr '\\n' '\\0' | {shrink}"
    mogrify = "ls photos/* | tr '\\n' '\\0' | xargs -0 -P 2 -n 10 mogrify -path out -resize 50%"
    quiet = poolcli("avg", "photos/", "out/", "--quiet")
    python = [sys.executable, "-c", FOLDER_SCRIPT]
    return [
        Command("poolcli avg --k 2", poolcli("avg", "photos/", "out/"), "out"),
        Command("poolcli avg --k 2 --quiet", quiet, "out"),
        Command("Python, one process: decode, encode", [*python, "1"], "out"),
        Command("Python, one process: decode, encode a quarter", [*python, "2"], "out"),
        Command("vips shrink, two at a time", ["sh", "-c", vips], "out", "vips"),
        Command("mogrify -resize 50%, two at a time", ["sh", "-c", mogrify], "out", "mogrify"),
    ]


PARTS: dict[str, Callable[[], list[Command]]] = {
    "start": image_start_commands,
    "start-npy": array_start_commands,
    "version": version_commands,
    "avg-png": file_commands("avg", "png"),
    "avg-jpg": file_commands("avg", "jpg"),
    "max-png": file_commands("max", "png"),
    "max-jpg": file_commands("max", "jpg"),
    "folder": folder_commands,
}


START_PARTS = ("start", "start-npy", "version")


def output_bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def print_medians(commands: list[Command], runs: int) -> None:
    """Print a row for each command: median time, ratio of poolcli's time to it, output size."""
    times: dict[str, list[float]] = {command.label: [] for command in commands}
    sizes = {}
    for run in range(runs + 1):
        for command in commands:
            shutil.rmtree("out", ignore_errors=True)
            Path("out").mkdir()
            os.sync()
            seconds = measure_process(command.arguments).seconds
            sizes[command.label] = output_bytes(Path(command.output))
            if run > 0:
                times[command.label].append(seconds)
    ours = statistics.median(times[commands[0].label])
    for label, values in times.items():
        median = statistics.median(values)
        cells = (f"{median * 1000:.0f} ms", f"{ours / median:.2f}", f"{sizes[label] / 1e6:.3f} MB")
        print(f"| {label} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Run the parts named on the command line, or all."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for part in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            commands = [command for command in PARTS[part]() if shutil.which(command.program)]
            print(f"| {part} | time | poolcli's time over it | output |\n|---|---|---|---|")
            print_medians(commands, START_RUNS if part in START_PARTS else RUNS)
            print()


if __name__ == "__main__":
    main()
