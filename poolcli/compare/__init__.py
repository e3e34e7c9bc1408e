"""The `compare` command: the results of all modes on one input, measured and drawn."""
