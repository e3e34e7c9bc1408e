"""Frames of animations that last longer than a format's frames can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli

Shown = list[tuple[int, np.ndarray[Any, Any]]]


def save_gif(path: Path, frames: list[Image.Image], durations: list[int], **more: Any) -> None:
    """A GIF whose frames stay apart, though they may be equal."""
    parts = []
    for frame, duration in zip(frames, durations, strict=True):
        frame.save(path, duration=duration, **more)
        parts.append(path.read_bytes())
    head = 13 + 3 * (2 << (parts[0][10] & 7))
    local = bytes([0x80 | parts[0][10] & 7])
    made = parts[0][:head]
    for part in parts:
        at = part.index(b"\x21\xf9", head)
        image = part[at + 8 : at + 17] + local + part[13:head] + part[at + 18 : -1]
        made += part[at : at + 8] + image
    path.write_bytes(made + b";")


def shown(path: str) -> Shown:
    """Milliseconds that each picture is shown; equal neighbours are joined."""
    found: Shown = []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            pixels, duration = np.asarray(image.convert("RGBA")).copy(), image.info["duration"]
            pixels[pixels[..., 3] == 0] = 0
            if found and np.array_equal(found[-1][1], pixels):
                duration += found.pop()[0]
            found.append((duration, pixels))
    return found


def blocks(*colours: int) -> Image.Image:
    """Four blocks of 4 x 4 pixels of a palette."""
    pixels = np.repeat(np.repeat(np.reshape(colours, (2, 2)), 4, 0), 4, 1)
    image = Image.frombytes("P", (8, 8), pixels.astype(np.uint8).tobytes())
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    return image


@pytest.mark.parametrize("disposal", [0, 1, 2])
@pytest.mark.parametrize("mode", ["max", "mode"])
def test_joined_frames_last_as_long(
    poolcli: Poolcli, tmp_path: Path, disposal: int, mode: str
) -> None:
    frames = [blocks(1, 2, 3, 0), *[blocks(1, 1, 3, 0)] * 3, blocks(0, 2, 2, 1)]
    durations = [50, 655_350, 400_000, 655_340, 70]
    save_gif(tmp_path / "x.gif", frames, durations, transparency=0, disposal=disposal)
    before = shown("x.gif")
    assert [duration for duration, _ in before] == [50, 1_710_690, 70]
    ran = poolcli(mode, "x.gif", "-o", "y.gif", "--json")
    assert ran.code == 0, ran.record["error"]
    assert "frames that became alike were joined, for as long as they took" in ran.record["notes"]
    after = shown("y.gif")
    assert [duration for duration, _ in after] == [50, 1_710_690, 70]
    for (_, found), (_, expected) in zip(after, before, strict=True):
        np.testing.assert_array_equal(found, expected[::2, ::2])


def test_one_frame_of_all_lasts_as_long(poolcli: Poolcli, tmp_path: Path) -> None:
    frames = [blocks(1, 2, 3, 0)] * 3
    for frame in (0, 1):
        frames[frame] = frames[frame].copy()
        frames[frame].putpixel((0, frame), 2)
    save_gif(tmp_path / "x.gif", frames, [400_000] * 3)
    assert poolcli("median", "x.gif", "--k", 4, "-o", "y.gif").code == 0
    assert [duration for duration, _ in shown("y.gif")] == [1_200_000]
    assert poolcli("max", "y.gif", "--k", 1, "-o", "z.gif").code == 0
    assert [duration for duration, _ in shown("z.gif")] == [1_200_000]


def test_a_long_frame_of_another_format(poolcli: Poolcli) -> None:
    frames = [blocks(1, 2, 3, 0), blocks(2, 2, 3, 0)]
    frames[0].save("x.png", save_all=True, append_images=frames[1:], duration=[1_400_000, 40])
    assert poolcli("max", "x.png", "-o", "y.gif").code == 0
    assert [duration for duration, _ in shown("y.gif")] == [1_400_000, 40]


@pytest.mark.parametrize(("into", "longest"), [("webp", 16_777_215), ("png", 65_535_000)])
def test_what_no_frame_can_last_is_noted(poolcli: Poolcli, into: str, longest: int) -> None:
    frames = [blocks(1, 2, 3, 0).convert("RGB"), blocks(2, 2, 3, 0).convert("RGB")]
    frames[0].save("x.avif", save_all=True, append_images=frames[1:], duration=[70_000_000, 40])
    ran = poolcli("max", "x.avif", "-o", f"y.{into}", "--json")
    assert ran.code == 0, ran.record["error"]
    name = into.upper()
    assert ran.record["notes"] == [
        f"{name} holds no frame longer than {longest / 1000:,.0f} s: longer ones became so"
    ]
    assert [duration for duration, _ in shown(f"y.{into}")] == [longest, 40]
