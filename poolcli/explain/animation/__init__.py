"""Animations of explanations: the states of the frames, and the files."""
