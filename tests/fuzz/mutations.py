"""Damage to files, reproducible from a random generator."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

Rng = np.random.Generator

EXTREME_BYTES = (0, 1, 127, 128, 254, 255)

EXTREME_INTEGERS = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

SIGNATURE_BYTES, HEADER_BYTES = 8, 96
"""Half of all damage is done between these offsets, where sizes and types are stored."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def mutate(data: bytes, other: bytes, rng: Rng) -> bytes:
    """Return a damaged copy of a file.

    Parameters
    ----------
    data : bytes
        The valid file.
    other : bytes
        Another valid file; a part of it may be appended.
    rng : Generator
        The source of randomness.
    """
    damaged = data
    for _ in range(int(rng.integers(1, 4))):
        change = MUTATIONS[rng.integers(len(MUTATIONS))]
        damaged = change(damaged, other, rng) or damaged
    if damaged.startswith(PNG_SIGNATURE) and rng.random() < 0.5:
        return with_valid_checksums(damaged)
    return damaged


def _position(data: bytes, rng: Rng) -> int:
    if rng.random() < 0.5 and len(data) > HEADER_BYTES:
        return int(rng.integers(SIGNATURE_BYTES, HEADER_BYTES))
    return int(rng.integers(len(data)))


def _span(data: bytes, rng: Rng) -> tuple[int, int]:
    start = _position(data, rng)
    return start, start + int(rng.integers(1, 2 + len(data) // 4))


def _flip_bits(data: bytes, other: bytes, rng: Rng) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 12))):
        changed[_position(data, rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _set_bytes(data: bytes, other: bytes, rng: Rng) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        changed[_position(data, rng)] = int(rng.choice(EXTREME_BYTES))
    return bytes(changed)


def _set_integer(data: bytes, other: bytes, rng: Rng) -> bytes:
    """Replace an integer of 16 or 32 bits by an extreme one."""
    at, size = _position(data, rng), int(rng.choice([2, 4]))
    value = int(rng.choice(EXTREME_INTEGERS)) % (1 << 8 * size)
    field = value.to_bytes(size, "little" if rng.random() < 0.5 else "big")
    return data[:at] + field + data[at + size :]


def _change_integer(data: bytes, other: bytes, rng: Rng) -> bytes:
    """Change an integer of 16 or 32 bits, such as a length, by a small amount."""
    at, size = _position(data, rng), int(rng.choice([2, 4]))
    order = "little" if rng.random() < 0.5 else "big"
    value = int.from_bytes(data[at : at + size], order) + int(rng.integers(-9, 10))
    return data[:at] + (value % (1 << 8 * size)).to_bytes(size, order) + data[at + size :]


def _truncate(data: bytes, other: bytes, rng: Rng) -> bytes:
    return data[: _position(data, rng)]


def _delete(data: bytes, other: bytes, rng: Rng) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _duplicate(data: bytes, other: bytes, rng: Rng) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:end] * int(rng.integers(1, 4)) + data[end:]


def _insert(data: bytes, other: bytes, rng: Rng) -> bytes:
    at = _position(data, rng)
    return data[:at] + rng.bytes(int(rng.integers(1, 40))) + data[at:]


def _blank(data: bytes, other: bytes, rng: Rng) -> bytes:
    start, end = _span(data, rng)
    blank = bytes([int(rng.choice(EXTREME_BYTES))]) * (end - start)
    return data[:start] + blank + data[end:]


def _splice(data: bytes, other: bytes, rng: Rng) -> bytes:
    return data[: _position(data, rng)] + other[_position(other, rng) :]


MUTATIONS: tuple[Callable[[bytes, bytes, Rng], bytes], ...] = (
    _flip_bits,
    _set_bytes,
    _set_integer,
    _change_integer,
    _truncate,
    _delete,
    _duplicate,
    _insert,
    _blank,
    _splice,
)


def with_valid_checksums(png: bytes) -> bytes:
    """Return a PNG with valid checksums, so that damage reaches the decoder."""
    out, at = png[:8], 8
    while at + 12 <= len(png):
        end = at + 8 + int.from_bytes(png[at : at + 4], "big")
        if end + 4 > len(png):
            break
        out += png[at:end] + zlib.crc32(png[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return out + png[at:]
