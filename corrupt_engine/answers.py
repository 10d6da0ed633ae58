"""What a model answered, image by image, and how an answer is judged."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .errors import OptionError

if TYPE_CHECKING:
    import torch

SCORES = ("logits", "probabilities")
INVALID = -1
"""The prediction and the rank of an answer that is no answer: its scores held NaN or +infinity."""


class Answers(NamedTuple):
    """Answers on N images under one condition."""

    prediction: np.ndarray
    """(N,) int32: the class with the highest score, the first of them where several are highest; INVALID for a useless answer."""
    confidence: np.ndarray
    """(N,) float32: the probability of that class; NaN for a useless answer."""
    rank: np.ndarray
    """(N,) int32: how many classes come before the label's, 0 being right; INVALID for a useless answer."""

    @property
    def correct(self) -> np.ndarray:
        """(N,) bool: top-1 right. A useless answer is wrong."""
        right: np.ndarray = self.rank == 0
        return right

    @property
    def correct5(self) -> np.ndarray:
        """(N,) bool: the label is among the five highest."""
        return (self.rank >= 0) & (self.rank < 5)

    @property
    def invalid(self) -> np.ndarray:
        """(N,) bool: the scores held NaN or +infinity."""
        useless: np.ndarray = self.rank == INVALID
        return useless

    def take(self, where: np.ndarray) -> "Answers":
        """The answers at some places."""
        return Answers(self.prediction[where], self.confidence[where], self.rank[where])


def judge(scores: Any, labels: "torch.Tensor", kind: str = "logits") -> Answers:
    """Answers from scores (N, classes) and labels (N,) int64.

    Raises OptionError where scores and labels do not fit together, or the scores are not of the kind that was announced.
    """
    import torch

    if not isinstance(scores, torch.Tensor) or scores.ndim != 2 or len(scores) != len(labels):
        got = f"a tensor of shape {tuple(scores.shape)}" if isinstance(scores, torch.Tensor) else type(scores).__name__
        raise OptionError(f"the model gave {got} for {len(labels)} images; a tensor of scores (N, classes) is needed")
    check_labels(labels.numpy(), scores.shape[1])
    values = scores.detach().to(torch.float32)
    useless = (torch.isnan(values) | torch.isposinf(values)).any(1)
    values = torch.where(useless[:, None], torch.zeros((), device=values.device), values)
    if kind == "probabilities" and not are_probabilities(values[~useless]):
        raise OptionError('the model\'s scores are not probabilities (not negative, rows adding up to 1); use scores="logits"')
    probabilities = values if kind == "probabilities" else values.softmax(1)
    top = values.argmax(1)
    places = labels.to(values.device)
    own = values.gather(1, places[:, None])
    earlier = torch.arange(values.shape[1], device=values.device)[None] < places[:, None]
    rank = ((values > own) | ((values == own) & earlier)).sum(1)
    confidence = probabilities.gather(1, top[:, None])[:, 0]
    return Answers(
        torch.where(useless, INVALID, top).to(torch.int32).cpu().numpy(),
        torch.where(useless, torch.nan, confidence).to(torch.float32).cpu().numpy(),
        torch.where(useless, INVALID, rank).to(torch.int32).cpu().numpy(),
    )


class Judge:
    """`judge` for a whole run: also notices a model whose "logits" are probabilities.

    One row may look like probabilities by accident, so it takes ROWS of them, and not a single one that does not.
    """

    ROWS = 8

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._alike, self._settled = 0, kind != "logits"

    def __call__(self, scores: Any, labels: "torch.Tensor") -> Answers:
        """Answers from scores (N, classes) and labels (N,); OptionError as `judge`, or where probabilities came instead of logits."""
        answers = judge(scores, labels, self.kind)
        if not self._settled:
            rows = scores[scores.isfinite().all(1)]
            self._settled = scores.shape[1] == 1 or not are_probabilities(rows)
            self._alike += len(rows)
            if not self._settled and self._alike >= self.ROWS:
                raise OptionError(
                    "the model's scores look like probabilities (not negative, rows adding up to 1), and another softmax would spoil "
                    'its confidences; say scores="probabilities", or hand over a model that ends in logits'
                )
        return answers


def are_probabilities(rows: "torch.Tensor") -> bool:
    """Whether no score is negative and each row adds up to 1, to what bfloat16 leaves of it; true of no rows at all."""
    return bool((rows >= 0).all()) and bool(((rows.float().sum(1) - 1).abs() < 1e-2).all())


def check_labels(labels: np.ndarray, classes: int) -> None:
    """OptionError unless labels (N,) are whole numbers from 0 to classes - 1."""
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise OptionError(f"labels are {labels.dtype} of shape {labels.shape}; one class number an image is needed")
    if len(labels) and (labels.min() < 0 or labels.max() >= classes):
        raise OptionError(
            f"labels run from {labels.min()} to {labels.max()}, but the model has {classes} classes (0 to {classes - 1}); "
            "map them with labels={label or class folder: class number}"
        )
