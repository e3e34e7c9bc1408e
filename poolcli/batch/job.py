"""One task from its input to its records: open, pool, write, tell."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import BinaryIO

from poolcli.batch.output import (
    check_path,
    level_path,
    settle,
    wanted_format,
    write,
    write_indices,
)
from poolcli.batch.plan import Plan, Task
from poolcli.batch.pooling import Level, pool_item
from poolcli.batch.tell import failure, records_of, skipped
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.errors import FormatError, PoolcliError, ReadError
from poolcli.media.arrays import open_npy, open_npz
from poolcli.media.formats import ARRAY_FORMATS
from poolcli.media.images import open_image
from poolcli.media.kind import HEAD_BYTES, Kind, kind_of
from poolcli.media.source import Document, Item
from poolcli.report.record import Record
from poolcli.request import STREAM, Request

EMPTY_STREAM = "standard input is empty; see whether the command before the pipe failed"


def do(task: Task, plan: Plan, request: Request) -> list[Record]:
    """Work on one task; whatever is wrong with it ends up in a record."""
    start = perf_counter()
    try:
        if task.failure is not None:
            raise task.failure
        records = _pool(task, plan, request)
    except (PoolcliError, ArgumentError, ArgumentTypeError) as error:
        records = [failure(task, request, type(error).__name__, str(error))]
    except MemoryError:
        records = [failure(task, request, "MemoryError", "there is not enough memory for it")]
    except BrokenPipeError:
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


def _pool(task: Task, plan: Plan, request: Request) -> list[Record]:
    target = task.target
    assert target is not None
    numbers = [None] if request.levels is None else list(range(1, request.levels + 1))
    planned = [level_path(target.path, number) for number in numbers]
    due = {path: check_path(path, task.input, request) for path in planned}
    if request.indices is not None:
        check_path(request.indices, task.input, request)
    if not any(due.values()):
        return [skipped(task, request, *at) for at in zip(numbers, planned, strict=True)]
    with opened(task.input, request) as document:
        as_image = wanted_format(document, target) not in ARRAY_FORMATS.values()
        pooled = [_pool_named(item, request, as_image=as_image) for item in document.items()]
        results = [[levels[at] for levels in pooled] for at in range(len(numbers))]
        if request.indices is not None and len(results[0]) > 1 and results[0][0].key is not None:
            raise FormatError("--indices takes one array, the .npz holds several")
        outputs = [
            settle(document, result, task, plan, number)
            for number, result in zip(numbers, results, strict=True)
        ]
        records = []
        for number, output, result in zip(numbers, outputs, results, strict=True):
            if output.path not in due:  # its extension was corrected
                due[output.path] = check_path(output.path, task.input, request)
            if due[output.path]:
                write(output, document, result, request)
                records += records_of(task, request, document, output, result, number)
            else:
                records.append(skipped(task, request, number, output.path))
        if request.indices is not None:
            write_indices(request.indices, results[0])
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
        kind = kind_of(head)
        if kind is Kind.NPY:
            with open_npy(file) as document:
                yield document
        elif kind is Kind.NPZ:
            with open_npz(file) as document:
                yield document
        else:
            with open_image(file, request.max_pixels) as document:
                yield document


@contextmanager
def _file(path: str) -> Iterator[BinaryIO]:
    """An input as a seekable file; pipes are read into memory."""
    if path == STREAM:
        if sys.stdin is None:  # closed before the start
            raise ReadError("standard input is closed; name a file or pipe one in")
        yield io.BytesIO(sys.stdin.buffer.read())
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise ReadError("there is no such file; check its name and the current folder") from error
    except PermissionError as error:
        raise ReadError("cannot be opened: Permission denied; chmod +r lets it be read") from error
    except OSError as error:
        raise ReadError(f"cannot be opened: {error.strerror or error}") from error
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            yield file
        else:
            yield io.BytesIO(file.read())
