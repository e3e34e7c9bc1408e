"""Errors that the core raises."""

from __future__ import annotations


class _NamedArgumentError(Exception):
    """An error that names the argument at fault.

    Attributes
    ----------
    argument : str or None
        The name of the argument, as in the signature of `poolcli.pool`: ``"x"``,
        ``"kernel_size"``, ...; None where no argument is at fault.
    diagram : tuple of str
        The lines of a diagram of the window (see `poolcli.core.window_diagram`); empty for errors
        that need none. It is a note of the exception, which tracebacks show below the message.

    Examples
    --------
    >>> ArgumentError("q must be from 0 to 1, not 2", "q").argument
    'q'
    """

    def __init__(
        self, message: str, argument: str | None = None, diagram: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.argument = argument
        self.diagram = diagram
        if diagram:
            self.add_note("\n".join(diagram))


class ArgumentError(_NamedArgumentError, ValueError):
    """An argument has a value that is not allowed, alone or beside the others."""


class ArgumentTypeError(_NamedArgumentError, TypeError):
    """An argument, or the data itself, has a type that is not allowed."""


class WindowError(ArgumentError):
    """A window does not fit the array that it is laid on."""


class TemporaryFileError(OSError):
    """A temporary file cannot be written, because the disk is full or the folder is missing."""
