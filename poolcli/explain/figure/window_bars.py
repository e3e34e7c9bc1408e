"""Windows along an axis as bars beside a grid, if they overlap."""

from __future__ import annotations

from collections.abc import Mapping

from poolcli.explain.axis_crop import AxisCrop
from poolcli.explain.figure.grid import Bar

MAX_LANES = 6
"""The largest number of overlapping windows that bars show."""


def window_bars(crop: AxisCrop, fills: Mapping[int, str | None]) -> list[Bar]:
    """Return the bars of the first windows along an axis, each on the first free lane.

    Parameters
    ----------
    crop : AxisCrop
        The windows and positions shown.
    fills : mapping of int to str
        The colours of bars by window; the bars of other windows are hollow.

    Returns
    -------
    list of Bar
        Empty if no windows overlap.

    Examples
    --------
    >>> from poolcli.core.axis import Axis
    >>> crop = AxisCrop(Axis(5, out_size=2, kernel_size=3, stride=2), range(2), range(5))
    >>> window_bars(crop, {0: "#000000"})
    [Bar(cells=[0, 1, 2], lane=0, fill='#000000'), Bar(cells=[2, 3, 4], lane=1, fill=None)]
    """
    if crop.boundaries is not None or len(crop.windows) < 2:
        return []
    bars: list[Bar] = []
    last_cells: list[int] = []
    for window in crop.windows:
        cells = [position - crop.positions.start for position in crop.window_positions(window)]
        free = (lane for lane, last in enumerate(last_cells) if last < cells[0])
        lane = next(free, len(last_cells))
        if lane == MAX_LANES:
            break
        last_cells[lane : lane + 1] = [cells[-1]]
        bars.append(Bar(cells, lane, fills.get(window)))
    return bars
