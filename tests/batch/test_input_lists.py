"""Inputs from lists, dry runs, and the progress bar."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import Poolcli, Shell


@pytest.fixture(autouse=True)
def _pictures(tmp_path: Path) -> None:
    for name in ("a.png", "deep/b.png", "deep/er/c.png", "deep/new\nline.png", "-d.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 9).save(tmp_path / name)


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_list_keeps_the_folders_of_relative_paths(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"a.png\n./deep//b.png\n\n{tmp_path}/deep/er/c.png\n")
    ran = poolcli("max", "--files-from", "list", "-o", "out/", "--json")
    assert ran.code == 0
    assert tree(tmp_path / "out") == ["a.png", "c.png", "deep/b.png"]


def test_list_without_an_output_folder(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("deep/../a.png\ndeep/b.png\n")
    assert poolcli("max", "--files-from", "list").code == 0
    assert (tmp_path / "a.max-k2-s2.png").exists()
    assert (tmp_path / "deep" / "b.max-k2-s2.png").exists()


def test_list_paths_with_dot_dot_are_refused(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("deep/../../a.png\na.png\ngone.png\n")
    ran = poolcli("max", "--files-from", "list", "-o", "out/")
    assert ran.code == 1
    assert "poolcli: deep/../../a.png: '..' leads out of the output folder\n" in ran.err
    assert "poolcli: gone.png: there is no such file" in ran.err
    assert tree(tmp_path / "out") == ["a.png"]


def test_nul_separated_list(shell: Shell, tmp_path: Path) -> None:
    done = shell("find deep -name '*.png' -print0 | poolcli max --files-from - -0 -o out/ --quiet")
    assert (done.returncode, done.stderr) == (0, b"")
    assert tree(tmp_path / "out") == ["deep/b.png", "deep/er/c.png", "deep/new\nline.png"]


def test_empty_list_is_no_error(shell: Shell) -> None:
    done = shell("true | poolcli max --files-from -")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_list_together_with_inputs_and_folders(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("deep\n")
    assert poolcli("max", "a.png", "--files-from", "list", "-r", "-o", "out/").code == 0
    assert tree(tmp_path / "out") == ["a.png", "deep/b.png", "deep/er/c.png", "deep/new\nline.png"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("max - --files-from -", "standard input can be read only once"),
        ("max --files-from gone", "the list gone cannot be read: No such file"),
        ("max a.png -0", "name a list with --files-from"),
        ("max --files-from list -o -", "standard output takes one result"),
        ("max --files-from list -o x.png", "names one file for several inputs"),
    ],
)
def test_invalid_list_options(poolcli: Poolcli, tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "list").write_text("a.png\n")
    ran = poolcli(*line.split())
    assert ran.code == 2
    assert words in " ".join(ran.err.replace("│", " ").split())


def test_dry_run_writes_nothing(poolcli: Poolcli, tmp_path: Path) -> None:
    before = tree(tmp_path)
    ran = poolcli("max", "deep", "-r", "--dry-run", "--json")
    assert ran.code == 0
    assert tree(tmp_path) == before
    found = {record["output"]: (record["status"], record["out"]["shape"]) for record in ran.records}
    assert found["deep.max-k2-s2/er/c.png"] == ("planned", [4, 4])
    table = poolcli("max", "a.png", "--dry-run")
    assert "a.png → a.max-k2-s2.png" in table.out
    (tmp_path / "a.max-k2-s2.png").write_bytes(b"")
    assert poolcli("max", "a.png", "--dry-run").code == 1


def test_progress_bar_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "deep" / "broken.png").write_bytes(b"broken")
    shown = {}
    for flags in ("", "--no-progress"):
        mine, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "poolcli", "max", "deep", "-r", "--quiet", *flags.split()],
            cwd=tmp_path,
            stderr=theirs,
            stdout=subprocess.PIPE,
        )
        os.close(theirs)
        data = b""
        while True:
            try:
                data += os.read(mine, 4096)
            except OSError:  # the terminal closes with its last process
                break
        os.close(mine)
        process.communicate(timeout=30)
        assert process.returncode == 1
        shown[flags] = data.decode()
        subprocess.run(["rm", "-rf", tmp_path / "deep.max-k2-s2"], check=True)
    assert "/4" in shown[""]
    assert "1 failed" in shown[""]
    assert "poolcli: deep/broken.png: " in shown[""]
    assert shown["--no-progress"].count("\n") == 1


def test_nul_separated_list_without_the_option(shell: Shell) -> None:
    done = shell("find deep -name 'b*' -print0 | poolcli max --files-from - -o out/")
    assert done.returncode == 2
    assert b"-0 reads such lists" in done.stderr


def test_list_with_windows_line_endings(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"a.png\r\ndeep/b.png\n")
    ran = poolcli("max", "--files-from", "list", "-o", "out/")
    assert ran.code == 1
    assert ran.err.startswith("poolcli: a.png\\r: there is no such file; the list has Windows")
    assert tree(tmp_path / "out") == ["deep/b.png"]


def test_file_named_dash_in_a_list(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "-").write_bytes((tmp_path / "a.png").read_bytes())
    (tmp_path / "list").write_text("-\n")
    for line, name in (("", "-.max-k2-s2.png"), ("-o out/", "out/-.png")):
        done = shell(f"poolcli max --files-from list {line} --quiet </dev/null")
        assert (done.returncode, done.stderr) == (0, b""), line
        assert (tmp_path / name).exists()


def test_list_that_names_a_file_twice(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("a.png\ndeep/b.png\n./a.png\n")
    ran = poolcli("max", "--files-from", "list", "-o", "out/")
    assert ran.code == 2
    assert "a.png: it is named twice" in " ".join(ran.err.replace("│", " ").split())
