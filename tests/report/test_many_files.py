"""Reports of many files: what is summed up, and what is still said of each."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.report.html.external_sort import MAX_ENTRIES_IN_MEMORY as MAX_ENTRIES
from poolcli.report.html.external_sort import SortedRows
from tests.conftest import Poolcli


def pictures(count: int, folder: str = ".") -> list[str]:
    """Make grey pictures of growing width, and name them."""
    Path(folder).mkdir(exist_ok=True)
    names = [f"{folder}/{number:02}.png" for number in range(count)]
    for number, name in enumerate(names):
        Image.new("L", (8 + number, 8), number).save(name)
    return names


def test_many_outputs_that_exist_are_one_line(poolcli: Poolcli) -> None:
    names = pictures(8)
    poolcli("max", *names, "-o", "out/")
    ran = poolcli("max", *names, "gone.png", "-o", "out/", "--json")
    assert ran.code == 1
    missing, existing = ran.err.splitlines()
    assert missing.startswith("poolcli: gone.png: there is no such file")
    assert existing == (
        "poolcli: 8 files exist already; --overwrite replaces them, --skip-existing skips them"
    )
    errors = [record["error"]["type"] for record in ran.records]
    assert sorted(errors) == ["OutputExistsError"] * 8 + ["ReadError"]
    assert ran.err == poolcli("max", *names, "gone.png", "-o", "out/", "--quiet").err


def test_few_outputs_that_exist_are_named(poolcli: Poolcli) -> None:
    names = pictures(5)
    poolcli("max", *names, "-o", "out/")
    ran = poolcli("max", *names, "-o", "out/")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 5
    assert "./00.png: out/00.png exists; --overwrite replaces it" in ran.err


def test_outputs_of_other_inputs_are_no_outputs_that_exist(poolcli: Poolcli) -> None:
    names = pictures(6)
    for name in names:
        Path(name).rename(f"{name[:-4]}.jpg")  # named .png after all, as the inputs beside them
        Image.new("L", (4, 4)).save(name)
    ran = poolcli("max", *names, *(f"{name[:-4]}.jpg" for name in names), "-o", "out/", "-j", 1)
    assert ran.code == 1
    assert ran.err.count("is written to out/") == 6
    assert "exist already" not in ran.err


def test_info_sums_up_many_files(poolcli: Poolcli) -> None:
    pictures(21)
    Image.new("RGB", (4, 4), "red").save("c.jpg")
    frames = [Image.new("L", (6, 5), value) for value in (10, 30)]
    frames[0].save("pages.tif", save_all=True, append_images=frames[1:])
    np.save("x.npy", np.array([[1, np.nan]], np.float32))
    for number in range(4):
        np.save(f"last{number}.npy", np.zeros((16, 16, 3)))
    Path("broken.png").write_bytes(b"")
    ran = poolcli("info", ".")
    assert ran.code == 1
    headings, *rows, note, last = ran.out.splitlines()
    assert headings.split("  ")[0] == "count"
    assert [" ".join(row.split()) for row in rows] == [
        "21 PNG 8 x 8-28 uint8 0 · 20",
        "4 NPY 16x16x3 float64 0 · 0",
        "1 JPEG 4x4x3 uint8 0 · 254",
        "1 TIFF 5x6 (2 frames) uint8 10 · 30",
        "1 NPY 1x2 float32 1 · 1",
    ]
    assert note.startswith("note: ./last0.npy and 3 more: looks like channels last")
    assert last.startswith("28 ok, 1 failed in ")
    ran = poolcli("info", ".", "--verbose")
    assert ran.out.count("\nnote: ") == 4
    assert "./07.png" in ran.out


def test_the_arrays_of_one_file_are_listed(poolcli: Poolcli) -> None:
    np.savez("x.npz", **{f"a{number:02}": np.zeros((32, 32)) for number in range(25)})
    assert "x.npz:a24" in poolcli("info", "x.npz").out
    assert poolcli("max", "x.npz").out.count("32x32 → 16x16") == 25


def test_notes_of_many_results_are_told(poolcli: Poolcli) -> None:
    for number in range(21):
        np.save(f"{number:02}.npy", np.zeros((16, 16, 3)))
    ran = poolcli("max", ".", "-o", "out/")
    note, last = ran.out.splitlines()
    assert " and 20 more: looks like channels last" in note
    assert last.startswith("21 ok in ")
    assert last.endswith(", in out/")


@pytest.mark.parametrize("count", [0, 1, MAX_ENTRIES - 1, MAX_ENTRIES, 3 * MAX_ENTRIES + 7])
def test_rows_come_in_the_order_of_their_names(count: int) -> None:
    rows = SortedRows(io.BytesIO(), io.BytesIO())
    numbers = np.random.default_rng(0).permutation(count) // 2
    for at, number in enumerate(numbers):
        rows.add(f"{number:05}\udcff", f"{number:05}.{at}\n".encode())
    found = [tuple(map(int, row.split(b"."))) for row in rows]
    assert found == sorted((int(number), at) for at, number in enumerate(numbers))
