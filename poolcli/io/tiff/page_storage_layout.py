"""The layout and the compression of a TIFF page, and those in which a result is stored like it."""

from __future__ import annotations

import io
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from poolcli.errors import is_shortage
from poolcli.io.document import Source
from poolcli.io.images.image_modes import has_alpha
from poolcli.io.pixel_array_modes import parse_pixel_array_mode
from poolcli.io.tiff.page_kinds import (
    ASSOCIATED_ALPHA,
    CHANNELS,
    COLOURS,
    JPEG_COMPRESSIONS,
    UNASSOCIATED_ALPHA,
    PagePixels,
    Photometric,
    smallest_dtype,
)

NONE, JPEG, DEFLATE = 1, 7, 8
"""Values of the tag Compression (TIFF 6.0, section 8, and its supplements)."""

COLOUR_PHOTOMETRICS = {
    "RGB": Photometric.RGB, "RGBA": Photometric.RGB, "P": Photometric.PALETTE,
    "CMYK": Photometric.SEPARATED, "YCbCr": Photometric.YCBCR, "LAB": Photometric.CIELAB,
}  # fmt: skip
"""The photometric interpretation of each colour; grey has one of two."""

UNSPECIFIED = 0
"""The value of the tag ExtraSamples for channels without a meaning."""

KEPT_PHOTOMETRICS = (
    Photometric.WHITE_IS_ZERO, Photometric.BLACK_IS_ZERO, Photometric.RGB, Photometric.SEPARATED,
    Photometric.YCBCR, Photometric.CIELAB, Photometric.ICCLAB, Photometric.ITULAB,
)  # fmt: skip
"""Photometric interpretations that pooled pixels keep. Others become grey, for example the mosaic
of a colour filter array, which pooling does not keep."""

HORIZONTAL_PREDICTOR, FLOAT_PREDICTOR = 2, 3
"""Values of the tag Predictor (TIFF 6.0, section 14, and its supplement 3)."""

PROBE_SIDE = 32


class PageLayout(NamedTuple):
    """The layout and the compression of the pixels of a page.

    Attributes
    ----------
    photometric : int
        Tag PhotometricInterpretation.
    extra_samples : tuple of int
        Tag ExtraSamples: the meaning of channels beyond the colours.
    is_planar : bool
        Whether each channel is stored apart.
    compression, predictor : int
        The tags.
    tile_size : (int, int), optional
        Rows and columns of a tile; None for strips.
    bits : int, optional
        Bits per channel, if they are fewer than those of the dtype.
    """

    photometric: int = Photometric.BLACK_IS_ZERO
    extra_samples: tuple[int, ...] = ()
    is_planar: bool = False
    compression: int = NONE
    predictor: int = 1
    tile_size: tuple[int, int] | None = None
    bits: int | None = None


def photometric_channels(photometric: int) -> int:
    """Return the number of colour channels of a photometric interpretation.

    Examples
    --------
    >>> photometric_channels(Photometric.RGB), photometric_channels(Photometric.BLACK_IS_ZERO)
    (3, 1)
    """
    return CHANNELS[COLOURS.get(photometric, "L")]


def fitting_predictor(layout: PageLayout, dtype: np.dtype[Any]) -> int:
    """Return the predictor of a layout if it applies to a dtype; else 1, none.

    Examples
    --------
    >>> layout = PageLayout(compression=DEFLATE, predictor=HORIZONTAL_PREDICTOR)
    >>> [fitting_predictor(layout, np.dtype(name)) for name in ("uint16", "float32")]
    [2, 1]
    """
    is_integer = dtype.kind in "iu" and dtype.itemsize <= 4
    is_float = dtype.kind == "f"
    fits = (layout.predictor == HORIZONTAL_PREDICTOR and is_integer) or (
        layout.predictor == FLOAT_PREDICTOR and is_float
    )
    return layout.predictor if fits else 1


