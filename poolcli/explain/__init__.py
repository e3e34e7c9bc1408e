"""The `explain` command: the windows of one input, and the arithmetic of each output value."""
