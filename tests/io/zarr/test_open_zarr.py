"""Opening of Zarr stores: axes, levels and positions from metadata of all versions, and errors."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from poolcli.errors import ReadError
from poolcli.io.zarr.location import is_url, is_zarr_folder, is_zarr_input
from poolcli.io.zarr.open_zarr import open_array_at, open_zarr
from tests.io.zarr.stores import (
    AXES,
    VALUES,
    QuietHandler,
    edit_json,
    http_server,
    set_multiscales,
    write_array,
    write_image,
)

FORMATS = pytest.mark.parametrize("zarr_format", [2, 3])


def message_of(path: Path | str) -> str:
    with pytest.raises(ReadError) as raised:
        open_zarr(str(path))
    assert "\n" not in str(raised.value)
    return str(raised.value)


@FORMATS
def test_a_plain_array_has_one_level_and_no_axes(tmp_path: Path, zarr_format: int) -> None:
    write_array(tmp_path / "x.zarr", zarr_format=zarr_format)
    image = open_zarr(f"{tmp_path}/x.zarr/")
    assert (image.group, image.zarr_format, image.axes, image.layout) == (
        None, zarr_format, None, None,
    )  # fmt: skip
    assert [(level.path, level.scale) for level in image.levels] == [("", None)]
    np.testing.assert_array_equal(image.levels[0].array[...], VALUES)


@FORMATS
def test_an_image_has_axes_and_levels(tmp_path: Path, zarr_format: int) -> None:
    write_image(tmp_path / "x.zarr", zarr_format=zarr_format, levels=2)
    image = open_zarr(f"{tmp_path}/x.zarr")
    assert image.layout == "CZYX"
    assert image.axes is not None
    assert image.axes[1] == ("Z", "z", "space", "micrometer")
    assert image.axes[0] == ("C", "c", "channel", None)
    assert [level.path for level in image.levels] == ["0", "1"]
    assert [level.array.shape for level in image.levels] == [(2, 9, 10, 11), (2, 5, 5, 6)]
    assert image.levels[1].scale == tuple(Fraction(each) for each in ("0.1", "0.2", "0.2", "0.2"))
    assert image.levels[1].translation is None
    assert "multiscales" in image.attributes.get("ome", image.attributes)
    assert open_zarr(f"{tmp_path}/x.zarr/1").group is None


def test_dimension_names_of_one_letter_are_the_layout(tmp_path: Path) -> None:
    write_array(tmp_path / "a.zarr", dimension_names=["t", "z", "y", "x"])
    assert open_zarr(str(tmp_path / "a.zarr")).layout == "TZYX"
    array = write_array(tmp_path / "b.zarr", zarr_format=2)
    array.attrs["_ARRAY_DIMENSIONS"] = ["c", "z", "y", "x"]
    assert open_zarr(str(tmp_path / "b.zarr")).layout == "CZYX"
    write_array(tmp_path / "c.zarr", dimension_names=["time", "z", "lat", "lon"])
    assert open_zarr(str(tmp_path / "c.zarr")).layout is None


@pytest.mark.parametrize(
    ("axes", "layout"),
    [
        (["t", "z", "y", "x"], "TZYX"),
        ([{"name": "d"}, {"name": "h"}, {"name": "w"}, {"name": "c"}], "DHWC"),
        ([{"name": "channel", "type": "channel"}, *AXES[1:]], "CZYX"),
        ([{"name": "lambda", "type": "wavelength"}, *AXES[1:]], "NZYX"),
        ([{"name": "i", "type": "coil"}, *AXES[1:]], "IZYX"),
        ([{"name": n, "type": "space"} for n in ("p", "slice", "row", "column")], "NZYX"),
        (
            [{"name": "time", "type": "time"}, *({"name": n, "type": "space"} for n in "zhx")],
            "TZYX",
        ),
        (None, None),
    ],
)
def test_letters_of_axes(tmp_path: Path, axes: Any, layout: str | None) -> None:
    group = zarr.create_group(str(tmp_path / "x.zarr"), zarr_format=2)
    write_array(tmp_path / "x.zarr/0", zarr_format=2)
    set_multiscales(group, {"axes": axes, "datasets": [{"path": "0"}]})
    assert open_zarr(str(tmp_path / "x.zarr")).layout == layout


def test_images_of_the_first_versions_are_tczyx(tmp_path: Path) -> None:
    group = zarr.create_group(str(tmp_path / "x.zarr"), zarr_format=2)
    write_array(tmp_path / "x.zarr/0", VALUES[np.newaxis], zarr_format=2)
    group.attrs["multiscales"] = [{"version": "0.1", "datasets": [{"path": "0"}]}]
    image = open_zarr(str(tmp_path / "x.zarr"))
    assert image.layout == "TCZYX"
    assert image.levels[0].scale is None


def test_transformations_of_the_image_follow_those_of_a_dataset(tmp_path: Path) -> None:
    write_array(tmp_path / "x.zarr/0", np.zeros((4, 4), np.uint8))
    group = zarr.open_group(str(tmp_path / "x.zarr"))
    of_dataset = [
        {"type": "scale", "scale": [0.1, 3]},
        {"type": "translation", "translation": [1, 1e-7]},
    ]
    of_image = [{"type": "identity"}, {"type": "scale", "scale": [3, 0.5]}, {"type": "unknown"}]
    set_multiscales(
        group,
        {
            "axes": AXES[2:],
            "coordinateTransformations": of_image,
            "datasets": [{"path": "0", "coordinateTransformations": of_dataset}],
        },
    )
    level = open_zarr(str(tmp_path / "x.zarr")).levels[0]
    assert level.scale == (Fraction(3, 10), Fraction(3, 2))
    assert level.translation == (Fraction(3), Fraction(5, 10**8))


def test_a_group_of_one_array_is_that_array(tmp_path: Path) -> None:
    write_array(tmp_path / "x.zarr/0")
    zarr.open_group(str(tmp_path / "x.zarr"))
    image = open_zarr(str(tmp_path / "x.zarr"))
    assert image.group is not None
    assert [level.path for level in image.levels] == ["0"]


def test_a_level_that_is_missing_is_left_out(tmp_path: Path) -> None:
    write_image(tmp_path / "x.zarr", levels=3)
    (tmp_path / "x.zarr/1/zarr.json").unlink()
    assert [level.path for level in open_zarr(str(tmp_path / "x.zarr")).levels] == ["0", "2"]
    (tmp_path / "x.zarr/0/zarr.json").unlink()
    assert "full-resolution array is missing: dataset 0" in message_of(tmp_path / "x.zarr")


@FORMATS
def test_groups_of_several_images_name_them(tmp_path: Path, zarr_format: int) -> None:
    def group(name: str, **attributes: Any) -> Path:
        zarr.create_group(
            str(tmp_path / name),
            zarr_format=zarr_format,
            attributes={"ome": attributes} if zarr_format == 3 else attributes,
        )
        return tmp_path / name

    series = group("series.zarr", **{"bioformats2raw.layout": 3})
    for name in ("10", "9", "0"):
        write_image(series / name, VALUES, zarr_format)
    assert message_of(series) == f"it is a group of images; name one: {series}/0, {series}/9, " + (
        f"{series}/10"
    )
    group("series.zarr/OME", series=["9", "10"])
    assert message_of(series).endswith(f"name one: {series}/9, {series}/10")
    labels = group("labels", labels=["cells", "nuclei"])
    assert message_of(labels).endswith(f"name one: {labels}/cells, {labels}/nuclei")
    wells = [{"path": f"A/{number}"} for number in range(1, 8)]
    plate = group("plate.zarr", plate={"wells": wells})
    assert f"a plate of images; name one: {plate}/A/1/0, " in message_of(plate)
    assert message_of(plate).endswith(" and 2 more")
    well = group("well.zarr", well={"images": [{"path": "0"}]})
    assert message_of(well).endswith(f"name one: {well}/0")
    empty = group("empty.zarr")
    assert "holds no image" in message_of(empty)
    write_array(empty / "a", zarr_format=zarr_format)
    write_array(empty / "b", zarr_format=zarr_format)
    assert message_of(empty).endswith(f"name one: {empty}/a, {empty}/b")


def test_what_is_no_store_is_named(tmp_path: Path) -> None:
    assert "no such store" in message_of(tmp_path / "missing.zarr")
    (tmp_path / "folder").mkdir()
    assert "not a Zarr store" in message_of(tmp_path / "folder")


@pytest.mark.parametrize(
    "change",
    [{"shape": None}, {"shape": "large"}, {"chunk_grid": None}, {"codecs": []},
     {"zarr_format": 4}],
    ids=str,
)  # fmt: skip
def test_damaged_metadata(tmp_path: Path, change: dict[str, Any]) -> None:
    write_image(tmp_path / "x.zarr")
    edit_json(tmp_path / "x.zarr/0/zarr.json", **change)
    assert "damaged" in message_of(tmp_path / "x.zarr")
    assert "damaged" in message_of(tmp_path / "x.zarr/0")


@pytest.mark.parametrize(
    "multiscales",
    [{"datasets": []}, {"axes": AXES[:2]}, {"datasets": None}, {"datasets": [{}]}, {"axes": 5}],
    ids=str,
)
def test_damaged_multiscales(tmp_path: Path, multiscales: dict[str, Any]) -> None:
    group = write_image(tmp_path / "x.zarr")
    set_multiscales(group, {"datasets": [{"path": "0"}], "axes": AXES, **multiscales})
    assert message_of(tmp_path / "x.zarr").startswith("its metadata are damaged: ")


def test_metadata_that_are_no_json_object(tmp_path: Path) -> None:
    write_array(tmp_path / "x.zarr")
    file = tmp_path / "x.zarr/zarr.json"
    text = file.read_text()
    for content, reason in (
        (text[:40].encode(), "a file is not JSON ("),
        (b"\xff\xfe\x00", "a file is not JSON ("),
        (b"[]", "an entry has a wrong type ("),
    ):
        file.write_bytes(content)
        assert message_of(tmp_path / "x.zarr").startswith(f"its metadata are damaged: {reason}")


@pytest.mark.parametrize(
    "change",
    [{"data_type": "bfloat16"}, {"chunk_grid": {"name": "rectilinear", "configuration": {}}}],
    ids=str,
)
def test_extensions_that_zarr_lacks_are_no_damage(tmp_path: Path, change: dict[str, Any]) -> None:
    write_array(tmp_path / "x.zarr")
    edit_json(tmp_path / "x.zarr/zarr.json", **change)
    assert message_of(tmp_path / "x.zarr").startswith("zarr cannot read it: ")


@pytest.mark.parametrize(
    ("name", "advice"), [("zfpy", "numcodecs[zfpy]"), ("own", "the package that provides it")]
)
def test_codecs_that_are_missing_are_named(tmp_path: Path, name: str, advice: str) -> None:
    write_array(tmp_path / "2.zarr", zarr_format=2)
    edit_json(tmp_path / "2.zarr/.zarray", compressor={"id": name})
    write_array(tmp_path / "3.zarr")
    codecs = json.loads((tmp_path / "3.zarr/zarr.json").read_text())["codecs"]
    codecs[1] = {"name": f"numcodecs.{name}" if name == "own" else name, "configuration": {}}
    edit_json(tmp_path / "3.zarr/zarr.json", codecs=codecs)
    for store in ("2.zarr", "3.zarr"):
        assert f"the codec {name}, which is missing; install" in message_of(tmp_path / store)
        assert advice in message_of(tmp_path / store)


def test_the_extra_is_named_if_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)
    assert message_of("x.zarr").endswith("[zarr]: pip install zarr ome-zarr-models")


def test_stores_are_read_from_a_server_that_lists_nothing(tmp_path: Path) -> None:
    write_image(tmp_path / "x.zarr", levels=2)
    write_array(tmp_path / "y.zarr", zarr_format=2)
    zarr.create_group(str(tmp_path / "group.zarr"))
    (tmp_path / "broken.zarr").mkdir()
    (tmp_path / "broken.zarr/zarr.json").write_text("{")
    with http_server(tmp_path) as url:
        image = open_zarr(f"{url}/x.zarr/")
        assert image.layout == "CZYX"
        np.testing.assert_array_equal(image.levels[1].array[...], VALUES[:, ::2, ::2, ::2])
        np.testing.assert_array_equal(open_zarr(f"{url}/y.zarr").levels[0].array[...], VALUES)
        assert "no Zarr store at this URL" in message_of(f"{url}/missing.zarr")
        assert "download the file first" in message_of(f"{url}/missing.png")
        assert "holds no image" in message_of(f"{url}/group.zarr")
        assert message_of(f"{url}/broken.zarr").startswith("it cannot be opened: ")
    assert "Connect call failed" in message_of(f"{url}/x.zarr")


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_missing_keys_may_be_forbidden(tmp_path: Path, zarr_format: int) -> None:
    class ForbiddingHandler(QuietHandler):
        def send_error(self, code: int, *args: Any, **options: Any) -> None:
            super().send_error(403 if code == 404 else code, *args, **options)

    sparse = np.zeros((8, 8), np.uint8)
    sparse[0, 0] = 1
    write_image(tmp_path / "x.zarr", sparse, zarr_format, axes=AXES[2:])
    with http_server(tmp_path, ForbiddingHandler) as url:
        image = open_zarr(f"{url}/x.zarr")
        np.testing.assert_array_equal(image.levels[0].array[...], sparse)
        np.testing.assert_array_equal(open_array_at(f"{url}/x.zarr", "0")[...], sparse)
        assert "whether it needs credentials" in message_of(f"{url}/y.zarr")


def test_an_array_that_has_vanished_is_not_opened_again(tmp_path: Path) -> None:
    write_image(tmp_path / "x.zarr")
    assert open_array_at(str(tmp_path / "x.zarr"), "0").shape == VALUES.shape
    with pytest.raises(ReadError, match="it is not a Zarr store"):
        open_array_at(str(tmp_path), "0")


def test_urls_of_unknown_kinds() -> None:
    assert message_of("nothing://x.zarr").startswith("it cannot be opened: Protocol not known")


def test_stores_in_memory_are_written_and_read_by_one_process() -> None:
    write_image("memory://test_open_zarr/x.zarr", levels=2)
    image = open_zarr("memory://test_open_zarr/x.zarr")
    np.testing.assert_array_equal(image.levels[0].array[...], VALUES)
    assert "no Zarr store" in message_of("memory://test_open_zarr/y.zarr")


def test_zarr_inputs_are_told_from_other_paths(tmp_path: Path) -> None:
    write_array(tmp_path / "x.zarr")
    write_array(tmp_path / "y.zarr", zarr_format=2)
    zarr.create_group(str(tmp_path / "z.zarr"), zarr_format=2)
    for name in ("x.zarr", "y.zarr", "z.zarr"):
        assert is_zarr_folder(str(tmp_path / name))
    assert not is_zarr_input(str(tmp_path))
    assert not is_zarr_input(str(tmp_path / "x.zarr/zarr.json"))
    assert is_zarr_input("memory://x")
    assert not is_url("C:/x")
