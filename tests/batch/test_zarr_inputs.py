"""Zarr stores as inputs of pooling: results, axes, ways to name them, and faults."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.batch import array_summary, large_outputs, pool_item
from poolcli.core import blocks
from poolcli.io.zarr.zarr_source import ZarrSource
from tests.conftest import Poolcli
from tests.io.zarr.stores import AXES, VALUES, edit_json, http_server, write_array, write_image

zarr = pytest.importorskip("zarr")

AXES_OF_FIVE = [{"name": "t", "type": "time"}, *AXES]


def streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat every array as large, and use small blocks."""
    for module in (array_summary, large_outputs, pool_item):
        monkeypatch.setattr(module, "MAX_BYTES_IN_MEMORY", 0)
    monkeypatch.setattr(blocks, "MAX_WORKING_SET_BYTES", 600)


STORAGE: dict[str, dict[str, Any]] = {
    "v2": {"zarr_format": 2},
    "sharded": {"shards": (1, 8, 8, 8), "chunks": (1, 2, 4, 4)},
}


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("v2", "max --k 2"),
        ("sharded", "avg --k 3 --s 2 --p 1"),
        ("v2", "median --k 3 --s 1"),
        ("sharded", "mode --axes X --k 3"),
        ("v2", "std --global"),
        ("sharded", "sum --adaptive 2x3x4"),
        ("sharded", "avg --levels 3"),
        ("v2", "mode --levels 2 --k 1x2x2"),
        ("v2", "max --axes ZC --k 2"),
        ("sharded", "avg --ignore 7 --dtype uint16 --levels 2"),
    ],
)
def test_results_equal_those_of_an_npy(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, kind: str, line: str
) -> None:
    options = STORAGE[kind]
    write_image("x.zarr", **options)
    np.save("x.npy", VALUES)
    of_array = poolcli(*line.split(), "--layout", "CZYX", "x.npy", "-o", "a/", "--json")
    assert of_array.code == 0, of_array.err
    expected = {path.name: path.read_bytes() for path in Path("a").iterdir()}
    for folder in ("b", "c"):
        ran = poolcli(*line.split(), "x.zarr", "-o", f"{folder}/", "--format", "npy", "--json")
        assert ran.code == 0, ran.err
        assert {path.name: path.read_bytes() for path in Path(folder).iterdir()} == expected
        for record, other in zip(ran.records, of_array.records, strict=True):
            assert (record["input"], record["member"]) == ("x.zarr", "0")
            for side in ("in", "out"):
                means = record[side].pop("mean"), other[side]["mean"]
                assert means[0] == pytest.approx(means[1], rel=1e-12)
                assert record[side].items() <= other[side].items()
        streams(monkeypatch)


def test_stacks_and_pictures(poolcli: Poolcli) -> None:
    tifffile = pytest.importorskip("tifffile")
    colours = np.random.default_rng(0).integers(0, 256, (1, 3, 1, 20, 30), np.uint8)
    write_image("rgb.zarr", colours, zarr_format=2, axes=AXES_OF_FIVE)
    assert poolcli("max", "rgb.zarr", "-o", "rgb.png").code == 0
    expected = colours.reshape(3, 10, 2, 15, 2).max((2, 4)).transpose(1, 2, 0)
    np.testing.assert_array_equal(np.asarray(Image.open("rgb.png")), expected)
    write_image("volume.zarr")
    assert poolcli("max", "volume.zarr", "-o", "volume.tif").code == 0
    pooled = VALUES[:, :8, :, :10].reshape(2, 4, 2, 5, 2, 5, 2).max((2, 4, 6))
    np.testing.assert_array_equal(np.squeeze(tifffile.imread("volume.tif")).ravel(), pooled.ravel())
    assert "cannot hold the" in poolcli("max", "volume.zarr", "-o", "volume.png").err
    write_array("plane.zarr", VALUES[0, 0])
    assert poolcli("max", "plane.zarr", "-o", "plane.png").code == 0
    np.testing.assert_array_equal(
        np.asarray(Image.open("plane.png")), VALUES[0, 0][:, :10].reshape(5, 2, 5, 2).max((1, 3))
    )


