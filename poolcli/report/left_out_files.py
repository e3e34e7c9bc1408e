"""Files and folders that a run found but did not take as inputs, counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum


class LeftOutReason(Enum):
    """The reason why an entry of a folder is not an input, as text for one entry and for several.

    The field ``filters`` is filled in with the options of the run.
    """

    OTHER_TYPE = "file of another type left out", "files of other types left out"
    FILTERED = "file left out by {filters}", "files left out by {filters}"
    SUBFOLDER = "folder left out (-r descends into it)", "folders left out (-r descends into them)"
    FOLDER_LINK = (
        "link to a folder left out (links are not followed)",
        "links to folders left out (links are not followed)",
    )
    NOT_A_FILE = (
        "pipe, device or dangling link left out",
        "pipes, devices or dangling links left out",
    )


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
    options = {"--include": include, "--exclude": exclude}
    filters = " and ".join(name for name, globs in options.items() if globs)
    return [
        f"{counts[reason]} {reason.value[counts[reason] > 1].format(filters=filters)}"
        for reason in LeftOutReason
        if counts[reason]
    ]
