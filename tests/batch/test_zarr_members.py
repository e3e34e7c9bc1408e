"""`--member`, and inputs such as ``x.zarr:labels/cells``: arrays and images of a Zarr group."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Poolcli
from tests.io.zarr.stores import AXES, write_image

zarr = pytest.importorskip("zarr")
pytest.importorskip("ome_zarr_models")

CELLS = np.arange(2 * 2 * 8 * 8, dtype=np.uint16).reshape(2, 2, 8, 8)
NUCLEI = CELLS[0] // 9
FEATURES = {"conv1": np.arange(32.0).reshape(2, 4, 4), "deep/conv2": np.eye(6), "step": np.array(3)}


@pytest.fixture(autouse=True)
def stores(poolcli: Poolcli) -> None:
    """Write an image with a label image, and a group of arrays."""
    write_image("x.zarr", CELLS, levels=2)
    zarr.create_group("x.zarr/labels")
    write_image("x.zarr/labels/nuclei", NUCLEI, axes=AXES[1:])
    group = zarr.open_group("g.zarr", mode="w")
    for name, array in FEATURES.items():
        group.create_array(name, data=array)


def blocks_max(array: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    outer = array.shape[: array.ndim - len(size)]
    split = [
        part for n, k in zip(array.shape[-len(size) :], size, strict=True) for part in (n // k, k)
    ]
    axes = tuple(range(len(outer) + 1, len(outer) + 2 * len(size), 2))
    return array.reshape(*outer, *split).max(axis=axes)


@pytest.mark.parametrize(
    "arguments", [("x.zarr:labels/nuclei",), ("x.zarr", "--member", "labels/*")]
)
def test_a_label_image_of_an_image(poolcli: Poolcli, arguments: tuple[str, ...]) -> None:
    ran = poolcli("max", *arguments, "-o", "y.npy", "--json")
    assert ran.code == 0
    assert (ran.record["input"], ran.record["member"]) == ("x.zarr", "labels/nuclei")
    assert ran.record["in"]["layout"] == "ZYX"
    np.testing.assert_array_equal(np.load("y.npy"), blocks_max(NUCLEI, (2, 2, 2)))


def test_a_member_becomes_a_store_beside_the_group(poolcli: Poolcli) -> None:
    record = poolcli("max", "x.zarr:labels/nuclei", "--json").record
    assert record["output"] == "x.labels_nuclei.max-k2-s2.zarr"
    store = zarr.open_group(record["output"], mode="r")
    np.testing.assert_array_equal(store["0"][...], blocks_max(NUCLEI, (2, 2, 2)))
    record = poolcli("max", "x.zarr", "--member", "labels/nuclei", "--levels", 1, "--json").record
    assert (record["output"], record["member"]) == ("x.max-k2-s2.zarr", "labels/nuclei")
    store = zarr.open_group(record["output"], mode="r")
    np.testing.assert_array_equal(store["0"][...], NUCLEI)


def test_names_that_reports_print_can_be_given(poolcli: Poolcli) -> None:
    printed = poolcli("max", "x.zarr", "-o", "y.npy", "--json").record["member"]
    record = poolcli("max", f"x.zarr:{printed}", "-o", "z.npy", "--json").record
    assert (record["member"], record["in"]["layout"]) == (printed, "CZYX")
    np.testing.assert_array_equal(np.load("z.npy"), np.load("y.npy"))
    record = poolcli("info", "x.zarr:1", "--json").record
    assert record["in"]["shape"] == [2, 1, 4, 4]


def test_several_arrays_go_into_an_npz(poolcli: Poolcli) -> None:
    ran = poolcli("max", "g.zarr", "--member", "*conv*", "-o", "y.npz", "--json")
    assert ran.code == 0
    assert {record["member"] for record in ran.records} == {"conv1", "deep/conv2"}
    pooled = dict(np.load("y.npz"))
    np.testing.assert_array_equal(pooled["conv1"], blocks_max(FEATURES["conv1"], (2, 2)))
    np.testing.assert_array_equal(pooled["deep/conv2"], blocks_max(FEATURES["deep/conv2"], (2, 2)))
    ran = poolcli("max", "g.zarr", "--member", "*conv*")
    assert "2 arrays do not go into one Zarr store; .npz holds them" in ran.err
    assert "member 'step'" in poolcli("max", "g.zarr", "--member", "*", "-o", "z.npz").err
    records = poolcli("info", "g.zarr", "--member", "*", "--json").records
    assert {record["member"] for record in records} == set(FEATURES)


def test_images_with_unlike_axes_have_their_own(poolcli: Poolcli) -> None:
    ran = poolcli("max", "x.zarr", "--member", "0", "--member", "labels/*", "-o", "y.npz", "--json")
    assert ran.code == 0
    pooled = dict(np.load("y.npz"))
    np.testing.assert_array_equal(pooled["0"], blocks_max(CELLS, (2, 2, 2)))
    np.testing.assert_array_equal(pooled["labels/nuclei"], blocks_max(NUCLEI, (2, 2, 2)))


def test_errors_on_members(poolcli: Poolcli) -> None:
    ran = poolcli("max", "g.zarr", "--member", "fc", "-o", "y.npy")
    assert "no member matches 'fc'; it has 'conv1', 'deep/conv2', 'step'" in ran.err
    assert "has no members" in poolcli("max", "g.zarr/conv1", "--member", "a", "-o", "y.npy").err
    assert "it is a group of images; name one" in poolcli("max", "g.zarr", "-o", "y.npy").err
    ran = poolcli("max", "x.zarr:labels/nuclei", "--levels", 1, "--in-place")
    assert "use x.zarr/labels/nuclei" in ran.err
    ran = poolcli("max", "x.zarr", "--member", "labels/*", "--levels", 1, "--in-place")
    assert (ran.code, "--in-place" in ran.err) == (2, True)
    assert poolcli("max", "x.zarr", "--member", "../g.zarr/conv1", "-o", "y.npy").code == 1
    assert not Path("y.npy").exists()
