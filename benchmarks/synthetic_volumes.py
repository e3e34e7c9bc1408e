"""Volumes for benchmarks: a segmentation like a real one, and an image like a microscope's.

Both are computed part by part. A part depends on its position and the seed alone, so that parts can
be made in any order and by several processes.
"""

from __future__ import annotations

from itertools import product
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"

SEED = 0
CELL_SIZE = 48
"""The mean distance of the centres of cells, in voxels."""

BACKGROUND_SHARE = 0.2
"""The share of cells that are background (label 0)."""

TILE = 16
"""The side of the cubes whose nearest centres are searched at a time."""


def _random_of_cells(cells: Array) -> Array:
    """Return four random uint32 for each cell, given three coordinates each."""
    state = np.full(cells.shape[:-1], SEED + 1, np.uint64)
    for dim in range(3):
        state = (state ^ cells[..., dim].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        state ^= state >> np.uint64(29)
    numbers = []
    for _ in range(4):
        state = state * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(0x94D049BB133111EB)
        numbers.append((state >> np.uint64(32)).astype(np.uint32))
    return np.stack(numbers, axis=-1)


def segmentation(corner: tuple[int, int, int], shape: tuple[int, int, int]) -> Array:
    """Return a part of a label volume: cells with flat borders, random 32-bit labels, background.

    Each voxel has the label of the nearest of the cells' centres, of which there is one at a random
    position in each cube of a grid.

    Parameters
    ----------
    corner : tuple of int
        The position of the part's first voxel; multiples of `TILE`.
    shape : tuple of int
        The shape of the part; multiples of `TILE`.

    Returns
    -------
    ndarray of uint32
    """
    out = np.empty(shape, np.uint32)
    # The columns are the coordinates of a tile's voxels around its centre, and 1.
    steps = np.arange(TILE, dtype=np.float32) - (TILE - 1) / 2
    voxels = np.stack([*np.meshgrid(steps, steps, steps, indexing="ij"), np.ones((TILE,) * 3)])
    voxels = voxels.reshape(4, -1).astype(np.float32)
    low = [start // CELL_SIZE - 2 for start in corner]
    high = [(start + size) // CELL_SIZE + 3 for start, size in zip(corner, shape, strict=True)]
    cells = np.stack(np.meshgrid(*map(np.arange, low, high), indexing="ij"), axis=-1).reshape(-1, 3)
    numbers = _random_of_cells(cells)
    labels = np.where(numbers[:, 3] < BACKGROUND_SHARE * 2**32, 0, numbers[:, 3])
    centres = (cells + numbers[:, :3] / 2**32) * CELL_SIZE
    for tile in product(*(range(0, size, TILE) for size in shape)):
        offsets = centres - (np.add(corner, tile) + (TILE - 1) / 2)
        distances = np.sqrt((offsets**2).sum(axis=1))
        near = np.flatnonzero(distances <= distances.min() + TILE * 3**0.5)
        # The nearest centre c of a voxel x has the smallest |c|² / 2 - c·x.
        factors = np.concatenate([-offsets[near], (distances[near, None] ** 2) / 2], axis=1)
        nearest = (factors.astype(np.float32) @ voxels).argmin(axis=0)
        part = tuple(slice(start, start + TILE) for start in tile)
        out[part] = labels[near].take(nearest).reshape((TILE,) * 3)
    return out


def microscopy(corner: tuple[int, int, int], shape: tuple[int, int, int]) -> Array:
    """Return a part of an image volume: smooth blobs, a dark background and a camera's noise.

    Parameters
    ----------
    corner, shape : tuple of int
        The position of the part's first voxel, and its shape.

    Returns
    -------
    ndarray of uint16
    """
    spans = [np.arange(start, start + size) for start, size in zip(corner, shape, strict=True)]
    z, y, x = (np.sin(span * (2 * np.pi / 61)).astype(np.float32) for span in spans)
    slow = [np.sin(span * (2 * np.pi / 397) + 1).astype(np.float32) for span in spans]
    blobs = z[:, None, None] * y[:, None] * x
    blobs += 0.5 * slow[0][:, None, None] * slow[1][:, None] * slow[2]
    signal = 100 + 1500 * np.maximum(blobs, 0) ** 2
    rng = np.random.default_rng([SEED, *corner])
    noise = rng.standard_normal(shape, dtype=np.float32) * np.sqrt(signal)
    return np.clip(signal + noise, 0, 65535).astype(np.uint16)
