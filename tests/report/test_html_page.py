"""Tests of the HTML page: content, escaping of names, errors, and memory use."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
import tracemalloc
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from poolcli.batch.scheduler import Scheduler
from poolcli.cli.request_builder import build_request
from poolcli.errors import OutputExistsError
from poolcli.report.html.page import HtmlReporter
from poolcli.report.record import ArrayInfo, ErrorInfo, Record
from poolcli.report.run_totals import RunContext
from tests.conftest import Poolcli, Shell, unprivileged
from tests.report.make_thumbnails import thumbnails

Pixels = npt.NDArray[np.uint8]

VOID_ELEMENTS = {"meta", "link", "img", "br", "wbr", "input"}

HOSTILE_NAMES = (
    "<img src=x onerror=alert(1)>.png",
    "\"'&.png",
    "a\n\x1b[31m\u202eb.png",
    "bad\udcff.png",
)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)


class ParsedPage(HTMLParser):
    """The texts by tag, the table rows and the images of an HTML page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text("utf-8")
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.rows: list[list[str]] = []
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data
        if {"th", "td"} & set(self.open):
            self.rows[-1][-1] += data

    def attributes_of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements with a tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def file_rows(self) -> list[list[str]]:
        """The cells of all rows but the headings."""
        return [row for row in self.rows if row[0] != "file"]

    @property
    def images(self) -> list[Image.Image]:
        """The images, decoded."""
        encoded = [
            str(attributes["src"]).partition(";base64,")[2]
            for attributes in self.attributes_of("img")
        ]
        return [Image.open(io.BytesIO(base64.b64decode(each))) for each in encoded]


WritePage = Callable[..., ParsedPage]


def make_reporter(path: Path, **options: object) -> HtmlReporter:
    """Return a reporter as the command line makes it."""
    request = build_request("max", {"inputs": [], **options})
    return HtmlReporter(str(path), request, RunContext())


@pytest.fixture
def write_page(tmp_path: Path) -> WritePage:
    """Return a function that writes a page of records, and parses it."""

    def write(*records: Record, **options: object) -> ParsedPage:
        page = make_reporter(tmp_path / "page.html", **options)
        for record in records:
            page.add(record)
        page.finish()
        return ParsedPage(tmp_path / "page.html")

    return write


def test_page_that_appeared_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    page = make_reporter(tmp_path / "page.html")
    (tmp_path / "page.html").write_text("mine")
    with pytest.raises(OutputExistsError, match="appeared while its new content"):
        page.finish()
    assert (tmp_path / "page.html").read_text() == "mine"


def grey_pixels(height: int, width: int) -> Pixels:
    return np.full((height, width, 3), 128, np.uint8)


