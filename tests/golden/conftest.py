"""Keeps the scripts that need PyTorch or ONNX out of the search for doctests."""

collect_ignore_glob = ["make_with_*.py"]
