"""Which outputs are to be written, and which are there already and stay."""

from __future__ import annotations

import os

from poolcli.errors import OutputError, OutputExistsError
from poolcli.media.paths import is_folder, is_there, level_paths
from poolcli.request import STREAM, Request


class Due:
    """What of one input is to be written; whether a file exists is asked once."""

    def __init__(self, source: str, request: Request) -> None:
        self.source = source
        self.request = request
        self._known: dict[str, bool] = {}

    def anything(self, path: str) -> bool:
        """Whether any level of an output is to be written, or the indices.

        Raises
        ------
        OutputError
            As `wants` does.
        """
        indices = self.request.indices
        paths = [*level_paths(path, self.request.levels), *([] if indices is None else [indices])]
        wanted = [self.wants(each) for each in paths]  # all are asked, not only as far as the first
        return any(wanted)

    def wants(self, path: str) -> bool:
        """Whether a file is to be written; False where it is there already and may stay.

        Raises
        ------
        OutputExistsError
            If it is there and may not be replaced.
        OutputError
            If it is the input itself.
        """
        if path not in self._known:
            self._known[path] = _check(path, self.source, self.request)
        return self._known[path]


def _check(path: str, source: str, request: Request) -> bool:
    if path == STREAM or not is_there(path):
        return True
    if is_folder(path):
        raise OutputError(f"{path} is a folder; name a file, or end the name in '/'")
    if source != STREAM and os.path.exists(source) and os.path.samefile(path, source):  # noqa: PTH110, PTH121
        raise OutputError(f"{path} is the input itself, which is never replaced; name another -o")
    if request.skip_existing:
        return False
    if not request.overwrite:
        raise OutputExistsError(
            f"{path} exists; --overwrite replaces it, --skip-existing passes over it"
        )
    return True