def random_pixels(height: int, width: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def ok_record(name: str, before: Pixels | None = None, after: Pixels | None = None) -> Record:
    pair = None if before is None else thumbnails(before, after)
    return Record(
        input=name,
        status="ok",
        mode="max",
        output=f"out/{name}",
        before=ArrayInfo([8, 6, 3], "uint8", "HWC", 0, 114.25, 255),
        after=ArrayInfo([4, 3, 3], "float32", "HWC", 1, 1 / 3, 254),
        seconds=0.25,
        thumbnails=pair,
    )


def failed_record(name: str, message: str = "is not an image") -> Record:
    return Record(name, "failed", mode="max", error=ErrorInfo("ReadError", message), seconds=0.25)


def save_image(path: str, height: int = 8, width: int = 6) -> None:
    Image.fromarray(random_pixels(height, width)).save(path)


def file_names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_row_has_input_and_output(write_page: WritePage) -> None:
    page = write_page(ok_record("a.png"))
    assert page.file_rows == [
        [
            "a.png→ out/a.png",
            "",
            "",
            "8x6x3→ 4x3x3",
            "uint8→ float32",
            "0 · 114.25 · 255→ 1 · 0.333333 · 254",
            "250.0 ms",
        ]
    ]


def test_failures_come_first_and_tables_are_sorted_by_name(write_page: WritePage) -> None:
    skipped = Record("c.png", "skipped", mode="max", output="out/c.png")
    page = write_page(
        ok_record("b.png"),
        failed_record("z.png"),
        failed_record("y.png", "a <b>"),
        skipped,
        ok_record("a.png"),
    )
    names = [row[0].partition("→")[0] for row in page.file_rows]
    assert names == ["y.png", "z.png", "a.png", "b.png", "c.png"]
    assert page.file_rows[0][1] == "a <b>"
    assert page.file_rows[4][1] == "skipped: the output exists already"
    statuses = [row["data-status"] for row in page.attributes_of("tr") if "data-status" in row]
    assert statuses == ["failed", "failed", "ok", "ok", "skipped"]
    assert page.texts["caption"] == ["Failures", "Results"]


def test_paths_may_wrap_after_slashes(write_page: WritePage) -> None:
    page = write_page(ok_record("a/b.png"), failed_record("c/d.png", "x/y exists"))
    for path in ("c/<wbr>d.png", "x/<wbr>y exists", "a/<wbr>b.png", "out/<wbr>a/<wbr>b.png"):
        assert path in page.source
    assert page.file_rows[1][0] == "a/b.png→ out/a/b.png"


def test_header_has_window_tag_and_totals(write_page: WritePage) -> None:
    page = write_page(
        ok_record("a.png"), failed_record("b.png"), ok_record("c.png"), kernel_size="3x2", ceil=True
    )
    elapsed = page.texts["li"].pop()
    assert page.texts["title"] == [
        "poolcli max, kernel size 3x2, stride 3x2, output size rounded up"
    ]
    assert page.texts["code"] == ["max-k3x2-s3x2-ceil"]
    assert page.texts["li"] == ["2 ok", "1 failed", "0 skipped"]
    assert 0 <= float(elapsed.removesuffix(" s")) < 0.75  # not the sum of the files' own times


def test_row_has_member_level_frames_and_notes(write_page: WritePage) -> None:
    record = ok_record("x.npz")
    record.member, record.level, record.frames, record.notes = "weights", 2, 3, ["a <note>"]
    cell = write_page(record).file_rows[0][0]
    assert cell == "x.npz member weights, level 2, 3 frames→ out/x.npza <note>"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_are_escaped(write_page: WritePage, name: str) -> None:
    page = write_page(
        ok_record(name, grey_pixels(2, 2), grey_pixels(1, 1)), failed_record(name, name)
    )
    shown = page.texts["bdi"][0]
    assert shown.isprintable()
    assert name in (shown, shown.encode().decode("unicode_escape").replace("\xff", "\udcff"))
    assert page.file_rows[0] == [shown, shown]
    assert [image["alt"] for image in page.attributes_of("img")] == [
        f"{shown}, before",
        f"{shown}, after",
    ]
    assert len(page.attributes_of("script")) == 1


def test_page_loads_nothing(write_page: WritePage) -> None:
    page = write_page(
        ok_record("a.png", grey_pixels(2, 2), grey_pixels(1, 1)), failed_record("b.png")
    )
    assert not re.search(r"https?:|url\(|@import", page.source)
    (policy,) = [meta["content"] for meta in page.attributes_of("meta") if "http-equiv" in meta]
    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    )
    sources = [element.get("src") or element.get("href") for _, element in page.tags]
    assert all(source.startswith("data:") for source in sources if source)


def test_page_is_accessible(write_page: WritePage) -> None:
    page = write_page(
        ok_record("a.png", grey_pixels(2, 2), grey_pixels(1, 1)), failed_record("b.png")
    )
    assert page.attributes_of("html") == [{"lang": "en"}]
    assert page.attributes_of("meta")[0] == {"charset": "utf-8"}
    assert {head["scope"] for head in page.attributes_of("th")} == {"row", "col"}
    assert len(page.texts["caption"]) == len(page.attributes_of("table"))
    assert [label.split()[0] for label in page.texts["label"]] == ["Filter", "Status"]


