"""Animations and pages: every frame pooled, and played as before."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.io.images.encoding.quantize_colours import quantize_colours
from tests.conftest import Poolcli

Frames = list[np.ndarray[Any, Any]]
DURATIONS = [40, 120, 70, 200, 10]


def frames_of(path: str) -> Frames:
    """All frames as RGBA, as Pillow puts them together."""
    found = []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(np.asarray(image.convert("RGBA")).copy())
    return found


def timing(path: str) -> tuple[list[float], Any]:
    found = []
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            found.append(image.info.get("duration", 0))
        return found, image.info.get("loop")


def pooled(frames: Frames) -> Frames:
    height, width = frames[0].shape[0] // 2, frames[0].shape[1] // 2
    return [frame.reshape(height, 2, width, 2, 4).max((1, 3)) for frame in frames]


def shown(frames: Frames) -> Frames:
    """Without the colours of what is transparent."""
    return [np.where(frame[..., 3:] > 0, frame, 0) for frame in frames]


def animation(seed: int, *, clear: bool, count: int = 5) -> list[Image.Image]:
    """Frames of a few colours that differ in places; some pixels are transparent."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(1, 256, (9, 4), np.uint8)
    colours[:, 3] = 255
    if clear:
        colours[:3, 3] = 0
    picture = rng.integers(0, 9, (16, 20))
    frames = []
    for _ in range(count):
        top, left = rng.integers(0, 12), rng.integers(0, 14)
        picture[top : top + 5, left : left + 6] = rng.integers(
            0, 9, picture[top : top + 5, left : left + 6].shape
        )
        frames.append(Image.fromarray(colours[picture]))
    return frames


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("extension", ["gif", "png", "webp", "tif"])
@pytest.mark.parametrize("into", ["gif", "png", "webp", "tif"])
@pytest.mark.parametrize("seed", range(3))
def test_frames_are_what_they_were(
    poolcli: Poolcli, extension: str, into: str, clear: bool, seed: int
) -> None:
    frames = animation(seed, clear=clear)
    if extension == "gif":
        frames = [frame.convert("RGBA") for frame in frames]
    more: dict[str, Any] = {"webp": {"lossless": True}, "gif": {"disposal": 2}}.get(extension, {})
    frames[0].save(
        f"x.{extension}",
        save_all=True,
        append_images=frames[1:],
        duration=DURATIONS,
        loop=3,
        **more,
    )
    before = frames_of(f"x.{extension}")
    if into == "gif" and extension != "gif":
        return  # colours that came out of no palette do not go into one
    quality = ["--quality", 100] if into == "webp" else []
    ran = poolcli("max", f"x.{extension}", *quality, "-o", f"y.{into}", "--json")
    assert ran.code == 0, ran.err
    assert ran.record["frames"] == len(before)
    after = frames_of(f"y.{into}")
    assert len(after) == len(before)
    if into != "webp":
        for found, expected in zip(shown(after), shown(pooled(before)), strict=True):
            np.testing.assert_array_equal(found, expected)
    if "tif" not in (extension, into):
        durations, loop = timing(f"y.{into}")
        assert durations == DURATIONS
        assert loop == (4 if extension == "gif" and into != "gif" else 3)


FATES: list[tuple[str, Any]] = [
    *(("png", each) for each in (0, 1, 2, [0, 1, 2, 0, 1], [2, 2, 1, 0, 2])),
    *(("gif", each) for each in (0, 1, 2, 3, [1, 2, 3, 1, 2])),
]


