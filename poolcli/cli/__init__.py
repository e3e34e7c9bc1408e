"""The command line. Starts without NumPy, Pillow and rich; they come with the first need."""

from poolcli.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    app(prog_name="poolcli")
