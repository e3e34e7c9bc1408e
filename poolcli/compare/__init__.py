"""The results of all modes on one input, side by side, with measurements."""
