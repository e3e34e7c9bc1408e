"""Tests of explanations: their values are the core's, and their arithmetic is right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from poolcli.cli.request_builder import build_request
from poolcli.core.errors import ArgumentError
from poolcli.core.modes import MODES
from poolcli.core.shape_text import shape_text
from poolcli.explain.explainer import Explainer, open_explainer
from poolcli.explain.explanation import Explanation, WindowResult
from poolcli.explain.window_formulas import FORMULAS
from tests import oracle
from tests.core.example_mode import register_midrange

FEATURE_MAP = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)


@contextmanager
def array_explainer(
    path: Path, array: np.ndarray[Any, Any], mode: str, **options: object
) -> Iterator[Explainer]:
    """Write an array to a file, and open an explainer for it as the command line does."""
    np.save(path, array)
    with open_explainer(build_request(mode, {"inputs": [str(path)], **options})) as explainer:
        yield explainer


def explain_array(
    path: Path, array: np.ndarray[Any, Any], mode: str, **options: object
) -> Explanation:
    """Write an array to a file and explain its first windows."""
    with array_explainer(path, array, mode, **options) as explainer:
        return explainer.explain()


def explain_image(
    path: Path, pixels: np.ndarray[Any, Any], mode: str, **options: object
) -> Explanation:
    """Write pixels to a PNG file and explain its first windows."""
    image_path = path.with_suffix(".png")
    Image.fromarray(pixels).save(image_path)
    with open_explainer(build_request(mode, {"inputs": [str(image_path)], **options})) as explainer:
        return explainer.explain()


def window_results(explanation: Explanation) -> list[WindowResult]:
    """Return the windows of all planes."""
    return [window for plane in explanation.planes for window in plane.all_windows]


def arithmetic(explanation: Explanation) -> list[str]:
    """Return the arithmetic of the windows of all planes."""
    return [window.arithmetic for window in window_results(explanation)]


def roles(explanation: Explanation) -> set[str]:
    """Return the roles of the elements of all planes."""
    return {each.role for plane in explanation.planes for each in plane.all_elements}


@pytest.fixture(scope="module")
def npy_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("explain") / "x.npy"


@pytest.mark.parametrize(
    ("mode", "options", "text"),
    [
        ("max", {}, "max(1, 3, 5, 6) = 6 at (1, 1)"),
        ("min", {}, "min(1, 3, 5, 6) = 1 at (0, 0)"),
        ("avg", {}, "(1+3+5+6)/4 = 3.75"),
        ("avg", {"divisor": 2}, "(1+3+5+6)/2 = 7.5"),
        ("avg", {"ignore": "5"}, "(1+3+6)/3 = 3.33333"),
        ("sum", {}, "1+3+5+6 = 15"),
        ("lp", {}, "(|1|^2+|3|^2+|5|^2+|6|^2)^(1/2) = 8.42615"),
        ("lp", {"norm": "inf"}, "max(|1|, |3|, |5|, |6|) = 6"),
        ("gem", {}, "((1^3+3^3+5^3+6^3)/4)^(1/3) = 4.51844"),
        ("median", {}, "sorted 1 3 5 6: (3+5)/2 = 4"),
        ("median", {"kernel_size": "1x3"}, "sorted 1 2 3: 2"),
        ("quantile", {"q": "0.9"},
         "sorted 1 3 5 6, q 0.9: position 0.9*(4-1) = 2.7, 5 + 0.7*(6-5) = 5.7"),
        ("mode", {}, "1 (1 time), 3 (1), 5 (1), 6 (1): 1, the smallest of the most frequent"),
        ("rms", {}, "sqrt((1^2+3^2+5^2+6^2)/4) = 4.21307"),
        ("blur", {}, "(1*1+1*3+1*5+1*6)/4 = 3.75"),
        ("blur", {"kernel_size": "1x3"}, "(1*1+2*3+1*2)/4 = 2.25"),
        ("blur", {"kernel_size": "3", "padding": "1"}, "(4*1+2*3+2*5+1*6)/9 = 2.88889"),
        ("blur", {"kernel_size": "3", "ignore": "3"},
         "(1*1+1*2+2*5+4*6+2*7+1*2+2*4+1*1)/14 = 4.42857"),
        ("range", {}, "max 6 at (1, 1), min 1 at (0, 0): 6-1 = 5"),
        ("std", {}, "mean 3.75, sqrt(((1-3.75)^2+(3-3.75)^2+(5-3.75)^2+(6-3.75)^2)/4) = 1.92029"),
    ],
)  # fmt: skip
def test_arithmetic_of_each_mode(
    npy_path: Path, mode: str, options: dict[str, Any], text: str
) -> None:
    assert arithmetic(explain_array(npy_path, FEATURE_MAP, mode, **options))[0] == text


def test_every_mode_has_a_formula() -> None:
    assert {mode.formula for mode in MODES.values()} == set(FORMULAS) - {"plain"}


@pytest.mark.parametrize(
    ("method", "end"),
    [
        ("lower", "position 0.5*(4-1) = 1.5, lower 1: 3"),
        ("higher", "position 0.5*(4-1) = 1.5, higher 2: 5"),
        ("nearest", "position 0.5*(4-1) = 1.5, nearest 2: 5"),
        ("midpoint", "position 0.5*(4-1) = 1.5, (3+5)/2 = 4"),
    ],
)
def test_interpolation_methods_of_quantile(npy_path: Path, method: str, end: str) -> None:
    explanation = explain_array(npy_path, FEATURE_MAP, "quantile", method=method)
    assert arithmetic(explanation)[0].endswith(end)


@pytest.mark.parametrize(
    ("mode", "values", "text"),
    [
        ("sum", [-1.5, 2, -3], "(-1.5)+2+(-3) = -2.5"),
        ("lp", [1, -3], "(|1|^2+|-3|^2)^(1/2) = 3.16228"),
        ("gem", [-2, 1], "((max(-2, 1e-6)^3+1^3)/2)^(1/3) = 0.793701"),
        ("quantile", [1, -np.inf],
         "sorted -inf 1, q 0.5: position 0.5*(2-1) = 0.5, between -inf and 1 = -inf"),
        ("max", [1, np.nan, np.inf], "max(1, nan, inf) = nan at 1"),
        ("median", [1, np.nan], "1 nan, contains NaN: nan"),
        ("mode", [4, 7, 4, np.nan, 4], "4 (3 times), 7 (1), nan (1): 4"),
        ("mode", [np.nan, np.nan, 1], "nan (2 times), 1 (1): nan"),
        ("avg", [1 + 2j, -1j], "((1+2j)+(0-1j))/2 = 0.5+0.5j"),
        ("blur", [1 + 2j, -1j, 1], "(1*(1+2j)+2*(0-1j)+1*(1+0j))/4 = 0.5+0j"),
        ("rms", [1, -7], "sqrt((1^2+(-7)^2)/2) = 5"),
        ("range", [2, np.nan], "contains NaN: nan"),
        ("range", [-3, 2, np.inf], "max inf at 2, min -3 at 0: inf-(-3) = inf"),
        ("sum", [True, False, True], "1+0+1 = 2"),
        ("sum", [2**63 - 1, 1],
         "9223372036854775807+1 = -9223372036854775808, wrapped into the range of int64"),
    ],
)  # fmt: skip
def test_arithmetic_of_special_values(
    npy_path: Path, mode: str, values: list[Any], text: str
) -> None:
    assert arithmetic(explain_array(npy_path, np.array(values), mode, global_window=True)) == [text]


def test_long_windows_are_abbreviated(npy_path: Path) -> None:
    values = np.arange(256.0).reshape(16, 16)
    (text,) = arithmetic(explain_array(npy_path, values, "sum", global_window=True))
    assert text == "0+1+2+3+4+5+… and 249 more …+255 = 32640"
    (text,) = arithmetic(explain_array(npy_path, np.zeros((200, 200)), "max", global_window=True))
    assert text == "max of 40000 elements = 0 at (0, 0)"


def test_windows_without_elements(npy_path: Path) -> None:
    zeros = np.zeros(2, np.uint8)
    window = {"kernel_size": "2", "padding": "2", "dilation": "4", "stride": "1"}
    assert "only padding: nan" in arithmetic(explain_array(npy_path, zeros, "median", **window))
    texts = arithmetic(explain_array(npy_path, zeros, "max", ignore="0"))
    assert set(texts) == {"only ignored elements: 0"}


@st.composite
def window_options(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the options of small windows that fit planes of 7 by 8."""
    kind = draw(st.sampled_from(["fixed", "fixed", "same", "adaptive", "global"]))
    if kind == "global":
        return {"global_window": True}
    if kind == "adaptive":
        return {"adaptive": f"{draw(st.integers(1, 9))}x{draw(st.integers(1, 9))}"}
    kernel_size = [draw(st.integers(1, 3)) for _ in range(2)]
    dilation = draw(st.integers(1, 2))
    padding = [draw(st.integers(0, min(2, dilation * (size - 1)))) for size in kernel_size]
    return {
        "kernel_size": shape_text(kernel_size),
        "stride": str(draw(st.integers(1, 4))),
        "dilation": str(dilation),
        "ceil": draw(st.booleans()),
        "padding": "same" if kind == "same" else shape_text(padding),
    }


