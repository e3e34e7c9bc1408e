"""The guides in docs/ and the introduction to pooling: their commands print what the pages show."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from poolcli.cli.app import app
from tests import guide_output_checks
from tests.conftest import Shell
from tests.test_readme import console_examples, inline_examples

ROOT = Path(__file__).parents[1]
GUIDES = [*sorted((ROOT / "docs" / "guides").glob("*.md")), ROOT / "docs" / "pooling.md"]
GEOMETRY = (ROOT / "docs" / "geometry.md").read_text("utf-8")

EXTRAS = {
    "--pyramid": "tifffile",
    " pyramid.tif": "tifffile",
    " overviews.tif": "tifffile",
    ".zarr": "zarr",
    "import torch": "torch",
    "import dask.array": "dask",
    ".safetensors": "safetensors",
    "bfloat16": "ml_dtypes",
}
"""The packages that a command or a piece of Python needs, by a part of its text."""

PROGRAMS = "gdalinfo", "jq", "parallel"
"""The programs that are not on every machine."""

IN_THIS_PROCESS = re.compile(
    r"(?!.* -( |$))poolcli ((?:'[^']*'|[^'\"|<>$*~&;\n])+)(?:\|([^|].*))?", re.DOTALL
)
"""A command of poolcli without standard input, data on standard output or syntax of the shell,
perhaps with a pipe that reads what it prints."""

TIME = re.compile(r"\b\d[\d.]* m?s\b")

CHECKS: dict[str, Callable[[Path], None]] = {
    "gis": guide_output_checks.check_gis,
    "label_maps": guide_output_checks.check_label_maps,
    "machine_learning": guide_output_checks.check_machine_learning,
    "microscopy": guide_output_checks.check_microscopy,
    "pooling": guide_output_checks.check_pooling,
}
"""The checks of the files that the commands of a guide write."""


class Step(NamedTuple):
    """A piece of a page that can be run: a command or Python code, and what it prints."""

    text: str
    output: str = ""
    """The printed text; empty if the page shows none."""
    is_python: bool = False

    @property
    def missing_package(self) -> str | None:
        """A package that it needs and that is not installed."""
        needed = (package for part, package in EXTRAS.items() if part in self.text)
        return next((each for each in needed if find_spec(each) is None), None)

    @property
    def missing_program(self) -> str | None:
        """A program that it needs and that is not installed."""
        words = re.findall(r"[\w-]+", self.text)
        return next((each for each in PROGRAMS if each in words and not shutil.which(each)), None)


def steps(page: str) -> Iterator[Step]:
    """Yield the commands and the Python code of a page, in order."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    for (language, text), (next_language, next_text) in zip(
        blocks, [*blocks[1:], ("", "")], strict=True
    ):
        if language == "console":
            yield from (Step(each.line, each.output) for each in console_examples(text))
        elif language == "python":
            yield Step(text, next_text if next_language == "text" else "", is_python=True)
    yield from dict.fromkeys(Step(each.line) for each in inline_examples(page))


def run_command(step: Step, shell: Shell) -> str:
    """Run a command and return what it prints; its exit code must be 0.

    The first command of a pipe runs in this process if it is poolcli, which is faster. If a
    program is missing, only that command runs.
    """
    if not (parts := IN_THIS_PROCESS.fullmatch(step.text)):
        return "" if step.missing_program else run_in_shell(step.text, shell)
    _, command, pipe = parts.groups()
    ran = CliRunner().invoke(app, shlex.split(command), prog_name="poolcli")
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    if pipe is None:
        assert ran.exit_code == 0, f"{step.text}\n{ran.stderr}"
        return ran.stdout + ran.stderr
    return ran.stderr if step.missing_program else run_in_shell(pipe, shell, ran.stdout_bytes)


def run_in_shell(line: str, shell: Shell, stdin: bytes = b"") -> str:
    """Run a line of shell and return what it prints."""
    done = shell(f"{{ {line}\n}} 2>&1", input=stdin)
    assert done.returncode == 0, f"{line}\n{done.stdout.decode()}"
    return done.stdout.decode()


def run_python(code: str, names: dict[str, object]) -> str:
    """Run Python code with the names of earlier code, and return what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "guide.md", "exec"), names)
    return printed.getvalue()


def without_times(text: str) -> str | list[list[str]]:
    """Return printed text as it is; if it has times, its words without them.

    Lines are sorted then, because files end in any order.
    """
    if not TIME.search(text):
        return text
    return sorted(TIME.sub("", line).split() for line in text.splitlines())


@pytest.fixture
def folder(tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of `shell`, with the samples; the current one, as the guides ask for."""
    results = shutil.ignore_patterns("*-k*", "*-out*", "*-global*", "__pycache__")
    shutil.copytree(ROOT / "samples", tmp_path / "samples", ignore=results)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_guide_works_as_shown(guide: Path, shell: Shell, folder: Path) -> None:
    names: dict[str, object] = {}
    for step in steps(guide.read_text("utf-8")):
        if step.missing_package:
            continue
        printed = run_python(step.text, names) if step.is_python else run_command(step, shell)
        if step.output and not step.missing_program:
            assert without_times(printed) == without_times(step.output), step.text
    if guide.stem in CHECKS:
        CHECKS[guide.stem](folder)


def test_each_row_on_frameworks_has_a_command() -> None:
    guide = (ROOT / "docs/guides/machine_learning.md").read_text("utf-8")
    rows = [line for line in guide.splitlines() if line.startswith("| ")][1:]
    assert rows
    assert [row for row in rows if "`poolcli " not in row.split(" | ")[-1]] == []


# ---- figures ---------------------------------------------------------------------------------

FIGURES = re.findall(r"^`poolcli (explain .*)`\n\n!\[[^\]]+\]\((\S+)\)$", GEOMETRY, re.MULTILINE)
"""The command above each figure of the page on geometry, and the path of the figure."""


def drawing(svg: str) -> tuple[list[str], list[str]]:
    """Return the texts of a drawing and the colours of its rectangles."""
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return texts, re.findall(r'<rect[^>]* fill="([^"]*)"', svg)


def test_each_figure_has_a_command() -> None:
    figures = {path.name for path in (ROOT / "docs" / "geometry").glob("*.svg")}
    assert {Path(path).name for _, path in FIGURES} == figures
    assert GEOMETRY.count("![") == len(FIGURES)


@pytest.mark.parametrize(("command", "path"), FIGURES, ids=[path for _, path in FIGURES])
def test_a_figure_is_what_its_command_draws(
    command: str, path: str, shell: Shell, folder: Path
) -> None:
    run_command(Step(f"poolcli {command} --svg figure.svg"), shell)
    texts, colours = drawing((folder / "figure.svg").read_text("utf-8"))
    assert len(colours) > 1
    assert (texts, colours) == drawing((ROOT / "docs" / path).read_text("utf-8"))


def test_the_script_draws_all_figures_with_these_commands() -> None:
    script = (ROOT / "docs" / "geometry" / "make.sh").read_text("utf-8")
    drawn = re.findall(r"^draw (\w+) (.*)$", script, re.MULTILINE)
    expected = [(Path(path).stem, command.removeprefix("explain ")) for command, path in FIGURES]
    assert drawn == expected
