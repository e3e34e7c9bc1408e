"""Whatever the README shows works: its commands, its Python, its links."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli, Shell

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLES = (ROOT / "samples" / "README.md").read_text(encoding="utf-8")
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "benchmarks/README.md",
    "docs/cli.md",
    "docs/errors.md",
    "samples/README.md",
)


class Shown(NamedTuple):
    """A command as a page shows it."""

    line: str
    printed: str = ""
    """What the page says that it prints; nothing where it does not say."""

    @property
    def command(self) -> str:
        """The line without its comment, to call it by."""
        return " ".join(re.sub(r"\s+# .*", "", self.line).split())

    @property
    def writes(self) -> list[str]:
        """What its comment and its options say that it writes."""
        _, found, names = self.line.partition("# writes ")
        given = re.findall(r" (?:-o|--indices|>) ([a-z][\w./]*)", self.command)
        return [*(names.split(", ") if found else []), *given]


# ---- what the pages show ---------------------------------------------------------------------


def blocks(text: str, kind: str) -> list[str]:
    """The fenced blocks of a kind, without their fences."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """The text between the fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def typed(block: str) -> Iterator[Shown]:
    """The commands of a console block: after a ``$``, to the end of a line that does not go on."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        end = next(i for i, line in enumerate(lines, 1) if not line.rstrip().endswith(("|", "\\")))
        yield Shown("".join(lines[:end]).strip(), "".join(lines[end:]))


def quoted(text: str) -> Iterator[Shown]:
    """The commands in the prose and the tables of a page."""
    return map(Shown, re.findall(r"`(poolcli [^`]+)`", prose(text)))


INSTALL, TESTS, *SCRIPTS = blocks(README, "sh")
COMMANDS = [
    *(shown for block in blocks(README, "console") for shown in typed(block)),
    *(Shown(line) for block in SCRIPTS for line in block.splitlines()),
    *quoted(README),
    *quoted(SAMPLES),
]
LINKS = [
    (page, link.partition("#")[0])
    for page in PAGES
    for link in re.findall(r"\]\(([^)\s#]+)", prose((ROOT / page).read_text(encoding="utf-8")))
    if "://" not in link
]


# ---- what they need --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small files of all names that the pages use."""
    folder = tmp_path_factory.mktemp("stock")
    random = np.random.default_rng(0)

    def bytes_of(*shape: int) -> Image.Image:
        return Image.fromarray(random.integers(0, 256, shape, np.uint8))

    def deep(*shape: int) -> np.ndarray:
        return random.integers(0, 1 << 16, shape, np.uint16)

    def save(image: Image.Image, name: str, **how: object) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        image.save(folder / name, **how)  # type: ignore[arg-type]

    save(bytes_of(64, 64, 3), "img.png")
    save(bytes_of(64, 64), "scan.tif")
    for name in ("cat.jpg", "draft1.jpg", "2024/fox.png", "2024/may/dog.jpg"):
        save(bytes_of(48, 64, 3), f"photos/{name}")
    for name in ("a.tif", "deep/b.tif"):
        save(bytes_of(32, 32), f"scans/{name}")
    labels = Image.fromarray(random.integers(0, 5, (32, 32), np.uint8), "L").convert("P")
    save(labels, "labels.png")
    terrain = random.random((64, 64), np.float32)
    terrain[:20, :20] = -9999
    save(Image.fromarray(terrain), "dem.tif")
    first, *others = (Image.fromarray(deep(32, 32)) for _ in range(3))
    save(first, "cells.tif", save_all=True, append_images=others)

    arrays = {
        "features": random.random((2, 3, 28, 28), np.float32),
        "images": random.random((2, 28, 28, 3), np.float32),
        "volume": random.random((8, 8, 8), np.float32),
        "sst": np.where(random.random((16, 16)) < 0.2, np.nan, 20.0),
        "stack": deep(8, 32, 32),
        "huge": random.random((64, 64), np.float32),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    (folder / "samples").mkdir()
    for sample in (ROOT / "samples").glob("*.*"):
        if "-" not in sample.stem:  # not what someone pooled there
            shutil.copy(sample, folder / "samples")
    return folder


@pytest.fixture
def here(stock: Path, tmp_path: Path, shell: Shell) -> Path:
    """The folder that `shell` works in, stocked; its ``python`` is the one that runs the tests."""
    shutil.copytree(stock, tmp_path, dirs_exist_ok=True)
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return tmp_path


def skip_without_what_it_needs(command: str) -> None:
    """Skip a command whose programs are not installed."""
    for program in ("find", "jq", "parallel"):
        if re.search(rf"(^|\| ){program} ", command) and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if "parallel" in command.split():
        version = subprocess.run(["parallel", "--version"], capture_output=True, check=False)
        if b"GNU" not in version.stdout:
            pytest.skip("parallel is not GNU's")
    if "--dask" in command:
        pytest.importorskip("distributed")


# ---- the tests -------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", dict.fromkeys(COMMANDS), ids=lambda shown: shown.command)
def test_a_command_does_what_the_page_says(
    shown: Shown, shell: Shell, poolcli: Poolcli, here: Path
) -> None:
    skip_without_what_it_needs(shown.command)
    if re.search(r"^(?!poolcli )|[|<>$*~]|--dask", shown.command):
        done = shell(f"set -eo pipefail\n{shown.line}")
        code, out, err = done.returncode, done.stdout.decode(), done.stderr.decode()
    else:  # what takes no shell takes no process of its own
        ran = poolcli(*shlex.split(shown.command)[1:])
        code, out, err = ran.code, ran.out, ran.err
    assert code == 0, err
    if shown.printed:
        assert out == shown.printed
    assert [name for name in shown.writes if not (here / name).exists()] == []


def test_the_first_command_prints_what_the_page_says(shell: Shell, here: Path) -> None:
    command = INSTALL.strip().rpartition(" && .venv/bin/")[2]
    ran = shell(command)
    assert ran.returncode == 0, ran.stderr.decode()
    text, *_ = blocks(README, "text")
    assert timeless(ran.stdout.decode()) == timeless(text)
    named = re.findall(r"`(samples/\S+)`", README.split("It writes", 1)[1].split("```", 1)[0])
    assert len(named) == 2
    assert all((here / name).is_file() for name in named)


def timeless(table: str) -> list[list[str]]:
    """The words of a table's lines, with no time among them; files end in any order."""
    return sorted(re.sub(r"[\d.]+ m?s\b", "", line).split() for line in table.splitlines())


@pytest.mark.parametrize("block", blocks(README, "python"))
def test_the_python_runs(block: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    exec(compile(block, "README.md", "exec"), {})


@pytest.mark.parametrize(("page", "link"), dict.fromkeys(LINKS))
def test_a_link_leads_somewhere(page: str, link: str) -> None:
    assert ((ROOT / page).parent / link).exists()


def test_the_gallery_is_made_by_its_script(shell: Shell, here: Path) -> None:
    gallery = ROOT / "samples" / "gallery"
    ran = shell(f"sh '{gallery / 'make.sh'}'")
    assert ran.returncode == 0, ran.stderr.decode()
    for picture in gallery.glob("*.[jp]*g"):
        with Image.open(here / "samples" / "gallery" / picture.name) as made:
            assert made.mode == "RGB"
