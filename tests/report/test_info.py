"""Tests of `poolcli info`: format, shape, dtype, statistics and notes of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli, Shell


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path) -> None:
    Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4)).save(tmp_path / "grey.png")
    Image.fromarray(np.array([[0, 65535]], np.uint16)).save(tmp_path / "deep.tif")
    Image.new("1", (4, 4), 1).save(tmp_path / "bits.png")
    palette = Image.new("P", (4, 2), 3)
    palette.putpalette(bytes(range(48)))
    palette.save(tmp_path / "palette.png")
    frames = [Image.new("L", (6, 5), value) for value in (10, 30)]
    frames[0].save(tmp_path / "pages.tif", save_all=True, append_images=frames[1:])
    frames = [Image.new("L", (6, 5)), Image.new("L", (7, 5))]
    frames[0].save(tmp_path / "unlike.tif", save_all=True, append_images=frames[1:])
    np.save(tmp_path / "x.npy", np.array([[1, np.nan], [-9999, 5]], ">f4"))
    np.savez(tmp_path / "z.npz", one=np.ones((2, 3), bool), two=np.array([1 + 2j]))


@pytest.mark.parametrize(
    ("name", "file_format", "frames", "shape", "dtype", "layout", "statistics"),
    [
        ("grey.png", "PNG", 1, [3, 4], "uint8", "HW", (0, 5.5, 11)),
        ("deep.tif", "TIFF", 1, [1, 2], "uint16", "HW", (0, 32767.5, 65535)),
        ("bits.png", "PNG", 1, [4, 4], "uint8", "HW", (255, 255, 255)),
        ("palette.png", "PNG", 1, [2, 4], "uint8", "HW", (3, 3, 3)),
        ("pages.tif", "TIFF", 2, [5, 6], "uint8", "HW", (10, 20, 30)),
        ("x.npy", "NPY", None, [2, 2], "float32", None, (-9999, -3331, 5)),
    ],
)
def test_properties_of_each_format(
    poolcli: Poolcli,
    name: str,
    file_format: str,
    frames: int | None,
    shape: list[int],
    dtype: str,
    layout: str | None,
    statistics: tuple[float, float, float],
) -> None:
    record = poolcli("info", name, "--json").record
    assert (record["format"], record["frames"]) == (file_format, frames)
    array = record["in"]
    assert (array["shape"], array["dtype"], array["layout"]) == (shape, dtype, layout)
    assert (array["min"], array["mean"], array["max"]) == statistics
    assert (record["mode"], record["output"], record["out"]["shape"]) == (None, None, None)


def test_members_and_missing_files(poolcli: Poolcli) -> None:
    result = poolcli("info", "z.npz", "gone.png", "--json")
    assert result.code == 1
    one, two, gone = result.records
    assert (one["member"], one["in"]["max"]) == ("one", 1)
    assert (two["in"]["dtype"], two["in"]["max"]) == ("complex128", None)
    assert (gone["status"], gone["format"], gone["mode"]) == ("failed", None, None)
    assert (
        result.err
        == "poolcli: gone.png: there is no such file; check its name and the current folder\n"
    )


def test_options_of_info(poolcli: Poolcli) -> None:
    assert poolcli("info", "x.npy", "--ignore", "-9999", "--json").record["in"]["mean"] == 3
    record = poolcli("info", "x.npy", "--layout", "hw", "--json").record
    assert record["in"]["layout"] == "HW"
    assert "the array has 2" in poolcli("info", "x.npy", "--layout", "CHW").err
    assert poolcli("info", "grey.png", "--max-pixels", 11).code == 1
    assert poolcli("info", "grey.png", "--kernel-size", 2).code == 2
    assert poolcli("info").code == 2


def test_notes_on_images(poolcli: Poolcli) -> None:
    result = poolcli("info", "palette.png", "bits.png", "unlike.tif")
    assert result.out.splitlines()[0].split()[:4] == ["file", "format", "shape", "dtype"]
    assert "note: palette.png: holds indices into a palette" in result.out
    assert "note: bits.png: holds one bit a pixel" in result.out
    assert "note: unlike.tif: frames differ in size" in result.out


def test_info_of_folders_lists_and_standard_input_writes_nothing(
    shell: Shell, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    done = shell(
        "poolcli info . --include '*.png' --json && ls *.npy | poolcli info --files-from - --json "
        "&& poolcli info - --json < grey.png"
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 5
    assert sorted(path for path in tmp_path.iterdir() if path.name != "bin") == [
        path for path in before if path.name != "bin"
    ]


def test_array_without_axes(poolcli: Poolcli) -> None:
    np.save("one.npy", np.float32(3))
    record = poolcli("info", "one.npy", "--json").record
    assert (record["in"]["shape"], record["in"]["max"]) == ([], 3)


def test_output_shapes_of_common_windows_are_those_of_pooling(poolcli: Poolcli) -> None:
    np.save("wide.npy", np.zeros((2, 9, 16, 3)))
    found = poolcli("info", "wide.npy", "--layout", "NHWC", "--json").record["would_make"]
    assert found == {
        "--k 2": [2, 4, 8, 3],
        "--k 3 --s 2 --p 1": [2, 5, 8, 3],
        "--k 8": [2, 1, 2, 3],
        "--adaptive 7x7": [2, 7, 7, 3],
        "--fit 256": [2, 9, 16, 3],
        "--global": [2, 1, 1, 3],
    }
    for options, shape in found.items():
        args = [*options.split(), "--layout", "NHWC", "-o", "out.npy", "--overwrite", "--json"]
        assert poolcli("max", "wide.npy", *args).record["out"]["shape"] == shape


def test_table_marks_common_windows_that_do_not_fit(poolcli: Poolcli) -> None:
    out = poolcli("info", "grey.png").out
    row = next(line for line in out.splitlines() if line.startswith("grey.png ") and "fit" in line)
    assert row.split() == ["grey.png", "1x2", "2x2", "does", "not", "fit", "7x7", "3x4", "1x1"]


def test_array_of_text_is_noted(poolcli: Poolcli) -> None:
    np.save("words.npy", np.array(["a", "b"]))
    record = poolcli("info", "words.npy", "--json").record
    (note,) = record["notes"]
    assert note.startswith("is not pooled: <U1 is not numeric; booleans, integers")
    assert record["would_make"] == {}
    assert poolcli("max", "words.npy").code == 1


def test_channels_last_are_noted(poolcli: Poolcli) -> None:
    np.save("cl.npy", np.zeros((16, 16, 3)))
    assert "--layout HWC" in poolcli("info", "cl.npy", "--json").record["notes"][0]
    assert poolcli("info", "cl.npy", "--layout", "HWC", "--json").record["notes"] == []
    assert "--layout HWC" in poolcli("explain", "max", "cl.npy").out
