"""random_snow: see the function."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..draws import Draw, uniform
from ..primitives.hues import FULL, lightness, relit
from ..registry import corruption


class Bleached(NamedTuple):
    """Parameters of random_snow."""

    low: float  # smallest snow point: lightness below 85 + 127.5 of it is bleached, on 0..255
    high: float  # largest
    factor: float  # by which the lightness is multiplied there


def draws(p: Bleached, height: int, width: int) -> dict[str, Draw]:
    """The snow point."""
    return {"point": uniform(p.low, p.high, on_host=True)}


def prepare(p: Bleached, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """The lightness below which it snows."""
    return {"limit": 85.0 + 127.5 * d.point}


@corruption(Bleached, form="pixel", identity={"factor": 1.0}, draws=draws, prepare=prepare)
def random_snow(src, n, y, x, limit, factor):
    """The lightness of HLS multiplied where it is below a random limit: dark places bleached as by snow.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (RandomSnow).
    Differs from the published library in that HLS is not rounded to bytes on the way.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    light = lightness(r, g, b)
    if light < limit[n]:
        return relit(r, g, b, min(light * factor, FULL))
    return r, g, b
