"""The inputs and command lines of the frozen results, and how one is run and reduced to data.

``python -m tests.frozen.commands`` writes ``results.json`` anew. Do that only where SPEC asks for
another output name, exit code or JSON line, and read the difference before it is committed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from typer.testing import CliRunner

from poolcli.cli.app import app

RESULTS = Path(__file__).with_name("results.json")

COMMANDS = """
max photo.png --k 2 --s 2
max photo.png grey16.png --k 2 -j 1
avg photo.png --k 3 --s 2 --p 1 --format tif
avg photo.png --k 3x2 --s 2 --p 1x0 --count-include-pad
avg map.npy --k 2 --exclude-pad
avg map.npy --k 2 --divisor 3
max map.npy --k 3 --s 2 --p 1 --d 2
max map.npy --k 3 --s 2 --p 1:0x0:1
max map.npy --k 3 --s 2 --ceil
max map.npy --k 3 --s 2 --p same
min map.npy --k 3 --s 2 --p same-lower
min map.npy --global
avg map.npy --adaptive 3x2
avg photo.png --adaptive 3x_
avg photo.png --fit 6
sum map.npy --k 2
sum labels.png --k 2 -o sum.npy
lp map.npy --k 2 --norm 3
lp map.npy --k 2 --norm inf
gem map.npy --k 2
rms map.npy --k 2
blur photo.png --k 3 --s 2 --p 1
median photo.png --k 3
median map.npy --k 1x3 --s 1 --p 0x1
quantile map.npy --k 2 --q 0.9 --method nearest
mode labels.png --k 4
mode labels.png --k 4 --ignore 0
std map.npy --k 2 --dtype float64
range map.npy --k 3 --s 2
pool --mode max map.npy --k 2
max stack.npy --k 2x2x2
max stack.npy --global --layout DYX
max stack.npy --global --layout ZYX --axes Z
max stack.npy --global --layout DHW
avg last.npy --k 2
avg last.npy --k 2 --layout NHWC
avg nan.npy --k 2 --ignore nan
avg nan.npy --k 2
avg archive.npz --k 2
max pages.tif --k 2
max pages.tif --k 2 -o pages.npy
max moving.gif --k 2
avg photo.png --k 2 --levels 3
avg photo.png --k 2 --levels 2 -o pyramid.png
avg alpha.png --k 2
avg alpha.png --k 2 --straight-alpha
max photo.png --k 2 -o out/
max folder --k 2 -j 1
max folder -r --k 2 -j 1 -o small/ --include *.png
max folder -r --k 2 -j 1 -o small/ --exclude a*
max folder -r --k 2 -j 1 --dry-run
max map.npy --k 2 --indices at.npy
max folder -r --k 2 -j 1 -o small/ --indices at/
max archive.npz --k 2 --indices at.npz
unpool map.npy --indices argmax.npy --output-size 12x14
unpool map.npy --indices argmax.npy --output-size 20 --fill 0.5
unpool map.npy --indices argmax.npy --output-size 3
unpool map.npy --output-size 3
min map.npy --k 2 --dry-run
avg map.npy --k 2 --dtype uint8
avg map.npy --k 2 --normalize -o look.png
max complex.npy --k 2
avg complex.npy --k 2
sum bool.npy --k 2
max missing.png --k 2
max broken.png --k 2
max photo.png broken.png map.npy --k 2 -j 1
max text.txt --k 2
max photo.png --k 64
max occupied.png --k 2
max occupied.png --k 2 --overwrite
max occupied.png --k 2 --skip-existing
max photo.png -o photo.png --k 2
max photo.png -o photo.png --k 2 --overwrite
max grey16.png --k 2 -o out.jpg
max wrong.jpg --k 2
max --files-from list.txt --k 2 -j 1 -o listed/
info photo.png
info folder -r
info archive.npz map.npy moving.gif
info missing.png
compare map.npy
max photo.png --adaptive 2 --k 3
max photo.png --k 0
max photo.png --nonsense
max photo.png map.npy -o one.npy
max photo.png --levels 2 -o -
max
avg photo.png --norm 3
""".strip().splitlines()


def write_inputs(folder: Path) -> None:
    """Write the inputs of :data:`COMMANDS` into a folder: small, and the same on every machine."""
    rng = np.random.default_rng(19)
    colour = rng.integers(0, 256, (12, 10, 3), dtype=np.uint8)
    labels = np.repeat(np.repeat(rng.integers(0, 5, (4, 4), dtype=np.uint8), 3, 0), 3, 1)
    Image.fromarray(colour).save(folder / "photo.png")
    Image.fromarray(colour).save(folder / "occupied.png")
    (folder / "occupied.max-k2-s2.png").write_bytes(b"occupied")
    Image.fromarray(colour).save(folder / "wrong.jpg", format="PNG")
    Image.fromarray(rng.integers(0, 65536, (8, 6), dtype=np.uint16)).save(folder / "grey16.png")
    alpha = np.concatenate([colour, rng.integers(0, 256, (12, 10, 1), dtype=np.uint8)], 2)
    Image.fromarray(alpha).save(folder / "alpha.png")
    palette = Image.new("P", labels.shape[::-1])
    palette.putdata(labels.ravel().tolist())
    palette.putpalette([each * 40 % 256 for each in range(15)])
    palette.save(folder / "labels.png")
    pages = [Image.fromarray(rng.integers(0, 256, (6, 8), dtype=np.uint8)) for _ in range(3)]
    pages[0].save(folder / "pages.tif", save_all=True, append_images=pages[1:])
    pages[0].save(folder / "moving.gif", save_all=True, append_images=pages[1:], duration=50)
    np.save(folder / "map.npy", rng.integers(-9, 9, (2, 6, 7)).astype(np.float32))
    np.save(folder / "stack.npy", rng.integers(0, 99, (4, 6, 8), dtype=np.int16))
    np.save(folder / "last.npy", rng.integers(0, 99, (2, 6, 8, 3), dtype=np.uint8))
    holes = rng.normal(size=(4, 4)).round(3)
    holes[0, :2] = holes[1, :3] = np.nan
    np.save(folder / "nan.npy", holes)
    np.save(folder / "complex.npy", holes + 1j)
    np.save(folder / "bool.npy", rng.integers(0, 2, (4, 4)).astype(bool))
    np.savez(folder / "archive.npz", a=np.eye(4), b=np.arange(36.0).reshape(6, 6))
    (folder / "broken.png").write_bytes((folder / "photo.png").read_bytes()[:90])
    (folder / "text.txt").write_text("words\n")
    for name in ("folder/a.png", "folder/b.png", "folder/deep/c.png", "folder/deep/notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((folder / "photo.png").read_bytes())
    np.save(folder / "folder" / "d.npy", np.eye(6, dtype=np.float32))
    np.save(folder / "argmax.npy", rng.permuted(np.arange(84).reshape(2, 6, 7)))
    (folder / "list.txt").write_text("folder/a.png\nfolder/deep/c.png\n")


def without_words(line: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON line without its time and its sentences, which may be worded anew."""
    line.pop("seconds", None)
    if line.get("notes"):
        line["notes"] = len(line["notes"])
    if line.get("error"):
        line["error"] = line["error"]["type"]
    return line


def result_of(command: str) -> dict[str, Any]:
    """Run a command line with ``--json`` on fresh inputs and return what it did.

    Returns
    -------
    dict
        The command, its exit code, its JSON lines sorted by input, and the paths it wrote.
    """
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        write_inputs(folder)
        before = set(folder.rglob("*"))
        words = shlex.split(command)
        ran = CliRunner().invoke(app, [*words, "--json"] if words != ["max"] else words)
        if ran.exception is not None and not isinstance(ran.exception, SystemExit):
            raise ran.exception
        lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
        lines.sort(key=lambda line: json.dumps([line[key] for key in line if key != "seconds"]))
        after = {path for path in folder.rglob("*") if path.is_file()} - before
        return {
            "command": command,
            "exit_code": ran.exit_code,
            "lines": [without_words(line) for line in lines],
            "written": sorted(os.fspath(path.relative_to(folder)) for path in after),
        }


def main() -> None:
    """Write the results of all commands as JSON."""
    results = ",\n".join(json.dumps(result_of(command)) for command in COMMANDS)
    RESULTS.write_text(f"[\n{results}\n]\n")


if __name__ == "__main__":
    main()
