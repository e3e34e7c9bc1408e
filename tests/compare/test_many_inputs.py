"""`compare` on folders and several inputs: a contact sheet for each, and a table over all."""

from __future__ import annotations

import statistics
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.batch.scheduler import Scheduler
from poolcli.compare.comparison import Row
from poolcli.compare.comparison_summary import ComparisonSummary
from tests.compare.test_compare_modes import VALIDATOR
from tests.conftest import Poolcli, Shell

RANDOM = np.random.default_rng(8)

ONE_MODE = ("--modes", "max", "-j", "1")


def save_folder(folder: Path) -> None:
    """Save two images, an array in a subfolder, a damaged image, and files that are no inputs."""
    (folder / "deep").mkdir(parents=True)
    for name, size in (("a", 8), ("b", 12)):
        Image.fromarray(RANDOM.integers(0, 256, (size, size), np.uint8)).save(
            folder / f"{name}.png"
        )
    np.save(folder / "deep" / "c.npy", RANDOM.random((2, 6, 6), np.float32))
    (folder / "deep" / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.png").write_bytes(b"")


def sheets(folder: str) -> list[str]:
    """Return the paths of all files in a folder and its subfolders."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.*"))


def test_every_input_of_a_folder_gets_a_sheet(shell: Shell, tmp_path: Path) -> None:
    save_folder(tmp_path / "in")
    done = shell("poolcli compare in -r --modes max,avg --html page.html --quiet")
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("poolcli: in/deep/damaged.png: ")
    assert sheets(str(tmp_path / "in.compare-k2-s2")) == ["a.png", "b.png", "deep/c.png"]
    assert (tmp_path / "page.html").is_file()


def test_table_has_mean_and_deviation_of_the_json_lines(poolcli: Poolcli) -> None:
    save_folder(Path("in"))
    ran = poolcli("compare", "in", "-r", *ONE_MODE, "-o", "x/", "--exclude", "b.png", "--json")
    assert ran.code == 1
    for record in ran.records:
        VALIDATOR.validate(record)
    assert {(each["status"], each["output"]) for each in ran.records} == {
        ("ok", "x/a.png"), ("ok", "x/deep/c.png"), ("failed", None)
    }  # fmt: skip
    lines = [each for each in ran.records if each["mode"] == "max"]
    shifts = [each["shift"] for each in lines]
    shown = poolcli("compare", "in", "-r", *ONE_MODE, "-o", "y/", "--exclude", "b.png").out
    mean, spread = 100 * statistics.fmean(shifts), 100 * statistics.stdev(shifts)
    head, *rows = shown.splitlines()[1:4]
    assert head.split() == ["mode", "kept", "peaks", "mean", "shift", "noise"]
    assert [row.split()[0] for row in rows] == ["original", "max"]
    assert f" {mean:.3g} ± {spread:.2g} % " in rows[1]
    assert "sample standard deviation (ddof 1; - for one input) over 2 inputs." in shown
    assert "1 file of another type left out; 1 file left out by --exclude\n" in shown
    assert shown.splitlines()[-1].startswith("2 ok, 1 failed in ")
    assert shown.endswith(" s, in y/\n")


def row(mode: str | None, **measurements: float | None) -> Row:
    """Return the row of a mode."""
    values = {"kept": 1.0, "peak": 1.0, "mean": 1.0, "shift": 1.0, "noise": 1.0} | measurements
    return Row(mode, None, (2, 2), "uint8", 4, tiles=[], **values)  # type: ignore[arg-type]


def test_measurements_that_are_not_defined_do_not_count() -> None:
    summary = ComparisonSummary(["max", "avg"])
    summary.add([row(None), row("max", noise=0.25, mean=-1.0, kept=1 + 1e-7)])
    summary.add([row(None, mean=0.0), row("max", noise=None)])
    summary.add([row(None), row("max", noise=0.5, mean=2.0)])
    original, largest = summary.rows()  # avg accepted none of the inputs
    assert original["noise"] == "100 ± 0 %"
    assert original["mean"] == "100 ± 0 % (n=2)"
    assert largest["kept"] == "100 ± 0 %"  # the deviation is a rounding error
    assert largest["noise"] == "37.5 ± 18 % (n=2)"
    assert largest["mean"] == "200 % ± - (n=1)"
    assert any(line.startswith("n: number of inputs") for line in summary.legend(0.1))


def test_one_input_of_a_folder_has_no_deviation(poolcli: Poolcli) -> None:
    save_folder(Path("in"))
    shown = poolcli("compare", "in", *ONE_MODE, "--include", "a*").out
    assert shown.splitlines()[3].split()[:5] == ["max", "25", "%", "±", "-"]
    assert "over 1 input." in shown


def test_existing_sheets_stay_and_are_not_measured(poolcli: Poolcli) -> None:
    save_folder(Path("in"))
    Path("out").mkdir()
    Path("out/a.png").write_bytes(b"mine")
    options = ("compare", "in/a.png", "in/b.png", "-o", "out", *ONE_MODE)
    ran = poolcli(*options, "--skip-existing")
    assert (ran.code, ran.err) == (0, "")
    assert "note: skipped inputs are not measured; --overwrite measures them again\n" in ran.out
    assert "over 1 input." in ran.out
    assert "1 ok, 1 skipped in " in ran.out
    assert Path("out/a.png").read_bytes() == b"mine"
    failed = poolcli(*options, "--json")
    assert [record["error"]["type"] for record in failed.records] == ["OutputExistsError"] * 2
    assert failed.err.count("--skip-existing passes over it") == 2
    assert poolcli(*options, "--skip-existing", "--json").out == ""
    assert "1 skipped in " in poolcli(*options[:2], *options[3:], "--skip-existing").out


def test_a_note_on_all_inputs_is_printed_once(poolcli: Poolcli) -> None:
    for name in "abcd":
        Image.new("LA", (4, 4), (9, 99)).save(f"{name}.png")
    ran = poolcli("compare", *(f"{name}.png" for name in "abcd"), "-o", "out/", "--modes", "max")
    (note,) = [line for line in ran.out.splitlines() if line.startswith("note: ")]
    assert note.endswith(".png and 3 more: alpha is not measured")


def test_each_input_is_listed_with_verbose(poolcli: Poolcli) -> None:
    np.savez("x.npz", a=RANDOM.random((4, 4)), b=RANDOM.random((6, 6)))
    ran = poolcli("compare", "x.npz:a", "x.npz:b", "--verbose", *ONE_MODE)
    lines = ran.out.splitlines()
    assert [lines[0], lines[5], lines[10]] == ["x.npz:a", "x.npz:b", "kernel size 2, stride 2"]
    assert sheets(".") == ["x.a.compare-k2-s2.png", "x.b.compare-k2-s2.png", "x.npz"]


def test_members_have_names_in_json(poolcli: Poolcli) -> None:
    np.savez("x.npz", a=np.ones((4, 4)))
    records = poolcli("compare", "x.npz:a", "--modes", "max", "--json").records
    assert {(each["input"], each["member"]) for each in records} == {("x.npz", "a")}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("in", "--include", "*.tif"), "the folder holds nothing to pool: "),
        (("--files-from", "list.txt", "-o", "in/"), "missing.png: there is no such file"),
    ],
)
def test_inputs_that_are_not_there(
    poolcli: Poolcli, args: tuple[object, ...], message: str
) -> None:
    save_folder(Path("in"))
    Path("list.txt").write_text("missing.png\n")
    ran = poolcli("compare", *args)
    assert ran.code == 1
    assert message in ran.err


def test_sheets_that_two_inputs_would_share_are_refused(poolcli: Poolcli) -> None:
    save_folder(Path("in"))
    np.save("in/a.npy", np.ones((4, 4)))
    ran = poolcli("compare", "in")
    assert ran.code == 2
    assert "in/a.npy is written to in.compare-k2-s2/a.png too" in " ".join(
        ran.err.replace("│", " ").split()
    )


def test_an_extension_of_a_folder_is_no_format(poolcli: Poolcli) -> None:
    np.save("x.npy", np.ones((4, 4)))
    assert poolcli("compare", "x.npy", "-o", "v1.0/", "--modes", "max").code == 0
    assert sheets("v1.0") == ["x.png"]


def test_a_dry_run_measures_and_writes_nothing(poolcli: Poolcli) -> None:
    np.savez("x.npz", a=RANDOM.random((4, 4)), b=RANDOM.random((6, 6)))
    line = ("compare", "x.npz:a", "x.npz:b", "--dry-run", "--html", "page.html", *ONE_MODE)
    shown = poolcli(*line).out
    assert "over 2 inputs." in shown
    assert shown.endswith(", nothing written; the results would be beside the inputs\n")
    one = poolcli("compare", "x.npz:a", "--dry-run").out
    assert one.splitlines()[0].split()[0] == "mode"
    assert one.endswith(", nothing written; the result would be x.a.compare-k2-s2.png\n")
    records = poolcli(*line, "--json").records
    assert {(each["status"], each["output"]) for each in records} == {("ok", None)}
    for each in records:
        VALIDATOR.validate(each)
    assert sheets(".") == ["x.npz"]


def test_an_interrupted_run_says_how_to_continue(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    np.save("x.npy", np.ones((4, 4)))
    monkeypatch.setattr(Scheduler, "run_in_this_process", interrupted)
    ran = poolcli("compare", "x.npy", "--html", "page.html")
    assert ran.code == 130
    assert "--skip-existing skips them next time" in ran.err
    assert "The run was interrupted" in Path("page.html").read_text("utf-8")
    assert sheets(".") == ["page.html", "x.npy"]