def test_both_images_have_the_input_size(write_page: WritePage) -> None:
    page = write_page(
        ok_record("a.png", random_pixels(72, 96), random_pixels(36, 48)),
        ok_record("b.png", grey_pixels(4, 4), grey_pixels(2, 2)),
        ok_record("c.npy", grey_pixels(1, 96), grey_pixels(1, 1)),
    )
    assert [each.size for each in page.images] == [
        (96, 72), (48, 36), (4, 4), (2, 2), (96, 1), (1, 1)
    ]  # fmt: skip
    boxes = [(image["width"], image["height"]) for image in page.attributes_of("img")]
    assert boxes == [("96", "72")] * 2 + [("96", "96")] * 2 + [("96", "4")] * 2


def test_images_with_few_colours_are_png_and_photos_jpeg(write_page: WritePage) -> None:
    page = write_page(ok_record("a.png", grey_pixels(72, 96), random_pixels(72, 96)))
    assert [each.format for each in page.images] == ["PNG", "JPEG"]
    assert np.array_equal(np.asarray(page.images[0]), grey_pixels(72, 96))


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    page = make_reporter(tmp_path / "page.html")
    record, wrong = (
        ok_record("a.png", grey_pixels(96, 96), grey_pixels(48, 48)),
        failed_record("b.png", "long " * 100),
    )
    page.add(record)
    tracemalloc.start()
    for _ in range(400):
        page.add(record)
        page.add(wrong)
    page.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "page.html").stat().st_size > 600_000
    assert peak < 400_000


def test_page_goes_with_any_report(poolcli: Poolcli) -> None:
    save_image("a.png")
    Path("b.png").write_bytes(b"")
    for kind in ("table", "json", "none"):
        args = ("max", "a.png", "b.png", "-o", "out/", "--overwrite", "--report", kind)
        plain = poolcli(*args)
        result = poolcli(*args, "--html", "page.html")
        assert result.code == 1
        assert len(result.out.splitlines()) == len(plain.out.splitlines())
        assert result.err == plain.err
        page = ParsedPage(Path("page.html"))
        assert [row[0] for row in page.file_rows] == ["b.png", "a.png→ out/a.png"]
        assert [each.size for each in page.images] == [(6, 8), (3, 4)]


def test_page_of_images_members_levels_and_frames(poolcli: Poolcli) -> None:
    save_image("a.png", 16, 16)
    np.savez("x.npz", one=np.zeros((16, 16)), two=np.ones((3, 16, 16)))
    frames = [
        Image.fromarray(random_pixels(16, 16 + number)).resize((16, 16)) for number in range(3)
    ]
    frames[0].save("anim.gif", save_all=True, append_images=frames[1:])
    line = ("max", "a.png", "x.npz", "anim.gif", "--levels", 2, "-o", "out/", "-j", 2)
    assert poolcli(*line, "--html", "out/page.html").code == 0
    page = ParsedPage(Path("out/page.html"))
    assert sorted(row[0].partition("→")[0] for row in page.file_rows) == [
        "a.png level 1", "a.png level 2", "anim.gif level 1, 3 frames",
        "anim.gif level 2, 3 frames", "x.npz member one, level 1", "x.npz member one, level 2",
        "x.npz member two, level 1", "x.npz member two, level 2",
    ]  # fmt: skip
    assert len(page.images) == 16


