"""Hints of usage errors: what the user most likely meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli


@pytest.fixture(autouse=True)
def _files(poolcli: Poolcli) -> None:
    Image.new("RGB", (8, 8)).save("photo.png")
    np.save("map.npy", np.zeros((8, 8)))
    Path("photos").mkdir()


def message(poolcli: Poolcli, line: str) -> str:
    """Return the message in Typer's box for a wrong command line, on one line."""
    ran = poolcli(*line.split())
    assert (ran.code, ran.out) == (2, "")
    lines = [part for part in ran.err.splitlines() if part.startswith("│")]
    return " ".join(" ".join(lines).replace("│", " ").split())


@pytest.mark.parametrize(
    ("line", "example"),
    [
        ("photo.png", "poolcli max photo.png"),
        ("photo.png --k 2", "poolcli max photo.png --k 2"),
        ("photo.png min --k 2", "poolcli min photo.png --k 2"),
        ("gone.jpg", "poolcli max gone.jpg"),
        ("photos", "poolcli max photos"),
        ("./gone/", "poolcli max ./gone/"),
        ("- --k 3", "poolcli max - --k 3"),
    ],
)
def test_an_input_without_a_mode(poolcli: Poolcli, line: str, example: str) -> None:
    text = message(poolcli, line)
    assert text == f"{line.split()[0]!r} is an input; the mode comes before it: {example}"


def test_long_command_lines_are_not_repeated(poolcli: Poolcli) -> None:
    text = message(poolcli, " ".join(f"{number}.png" for number in range(20)))
    assert text == "'0.png' is an input; the mode comes before it"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("mean", "avg"),
        ("average", "avg"),
        ("maximum", "max"),
        ("minimum", "min"),
        ("Max", "max"),
        ("MEAN", "avg"),
        ("mod", "mode"),
        ("percentile", "quantile"),
        ("stddev", "std"),
        ("l2", "lp"),
        ("maxpool", "max"),
        ("AvgPool2d", "avg"),
        ("max_pool2d", "max"),
        ("expalin", "explain"),
        ("help", "--help"),
    ],
)
def test_other_names_of_commands(poolcli: Poolcli, word: str, meant: str) -> None:
    text = message(poolcli, f"{word} photo.png")
    assert text == f"No such command {word!r}. Did you mean {meant!r}?"


def test_a_command_without_similar_names(poolcli: Poolcli) -> None:
    assert message(poolcli, "zoom") == "No such command 'zoom'; poolcli --help lists all"


@pytest.mark.parametrize(
    "line",
    ["pool --mode mean photo.png", "explain mean map.npy", "compare map.npy --modes max,mean"],
)
def test_other_names_of_modes(poolcli: Poolcli, line: str) -> None:
    assert message(poolcli, line).endswith("Did you mean 'avg'?")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--k 2 max photo.png", "--k comes after the mode: poolcli max --k 2 photo.png"),
        ("-k2 photo.png", "-k comes after the mode: poolcli max -k2 photo.png"),
        ("--kernel-size=3 max", "--kernel-size comes after the mode: poolcli max --kernel-size=3"),
        (
            "--overwrite max a.png",
            "--overwrite comes after the mode: poolcli max --overwrite a.png",
        ),
    ],
)
def test_an_option_before_the_mode(poolcli: Poolcli, line: str, words: str) -> None:
    assert message(poolcli, line) == words


def test_explain_says_which_argument_is_missing(poolcli: Poolcli) -> None:
    text = message(poolcli, "explain map.npy")
    words = "Missing argument 'MODE'; the mode comes before the input: poolcli explain max map.npy"
    assert text == words
    text = message(poolcli, "explain map.npy min")
    assert text.endswith("the mode comes before the input: poolcli explain min map.npy")
    assert message(poolcli, "explain") == "Missing argument 'MODE'."
    assert message(poolcli, "explain max") == "Missing argument 'INPUT'."


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("max map.npy --k 2 --k 3", "--kernel-size (--k, -k)"),
        ("max map.npy --kernel-size 2 -k 2", "--kernel-size (--k, -k)"),
        ("max map.npy -o a.npy --output b.npy", "--output (-o)"),
        ("max map.npy --adaptive 2 --output-size 3", "--adaptive (--output-size)"),
        ("quantile map.npy --q 0.1 -q 0.2", "--q (-q)"),
        ("lp map.npy --norm 2 --norm 3", "--norm"),
        ("max map.npy --jobs 1 -j 2", "--jobs (-j)"),
        ("max map.npy --report json --report none", "--report"),
        ("pool map.npy --mode max --mode min", "--mode"),
        ("info map.npy --layout HW --layout HW", "--layout"),
        ("compare map.npy --noise 1 --noise 2", "--noise"),
        ("explain max map.npy --at 1,1 --at 2,2", "--at"),
    ],
)
def test_an_option_with_one_value_cannot_be_repeated(
    poolcli: Poolcli, line: str, option: str
) -> None:
    assert message(poolcli, line) == f"{option} takes one value, but is given 2 times"


def test_filters_and_switches_can_be_repeated(poolcli: Poolcli) -> None:
    line = "max map.npy --include *.npy --include *.png --exclude a --exclude b --quiet --quiet"
    assert poolcli(*line.split()).code == 0


@pytest.mark.parametrize("line", ["lp map.npy --k 2 --p 3", "gem map.npy --p inf",
                                  "lp map.npy --p 2.5"])  # fmt: skip
def test_a_wrong_padding_may_be_meant_as_exponent(poolcli: Poolcli, line: str) -> None:
    hint = "--p is the padding, the exponent is --norm"
    assert message(poolcli, line).endswith(hint)
    assert hint not in message(poolcli, f"{line} --norm 2")
    assert hint not in message(poolcli, line.replace("lp", "max").replace("gem", "max"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("max map.npy --divisor 3", "No such option: --divisor; it belongs to avg"),
        ("avg map.npy --norm=3", "No such option: --norm; it belongs to lp and gem"),
    ],
)
def test_an_option_of_other_modes(poolcli: Poolcli, line: str, words: str) -> None:
    assert message(poolcli, line) == words


def test_a_misspelt_option(poolcli: Poolcli) -> None:
    found = message(poolcli, "max map.npy --kernel 3")  # brackets differ between versions of Typer
    assert found.startswith("No such option: --kernel (")
    assert "Possible options: --kernel-size, --levels" in found
