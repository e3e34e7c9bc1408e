"""`--fit` for pictures, arrays and stacks: thumbnails that keep the aspect ratio."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

import poolcli as library
from poolcli.batch import array_summary, large_outputs
from poolcli.core import blocks
from tests.conftest import Poolcli

RNG = np.random.default_rng(8)
ROOT = Path(__file__).parents[2]


def picture(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, np.uint8)


def words(line: str) -> list[str]:
    return line.split()


def test_a_folder_of_photos(poolcli: Poolcli) -> None:
    shapes = {"wide.png": (30, 80, 3), "tall.png": (90, 41), "small.png": (20, 32, 3)}
    Path("photos").mkdir()
    pixels = {name: picture(*shape) for name, shape in shapes.items()}
    for name, values in pixels.items():
        Image.fromarray(values).save(Path("photos") / name)
    result = poolcli(*words("avg photos/ --fit 32 -o thumbs/ --json"))
    assert {each["input"]: each["out"]["shape"] for each in result.records} == {
        "photos/wide.png": [12, 32, 3],
        "photos/tall.png": [32, 15],
        "photos/small.png": [20, 32, 3],
    }
    assert set(result.records[0]["window"].values()) == {None}
    for name, values in pixels.items():
        found = np.asarray(Image.open(Path("thumbs") / name))
        out_size = found.shape[:2]
        expected = library.adaptive_pool(values, "avg", out_size, axes=(0, 1), dtype="uint8")
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(Image.open("thumbs/small.png"), pixels["small.png"])


def test_names_and_sentences(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((20, 10)))
    result = poolcli(*words("max x.npy --fit 5"))
    assert result.out.startswith("max, longest side at most 5\n")
    assert np.load("x.max-fit5.npy").shape == (5, 3)
    record = poolcli(*words("max x.npy --fit 5 --axes Y --layout YX --ignore 0 --json")).record
    assert record["output"] == "x.max-fit5-axY-ign0.npy"
    assert record["out"]["shape"] == [5, 10]


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((90,), "", (30,)),
        ((2, 60, 45), "", (2, 30, 23)),
        ((2, 60, 45), "--layout ZYX", (1, 30, 23)),
        ((2, 60, 45), "--layout ZYX --axes X", (2, 60, 30)),
        ((8, 20, 40, 3), "--layout ZYXC", (6, 15, 30, 3)),
        ((4, 30, 20), "", (4, 30, 20)),
    ],
)
def test_arrays_of_any_number_of_axes(
    poolcli: Poolcli,
    monkeypatch: pytest.MonkeyPatch,
    shape: tuple[int, ...],
    options: str,
    expected: tuple[int, ...],
) -> None:
    x = RNG.random(shape)
    np.save("x.npy", x)
    line = ["quantile", "x.npy", "--q", "0.3", "--fit", 30, *options.split()]
    poolcli(*line, "-o", "y.npy")
    found = np.load("y.npy")
    sizes = [None if a == b else b for a, b in zip(shape, expected, strict=True)]
    all_axes = tuple(range(len(shape)))
    np.testing.assert_array_equal(
        found, library.adaptive_pool(x, "quantile", sizes, axes=all_axes, q=0.3)
    )
    monkeypatch.setattr(array_summary, "MAX_BYTES_IN_MEMORY", 0)
    monkeypatch.setattr(large_outputs, "MAX_BYTES_IN_MEMORY", 0)
    monkeypatch.setattr(blocks, "MAX_WORKING_SET_BYTES", 5000)
    poolcli(*line, "-o", "streamed.npy")
    np.testing.assert_array_equal(np.load("streamed.npy"), found)


@pytest.mark.parametrize(
    ("mode", "kind"), [("avg", "RGBA"), ("max", "I;16"), ("mode", "P"), ("avg", "LA")]
)
def test_a_picture_that_fits_keeps_its_pixels(poolcli: Poolcli, mode: str, kind: str) -> None:
    values = picture(9, 12, 4)
    values[::2, ::3, 3] = 0  # invisible pixels have colours
    image = Image.fromarray(values)
    if kind == "P":
        image = image.convert("RGB").quantize(16)
    elif kind == "LA":
        image = Image.merge("LA", (image.getchannel(0), image.getchannel(3)))
    elif kind == "I;16":
        image = Image.fromarray(values[..., 0].astype(np.uint16) * 257)
    image.save("a.png")
    poolcli(mode, "a.png", "--fit", 12, "-o", "b.png")
    with Image.open("b.png") as found:
        assert found.mode == kind
        np.testing.assert_array_equal(found, image)
        assert found.getpalette() == image.getpalette()


def test_frames_keep_their_times(poolcli: Poolcli) -> None:
    frames = [Image.fromarray(picture(40, 60)) for _ in range(3)]
    frames[0].save("a.gif", save_all=True, append_images=frames[1:], duration=[40, 50, 60])
    record = poolcli(*words("max a.gif --fit 30 -o b.gif --json")).record
    assert (record["frames"], record["out"]["shape"][:2]) == (3, [20, 30])
    with Image.open("b.gif") as image:
        times = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
        assert (image.size, times) == ((30, 20), [40, 50, 60])


@pytest.mark.parametrize(
    ("side", "pixel_size"), [(80, 30), (99, 30), (40, 60), (20, 120), (19, None)]
)
def test_position_and_scale_follow_windows_of_one_length(
    poolcli: Poolcli, side: int, pixel_size: float | None
) -> None:
    result = poolcli("avg", ROOT / "samples/dem.tif", "--fit", side, "-o", "b.tif", "--json")
    dropped = [note for note in result.record["notes"] if "has no common step" in note]
    info = poolcli("info", "b.tif", "--json").record["pixel_size"]
    if pixel_size is None:
        assert (len(dropped), info) == (1, None)
    else:
        assert (len(dropped), info["Y"]["size"], info["X"]["size"]) == (0, pixel_size, pixel_size)


def test_explanations_say_why_a_size_is_so(poolcli: Poolcli) -> None:
    np.save("x.npy", np.arange(24.0).reshape(4, 6))
    shown = poolcli(*words("explain avg x.npy --fit 4")).out
    assert "rows: 3, so that the longest side is 4; window i covers floor(i*4/3) up to" in shown
    assert "columns: 4, so that the longest side is 4; window i covers floor(i*6/4)" in shown
    shown = poolcli(*words("explain avg x.npy --fit 6")).out
    assert "rows: 4: an axis that already fits 6 stays as it is" in shown


def test_compare_and_info(poolcli: Poolcli) -> None:
    Image.fromarray(picture(30, 40, 3)).save("a.png")
    rows = poolcli(*words("compare a.png --fit 20 --modes max,avg --json")).records
    assert Path("a.compare-fit20.png").is_file()
    assert [row["shape"] for row in rows if row["mode"]] == [[15, 20, 3]] * 2
    np.save("x.npy", np.zeros((2, 512, 300)))
    would_make = poolcli("info", "x.npy", "--json").record["would_make"]
    assert would_make["--fit 256"] == [2, 256, 150]


@pytest.mark.parametrize(
    "other",
    ["--global", "--adaptive 3", "--k 2", "--s 2", "--p 1", "--d 2", "--ceil", "--floor",
     "--padding-mode reflect", "--footprint disk", "--levels 2", "--exclude-pad",
     "--count-include-pad", "--divisor 3", "--pyramid --levels 2"],
)  # fmt: skip
def test_it_excludes_all_options_of_other_windows(poolcli: Poolcli, other: str) -> None:
    result = poolcli("avg", "x.npy", "--fit", 9, *other.split())
    assert result.code == 2
    assert "--fit" in result.err
    assert "exclude each other" in " ".join(result.err.split())


@pytest.mark.parametrize("value", ["0", "-1", "2.5", "big", "99999999999", ""])
def test_values_that_are_not_sizes(poolcli: Poolcli, value: str) -> None:
    result = poolcli("avg", "x.npy", "--fit", value)
    assert (result.code, "--fit" in result.err) == (2, True)


def test_indices_and_min_valid(poolcli: Poolcli) -> None:
    x = RNG.integers(0, 3, (20, 30)).astype(np.float32)
    np.save("x.npy", x)
    poolcli(*words("max x.npy --fit 6 --ignore 0 --ignore 2 --min-valid 0.4 --indices at.npy"))
    values, indices = library.adaptive_pool(
        x, "max", (4, 6), ignore=(0, 2), min_valid=0.4, return_indices=True
    )
    np.testing.assert_array_equal(np.load("x.max-fit6-ign0-ign2-valid0.4.npy"), values)
    np.testing.assert_array_equal(np.load("at.npy"), indices)
    assert json.loads(poolcli(*words("max x.npy --fit 6 --dry-run --json")).out)["status"]
