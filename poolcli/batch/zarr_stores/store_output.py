"""The store that a task writes: created under a temporary name, published when it is complete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from poolcli.batch.downscaling_metadata import downscaling
from poolcli.batch.overwrite_or_skip import TaskOutputs
from poolcli.batch.zarr_stores.planned_levels import PlannedLevels, output_levels
from poolcli.batch.zarr_stores.store_input import StoreInput
from poolcli.batch.zarr_stores.store_plan import StorePlan
from poolcli.errors import FormatError, OutputExistsError
from poolcli.io.zarr.array_spec import ArraySpec
from poolcli.io.zarr.location import is_url
from poolcli.io.zarr.output_store import (
    create_array,
    group_has_array,
    has_array,
    is_occupied,
    remove_array,
    remove_incomplete_files,
    write_group,
)
from poolcli.io.zarr.partial_store import PartialStore
from poolcli.io.zarr.zarr_errors import wrap_store_errors


class StoreOutput:
    """The store that a task writes, or the group that gets levels with `--in-place`.

    Attributes
    ----------
    path : str
        The path or URL as the report shows it.
    location : str
        The absolute path or the URL of the group that arrays are written into.
    is_resumable : bool
        Whether an interrupted run can leave its work for a later one.
    """

    def __init__(self, opened: StoreInput, levels: PlannedLevels, outputs: TaskOutputs) -> None:
        assert outputs.task.target is not None
        self.opened = opened
        self.levels = levels
        self.request = levels.request
        self.path = outputs.task.target.path.rstrip("/")
        self.is_resumable = not is_url(self.path)
        self._partial: PartialStore | None = None
        self.location = self.path
        if self.is_resumable or not self.request.in_place:
            self._partial = PartialStore(
                self.path,
                replace=self.request.overwrite,
                keep_contents=self.request.skip_existing,
                is_retry=outputs.permit.may_have_written,
            )
            self.location = self._partial.location

    @property
    def has_earlier_data(self) -> bool:
        """Whether the work of an interrupted run is there."""
        return self._partial is not None and self._partial.found

    def has_arrays(self, plan: StorePlan) -> bool:
        """Return whether all arrays of the plan are there."""
        specs = (*plan.arrays, *plan.temporary_arrays)
        return all(has_array(self.location, spec.path) for spec in specs)

    def create_arrays(self, plan: StorePlan) -> None:
        """Create all arrays of the plan, without chunks. What an interrupted run left is removed.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        if self._partial is None:
            for spec in plan.arrays:
                remove_array(self.location, spec.path)
        elif self._partial.found:
            self._partial.clear()
        with wrap_store_errors(self.path):
            for spec in (*plan.arrays, *plan.temporary_arrays):
                create_array(self.location, spec)

    def prepare(self, plan: StorePlan, *, has_lost_workers: bool) -> None:
        """Make the complete store ready, still under its temporary name.

        Parameters
        ----------
        plan : StorePlan
            The arrays.
        has_lost_workers : bool
            Whether processes that wrote to the store may have been killed.

        Raises
        ------
        OutputError
            If the metadata of the group cannot be written.
        """
        with wrap_store_errors(self.path):
            if has_lost_workers and self.is_resumable:
                remove_incomplete_files(self.location)
            for spec in plan.temporary_arrays:
                remove_array(self.location, spec.path)
            if self._partial is not None and not self.request.in_place:
                write_group(self.location, self.request.zarr_format, self._attributes())

    def publish(self, plan: StorePlan) -> None:
        """Give the store its name; with `--in-place` write the metadata of the group last.

        Raises
        ------
        OutputError
            If that is not possible, for example because a store of that name has appeared.
        """
        if not self.request.in_place:
            assert self._partial is not None
            self._partial.publish()
            return
        assert self.opened.image is not None
        with wrap_store_errors(self.path):
            attributes = self._attributes()
            if self._partial is not None:
                self._move_arrays(plan.arrays)
            write_group(self.path, self.opened.image.zarr_format, attributes)
        if self._partial is not None:
            self._partial.remove_moved()
            return
        kept = {spec.path for spec in plan.arrays}
        for level in self.opened.image.levels[1:]:
            if level.path not in kept:
                remove_array(self.path, level.path)

    def discard(self) -> None:
        """Remove what was written."""
        if self._partial is not None:
            self._partial.discard()

    def keep(self) -> None:
        """Leave what was written for a later run with `--skip-existing`."""
        if self._partial is not None:
            self._partial.keep()

    def _attributes(self) -> dict[str, object]:
        # Imported late, because it takes 0.2 s: workers start sooner.
        from poolcli.io.zarr.ome_metadata import image_name, ome_attributes

        opened, levels, request = self.opened, self.levels, self.request
        image = opened.image
        zarr_format = image.zarr_format if image and request.in_place else request.zarr_format
        pooled = request.pooled_letters if request.levels is None else ""
        return ome_attributes(
            axes=None if levels.axes is None else levels.axes.axes,
            levels=output_levels(opened, levels),
            name=image_name(self.path),
            kept={} if image is None else image.attributes,
            zarr_format=zarr_format,
            in_place=request.in_place,
            downscaling=downscaling(request, levels.windows),
            pooled_letters=pooled,
            is_integer=all(recipe.out_dtype.kind in "iu" for recipe in levels.planned.recipes),
        )

    def _move_arrays(self, arrays: Sequence[ArraySpec]) -> None:
        """Move the complete arrays into the group; old levels go into the temporary folder."""
        assert self.opened.image is not None
        group = Path(self.opened.location)
        old = Path(self.location, "replaced")
        for number, level in enumerate(self.opened.image.levels[1:]):
            _move(group / level.path, old / str(number))
        for spec in arrays:
            top = PurePosixPath(spec.path).parts[0]
            whole = not (group / top).exists()
            moved = top if whole else spec.path
            if (group / moved).exists():
                _move(group / moved, old / f"array-{moved.replace('/', '-')}")
            if (Path(self.location) / moved).exists():
                _move(Path(self.location) / moved, group / moved)


