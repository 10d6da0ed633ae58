"""Images of nothing but noise: what no class can be seen on."""

import math
from typing import Any

import numpy as np

from ..errors import OptionError
from ..kernels.philox import condition_key, fill_words, whole_blocks
from ..runtime.checks import check_count, check_integer, check_name, check_number
from .protocol import NO_LABEL, Indexable, digest

KINDS = ("gaussian", "uniform")


class NoiseSource(Indexable):
    """Images of independent noise, made when they are asked for. Image i of a seed is the same wherever it is made,
    however many there are.

    Args:
        kind: "gaussian" or "uniform": the law of each element of an image.
        count: how many images.
        height: in pixels.
        width: likewise.
        channels: 1 or 3.
        seed: fixes all of them.
        mean: of the Gaussian, in units of the pixel range 0..1.
        deviation: its standard deviation, likewise. What lies beyond the range is clipped to it: with the default two
            of three elements are black or white.

    Raises:
        UnknownNameError: there is no such kind.
        OptionError: a number is not what is needed.

    Source: Liang, Li and Srikant 2018 (arXiv:1706.02690), section 4: elements uniform on 0..1, or of mean 1/2 and
    variance 1 and clipped; two of the seven sets of Chun et al. 2020 (arXiv:2003.03879).

    >>> NoiseSource("uniform", 3, 2, 2, channels=1).decode(2)[0].ravel().tolist()
    [63, 166, 181, 145]
    """

    def __init__(
        self, kind: str, count: int, height: int, width: int, channels: int = 3, *, seed: int = 0, mean: float = 0.5,
        deviation: float = 1.0,
    ) -> None:  # fmt: skip
        check_name("kind of noise", kind, KINDS)
        for name, value in (("count", count), ("height", height), ("width", width)):
            check_count(name, value, 1)
        if channels not in (1, 3):
            raise OptionError(f"channels is {channels!r}; 1 or 3 are needed")
        self.kind, self.count, self.shape = kind, count, (height, width, channels)
        self.seed = check_integer("seed", seed)
        self.mean, self.deviation = check_number("mean", mean), check_number("deviation", deviation)
        if not math.isfinite(self.mean) or not 0 < self.deviation < math.inf:
            raise OptionError(
                f"mean is {mean!r} and deviation {deviation!r}; finite numbers are needed, the latter above 0"
            )
        self.ends = ends(self.mean, self.deviation)

    def __len__(self) -> int:
        return self.count

    def name(self, index: int) -> str:
        """What messages call the image.

        Args:
            index: the sample's number, from 0.

        Returns:
            Its number and its law.
        """
        return f"image {index} of {self.kind} noise"

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """One image.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label): (H, W, 1 or 3) uint8, and NO_LABEL.
        """
        size = math.prod(self.shape)
        words = np.empty(whole_blocks(size), np.uint32)
        fill_words(words, 0, 0, index, *condition_key(self.seed, f"{self.kind} noise images", 0, 0))
        words = words[:size]
        levels = words >> np.uint32(24) if self.kind == "uniform" else np.searchsorted(self.ends, words, "right")
        return levels.astype(np.uint8).reshape(self.shape), NO_LABEL

    def fingerprint(self) -> str:
        """A digest of all that fixes the images.

        Returns:
            64 hexadecimal digits.
        """
        law = (self.mean, self.deviation) if self.kind == "gaussian" else ()
        return digest([type(self).__qualname__, self.kind, self.count, self.shape, self.seed, *law])


def ends(mean: float, deviation: float) -> np.ndarray:
    """(255,) uint32, ascending: level k of the clipped Gaussian is for words from entry k - 1 up to entry k.

    By math.erf: the last bit of a SIMD transcendental depends on the processor, and here it would decide bytes.
    """
    edges = [((k + 0.5) / 255 - mean) / (deviation * math.sqrt(2)) for k in range(255)]
    return np.array([min(round(2**31 * (1 + math.erf(edge))), 2**32 - 1) for edge in edges], np.uint32)
