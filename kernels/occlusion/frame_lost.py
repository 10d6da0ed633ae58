"""frame_lost: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..registry import corruption


class Lost(NamedTuple):
    """Parameters of frame_lost."""

    probability: float  # that an image is lost


def draws(p: Lost, height: int, width: int) -> dict[str, Draw]:
    """The image is lost where this is below the probability."""
    return {"luck": uniform(0.0, 1.0, on_host=True)}


@corruption(Lost, form="curve", identity={"probability": 0.0}, draws=draws)
def frame_lost(p: Lost, d: Any) -> np.ndarray:
    """The whole image is black with a probability, each image by itself: a frame that never came from its camera.

    Source: Xie et al. 2023 (arXiv:2304.06719), FrameLost.
    """
    return np.zeros(256) if d.luck < p.probability else np.arange(256)
