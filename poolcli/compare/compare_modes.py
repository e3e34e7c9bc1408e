"""Comparing modes on one input: pooling with each, and measuring."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from poolcli.compare.comparison import Comparison, Row
from poolcli.compare.comparison_input import ComparisonInput, open_comparison_input
from poolcli.compare.display_range import DisplayRange
from poolcli.compare.make_tiles import has_numbers, make_tiles
from poolcli.compare.measurements import finite_mean, peak_mean
from poolcli.core.dtypes import Array, DType
from poolcli.core.modes import as_norm_type, as_quantile, find_mode
from poolcli.request import Request
from poolcli.request_description import describe_window


def compare_modes(path: str, requests: Sequence[Request], noise: float) -> Comparison:
    """Pool an input with several modes and measure the results.

    Parameters
    ----------
    path : str
        The path of the input. Of an animation the first frame is compared, of several
        arrays the first.
    requests : sequence of Request
        One request for each mode, with the same window.
    noise : float
        The strength of the noise, in standard deviations of the input.

    Raises
    ------
    PoolcliError, ArgumentError, ArgumentTypeError
        If the input cannot be read or pooled.
    """
    with open_comparison_input(path, requests, noise, indexed=False) as original:
        input_range = DisplayRange.of_input(
            original.counted_values(original.values),
            is_image=original.item.image_mode is not None,
        )
        planes = original.drawn_planes()
        rows = [_measure(original, None, input_range)]
        for request in original.requests:
            if not (original.has_palette and find_mode(request.mode).pools_whole_pixels):
                rows.append(_measure(original, request, input_range))
                continue
            with open_comparison_input(path, [request], noise, indexed=True) as indexed:
                rows.append(_measure(indexed, request, input_range))
        notes = [*original.notes, *_result_notes(original, rows)]
        if noise and rows[0].noise == 0 and _has_unlike_integers(original):
            notes.append(
                f"noise {noise:g} is lost in rounding: the elements are whole numbers, and none "
                "changes; a larger --noise changes some"
            )
        plane_count = math.prod(original.plane_counts())
        if plane_count > len(planes):
            notes.append(
                f"the first {len(planes)} of {plane_count} planes are drawn, all are measured"
            )
        plane_names = list(map(original.plane_name, planes))
        window = describe_window(original.requests[0])
    return Comparison(path, window, rows, plane_names, notes, noise)


def _measure(original: ComparisonInput, request: Request | None, input_range: DisplayRange) -> Row:
    """Return the row of a mode; without a request that of the input itself."""

    def pooled(values: Array) -> Array:
        return values if request is None else original.pool(values, request)

    result = pooled(original.values)
    measured = original.measured_values(result)
    dtype = _dtype(original, result)
    shift_changes = [original.change(result, pooled(each)) for each in original.shifted_values]
    noise_change = None
    if original.noisy_values is not None:
        noise_change = original.change(result, pooled(original.noisy_values))
    return Row(
        mode=None if request is None else request.mode,
        argument=None if request is None else _argument(request),
        shape=result.shape,
        dtype=dtype.name,
        nbytes=result.size * dtype.itemsize,
        kept=result.size / original.values.size,
        peak=peak_mean(measured, original.ignored),
        mean=finite_mean(measured, original.ignored),
        shift=_root_mean_square(shift_changes),
        noise=noise_change,
        tiles=make_tiles(
            original, result, input_range, _tile_numbers(original, result, request, dtype)
        ),
    )


def _tile_numbers(
    original: ComparisonInput, result: Array, request: Request | None, dtype: DType
) -> Array | None:
    """Return the elements of a small result as they are written; None for a large one."""
    if not has_numbers(original):
        return None
    if request is None or result.dtype == dtype:
        return result
    return original.pool(original.values, request, dtype)


def _dtype(original: ComparisonInput, result: Array) -> DType:
    """Return the dtype of an array as it is pooled, or of an image as it is written.

    An image keeps its bit depth when it is written. The values of a result that exceed it are
    measured and drawn as they are, so that their dtype is that of the array.
    """
    dtype = original.values.dtype
    if original.item.image_mode is None:
        return result.dtype
    exceeds = dtype.kind == "u" and result.size and result.max() > np.iinfo(dtype).max
    return result.dtype if exceeds else dtype


def _argument(request: Request) -> float | None:
    """Return the exponent or quantile of a mode; None for a mode without either."""
    mode = find_mode(request.mode)
    if "q" in mode.arguments:
        return as_quantile(request.q)
    return as_norm_type(mode, request.norm) if "norm_type" in mode.arguments else None


def _root_mean_square(changes: list[float | None]) -> float | None:
    """Return the root mean square of the changes that are defined."""
    defined = [change for change in changes if change is not None]
    return float(np.sqrt(np.mean(np.square(defined)))) if defined else None


def _has_unlike_integers(original: ComparisonInput) -> bool:
    """Return whether the elements that count are integers, and not all equal."""
    counted = original.counted_values(original.values)
    return counted.dtype.kind in "iu" and counted.size > 0 and counted.min() < counted.max()


def _result_notes(original: ComparisonInput, rows: Sequence[Row]) -> Iterator[str]:
    """Yield the notes on how the results are measured and drawn."""
    values = original.values
    if original.item.has_alpha:
        yield "alpha is not measured"
    if original.has_palette and any(
        row.mode and find_mode(row.mode).pools_whole_pixels for row in rows
    ):
        yield "mode pools the palette's indices; noise is not measured for indices"
    if values.dtype.kind in "fc" and np.isnan(values).any():
        yield "NaN is drawn red"
    if original.item.image_mode is not None:
        over = [row.name for row in rows if row.dtype != values.dtype.name]
        if over:
            limit = np.iinfo(values.dtype).max
            yield (
                f"the results of {' and '.join(over)} exceed {limit}, the largest value in an "
                "image; the numbers are not clipped"
            )
