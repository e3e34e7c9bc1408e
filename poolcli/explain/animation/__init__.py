"""Animations of explanations: what they show, how frames are drawn, and the encoded file."""
