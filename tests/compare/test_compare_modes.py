"""Tests of the `compare` command: measurements, notes, tiles and errors."""

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
from poolcli.cli.request_builder import build_request
from poolcli.compare.compare_modes import compare_modes
from poolcli.compare.perturbations import with_noise
from poolcli.core.modes import MODES
from tests.conftest import Poolcli, Shell

VALIDATOR = jsonschema.Draft202012Validator(
    json.loads(
        files("poolcli.report").joinpath("schemas", "comparison.schema.json").read_text("utf-8")
    )
)

SAMPLES = Path(__file__).parents[2] / "samples"
RANDOM = np.random.default_rng(5)


def compare_lines(poolcli: Poolcli, *args: object) -> dict[str | None, dict[str, Any]]:
    """Run `compare --json`, check its lines against the schema, and return them by mode."""
    result = poolcli("compare", *args, "--json")
    assert result.code == 0, result.err
    for record in result.records:
        VALIDATOR.validate(record)
    return {record["mode"]: record for record in result.records}


def sample_photo() -> Image.Image:
    with Image.open(SAMPLES / "photo.png") as image:
        return image.copy()


def test_input_and_every_mode_have_a_line(poolcli: Poolcli) -> None:
    sample_photo().save("photo.png")
    lines = compare_lines(poolcli, "photo.png", "--k", "4")
    assert list(lines) == [None, *MODES]
    assert {line["output"] for line in lines.values()} == {"photo.compare-k4-s4.png"}
    assert lines["max"]["shape"] == [64, 64, 3]
    assert lines["max"]["kept"] == 1 / 16
    assert lines[None]["kept"] == 1


