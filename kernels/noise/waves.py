"""Patterns of waves laid over an image: one wave, rings around a point, folded waves, and gradient noise."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import floored, scalar
from ..primitives.elementary import arctangent, cosine, sine
from ..primitives.pixelwise import to_byte, with_added
from ..registry import corruption

HALF, ONE, FULL = np.float32(0.5), np.float32(1.0), np.float32(255.0)
OCTAVES = 5  # of perlin_noise: frequencies 1, 2, 4, 8 and 16
LATTICE = 256  # places in each direction, after which perlin_noise repeats
CELLS = 7  # of its lowest octave along the image's shorter side
SLANT = np.float32(0.3)
GROWTH, SLOWER = 1.93, 1.15  # of plasma_noise's frequency from one fold to the next, and of its phase


class Wave(NamedTuple):
    """Parameters of single_frequency_greyscale, cocentric_sine_waves and plasma_noise."""

    intensity: float  # grey levels, of the wave's crest


class Mixed(NamedTuple):
    """Parameters of perlin_noise."""

    weight: float  # of the noise, 0 to 1


def wave_draws(p: Wave, height: int, width: int) -> dict[str, Draw]:
    """The higher frequency, the other as a share of it, which of them is across, and the phase."""
    return {
        "high": uniform(-math.pi, math.pi, on_host=True),
        "other": uniform(-1.0, 1.0, on_host=True),
        "across": integers(0, 2, on_host=True),
        "phase": uniform(0.0, 2 * math.pi, on_host=True),
    }


def prepare_wave(p: Wave, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Sines and cosines along the columns and the rows, from `math`: NumPy's depend on the processor."""
    low = d.other * np.abs(d.high)
    along_x, along_y = np.where(d.across, d.high, low), np.where(d.across, low, d.high)
    angles_x = [[f * x + phase for x in range(width)] for f, phase in zip(along_x, d.phase, strict=True)]
    angles_y = [[f * y for y in range(height)] for f in along_y]
    return {
        f"{name}_{axis}": np.array([[of(angle) for angle in row] for row in angles], np.float32)
        for axis, angles in (("x", angles_x), ("y", angles_y))
        for name, of in (("sines", math.sin), ("cosines", math.cos))
    }


@corruption(Wave, form="pixel", identity={"intensity": 0.0}, draws=wave_draws, prepare=prepare_wave)
def single_frequency_greyscale(src, n, y, x, sines_x, cosines_x, sines_y, cosines_y, intensity):
    """A plane wave of random direction, length and phase added to all channels: interference.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    """
    added = intensity * (sines_x[n, x] * cosines_y[n, y] + cosines_x[n, x] * sines_y[n, y])
    return with_added(src, n, y, x, added)


def ring_draws(p: Wave, height: int, width: int) -> dict[str, Draw]:
    """The middle (y, x) as a share of the sides, how often a ring swings out, how far, and how wide it is, as shares of
    the shorter side.
    """
    return {
        "middle": uniform(0.0, 1.0, 2, on_host=True),
        "swings": uniform(0.0, 10.0, on_host=True),
        "swing": uniform(0.0, 0.1, on_host=True),
        "ring": uniform(0.0, 0.1, on_host=True),
    }


