"""The benchmarks import what they measure under the names that it has."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[1] / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_benchmark_can_be_loaded(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "import zarr\n" in script.read_text(encoding="utf-8"):
        pytest.importorskip("zarr")
    monkeypatch.syspath_prepend(script.parent)
    runpy.run_path(str(script))
