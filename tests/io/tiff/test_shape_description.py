"""tifffile's description of the shape."""

from __future__ import annotations

import json

import pytest

from poolcli.io.tiff.shape_description import described_shape, rewrite_shape, scale_shape


def test_other_keys_stay() -> None:
    text = json.dumps({"shape": [2, 8, 8], "axes": "ZYX", "name": "µ", "truncated": True})
    rewritten = rewrite_shape(text, (2, 4, 4), pytest.fail)
    assert rewritten is not None
    assert rewritten.isascii()
    assert json.loads(rewritten) == {"shape": [2, 4, 4], "axes": "ZYX", "name": "µ"}


@pytest.mark.parametrize(
    "text",
    [
        '{"shape": [2, 8',
        '{"shape": "ab"}',
        '{"shape": [2, 8.5, 8]}',
        '{"shape": [true, 8, 8]}',
        '{"shape": [0, 8, 8]}',
        '["shape"]',
        '{"shape": ' + "[" * 100_000,
        '{"shape": [8, 8]}',
    ],
)
def test_a_description_that_cannot_be_rewritten(text: str) -> None:
    notes: list[str] = []
    assert rewrite_shape(text, (2, 4, 4), notes.append) is None
    assert len(notes) == 1


def test_pages_of_a_shape() -> None:
    assert described_shape('{"shape": [2, 8, 9]}') == (2, 8, 9)
    assert scale_shape((2, 8, 9), (8, 9), (4, 3), 1) == (2, 4, 3)
    assert scale_shape((8, 9, 8, 9), (8, 9), (4, 3), 1) == (8, 9, 4, 3)
    assert scale_shape((2, 8, 9, 1), (8, 9), (4, 3), 1) == (2, 4, 3, 1)
    assert scale_shape((3, 8, 9), (8, 9), (4, 3), 3) == (3, 4, 3)  # planes of samples
    assert scale_shape((2, 8, 9, 3), (8, 9), (4, 3), 1) is None
    assert scale_shape((2, 9, 8), (8, 9), (4, 3), 1) is None
