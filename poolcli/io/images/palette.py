"""The palette of an image whose pixels are indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL import Image


class Palette(NamedTuple):
    """The colours of an image whose pixels are indices.

    Attributes
    ----------
    colours : bytes
        Red, green and blue of each index.
    transparency : int or bytes, optional
        The transparent index, or an alpha for each index.
    """

    colours: bytes
    transparency: int | bytes | None = None

    @property
    def colours_of_256(self) -> bytes:
        """Red, green and blue of 256 indices; those that the palette lacks are black.

        Examples
        --------
        >>> len(Palette(b"abc").colours_of_256)
        768
        """
        return self.colours[: 3 * 256].ljust(3 * 256, b"\0")

    @property
    def mode(self) -> str:
        """The name that `poolcli.io.storable_image_modes` gives to images with such a palette."""
        if self.transparency is None:
            return "P"
        return "P;1" if isinstance(self.transparency, int) else "P;A"


def palette_of(image: Image.Image) -> Palette | None:
    """Return the palette of an image; None if its pixels are not indices into RGB colours.

    Examples
    --------
    >>> from PIL import Image
    >>> palette_of(Image.new("L", (1, 1)))
    """
    if image.mode != "P" or image.palette is None or image.palette.mode != "RGB":
        return None
    return Palette(bytes(image.getpalette("RGB") or []), image.info.get("transparency"))
