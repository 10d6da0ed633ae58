"""`evaluate()`: a classifier on a whole benchmark."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .baselines import ALEXNET, Baseline
from .catalogue import Condition, conditions, variant_for
from .errors import OptionError
from .loader import CorruptLoader
from .output import IMAGENET_MEAN, IMAGENET_STD
from .report import Report
from .sweeping import sweep


def evaluate(
    model: Callable[[Any], Any],
    source: Any,
    benchmark: str = "imagenet-c",
    *,
    mean: Sequence[float] | float | None = IMAGENET_MEAN,
    std: Sequence[float] | float = IMAGENET_STD,
    baseline: Baseline = ALEXNET,
    progress: bool = True,
    name: str | None = None,
    **options: Any,
) -> Report:
    """Top-1 errors of a classifier under every condition of a benchmark; every image is decoded once.

    Args:
        model: an nn.Module (put into eval mode for the run; batches are moved to its device) or any callable from images
            (N, 3, H, W) float32 to scores (N, classes).
        source: as for CorruptLoader; labels must be class numbers.
        benchmark: a name of `benchmarks()`.
        mean: the normalisation that the model was trained with, on 0..1; None hands over the bytes.
        std: its other half.
        baseline: the model that errors are divided by; AlexNet as published.
        progress: show a progress bar on standard error.
        name: what the report calls the model; default its class.
        options: the other options of CorruptLoader and sweep (batch_size, seed, as_stored, geometry, backend, threads, ...).

    Returns:
        A Report: print it, or read clean_error, errors, ce(), mce(), relative_mce().

    Raises: as CorruptLoader; OptionError where labels or scores do not fit together.
    """
    from tqdm import tqdm

    for reserved in ("corruption", "severity", "shuffle", "drop_last", "trial"):
        if reserved in options:
            raise OptionError(f"evaluate() does not take {reserved!r}: the benchmark decides it")
    plan = conditions(benchmark)
    threads = options.pop("threads", None)
    # A report of a shard alone would look like one of the whole: under torchrun, each process evaluates everything.
    options = {"num_shards": 1, "shard_id": 0, **options}
    loader = CorruptLoader(source, **options)
    hits: dict[Condition, list[np.ndarray]] = {condition: [] for condition in plan}
    variants: set[str] = set()
    total = len(loader.dataset) * len(plan)
    with eval_mode(model) as run, tqdm(total=total, unit="img", disable=not progress, smoothing=0.1) as bar:
        for batch in sweep(loader.source, plan, mean=mean, std=std, threads=threads, **options):
            variants.add(loader.settings.variant or variant_for(*batch.images.shape[2:]))
            hits[batch.condition].append(hit(run(batch.images), batch.labels))
            bar.set_postfix_str(f"{batch.condition.corruption} {batch.condition.severity:g}", refresh=False)
            bar.update(len(batch.images))
    return Report(
        model=name or type(model).__name__,
        benchmark=benchmark,
        correct={condition: np.concatenate(parts) for condition, parts in hits.items()},
        settings={
            "seed": loader.settings.seed,
            "variant": " ".join(sorted(variants)),
            "as_stored": loader.settings.as_stored,
            "textures": loader.settings.textures,
            "geometry": repr(loader.geometry),
            "backend": loader.backend,
        },
        baseline=baseline,
    )


@contextlib.contextmanager
def eval_mode(model: Callable[[Any], Any]) -> Iterator[Callable[[Any], Any]]:
    """The model as a function of CPU batches, without gradients, in eval mode; its mode is given back at the end."""
    import torch

    module = model if isinstance(model, torch.nn.Module) else None
    training = module is not None and module.training
    tensor = next(module.parameters(), None) if module is not None else None
    if module is not None:
        module.eval()
    try:
        with torch.inference_mode():
            yield lambda images: model(images if tensor is None else images.to(tensor.device))
    finally:
        if module is not None:
            module.train(training)


def hit(scores: Any, labels: Any) -> np.ndarray:
    """(N,) bool: whether the highest score is the label's; OptionError where scores and labels do not fit together."""
    if getattr(scores, "ndim", 0) != 2 or len(scores) != len(labels):
        raise OptionError(f"the model gave {tuple(getattr(scores, 'shape', ()))} for {len(labels)} images; scores (N, classes) are needed")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= scores.shape[1]:
        raise OptionError(
            f"labels run from {low} to {high}, but the model has {scores.shape[1]} classes; map the labels to the model's classes"
        )
    if bool(scores.isnan().any()):
        raise OptionError("the model gave NaN scores; an error rate made from them would be silently wrong")
    result: np.ndarray = (scores.argmax(1).cpu() == labels).numpy()
    return result
