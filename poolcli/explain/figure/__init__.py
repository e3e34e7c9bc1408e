"""Figures of explanations: content, layout and shapes, drawn as SVG and as images."""
