"""Boxes of npy files are those of the arrays."""

from __future__ import annotations

import os
import tempfile
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.io.arrays import npy_blocks
from poolcli.io.arrays.npy import open_npy, write_npy


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_reading_boxes(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    x = np.arange(np.prod(shape), dtype=data.draw(st.sampled_from(["u1", ">i4", "c16"])))
    x = x.reshape(shape)
    box = tuple(
        slice(*sorted((data.draw(st.integers(0, n)), data.draw(st.integers(0, n))))) for n in shape
    )
    with (
        tempfile.TemporaryFile() as file,
        mock.patch.object(npy_blocks, "SHORT_RUN", data.draw(st.sampled_from([0, 64, 4096]))),
        mock.patch.object(npy_blocks, "ROWS_BYTES", data.draw(st.sampled_from([1, 50, 4096]))),
    ):
        write_npy(file, x, fortran=data.draw(st.booleans()))
        file.seek(0)
        with open_npy(file) as document:
            (item,) = document.items()
            np.testing.assert_array_equal(item.source[box], x[box])


def test_the_system_may_read_and_write_less_than_it_is_asked_for() -> None:
    x = np.arange(100_000, dtype=np.int32).reshape(100, 1000)
    preadv, pwrite = os.preadv, os.pwrite
    with (
        tempfile.TemporaryFile() as file,
        mock.patch.object(os, "preadv", lambda fd, parts, at: preadv(fd, [parts[0][:7001]], at)),
        mock.patch.object(os, "pwrite", lambda fd, data, at: pwrite(fd, data[:5003], at)),
    ):
        header = npy_blocks.Header(x.shape, False, x.dtype, 128)
        os.truncate(file.fileno(), 128 + x.nbytes)
        out = npy_blocks.NpyOut(file.fileno(), header)
        out[0:100, 0:1000] = x
        out[3:70, 5:900] = x[3:70, 5:900]
        np.testing.assert_array_equal(out[0:100, 0:1000], x)
        np.testing.assert_array_equal(out[20:40, 3:990], x[20:40, 3:990])
