"""Geometry: pixels come from other places."""
