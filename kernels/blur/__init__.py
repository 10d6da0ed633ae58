"""Blurs: weighted means of neighbouring pixels."""
