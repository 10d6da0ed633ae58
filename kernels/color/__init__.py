"""Tone and colour: what becomes of a pixel depends on that pixel and on sums over the image."""