@pytest.mark.parametrize("mode", list(MODES))
def test_measurements_equal_those_of_the_python_api(poolcli: Poolcli, mode: str) -> None:
    values = RANDOM.normal(size=(2, 9, 12)).astype(np.float32)
    np.save("x.npy", values)
    options = ["--modes", mode, "--k", "3", "--s", "2", "--p", "1", "--noise", "0.3"]
    line = compare_lines(poolcli, "x.npy", *options)[mode]

    def pooled(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        result = pool(array, mode, 3, 2, 1)
        assert isinstance(result, np.ndarray)
        return result.astype(float)

    def change(array: np.ndarray[Any, Any]) -> float:
        before = pooled(values)
        return float(np.linalg.norm(pooled(array) - before) / np.linalg.norm(before))

    down = np.concatenate([values[:, :1], values[:, :-1]], axis=1)
    right = np.concatenate([values[..., :1], values[..., :-1]], axis=2)
    shift = np.sqrt((change(down) ** 2 + change(right) ** 2) / 2)
    assert line["shift"] == pytest.approx(shift, rel=1e-6)
    assert line["noise"] == pytest.approx(change(with_noise(values, 0.3)), rel=1e-6)
    assert line["mean"] == pytest.approx(pooled(values).mean(), rel=1e-6, abs=1e-9)


def test_measurements_show_what_textbooks_claim(poolcli: Poolcli) -> None:
    sample_photo().save("photo.png")
    lines = compare_lines(poolcli, "photo.png", "--k", "4")
    assert lines["avg"]["mean"] == pytest.approx(lines[None]["mean"], rel=1e-3)
    assert lines["max"]["peak"] > lines["avg"]["peak"]
    assert lines["avg"]["noise"] < lines[None]["noise"] / 2  # sixteen elements average out
    assert lines["max"]["shift"] < lines[None]["shift"]
    assert lines["sum"]["noise"] == pytest.approx(lines["avg"]["noise"], rel=1e-3)


def test_ignored_elements_are_not_measured(poolcli: Poolcli) -> None:
    values = np.abs(RANDOM.normal(size=(8, 8))) + 1
    values[2:5, 3:7] = -9999
    np.save("dem.npy", values)
    lines = compare_lines(poolcli, "dem.npy", "--ignore", "-9999")
    assert lines["min"]["mean"] > 0
    assert lines[None]["mean"] == pytest.approx(values[values > 0].mean())


def test_alpha_is_not_measured(poolcli: Poolcli) -> None:
    sample_photo().save("plain.png")
    sample_photo().convert("RGBA").save("opaque.png")
    plain = compare_lines(poolcli, "plain.png", "--k", "4")
    opaque = compare_lines(poolcli, "opaque.png", "--k", "4")
    for mode in (None, "max", "min", "median", "std"):
        assert opaque[mode]["shift"] == pytest.approx(plain[mode]["shift"])
        assert 0.7 < opaque[mode]["noise"] / plain[mode]["noise"] < 1.3


def test_values_that_cannot_be_drawn_are_noted(poolcli: Poolcli) -> None:
    values = RANDOM.normal(size=(6, 6))
    values[0, 0] = np.nan
    np.save("x.npy", values)
    assert "NaN is drawn red" in poolcli("compare", "x.npy").out
    sample_photo().save("photo.png")
    assert "the results of sum and lp 2 exceed 255" in poolcli("compare", "photo.png").out


def test_values_that_exceed_an_image_have_the_dtype_of_an_array(poolcli: Poolcli) -> None:
    sample_photo().save("photo.png")
    lines = compare_lines(poolcli, "photo.png", "--modes", "max,sum,lp,avg")
    dtypes = {mode: line["dtype"] for mode, line in lines.items()}
    uint8 = dict.fromkeys((None, "max", "avg"), "uint8")
    assert dtypes == uint8 | {"sum": "uint64", "lp": "float32"}


def test_planes_that_were_pooled_into_one_show_the_same_tile(tmp_path: Path) -> None:
    values = np.zeros((8, 4, 4), np.float32)
    values[6:] = 9  # the last of four planes of the result
    path = str(tmp_path / "x.npy")
    np.save(path, values)
    request = build_request("max", {"inputs": [path], "kernel_size": "2x2x2"})
    _, row = compare_modes(path, [request], 0.1).rows
    assert [tile.pixels.max() for tile in row.tiles] == [0] * 6 + [255] * 2


def test_all_planes_of_a_result_are_drawn_on_one_range(tmp_path: Path) -> None:
    values = np.zeros((3, 4, 4), np.float32)
    values[0, :2, :2] = 10
    values[1, :2, :2] = 40
    path = str(tmp_path / "x.npy")
    np.save(path, values)
    _, row = compare_modes(path, [build_request("sum", {"inputs": [path]})], 0.1).rows
    assert {tile.caption for tile in row.tiles} == {"black 0, white 160"}
    assert [tile.pixels[0, 0, 0] for tile in row.tiles] == [64, 255, 0]


def test_result_with_a_narrow_range_is_drawn_on_a_range_of_its_own(tmp_path: Path) -> None:
    path = str(tmp_path / "x.png")
    Image.fromarray(RANDOM.integers(100, 120, (32, 32), np.uint8)).save(path)
    requests = [build_request(mode, {"inputs": [path]}) for mode in ("avg", "std")]
    rows = compare_modes(path, requests, 0.1).rows
    captions = [row.tiles[0].caption for row in rows]
    assert captions[:2] == ["black 0, white 255", ""]
    assert captions[2].startswith("black 0, white ")
    assert rows[2].tiles[0].pixels.max() == 255


@pytest.mark.parametrize(
    ("name", "note"),
    [("x.npy", "looks like channels last"), ("a.png", "alpha is not measured"),
     ("p.png", "noise is not measured for indices"), ("i.npy", "noise 0.1 is lost in rounding")],
)  # fmt: skip
def test_notes_on_the_input(poolcli: Poolcli, name: str, note: str) -> None:
    np.save("x.npy", RANDOM.normal(size=(9, 8, 3)))
    np.save("i.npy", np.arange(16).reshape(4, 4) % 3)
    Image.new("LA", (8, 8), (9, 99)).save("a.png")
    with Image.open(SAMPLES / "labels.png") as image:
        image.save("p.png")
    assert note in poolcli("compare", name).out


def test_noise_of_equal_integers_and_noise_0_need_no_note(poolcli: Poolcli) -> None:
    np.save("x.npy", np.full((4, 4), 7))
    np.save("y.npy", np.arange(16).reshape(4, 4))
    for words in ("x.npy", "y.npy --noise 0", "y.npy --noise 0.5"):
        assert "rounding" not in poolcli("compare", *words.split(), "--modes", "max").out


def test_all_modes_can_be_named_as_in_the_help(poolcli: Poolcli) -> None:
    np.save("x.npy", RANDOM.normal(size=(4, 4)))
    assert list(compare_lines(poolcli, "x.npy", "--modes", "all")) == [None, *MODES]


def test_options_go_to_the_modes_that_have_them(poolcli: Poolcli) -> None:
    np.save("x.npy", RANDOM.normal(size=(4, 4)))
    options = ("--modes", "max,quantile,lp", "--q", "1", "--norm", "inf")
    lines = compare_lines(poolcli, "x.npy", *options)
    assert list(lines) == [None, "max", "quantile", "lp"]
    assert [lines[mode]["argument"] for mode in ("quantile", "max")] == [1, None]
    assert lines["lp"]["argument"] is None  # JSON has no infinities
    assert lines["quantile"]["mean"] == pytest.approx(lines["max"]["mean"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--modes max,foo", "not 'foo'"),
        ("--modes max,max", "named twice"),
        ("--modes max;avg", "modes have commas between them: max,avg"),
        ("--modes max --q 0.9", "it is not an option of max; it belongs to quantile"),
        ("--levels 2", "--levels"),
        ("other.npy -o sheet.png", "sheet.png names one file for several inputs"),
        ("other.npy -o -", "standard output takes one result"),
        ("x.npy", "it is named twice"),
        ("--noise -1", "--noise"),
        ("--theme pink", "--theme"),
        ("--adaptive 2 --k 2", "exclude each other"),
        ("--noise inf", "inf is not a noise strength"),
        ("-o sheet.npy", "NPY cannot hold the colours of a sheet"),
        ("-o sheet.svg", "not a format that can be written"),
    ],
)
def test_usage_errors(poolcli: Poolcli, options: str, message: str) -> None:
    np.save("x.npy", np.zeros((4, 4)))
    np.save("other.npy", np.zeros((4, 4)))
    result = poolcli("compare", "x.npy", *options.split())
    assert result.code == 2
    assert message in " ".join(result.err.replace("│", " ").split())
    assert sorted(path.name for path in Path().glob("*.png")) == []


@pytest.mark.parametrize(
    ("args", "message"),
    [("missing.png", "no such file"), ("x.npy --k 9", "does not fit"),
     ("x.npy -o old.png", "old.png exists"), ("empty.npz", "holds no arrays"),
     ("none.npy", "it has no elements; its shape is 0x4x4")],
)  # fmt: skip
def test_input_errors(poolcli: Poolcli, args: str, message: str) -> None:
    np.save("x.npy", np.zeros((4, 4)))
    np.savez("empty.npz")
    np.save("none.npy", np.zeros((0, 4, 4)))
    Path("old.png").write_bytes(b"mine")
    line = poolcli("compare", *args.split(), "--json").record
    VALIDATOR.validate(line)
    assert line["status"] == "failed"
    result = poolcli("compare", *args.split())
    assert (result.code, result.out) == (1, "")
    assert line["error"]["message"] in result.err
    assert message in result.err
    assert result.err.count("poolcli: ") == 1
    assert Path("old.png").read_bytes() == b"mine"


def test_mode_pools_palette_indices_and_avg_colours(poolcli: Poolcli) -> None:
    with Image.open(SAMPLES / "labels.png") as image:
        image.save("labels.png")
    lines = compare_lines(poolcli, "labels.png", "--k", "4", "--modes", "mode,avg")
    assert lines["mode"]["shape"] == [75, 96]
    assert lines["mode"]["noise"] is None
    assert lines["avg"]["shape"] == [75, 96, 3]


def test_only_the_first_array_is_compared(poolcli: Poolcli) -> None:
    np.savez("two.npz", a=np.ones((4, 4)), b=np.zeros((2, 2)))
    result = poolcli("compare", "two.npz")
    assert result.code == 0
    assert "note: two.npz: only the first of 2 arrays is used, 'a'" in result.out


@pytest.mark.parametrize("dtype", [bool, np.complex64, np.float16, ">i2", np.uint64])
def test_every_dtype_is_compared(poolcli: Poolcli, dtype: Any) -> None:
    np.save("x.npy", RANDOM.integers(0, 2, (3, 6, 6)).astype(dtype))
    lines = compare_lines(poolcli, "x.npy")
    assert ("max" in lines) == (np.dtype(dtype).kind != "c")
    assert (lines["avg"]["noise"] is None) == (dtype is bool)


def test_contact_sheet_on_standard_output_moves_the_table_to_standard_error(shell: Shell) -> None:
    done = shell(f"poolcli compare - --k 8 < '{SAMPLES / 'photo.png'}'")
    assert done.returncode == 0
    with Image.open(io.BytesIO(done.stdout)) as sheet:
        assert sheet.format == "PNG"
    assert b"median" in done.stderr


def test_table_without_terminal_is_plain(poolcli: Poolcli) -> None:
    np.save("x.npy", np.arange(16.0).reshape(4, 4))
    lines = poolcli("compare", "x.npy", "--modes", "max,avg").out.splitlines()
    assert lines[0].split() == ["mode", "shape", "kept", "peaks", "mean", "shift", "noise"]
    assert lines[2].split()[:5] == ["max", "2x2", "25", "%", "15"]
    assert json.dumps(lines).isascii()


def test_memory_does_not_grow_with_planes_that_are_not_drawn(tmp_path: Path) -> None:
    path = str(tmp_path / "x.npy")
    np.save(path, np.ones((300_000, 1, 2), np.uint8))
    tracemalloc.start()
    request = build_request("max", {"inputs": [path], "kernel_size": "1"})
    comparison = compare_modes(path, [request], 0.1)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert comparison.notes == ["the first 8 of 300000 planes are drawn, all are measured"]
    assert peak_bytes < 28 << 20  # a list of all planes would take 34 MB
