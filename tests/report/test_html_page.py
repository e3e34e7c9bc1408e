"""The page: complete in itself, safe whatever files are called, small in memory for many."""

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
from tests.conftest import Poolcli, Shell, unprivileged
from tests.report.make_thumbnails import thumbnails

Pixels = npt.NDArray[np.uint8]

VOID = {"meta", "link", "img", "br", "wbr", "input"}

NASTY = ("<img src=x onerror=alert(1)>.png", "\"'&.png", "a\n\x1b[31m\u202eb.png", "bad\udcff.png")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)


class Parsed(HTMLParser):
    """A page taken apart: its texts by tag, its rows, its pictures."""

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
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data
        if {"th", "td"} & set(self.open):
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def files(self) -> list[list[str]]:
        """The cells of the rows that are files'."""
        return [row for row in self.rows if row[0] != "file"]

    @property
    def pictures(self) -> list[Image.Image]:
        """The pictures."""
        coded = [str(attributes["src"]).partition(";base64,")[2] for attributes in self.all("img")]
        return [Image.open(io.BytesIO(base64.b64decode(each))) for each in coded]


Write = Callable[..., Parsed]


def begin(path: Path, **given: object) -> HtmlReporter:
    """A page as a command line begins it."""
    return HtmlReporter(str(path), build_request("max", {"inputs": [], **given}))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a page of some records."""

    def written(*records: Record, **given: object) -> Parsed:
        page = begin(tmp_path / "page.html", **given)
        for record in records:
            page.add(record)
        page.finish()
        return Parsed(tmp_path / "page.html")

    return written


def test_a_page_that_has_appeared_stays(tmp_path: Path) -> None:
    page = begin(tmp_path / "page.html")
    (tmp_path / "page.html").write_text("mine")
    with pytest.raises(OutputExistsError, match="appeared while its new content"):
        page.finish()
    assert (tmp_path / "page.html").read_text() == "mine"


def grey(height: int, width: int) -> Pixels:
    return np.full((height, width, 3), 128, np.uint8)


def noise(height: int, width: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def done(name: str, before: Pixels | None = None, after: Pixels | None = None) -> Record:
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


def failed(name: str, words: str = "is no picture") -> Record:
    return Record(name, "failed", mode="max", error=ErrorInfo("ReadError", words), seconds=0.25)


def save(path: str, height: int = 8, width: int = 6) -> None:
    Image.fromarray(noise(height, width)).save(path)


def there() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_a_row_says_what_went_in_and_what_came_out(write: Write) -> None:
    page = write(done("a.png"))
    assert page.files == [
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


def test_failures_come_first_and_each_table_is_in_the_order_of_names(write: Write) -> None:
    skipped = Record("c.png", "skipped", mode="max", output="out/c.png")
    page = write(done("b.png"), failed("z.png"), failed("y.png", "a <b>"), skipped, done("a.png"))
    names = [row[0].partition("→")[0] for row in page.files]
    assert names == ["y.png", "z.png", "a.png", "b.png", "c.png"]
    assert page.files[0][1] == "a <b>"
    assert page.files[4][1] == "skipped: the output exists already"
    statuses = [row["data-status"] for row in page.all("tr") if "data-status" in row]
    assert statuses == ["failed", "failed", "ok", "ok", "skipped"]
    assert page.texts["caption"] == ["Failures", "Results"]


def test_long_paths_may_be_broken_at_slashes(write: Write) -> None:
    page = write(done("a/b.png"), failed("c/d.png", "x/y exists"))
    for words in ("c/<wbr>d.png", "x/<wbr>y exists", "a/<wbr>b.png", "out/<wbr>a/<wbr>b.png"):
        assert words in page.source
    assert page.files[1][0] == "a/b.png→ out/a/b.png"


def test_what_was_done_and_how_much_stands_on_top(write: Write) -> None:
    page = write(done("a.png"), failed("b.png"), done("c.png"), kernel_size="3x2", ceil=True)
    elapsed = page.texts["li"].pop()
    assert page.texts["title"] == [
        "poolcli max, kernel size 3x2, stride 3x2, output size rounded up"
    ]
    assert page.texts["code"] == ["max-k3x2-s3x2-ceil"]
    assert page.texts["li"] == ["2 ok", "1 failed", "0 skipped"]
    assert 0 <= float(elapsed.removesuffix(" s")) < 0.75  # not the sum of the files' own times


def test_members_levels_frames_and_notes_are_told(write: Write) -> None:
    record = done("x.npz")
    record.member, record.level, record.frames, record.notes = "weights", 2, 3, ["a <note>"]
    assert write(record).files[0][0] == "x.npz member weights, level 2, 3 frames→ out/x.npza <note>"


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_nothing_but_text(write: Write, name: str) -> None:
    page = write(done(name, grey(2, 2), grey(1, 1)), failed(name, name))
    shown = page.texts["bdi"][0]
    assert shown.isprintable()
    assert name in (shown, shown.encode().decode("unicode_escape").replace("\xff", "\udcff"))
    assert page.files[0] == [shown, shown]
    assert [image["alt"] for image in page.all("img")] == [f"{shown}, before", f"{shown}, after"]
    assert len(page.all("script")) == 1


def test_nothing_is_loaded_from_anywhere(write: Write) -> None:
    page = write(done("a.png", grey(2, 2), grey(1, 1)), failed("b.png"))
    assert not re.search(r"https?:|url\(|@import", page.source)
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    )
    sources = [element.get("src") or element.get("href") for _, element in page.tags]
    assert all(source.startswith("data:") for source in sources if source)


def test_it_can_be_read_aloud(write: Write) -> None:
    page = write(done("a.png", grey(2, 2), grey(1, 1)), failed("b.png"))
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("meta")[0] == {"charset": "utf-8"}
    assert {head["scope"] for head in page.all("th")} == {"row", "col"}
    assert len(page.texts["caption"]) == len(page.all("table"))
    assert [words.split()[0] for words in page.texts["label"]] == ["Filter", "Status"]


def test_both_pictures_stand_in_a_box_of_one_size(write: Write) -> None:
    page = write(
        done("a.png", noise(72, 96), noise(36, 48)),
        done("b.png", grey(4, 4), grey(2, 2)),
        done("c.npy", grey(1, 96), grey(1, 1)),
    )
    assert [each.size for each in page.pictures] == [
        (96, 72), (48, 36), (4, 4), (2, 2), (96, 1), (1, 1)
    ]  # fmt: skip
    boxes = [(image["width"], image["height"]) for image in page.all("img")]
    assert boxes == [("96", "72")] * 2 + [("96", "96")] * 2 + [("96", "4")] * 2


def test_pictures_of_few_colours_are_exact_and_photos_small(write: Write) -> None:
    page = write(done("a.png", grey(72, 96), noise(72, 96)))
    assert [each.format for each in page.pictures] == ["PNG", "JPEG"]
    assert np.array_equal(np.asarray(page.pictures[0]), grey(72, 96))


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    page = begin(tmp_path / "page.html")
    record, wrong = done("a.png", grey(96, 96), grey(48, 48)), failed("b.png", "long " * 100)
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


def test_the_page_stands_beside_any_report(poolcli: Poolcli) -> None:
    save("a.png")
    Path("b.png").write_bytes(b"")
    for kind in ("table", "json", "none"):
        args = ("max", "a.png", "b.png", "-o", "out/", "--overwrite", "--report", kind)
        plain = poolcli(*args)
        ran = poolcli(*args, "--html", "page.html")
        assert ran.code == 1
        assert len(ran.out.splitlines()) == len(plain.out.splitlines())
        assert ran.err == plain.err
        page = Parsed(Path("page.html"))
        assert [row[0] for row in page.files] == ["b.png", "a.png→ out/a.png"]
        assert [each.size for each in page.pictures] == [(6, 8), (3, 4)]


def test_a_page_of_all_that_can_be_pooled(poolcli: Poolcli) -> None:
    save("a.png", 16, 16)
    np.savez("x.npz", one=np.zeros((16, 16)), two=np.ones((3, 16, 16)))
    frames = [Image.fromarray(noise(16, 16 + number)).resize((16, 16)) for number in range(3)]
    frames[0].save("anim.gif", save_all=True, append_images=frames[1:])
    line = ("max", "a.png", "x.npz", "anim.gif", "--levels", 2, "-o", "out/", "-j", 2)
    assert poolcli(*line, "--html", "out/page.html").code == 0
    page = Parsed(Path("out/page.html"))
    assert sorted(row[0].partition("→")[0] for row in page.files) == [
        "a.png level 1", "a.png level 2", "anim.gif level 1, 3 frames",
        "anim.gif level 2, 3 frames", "x.npz member one, level 1", "x.npz member one, level 2",
        "x.npz member two, level 1", "x.npz member two, level 2",
    ]  # fmt: skip
    assert len(page.pictures) == 16


def test_a_page_that_is_there_stays(poolcli: Poolcli) -> None:
    save("a.png")
    Path("page.html").write_text("mine")
    ran = poolcli("max", "a.png", "--html", "page.html")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "poolcli: page.html exists; --overwrite replaces it\n"
    ran = poolcli("max", "a.png", "--html", "page.html", "--skip-existing")
    assert ran.err == "poolcli: page.html exists; name another page\n"
    assert Path("page.html").read_text() == "mine"
    assert there() == ["a.png", "page.html"]
    assert poolcli("max", "a.png", "--html", "page.html", "--overwrite").code == 0
    assert Path("page.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--html", "-"], "the page goes into a file, not '-'"),
        (["--html", "reports/"], "the page goes into a file, not 'reports/'"),
        (["-o", "p.png", "--html", "./p.png"], "a.png is written to ./p.png too"),
        (["--indices", "i.npy", "--html", "i.npy"], "--indices is written to i.npy too"),
        (["--html", "/dev/stdout"], "not to standard output"),
        (["--html", "a.png", "--overwrite"], "an input too; name another page"),
        (["--html", "link.html", "--overwrite"], "--html would be written to a.png"),
    ],
)
def test_the_page_is_nobody_elses_file(poolcli: Poolcli, args: list[str], words: str) -> None:
    save("a.png")
    Path("link.html").symlink_to("a.png")
    ran = poolcli("max", "a.png", *args)
    assert ran.code == 2
    assert words in re.sub(r"[\s│]+", " ", ran.err)
    assert there() == ["a.png", "link.html"]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("folder", "folder is a folder; name a file for the page"),
        ("a.png/page.html", "cannot write a.png/page.html: "),
    ],
)
def test_where_no_page_can_be_is_told_before_any_work(
    poolcli: Poolcli, page: str, words: str
) -> None:
    save("a.png")
    Path("folder").mkdir()
    ran = poolcli("max", "a.png", "--html", page)
    assert ran.code == 1
    assert ran.err.startswith(f"poolcli: {words}")
    assert ran.err.count("\n") == 1
    assert there() == ["a.png", "folder"]


def test_the_page_is_not_the_list_of_inputs(poolcli: Poolcli) -> None:
    save("a.png")
    Path("list.txt").write_text("a.png\n")
    ran = poolcli("max", "--files-from", "list.txt", "--html", "./list.txt", "--overwrite")
    assert ran.code == 2
    assert "is the list of inputs" in re.sub(r"[\s│]+", " ", ran.err)
    assert Path("list.txt").read_text() == "a.png\n"


def test_the_page_is_no_folder_of_results(poolcli: Poolcli) -> None:
    save("a.png")
    ran = poolcli("max", "a.png", "-o", "new/", "--html", "new")
    assert (ran.code, ran.err) == (1, "poolcli: new is a folder; name a file for the page\n")
    assert there() == ["a.png"]


def test_folders_of_the_page_are_made_as_those_of_results(poolcli: Poolcli) -> None:
    save("a.png")
    assert poolcli("max", "a.png", "--html", "new/deep/page.html").code == 0
    assert Path("new/deep/page.html").is_file()


def test_a_dry_run_needs_no_page(poolcli: Poolcli) -> None:
    save("a.png")
    Path("page.html").write_text("mine")
    assert poolcli("max", "a.png", "--dry-run", "--html", "page.html").code == 0
    assert Path("page.html").read_text() == "mine"


@unprivileged
def test_a_folder_that_may_not_be_written_is_told_before_any_work(
    shell: Shell, tmp_path: Path
) -> None:
    save(str(tmp_path / "a.png"))
    (tmp_path / "shut").mkdir(mode=0o555)
    ran = shell("poolcli max a.png --html shut/page.html", privileged=False)
    assert ran.returncode == 1
    assert ran.stderr == b"poolcli: cannot write shut/page.html: Permission denied\n"
    assert not list(tmp_path.glob("a.max*"))


def test_a_page_that_cannot_be_written_costs_no_result(poolcli: Poolcli) -> None:
    save("a.png")
    ran = poolcli("max", "a.png", "--html", "/dev/full")
    assert ran.code == 1
    assert ran.err == "poolcli: cannot write /dev/full: No space left on device\n"
    assert "4x3x3" in ran.out
    assert Path("a.max-k2-s2.png").exists()


def test_a_dry_run_writes_no_page(poolcli: Poolcli) -> None:
    save("a.png")
    assert poolcli("max", "a.png", "--html", "page.html", "--dry-run").code == 0
    assert there() == ["a.png"]


def test_the_page_leaves_standard_output_to_data(shell: Shell, tmp_path: Path) -> None:
    save(str(tmp_path / "a.png"))
    ran = shell("poolcli max - -o - --html page.html < a.png")
    assert ran.returncode == 0
    assert Image.open(io.BytesIO(ran.stdout)).size == (3, 4)
    assert Parsed(tmp_path / "page.html").files[0][0] == "standard input→ standard output"


def test_an_interrupted_run_leaves_a_page_that_says_so(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    save("a.png")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Scheduler, "run_here", interrupted)
    assert poolcli("max", "a.png", "--html", "page.html").code == 130
    page = Parsed(Path("page.html"))
    assert page.texts["p"][1] == "The run was interrupted before all files were done."
    assert poolcli("max", "a.png", "--html", "/dev/full").code == 130


def test_a_run_that_stopped_at_a_failure_says_so(write: Write) -> None:
    words = "The run stopped at the first failure."
    assert write(failed("a.png"), fail_fast=True).texts["p"][1] == words
    assert write(done("a.png"), fail_fast=True, overwrite=True).texts["p"][1] == ""


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
  const sifted = (text, status) => {
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
    word: sifted("NO PIC", ""),
    status: sifted("", "ok"),
    both: sifted("b.png", "ok"),
    none: sifted("nothing", ""),
  });
});
</script>
"""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_shows_and_filters_it(write: Write, tmp_path: Path) -> None:
    page = write(
        done(NASTY[0], noise(72, 96), noise(36, 48)),
        done("b.png", grey(8, 8), grey(4, 4)),
        failed("c.png"),
    )
    (tmp_path / "probed.html").write_text(page.source + PROBE, "utf-8")
    words = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    browser = subprocess.run(
        [str(CHROMIUM), *words, profile, "--dump-dom", (tmp_path / "probed.html").as_uri()],
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
        "all": [["c.png", NASTY[0], "b.png"], "3 of 3 shown"],
        "word": [["c.png"], "1 of 3 shown"],
        "status": [[NASTY[0], "b.png"], "2 of 3 shown"],
        "both": [["b.png"], "1 of 3 shown"],
        "none": [[], "0 of 3 shown"],
    }
