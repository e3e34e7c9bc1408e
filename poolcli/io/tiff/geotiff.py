"""The georeference of a TIFF: which place on Earth a pixel shows.

Sources: GeoTIFF 1.1 (OGC 19-008r4), 7.1 (raster space, tie points, scale, transformation); GDAL's
"RPCs in GeoTIFF" for the tag of rational polynomial coefficients.

Raster positions are (column, row). In PixelIsArea, which is the default, they count from the outer
corner of the first pixel, in PixelIsPoint from its centre.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from poolcli.io.tiff.axis_scaling import AxisScaling

MODEL_PIXEL_SCALE, MODEL_TIEPOINT, MODEL_TRANSFORMATION = 33550, 33922, 34264
RPC_COEFFICIENTS = 50844

GEOREFERENCE_TAGS = frozenset(
    {MODEL_PIXEL_SCALE, MODEL_TIEPOINT, MODEL_TRANSFORMATION, RPC_COEFFICIENTS}
)
"""The tags that depend on the pixel grid. All their values are doubles."""

GEO_KEY_DIRECTORY = 34735
RASTER_TYPE_KEY, PIXEL_IS_POINT = 1025, 2

RPC_COUNT = 92
LINE_OFFSET, SAMPLE_OFFSET, LINE_SCALE, SAMPLE_SCALE = 2, 3, 7, 8
"""Indices into the values of `RPC_COEFFICIENTS`, in which the first pixel's centre is 0."""

Values = tuple[float, ...]


def scale_georeference(
    tags: Mapping[int, Any], columns: AxisScaling, rows: AxisScaling
) -> dict[int, Values] | None:
    """Return the georeference tags of the output.

    Parameters
    ----------
    tags : mapping of int to sequence of float
        The values of the input's tags. Besides those of the georeference, `GEO_KEY_DIRECTORY` is
        used, and all others are ignored.
    columns, rows : AxisScaling
        The position of output pixels in the input.

    Returns
    -------
    dict of int to tuple of float, or None
        All tags of `GEOREFERENCE_TAGS` that the input has. None if one of them has a wrong number
        of values or a value that is not finite, so that they cannot be adapted.

    Examples
    --------
    >>> tags = {33550: (10.0, 10.0, 0.0), 33922: (0.0, 0.0, 0.0, 500.0, 900.0, 0.0)}
    >>> scaled = scale_georeference(tags, AxisScaling(2, 0.5), AxisScaling(4))
    >>> scaled[33550], scaled[33922]
    ((20.0, 40.0, 0.0), (0.0, 0.0, 0.0, 505.0, 900.0, 0.0))
    """
    found = {tag: _finite_values(tags[tag]) for tag in GEOREFERENCE_TAGS if tag in tags}
    known = {tag: values for tag, values in found.items() if values is not None}
    if known.keys() != found.keys() or not all(map(_has_valid_count, known, known.values())):
        return None
    if is_pixel_is_point(tags.get(GEO_KEY_DIRECTORY, ())):
        raster = _Grid(_centred(columns), _centred(rows))
    else:
        raster = _Grid(columns, rows)
    scaled = {}
    pixel_scale = known.get(MODEL_PIXEL_SCALE)
    if pixel_scale is not None:
        scaled[MODEL_PIXEL_SCALE] = raster.scale_pixel_scale(pixel_scale)
    if MODEL_TIEPOINT in known:
        scaled[MODEL_TIEPOINT] = raster.scale_tie_points(known[MODEL_TIEPOINT], pixel_scale)
    if MODEL_TRANSFORMATION in known:
        scaled[MODEL_TRANSFORMATION] = raster.scale_matrix(known[MODEL_TRANSFORMATION])
    if RPC_COEFFICIENTS in known:
        grid = _Grid(_centred(columns), _centred(rows))
        scaled[RPC_COEFFICIENTS] = grid.scale_rpc(known[RPC_COEFFICIENTS])
    return scaled


