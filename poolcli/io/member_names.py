"""Names of the arrays in a file that holds several: selection, and their use in names of files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from poolcli.errors import ReadError
from poolcli.io.zarr.location import is_zarr_input

MAX_NAMES = 5
"""The number of members that an error names."""

MAX_QUOTED_CHARACTERS = 80

NO_MEMBERS = (
    "it is a single array or image and has no members; "
    "leave out --member, or the name after the colon"
)


def select_members(names: Sequence[str], globs: Sequence[str]) -> list[str]:
    """Return the names that globs match, in their order; all of them without globs.

    Parameters
    ----------
    names : sequence of str
        The names of all members.
    globs : sequence of str
        Patterns of `fnmatch`, case-sensitive, whose ``*`` matches any characters. A pattern that is
        the name of a member matches that member alone.

    Raises
    ------
    ReadError
        If a pattern matches no name.

    Examples
    --------
    >>> select_members(["conv1", "conv2", "fc"], ["fc", "conv*"])
    ['conv1', 'conv2', 'fc']
    >>> select_members(["w[0]", "w0"], ["w[0]"]), select_members(["a", "b"], [])
    (['w[0]'], ['a', 'b'])
    """
    if not globs:
        return list(names)
    known, selected = set(names), set()
    for glob in globs:
        found = {glob} if glob in known else {name for name in names if fnmatchcase(name, glob)}
        if not found:
            typed = re.sub(r"\[([*?[])\]", r"\1", glob)  # the name of `split_member` is escaped
            raise ReadError(f"no member matches {quoted_name(typed)}; it has {quoted_names(names)}")
        selected |= found
    return [name for name in names if name in selected]


def quoted_names(names: Sequence[str]) -> str:
    """Return the first of some names, separated by commas, and the number of the others.

    Examples
    --------
    >>> quoted_names(list("abcdefg"))
    "'a', 'b', 'c', 'd', 'e' and 2 more"
    """
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(map(quoted_name, names[:MAX_NAMES])) + more


def quoted_name(name: str) -> str:
    r"""Return a name in quotes for a message: escaped, and shortened if it is long.

    Examples
    --------
    >>> quoted_name("layer.0\n"), len(quoted_name("x" * 1000))
    ("'layer.0\\n'", 83)
    """
    is_short = len(name) <= MAX_QUOTED_CHARACTERS
    return repr(name if is_short else f"{name[:MAX_QUOTED_CHARACTERS]}…")


def selection_hint(count: int) -> str:
    """Return the advice to select members, for the error of one of several.

    Parameters
    ----------
    count : int
        The number of members that are to be pooled.

    Examples
    --------
    >>> selection_hint(3), selection_hint(1)
    ('; --member names the arrays to pool', '')
    """
    return "; --member names the arrays to pool" if count > 1 else ""


def split_member(path: str) -> tuple[str, str | None]:
    """Return the file and the member of a path such as ``file.npz:conv1``.

    A path that exists is a file. Else the last colon counts before which there is a file or a Zarr
    store.

    Parameters
    ----------
    path : str
        A path of the command line.

    Returns
    -------
    (str, str or None)
        The path of the file, and the name of the member; the path itself and None if the path names
        no member.

    Examples
    --------
    >>> split_member("no-such-file.npz:conv1")
    ('no-such-file.npz:conv1', None)
    """
    if ":" not in path or os.path.lexists(path):
        return path, None
    end = len(path)
    while (end := path.rfind(":", 0, end)) > 0:
        file, member = path[:end], path[end + 1 :]
        is_folder = os.path.isdir(file) and not is_zarr_input(file)  # noqa: PTH112 - as elsewhere
        if member and os.path.exists(file) and not is_folder:  # noqa: PTH110
            return file, member
    return path, None


def as_part_of_file_name(member: str) -> str:
    """Return the name of a member as a part of the name of an output.

    Characters that separate folders, colons and control characters become ``_``.

    Examples
    --------
    >>> as_part_of_file_name("layer/kernel:0"), as_part_of_file_name("layer.0.weight")
    ('layer_kernel_0', 'layer.0.weight')
    """
    return re.sub(r"[/\\:\x00-\x1f\x7f]", "_", member)
