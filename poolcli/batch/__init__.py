"""Many files: finding them, planning their outputs, working on each.

Knows tasks and their order; knows neither how a kernel works nor how a table looks.
"""