def test_a_pyramid_in_one_tiff(poolcli: Poolcli) -> None:
    tifffile = pytest.importorskip("tifffile")
    write_array("x.zarr", VALUES[0, 0])
    assert poolcli("max", "x.zarr", "--levels", "2", "--pyramid", "-o", "x.tif").code == 0
    with tifffile.TiffFile("x.tif") as file:
        levels = file.series[0].levels
        assert [level.shape for level in levels] == [(10, 11), (5, 5), (2, 2)]
        np.testing.assert_array_equal(levels[0].asarray(), VALUES[0, 0])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--layout TZYX", "its axes are CZYX, as its metadata say, not TZYX; omit --layout"),
        ("--axes T", "the store has the axes C Z Y X, not T"),
        ("--k 2x2", "is for 2 axes, but the axes Z Y X of the store are pooled"),
    ],
)
def test_axes_that_the_store_does_not_have(poolcli: Poolcli, line: str, words: str) -> None:
    write_image("x.zarr")
    ran = poolcli("max", "x.zarr", *line.split(), "-o", "y.npy")
    assert ran.code == 1
    assert words in ran.err
    assert not Path("y.npy").exists()


def test_layouts_and_axes_that_are_given(poolcli: Poolcli) -> None:
    write_image("x.zarr")
    assert poolcli("max", "x.zarr", "--layout", "CDHW", "--axes", "W", "-o", "a.npy").code == 0
    assert np.load("a.npy").shape == (2, 9, 10, 5)
    write_array("plain.zarr")
    assert poolcli("max", "plain.zarr", "--layout", "CZYX", "-o", "b.npy").code == 0
    assert np.load("b.npy").shape == (2, 4, 5, 5)
    assert poolcli("max", "plain.zarr", "-o", "c.npy").code == 0
    assert np.load("c.npy").shape == (2, 9, 5, 5)
    assert "needs --layout" in poolcli("max", "plain.zarr", "--axes", "Z", "-o", "d.npy").err
    write_image("time.zarr", VALUES[0, 0], axes=[{"name": "t", "type": "time"}, AXES[0]])
    assert "are not spatial" in poolcli("max", "time.zarr", "-o", "d.npy").err


def test_a_volume_of_one_plane_is_pooled_as_a_plane(poolcli: Poolcli) -> None:
    write_image("x.zarr", VALUES[np.newaxis, :, :1], axes=AXES_OF_FIVE)
    assert poolcli("max", "x.zarr", "--json", "-o", "a.npy").record["out"]["shape"] == [
        1,
        2,
        1,
        5,
        5,
    ]
    assert poolcli("max", "x.zarr", "--k", "1x2x2", "-o", "b.npy").code == 0
    assert Path("a.npy").read_bytes() == Path("b.npy").read_bytes()
    assert poolcli("max", "x.zarr", "--k", "2x2x2", "-o", "c.npy").code == 1


def test_letters_of_axes_that_pictures_lack(poolcli: Poolcli) -> None:
    Path("in").mkdir()
    Image.new("L", (8, 8)).save("in/a.png")
    write_image("in/b.zarr")
    ran = poolcli("max", "in", "--axes", "Z", "-o", "out/", "--format", "npy", "-j", "1")
    assert ran.code == 1
    assert "a picture has the axes H W or Y X, not Z" in ran.err
    assert np.load("out/b.npy").shape == (2, 4, 10, 11)
    assert poolcli("max", "in/a.png", "--axes", "Z", "-o", "b.png").code == 2


def test_stores_in_folders_are_inputs(poolcli: Poolcli) -> None:
    write_array("in/a.zarr", VALUES[0, 0])
    write_array("in/deep/b.zarr", VALUES[0, 0], zarr_format=2)
    write_array("elsewhere.zarr", VALUES[0, 0])
    Path("in/c.zarr").symlink_to("../elsewhere.zarr")
    np.save("in/d.npy", VALUES[0, 0])
    Path("in/no_store.zarr").write_text("a text file")
    line = ["max", "in", "-o", "out/", "--format", "npy", "--json", "--overwrite", "-j", "1"]
    found = [record["input"] for record in poolcli(*line).records]
    assert sorted(found) == ["in/a.zarr", "in/c.zarr", "in/d.npy"]
    found = [record["input"] for record in poolcli(*line, "-r").records]
    assert sorted(found) == ["in/a.zarr", "in/c.zarr", "in/d.npy", "in/deep/b.zarr"]
    assert {path.name for path in Path("out").rglob("*.npy")} == {
        "a.npy",
        "b.npy",
        "c.npy",
        "d.npy",
    }
    (record,) = poolcli(*line, "-r", "--include", "b.*").records
    assert record["input"] == "in/deep/b.zarr"
    assert [each["format"] for each in poolcli("info", "in", "--json").records].count("ZARR") == 2


def test_a_slash_at_the_end_is_ignored(poolcli: Poolcli) -> None:
    write_array("in/x.zarr", VALUES[0, 0])
    ran = poolcli("max", "in/x.zarr/", "--json", "-o", "y.npy")
    assert (ran.record["input"], ran.record["member"]) == ("in/x.zarr", None)
    assert poolcli("explain", "max", "in/x.zarr/").code == 0


