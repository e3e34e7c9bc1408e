"""The search for tiles that hold several values; most tiles of label maps hold one."""

from __future__ import annotations

from collections.abc import Sequence

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.fast_strided_copy import UNSIGNED_DTYPES
from poolcli.core.taps import index_on_axis


class MixedTileFinder:
    """The search for tiles that hold several values, in blocks of one shape.

    It is fast because adjacent elements of a tile are compared as one wide integer, and because a
    comparison writes one byte, where the smallest and the largest value would be two elements.

    Parameters
    ----------
    shape : sequence of int
        The shape of the blocks; at least one tile fits.
    tile : sequence of int
        The shape of a tile.
    dtype : dtype
        The dtype of blocks, an integer.

    Examples
    --------
    >>> import numpy as np
    >>> finder = MixedTileFinder((2, 4), (2, 2), np.dtype("u1"))
    >>> finder.find(np.array([[5, 5, 7, 7], [5, 5, 7, 6]], np.uint8))
    (array([[5, 7]], dtype=uint8), array([[False,  True]]))
    """

    def __init__(self, shape: Sequence[int], tile: Sequence[int], dtype: DType) -> None:
        self._inside = tuple(slice(0, n // k * k) for n, k in zip(shape, tile, strict=True))
        self._dtype, self._wide = dtype, UNSIGNED_DTYPES[dtype.itemsize]
        wide_bytes = 2 * dtype.itemsize
        while (
            wide_bytes in UNSIGNED_DTYPES
            and (tile[-1] * dtype.itemsize) % wide_bytes == 0
            and (shape[-1] * dtype.itemsize) % wide_bytes == 0  # rows stay aligned
        ):
            self._wide = UNSIGNED_DTYPES[wide_bytes]
            wide_bytes *= 2
        steps = (*tile[:-1], tile[-1] * dtype.itemsize // self._wide.itemsize)
        self._steps = [(dim, step) for dim, step in enumerate(steps) if step > 1]

    def find(self, block: Array) -> tuple[Array, Array]:
        """Return an element of each tile, and a mask of the tiles that hold several values.

        Parameters
        ----------
        block : ndarray
            C-contiguous.

        Returns
        -------
        (ndarray, ndarray of bool)
            One value for each tile, in memory of their own.
        """
        values = block[self._inside].view(self._wide)
        mask: Array | None = None
        for dim, step in self._steps:
            at = [index_on_axis(dim, slice(start, None, step)) for start in range(step)]
            first = values[at[0]]
            differs = first != values[at[1]]
            for index in at[2:]:
                differs |= first != values[index]
            for index in at if mask is not None else ():
                differs |= mask[index]  # type: ignore[index]
            values, mask = first, differs
        if values.itemsize == self._dtype.itemsize:
            values = values.copy()
        while values.itemsize > self._dtype.itemsize:
            half = UNSIGNED_DTYPES[values.itemsize // 2]
            other = (values >> values.dtype.type(8 * half.itemsize)).astype(half)
            values = values.astype(half)
            differs = values != other
            if mask is not None:
                differs |= mask
            mask = differs
        assert mask is not None, "tiles have several elements"
        return values.view(self._dtype), mask
