"""The command `compare`: one request per mode, a contact sheet and a table."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from poolcli.cli.faster_start_and_exit import finish_loading
from poolcli.cli.option_values import parse_mode
from poolcli.cli.options import OPTIONS
from poolcli.cli.request_builder import build_request
from poolcli.cli.signals import raise_on_signals
from poolcli.cli.usage_checks import check_is_not_folder, check_some_mode_has_options
from poolcli.core.modes import MODES, Mode
from poolcli.errors import ExitCode, UsageError
from poolcli.io.formats import parse_format
from poolcli.io.output_paths import STDIN_OR_STDOUT, is_folder
from poolcli.io.storable_image_modes import STORABLE_MODES
from poolcli.request import Request


class ComparisonRequest(NamedTuple):
    """The parsed command line of `compare`.

    Attributes
    ----------
    requests : list of Request
        One per mode, with the same window and the same output.
    noise : float
        The strength of the noise, in standard deviations of the input.
    theme : {"light", "dark"}
        The colours of the contact sheet.
    """

    requests: list[Request]
    noise: float
    theme: str


def run_compare(values: dict[str, Any]) -> ExitCode:
    """Compare modes on one input, write the contact sheet, and report.

    Parameters
    ----------
    values : dict
        The values of the options by name.
    """
    requests, noise, theme = build_comparison(values)
    from poolcli.batch.plan import make_plan
    from poolcli.compare.compare_modes import write_contact_sheet
    from poolcli.compare.comparison_report import report_comparison
    from poolcli.io.stdout_and_stderr import reserve_stdout_for_data
    from poolcli.report.record import Record

    finish_loading(requests[0])
    with raise_on_signals():
        plan = make_plan(requests[0])
        (task,) = plan.tasks
        output = None if task.target is None else task.target.path
        to_stdout = output == STDIN_OR_STDOUT
        with reserve_stdout_for_data() if to_stdout else nullcontext():
            result = write_contact_sheet(plan, requests, noise, theme)
            has_failed = isinstance(result, Record)
            stream = sys.stderr if to_stdout else sys.stdout
            report_comparison(
                result, None if has_failed else output, noise, requests[0].report, stream
            )
    return ExitCode.FAILED if has_failed else ExitCode.OK


def build_comparison(values: dict[str, Any]) -> ComparisonRequest:
    """Return the requests of a comparison. An option applies only to the modes that have it.

    Parameters
    ----------
    values : dict
        The values of the options by name.

    Raises
    ------
    UsageError
        If the command line is wrong.
    """
    path, output = values["input"], values["output"]
    modes = _modes(values["modes"])
    noise = abs(values["noise"])  # NumPy refuses -0.0
    if not isfinite(noise):
        raise UsageError(f"{noise} is not a noise strength; write a number such as 0.1", "--noise")
    check_some_mode_has_options(modes, values)
    if path != STDIN_OR_STDOUT:
        check_is_not_folder(path)
    has_extension = output is not None and _extension(output) != ""
    shared = {"inputs": [path], "format": None if has_extension else "png"}
    requests = [
        build_request(
            mode.name,
            shared
            | {each.name: values[each.name] for each in OPTIONS
               if each.name in values and each.belongs_to(mode)},
            "compare",
        )
        for mode in modes
    ]  # fmt: skip
    return ComparisonRequest(requests, noise, values["theme"])


def _extension(output: str) -> str:
    """The extension of the sheet's name; empty for a folder and for standard output."""
    extension = "" if output == STDIN_OR_STDOUT or is_folder(output) else Path(output).suffix
    name = parse_format(extension, "--output") if extension else "PNG"
    if "RGB" not in STORABLE_MODES.get(name, ()):
        able = ", ".join([other for other, modes in STORABLE_MODES.items() if "RGB" in modes][:4])
        raise UsageError(f"{name} cannot hold the colours of a sheet; {able} can", "--output")
    return extension


def _modes(text: str | None) -> list[Mode]:
    if text is None:
        return list(MODES.values())
    modes = [parse_mode(name.strip(), "--modes") for name in text.split(",")]
    if len(set(modes)) < len(modes):
        raise UsageError("a mode is named twice; name each once", "--modes")
    return modes
