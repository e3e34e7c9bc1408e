"""The datasets and the metadata of a Zarr store that is made from results in memory or files."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from poolcli.batch.choose_output import Output
from poolcli.batch.downscaling_metadata import downscaling
from poolcli.batch.pooled_level import Results, can_be_stacked
from poolcli.batch.records import layout_of
from poolcli.batch.zarr_stores.store_records import NO_OME_AXES, UNLIKE_WINDOWS
from poolcli.errors import FormatError
from poolcli.io.document import Document
from poolcli.io.zarr.array_spec import ArraySpec, array_spec
from poolcli.io.zarr.ome_axes import OmeAxes, ome_axes
from poolcli.io.zarr.ome_metadata import image_name, ome_attributes
from poolcli.io.zarr.output_levels import OutputLevel
from poolcli.report.record import Record
from poolcli.request import Request, as_zyx

LOST_PALETTE = "the palette was dropped: a Zarr array holds its indices"


class DatasetToWrite(NamedTuple):
    """One dataset of the store, and the results that it receives.

    Attributes
    ----------
    spec : ArraySpec
        The dataset.
    results : sequence of PooledLevel
        The result of each item. Several are stacked along a first axis.
    """

    spec: ArraySpec
    results: Results


class StoreContents(NamedTuple):
    """The datasets of a store, and the attributes of its group.

    Attributes
    ----------
    levels : list of DatasetToWrite
        The datasets, full resolution first.
    permutation : tuple of int
        The axis of the results for each axis of a dataset.
    attributes : dict
        The attributes of the group.
    """

    levels: list[DatasetToWrite]
    permutation: tuple[int, ...]
    attributes: dict[str, Any]


def store_contents(
    output: Output,
    document: Document,
    results: Sequence[Results],
    request: Request,
) -> StoreContents:
    """Return the datasets of a store, the order of their axes, and the metadata.

    Parameters
    ----------
    output : Output
        The output, which receives notes.
    document : Document
        The input.
    results : sequence of sequence of PooledLevel
        The results of all items at each level; the first level is the input if it is contained.
    request : Request
        The request.

    Raises
    ------
    FormatError
        If frames do not make one array, or a dtype or `--chunks` does not fit.
    """
    for each in results:
        _check_equal(each)
    frames = len(results[0])
    first = results[0][0]
    shift = int(frames > 1)
    pooled = tuple(axis + shift for axis in first.axes)
    layout = layout_of(document, first.before, request)
    letters = None if layout is None else "T" * shift + as_zyx(layout)
    rank = len(first.result.shape) + shift
    sizes = {k: size for k, size in _pixel_sizes(document, layout).items() if k in (letters or "")}
    axes = ome_axes(letters, rank, pooled, {letter: unit for letter, (_, unit) in sizes.items()})
    if axes is None:
        output.add_note(NO_OME_AXES)
    elif any(None in each[0].geometry.scalings.values() for each in results):
        output.add_note(UNLIKE_WINDOWS)
    _add_notes_on_losses(output, document, results[-1], request, keeps_size=bool(sizes))
    if frames > 1 and document.format == "TIFF":
        _add_note_on_layout(output, document, results[-1])
    permutation = tuple(range(rank)) if axes is None else axes.permutation
    levels = [
        DatasetToWrite(_spec(str(number), each, axes, permutation, request), each)
        for number, each in enumerate(results)
    ]
    scales = {(letters or "").index(letter): size for letter, (size, _) in sizes.items()}
    attributes = ome_attributes(
        axes=None if axes is None else axes.axes,
        levels=[_output_level(each, permutation, scales, shift) for each in levels],
        name=image_name(output.path),
        kept={},
        zarr_format=request.zarr_format,
        downscaling=downscaling(request, first.axes),
    )
    return StoreContents(levels, permutation, attributes)


def describe_dataset(record: Record, spec: ArraySpec) -> None:
    """Make a record say what a dataset is: its shape and its axes.

    Parameters
    ----------
    record : Record
        The record of a result.
    spec : ArraySpec
        The dataset, whose axes may have another order than those of the result.
    """
    record.after.shape = list(spec.shape)
    if spec.dimension_names is not None:
        record.after.layout = "".join(spec.dimension_names).upper()


def _check_equal(results: Results) -> None:
    if len(results) > 1 and not can_be_stacked(results):
        sizes = {level.result.shape[:2] for level in results}
        unlike = "size" if len(sizes) > 1 else "channels or dtype"
        raise FormatError(
            f"frames of unlike {unlike} do not go into one Zarr array; .npz holds them"
        )


def _spec(
    path: str,
    results: Results,
    axes: OmeAxes | None,
    permutation: tuple[int, ...],
    request: Request,
) -> ArraySpec:
    shape = results[0].result.shape
    shape = shape if len(results) == 1 else (len(results), *shape)
    return array_spec(
        path,
        [shape[axis] for axis in permutation],
        results[0].result.dtype,
        chunks=request.chunks,
        zarr_format=request.zarr_format,
        axis_names=None if axes is None else axes.names,
        spatial=None if axes is None else axes.spatial,
    )


def _output_level(
    level: DatasetToWrite,
    permutation: tuple[int, ...],
    sizes: dict[int, Fraction],
    shift: int,
) -> OutputLevel:
    """Return path, scale and translation of a level."""
    geometry = level.results[0].geometry
    scale, translation = [], []
    for number in permutation:
        axis, size = number - shift, sizes.get(number, Fraction(1))
        count = level.results[0].result.shape[axis] if axis >= 0 else 1
        step, start = geometry.step_and_start(axis, count)
        scale.append(size * step)
        translation.append(size * start)
    return OutputLevel(level.spec.path, tuple(scale), tuple(translation))


def _pixel_sizes(document: Document, layout: str | None) -> dict[str, tuple[Fraction, str | None]]:
    """Return size and unit of a pixel, as ImageJ or OME-XML give them, by Z, Y and X.

    With frames along an axis T of the layout it has the time between them.
    """
    if document.format != "TIFF" or not document.metadata:
        return {}
    from poolcli.io.tiff.output_descriptions import as_utf8, description_of, has_voxel_sizes
    from poolcli.io.tiff.pixel_size import find_frame_interval, find_pixel_size  # few are TIFF

    first = document.metadata[0]
    if not has_voxel_sizes(as_utf8(description_of(first))):
        return {}
    found = dict(find_pixel_size(first) or {})
    interval = find_frame_interval(first) if "T" in (layout or "") else None
    found |= {} if interval is None else {"T": interval}
    return {letter: (Fraction(repr(step.size)), step.unit) for letter, step in found.items()}


def _add_note_on_layout(output: Output, document: Document, results: Results) -> None:
    """Note the axes that the file gives its pages, which lie along time."""
    from poolcli.io.tiff.output_descriptions import as_utf8, description_of
    from poolcli.io.tiff.page_axes import layout_note

    text = as_utf8(description_of(document.metadata[0]))
    note = layout_note(text, len(results), len(results[0].result.shape))
    if note is not None:
        output.add_note(note)


def _add_notes_on_losses(
    output: Output, document: Document, results: Results, request: Request, *, keeps_size: bool
) -> None:
    if not document.is_image:
        return
    from poolcli.batch.output_metadata import output_metadata

    lost = Output(output.path, "Zarr")
    output_metadata(lost, document, results, request)
    for note in lost.notes:
        is_loss = note.startswith(lost.format)
        output.add_note(f"{note}, but for the voxel size" if is_loss and keeps_size else note)
    is_indexed = request.keeps_palette and len(results[0].result.shape) == 2
    if document.animation.from_palette and is_indexed:
        output.add_note(LOST_PALETTE)
