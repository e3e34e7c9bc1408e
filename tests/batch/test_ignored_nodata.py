"""A file's own nodata is the default of `--ignore`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

import poolcli as library
from tests.conftest import Poolcli

NOTE = "the file's nodata -9999 was ignored; --ignore none pools it as a value"
DEM = np.array([[-9999, 10, 0, -9999], [20, 30, -9999, -9999]], np.float32)


def save(array: Any, nodata: object, name: str = "dem.tif", **options: Any) -> None:
    """Write a TIFF with GDAL's nodata tag."""
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[42113] = nodata
    if isinstance(nodata, str):
        tags.tagtype[42113] = 2
    image.save(name, tiffinfo=tags, **options)


def pixels_of(name: str) -> Any:
    """Return the pixels of an image."""
    with Image.open(name) as image:
        return np.asarray(image)


def nodata_of(name: str) -> Any:
    """Return the nodata tag of a TIFF."""
    with Image.open(name) as image:
        return image.tag_v2.get(42113)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "ignore"),
    [
        ("", [-9999]),
        ("--ignore 0", [-9999, 0]),
        ("--ignore -9999", [-9999]),
        ("--ignore none", []),
        ("--ignore none --ignore 0", [0]),
        ("--ignore 0 --ignore NONE", [0]),
        ("--ignore 0 --ignore -9999", [-9999, 0]),
    ],
)
def test_values_that_are_ignored(poolcli: Poolcli, options: str, ignore: list[int]) -> None:
    save(DEM, "-9999")
    record = poolcli("avg", "dem.tif", *options.split(), "-o", "out.tif", "--json").record
    np.testing.assert_array_equal(pixels_of("out.tif"), library.pool(DEM, "avg", 2, ignore=ignore))
    valid = DEM[~np.isin(DEM, ignore)]
    assert (record["in"]["min"], record["in"]["mean"]) == (valid.min(), valid.mean())
    assert (NOTE in record["notes"]) == (-9999 in ignore and options != "--ignore -9999")
    assert nodata_of("out.tif") == "-9999"


def test_names_do_not_change(poolcli: Poolcli) -> None:
    save(DEM, "-9999")
    record = poolcli("avg", "dem.tif", "--min-valid", 0.5, "--json").record
    assert record["output"] == "dem.avg-k2-s2-valid0.5.tif"
    assert pixels_of(record["output"]).tolist() == [[20, -9999]]
    assert poolcli("avg", "dem.tif", "--ignore", "none", "--json").record["output"] == (
        "dem.avg-k2-s2.tif"
    )


def test_each_file_has_its_own(poolcli: Poolcli) -> None:
    save(DEM, "-9999", "a.tif")
    save(DEM, "10", "b.tif")
    Image.fromarray(DEM).save("c.tif")
    records = poolcli("max", "a.tif", "b.tif", "c.tif", "-o", "out/", "-j", 1, "--json").records
    assert [record["in"]["min"] for record in records] == [0, -9999, -9999]
    assert [record["in"]["max"] for record in records] == [30, 30, 30]
    assert [len(record["notes"]) for record in records] == [1, 1, 0]


@pytest.mark.parametrize(("nodata", "dtype"), [("-9999", "u1"), ("0.5", "u2"), ("nan", "i4")])
def test_nothing_is_ignored_where_the_dtype_cannot_hold_it(
    poolcli: Poolcli, nodata: str, dtype: str
) -> None:
    x = np.arange(12).reshape(3, 4).astype(dtype)
    save(x, nodata)
    line = ["avg", "dem.tif", "--k", 3, "--p", 1, "-o", "out.npy", "--json"]
    record = poolcli(*line).record
    assert not any("was ignored" in note for note in record["notes"])
    np.testing.assert_array_equal(np.load("out.npy"), library.pool(x, "avg", 3, padding=1))
    notes = poolcli("info", "dem.tif", "--json").record["notes"]
    assert f"the file's nodata is {nodata}" in notes


