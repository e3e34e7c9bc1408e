"""The request: one command line, parsed and frozen."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal

from poolcli.core.window import Window

STREAM = "-"
"""The name of standard input and of standard output."""

Number = int | float | Fraction


def number_text(value: Number) -> str:
    """A number in few characters, for names and sentences.

    Examples
    --------
    >>> number_text(255), number_text(Fraction(1, 10)), number_text(10**400)
    ('255', '0.1', '1e+400')
    """
    # An integer past 64 bits can have 300 digits, too many for a file's name.
    if isinstance(value, int) and value.bit_length() <= 64:
        return str(value)
    near = _as_float(value)
    if near is not None:
        return str(near)
    exact = Decimal(Fraction(value).numerator) / Decimal(Fraction(value).denominator)
    return f"{exact.normalize(Context(prec=17)):e}"


def _as_float(value: Number) -> float | None:
    """The nearest float; None where that is beyond its range."""
    try:
        near = float(value)
    except OverflowError:
        return None
    return None if value and not near else near


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that a person asked for.

    Attributes
    ----------
    tag : str
        What was asked for, as it stands in the names of outputs: ``max-k2-s2``.
    files_from : str, optional
        A file that lists further inputs; `STREAM` for standard input.
    null : bool
        Whether NUL stands between them, not the end of a line.
    dask : str, optional
        The address of a Dask scheduler; ``local`` for one that is started here.
    format : str, optional
        The extension that `--format` named, lower case, without the dot.
    ignore : tuple of number
        Values to leave out of every window, each once.
    layout : str, optional
        One letter an axis, upper case.
    max_pixels : int
        The largest image to read; 0 for no limit.
    """

    inputs: tuple[str, ...]
    mode: str
    window: Window
    tag: str
    count_include_pad: bool | None = None
    divisor: int | None = None
    norm: float | None = None
    q: float = 0.5
    method: str = "linear"
    ignore: tuple[Number, ...] = ()
    levels: int | None = None
    layout: str | None = None
    dtype: str | None = None
    indices: str | None = None
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
    def is_told(self) -> bool:
        """Whether anything is told of results, so that they are worth measuring."""
        return self.report != "none" or self.html is not None
