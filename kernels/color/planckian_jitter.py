"""The colour of the light."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.lookup import byte_table
from ..registry import corruption

# Red, green and blue of a black body, every 500 K from 3000 K on.
STEP, COLDEST = 500.0, 3000.0
LIGHT = np.array(
    [
        (0.6743, 0.4029, 0.0013),
        (0.6281, 0.4241, 0.1665),
        (0.5919, 0.4372, 0.2513),
        (0.5623, 0.4457, 0.3154),
        (0.5376, 0.4515, 0.3672),
        (0.5163, 0.4555, 0.4103),
        (0.4979, 0.4584, 0.4468),
        (0.4816, 0.4604, 0.4782),
        (0.4672, 0.4619, 0.5053),
        (0.4542, 0.4630, 0.5289),
        (0.4426, 0.4638, 0.5497),
        (0.4320, 0.4644, 0.5681),
        (0.4223, 0.4648, 0.5844),
        (0.4135, 0.4651, 0.5990),
        (0.4054, 0.4653, 0.6121),
        (0.3980, 0.4654, 0.6239),
        (0.3911, 0.4655, 0.6346),
        (0.3847, 0.4656, 0.6444),
        (0.3787, 0.4656, 0.6532),
        (0.3732, 0.4656, 0.6613),
        (0.3680, 0.4655, 0.6688),
        (0.3632, 0.4655, 0.6756),
        (0.3586, 0.4655, 0.6820),
        (0.3544, 0.4654, 0.6878),
        (0.3503, 0.4653, 0.6933),
    ]
)


class Light(NamedTuple):
    """Parameters of planckian_jitter."""

    low: float  # kelvin, lowest temperature of the light, 3000 or more
    high: float  # highest, 15000 or less


def light_draws(p: Light, height: int, width: int) -> dict[str, Draw]:
    """The temperature."""
    return {"kelvin": uniform(p.low, p.high, on_host=True)}


@corruption(Light, form="curve", identity={}, draws=light_draws)
def planckian_jitter(p: Light, d: Any) -> np.ndarray:
    """Red and blue multiplied by what a black body of a random temperature has of them beside green, clipped: light
    that is warmer or colder than the camera took it for.

    No temperature leaves both as they are: below severity 1 the range is the same.
    Source: Zini et al. 2022 (arXiv:2202.07993), section 3; between the published temperatures, as albumentations 2.
    """
    place = np.clip((d.kelvin - COLDEST) / STEP, 0.0, len(LIGHT) - 1.0)
    left = min(int(place), len(LIGHT) - 2)
    light = LIGHT[left] + (place - left) * (LIGHT[left + 1] - LIGHT[left])
    return byte_table(np.arange(256) * (light / light[1])[:, None])