def require_free_levels(opened: StoreInput, levels: PlannedLevels) -> None:
    """Raise an error if levels cannot be added to the group of the input.

    Raises
    ------
    FormatError
        If the input is no image of OME-Zarr.
    OutputExistsError
        If it has further levels, or arrays where they would be, and `--overwrite` is not given; or
        anything else is there.
    """
    image, request = opened.image, levels.request
    if image is None or image.group is None or image.axes is None:
        raise FormatError(
            "it is no OME-Zarr image whose group could get levels; write a new store with -o"
        )
    named = [level.path for level in image.levels[1:]]
    added = [spec.path for spec in levels.planned.levels if spec.path not in named]
    arrays = [path for path in added if group_has_array(image.group, path)]
    for path in added:
        if path not in arrays and is_occupied(opened.location, image.group, path):
            raise OutputExistsError(
                f"what it has at {path} is no level of the image, and is not replaced; move it "
                "away, or write a new store with -o"
            )
    if (named or arrays) and not request.overwrite:
        can_skip = has_equal_levels(opened, levels)
        raise OutputExistsError(
            f"it has levels already ({', '.join(named + arrays)}); --overwrite replaces them"
            f"{', --skip-existing skips it' if can_skip else ''}"
        )


def has_equal_levels(opened: StoreInput, levels: PlannedLevels) -> bool:
    """Return whether the group of the input has levels of the shapes and dtype planned."""
    image = opened.image
    if image is None:
        return False
    present = [(tuple(each.array.shape), each.array.dtype) for each in image.levels[1:]]
    planned = levels.planned
    wanted = [
        (spec.shape, recipe.out_dtype)
        for spec, recipe in zip(planned.levels, planned.recipes, strict=True)
    ]
    return present == wanted


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)
