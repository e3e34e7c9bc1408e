"""Exclusion of the scripts that need PyTorch, ONNX or SciPy from the collection of doctests."""

collect_ignore_glob = ["make_*.py"]
