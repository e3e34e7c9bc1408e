"""Reduction of tiles: windows that lie side by side, from the first element of a block on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.taps import AxisBlock, Windows


class TileReducer:
    """The reduction of all complete tiles of blocks of one shape.

    Parameters
    ----------
    shape : sequence of int
        The shape of the blocks; at least one tile fits.
    tile : sequence of int
        The shape of a tile.

    Attributes
    ----------
    out_shape : tuple of int
        The numbers of tiles along the axes.
    inside : tuple of slice
        The part of a block that consists of complete tiles.
    windows : tuple of AxisBlock or None
        As in `OutputBlock`, for this part.

    Examples
    --------
    >>> TileReducer((2, 5), (2, 2)).reduce(np.maximum, np.arange(10).reshape(2, 5), 0, int)
    array([[6, 8]])
    """

    def __init__(self, shape: Sequence[int], tile: Sequence[int]) -> None:
        self.out_shape = tuple(n // k for n, k in zip(shape, tile, strict=True))
        pairs = list(zip(self.out_shape, tile, strict=True))
        self.inside = tuple(slice(0, n * k) for n, k in pairs)
        self.windows: Windows = tuple(
            AxisBlock(Axis(n * k, n, k, k), (0, n), (0, n * k)) if k > 1 else None for n, k in pairs
        )
        self._reducers = [
            AxisReducer(dim, each) for dim, each in enumerate(self.windows) if each is not None
        ]

    def reduce(
        self, ufunc: np.ufunc, block: Array, identity: Any, dtype: DType, number: int = 0
    ) -> Array:
        """Reduce the elements of each tile; see `AxisReducer.reduce`."""
        values = block[self.inside]
        for reducer in self._reducers:
            values = reducer.reduce(ufunc, values, identity, dtype, number)
        return values
