"""Tests of animations: their frames are the figures of all steps, whatever the format."""

from __future__ import annotations

import io
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from poolcli.cli.request_builder import build_request
from poolcli.explain.animation import encode_animation as encode_module
from poolcli.explain.animation.animation_crop import legible_explanations
from poolcli.explain.animation.draw_frames import EDGE_LEVELS, draw_frames
from poolcli.explain.animation.encode_animation import (
    encode_animation,
    encode_largest_animation,
    frame_durations,
)
from poolcli.explain.animation_steps import animation_steps
from poolcli.explain.explainer import Explainer, open_explainer
from poolcli.explain.explanation import Explanation
from poolcli.explain.figure.choose_arrangement import arrange_figure
from poolcli.explain.figure.draw_image import draw_image
from poolcli.explain.figure.shapes import Label
from poolcli.explain.figure.style import FigureStyle
from tests.conftest import Poolcli
from tests.explain.test_explainer import FEATURE_MAP

NARROW = FigureStyle(width=240)
EXTENSIONS = [".gif", ".webp", ".apng"]

_RNG = np.random.default_rng(7)


def _array(*shape: int) -> np.ndarray[Any, Any]:
    return _RNG.integers(0, 99, shape)


def _pixels(*shape: int) -> np.ndarray[Any, Any]:
    return _RNG.integers(0, 256, shape, np.uint8)


CASES: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "max of an array": (FEATURE_MAP, "max", {}),
    "padding": (FEATURE_MAP, "avg", {"kernel_size": "3", "stride": "2", "padding": "1"}),
    "one axis": (_array(9), "max", {"kernel_size": "3", "stride": "2", "dilation": "2"}),
    "three axes": (_array(2, 4, 4), "median", {"kernel_size": "2x2x2"}),
    "planes": (_array(3, 2, 4), "sum", {}),
    "one output": (FEATURE_MAP, "std", {"global_window": True}),
    "footprint": (_array(5, 5), "min", {"kernel_size": "3", "footprint": "cross"}),
    "photo": (_pixels(3, 5, 3), "max", {"kernel_size": "3", "stride": "2"}),
    "alpha": (_pixels(4, 4, 4), "avg", {}),
    "grey": (_pixels(4, 4), "max", {}),
}
IMAGES = "photo", "alpha", "grey"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("animations")


@contextmanager
def explainer_of(folder: Path, name: str) -> Iterator[Explainer]:
    array, mode, options = CASES[name]
    if name in IMAGES:
        path = folder / "x.png"
        Image.fromarray(array).save(path)
    else:
        path = folder / "x.npy"
        np.save(path, array)
    with open_explainer(build_request(mode, {"inputs": [str(path)], **options})) as explainer:
        yield explainer


def explain(folder: Path, name: str) -> Explanation:
    with explainer_of(folder, name) as explainer:
        return next(legible_explanations(explainer, None, NARROW))


def encode(explanation: Explanation, extension: str, style: FigureStyle = NARROW) -> bytes:
    data = encode_animation(explanation, extension, style)
    assert data is not None
    return data


def frames_of(data: bytes) -> list[np.ndarray[Any, Any]]:
    with Image.open(io.BytesIO(data)) as image:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("name", CASES)
def test_frames_are_the_figures_of_all_steps(folder: Path, name: str) -> None:
    explanation = explain(folder, name)
    style = FigureStyle("dark" if name == "padding" else "light", NARROW.width)
    arranged = arrange_figure(explanation, style, is_animated=True)
    figures = [arranged.figure(step) for step in animation_steps(explanation)]
    frames = frames_of(encode(explanation, ".webp", style))
    assert len(frames) == len(explanation.planes[0].all_windows) + 2
    for number, (frame, figure) in enumerate(zip(frames, figures, strict=True)):
        assert (figure.width, figure.height) == (NARROW.width, arranged.height)
        drawn = np.asarray(draw_image(figure, EDGE_LEVELS))
        np.testing.assert_array_equal(frame, drawn, f"frame {number}")
    assert all(change.is_changed.any() for change in draw_frames(figures))


@pytest.mark.parametrize("extension", [".gif", ".apng"])
@pytest.mark.parametrize("name", ["one output", "photo"])
def test_formats_have_the_same_frames(folder: Path, extension: str, name: str) -> None:
    explanation = explain(folder, name)
    frames = frames_of(encode(explanation, extension))
    expected = frames_of(encode(explanation, ".webp"))
    np.testing.assert_array_equal(np.stack(frames), np.stack(expected))


@pytest.mark.parametrize("name", CASES)
def test_figures_have_the_texts_of_the_steps(folder: Path, name: str) -> None:
    explanation = explain(folder, name)
    arranged = arrange_figure(explanation, NARROW, is_animated=True)
    has_numbers = name not in ("photo", "alpha")
    for step in animation_steps(explanation):
        labels = [shape for shape in arranged.figure(step).shapes if isinstance(shape, Label)]
        texts = Counter(label.text for label in labels)
        if has_numbers:
            for plane in [*step.input_cells, *step.output_cells]:
                cells = Counter(text for rows in plane for row in rows for text in row)
                del cells["·"], cells[""]
                assert not cells - texts
            written = {text for plane in step.output_cells for s in plane for r in s for text in r}
            assert step.filled or not any(written)
        arithmetic = "".join(text.replace(" ", "") for text in texts.elements())
        for line in step.lines:
            assert line.replace(" ", "") in arithmetic
        assert step.progress in texts or not step.progress


