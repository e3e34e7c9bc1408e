"""Pipes, signals and start-up, in processes of their own."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Shell

PIXELS = np.random.default_rng(0).integers(0, 256, (64, 48, 3), np.uint8)


@pytest.fixture
def photo(tmp_path: Path) -> np.ndarray:
    Image.fromarray(PIXELS).save(tmp_path / "img.png")
    return PIXELS


def test_pipes_carry_data_and_nothing_else(shell: Shell, photo: np.ndarray) -> None:
    done = shell("set -o pipefail; cat img.png | poolcli max - --k 2 | poolcli avg - --k 2")
    assert done.returncode == 0
    largest = photo.reshape(32, 2, 24, 2, 3).max((1, 3))
    means = np.floor(largest.reshape(16, 2, 12, 2, 3).mean((1, 3)) + 0.5)
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.format == "PNG"
        np.testing.assert_array_equal(np.asarray(image), means)
    assert b"standard input" in done.stderr


def test_arrays_go_through_pipes(shell: Shell, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", PIXELS[..., 0])
    done = shell("poolcli sum - --k 4 -o - --quiet < x.npy | poolcli max - --global --quiet")
    assert done.stderr == b""
    expected = PIXELS[..., 0].reshape(16, 4, 12, 4).sum((1, 3)).max()
    assert np.load(io.BytesIO(done.stdout)).tolist() == [[expected]]


def test_json_goes_to_standard_error_when_data_go_out(shell: Shell, photo: np.ndarray) -> None:
    done = shell("poolcli max img.png -o - --json")
    assert json.loads(done.stderr)["output"] == "-"
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.size == (24, 32)


def test_a_stray_print_does_not_reach_the_data(
    shell: Shell, tmp_path: Path, photo: np.ndarray
) -> None:
    (tmp_path / "noisy.py").write_text(
        "import os, sys\n"
        "from PIL import Image\n"
        "real = Image.Image.load\n"
        "def load(self):\n"
        "    print('stray'); os.write(1, b'stray'); return real(self)\n"
        "Image.Image.load = load\n"
        "from poolcli.cli import main\n"
        "main()\n"
    )
    done = shell(f"'{sys.executable}' noisy.py max img.png -o - --quiet")
    assert done.returncode == 0
    assert done.stdout.startswith(b"\x89PNG")
    assert b"stray" not in done.stdout
    assert b"stray" in done.stderr


def test_a_reader_that_goes_away_ends_it_quietly(shell: Shell, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((1000, 1000)))
    done = shell("poolcli max x.npy -o - --quiet | head -c 1 > /dev/null; echo ${PIPESTATUS[0]}")
    assert (done.stdout, done.stderr) == (b"141\n", b"")


def test_a_reader_of_the_report_that_goes_away(shell: Shell, photo: np.ndarray) -> None:
    done = shell("(sleep 1; poolcli max img.png --json) | true; echo ${PIPESTATUS[0]}")
    assert (done.stdout, done.stderr) == (b"141\n", b"")


def test_full_and_closed_outputs(shell: Shell, photo: np.ndarray) -> None:
    done = shell("poolcli max img.png -o - --quiet > /dev/full")
    assert done.returncode == 1
    assert b"cannot write standard output: No space left on device" in done.stderr
    done = shell("poolcli max img.png --overwrite > /dev/full")
    assert done.returncode == 1
    assert done.stderr == b"poolcli: cannot write the report: No space left on device\n"
    done = shell("poolcli max img.png -o - --quiet >&-")
    assert done.returncode == 1
    assert done.stderr == b"poolcli: standard output is closed; name a file with -o\n"
    assert shell("poolcli max img.png --overwrite --quiet >&- 2>&-").returncode == 0


def test_empty_standard_input(shell: Shell) -> None:
    done = shell("poolcli max - < /dev/null")
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"standard input is empty" in done.stderr


def test_a_file_size_limit_leaves_nothing(shell: Shell, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((500, 500)))
    done = shell("ulimit -f 100; poolcli max x.npy --quiet")
    assert done.returncode == 1
    assert b"cannot write x.max-k2-s2.npy: File too large" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "x.npy"]


def test_devices_and_fifos_are_written_straight(shell: Shell, photo: np.ndarray) -> None:
    assert shell("poolcli max img.png -o /dev/null --quiet").returncode == 0
    done = shell("mkfifo pipe; poolcli max img.png -o pipe --quiet & cat pipe; wait $!")
    assert done.returncode == 0
    assert done.stdout.startswith(b"\x89PNG")


def test_reading_from_a_fifo(shell: Shell, photo: np.ndarray) -> None:
    done = shell(
        "poolcli max <(cat img.png) -o out.png --quiet && cmp out.png <(poolcli max img.png -o -)"
    )
    assert done.returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_run_and_leave_whole_files_only(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((3000, 3000)))
    os.mkfifo(tmp_path / "never.npy")
    # The second input never comes, so the signal finds the run at work.
    process = subprocess.Popen(
        [sys.executable, "-m", "poolcli", "max", "x.npy", "never.npy", "-o", "out/", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.5)  # until it waits for the second input
    process.send_signal(number)
    start = time.monotonic()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert time.monotonic() - start < 10
    assert b"Traceback" not in errors
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x.npy"]


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        ("--version", {"numpy", "PIL", "rich"}),
        ("--show-completion bash", {"numpy", "PIL", "rich"}),
        ("--help", {"numpy", "PIL"}),
        ("max --help", {"numpy", "PIL"}),
    ],
)
def test_what_is_imported_to_answer(line: str, absent: set[str]) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['poolcli', *{line.split()!r}]\n"
        "from poolcli.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        f"print('LOADED', sorted({absent!r} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_the_core_imports_numpy_and_the_standard_library_alone() -> None:
    code = (
        "import sys, numpy\n"
        "before = set(sys.modules)\n"
        "import poolcli.core.api, poolcli.core.total, poolcli.core.extreme\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(new - set(sys.stdlib_module_names) - {'poolcli', 'numpy'})\n"
        "print([name for name in sys.modules if name.startswith('poolcli')"
        " and not name.startswith('poolcli.core') and name != 'poolcli'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n[]\n"
