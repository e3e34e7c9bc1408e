"""Boxes of npy files are those of the arrays."""

from __future__ import annotations

import tempfile
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.media import npyfile
from poolcli.media.arrays import open_npy, write_npy


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
        mock.patch.object(npyfile, "SHORT_RUN", data.draw(st.sampled_from([0, 64, 4096]))),
        mock.patch.object(npyfile, "ROWS_BYTES", data.draw(st.sampled_from([1, 50, 4096]))),
    ):
        write_npy(file, x, fortran=data.draw(st.booleans()))
        file.seek(0)
        with open_npy(file) as document:
            (item,) = document.items()
            np.testing.assert_array_equal(item.source[box], x[box])
