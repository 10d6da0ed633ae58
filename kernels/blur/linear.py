"""Blurs that are one weighted sum of neighbouring or zoomed pixels."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.motion import QUANTUM_LIFT, motion_offsets, motion_weights
from ..primitives.pixelwise import PixelFunction, to_byte
from ..primitives.separable import gaussian_radius, gaussian_weights
from ..registry import corruption


class Gaussian(NamedTuple):
    """Parameters of gaussian_blur."""

    sigma: float  # pixels


class Window(NamedTuple):
    """Parameters of windowed_blur."""

    side: int  # pixels of the window, odd
    sigma: float  # pixels


class Motion(NamedTuple):
    """Parameters of motion_blur."""

    radius: int  # pixels; the kernel is 2 radius + 1 long
    sigma: float  # pixels, of the one-sided Gaussian along the motion


class Directional(NamedTuple):
    """Parameters of directional_motion_blur."""

    radius: int  # pixels; the kernel is 2 radius + 1 long
    sigma: float  # pixels, of the one-sided Gaussian along the motion
    angle: float  # degrees, of the motion


class Mix(NamedTuple):
    """Parameters of blur_mix."""

    weight: float  # of the blurred image, 0 to 1


class Zoom(NamedTuple):
    """Parameters of zoom_blur."""

    start: float  # smallest zoom factor
    stop: float  # end of the range of factors, excluded up to rounding
    step: float  # between factors


class ZoomMean(NamedTuple):
    """Parameters of zoom_mean."""

    zooms: int  # beside the image itself
    step: float  # by which each factor is larger than the one before, from 1 on


HALF, ONE = np.float32(0.5), np.float32(1.0)
# Five means of three, one after the other: the middle of (1 + z + z^2)^5 and what lies to one side.
BOXES = (np.array([51.0, 45.0, 30.0, 15.0, 5.0, 1.0]) / 243.0).astype(np.float32)


@corruption(Gaussian, identity={"sigma": 0.0}, within={"sigma": (0.0, 10_000.0)})
def gaussian_blur(ops: Any, src: Any, dst: Any, p: Gaussian, d: Any) -> None:
    """Gaussian filter per channel, cut off at int(4 sigma + .5), edges repeated: a soft, round point spread.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), appendix B (validation corruptions).
    """
    ops.separable_bytes(src, dst, gaussian_weights(p.sigma, gaussian_radius(p.sigma)), "nearest")


@corruption(Window, identity={"side": 1, "sigma": 0.0}, within={"side": (1, 10_000)})
def windowed_blur(ops: Any, src: Any, dst: Any, p: Window, d: Any) -> None:
    """Gaussian weights in a square window, however little of them it holds, rounded, reflected beyond the edge: a soft
    point spread; where sigma is large beside the window, a square one.

    Source: Di Salvo et al. 2024 (arXiv:2406.17536), Gaussian blur; the Gaussian filters of OpenCV and torchvision.
    """
    ops.truncate(ops.separable(src, gaussian_weights(p.sigma, p.side // 2), "reflect101"), dst, 0.5)


def direction(p: Motion, height: int, width: int) -> dict[str, Draw]:
    """The direction of the motion, in degrees."""
    return {"angle": uniform(-45.0, 45.0, on_host=True)}


@corruption(Motion, identity={"radius": 0, "sigma": 0.0}, within={"radius": (0, 10_000)}, draws=direction)
def motion_blur(ops: Any, src: Any, dst: Any, p: Motion, d: Any) -> None:
    """One-sided Gaussian along a random direction at whole-pixel offsets, edges clamped: a camera that moves.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3; the blur is ImageMagick's motion-blur.
    """
    weights = motion_weights(p.radius, p.sigma)
    ops.correlate_offsets(src, dst, motion_offsets(d.angle, len(weights)), weights, QUANTUM_LIFT)


@corruption(Directional, identity={"radius": 0, "sigma": 0.0}, within={"radius": (0, 10_000)})
def directional_motion_blur(ops: Any, src: Any, dst: Any, p: Directional, d: Any) -> None:
    """motion_blur in a given direction: a camera that moves the same way in front of every scene.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3 (ImageNet-P).
    """
    weights = motion_weights(p.radius, p.sigma)
    offsets = motion_offsets(np.full(len(src), p.angle), len(weights))
    ops.correlate_offsets(src, dst, offsets, weights, QUANTUM_LIFT)


@corruption(Zoom, identity={"start": 1.0, "stop": 1.0})
def zoom_blur(ops: Any, src: Any, dst: Any, p: Zoom, d: Any) -> None:
    """Mean of the image and its centred zooms by every factor of arange(start, stop, step): moving towards the scene.

    The factor 1 is among them, so the original counts twice. Factors are as NumPy's arange computes them.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    factors = np.arange(p.start, p.stop, p.step)
    ops.truncate(ops.zoom_sum(src, (1.0, *factors.tolist())), dst, gain=1.0 / (len(factors) + 1))


@corruption(ZoomMean, identity={"zooms": 0}, within={"zooms": (0, 10_000)})
def zoom_mean(ops: Any, src: Any, dst: Any, p: ZoomMean, d: Any) -> None:
    """Mean of the image and `zooms` centred zooms, each larger by a step than the one before: moving towards the scene,
    frame by frame.

    Each zoom is cut off to bytes, and so is the mean.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3 (ImageNet-P).
    Differs from the published frames where a mean is a whole number: those added float32 shares of 255, whose sum may
    lie below it.
    """
    factors = tuple(1.0 + p.step * k for k in range(p.zooms + 1))
    gain = 1.0 / len(factors)  # half a level of the sum keeps whole means whole
    ops.truncate(ops.zoom_sum(src, factors, as_bytes=True), dst, 0.5 * gain, gain)


@PixelFunction
def mixed(src, n, y, x, blurred, weight):
    """The image and its blurred self by their weights, rounded."""
    rest = ONE - weight
    return (
        to_byte(rest * np.float32(src[n, y, x, 0]) + weight * blurred[n, y, x, 0] + HALF),
        to_byte(rest * np.float32(src[n, y, x, 1]) + weight * blurred[n, y, x, 1] + HALF),
        to_byte(rest * np.float32(src[n, y, x, 2]) + weight * blurred[n, y, x, 2] + HALF),
    )


@corruption(Mix, identity={"weight": 0.0})
def blur_mix(ops: Any, src: Any, dst: Any, p: Mix, d: Any) -> None:
    """A mix of the image and itself after five box filters of 3 x 3, edges mirrored: a veil of scattered light.

    The five are one filter of 11 x 11; nothing is rounded between them.
    Source: Laugros 2022 (thesis 2022GRALT016), figures 3.2 and 4.3.
    """
    ops.pixelwise(mixed, src, dst, ops.separable(src, BOXES, "reflect101"), p.weight)
