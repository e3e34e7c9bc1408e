"""Kernels that fold one axis after the other."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from poolcli.core import cut
from poolcli.core.cut import Ranges, Readable, box, grid, paces
from poolcli.core.dtypes import Array
from poolcli.core.kernel import Outcome, is_reduced, reach
from poolcli.core.recipe import Recipe
from poolcli.core.taps import Part, Range

State: TypeAlias = tuple[Array, ...]


class Steps(Protocol):
    """A mode taken apart: partial results that can be put together.

    The state is a few arrays of the block's shape, reduced together one axis at a time.
    """

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        """Turn elements into state. `ins` says where in the input the block lies."""

    def fold(self, state: State, dim: int, part: Part) -> State:
        """Reduce the state along one axis."""

    def merge(self, state: State, other: State) -> State:
        """Put together the states of two pieces of the same windows; may reuse `state`."""

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        """Turn the state into values."""


class Separable(NamedTuple):
    """Steps as a kernel; what comes out doubtful is computed again by slower, safer steps.

    Windows larger than a piece are read piece by piece, so that no window is ever held whole.
    """

    recipe: Recipe
    steps: Steps
    itemsize: int
    careful: Steps | None = None
    gathers: bool = False

    def pool(self, source: Readable, outs: Ranges, order: Sequence[int]) -> Outcome:
        outcome = self._apply(self.steps, source, outs, order)
        doubt = outcome.doubt
        if doubt is None or self.careful is None or not doubt.any():
            return outcome
        better = self._apply(self.careful, source, outs, order)
        values = outcome.values.copy()
        np.copyto(values, better.values, where=doubt)
        empty = outcome.empty if better.empty is None else better.empty
        return Outcome(values, empty=empty)

    def _apply(self, steps: Steps, source: Readable, outs: Ranges, order: Sequence[int]) -> Outcome:
        recipe = self.recipe
        state: State | None = None
        for piece in self._pieces(reach(recipe, outs), order):
            block = np.asarray(box(source, piece)).astype(recipe.source, copy=False)
            part = steps.lift(block, piece)
            for dim in order:
                if is_reduced(recipe, dim):
                    part = steps.fold(part, dim, Part(recipe.axes[dim], outs[dim], piece[dim]))
            state = part if state is None else steps.merge(state, part)
        assert state is not None
        return steps.finish(state, outs)

    def _pieces(self, ins: Ranges, order: Sequence[int]) -> Generator[Ranges]:
        """Cut the input of a block where a single window is larger than a piece.

        Only axes that are reduced can be cut: on the others each element has its own output.
        """
        sizes = [stop - start for start, stop in ins]
        total = math.prod(sizes) * self.itemsize
        if total <= cut.PIECE_BYTES:
            yield ins
            return
        reduced = [dim for dim in order if is_reduced(self.recipe, dim)]
        yield from grid(ins, paces(sizes, total, reduced, cut.PIECE_BYTES), order)
