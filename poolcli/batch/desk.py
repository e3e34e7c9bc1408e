"""Who may write which file, asked of whoever knows: the plan, or answers that were sent along."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from poolcli.batch.claims import Claims
from poolcli.io.paths import is_file_or_folder


class Answer(NamedTuple):
    """What is known of an output.

    Attributes
    ----------
    refusal : str, optional
        Why the input may not have it.
    there : bool
        Whether it is there already.
    """

    refusal: str | None
    there: bool


class UnansweredError(Exception):
    """A worker has to know of a file that nobody told it of."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Desk(Protocol):
    """Where to ask."""

    @property
    def is_retried(self) -> bool:
        """True if an earlier try of the task may have written its files."""

    def about(self, path: str, owner: int, *, take: bool) -> Answer:
        """What is known of a file that an input would be written to; it may be taken, too."""


class PlanDesk(NamedTuple):
    """In the process that made the plan."""

    claims: Claims

    @property
    def is_retried(self) -> bool:
        """Tasks are tried once in this process."""
        return False

    def about(self, path: str, owner: int, *, take: bool) -> Answer:
        """Ask the plan."""
        if self.claims.has(path, owner):
            return Answer(None, is_file_or_folder(path))
        ask = self.claims.take if take else self.claims.refusal
        return Answer(ask(path, owner), is_file_or_folder(path))


@dataclass(frozen=True, slots=True)
class SentDesk:
    """In a worker process.

    Attributes
    ----------
    known : mapping
        What was asked for it before it got its task.
    is_alone : bool
        Whether no other name of the plan differs from its own by the extension alone, so that it
        may correct that without asking.
    since : float, optional
        For a task that is tried again: when the run began. What is newer is its own doing.
    """

    known: Mapping[str, Answer] = field(default_factory=dict)
    is_alone: bool = False
    since: float | None = None

    @property
    def is_retried(self) -> bool:
        """True if an earlier try of the task may have written its files."""
        return self.since is not None

    def about(self, path: str, owner: int, *, take: bool) -> Answer:
        """Look it up, or see for itself."""
        if path in self.known:
            return self.known[path]
        if not self.is_alone or os.path.islink(path):  # noqa: PTH114 - it may be anybody's
            raise UnansweredError(path)
        return Answer(None, is_file_or_folder(path) and not self._is_own(path))

    def _is_own(self, path: str) -> bool:
        return self.since is not None and os.stat(path).st_ctime >= self.since  # noqa: PTH116
