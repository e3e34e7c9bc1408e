"""Files and folders that a run found but did not take as inputs, counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum, auto


class LeftOutReason(Enum):
    """The reason why an entry of a folder is not an input."""

    OTHER_TYPE = auto()
    FILTERED = auto()
    SUBFOLDER = auto()
    FOLDER_LINK = auto()
    NOT_A_FILE = auto()


LeftOutCounts = Counter[LeftOutReason]
"""The number of entries that were left out, by reason."""


def left_out_phrases(
    counts: LeftOutCounts, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> list[str]:
    """Return a phrase for each reason, with the number of entries left out.

    Parameters
    ----------
    counts : Counter of LeftOutReason
        The number of entries by reason.
    include, exclude : sequence of str
        The globs of `--include` and `--exclude`. The phrase names the options that were given.

    Examples
    --------
    >>> left_out_phrases(Counter({LeftOutReason.OTHER_TYPE: 2, LeftOutReason.SUBFOLDER: 1}))
    ['2 files of other types left out', '1 folder left out (-r descends into it)']
    >>> left_out_phrases(Counter({LeftOutReason.FILTERED: 1}), include=["*.png"])
    ['1 file left out by --include']
    """
    filters = {"--include": include, "--exclude": exclude}
    options = " and ".join(name for name, globs in filters.items() if globs)
    singular_and_plural = {
        LeftOutReason.OTHER_TYPE: (
            "file of another type left out",
            "files of other types left out",
        ),
        LeftOutReason.FILTERED: (
            f"file left out by {options}",
            f"files left out by {options}",
        ),
        LeftOutReason.SUBFOLDER: (
            "folder left out (-r descends into it)",
            "folders left out (-r descends into them)",
        ),
        LeftOutReason.FOLDER_LINK: (
            "link to a folder left out (links are not followed)",
            "links to folders left out (links are not followed)",
        ),
        LeftOutReason.NOT_A_FILE: (
            "pipe, device or dangling link left out",
            "pipes, devices or dangling links left out",
        ),
    }
    return [
        f"{counts[reason]} {singular_and_plural[reason][counts[reason] > 1]}"
        for reason in LeftOutReason
        if counts[reason]
    ]
