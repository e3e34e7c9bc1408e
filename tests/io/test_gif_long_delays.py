"""Frames of animations that last longer than the format of the output allows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli

ShownFrames = list[tuple[int, np.ndarray[Any, Any]]]


def save_gif(
    path: Path, frames: list[Image.Image], durations: list[int], **save_options: Any
) -> None:
    """Write a GIF without joining equal frames."""
    parts = []
    for frame, duration in zip(frames, durations, strict=True):
        frame.save(path, duration=duration, **save_options)
        parts.append(path.read_bytes())
    head = 13 + 3 * (2 << (parts[0][10] & 7))
    local = bytes([0x80 | parts[0][10] & 7])
    data = parts[0][:head]
    for part in parts:
        at = part.index(b"\x21\xf9", head)
        image = part[at + 8 : at + 17] + local + part[13:head] + part[at + 18 : -1]
        data += part[at : at + 8] + image
    path.write_bytes(data + b";")


def shown_frames(path: str) -> ShownFrames:
    """Return the duration in milliseconds and the pixels of each frame; equal ones are joined."""
    found: ShownFrames = []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            pixels, duration = np.asarray(image.convert("RGBA")).copy(), image.info["duration"]
            pixels[pixels[..., 3] == 0] = 0
            if found and np.array_equal(found[-1][1], pixels):
                duration += found.pop()[0]
            found.append((duration, pixels))
    return found


def squares(*colours: int) -> Image.Image:
    """Return four squares of 4 by 4 pixels, as indices into a palette."""
    pixels = np.repeat(np.repeat(np.reshape(colours, (2, 2)), 4, 0), 4, 1)
    image = Image.frombytes("P", (8, 8), pixels.astype(np.uint8).tobytes())
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    return image


@pytest.mark.parametrize("disposal", [0, 1, 2])
@pytest.mark.parametrize("mode", ["max", "mode"])
def test_joined_frames_keep_their_duration(
    poolcli: Poolcli, tmp_path: Path, disposal: int, mode: str
) -> None:
    frames = [squares(1, 2, 3, 0), *[squares(1, 1, 3, 0)] * 3, squares(0, 2, 2, 1)]
    durations = [50, 655_350, 400_000, 655_340, 70]
    save_gif(tmp_path / "x.gif", frames, durations, transparency=0, disposal=disposal)
    before = shown_frames("x.gif")
    assert [duration for duration, _ in before] == [50, 1_710_690, 70]
    ran = poolcli(mode, "x.gif", "-o", "y.gif", "--json")
    assert ran.code == 0, ran.record["error"]
    assert "frames that became alike were joined, for as long as they took" in ran.record["notes"]
    after = shown_frames("y.gif")
    assert [duration for duration, _ in after] == [50, 1_710_690, 70]
    for (_, found), (_, expected) in zip(after, before, strict=True):
        np.testing.assert_array_equal(found, expected[::2, ::2])


def test_a_single_joined_frame_keeps_the_duration(poolcli: Poolcli, tmp_path: Path) -> None:
    frames = [squares(1, 2, 3, 0)] * 3
    for frame in (0, 1):
        frames[frame] = frames[frame].copy()
        frames[frame].putpixel((0, frame), 2)
    save_gif(tmp_path / "x.gif", frames, [400_000] * 3)
    assert poolcli("median", "x.gif", "--k", 4, "-o", "y.gif").code == 0
    assert [duration for duration, _ in shown_frames("y.gif")] == [1_200_000]
    assert poolcli("max", "y.gif", "--k", 1, "-o", "z.gif").code == 0
    assert [duration for duration, _ in shown_frames("z.gif")] == [1_200_000]


def test_a_long_frame_of_another_format(poolcli: Poolcli) -> None:
    frames = [squares(1, 2, 3, 0), squares(2, 2, 3, 0)]
    frames[0].save("x.png", save_all=True, append_images=frames[1:], duration=[1_400_000, 40])
    assert poolcli("max", "x.png", "-o", "y.gif").code == 0
    assert [duration for duration, _ in shown_frames("y.gif")] == [1_400_000, 40]


@pytest.mark.parametrize(("into", "limit"), [("webp", 16_777_215), ("png", 65_535_000)])
def test_durations_beyond_a_limit_are_noted(poolcli: Poolcli, into: str, limit: int) -> None:
    frames = [squares(1, 2, 3, 0).convert("RGB"), squares(2, 2, 3, 0).convert("RGB")]
    frames[0].save("x.avif", save_all=True, append_images=frames[1:], duration=[70_000_000, 40])
    ran = poolcli("max", "x.avif", "-o", f"y.{into}", "--json")
    assert ran.code == 0, ran.record["error"]
    name = into.upper()
    assert ran.record["notes"] == [
        f"{name} stores durations up to {limit / 1000:,.0f} s: longer frames were shortened"
    ]
    assert [duration for duration, _ in shown_frames(f"y.{into}")] == [limit, 40]
