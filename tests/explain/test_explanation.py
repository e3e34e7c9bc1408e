"""Explanations: their values are the core's, their arithmetic adds up, their sizes are right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from poolcli.cli.request_builder import build
from poolcli.core.axis import Axis
from poolcli.core.errors import ArgumentError
from poolcli.core.modes import MODES
from poolcli.core.window import Window
from poolcli.explain.axis_crop import Strip, holding, positions, size_formula, strip
from poolcli.explain.explanation import Explanation, Study, studied
from poolcli.explain.plane import Case
from tests import oracle


@contextmanager
def study(path: Path, x: np.ndarray[Any, Any], mode: str, **flags: object) -> Iterator[Study]:
    """Look at an array as the command line does."""
    np.save(path, x)
    with studied(build(mode, {"inputs": [str(path)], **flags})) as found:
        yield found


def explained(path: Path, x: np.ndarray[Any, Any], mode: str, **flags: object) -> Explanation:
    with study(path, x, mode, **flags) as found:
        return found.explain()


def cases(explanation: Explanation) -> list[Case]:
    return [case for plane in explanation.planes for case in chain(*plane.cases)]


def texts(explanation: Explanation) -> list[str]:
    return [case.text for case in cases(explanation)]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("explain") / "x.npy"


X = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)


@pytest.mark.parametrize(
    ("mode", "flags", "text"),
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
        ("mode", {}, "1 (1 time), 3 (1), 5 (1), 6 (1): 1, the smallest of equals"),
        ("std", {}, "mean 3.75, sqrt(((1-3.75)^2+(3-3.75)^2+(5-3.75)^2+(6-3.75)^2)/4) = 1.92029"),
    ],
)  # fmt: skip
def test_arithmetic(file: Path, mode: str, flags: dict[str, Any], text: str) -> None:
    assert texts(explained(file, X, mode, **flags))[0] == text


def test_every_mode_has_a_way() -> None:
    from poolcli.explain.formulas import WAYS

    assert {mode.formula for mode in MODES.values()} == set(WAYS) - {"plain"}


@pytest.mark.parametrize(
    ("method", "end"),
    [
        ("lower", "position 0.5*(4-1) = 1.5, lower 1, 3 stands there"),
        ("higher", "position 0.5*(4-1) = 1.5, higher 2, 5 stands there"),
        ("nearest", "position 0.5*(4-1) = 1.5, nearest 2, 5 stands there"),
        ("midpoint", "position 0.5*(4-1) = 1.5, (3+5)/2 = 4"),
    ],
)
def test_methods_of_quantiles(file: Path, method: str, end: str) -> None:
    from poolcli.cli.options import Method

    assert texts(explained(file, X, "quantile", method=Method(method)))[0].endswith(end)


@pytest.mark.parametrize(
    ("mode", "x", "text"),
    [
        ("sum", [-1.5, 2, -3], "(-1.5)+2+(-3) = -2.5"),
        ("lp", [1, -3], "(|1|^2+|-3|^2)^(1/2) = 3.16228"),
        ("gem", [-2, 1], "((max(-2, 1e-6)^3+1^3)/2)^(1/3) = 0.793701"),
        ("max", [1, np.nan, np.inf], "max(1, nan, inf) = nan at 1"),
        ("median", [1, np.nan], "1 nan, not a number among them: nan"),
        ("mode", [4, 7, 4, np.nan, 4], "4 (3 times), 7 (1), nan (1): 4"),
        ("mode", [np.nan, np.nan, 1], "nan (2 times), 1 (1): nan"),
        ("avg", [1 + 2j, -1j], "((1+2j)+(0-1j))/2 = 0.5+0.5j"),
        ("sum", [True, False, True], "1+0+1 = 2"),
        ("sum", [2**63 - 1, 1],
         "9223372036854775807+1 = -9223372036854775808, wrapped into the range of int64"),
    ],
)  # fmt: skip
def test_odd_numbers(file: Path, mode: str, x: list[Any], text: str) -> None:
    assert texts(explained(file, np.array(x), mode, whole=True)) == [text]


def test_long_windows_are_abbreviated(file: Path) -> None:
    x = np.arange(256.0).reshape(16, 16)
    (text,) = texts(explained(file, x, "sum", whole=True))
    assert text == "0+1+2+3+4+5+… and 249 more …+255 = 32640"
    (text,) = texts(explained(file, np.zeros((200, 200)), "max", whole=True))
    assert text == "max of 40000 elements = 0 at (0, 0)"


def test_a_window_of_nothing(file: Path) -> None:
    x = np.zeros(2, np.uint8)
    window = {"kernel_size": "2", "padding": "2", "dilation": "4", "stride": "1"}
    assert "nothing but padding: nan" in texts(explained(file, x, "median", **window))
    assert set(texts(explained(file, x, "max", ignore="0"))) == {"nothing but what is ignored: 0"}


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    """The flags of small windows that fit planes of 7 by 8."""
    kind = draw(st.sampled_from(["fixed", "fixed", "same", "adaptive", "whole"]))
    if kind == "whole":
        return {"whole": True}
    if kind == "adaptive":
        return {"adaptive": f"{draw(st.integers(1, 9))}x{draw(st.integers(1, 9))}"}
    kernel = [draw(st.integers(1, 3)) for _ in range(2)]
    dilation = draw(st.integers(1, 2))
    pads = [draw(st.integers(0, min(2, dilation * (k - 1)))) for k in kernel]
    return {
        "kernel_size": "x".join(map(str, kernel)),
        "stride": str(draw(st.integers(1, 4))),
        "dilation": str(dilation),
        "ceil": draw(st.booleans()),
        "padding": "same" if kind == "same" else "x".join(map(str, pads)),
    }


def expected(x: np.ndarray[Any, Any], mode: str, flags: dict[str, Any]) -> np.ndarray[Any, Any]:
    """What the oracle says."""
    more: dict[str, Any] = {"ignore": 2} if flags.get("ignore") else {}
    if flags.get("whole"):
        return oracle.global_pool(x, mode, **more)[0]

    def numbers(name: str) -> list[int]:
        return [int(part) for part in flags[name].split("x")]

    if "adaptive" in flags:
        return oracle.adaptive_pool(x, mode, numbers("adaptive"), **more)[0]
    padding = flags["padding"] if flags["padding"] == "same" else numbers("padding")
    return oracle.pool(
        x, mode, numbers("kernel_size"), int(flags["stride"]), padding,
        int(flags["dilation"]), ceil_mode=flags["ceil"], **more,
    )[0]  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.data())
def test_against_the_oracle(file: Path, mode: str, data: st.DataObject) -> None:
    flags = data.draw(windows())
    if data.draw(st.booleans()):
        flags["ignore"] = "2"
    dtype = data.draw(st.sampled_from(["uint8", "int16", "float32"]))
    seed = data.draw(st.integers(0, 1000))
    x = np.random.default_rng(seed).integers(0, 9, (7, 8)).astype(dtype)
    if dtype != "uint8":
        x -= 3
    # What does not fit is cropped; whatever is shown is as in the whole.
    whole = expected(x, mode, flags)
    explanation = explained(file, x, mode, **flags)
    (plane,) = explanation.planes
    for case in chain(*plane.cases):
        want = whole[case.out]
        assert np.isclose(case.value, want, rtol=1e-6, equal_nan=True)
        check_text(mode, case)
    shape = [formula.split()[-1] for formula in explanation.sizes]
    if "adaptive" not in flags and flags.get("padding") != "same":
        assert tuple(map(int, shape)) == whole.shape
    check_chosen(mode, explanation)


def check_text(mode: str, case: Case) -> None:
    """The arithmetic of sums and means gives the value."""
    if mode in ("avg", "sum") and "…" not in case.text and " = " in case.text:
        formula = case.text.partition(" = ")[0]
        assert re.fullmatch(r"[-+/()0-9.]+", formula)
        assert np.isclose(eval(formula), case.value, rtol=1e-5)


def check_chosen(mode: str, explanation: Explanation) -> None:
    """What was chosen is a value of the output, in the modes that pick one."""
    (plane,) = explanation.planes
    values = {case.value for case in chain(*plane.cases)}
    chosen = [each.value for row in plane.elements for each in row if each.sign == "chosen"]
    if mode in ("max", "min", "mode"):
        assert set(chosen) <= values
    if mode in ("avg", "sum", "lp", "gem", "std"):
        assert not chosen


@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 9), st.integers(1, 3), st.data())
def test_crops_show_whole_windows(size: int, kernel: int, stride: int, gap: int,
                                  data: st.DataObject) -> None:  # fmt: skip
    kernel = min(kernel, (size - 1) // gap + 1)
    pad = data.draw(st.integers(0, gap * (kernel - 1)))
    (axis,) = Window.fixed((kernel,), stride, pad, gap).on_axes((size,))
    at = data.draw(st.integers(0, size - 1))
    for place in (None, at):
        shown = strip(axis, place, 12)
        assert 0 < len(shown.places) <= 12
        if shown.complete:
            for i in shown.windows:
                assert axis.first_position(i) in shown.places
                assert axis.last_position(i) in shown.places
    held = [
        i
        for i in range(axis.out_size)
        if at in range(axis.first_position(i), axis.last_position(i) + 1, gap)
    ]
    assert holding(axis, at) == held
    if held:
        assert set(held) & set(shown.windows)
        assert at in shown.places


@given(st.integers(1, 30), st.integers(1, 40))
def test_adaptive_windows_that_hold_an_element(size: int, out: int) -> None:
    (axis,) = Window.adaptive((out,)).on_axes((size,))
    for at in range(size):
        held = [i for i in range(out) if axis.first_position(i) <= at <= axis.last_position(i)]
        assert holding(axis, at) == held


@pytest.mark.parametrize(
    ("window", "size", "formula"),
    [
        (Window.fixed(3, 1, 0, 2), 9, "e = 2*(3-1)+1 = 5, floor((9 + 0 + 0 - 5) / 1) + 1 = 5"),
        (Window.fixed(2, ceil_mode=True), 5, "ceil((5 + 0 + 0 - 2) / 2) + 1 = 3"),
        (Window.fixed(2, 3, 1, ceil_mode=True), 5,
         "ceil((5 + 1 + 1 - 2) / 3) + 1 = 3, less one, for the last window would start in the "
         "padding: 2"),
        (Window.fixed(2, padding="same"), 5,
         "ceil(5 / 2) = 3; padding max((3 - 1)*2 + 2 - 5, 0) = 1: 0 before, 1 after"),
        (Window.adaptive(3), 5,
         "3, as asked for; window i covers floor(i*5/3) up to, but without, ceil((i+1)*5/3)"),
        (Window.global_window(), 5, "one window over all 5: 1"),
    ],
)  # fmt: skip
def test_formulas(window: Window, size: int, formula: str) -> None:
    assert size_formula(window.on_axes((size,))[0], window) == formula


def test_a_crop_is_as_in_the_whole(file: Path) -> None:
    x = np.random.default_rng(0).random((40, 50)).astype(np.float32)
    with study(file, x, "max", kernel_size="3", stride="2", padding="1") as found:
        explanation = found.explain((20, 31))
    whole, places = oracle.pool(x, "max", 3, 2, 1)
    assert places is not None
    for case in cases(explanation):
        assert case.value == whole[case.out]
        row, column = divmod(int(places[case.out]), 50)
        assert case.text.endswith(f"at ({row}, {column})")
    assert 20 in explanation.rows.places
    assert 31 in explanation.columns.places
    assert explanation.place == "rows 19-29, columns 29-39 of 40x50; --at ROW,COL shows " \
                                "another place"  # fmt: skip


def test_an_element_that_no_window_holds(file: Path) -> None:
    with study(file, np.zeros((20, 20)), "max", kernel_size="1", stride="4") as found:
        assert "no window holds (2, 3)" in found.explain((2, 3)).notes
        assert not found.explain((4, 8)).notes


def test_planes_have_their_index(file: Path) -> None:
    explanation = explained(file, np.zeros((2, 2, 4, 4)), "max")
    assert [plane.name for plane in explanation.planes] == [
        "[0, 0, :, :]", "[0, 1, :, :]", "[1, 0, :, :]"
    ]  # fmt: skip
    assert explanation.notes == ["the first 3 of 4 planes"]
    assert len(explained(file, np.zeros((4, 4, 3)), "max", layout="HWC").planes) == 3
    assert [plane.name for plane in explained(file, np.zeros((4, 9)), "max").planes] == [""]


def signs(explanation: Explanation) -> set[str]:
    return {each.sign for plane in explanation.planes for row in plane.elements for each in row}


def test_what_padding_is(file: Path) -> None:
    window = {"kernel_size": "3", "stride": "2", "padding": "1"}
    assert signs(explained(file, X, "avg", **window)) == {"", "zero"}
    assert signs(explained(file, X, "avg", **window, exclude_pad=True)) == {"", "unseen"}
    assert signs(explained(file, X, "sum", **window)) == {"", "zero"}
    assert signs(explained(file, X, "sum", **window, ignore="3")) == {"", "unseen", "ignored"}
    assert signs(explained(file, X, "max", **window)) == {"", "unseen", "chosen"}
    # What the last window hangs over does not count.
    assert signs(explained(file, X[:3], "avg", kernel_size="2", ceil=True)) == {"", "unseen"}


def picture(path: Path, pixels: np.ndarray[Any, Any], mode: str, **flags: object) -> Explanation:
    made = path.with_suffix(".png")
    Image.fromarray(pixels).save(made)
    with studied(build(mode, {"inputs": [str(made)], **flags})) as found:
        return found.explain()


def test_pictures(file: Path) -> None:
    pixels = np.array([[[10, 0, 0, 255], [20, 0, 0, 0]]], np.uint8)
    flags = {"kernel_size": "1x2"}
    weighted = picture(file, pixels, "avg", **flags)
    assert [plane.name for plane in weighted.planes] == ["R", "G", "B", "A"]
    assert texts(weighted)[0] == "(10*255+20*0)/(255+0) = 10"
    assert texts(weighted)[3] == "(255+0)/2 = 127.5"
    straight = picture(file, pixels, "avg", **flags, straight_alpha=True)
    assert texts(straight)[0] == "(10+20)/2 = 15"
    clear = picture(file, pixels * np.uint8([1, 1, 1, 0]), "avg", **flags)
    assert texts(clear)[0] == "(10*0+20*0)/(0+0): 0, for nothing shows"
    (text,) = texts(picture(file, pixels, "mode", **flags))
    assert text == "10,0,0,255 (1 time), 20,0,0,0 (1): 10,0,0,255, the smallest of equals"


def test_indices_of_a_palette(file: Path) -> None:
    image = Image.fromarray(np.array([[1, 1], [2, 0]], np.uint8)).convert("P")
    image.putpalette([9, 9, 9, 0, 0, 0, 255, 0, 0])
    image.save(file.with_suffix(".png"))
    with studied(build("mode", {"inputs": [str(file.with_suffix(".png"))]})) as found:
        explanation = found.explain()
    assert texts(explanation) == ["1 (2 times), 0 (1), 2 (1): 1"]
    assert explanation.notes == ["the numbers are indices into the picture's palette"]


def test_a_new_mode_needs_no_more(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.core.toy_mode import enter

    monkeypatch.setitem(MODES, "range", MODES["max"])  # so that it is taken out afterwards
    enter()
    assert texts(explained(file, X, "range"))[0] == "range(1, 3, 5, 6) = 5"


@pytest.mark.parametrize(
    ("at", "words"),
    [((4, 0), "there is no element 4,0: .* 4x4, its last element is 3,3"), ((1,), "needs 2")],
)
def test_places_that_are_not_there(file: Path, at: tuple[int, ...], words: str) -> None:
    with study(file, X, "max") as found, pytest.raises(ArgumentError, match=words):
        found.explain(at)


def test_only_boxes_are_read(tmp_path: Path) -> None:
    made = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float64, (1 << 15, 1 << 14))
    made[30000, 10000] = 7
    del made  # 4 GB, nearly all of it a hole
    with studied(build("max", {"inputs": [str(tmp_path / "x.npy")]})) as found:
        explanation = found.explain((30000, 10001))
    assert cases(explanation)[0].text == "max(7, 0, 0, 0) = 7 at (30000, 10000)"


def test_strips_show_all_that_fits() -> None:
    (axis,) = Window.fixed((2,), padding=1).on_axes((6,))
    assert strip(axis, None, 12) == Strip(axis, range(4), range(-1, 7))


@given(
    size=st.integers(1, 12), kernel=st.integers(1, 5), stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
)  # fmt: skip
def test_windows_in_colour_share_nothing(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    out = (size - dilation * (kernel - 1) - 1) // stride + 1
    assume(out > 0)
    axis = Axis(size, out, kernel, stride, dilation)
    shown = Strip(axis, range(out), range(size))
    held = [place for i in shown.apart for place in positions(axis, i)]
    assert len(held) == len(set(held))
    for i in set(shown.windows) - set(shown.apart):  # none of the others could be coloured too
        assert set(positions(axis, i)) & set(held)
