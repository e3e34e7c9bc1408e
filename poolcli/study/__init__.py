"""What pooling does to one input: compared by mode, explained window by window."""