def test_existing_page_is_replaced_only_with_overwrite(poolcli: Poolcli) -> None:
    save_image("a.png")
    Path("page.html").write_text("mine")
    result = poolcli("max", "a.png", "--html", "page.html")
    assert (result.code, result.out) == (1, "")
    assert result.err == "poolcli: page.html exists; --overwrite replaces it\n"
    result = poolcli("max", "a.png", "--html", "page.html", "--skip-existing")
    assert result.err == "poolcli: page.html exists; name another page\n"
    assert Path("page.html").read_text() == "mine"
    assert file_names() == ["a.png", "page.html"]
    assert poolcli("max", "a.png", "--html", "page.html", "--overwrite").code == 0
    assert Path("page.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--html", "-"], "the page goes into a file, not '-'"),
        (["--html", "reports/"], "the page goes into a file, not 'reports/'"),
        (["-o", "p.png", "--html", "./p.png"], "a.png is written to ./p.png too"),
        (["--indices", "i.npy", "--html", "i.npy"], "--indices of a.png is written to i.npy too"),
        (["--html", "/dev/stdout"], "not to standard output"),
        (["--html", "a.png", "--overwrite"], "an input too; name another page"),
        (["--html", "link.html", "--overwrite"], "--html would be written to a.png"),
    ],
)
def test_page_must_not_be_another_file_of_the_run(
    poolcli: Poolcli, args: list[str], message: str
) -> None:
    save_image("a.png")
    Path("link.html").symlink_to("a.png")
    result = poolcli("max", "a.png", *args)
    assert result.code == 2
    assert message in re.sub(r"[\s│]+", " ", result.err)
    assert file_names() == ["a.png", "link.html"]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("folder", "folder is a folder; name a file for the page"),
        ("a.png/page.html", "cannot write a.png/page.html: "),
    ],
)
def test_page_that_cannot_be_written_fails_before_any_work(
    poolcli: Poolcli, page: str, message: str
) -> None:
    save_image("a.png")
    Path("folder").mkdir()
    result = poolcli("max", "a.png", "--html", page)
    assert result.code == 1
    assert result.err.startswith(f"poolcli: {message}")
    assert result.err.count("\n") == 1
    assert file_names() == ["a.png", "folder"]


def test_page_must_not_be_the_list_of_inputs(poolcli: Poolcli) -> None:
    save_image("a.png")
    Path("list.txt").write_text("a.png\n")
    result = poolcli("max", "--files-from", "list.txt", "--html", "./list.txt", "--overwrite")
    assert result.code == 2
    assert "is the list of inputs" in re.sub(r"[\s│]+", " ", result.err)
    assert Path("list.txt").read_text() == "a.png\n"


def test_page_must_not_be_the_output_folder(poolcli: Poolcli) -> None:
    save_image("a.png")
    result = poolcli("max", "a.png", "-o", "new/", "--html", "new")
    assert (result.code, result.err) == (1, "poolcli: new is a folder; name a file for the page\n")
    assert file_names() == ["a.png"]


def test_folders_of_the_page_are_created(poolcli: Poolcli) -> None:
    save_image("a.png")
    assert poolcli("max", "a.png", "--html", "new/deep/page.html").code == 0
    assert Path("new/deep/page.html").is_file()


def test_dry_run_ignores_an_existing_page(poolcli: Poolcli) -> None:
    save_image("a.png")
    Path("page.html").write_text("mine")
    assert poolcli("max", "a.png", "--dry-run", "--html", "page.html").code == 0
    assert Path("page.html").read_text() == "mine"


@unprivileged
def test_read_only_folder_fails_before_any_work(shell: Shell, tmp_path: Path) -> None:
    save_image(str(tmp_path / "a.png"))
    (tmp_path / "shut").mkdir(mode=0o555)
    result = shell("poolcli max a.png --html shut/page.html", privileged=False)
    assert result.returncode == 1
    assert result.stderr == b"poolcli: cannot write shut/page.html: Permission denied\n"
    assert not list(tmp_path.glob("a.max*"))


def test_full_disk_for_the_page_does_not_lose_results(poolcli: Poolcli) -> None:
    save_image("a.png")
    result = poolcli("max", "a.png", "--html", "/dev/full")
    assert result.code == 1
    assert result.err == "poolcli: cannot write /dev/full: No space left on device\n"
    assert "4x3x3" in result.out
    assert Path("a.max-k2-s2.png").exists()


