"""ImageJ's description, resolution and binary metadata, as tifffile writes and reads them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolcli.io.tiff import imagej_metadata_tags
from poolcli.io.tiff.axis_scaling import AxisScaling, OutputAxes
from poolcli.io.tiff.imagej_description import page_axes, rewrite_description
from poolcli.io.tiff.imagej_metadata_tags import ImageJMetadata, rewrite_metadata
from poolcli.io.tiff.resolution_tags import MAX_UINT32, scale_resolution

HALVED = {"Y": AxisScaling(2), "X": AxisScaling(2)}

DESCRIPTION = "\n".join(
    [
        "ImageJ=1.54f", "images=30", "channels=2", "slices=5", "frames=3", "hyperstack=true",
        "mode=composite", "unit=\\u00B5m", "spacing=0.5", "finterval=2.0", "xorigin=8.0",
        "yorigin=3.0", "zorigin=2.0", "loop=false", "min=1.0", "max=99.0", "",
    ]
)  # fmt: skip


def rewrite(text: str, axes: OutputAxes) -> tuple[str | None, list[str]]:
    notes: list[str] = []
    return rewrite_description(text, axes, notes.append), notes


def test_pages_that_are_pooled_one_by_one_keep_their_counts() -> None:
    axes = OutputAxes("TZCYX", (3, 5, 2, 4, 4), HALVED)
    expected = DESCRIPTION.replace("xorigin=8.0", "xorigin=4.0").replace("=3.0", "=1.5")
    assert rewrite(DESCRIPTION, axes) == (expected, [])
    assert page_axes(DESCRIPTION, 30) == {"T": 3, "Z": 5, "C": 2}


def test_pooled_slices_and_frames_change_counts_and_steps() -> None:
    scalings = {"T": AxisScaling(3), "Z": AxisScaling(2, 0.5)}
    text, notes = rewrite(DESCRIPTION, OutputAxes("TZCYX", (1, 2, 2, 8, 8), scalings))
    assert text is not None
    changed = {"images=4", "slices=2", "frames=1", "spacing=1.0", "finterval=6.0", "zorigin=0.75"}
    assert set(text.split("\n")) - set(DESCRIPTION.split("\n")) == changed
    assert notes == []


def test_an_axis_without_a_step_loses_its_distance() -> None:
    axes = OutputAxes("TZCYX", (3, 2, 2, 8, 8), {"Z": None})
    text, notes = rewrite(DESCRIPTION, axes)
    assert text is not None
    assert "spacing" not in text
    assert "zorigin" not in text
    assert "finterval=2.0" in text
    assert notes == [
        "ImageJ's spacing was dropped: the result has no common step",
        "ImageJ's zorigin was dropped: the result has no common step",
    ]


@pytest.mark.parametrize("letters", ["QYX", "CZYX", "ZTYX"])
def test_axes_that_imagej_does_not_have(letters: str) -> None:
    axes = OutputAxes(letters, (2,) * len(letters), HALVED)
    text, notes = rewrite(DESCRIPTION, axes)
    assert text is None
    assert notes == ["ImageJ's description, which does not fit the output's pages, was dropped"]


def test_another_order_of_pages() -> None:
    text = "ImageJ=1.54f\nimages=6\nchannels=2\nslices=3\norder=zct\n"
    assert page_axes(text, 6) == {"C": 2, "Z": 3}
    assert rewrite(text, OutputAxes("CZYX", (2, 3, 4, 4), HALVED)) == (text, [])


def test_counts_that_are_missing_are_added() -> None:
    assert page_axes("ImageJ=1.1\nimages=4\n", 4) == {"Z": 4}
    text, _ = rewrite("ImageJ=1.1\nmin=0.0\n", OutputAxes("CYX", (2, 4, 4), HALVED))
    assert text == "ImageJ=1.1\nimages=2\nchannels=2\nmin=0.0\n"


def test_samples_declared_as_channels() -> None:
    """Bio-Formats does so."""
    text = "ImageJ=1.1\nimages=9\nchannels=3\nslices=3\n"
    assert page_axes(text, 3) == {"Z": 3}
    rewritten, _ = rewrite(text, OutputAxes("ZYXS", (3, 4, 4, 3), HALVED))
    assert rewritten == text.replace("images=9", "images=3")


@pytest.mark.parametrize("text", ["ImageJ=1\nimages=5", "ImageJ=1\nimages=4\nslices=x", "ImageJ=1"])
def test_counts_that_are_not_those_of_the_file(text: str) -> None:
    assert page_axes(text, 4) is None


@given(st.integers(1, MAX_UINT32), st.integers(1, MAX_UINT32), st.integers(1, 10**6))
def test_resolutions_stay_rationals(numerator: int, denominator: int, scale: int) -> None:
    scaled = scale_resolution(numerator, denominator, AxisScaling(scale))
    expected = Fraction(numerator, denominator * scale)
    if scaled is None:
        assert expected < Fraction(1, MAX_UINT32)
        return
    assert max(scaled) <= MAX_UINT32
    if max(expected.numerator, expected.denominator) <= MAX_UINT32:
        assert Fraction(*scaled) == expected
    else:
        assert abs(Fraction(*scaled) - expected) <= Fraction(1, MAX_UINT32)


@pytest.mark.parametrize("pair", [(0, 1), (1, 0), (0, 0)])
def test_a_resolution_of_nothing(pair: tuple[int, int]) -> None:
    assert scale_resolution(*pair, AxisScaling(2)) is None


CONTENT: dict[str, Any] = {
    "Info": "Name: µ-channel \U0001f52c",
    "Labels": [f"{channel} {z}" for z in range(3) for channel in ("DAPI", "GFP")],
    "Ranges": (0.0, 99.5, -1.0, 4.0),
    "Properties": {"CompositeProjection": "max"},
}
PAGES = {"Z": 3, "C": 2}


def encoded(tifffile: Any, content: dict[str, Any], order: str) -> ImageJMetadata:
    """Return metadata as tifffile encodes them."""
    (_, _, _, data, _), (_, _, count, stored, _) = tifffile.imagej_metadata_tag(content, order)
    kind = "little" if order == "<" else "big"
    counts = [int.from_bytes(stored[at : at + 4], kind) for at in range(0, 4 * count, 4)]
    return ImageJMetadata(data, tuple(counts), order)


@pytest.mark.parametrize("before", "<>")
@pytest.mark.parametrize("after", "<>")
def test_metadata_in_another_byte_order(before: str, after: str) -> None:
    numpy, tifffile = pytest.importorskip("numpy"), pytest.importorskip("tifffile.tifffile")
    tables = [numpy.arange(768, dtype="uint8").reshape(3, 256)] * 2
    metadata = encoded(tifffile, CONTENT | {"LUTs": tables}, before)
    axes = OutputAxes("ZCYX", (3, 2, 4, 4), HALVED)
    notes: list[str] = []
    rewritten = rewrite_metadata(metadata, PAGES, axes, after, notes.append)
    assert rewritten is not None
    assert rewritten.byte_order == after
    read = tifffile.imagej_metadata(*rewritten)
    assert numpy.array_equal(read.pop("LUTs"), tables)
    assert read == CONTENT
    assert notes == []


def pooled(content: dict[str, Any], axes: OutputAxes) -> tuple[dict[str, Any], list[str]]:
    tifffile = pytest.importorskip("tifffile.tifffile")
    notes: list[str] = []
    metadata = encoded(tifffile, content, ">")
    rewritten = rewrite_metadata(metadata, PAGES, axes, "<", notes.append)
    found = {} if rewritten is None else tifffile.imagej_metadata(*rewritten)
    return found, list(dict.fromkeys(notes))


def test_labels_of_slices_pooled_together() -> None:
    axes = OutputAxes("ZCYX", (1, 2, 4, 4), {"Z": AxisScaling(3)})
    found, notes = pooled(CONTENT, axes)
    assert "Labels" not in found
    assert notes == ["the labels of slices that were pooled together were dropped"]
    found, notes = pooled(CONTENT | {"Labels": ["DAPI", "GFP"] * 3}, axes)
    assert found["Labels"] == ["DAPI", "GFP"]
    assert notes == []
    found, notes = pooled(CONTENT | {"Labels": ["DAPI", "GFP"]}, axes)
    assert "Labels" not in found


def test_tables_and_ranges_of_channels_pooled_together() -> None:
    axes = OutputAxes("ZCYX", (3, 1, 4, 4), {"C": AxisScaling(2)})
    found, notes = pooled(CONTENT, axes)
    assert found.keys() == {"Info", "Properties"}
    assert len(notes) == 2


def test_regions_of_interest() -> None:
    content = {"ROI": b"abc", "Overlays": [b"a", b"bc"], "Info": "x"}
    moved = OutputAxes("ZCYX", (3, 2, 4, 4), HALVED)
    assert pooled(content, moved) == ({"Info": "x"}, [imagej_metadata_tags.REGIONS_DROPPED])
    stay = OutputAxes("ZCYX", (3, 2, 4, 4), {"Y": AxisScaling(1), "X": AxisScaling(1)})
    assert pooled(content, stay) == (content, [])


@pytest.mark.parametrize(
    "damaged",
    [
        ImageJMetadata(b"", (), "<"),
        ImageJMetadata(b"JIJI", (4,), "<"),
        ImageJMetadata(b"IJIJofni\1\0\0\0ab", (12, 2), "<"),
        ImageJMetadata(b"JIJIofni\1\0\0\0abc", (12, 3), "<"),
        ImageJMetadata(b"JIJIofni\1\0\0\0ab", (12, 99), "<"),
        ImageJMetadata(b"JIJIofni\xff\xff\xff\xffab", (12, 2), "<"),
        ImageJMetadata(b"JIJIofni\1\0\0\0ab", (10, 2), "<"),
    ],
)
def test_damaged_metadata_are_dropped(damaged: ImageJMetadata) -> None:
    notes: list[str] = []
    axes = OutputAxes("YX", (4, 4), HALVED)
    assert rewrite_metadata(damaged, {}, axes, "<", notes.append) is None
    assert notes == [imagej_metadata_tags.UNREADABLE]


def test_an_unknown_kind_is_dropped_with_a_note() -> None:
    notes: list[str] = []
    metadata = ImageJMetadata(b"JIJIzzzz\1\0\0\0ab", (12, 2), "<")
    assert rewrite_metadata(metadata, {}, OutputAxes("YX", (4, 4), {}), "<", notes.append) is None
    assert notes == [imagej_metadata_tags.UNKNOWN]
