"""Tests of the reports of many files: what is summarized, and what is printed for each file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.report.html.external_sort import MAX_ENTRIES_IN_MEMORY as MAX_ENTRIES
from poolcli.report.html.external_sort import SortedRows
from tests.conftest import Poolcli


def make_images(count: int) -> list[str]:
    """Write grey images of increasing width to the current folder, and return their names."""
    names = [f"./{number:02}.png" for number in range(count)]
    for number, name in enumerate(names):
        Image.new("L", (8 + number, 8), number).save(name)
    return names


def test_more_than_twenty_files_are_summarized(poolcli: Poolcli) -> None:
    names = [f"{number:02}.npy" for number in range(22)]
    for name in names:
        np.save(name, np.zeros((4, 4), np.float32))
    result = poolcli("max", *names, "gone.npy", "-o", "out/")
    assert result.code == 1
    assert result.out.startswith("22 ok, 1 failed in ")
    assert len(result.out.splitlines()) == 1
    result = poolcli("max", *names, "-o", "out/", "--overwrite", "--verbose")
    assert result.out.count("4x4 → 2x2") == 22


def test_many_existing_outputs_are_reported_in_one_line(poolcli: Poolcli) -> None:
    names = make_images(8)
    poolcli("max", *names, "-o", "out/")
    result = poolcli("max", *names, "gone.png", "-o", "out/", "--json")
    assert result.code == 1
    missing, existing = result.err.splitlines()
    assert missing.startswith("poolcli: gone.png: there is no such file")
    assert existing == (
        "poolcli: 8 files exist already; --overwrite replaces them, --skip-existing skips them"
    )
    errors = [record["error"]["type"] for record in result.records]
    assert sorted(errors) == ["OutputExistsError"] * 8 + ["ReadError"]
    assert result.err == poolcli("max", *names, "gone.png", "-o", "out/", "--quiet").err


def test_few_existing_outputs_are_named(poolcli: Poolcli) -> None:
    names = make_images(5)
    poolcli("max", *names, "-o", "out/")
    result = poolcli("max", *names, "-o", "out/")
    assert result.code == 1
    assert len(result.err.splitlines()) == 5
    assert "./00.png: out/00.png exists; --overwrite replaces it" in result.err


def test_outputs_claimed_by_other_inputs_are_reported_one_by_one(poolcli: Poolcli) -> None:
    names = make_images(6)
    for name in names:
        # A PNG with the extension of JPEG, whose output would be named like that of the other.
        Path(name).rename(f"{name[:-4]}.jpg")
        Image.new("L", (4, 4)).save(name)
    others = (f"{name[:-4]}.jpg" for name in names)
    result = poolcli("max", *names, *others, "-o", "out/", "-j", 1)
    assert result.code == 1
    assert result.err.count("is written to out/") == 6
    assert "exist already" not in result.err


def test_info_counts_many_files_by_kind(poolcli: Poolcli) -> None:
    make_images(21)
    Image.new("RGB", (4, 4), "red").save("c.jpg")
    frames = [Image.new("L", (6, 5), value) for value in (10, 30)]
    frames[0].save("pages.tif", save_all=True, append_images=frames[1:])
    np.save("x.npy", np.array([[1, np.nan]], np.float32))
    for number in range(4):
        np.save(f"last{number}.npy", np.zeros((16, 16, 3)))
    Path("broken.png").write_bytes(b"")
    result = poolcli("info", ".")
    assert result.code == 1
    headings, *rows, note, last = result.out.splitlines()
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
    result = poolcli("info", ".", "--verbose")
    assert result.out.count("\nnote: ") == 4
    assert "./07.png" in result.out


def test_members_of_one_file_are_always_listed(poolcli: Poolcli) -> None:
    np.savez("x.npz", **{f"a{number:02}": np.zeros((32, 32)) for number in range(25)})
    assert "x.npz:a24" in poolcli("info", "x.npz").out
    assert poolcli("max", "x.npz").out.count("32x32 → 16x16") == 25


def test_same_note_on_many_files_is_printed_once(poolcli: Poolcli) -> None:
    for number in range(21):
        np.save(f"{number:02}.npy", np.zeros((16, 16, 3)))
    result = poolcli("max", ".", "-o", "out/")
    note, last = result.out.splitlines()
    assert " and 20 more: looks like channels last" in note
    assert last.startswith("21 ok in ")
    assert last.endswith(", in out/")


@pytest.mark.parametrize("count", [0, 1, MAX_ENTRIES - 1, MAX_ENTRIES, 3 * MAX_ENTRIES + 7])
def test_external_sort_orders_rows_by_name_and_is_stable(count: int) -> None:
    rows = SortedRows(io.BytesIO())
    numbers = np.random.default_rng(0).permutation(count) // 2
    for at, number in enumerate(numbers):
        rows.add(f"{number:05}\udcff", f"{number:05}.{at}\n".encode())
    found = [tuple(map(int, row.split(b"."))) for row in rows]
    assert found == sorted((int(number), at) for at, number in enumerate(numbers))
