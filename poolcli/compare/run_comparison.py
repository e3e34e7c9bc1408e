"""Comparing modes on the input of a plan, and writing the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from poolcli.batch.needed_outputs import TaskOutputs
from poolcli.batch.plan import Plan
from poolcli.batch.pool_file import result_or_failure
from poolcli.batch.tasks import Task
from poolcli.compare.compare_modes import compare_modes
from poolcli.compare.comparison import Comparison
from poolcli.compare.contact_sheet import draw_contact_sheet
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.errors import OutputExistsError
from poolcli.io.images.encoding.encoder_options import EncoderOptions
from poolcli.io.images.write import OutputFrames, write_image
from poolcli.io.leftover_files import remove_leftovers
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.paths import is_file_or_folder, is_folder
from poolcli.report.record import Record
from poolcli.request import Request


def write_contact_sheet(
    plan: Plan, requests: Sequence[Request], noise: float, theme: str
) -> Comparison | Record:
    """Compare modes on the one input of a plan, and write the contact sheet.

    Parameters
    ----------
    plan : Plan
        The plan of a run with one input. Its output is the contact sheet.
    requests : sequence of Request
        One request for each mode, with the same window.
    noise : float
        The strength of the noise, in standard deviations of the input.
    theme : {"light", "dark"}
        The colours of the contact sheet.

    Returns
    -------
    Comparison or Record
        The comparison, or the record of a failure.
    """
    (task,) = plan.tasks
    remove_leftovers(plan.registry.output_folders())
    work = partial(_compare_and_write, task, plan, requests, noise, theme)
    return result_or_failure(task, None, requests[0].debug, work)


def _compare_and_write(
    task: Task, plan: Plan, requests: Sequence[Request], noise: float, theme: str
) -> Comparison:
    request, target = requests[0], task.target
    assert target is not None
    path = target.path
    if is_file_or_folder(path) and not (is_folder(path) or request.overwrite):
        raise OutputExistsError(f"{path} exists; --overwrite replaces it")
    outputs = TaskOutputs(task, request, plan.registry.permit(task, request))
    outputs.is_needed(path)
    comparison = compare_modes(task.input, requests, noise)
    image = draw_contact_sheet(comparison, theme)
    threads = request.jobs or usable_cpus()
    options = EncoderOptions(request.quality, request.compress_level, threads=threads)
    with outputs.open(path) as file:
        write_image(file, OutputFrames([image], [ImageMetadata()]), target.format or "PNG", options)
    return comparison
