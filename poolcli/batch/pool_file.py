"""The work on one task: open the input, pool it, write the outputs, return the records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from time import perf_counter

from poolcli.batch.axes_of_store import with_axes_of_document, with_axes_of_item
from poolcli.batch.choose_format import indices_format, wanted_format
from poolcli.batch.choose_output import Output, choose_output
from poolcli.batch.choose_output_path import known_output_path
from poolcli.batch.failed_and_skipped_records import skipped_record
from poolcli.batch.ignored_nodata import with_nodata
from poolcli.batch.large_outputs import LargeOutputs
from poolcli.batch.output_targets import STORE, Target, file_levels
from poolcli.batch.overwrite_or_skip import TaskOutputs
from poolcli.batch.pool_item import pool_item
from poolcli.batch.pooled_level import PooledLevel
from poolcli.batch.records import records_of_level
from poolcli.batch.result_or_failure import timed_records
from poolcli.batch.storable_arrays import check_key, several_arrays_error
from poolcli.batch.store_checks import check_store_request
from poolcli.batch.tasks import Task, request_of_task
from poolcli.batch.write_output import indices_written, write_output
from poolcli.batch.write_permit import WritePermit
from poolcli.batch.zarr_stores.store_input import makes_store_box_by_box
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.errors import FormatError
from poolcli.io.document import Document, Item
from poolcli.io.formats import ARCHIVE_EXTENSIONS, ARRAY_FORMATS
from poolcli.io.member_names import quoted_name, selection_hint
from poolcli.io.open_document import open_document
from poolcli.io.output_paths import level_paths
from poolcli.io.publish_file import OutputAppearedError
from poolcli.io.safetensors.ml_packages_installed import require_ml_extra
from poolcli.io.zarr.zarr_installed import require_zarr_extra
from poolcli.report.record import Record
from poolcli.request import Request


def pool_file(task: Task, request: Request, permit: WritePermit) -> list[Record]:
    """Work on one task. Any error of the task becomes a failed record.

    Parameters
    ----------
    task : Task
        The task; without a target it has a failure.
    request : Request
        The request.
    permit : WritePermit
        The files that the task may write.

    Returns
    -------
    list of Record
        The records of all levels, members and frames, or one failed record.

    Raises
    ------
    UnregisteredPathError
        If the task has to write a file that its permit does not mention.
    BrokenPipeError
        If the reader of standard output has closed it.
    """
    return timed_records(task, request.mode, request.debug, lambda: _pool(task, request, permit))


def _pool(task: Task, request: Request, permit: WritePermit) -> list[Record]:
    request = request_of_task(task, request)
    if makes_store_box_by_box(task, request):
        require_zarr_extra("write a Zarr store")
        from poolcli.batch.zarr_stores.pool_store import pool_store  # imports zarr

        return pool_store(task, request, permit)
    outputs = TaskOutputs(task, request, permit)
    while True:
        try:
            return _FileTask(task, request, outputs).run()
        except OutputAppearedError as error:
            if not request.skip_existing:
                raise
            outputs.skip(error.path)


class _FileTask:
    """One task, and what its steps share."""

    def __init__(self, task: Task, request: Request, outputs: TaskOutputs) -> None:
        assert task.target is not None
        self.task = task
        self.target: Target = task.target
        self.request = request
        self.outputs = outputs

    def run(self) -> list[Record]:
        request = self.request
        path = known_output_path(self.target, request)
        if path is not None and not self.outputs.any_needed(path):
            return self._skipped(path)
        if self.target.format == STORE:
            check_store_request(request)
        if self.target.format == "SAFETENSORS":
            require_ml_extra("write a .safetensors file")
        with open_document(
            self.task.input,
            request.max_pixels,
            indexed=request.keeps_palette,
            layout=request.layout,
            members=request.member,
        ) as document:
            if path is None:
                path = known_output_path(self.target, request, document)
                if path is not None and not self.outputs.any_needed(path):
                    return self._skipped(path)
            self.request = with_axes_of_document(request, document)
            with ExitStack() as stack:
                large = LargeOutputs(document, self.target, self.request, self.outputs, stack)
                results = self._pool_items(document, large)
                if self.target.format == STORE:
                    return self._write_store(document, results, large)
                if self.request.pyramid:
                    return self._write_pyramid(document, results)
                choose = partial(choose_output, document, self.target)
                chosen = list(map(choose, results, self._levels()))
                self.outputs.require_permission([output.path for output in chosen])
                return self._write(document, chosen, results, large)

    def _levels(self) -> list[int | None]:
        levels = self.request.levels
        return [None] if levels is None else list(range(1, levels + 1))

    def _skipped(self, path: str) -> list[Record]:
        count = file_levels(self.request, self.target.format)
        paths = level_paths(path, count)
        if count is None:
            paths *= len(self._levels())
        skipped = partial(skipped_record, self.task, self.request)
        return list(map(skipped, self._levels(), paths))

    def _pool_items(self, document: Document, large: LargeOutputs) -> list[list[PooledLevel]]:
        """Pool all items of a document; return the results of each level."""
        wanted = wanted_format(document, self.target)
        _check_count(document, wanted, self.target, self.request)
        as_image = wanted not in ARRAY_FORMATS.values()
        pooled = []
        with self._item_pooling(document, large, as_image=as_image) as pool:
            start = perf_counter()
            for item in document.items():
                seconds = perf_counter() - start
                check_key(item.key, wanted)
                try:
                    first, *others = pool(item)
                except (ArgumentError, ArgumentTypeError) as error:
                    if item.key is not None:
                        hint = selection_hint(document.count)
                        error.args = (f"member {quoted_name(item.key)}: {error}{hint}",)
                    raise
                pooled.append([first._replace(seconds=first.seconds + seconds), *others])
                start = perf_counter()
        return [list(level) for level in zip(*pooled, strict=True)]

    @contextmanager
    def _item_pooling(
        self, document: Document, large: LargeOutputs, *, as_image: bool
    ) -> Iterator[Callable[[Item], list[PooledLevel]]]:
        """Give the function that pools, or unpools, an item."""
        request = self.request
        if request.unpools:
            from poolcli.batch.unpool_item import open_indices, unpool_item  # only for `unpool`

            with open_indices(self.target.indices or "", document, request) as indices:
                yield lambda item: [
                    unpool_item(item, indices.of_item(item), request, large, as_image=as_image)
                ]
        else:
            yield lambda item: pool_item(
                item,
                with_nodata(with_axes_of_item(request, document, item), document, item),
                large,
                as_image=as_image,
            )

    def _write_pyramid(self, document: Document, results: list[list[PooledLevel]]) -> list[Record]:
        """Write all levels into one file; the first are the input's own items."""
        from poolcli.batch.write_pyramid import write_pyramid  # rarely needed

        request, outputs = self.request, self.outputs
        output = choose_output(document, self.target, results[1], None)
        outputs.require_permission([output.path])
        if not outputs.is_needed(output.path):
            return self._skipped(output.path)
        start = perf_counter()
        if not request.dry_run:
            write_pyramid(output, document, results, request, outputs)
        records: list[Record] = []
        for level, result in zip(self._levels(), results[1:], strict=True):
            records += records_of_level(self.task, request, document, output, result, level)
        records[0].seconds = (records[0].seconds or 0.0) + perf_counter() - start
        return records

    def _write_store(
        self, document: Document, results: list[list[PooledLevel]], large: LargeOutputs
    ) -> list[Record]:
        """Write all levels into one Zarr store."""
        from poolcli.batch.datasets_of_results import describe_dataset, store_contents
        from poolcli.batch.write_zarr_output import write_store  # rarely needed

        request, outputs, start = self.request, self.outputs, perf_counter()
        output = choose_output(document, self.target, results[-1], None)
        contents = store_contents(output, document, results, request)
        outputs.require_permission([output.path])
        if not outputs.is_needed(output.path):
            return self._skipped(output.path)
        if not request.dry_run:
            write_store(output, contents, request, outputs)
        records: list[Record] = []
        first = int(large.contains_input)
        pooled = zip(self._levels(), contents.levels[first:], results[first:], strict=True)
        for level, stored, result in pooled:
            (record,) = records_of_level(self.task, request, document, output, result, level)
            describe_dataset(record, stored.spec)
            records.append(record)
        records[0].seconds = (records[0].seconds or 0.0) + perf_counter() - start
        return records

    def _write(
        self,
        document: Document,
        chosen: list[Output],
        results: list[list[PooledLevel]],
        large: LargeOutputs,
    ) -> list[Record]:
        """Write the outputs that are needed. All paths are checked before the first is written."""
        request, outputs = self.request, self.outputs
        for output in chosen:
            outputs.is_needed(output.path)  # raises an error if the path is refused
        indices = outputs.indices
        writing: AbstractContextManager[None] = nullcontext()
        separately = not (request.dry_run or large.has_indices)
        if indices is not None and outputs.is_needed(indices) and separately:
            writing = indices_written(indices, document, results[0], outputs)
        records = []
        with writing:
            for level, output, result in zip(self._levels(), chosen, results, strict=True):
                if not outputs.is_needed(output.path):
                    records.append(skipped_record(self.task, request, level, output.path))
                    continue
                start = perf_counter()
                if not (request.dry_run or level in large.written):
                    write_output(output, document, result, request, outputs)
                made = records_of_level(self.task, request, document, output, result, level)
                made[0].seconds = (made[0].seconds or 0.0) + perf_counter() - start
                records += made
        return records


def _check_count(document: Document, wanted: str, target: Target, request: Request) -> None:
    """Refuse several arrays where only one is possible, before any is read."""
    if document.is_image or document.count == 1:
        return
    path = target.indices if request.writes_indices else None
    if path is not None and indices_format(path, document) not in ARCHIVE_EXTENSIONS:
        raise FormatError(
            f"the indices of {document.count} arrays do not go into one .npy; name an .npz with "
            "--indices"
        )
    if wanted not in ARCHIVE_EXTENSIONS:
        raise several_arrays_error(document.count, wanted)
