"""Pipes, closed and full streams, devices, and signals, in processes of their own."""

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


def test_pipes_carry_images_only(shell: Shell, photo: np.ndarray) -> None:
    done = shell("set -o pipefail; cat img.png | poolcli max - --k 2 | poolcli avg - --k 2")
    assert done.returncode == 0
    largest = photo.reshape(32, 2, 24, 2, 3).max((1, 3))
    means = np.floor(largest.reshape(16, 2, 12, 2, 3).mean((1, 3)) + 0.5)
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.format == "PNG"
        np.testing.assert_array_equal(np.asarray(image), means)
    assert b"standard input" in done.stderr


def test_pipes_carry_arrays(shell: Shell, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", PIXELS[..., 0])
    done = shell("poolcli sum - --k 4 -o - --quiet < x.npy | poolcli max - --global --quiet")
    assert done.stderr == b""
    expected = PIXELS[..., 0].reshape(16, 4, 12, 4).sum((1, 3)).max()
    assert np.load(io.BytesIO(done.stdout)).tolist() == [[expected]]


def test_json_goes_to_standard_error_if_standard_output_has_data(
    shell: Shell, photo: np.ndarray
) -> None:
    done = shell("poolcli max img.png -o - --json")
    assert json.loads(done.stderr)["output"] == "-"
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.size == (24, 32)


def test_prints_of_libraries_do_not_reach_the_data(
    shell: Shell, tmp_path: Path, photo: np.ndarray
) -> None:
    (tmp_path / "noisy.py").write_text(
        "import os, sys\n"
        "from PIL import Image\n"
        "real = Image.Image.load\n"
        "def load(self):\n"
        "    print('stray'); os.write(1, b'stray'); return real(self)\n"
        "Image.Image.load = load\n"
        "from poolcli.cli.main import main\n"
        "main()\n"
    )
    done = shell(f"'{sys.executable}' noisy.py max img.png -o - --quiet")
    assert done.returncode == 0
    assert done.stdout.startswith(b"\x89PNG")
    assert b"stray" not in done.stdout
    assert b"stray" in done.stderr


def test_a_reader_of_data_that_goes_away(shell: Shell, tmp_path: Path) -> None:
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
    assert done.stderr == b"poolcli: cannot write standard output: No space left on device\n"
    done = shell("poolcli max img.png -o - --quiet >&-")
    assert done.returncode == 1
    assert done.stderr == b"poolcli: standard output is closed; name a file with -o\n"
    assert shell("poolcli max img.png --overwrite --quiet >&- 2>&-").returncode == 0


@pytest.mark.parametrize("line", ["--help", "max --help", "--version", "--show-completion bash"])
def test_help_and_version_that_cannot_be_written(shell: Shell, line: str) -> None:
    done = shell(f"poolcli {line} > /dev/full")
    assert done.returncode == 1
    assert done.stderr == b"poolcli: cannot write standard output: No space left on device\n"
    done = shell(f"poolcli {line} >&-")
    assert done.returncode == 1
    assert done.stderr == b"poolcli: cannot write standard output: it is closed\n"


def test_a_reader_of_help_that_goes_away(shell: Shell) -> None:
    lines = "poolcli --help", "poolcli max --help", "poolcli --version", "poolcli max --bad 2>&1"
    codes = "; echo $? >&2"
    done = shell("(sleep 0.5" + "".join(f"; {line}{codes}" for line in lines) + ") | true")
    assert done.stderr == b"141\n" * len(lines)


@pytest.mark.parametrize("report", ["--json", "--report table"])
def test_a_report_is_not_lost_silently(shell: Shell, photo: np.ndarray, report: str) -> None:
    done = shell(f"poolcli max img.png {report} >&-")
    assert done.returncode == 1
    assert done.stderr == b"poolcli: cannot write standard output: it is closed\n"


def test_a_closed_standard_error_changes_nothing(shell: Shell, photo: np.ndarray) -> None:
    done = shell("poolcli max gone.png img.png --json -o out/ 2>&-")
    assert done.returncode == 1
    statuses = [json.loads(line)["status"] for line in done.stdout.splitlines()]
    assert sorted(statuses) == ["failed", "ok"]
    assert shell("poolcli max --bad 2>&-").returncode == 2


def test_empty_standard_input(shell: Shell) -> None:
    done = shell("poolcli max - < /dev/null")
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"standard input is empty; check whether" in done.stderr


def test_closed_standard_input(shell: Shell) -> None:
    done = shell("poolcli max - <&-")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == (
        b"poolcli: standard input: standard input is closed; name a file or pipe one in"
    )


def test_a_file_size_limit_leaves_nothing(shell: Shell, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((500, 500)))
    done = shell("export PYTHONDONTWRITEBYTECODE=1; ulimit -f 100; poolcli max x.npy --quiet")
    assert done.returncode == 1
    assert b"cannot write x.max-k2-s2.npy: File too large" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "x.npy"]


