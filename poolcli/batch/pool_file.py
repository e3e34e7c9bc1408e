"""One task from its input to its records: open, pool, write, tell."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from time import perf_counter
from typing import TypeVar

from poolcli.batch.desk import Desk, UnansweredError
from poolcli.batch.due import Due
from poolcli.batch.large_outputs import Sinks
from poolcli.batch.output_format import Output, foreseen, settle, wanted_format
from poolcli.batch.pool_item import Level, pool_item
from poolcli.batch.records import records_of
from poolcli.batch.tasks import Target, Task
from poolcli.batch.unpooled_records import failure, skipped
from poolcli.batch.write_output import indices_beside, write_output
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.modes import find_mode
from poolcli.errors import SHORTAGES, FormatError, PoolcliError, is_shortage
from poolcli.io.document import Document, Item
from poolcli.io.formats import ARRAY_FORMATS
from poolcli.io.open_document import open_document
from poolcli.io.paths import level_paths
from poolcli.io.publish_file import OutputAppearedError
from poolcli.report.record import Record
from poolcli.request import Request

T = TypeVar("T")

NO_MEMORY = "there is not enough memory for it"

NO_THREAD = "can't start new thread"
"""What Python says where the system has no room for a stack."""


def do(task: Task, request: Request, desk: Desk) -> list[Record]:
    """Work on one task; whatever is wrong with it ends up in a record.

    Raises
    ------
    UnansweredError
        If it has to be known whether it may write a file, and the desk cannot tell.
    """
    return attempt(task, request.mode, request.debug, lambda: _pool(task, request, desk))


def attempt(
    task: Task, mode: str | None, debug: bool, work: Callable[[], list[Record]]
) -> list[Record]:
    """Work on one task, and say how long it took, or why it failed.

    Records come with the seconds that were spent on each alone; what they share, as opening the
    input, is added to the first.
    """
    start = perf_counter()
    made = tried(task, mode, debug, work)
    records = [made] if isinstance(made, Record) else made
    own = [record.seconds or 0.0 for record in records]
    own[0] += max(0.0, perf_counter() - start - sum(own))
    for record, seconds in zip(records, own, strict=True):
        record.seconds = seconds
    return records


def tried(task: Task, mode: str | None, debug: bool, work: Callable[[], T]) -> T | Record:
    """What is made of one task, or the record of why nothing is."""
    try:
        if task.failure is not None:
            raise task.failure
        return work()
    except (PoolcliError, ArgumentError, ArgumentTypeError) as error:
        return failure(task, mode, type(error).__name__, str(error))
    except MemoryError:
        return failure(task, mode, "MemoryError", NO_MEMORY)
    except (BrokenPipeError, UnansweredError):
        raise
    except Exception as error:
        # A bug must not cost the other files of a batch; --debug shows where it is.
        if debug:
            raise
        name = type(error).__name__
        words = f"a bug in poolcli ({name}: {error}); --debug shows the traceback"
        if str(error) == NO_THREAD:
            name, words = "MemoryError", NO_MEMORY
        if isinstance(error, OSError) and is_shortage(error):
            words = SHORTAGES[error.errno or 0]
        return failure(task, mode, name, words)


def _pool(task: Task, request: Request, desk: Desk) -> list[Record]:
    due = Due(task, request, desk)
    while True:
        try:
            return _pooled(task, request, due)
        except OutputAppearedError as error:
            if not request.skip_existing:
                raise
            due.keep(error.path)


def _pooled(task: Task, request: Request, due: Due) -> list[Record]:
    assert task.target is not None
    path = foreseen(task.target, request)
    if path is not None and not due.anything(path):
        return _passed_over(task, request, path)
    indexed = find_mode(request.mode).pools_whole_pixels
    with open_document(task.input, request.max_pixels, indexed=indexed) as document:
        if path is None:
            path = foreseen(task.target, request, document)
            if path is not None and not due.anything(path):
                return _passed_over(task, request, path)
        with ExitStack() as stack:
            sinks = Sinks(document, task.target, request, due, stack)
            results = _results(document, task.target, request, sinks)
            outputs = [
                settle(document, result, task.target, number)
                for number, result in zip(_numbers(request), results, strict=True)
            ]
            due.claim([output.path for output in outputs])
            return _write(task, request, document, outputs, results, due, sinks)


def _numbers(request: Request) -> list[int | None]:
    return [None] if request.levels is None else list(range(1, request.levels + 1))


def _passed_over(task: Task, request: Request, path: str) -> list[Record]:
    paths = level_paths(path, request.levels)
    return [skipped(task, request, *at) for at in zip(_numbers(request), paths, strict=True)]


def _results(
    document: Document, target: Target, request: Request, sinks: Sinks
) -> list[list[Level]]:
    """All items of a document, level by level."""
    if request.indices is not None and document.format == "NPZ" and document.count > 1:
        raise FormatError("--indices takes one array, the .npz holds several")
    wanted = wanted_format(document, target)
    if document.format == "NPZ" and document.count > 1 and wanted != "NPZ":
        what = ".npy" if wanted == "NPY" else "picture"  # before any of them is read
        raise FormatError(f"{document.count} arrays do not go into one {what}; .npz holds them")
    as_image = wanted not in ARRAY_FORMATS.values()
    pooled = []
    start = perf_counter()
    for item in document.items():
        read = perf_counter() - start
        first, *others = _pool_named(item, request, sinks, as_image=as_image)
        pooled.append([first._replace(seconds=first.seconds + read), *others])
        start = perf_counter()
    return [list(level) for level in zip(*pooled, strict=True)]


def _write(
    task: Task,
    request: Request,
    document: Document,
    outputs: list[Output],
    results: list[list[Level]],
    due: Due,
    sinks: Sinks,
) -> list[Record]:
    """Write what is due and not written yet; whether it may be is asked before the first is."""
    wanted = [due.wants(output.path) for output in outputs]
    indices = request.indices
    beside: AbstractContextManager[None] = nullcontext()
    if indices is not None and due.wants(indices) and not (request.dry_run or sinks.has_indices):
        beside = indices_beside(indices, results[0], due)
    records = []
    with beside:
        for number, output, result, is_due in zip(
            _numbers(request), outputs, results, wanted, strict=True
        ):
            if is_due:
                start = perf_counter()
                if not (request.dry_run or number in sinks.written):
                    write_output(output, document, result, request, due)
                made = records_of(task, request, document, output, result, number)
                made[0].seconds = (made[0].seconds or 0.0) + perf_counter() - start
                records += made
            else:
                records.append(skipped(task, request, number, output.path))
    return records


def _pool_named(item: Item, request: Request, sinks: Sinks, *, as_image: bool) -> list[Level]:
    """Pool an item; what is wrong with a member of an npz is said with its name."""
    try:
        return pool_item(item, request, sinks, as_image=as_image)
    except (ArgumentError, ArgumentTypeError) as error:
        if item.key is None:
            raise
        raise type(error)(f"member {item.key!r}: {error}") from error
