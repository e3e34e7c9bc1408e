"""Shell completion of commands and option values."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("line", "completions"),
    [
        ("comp", "compare"),
        ("pool --mode q", "quantile"),
        ("explain me", "median"),
        ("max --layout NC", "NCHW NCW NCDHW"),
        ("max --layout nh", "nhwc"),
        ("max --axes y", "yx y"),
        ("max --format ti", "tif"),
        ("max --padding s", "same same-lower"),
        ("max --dtype f", "float16 float32 float64"),
        ("quantile --method l", "linear lower"),
        ("max --report j", "json"),
        ("compare --theme d", "dark"),
        ("compare --modes max,me", "max,median"),
        ("compare --re", "--recursive --report"),
        ("avg --exclu", "--exclude --exclude-pad"),
    ],
)
def test_words_are_completed(line: str, completions: str) -> None:
    variables = {"COMP_WORDS": f"poolcli {line}", "COMP_CWORD": str(len(line.split()))}
    done = subprocess.run(
        [sys.executable, "-m", "poolcli"],
        env=os.environ | {"_POOLCLI_COMPLETE": "complete_bash"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert sorted(done.stdout.split()) == sorted(completions.split())
    assert done.stderr == ""
