"""The part of a large Zarr store that is compared: a coarser level, or the middle of the array."""

from __future__ import annotations

import math

from poolcli.core.shape_text import shape_text
from poolcli.io.document import Item
from poolcli.io.zarr.open_zarr import ZarrImage
from poolcli.io.zarr.zarr_source import ZarrSource


def part_of_store(
    item: Item, image: ZarrImage, pooled: tuple[int, ...], max_elements: int
) -> tuple[Item, str]:
    """Return an item for the part of a store that fits in memory, and a note that names it.

    Parameters
    ----------
    item : Item
        The full resolution, which is too large.
    image : ZarrImage
        The store.
    pooled : tuple of int
        The pooled axes.
    max_elements : int
        The size of the largest part.

    Returns
    -------
    item : Item
        The finest level that is small enough; without one, the middle of the full resolution.
    note : str
        What is compared.

    Raises
    ------
    ReadError
        If its chunks are damaged, or the store has vanished.
    """
    whole = shape_text(item.source.shape)
    for level in image.levels[1:]:
        if math.prod(level.array.shape) <= max_elements:
            source = ZarrSource(level.array, level.path)
            values = source[tuple(slice(0, size) for size in source.shape)]
            source.check()
            shown = f"dataset {level.path} ({shape_text(values.shape)}) is compared"
            return item._replace(source=values, key=level.path), f"{shown}; {whole} is too large"
    values = item.source[middle_block(item.source.shape, pooled, max_elements)]
    return item._replace(
        source=values
    ), f"the middle {shape_text(values.shape)} of {whole} is compared"


def middle_block(
    shape: tuple[int, ...], pooled: tuple[int, ...], max_elements: int
) -> tuple[slice, ...]:
    """Return a block in the middle of an array; other axes than the pooled ones shrink first.

    Parameters
    ----------
    shape : tuple of int
        The shape of the array.
    pooled : tuple of int
        The pooled axes.
    max_elements : int
        The size of the largest block.

    Examples
    --------
    >>> middle_block((9, 64, 64), (1, 2), 10_000)
    (slice(3, 5, None), slice(0, 64, None), slice(0, 64, None))
    >>> middle_block((2, 100, 64), (0, 1, 2), 6000)
    (slice(0, 2, None), slice(25, 75, None), slice(2, 62, None))
    """
    sizes = list(shape)
    others = [axis for axis in range(len(shape)) if axis not in pooled]
    for axis in others:
        if math.prod(sizes) > max_elements:
            rest = math.prod(sizes) // sizes[axis]
            sizes[axis] = max(1, max_elements // rest)
    while math.prod(sizes) > max_elements:
        longest = max(pooled, key=lambda axis: sizes[axis])
        rest = math.prod(sizes) // sizes[longest]
        sizes[longest] = max(sizes[longest] // 2, min(sizes[longest], max_elements // rest))
    starts = [(whole - size) // 2 for whole, size in zip(shape, sizes, strict=True)]
    return tuple(slice(start, start + size) for start, size in zip(starts, sizes, strict=True))
