"""The commands and the Python code of README, samples/README and the reference in docs/ work.

So do all links. The guides are tested in `test_guides`.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from poolcli.io.safetensors.write_safetensors import write_safetensors
from tests.conftest import Poolcli, Shell

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLES = (ROOT / "samples" / "README.md").read_text(encoding="utf-8")
REFERENCE = [
    (ROOT / "docs" / name).read_text(encoding="utf-8")
    for name in ("batches.md", "explain_and_compare.md", "files.md")
]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "benchmarks/*.md", "docs/**/*.md", "samples/*.md")
    for path in ROOT.glob(pattern)
)
"""All pages whose links are checked."""


class Example(NamedTuple):
    """A command on a page, and the output that the page shows."""

    line: str
    output: str = ""
    """The text below the command; empty if the page shows none."""

    @property
    def command(self) -> str:
        """The command without its comment; the name of the test."""
        return " ".join(re.sub(r"\s+# .*", "", self.line).split())

    @property
    def written_files(self) -> list[str]:
        """The files that the command writes according to its comment and its options."""
        _, comment, names = self.line.partition("# writes ")
        option_values = re.findall(r" (?:-o|--indices|>) ([a-z][\w./]*)", self.command)
        return [*(names.split(", ") if comment else []), *option_values]


# ---- reading the pages -----------------------------------------------------------------------


def fenced_blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language, without their fences."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def console_examples(block: str) -> Iterator[Example]:
    """Yield the commands of a console block: each starts with ``$`` and may span lines."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        end = next(i for i, line in enumerate(lines, 1) if not line.rstrip().endswith(("|", "\\")))
        yield Example("".join(lines[:end]).strip(), "".join(lines[end:]))


def inline_examples(text: str) -> Iterator[Example]:
    """Yield the commands in the prose and the tables of a page."""
    return map(Example, re.findall(r"`(poolcli [^`]+)`", prose(text)))