def oracle_result(
    array: np.ndarray[Any, Any], mode: str, options: dict[str, Any]
) -> np.ndarray[Any, Any]:
    """Return the output of the oracle."""
    ignore: dict[str, Any] = {"ignore": 2} if options.get("ignore") else {}
    if options.get("global_window"):
        return oracle.global_pool(array, mode, **ignore)[0]

    def sizes(name: str) -> list[int]:
        return [int(part) for part in options[name].split("x")]

    if "adaptive" in options:
        return oracle.adaptive_pool(array, mode, sizes("adaptive"), **ignore)[0]
    padding = options["padding"] if options["padding"] == "same" else sizes("padding")
    return oracle.pool(
        array, mode, sizes("kernel_size"), int(options["stride"]), padding,
        int(options["dilation"]), ceil_mode=options["ceil"], **ignore,
    )[0]  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=12, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.data())
def test_values_are_those_of_the_oracle(npy_path: Path, mode: str, data: st.DataObject) -> None:
    options = data.draw(window_options())
    if data.draw(st.booleans()):
        options["ignore"] = "2"
    dtype = data.draw(st.sampled_from(["uint8", "int16", "float32"]))
    seed = data.draw(st.integers(0, 1000))
    array = np.random.default_rng(seed).integers(0, 9, (7, 8)).astype(dtype)
    if dtype != "uint8":
        array -= 3
    output = oracle_result(array, mode, options)
    explanation = explain_array(npy_path, array, mode, **options)
    for window in window_results(explanation):
        assert np.isclose(window.value, output[window.position[1:]], rtol=1e-6, equal_nan=True)
        check_arithmetic(mode, window)
    if "adaptive" not in options and options.get("padding") != "same":
        sizes = [int(formula.split()[-1]) for formula in explanation.size_formulas]
        assert tuple(sizes) == output.shape
    check_chosen_elements(mode, explanation)


