"""Many files: inputs, the plan of outputs, workers, and the work on one file.

Knows tasks and their order, and nothing of how a kernel works or how a table looks.
"""