def test_outputs_without_a_value_are_empty(folder: Path) -> None:
    np.save(folder / "x.npy", np.full((4, 4), 7))
    with open_explainer(build_request("sum", {"inputs": [str(folder / "x.npy")]})) as explainer:
        explanation = next(legible_explanations(explainer, None, NARROW))
    arranged = arrange_figure(explanation, NARROW, is_animated=True)
    figures = [arranged.figure(step) for step in animation_steps(explanation)]
    labels = [[each for each in figure.shapes if isinstance(each, Label)] for figure in figures]
    counts = [sum(label.text == "28" for label in each) for each in labels]
    assert counts == [0, 1, 2, 3, 4, 4]


def test_the_first_and_the_last_frame_stay_longer() -> None:
    assert frame_durations(5, 4) == [1, Fraction(1, 4), Fraction(1, 4), Fraction(1, 4), 2]
    assert frame_durations(3, 0.1) == [10, 10, 20]
    assert sum(frame_durations(198, None)[1:-1]) == 30


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_example_is_small(folder: Path, extension: str) -> None:
    with explainer_of(folder, "max of an array") as explainer:
        data = encode_largest_animation(explainer, None, extension, FigureStyle())
    assert len(data) < 50_000


def test_fewer_windows_are_shown_if_a_file_would_be_large(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(_pixels(6, 6, 3)).save(folder / "large.png")
    request = build_request("max", {"inputs": [str(folder / "large.png")]})
    wide = FigureStyle(width=400)
    with open_explainer(request) as explainer:
        sizes = [
            len(each.columns.positions) for each in legible_explanations(explainer, None, wide)
        ]
        assert sizes == sorted(sizes, reverse=True)
        whole = len(encode_largest_animation(explainer, None, ".gif", wide))
        monkeypatch.setattr(encode_module, "MAX_BYTES", whole - 1)
        assert len(encode_largest_animation(explainer, None, ".gif", wide)) < whole
        # A file that is four times as wide may be eight times as large.
        monkeypatch.setattr(encode_module, "DEFAULT_WIDTH", wide.width / 4)
        monkeypatch.setattr(encode_module, "MAX_BYTES", whole / 8)
        assert len(encode_largest_animation(explainer, None, ".gif", wide)) == whole


def test_numbers_of_a_crop_can_be_read_and_windows_are_whole(folder: Path) -> None:
    np.save(folder / "x.npy", _RNG.normal(size=(30, 30)))
    options = {"inputs": [str(folder / "x.npy")], "kernel_size": "5", "stride": "1"}
    with open_explainer(build_request("max", options)) as explainer:
        for at in (None, (20, 29)):
            explanation = next(legible_explanations(explainer, at, FigureStyle()))
            arranged = arrange_figure(explanation, FigureStyle(), is_animated=True)
            assert arranged.arrangement.cell_font_size >= 13
            assert all(crop.has_whole_windows for crop in explanation.crops)
            assert at is None or at[1] in explanation.columns.positions


def test_16_by_16_integers_are_shown_whole(folder: Path) -> None:
    np.save(folder / "x.npy", _RNG.integers(100, 256, (16, 16), np.uint8))
    options = {"inputs": [str(folder / "x.npy")], "kernel_size": "1", "stride": "1"}
    with open_explainer(build_request("max", options)) as explainer:
        explanation = next(legible_explanations(explainer, None, FigureStyle()))
    assert explanation.crop_text is None
    assert len(animation_steps(explanation)) == 258


def test_pixels_of_several_channels_need_no_room_for_numbers(folder: Path) -> None:
    Image.fromarray(_RNG.integers(0, 256, (16, 16, 3), np.uint8)).save(folder / "x.png")
    options = {"inputs": [str(folder / "x.png")], "kernel_size": "4"}
    with open_explainer(build_request("mode", options)) as explainer:
        explanation = next(legible_explanations(explainer, None, FigureStyle()))
    assert explanation.crop_text is None
    assert not explanation.has_numbers_in_cells


def test_rings_fit_into_the_smallest_cells(folder: Path) -> None:
    np.save(folder / "x.npy", np.array([np.nan, np.inf, 1e300, 1e-300, 0, 1, 2]))
    options = {"inputs": [str(folder / "x.npy")], "global_window": True}
    with open_explainer(build_request("max", options)) as explainer:
        data = encode_largest_animation(explainer, None, ".gif", FigureStyle(width=160))
        assert len(frames_of(data)) == 3


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("a.gif", b"GIF89a"),
        ("a.webp", b"RIFF"),
        ("a.apng", b"\x89PNG"),
        ("a.PNG", b"\x89PNG"),
        ("a", b"GIF89a"),
    ],
)
def test_the_extension_names_the_format(
    poolcli: Poolcli, tmp_path: Path, name: str, signature: bytes
) -> None:
    np.save("x.npy", FEATURE_MAP)
    result = poolcli("explain", "max", "x.npy", "--gif", name, "--width", NARROW.width, "--fps", 5)
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith(f"Written: {name}\n")
    data = (tmp_path / name).read_bytes()
    assert data.startswith(signature)
    assert len(frames_of(data)) == 6


def test_an_animation_is_written_to_a_pipe(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", FEATURE_MAP)
    os.mkfifo(tmp_path / "pipe")
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    result = poolcli("explain", "max", "x.npy", "--gif", "pipe", "--width", NARROW.width)
    reader.join()
    assert result.code == 0
    assert len(frames_of(received[0])) == 6


def test_an_interrupt_leaves_no_file(
    poolcli: Poolcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object) -> bytes:
        raise KeyboardInterrupt

    np.save("x.npy", FEATURE_MAP)
    monkeypatch.setattr(encode_module, "encode_gif", interrupt)
    assert poolcli("explain", "max", "x.npy", "--gif", "x.gif").code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]