def is_pixel_is_point(geo_keys: Any) -> bool:
    """Return whether raster positions count from the centre of the first pixel.

    Parameters
    ----------
    geo_keys : sequence of int
        The values of `GEO_KEY_DIRECTORY`: a header of 4 numbers, then 4 numbers per key: its ID,
        the tag that holds the value (0: none), the count, the value.

    Examples
    --------
    >>> is_pixel_is_point((1, 1, 0, 2, 1024, 0, 1, 1, 1025, 0, 1, 2)), is_pixel_is_point(())
    (True, False)
    """
    return geo_key(geo_keys, RASTER_TYPE_KEY) == PIXEL_IS_POINT


def geo_key(geo_keys: Any, key: int) -> int | None:
    """Return the number that a key has; None if it is missing, or no number.

    Parameters
    ----------
    geo_keys : sequence of int
        As in `is_pixel_is_point`.
    key : int
        The ID of the key.

    Examples
    --------
    >>> geo_key((1, 1, 0, 1, 3076, 0, 1, 9001), 3076), geo_key((), 3076)
    (9001, None)
    """
    if not isinstance(geo_keys, Sequence):
        return None
    for at in range(4, len(geo_keys) - 3, 4):
        if tuple(geo_keys[at : at + 2]) == (key, 0):
            value: int = geo_keys[at + 3]
            return value
    return None


def _finite_values(values: Any) -> Values | None:
    """Return the values of a tag as floats; None if they are not finite numbers."""
    try:
        floats = tuple(float(value) for value in values)
    except (TypeError, ValueError, ArithmeticError):
        return None
    return floats if all(map(math.isfinite, floats)) else None


def _has_valid_count(tag: int, values: Values) -> bool:
    count = len(values)
    if tag == MODEL_PIXEL_SCALE:
        return count in (2, 3)
    if tag == MODEL_TIEPOINT:
        return count > 0 and count % 6 == 0
    return count == (16 if tag == MODEL_TRANSFORMATION else RPC_COUNT)


def _centred(axis: AxisScaling) -> AxisScaling:
    return AxisScaling(axis.scale, axis.centre_offset)


class _Grid:
    """The positions of output pixels in the input, as the raster positions of a tag count them."""

    def __init__(self, columns: AxisScaling, rows: AxisScaling) -> None:
        self.columns = columns
        self.rows = rows

    def scale_pixel_scale(self, values: Values) -> Values:
        return (values[0] * self.columns.scale, values[1] * self.rows.scale, *values[2:])

    def scale_tie_points(self, values: Values, pixel_scale: Values | None) -> Values:
        """Return tie points, each with six values: column, row, depth, and X, Y, Z.

        A single one that comes with a scale keeps its raster position, which is the first pixel
        almost always. Rows count downwards and Y upwards.
        """
        # Readers disagree on the direction of negative scales. Raster positions do not need it.
        if len(values) == 6 and pixel_scale is not None and min(pixel_scale[:2]) > 0:
            column, row, depth, x, y, z = values
            x += (self.columns.input_position(column) - column) * pixel_scale[0]
            y -= (self.rows.input_position(row) - row) * pixel_scale[1]
            return (column, row, depth, x, y, z)
        scaled: list[float] = []
        for at in range(0, len(values), 6):
            column = self.columns.output_position(values[at])
            row = self.rows.output_position(values[at + 1])
            scaled += (column, row, *values[at + 2 : at + 6])
        return tuple(scaled)

    def scale_matrix(self, values: Values) -> Values:
        """Return a matrix of four rows, which multiplies (column, row, depth, 1)."""
        scaled: list[float] = []
        for at in range(0, 16, 4):
            column, row, depth, constant = values[at : at + 4]
            constant += column * self.columns.offset + row * self.rows.offset
            scaled += (column * self.columns.scale, row * self.rows.scale, depth, constant)
        return tuple(scaled)

    def scale_rpc(self, values: Values) -> Values:
        scaled = list(values)
        scaled[LINE_OFFSET] = self.rows.output_position(values[LINE_OFFSET])
        scaled[SAMPLE_OFFSET] = self.columns.output_position(values[SAMPLE_OFFSET])
        scaled[LINE_SCALE] /= self.rows.scale
        scaled[SAMPLE_SCALE] /= self.columns.scale
        return tuple(scaled)
