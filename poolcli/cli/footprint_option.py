"""The value of the option `--footprint`: a word, or a file with a boolean array."""

from __future__ import annotations

import re
from pathlib import Path

from poolcli.core.footprint import FOOTPRINT_WORDS, Footprint, as_footprint
from poolcli.errors import PoolcliError, UsageError

OPTION = "--footprint"

MAX_NAME_LETTERS = 40
"""The number of letters of a file's name that output names repeat."""


def parse_footprint(text: str) -> Footprint | None:
    """Return the footprint of ``disk``, ``cross``, ``ring`` or of an npy file.

    Parameters
    ----------
    text : str
        A word in any case, or the path of a file.

    Raises
    ------
    UsageError
        If the text is neither, or the file cannot be read.
    ArgumentError, ArgumentTypeError
        If the array is not boolean, or no element is True.

    Examples
    --------
    >>> parse_footprint("disk")
    Footprint(name='disk', shape=(), elements=b'')
    """
    if text.strip().lower() in FOOTPRINT_WORDS:
        return as_footprint(text)
    if Path(text).suffix.lower() != ".npy":
        raise UsageError(
            f"{text!r} is not a footprint; write {', '.join(FOOTPRINT_WORDS)}, or name a boolean "
            ".npy of the kernel's shape",
            OPTION,
        )
    from poolcli.io.open_document import open_document  # loads NumPy

    try:
        with open_document(text, max_pixels=0, indexed=False) as document:
            if document.format != "NPY":
                raise UsageError(f"{text} is a {document.format} file, not an .npy file", OPTION)
            (item,) = document.items()
            array = item.source[tuple(slice(0, size) for size in item.source.shape)]
    except PoolcliError as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{text}: {error}", OPTION) from None
    name = re.sub(r"[^\w.]", "_", Path(text).stem)[:MAX_NAME_LETTERS]
    name += "_npy" * (name in FOOTPRINT_WORDS)  # unlike the tag of the word
    return as_footprint(array, name)
