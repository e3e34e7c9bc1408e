"""Blocks of npy files: reading and writing give the same elements as slices of the array."""

from __future__ import annotations

import os
import tempfile
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.io.arrays import npy_blocks
from poolcli.io.arrays.npy import open_npy, write_npy
from poolcli.io.arrays.npy_blocks import NpyWriter
from poolcli.io.arrays.npy_header import NpyHeader


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_blocks_are_read(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    dtype = data.draw(st.sampled_from(["u1", ">i4", "c16"]))
    x = np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    bounds = [sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n)))) for n in shape]
    block = tuple(slice(start, stop) for start, stop in bounds)
    min_range_bytes = data.draw(st.sampled_from([0, 64, 4096]))
    rows_bytes = data.draw(st.sampled_from([1, 50, 4096]))
    with (
        tempfile.TemporaryFile() as file,
        mock.patch.object(npy_blocks, "MIN_RANGE_BYTES", min_range_bytes),
        mock.patch.object(npy_blocks, "ROWS_BYTES", rows_bytes),
    ):
        write_npy(file, x, fortran_order=data.draw(st.booleans()))
        file.seek(0)
        with open_npy(file) as document:
            (item,) = document.items()
            np.testing.assert_array_equal(item.source[block], x[block])


def test_short_reads_and_writes_are_continued() -> None:
    x = np.arange(100_000, dtype=np.int32).reshape(100, 1000)
    preadv, pwrite = os.preadv, os.pwrite
    with (
        tempfile.TemporaryFile() as file,
        mock.patch.object(os, "preadv", lambda fd, parts, at: preadv(fd, [parts[0][:7001]], at)),
        mock.patch.object(os, "pwrite", lambda fd, data, at: pwrite(fd, data[:5003], at)),
    ):
        os.truncate(file.fileno(), 128 + x.nbytes)
        array = NpyWriter(file.fileno(), NpyHeader(x.shape, False, x.dtype, 128))
        array[0:100, 0:1000] = x
        array[3:70, 5:900] = x[3:70, 5:900]
        np.testing.assert_array_equal(array[0:100, 0:1000], x)
        np.testing.assert_array_equal(array[20:40, 3:990], x[20:40, 3:990])
