"""The sheet of a comparison as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PIL import Image

from poolcli.batch.plan import Plan
from poolcli.batch.pool_file import result_or_failure
from poolcli.batch.task_outputs import TaskOutputs
from poolcli.batch.tasks import Task
from poolcli.compare.compare_modes import compare
from poolcli.compare.comparison import Comparison
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.errors import OutputExistsError
from poolcli.io.images.encoding.encoder_options import EncoderOptions
from poolcli.io.images.write import OutputFrames, write_image
from poolcli.io.leftover_files import remove_leftovers
from poolcli.io.metadata.read import Metadata
from poolcli.io.paths import is_file_or_folder, is_folder
from poolcli.report.record import Record
from poolcli.request import Request

Draw = Callable[[Comparison], "Image.Image"]
"""Makes the sheet."""


def write_sheet(
    todo: Plan, requests: Sequence[Request], noise: float, draw: Draw
) -> Comparison | Record:
    """Compare modes on the one input of a plan, and write what they look like.

    Returns
    -------
    Comparison or Record
        What was measured; or the record of what went wrong.
    """
    (task,) = todo.tasks
    remove_leftovers(todo.registry.output_folders())
    work = partial(_written, task, todo, requests, noise, draw)
    return result_or_failure(task, None, requests[0].debug, work)


def _written(
    task: Task, todo: Plan, requests: Sequence[Request], noise: float, draw: Draw
) -> Comparison:
    request, target = requests[0], task.target
    assert target is not None
    name = target.format or "PNG"
    if is_file_or_folder(target.path) and not (is_folder(target.path) or request.overwrite):
        raise OutputExistsError(f"{target.path} exists; --overwrite replaces it")
    outputs = TaskOutputs(task, request, todo.registry.permit(task, request))
    outputs.is_needed(target.path)
    compared = compare(task.input, requests, noise)
    output = OutputFrames([draw(compared)], [Metadata()])
    options = EncoderOptions(
        request.quality, request.compress_level, threads=request.jobs or usable_cpus()
    )
    with outputs.open(target.path) as file:
        write_image(file, output, name, options)
    return compared