@cache
def can_compress(layout: PageLayout, channels: int, dtype: np.dtype[Any]) -> bool:
    """Return whether tifffile compresses pixels without changing them.

    A small page is written and read. Which compression encodes which dtypes and channels depends
    on the versions of tifffile and imagecodecs.

    Parameters
    ----------
    layout : PageLayout
        The compression and the predictor, and the photometric interpretation. Tiles and bits per
        channel do not count.
    channels : int
        The number of channels.
    dtype : dtype
        The dtype of a channel.
    """
    import tifffile

    shape = (PROBE_SIDE, PROBE_SIDE) + ((channels,) if channels > 1 else ())
    values = np.random.default_rng(0).integers(0, 2 if dtype.kind == "b" else 100, shape)
    pixels = values.astype(dtype)
    options: dict[str, Any] = {
        "compression": layout.compression,
        "predictor": layout.predictor,
        "photometric": layout.photometric,
        "metadata": None,
    }
    if layout.photometric == Photometric.PALETTE:
        options["photometric"] = Photometric.BLACK_IS_ZERO
    if channels > 1:
        options["planarconfig"] = "separate" if layout.is_planar else "contig"
        options["extrasamples"] = layout.extra_samples or None
        if layout.is_planar:
            pixels = np.moveaxis(pixels, -1, 0)
    try:
        file = io.BytesIO()
        with tifffile.TiffWriter(file, shaped=False, ome=False) as writer:
            writer.write(np.ascontiguousarray(pixels), **options)
        return bool(np.array_equal(tifffile.imread(io.BytesIO(file.getvalue())), pixels))
    except Exception as error:  # encoders reject data with one of many exceptions
        if is_shortage(error):
            raise
        return False


def layout_of_page(pixels: PagePixels) -> PageLayout:
    """Return the layout of a page that was read, for a result that is written alike."""
    compression = JPEG if pixels.compression in JPEG_COMPRESSIONS else pixels.compression
    return PageLayout(
        photometric=Photometric.RGB if pixels.colour == "RGB" else pixels.photometric,
        extra_samples=pixels.extra_samples,
        is_planar=pixels.is_planar,
        compression=compression,
        predictor=pixels.predictor,
        tile_size=pixels.tile_size,
        bits=pixels.depth if pixels.is_odd_depth else None,
    )


def layout_of_result(layout: PageLayout, mode: str, pixels: Source) -> PageLayout:
    """Return the layout in which a result is stored.

    Parameters
    ----------
    layout : PageLayout
        That of the input.
    mode : str
        The image mode of the result.
    pixels : Source
        The result, H W or H W C.

    Examples
    --------
    >>> import numpy as np
    >>> grey = PageLayout(photometric=0, compression=DEFLATE)  # white is zero
    >>> layout_of_result(grey, "RGBA", np.zeros((2, 2, 4), np.uint8)).extra_samples
    (2,)
    """
    channels = pixels.shape[2] if len(pixels.shape) == 3 else 1
    parsed = parse_pixel_array_mode(mode)
    colour = mode if parsed is None else parsed.colour
    photometric = COLOUR_PHOTOMETRICS.get(colour, layout.photometric)
    is_kept = photometric in KEPT_PHOTOMETRICS or colour in COLOUR_PHOTOMETRICS
    if not is_kept or photometric_channels(photometric) > channels:
        photometric = Photometric.BLACK_IS_ZERO
    extra = channels - photometric_channels(photometric)
    samples = layout.extra_samples
    if len(samples) != extra:
        samples = (UNSPECIFIED,) * extra
    if has_alpha(mode) and samples[-1:] != (ASSOCIATED_ALPHA,):
        samples = (*samples[:-1], UNASSOCIATED_ALPHA)
    bits = layout.bits
    is_bilevel = bits == 1 and channels == 1  # of mode 1, or grey of 0 to 255
    if bits is not None and (is_bilevel or pixels.dtype != smallest_dtype(bits)):
        bits = None
    return layout._replace(photometric=photometric, extra_samples=samples, bits=bits)
