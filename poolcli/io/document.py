"""What the rest of the program sees of an opened input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from poolcli.io.file_kind import Kind
from poolcli.io.images.palette import Palette
from poolcli.io.metadata.read import Animation, Metadata


class Source(Protocol):
    """An array that is read box by box."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, index: tuple[slice, ...], /) -> npt.NDArray[Any]: ...


class Item(NamedTuple):
    """One thing to pool: an array, a member of an npz, or a frame.

    Attributes
    ----------
    key : str, optional
        A member's name.
    image_mode : str, optional
        Pillow's name of what the pixels are, after palettes were resolved; None for arrays.
    one_bit : bool
        Whether the picture is black and white, its pixels read as 0 and 255.
    palette : Palette, optional
        What the pixels are indices into.
    """

    source: Source
    key: str | None = None
    image_mode: str | None = None
    one_bit: bool = False
    palette: Palette | None = None

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.image_mode in ("LA", "RGBA")


@dataclass(frozen=True, slots=True)
class Document:
    """An opened input.

    Attributes
    ----------
    items : callable
        Gives the items one at a time; an item is valid until the next one is asked for.
    count : int
        How many items there are.
    format : str
        Pillow's name of the format, or ``"NPY"``, ``"NPZ"``.
    kept : list of Metadata
        What each frame carries besides its pixels; complete when all items were read.
    animation : Animation
        What the frames share.
    compressed : bool
        Whether an npz was.
    notes : list of str
        What the person should know of how it was read.
    """

    kind: Kind
    format: str
    count: int
    items: Callable[[], Iterator[Item]]
    kept: list[Metadata] = field(default_factory=list)
    animation: Animation = field(default_factory=Animation)
    compressed: bool = False
    notes: list[str] = field(default_factory=list)


Opened = AbstractContextManager[Document]
