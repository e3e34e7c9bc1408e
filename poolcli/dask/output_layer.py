"""The layer of Dask's graph that has the tasks for all chunks of the output."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, TypeAlias

from dask.array.chunk import getitem
from dask.highlevelgraph import Layer, MaterializedLayer

from poolcli.core.recipe import Recipe
from poolcli.dask.output_chunks import AxisChunk, is_cut_out
from poolcli.dask.pool_chunk import PoolChunk

Key: TypeAlias = tuple[str | int, ...]
"""The name of an array, and the numbers of a chunk along each axis; more numbers for a piece."""

Task: TypeAlias = tuple[Any, ...]
"""A callable and its arguments, in which keys stand for the results of other tasks."""


class OutputLayer(Layer):
    """Tasks that compute the chunks of the output, made when a graph is computed.

    Parameters
    ----------
    name : str
        The name of the output.
    source : str
        The name of the input.
    recipe : Recipe
        The pooling of the input, without padding mode.
    axes : list of list of AxisChunk
        The chunks of the output along each axis.
    threads : int or None
        The number of threads of a task.
    """

    def __init__(
        self,
        name: str,
        source: str,
        recipe: Recipe,
        axes: Sequence[Sequence[AxisChunk]],
        threads: int | None,
    ) -> None:
        super().__init__()
        self.name, self.source = name, source
        self.name_of_pieces = f"poolcli-piece-{name.rpartition('-')[2]}"
        self.recipe, self.axes, self.threads = recipe, axes, threads

    def is_materialized(self) -> bool:
        return "_tasks" in self.__dict__

    def get_output_keys(self) -> set[Key]:
        return set(product([self.name], *(range(len(axis)) for axis in self.axes)))

    def cull(
        self, keys: set[Any], all_hlg_keys: Collection[Any]
    ) -> tuple[Layer, Mapping[Any, set[Any]]]:
        """Return a layer of the tasks for some chunks, and the keys that each task needs."""
        wanted = keys & self.get_output_keys()
        tasks, needed = self._make_tasks(wanted)
        return MaterializedLayer(tasks, annotations=self.annotations), needed

    def __getitem__(self, key: Any) -> Task:
        return self._tasks[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)

    @cached_property
    def _tasks(self) -> dict[Key, Task]:
        return self._make_tasks(self.get_output_keys())[0]

    def _make_tasks(self, keys: Iterable[Key]) -> tuple[dict[Key, Task], dict[Key, set[Key]]]:
        """Return the tasks for some chunks of the output, and the keys that each task needs."""
        tasks: dict[Key, Task] = {}
        needed: dict[Key, set[Key]] = {}
        for key in keys:
            chunk = tuple(axis[int(n)] for axis, n in zip(self.axes, key[1:], strict=True))
            arrays: list[Key] = []
            for pieces in product(*(axis.pieces for axis in chunk)):
                array: Key = (self.source, *(piece.chunk for piece in pieces))
                if is_cut_out(pieces):
                    positions = [position for piece in pieces for position in piece.positions]
                    whole, array = array, (self.name_of_pieces, *array[1:], *positions)
                    index = tuple(piece.slice_in_chunk for piece in pieces)
                    tasks[array], needed[array] = (getitem, whole, index), {whole}
                arrays.append(array)
            tasks[key] = PoolChunk(self.recipe, chunk, self.threads), arrays
            needed[key] = set(arrays)
        return tasks, needed
