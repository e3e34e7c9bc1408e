"""The path of each output, whose extension fits its format."""

from __future__ import annotations

from poolcli.batch.output_targets import Target
from poolcli.io import formats
from poolcli.io.document import Document
from poolcli.io.output_paths import STDIN_OR_STDOUT, insert_tag, split_extension
from poolcli.request import Request


def known_output_path(
    target: Target, request: Request, document: Document | None = None
) -> str | None:
    """Return the path of the output if it is known before pooling, else None.

    It is known if the user named the file or the format. With the document it is also known if
    the result keeps the format of the input.

    Parameters
    ----------
    target : Target
        Where the result goes.
    request : Request
        The request; with `--dtype` or `--normalize` the format depends on the result.
    document : Document, optional
        The input, once it is open.

    Returns
    -------
    str or None
        The path, without the level of a pyramid.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> request, target = Request((), "max", Window.fixed(2)), Target("out/a.dat")
    >>> print(known_output_path(target, request))
    None
    >>> known_output_path(target, request, Document("PNG", 1, list))
    'out/a.dat.png'
    >>> known_output_path(target._replace(named=True), request)
    'out/a.dat'
    """
    if target.path == STDIN_OR_STDOUT or target.named or target.format is not None:
        return target.path
    if document is None or not formats.is_writable_format(document.format):
        return None
    if request.dtype is not None or request.normalize or document.format == "PPM":
        return None  # format or extension depend on the result
    return with_extension_of(target.path, document.format)


def with_extension_of(path: str, name: str, mode: str = "") -> str:
    """Return a path whose extension fits a format, for an image of this mode.

    Parameters
    ----------
    path : str
        The path of a file. The extension of another known format is replaced.
    name : str
        Pillow's name of a format that is written, or ``NPY``, ``NPZ`` and the like.
    mode : str
        The mode of the image, on which the extensions of PNM files depend.

    Examples
    --------
    >>> with_extension_of("img.jpg", "PNG"), with_extension_of("img.v1", "GIF")
    ('img.png', 'img.v1.gif')
    >>> with_extension_of("img.jpeg", "JPEG"), with_extension_of("img.ppm", "PPM", "L")
    ('img.jpeg', 'img.pgm')
    """
    root, extension = split_extension(path)
    if formats.extension_fits(extension, name, mode):
        return path
    return root + formats.default_extension(name, mode)


def output_path(target: Target, name: str, level: int | None, mode: str = "") -> str:
    """Return the path of a result; its extension fits the format unless the user chose it.

    Parameters
    ----------
    target : Target
        Where the result goes.
    name : str
        Pillow's name of a format that is written, or ``NPY``, ``NPZ`` and the like.
    level : int, optional
        The level of a pyramid, from 1; None without `--levels`.
    mode : str
        The mode of the image, on which the extensions of PNM files depend.

    Examples
    --------
    >>> output_path(Target("out/a.jpg"), "PNG", None), output_path(Target("out/a.jpg"), "PNG", 2)
    ('out/a.png', 'out/a.L2.png')
    >>> output_path(Target("a.jpg", named=True), "PNG", None), output_path(Target("-"), "PNG", None)
    ('a.jpg', '-')
    """
    path = target.path
    if path != STDIN_OR_STDOUT and not target.named and target.format is None:
        path = with_extension_of(path, name, mode)
    return path if level is None else insert_tag(path, f"L{level}")


def with_added_extension(target: Target, name: str, mode: str) -> Target:
    """Return a target with a format's extension added to its name, so that names stay different.

    The results of ``a.psd`` and ``a.png`` are ``a.psd.png`` and ``a.png``.
    """
    if target.path == STDIN_OR_STDOUT or target.named:
        return target
    return target._replace(path=target.path + formats.default_extension(name, mode))
