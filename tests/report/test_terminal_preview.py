"""Tests of the terminal preview: half blocks in colour, or characters from dark to light."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from poolcli.report.record import ThumbnailPair
from poolcli.report.terminal_preview import GREY_RAMP, UPPER_HALF_BLOCK, preview_lines
from tests.conftest import Poolcli, Shell
from tests.report.make_thumbnails import thumbnails

RED_OVER_BLUE = np.array([[[255, 0, 0]], [[0, 0, 255]]], np.uint8)

ColorSystem = Literal["truecolor", "256"] | None


def draw(
    pair: ThumbnailPair,
    width: int,
    color_system: ColorSystem,
    encoding: str = "utf-8",
    **options: Any,
) -> str:
    """Return what a terminal with these properties is sent."""
    console = Console(
        file=io.TextIOWrapper(io.BytesIO(), encoding),
        width=width,
        color_system=color_system,
        force_terminal=color_system is not None,
        **options,
    )
    with console.capture() as captured:
        for line in preview_lines(pair, console, width):
            console.print(line)
    return captured.get()


def test_each_character_shows_two_pixels() -> None:
    text = draw(thumbnails(RED_OVER_BLUE, RED_OVER_BLUE), 5, "truecolor")
    assert text.count(f"\x1b[38;2;255;0;0;48;2;0;0;255m{UPPER_HALF_BLOCK}") == 2
    assert " → " in text


def test_terminals_with_256_colours_get_the_nearest() -> None:
    green_over_red = np.roll(RED_OVER_BLUE, 1, axis=2)
    text = draw(thumbnails(green_over_red, green_over_red), 5, "256")
    assert "\x1b[38;5;46;48;5;196m" in text
    assert "38;2;" not in text


@pytest.mark.parametrize(
    "options", [{"color_system": None}, {"color_system": "truecolor", "no_color": True}]
)
def test_without_colours_characters_show_the_brightness(options: dict[str, Any]) -> None:
    gradient = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], 3, axis=2)
    pair = thumbnails(gradient.repeat(2, axis=0), gradient.repeat(2, axis=0))
    text = draw(pair, 67, **options)
    assert UPPER_HALF_BLOCK not in text
    before, after = text.rstrip("\n").split(" → ")
    assert before.strip() == after.strip()
    steps = [GREY_RAMP.index(letter) for letter in before]
    assert steps == sorted(steps)
    assert {steps[0], steps[-1]} == {0, len(GREY_RAMP) - 1}


@pytest.mark.parametrize("width", [3, 20, 40, 80, 300])
@pytest.mark.parametrize("shape", [(96, 96), (10, 96), (96, 10), (1, 1), (1, 96)])
def test_preview_fits_any_width(width: int, shape: tuple[int, int]) -> None:
    before = np.zeros((*shape, 3), np.uint8)
    lines = draw(thumbnails(before, before[:1, :1]), width, None).splitlines()
    assert 1 <= len(lines) <= 24
    assert max(map(len, lines)) <= max(width, 5)


def test_each_line_shows_its_own_rows() -> None:
    gradient = np.repeat(np.arange(0, 96, dtype=np.uint8)[:, None] * 2, 96, axis=1)
    pixels = np.repeat(gradient[..., None], 3, axis=2)
    lines = draw(thumbnails(pixels, pixels), 80, None).splitlines()
    steps = [GREY_RAMP.index(line[0]) for line in lines]
    assert steps == sorted(steps)
    assert steps[-1] >= len(GREY_RAMP) - 4


def test_encoding_without_blocks_gets_characters() -> None:
    text = draw(thumbnails(RED_OVER_BLUE, RED_OVER_BLUE), 5, "truecolor", "ascii")
    assert text.isascii()


@pytest.mark.parametrize(
    "options", [[], ["--dtype", "float32", "-o", "out.npy"], ["--levels", "2"]]
)
def test_report_contains_the_preview(poolcli: Poolcli, options: list[str]) -> None:
    half_light = np.zeros((32, 32, 3), np.uint8)
    half_light[:, 16:] = 255
    Image.fromarray(half_light).save("half.png")
    result = poolcli("max", "half.png", "--k", "4", "--preview", *options)
    assert result.code == 0, result.err
    lines = [line for line in result.out.splitlines() if "@@@" in line]
    assert len(lines) >= 16
    assert all(line.index("@") >= 15 for line in lines)


def test_preview_applies_orientation_and_palette(poolcli: Poolcli) -> None:
    dark = Image.new("P", (16, 64), 1)
    dark.putpalette([255, 255, 255, 0, 0, 0])
    exif = Image.Exif()
    exif[274] = 6  # orientation: rotated by 90 degrees
    dark.save("rotated.png", exif=exif)
    lines = poolcli("mode", "rotated.png", "--k", "2", "--preview").out.splitlines()
    start = lines.index("rotated.png") + 1
    preview = [line for line in lines[start:] if not line.startswith("note")]
    assert "@" not in "".join(preview)
    assert len(preview) < 8  # wide, not high


def test_preview_needs_the_table_report(poolcli: Poolcli) -> None:
    Image.new("L", (4, 4)).save("a.png")
    for options in (["--json"], ["--quiet"], ["--report", "none"]):
        assert poolcli("max", "a.png", "--preview", *options).code == 2
    assert list(Path().glob("*.max*")) == []


def test_workers_make_thumbnails(shell: Shell) -> None:
    make_images = (
        'from PIL import Image\nfor n in range(3): Image.new("L", (40, 40), 255).save(f"{n}.png")'
    )
    done = shell(f"{sys.executable} -c '{make_images}' && poolcli max ?.png -o out/ --preview")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"@@@ ") + done.stdout.count("@ →".encode()) >= 3


def test_float_means_of_bytes_are_drawn_on_the_range_of_bytes(poolcli: Poolcli) -> None:
    np.save("x.npy", np.full((32, 32), 200, np.uint8))
    *lines, _ = poolcli("avg", "x.npy", "--preview", "--no-values").out.splitlines()
    start = lines.index("x.npy") + 1
    assert set("".join(lines[start:])) == {lines[start][0], " ", "→"}
    assert lines[start][0] not in " @"
