"""chroma_noise: see the function."""

from typing import NamedTuple

import numpy as np

from ..draws import Draw, normal
from ..primitives.pixelwise import nearest_byte
from ..registry import corruption

FULL = np.float32(255.0)
RED, BLUE = np.float32(1.402), np.float32(1.772)  # of JPEG's YCbCr
GREEN_BLUE, GREEN_RED = np.float32(0.344136), np.float32(0.714136)


class Chroma(NamedTuple):
    """Parameters of chroma_noise."""

    sigma: float  # standard deviation in each of Y, Cb and Cr, image on 0..1


def draws(p: Chroma, height: int, width: int) -> dict[str, Draw]:
    """The noise of Y, Cb and Cr."""
    return {"noise": normal(0.0, p.sigma, height, width, 3)}


@corruption(Chroma, form="pixel", identity={"sigma": 0.0}, draws=draws)
def chroma_noise(src, n, y, x, noise):
    """N(0, sigma^2) added to Y, Cb and Cr of every pixel: noise whose channels hang together, as after a demosaic.

    Source: Lin et al. 2019 (KADID-10k, QoMEX), white noise in color component.
    """
    light, blue, red = FULL * noise[n, y, x, 0], FULL * noise[n, y, x, 1], FULL * noise[n, y, x, 2]
    return (
        nearest_byte(np.float32(src[n, y, x, 0]) + light + RED * red),
        nearest_byte(np.float32(src[n, y, x, 1]) + light - GREEN_BLUE * blue - GREEN_RED * red),
        nearest_byte(np.float32(src[n, y, x, 2]) + light + BLUE * blue),
    )
