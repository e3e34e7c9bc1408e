"""Tests of the files of figures: SVG and PNG, and the options of `explain` for files."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageColor

from poolcli.explain.figure.choose_arrangement import make_figure
from poolcli.explain.figure.draw_image import draw_image
from poolcli.explain.figure.shapes import Figure, Label, Rectangle
from poolcli.explain.figure.style import FigureStyle
from poolcli.explain.figure.svg import svg_text
from poolcli.explain.palettes import PALETTES
from tests.conftest import Poolcli
from tests.explain.figure.test_layout import FEATURE_MAP, LIGHT, WIDE, explain, texts


@pytest.fixture(scope="module")
def npy_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("figures") / "x.npy"


def test_svg_is_valid_small_and_always_the_same(npy_path: Path) -> None:
    figure = make_figure(explain(npy_path, FEATURE_MAP, "max"), WIDE)
    text = svg_text(figure)
    assert text == svg_text(make_figure(explain(npy_path, FEATURE_MAP, "max"), WIDE))
    assert len(text) < 10_000
    root = ElementTree.fromstring(text)
    names = {each.tag.partition("}")[2] for each in root.iter()}
    assert names == {"svg", "title", "desc", "rect", "g", "text", "polygon"}
    shown = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert shown == texts(figure)
    description = root.findtext("{http://www.w3.org/2000/svg}desc")
    assert description is not None
    assert "[0, 1]: max(2, 4, 7, 8) = 8 at (1, 3)" in description
    assert "font-face" not in text
    assert text.count("http") == 1


def test_text_of_an_svg_is_escaped() -> None:
    shapes: list[Any] = [Label(4, 14, "a<b & c", 12, LIGHT.text)]
    root = ElementTree.fromstring(svg_text(Figure(40, 20, "#ffffff", shapes, "<", "&")))
    assert [each.text for each in root.iter() if each.text and each.text.strip()] == [
        "<", "&", "a<b & c",
    ]  # fmt: skip


@pytest.mark.parametrize("theme", PALETTES)
def test_image_has_the_colours_of_the_shapes(npy_path: Path, theme: Any) -> None:
    figure = make_figure(explain(npy_path, FEATURE_MAP, "max"), FigureStyle(theme, 640))
    image = draw_image(figure)
    assert (image.mode, image.size) == ("RGB", (figure.width, figure.height))
    colours = {f"#{red:02x}{green:02x}{blue:02x}" for _, (red, green, blue) in
               image.getcolors(1 << 16) or ()}  # fmt: skip
    palette = PALETTES[theme]
    assert colours >= {palette.background, palette.text, *palette.windows}
    first = next(each for each in figure.shapes if isinstance(each, Rectangle))
    inside = image.getpixel((first.x + 2, first.y + 3))
    assert inside == ImageColor.getrgb(str(first.fill))


def test_dashes_leave_gaps() -> None:
    dashed = Rectangle(0, 0, 24, 24, None, "#000000", is_dashed=True)
    image = draw_image(Figure(24, 24, "#ffffff", [dashed], "", ""))
    row = [image.getpixel((x, 0)) == (0, 0, 0) for x in range(24)]
    assert row[:9] == [True] * 3 + [False] * 3 + [True] * 3
    assert image.getpixel((12, 12)) == (255, 255, 255)


@pytest.fixture
def feature_map(poolcli: Poolcli) -> None:
    np.save("x.npy", FEATURE_MAP)


@pytest.mark.usefixtures("feature_map")
def test_all_files_are_written_after_the_text(poolcli: Poolcli, tmp_path: Path) -> None:
    names = {"svg": "e.svg", "png": "e.png", "gif": "e.gif", "html": "e.html"}
    options = [word for kind, name in names.items() for word in (f"--{kind}", name)]
    result = poolcli("explain", "max", "x.npy", *options, "--theme", "dark", "--width", 400)
    assert result.code == 0
    assert result.out.endswith("".join(f"Written: {name}\n" for name in names.values()))
    root = ElementTree.fromstring((tmp_path / "e.svg").read_text("utf-8"))
    assert root.get("width") == "400"
    with Image.open(tmp_path / "e.png") as image:
        assert (image.format, image.mode, image.size[0]) == ("PNG", "RGB", 400)
        assert str(image.size[1]) == root.get("height")
        assert image.getpixel((0, 0)) == ImageColor.getrgb(PALETTES["dark"].background)
    with Image.open(tmp_path / "e.gif") as image:
        assert (image.format, image.size[0]) == ("GIF", 400)


@pytest.mark.usefixtures("feature_map")
@pytest.mark.parametrize("kind", ["svg", "png", "gif", "html"])
def test_files_are_replaced_only_with_overwrite(
    poolcli: Poolcli, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"e.{kind}"
    path.write_text("mine")
    result = poolcli("explain", "max", "x.npy", f"--{kind}", path)
    assert (result.code, result.out) == (1, "")
    assert "--overwrite replaces it" in result.err
    assert path.read_text() == "mine"
    assert poolcli("explain", "max", "x.npy", f"--{kind}", path, "--overwrite").code == 0
    assert path.read_bytes() != b"mine"


def test_the_input_is_never_replaced(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "x.png")
    for kind in ("png", "gif", "svg", "html"):
        (tmp_path / f"link.{kind}").symlink_to("x.png")
        result = poolcli("explain", "max", "x.png", f"--{kind}", f"link.{kind}", "--overwrite")
        assert result.code == 1
        assert "is the input itself" in result.err


@pytest.mark.usefixtures("feature_map")
def test_a_folder_is_refused(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    result = poolcli("explain", "max", "x.npy", "--png", "figures")
    assert result.code == 1
    assert result.err == "poolcli: x.npy: figures is a folder; name a file in it\n"


def test_the_width_of_figures_leaves_the_page_whole(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.arange(32).reshape(2, 16) * 1001)
    files = "--png", "x.png", "--html", "x.html", "--width", 160
    assert poolcli("explain", "max", "x.npy", *files).code == 0
    assert "max(14014, 15015, 30030, 31031) = 31031" in (tmp_path / "x.html").read_text("utf-8")


@pytest.mark.usefixtures("feature_map")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--png -", "needs the name of a file"),
        ("--gif e/", "needs the name of a file"),
        ("--png e.png --gif ./e.png", "--png and --gif name the same file"),
        ("--svg a --png b --html ./a", "--svg and --html name the same file"),
        ("--gif e.jpg", "e.jpg does not end in .gif or .webp or .apng or .png"),
        ("--png e.svg", "e.svg does not end in .png"),
        ("--fps 2", "no file that it applies to is written; add --gif"),
        ("--fps 2 --svg e.svg", "no file that it applies to is written; add --gif"),
        ("--width 400 --html e.html", "add --svg, --png, --gif"),
        ("--theme dark", "add --svg, --png, --gif, --html"),
        ("--fps 0 --gif e.gif", "0 is not a number of frames per second from 0.1 to 50"),
        ("--fps nan --gif e.gif", "nan is not a number of frames per second"),
        ("--width 100 --svg e.svg", "greater than or equal to 160"),
        ("--theme blue --svg e.svg", "'light', 'dark'"),
    ],
)
def test_usage_errors(poolcli: Poolcli, tmp_path: Path, options: str, message: str) -> None:
    result = poolcli("explain", "max", "x.npy", *options.split())
    assert result.code == 2
    assert message in " ".join(result.err.replace("│", " ").split())
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]
