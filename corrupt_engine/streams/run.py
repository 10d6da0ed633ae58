"""`evaluate_stream()`: a model that may adapt, on a stream."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..catalogue import CLEAN, find_corruption
from ..errors import OptionError
from ..evaluation.configuration import (
    describe_data,
    describe_settings,
    label_pairs,
    plain,
    variant_definition,
    versions,
)
from ..evaluation.fingerprints import model_fingerprint
from ..loader.defaults import own_unless_given
from ..models import LoadedModel, as_loaded
from ..models.running import scores_of
from ..models.scores import Judge
from ..runtime.checks import check_path, check_seconds
from ..transforms.tiles import bank_fingerprint
from .loader import StreamLoader, digest_of
from .record import StreamRecord, can_be_kept, columns_of, contents, packed, unpack
from .report import StreamReport
from .stream import Stream

SHARE = 20
"""How many times as long as a state takes to be kept must pass before the next: so that it costs at most 5 %."""


def evaluate_stream(
    model: Callable[[Any], Any] | str | LoadedModel,
    source: Any,
    stream: Stream,
    *,
    record: str | Path | None = None,
    samples: Sequence[int] | np.ndarray | None = None,
    limit: int | None = None,
    batch_size: int = 64,
    seed: int = 0,
    labels: Mapping[Any, int] | None = None,
    mean: Sequence[float] | float | Literal["model"] | None = "model",
    std: Sequence[float] | float | Literal["model"] = "model",
    scores: Literal["logits", "probabilities", "model"] = "model",
    name: str | None = None,
    save_every: float = 30.0,
    progress: bool = True,
    **options: Any,
) -> StreamReport:
    """The answers of a model to a stream, each when its image came, while the model adapts as it wishes.

    The model is called with one batch after the other and gives scores. Gradients are allowed, and neither train nor
    eval mode is set: both are the model's affair. What it was fed before decides what it answers, so nothing is shown
    to it twice.

    With `record`, the answers and the model's state (state_dict(), the torch optimizers that it and its parts hold as
    attributes, and the generators of torch, NumPy and Python) are kept together, so that a killed run goes on with the
    model as it was and ends with the same answers. A model without state_dict() begins anew.

    Args:
        model: an nn.Module or any callable from images (N, 3, H, W) to scores (N, classes); where the stream begins
            anew in each stage, with a method reset().
        source: as for CorruptLoader; labels must be class numbers.
        stream: the Stream.
        record: the file that keeps the run; None keeps it in memory.
        samples: as for StreamLoader.
        limit: as for StreamLoader.
        batch_size: images a batch: part of what an adapting model answers by.
        seed: fixes the order and the corruptions' own draws.
        labels: class numbers for labels or class folders that are none.
        mean: the normalization that the model was trained with, on 0..1, as for `evaluate`.
        std: its other half.
        scores: as for `evaluate`.
        name: what the report calls the model.
        save_every: seconds between two states that are kept, or more where keeping one takes long.
        progress: show a progress bar on standard error.
        options: the other options of StreamLoader and CorruptLoader (geometry, variant, device, num_workers, ...).

    Returns:
        A StreamReport.

    Raises:
        OptionError: an option is wrong, the model has no reset() that is needed, or scores and labels do not fit.
        RecordError: the record cannot be written, or is another run's.
        SourceError, UnknownNameError, ModelError: as for `evaluate`.
        MissingExtraError, MissingTexturesError, DeviceError, BenchmarkError, PluginError: likewise.
    """
    loaded = as_loaded(model, mean=mean, std=std, scores=scores, name=name)
    options = own_unless_given(options, geometry=loaded.geometry)
    loader = StreamLoader(
        source,
        stream,
        samples=samples,
        limit=limit,
        batch_size=batch_size,
        seed=seed,
        labels=labels,
        mean=loaded.mean,
        std=loaded.std,
        **options,
    )
    adapter = loaded.function
    if stream.reset and not callable(getattr(adapter, "reset", None)):
        raise OptionError(
            f"the stream begins anew in each stage, and {loaded.name} has no method reset() that brings it back"
        )
    file = None if record is None else check_path("record", record)
    configuration = describe(loaded, loader, labels)
    held = StreamRecord(file, configuration, facts_of(loaded, loader))
    try:
        answer(loaded, loader, held, check_seconds("save_every", save_every), progress)
        return StreamReport.of(contents(held.connection), held.path)
    finally:
        held.close()


def describe(loaded: LoadedModel, loader: StreamLoader, labels: Mapping[Any, int] | None) -> dict[str, Any]:
    """What must be equal for two runs to have the same answers."""
    own = loader.loader
    return {
        **describe_settings(own),
        "stream": loader.stream.to_dict(),
        "batch_size": loader.batch_size,
        "variant": own.settings.variant,
        **variant_definition(own),
        **({"tiles": bank_fingerprint(own.settings.textures)} if made_of_tiles(loader) else {}),
        "mean": plain(loaded.mean),
        "std": plain(loaded.std),
        "scores": loaded.scores,
        "model": {"fingerprint": model_fingerprint(loaded.function)},
        "data": {
            **describe_data(own),
            "of_each_stage": loader.stream.stage_size or len(loader.samples),
            "chosen": digest_of(loader.samples),
            "labels": label_pairs(labels),
        },
    }


def made_of_tiles(loader: StreamLoader) -> bool:
    """Whether some stage is made of the bank of tiles."""
    names = {stage.corruption for stage in loader.stream.stages} - {CLEAN.corruption}
    return any("tiles" in find_corruption(name, loader.loader.settings.variant).assets for name in names)


def facts_of(loaded: LoadedModel, loader: StreamLoader) -> dict[str, Any]:
    """What the model is called, and with what it was run."""
    return {
        "model": loaded.name,
        "versions": versions(),
        "processors": os.cpu_count(),
        "device": loader.loader.tensor_format.device,
    }


def answer(loaded: LoadedModel, loader: StreamLoader, held: StreamRecord, every: float, progress: bool) -> None:
    """Show the model what it has not seen."""
    from tqdm import tqdm

    model, total = loaded.function, len(loader.plan.ids)
    done, state = held.state()
    if done == total:
        return
    if done and state is None:
        held.forget()
        done = 0
    if state is not None:
        unpack(model, state, held.path)
        loader.load_state_dict({"samples": done, "of": loader.identity()})
    judging = Judge(loaded.scores)
    waiting: list[tuple[int, dict[str, np.ndarray]]] = []
    saved, took = time.monotonic(), 0.0
    with tqdm(total=total, initial=done, unit="img", disable=not progress, smoothing=0.1) as bar:
        for batch in loader:
            if batch.begins and loader.stream.reset:
                model.reset()  # type: ignore[attr-defined]
            output = scores_of(model(batch.images))
            found = judging(output.detach() if hasattr(output, "detach") else output, batch.labels)
            waiting.append((batch.start, columns_of(batch.ids, batch.stages, batch.labels.numpy(), found)))
            end = batch.start + len(batch.ids)
            condition = batch.conditions[0]
            bar.set_postfix_str(f"{condition.corruption} {condition.severity:g}", refresh=False)
            bar.update(len(batch.ids))
            began = time.monotonic()
            if end < total and not (can_be_kept(model) and began - saved >= max(every, SHARE * took)):
                continue
            held.keep(waiting, end, packed(model) if end < total else b"")
            waiting, saved = [], time.monotonic()
            took = saved - began
