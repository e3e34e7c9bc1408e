"""The plan of a Zarr store: its arrays, and the steps and boxes in which they are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from poolcli.batch.zarr_stores.boxes import BoxGrid, chunks_touched
from poolcli.core.blocks import Ranges
from poolcli.core.exact_numbers import Number
from poolcli.core.recipe import Recipe

if TYPE_CHECKING:
    from poolcli.io.zarr.array_spec import ArraySpec


class SourceArray(NamedTuple):
    """An array that workers open and read from.

    Attributes
    ----------
    location : str
        The absolute path, or the URL, of a Zarr group or array, or of an npy file.
    path : str
        The path of the array in the group; empty if `location` is the array.
    is_npy : bool
        Whether it is an npy file.
    dims : tuple of int
        The axes of the stored array in the order in which they are pooled.
    chunks : tuple of int
        The shape of its chunks, in that order; ones if it has none.
    """

    location: str
    path: str
    is_npy: bool
    dims: tuple[int, ...]
    chunks: tuple[int, ...]


class BoxOutput(NamedTuple):
    """An array of the store, and the recipe that computes its part from a box.

    Attributes
    ----------
    path : str
        The path of the array in the store.
    level : int, optional
        The level whose statistics the report shows; None for values that only the next level needs.
    recipe : Recipe
        Gives the values from the source of the step.
    """

    path: str
    level: int | None
    recipe: Recipe


class PoolStep(NamedTuple):
    """A step that pools the boxes of an array.

    Attributes
    ----------
    source : SourceArray
        What is pooled.
    outputs : tuple of BoxOutput
        What each box gives.
    is_pyramid : bool
        Whether the outputs are the levels of a pyramid of windows that tile.
    copy_path : str, optional
        The array of the store that the box itself is written into, as level 0.
    measures_source : bool
        Whether the report shows the statistics of the source.
    grid : BoxGrid
        The boxes, in elements of the source. The grid is longer than an axis if windows begin in
        the padding after it.
    """

    source: SourceArray
    outputs: tuple[BoxOutput, ...]
    is_pyramid: bool
    copy_path: str | None
    measures_source: bool
    grid: BoxGrid


class CopyStep(NamedTuple):
    """A step that copies an array into another one, whose chunks (shards) are larger or different.

    Attributes
    ----------
    source : SourceArray
        What is copied.
    path : str
        The array of the store that is written.
    grid : BoxGrid
        The boxes, each of whole chunks of the array that is written.
    """

    source: SourceArray
    path: str
    grid: BoxGrid


Step = PoolStep | CopyStep


def chunk_count(step: Step) -> int:
    """Return the number of chunks of the source that all boxes of a step together read."""
    return step.grid.count_chunks(step.source.chunks)


def chunks_of_box(step: Step, box: int) -> int:
    """Return the number of chunks of the source that one box of a step reads."""
    return chunks_touched(step.grid.ranges(box), step.source.chunks)


class StorePlan(NamedTuple):
    """The arrays of a store, and how they are computed.

    Attributes
    ----------
    identifier : str
        A text that is different for each plan of a run; workers keep open arrays by it.
    name : str
        The path or URL of the finished store, for error messages.
    location : str
        The absolute path, or the URL, of the group that the arrays are written into.
    arrays : tuple of ArraySpec
        The arrays of the finished store, level 0 first.
    temporary_arrays : tuple of ArraySpec
        The arrays that are removed when the store is complete.
    stages : tuple of tuple of Step
        The steps. Those of one stage are independent; a stage needs the arrays of the stage before.
    ignore : tuple of number
        Values that statistics leave out.
    measures : bool
        Whether the report shows statistics.
    """

    identifier: str
    name: str
    location: str
    arrays: tuple[ArraySpec, ...]
    temporary_arrays: tuple[ArraySpec, ...]
    stages: tuple[tuple[Step, ...], ...]
    ignore: tuple[Number, ...]
    measures: bool

    @property
    def steps(self) -> list[Step]:
        """All steps; boxes name one by its position in this list."""
        return [step for stage in self.stages for step in stage]


def output_ranges(recipe: Recipe, box: Ranges) -> Ranges:
    """Return the outputs whose windows begin in a box of the input, before padding is considered.

    Every output belongs to exactly one box of a `BoxGrid` of `grid_shape`.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    box : tuple of (int, int)
        One range of the input per axis; whole axes where windows are adaptive and unlike.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((9, 8), "u1", "max", Window.fixed(3, stride=2, padding=1), [1])
    >>> output_ranges(recipe, ((0, 9), (4, 8)))
    ((0, 9), (2, 4))
    """
    ranges = list(box)
    for dim, (start, stop) in enumerate(box):
        axis = recipe.axes.get(dim)
        if axis is None:
            ranges[dim] = start, min(stop, recipe.shape[dim])
        elif axis.is_adaptive:
            ranges[dim] = 0, axis.out_size
        else:
            first, last = -(-start // axis.stride), -(-stop // axis.stride)
            ranges[dim] = min(first, axis.out_size), min(last, axis.out_size)
    return tuple(ranges)


def strides_of(recipe: Recipe) -> tuple[int, ...]:
    """Return the step of the outputs in elements of the input, along each axis.

    It is the size of the axis where windows are adaptive and unlike.
    """
    strides = [1] * len(recipe.shape)
    for dim, axis in recipe.axes.items():
        strides[dim] = max(axis.size, 1) if axis.is_adaptive else axis.stride
    return tuple(strides)


def grid_shape(recipe: Recipe) -> tuple[int, ...]:
    """Return the shape of a grid whose boxes contain the starts of all windows.

    Windows that begin in the padding after an axis make it longer than the axis.
    """
    shape = list(recipe.shape)
    for dim, axis in recipe.axes.items():
        if not axis.is_adaptive:
            shape[dim] = max(axis.size, axis.out_size * axis.stride)
    return tuple(shape)
