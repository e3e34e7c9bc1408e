"""Exclusion of the scripts that need other libraries from the collection of doctests."""

collect_ignore_glob = ["make_*.py"]
