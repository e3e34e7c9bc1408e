"""Tests of the page of an explanation: it has all numbers of the explanation, and loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from poolcli.cli.request_builder import build_request
from poolcli.explain.cell_text import element_text, result_text
from poolcli.explain.explainer import open_explainer
from poolcli.explain.explanation import Explanation, PlaneExplanation
from poolcli.explain.html.page import html_text
from poolcli.explain.palettes import PALETTES
from tests.report.test_html_page import CHROMIUM, HOSTILE_NAMES, VOID_ELEMENTS

NODE = shutil.which("node")

RANDOM = np.random.default_rng(0)


class Table(NamedTuple):
    """A table of a page, with the texts of its headings and the attributes and texts of cells."""

    captions: list[str]
    columns: list[str]
    rows: list[str]
    cells: list[tuple[dict[str, str | None], str]]

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.cells]


class ParsedPage(HTMLParser):
    """The tables, list items, tags and embedded texts of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.tables: list[Table] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        assert len(attributes) == len(attrs)
        self.tags.append((tag, attributes))
        if tag in VOID_ELEMENTS:
            return
        self.open.append(tag)
        self.texts.setdefault(tag, []).append("")
        if tag == "table":
            self.tables.append(Table([], [], [], []))
        elif tag == "caption":
            self.tables[-1].captions.append("")
        elif tag == "th":
            headings = {"col": self.tables[-1].columns, "row": self.tables[-1].rows}
            headings[str(attributes["scope"])].append("")
        elif tag == "td" and "tbody" in self.open:
            self.tables[-1].cells.append((attributes, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data
        if "caption" in self.open:
            self.tables[-1].captions[-1] += data
        if "th" in self.open:
            headings = self.tables[-1].columns if "thead" in self.open else self.tables[-1].rows
            headings[-1] += data
        if "td" in self.open and "tbody" in self.open:
            attributes, text = self.tables[-1].cells[-1]
            self.tables[-1].cells[-1] = attributes, text + data

    def attributes_of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements with a tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.tags if "id" in attributes]

    @property
    def data(self) -> Any:
        """The data of the script."""
        return json.loads(self.texts["script"][0])

    @property
    def policy(self) -> str:
        (policy,) = [meta["content"] for meta in self.attributes_of("meta") if "http-equiv" in meta]
        return str(policy)


def explain(folder: Path, values: Any, mode: str, **options: object) -> Explanation:
    """Explain an array, or pixels as a PNG, up to 16 elements along each axis."""
    is_image = isinstance(values, Image.Image)
    path = folder / ("x.png" if is_image else "x.npy")
    values.save(path) if is_image else np.save(path, values)
    with open_explainer(build_request(mode, {"inputs": [str(path)], **options})) as explainer:
        return explainer.explain(max_columns=16, max_rows=16)


def integers(*shape: int) -> np.ndarray[Any, Any]:
    return RANDOM.integers(0, 100, shape).astype(np.float32)


def picture(mode: str, height: int = 8, width: int = 9) -> Image.Image:
    image = Image.new(mode, (width, height))
    image.frombytes(RANDOM.bytes(width * height * len(image.getbands())))
    return image


Explained = tuple[Explanation, ParsedPage]

CASES: dict[str, Callable[[Path], Explanation]] = {
    "padding": lambda folder: explain(
        folder, integers(4, 5), "avg", kernel_size="3", stride="2", padding="1"
    ),
    "ignored and dilated": lambda folder: explain(
        folder, np.tile(np.arange(7.0), (7, 1)), "max", kernel_size="3", dilation="2", ignore=["3"]
    ),
    "footprint": lambda folder: explain(
        folder, integers(6, 6), "median", kernel_size="3", footprint="cross", padding="1",
        padding_mode="reflect",
    ),
    "one axis": lambda folder: explain(folder, integers(10), "range", kernel_size="3", stride="2"),
    "three axes": lambda folder: explain(
        folder, integers(3, 4, 4), "max", kernel_size="2x2x2", stride="1"
    ),
    "planes": lambda folder: explain(folder, integers(1, 3, 4, 4), "quantile", kernel_size="2"),
    "RGB": lambda folder: explain(folder, picture("RGB"), "max", kernel_size="3", padding="1"),
    "RGBA": lambda folder: explain(folder, picture("RGBA"), "avg", kernel_size="2"),
    "grey": lambda folder: explain(folder, picture("L"), "median", kernel_size="2"),
    "whole pixels": lambda folder: explain(folder, picture("RGB"), "mode", kernel_size="2"),
}  # fmt: skip


@pytest.fixture(params=CASES, scope="module")
def explained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Explained:
    """Return an explanation and its page."""
    explanation = CASES[request.param](tmp_path_factory.mktemp("explained"))
    return explanation, ParsedPage(html_text(explanation, "x.npy"))


def tables_of(page: ParsedPage, explanation: Explanation) -> tuple[list[Table], list[list[Table]]]:
    """Return the tables of the picture without numbers, and those of each plane."""
    slices = explanation.slices
    count = len(slices.positions) + len(slices.windows)
    groups = [page.tables[start : start + count] for start in range(0, len(page.tables), count)]
    pictures = groups[: len(groups) - len(explanation.planes)]
    assert len(pictures) <= 1
    return list(chain(*pictures)), groups[len(pictures) :]


def shown_texts(plane: PlaneExplanation) -> list[str]:
    """Return what the cells of a plane must show: each value, and the role of elements."""
    roles = {
        "": "", "chosen": " chosen", "ignored": " ignored",
        "zero padding": " padding, counts as 0", "padding value": " padding with a value",
        "skipped padding": " padding, not counted",
    }  # fmt: skip
    elements = [element_text(each) + roles[each.role] for each in plane.all_elements]
    return elements + list(map(result_text, plane.all_windows))


def test_tables_have_all_values_of_each_plane(explained: Explained) -> None:
    explanation, page = explained
    for plane, tables in zip(explanation.planes, tables_of(page, explanation)[1], strict=True):
        assert [text for table in tables for text in table.texts] == shown_texts(plane)
        captions = [caption for table in tables for caption in table.captions]
        assert all(plane.name in caption for caption in captions)


def test_tables_have_headings(explained: Explained) -> None:
    explanation, page = explained
    slices, rows, columns = explanation.crops
    labels = [
        [str(at) if 0 <= at < crop.axis.size else "padding" for at in crop.positions]
        for crop in (rows, columns)
    ]
    results = [list(map(str, crop.windows)) for crop in (rows, columns)]
    if explanation.rank == 1:
        labels[0] = results[0] = []
    pictures, planes = tables_of(page, explanation)
    for tables in filter(None, [pictures, *planes]):
        for number, table in enumerate(tables):
            expected = labels if number < len(slices.positions) else results
            assert [table.rows, table.columns] == expected
            assert len(table.captions) == 1


def test_list_has_all_windows_with_their_arithmetic(explained: Explained) -> None:
    explanation, page = explained
    windows = zip(*(plane.all_windows for plane in explanation.planes), strict=True)
    names = [plane.name for plane in explanation.planes]
    items = [text for text in page.texts["li"] if text.startswith("[")]
    assert items == [
        f"{of_planes[0].name} {of_planes[0].region}"
        + "".join(f"{name} {each.arithmetic}" for name, each in zip(names, of_planes, strict=True))
        for of_planes in windows
    ]
    for text in (*explanation.size_formulas, *explanation.notes, explanation.shapes_and_dtypes):
        assert text in "\n".join(page.texts["main"] + page.texts["header"])


def test_data_of_the_script_has_the_elements_of_each_window(explained: Explained) -> None:
    explanation, page = explained
    data = page.data
    shown = [
        (slice_, row, column)
        for slice_ in explanation.slices.positions
        for row in explanation.rows.positions
        for column in explanation.columns.positions
    ]
    assert np.prod(data["inputShape"]) == len(shown)
    assert [len(crop.windows) for crop in explanation.crops] == data["outputShape"]
    assert data["planes"] == [plane.name for plane in explanation.planes]
    for plane, chosen in zip(explanation.planes, data["chosen"], strict=True):
        for window, found, picked in zip(plane.all_windows, data["elements"], chosen, strict=True):
            assert [shown[number] for number in found] == window.positions
            assert [shown[number] for number in picked] == window.chosen


def test_links_lead_from_results_to_windows_and_back(explained: Explained) -> None:
    explanation, page = explained
    count = len(explanation.planes[0].all_windows)
    assert len(set(page.ids)) == len(page.ids)
    assert {f"window{number}" for number in range(count)} < set(page.ids)
    links = [str(attributes["href"]) for attributes in page.attributes_of("a")]
    assert {link.removeprefix("#") for link in links} <= set(page.ids)
    assert links.count("#result0") == 1
    results = [each for each in page.ids if each.startswith("result")]
    assert results == [f"result{number}" for number in range(count)]


def test_page_loads_nothing_and_runs_only_its_own_script(explained: Explained) -> None:
    page = explained[1]
    assert not re.search(r"https?:|url\(|@import|\bon[a-z]+=|style=", page.source)
    hashes = {
        kind: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for kind, text in (("style", page.texts["style"][0]), ("script", page.texts["script"][1]))
    }
    assert page.policy == (
        "default-src 'none'; img-src data:; "
        f"style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    sources = [each.get("src") or each.get("href") for _, each in page.tags]
    assert all(source.startswith(("data:", "#")) for source in sources if source)


def test_page_is_accessible(explained: Explained) -> None:
    page = explained[1]
    assert page.attributes_of("html") == [{"lang": "en"}]
    assert page.attributes_of("meta")[0] == {"charset": "utf-8"}
    (panel,) = page.attributes_of("section")
    assert (panel["aria-live"], bool(panel["aria-label"])) == ("polite", True)
    for table in page.tables:
        for attributes, text in table.cells:
            assert text or "rgb-" in str(attributes.get("class")) or "blank" in str(attributes)


def test_cells_of_a_picture_have_its_colours(tmp_path: Path) -> None:
    for mode in ("RGBA", "L"):
        explanation = explain(tmp_path, picture(mode), "max", kernel_size="3", padding="1")
        page = ParsedPage(html_text(explanation, "x.png"))
        picture_data = explanation.picture
        assert picture_data is not None
        colours = [
            colour
            for cells in (picture_data.elements, picture_data.results)
            for rows in cells
            for row in rows
            for colour in row
        ]
        cells = page.tables[0].cells + page.tables[1].cells
        rules = dict(re.findall(r"^\.(rgb-\w+) \{ --colour: #(\w+); \}", page.source, re.MULTILINE))
        for (attributes, _), colour in zip(cells, colours, strict=True):
            classes = str(attributes["class"]).split()
            if colour is None:
                assert "blank" in classes
            else:
                assert rules[f"rgb-{bytes(colour).hex()}"] == bytes(colour).hex()
                assert f"rgb-{bytes(colour).hex()}" in classes
        assert bool(cells[20][1]) == (mode == "L")


def test_legend_has_the_marks_that_occur(tmp_path: Path) -> None:
    array = np.tile(np.arange(7.0), (7, 1))
    texts = ParsedPage(html_text(explain(tmp_path, array, "avg"), "x.npy")).texts["li"]
    assert texts[:2] == [
        "windows that share no element are coloured",
        "[0, 0] rows 0-1, columns 0-1 (0+1+0+1)/4 = 0.5",
    ]
    explanation = explain(
        tmp_path, array, "max", kernel_size="3", dilation="2", padding="1", ignore=["3"]
    )
    assert ParsedPage(html_text(explanation, "x.npy")).texts["li"][:5] == [
        "windows that share no element are coloured",
        "chosen",
        "ignored",
        "padding, not counted",
        "between the elements of the window",
    ]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_and_notes_are_escaped(tmp_path: Path, name: str) -> None:
    explanation = explain(tmp_path, integers(2, 2), "max")
    plane = explanation.planes[0]._replace(name=name)
    explanation = explanation._replace(
        heading=name, planes=[plane], notes=[name], shapes_and_dtypes=name
    )
    page = ParsedPage(html_text(explanation, name))
    page.source.encode()
    (shown,) = page.texts["bdi"]
    assert shown.isprintable()
    assert page.texts["h1"] == [f"{shown}: {shown}"]
    assert f"note: {shown}" in page.texts["p"]
    assert page.tables[0].captions == [f"Input {shown}"]
    assert page.data["planes"] == [name]
    assert {tag for tag, _ in page.tags} & {"img"} == set()
    assert len(page.attributes_of("script")) == 2


@pytest.mark.parametrize("theme", ["light", "dark", None])
def test_page_has_the_colours_of_the_theme(tmp_path: Path, theme: Any) -> None:
    page = ParsedPage(html_text(explain(tmp_path, integers(2, 2), "max"), "x.npy", theme))
    (style,) = page.texts["style"]
    light, dark = (f"--background: {PALETTES[name].background};" for name in ("light", "dark"))
    assert light in style
    assert (dark in style) == (theme != "light")
    assert ("prefers-color-scheme" in style) == (theme is None)
    schemes = [
        meta["content"] for meta in page.attributes_of("meta") if meta.get("name") == "color-scheme"
    ]
    assert schemes == [theme or "light dark"]


def test_page_of_196_windows_of_a_picture_is_small(tmp_path: Path) -> None:
    explanation = explain(tmp_path, picture("RGBA", 16, 16), "std", kernel_size="3", stride="1")
    assert len(explanation.planes[0].all_windows) == 196
    assert len(html_text(explanation, "x.png").encode()) < 300_000


def test_command_writes_the_page(poolcli: Any) -> None:
    np.save("x.npy", integers(4, 4))
    assert poolcli("explain", "max", "x.npy", "--html", "e.html").code == 0
    page = ParsedPage(Path("e.html").read_text("utf-8"))
    assert page.texts["h1"] == ["x.npy: max, kernel size 2, stride 2"]


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_script_has_no_syntax_errors() -> None:
    script = Path(__file__).parents[3] / "poolcli/explain/html/page.js"
    subprocess.run([str(NODE), "--check", str(script)], check=True, timeout=60)


PROBE = """
const text = () => document.querySelector(".panel").innerText.split(/\\n+/);
const marked = (grid, name) => Array.from(document.querySelectorAll(`.${grid} tbody td`))
  .flatMap((cell, number) => cell.classList.contains(name) ? [number] : []);
const cell = (grid, number) => document.querySelectorAll(`.${grid} tbody td`)[number];
const send = (target, type, more) => target.dispatchEvent(Object.assign(
  new Event(type, { bubbles: true, cancelable: true }), more));
const found = { hash: [text(), marked("output", "current"), marked("input", "inside")] };
send(cell("output", 1), "mouseover");
found.window = [text(), ...["inside", "gap", "picked"].map((name) => marked("input", name))];
send(cell("input", 2), "mouseover");
found.element = [text(), marked("output", "inside"), marked("output", "picked")];
send(document.querySelector("main"), "mouseleave");
found.left = text()[0];
const link = cell("output", 1).querySelector("a");
link.focus();
send(link, "keydown", { key: "ArrowDown" });
found.key = [text()[0], document.activeElement.getAttribute("href")];
found.follows = send(cell("output", 0).querySelector("a"), "click");
found.click = text()[0];
send(document.body, "keydown", { key: "Escape" });
found.escape = [document.querySelector("main").className, marked("input", "inside")];
found.tabStops = document.querySelectorAll('[tabindex="0"]').length;
const probe = document.createElement("pre");
probe.id = "probe";
probe.textContent = JSON.stringify(found);
document.body.append(probe);
"""
"""A script that moves the pointer and the focus, and writes what the page shows then."""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_browser_shows_windows_and_elements(tmp_path: Path) -> None:
    array = np.array([[1, 3, 2], [5, 6, 7], [2, 8, 1]], np.float32)
    explanation = explain(tmp_path, array, "max", kernel_size="2", dilation="1", stride="1")
    source = html_text(explanation, "x.npy", "light")
    probe_hash = base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode()
    source = source.replace("script-src ", f"script-src 'sha256-{probe_hash}' ")
    page = tmp_path / "page.html"
    page.write_text(f"{source}<script>{PROBE}</script>", "utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    browser = subprocess.run(
        [str(CHROMIUM), *options, profile, "--dump-dom", f"{page.as_uri()}#window3"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "CONSOLE" not in browser.stderr
    (probed,) = re.findall(r'<pre id="probe">(.*?)</pre>', browser.stdout, re.DOTALL)
    assert json.loads(probed) == {
        "hash": [
            ["[1, 1] rows 1-2, columns 1-2", "max(6, 7, 8, 1) = 8 at (2, 1)"],
            [3],
            [4, 5, 7, 8],
        ],
        "window": [
            ["[0, 1] rows 0-1, columns 1-2", "max(3, 2, 6, 7) = 7 at (1, 2)"],
            [1, 2, 4, 5],
            [],
            [5],
        ],
        "element": [["Element (0, 2), in 1 window: [0, 1]", "2"], [1], []],
        "left": "[1, 1] rows 1-2, columns 1-2",
        "key": ["[1, 1] rows 1-2, columns 1-2", "#window3"],
        "follows": False,
        "click": "[0, 0] rows 0-1, columns 0-1",
        "escape": ["", []],
        "tabStops": 2,
    }
