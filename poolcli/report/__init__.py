"""Telling people: records, tables, JSON lines.

Knows how results look; knows nothing of how anything was computed.
"""
