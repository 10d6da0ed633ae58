"""From a model's scores to predictions, and the checks that scores and labels fit together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OptionError
from ..metrics.predictions import INVALID, Predictions

if TYPE_CHECKING:
    import torch

SCORES = ("logits", "probabilities")
FIVE = 5


def judge(
    scores: Any,
    labels: "torch.Tensor",
    kind: str = "logits",
    classes: "torch.Tensor | None" = None,
    groups: Sequence[Sequence[int]] = (),
    several: int = 0,
    five: bool = False,
) -> Predictions:
    """Predictions from scores (N, C) and labels (N,) int64, in float32 whatever the scores come in.

    Where `classes` (K,) int64, ascending, is given, only these of the C count: the prediction is one of them, its
    confidence a share among them, and the rank a place among them. Each label must be one of them. Where there are
    `groups` of classes, labels and predictions are theirs: a group's score is the mean probability of its members, of
    a softmax over all C, and the confidence its share of the sum of these.

    Where `several` labels may be right of an image, labels and predictions are numbers whose bits say yes or no to
    each: yes where its probability, of a logit by itself, is above 1/2. The rank is then how many answers are wrong,
    and the confidence the probability of all of them together, as if they were independent.

    With `five` the five likeliest classes are kept, of equal scores the first; not where there are fewer.

    Raises OptionError where scores and labels do not fit together, or the scores are not of the kind that was
    announced.
    """
    import torch

    check_scores(scores, len(labels))
    check_labels(labels.numpy(), 1 << several if several else len(groups) or scores.shape[1])
    values = scores.detach().to(torch.float32)
    if several:
        return _judge_labels(values, labels, kind)
    if kind == "probabilities" and not are_probabilities(values[~useless_rows(values)]):
        raise OptionError(
            'the model\'s scores are not probabilities (not negative, rows adding up to 1); use scores="logits"'
        )
    if classes is not None:
        labels = torch.searchsorted(classes, labels)
        values = values[:, classes.to(values.device)]
    useless = useless_rows(values)
    if groups:
        shares = values if kind == "probabilities" else values.softmax(1)
        values, kind = torch.stack([shares[:, list(group)].mean(1) for group in groups], dim=1), "probabilities"
    if kind == "probabilities" and (groups or classes is not None):
        shares = values.sum(1, keepdim=True)
        useless |= shares[:, 0] == 0
        values = values / shares
    values = torch.where(useless[:, None], torch.zeros((), device=values.device), values)
    probabilities = values if kind == "probabilities" else values.softmax(1)
    top = values.argmax(1)
    places = labels.to(values.device)
    own = values.gather(1, places[:, None])
    earlier = torch.arange(values.shape[1], device=values.device)[None] < places[:, None]
    rank = ((values > own) | ((values == own) & earlier)).sum(1)
    confidence = probabilities.gather(1, top[:, None])[:, 0]
    predicted = top if classes is None else classes.to(top.device)[top]
    likeliest = None
    if five and values.shape[1] >= FIVE:
        order = values.sort(dim=1, descending=True, stable=True).indices[:, :FIVE]
        order = order if classes is None else classes.to(order.device)[order]
        likeliest = torch.where(useless[:, None], INVALID, order).to(torch.int32).cpu().numpy()
    return Predictions(
        torch.where(useless, INVALID, predicted).to(torch.int32).cpu().numpy(),
        torch.where(useless, torch.nan, confidence).to(torch.float32).cpu().numpy(),
        torch.where(useless, INVALID, rank).to(torch.int32).cpu().numpy(),
        likeliest,
    )


def _judge_labels(values: "torch.Tensor", labels: "torch.Tensor", kind: str) -> Predictions:
    """`judge` of several labels; a row with NaN is useless, infinite logits are not."""
    import torch

    useless = torch.isnan(values).any(1)
    if kind == "probabilities" and not bool(((values[~useless] >= 0) & (values[~useless] <= 1)).all()):
        raise OptionError('the model\'s scores are not probabilities of labels (0 to 1 each); use scores="logits"')
    shares = values if kind == "probabilities" else values.sigmoid()
    answers = shares > 0.5
    bits = 1 << torch.arange(values.shape[1], device=values.device)
    right = (labels.to(values.device)[:, None] & bits) != 0
    return Predictions(
        torch.where(useless, INVALID, (answers * bits).sum(1)).to(torch.int32).cpu().numpy(),
        torch.where(useless, torch.nan, torch.maximum(shares, 1 - shares).prod(1)).to(torch.float32).cpu().numpy(),
        torch.where(useless, INVALID, (answers != right).sum(1)).to(torch.int32).cpu().numpy(),
    )


def useless_rows(values: "torch.Tensor") -> "torch.Tensor":
    """(N,) bool: rows of scores (N, classes) with NaN or +infinity, or with nothing above -infinity."""
    import torch

    return (torch.isnan(values) | torch.isposinf(values)).any(1) | torch.isneginf(values).all(1)


class Judge:
    """`judge` for a whole run: also notices a model whose "logits" are probabilities.

    One row may look like probabilities by accident, so it takes ROWS of them, and not a single one that does not.
    """

    ROWS = 8

    def __init__(
        self,
        kind: str,
        classes: "torch.Tensor | None" = None,
        groups: Sequence[Sequence[int]] = (),
        several: int = 0,
        five: bool = False,
    ) -> None:
        self.kind, self.classes, self.groups, self.several, self.five = kind, classes, groups, several, five
        self._alike, self._settled = 0, kind != "logits" or several > 0

    def __call__(self, scores: Any, labels: "torch.Tensor") -> Predictions:
        """Predictions from scores (N, classes) and labels (N,); OptionError as `judge`, or where probabilities came
        instead of logits.
        """
        predictions = judge(scores, labels, self.kind, self.classes, self.groups, self.several, self.five)
        if not self._settled:
            rows = scores[scores.isfinite().all(1)]
            self._settled = scores.shape[1] == 1 or not are_probabilities(rows)
            self._alike += len(rows)
            if not self._settled and self._alike >= self.ROWS:
                raise OptionError(
                    "the model's scores look like probabilities (not negative, rows adding up to 1), and another "
                    "softmax would spoil "
                    'its confidences; say scores="probabilities", or hand over a model that ends in logits'
                )
        return predictions


def are_probabilities(rows: "torch.Tensor") -> bool:
    """Whether no score is negative and each row adds up to 1, to what bfloat16 leaves of it; true of no rows at all."""
    return bool((rows >= 0).all()) and bool(((rows.float().sum(1) - 1).abs() < 1e-2).all())


def check_scores(scores: Any, images: int) -> None:
    """OptionError unless they are a tensor (N, classes) of so many images."""
    import torch

    if not isinstance(scores, torch.Tensor) or scores.ndim != 2 or len(scores) != images:
        got = f"a tensor of shape {tuple(scores.shape)}" if isinstance(scores, torch.Tensor) else type(scores).__name__
        raise OptionError(f"the model gave {got} for {images} images; a tensor of scores (N, classes) is needed")


def check_labels(labels: np.ndarray, classes: int) -> None:
    """OptionError unless labels (N,) are whole numbers from 0 to classes - 1."""
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise OptionError(f"labels are {labels.dtype} of shape {labels.shape}; one class number an image is needed")
    if len(labels) and (labels.min() < 0 or labels.max() >= classes):
        raise OptionError(
            f"labels run from {labels.min()} to {labels.max()}, but the model has {classes} classes (0 to "
            f"{classes - 1}); "
            "map them with labels={label or class folder: class number}"
        )