def test_nan(poolcli: Poolcli) -> None:
    save(np.where(DEM == -9999, np.nan, DEM), "nan")
    record = poolcli("max", "dem.tif", "-o", "out.tif", "--json").record
    assert pixels_of("out.tif").tolist() == [[30, 0]]
    assert "the file's nodata nan was ignored; --ignore none pools it as a value" in record["notes"]
    assert poolcli("info", "dem.tif", "--json").record["nodata"] is None
    assert "nodata nan" in poolcli("info", "dem.tif").out


def test_damaged_text_is_noted(poolcli: Poolcli) -> None:
    save(DEM, "no data")
    record = poolcli("max", "dem.tif", "--json").record
    assert "GDAL's nodata 'no data' is not a number and was not used" in record["notes"]
    assert record["in"]["min"] == -9999


def test_pages_have_that_of_the_first(poolcli: Poolcli) -> None:
    pages = [Image.fromarray(DEM + number) for number in (0, 1)]
    save(pages[0], "-9999", save_all=True, append_images=pages[1:])
    record = poolcli("max", "dem.tif", "--json").record
    assert (record["in"]["min"], record["in"]["max"]) == (-9998, 31)
    assert record["notes"].count(NOTE) == 1


def test_palettes_ignore_an_index_and_no_colour(poolcli: Poolcli) -> None:
    labels = Image.fromarray(np.array([[1, 0, 0, 0], [0, 0, 0, 0]], np.uint8))
    labels.putpalette([0, 0, 0, 9, 0, 0])
    save(labels, "0")
    poolcli("mode", "dem.tif", "-o", "mode.tif")
    assert pixels_of("mode.tif").tolist() == [[1, 0]]
    poolcli("avg", "dem.tif", "-o", "avg.tif")
    assert pixels_of("avg.tif").tolist() == [[[2, 0, 0], [0, 0, 0]]]


def test_pages_that_differ_in_their_nodata_are_noted(poolcli: Poolcli) -> None:
    tifffile = pytest.importorskip("tifffile")
    with tifffile.TiffWriter("dem.tif") as file:
        for nodata in ("-9999", "0"):
            tags = [(42113, "s", 0, nodata, False)]
            file.write(DEM, photometric="minisblack", extratags=tags, metadata=None)
    note = "its pages differ in their nodata; that of the first counts for all"
    assert note in poolcli("max", "dem.tif", "--json").record["notes"]
    assert (
        poolcli("max", "dem.tif", "--ignore", "none", "-o", "o.tif", "--json").record["notes"] == []
    )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--dtype", "uint8"], "uint8 cannot hold it"),
        (["--normalize"], "--normalize changes the values"),
    ],
)
def test_nodata_that_the_result_lacks_is_dropped(
    poolcli: Poolcli, options: list[str], reason: str
) -> None:
    save(DEM, "-9999")
    record = poolcli("avg", "dem.tif", *options, "-o", "out.tif", "--json").record
    assert f"GDAL's nodata was dropped: {reason}" in record["notes"]
    assert nodata_of("out.tif") is None


def test_nodata_that_another_dtype_holds_is_kept(poolcli: Poolcli) -> None:
    pytest.importorskip("tifffile")
    save(DEM, "-9999")
    assert poolcli("avg", "dem.tif", "--dtype", "int16", "-o", "int16.tif").code == 0
    assert nodata_of("int16.tif") == "-9999"


@pytest.mark.parametrize("nodata", ["-9999", "1.7e308", "nan"])
def test_nodata_does_not_count_for_the_range_of_normalize(poolcli: Poolcli, nodata: str) -> None:
    dem = np.where(DEM == -9999, np.float64(nodata), DEM.astype(np.float64) / 1e3)
    np.save("dem.npy", dem)
    line = ["max", "dem.npy", "--ignore", nodata, "--k", 1, "--normalize", "-o", "out.png"]
    assert poolcli(*line).err == ""
    missing = 255 if nodata == "1.7e308" else 0
    assert pixels_of("out.png").tolist() == [
        [missing, 85, 0, missing],
        [170, 255, missing, missing],
    ]


