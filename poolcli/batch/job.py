"""One task from its input to its records: open, pool, write, tell."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from time import perf_counter
from typing import BinaryIO

from poolcli.batch.desk import Desk, UnansweredError
from poolcli.batch.due import Due
from poolcli.batch.output import Output, foreseen, settle, wanted_format
from poolcli.batch.pooling import Level, pool_item
from poolcli.batch.tasks import Target, Task
from poolcli.batch.tell import failure, records_of, skipped
from poolcli.batch.write import indices_beside, write
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.modes import find
from poolcli.errors import FormatError, PoolcliError, ReadError
from poolcli.media.arrays import open_npy, open_npz
from poolcli.media.formats import ARRAY_FORMATS
from poolcli.media.images import open_image
from poolcli.media.kind import HEAD_BYTES, Kind, kind_of
from poolcli.media.paths import level_paths
from poolcli.media.source import Document, Item, Opened
from poolcli.report.record import Record
from poolcli.request import STREAM, Request

EMPTY_STREAM = "standard input is empty; see whether the command before the pipe failed"


def do(task: Task, request: Request, desk: Desk) -> list[Record]:
    """Work on one task; whatever is wrong with it ends up in a record.

    Raises
    ------
    UnansweredError
        If it has to be known whether it may write a file, and the desk cannot tell.
    """
    start = perf_counter()
    try:
        if task.failure is not None:
            raise task.failure
        records = _pool(task, request, desk)
    except (PoolcliError, ArgumentError, ArgumentTypeError) as error:
        records = [failure(task, request, type(error).__name__, str(error))]
    except MemoryError:
        records = [failure(task, request, "MemoryError", "there is not enough memory for it")]
    except (BrokenPipeError, UnansweredError):
        raise
    except Exception as error:
        # A bug must not cost the other files of a batch; --debug shows where it is.
        if request.debug:
            raise
        words = f"a bug in poolcli ({type(error).__name__}: {error}); --debug shows the traceback"
        records = [failure(task, request, type(error).__name__, words)]
    spent = perf_counter() - start
    for record in records:
        record.seconds = spent / len(records)
    return records


def _pool(task: Task, request: Request, desk: Desk) -> list[Record]:
    assert task.target is not None
    due = Due(task, request, desk)
    path = foreseen(task.target, request)
    if path is not None and not due.anything(path):
        return _passed_over(task, request, path)
    with opened(task.input, request) as document:
        if path is None:
            path = foreseen(task.target, request, document)
            if path is not None and not due.anything(path):
                return _passed_over(task, request, path)
        results = _results(document, task.target, request)
        outputs = [
            settle(document, result, task.target, number)
            for number, result in zip(_numbers(request), results, strict=True)
        ]
        due.claim([output.path for output in outputs])
        return _write(task, request, document, outputs, results, due)


def _numbers(request: Request) -> list[int | None]:
    return [None] if request.levels is None else list(range(1, request.levels + 1))


def _passed_over(task: Task, request: Request, path: str) -> list[Record]:
    paths = level_paths(path, request.levels)
    return [skipped(task, request, *at) for at in zip(_numbers(request), paths, strict=True)]


def _results(document: Document, target: Target, request: Request) -> list[list[Level]]:
    """All items of a document, level by level."""
    if request.indices is not None and document.format == "NPZ" and document.count > 1:
        raise FormatError("--indices takes one array, the .npz holds several")
    as_image = wanted_format(document, target) not in ARRAY_FORMATS.values()
    pooled = [_pool_named(item, request, as_image=as_image) for item in document.items()]
    return [list(level) for level in zip(*pooled, strict=True)]


def _write(
    task: Task,
    request: Request,
    document: Document,
    outputs: list[Output],
    results: list[list[Level]],
    due: Due,
) -> list[Record]:
    """Write what is due; whether anything may not be is asked before the first is."""
    wanted = [due.wants(output.path) for output in outputs]
    indices = request.indices
    beside: AbstractContextManager[None] = nullcontext()
    if indices is not None and due.wants(indices) and not request.dry_run:
        beside = indices_beside(indices, results[0])
    records = []
    with beside:
        for number, output, result, is_due in zip(
            _numbers(request), outputs, results, wanted, strict=True
        ):
            if is_due:
                if not request.dry_run:
                    write(output, document, result, request)
                records += records_of(task, request, document, output, result, number)
            else:
                records.append(skipped(task, request, number, output.path))
    return records


def _pool_named(item: Item, request: Request, *, as_image: bool) -> list[Level]:
    """Pool an item; what is wrong with a member of an npz is said with its name."""
    try:
        return pool_item(item, request, as_image=as_image)
    except (ArgumentError, ArgumentTypeError) as error:
        if item.key is None:
            raise
        raise type(error)(f"member {item.key!r}: {error}") from error


@contextmanager
def opened(path: str, request: Request) -> Iterator[Document]:
    """Open an input of whatever kind.

    Raises
    ------
    ReadError, LimitError
        If it cannot be read.
    """
    with _file(path) as file:
        try:
            head = file.read(HEAD_BYTES)
            file.seek(0)
        except OSError as error:
            raise ReadError(f"cannot be read: {error.strerror or error}") from error
        if not head:
            raise ReadError(EMPTY_STREAM if path == STREAM else "the file is empty")
        with _watched(file) as state, _document(file, kind_of(head), request) as document:
            items = document.items
            yield replace(document, items=lambda: _unchanged(items(), state))


def _document(file: BinaryIO, kind: Kind, request: Request) -> Opened:
    if kind is Kind.NPY:
        return open_npy(file)
    if kind is Kind.NPZ:
        return open_npz(file)
    return open_image(file, request.max_pixels, indexed=find(request.mode).whole_pixels)


State = Callable[[], tuple[int, int]]
"""Gives what changes with a file's content."""


def _unchanged(items: Iterator[Item], state: State) -> Iterator[Item]:
    """The items; if the file was written to meanwhile, that is known after the last.

    Raises
    ------
    ReadError
        If it was.
    """
    before = state()
    yield from items
    if state() != before:
        raise ReadError("it was changed while it was read; try again when it is complete")


@contextmanager
def _watched(file: BinaryIO) -> Iterator[State]:
    """Keep an eye on a file, also when its reader has closed it."""
    try:
        descriptor = os.dup(file.fileno())
    except OSError:  # it is held in memory
        yield lambda: (0, 0)
        return

    def state() -> tuple[int, int]:
        found = os.fstat(descriptor)
        return found.st_size, found.st_mtime_ns

    try:
        yield state
    finally:
        os.close(descriptor)


@contextmanager
def _file(path: str) -> Iterator[BinaryIO]:
    """An input as a seekable file; pipes are read into memory."""
    if path == STREAM:
        if sys.stdin is None:  # closed before the start
            raise ReadError("standard input is closed; name a file or pipe one in")
        yield _all_of(sys.stdin.buffer)
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise ReadError("there is no such file; check its name and the current folder") from error
    except PermissionError as error:
        hint = "; chmod +r lets it be read" if os.path.exists(path) else ""  # noqa: PTH110
        raise ReadError(f"cannot be opened: Permission denied{hint}") from error
    except OSError as error:
        raise ReadError(f"cannot be opened: {error.strerror or error}") from error
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            yield file
        else:
            yield _all_of(file)


def _all_of(file: BinaryIO) -> BinaryIO:
    """What a pipe gives, to be sought in."""
    try:
        return io.BytesIO(file.read())
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror or error}") from error
