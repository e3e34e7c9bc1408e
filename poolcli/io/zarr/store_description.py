"""The description of a Zarr store: its axes, and the shape and storage of each level."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from poolcli.io.tiff.pixel_size import AxisStep, PixelSize, unit_text

if TYPE_CHECKING:
    import zarr

    from poolcli.io.zarr.open_zarr import ZarrImage, ZarrLevel

LETTERS_OF_PIXEL_SIZES = {"D": "Z", "H": "Y", "W": "X"} | {letter: letter for letter in "ZYX"}
"""The letters of spatial axes, and those of pixel sizes."""


class AxisDescription(NamedTuple):
    """One axis of an image, as OME-Zarr describes it."""

    name: str
    type: str | None
    unit: str | None


class LevelDescription(NamedTuple):
    """One array of a store.

    Attributes
    ----------
    path : str
        Its path in the store; empty for a plain array.
    chunks : list of int
        The shape of the chunks; of the inner ones, if they are stored in shards.
    shards : list of int, optional
        The shape of the shards.
    codecs : list of str
        The names of the filters and compressors, each with the compressor that it contains.
    scale, translation : list of float, optional
        Per axis; position = scale * index + translation.
    pixel_size : mapping of str to AxisStep, optional
        The scale of the spatial axes, by their letters Z, Y and X.
    """

    path: str
    shape: list[int]
    dtype: str
    chunks: list[int]
    shards: list[int] | None
    codecs: list[str]
    scale: list[float] | None
    translation: list[float] | None
    pixel_size: PixelSize | None

    def as_json(self) -> dict[str, Any]:
        """Return the object of a JSON line; the scale stands for the size of a pixel."""
        values = self._asdict()
        del values["pixel_size"]
        return values


class StoreDescription(NamedTuple):
    """A Zarr array, or an OME-Zarr image with its levels, full resolution first."""

    zarr_format: int
    axes: list[AxisDescription] | None
    levels: list[LevelDescription]

    def as_json(self) -> dict[str, Any]:
        """Return the object ``store`` of a JSON line."""
        return {
            "zarr_format": self.zarr_format,
            "axes": None if self.axes is None else [axis._asdict() for axis in self.axes],
            "levels": [level.as_json() for level in self.levels],
        }


def describe_store(image: ZarrImage) -> StoreDescription:
    """Return the description of a store, without reading its chunks.

    Parameters
    ----------
    image : ZarrImage
        The opened store.
    """
    axes = image.axes and [AxisDescription(axis.name, axis.type, axis.unit) for axis in image.axes]
    return StoreDescription(
        image.zarr_format, axes or None, [_describe_level(image, level) for level in image.levels]
    )


def _describe_level(image: ZarrImage, level: ZarrLevel) -> LevelDescription:
    array = level.array
    return LevelDescription(
        path=level.path,
        shape=list(array.shape),
        dtype=array.dtype.name,
        chunks=list(array.chunks),
        shards=None if array.shards is None else list(array.shards),
        codecs=_codecs(array),
        scale=_floats(level.scale),
        translation=_floats(level.translation),
        pixel_size=_pixel_size(image, level),
    )


def _floats(numbers: tuple[Fraction, ...] | None) -> list[float] | None:
    return None if numbers is None else list(map(float, numbers))


def _pixel_size(image: ZarrImage, level: ZarrLevel) -> PixelSize | None:
    """Return the size of a pixel along the spatial axes; None if the metadata do not give it."""
    if image.axes is None or level.scale is None:
        return None
    return {
        LETTERS_OF_PIXEL_SIZES[axis.letter]: AxisStep(float(step), unit_text(axis.unit or ""))
        for axis, step in zip(image.axes, level.scale, strict=True)
        if axis.letter in LETTERS_OF_PIXEL_SIZES and step > 0
    } or None


def _codecs(array: zarr.Array[Any]) -> list[str]:
    """Return the names of the filters and compressors of an array."""
    names = []
    for codec in (*array.filters, *array.compressors):
        if hasattr(codec, "to_dict"):  # Zarr 3
            fields: Mapping[str, Any] = codec.to_dict()
            name, settings = fields["name"], fields.get("configuration", {})
        else:
            settings = codec.get_config()
            name = settings["id"]
        inner = settings.get("cname")
        names.append(" ".join(filter(None, [str(name).removeprefix("numcodecs."), inner])))
    return names