def check_arithmetic(mode: str, window: WindowResult) -> None:
    """Check that the arithmetic of sums and means gives the value."""
    if mode in ("avg", "sum") and "…" not in window.arithmetic and " = " in window.arithmetic:
        formula = window.arithmetic.partition(" = ")[0]
        assert re.fullmatch(r"[-+/()0-9.]+", formula)
        assert np.isclose(eval(formula), window.value, rtol=1e-5)


def check_chosen_elements(mode: str, explanation: Explanation) -> None:
    """Check that chosen elements are output values, in the modes that choose one."""
    (plane,) = explanation.planes
    values = {window.value for window in plane.all_windows}
    chosen = [each.value for each in plane.all_elements if each.role == "chosen"]
    if mode in ("max", "min", "mode"):
        assert set(chosen) <= values
    if mode in ("avg", "sum", "lp", "gem", "std"):
        assert not chosen


def test_values_of_a_crop_are_those_of_the_whole(npy_path: Path) -> None:
    array = np.random.default_rng(0).random((40, 50)).astype(np.float32)
    window = {"kernel_size": "3", "stride": "2", "padding": "1"}
    with array_explainer(npy_path, array, "max", **window) as explainer:
        explanation = explainer.explain((20, 31))
    output, indices = oracle.pool(array, "max", 3, 2, 1)
    assert indices is not None
    for result in window_results(explanation):
        assert result.value == output[result.position[1:]]
        row, column = divmod(int(indices[result.position[1:]]), 50)
        assert result.arithmetic.endswith(f"at ({row}, {column})")
    assert 20 in explanation.rows.positions
    assert 31 in explanation.columns.positions
    assert explanation.crop_text == (
        "rows 19-29, columns 29-39 of 40x50; --at ROW,COL shows another region"
    )


def test_element_in_no_window_is_noted(npy_path: Path) -> None:
    window = {"kernel_size": "1", "stride": "4"}
    with array_explainer(npy_path, np.zeros((20, 20)), "max", **window) as explainer:
        assert "no window contains (2, 3)" in explainer.explain((2, 3)).notes
        assert not explainer.explain((4, 8)).notes


