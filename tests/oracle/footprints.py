"""Footprints: which elements of a kernel count."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np

Element = tuple[int, ...]


def footprint_elements(footprint: Any, kernel: list[int]) -> set[Element]:
    """Return the elements of a kernel that count, as their numbers along each axis."""
    every = set(itertools.product(*map(range, kernel)))
    if footprint is None:
        return every
    if isinstance(footprint, str):
        rules = {"disk": is_in_disk, "cross": is_in_cross, "ring": is_in_ring}
        return {element for element in every if rules[footprint](element, kernel)}
    mask = np.asarray(footprint)
    if mask.shape != tuple(kernel):
        raise ValueError(f"a footprint of {mask.shape} for a kernel of {kernel}")
    return {element for element in every if mask[element]}


def offsets(element: Element, kernel: list[int]) -> list[Fraction]:
    """Return the distances of an element's centre from the kernel's centre."""
    return [Fraction(2 * j - k + 1, 2) for j, k in zip(element, kernel, strict=True)]


def is_in_disk(element: Element, kernel: list[int]) -> bool:
    """Return whether an element's centre lies in the ellipsoid inscribed in the kernel."""
    radii = [Fraction(k, 2) for k in kernel]
    distances = zip(offsets(element, kernel), radii, strict=True)
    return sum((offset / radius) ** 2 for offset, radius in distances) <= 1


def is_in_ring(element: Element, kernel: list[int]) -> bool:
    """Return whether an element lies in the disk, but not in the smaller disk."""
    return is_in_disk(element, kernel) and not is_in_smaller_disk(element, kernel)


def is_in_smaller_disk(element: Element, kernel: list[int]) -> bool:
    """Return whether an element lies in the disk two elements smaller on axes longer than 1."""
    smaller = [k - 2 if k > 1 else 1 for k in kernel]
    moved = tuple(j - 1 if k > 1 else 0 for j, k in zip(element, kernel, strict=True))
    is_inside = max(kernel) > 1 and all(0 <= j < k for j, k in zip(moved, smaller, strict=True))
    return is_inside and is_in_disk(moved, smaller)


def is_in_cross(element: Element, kernel: list[int]) -> bool:
    """Return whether an element is off the centre of at most one axis; even sizes have two."""
    return sum(abs(offset) > Fraction(1, 2) for offset in offsets(element, kernel)) <= 1
