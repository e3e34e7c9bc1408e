"""The description of an output array: all that is needed to create it in a Zarr group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.errors import FormatError
from poolcli.io.zarr.chunk_shapes import chunk_shapes
from poolcli.io.zarr.codec_conversion import (
    ChunkCodecs,
    codecs_like,
    default_codecs,
    is_big_endian,
)

if TYPE_CHECKING:
    import zarr

UNKNOWN_DTYPES = {np.dtype(code).name for code in "gG"} - {"float64", "complex128"}
"""Long doubles, which are float64 on some machines."""

FillValue = bool | int | float | complex | None


class ArraySpec(NamedTuple):
    """The metadata of an output array. It contains no object of zarr and can be pickled.

    Attributes
    ----------
    path : str
        The path of the array in its group.
    shape : tuple of int
        The shape of the array.
    dtype : str
        NumPy's name of the dtype. Its byte order is that of the chunks in Zarr 2; in Zarr 3 the
        serializer has the byte order.
    chunks : tuple of int
        The shape of a chunk.
    shards : tuple of int, optional
        The shape of a shard; None if each chunk is a file.
    zarr_format : {2, 3}
        The format of the metadata.
    codecs : ChunkCodecs
        The codecs of a chunk.
    fill_value : bool, int, float, complex or None
        The value of elements in chunks that are not stored; None for an undefined one (Zarr 2).
    dimension_names : tuple of str, optional
        The names of the axes. Zarr 2 keeps them in the attribute that xarray reads.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    chunks: tuple[int, ...]
    shards: tuple[int, ...] | None
    zarr_format: Literal[2, 3]
    codecs: ChunkCodecs
    fill_value: FillValue
    dimension_names: tuple[str, ...] | None

    @property
    def unit(self) -> tuple[int, ...]:
        """The shape of the smallest part that two writers may write at a time: shard or chunk."""
        return self.shards or self.chunks


def array_spec(
    path: str,
    shape: Sequence[int],
    dtype: npt.DTypeLike,
    *,
    like: zarr.Array[Any] | None = None,
    chunks: tuple[int, ...] | None = None,
    zarr_format: Literal[2, 3] = 3,
    axis_names: Sequence[str] | None = None,
    spatial: Sequence[int] | None = None,
) -> ArraySpec:
    """Return the description of an output array.

    Parameters
    ----------
    path : str
        The path of the array in its group.
    shape : sequence of int
        The shape of the output.
    dtype : dtype
        The dtype of the output.
    like : zarr.Array, optional
        The input array, with as many axes. Chunks, shards, codecs, byte order and fill value are
        its own where the format and the dtype allow.
    chunks : tuple of int, optional
        The shape of a chunk that the user asks for; see
        `poolcli.io.zarr.chunk_shapes.chunk_shapes`.
    zarr_format : {2, 3}
        The format of the output.
    axis_names : sequence of str, optional
        The names of the axes.
    spatial : sequence of int, optional
        The spatial axes, over which chunks extend by default; None for the last three.

    Raises
    ------
    FormatError
        If Zarr lacks the dtype, or `chunks` has a wrong number of sizes.

    Examples
    --------
    >>> spec = array_spec("0", (3, 200, 300), "u2", spatial=(1, 2), axis_names="cyx")
    >>> spec.unit, spec.dtype, spec.fill_value, spec.dimension_names
    ((1, 200, 300), '<u2', 0, ('c', 'y', 'x'))
    """
    numpy_dtype = np.dtype(dtype)
    if numpy_dtype.kind not in "biufc" or numpy_dtype.name in UNKNOWN_DTYPES:
        raise FormatError(f"Zarr has no dtype {numpy_dtype}; --dtype float64 converts it")
    if spatial is None:
        spatial = range(len(shape))[-3:]
    shapes = chunk_shapes(
        shape,
        numpy_dtype.itemsize,
        like=like,
        chunks=chunks,
        spatial=spatial,
        with_shards=zarr_format == 3,
    )
    is_big = like is not None and zarr_format == 2 and is_big_endian(like)
    stored = numpy_dtype.newbyteorder(">" if is_big else "<")
    if like is None:
        codecs = default_codecs(stored, zarr_format)
    else:
        codecs = codecs_like(like, stored, zarr_format)
    return ArraySpec(
        path=path,
        shape=tuple(map(int, shape)),
        dtype=stored.str,
        chunks=shapes.chunks,
        shards=shapes.shards,
        zarr_format=zarr_format,
        codecs=codecs,
        fill_value=_fill_value(like, numpy_dtype, zarr_format),
        dimension_names=None if axis_names is None else tuple(axis_names),
    )


def _fill_value(like: zarr.Array[Any] | None, dtype: np.dtype[Any], zarr_format: int) -> FillValue:
    """Return the input's fill value if the dtype can hold it exactly, else 0."""
    zero: FillValue = dtype.type(0).item()
    if like is None:
        return zero
    value = like.fill_value
    if value is None:
        return None if zarr_format == 2 else zero
    if np.iscomplexobj(value) and dtype.kind != "c":
        return zero
    try:
        with np.errstate(all="ignore"):
            cast: FillValue = np.asarray(value).astype(dtype).item()
    except (OverflowError, ValueError):
        return zero
    is_nan = value != value and cast != cast
    return cast if is_nan or cast == value.item() else zero