def test_devices_and_fifos_are_written_directly(shell: Shell, photo: np.ndarray) -> None:
    assert shell("poolcli max img.png -o /dev/null --quiet").returncode == 0
    done = shell("mkfifo pipe; poolcli max img.png -o pipe --quiet & cat pipe; wait $!")
    assert done.returncode == 0
    assert done.stdout.startswith(b"\x89PNG")


def test_arrays_are_written_directly(shell: Shell, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.ones((4, 4)), b=np.zeros((2, 2)))
    for line in ("-o /dev/null", "-o - > /dev/null", "-o >(cat > y.npz; touch done)"):
        done = shell(f"poolcli max x.npz --quiet {line}")
        assert (done.returncode, done.stderr) == (0, b"")
    shell("until test -e done; do sleep 0.05; done")
    with np.load(tmp_path / "y.npz") as arrays:
        assert {key: arrays[key].shape for key in arrays} == {"a": (2, 2), "b": (1, 1)}


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_the_files_of_standard_output(shell: Shell, photo: np.ndarray, name: str) -> None:
    for target in ("| cat", "> out.png; cat out.png"):
        done = shell(f"poolcli max img.png --json -o {name} {target}")
        assert json.loads(done.stderr)["output"] == "-"
        with Image.open(io.BytesIO(done.stdout)) as image:
            assert image.size == (24, 32)


def test_reading_from_a_fifo(shell: Shell, photo: np.ndarray) -> None:
    done = shell(
        "poolcli max <(cat img.png) -o out.png --quiet && cmp out.png <(poolcli max img.png -o -)"
    )
    assert done.returncode == 0


def test_a_pipe_as_a_file_needs_an_output(shell: Shell, photo: np.ndarray) -> None:
    done = shell("poolcli max <(cat img.png)")
    assert done.returncode == 1
    message = b"is a pipe or device, which has no folder for the output; name an output with -o"
    assert message in done.stderr


def _restore_signals() -> None:
    """Undo ignored signals, which the tests inherit from nohup for example."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def _start_waiting_run(folder: Path, before: str = "") -> subprocess.Popen[bytes]:
    """Start a run that has pooled one file and waits for a second one, a FIFO."""
    np.save(folder / "x.npy", np.random.default_rng(0).random((300, 300)))
    os.mkfifo(folder / "fifo.npy")
    line = f'exec "{sys.executable}" -m poolcli max x.npy fifo.npy -o out/ --json'
    process = subprocess.Popen(
        ["bash", "-c", before + line],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_restore_signals,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.5)  # until it waits for the second input
    return process


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)],
)
def test_signals_end_the_run_and_leave_complete_files_only(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = _start_waiting_run(tmp_path)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert len(errors.splitlines()) <= 1
    assert b"Traceback" not in errors
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x.npy"]


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    process = _start_waiting_run(tmp_path, "trap '' INT TERM HUP QUIT; ")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        process.send_signal(number)
        time.sleep(0.3)
        assert process.poll() is None, number
    process.kill()
    process.communicate(timeout=30)


@pytest.mark.parametrize(
    ("number", "module"),
    [
        (signal.SIGINT, "typer"),
        (signal.SIGINT, "poolcli.report.table_reporter"),
        (signal.SIGTERM, "poolcli.cli.options"),
        (signal.SIGTERM, "PIL.Image"),
        (signal.SIGHUP, "numpy"),
        (signal.SIGHUP, "typer"),
        (signal.SIGQUIT, "PIL.Image"),
        (signal.SIGQUIT, "poolcli.cli.options"),
    ],
)
def test_signals_during_the_start(tmp_path: Path, number: signal.Signals, module: str) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "x.png")
    # The signal is sent by an import, so that it always arrives at the same moment.
    code = (
        "import os, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), {int(number)})\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from poolcli.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "max", "x.png"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        preexec_fn=_restore_signals,
    )
    assert done.returncode == 128 + number
    assert (done.stdout, done.stderr) == (b"", b"")


def test_the_core_imports_numpy_and_the_standard_library_only() -> None:
    code = (
        "import sys, numpy\n"
        "before = set(sys.modules)\n"
        "import poolcli.core.api, poolcli.core.kernels.sum_mean, poolcli.core.kernels.max_min\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(new - set(sys.stdlib_module_names) - {'poolcli', 'numpy'})\n"
        "print([name for name in sys.modules if name.startswith('poolcli')"
        " and not name.startswith('poolcli.core') and name != 'poolcli'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n[]\n"
