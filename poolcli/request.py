"""The request: one command line, parsed and frozen."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from poolcli.core.exact_numbers import Number
from poolcli.core.modes import find_mode
from poolcli.core.window import Window

Command = Literal["pool", "unpool", "compare", "explain", "info"]

DEFAULT_ZARR_FORMAT: Final = 3

SPATIAL_LETTERS = "DHW", "ZYX"
"""The two spellings of the letters of spatial axes, which are pooled by default."""


class Request(NamedTuple):
    """The parsed values of a command line. Most attributes have the name of their option.

    Attributes
    ----------
    mode : str
        The name of the mode; of a comparison, the first one; ``"unpool"`` for that command.
    command : str
        What the command does.
    count_include_pad : bool, optional
        Whether means count padded elements; None for the default of the padding.
    norm, q : float, optional
        The exponent and the quantile; None for the mode's default.
    method : str, optional
        The interpolation method of quantiles; None for the default.
    ignore : tuple of number
        Values to ignore, each once.
    ignores_nodata : bool
        Whether a file's own nodata value is ignored, too.
    min_valid : number, optional
        The share of a window's elements that must be left after ignoring; None for any one.
    member : tuple of str
        Globs for the arrays to pool of a file that holds several; empty for all of them.
    in_place : bool
        Whether levels are added to the Zarr group of the input.
    chunks : tuple of int, optional
        The shape of the chunks of a Zarr output; None for the input's or a default one.
    zarr_format : {2, 3}
        The format of a new Zarr store.
    layout : str, optional
        The letters of the axes, upper case.
    axes : str, optional
        The letters of the pooled axes, upper case, in the order of the layout; None for the
        spatial ones.
    indices : str, optional
        The path of the argmax or argmin indices, or of the folder for those of several inputs.
        `unpool` reads them, `max` and `min` write them.
    fill : number
        The elements of the result of `unpool` that no index names.
    format : str, optional
        The extension given with `--format`, lower case, without the dot.
    files_from : str, optional
        A file that lists further inputs; ``-`` for standard input.
    null : bool
        Whether the paths of that list are separated by NUL instead of line ends.
    dask : str, optional
        The address of a Dask scheduler; ``local`` for one that this run starts.
    max_pixels : int
        The largest image to read; 0 for no limit.
    values : bool, optional
        Whether the report shows values; None for those of small arrays.
    """

    inputs: tuple[str, ...]
    mode: str
    window: Window
    command: Command = "pool"
    count_include_pad: bool | None = None
    divisor: int | None = None
    norm: float | None = None
    q: float | None = None
    method: str | None = None
    ignore: tuple[Number, ...] = ()
    ignores_nodata: bool = True
    min_valid: Number | None = None
    levels: int | None = None
    pyramid: bool = False
    member: tuple[str, ...] = ()
    in_place: bool = False
    chunks: tuple[int, ...] | None = None
    zarr_format: Literal[2, 3] = DEFAULT_ZARR_FORMAT
    layout: str | None = None
    axes: str | None = None
    dtype: str | None = None
    indices: str | None = None
    fill: Number = 0
    output: str | None = None
    format: str | None = None
    recursive: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    overwrite: bool = False
    skip_existing: bool = False
    fail_fast: bool = False
    files_from: str | None = None
    null: bool = False
    dry_run: bool = False
    dask: str | None = None
    no_progress: bool = False
    normalize: bool = False
    straight_alpha: bool = False
    quality: int | None = None
    compress_level: int | None = None
    max_pixels: int = 178_956_970
    jobs: int | None = None
    report: Literal["table", "json", "none"] = "table"
    values: bool | None = None
    preview: bool = False
    html: str | None = None
    verbose: bool = False
    debug: bool = False

    @property
    def pooled_letters(self) -> str:
        """The letters of the pooled axes; empty if neither layout nor axes are given."""
        return self.axes or spatial_letters(self.layout or "")

    @property
    def unpools(self) -> bool:
        """Whether indices are read, not written."""
        return self.command == "unpool"

    @property
    def writes_indices(self) -> bool:
        """Whether argmax or argmin indices are written."""
        return self.indices is not None and not self.unpools

    @property
    def pools_whole_pixels(self) -> bool:
        """Whether all channels of a pixel are one value, as those of label maps."""
        return not self.unpools and find_mode(self.mode).pools_whole_pixels

    @property
    def keeps_palette(self) -> bool:
        """Whether palette images keep their indices instead of becoming RGB or RGBA."""
        return self.unpools or self.pools_whole_pixels

    @property
    def reports_results(self) -> bool:
        """Whether a report shows results, so that their statistics are needed."""
        return self.report != "none" or self.html is not None


def as_zyx(layout: str) -> str:
    """Return a layout with Z, Y and X for D, H and W, the other spelling.

    Examples
    --------
    >>> as_zyx("NCHW")
    'NCYX'
    """
    return layout.translate(str.maketrans(*SPATIAL_LETTERS))


def spatial_letters(layout: str) -> str:
    """Return the letters of a layout whose axes are spatial.

    Examples
    --------
    >>> spatial_letters("NCHW"), spatial_letters("TZCYX"), spatial_letters("NC")
    ('HW', 'ZYX', '')
    """
    return "".join(letter for letter in layout if letter in "".join(SPATIAL_LETTERS))