def headings(text: str) -> set[str]:
    """Return the names of the links to the headings of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


INSTALL, TESTS, *_ = fenced_blocks(README, "sh")
"""The quick start and the command that runs the tests; `.ci/run` runs the second block as well."""

EXAMPLES = [
    *(
        example
        for page in (README, *REFERENCE)
        for block in fenced_blocks(page, "console")
        for example in console_examples(block)
    ),
    *(
        Example(line)
        for page in REFERENCE
        for block in fenced_blocks(page, "sh")
        for line in block.splitlines()
    ),
    *(example for page in (README, *REFERENCE, SAMPLES) for example in inline_examples(page)),
]


# ---- the files that the commands read --------------------------------------------------------


def write_store(path: Path, random: np.random.Generator) -> None:
    """Write an OME-Zarr image of two times, with a label image, if zarr is installed."""
    if find_spec("zarr") is None:
        return
    from tests.io.zarr.stores import AXES, write_image

    cells, nuclei = (random.integers(0, 999, (*n, 4, 16, 16), np.uint16) for n in ((2, 2), ()))
    axes = [{"name": "t", "type": "time"}, *AXES]
    write_image(path, cells, axes=axes, chunks=cells.shape)
    write_image(path / "labels/nuclei", nuclei, axes=AXES[1:], chunks=nuclei.shape)


@pytest.fixture(scope="module")
def input_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small file for each input that the pages name."""
    folder = tmp_path_factory.mktemp("inputs")
    random = np.random.default_rng(0)

    def image_8bit(*shape: int) -> Image.Image:
        return Image.fromarray(random.integers(0, 256, shape, np.uint8))

    def array_16bit(*shape: int) -> np.ndarray:
        return random.integers(0, 1 << 16, shape, np.uint16)

    def save(image: Image.Image, name: str, **options: object) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        image.save(folder / name, **options)  # type: ignore[arg-type]

    save(image_8bit(64, 64, 3), "img.png")
    save(image_8bit(64, 64), "scan.tif")
    for name in ("cat.jpg", "draft1.jpg", "2024/fox.png", "2024/may/dog.jpg"):
        save(image_8bit(48, 64, 3), f"photos/{name}")
    for name in ("a.tif", "deep/b.tif"):
        save(image_8bit(32, 32), f"scans/{name}")
    labels = Image.fromarray(random.integers(0, 5, (32, 32), np.uint8), "L").convert("P")
    save(labels, "labels.png")
    terrain = random.random((64, 64), np.float32)
    terrain[:20, :20] = -9999
    place = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, kind, values in (
        (33550, 12, (10.0, 20.0, 0.0)),  # pixel size, and the place of the first pixel
        (33922, 12, (0.0, 0.0, 0.0, 1000.0, 2000.0, 0.0)),
        (34735, 3, (1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32633)),
    ):
        place.tagtype[tag] = kind
        place[tag] = values
    save(Image.fromarray(terrain), "dem.tif", tiffinfo=place)
    first_page, *other_pages = (Image.fromarray(array_16bit(32, 32)) for _ in range(3))
    save(first_page, "cells.tif", save_all=True, append_images=other_pages)

    arrays = {
        "features": random.random((2, 3, 28, 28), np.float32),
        "images": random.random((2, 28, 28, 3), np.float32),
        "volume": random.random((8, 8, 8), np.float32),
        "sst": np.where(random.random((16, 16)) < 0.2, np.nan, 20.0),
        "stack": array_16bit(8, 32, 32),
        "huge": random.random((64, 64), np.float32),
        "maxima": random.random((2, 3, 14, 14), np.float32),
        "argmax": random.integers(0, 28 * 28, (2, 3, 14, 14)),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    weights = {"conv1": np.eye(8), "conv2": np.ones((2, 8, 8))}
    np.savez(folder / "weights.npz", **weights, step=np.array(3))
    tensors = {"conv.weight": np.ones((2, 8, 8), np.float32), "conv.steps": np.array(3)}
    with (folder / "model.safetensors").open("wb") as file:
        write_safetensors(file, tensors, {"format": "pt"})
    write_store(folder / "cells.zarr", random)
    (folder / "samples").mkdir()
    for sample in (ROOT / "samples").glob("*.*"):
        if "-" not in sample.stem:  # leave out results of commands that someone tried
            shutil.copy(sample, folder / "samples")
    return folder


@pytest.fixture
def work_folder(
    input_files: Path, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The folder of `shell` with all input files; its ``python`` is the one that runs the tests.

    It is the home folder too, so that no command changes files of the user.
    """
    shutil.copytree(input_files, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return tmp_path


def skip_if_programs_are_missing(command: str) -> None:
    """Skip the test of a command that needs a program or a package that is not installed."""
    for program in ("find", "gdalinfo", "jq", "parallel"):
        if re.search(rf"(^|\| |&& ){program} ", command) and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if "parallel" in command.split():
        version = subprocess.run(["parallel", "--version"], capture_output=True, check=False)
        if b"GNU" not in version.stdout:
            pytest.skip("parallel is not GNU parallel")
    if "--dask" in command:
        pytest.importorskip("distributed")
    if "--pyramid" in command:
        pytest.importorskip("tifffile")
    if "zarr" in command:
        pytest.importorskip("zarr")
    if "safetensors" in command:
        pytest.importorskip("safetensors")
        pytest.importorskip("ml_dtypes")
    if ".heic" in command:
        pytest.importorskip("pillow_heif")


# ---- the tests -------------------------------------------------------------------------------


@pytest.mark.parametrize("example", dict.fromkeys(EXAMPLES), ids=lambda example: example.command)
def test_an_example_works_as_shown(
    example: Example, shell: Shell, poolcli: Poolcli, work_folder: Path
) -> None:
    skip_if_programs_are_missing(example.command)
    check_example(example, shell, poolcli)
    assert [name for name in example.written_files if not (work_folder / name).exists()] == []


def check_example(example: Example, shell: Shell, poolcli: Poolcli) -> None:
    """Run an example; check that it succeeds and prints what the page shows."""
    if re.search(r"^(?!poolcli )|[|<>$*~]|--dask", example.command):
        done = shell(f"set -eo pipefail\n{example.line}")
        code, out, err = done.returncode, done.stdout.decode(), done.stderr.decode()
    else:  # without shell syntax: run in this process, which is faster
        ran = poolcli(*shlex.split(example.command)[1:])
        code, out, err = ran.code, ran.out, ran.err
    assert code == 0, err
    if example.output:
        assert out == example.output


def test_the_quick_start_prints_what_the_page_shows(shell: Shell, work_folder: Path) -> None:
    command = INSTALL.strip().rpartition(" && .venv/bin/")[2]
    ran = shell(command)
    assert ran.returncode == 0, ran.stderr.decode()
    text, *_ = fenced_blocks(README, "text")
    assert words_without_times(ran.stdout.decode()) == words_without_times(text)
    named = re.findall(r"`(samples/\S+)`", README.split("It writes", 1)[1].split("```", 1)[0])
    assert len(named) == 2
    assert all((work_folder / name).is_file() for name in named)


def words_without_times(table: str) -> list[list[str]]:
    """Return the words of each line without times, sorted, because files end in any order."""
    return sorted(re.sub(r"[\d.]+ m?s\b", "", line).split() for line in table.splitlines())


def test_the_second_block_runs_the_tests() -> None:
    assert "-m pytest" in TESTS


@pytest.mark.parametrize("block", fenced_blocks(README, "python"))
def test_the_python_runs(block: str, work_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work_folder)
    exec(compile(block, "README.md", "exec"), {})


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_a_page_lead_to_files_and_headings(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"(?:\]\(|<img src=\")([^)\s\"]+)", prose(text))
    assert [link for link in links if "://" not in link and not leads_somewhere(page, link)] == []


def leads_somewhere(page: str, link: str) -> bool:
    """Return whether a relative link leads to a file, and to the heading that it names."""
    path, _, heading = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    if not target.exists():
        return False
    return not heading or heading in headings(target.read_text(encoding="utf-8"))


def test_the_script_makes_the_gallery(shell: Shell, work_folder: Path) -> None:
    gallery = ROOT / "samples" / "gallery"
    ran = shell(f"sh '{gallery / 'make.sh'}'")
    assert ran.returncode == 0, ran.stderr.decode()
    made = work_folder / "samples" / "gallery"
    assert {path.name for path in made.iterdir()} == {
        path.name for path in gallery.iterdir() if path.suffix != ".sh"
    }
    for path in made.glob("*.[jp]*g"):
        with Image.open(path) as image:
            assert image.mode == "RGB"
    for path in made.glob("*.svg"):
        assert path.read_text("utf-8").startswith("<svg")
