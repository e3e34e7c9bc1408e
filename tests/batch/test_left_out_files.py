"""Files that a run leaves out of folders are counted, with the reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import Poolcli


@pytest.fixture(autouse=True)
def _folders(poolcli: Poolcli) -> None:
    for name in ("in/a.png", "in/b.png", "in/deep/c.png", "other/d.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 9).save(name)
    for name in ("in/notes.txt", "in/deep/data.csv", "in/.hidden", "in/.hidden.png"):
        Path(name).write_text("text")
    Path("in/link").symlink_to("../other")
    Path("in/out").mkdir()
    Path("in/out/old.txt").write_text("")
    Path("empty").mkdir()


def summary(poolcli: Poolcli, *args: str) -> list[str]:
    """Return the lines below the table that report left-out files."""
    ran = poolcli("max", "in", "-o", "in/out", "--overwrite", *args)
    return [line for line in ran.out.splitlines() if "left out" in line]


def test_left_out_files_are_counted(poolcli: Poolcli) -> None:
    assert summary(poolcli, "-r") == [
        "2 files of other types left out; 1 link to a folder left out (links are not followed)"
    ]
    assert summary(poolcli) == [
        "1 file of another type left out; 1 folder left out (-r descends into it); "
        "1 link to a folder left out (links are not followed)"
    ]


def test_filters_are_named(poolcli: Poolcli) -> None:
    found = summary(poolcli, "-r", "--include", "*.png", "--exclude", "b*")
    assert found[0].startswith("3 files left out by --include and --exclude")
    assert summary(poolcli, "-r", "--exclude", "a*")[0].endswith("1 file left out by --exclude; "
        "1 link to a folder left out (links are not followed)")  # fmt: skip


def test_json_counts_files_of_other_types_on_standard_error(poolcli: Poolcli) -> None:
    ran = poolcli("max", "in", "-r", "-o", "out/", "--json")
    assert ran.err == "poolcli: 3 files of other types left out\n"
    assert len(ran.records) == 3
    assert poolcli("info", "in", "-r", "--json").err == ran.err
    assert poolcli("max", "in", "-r", "-o", "out/", "--overwrite", "--quiet").err == ""
    assert poolcli("max", "in/a.png", "--json").err == ""


def test_info_and_the_page_count_them_too(poolcli: Poolcli) -> None:
    assert "\n3 files of other types left out;" in poolcli("info", "in", "-r").out
    poolcli("max", "in", "-r", "-o", "out/", "--html", "page.html")
    assert "<li>3 files of other types left out;" in Path("page.html").read_text()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["empty"], ""),
        (["other", "--include", "*.tif"], ": its only file left out by --include"),
        (["in/deep", "--include", "*.tif"], ": all 2 files left out by --include"),
        (["in/deep", "--exclude", "*.png"],
         ": 1 file of another type left out; 1 file left out by --exclude"),
        (["in/out"], ": 1 file of another type left out"),
        ([".", "--include", "*.png"], ": 3 folders left out (-r descends into them)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["max", "info"])
def test_a_folder_with_nothing_to_pool_says_why(
    poolcli: Poolcli, command: str, args: list[str], words: str
) -> None:
    ran = poolcli(command, *args)
    assert ran.code == 1
    assert ran.err == f"poolcli: {args[0]}: the folder holds nothing to pool{words}\n"
    assert "left out" not in ran.out


def test_one_folder_of_two_has_nothing_to_pool(poolcli: Poolcli) -> None:
    ran = poolcli("max", "other", "in/deep", "--include", "d.*", "--json")
    assert ran.code == 1
    failed, ok = sorted(ran.records, key=lambda record: str(record["input"]))
    assert (failed["status"], ok["status"]) == ("failed", "ok")
    assert failed["error"]["message"].endswith("all 2 files left out by --include")


def test_special_files_are_counted_separately(poolcli: Poolcli) -> None:
    os.mkfifo("other/pipe.png")
    Path("other/dangling").symlink_to("nothing")
    ran = poolcli("max", "other", "-o", "out/")
    assert "\n2 pipes, devices or dangling links left out\n" in ran.out


def test_an_output_folder_among_the_inputs_is_not_counted(poolcli: Poolcli) -> None:
    Path("pictures/small").mkdir(parents=True)
    Image.new("L", (8, 8), 9).save("pictures/a.png")
    ran = poolcli("max", "pictures", "-o", "pictures/small/")
    assert "left out" not in ran.out
