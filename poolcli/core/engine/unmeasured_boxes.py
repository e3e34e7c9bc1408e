"""The parts of an array that have not been measured yet, as boxes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from poolcli.core.blocks import Ranges


class UnmeasuredBoxes:
    """The elements of an array that were not taken yet: boxes that do not overlap.

    Several threads may take boxes at the same time.

    Parameters
    ----------
    shape : sequence of int
        The shape of the array.

    Examples
    --------
    >>> unmeasured = UnmeasuredBoxes((4, 4))
    >>> unmeasured.take(((0, 3), (0, 2))), unmeasured.take(((2, 4), (0, 2)))
    ([((0, 3), (0, 2))], [((3, 4), (0, 2))])
    >>> unmeasured.take(((0, 4), (0, 4)))
    [((3, 4), (2, 4)), ((0, 3), (2, 4))]
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self._boxes: list[Ranges] = [tuple((0, size) for size in shape)]
        self._lock = threading.Lock()

    def take(self, box: Ranges) -> list[Ranges]:
        """Return the parts of a box that are left, which count as taken from now on."""
        taken, kept = [], []
        with self._lock:
            for left in self._boxes:
                common = _intersection(left, box)
                if common is None:
                    kept.append(left)
                else:
                    taken.append(common)
                    kept += _difference(left, common)
            self._boxes = kept
        return taken

    def take_all(self) -> list[Ranges]:
        """Return all that is left."""
        with self._lock:
            taken, self._boxes = self._boxes, []
        return taken


def _intersection(first: Ranges, second: Ranges) -> Ranges | None:
    """Return the common part of two boxes; None if it is empty."""
    common = []
    for (start, stop), (other_start, other_stop) in zip(first, second, strict=True):
        low, high = max(start, other_start), min(stop, other_stop)
        if low >= high:
            return None
        common.append((low, high))
    return tuple(common)


def _difference(box: Ranges, part: Ranges) -> list[Ranges]:
    """Return a box without a part of it, as boxes."""
    boxes: list[Ranges] = []
    for dim, ((start, stop), (low, high)) in enumerate(zip(box, part, strict=True)):
        before, after = part[:dim], box[dim + 1 :]
        sides = ((start, low), (high, stop))
        boxes += [(*before, side, *after) for side in sides if side[0] < side[1]]
    return boxes
