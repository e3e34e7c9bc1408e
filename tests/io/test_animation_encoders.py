"""Animations written frame by frame are decoded as they were, by Pillow."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from poolcli.io.images.animation.animated_gif import encode_gif
from poolcli.io.images.animation.animated_png import encode_apng
from poolcli.io.images.animation.animated_webp import encode_webp
from poolcli.io.images.animation.encoded_frames import whole_durations
from poolcli.io.images.animation.frame_changes import (
    FrameChange,
    Pixels,
    trimmed_change,
    whole_frame,
    with_short_gaps,
)
from poolcli.io.images.animation.indexed_colours import MAX_COLOURS
from poolcli.io.images.encoding.animation_frames import _iter_frames


def frame_changes(frames: Sequence[Pixels]) -> Iterator[FrameChange]:
    """Yield what each frame changes in the one before."""
    yield whole_frame(frames[0])
    for before, after in pairwise(frames):
        change = FrameChange(0, 0, after, np.any(before != after, axis=2))
        yield with_short_gaps(trimmed_change(change))


def complete(data: bytes | None) -> bytes:
    assert data is not None
    return data


def gif(frames: Sequence[Pixels], seconds: Sequence[Fraction]) -> bytes:
    return complete(encode_gif(size_of(frames), frame_changes(frames), seconds))


def apng(frames: Sequence[Pixels], seconds: Sequence[Fraction]) -> bytes:
    return complete(encode_apng(size_of(frames), lambda: frame_changes(frames), seconds))


def webp(frames: Sequence[Pixels], seconds: Sequence[Fraction]) -> bytes:
    return complete(encode_webp(size_of(frames), frame_changes(frames), seconds))


Encoder = Callable[[Sequence[Pixels], Sequence[Fraction]], bytes]
ENCODERS: list[Encoder] = [gif, apng, webp]
with_each_encoder = pytest.mark.parametrize("encode", ENCODERS)


def size_of(frames: Sequence[Pixels]) -> tuple[int, int]:
    height, width = frames[0].shape[:2]
    return width, height


def decode(data: bytes) -> list[Pixels]:
    """Return the frames that Pillow decodes."""
    with Image.open(io.BytesIO(data)) as image:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]


def durations(data: bytes) -> list[float]:
    """Return the durations that Pillow decodes, in milliseconds."""
    with Image.open(io.BytesIO(data)) as image:
        return [frame.info["duration"] for frame in decoded_frames(image)]


def decoded_frames(image: Image.Image) -> list[Image.Image]:
    frames = []
    for frame in ImageSequence.Iterator(image):
        frame.load()  # durations of WebP are known then
        frames.append(frame.copy())
    return frames


def assert_equal_frames(decoded: Sequence[Pixels], frames: Sequence[Pixels]) -> None:
    assert len(decoded) == len(frames)
    for number, (one, other) in enumerate(zip(decoded, frames, strict=True)):
        np.testing.assert_array_equal(one, other, str(number))


def random_frames(count: int, shape: tuple[int, int], colours: int, seed: int) -> list[Pixels]:
    """Return frames that change a box of the one before, the last of them nothing."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (colours, 3), np.uint8)
    frames = [palette[rng.integers(0, colours, shape)]]
    for _ in range(count - 2):
        frame = frames[-1].copy()
        top, left = (int(rng.integers(0, size)) for size in shape)
        part = frame[top : top + 3, left : left + 4]
        part[:] = palette[rng.integers(0, colours, part.shape[:2])]
        frames.append(frame)
    return [*frames, frames[-1].copy()]


@with_each_encoder
@settings(max_examples=20)
@given(
    st.integers(2, 6), st.tuples(st.integers(1, 9), st.integers(1, 40)), st.integers(1, 40),
    st.integers(0, 99),
)  # fmt: skip
def test_frames_are_exact_and_none_is_lost(
    encode: Encoder, count: int, shape: tuple[int, int], colours: int, seed: int
) -> None:
    frames = random_frames(count, shape, colours, seed)
    data = encode(frames, [Fraction(1, 2)] * count)
    assert_equal_frames(decode(data), frames)
    with Image.open(io.BytesIO(data)) as image:
        assert cast(Any, image).n_frames == count
        assert image.info["loop"] == 0