def test_planes_are_named_by_their_index(npy_path: Path) -> None:
    explanation = explain_array(npy_path, np.zeros((2, 2, 4, 4)), "max")
    assert [plane.name for plane in explanation.planes] == [
        "[0, 0, :, :]", "[0, 1, :, :]", "[1, 0, :, :]"
    ]  # fmt: skip
    assert explanation.notes == ["the first 3 of 4 planes are shown"]
    assert len(explain_array(npy_path, np.zeros((4, 4, 3)), "max", layout="HWC").planes) == 3
    assert [plane.name for plane in explain_array(npy_path, np.zeros((4, 9)), "max").planes] == [""]


def test_roles_of_padding(npy_path: Path) -> None:
    window = {"kernel_size": "3", "stride": "2", "padding": "1"}

    def padding_roles(mode: str, **options: object) -> set[str]:
        return roles(explain_array(npy_path, FEATURE_MAP, mode, **window, **options))

    assert padding_roles("avg") == {"", "zero padding"}
    assert padding_roles("avg", exclude_pad=True) == {"", "skipped padding"}
    assert padding_roles("sum") == {"", "zero padding"}
    assert padding_roles("sum", ignore="3") == {"", "skipped padding", "ignored"}
    assert padding_roles("max") == {"", "skipped padding", "chosen"}
    # What the last window of --ceil covers beyond the data does not count.
    beyond = explain_array(npy_path, FEATURE_MAP[:3], "avg", kernel_size="2", ceil=True)
    assert roles(beyond) == {"", "skipped padding"}


def test_channels_of_images(npy_path: Path) -> None:
    pixels = np.array([[[10, 0, 0, 255], [20, 0, 0, 0]]], np.uint8)
    window = {"kernel_size": "1x2"}
    weighted = explain_image(npy_path, pixels, "avg", **window)
    assert [plane.name for plane in weighted.planes] == ["R", "G", "B", "A"]
    assert arithmetic(weighted)[0] == "(10*255+20*0)/(255+0) = 10"
    assert arithmetic(weighted)[3] == "(255+0)/2 = 127.5"
    straight = explain_image(npy_path, pixels, "avg", **window, straight_alpha=True)
    assert arithmetic(straight)[0] == "(10+20)/2 = 15"
    transparent = explain_image(npy_path, pixels * np.uint8([1, 1, 1, 0]), "avg", **window)
    assert arithmetic(transparent)[0] == (
        "(10*0+20*0)/(0+0): 0, because all pixels are fully transparent"
    )
    (text,) = arithmetic(explain_image(npy_path, pixels, "mode", **window))
    assert text == (
        "10,0,0,255 (1 time), 20,0,0,0 (1): 10,0,0,255, the smallest of the most frequent"
    )


def test_palette_indices(npy_path: Path) -> None:
    path = npy_path.with_suffix(".png")
    image = Image.fromarray(np.array([[1, 1], [2, 0]], np.uint8)).convert("P")
    image.putpalette([9, 9, 9, 0, 0, 0, 255, 0, 0])
    image.save(path)
    with open_explainer(build_request("mode", {"inputs": [str(path)]})) as explainer:
        explanation = explainer.explain()
    assert arithmetic(explanation) == ["1 (2 times), 0 (1), 2 (1): 1"]
    assert explanation.notes == ["the numbers are indices into the image's palette"]


def test_new_mode_is_explained_as_a_function_call(
    npy_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODES, "midrange", MODES["max"])  # so that it is removed afterwards
    register_midrange()
    assert (
        arithmetic(explain_array(npy_path, FEATURE_MAP, "midrange"))[0]
        == "midrange(1, 3, 5, 6) = 3.5"
    )


@pytest.mark.parametrize(
    ("at", "message"),
    [((4, 0), "there is no element 4,0: .* 4x4, its last element is 3,3"), ((1,), "needs 2")],
)
def test_position_off_the_input_is_an_error(
    npy_path: Path, at: tuple[int, ...], message: str
) -> None:
    with (
        array_explainer(npy_path, FEATURE_MAP, "max") as explainer,
        pytest.raises(ArgumentError, match=message),
    ):
        explainer.explain(at)


def test_only_the_blocks_shown_are_read(tmp_path: Path) -> None:
    array = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float64, (1 << 15, 1 << 14))
    array[30000, 10000] = 7
    del array  # the file has 4 GB, nearly all of it a hole
    with open_explainer(build_request("max", {"inputs": [str(tmp_path / "x.npy")]})) as explainer:
        explanation = explainer.explain((30000, 10001))
    assert arithmetic(explanation)[0] == "max(7, 0, 0, 0) = 7 at (30000, 10000)"
