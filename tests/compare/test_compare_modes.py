"""What a comparison measures and shows."""

from __future__ import annotations

import io
import json
import tracemalloc
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

from poolcli import pool
from poolcli.cli.request_builder import build
from poolcli.compare.compare_modes import compare
from poolcli.compare.metrics import change, noisy, peak, shifted
from poolcli.core.modes import MODES
from tests.conftest import Poolcli, Shell

SCHEMA = json.loads(
    files("poolcli.report").joinpath("schemas", "comparison.schema.json").read_text("utf-8")
)

SAMPLES = Path(__file__).parents[2] / "samples"
DICE = np.random.default_rng(5)


def rows(poolcli: Poolcli, *args: object) -> dict[str | None, dict[str, Any]]:
    ran = poolcli("compare", *args, "--json")
    assert ran.code == 0, ran.err
    for record in ran.records:
        jsonschema.validate(record, SCHEMA)
    return {record["mode"]: record for record in ran.records}


def photo() -> Image.Image:
    with Image.open(SAMPLES / "photo.png") as image:
        return image.copy()


def test_every_mode_has_a_row_after_the_input(poolcli: Poolcli) -> None:
    photo().save("photo.png")
    found = rows(poolcli, "photo.png", "--k", "4")
    assert list(found) == [None, *MODES]
    assert {record["output"] for record in found.values()} == {"photo.compare-k4-s4.png"}
    assert found["max"]["shape"] == [64, 64, 3]
    assert found["max"]["kept"] == 1 / 16
    assert found[None]["kept"] == 1


