"""Output targets: the target of one input, and the rule that gives the targets of a folder."""

from __future__ import annotations

import os
from typing import NamedTuple

from poolcli.io.output_paths import insert_tag, split_extension


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
    """

    path: str
    format: str | None = None
    named: bool = False
    extension: str | None = None


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

    def name(self, name: str) -> str:
        """Return the name of a result in the output folder; the same string if nothing changes.

        Examples
        --------
        >>> OutputRule("out").name("a.png"), OutputRule(tag="max-k2-s2").name("a.png")
        ('a.png', 'a.max-k2-s2.png')
        """
        if self.tag is not None:
            name = insert_tag(name, self.tag)
        return name if self.format is None else f"{split_extension(name)[0]}{self.extension}"

    def target(self, name: str) -> Target:
        """Return the target of an input."""
        path = self.path
        if path is None:
            path = os.path.join(self.folder, self.name(name))  # noqa: PTH118 - a hot loop of strings
        return Target(path, self.format, self.named, self.extension)
