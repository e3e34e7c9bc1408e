"""Lazy pooling: graphs, names, chunks, schedulers and errors."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest

import poolcli

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
lazy = pytest.importorskip("poolcli.dask")

Blockwise = pytest.importorskip("dask.blockwise").Blockwise


def counted_source(shape: tuple[int, ...], chunks: Any) -> tuple[Any, list[Any]]:
    """Return a Dask array, and the list to which it appends whenever a chunk is computed."""
    computed: list[Any] = []

    def chunk(block_id: tuple[int, ...] | None = None, block_info: Any = None) -> Any:
        computed.append(block_id)
        size = block_info[None]["chunk-shape"]
        return np.full(size, sum(block_id or ()), np.float32)

    chunks = da.core.normalize_chunks(chunks, shape)
    meta = np.empty((0,) * len(shape), np.float32)
    return da.map_blocks(chunk, chunks=chunks, meta=meta, dtype=np.float32), computed


def test_nothing_is_computed_before_it_is_needed() -> None:
    x, computed = counted_source((8, 8), 4)
    lazy.pool(x, "avg", 3, 1, "same", padding_mode="reflect")
    lazy.global_pool(x, "max")
    values, indices = lazy.pool(x, "max", 3, 2, 1, return_indices=True)
    assert not computed
    dask.compute(values, indices, scheduler="synchronous")
    assert sorted(computed) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_a_chunk_needs_only_the_chunks_under_its_windows() -> None:
    x, computed = counted_source((12, 12), 4)
    lazy.pool(x, "avg", 3, 1, "same").blocks[0, 0].compute(scheduler="synchronous")
    assert sorted(computed) == [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("chunks", "window", "expected"),
    [
        ((4, 4, 4), (2, 2, 0), (2, 2, 2)),
        ((4, 4, 4), (3, 1, "same"), (4, 4, 4)),
        ((4, 4, 4), (3, 2, 1), (2, 2, 2)),
        ((4, 4, 4), (3, 1, 0), (3, 4, 3)),
        ((1,) * 12, (2, 2, 0), (1,) * 6),
        ((1,) * 12, (5, 1, "same"), (5, 7)),
        ((5, 7), (2, 2, 0), (3, 3)),
        ((11, 1), (3, 3, 0), (4,)),
        ((4, 4, 4), (12, 1, 0), (1,)),
        ((0, 4, 8), (1, 1, 0), (0, 4, 8)),
        ((1, 5, 6), (1, 6, 0), (1, 1)),
    ],
)
def test_chunks_follow_those_of_the_input(
    chunks: tuple[int, ...], window: Any, expected: tuple[int, ...]
) -> None:
    x = da.zeros(12, chunks=(chunks,))
    assert lazy.pool(x, "max", *window, axes=0).chunks == (expected,)


def test_other_axes_keep_their_chunks() -> None:
    x = da.zeros((5, 8), chunks=((2, 0, 3), (1,) * 8))
    assert lazy.pool(x, "max", 4, axes=1).chunks == ((2, 0, 3), (1, 1))
    assert lazy.global_pool(x, "avg", axes=1).chunks == ((2, 0, 3), (1,))


def test_adaptive_windows_need_no_whole_axis() -> None:
    x, computed = counted_source((100,), 10)
    pooled = lazy.adaptive_pool(x, "avg", 7)
    assert pooled.numblocks[0] > 3
    pooled.blocks[0].compute(scheduler="synchronous")
    assert len(computed) < 5


def tasks_of_poolcli(pooled: Any) -> Counter[str]:
    """Return how many tasks the graph of an array has, by the second word of their names."""
    tasks = dict(pooled.dask.cull(set(dask.core.flatten(pooled.__dask_keys__()))))
    names = [key[0] for key in tasks if key[0].startswith("poolcli-")]
    return Counter(name.split("-")[1] for name in names)


def test_tiles_of_chunks_are_one_layer() -> None:
    x = da.zeros((64, 64), chunks=8)
    pooled = lazy.pool(x, "max", 4)
    assert isinstance(pooled.dask.layers[pooled.name], Blockwise)
    assert tasks_of_poolcli(pooled) == {"max": 64}


def test_borders_are_cut_out_of_neighbouring_chunks() -> None:
    x = da.zeros((64, 64), chunks=8)
    pooled = lazy.pool(x, "max", 3, 1, "same")
    assert not pooled.dask.layers[pooled.name].is_materialized()
    n_sides, n_corners = 4 * 7 * 8, 4 * 7 * 7
    assert tasks_of_poolcli(pooled) == {"max": 64, "piece": n_sides + n_corners}
    assert tasks_of_poolcli(pooled.blocks[0, 0]) == {"max": 1, "piece": 3}


def test_global_extremes_and_sums_of_integers_pool_each_chunk_first() -> None:
    x, computed = counted_source((4, 100), (4, 10))
    for mode in ("max", "min"):
        pooled = lazy.global_pool(x, mode, axes=1)
        assert tasks_of_poolcli(pooled) == {mode: 1, "chunks": 10}
    assert tasks_of_poolcli(lazy.global_pool(x, "sum", axes=1)) == {"sum": 1}
    integers = lazy.global_pool(x.astype(int), "sum", axes=1)
    assert tasks_of_poolcli(integers) == {"sum": 1, "chunks": 10}
    assert not computed


NAMES = """
import dask.array as da
from poolcli import dask as lazy
x = da.ones((40, 40), chunks=7)
pooled = [
    lazy.pool(x, "avg", 3, 1, 1, padding_mode="constant:0.5", ignore=[1.5, float("nan")]),
    *lazy.pool(x, "max", 3, 2, footprint="ring", return_indices=True),
    lazy.pool(x, "quantile", 3, q=0.25, min_valid=0.5, ignore=0),
    lazy.adaptive_pool(x, "gem", (7, None)),
    lazy.global_pool(x, "min"),
]
names = [each.name for each in pooled]
print(names)
"""


def test_names_depend_on_the_arguments_alone() -> None:
    done = subprocess.run([sys.executable, "-c", NAMES], capture_output=True, text=True, check=True)
    here: dict[str, Any] = {}
    exec(NAMES, here)
    assert done.stdout == f"{here['names']}\n"
    x = da.ones((40, 40), chunks=7)
    names = [
        lazy.pool(x, "avg", 3, 1).name,
        lazy.pool(x, "avg", 3, 2).name,
        lazy.pool(x, "sum", 3, 1).name,
        lazy.pool(x, "avg", 3, 1, dtype="f4").name,
        lazy.pool(x, "avg", 3, 1, footprint="cross").name,
        lazy.pool(x, "avg", 3, 1, footprint="ring").name,
        lazy.pool(x, "avg", 3, 1, ignore=0).name,
        lazy.pool(x, "avg", 3, 1, ignore=1).name,
        lazy.pool(x + 1, "avg", 3, 1).name,
        lazy.pool(x.rechunk(8), "avg", 3, 1).name,
    ]
    assert len({*names}) == len(names)
    assert names[0] == lazy.pool(x, "avg", (3, 3), (1, 1)).name


@pytest.fixture
def photo() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32)


def test_several_threads_and_processes_give_the_same_values(photo: np.ndarray[Any, Any]) -> None:
    x = da.from_array(photo, chunks=(15, 25))
    arrays = [
        lazy.pool(x, "avg", 9, 1, "same"),
        *lazy.pool(x, "max", 3, 2, 1, return_indices=True),
        lazy.pool(x, "median", 5, padding=2, padding_mode="circular", ignore=0),
        lazy.adaptive_pool(x, "std", 7),
        lazy.pool(x, "avg", 9, 1, "same", threads=2),
    ]
    expected = [
        poolcli.pool(photo, "avg", 9, 1, "same"),
        *poolcli.pool(photo, "max", 3, 2, 1, return_indices=True),
        poolcli.pool(photo, "median", 5, padding=2, padding_mode="circular", ignore=0),
        poolcli.adaptive_pool(photo, "std", 7),
        poolcli.pool(photo, "avg", 9, 1, "same"),
    ]
    found = dask.compute(*arrays, scheduler="threads", num_workers=2)
    found_by_process = dask.compute(*arrays, scheduler="processes", num_workers=1)
    for one, other, third in zip(found, found_by_process, expected, strict=True):
        np.testing.assert_array_equal(one, third, strict=True)
        np.testing.assert_array_equal(other, third, strict=True)


def test_a_cluster_gives_the_same_values(photo: np.ndarray[Any, Any]) -> None:
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
    )
    with cluster, distributed.Client(cluster):
        x = da.from_array(photo, chunks=(15, 25))
        values, indices = lazy.pool(x, "max", 3, 2, 1, return_indices=True)
        found = dask.compute(values, indices, lazy.pool(x, "avg", 9, 1, "same"))
    expected = (
        *poolcli.pool(photo, "max", 3, 2, 1, return_indices=True),
        poolcli.pool(photo, "avg", 9, 1, "same"),
    )
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def test_graphs_can_be_pickled(photo: np.ndarray[Any, Any]) -> None:
    x = da.from_array(photo, chunks=20)
    pooled = pickle.loads(pickle.dumps(lazy.pool(x, "blur", 3, 2, "same", footprint="cross")))
    expected = poolcli.pool(photo, "blur", 3, 2, "same", footprint="cross")
    np.testing.assert_array_equal(pooled.compute(), expected)


def test_results_are_dask_arrays_like_any_others(photo: np.ndarray[Any, Any]) -> None:
    x = da.from_array(photo, chunks=20)
    pooled = lazy.pool(lazy.pool(x * 2, "max", 3, 1, "same"), "avg", 2)[1:, ::2].sum(axis=0)
    eager = poolcli.pool(poolcli.pool(photo * 2, "max", 3, 1, "same"), "avg", 2)[1:, ::2]
    np.testing.assert_allclose(pooled.compute(), eager.sum(axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"mode": "maxx"}, ValueError),
        ({"kernel_size": 0}, ValueError),
        ({"kernel_size": 9}, ValueError),
        ({"kernel_size": 2.5}, TypeError),
        ({"axes": 5}, ValueError),
        ({"axes": "HW"}, TypeError),
        ({"threads": 0}, ValueError),
        ({"padding": 3, "kernel_size": 3}, ValueError),
        ({"return_indices": True, "mode": "avg"}, ValueError),
    ],
)
def test_errors_are_those_of_pool_and_raised_at_once(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    x, computed = counted_source((8, 8), 4)
    with pytest.raises(error) as expected:
        poolcli.pool(np.zeros((8, 8), np.float32), **arguments)
    with pytest.raises(error) as found:
        lazy.pool(x, **arguments)
    assert str(found.value) == str(expected.value)
    assert found.value.argument == expected.value.argument
    assert not computed


def test_unknown_chunk_sizes_are_an_error() -> None:
    x = da.arange(12, chunks=4)
    with pytest.raises(ValueError, match=r"unknown size \(its shape is \(nan,\)\); x\.compute"):
        lazy.pool(x[x > 3], axes=0)
    known = x[x > 3].compute_chunk_sizes()
    np.testing.assert_array_equal(lazy.pool(known).compute(), [5, 7, 9, 11])


def test_other_arrays_are_an_error() -> None:
    with pytest.raises(TypeError, match="x must be a Dask array, not ndarray; "):
        lazy.pool(np.zeros((4, 4)))
    masked = da.ma.masked_equal(da.zeros((4, 4), chunks=2), 0)
    with pytest.raises(TypeError, match="x is a masked array, whose mask would be lost"):
        lazy.pool(masked)


def test_chunks_that_are_not_what_the_array_says_are_an_error() -> None:
    x = da.zeros((4, 4), chunks=2)
    other_dtype = x.map_blocks(lambda chunk: chunk.astype("f4"), dtype="f8", meta=x._meta)
    with pytest.raises(TypeError, match="has the dtype float32, where x says float64; "):
        lazy.pool(other_dtype).compute(scheduler="synchronous")
    other_shape = x.map_blocks(lambda chunk: chunk[1:], dtype="f8", meta=x._meta)
    with pytest.raises(ValueError, match=r"a chunk of x has the shape \(1, 2\), where x says"):
        lazy.pool(other_shape).compute(scheduler="synchronous")
    masked = x.map_blocks(np.ma.masked_equal, 0, dtype="f8", meta=x._meta)
    with pytest.raises(TypeError, match="x is a masked array"):
        lazy.pool(masked).compute(scheduler="synchronous")


WITHOUT_DASK = """
import sys, poolcli, poolcli.core.api
assert not any(name.split(".")[0] in ("dask", "distributed") for name in sys.modules)
sys.modules["dask"] = None
try:
    import poolcli.dask
except ImportError as error:
    print(error)
"""


def test_the_error_without_dask_names_the_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DASK], capture_output=True, text=True, check=True
    )
    (line,) = done.stdout.splitlines()
    assert "with the extra [dask]" in line
