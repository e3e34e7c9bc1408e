"""The work on one input of `compare`: measure, write the contact sheet, return the record."""

from __future__ import annotations

from functools import partial
from typing import Literal, NamedTuple

from PIL import Image

from poolcli.batch.failed_and_skipped_records import skipped_record
from poolcli.batch.output_targets import Target
from poolcli.batch.overwrite_or_skip import TaskOutputs
from poolcli.batch.result_or_failure import timed_records
from poolcli.batch.tasks import Task, request_of_task
from poolcli.batch.write_permit import WritePermit
from poolcli.compare.compare_modes import compare_modes
from poolcli.compare.comparison_record import ComparisonRecord
from poolcli.compare.contact_sheet import draw_contact_sheet
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.io.images.encoding.encoder_options import EncoderOptions
from poolcli.io.images.write import OutputFrames, write_image
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.publish_file import OutputAppearedError
from poolcli.report.record import Record
from poolcli.request import Request

PageImages = Literal["none", "tiles", "sheets"]


class ComparisonSettings(NamedTuple):
    """The settings of a run of `compare`, which are the same for all inputs.

    Attributes
    ----------
    requests : tuple of Request
        One request for each mode, with the same window.
    noise : float
        The strength of the noise, in standard deviations of the input.
    theme : {"light", "dark"}, optional
        The colours of the contact sheets and of the page. Without a theme the sheets are light,
        and the page follows the system of its reader.
    page_images : {"none", "tiles", "sheets"}
        Which images the records carry for the page.
    """

    requests: tuple[Request, ...]
    noise: float
    theme: str | None
    page_images: PageImages = "none"


def compare_file(
    settings: ComparisonSettings, task: Task, request: Request, permit: WritePermit
) -> list[Record]:
    """Compare modes on one input, and write the contact sheet.

    Parameters
    ----------
    settings : ComparisonSettings
        The settings of the run.
    task : Task
        The task. Its output is the contact sheet.
    request : Request
        A request that says how many threads may be used.
    permit : WritePermit
        The files that the task may write.

    Returns
    -------
    list of Record
        One `ComparisonRecord`, or the record of a failure or of a sheet that exists and stays.
    """
    work = partial(_compare, settings, task, request, permit)
    return timed_records(task, None, request.debug, work)


def _compare(
    settings: ComparisonSettings, task: Task, request: Request, permit: WritePermit
) -> list[Record]:
    assert task.target is not None
    path = task.target.path
    outputs = TaskOutputs(task, request, permit)
    try:
        if outputs.is_needed(path):
            return [_compare_and_write(settings, task, request, outputs)]
    except OutputAppearedError:
        if not request.skip_existing:
            raise
    return [skipped_record(task, request, None, path)]


def _compare_and_write(
    settings: ComparisonSettings, task: Task, request: Request, outputs: TaskOutputs
) -> ComparisonRecord:
    assert task.target is not None
    requests = [
        request_of_task(task, each._replace(jobs=request.jobs)) for each in settings.requests
    ]
    comparison = compare_modes(task.input, requests, settings.noise)
    record = ComparisonRecord(
        input=task.input,
        status="planned" if request.dry_run else "ok",
        member=task.member,
        output=task.target.path,
        notes=comparison.notes,
        comparison=comparison._replace(
            rows=[row._replace(tiles=[]) for row in comparison.rows]  # too large to be kept
        ),
    )
    if request.dry_run:
        return record
    theme = settings.theme or "light"
    sheet = draw_contact_sheet(comparison, theme)
    _write_sheet(sheet, task.target, request, outputs)
    if settings.page_images != "none":
        from poolcli.compare.page_thumbnails import (  # rarely needed
            sheet_thumbnail,
            tile_thumbnails,
        )

        if settings.page_images == "tiles":
            record.tiles = tile_thumbnails(comparison.rows, theme)
        else:
            record.sheet = sheet_thumbnail(sheet)
    return record


def _write_sheet(
    sheet: Image.Image, target: Target, request: Request, outputs: TaskOutputs
) -> None:
    threads = request.jobs or usable_cpus()
    options = EncoderOptions(request.quality, request.compress_level, threads=threads)
    frames = OutputFrames([sheet], [ImageMetadata()])
    with outputs.open(target.path) as file:
        write_image(file, frames, target.format or "PNG", options)
