"""The tables of classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...findings import class_name, per_class
from ...rates import Rates
from ...tables import percent

FEWEST = 10
"""Images a class that a table of classes needs; below it would be a list of accidents."""
WORST = 10
"""Classes that are shown at once; the others are folded away."""


def rows(reports: Sequence[Rates]) -> list[dict[str, Any]]:
    """The classes, those first that lose most (mean over the models); none where they have too few images.

    All reports are about the same images, and so about the same classes.
    """
    found = [per_class(report) for report in reports]
    if not len(found[0].images) or np.median(found[0].images) < FEWEST:
        return []
    lost = np.mean([own.clean - own.corrupted for own in found], axis=0)
    return [
        {
            "name": class_name(reports[0], int(found[0].label[n])),
            "images": int(found[0].images[n]),
            "lost": float(lost[n]),
            "models": [
                {
                    "clean": float(own.clean[n]),
                    "interval": f"[{percent(own.low[n])}, {percent(own.high[n])}]",
                    "corrupted": float(own.corrupted[n]),
                }
                for own in found
            ],
        }
        for n in np.argsort(-lost, kind="stable")
    ]
