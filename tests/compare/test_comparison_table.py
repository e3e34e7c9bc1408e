"""Tests of the table of a comparison: ratios to the original, and narrow terminals."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from poolcli.cli.request_builder import build_request
from poolcli.compare.compare_modes import compare_modes
from poolcli.compare.comparison_table import print_comparison
from tests.conftest import Poolcli

VALUES = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_row_of_the_original_has_its_own_changes(poolcli: Poolcli) -> None:
    np.save("map.npy", VALUES)
    printed = poolcli("compare", "map.npy", "--modes", "avg").out.splitlines()
    heading, original, mean, *legend = printed
    assert heading.split() == ["mode", "shape", "kept", "peaks", "mean", "shift", "noise"]
    assert original.split("  ")[0] == "original"
    assert original.endswith("3.3125 (100 %)   61 % (100 %)   7.24 % (100 %)")
    assert mean.endswith("3.3125 (100 %)  45.8 % (75 %)  5.51 % (76.1 %)")
    assert any(line.endswith("the row original has the input's own.") for line in legend)
    line, other = poolcli("compare", "map.npy", "--modes", "avg", "--overwrite", "--json").records
    assert (line["mode"], round(line["shift"], 3), round(line["noise"], 4)) == (None, 0.61, 0.0724)
    assert other["noise"] / line["noise"] == pytest.approx(0.761, abs=0.001)


@pytest.mark.parametrize(("columns", "has_ratios"), [(120, True), (80, False)])
def test_narrow_terminals_show_no_ratios_of_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, has_ratios: bool
) -> None:
    np.save(tmp_path / "x.npy", VALUES)
    monkeypatch.setenv("COLUMNS", str(columns))
    path, stream = str(tmp_path / "x.npy"), Terminal()
    comparison = compare_modes(path, [build_request("avg", {"inputs": [path]})], 0.1)
    print_comparison(comparison, 0.1, None, stream)
    printed = stream.getvalue()
    assert ("5.51 % (76.1 %)" in printed) == has_ratios
    assert ("(relative to the original's own change)" in printed) == has_ratios
    assert "3.3125 (100 %)" in printed
