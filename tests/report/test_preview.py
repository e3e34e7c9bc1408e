"""Before and after, drawn with half blocks, or with letters where there are no colours."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from poolcli.report.record import ThumbnailPair
from poolcli.report.terminal_preview import GREY_RAMP, UPPER_HALF_BLOCK, preview_lines
from tests.conftest import Poolcli, Shell
from tests.report.record_thumbnails import thumbnails

RED_OVER_BLUE = np.array([[[255, 0, 0]], [[0, 0, 255]]], np.uint8)

Depth = Literal["truecolor", "256"] | None


def shown(
    pair: ThumbnailPair, width: int, depth: Depth, encoding: str = "utf-8", **more: Any
) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding)
    console = Console(
        file=file, width=width, color_system=depth, force_terminal=depth is not None, **more
    )
    with console.capture() as captured:
        for line in preview_lines(pair, console, width):
            console.print(line)
    return captured.get()


def test_a_character_is_two_pixels_one_over_the_other() -> None:
    text = shown(thumbnails(RED_OVER_BLUE, RED_OVER_BLUE), 5, "truecolor")
    assert text.count(f"\x1b[38;2;255;0;0;48;2;0;0;255m{UPPER_HALF_BLOCK}") == 2
    assert " → " in text


def test_256_colours_where_the_terminal_has_no_more() -> None:
    green_over_red = np.roll(RED_OVER_BLUE, 1, axis=2)
    text = shown(thumbnails(green_over_red, green_over_red), 5, "256")
    assert "\x1b[38;5;46;48;5;196m" in text
    assert "38;2;" not in text


@pytest.mark.parametrize("more", [{"depth": None}, {"depth": "truecolor", "no_color": True}])
def test_without_colours_it_is_drawn_with_letters(more: dict[str, Any]) -> None:
    ramp = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], 3, axis=2)
    text = shown(thumbnails(ramp.repeat(2, axis=0), ramp.repeat(2, axis=0)), 67, **more)
    assert UPPER_HALF_BLOCK not in text
    before, after = text.rstrip("\n").split(" → ")
    assert before.strip() == after.strip()
    order = [GREY_RAMP.index(letter) for letter in before]
    assert order == sorted(order)
    assert {order[0], order[-1]} == {0, len(GREY_RAMP) - 1}


@pytest.mark.parametrize("width", [3, 20, 40, 80, 300])
@pytest.mark.parametrize("shape", [(96, 96), (10, 96), (96, 10), (1, 1), (1, 96)])
def test_it_fits_any_terminal(width: int, shape: tuple[int, int]) -> None:
    before = np.zeros((*shape, 3), np.uint8)
    lines = shown(thumbnails(before, before[:1, :1]), width, None).splitlines()
    assert 1 <= len(lines) <= 24
    assert max(map(len, lines)) <= max(width, 5)


def test_every_line_is_drawn_from_its_own_place() -> None:
    ramp = np.repeat(np.arange(0, 96, dtype=np.uint8)[:, None] * 2, 96, axis=1)
    tall = np.repeat(ramp[..., None], 3, axis=2)
    lines = shown(thumbnails(tall, tall), 80, None).splitlines()
    order = [GREY_RAMP.index(line[0]) for line in lines]
    assert order == sorted(order)
    assert order[-1] >= len(GREY_RAMP) - 4


def test_an_encoding_without_blocks_gets_letters() -> None:
    text = shown(thumbnails(RED_OVER_BLUE, RED_OVER_BLUE), 5, "truecolor", "ascii")
    assert text.isascii()


@pytest.mark.parametrize("extra", [[], ["--dtype", "float32", "-o", "out.npy"], ["--levels", "2"]])
def test_the_report_draws_what_was_pooled(poolcli: Poolcli, extra: list[str]) -> None:
    light = np.zeros((32, 32, 3), np.uint8)
    light[:, 16:] = 255
    Image.fromarray(light).save("half.png")
    ran = poolcli("max", "half.png", "--k", "4", "--preview", *extra)
    assert ran.code == 0, ran.err
    drawn_lines = [line for line in ran.out.splitlines() if "@@@" in line]
    assert len(drawn_lines) >= 16
    assert all(line.index("@") >= 15 for line in drawn_lines)


def test_a_picture_is_drawn_upright_and_a_palette_in_its_colours(poolcli: Poolcli) -> None:
    dark = Image.new("P", (16, 64), 1)
    dark.putpalette([255, 255, 255, 0, 0, 0])
    exif = Image.Exif()
    exif[274] = 6  # to be turned by a quarter
    dark.save("turned.png", exif=exif)
    ran = poolcli("mode", "turned.png", "--k", "2", "--preview")
    lines = ran.out.splitlines()
    start = lines.index("turned.png") + 1
    drawn_lines = [line for line in lines[start:] if not line.startswith("note")]
    assert "@" not in "".join(drawn_lines)
    assert len(drawn_lines) < 8  # wide, not high


def test_it_draws_below_a_table_only(poolcli: Poolcli) -> None:
    Image.new("L", (4, 4)).save("a.png")
    for words in (["--json"], ["--quiet"], ["--report", "none"]):
        assert poolcli("max", "a.png", "--preview", *words).code == 2
    assert list(Path().glob("*.max*")) == []


def test_many_files_are_drawn_by_workers(shell: Shell) -> None:
    done = shell(
        "python3 -c 'from PIL import Image\nfor n in range(3): Image.new(\"L\", (40, 40), 255)"
        '.save(f"{n}.png")\' && poolcli max ?.png -o out/ --preview'
        .replace("python3", __import__("sys").executable)
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"@@@ ") + done.stdout.count("@ →".encode()) >= 3


def test_means_of_bytes_are_drawn_as_the_bytes_are(poolcli: Poolcli) -> None:
    np.save("x.npy", np.full((32, 32), 200, np.uint8))
    *lines, _ = poolcli("avg", "x.npy", "--preview", "--no-values").out.splitlines()
    start = lines.index("x.npy") + 1
    assert set("".join(lines[start:])) == {lines[start][0], " ", "→"}
    assert lines[start][0] not in " @"
