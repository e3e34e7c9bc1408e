"""Execution of recipes: blocks, threads, memory layout and statistics."""
