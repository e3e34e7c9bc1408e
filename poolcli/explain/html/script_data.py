"""The data that the script of an explanation's page reads: which elements each window has."""

from __future__ import annotations

import json
from itertools import product

from poolcli.explain.explanation import Explanation
from poolcli.explain.position_text import position_text


def script_data(explanation: Explanation) -> str:
    """Return the data of the page's script as JSON, which is safe within an HTML element.

    Elements and windows are numbered in the order of slices, rows and columns, among those shown.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    """
    slices, rows, columns = (crop.positions for crop in explanation.crops)
    positions = list(product(slices, rows, columns))
    numbers = {position: number for number, position in enumerate(positions)}
    planes = [plane.all_windows for plane in explanation.planes]
    data = {
        "planes": [plane.name for plane in explanation.planes],
        "inputShape": [len(crop.positions) for crop in explanation.crops],
        "outputShape": [len(crop.windows) for crop in explanation.crops],
        "positions": [position_text(position, explanation.rank) for position in positions],
        "elements": [[numbers[position] for position in window.positions] for window in planes[0]],
        "chosen": [
            [[numbers[position] for position in window.chosen] for window in windows]
            for windows in planes
        ],
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