def test_dry_run_writes_no_page(poolcli: Poolcli) -> None:
    save_image("a.png")
    assert poolcli("max", "a.png", "--html", "page.html", "--dry-run").code == 0
    assert file_names() == ["a.png"]


def test_page_goes_with_an_output_on_standard_output(shell: Shell, tmp_path: Path) -> None:
    save_image(str(tmp_path / "a.png"))
    result = shell("poolcli max - -o - --html page.html < a.png")
    assert result.returncode == 0
    assert Image.open(io.BytesIO(result.stdout)).size == (3, 4)
    assert ParsedPage(tmp_path / "page.html").file_rows[0][0] == "standard input→ standard output"


def test_page_of_an_interrupted_run_says_so(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_image("a.png")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Scheduler, "run_in_this_process", interrupted)
    assert poolcli("max", "a.png", "--html", "page.html").code == 130
    page = ParsedPage(Path("page.html"))
    assert page.texts["p"][1] == "The run was interrupted before all files were done."
    assert poolcli("max", "a.png", "--html", "/dev/full").code == 130


def test_page_of_a_run_stopped_at_a_failure_says_so(write_page: WritePage) -> None:
    sentence = "The run stopped at the first failure."
    assert write_page(failed_record("a.png"), fail_fast=True).texts["p"][1] == sentence
    assert write_page(ok_record("a.png"), fail_fast=True, overwrite=True).texts["p"][1] == ""


PROBE = """
<pre id="probe"></pre>
<script>
addEventListener("load", () => {
  const images = Array.from(document.images);
  const seen = () => [
    Array.from(document.querySelectorAll("tbody tr"))
      .filter((row) => row.checkVisibility()).map((row) => row.querySelector("bdi").textContent),
    document.getElementById("shown").textContent,
  ];
  const filtered = (text, status) => {
    document.getElementById("query").value = text;
    document.getElementById("query").dispatchEvent(new Event("input"));
    document.getElementById("status").value = status;
    document.getElementById("status").dispatchEvent(new Event("change"));
    return seen();
  };
  document.getElementById("probe").textContent = JSON.stringify({
    sizes: images.map((image) => [image.naturalWidth, image.naturalHeight]),
    boxes: images.map((image) => [image.width, image.height]),
    filter: document.getElementById("filter").checkVisibility(),
    all: seen(),
    word: filtered("NOT AN", ""),
    status: filtered("", "ok"),
    both: filtered("b.png", "ok"),
    none: filtered("nothing", ""),
  });
});
</script>
"""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_browser_shows_and_filters_the_page(write_page: WritePage, tmp_path: Path) -> None:
    page = write_page(
        ok_record(HOSTILE_NAMES[0], random_pixels(72, 96), random_pixels(36, 48)),
        ok_record("b.png", grey_pixels(8, 8), grey_pixels(4, 4)),
        failed_record("c.png"),
    )
    (tmp_path / "probed.html").write_text(page.source + PROBE, "utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    browser = subprocess.run(
        [str(CHROMIUM), *options, profile, "--dump-dom", (tmp_path / "probed.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "CONSOLE" not in browser.stderr
    (probed,) = re.findall(r'<pre id="probe">(.*?)</pre>', browser.stdout, re.DOTALL)
    found = json.loads(probed.replace("&lt;", "<").replace("&gt;", ">"))
    assert found == {
        "sizes": [[96, 72], [48, 36], [8, 8], [4, 4]],
        "boxes": [[96, 72], [96, 72], [96, 96], [96, 96]],
        "filter": True,
        "all": [["c.png", HOSTILE_NAMES[0], "b.png"], "3 of 3 shown"],
        "word": [["c.png"], "1 of 3 shown"],
        "status": [[HOSTILE_NAMES[0], "b.png"], "2 of 3 shown"],
        "both": [["b.png"], "1 of 3 shown"],
        "none": [[], "0 of 3 shown"],
    }
