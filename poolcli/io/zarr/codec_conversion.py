"""The codecs of an output array: those of the input, adapted to another dtype or Zarr format.

Zarr 2 has filters and one compressor, which numcodecs defines. Zarr 3 has codecs from arrays to
arrays, one from an array to bytes, and codecs from bytes to bytes. Codecs that change values
(rounding, scaling, casts) are left out, so that results are stored as they were computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import zarr

Codec = dict[str, Any]
"""A codec as JSON: ``id`` and its options in Zarr 2, ``name`` and ``configuration`` in Zarr 3."""

BLOSC_SHUFFLES = "noshuffle", "shuffle", "bitshuffle"
"""The names of Blosc's filters in Zarr 3, by their numbers in Zarr 2."""

COMPRESSORS = {"blosc", "zstd", "gzip", "zlib", "bz2", "lz4", "lzma"}
CHECKSUMS = {"crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3"}
CODECS_OF_ZARR_3 = {"blosc", "zstd", "gzip", "crc32c"}
"""Codecs that Zarr 3 defines itself. Others have the prefix "numcodecs." there."""

DEFAULT_COMPRESSOR = {"id": "blosc", "cname": "zstd", "clevel": 5, "shuffle": 1, "blocksize": 0}


class ChunkCodecs(NamedTuple):
    """The codecs of a chunk, as the JSON of an array's metadata has them.

    Attributes
    ----------
    filters : tuple of dict
        From an array to an array; in Zarr 2 all that come before the compressor.
    serializer : dict, optional
        From an array to bytes; None in Zarr 2.
    compressors : tuple of dict
        From bytes to bytes; in Zarr 2 one at most.
    order : {"C", "F"}
        The order of the elements in a chunk of Zarr 2; "C" in Zarr 3, which has a filter for it.
    """

    filters: tuple[Codec, ...]
    serializer: Codec | None
    compressors: tuple[Codec, ...]
    order: Literal["C", "F"] = "C"


class _Chain(NamedTuple):
    """The codecs of an array in the order of encoding, in the form of Zarr 2."""

    codecs: list[Codec]
    transposes: list[list[int]]
    is_big_endian: bool


def default_codecs(dtype: np.dtype[Any], zarr_format: Literal[2, 3]) -> ChunkCodecs:
    """Return Blosc with Zstandard and shuffled bytes.

    Examples
    --------
    >>> default_codecs(np.dtype("u2"), 2).compressors
    ({'id': 'blosc', 'cname': 'zstd', 'clevel': 5, 'shuffle': 1, 'blocksize': 0},)
    """
    return _chunk_codecs(_Chain([DEFAULT_COMPRESSOR], [], False), dtype, zarr_format)


def codecs_like(
    like: zarr.Array[Any], dtype: np.dtype[Any], zarr_format: Literal[2, 3]
) -> ChunkCodecs:
    """Return the codecs of an array, adapted to another dtype and Zarr format.

    Parameters
    ----------
    like : zarr.Array
        The array whose codecs are kept.
    dtype : numpy.dtype
        The dtype of the output. Delta filters are kept for integers only: for floats they round.
    zarr_format : {2, 3}
        The format of the output. Codecs that it lacks are left out; zlib becomes gzip in Zarr 3.
    """
    chain = _chain_of_v2(like) if like.metadata.zarr_format == 2 else _chain_of_v3(like)
    codecs = [kept for each in chain.codecs if (kept := _adapted(each, dtype, zarr_format))]
    if len(codecs) < len(chain.codecs) and not any(map(_is_compressor, codecs)):
        codecs.append(DEFAULT_COMPRESSOR)
    return _chunk_codecs(chain._replace(codecs=codecs), dtype, zarr_format)


def is_big_endian(array: zarr.Array[Any]) -> bool:
    """Return whether the chunks of an array contain big-endian numbers."""
    is_v2 = array.metadata.zarr_format == 2
    return (_chain_of_v2(array) if is_v2 else _chain_of_v3(array)).is_big_endian


def _chain_of_v2(array: zarr.Array[Any]) -> _Chain:
    metadata: dict[str, Any] = array.metadata.to_dict()
    codecs = [*(metadata["filters"] or ())]
    codecs += [metadata["compressor"]] if metadata["compressor"] else []
    backwards = [*reversed(range(array.ndim))]
    transposes = [backwards] if metadata["order"] == "F" and array.ndim > 1 else []
    return _Chain(codecs, transposes, str(metadata["dtype"]).startswith(">"))