def test_nodata_of_labels_is_not_that_of_their_colours(poolcli: Poolcli) -> None:
    labels = Image.fromarray(np.array([[1, 0, 0, 0], [0, 0, 0, 0]], np.uint8))
    labels.putpalette([0, 0, 0, 9, 0, 0])
    save(labels, "0")
    record = poolcli("avg", "dem.tif", "-o", "out.tif", "--json").record
    assert "GDAL's nodata was dropped: it is an index of a palette" in record["notes"]
    assert nodata_of("out.tif") is None
    poolcli("mode", "dem.tif", "-o", "mode.tif")
    assert nodata_of("mode.tif") == "0"


@pytest.mark.parametrize(("name", "format_"), [("out.png", "PNG"), ("out.npy", "NPY")])
def test_formats_without_nodata(poolcli: Poolcli, name: str, format_: str) -> None:
    save(np.zeros((4, 4), np.uint8), "0")
    record = poolcli("max", "dem.tif", "-o", name, "--json").record
    assert f"{format_} cannot store GDAL's nodata: dropped" in record["notes"]


def test_the_pixels_of_bits_are_0_and_255(poolcli: Poolcli) -> None:
    bits = Image.fromarray(np.array([[255, 0, 0, 0], [0, 0, 0, 0]], np.uint8)).convert("1")
    save(bits, "1")
    record = poolcli("max", "dem.tif", "-o", "bits.npy", "--json").record
    assert np.load("bits.npy").tolist() == [[0, 0]]
    assert record["in"]["max"] == 0
    assert "the file's nodata 1 was ignored; --ignore none pools it as a value" in record["notes"]


def test_grey_of_which_0_is_white_is_pooled_as_stored(poolcli: Poolcli) -> None:
    save(np.array([[0, 8, 3, 4]], np.uint8), "0")
    data = bytearray(Path("dem.tif").read_bytes())
    photometric = data.index(b"\x06\x01\x03\x00\x01\x00\x00\x00\x01\x00")
    data[photometric + 8] = 0  # WhiteIsZero, which Pillow does not write
    Path("dem.tif").write_bytes(data)
    record = poolcli("min", "dem.tif", "--global", "-o", "min.npy", "--json").record
    assert np.load("min.npy").tolist() == [[3]]
    assert record["in"]["max"] == 8


def test_padding_cannot_be_counted(poolcli: Poolcli) -> None:
    save(DEM, "-9999")
    ran = poolcli("avg", "dem.tif", "--k", 3, "--p", 1, "--count-include-pad")
    assert ran.code == 1
    assert "dem.tif: the file's nodata -9999 is ignored, and then padding counts in no" in ran.err
    flags = ("--count-include-pad", "--ignore", "none")
    assert poolcli("avg", "dem.tif", "--k", 2, "--p", 1, *flags).code == 0


def test_info_shows_it(poolcli: Poolcli) -> None:
    save(DEM, "-9999.5")
    np.save("x.npy", DEM)
    dem, array = poolcli("info", "dem.tif", "x.npy", "--json").records
    assert (dem["nodata"], array["nodata"]) == (-9999.5, None)
    save(DEM, "-3.4028234663852886e+38", "lowest.tif")
    assert '"nodata": -3.4028234663852886e+38,' in poolcli("info", "lowest.tif", "--json").out
    assert (dem["pixel_size"], array["pixel_size"]) == (None, None)
    assert "nodata -9999.5 was ignored" in poolcli("info", "dem.tif").out
    assert "the file's nodata is -9999.5" in poolcli("info", "dem.tif", "--ignore", "none").out
    assert "nodata" not in poolcli("max", "x.npy", "--json").record


def test_explain_and_compare_ignore_it(poolcli: Poolcli) -> None:
    save(DEM, "-9999")
    out = poolcli("explain", "avg", "dem.tif").out
    assert "ignoring -9999" in out
    assert "(10+20+30)/3 = 20" in out
    assert "ignoring" not in poolcli("explain", "avg", "dem.tif", "--ignore", "none").out
    out = poolcli("compare", "dem.tif", "-o", "sheet.png", "--modes", "max,mode").out
    assert NOTE in out
