"""The record of a compared input: what the reports need of a comparison, without its tiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from poolcli.compare.comparison import Comparison
from poolcli.report.record import Record, Thumbnail


class RowTiles(NamedTuple):
    """The tiles of a row as images.

    Attributes
    ----------
    images : list of Thumbnail
        One for each plane that is drawn.
    caption : str
        How values are drawn; may be empty.
    """

    images: list[Thumbnail]
    caption: str


@dataclass(slots=True)
class ComparisonRecord(Record):
    """The record of an input that was compared.

    Attributes
    ----------
    comparison : Comparison, optional
        The measurements; its rows have no tiles.
    tiles : list of RowTiles
        The tiles of each row for the page; empty if it shows the sheet, or there is none.
    sheet : Thumbnail, optional
        The contact sheet, reduced, if the page shows it.
    """

    comparison: Comparison | None = None
    tiles: list[RowTiles] = field(default_factory=list)
    sheet: Thumbnail | None = None
