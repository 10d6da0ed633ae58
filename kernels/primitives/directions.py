"""Whole degrees as directions. The C library's cosines, whose bits do not depend on NumPy's vector code."""

import functools
import math

import numpy as np

DIRECTIONS = 360


@functools.cache
def cosines() -> np.ndarray:
    """(360,) float64."""
    return np.array([math.cos(math.radians(degrees)) for degrees in range(DIRECTIONS)])


@functools.cache
def sines() -> np.ndarray:
    """(360,) float64."""
    return np.array([math.sin(math.radians(degrees)) for degrees in range(DIRECTIONS)])
