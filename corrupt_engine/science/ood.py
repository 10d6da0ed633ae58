"""Out-of-distribution detection: whether a model is less sure of images of no class that it knows."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..errors import OptionError
from ..evaluation.subset import chosen_ids
from ..loader.defaults import own_unless_given
from ..loader.loader import CorruptLoader
from ..metrics import Detection, detection_error, mean_detection_error
from ..models import LoadedModel, as_loaded, precision_of
from ..models.running import Runner
from ..models.scores import Judge
from ..reports.aligned import aligned
from ..reports.estimate import Cell
from ..reports.pages import Section, table
from ..reports.tables import bracket, percent
from ..runtime.checks import check_count, check_flag, check_integer, refuse
from ..sources import NoiseSource, Source, open_source
from .overlap import check_classes

UNDEFINED = Cell(np.nan, np.nan, np.nan)
HEADS = ("Images of no class", "Images", "Detection error", "95 % interval", "Threshold")


@dataclass(frozen=True)
class OodDetection:
    """How well a model's confidence tells images of no class from those that it knows.

    Args:
        model: what it is called.
        images: how many known images.
        sets: by set of unknown images what was found, see `corrupt_engine.metrics.Detection`.
        undefined: why a set has no number, by its name.

    Source: Liang, Li and Srikant 2018 (arXiv:1706.02690); Chun et al. 2020 (arXiv:2003.03879).
    """

    model: str
    images: int
    sets: Mapping[str, Detection]
    undefined: Mapping[str, str]

    @property
    def mean(self) -> Cell:
        """The mean error over the sets with its 95 % interval, 0..1/2; NaN where a set has none, since the mean over
        the others is another number.
        """
        if self.undefined:
            return UNDEFINED
        return Cell(*mean_detection_error([*self.sets.values()]))

    def __str__(self) -> str:
        lines = [f"{self.model}: out-of-distribution detection error, {self.images:,} known images"]
        lines += aligned([HEADS, *self._rows()])
        return "\n".join(lines + [f"{name} is undefined: {why}" for name, why in self.undefined.items()])

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        rows = [
            (
                name,
                f"{len(one.taken.passed):,}",
                f"{percent(one.error)} %" if name not in self.undefined else "undefined",
                bracket(Cell(one.error, one.low, one.high), 0),
                f"{one.threshold:.4f}" if name not in self.undefined else "",
            )
            for name, one in self.sets.items()
        ]
        mean = self.mean
        told = "undefined" if np.isnan(mean.value) else f"{percent(mean.value)} %"
        return [*rows, ("mean", "", told, bracket(mean, 0), "")]

    def section(self) -> Section:
        """The table, for a page.

        Returns:
            A Section.
        """
        about = (
            f"The mean of false positive and false negative rate of {self.model} at the best threshold of the maximum "
            f"softmax, {self.images:,} known images against each set; 50 % is guessing.",
            *(f"{name} is undefined: {why}." for name, why in self.undefined.items()),
        )
        return Section("Out-of-distribution detection", about, table(HEADS, self._rows()))


def ood_detection(
    model: Any,
    source: Any,
    unknown: Mapping[str, Any] | None = None,
    *,
    mean: Any = "model",
    std: Any = "model",
    scores: str = "model",
    limit: int | None = None,
    seed: int = 0,
    name: str | None = None,
    progress: bool = True,
    **options: Any,
) -> OodDetection:
    """The out-of-distribution detection error of a model's maximum softmax: on images of its classes against sets of
    images of none.

    Args:
        model: as for `evaluate`.
        source: images of its classes, as for CorruptLoader.
        unknown: by name the sets of images of no class, likewise; labels, if they have some, are not looked at. Default
            as many images as there are known ones of Gaussian noise and of uniform noise. A `sources.NoiseSource` is
            shown as it is, what else there is in the geometry of the known images.
        mean: the model's normalization, as for `evaluate`.
        std: its other half.
        scores: "logits" or "probabilities"; "model" as for `evaluate`.
        limit: how many images of each set are taken, the known ones included; the seed chooses them. None for all.
        seed: fixes that and the default's noise.
        name: what the result calls the model.
        progress: show a bar on standard error.
        options: the other options of CorruptLoader.

    Returns:
        An OodDetection. A set is undefined in it, with the reason, where scores are NaN.

    Raises:
        OptionError: an option is wrong, there is no set or a set has no image, the known images have one class, or the
            model gives one score, whose softmax is always 1.
        UnknownNameError, SourceError, ModelError: as for `evaluate`.

    Source: Liang, Li and Srikant 2018 (arXiv:1706.02690), section 4; the mean over sets is what Chun et al. 2020
    (arXiv:2003.03879) compare.
    """
    refuse("ood_detection", options, ("corruption", "severity", "sampler", "shuffle", "extras"), "it is decided here")
    check_integer("seed", seed)
    check_flag("progress", progress)
    if limit is not None:
        check_count("limit", limit, 1)
    loaded = as_loaded(model, mean=mean, std=std, scores=scores, name=name)
    known = open_source(source)
    check_classes("known", known)
    given = noises(known, loaded, limit, seed, options) if unknown is None else unknown
    if not isinstance(given, Mapping) or not given:
        raise OptionError(f"unknown is {given!r}; at least one set of images of no class is needed, by name")
    from tqdm import tqdm

    sets = {called: open_source(one) for called, one in given.items()}
    loaders = {called: loader(one, loaded, limit, seed, options) for called, one in {"": known, **sets}.items()}
    precision = precision_of(loaded.function)
    judge = Judge(loaded.scores)
    sure: dict[str, np.ndarray] = {}
    total = sum(map(len, loaders.values()))
    with (
        Runner(loaded.function, precision).ready() as run,
        tqdm(total=total, disable=not progress, unit="batch", desc=loaded.name) as bar,
    ):
        for called, own in loaders.items():
            rows = []
            with contextlib.closing(own):
                for batch in own:
                    images = batch if isinstance(batch, torch.Tensor) else batch[0]
                    made = run(images)
                    if isinstance(made, torch.Tensor) and made.ndim == 2 and made.shape[1] < 2:
                        raise OptionError("the model gives one score an image: its softmax is 1 whatever it sees")
                    rows.append(judge(made, torch.zeros(len(images), dtype=torch.int64)).confidence)
                    bar.update()
            if not rows:
                raise OptionError(f"the set {called!r} has no image" if called else "there is no known image")
            sure[called] = np.concatenate(rows)
    own_values = sure.pop("")
    return OodDetection(
        loaded.name,
        len(own_values),
        {called: detection_error(own_values, values) for called, values in sure.items()},
        {called: why for called, values in sure.items() if (why := no_numbers(own_values, values))},
    )


def no_numbers(known: np.ndarray, unknown: np.ndarray) -> str:
    """Why there is no detection error; "" where there is one."""
    for which, values in (("known", known), ("unknown", unknown)):
        if lacking := int(np.isnan(values).sum()):
            return f"the scores of {lacking:,} of {len(values):,} {which} images are NaN or infinite"
    return ""


def loader(
    source: Source, loaded: LoadedModel, limit: int | None, seed: int, options: Mapping[str, Any]
) -> CorruptLoader:
    """What gives the chosen images of a set as the model is fed them."""
    own = own_unless_given(options, geometry=loaded.geometry)
    if isinstance(source, NoiseSource):
        own["geometry"] = "none"
    ids = chosen_ids(len(source), limit, seed).tolist()
    return CorruptLoader(source, mean=loaded.mean, std=loaded.std, sampler=ids, seed=seed, **own)


def noises(
    known: Source, loaded: LoadedModel, limit: int | None, seed: int, options: Mapping[str, Any]
) -> dict[str, NoiseSource]:
    """The two sets of noise of the papers, as many images and of the size that the model sees."""
    if not len(known):
        raise OptionError("there is no known image")
    height, width, channels = loader(known, loaded, 1, seed, options).geometry(known.decode(0)[0]).shape
    count = len(known) if limit is None else min(limit, len(known))
    return {
        f"{kind} noise": NoiseSource(kind, count, height, width, channels, seed=seed)
        for kind in ("gaussian", "uniform")
    }
