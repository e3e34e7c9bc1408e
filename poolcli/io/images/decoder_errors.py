"""Errors of Pillow's decoders, as one-line errors of poolcli."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from poolcli.errors import LimitError, ReadError, is_shortage
from poolcli.io.pillow_private import pixel_limit
from poolcli.io.shorten_exception import first_line
from poolcli.io.unsupported_formats import UNIDENTIFIED


@contextmanager
def translate_decoder_errors(
    max_pixels: int, subject: str = "the image", unidentified: str = UNIDENTIFIED
) -> Iterator[None]:
    """Apply the pixel limit to Pillow, and turn any error of a decoder into one of poolcli.

    Parameters
    ----------
    max_pixels : int
        The largest image to open, in pixels; 0 for no limit.
    subject : str
        What is being decoded, for messages.
    unidentified : str
        The message for a file of no format that Pillow reads.

    Raises
    ------
    ReadError
        If the file cannot be identified or decoded.
    LimitError
        If an image has more pixels than the limit.
    """
    try:
        with pixel_limit(max_pixels):
            yield
    except UnidentifiedImageError as error:
        raise ReadError(unidentified) from error
    except Image.DecompressionBombError as error:
        raise LimitError(
            f"more pixels than the limit of {max_pixels:,}; --max-pixels raises it, 0 lifts it"
        ) from error
    except Exception as error:  # decoders of damaged files can raise anything
        if isinstance(error, (ReadError, LimitError)) or is_shortage(error):
            raise
        raise ReadError(f"{subject} cannot be decoded: {first_line(error)}") from error
