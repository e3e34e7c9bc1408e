"""Stale items of GDAL's metadata are removed, and all else stays byte for byte."""

from __future__ import annotations

import pytest

from poolcli.io.tiff.gdal_metadata import remove_stale_items

ITEMS = {
    "band name": b'<Item name="DESCRIPTION" sample="0" role="description">near infrared</Item>',
    "maximum": b'<Item name="STATISTICS_MAXIMUM" sample="0">255</Item>',
    "mean": b'<Item name="STATISTICS_MEAN" sample="1">1</Item>',
    "empty statistics": b'<Item name="STATISTICS_APPROXIMATE"/>',
    "place": b"<Item name='PLACE' >K\xc3\xb6ln &amp; \"x>y\"</Item >",
    "geolocation": b'<Item name="PIXEL_STEP" domain="GEOLOCATION">1</Item>',
    "storage": b'<Item name="NBITS" domain="IMAGE_STRUCTURE">7</Item>',
}


def document(*names: str) -> bytes:
    lines = [b"<GDALMetadata>", *(b"  " + ITEMS[name] for name in names), b"</GDALMetadata>"]
    return b"\n".join(lines)


def remove(data: bytes) -> tuple[bytes | None, list[str]]:
    notes: list[str] = []
    return remove_stale_items(data, notes.append), notes


def test_without_stale_items_nothing_changes() -> None:
    data = document("band name", "place") + b"\n"
    assert remove(data) == (data, [])
    assert remove(data + b"\0") == (data, [])


@pytest.mark.parametrize(
    "names",
    [
        ("maximum", "band name", "place"),
        ("band name", "maximum", "mean", "place"),
        ("band name", "place", "empty statistics"),
        ("band name", "empty statistics", "place", "mean"),
    ],
)
def test_statistics_are_removed(names: tuple[str, ...]) -> None:
    data, notes = remove(document(*names))
    assert data == document("band name", "place")
    assert len(notes) == 1
    assert "statistics" in notes[0]


def test_pixel_positions_and_storage_are_removed() -> None:
    data, notes = remove(document("geolocation", "place", "storage"))
    assert data == document("place")
    assert notes == ["pixel positions in GDAL's metadata were dropped"]


def test_nothing_left_is_none() -> None:
    assert remove(document("maximum", "mean"))[0] is None
    assert remove(document("storage")) == (None, [])


def test_no_items_at_all_stays() -> None:
    assert remove(b"<GDALMetadata/>") == (b"<GDALMetadata/>", [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        document("maximum", "place")[:-5],
        b"<GDALMetadata><Item>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><GDALMetadata><Item name="A">&a;</Item></GDALMetadata>',
        b'<GDALMetadata><Item name="A"><Item name="STATISTICS_MEAN"/></Item></GDALMetadata>',
        b"<GDALMetadata>\xff</GDALMetadata>",
    ],
)
def test_damaged_metadata_is_dropped_with_a_note(data: bytes) -> None:
    assert remove(data) == (None, ["GDAL's metadata could not be read and was dropped"])