@pytest.mark.parametrize("mode", list(MODES))
def test_numbers_are_those_of_arrays_that_python_pools(poolcli: Poolcli, mode: str) -> None:
    values = DICE.normal(size=(2, 9, 12)).astype(np.float32)
    np.save("x.npy", values)
    words = ["--modes", mode, "--k", "3", "--s", "2", "--p", "1", "--noise", "0.3"]
    found = rows(poolcli, "x.npy", *words)[mode]

    def pooled(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        made = pool(array, mode, 3, 2, 1)
        assert isinstance(made, np.ndarray)
        return made.astype(float)

    def changed(array: np.ndarray[Any, Any]) -> float:
        before = pooled(values)
        return float(np.linalg.norm(pooled(array) - before) / np.linalg.norm(before))

    down = np.concatenate([values[:, :1], values[:, :-1]], axis=1)
    right = np.concatenate([values[..., :1], values[..., :-1]], axis=2)
    both = np.sqrt((changed(down) ** 2 + changed(right) ** 2) / 2)
    assert found["shift"] == pytest.approx(both, rel=1e-6)
    assert found["noise"] == pytest.approx(changed(noisy(values, 0.3)), rel=1e-6)
    assert found["mean"] == pytest.approx(pooled(values).mean(), rel=1e-6, abs=1e-9)


def test_what_textbooks_claim_shows_in_the_numbers(poolcli: Poolcli) -> None:
    photo().save("photo.png")
    found = rows(poolcli, "photo.png", "--k", "4")
    assert found["avg"]["mean"] == pytest.approx(found[None]["mean"], rel=1e-3)
    assert found["max"]["peak"] > found["avg"]["peak"]
    assert found["avg"]["noise"] < found[None]["noise"] / 2  # sixteen elements average out
    assert found["max"]["shift"] < found[None]["shift"]
    assert found["sum"]["noise"] == pytest.approx(found["avg"]["noise"], rel=1e-3)


def test_noise_is_as_strong_as_asked_and_always_the_same() -> None:
    values = DICE.normal(3, 2, 100_000)
    assert np.std(noisy(values, 0.5) - values) == pytest.approx(1, rel=0.02)
    assert np.array_equal(noisy(values, 0.5), noisy(values, 0.5))


def test_noisy_integers_stay_in_their_range_and_alpha_as_it_is() -> None:
    values = DICE.integers(0, 256, (64, 64, 4), np.uint8)
    made = noisy(values, 3.0, alpha=True)
    assert made.dtype == np.uint8
    assert np.array_equal(made[..., 3], values[..., 3])
    assert {0, 255} <= set(np.unique(made[..., :3]))


def test_what_is_ignored_neither_counts_nor_gets_noise(poolcli: Poolcli) -> None:
    values = np.abs(DICE.normal(size=(8, 8))) + 1
    values[2:5, 3:7] = -9999
    assert np.array_equal(noisy(values, 1.0, [-9999.0]) == -9999, values == -9999)
    np.save("dem.npy", values)
    found = rows(poolcli, "dem.npy", "--ignore", "-9999")
    assert found["min"]["mean"] > 0
    assert found[None]["mean"] == pytest.approx(values[values > 0].mean())


def test_alpha_has_no_say_in_what_changes(poolcli: Poolcli) -> None:
    photo().save("plain.png")
    photo().convert("RGBA").save("opaque.png")
    plain, opaque = (rows(poolcli, name, "--k", "4") for name in ("plain.png", "opaque.png"))
    for mode in (None, "max", "min", "median", "std"):
        assert opaque[mode]["shift"] == pytest.approx(plain[mode]["shift"])
        assert 0.7 < opaque[mode]["noise"] / plain[mode]["noise"] < 1.3


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int8])
def test_noise_at_the_ends_of_integers_wraps_nowhere(dtype: Any) -> None:
    limits = np.iinfo(dtype)
    values = np.array([limits.max, limits.min] * 300, dtype)
    made = noisy(values, 0.1)
    assert (made[::2] > limits.max // 4).all()
    assert (made[1::2] < limits.max // 4).all()


def test_noise_is_none_that_a_person_draws() -> None:
    values = np.random.default_rng(0).normal(size=10_000)
    assert abs(np.corrcoef(values, noisy(values, 1.0) - values)[0, 1]) < 0.05


def test_huge_numbers_have_changes_too() -> None:
    values = DICE.normal(size=1000) * 1e300
    assert change(values, values * 1.5) == pytest.approx(0.5)
    assert change(values, noisy(values, 0.1)) == pytest.approx(0.1, rel=0.1)


def test_what_a_sheet_cannot_show_is_noted(poolcli: Poolcli) -> None:
    values = DICE.normal(size=(6, 6))
    values[0, 0] = np.nan
    np.save("x.npy", values)
    assert "what is not a number is drawn red" in poolcli("compare", "x.npy").out
    photo().save("photo.png")
    assert "pictures of sum and lp 2 hold at most 255" in poolcli("compare", "photo.png").out


def test_nothing_that_is_not_finite_counts() -> None:
    values = np.array([1.0, np.nan, np.inf, 3.0])
    assert peak(values) == 3
    assert change(values, values * 2) == 1
    assert change(np.zeros(3), np.ones(3)) is None
    assert peak(np.array([np.nan])) is None


def test_what_becomes_ignored_does_not_count_as_a_change() -> None:
    before, after = np.array([3.0, 4.0, 5.0]), np.array([3.0, 4.0, -9999.0])
    assert change(before, after, [-9999.0]) == 0
    assert change(after, before, [-9999.0]) == 0


def test_of_a_volume_the_planes_that_became_one_are_shown(tmp_path: Path) -> None:
    values = np.zeros((8, 4, 4), np.float32)
    values[6:] = 9  # of the last of four planes
    np.save(tmp_path / "x.npy", values)
    path = str(tmp_path / "x.npy")
    request = build("max", {"inputs": [path], "kernel_size": "2x2x2"})
    _, row = compare(path, [request], 0.1).rows
    assert [tile.pixels.max() for tile in row.tiles] == [0] * 6 + [255] * 2


def test_all_planes_of_a_mode_are_drawn_alike(tmp_path: Path) -> None:
    values = np.zeros((3, 4, 4), np.float32)
    values[0, :2, :2] = 10
    values[1, :2, :2] = 40
    path = str(tmp_path / "x.npy")
    np.save(path, values)
    _, row = compare(path, [build("sum", {"inputs": [path]})], 0.1).rows
    assert {tile.scale for tile in row.tiles} == {"drawn 0 to 160"}
    assert [tile.pixels[0, 0, 0] for tile in row.tiles] == [64, 255, 0]


def test_what_would_hardly_be_seen_is_drawn_on_a_scale_of_its_own(tmp_path: Path) -> None:
    path = str(tmp_path / "x.png")
    Image.fromarray(DICE.integers(100, 120, (32, 32), np.uint8)).save(path)
    rows = compare(path, [build(mode, {"inputs": [path]}) for mode in ("avg", "std")], 0.1).rows
    assert [row.tiles[0].scale[:10] for row in rows] == ["", "", "drawn 0 to"]
    assert rows[2].tiles[0].pixels.max() == 255


@pytest.mark.parametrize(
    ("name", "note"),
    [("x.npy", "looks like channels last"), ("a.png", "the numbers leave alpha out"),
     ("p.png", "to which noise would mean nothing")],
)  # fmt: skip
def test_what_is_to_be_known_of_an_input(poolcli: Poolcli, name: str, note: str) -> None:
    np.save("x.npy", DICE.normal(size=(9, 8, 3)))
    Image.new("LA", (8, 8), (9, 99)).save("a.png")
    with Image.open(SAMPLES / "labels.png") as image:
        image.save("p.png")
    assert note in poolcli("compare", name).out


def test_moving_an_array_repeats_its_edge() -> None:
    assert shifted(np.arange(6).reshape(2, 3), 1).tolist() == [[0, 0, 1], [3, 3, 4]]


def test_a_flag_goes_to_the_modes_that_have_it(poolcli: Poolcli) -> None:
    np.save("x.npy", DICE.normal(size=(4, 4)))
    found = rows(poolcli, "x.npy", "--modes", "max,quantile,lp", "--q", "1", "--norm", "inf")
    assert list(found) == [None, "max", "quantile", "lp"]
    assert [found[mode]["argument"] for mode in ("quantile", "max")] == [1, None]
    assert found["lp"]["argument"] is None  # JSON has no infinities
    assert found["quantile"]["mean"] == pytest.approx(found["max"]["mean"])


@pytest.mark.parametrize(
    ("words", "message"),
    [("--modes max,foo", "'foo' is no mode"), ("--modes max,max", "named twice"),
     ("--modes max --q 0.9", "none of the modes compared has it, only quantile"),
     ("--levels 2", "--levels"), ("other.npy", "other.npy"),
     ("--noise -1", "--noise"), ("--theme pink", "--theme"), ("--adaptive 2 --k 2", "no room"),
        ("--noise inf", "inf is no strength"), ("-o sheet.npy", "NPY cannot hold a sheet"),
        ("-o sheet.svg", "not a format that can be written")],
)  # fmt: skip
def test_wrong_command_lines(poolcli: Poolcli, words: str, message: str) -> None:
    np.save("x.npy", np.zeros((4, 4)))
    np.save("other.npy", np.zeros((4, 4)))
    ran = poolcli("compare", "x.npy", *words.split())
    assert ran.code == 2
    assert message in " ".join(ran.err.replace("│", " ").split())
    assert sorted(path.name for path in Path().glob("*.png")) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [("missing.png", "no such file"), ("x.npy --k 9", "does not fit"),
     ("x.npy -o old.png", "old.png exists"), ("empty.npz", "holds no arrays"),
     ("none.npy", "nothing in it to compare: 0x4x4")],
)  # fmt: skip
def test_what_an_input_is_at_fault_for(poolcli: Poolcli, words: str, message: str) -> None:
    np.save("x.npy", np.zeros((4, 4)))
    np.savez("empty.npz")
    np.save("none.npy", np.zeros((0, 4, 4)))
    Path("old.png").write_bytes(b"mine")
    told = poolcli("compare", *words.split(), "--json").record
    jsonschema.validate(told, SCHEMA)
    assert told["status"] == "failed"
    ran = poolcli("compare", *words.split())
    assert (ran.code, ran.out) == (1, "")
    assert told["error"]["message"] in ran.err
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1
    assert Path("old.png").read_bytes() == b"mine"


def test_a_palette_picture_is_pooled_by_mode_as_indices(poolcli: Poolcli) -> None:
    with Image.open(SAMPLES / "labels.png") as image:
        image.save("labels.png")
    found = rows(poolcli, "labels.png", "--k", "4", "--modes", "mode,avg")
    assert found["mode"]["shape"] == [75, 96]
    assert found["mode"]["noise"] is None
    assert found["avg"]["shape"] == [75, 96, 3]


def test_of_more_than_one_frame_or_array_the_first_is_told_of(poolcli: Poolcli) -> None:
    np.savez("two.npz", a=np.ones((4, 4)), b=np.zeros((2, 2)))
    ran = poolcli("compare", "two.npz")
    assert ran.code == 0
    assert "note: two.npz: the first of 2 arrays" in ran.out


@pytest.mark.parametrize("dtype", [bool, np.complex64, np.float16, ">i2", np.uint64])
def test_every_dtype(poolcli: Poolcli, dtype: Any) -> None:
    np.save("x.npy", DICE.integers(0, 2, (3, 6, 6)).astype(dtype))
    found = rows(poolcli, "x.npy")
    assert ("max" in found) == (np.dtype(dtype).kind != "c")
    assert (found["avg"]["noise"] is None) == (dtype is bool)


def test_the_sheet_goes_through_a_pipe_and_the_table_to_standard_error(shell: Shell) -> None:
    done = shell(f"poolcli compare - --k 8 < '{SAMPLES / 'photo.png'}'")
    assert done.returncode == 0
    with Image.open(io.BytesIO(done.stdout)) as sheet:
        assert sheet.format == "PNG"
    assert b"median" in done.stderr


def test_without_a_terminal_the_table_is_plain(poolcli: Poolcli) -> None:
    np.save("x.npy", np.arange(16.0).reshape(4, 4))
    lines = poolcli("compare", "x.npy", "--modes", "max,avg").out.splitlines()
    assert lines[0].split() == ["mode", "shape", "kept", "peaks", "mean", "shift", "noise"]
    assert lines[2].split()[:5] == ["max", "2x2", "25", "%", "15"]
    assert json.dumps(lines).isascii()


def test_of_many_planes_none_is_made_but_those_drawn(tmp_path: Path) -> None:
    path = str(tmp_path / "x.npy")
    np.save(path, np.ones((300_000, 1, 2), np.uint8))
    tracemalloc.start()
    compared = compare(path, [build("max", {"inputs": [path], "kernel_size": "1"})], 0.1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert compared.notes == ["the first 8 of 300000 planes are drawn, all are measured"]
    assert most < 28 << 20  # a list of all would take 34
