"""Axes and attributes of OME-Zarr groups."""

from fractions import Fraction
from typing import Any, Literal

import pytest
from ome_zarr_models.v04.image import ImageAttrs as ImageAttrs04
from ome_zarr_models.v05.image import ImageAttrs as ImageAttrs05

from poolcli.errors import OutputError
from poolcli.io.zarr.axes_of_metadata import ZarrAxis
from poolcli.io.zarr.ome_axes import ome_axes
from poolcli.io.zarr.ome_metadata import ome_attributes
from poolcli.io.zarr.output_levels import Downscaling, OutputLevel

FORMATS: tuple[Literal[2, 3], ...] = (2, 3)

CHANNEL = {"color": "00FF00", "window": {"min": 0, "max": 255, "start": 0, "end": 200}}
OMERO = {"channels": [CHANNEL], "rdefs": {"defaultZ": 7, "defaultT": 1}, "version": "0.4"}
LABEL = {
    "colors": [{"label-value": 1, "rgba": [1, 2, 3, 4]}],
    "source": {"image": "../../"},
    "version": "0.4",
}

YX = [ZarrAxis(each.upper(), each, "space", None) for each in "yx"]
LEVELS = [OutputLevel("0"), OutputLevel("1", (Fraction(2),) * 2, (Fraction(1, 2),) * 2)]


def attributes(**options: Any) -> dict[str, Any]:
    """Return attributes of a group with two levels, by default."""
    given: dict[str, Any] = {"axes": YX, "levels": LEVELS, "name": "cells", "kept": {}}
    return ome_attributes(**(given | {"zarr_format": 3} | options))


def ome(zarr_format: int, made: dict[str, Any]) -> dict[str, Any]:
    """Return the OME-Zarr metadata in attributes."""
    inner: dict[str, Any] = made if zarr_format == 2 else made["ome"]
    return inner


@pytest.mark.parametrize(
    ("letters", "pooled", "names", "permutation"),
    [
        ("HW", (0, 1), "yx", (0, 1)),
        ("HWC", (0, 1), "cyx", (2, 0, 1)),
        ("NHW", (1, 2), "nyx", (0, 1, 2)),
        ("ZYX", (0, 1, 2), "zyx", (0, 1, 2)),
        ("DHW", (0, 1, 2), "zyx", (0, 1, 2)),
        ("XYZ", (0, 1, 2), "zyx", (2, 1, 0)),
        ("TZCYX", (1, 3, 4), "tczyx", (0, 2, 1, 3, 4)),
        ("ZTYX", (2, 3), "tzyx", (1, 0, 2, 3)),
        ("YXS", (0, 1), "cyx", (2, 0, 1)),
        ("ZYX", (0,), "zyx", (0, 1, 2)),
        (None, (0, 1), "yx", (0, 1)),
        (None, (1,), "yx", (0, 1)),
        (None, (1, 2), "cyx", (0, 1, 2)),
        (None, (0, 1, 2), "zyx", (0, 1, 2)),
        (None, (1, 2, 3), "czyx", (0, 1, 2, 3)),
    ],
)
def test_axes_come_in_the_order_of_ome_zarr(
    letters: str | None, pooled: tuple[int, ...], names: str, permutation: tuple[int, ...]
) -> None:
    found = ome_axes(letters, len(permutation), pooled)
    assert found is not None
    assert ("".join(found.names), found.permutation) == (names, permutation)
    assert [found.axes[i].name for i in found.spatial] == [each for each in names if each in "zyx"]


@pytest.mark.parametrize(
    ("letters", "rank", "pooled"),
    [
        (None, 1, (0,)),
        (None, 4, (2, 3)),
        (None, 3, (0, 1)),
        (None, 4, (0, 1, 2, 3)),
        ("NCHW", 4, (2, 3)),
        ("TCX", 3, (2,)),
        ("ACTZYX", 6, (3, 4, 5)),
    ],
)
def test_some_axes_have_no_place_in_ome_zarr(
    letters: str | None, rank: int, pooled: tuple[int, ...]
) -> None:
    assert ome_axes(letters, rank, pooled) is None


def test_units_have_the_names_of_the_specification() -> None:
    found = ome_axes("TZYX", 4, (1, 2, 3), {"T": "s", "Z": "µm", "Y": "nanometer", "X": "°"})
    assert found is not None
    assert [axis.unit for axis in found.axes] == ["second", "micrometer", "nanometer", "°"]


