"""Accuracy beyond what the clean accuracy predicts, with the prediction fitted over a set of models."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import OptionError

SCALES = ("logit", "linear")


@dataclass(frozen=True)
class EffectiveRobustness:
    """A line through a set of models, from clean accuracy to accuracy under corruption.

    Args:
        slope, intercept: of the line.
        scale: "logit" or "linear", of both accuracies.

    Source: Taori et al. 2020 (arXiv:2007.00644), section 3 (logit scale); Laugros 2022, section 2.3.

    >>> line = EffectiveRobustness.fit([0.6, 0.7, 0.8], [0.3, 0.4, 0.5], scale="linear")
    >>> round(float(line(0.7, 0.45)), 6)
    0.05
    """

    slope: float
    intercept: float
    scale: str = "logit"

    @classmethod
    def fit(
        cls, clean: Sequence[float] | np.ndarray, corrupted: Sequence[float] | np.ndarray, scale: str = "logit"
    ) -> "EffectiveRobustness":
        """The least-squares line through a set of models.

        Args:
            clean: the clean accuracy of each, 0..1.
            corrupted: its accuracy under corruption, 0..1.
            scale: "logit" or "linear".

        Returns:
            The EffectiveRobustness of that line.

        Raises:
            OptionError: there are fewer than three models (a line through two says nothing), all are of one clean
                accuracy, an accuracy of 0 or 1 is to lie on the logit scale, or there is no such scale.
        """
        if scale not in SCALES:
            raise OptionError(f"scale {scale!r} is not one of {', '.join(SCALES)}")
        if len(clean) != len(corrupted) or len(clean) < 3:
            raise OptionError(
                f"effective robustness needs three models or more; got {len(clean)} clean and {len(corrupted)} "
                "accuracies"
            )
        x, y = (_scaled(np.asarray(values, dtype=np.float64), scale) for values in (clean, corrupted))
        if np.ptp(x) == 0:
            raise OptionError(
                "effective robustness needs models of different clean accuracy; all of these have the same"
            )
        slope, intercept = np.polyfit(x, y, 1)
        return cls(float(slope), float(intercept), scale)

    def predicted(self, clean: np.ndarray | float) -> np.ndarray:
        """The accuracy under corruption that the line gives for a clean accuracy.

        Args:
            clean: 0..1; any shape.

        Returns:
            Of that shape; on the linear scale it may leave 0..1.

        Raises:
            OptionError: a clean accuracy of 0 or 1 on the logit scale.
        """
        y = self.slope * _scaled(np.asarray(clean, dtype=np.float64), self.scale) + self.intercept
        result: np.ndarray = 1.0 / (1.0 + np.exp(-y)) if self.scale == "logit" else y
        return result

    def __call__(self, clean: np.ndarray | float, corrupted: np.ndarray | float) -> np.ndarray:
        """Accuracy under corruption minus the predicted one; above 0 is more robust than the set's trend.

        Args:
            clean: the clean accuracy, 0..1; any shape.
            corrupted: the accuracy under corruption, 0..1; the same shape.

        Returns:
            Of that shape, in shares.

        Raises:
            OptionError: a clean accuracy of 0 or 1 on the logit scale.
        """
        result: np.ndarray = np.asarray(corrupted) - self.predicted(clean)
        return result


def _scaled(values: np.ndarray, scale: str) -> np.ndarray:
    if scale == "linear":
        return values
    if not ((values > 0) & (values < 1)).all():
        raise OptionError('an accuracy of 0 or 1 has no logit; use scale="linear"')
    result: np.ndarray = np.log(values / (1.0 - values))
    return result
