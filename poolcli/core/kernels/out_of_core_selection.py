"""One window that is too large to be gathered: ranks and counts of its elements, in passes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.core.blocks import MAX_INPUT_BLOCK_BYTES, ReadableArray, block_shape, split_into_blocks
from poolcli.core.dtypes import Array, DType
from poolcli.core.ignored_values import valid_mask
from poolcli.core.kernels.sort_keys import ordered
from poolcli.core.recipe import Recipe

HELD = 1 << 23
"""So many elements are taken out of a window at a time."""

FEW = 1 << 18
"""So many different elements are counted one by one."""

FEW_LANES = 64
"""With more windows side by side, 16 bits at a time would take too much memory."""


@dataclass(slots=True)
class _Node:
    """Elements of one lane that share their highest bits: `prefix`, of so many `bits`."""

    lane: int
    prefix: int
    bits: int
    count: int
    below: int = 0
    """How many elements of the lane sort before all of them."""


class Window:
    """The elements of a window, lane by lane, where several lie side by side in memory.

    Attributes
    ----------
    number, nans : ndarray of int64
        How many elements each lane has, and how many of them are NaN.
    """

    def __init__(
        self,
        source: ReadableArray,
        spans: Sequence[range],
        reduced: Sequence[bool],
        recipe: Recipe,
        order: Sequence[int],
    ) -> None:
        self.source = source
        self.spans = spans
        self.dtype = recipe.in_dtype.newbyteorder("=")
        self.ignore = () if recipe.ignored is None else recipe.ignored.elements
        self.lanes_last = [dim for dim, seen in enumerate(reduced) if seen]
        self.lanes_last += [dim for dim, seen in enumerate(reduced) if not seen]
        self.lanes = math.prod(
            len(span) for span, seen in zip(spans, reduced, strict=True) if not seen
        )
        self.width = 8 * self.dtype.itemsize
        self.digit = min(self.width, 16 if self.lanes <= FEW_LANES else 8)
        whole = [low.stop - low.start for low in spans]
        least = [1 if seen else size for size, seen in zip(whole, reduced, strict=True)]
        size = math.prod(whole) * self.dtype.itemsize
        self.step = block_shape(whole, size, order, MAX_INPUT_BLOCK_BYTES, least)
        self.order = order
        self.number = np.zeros(self.lanes, np.int64)
        self.nans = np.zeros(self.lanes, np.int64)
        self.top = self._count_all()

    def at(self, low: Any, high: Any) -> tuple[Array, Array]:
        """The elements at two ranks of each lane."""
        wanted = np.stack([np.broadcast_to(rank, self.lanes) for rank in (low, high)])
        found = np.zeros(wanted.shape, f"u{self.dtype.itemsize}")
        open_nodes: dict[tuple[int, int, int], tuple[_Node, list[int]]] = {}
        for which, lane in np.ndindex(*wanted.shape):
            node = self._holding(self.top[lane], int(wanted[which, lane]))
            if node is not None:
                open_nodes.setdefault((lane, node.prefix, node.bits), (node, []))[1].append(which)
        while open_nodes:
            nodes = sorted((node for node, _ in open_nodes.values()), key=lambda node: node.count)
            held, taken = 0, []
            for node in nodes:
                if held + node.count > HELD:
                    break
                taken.append(node)
                held += node.count
            split = [node for node in nodes if node not in taken and node.bits < self.width]
            lists, inner = self._look(taken, split)
            following: dict[tuple[int, int, int], tuple[_Node, list[int]]] = {}
            for node, ranks in open_nodes.values():
                key = (node.lane, node.prefix, node.bits)
                for which in ranks:
                    rank = int(wanted[which, node.lane])
                    if key in lists:
                        found[which, node.lane] = lists[key][rank - node.below]
                    elif node.bits == self.width:
                        found[which, node.lane] = node.prefix
                    else:
                        child = self._holding(inner[key], rank)
                        assert child is not None
                        at = (child.lane, child.prefix, child.bits)
                        following.setdefault(at, (child, []))[1].append(which)
            open_nodes = following
        first, second = (self._decoded(each) for each in found)
        return (first, first) if (found[0] == found[1]).all() else (first, second)

    def most_frequent(self) -> Array:
        """The most frequent element of each lane, the smallest of equals."""
        found = np.zeros(self.lanes, f"u{self.dtype.itemsize}")
        tally = self._tally()
        for lane in range(self.lanes):
            if tally is not None:
                each, counts = tally[lane]
                found[lane] = each[counts.argmax()] if len(each) else 0
                continue
            best, value = 0, 0
            nodes = self.top[lane]
            while nodes:
                for node in (each for each in nodes if each.bits == self.width):
                    best, value = max((best, -value), (node.count, -node.prefix))
                    value = -value
                nodes = [each for each in nodes if each.bits < self.width and each.count >= best]
                if not nodes:
                    break
                nodes.sort(key=lambda node: (-node.bits, -node.count))
                taken, held = [], 0
                for node in nodes:
                    if node.bits == nodes[0].bits and held + node.count <= HELD:
                        taken.append(node)
                        held += node.count
                split = [] if taken else [nodes[0]]
                lists, inner = self._look(taken, split)
                for keys in lists.values():
                    each, counts = np.unique(keys, return_counts=True)
                    at = int(counts.argmax())
                    best, value = max((best, -value), (int(counts[at]), -int(each[at])))
                    value = -value
                nodes = [node for node in nodes if node not in taken and node not in split]
                nodes += [node for group in inner.values() for node in group]
            found[lane] = value
        return self._decoded(found)

    def _tally(self) -> list[tuple[Array, Array]] | None:
        """All different elements of each lane and their counts, where there are few of them."""
        kind = f"u{self.dtype.itemsize}"
        tally: list[tuple[Array, Array]] = [
            (np.empty(0, kind), np.empty(0, np.int64)) for _ in range(self.lanes)
        ]
        for keys, lane in self._keys():
            known, counts = tally[lane]
            more, of_them = np.unique(keys, return_counts=True)
            if len(more) == len(known) and (more == known).all():
                counts += of_them
                continue
            each, at = np.unique(np.concatenate([known, more]), return_inverse=True)
            if len(each) > FEW // self.lanes:
                return None
            total = np.zeros(len(each), np.int64)
            total[at[: len(known)]] = counts
            total[at[len(known) :]] += of_them
            tally[lane] = each, total
        return tally

    def _holding(self, nodes: list[_Node], rank: int) -> _Node | None:
        for node in nodes:
            if node.below <= rank < node.below + node.count:
                return node
        return None

    def _count_all(self) -> list[list[_Node]]:
        counts = np.zeros((self.lanes, 1 << self.digit), np.int64)
        shift = self.width - self.digit
        nan = _encoded(np.array([np.nan], self.dtype))[0] if self.dtype.kind == "f" else None
        for keys, lane in self._keys():
            self.number[lane] += len(keys)
            if nan is not None:
                self.nans[lane] += np.count_nonzero(keys == nan)
            counts[lane] += self._frequencies(keys >> keys.dtype.type(shift))
        return [self._nodes(lane, each, 0, 0, 0) for lane, each in enumerate(counts)]

    def _frequencies(self, digits: Array) -> npt.NDArray[np.int64]:
        """The count of each value of a digit; NumPy before 2.1 counts no unsigned 64-bit ones."""
        return np.bincount(digits.astype(np.intp, copy=False), minlength=1 << self.digit)

    def _nodes(
        self, lane: int, counts: npt.NDArray[np.int64], prefix: int, bits: int, below: int
    ) -> list[_Node]:
        """The nodes of a count of the next digit."""
        before = np.cumsum(counts) - counts
        return [
            _Node(
                lane,
                prefix << self.digit | int(at),
                bits + self.digit,
                int(counts[at]),
                below + int(before[at]),
            )
            for at in np.flatnonzero(counts)
        ]

    def _look(
        self, taken: Sequence[_Node], split: Sequence[_Node]
    ) -> tuple[dict[Any, Array], dict[Any, list[_Node]]]:
        """Read the window once: the sorted elements of some nodes, and the nodes within others."""
        name = {id(node): (node.lane, node.prefix, node.bits) for node in (*taken, *split)}
        lists: dict[Any, list[Array]] = {name[id(node)]: [] for node in taken}
        counts = {name[id(node)]: np.zeros(1 << self.digit, np.int64) for node in split}
        for keys, lane in self._keys() if taken or split else ():
            kind = keys.dtype.type
            for node in (node for node in (*taken, *split) if node.lane == lane):
                at = name[id(node)]
                mine = keys[keys >> kind(self.width - node.bits) == kind(node.prefix)]
                if at in lists:
                    lists[at].append(mine)
                else:
                    digits = mine >> kind(self.width - node.bits - self.digit)
                    digits &= kind((1 << self.digit) - 1)
                    counts[at] += self._frequencies(digits)
        inner = {
            name[id(node)]: self._nodes(
                node.lane, counts[name[id(node)]], node.prefix, node.bits, node.below
            )
            for node in split
        }
        return {at: np.sort(np.concatenate(each)) for at, each in lists.items()}, inner

    def _keys(self) -> Iterator[tuple[Array, int]]:
        """All elements as unsigned integers that sort as they do, piece by piece and by lane."""
        full = [(span.start, max(span.stop, span.start)) for span in self.spans]
        for box in split_into_blocks(full, self.step, self.order):
            index = tuple(slice(*part) for part in box)
            block = np.asarray(self.source[index])
            inside = tuple(
                slice(-(low - span.start) % span.step, None, span.step)
                for (low, _), span in zip(box, self.spans, strict=True)
            )
            block = block[inside].transpose(self.lanes_last).reshape(-1, self.lanes)
            for lane in range(self.lanes):
                values = np.ascontiguousarray(block[:, lane])
                if self.ignore:
                    values = values[valid_mask(values, self.ignore)]
                yield _encoded(values), lane

    def _decoded(self, keys: Array) -> Array:
        if self.dtype.kind == "f":
            found: Array = ordered(np.empty(0, self.dtype)).decode(keys.copy())
            return found
        if self.dtype.kind == "i":
            keys = keys ^ _sign(keys.dtype)
        return keys.view(self.dtype)


def _encoded(values: Array) -> Array:
    """Elements as unsigned integers that sort as they do."""
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype.kind == "f":
        return ordered(values).keys
    keys = values.view(f"u{values.dtype.itemsize}")
    return keys ^ _sign(keys.dtype) if values.dtype.kind == "i" else keys


def _sign(dtype: DType) -> Any:
    return dtype.type(1 << (8 * dtype.itemsize - 1))