@pytest.mark.parametrize("zarr_format", FORMATS)
def test_metadata_satisfy_the_models(zarr_format: Literal[2, 3]) -> None:
    scales = [(Fraction("0.1") * 3**n, Fraction("0.1") * 3**n) for n in range(3)]
    middles = [(0, 0), (Fraction("0.1"), Fraction("0.1")), (Fraction("0.4"), Fraction("0.4"))]
    levels = [
        OutputLevel(str(n), scale, middle)
        for n, (scale, middle) in enumerate(zip(scales, middles, strict=True))
    ]
    made = attributes(
        levels=levels,
        zarr_format=zarr_format,
        downscaling=Downscaling("mode", {"version": "1", "kwargs": {"kernel_size": [3, 3]}}),
    )
    [entry] = ome(zarr_format, made)["multiscales"]
    assert entry["name"] == "cells"
    assert entry["type"] == "mode"
    assert entry["metadata"]["kwargs"] == {"kernel_size": [3, 3]}
    assert entry["datasets"][0]["coordinateTransformations"] == [
        {"type": "scale", "scale": [0.1, 0.1]}
    ]
    assert entry["datasets"][1]["coordinateTransformations"] == [
        {"type": "scale", "scale": [0.3, 0.3]},
        {"type": "translation", "translation": [0.1, 0.1]},
    ]
    if zarr_format == 2:
        assert entry["version"] == "0.4"
        assert set(made) == {"multiscales"}
        ImageAttrs04.model_validate(made)
    else:
        assert made["ome"]["version"] == "0.5"
        assert "version" not in entry
        ImageAttrs05.model_validate(made["ome"])


@pytest.mark.parametrize("zarr_format", FORMATS)
@pytest.mark.parametrize("source_format", FORMATS)
def test_channels_colours_and_foreign_attributes_carry_over(
    source_format: int, zarr_format: Literal[2, 3]
) -> None:
    metadata = {"omero": OMERO, "image-label": LABEL, "multiscales": [{"name": "old"}]}
    metadata |= {"bioformats2raw.layout": 3}
    kept = {"mine": [1], "_ARRAY_DIMENSIONS": ["y", "x"]}
    kept |= metadata if source_format == 2 else {"ome": {"version": "0.5", **metadata}}
    made = attributes(kept=kept, zarr_format=zarr_format)
    assert {key for key in made if key not in ("ome", *metadata)} == {"mine"}
    written = ome(zarr_format, made)
    version = {2: "0.4", 3: "0.5"}[zarr_format]
    assert written["omero"] == {**OMERO, "version": version}
    assert written["image-label"] == {"colors": LABEL["colors"], "version": version}
    assert written["multiscales"][0]["name"] == "old"
    assert "bioformats2raw.layout" not in written


def test_what_pooling_makes_false_goes() -> None:
    kept = {"omero": OMERO, "image-label": LABEL}
    made = attributes(kept=kept, pooled_letters="ZYX", is_integer=False)["ome"]
    assert made["omero"]["rdefs"] == {"defaultT": 1}
    assert "image-label" not in made
    assert "omero" not in attributes(kept=kept, pooled_letters="C")["ome"]


def test_invalid_metadata_are_not_copied() -> None:
    properties = [{"label-value": 1, "class": "nucleus"}]
    label = {"colors": [{"label-value": 1}], "properties": properties}
    kept = {"omero": {"channels": [{"color": "red"}]}, "image-label": label}
    made = attributes(kept=kept)["ome"]
    assert set(made) == {"version", "multiscales", "image-label"}
    assert made["image-label"] == {"properties": properties, "version": "0.5"}
    label["properties"] = [{}]
    assert attributes(kept=kept)["ome"]["image-label"] == {"version": "0.5"}


@pytest.mark.parametrize("zarr_format", FORMATS)
def test_levels_are_added_in_place(zarr_format: Literal[2, 3]) -> None:
    datasets = [{"path": "0", "coordinateTransformations": "old", "mine": 1}]
    entry = {"name": "old", "axes": "old", "datasets": datasets, "extra": 2}
    metadata = {"omero": {"channels": "broken"}, "image-label": LABEL}
    metadata |= {"multiscales": [entry, {"name": "second"}], "bioformats2raw.layout": 3}
    kept = metadata if zarr_format == 2 else {"ome": {"version": "0.5", **metadata}}
    made = ome(
        zarr_format, attributes(kept={**kept, "a": 1}, zarr_format=zarr_format, in_place=True)
    )
    for key in ("omero", "image-label", "bioformats2raw.layout"):
        assert made[key] == metadata[key]
    first, second = made["multiscales"]
    assert second == {"name": "second"}
    assert (first["name"], first["extra"]) == ("old", 2)
    assert first["datasets"][0]["mine"] == 1
    assert first["datasets"][0]["coordinateTransformations"][0]["scale"] == [1, 1]
    assert [each["path"] for each in first["datasets"]] == ["0", "1"]


def test_without_axes_there_are_no_multiscales() -> None:
    assert attributes(axes=None, kept={"a": 1}) == {"a": 1}
    assert attributes(axes=None, kept={"omero": OMERO})["ome"]["version"] == "0.5"


def test_levels_must_become_coarser() -> None:
    with pytest.raises(OutputError, match=r"breaks the rules of OME-Zarr 0\.5: .*resolution"):
        attributes(levels=LEVELS[::-1])
