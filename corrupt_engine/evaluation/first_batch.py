"""What the first batch tells before hours are spent: a model whose answers depend on the batch, or that says nothing,
or that is not the one that a record was begun with.
"""

from typing import TYPE_CHECKING

from ..errors import OptionError, RecordError
from ..metrics.predictions import Predictions
from ..models.running import Runner, in_parts
from ..models.scores import useless_rows
from ..records.agreement import of_another_model

if TYPE_CHECKING:
    import torch

ROUNDING = 0.01
"""By which share of the range of its scores another batch size may move a model's scores. Rounding moves those of a
float32 network by 1e-6 of it, where a GPU goes over to TF32 or Winograd for one of the sizes by 1e-3; batch
normalization in train mode by .013 (three layers, 128 images) to .2 (thirty layers)."""
HALF_ROUNDING = 0.05
"""The same for a run in float16 or bfloat16, whose steps are 1/1024 and 1/128 of a value, at each layer, whatever type
the scores come out in."""
BY_DESIGN = "If that is meant (adaptation at test time), go on with check=False (--no-check)"


def check_first_batch(run: Runner, images: "torch.Tensor", scores: "torch.Tensor") -> str:
    """Refuse a model that a whole evaluation would be wasted on.

    Args:
        run: the model, as the batch was run.
        images: (N, 3, H, W), the first batch.
        scores: (N, classes), what it gave for it.

    Returns:
        What must be said of the scores though they are counted, such as how many are NaN; else "".

    Raises OptionError where scores are constant, or depend on the batch.
    """
    whole = _values(scores)
    useful = ~useless_rows(whole)
    _check_constant(whole[useful], images[useful.to(images.device)])
    _check_halves(run, images, scores)
    useless = int((~useful).sum())
    held = f"{useless} of the {len(whole)} predictions of the first batch hold NaN or infinity, or no score at all"
    return f"{held}; they count as wrong and have no confidence" if useless else ""


def _values(scores: "torch.Tensor") -> "torch.Tensor":
    import torch

    return scores.detach().to(torch.float32).cpu()


def _check_constant(values: "torch.Tensor", images: "torch.Tensor") -> None:
    if not len(values) or values.shape[1] < 2:
        return
    way_out = "are its weights loaded, and does it read its input? Go on with check=False (--no-check) if that is meant"
    if bool((values == values[:, :1]).all()):
        raise OptionError(f"the model gives every class the same score on all {len(values)} images: {way_out}")
    if len(values) > 1 and bool((values == values[:1]).all()) and not bool((images == images[:1]).all()):
        raise OptionError(f"the model gives the same scores for all {len(values)} different images: {way_out}")


def _check_halves(run: Runner, images: "torch.Tensor", scores: "torch.Tensor") -> None:
    import torch

    size = min(run.most or len(images), len(images))  # what was run at once, where the memory sufficed for no more
    if size < 2:
        return
    try:
        parts = [_values(run(part)) for part in in_parts(images, (size + 1) // 2)]
    except Exception:  # such as a network exported for one batch size, which has none to depend on
        return
    whole, halves = _values(scores), torch.cat(parts)
    if whole.shape != halves.shape:
        raise OptionError(
            f"the model gives scores {tuple(whole.shape)} for a batch, {tuple(halves.shape)} for its halves"
        )
    alike = useless_rows(whole) == useless_rows(halves)
    there = torch.isfinite(whole) & torch.isfinite(halves)
    kept = whole[torch.isfinite(whole)]
    spread = float(kept.max() - kept.min()) if len(kept) else 0.0
    moved = torch.where(there, (whole - halves).abs(), 0.0).amax(1) / (spread or 1.0)
    exact = scores.dtype in (torch.float32, torch.float64) and not run.precision.is_half
    limit = ROUNDING if exact else HALF_ROUNDING
    wrong = ~alike | (moved > limit)
    if not bool(wrong.any()):
        return
    other = int((whole.argmax(1) != halves.argmax(1)).sum())
    raise OptionError(
        f"the model's scores for an image depend on what else is in its batch, or change from call to call: shown in "
        f"halves, {int(wrong.sum())} of the {len(whole)} images of the first batch get other scores (by up to "
        f"{100 * float(moved.max()):.2g} % of their range) and {other} another class. Batch normalization and dropout "
        f"in train mode do that: call .eval() on the network inside the function or wrapper. {BY_DESIGN}"
    )


def check_recorded(path: object, recorded: Predictions, now: Predictions) -> None:
    """RecordError where a model does not answer what the record holds of it: other weights, or other code."""
    if different := of_another_model(recorded, now):
        raise RecordError(
            f"record {path} was begun with another model of this name: {different}. Give the same weights and code to "
            "continue it, or another file"
        )
