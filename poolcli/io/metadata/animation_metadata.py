"""The metadata of all frames of an image together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class AnimationMetadata:
    """The metadata that all frames of an animation share.

    Attributes
    ----------
    plays : int
        How often the animation is played; 0 means forever.
    background : tuple of int, optional
        Red, green, blue and alpha of the background, 0 to 255.
    has_default_image : bool
        Whether the first frame is an image for viewers without animation (PNG).
    from_palette : bool
        Whether a frame had a palette.
    """

    plays: int = 0
    background: tuple[int, int, int, int] | None = None
    has_default_image: bool = False
    from_palette: bool = False
