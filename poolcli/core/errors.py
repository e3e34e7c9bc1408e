"""What the core raises when its arguments are wrong."""


class ArgumentError(ValueError):
    """An argument has a value that is not allowed, alone or beside the others."""


class ArgumentTypeError(TypeError):
    """An argument, or the data itself, has a type that is not allowed."""


class WindowError(ArgumentError):
    """A window does not fit the array that it is laid on."""
