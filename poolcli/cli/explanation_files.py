"""The files that `explain` writes: their options, their content and the checks of their paths."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from itertools import combinations
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from poolcli.cli.request_builder import STDOUT_FILES
from poolcli.errors import OutputError, OutputExistsError, UsageError
from poolcli.io.member_names import split_member
from poolcli.io.output_paths import STDIN_OR_STDOUT, is_folder
from poolcli.request import Request

if TYPE_CHECKING:
    from poolcli.explain.explainer import Explainer
    from poolcli.explain.explanation import Explanation
    from poolcli.explain.figure.shapes import Figure
    from poolcli.explain.figure.style import FigureStyle
    from poolcli.explain.palettes import ThemeName

EXTENSIONS = {
    "svg": (".svg",),
    "png": (".png",),
    "gif": (".gif", ".webp", ".apng", ".png"),
    "html": (".html", ".htm"),
}
"""The extensions of the files of each option. A name may also have none, as a device has."""

MAX_FRAMES_PER_SECOND = 50
"""The largest speed of an animation: a GIF counts time in hundredths of a second, and viewers slow
down frames shorter than two of them."""

MIN_FRAMES_PER_SECOND = 0.1
"""The smallest speed of an animation."""

DEFAULT_FIGURE_WIDTH = 1280
"""The width of figures in pixels, unless the user chooses another."""


class FileOptions(NamedTuple):
    """The files that the user asks for, and their style.

    Attributes
    ----------
    paths : dict
        The paths of the files by option, such as ``"svg"``.
    fps : float, optional
        The speed of the animation in frames per second.
    theme : {"light", "dark"}, optional
        The colours.
    width : int
        The width of figures in pixels.
    """

    paths: dict[str, str]
    fps: float | None
    theme: ThemeName | None
    width: int

    @property
    def style(self) -> FigureStyle:
        """The style of figures."""
        from poolcli.explain.figure.style import FigureStyle

        return FigureStyle(self.theme or "light", self.width)


class ExplainedInput:
    """An input whose explanation is written to files.

    Parameters
    ----------
    explainer : Explainer
        The explainer of the input.
    position : tuple of int, optional
        The element whose windows are explained.
    name : str
        The path of the input.
    options : FileOptions
        The files and their style.
    """

    def __init__(
        self,
        explainer: Explainer,
        position: tuple[int, ...] | None,
        name: str,
        options: FileOptions,
    ) -> None:
        self.explainer, self.position, self.name, self.options = explainer, position, name, options

    @cached_property
    def explanation(self) -> Explanation:
        """The explanation of figures, as much as fits into their width."""
        from poolcli.explain.figure.figure_crop import explain_for_figure

        return explain_for_figure(self.explainer, self.position, self.options.style)

    @cached_property
    def figure(self) -> Figure:
        """The figure of the explanation."""
        from poolcli.explain.figure.choose_arrangement import make_figure

        return make_figure(self.explanation, self.options.style)

    def svg(self) -> bytes:
        """Return the content of an SVG file."""
        from poolcli.explain.figure.svg import svg_text

        return svg_text(self.figure).encode()

    def png(self) -> bytes:
        """Return the content of a PNG file."""
        from poolcli.explain.figure.draw_image import png_bytes

        return png_bytes(self.figure)

    def animation(self) -> bytes:
        """Return the content of an animation, in the format that its extension names."""
        from poolcli.explain.animation.encode_animation import encode_largest_animation

        extension = PurePath(self.options.paths["gif"]).suffix.lower()
        return encode_largest_animation(
            self.explainer, self.position, extension, self.options.style, self.options.fps
        )

    def html(self) -> bytes:
        """Return the content of an HTML page."""
        from poolcli.explain.figure.figure_crop import MAX_SLICES, max_positions
        from poolcli.explain.html.page import html_text

        limit = max_positions(self.explainer)
        explanation = self.explainer.explain(self.position, limit, limit, MAX_SLICES)
        return html_text(explanation, self.name, self.options.theme).encode()


WRITERS: dict[str, Callable[[ExplainedInput], bytes]] = {
    "svg": ExplainedInput.svg,
    "png": ExplainedInput.png,
    "gif": ExplainedInput.animation,
    "html": ExplainedInput.html,
}
"""The methods that return the content of a file, by the option that names the file."""

OPTIONS_OF_FILES = {
    "fps": ("gif",),
    "theme": tuple(WRITERS),
    "width": ("svg", "png", "gif"),
}
"""The files that an option on style applies to."""


def take_file_options(values: dict[str, Any]) -> FileOptions:
    """Remove the options of files from the values of a command line, and return them parsed.

    Parameters
    ----------
    values : dict
        The values of the options by name. Those of files are removed.

    Raises
    ------
    UsageError
        If an option is wrong, or applies to no file.
    """
    paths = {kind: values.pop(kind) for kind in WRITERS}
    paths = {kind: path for kind, path in paths.items() if path is not None}
    given = {name: values.pop(name) for name in OPTIONS_OF_FILES}
    _check_names(paths)
    for name, kinds in OPTIONS_OF_FILES.items():
        if given[name] is not None and not paths.keys() & kinds:
            options = ", ".join(f"--{kind}" for kind in kinds)
            raise UsageError(f"no file that it applies to is written; add {options}", f"--{name}")
    fps = given["fps"]
    if fps is not None and not MIN_FRAMES_PER_SECOND <= fps <= MAX_FRAMES_PER_SECOND:
        raise UsageError(
            f"{fps:g} is not a number of frames per second from {MIN_FRAMES_PER_SECOND} to "
            f"{MAX_FRAMES_PER_SECOND}",
            "--fps",
        )
    return FileOptions(paths, fps, given["theme"], given["width"] or DEFAULT_FIGURE_WIDTH)


def _check_names(paths: dict[str, str]) -> None:
    """Raise `UsageError` if a name is none of a file, is given twice or has a wrong extension."""
    for kind, path in paths.items():
        if path in ("", STDIN_OR_STDOUT, *STDOUT_FILES) or path.endswith("/"):
            raise UsageError("it needs the name of a file", f"--{kind}")
    for one, other in combinations(paths, 2):
        if os.path.realpath(paths[one]) == os.path.realpath(paths[other]):
            raise UsageError(f"--{one} and --{other} name the same file", f"--{other}")
    for kind, path in paths.items():
        if PurePath(path).suffix.lower() not in ("", *EXTENSIONS[kind]):
            known = " or ".join(EXTENSIONS[kind])
            raise UsageError(f"{path} does not end in {known}", f"--{kind}")


def write_files(
    explainer: Explainer, position: tuple[int, ...] | None, request: Request, options: FileOptions
) -> None:
    """Write all files, after the content of all of them is made.

    Parameters
    ----------
    explainer : Explainer
        The explainer of the input.
    position : tuple of int, optional
        The element whose windows are explained.
    request : Request
        The request.
    options : FileOptions
        The files and their style.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    if not options.paths:
        return
    from poolcli.io.atomic_write import atomic_write

    explained = ExplainedInput(explainer, position, request.inputs[0], options)
    contents = {kind: WRITERS[kind](explained) for kind in options.paths}
    for kind, path in options.paths.items():
        with atomic_write(path, replace=request.overwrite, allow_special=True) as file:
            file.write(contents[kind])


def check_paths(request: Request, options: FileOptions) -> None:
    """Check that all files can be written, and remove what killed runs left beside them.

    Raises
    ------
    OutputError
        If a file cannot be written, or may not be replaced.
    """
    from poolcli.io.leftover_files import remove_leftovers

    for path in options.paths.values():
        _check_path(path, request)
    remove_leftovers(os.path.dirname(os.path.realpath(path)) for path in options.paths.values())  # noqa: PTH120


def _check_path(path: str, request: Request) -> None:
    """Raise `OutputError` if a file cannot be written, or may not be replaced."""
    from poolcli.io.publish_file import check_output_path

    if is_folder(path):
        raise OutputError(f"{path} is a folder; name a file in it")
    check_output_path(path, allow_special=True)
    if not os.path.isfile(path):  # noqa: PTH113 - nothing to replace, or a device
        return
    source, _ = split_member(request.inputs[0])
    if source != STDIN_OR_STDOUT and os.path.exists(source) and os.path.samefile(path, source):  # noqa: PTH110, PTH121
        raise OutputError(f"{path} is the input itself; name another file")
    if not request.overwrite:
        raise OutputExistsError(f"{path} exists; --overwrite replaces it")
