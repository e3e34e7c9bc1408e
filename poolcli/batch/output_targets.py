"""Output targets: the target of one input, and the rule that gives the targets of a folder."""

from __future__ import annotations

import os
from typing import NamedTuple

from poolcli.io.formats import ARCHIVE_EXTENSIONS
from poolcli.io.member_names import as_part_of_file_name
from poolcli.io.output_paths import STDIN_OR_STDOUT, insert_tag, split_extension
from poolcli.request import Request

STORE = "ZARR"
"""The format of outputs that are folders with all levels: Zarr stores."""


def file_levels(request: Request, output_format: str | None) -> int | None:
    """Return the number of files that the levels of a pyramid are written to; None for one.

    Parameters
    ----------
    request : Request
        The request, for its levels.
    output_format : str, optional
        The format of a target.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> request = Request((), "max", Window.fixed(2), levels=3)
    >>> file_levels(request, None), file_levels(request, STORE), file_levels(request, "PNG")
    (3, None, 3)
    """
    return None if request.pyramid or output_format == STORE else request.levels


class Target(NamedTuple):
    """The output path and format for the result of one input.

    Attributes
    ----------
    path : str
        The path of the output, or `STDIN_OR_STDOUT`.
    format : str, optional
        The format that the user chose; without one the result keeps the format of the input.
    named : bool
        Whether the user named this very file. Its extension is not corrected then.
    extension : str, optional
        The extension that the user chose. It can say more than the format: a .pgm is grey.
    indices : str, optional
        The file of argmax or argmin indices.
    """

    path: str
    format: str | None = None
    named: bool = False
    extension: str | None = None
    indices: str | None = None


class IndicesRule(NamedTuple):
    """The rule that gives the file of indices of each input.

    Attributes
    ----------
    path : str
        The file, or the folder that has a file for each input.
    is_folder : bool
        Whether `path` is a folder.
    has_input_names : bool
        Whether the files are called like the inputs (of `unpool`), not like the outputs.

    Examples
    --------
    >>> IndicesRule("at.npy").file("a.png", "out/a.png"), IndicesRule("at", True).file("a.npz", "-")
    ('at.npy', 'at/stdin.npz')
    """

    path: str
    is_folder: bool = False
    has_input_names: bool = False

    def file(self, name: str, output: str) -> str:
        """Return the file of indices of an input.

        Parameters
        ----------
        name : str
            The name of the input, without its folder.
        output : str
            The name or the path of its output.
        """
        if not self.is_folder:
            return self.path
        like = name if self.has_input_names else os.path.basename(output)  # noqa: PTH119
        stem = "stdin" if like == STDIN_OR_STDOUT else split_extension(like)[0]
        own = split_extension(name)[1].lower()
        extension = own if own in ARCHIVE_EXTENSIONS.values() else ".npy"
        return os.path.join(self.path, stem + extension)  # noqa: PTH118


class OutputRule(NamedTuple):
    """The rule that gives the output path and format of each input of one folder.

    Attributes
    ----------
    folder : str
        The output folder; not used if `path` is given.
    tag : str, optional
        The text that output names get before the extension.
    path : str
        The file that the user named, or `STDIN_OR_STDOUT`.
    format, named, extension
        As in `Target`.
    indices : IndicesRule, optional
        Where the indices are.
    member : str, optional
        The array that is named with the input; the names of its outputs contain it.

    Examples
    --------
    >>> OutputRule("small/deep").target("a.png").path
    'small/deep/a.png'
    >>> OutputRule("", tag="max-k2-s2").target("a.png").path
    'a.max-k2-s2.png'
    >>> OutputRule("small", format="TIFF", extension=".tif").target("a.png").path
    'small/a.tif'
    """

    folder: str = ""
    tag: str | None = None
    path: str | None = None
    format: str | None = None
    named: bool = False
    extension: str | None = None
    indices: IndicesRule | None = None
    member: str | None = None

    def name(self, name: str) -> str:
        """Return the name of a result in the output folder; the same string if nothing changes.

        Examples
        --------
        >>> OutputRule("out").name("a.png"), OutputRule(tag="max-k2-s2").name("a.png")
        ('a.png', 'a.max-k2-s2.png')
        >>> OutputRule(tag="max-k2-s2", member="fc/w").name("a.npz")
        'a.fc_w.max-k2-s2.npz'
        """
        name = self._with_member(name)
        if self.tag is not None:
            name = insert_tag(name, self.tag)
        return name if self.format is None else f"{split_extension(name)[0]}{self.extension}"

    def target(self, name: str) -> Target:
        """Return the target of an input."""
        path = self.path
        if path is None:
            path = os.path.join(self.folder, self.name(name))  # noqa: PTH118 - a hot loop of strings
        indices = None
        if self.indices is not None:
            indices = self.indices.file(self._with_member(name), path)
        return Target(path, self.format, self.named, self.extension, indices)

    def _with_member(self, name: str) -> str:
        """Return the name of an input with its member; the same string without one."""
        if self.member is None:
            return name
        return insert_tag(name, as_part_of_file_name(self.member))
