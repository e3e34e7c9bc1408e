"""Execution: blocks, threads, memory layout, statistics."""