@pytest.mark.parametrize(("extension", "disposal"), FATES)
@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_whatever_becomes_of_frames(
    poolcli: Poolcli, extension: str, disposal: Any, clear: bool, seed: int
) -> None:
    frames = animation(seed, clear=clear)
    more = {"disposal": disposal, "duration": DURATIONS}
    frames[0].save(f"x.{extension}", save_all=True, append_images=frames[1:], **more)
    before = frames_of(f"x.{extension}")
    ran = poolcli("max", f"x.{extension}", "-o", f"y.{extension}")
    assert ran.code == 0, ran.err
    after = frames_of(f"y.{extension}")
    assert len(after) == len(before)
    for found, expected in zip(shown(after), shown(pooled(before)), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("extension", ["png", "webp", "avif", "tif"])
def test_equal_frames_stay_apart(poolcli: Poolcli, extension: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "red")]
    for frame in frames[1:]:
        frame.putpixel((3, 3), (9, 9, 9))
    more: dict[str, Any] = {"duration": [50, 60, 70]} if extension != "tif" else {}
    frames[0].save(f"x.{extension}", save_all=True, append_images=frames[1:], **more)
    ran = poolcli("min", f"x.{extension}", "--k", 16, "-o", f"y.{extension}", "--json")
    assert ran.record["frames"] == 3
    with Image.open(f"y.{extension}") as image:
        assert image.n_frames == 3


def test_equal_frames_of_a_gif_are_one_for_as_long(poolcli: Poolcli) -> None:
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
            coloured = mode == "P" and pooling == "max"
            assert image.mode == ("RGB" if coloured else mode)


def test_frames_of_16_bits_go_into_tiff_alone(poolcli: Poolcli) -> None:
    rng = np.random.default_rng(4)
    frames = [Image.fromarray(rng.integers(0, 65536, (8, 8), np.uint16)) for _ in range(3)]
    frames[0].save("x.tif", save_all=True, append_images=frames[1:])
    ran = poolcli("max", "x.tif", "-o", "y.png")
    assert ran.code == 1
    assert "PNG cannot hold several frames of 16 bits; TIFF and .npz can" in ran.err
    assert poolcli("max", "x.tif", "-o", "y.tif").code == 0


def test_a_png_with_a_still_picture_first(poolcli: Poolcli) -> None:
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
    frames = animation(1, clear=False, count=3)
    quantized = [frame.convert("RGB").quantize(9) for frame in frames]
    quantized[0].save("x.png", save_all=True, append_images=quantized[1:], duration=1000 / 30)
    assert poolcli("max", "x.png", "-o", f"y.{into}").code == 0
    assert timing(f"y.{into}")[0] == [30 if into == "gif" else 33] * 3
    assert poolcli("max", "x.png", "-o", "y.png").code == 0
    assert timing("y.png")[0] == pytest.approx([1000 / 30] * 3)


@pytest.mark.parametrize(("loop", "expected"), [(None, None), (0, 0), (1, 1), (7, 7)])
def test_how_often_a_gif_is_repeated(poolcli: Poolcli, loop: Any, expected: Any) -> None:
    frames = animation(2, clear=False, count=3)
    more = {} if loop is None else {"loop": loop}
    frames[0].save("x.gif", save_all=True, append_images=frames[1:], duration=50, **more)
    poolcli("max", "x.gif", "-o", "y.gif")
    assert timing("y.gif")[1] == expected
    poolcli("max", "x.gif", "-o", "y.webp")
    plays = 1 if loop is None else loop + 1 if loop else 0
    assert timing("y.webp")[1] == plays


def test_backgrounds(poolcli: Poolcli) -> None:
    frames = animation(3, clear=False, count=2)
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
        assert colour_of_background(image) == colour_of_background(before)


def colour_of_background(image: Any) -> bytes:
    at = 3 * image.info["background"]
    return bytes(image.global_palette.palette)[at : at + 3]


def test_a_gif_of_many_colours_gets_a_palette_a_frame(poolcli: Poolcli, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    frames = [Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)) for _ in range(3)]
    frames[0].save("x.gif", save_all=True, append_images=frames[1:])
    before = frames_of("x.gif")
    assert poolcli("avg", "x.gif", "-o", "y.gif").code == 0
    for found, source in zip(frames_of("y.gif"), before, strict=True):
        exact = source.reshape(16, 2, 16, 2, 4).mean((1, 3))
        assert np.abs(found - exact).mean() < 12


