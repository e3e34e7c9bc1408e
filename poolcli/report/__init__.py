"""Reports: records, tables, JSON lines, the HTML page, previews, progress.

Knows how results are shown, and nothing of how they were computed.
"""
