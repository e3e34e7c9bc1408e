"""What a shell offers when a word is begun."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("comp", "compare"),
        ("pool --mode q", "quantile"),
        ("explain me", "median"),
        ("max --layout NC", "NCHW NCW NCDHW"),
        ("max --layout nh", "nhwc"),
        ("max --format ti", "tif"),
        ("max --padding s", "same same-lower"),
        ("max --dtype f", "float16 float32 float64"),
        ("quantile --method l", "linear lower"),
        ("max --report j", "json"),
        ("compare --theme d", "dark"),
        ("compare --modes max,me", "max,median"),
        ("avg --exclu", "--exclude --exclude-pad"),
    ],
)
def test_a_begun_word_is_completed(line: str, offered: str) -> None:
    words = {"COMP_WORDS": f"poolcli {line}", "COMP_CWORD": str(len(line.split()))}
    done = subprocess.run(
        [sys.executable, "-m", "poolcli"],
        env=os.environ | {"_POOLCLI_COMPLETE": "complete_bash"} | words,
        capture_output=True,
        text=True,
        check=False,
    )
    assert sorted(done.stdout.split()) == sorted(offered.split())
    assert done.stderr == ""
