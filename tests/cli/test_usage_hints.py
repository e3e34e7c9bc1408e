"""Hints of usage errors: what the user most likely meant."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.cli.commands import command_names, find_command
from poolcli.cli.names_in_other_tools import (
    MEANINGS,
    NAMES_BY_MEANING,
    NAMES_BY_OPTION,
    OPTION_MEANINGS,
    Meaning,
)
from poolcli.cli.usage_hints import COMMANDS
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
        ("avgpool2d", "avg"),
        ("max-pool", "max"),
        ("nn.MaxPool2d", "max"),
        ("np.max", "max"),
        ("L2pool", "lp"),
        ("majority", "mode"),
        ("gaussian", "blur"),
        ("avarage", "avg"),
        ("quantil", "quantile"),
        ("AdaptiveAvgPool2d", "avg --adaptive 7x7"),
        ("adaptive_max_pool2d", "max --adaptive 7x7"),
        ("GlobalAveragePooling2D", "avg --global"),
        ("L1Pool", "lp --norm 1"),
        ("nanmean", "avg --ignore nan"),
        ("argmax", "max --indices at.npy"),
    ],
)
def test_other_names_of_commands(poolcli: Poolcli, word: str, meant: str) -> None:
    text = message(poolcli, f"{word} photo.png -j1")
    name, *options = meant.split()
    line = " ".join(("poolcli", name, "photo.png", "-j1", *options))
    assert text == f"No such command {word!r}. Did you mean {meant!r}: {line}"
    assert message(poolcli, word) == f"No such command {word!r}. Did you mean {meant!r}?"


def test_a_name_that_means_almost_the_same(poolcli: Poolcli) -> None:
    text = message(poolcli, "variance photo.png")
    assert "'std' (the square root of the variance): poolcli std photo.png" in text


def test_given_sizes_replace_those_of_the_hint(poolcli: Poolcli) -> None:
    text = message(poolcli, "AdaptiveAvgPool2d photo.png --output-size 3")
    assert text.endswith(": poolcli avg photo.png --output-size 3")


@pytest.mark.parametrize(
    ("line", "example"),
    [
        ("help", "poolcli --help"),
        ("help max", "poolcli max --help"),
        ("help MaxPool2d", "poolcli max --help"),
        ("help compare", "poolcli compare --help"),
        ("help zoom", "poolcli --help"),
    ],
)
def test_help_is_an_option(poolcli: Poolcli, line: str, example: str) -> None:
    text = message(poolcli, line)
    assert text == f"No such command 'help'. Did you mean '--help': {example}"
    assert poolcli(*example.split()[1:]).code == 0


@pytest.mark.parametrize(
    ("line", "example"),
    [("-help", "--help"), ("-V", "--version"), ("max map.npy -help", "max --help")],
)
def test_help_and_version_with_one_hyphen(poolcli: Poolcli, line: str, example: str) -> None:
    given, meant = line.split()[-1], example.split()[-1]
    text = message(poolcli, line)
    assert text == f"No such option: {given}. Did you mean {meant}: poolcli {example}"


@pytest.mark.parametrize("meaning", NAMES_BY_MEANING, ids=str)
def test_the_commands_of_hints_work(poolcli: Poolcli, meaning: Meaning) -> None:
    if meaning.name in ("explain", "compare", "pool", "unpool") or meaning.name not in COMMANDS:
        return  # they need more arguments
    word = NAMES_BY_MEANING[meaning].split()[0]
    text = message(poolcli, f"{word} map.npy")
    assert poolcli(*shlex.split(text.partition(": poolcli ")[2])).code == 0


def test_other_names_are_not_names_here() -> None:
    assert not set(MEANINGS) & {*command_names(), "--help", "--version"}
    assert {each.name for each in NAMES_BY_MEANING} <= {*command_names(), "--help", "--version"}
    spellings = {
        spelling
        for name in command_names()
        for option in find_command(name).options
        for spelling in option.spellings
    }
    assert set(OPTION_MEANINGS.values()) <= spellings
    # `compare` has --modes, and `pool` has --mode.
    assert not {f"--{each}" for each in OPTION_MEANINGS} & (spellings - {"--mode"})
    for table in (NAMES_BY_OPTION, NAMES_BY_MEANING):
        words = " ".join(table.values()).split()
        assert len(words) == len(set(words))


def test_a_command_without_similar_names(poolcli: Poolcli) -> None:
    assert message(poolcli, "zoom") == "No such command 'zoom'; poolcli --help lists all"


@pytest.mark.parametrize(
    "line",
    ["pool --mode mean photo.png", "explain mean map.npy", "compare map.npy --modes max,mean"],
)
def test_other_names_of_modes(poolcli: Poolcli, line: str) -> None:
    text = message(poolcli, line)
    if "--modes" in line:
        assert text.endswith("Did you mean 'avg'?")
    else:
        assert text == f"No such mode 'mean'. Did you mean 'avg': poolcli {line}".replace(
            "mean photo", "avg photo"
        ).replace("mean map", "avg map")


def test_a_mode_without_similar_names(poolcli: Poolcli) -> None:
    assert "mode must be one of max, min" in message(poolcli, "pool --mode zoom photo.png")
    assert "mode must be one of max, min" in message(poolcli, "explain zoom photo.png")


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
        (
            "--pool_size 3 mean a.png",
            "--pool_size comes after the mode: poolcli avg --kernel-size 3 a.png",
        ),
        (
            "--mode mean a.png",
            "No such option: --mode; the mode needs no option: poolcli avg a.png",
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
    assert message(poolcli, "explain map.npy mean").endswith(": poolcli explain avg map.npy")
    text = message(poolcli, "explain --k 3")
    assert text.startswith("Missing argument 'MODE'; name a mode and an input: poolcli explain max")
    text = message(poolcli, "explain max --k 3")
    words = "Missing argument 'INPUT'; name an image or array: poolcli explain max FILE --k 3"
    assert text == words
    assert message(poolcli, "explain mean").endswith("'avg': poolcli explain avg FILE")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("max", "for standard input: poolcli max FILE"),
        ("max --k 3", "for standard input: poolcli max FILE --k 3"),
        ("info", "for standard input: poolcli info FILE"),
        ("compare --k 4", "name an image or array: poolcli compare FILE --k 4"),
        ("compare max map.npy", "modes to compare: poolcli compare map.npy --modes max"),
        ("compare mean map.npy", "modes to compare: poolcli compare map.npy --modes avg"),
        (
            "compare map.npy max mean --k 2",
            "modes to compare: poolcli compare map.npy --modes max,avg --k 2",
        ),
        (
            "compare map.npy --modes max, avg mean --k 2",
            "with commas between: poolcli compare map.npy --modes max,avg --k 2",
        ),
        ("compare map.npy --modes=max min", ": poolcli compare map.npy --modes max,min"),
        ("explain max map.npy -o x.svg", "--svg, --png, --gif and --html name the files to write"),
        ("pool map.npy", "name a mode: poolcli pool map.npy --mode max"),
        ("pool --files-from list", "name a mode: poolcli pool --files-from list --mode max"),
        ("pool mean map.npy", "the mode can be the command: poolcli avg map.npy"),
        (
            "unpool map.npy",
            "max --indices writes them: poolcli unpool map.npy --indices at.npy --output-size "
            "112x112",
        ),
        (
            "unpool map.npy --indices at.npy",
            "name the size of the result: poolcli unpool map.npy --indices at.npy "
            "--output-size 112x112",
        ),
    ],
)
def test_missing_arguments(poolcli: Poolcli, line: str, words: str) -> None:
    assert message(poolcli, line).endswith(words)


def test_a_file_with_the_name_of_a_mode_is_an_input(poolcli: Poolcli) -> None:
    Image.new("L", (4, 4)).save("max", "PNG")
    assert poolcli("compare", "max", "--modes", "max,min").code == 0


def test_help_of_incomplete_commands(poolcli: Poolcli) -> None:
    for command in ("max", "pool", "explain", "compare", "unpool", "info"):
        assert poolcli(command, "--help").code == 0
    assert poolcli("info", "--schema").code == 0


@pytest.mark.parametrize(
    ("line", "example"),
    [
        ("max map.npy --pool_size 3", "max map.npy --kernel-size 3"),
        ("max map.npy --ksize=3", "max map.npy --kernel-size=3"),
        ("max map.npy --kernel 3 --strides 1", "max map.npy --kernel-size 3 --stride 1"),
        ("max map.npy --size 2", "max map.npy --kernel-size 2"),
        ("max map.npy --window 2", "max map.npy --kernel-size 2"),
        ("max map.npy --filter-size 2", "max map.npy --kernel-size 2"),
        ("max map.npy --pad 1", "max map.npy --padding 1"),
        ("max map.npy --auto_pad SAME_UPPER", "max map.npy --padding same"),
        ("max map.npy --ceil_mode True", "max map.npy --ceil"),
        ("max map.npy --ceil-mode=False", "max map.npy --floor"),
        ("avg map.npy --count_include_pad False", "avg map.npy --exclude-pad"),
        ("lp map.npy --norm_type 3", "lp map.npy --norm 3"),
        ("quantile map.npy --percentile 90", "quantile map.npy --q 0.9"),
        ("max map.npy --output_size 2", "max map.npy --adaptive 2"),
        ("max map.npy --out x.npy", "max map.npy --output x.npy"),
        ("max map.npy --force", "max map.npy --overwrite"),
        ("max map.npy --mode mean", "avg map.npy"),
        ("explain --mode mean map.npy", "explain avg map.npy"),
        ("compare map.npy --mode max,min", "compare map.npy --modes max,min"),
    ],
)
def test_other_names_of_options(poolcli: Poolcli, line: str, example: str) -> None:
    text = message(poolcli, line)
    assert text.startswith("No such option: --")
    assert text.endswith(f": poolcli {example}")
    assert poolcli(*example.split()).code == 0


def test_words_are_quoted_for_the_shell(poolcli: Poolcli) -> None:
    ran = poolcli("mean", "my map.npy", "--pool_size", "2")
    text = " ".join(ran.err.replace("│", " ").split())
    assert ": poolcli avg 'my map.npy' --kernel-size 2" in text


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
        ("avg map.npy --norm_type=3", "No such option: --norm_type; --norm belongs to lp and gem"),
    ],
)
def test_an_option_of_other_modes(poolcli: Poolcli, line: str, words: str) -> None:
    assert message(poolcli, line) == words


def test_a_misspelt_option(poolcli: Poolcli) -> None:
    found = message(poolcli, "max map.npy --kernal 3")  # brackets differ between versions of Typer
    assert found.startswith("No such option: --kernal (")
    assert "Possible options: --kernel-size" in found
