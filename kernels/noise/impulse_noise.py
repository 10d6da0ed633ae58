"""impulse_noise: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..primitives.transition import LEVELS, cached_tables, element_words
from ..registry import EXACT, corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    amount: float  # probability that an element is replaced


def law(p: Params) -> np.ndarray:
    """The exact law (256, 256): stay with 1 - amount, 0 and 255 with amount / 2 each."""
    matrix = (1.0 - p.amount) * np.eye(LEVELS)
    matrix[:, [0, LEVELS - 1]] += p.amount / 2
    return matrix


table = cached_tables(law)


@corruption(
    Params,
    {
        224: [0.03, 0.06, 0.09, 0.17, 0.27],
        299: [0.04, 0.07, 0.10, 0.18, 0.28],
        64: [0.01, 0.02, 0.05, 0.08, 0.14],
        32: [0.01, 0.02, 0.03, 0.05, 0.07],
    },
    identity=[0.0],
    draws=element_words,
    tolerance=EXACT,
)
def impulse_noise(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """Each element on its own becomes 0 or 255 with probability `amount`, half and half: bit errors, salt and pepper.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    ops.transition(src, dst, table(p), d.noise)
