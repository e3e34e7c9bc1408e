"""Stores that are made box by box have the values of the whole array pooled at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st

import poolcli as poolcli_package
from poolcli.batch.zarr_stores import boxes, make_store_plan
from poolcli.batch.zarr_stores.boxes import BoxGrid, choose_boxes
from poolcli.batch.zarr_stores.store_plan import grid_shape, output_ranges
from poolcli.core.errors import ArgumentError
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from poolcli.io.zarr.zarr_source import ZarrSource
from tests.conftest import Poolcli
from tests.core.strategies import windows
from tests.io.zarr.stores import write_array, write_image

Array = np.ndarray[Any, Any]

LABELS = np.random.default_rng(23).integers(0, 5, (18, 26, 21)).astype(np.uint16)


@pytest.fixture(autouse=True)
def small_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut arrays into so many boxes that levels need temporary arrays."""
    for module in (boxes, make_store_plan):
        monkeypatch.setattr(module, "MAX_BOX_BYTES", 1 << 13)
    monkeypatch.setattr(boxes, "MIN_BOX_BYTES", 1 << 12)


def expected_levels(x: Array, mode: str, k: int, count: int) -> list[Array]:
    """Return the levels of windows that tile, in the dtype of the input."""
    return [
        poolcli_package.pool(x, mode, (k**n,) * 3, axes=(0, 1, 2), dtype=x.dtype)
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("mode", "zarr_format", "shards"),
    [("mode", 3, None), ("avg", 3, (8, 16, 16)), ("max", 2, None), ("median", 3, (4, 24, 8))],
)
def test_levels_of_windows_that_tile(
    poolcli: Poolcli, mode: str, zarr_format: int, shards: Any
) -> None:
    options = {} if zarr_format == 2 else {"shards": shards, "dimension_names": "zyx"}
    write_array("x.zarr", LABELS, zarr_format, chunks=(4, 8, 8), **options)
    for k, count in ((2, 3), (3, 1)):
        ran = poolcli(mode, "x.zarr", "--k", f"{k}x{k}x{k}", "--levels", count, "-o", "y.zarr",
                      "--layout", "ZYX", "--json", "--overwrite")  # fmt: skip
        assert ran.code == 0, ran.err
        group = zarr.open_group("y.zarr", mode="r")
        np.testing.assert_array_equal(group["0"][...], LABELS)
        for n, expected in enumerate(expected_levels(LABELS, mode, k, count), 1):
            found = group[str(n)]
            np.testing.assert_array_equal(found[...], expected)
            assert found.dtype == LABELS.dtype
            record = ran.records[n - 1]
            assert record["in"]["mean"] == pytest.approx(LABELS.mean(), rel=1e-12)
            assert record["out"]["mean"] == pytest.approx(expected.mean(), rel=1e-12)
            assert (record["level"], record["out"]["max"]) == (n, expected.max())
        assert sorted(group.keys()) == [str(n) for n in range(count + 1)]
        assert {path.name for path in Path().iterdir()} == {"x.zarr", "y.zarr"}


