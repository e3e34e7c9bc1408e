"""Files and folders that a run found and did not take, counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum, auto


class Reason(Enum):
    """The reason why something in a folder is no input."""

    OTHER_TYPE = auto()
    FILTERED = auto()
    FOLDER = auto()
    LINK = auto()
    NO_FILE = auto()


LeftOut = Counter[Reason]
"""Numbers of files or folders that were left out, by reason."""


def left_out_words(
    counts: LeftOut, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> list[str]:
    """Phrases that say what was left out, one for each reason.

    Parameters
    ----------
    include, exclude : sequence of str
        The filters of the run, of which those that were given are named.

    Examples
    --------
    >>> left_out_words(Counter({Reason.OTHER_TYPE: 2, Reason.FOLDER: 1}))
    ['2 files of other types left out', '1 folder left out (-r descends into it)']
    >>> left_out_words(Counter({Reason.FILTERED: 1}), include=["*.png"])
    ['1 file left out by --include']
    """
    given = {"--include": include, "--exclude": exclude}
    filters = " and ".join(name for name, globs in given.items() if globs)
    phrases = {
        Reason.OTHER_TYPE: ("{} file of another type left out", "{} files of other types left out"),
        Reason.FILTERED: (
            f"{{}} file left out by {filters}",
            f"{{}} files left out by {filters}",
        ),
        Reason.FOLDER: (
            "{} folder left out (-r descends into it)",
            "{} folders left out (-r descends into them)",
        ),
        Reason.LINK: (
            "{} link to a folder left out (links are not followed)",
            "{} links to folders left out (links are not followed)",
        ),
        Reason.NO_FILE: (
            "{} pipe, device or dangling link left out",
            "{} pipes, devices or dangling links left out",
        ),
    }
    return [
        phrases[reason][counts[reason] > 1].format(counts[reason])
        for reason in Reason
        if counts[reason]
    ]