def prepare_rings(p: Wave, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """In pixels."""
    side = min(height, width)
    return {
        "place": d.middle * (height, width),
        "reach": d.swing * side,
        "density": 1.0 / np.maximum(d.ring * side, 1e-3),
    }


@corruption(Wave, form="pixel", identity={"intensity": 0.0}, draws=ring_draws, prepare=prepare_rings)
def cocentric_sine_waves(src, n, y, x, place, swings, reach, density, intensity):
    """Rings around a random point, each of them a ramp from dark to bright, that swing in and out: ripples.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    """
    dy, dx = np.float32(y) - place[n, 0], np.float32(x) - place[n, 1]
    distance = np.sqrt(dy * dy + dx * dx) + reach[n] * sine(arctangent(dx, dy) * np.float32(swings[n]))
    rings = distance * density[n]
    added = intensity * (rings - floored(rings) - HALF)
    return with_added(src, n, y, x, added)


def plasma_draws(p: Wave, height: int, width: int) -> dict[str, Draw]:
    """The time, how often the waves are folded, how sharply, and their size as a share of the shorter side."""
    return {
        "time": uniform(0.0, 6 * math.pi, on_host=True),
        "folds": integers(4, 7, on_host=True),
        "sharpness": uniform(0.5, 1.0, on_host=True),
        "size": uniform(0.075, 0.2, on_host=True),
    }


def prepare_plasma(p: Wave, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Of each fold its frequency, its phase and one over its depth, (N, folds, 3); the time and one over the size."""
    folds = np.zeros((count, 6, 3))
    for n, (time, sharpness) in enumerate(zip(d.time, d.sharpness, strict=True)):
        for k in range(6):
            # Whole turns are taken off here: of a large phase float32 keeps little.
            phase = math.remainder(time / SLOWER**k, 2 * math.pi)
            folds[n, k] = GROWTH**k, phase, (2.25 - sharpness) ** -k
    ends = [(math.remainder(time, 2 * math.pi), math.sin(time)) for time in d.time]
    return {"fold": folds, "shape": 1.0 / (d.size * min(height, width)), "end": np.array(ends)}


# Some 6 ms an image of 224 x 224 on one core: eleven to fifteen sines a pixel.
@corruption(Wave, form="pixel", identity={"intensity": 0.0}, draws=plasma_draws, prepare=prepare_plasma)
def plasma_noise(src, n, y, x, fold, folds, shape, end, intensity):
    """Coloured waves that are folded into each other several times, in place of part of the image: a screen gone wild.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    """
    v, u = np.float32(y) * shape[n], np.float32(x) * shape[n]
    for k in range(folds[n]):
        frequency, phase, share = fold[n, k, 0], fold[n, k, 1], fold[n, k, 2]
        across, down = cosine(v * frequency + phase) * share, sine(u * frequency + phase) * share
        u, v = u + across - SLANT * down, v + down + SLANT * across
    time, wobble = end[n, 0], end[n, 1]
    rest = ONE - intensity / FULL
    return (
        to_byte(rest * np.float32(src[n, y, x, 0]) + intensity * sine(u - time)),
        to_byte(rest * np.float32(src[n, y, x, 1]) + intensity * sine((u + v + wobble) * HALF)),
        to_byte(rest * np.float32(src[n, y, x, 2]) + intensity * sine(v + time)),
    )


def lattice_draws(p: Mixed, height: int, width: int) -> dict[str, Draw]:
    """An order of the places, and a slope (y, x) of each, in 256ths."""
    return {
        "order": uniform(0.0, 1.0, LATTICE, on_host=True),
        "slope": integers(-256, 256, LATTICE, 2, on_host=True),
    }


def prepare_lattice(p: Mixed, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The order twice, slopes of length 1, and for each octave and row (column) the place before it, how far it lies
    from there, and the smooth share of the next.
    """
    order = np.argsort(d.order, axis=1, kind="stable").astype(np.int32)
    length = np.sqrt((d.slope.astype(float) ** 2).sum(-1, keepdims=True))
    made = {"hashed": np.concatenate([order, order], axis=1), "slopes": d.slope / np.maximum(length, 1.0)}
    step = CELLS / min(height, width)
    for axis, size in (("y", height), ("x", width)):
        place = np.arange(size) * step * 2.0 ** np.arange(OCTAVES)[:, None]
        rest = place - np.floor(place)
        made[f"cell_{axis}"] = (np.floor(place).astype(np.int64) % LATTICE).astype(np.int32)
        made[f"rest_{axis}"], made[f"share_{axis}"] = rest, rest * rest * (3.0 - 2.0 * rest)
    return made


@scalar
def climb(slopes, n, place, dy, dx):
    """How high a slope rises on the way."""
    return dy * slopes[n, place, 0] + dx * slopes[n, place, 1]


@scalar
def gradient_noise(hashed, slopes, n, cell_y, cell_x, dy, dx, share_y, share_x):
    """Between the slopes of the four places around."""
    next_y, next_x = (cell_y + 1) & 255, (cell_x + 1) & 255
    here, below = hashed[n, cell_y], hashed[n, next_y]
    upper = climb(slopes, n, hashed[n, here + cell_x] & 255, dy, dx)
    lower = climb(slopes, n, hashed[n, below + cell_x] & 255, dy - ONE, dx)
    left = upper + share_y * (lower - upper)
    upper = climb(slopes, n, hashed[n, here + next_x] & 255, dy, dx - ONE)
    lower = climb(slopes, n, hashed[n, below + next_x] & 255, dy - ONE, dx - ONE)
    right = upper + share_y * (lower - upper)
    return np.float32(1.5) * (left + share_x * (right - left))


@corruption(Mixed, form="pixel", identity={"weight": 0.0}, draws=lattice_draws, prepare=prepare_lattice)
def perlin_noise(src, n, y, x, hashed, slopes, cell_y, cell_x, rest_y, rest_x, share_y, share_x, weight):
    """Perlin's gradient noise as turbulence, five octaves of it, mixed with the image: smoke.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    """
    total, size = np.float32(0.0), ONE
    for k in range(5):
        total += size * abs(
            gradient_noise(
                hashed, slopes, n, cell_y[k, y], cell_x[k, x], rest_y[k, y], rest_x[k, x], share_y[k, y], share_x[k, x]
            )
        )
        size *= HALF
    added, rest = FULL * weight * min(HALF * total + HALF, ONE), ONE - weight
    return (
        to_byte(rest * np.float32(src[n, y, x, 0]) + added),
        to_byte(rest * np.float32(src[n, y, x, 1]) + added),
        to_byte(rest * np.float32(src[n, y, x, 2]) + added),
    )
