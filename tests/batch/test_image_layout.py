"""`--layout` of an image must be the layout that the image has."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli


@pytest.fixture(autouse=True)
def _pictures(poolcli: Poolcli) -> None:
    Image.new("RGB", (8, 6), "red").save("rgb.png")
    Image.new("L", (8, 6), 9).save("grey.png")
    Image.new("RGBA", (8, 6)).save("alpha.png")
    Image.new("1", (8, 6)).save("bits.png")
    labels = Image.new("P", (8, 6), 3)
    labels.putpalette(bytes(range(48)))
    labels.save("labels.png")
    pages = [Image.new("L", (8, 6), value) for value in (1, 2)]
    pages[0].save("pages.tif", save_all=True, append_images=pages[1:])
    np.save("x.npy", np.zeros((2, 8, 8)))


COMMANDS = ("max {} --layout {} --overwrite", "info {} --layout {}", "explain max {} --layout {}",
            "compare {} --layout {} --modes max,avg -o sheet.png --overwrite")  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("name", "layout"),
    [("rgb.png", "HWC"), ("rgb.png", "hwc"), ("grey.png", "HW"), ("alpha.png", "HWC"),
     ("bits.png", "HW"), ("labels.png", "HWC"), ("pages.tif", "HW"), ("pages.tif", "NHW"),
     ("x.npy", "CHW")],
)  # fmt: skip
def test_own_layout_is_accepted(poolcli: Poolcli, command: str, name: str, layout: str) -> None:
    ran = poolcli(*command.format(name, layout).split())
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("name", "layout", "own"),
    [("rgb.png", "CHW", "HWC (6x8x3)"), ("rgb.png", "NHWC", "HWC (6x8x3)"),
     ("rgb.png", "HW", "HWC (6x8x3)"), ("rgb.png", "WHC", "HWC (6x8x3)"),
     ("grey.png", "HWC", "HW (6x8)"), ("grey.png", "WH", "HW (6x8)"),
     ("alpha.png", "CHW", "HWC (6x8x4)")],
)  # fmt: skip
def test_another_layout_fails(
    poolcli: Poolcli, command: str, name: str, layout: str, own: str
) -> None:
    ran = poolcli(*command.format(name, layout).split())
    assert ran.code == 1
    words = f"the layout {layout} is not that of the image, which is {own}"
    assert ran.err == f"poolcli: {name}: {words}; leave --layout out, it is for arrays\n"


def test_a_palette_image_is_indices_or_colours(poolcli: Poolcli) -> None:
    assert poolcli("mode", "labels.png", "--layout", "HW").code == 0
    assert poolcli("compare", "labels.png", "--layout", "HWC", "-o", "sheet.png").code == 0
    assert poolcli("max", "labels.png", "--layout", "HW").code == 1


def test_wrong_layout_fails_one_input_only(poolcli: Poolcli) -> None:
    ran = poolcli("max", "rgb.png", "x.npy", "--layout", "CHW", "--json")
    assert ran.code == 1
    found = {record["input"]: record["status"] for record in ran.records}
    assert found == {"rgb.png": "failed", "x.npy": "ok"}


EXPONENT = "--p 3 is padding; the exponent is --norm, here "


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("gem x.npy --k 4 --p 3", EXPONENT + "3"),
        ("lp x.npy --k 4 --p 3", EXPONENT + "2"),
        ("pool --mode lp x.npy --k 4 -p 3", EXPONENT + "2"),
    ],
)
def test_note_if_padding_may_mean_the_exponent(poolcli: Poolcli, line: str, note: str) -> None:
    assert poolcli(*line.split(), "--json").record["notes"] == [note]
    assert f"note: x.npy: {note}" in poolcli(*line.split(), "--overwrite").out


@pytest.mark.parametrize(
    "line",
    ["gem x.npy --k 4 --p 3 --norm 3", "gem x.npy --k 4 --p same", "lp x.npy --k 4 --p 0",
     "lp x.npy --k 4 --p 1x2", "avg x.npy --k 4 --p 3", "lp x.npy --global"],
)  # fmt: skip
def test_no_note_if_padding_is_meant(poolcli: Poolcli, line: str) -> None:
    assert poolcli(*line.split(), "--json").record["notes"] == []


def test_compare_and_explain_warn_too(poolcli: Poolcli) -> None:
    line = "compare x.npy --k 4 --p 3 -o sheet.png --overwrite"
    assert EXPONENT in poolcli(*line.split(), "--modes", "gem").out
    assert EXPONENT not in poolcli(*line.split(), "--modes", "gem,max").out
    assert EXPONENT in poolcli("explain", "gem", "x.npy", "--k", 4, "--p", 3).out
