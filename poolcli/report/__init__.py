"""Reports of runs: records, tables, JSON lines, the HTML page, previews and the progress bar.

This package knows how results are shown. It does not know how they were computed.
"""