def _chain_of_v3(array: zarr.Array[Any]) -> _Chain:
    metadata: dict[str, Any] = array.metadata.to_dict()
    codecs: list[Codec] = [*metadata["codecs"]]
    while sharding := next((each for each in codecs if each["name"] == "sharding_indexed"), None):
        codecs = [*sharding["configuration"]["codecs"]]
    chain = _Chain([], [], False)
    for codec in codecs:
        options: Codec = dict(codec.get("configuration") or {})
        if codec["name"] == "transpose":
            chain.transposes.append([*options["order"]])
        elif codec["name"] == "bytes":
            chain = chain._replace(is_big_endian=options.get("endian") == "big")
        else:
            chain.codecs.append(_from_v3(codec["name"].removeprefix("numcodecs."), options))
    return chain


def _from_v3(name: str, options: Codec) -> Codec:
    if name == "blosc" and options.get("shuffle") in BLOSC_SHUFFLES:
        options.pop("typesize", None)
        options["shuffle"] = BLOSC_SHUFFLES.index(options["shuffle"])
    return {"id": name, **options}


def _adapted(codec: Codec, dtype: np.dtype[Any], zarr_format: int) -> Codec | None:
    """Return a codec for another dtype; None for one that is left out."""
    name = codec["id"]
    if name in COMPRESSORS or name in CHECKSUMS:
        return codec
    if name == "shuffle":
        return {"id": name, "elementsize": dtype.itemsize}
    is_exact = np.dtype(codec.get("astype") or codec.get("dtype") or "b") == codec.get("dtype")
    if name == "delta" and dtype.kind in "iu" and is_exact:
        return {"id": name, "dtype": dtype.str, "astype": dtype.str}
    return codec if name == "packbits" and dtype.kind == "b" and zarr_format == 2 else None


def _chunk_codecs(chain: _Chain, dtype: np.dtype[Any], zarr_format: int) -> ChunkCodecs:
    if zarr_format == 2:
        count = next((i for i, each in enumerate(chain.codecs) if _is_compressor(each)), None)
        compressors = [] if count is None else [_blosc_of_v2(chain.codecs[count])]
        is_reversed = any(each == sorted(each, reverse=True) for each in chain.transposes)
        order: Literal["C", "F"] = "F" if is_reversed else "C"
        return ChunkCodecs(tuple(chain.codecs[:count]), None, tuple(compressors), order)
    filters = [_to_v3(each, dtype) for each in chain.codecs if each["id"] == "delta"]
    if filters:
        # Delta of numcodecs decodes wrongly what is not in C order and native byte order.
        chain = chain._replace(transposes=[], is_big_endian=False)
    filters += [{"name": "transpose", "configuration": {"order": o}} for o in chain.transposes]
    compressors = [_to_v3(each, dtype) for each in chain.codecs if each["id"] != "delta"]
    serializer: Codec = {"name": "bytes"}
    if dtype.itemsize > 1:
        serializer["configuration"] = {"endian": "big" if chain.is_big_endian else "little"}
    return ChunkCodecs(tuple(filters), serializer, tuple(compressors))


def _is_compressor(codec: Codec) -> bool:
    return codec["id"] in COMPRESSORS


def _blosc_of_v2(codec: Codec) -> Codec:
    """Return a compressor without the size of elements, which Blosc of Zarr 2 takes from arrays."""
    return {key: value for key, value in codec.items() if key != "typesize"}


def _to_v3(codec: Codec, dtype: np.dtype[Any]) -> Codec:
    options = {key: value for key, value in codec.items() if key != "id"}
    name = codec["id"]
    if name == "zlib":
        name = "gzip"  # the same method and levels, in a frame that Zarr 3 defines
    elif name == "zstd":
        options.setdefault("checksum", False)
    elif name == "crc32c":
        options = {}
    elif name == "blosc":
        automatic = 2 if dtype.itemsize == 1 else 1
        number = options.get("shuffle", 1)
        options["shuffle"] = BLOSC_SHUFFLES[automatic if number == -1 else number]
        options["typesize"] = dtype.itemsize
    if name not in CODECS_OF_ZARR_3:
        return {"name": f"numcodecs.{name}", "configuration": options}  # zarr requires both
    return {"name": name, "configuration": options} if options else {"name": name}
