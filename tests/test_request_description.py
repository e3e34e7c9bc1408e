"""The tag in output names: equal requests share it, unlike requests do not."""

from __future__ import annotations

import pytest

from poolcli.cli.request_builder import build_request
from poolcli.request_description import output_tag


def tag_of(line: str) -> str:
    """Return the tag of a mode with options, given as ``name=value``; ``_`` stands for a space."""
    mode, *words = line.split()
    options = dict(word.split("=") for word in words)
    given: dict[str, object] = {name: value.replace("_", " ") for name, value in options.items()}
    if "ignore" in options:
        given["ignore"] = options["ignore"].split(",")
    return output_tag(build_request(mode, {"inputs": ["x.npy"], **given}))


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
def test_the_tag_is_made_from_parsed_numbers(line: str, expected: str) -> None:
    assert tag_of(line) == expected


@pytest.mark.parametrize(("size", "expected"), [("07X_", "avg-out7x_"), ("_", "avg-out_")])
def test_adaptive_sizes(size: str, expected: str) -> None:
    request = build_request("avg", {"inputs": ["x.npy"], "adaptive": size})
    assert output_tag(request) == expected
