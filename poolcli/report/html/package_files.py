"""The files of HTML pages that are part of the package: templates, style sheets and scripts."""

from __future__ import annotations

from importlib.resources import files


def package_file(package: str, name: str) -> str:
    """Return the content of a text file.

    Parameters
    ----------
    package : str
        The package that the file is in.
    name : str
        The name of the file.

    Examples
    --------
    >>> package_file("poolcli.report.html", "page.html").splitlines()[0]
    '<!doctype html>'
    """
    return files(package).joinpath(name).read_text("utf-8")
