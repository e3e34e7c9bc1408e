"""Frames of animations, as Pillow's encoders take them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from poolcli.io.metadata.image_metadata import ImageMetadata


@dataclass(slots=True)
class AppendedFrames:
    """The frames after the first one; each is dropped when an encoder has taken it.

    Most encoders keep copies of their own.

    Attributes
    ----------
    frames : deque of Image
        The frames; emptied by the encoder's last iteration.
    prepare : callable, optional
        Converts a frame before it is encoded.
    remaining_iterations : int
        How often the encoder is going to iterate.
    """

    frames: deque[Image.Image]
    prepare: Callable[[Image.Image], Image.Image] | None
    remaining_iterations: int = 1

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Image.Image]:
        self.remaining_iterations -= 1
        if self.remaining_iterations > 0:
            yield from self.frames
            return
        while self.frames:
            frame = self.frames.popleft()
            yield frame if self.prepare is None else self.prepare(frame)


class _UnequalInt(int):
    """A number that equals nothing, so that Pillow does not join frames of equal options."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return False


class _NumberPerFrame(list[int]):
    """A number for each frame; Pillow takes the first if it joins all frames into one."""

    def __int__(self) -> int:
        return self[0]


def disposal_options(
    format_name: str, mode: str, metadata: Sequence[ImageMetadata], *, transparent: bool
) -> dict[str, Any]:
    """Return Pillow's options for the disposal of each frame.

    The disposal of the input is kept where Pillow's encoder handles it correctly.

    Parameters
    ----------
    format_name : str
        Pillow's name of the format.
    mode : str
        The mode of the frames.
    metadata : sequence of ImageMetadata
        The metadata of each frame.
    transparent : bool
        Whether frames have transparent pixels; the previous frame must then be cleared.

    Examples
    --------
    >>> disposal_options("GIF", "P", [], transparent=True)
    {'disposal': 2}
    """
    disposals = [each.disposal for each in metadata]
    if format_name == "GIF":
        if transparent:
            return {"disposal": 2}
        return {"disposal": _NumberPerFrame(2 if each == 1 else 1 for each in disposals)}
    if format_name == "PNG":
        is_colour = mode in ("RGB", "RGBA")
        return {
            "disposal": [1 if each == 1 and is_colour else 0 for each in disposals],
            "blend": [_UnequalInt(0)] * len(disposals),
        }
    return {}
