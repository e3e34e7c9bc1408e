"""Exclusion of the files of calls, which have no doctests, from the collection of doctests."""

collect_ignore_glob = ["*_calls.py"]