def test_half_transparent_pixels_of_a_gif_are_seen_or_not(poolcli: Poolcli) -> None:
    image = Image.new("RGBA", (4, 4), (200, 10, 10, 255))
    for at in ((0, 0), (0, 1), (1, 0), (2, 0)):
        image.putpixel(at, (0, 0, 0, 0))
    image.save("x.gif")
    assert poolcli("avg", "x.gif", "-o", "y.gif").code == 0
    found = frames_of("y.gif")[0]
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


def disposals(path: str) -> list[int]:
    found = []
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            found.append(image.info["disposal"] if path.endswith("png") else image.disposal_method)
    return found


@pytest.mark.parametrize("still", [False, True])
def test_disposals_stay_where_they_can(poolcli: Poolcli, still: bool) -> None:
    frames = animation(5, clear=False, count=4)
    more: dict[str, Any] = {"default_image": True} if still else {}
    asked = [1, 0, 1] if still else [0, 1, 0, 1]
    frames[0].save(
        "x.png", save_all=True, append_images=frames[1:], disposal=asked, duration=50, **more
    )
    poolcli("max", "x.png", "-o", "y.png")
    with Image.open("x.png") as before, Image.open("y.png") as image:
        for number in range(still, 4):
            before.seek(number)
            image.seek(number)
            assert image.info["disposal"] == before.info["disposal"]


def test_disposals_of_a_gif(poolcli: Poolcli) -> None:
    frames = [frame.convert("RGB") for frame in animation(5, clear=False, count=4)]
    frames[0].save("x.gif", save_all=True, append_images=frames[1:], disposal=[1, 2, 1, 2])
    poolcli("max", "x.gif", "-o", "y.gif")
    assert disposals("y.gif") == [1, 2, 1, 2]


@pytest.mark.parametrize("extension", ["gif", "png"])
def test_very_long_frames(poolcli: Poolcli, extension: str) -> None:
    frames = [frame.convert("RGB") for frame in animation(6, clear=False, count=2)]
    frames[0].save("x.gif", save_all=True, append_images=frames[1:], duration=[655_350, 70_010])
    poolcli("max", "x.gif", "-o", f"y.{extension}")
    found, _ = timing(f"y.{extension}")
    assert found == pytest.approx([655_350, 70_010], rel=0.01)


def test_what_a_gif_cannot_hold_is_said(poolcli: Poolcli) -> None:
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


def test_a_grey_gif_with_transparency_stays_one(poolcli: Poolcli) -> None:
    grey = np.random.default_rng(1).integers(0, 9, (8, 8), np.uint8)
    image = Image.fromarray(grey)
    image.save("x.gif", transparency=3, optimize=False)
    ran = poolcli("max", "x.gif", "--json")
    assert (ran.code, ran.record["output"]) == (0, "x.max-k2-s2.gif")


def test_hidden_colours_take_no_place_in_a_palette() -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (16, 16, 4), np.uint8)
    pixels[..., 3] = 0
    seen = rng.integers(0, 256, (120, 3), np.uint8)
    pixels[:8, :15, :3], pixels[:8, :15, 3] = seen.reshape(8, 15, 3), 255
    made = quantize_colours(Image.fromarray(pixels), print, transparent=True)
    found = np.asarray(made.convert("RGBA"))
    np.testing.assert_array_equal(found[:8, :15], pixels[:8, :15])
    assert (found[8:, :, 3] == 0).all()


def test_unlike_palettes_are_not_shared(poolcli: Poolcli) -> None:
    pages = []
    for shift in (0, 9):
        page = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) // 8).convert("P")
        page.putpalette([(value * 7 + shift) % 256 for value in range(24)])
        pages.append(page)
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    expected = frames_of("x.tif")
    assert poolcli("mode", "x.tif", "--k", 1, "-o", "y.png").code == 0
    for found, page in zip(frames_of("y.png"), expected, strict=True):
        np.testing.assert_array_equal(found, page)


def test_frames_of_unlike_sizes_become_tiff(poolcli: Poolcli, tmp_path: Path) -> None:
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