STACKED = [
    ("--k 3 --s 2 --p 1", {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("--k 3 --s 2 --p same --padding-mode reflect",
     {"kernel_size": 3, "stride": 2, "padding": "same", "padding_mode": "reflect"}),
    ("--k 3 --s 1 --p 1 --padding-mode circular",
     {"kernel_size": 3, "stride": 1, "padding": 1, "padding_mode": "circular"}),
    ("--k 2 --s 1 --d 2", {"kernel_size": 2, "stride": 1, "dilation": 2}),
    ("--k 3 --s 4", {"kernel_size": 3, "stride": 4}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "options", "arguments"),
    [
        (mode, *each)
        for mode, each in zip(["avg", "mode", "avg", "max", "avg"], STACKED, strict=True)
    ],
)
def test_windows_that_do_not_tile(
    poolcli: Poolcli, mode: str, options: str, arguments: dict[str, Any]
) -> None:
    write_array("x.zarr", LABELS, chunks=(4, 8, 8), dimension_names="zyx")
    assert poolcli(mode, "x.zarr", *options.split(), "-o", "one.zarr").code == 0
    pool = poolcli_package.pool
    found = zarr.open_array("one.zarr/0", mode="r")
    np.testing.assert_array_equal(found[...], pool(LABELS, mode, axes=(0, 1, 2), **arguments))
    assert poolcli(mode, "x.zarr", *options.split(), "--levels", 2, "-o", "two.zarr").code == 0
    values: Array = LABELS
    for level in ("1", "2"):
        found = zarr.open_array(f"two.zarr/{level}", mode="r")
        expected = pool(values, mode, axes=(0, 1, 2), dtype="u2", **arguments)
        np.testing.assert_array_equal(found[...], expected)
        values = pool(
            values, mode, axes=(0, 1, 2), dtype="f8" if mode == "avg" else None, **arguments
        )


@pytest.mark.parametrize(
    ("mode", "options"), [("avg", "--global"), ("median", "--adaptive 7x_x5"), ("avg", "--fit 20")]
)
def test_whole_and_adaptive_windows(poolcli: Poolcli, mode: str, options: str) -> None:
    write_array("x.zarr", LABELS, chunks=(4, 8, 8), dimension_names="zyx")
    np.save("x.npy", LABELS)
    assert poolcli(mode, "x.zarr", *options.split(), "-o", "y.zarr").code == 0
    layout = ("--layout", "ZYX")
    assert poolcli(mode, "x.npy", *options.split(), *layout, "-o", "y.npy").code == 0
    found = zarr.open_array("y.zarr/0", mode="r")
    np.testing.assert_array_equal(found[...], np.load("y.npy"))


def test_levels_whose_windows_exceed_a_box(poolcli: Poolcli) -> None:
    x = np.random.default_rng(1).integers(0, 9, (140, 150)).astype(np.float64)
    write_array("x.zarr", x, chunks=(32, 32), dimension_names="yx")
    for mode in ("max", "avg", "median"):
        ran = poolcli(mode, "x.zarr", "--levels", 6, "-o", f"{mode}.zarr", "--json")
        assert ran.code == 0, ran.err
        for n in range(1, 7):
            found = zarr.open_array(f"{mode}.zarr/{n}", mode="r")
            np.testing.assert_array_equal(found[...], poolcli_package.pool(x, mode, 2**n))
        assert [record["level"] for record in ran.records] == list(range(1, 7))


@pytest.mark.parametrize("options", ["", "--levels 2", "--k 3 --s 1 --levels 2", "--global"])
def test_arrays_without_elements(poolcli: Poolcli, options: str) -> None:
    x = np.zeros((0, 20, 24), np.uint16)
    write_array("x.zarr", x, chunks=(1, 8, 8), dimension_names="cyx")
    ran = poolcli("max", "x.zarr", *options.split(), "-o", "y.zarr", "--json")
    assert ran.code == 0, ran.err
    group = zarr.open_group("y.zarr", mode="r")
    for number, record in enumerate(ran.records, "--levels" in options):
        assert [*group[str(number)].shape] == record["out"]["shape"]
    ran = poolcli("max", "x.zarr", "-o", "y.tif")
    assert "an array of shape 0x10x12 has no elements for an image" in ran.err


def test_an_npy_file_becomes_the_same_store(poolcli: Poolcli) -> None:
    np.save("x.npy", np.asfortranarray(LABELS))
    ran = poolcli("mode", "x.npy", "--layout", "ZYX", "--levels", 2, "-o", "y.zarr")
    assert ran.code == 0, ran.err
    for n, expected in enumerate(expected_levels(LABELS, "mode", 2, 2), 1):
        np.testing.assert_array_equal(zarr.open_array(f"y.zarr/{n}", mode="r")[...], expected)


def test_axes_in_another_order_are_transposed(poolcli: Poolcli) -> None:
    x = np.random.default_rng(2).integers(0, 99, (20, 24, 3)).astype(np.uint8)
    np.save("x.npy", x)
    write_array("x.zarr", x, chunks=(8, 8, 3))
    for name in ("x.npy", "x.zarr"):
        ran = poolcli("max", name, "--layout", "YXC", "--levels", 1, "-o", "y.zarr", "--overwrite")
        assert ran.code == 0, ran.err
        group = zarr.open_group("y.zarr", mode="r")
        np.testing.assert_array_equal(group["0"][...], x.transpose(2, 0, 1))
        expected = poolcli_package.pool(x, "max", 2, axes=(0, 1)).transpose(2, 0, 1)
        np.testing.assert_array_equal(group["1"][...], expected)
        axes = group.attrs["ome"]["multiscales"][0]["axes"]
        assert [axis["name"] for axis in axes] == ["c", "y", "x"]


def test_channels_and_time_stay_and_windows_may_be_anisotropic(poolcli: Poolcli) -> None:
    x = np.random.default_rng(3).integers(0, 9, (2, 12, 20, 18)).astype(np.uint8)
    write_image("x.zarr", x)
    assert poolcli("mode", "x.zarr", "--k", "1x2x2", "--levels", 3, "-o", "y.zarr").code == 0
    group = zarr.open_group("y.zarr", mode="r")
    datasets = group.attrs["ome"]["multiscales"][0]["datasets"]
    for n in range(1, 4):
        expected = poolcli_package.pool(x, "mode", (1, 2**n, 2**n))
        np.testing.assert_array_equal(group[str(n)][...], expected)
        scale, translation = datasets[n]["coordinateTransformations"]
        assert scale["scale"] == [0.1, 0.1, *[float(f"{0.1 * 2**n:.10g}")] * 2]
        assert translation["translation"] == pytest.approx([0, 0, *[0.05 * (2**n - 1)] * 2])


@given(st.data())
def test_every_output_belongs_to_one_box(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.integers(1, 20)) for _ in range(2))
    try:
        recipe = make_recipe(
            shape, "u1", "max", Window.fixed(**data.draw(windows(2))), None, Options()
        )
    except ArgumentError:
        return
    box = tuple(data.draw(st.integers(1, 9)) for _ in range(2))
    grid = BoxGrid(grid_shape(recipe), box)
    counts = np.zeros(recipe.out_shape, int)
    covered = np.zeros(shape, int)
    for number in range(grid.box_count):
        ranges = grid.ranges(number)
        counts[tuple(slice(*span) for span in output_ranges(recipe, ranges))] += 1
        covered[tuple(slice(*span) for span in ranges)] += 1
    assert (counts == 1).all()
    assert (covered == 1).all()


@given(
    st.lists(st.integers(1, 100), min_size=2, max_size=2),
    st.lists(st.lists(st.integers(1, 9), min_size=2, max_size=2), min_size=1, max_size=3),
)
def test_boxes_are_multiples_of_what_is_required(shape: list[int], units: list[list[int]]) -> None:
    grid = choose_boxes(shape, 1, units[0], units[-1], units)
    assert all(box % unit == 0 for box, unit in zip(grid.box, units[0], strict=True))
    if shape[0] * shape[1] <= boxes.MIN_BOX_BYTES:
        assert grid.box_count == 1


def test_each_chunk_is_read_once(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(16 * 24 * 32, dtype=np.uint16).reshape(16, 24, 32)
    axes = [{"name": name, "type": "space"} for name in "zyx"]
    write_image("x.zarr", x, axes=axes, chunks=(4, 8, 8))
    counts = np.zeros((4, 3, 4), int)
    read = ZarrSource.__getitem__

    def counted(source: ZarrSource, index: tuple[slice, ...]) -> Array:
        if source.shape == x.shape:
            chunks = zip(index, source.chunk_shape, strict=True)
            counts[tuple(slice(i.start // n, -(-i.stop // n)) for i, n in chunks)] += 1
        return read(source, index)

    monkeypatch.setattr(ZarrSource, "__getitem__", counted)
    assert poolcli("mode", "x.zarr", "--levels", 2, "--in-place", "--quiet", "-j", 1).code == 0
    assert (counts == 1).all()
