"""Packing of integers into fewer bits than those of their dtype, as TIFF stores odd depths."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def pack_bits(values: npt.NDArray[Any], depth: int) -> bytes:
    """Return the bytes of a strip or tile whose values have fewer bits than their dtype.

    Parameters
    ----------
    values : ndarray of unsigned integers, H W or H W C
        Each below 2 to the power of `depth`.
    depth : int
        The bits of each value.

    Returns
    -------
    bytes
        Highest bits first. Each row begins at a whole byte (TIFF 6.0, BitsPerSample, Compression).

    Examples
    --------
    >>> pack_bits(np.array([[0x123, 0x456, 0x789]], np.uint16), 12).hex()
    '1234567890'
    """
    rows = values.reshape(len(values), -1)
    stored = rows.astype(rows.dtype.newbyteorder(">")).view(np.uint8)
    bits = np.unpackbits(stored, axis=1).reshape(len(rows), rows.shape[1], -1)[..., -depth:]
    return np.packbits(bits.reshape(len(rows), -1), axis=1).tobytes()
