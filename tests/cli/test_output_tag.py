"""The tag in file names: the same request has the same one, different requests different ones."""

from __future__ import annotations

import pytest

from poolcli.cli.request_builder import build


def tag(line: str) -> str:
    """The tag of a mode with flags, given as ``name=value`` words; `_` stands for a space."""
    mode, *words = line.split()
    flags = dict(word.split("=") for word in words)
    given: dict[str, object] = {name: value.replace("_", " ") for name, value in flags.items()}
    if "ignore" in flags:
        given["ignore"] = flags["ignore"].split(",")
    return build(mode, {"inputs": ["x.npy"], **given}).tag


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("max kernel_size=02", "max-k2-s2"),
        ("max kernel_size=_2_x_3_", "max-k2x3-s2x3"),
        ("max kernel_size=3X2 stride=3,2", "max-k3x2-s3x2"),
        ("max stride=02", "max-k2-s2"),
        ("max kernel_size=2x2", "max-k2x2-s2x2"),
        ("max padding=00", "max-k2-s2"),
        ("max padding=0x0", "max-k2-s2"),
        ("max padding=0:0", "max-k2-s2"),
        ("max padding=VALID", "max-k2-s2"),
        ("max kernel_size=12 padding=10x0", "max-k12-s12-p10x0"),
        ("max kernel_size=12 padding=010", "max-k12-s12-p10"),
        ("max padding=0:1", "max-k2-s2-p0_1"),
        ("max padding=1:1", "max-k2-s2-p1"),
        ("max padding=1:1x0:0", "max-k2-s2-p1x0"),
        ("max padding=_Same_", "max-k2-s2-psame"),
        ("max dilation=11", "max-k2-s2-d11"),
        ("max dilation=111", "max-k2-s2-d111"),
        ("max dilation=1x11", "max-k2-s2-d1x11"),
        ("max dilation=1x1", "max-k2-s2"),
        ("max dilation=01", "max-k2-s2"),
        ("max ignore=1e3", "max-k2-s2-ign1000"),
        ("max ignore=1000.0", "max-k2-s2-ign1000"),
        ("max ignore=-0", "max-k2-s2-ign0"),
        ("max ignore=.50", "max-k2-s2-ign0.5"),
        ("max ignore=+Infinity", "max-k2-s2-igninf"),
        ("max ignore=-NaN", "max-k2-s2-ignnan"),
        ("max ignore=9007199254740993", "max-k2-s2-ign9007199254740993"),
        ("max ignore=1e300", "max-k2-s2-ign1e+300"),
        ("max ignore=0,255,0.0", "max-k2-s2-ign0-ign255"),
        ("max ignore=nan,-NaN", "max-k2-s2-ignnan"),
        ("max dtype=f4", "max-k2-s2-float32"),
    ],
)
def test_tags_are_written_from_the_numbers(line: str, expected: str) -> None:
    assert tag(line) == expected


def test_adaptive_sizes() -> None:
    assert build("avg", {"inputs": ["x.npy"], "adaptive": "07X_"}).tag == "avg-out7x_"
    assert build("avg", {"inputs": ["x.npy"], "adaptive": "_"}).tag == "avg-out_"
