"""Stars of many rays: lights that blind a camera, and the dark hole that one light leaves of a scene."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, normal, uniform
from ..jit import scalar
from ..kept import kept
from ..primitives.elementary import PI, TURNS, arctangent
from ..primitives.pixelwise import to_byte
from ..primitives.sampling import mix
from ..registry import corruption

LIGHTS, MOST_RAYS = 5, 200
ZERO, ONE, HALF, FULL = np.float32(0.0), np.float32(1.0), np.float32(0.5), np.float32(255.0)
SPREAD = np.float32(0.25)  # standard deviation of a ray's length, as a share of it
NEAR = np.float32(1e-4)  # keeps the square of a distance above 0
STEPS, END = 4096, 2.0  # of the table of powers, and the root up to which it goes: beyond all is lit
PER_STEP = np.float32(STEPS / END)


class Sparkle(NamedTuple):
    """Parameters of sparkles."""

    radius: float  # of a light, as a share of the image's shorter side


class Inverse(NamedTuple):
    """Parameters of inverse_sparkles."""

    falloff: float  # exponent by which the light falls with the squared distance


def sparkle_draws(p: Sparkle, height: int, width: int) -> dict[str, Draw]:
    """Of each light its middle (y, x) as a share of the sides, how many rays it has, and how their lengths deviate."""
    return {
        "middle": uniform(0.0, 1.0, LIGHTS, 2, on_host=True),
        "rays": integers(50, MOST_RAYS, LIGHTS, on_host=True),
        "deviation": normal(0.0, 1.0, LIGHTS, MOST_RAYS),
    }


def prepare_sparkles(p: Sparkle, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """In pixels; and how many lights there are: a constant would be unrolled, and not fit a device's registers."""
    length = float(p.radius * min(height, width))
    return {"place": d.middle * (height, width), "length": length, "lights": LIGHTS}


@scalar
def ray_at(dy, dx, rays):
    """Between which two rays a direction lies, and how far from the first."""
    turns = (arctangent(dx, dy) + PI) * TURNS * np.float32(rays)
    first = min(max(np.int32(turns), 0), rays)
    share, second = turns - np.float32(first), first + 1
    if second >= rays:
        second -= rays
    if first >= rays:
        first = 0
    return first, second, share


# 5.2 ms an image of 224 x 224 on one core: an arctangent, a root and two divisions for each of five lights.
@corruption(Sparkle, form="pixel", identity={"radius": 0.0}, draws=sparkle_draws, prepare=prepare_sparkles)
def sparkles(src, n, y, x, place, rays, deviation, length, lights):
    """Five white lights at random places, each with rays of many lengths: glitter, or the sun on water.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    """
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    for k in range(lights):
        dy, dx = np.float32(y) - place[n, k, 0], np.float32(x) - place[n, k, 1]
        first, second, share = ray_at(dy, dx, rays[n, k])
        one = max(ONE, length + SPREAD * length * deviation[n, k, first])
        other = max(ONE, length + SPREAD * length * deviation[n, k, second])
        reach = mix(one, other, share)
        away = reach / np.sqrt(dy * dy + dx * dx + NEAR)
        lit = (ONE - (share - HALF) * (share - HALF)) * away * away
        lit = min(lit, ONE) if length > ZERO else ZERO
        r, g, b = mix(r, FULL, lit), mix(g, FULL, lit), mix(b, FULL, lit)
    return to_byte(r), to_byte(g), to_byte(b)


def inverse_draws(p: Inverse, height: int, width: int) -> dict[str, Draw]:
    """The middle (y, x) as a share of the sides, how many rays there are, and how their lengths deviate."""
    return {
        "middle": uniform(0.25, 0.75, 2, on_host=True),
        "rays": integers(50, MOST_RAYS, on_host=True),
        "deviation": normal(0.0, 1.0, MOST_RAYS),
    }


@kept
def powers(exponent: float) -> np.ndarray:
    """(STEPS + 2,) float32: of equal steps of a square root, the root to 4 times the exponent."""
    values = [math.pow(k * END / STEPS, 4.0 * exponent) if k else float(exponent == 0.0) for k in range(STEPS + 2)]
    return np.array(values, np.float32)


def prepare_inverse(p: Inverse, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """In pixels."""
    return {"place": d.middle * (height, width), "length": 0.25 * min(height, width), "power": powers(float(p.falloff))}


@corruption(Inverse, form="pixel", identity={"falloff": 0.0}, draws=inverse_draws, prepare=prepare_inverse)
def inverse_sparkles(src, n, y, x, place, rays, deviation, length, power, falloff):
    """White everywhere but around one point, from which the scene shines through in rays: glare all over a lens.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    """
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    if falloff == ZERO:
        return to_byte(r), to_byte(g), to_byte(b)
    dy, dx = np.float32(y) - place[n, 0], np.float32(x) - place[n, 1]
    first, second, share = ray_at(dy, dx, rays[n])
    one, other = length + SPREAD * length * deviation[n, first], length + SPREAD * length * deviation[n, second]
    reach = abs(mix(one, other, share))
    steps = min(np.sqrt(reach / np.sqrt(dy * dy + dx * dx + NEAR)) * PER_STEP, np.float32(4096.0))
    i = np.int32(steps)
    lit = (ONE - (share - HALF) * (share - HALF)) * mix(power[i], power[i + 1], steps - np.float32(i))
    lit = min(lit, ONE)
    return to_byte(mix(FULL, r, lit)), to_byte(mix(FULL, g, lit)), to_byte(mix(FULL, b, lit))
