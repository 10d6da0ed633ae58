"""Additive and multiplicative noise: each element of the image is drawn from a law that its own value selects."""