def test_urls_as_inputs(poolcli: Poolcli, tmp_path: Path) -> None:
    write_image("data/x.zarr")
    with http_server(tmp_path / "data") as url:
        Path("list").write_text(f"{url}/x.zarr/\n")
        ran = poolcli(
            "max", "--files-from", "list", "-o", "out/", "--format", "npy", "--json", "-j", "1"
        )
        assert ran.record["input"] == f"{url}/x.zarr"
        assert np.load("out/x.npy").shape == (2, 4, 5, 5)
        ran = poolcli("max", f"{url}/missing.zarr", "-o", "z.npy")
        assert "there is no Zarr store at this URL" in ran.err
        assert poolcli("max", f"{url}/x.zarr/", "--axes", "z", "-o", "z.npy").code == 0
        assert np.load("z.npy").shape == (2, 4, 10, 11)
        assert "is a URL, which has no folder" in poolcli("max", f"{url}/x.zarr").err
        in_place = ("max", f"{url}/x.zarr", "--levels", 1, "--in-place")
        for line in (in_place, (*in_place, "--overwrite")):
            ran = poolcli(*line)
            assert f"cannot write {url}" in ran.err
            assert len(ran.err.splitlines()) == 1
    ran = poolcli("max", f"{url}/x.zarr", "-o", "a.npy")
    assert ran.code == 1
    assert "Connect call failed" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_store_in_memory(poolcli: Poolcli) -> None:
    write_image("memory://test_zarr_inputs/x.zarr")
    assert poolcli("max", "memory://test_zarr_inputs/x.zarr", "-o", "a.npy").code == 0
    assert np.load("a.npy").shape == (2, 4, 5, 5)


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("line", ["max x.zarr -o y.npy", "avg x.zarr --levels 2 -o y.npy"])
def test_a_damaged_chunk_leaves_no_output(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, line: str, is_large: bool
) -> None:
    write_image("x.zarr")
    Path("x.zarr/0/c/0/1/0/2").write_bytes(b"\0" * 9)
    if is_large:
        streams(monkeypatch)
    ran = poolcli(*line.split())
    assert ran.code == 1
    assert "x.zarr: the chunk 0/1/0/2 of dataset 0 (0/c/0/1/0/2) is damaged: " in ran.err
    assert [path.name for path in Path().iterdir()] == ["x.zarr"]


@pytest.mark.parametrize("is_large", [False, True])
def test_a_store_that_vanishes_is_not_read_as_fill_values(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    write_image("x.zarr")
    read = ZarrSource._read

    def read_and_remove(source: ZarrSource, ranges: list[slice]) -> Any:
        block = read(source, ranges)
        shutil.rmtree("x.zarr", ignore_errors=True)
        return block

    monkeypatch.setattr(ZarrSource, "_read", read_and_remove)
    if is_large:
        streams(monkeypatch)
    ran = poolcli("max", "x.zarr", "-o", "y.npy")
    assert ran.code == 1
    assert "dataset 0 vanished while it was read" in ran.err
    assert not list(Path().iterdir())


def test_a_store_that_vanishes_is_not_explained(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ZarrSource._read

    def remove_and_read(source: ZarrSource, ranges: list[slice]) -> Any:
        shutil.rmtree("x.zarr", ignore_errors=True)
        return read(source, ranges)

    monkeypatch.setattr(ZarrSource, "_read", remove_and_read)
    for line in ("explain max x.zarr --axes YX", "compare x.zarr --modes max", "info x.zarr"):
        write_image("x.zarr")
        ran = poolcli(*line.split())
        assert ran.code == 1
        assert "dataset 0 vanished while it was read" in ran.err


def test_dtypes_that_are_not_pooled(poolcli: Poolcli) -> None:
    texts = zarr.create_array("texts.zarr", shape=(4, 4), chunks=(2, 2), dtype="U3", zarr_format=2)
    texts[:] = "abc"
    structs = np.zeros((4, 4), [("a", "u1"), ("b", "f4")])
    write_array("structs.zarr", structs, zarr_format=2)
    for name in ("texts.zarr", "structs.zarr"):
        ran = poolcli("max", name, "-o", "y.npy")
        assert ran.code == 1
        assert len(ran.err.splitlines()) == 1
        assert "a bug in poolcli" not in ran.err
        assert "is not numeric" in poolcli("info", name).out


def test_a_codec_that_is_missing(poolcli: Poolcli) -> None:
    write_array("x.zarr", zarr_format=2)
    edit_json(Path("x.zarr/.zarray"), compressor={"id": "zfpy"})
    ran = poolcli("max", "x.zarr", "-o", "y.npy")
    assert ran.code == 1
    assert "the codec zfpy, which is missing; install it: pip install 'numcodecs[zfpy]'" in ran.err
