"""Tests of the texts on a contact sheet: measurements, the original's own, and the legend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poolcli.cli.request_builder import build_request
from poolcli.compare.compare_modes import compare_modes
from poolcli.compare.comparison import Comparison
from poolcli.compare.measurement_text import TileLabels, sheet_legend, tile_labels
from poolcli.compare.sheet_layout import lay_out_sheet
from poolcli.compare.tile_label_layout import text_width
from poolcli.core.modes import MODES
from poolcli.report.built_in_font import built_in_font

SAMPLES = Path(__file__).parents[2] / "samples"
RANDOM = np.random.default_rng(33)


def compare(path: Path, *modes: str, noise: float = 0.1, kernel_size: str = "2") -> Comparison:
    options: dict[str, Any] = {"inputs": [str(path)], "kernel_size": kernel_size}
    return compare_modes(str(path), [build_request(mode, options) for mode in modes], noise)


def labels_of(comparison: Comparison) -> list[TileLabels]:
    return [tile_labels(row, comparison.rows[0]) for row in comparison.rows]


def save(folder: Path, values: Any) -> Path:
    np.save(folder / "x.npy", values)
    return folder / "x.npy"


def test_measurements_are_beside_those_of_the_original() -> None:
    original, mean = labels_of(compare(SAMPLES / "photo.png", "avg", kernel_size="4"))
    assert mean[:3] == ("avg", "64x64x3 uint8", "12 KiB")
    assert [tuple(each) for each in mean.measurements] == [
        ("kept", "6.25 %", ""),
        ("peaks", "195.9", "original 199.3"),
        ("mean", "110.3", "original 110.3"),
        ("shift", "4.15 %", "original 9.26 %"),
        ("noise", "0.944 %", "original 3.76 %"),
    ]
    assert [tuple(each) for each in original.measurements] == [
        ("kept", "100 %", ""),
        ("peaks", "199.3", ""),
        ("mean", "110.3", ""),
        ("shift", "9.26 %", "the original itself"),
        ("noise", "3.76 %", "the original itself"),
    ]


def test_measurements_that_are_not_defined_are_explained(tmp_path: Path) -> None:
    comparison = compare(save(tmp_path, np.eye(4) > 0), "max")
    labels = labels_of(comparison)
    assert tuple(labels[1].measurements[-1]) == ("noise", "-", "")
    assert sheet_legend(comparison).endswith(" -: not defined.")
    assert "not defined" not in sheet_legend(compare(save(tmp_path, np.eye(4)), "max"))


def test_legend_names_the_measurements_and_the_noise(tmp_path: Path) -> None:
    comparison = compare(save(tmp_path, np.eye(4)), "max", noise=0.25)
    text = sheet_legend(comparison)
    assert "noise of 0.25 times its standard deviation" in text
    assert [name for name in ("kept:", "peaks:", "shift,", "noise:") if name not in text] == []


@pytest.mark.parametrize("shape", [(4, 4), (8, 4, 4), (40, 3), (3, 40), (17,), (3, 30, 300)])
def test_texts_are_on_the_sheet_and_do_not_overlap(tmp_path: Path, shape: tuple[int, ...]) -> None:
    layout = lay_out_sheet(compare(save(tmp_path, RANDOM.normal(size=shape)), *MODES))
    boxes = [
        (text.left, text.top, text.left + text_width(text.text, text.size), text.top + text.size)
        for text in layout.texts
        if text.text
    ]
    width, height = layout.grid.size
    boxes += [(each.left, each.top, each.left + width, each.top + height) for each in layout.tiles]
    assert all(box[0] >= 0 and box[1] >= 0 for box in boxes)
    assert all(box[2] <= layout.size[0] and box[3] <= layout.size[1] for box in boxes)
    lefts, tops, rights, bottoms = np.array(boxes).T
    overlaps = (lefts < rights[:, None]) & (rights > lefts[:, None])
    overlaps &= (tops < bottoms[:, None]) & (bottoms > tops[:, None])
    assert overlaps.sum() == len(boxes)  # each only itself


@pytest.mark.parametrize(
    ("shape", "largest"),
    [((4, 4), (1950, 1000)), ((8, 4, 4), (2400, 1600)), ((256, 256), (1950, 1000)),
     ((3000, 4000), (3750, 1800)), ((8, 300, 300), (4000, 2500))],
)  # fmt: skip
def test_sheets_of_all_modes_are_compact(
    tmp_path: Path, shape: tuple[int, ...], largest: tuple[int, int]
) -> None:
    path = save(tmp_path, np.zeros((4, 4), np.uint8))
    comparison = compare(path, *MODES)
    tile = comparison.rows[0].tiles[0]
    pixels = np.zeros((*shape[-2:], 3), np.uint8)
    planes = [f"[{number}, :, :]" for number in range(shape[0])] if len(shape) > 2 else [""]
    tiles = [tile._replace(pixels=pixels, numbers=None)] * len(planes)
    rows = [row._replace(tiles=tiles) for row in comparison.rows]
    layout = lay_out_sheet(comparison._replace(rows=rows, planes=planes))
    assert all(size <= limit for size, limit in zip(layout.size, largest, strict=True))


def test_font_has_every_character_of_the_sheet(tmp_path: Path) -> None:
    values = RANDOM.normal(size=(2, 4, 4)).astype(np.complex64)
    values[0, 0, 0] = np.nan
    comparisons = [
        compare(save(tmp_path, values), "avg"),
        compare(save(tmp_path, RANDOM.normal(size=(8, 8))), *MODES),
        compare(SAMPLES / "photo.png", *MODES),
    ]
    texts = {text.text for each in comparisons for text in lay_out_sheet(each).texts}
    font = built_in_font(20)
    missing = bytes(font.getmask("\uffff"))
    characters = {character for text in texts for character in text} - {" "}
    assert {each for each in characters if bytes(font.getmask(each)) == missing} == set()
