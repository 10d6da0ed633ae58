"""Occlusion: a part of the image is hidden."""
