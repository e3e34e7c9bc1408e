"""The inputs and command lines of the frozen results, and how one is run and reduced to data."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from typer.testing import CliRunner, Result

from poolcli import __version__
from poolcli.cli.app import app

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
max archive.npz --k 2 --member b
max archive.npz:a --k 2
max archive.npz --k 2 --member c
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
max map.npy --k 3 --s 1 --p 1 --padding-mode reflect
max map.npy --k 3 --s 1 --p 1 --padding-mode constant:-1.5
max map.npy --k 3 --s 2 --p valid --floor
max map.npy --k 5 --s 1 --p 2 --footprint disk
max map.npy --k 2 --footprint corner.npy
avg photo.png --k 3 --s 1 --p same --count-include-pad
avg nan.npy --k 2 --ignore nan --ignore 0 --min-valid 0.5
avg photo.png --k 2 --axes W
avg map.npy --k 2x2 --fit 3
max photo.png --k 2 --quality 50 --format jpg
max photo.png --k 2 --compress-level 9
max photo.png --k 2 --max-pixels 9
max broken.png map.npy --k 2 -j 1 --fail-fast
max --files-from list.nul --null --k 2 -j 1
max photo.png --k 2 --html page.html --no-progress --debug
max photo.png --k 2 --report none
max map.npy --k 2 --quiet
max map.npy --k 2 --values
max map.npy --k 2 --no-values --verbose
max map.npy --k 2 --preview
max - --k 2 --dry-run < map.npy
max - --k 2 -o small.npy < map.npy
max - - --k 2 < map.npy
max --files-from empty.txt --k 2
max folder/deep --k 2 --include *.jpg
max photo.png map.npy --k 2 --indices one.npy
max photo.png --k 2 --in-place
max photo.png folder/../photo.png --k 2 -o out/
info --schema
info grey.tif
compare map.npy --modes max,lp --noise 0.5 --theme dark -o sheet.png
compare missing.npy
explain max map.npy --k 2 --at 1,1 --svg windows.svg --html windows.html
explain max missing.npy
compare photo.png map.npy --modes max,avg -j 1 -o sheets/ --html page.html
compare folder -r --modes max --include *.png --exclude x*.png --dry-run -j 1
compare photo.png broken.png --modes max -j 1
explain avg map.npy --k 3 --s 2 --p 1 --png windows.png --theme dark --width 400
explain max stack.npy --k 2x2x2 --at 2,1,1 --svg windows.svg
explain max photo.png --k 2 --gif moving.webp --fps 4 --width 400
""".strip().splitlines()

TIFF_COMMANDS = """
avg grey.tif --k 2 --levels 1 --pyramid
max pages.tif --k 2 --layout ZYX -o volume.tif
""".strip().splitlines()
"""The commands that need the extra [tiff]."""

ZARR_COMMANDS = """
avg grey.tif --k 2 -o plain.zarr
avg photo.png --k 2 --levels 2 -o pyramid.zarr --chunks 4
mode stack.npy --k 2x2x2 --levels 1 --format zarr --zarr-format 2 -j 1
max cells.zarr --axes y --k 2 --json
max cells.zarr --k 2 --levels 1 --in-place
info cells.zarr
""".strip().splitlines()
"""The commands that need the extra [zarr]."""

ML_COMMANDS = """
max archive.npz --k 2 -o tensors.safetensors
avg map.npy --k 2 --dtype bfloat16 --format safetensors
avg map.npy --k 2 --dtype bfloat16
""".strip().splitlines()
"""The commands that need the extra [ml]."""

OPTIONS_WITHOUT_JSON = {"--quiet", "--report", "--values", "--no-values", "--preview", "--schema"}
"""The options that contradict `--json`, or belong to the table."""


def write_inputs(folder: Path) -> None:
    """Write the inputs of the commands into a folder: small, and the same on every machine."""
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
    (folder / "list.nul").write_text("folder/a.png\0folder/deep/c.png")
    (folder / "empty.txt").write_text("")
    np.save(folder / "corner.npy", np.array([[True, True], [True, False]]))
    pages[0].save(folder / "grey.tif", dpi=(300, 300))
    write_store(folder / "cells.zarr", rng)


def write_store(path: Path, rng: np.random.Generator) -> None:
    """Write an OME-Zarr 0.5 image with voxels of 0.5 by 0.25 µm, if zarr is installed."""
    if find_spec("zarr") is None:
        return
    from tests.io.zarr.stores import set_multiscales, write_array, zarr

    group = zarr.create_group(str(path), zarr_format=3)
    values = rng.integers(0, 99, (6, 8), dtype=np.uint16)
    write_array(path / "s0", values, compressors=None)
    scale = {"type": "scale", "scale": [0.5, 0.25]}
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    datasets = [{"path": "s0", "coordinateTransformations": [scale]}]
    set_multiscales(group, {"axes": axes, "datasets": datasets, "name": "cells"})


@cache
def inputs() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder with the inputs, which is removed when Python ends."""
    folder = tempfile.TemporaryDirectory()
    write_inputs(Path(folder.name))
    return folder


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

    Parameters
    ----------
    command : str
        The words of the command line; a file after ``<`` is its standard input.

    Returns
    -------
    dict
        The command, its exit code, its JSON lines sorted by input, the paths it wrote, and the
        attributes of the Zarr groups among them.
    """
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        shutil.copytree(inputs().name, folder, dirs_exist_ok=True)
        before = {path: path.stat().st_mtime_ns for path in files_in(folder)}
        ran = run(command)
        printed = (ran.stdout + ran.stderr).splitlines()
        lines = [json.loads(each) for each in printed if each.startswith('{"')]
        lines.sort(key=lambda line: json.dumps([line[key] for key in line if key != "seconds"]))
        written = [path for path in files_in(folder) if before.get(path) != path.stat().st_mtime_ns]
        return {
            "command": command,
            "exit_code": int(ran.exit_code),
            "lines": [without_words(line) for line in lines],
            "written": [os.fspath(path.relative_to(folder)) for path in written],
            "attributes": group_attributes(written, folder),
        }


def run(command: str) -> Result:
    """Run a command line in the current folder, with ``--json`` where it belongs to the command."""
    line, _, stdin = command.partition(" < ")
    words = shlex.split(line)
    if words[0] != "explain" and words != ["max"] and not OPTIONS_WITHOUT_JSON & {*words}:
        words.append("--json")
    ran = CliRunner().invoke(app, words, input=Path(stdin).read_bytes() if stdin else None)
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran


def files_in(folder: Path) -> list[Path]:
    """Return all files in a folder and its subfolders, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def group_attributes(paths: list[Path], folder: Path) -> dict[str, Any]:
    """Return the attributes of Zarr groups, by the path of the file that has them.

    The version of poolcli, which they name, becomes a word.
    """
    found = {}
    for path in paths:
        if path.name in ("zarr.json", ".zattrs"):
            text = path.read_text("utf-8").replace(f'"{__version__}"', '"VERSION"')
            content = json.loads(text)
            if path.name == ".zattrs" or content["node_type"] == "group":
                attributes = content.get("attributes", content)
                found[os.fspath(path.relative_to(folder))] = attributes
    return found
