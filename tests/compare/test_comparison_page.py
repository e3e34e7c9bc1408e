"""The page of `compare --html`: tables, images, links, themes, escaping, and memory."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.cli.request_builder import build_request
from poolcli.compare.compare_file import ComparisonSettings
from poolcli.compare.comparison import Comparison, Row
from poolcli.compare.comparison_page import ComparisonPage
from poolcli.compare.comparison_record import ComparisonRecord
from poolcli.report.record import Record, Thumbnail
from poolcli.report.run_totals import RunContext
from tests.conftest import Poolcli
from tests.report.test_html_page import HOSTILE_NAMES, ParsedPage

RANDOM = np.random.default_rng(9)


def page_of(*records: Record, theme: str | None = None) -> ParsedPage:
    """Write a page of several inputs, and parse it."""
    page = make_page(theme)
    for record in records:
        page.add(record)
    page.finish()
    return ParsedPage(Path("page.html"))


def make_page(theme: str | None = None) -> ComparisonPage:
    request = build_request("max", {"inputs": [], "overwrite": True}, "compare")
    shared = ComparisonSettings((request,), 0.1, theme, "sheets")
    return ComparisonPage("page.html", shared, RunContext(), has_summary=True)


def compared(name: str, note: str = "") -> ComparisonRecord:
    """Return the record of an input of a run with many."""
    original = Row(None, None, (4, 4), "uint8", 16, 1.0, 80.0, 50.0, 0.2, 0.1, [])
    rows = [original, original._replace(mode="max", shape=(2, 2), kept=0.25)]
    return ComparisonRecord(
        name,
        "ok",
        output=f"out/{name}",
        notes=[note] if note else [],
        comparison=Comparison(name, "kernel size 2", rows, [""], [], 0.1),
        sheet=Thumbnail("png", b"\x89PNG" * 500, (9, 6)),
    )


@pytest.fixture(autouse=True)
def in_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a temporary folder."""
    monkeypatch.chdir(tmp_path)


def test_page_of_one_input_has_its_tiles_and_measurements(poolcli: Poolcli) -> None:
    Image.fromarray(RANDOM.integers(0, 256, (200, 400, 3), np.uint8)).save("a.png")
    line = ("compare", "a.png", "--modes", "max,avg", "--html", "web/page.html")
    shown = poolcli(*line).out.splitlines()
    page = ParsedPage(Path("web/page.html"))
    assert page.rows == [re.split(r" {2,}", row) for row in shown[:4]]
    assert [each.size for each in page.images] == [(160, 80)] * 3
    assert {each.format for each in page.images} == {"PNG"}
    assert page.texts["figcaption"] == ["original black 0, white 255", "max ", "avg "]
    assert [each["href"] for each in page.attributes_of("a")] == ["../a.compare-k2-s2.png"]
    assert page.attributes_of("html") == [{"lang": "en"}]
    assert not re.search(r"https?:|url\(|@import", page.source)
    assert "All inputs" not in page.source


def test_tiles_have_the_colours_and_the_size_of_the_input(poolcli: Poolcli) -> None:
    np.save("x.npy", np.stack([np.zeros((20, 40)), np.full((20, 40), 255)]).astype(np.uint8))
    poolcli("compare", "x.npy", "--modes", "max", "--html", "page.html", "--theme", "dark")
    page = ParsedPage(Path("page.html"))
    assert [np.asarray(each.convert("L")).max() for each in page.images] == [0, 255, 0, 255]
    boxes = {(each["width"], each["height"]) for each in page.attributes_of("img")}
    assert boxes == {("160", "80")}
    assert page.attributes_of("html") == [{"lang": "en", "data-theme": "dark"}]


def test_tiles_of_small_maps_have_numbers(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((4, 4), np.uint8))
    poolcli("compare", "x.npy", "--modes", "max", "--html", "page.html")
    for image in ParsedPage(Path("page.html")).images:
        assert len(np.unique(np.asarray(image))) > 2  # one grey, lines and numbers


def test_page_of_several_inputs_has_a_summary_and_failures_first(poolcli: Poolcli) -> None:
    for name in "ab":
        np.save(f"{name}.npy", RANDOM.random((6, 6)))
    Path("c.npy").write_bytes(b"")
    files = ("b.npy", "c.npy", "a.npy")
    ran = poolcli("compare", *files, "-o", "out/", "--modes", "max", "--html", "page.html")
    assert ran.code == 1
    page = ParsedPage(Path("page.html"))
    assert page.texts["caption"] == ["Failures", "All inputs"]
    assert page.texts["h2"] == ["a.npy", "b.npy"]
    assert page.rows[1][0] == "c.npy"
    assert page.rows[2:5] == [re.split(r" {2,}", row) for row in ran.out.splitlines()[1:4]]
    assert page.texts["li"][:3] == ["2 ok", "1 failed", "0 skipped"]


def test_page_of_many_inputs_links_to_the_sheets() -> None:
    skipped = Record("c.png", "skipped", output="out/c.png")
    page = page_of(*(compared(f"{name}#1.png") for name in "ba"), skipped)
    assert [each["href"] for each in page.attributes_of("a")] == [
        "out/a%231.png", "out/a%231.png", "out/b%231.png", "out/b%231.png", "out/c.png"
    ]  # fmt: skip
    assert len(page.attributes_of("img")) == len(page.attributes_of("details")) == 2
    assert page.texts["summary"] == ["Measurements"] * 2
    statuses = [element["data-status"] for _, element in page.tags if "data-status" in element]
    assert statuses == ["ok", "ok", "skipped"]
    assert page.texts["p"][-1] == "skipped: the output exists already"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_and_notes_are_escaped(name: str) -> None:
    page = page_of(compared(name, note=name), theme="light")
    assert page.texts["h2"] == [page.texts["bdi"][0]]
    assert page.texts["h2"][0].isprintable()
    assert page.texts["h2"][0] in page.texts["p"]
    assert len(page.attributes_of("script")) == 1
    (link, _) = page.attributes_of("a")
    assert str(link["href"]).isascii()


def test_memory_does_not_grow_with_the_number_of_inputs() -> None:
    page, record = make_page(), compared("a.png")
    page.add(record)
    tracemalloc.start()
    for _ in range(150):
        page.add(record)
    page.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert Path("page.html").stat().st_size > 500_000
    assert peak < 200_000
    assert "over 151 inputs." in Path("page.html").read_text("utf-8")
