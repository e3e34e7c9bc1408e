"""Names of Zarr outputs, and what is refused before any work."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import CommandResult, Poolcli
from tests.io.zarr.stores import VALUES, write_array, write_image

zarr = pytest.importorskip("zarr")


@pytest.fixture
def poolcli(poolcli: Poolcli) -> Poolcli:
    """Run a command line in this process alone, which saves the start of workers."""

    def run(*args: object) -> CommandResult:
        return poolcli(*args, *(() if "-j" in args else ("-j", 1)))

    return run


def names_in(folder: str = ".") -> list[str]:
    """Return the sorted names in a folder."""
    return sorted(os.listdir(folder))  # noqa: PTH208


@pytest.fixture(autouse=True)
def _inputs(poolcli: Poolcli) -> None:
    """Write an array and a store in the current folder, which `poolcli` has set."""
    np.save("x.npy", np.zeros((4, 4)))
    write_array("s.zarr", np.zeros((8, 8)))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x.npy -o y.zarr", "y.zarr"),
        ("x.npy -o y.zarr/", "y.zarr"),
        ("x.npy -o Y.ZARR", "Y.ZARR"),
        ("x.npy -o y --format zarr", "y"),
        ("x.npy --format zarr", "x.max-k2-s2.zarr"),
        ("x.npy -o out/ --format zarr", "out/x.zarr"),
        ("x.npy -o out/deep.zarr", "out/deep.zarr"),
        ("s.zarr", "s.max-k2-s2.zarr"),
        ("./s.zarr/", "s.max-k2-s2.zarr"),
        ("s.zarr -o out/", "out/s.zarr"),
        ("s.zarr --levels 2", "s.max-k2-s2.zarr"),
    ],
)
def test_names(poolcli: Poolcli, line: str, expected: str) -> None:
    ran = poolcli("max", *line.split(), "--json")
    assert ran.code == 0, ran.err
    assert expected in [each["output"] for each in ran.records]
    zarr.open_group(expected, mode="r")


def test_names_of_ome_zarr(poolcli: Poolcli) -> None:
    write_image("cells.ome.zarr")
    assert poolcli("max", "cells.ome.zarr", "--json").record["output"] == (
        "cells.max-k2-s2.ome.zarr"
    )


def test_an_existing_store_is_named_even_without_an_extension(poolcli: Poolcli) -> None:
    poolcli("max", "x.npy", "-o", "y", "--format", "zarr")
    ran = poolcli("max", "x.npy", "-o", "y")
    assert ran.code == 1
    assert "y exists; --overwrite replaces it" in ran.err
    assert poolcli("max", "x.npy", "-o", "y/", "--overwrite").code == 0
    assert names_in("y") == ["0", "zarr.json"]


def test_an_existing_store(poolcli: Poolcli) -> None:
    line = ("max", "x.npy", "-o", "y.zarr", "--levels", 2, "--json")
    poolcli(*line)
    Path("y.zarr/mine").touch()
    ran = poolcli(*line)
    assert (ran.code, ran.record["error"]["type"]) == (1, "OutputExistsError")
    ran = poolcli(*line, "--skip-existing")
    assert [(each["status"], each["level"], each["output"]) for each in ran.records] == [
        ("skipped", 1, "y.zarr"),
        ("skipped", 2, "y.zarr"),
    ]
    assert Path("y.zarr/mine").exists()
    assert poolcli(*line, "--overwrite").code == 0
    assert names_in("y.zarr") == ["0", "1", "2", "zarr.json"]


@pytest.mark.parametrize("option", ["--overwrite", "--skip-existing", "--quiet"])
def test_what_is_no_store_is_never_replaced(poolcli: Poolcli, option: str) -> None:
    Path("y.zarr").mkdir()
    ran = poolcli("max", "x.npy", "-o", "y.zarr", option)
    assert (ran.code, names_in("y.zarr")) == (1, [])
    assert "y.zarr is a folder, but no Zarr store, and is not replaced" in ran.err
    Path("y.zarr").rmdir()
    Path("y.zarr").write_text("mine")
    ran = poolcli("max", "x.npy", "-o", "y.zarr", option)
    assert (ran.code, Path("y.zarr").read_text()) == (1, "mine")
    assert "y.zarr is a file, not a Zarr store, and is not replaced" in ran.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x.npy s.zarr -o y.zarr", "y.zarr names one Zarr store for several inputs"),
        ("x.npy s.zarr -o s.zarr", "s.zarr names one Zarr store for several inputs"),
        ("s.zarr -o s.zarr/in.zarr", "an output in s.zarr would lie in s.zarr, which is an input"),
        ("s.zarr -o s.zarr/x.npy", "an output in s.zarr would lie in s.zarr, which is an input"),
        ("s.zarr -o -", "a Zarr store is a folder; name another format"),
        ("- --format zarr", "a Zarr store is a folder; name it with -o"),
        ("x.npy --format zarr -o -", "a Zarr store is a folder; name it with -o"),
        ("x.npy -o y.zarr --indices i.npy", "a Zarr store takes no indices"),
        (
            "x.npy -o y.zarr --levels 2 --dtype uint8",
            "with --levels the input is level 0, and all levels",
        ),
        ("x.npy --format zarr --levels 2 --normalize", "leave out --levels or --normalize"),
        ("x.npy -o y.zarr --levels 2 --pyramid", "a pyramid is a TIFF, not 'zarr'"),
        ("x.npy -o y.png --chunks 64", "it is for Zarr stores, not 'png'"),
        ("x.npy --chunks 64", "no output is a Zarr store; write one with --format zarr"),
        ("x.npy -o out/ --zarr-format 2", "no output is a Zarr store"),
        ("x.npy --format npy --zarr-format 2", "it is for Zarr stores, not 'npy'"),
        ("x.npy -o y.zarr --chunks 0x4", "the sizes of a chunk are at least 1"),
        ("x.npy -o y.zarr --chunks 1.5", "'1.5' is not a whole number"),
        ("x.npy -o memory://a/y.png --format png", "only a Zarr store is written to a URL"),
        ("memory://s -o memory:///s/ --overwrite", "memory://s is the input itself"),
        ("memory://s/../s -o memory://s/x.zarr", "memory://s/x.zarr lies in memory://s/../s"),
        ("simplecache::s3://a/b -o s3://a --overwrite", "simplecache::s3://a/b lies in s3://a"),
        ("file://{here}/s.zarr -o s.zarr --overwrite", "is the input itself, which is never"),
        ("x.npy -o file:///y.zarr", "give the path alone: /y.zarr"),
        ("x.npy -o y.zarr --zarr-format 4", "'4' is not one of '2', '3'"),
        ("s.zarr --in-place", "name the number of levels with --levels"),
        ("s.zarr --in-place --levels 2 -o y.zarr", "--in-place and --output exclude each other"),
        ("s.zarr --in-place --levels 2 --format npy", "--in-place and --format exclude each other"),
        ("s.zarr --in-place --levels 2 --dtype f4", "--in-place and --dtype exclude each other"),
        ("s.zarr --in-place --levels 2 --normalize", "--in-place and --normalize exclude"),
        ("s.zarr --in-place --levels 2 --zarr-format 2", "--in-place and --zarr-format exclude"),
        ("s.zarr ./s.zarr --in-place --levels 2", "s.zarr is written to ./s.zarr too"),
    ],
)
def test_usage_errors(poolcli: Poolcli, line: str, message: str) -> None:
    before = names_in()
    ran = poolcli("max", *line.format(here=Path.cwd()).split())
    assert ran.code == 2, ran.err
    words = " ".join(ran.err.replace("│", " ").split())
    assert message in words
    assert names_in() == before


def test_an_input_in_the_output(poolcli: Poolcli) -> None:
    write_image("i.zarr")
    ran = poolcli("max", "i.zarr/0", "-o", "i.zarr", "--overwrite")
    assert ran.code == 2
    assert "i.zarr/ lies in a Zarr store that would be written" in " ".join(
        ran.err.replace("│", " ").split()
    )


def test_the_input_is_not_overwritten(poolcli: Poolcli) -> None:
    ran = poolcli("max", "s.zarr", "-o", "s.zarr", "--overwrite")
    assert ran.code == 1
    assert "s.zarr is the input itself, which is never replaced" in ran.err
    Path("link.zarr").symlink_to("s.zarr")
    ran = poolcli("max", "s.zarr", "-o", "link.zarr", "--overwrite")
    assert "is the input itself, which is never replaced" in ran.err


def test_no_output_beside_an_input_in_a_store(poolcli: Poolcli) -> None:
    write_image("i.zarr")
    np.save("i.zarr/x.npy", np.zeros((4, 4)))
    for name in ("i.zarr/0", "i.zarr/x.npy"):
        ran = poolcli("max", name)
        assert ran.code == 1
        assert f"its output would lie in the Zarr store {Path('i.zarr').resolve()}" in ran.err
    assert poolcli("max", "i.zarr/0", "-o", "y.zarr").code == 0


def test_a_store_without_metadata_is_no_folder_of_pictures(poolcli: Poolcli) -> None:
    write_image("i.zarr")
    Path("i.zarr/zarr.json").unlink()
    for options in ((), ("-o", "y.zarr"), ("--in-place", "--levels", 1)):
        ran = poolcli("max", "i.zarr", *options)
        assert ran.code == 1
        assert "i.zarr: it is not a Zarr store: the folder has no zarr.json" in ran.err


def test_in_place_is_for_stores(poolcli: Poolcli) -> None:
    ran = poolcli("max", "x.npy", "--in-place", "--levels", 2)
    assert ran.code == 1
    assert "it is not a Zarr group; --in-place adds levels to an existing one" in ran.err


def test_options_of_a_store_that_is_the_default_output(poolcli: Poolcli) -> None:
    ran = poolcli("max", "s.zarr", "--levels", 2, "--dtype", "uint8")
    assert ran.code == 1
    assert "leave out --levels or --dtype" in ran.err
    ran = poolcli("max", "s.zarr", "--indices", "at.npy")
    assert ran.code == 1
    assert "a Zarr store takes no indices; write an .npy with --format npy" in ran.err


def test_a_store_at_a_url(poolcli: Poolcli) -> None:
    url = "memory://poolcli-test-output-paths/y"
    assert poolcli("max", "x.npy", "-o", url).code == 0
    assert zarr.open_array(f"{url}/0", mode="r").shape == (2, 2)
    ran = poolcli("max", "x.npy", "-o", url)
    assert f"{url} exists; --overwrite replaces it" in ran.err
    assert poolcli("max", "x.npy", "-o", url, "--skip-existing", "--json").record["status"] == (
        "skipped"
    )
    assert poolcli("max", "x.npy", "-o", url, "--overwrite", "--levels", 1).code == 0
    assert zarr.open_array(f"{url}/1", mode="r").shape == (2, 2)
    assert names_in() == ["s.zarr", "x.npy"]


def test_the_extra_is_named(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ome_zarr_models", None)
    np.savez("x.npz", np.zeros((4, 4)))
    ran = poolcli("max", "x.npz", "-o", "y.zarr")
    assert ran.code == 1
    assert "to write a Zarr store, install the packages of the extra [zarr]" in ran.err


def test_values_of_a_store(poolcli: Poolcli) -> None:
    write_image("i.zarr")
    assert poolcli("max", "i.zarr", "-o", "y.zarr", "--quiet").code == 0
    expected = VALUES[:, :8, :, :10].reshape(2, 4, 2, 5, 2, 5, 2).max((2, 4, 6))
    np.testing.assert_array_equal(zarr.open_array("y.zarr/0", mode="r")[...], expected)
