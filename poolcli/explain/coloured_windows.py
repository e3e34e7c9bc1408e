"""The windows that get a colour, and the number of the colour of each."""

from __future__ import annotations

from itertools import product

from poolcli.explain.explanation import Explanation
from poolcli.explain.position_text import Position


def coloured_windows(explanation: Explanation) -> dict[Position, int]:
    """Return the number of the colour, from 0 to 3, of each coloured window by output position.

    Windows are coloured if they share no element, so that each is visible as a whole. The four
    colours alternate, so that neighbours in a slice differ, also across corners, and so do windows
    at the same place in neighbouring slices of the output.

    Parameters
    ----------
    explanation : Explanation
        The explanation, for its crops.
    """
    slices, rows, columns = (enumerate(crop.disjoint_windows) for crop in explanation.crops)
    return {
        (slice_, row, column): (i + j) % 2 * 2 + k % 2
        for (i, slice_), (j, row), (k, column) in product(slices, rows, columns)
    }
