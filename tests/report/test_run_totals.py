"""Tests of the last line of a report: number of results, elapsed time, and where they are."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.batch import plan, pool_file, result_or_failure
from poolcli.core.window import Window
from poolcli.report.record import Record
from poolcli.report.run_totals import RunContext, Totals
from poolcli.request import Request
from tests.conftest import Poolcli, Shell


@pytest.fixture(autouse=True)
def _images(poolcli: Poolcli) -> None:
    for name in ("a.png", "b.png", "in/c.png", "in/deep/d.png", "more/e.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 9).save(name)


def last_line(poolcli: Poolcli, line: str) -> str:
    """Run a command and return its last line with ``T`` for the time."""
    return re.sub(r"\d+\.\d\d s", "T s", poolcli(*line.split()).out.splitlines()[-1])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("max a.png", "1 ok in T s → a.max-k2-s2.png"),
        ("max a.png -o out/", "1 ok in T s → out/a.png"),
        ("max a.png -o x.tif", "1 ok in T s → x.tif"),
        ("max a.png b.png", "2 ok in T s, beside the inputs"),
        ("max a.png b.png -o out", "2 ok in T s, in out/"),
        ("max a.png b.png -o .", "2 failed in T s"),
        ("max a.png gone.png", "1 ok, 1 failed in T s → a.max-k2-s2.png"),
        ("max gone.png", "1 failed in T s"),
        ("max in -r", "2 ok in T s, in in.max-k2-s2/"),
        ("max in/ more -r", "3 ok in T s, in in.max-k2-s2/, more.max-k2-s2/"),
        ("max in a.png b.png", "3 ok in T s, in in.max-k2-s2/ and beside the inputs"),
        ("max in gone -r", "2 ok, 1 failed in T s, in in.max-k2-s2/"),
        ("max in -r -o ./in/out/", "2 ok in T s, in in/out/"),
        ("max a.png --levels 3", "3 ok in T s → a.max-k2-s2.L1.png … a.max-k2-s2.L3.png"),
        ("max a.png --dry-run",
         "1 planned in T s, nothing written; the result would be a.max-k2-s2.png"),
        ("max a.png b.png --dry-run -o out/",
         "2 planned in T s, nothing written; the results would be in out/"),
        ("info a.png b.png", "2 ok in T s"),
        ("info a.png", "1 ok in T s"),
    ],
)  # fmt: skip
def test_last_line_says_where_the_results_are(poolcli: Poolcli, line: str, expected: str) -> None:
    assert last_line(poolcli, line) == expected


def test_last_line_of_skipped_files(poolcli: Poolcli) -> None:
    poolcli("max", "a.png", "b.png", "-o", "out/")
    line = last_line(poolcli, "max a.png b.png -o out/ --skip-existing")
    assert line == "2 skipped in T s, in out/"


def test_last_line_of_results_on_standard_output(shell: Shell) -> None:
    done = shell("poolcli max a.png -o - > x.png; poolcli max - < a.png > y.png")
    lines = [line for line in done.stderr.decode().splitlines() if " ok " in line]
    assert len(lines) == 2
    assert all(line.endswith(" → standard output") for line in lines)


def test_only_the_first_folders_are_named(poolcli: Poolcli) -> None:
    for number in range(5):
        Path(str(number)).mkdir()
        Image.new("L", (8, 8)).save(f"{number}/x.png")
    line = last_line(poolcli, "max 0 1 2 3 4 -j 1")
    folders = r"(\d\.max-k2-s2/, ){2}\d\.max-k2-s2/ and 2 more folders"
    assert re.fullmatch(rf"5 ok in T s, in {folders}", line)


def test_control_characters_in_names_are_escaped(poolcli: Poolcli) -> None:
    Image.new("L", (8, 8)).save("a\x1b[31m.png")
    last = poolcli("max", "a\x1b[31m.png").out.splitlines()[-1]
    assert last.endswith(" → a\\x1b[31m.max-k2-s2.png")


def test_time_is_elapsed_time_not_the_sum_over_results() -> None:
    request = Request((), "max", Window.fixed(2))
    totals = Totals(request, RunContext(time.perf_counter() - 3))
    for name in "ab":
        totals.add(Record(name, "ok", output=name, seconds=100.0))
    assert totals.last_line().startswith("2 ok in 3.0")


def test_time_includes_planning(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    make_plan = plan.make_plan

    def make_plan_slowly(request: Request) -> plan.Plan:
        time.sleep(0.3)
        return make_plan(request)

    monkeypatch.setattr(plan, "make_plan", make_plan_slowly)
    last = poolcli("max", "a.png").out.splitlines()[-1]
    assert float(last.split()[3]) >= 0.3


def test_members_and_levels_are_timed_separately(poolcli: Poolcli) -> None:
    large = np.random.default_rng(0).random((1024, 1024))
    np.savez("x.npz", large=large, small=np.zeros((8, 8)))
    first, second = poolcli("median", "x.npz", "--k", 5, "--s", 1, "-j", 1, "--json").records
    assert (first["member"], second["member"]) == ("large", "small")
    assert first["seconds"] > 2 * second["seconds"] > 0
    first, second = poolcli("info", "x.npz", "--json").records
    assert first["seconds"] > second["seconds"] > 0
    np.save("x.npy", large)
    line = ("median", "x.npy", "--k", 4, "--levels", 3, "--json", "--overwrite")
    runs = [[record["seconds"] for record in poolcli(*line).records] for _ in range(3)]
    assert any(levels[0] > 2 * levels[1] for levels in runs)  # another process may disturb one
    assert min(map(min, runs)) > 0


def test_times_of_one_input_add_up(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    for module in (pool_file, result_or_failure):
        monkeypatch.setattr(module, "perf_counter", lambda: next(clock))
    np.savez("x.npz", one=np.zeros((8, 8)), two=np.zeros((8, 8)))
    records = poolcli("max", "x.npz", "--levels", 2, "--json").records
    last_tick = next(clock) - 1
    assert sum(record["seconds"] for record in records) == pytest.approx(last_tick, abs=1e-4)
