"""Commands that the installed wheel must run, alone and with each extra."""

from __future__ import annotations

from typing import NamedTuple

INPUTS = """
import pathlib
import numpy as np
from PIL import Image

random = np.random.default_rng(0)
pathlib.Path("photos/deep").mkdir(parents=True)
for name in ("img.png", "photos/a.png", "photos/b.jpg", "photos/deep/c.png"):
    Image.fromarray(random.integers(0, 256, (48, 64, 3), np.uint8)).save(name)
np.save("map.npy", random.random((1, 4, 8, 8), np.float32))
"""
"""Python code that makes the inputs of the commands, with the required packages alone."""


class CheckedCommand(NamedTuple):
    """A shell command, and what shows that it has done its work.

    Attributes
    ----------
    text : str
        The command.
    writes : tuple of str
        Files and folders that it makes.
    prints : str
        A text on standard output.
    """

    text: str
    writes: tuple[str, ...] = ()
    prints: str = ""


COMMANDS = (
    CheckedCommand("poolcli --version", prints="poolcli "),
    CheckedCommand("python -m poolcli --version", prints="poolcli "),
    CheckedCommand("poolcli --help", prints="median"),
    CheckedCommand("poolcli max --help", prints="--kernel-size"),
    CheckedCommand("poolcli max img.png --k 2 --s 2", writes=("img.max-k2-s2.png",)),
    CheckedCommand(
        "poolcli max - --k 2 --quiet <img.png >piped.png && cmp piped.png img.max-k2-s2.png"
    ),
    CheckedCommand(
        "poolcli avg photos -r -o thumbs --k 2 -j 2 --html page.html",
        writes=("thumbs/a.png", "thumbs/b.jpg", "thumbs/deep/c.png", "page.html"),
    ),
    CheckedCommand(
        "poolcli max map.npy --k 2 --json", writes=("map.max-k2-s2.npy",), prints='"out":'
    ),
    CheckedCommand("poolcli info img.png map.npy", prints="float32"),
    CheckedCommand("poolcli info --schema", prints='"$schema"'),
    CheckedCommand(
        "poolcli explain max map.npy --k 2 --html explained.html", writes=("explained.html",)
    ),
    CheckedCommand("poolcli compare img.png --k 4 -o sheet.png", writes=("sheet.png",)),
    CheckedCommand(
        "_POOLCLI_COMPLETE=complete_bash COMP_WORDS='poolcli comp' COMP_CWORD=1 poolcli",
        prints="compare",
    ),
    CheckedCommand("poolcli --show-completion bash", prints="_POOLCLI_COMPLETE"),
    CheckedCommand(
        "python -c 'import poolcli; print(poolcli.pool([[1, 5], [2, 3]]))'",
        prints="[[5]]",
    ),
)
"""The commands of the wheel with its required packages alone."""

COMMANDS_OF_EXTRAS = {
    "dask": (
        CheckedCommand(
            "poolcli max photos -r -o dask --k 2 --dask local", writes=("dask/deep/c.png",)
        ),
        CheckedCommand(
            "python -c 'from dask.array import ones; from poolcli.dask import pool; "
            "print(pool(ones((4, 4))).sum().compute())'",
            prints="4.0",
        ),
    ),
    "formats": (
        CheckedCommand("poolcli max img.png --k 2 -o small.heic", writes=("small.heic",)),
        CheckedCommand("poolcli max small.heic --k 2", writes=("small.max-k2-s2.heic",)),
        CheckedCommand("poolcli max img.png --k 2 -o a.jxl", writes=("a.jxl",)),
        CheckedCommand("poolcli max a.jxl --k 2 -o small.png", writes=("small.png",)),
    ),
    "ml": (
        CheckedCommand("poolcli max map.npy --k 2 -o map.safetensors", writes=("map.safetensors",)),
        CheckedCommand(
            "poolcli avg map.safetensors --k 2 --dtype bfloat16 -o b.safetensors",
            writes=("b.safetensors",),
        ),
        CheckedCommand("poolcli info b.safetensors", prints="bfloat16"),
    ),
    "tiff": (
        CheckedCommand(
            "poolcli max img.png --k 2 --levels 2 --pyramid -o pyramid.tif",
            writes=("pyramid.tif",),
        ),
        CheckedCommand("poolcli info pyramid.tif", prints="48x64x3"),
    ),
    "zarr": (
        CheckedCommand(
            "poolcli max map.npy --k 2 --levels 2 -o map.zarr", writes=("map.zarr/zarr.json",)
        ),
        CheckedCommand("poolcli avg map.zarr/0 --k 2 -o means.npy", writes=("means.npy",)),
    ),
}
"""The commands of each extra. Without the extra the first one fails, and says what to install."""
