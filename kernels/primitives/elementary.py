"""Sine, cosine and arctangent in float32 alone, so that every device gives the same bits: libraries differ there."""

import numpy as np

from ..jit import floored, scalar

ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
PI, QUARTER, EIGHTH = np.float32(np.pi), np.float32(np.pi / 2), np.float32(np.pi / 4)
TURN, TURNS = np.float32(2 * np.pi), np.float32(0.5 / np.pi)
# Taylor's series of the sine up to the eleventh power: within 6e-8 up to a quarter turn.
S3, S5, S7, S9, S11 = (np.float32(value) for value in (-1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800))
# Arctangent up to tan(22.5 degrees), within 2e-7: minimax coefficients of the odd powers.
STEEP = np.float32(0.41421356)
A3, A5, A7, A9 = (np.float32(value) for value in (-0.333329491539, 0.199777106478, -0.138776856032, 0.0805374449538))


@scalar
def sine(x):
    """Of an angle in radians."""
    turns = x * TURNS
    turns = turns - floored(turns + HALF)
    size = abs(turns)
    angle = TURN * min(size, HALF - size)
    z = angle * angle
    value = angle + angle * z * (S3 + z * (S5 + z * (S7 + z * (S9 + z * S11))))
    return value if turns >= ZERO else -value


@scalar
def cosine(x):
    """Of an angle in radians."""
    return sine(x + QUARTER)


@scalar
def arctangent(y, x):
    """The angle of the direction (x, y) in radians, from -pi to pi; 0 at the origin."""
    far, near = max(abs(x), abs(y)), min(abs(x), abs(y))
    steep = near > STEEP * far
    above, below = near - far if steep else near, near + far if steep else far
    t = above / below if below > ZERO else ZERO
    z = t * t
    angle = t + t * z * (A3 + z * (A5 + z * (A7 + z * A9)))
    if steep:
        angle = angle + EIGHTH
    if abs(y) > abs(x):
        angle = QUARTER - angle
    if x < ZERO:
        angle = PI - angle
    return angle if y >= ZERO else -angle
