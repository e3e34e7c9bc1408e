"""The command `compare`: one request per mode, a contact sheet for each input, and a table."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext
from functools import partial
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from poolcli.batch.plan import takes_several_inputs
from poolcli.cli.faster_start_and_exit import finish_loading
from poolcli.cli.option_values import parse_mode
from poolcli.cli.options import OPTIONS
from poolcli.cli.request_builder import build_request
from poolcli.cli.signals import raise_on_signals
from poolcli.cli.speculative_start import names_store
from poolcli.cli.usage_checks import check_some_mode_has_options
from poolcli.core.modes import MODES, Mode
from poolcli.errors import ExitCode, UsageError
from poolcli.io.formats import parse_format
from poolcli.io.output_paths import STDIN_OR_STDOUT, is_folder
from poolcli.io.storable_image_modes import STORABLE_MODES
from poolcli.request import Request

if TYPE_CHECKING:
    from poolcli.compare.compare_file import PageImages

MAX_INPUTS_WITH_TILES = 20
"""The number of inputs of which a page shows the tiles; of more it shows small contact sheets."""


class ComparisonRequest(NamedTuple):
    """The parsed command line of `compare`.

    Attributes
    ----------
    requests : list of Request
        One per mode, with the same window and the same inputs and outputs.
    noise : float
        The strength of the noise, in standard deviations of the input.
    theme : {"light", "dark"}, optional
        The colours of the contact sheets and of the page.
    has_several_inputs : bool
        Whether the arguments may stand for several inputs.
    """

    requests: list[Request]
    noise: float
    theme: str | None
    has_several_inputs: bool


def run_compare(values: dict[str, Any]) -> ExitCode:
    """Compare modes on all inputs, write the contact sheets, and report.

    Parameters
    ----------
    values : dict
        The values of the options by name.
    """
    started_at = perf_counter()
    parsed = build_comparison(values)
    request = parsed.requests[0]
    if parsed.has_several_inputs:
        from poolcli.batch.workers import fork_server_client

        fork_server_client.start_in_advance(for_stores=names_store(request.inputs))
    from poolcli.batch.plan import make_plan
    from poolcli.batch.scheduler import run_plan
    from poolcli.compare.compare_file import ComparisonSettings, compare_file
    from poolcli.compare.comparison_reporters import open_comparison_report
    from poolcli.io.stdout_and_stderr import reserve_stdout_for_data
    from poolcli.report.progress_bar import progress_bar
    from poolcli.report.run_totals import RunContext
    from poolcli.request_description import describe_window

    finish_loading(request)
    with raise_on_signals():
        plan = make_plan(request)
        count = len(plan.tasks)
        rules = (folder.rule for folder in plan.tasks.folders)
        to_stdout = any(rule is not None and rule.path == STDIN_OR_STDOUT for rule in rules)
        stream = sys.stderr if to_stdout else sys.stdout
        settings = ComparisonSettings(
            tuple(parsed.requests), parsed.noise, parsed.theme, _page_images(request, count)
        )
        context = RunContext(
            started_at,
            describe_window(request),
            plan.folders,
            has_one_input=count == 1,
            left_out=plan.tasks.left_out,
        )
        with (
            reserve_stdout_for_data() if to_stdout else nullcontext(),
            open_comparison_report(
                settings, stream, context, has_several_inputs=parsed.has_several_inputs
            ) as add_record,
            progress_bar(request, count, "comparing") as progress,
        ):
            return run_plan(plan, request, add_record, progress, partial(compare_file, settings))


def _page_images(request: Request, count: int) -> PageImages:
    """Return which images the page of a number of inputs shows."""
    if request.html is None:
        return "none"
    return "tiles" if count <= MAX_INPUTS_WITH_TILES else "sheets"


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
    inputs, output = values["inputs"] or (), values["output"]
    several = takes_several_inputs(inputs, values["files_from"])
    modes = _modes(values["modes"])
    noise = abs(values["noise"])  # NumPy refuses -0.0
    if not isfinite(noise):
        raise UsageError(f"{noise} is not a noise strength; write a number such as 0.1", "--noise")
    check_some_mode_has_options(modes, values)
    has_extension = not (several or output is None) and _extension(output) != ""
    common = {"inputs": inputs, "format": None if has_extension else "png"}
    requests = [
        build_request(
            mode.name,
            common
            | {each.name: values[each.name] for each in OPTIONS
               if each.name in values and each.belongs_to(mode)},
            "compare",
        )
        for mode in modes
    ]  # fmt: skip
    return ComparisonRequest(requests, noise, values["theme"], several)


def _extension(output: str) -> str:
    """The extension of the sheet's name; empty for a folder and for standard output."""
    is_file = output != STDIN_OR_STDOUT and not (output.endswith("/") or is_folder(output))
    extension = Path(output).suffix if is_file else ""
    name = parse_format(extension, "--output") if extension else "PNG"
    if "RGB" not in STORABLE_MODES.get(name, ()):
        able = ", ".join([other for other, modes in STORABLE_MODES.items() if "RGB" in modes][:4])
        raise UsageError(f"{name} cannot hold the colours of a sheet; {able} can", "--output")
    return extension


def _modes(text: str | None) -> list[Mode]:
    if text in (None, "all"):  # "all" is what the help says
        return list(MODES.values())
    words = re.split(r"[\s;+|]+", text)
    if len(words) > 1 and all(word in MODES for word in words):
        raise UsageError(f"modes have commas between them: {','.join(words)}", "--modes")
    modes = [parse_mode(name.strip(), "--modes") for name in text.split(",")]
    if len(set(modes)) < len(modes):
        raise UsageError("a mode is named twice; name each once", "--modes")
    return modes
