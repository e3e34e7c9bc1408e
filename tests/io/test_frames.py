"""Animations and pages: every frame is pooled, and the timing is kept."""

from __future__ import annotations

import io
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.io.images.encoding.quantize_colours import quantize_colours
from tests.conftest import Poolcli

Frames = list[np.ndarray[Any, Any]]
DURATIONS = [40, 120, 70, 200, 10]


def read_frames(path: str) -> Frames:
    """Return all frames as RGBA, as Pillow composes them."""
    found = []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(np.asarray(image.convert("RGBA")).copy())
    return found


def read_timing(path: str) -> tuple[list[float], Any]:
    """Return the durations of all frames in milliseconds, and the number of loops."""
    found = []
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            found.append(image.info.get("duration", 0))
        return found, image.info.get("loop")


def max_pooled(frames: Frames) -> Frames:
    """Return the maxima of windows of 2 by 2 pixels."""
    height, width = frames[0].shape[0] // 2, frames[0].shape[1] // 2
    return [frame.reshape(height, 2, width, 2, 4).max((1, 3)) for frame in frames]


def without_hidden_colours(frames: Frames) -> Frames:
    """Return frames whose transparent pixels are 0."""
    return [np.where(frame[..., 3:] > 0, frame, 0) for frame in frames]


def animation(seed: int, *, transparent: bool, count: int = 5) -> list[Image.Image]:
    """Return frames of a few colours that differ in places; some pixels can be transparent."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(1, 256, (9, 4), np.uint8)
    colours[:, 3] = 255
    if transparent:
        colours[:3, 3] = 0
    indices = rng.integers(0, 9, (16, 20))
    frames = []
    for _ in range(count):
        top, left = rng.integers(0, 12), rng.integers(0, 14)
        indices[top : top + 5, left : left + 6] = rng.integers(
            0, 9, indices[top : top + 5, left : left + 6].shape
        )
        frames.append(Image.fromarray(colours[indices]))
    return frames


CONVERSIONS = [
    *product(("gif", "png", "webp", "tif"), ("png", "webp", "tif")),
    ("gif", "gif"),  # other formats have too many colours for a palette
]


@pytest.mark.parametrize("transparent", [False, True])
@pytest.mark.parametrize(("extension", "into"), CONVERSIONS)
@pytest.mark.parametrize("seed", range(3))
def test_frames_and_timing_are_kept(
    poolcli: Poolcli, extension: str, into: str, transparent: bool, seed: int
) -> None:
    frames = animation(seed, transparent=transparent)
    if extension == "gif":
        frames = [frame.convert("RGBA") for frame in frames]
    save_options: dict[str, Any] = {"webp": {"lossless": True}, "gif": {"disposal": 2}}.get(
        extension, {}
    )
    frames[0].save(
        f"x.{extension}",
        save_all=True,
        append_images=frames[1:],
        duration=DURATIONS,
        loop=3,
        **save_options,
    )
    before = read_frames(f"x.{extension}")
    quality = ["--quality", 100] if into == "webp" else []
    ran = poolcli("max", f"x.{extension}", *quality, "-o", f"y.{into}", "--json")
    assert ran.code == 0, ran.err
    assert ran.record["frames"] == len(before)
    after = read_frames(f"y.{into}")
    assert len(after) == len(before)
    if into != "webp":
        for found, expected in zip(
            without_hidden_colours(after), without_hidden_colours(max_pooled(before)), strict=True
        ):
            np.testing.assert_array_equal(found, expected)
    if "tif" not in (extension, into):
        durations, loop = read_timing(f"y.{into}")
        assert durations == DURATIONS
        assert loop == (4 if extension == "gif" and into != "gif" else 3)


DISPOSALS: list[tuple[str, Any]] = [
    *(("png", each) for each in (0, 1, 2, [0, 1, 2, 0, 1], [2, 2, 1, 0, 2])),
    *(("gif", each) for each in (0, 1, 2, 3, [1, 2, 3, 1, 2])),
]


@pytest.mark.parametrize(("extension", "disposal"), DISPOSALS)
@pytest.mark.parametrize("transparent", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_frames_of_any_disposal(
    poolcli: Poolcli, extension: str, disposal: Any, transparent: bool, seed: int
) -> None:
    frames = animation(seed, transparent=transparent)
    save_options = {"disposal": disposal, "duration": DURATIONS}
    frames[0].save(f"x.{extension}", save_all=True, append_images=frames[1:], **save_options)
    before = read_frames(f"x.{extension}")
    ran = poolcli("max", f"x.{extension}", "-o", f"y.{extension}")
    assert ran.code == 0, ran.err
    after = read_frames(f"y.{extension}")
    assert len(after) == len(before)
    for found, expected in zip(
        without_hidden_colours(after), without_hidden_colours(max_pooled(before)), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("extension", ["png", "webp", "avif", "tif"])
def test_equal_frames_are_not_joined(poolcli: Poolcli, extension: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "red")]
    for frame in frames[1:]:
        frame.putpixel((3, 3), (9, 9, 9))
    save_options: dict[str, Any] = {"duration": [50, 60, 70]} if extension != "tif" else {}
    frames[0].save(f"x.{extension}", save_all=True, append_images=frames[1:], **save_options)
    ran = poolcli("min", f"x.{extension}", "--k", 16, "-o", f"y.{extension}", "--json")
    assert ran.record["frames"] == 3
    with Image.open(f"y.{extension}") as image:
        assert image.n_frames == 3


def test_equal_frames_of_a_gif_are_joined(poolcli: Poolcli) -> None:
    frames = [Image.new("RGB", (4, 4), "red") for _ in range(3)]
    frames[1].putpixel((3, 3), (0, 0, 0))
    frames[0].save("x.gif", save_all=True, append_images=frames[1:], duration=[50, 60, 70])
    ran = poolcli("max", "x.gif", "-o", "y.gif", "--json")
    assert ran.record["frames"] == 3
    assert ran.record["notes"][1:] == [
        "frames that became alike were joined, for as long as they took"
    ]
    with Image.open("y.gif") as image:
        assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P"])
def test_png_animations_of_every_mode(poolcli: Poolcli, mode: str) -> None:
    rng = np.random.default_rng(4)
    frames = []
    for _ in range(3):
        frame = Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8))
        frames.append(frame if frame.mode == mode else frame.convert(mode))
    frames[0].save("x.png", save_all=True, append_images=frames[1:], duration=[50, 60, 70])
    for pooling in ("max", "mode"):
        ran = poolcli(pooling, "x.png", "-o", "y.png", "--json", "--overwrite")
        assert (ran.code, ran.record["frames"]) == (0, 3)
        with Image.open("y.png") as image:
            assert image.n_frames == 3
            becomes_rgb = mode == "P" and pooling == "max"
            assert image.mode == ("RGB" if becomes_rgb else mode)


def test_16_bit_frames_are_written_as_tiff_only(poolcli: Poolcli) -> None:
    rng = np.random.default_rng(4)
    frames = [Image.fromarray(rng.integers(0, 65536, (8, 8), np.uint16)) for _ in range(3)]
    frames[0].save("x.tif", save_all=True, append_images=frames[1:])
    ran = poolcli("max", "x.tif", "-o", "y.png")
    assert ran.code == 1
    assert "PNG cannot hold several frames of 16 bits; TIFF and .npz can" in ran.err
    assert poolcli("max", "x.tif", "-o", "y.tif").code == 0


def test_a_png_with_a_default_image(poolcli: Poolcli) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    frames[0].save(
        "x.png", save_all=True, append_images=frames[1:], default_image=True, duration=[50, 60]
    )
    assert poolcli("max", "x.png", "-o", "y.png").code == 0
    with Image.open("y.png") as image:
        assert (image.n_frames, image.default_image) == (3, True)
        found = []
        for number in range(3):
            image.seek(number)
            found.append((image.getpixel((1, 1)), image.info.get("duration")))
    assert found[1:] == [((0, 128, 0), 50), ((0, 0, 255), 60)]
    assert found[0][0] == (255, 0, 0)


@pytest.mark.parametrize("into", ["webp", "avif", "gif"])
def test_fractions_of_milliseconds(poolcli: Poolcli, into: str) -> None:
    frames = animation(1, transparent=False, count=3)
    quantized = [frame.convert("RGB").quantize(9) for frame in frames]
    quantized[0].save("x.png", save_all=True, append_images=quantized[1:], duration=1000 / 30)
    assert poolcli("max", "x.png", "-o", f"y.{into}").code == 0
    assert read_timing(f"y.{into}")[0] == [30 if into == "gif" else 33] * 3
    assert poolcli("max", "x.png", "-o", "y.png").code == 0
    assert read_timing("y.png")[0] == pytest.approx([1000 / 30] * 3)


@pytest.mark.parametrize(("loop", "expected"), [(None, None), (0, 0), (1, 1), (7, 7)])
def test_the_number_of_loops_of_a_gif(poolcli: Poolcli, loop: Any, expected: Any) -> None:
    frames = animation(2, transparent=False, count=3)
    save_options = {} if loop is None else {"loop": loop}
    frames[0].save("x.gif", save_all=True, append_images=frames[1:], duration=50, **save_options)
    poolcli("max", "x.gif", "-o", "y.gif")
    assert read_timing("y.gif")[1] == expected
    poolcli("max", "x.gif", "-o", "y.webp")
    plays = 1 if loop is None else loop + 1 if loop else 0
    assert read_timing("y.webp")[1] == plays


def test_backgrounds(poolcli: Poolcli) -> None:
    frames = animation(3, transparent=False, count=2)
    frames[0].save(
        "x.webp", save_all=True, append_images=frames[1:], background=(1, 2, 3, 255), lossless=True
    )
    poolcli("max", "x.webp", "-o", "y.webp")
    with Image.open("y.webp") as image:
        assert image.info["background"] == (1, 2, 3, 255)
    palette = [frame.convert("RGB").quantize(9) for frame in frames]
    palette[0].save("x.gif", save_all=True, append_images=palette[1:], background=4)
    poolcli("max", "x.gif", "-o", "y.gif")
    with Image.open("x.gif") as before, Image.open("y.gif") as image:
        assert background_colour(image) == background_colour(before)


def background_colour(image: Any) -> bytes:
    at = 3 * image.info["background"]
    return bytes(image.global_palette.palette)[at : at + 3]


def test_each_frame_of_a_gif_has_a_palette(poolcli: Poolcli, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    frames = [Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)) for _ in range(3)]
    frames[0].save("x.gif", save_all=True, append_images=frames[1:])
    before = read_frames("x.gif")
    assert poolcli("avg", "x.gif", "-o", "y.gif").code == 0
    for found, source in zip(read_frames("y.gif"), before, strict=True):
        exact = source.reshape(16, 2, 16, 2, 4).mean((1, 3))
        assert np.abs(found - exact).mean() < 12


def test_pixels_of_a_gif_are_opaque_or_transparent(poolcli: Poolcli) -> None:
    image = Image.new("RGBA", (4, 4), (200, 10, 10, 255))
    for at in ((0, 0), (0, 1), (1, 0), (2, 0)):
        image.putpixel(at, (0, 0, 0, 0))
    image.save("x.gif")
    assert poolcli("avg", "x.gif", "-o", "y.gif").code == 0
    found = read_frames("y.gif")[0]
    assert found[..., 3].tolist() == [[0, 255], [255, 255]]
    assert found[0, 1].tolist() == [200, 10, 10, 255]


@pytest.mark.parametrize("into", ["mpo", "tif", "npz"])
def test_mpo_frames(poolcli: Poolcli, into: str) -> None:
    pages = [Image.new("RGB", size, "red") for size in ((32, 32), (16, 8))]
    pages[0].save("x.mpo", save_all=True, append_images=pages[1:])
    ran = poolcli("max", "x.mpo", "-o", f"y.{into}", "--json")
    assert (ran.code, ran.record["frames"]) == (0, 2)
    if into != "npz":
        with Image.open(f"y.{into}") as image:
            assert image.n_frames == 2
            image.seek(1)
            assert image.size == (8, 4)
    assert "JPEG holds one image, not 2 frames" in poolcli("max", "x.mpo", "-o", "y.jpg").err


def gif_disposals(path: str) -> list[int]:
    """Return the disposal method of each frame of a GIF."""
    found = []
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            found.append(image.disposal_method)
    return found


@pytest.mark.parametrize("still", [False, True])
def test_disposals_of_a_png_are_kept(poolcli: Poolcli, still: bool) -> None:
    frames = animation(5, transparent=False, count=4)
    save_options: dict[str, Any] = {"default_image": True} if still else {}
    disposals = [1, 0, 1] if still else [0, 1, 0, 1]
    frames[0].save(
        "x.png",
        save_all=True,
        append_images=frames[1:],
        disposal=disposals,
        duration=50,
        **save_options,
    )
    poolcli("max", "x.png", "-o", "y.png")
    with Image.open("x.png") as before, Image.open("y.png") as image:
        for number in range(still, 4):
            before.seek(number)
            image.seek(number)
            assert image.info["disposal"] == before.info["disposal"]


def test_disposals_of_a_gif_are_kept(poolcli: Poolcli) -> None:
    frames = [frame.convert("RGB") for frame in animation(5, transparent=False, count=4)]
    frames[0].save("x.gif", save_all=True, append_images=frames[1:], disposal=[1, 2, 1, 2])
    poolcli("max", "x.gif", "-o", "y.gif")
    assert gif_disposals("y.gif") == [1, 2, 1, 2]


@pytest.mark.parametrize("extension", ["gif", "png"])
def test_very_long_frames(poolcli: Poolcli, extension: str) -> None:
    frames = [frame.convert("RGB") for frame in animation(6, transparent=False, count=2)]
    frames[0].save("x.gif", save_all=True, append_images=frames[1:], duration=[655_350, 70_010])
    poolcli("max", "x.gif", "-o", f"y.{extension}")
    found, _ = read_timing(f"y.{extension}")
    assert found == pytest.approx([655_350, 70_010], rel=0.01)


def test_losses_of_a_gif_are_noted(poolcli: Poolcli) -> None:
    image = Image.new("P", (8, 8))
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.putpixel((0, 0), 1)
    image.save("x.gif", transparency=0)
    ran = poolcli("avg", "x.gif", "-o", "y.gif", "--json")
    assert ran.record["notes"][1:] == [
        "pixels that were partly transparent became opaque or transparent"
    ]
    rng = np.random.default_rng(9)
    Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save("x.gif")
    ran = poolcli("avg", "x.gif", "-o", "y.gif", "--overwrite", "--json")
    assert ran.record["notes"][1:] == ["colours became the nearest of 256"]


def test_a_grey_gif_with_transparency_stays_a_gif(poolcli: Poolcli) -> None:
    grey = np.random.default_rng(1).integers(0, 9, (8, 8), np.uint8)
    image = Image.fromarray(grey)
    image.save("x.gif", transparency=3, optimize=False)
    ran = poolcli("max", "x.gif", "--json")
    assert (ran.code, ran.record["output"]) == (0, "x.max-k2-s2.gif")


def test_hidden_colours_are_not_in_a_palette() -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (16, 16, 4), np.uint8)
    pixels[..., 3] = 0
    visible = rng.integers(0, 256, (120, 3), np.uint8)
    pixels[:8, :15, :3], pixels[:8, :15, 3] = visible.reshape(8, 15, 3), 255
    indexed = quantize_colours(Image.fromarray(pixels), print, transparent=True)
    found = np.asarray(indexed.convert("RGBA"))
    np.testing.assert_array_equal(found[:8, :15], pixels[:8, :15])
    assert (found[8:, :, 3] == 0).all()


def test_frames_of_different_palettes(poolcli: Poolcli) -> None:
    pages = []
    for shift in (0, 9):
        page = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) // 8).convert("P")
        page.putpalette([(value * 7 + shift) % 256 for value in range(24)])
        pages.append(page)
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    expected = read_frames("x.tif")
    assert poolcli("mode", "x.tif", "--k", 1, "-o", "y.png").code == 0
    for found, page in zip(read_frames("y.png"), expected, strict=True):
        np.testing.assert_array_equal(found, page)


def test_frames_of_different_sizes_become_tiff(poolcli: Poolcli, tmp_path: Path) -> None:
    from PIL import DcxImagePlugin

    pages = []
    for size in ((8, 8), (4, 4)):
        file = io.BytesIO()
        Image.new("L", size, 5).save(file, "PCX")
        pages.append(file.getvalue())
    offsets = [16, 16 + len(pages[0]), 0]
    head = DcxImagePlugin.MAGIC.to_bytes(4, "little")
    head += b"".join(offset.to_bytes(4, "little") for offset in offsets)
    (tmp_path / "x.dcx").write_bytes(head + b"".join(pages))
    ran = poolcli("max", "x.dcx", "--json")
    assert ran.record["output"] == "x.max-k2-s2.dcx.tif"