@pytest.mark.parametrize("encode", [apng, webp])
def test_many_colours_are_exact(encode: Encoder) -> None:
    frames = random_frames(4, (40, 40), 900, seed=1)
    assert_equal_frames(decode(encode(frames, [Fraction(1)] * 4)), frames)


def gradient(start: int, count: int) -> Pixels:
    """Return a frame of `count` colours; the last one has one pixel, the others two."""
    numbers = np.arange(start, start + count)
    row = np.repeat(np.stack([numbers % 256, numbers // 256, numbers * 0], -1), 2, axis=0)
    return row[None, : 2 * count - 1].astype(np.uint8)


def test_colours_of_gif_frames_without_room_in_the_shared_palette_are_exact() -> None:
    frames = [gradient(0, 200), gradient(100, 200)]
    frames = [frames[0], frames[1], frames[0], frames[1] // 2]
    assert_equal_frames(decode(gif(frames, [Fraction(1)] * 4)), frames)


def test_rare_colours_of_a_gif_frame_become_the_nearest() -> None:
    frame = gradient(0, MAX_COLOURS + 1)
    decoded, _ = decode(gif([frame, frame], [Fraction(1)] * 2))
    np.testing.assert_array_equal(decoded[:, :-1], frame[:, :-1])
    assert decoded[0, -1].tolist() == [MAX_COLOURS - 1, 0, 0]


def test_blocks_of_a_gif_are_complete() -> None:
    frames = random_frames(5, (50, 300), 17, seed=2)
    data = gif(frames, [Fraction(1)] * 5)
    written = list(_iter_frames(data))
    assert len(written) == 5
    assert data[written[-1].image.stop :] == b";"


@pytest.mark.parametrize(
    ("encode", "fps", "expected"),
    [
        (gif, "10", [100] * 6),
        (gif, "50", [20] * 6),
        (gif, "40", [30, 20, 30, 20, 30, 20]),
        (gif, "0.1", [10_000] * 6),
        (webp, "30", [33, 34, 33, 33, 34, 33]),
        (apng, "30", [1000 / 30] * 6),
        (apng, "0.7", [1000 / 0.7] * 6),
    ],
)
def test_durations_are_as_exact_as_the_format_allows(
    encode: Encoder, fps: str, expected: list[float]
) -> None:
    frames = random_frames(6, (3, 5), 9, seed=3)
    assert durations(encode(frames, [1 / Fraction(fps)] * 6)) == pytest.approx(expected)


def test_rounded_durations_add_up() -> None:
    seconds = [Fraction(1, 37)] * 74
    assert sum(whole_durations(seconds, 100)) == 200
    assert set(whole_durations(seconds, 100)) == {2, 3}


@with_each_encoder
def test_the_same_frames_give_the_same_bytes(encode: Encoder) -> None:
    frames = random_frames(4, (9, 9), 300, seed=4)
    assert encode(frames, [Fraction(1)] * 4) == encode(list(frames), [Fraction(1)] * 4)


@with_each_encoder
def test_small_changes_of_large_frames_take_few_bytes(encode: Encoder) -> None:
    first = np.zeros((720, 1280, 3), np.uint8)
    second = first.copy()
    second[100:110, 100:110] = second[600:610, 1100:1110] = 255
    sizes = [len(encode([first, second] * n, [Fraction(1)] * 2 * n)) for n in (1, 2)]
    assert (sizes[1] - sizes[0]) / 2 < 1500


def test_encoding_stops_when_an_animation_is_too_large() -> None:
    frames = random_frames(4, (40, 40), 300, seed=5)
    seconds, size = [Fraction(1)] * 4, size_of(frames)
    for colours in (frames, [frame // 64 * 64 for frame in frames]):
        assert encode_gif(size, frame_changes(colours), seconds, 500) is None
        assert encode_apng(size, lambda used=colours: frame_changes(used), seconds, 500) is None  # type: ignore[misc]
        assert encode_webp(size, frame_changes(colours), seconds, 500) is None
