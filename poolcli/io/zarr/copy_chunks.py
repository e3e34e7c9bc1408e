"""Copying of stored chunks as they are, without decoding them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any

from zarr.storage import LocalStore

if TYPE_CHECKING:
    import zarr


def have_equal_chunks(source: zarr.Array[Any], target: zarr.Array[Any]) -> bool:
    """Return whether the chunk files of two arrays on this machine's disks are interchangeable.

    Parameters
    ----------
    source, target : zarr.Array
        Arrays of the same shape.
    """
    if not all(isinstance(array.store, LocalStore) for array in (source, target)):
        return False
    if source.metadata.zarr_format != target.metadata.zarr_format:
        return False
    return _encoding(source) == _encoding(target)


def copy_chunks(
    source: zarr.Array[Any], target: zarr.Array[Any], ranges: Sequence[tuple[int, int]]
) -> None:
    """Copy the files of the chunks (shards) in a part of an array; missing ones stay missing.

    Parameters
    ----------
    source, target : zarr.Array
        Arrays for which `have_equal_chunks` is True.
    ranges : sequence of (int, int)
        The part, of whole chunks (shards): one range per axis.

    Raises
    ------
    OSError
        If a file cannot be read or written.
    """
    for place in _places(ranges, source.shards or source.chunks):
        names = [_chunk_file(array, place) for array in (source, target)]
        if names[0].exists():
            names[1].parent.mkdir(parents=True, exist_ok=True)
            _copy_file(*names)


def _encoding(array: zarr.Array[Any]) -> dict[str, Any]:
    """Return the metadata on which the bytes of chunks depend."""
    ignored = ("attributes", "dimension_names", "chunk_key_encoding", "dimension_separator")
    return {name: value for name, value in array.metadata.to_dict().items() if name not in ignored}


def _places(ranges: Sequence[tuple[int, int]], unit: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Return the positions, counted in chunks or shards, of a part."""
    return product(
        *(
            range(start // size, -(-stop // size))
            for (start, stop), size in zip(ranges, unit, strict=True)
        )
    )


def _copy_file(source: Path, target: Path) -> None:
    """Copy to a random temporary name and rename: a retried box may copy the same file now."""
    temporary = target.with_name(f".{target.name}.{os.urandom(8).hex()}.partial")
    try:
        copyfile(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _chunk_file(array: zarr.Array[Any], place: tuple[int, ...]) -> Path:
    assert isinstance(array.store, LocalStore)
    return Path(array.store.root, array.path, array.metadata.encode_chunk_key(place))
