"""Distortion: how far images are from the clean ones, whatever changed them, and the level that has a given one."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ..catalogue import CLEAN, Condition, check_severity, find_benchmark, strength
from ..errors import OptionError, UnknownNameError
from ..evaluation.attacks import Attacks
from ..evaluation.labels import Labels
from ..evaluation.subset import chosen_ids
from ..loader.defaults import own_unless_given
from ..loader.epochs import OF_AN_EPOCH
from ..loader.loader import CorruptLoader
from ..loader.pipeline import Work, consecutive
from ..models import as_loaded, precision_of
from ..models.running import Runner
from ..runtime.checks import check_count, check_integer, check_name, check_number, refuse
from ..sources import open_source
from ..transforms.policies import Grid, check_conditions

IMAGES = 500


class Match(NamedTuple):
    """A level that has a wanted distortion.

    Args:
        severity: of the benchmark's, between its levels.
        parameters: what it means, by name.
        distortion: what it has on these images, in units of the pixel range.
    """

    severity: float
    parameters: dict[str, float]
    distortion: float


def distortion(
    source: Any,
    benchmark: str | Path,
    conditions: Sequence[Any] | None = None,
    *,
    model: Any = None,
    mean: Any = "model",
    std: Any = "model",
    scores: str = "model",
    limit: int | None = IMAGES,
    seed: int = 0,
    **options: Any,
) -> dict[Condition, float]:
    """The mean |changed - clean| of an element of the images, in units of the pixel range, under each condition.

    Args:
        source: as for `evaluate`.
        benchmark: a name or a file, of corruptions, attacks or both.
        conditions: (name, severity[, trial]) each, severities between two levels included; None for all.
        model: whom attacks are made on (or with, for another); needed where there are some. Images are brought to its
            own size where it has one, as by `evaluate`.
        mean: its normalization, as for `evaluate`.
        std: its other half.
        scores: "logits" or "probabilities"; "model" as for `evaluate`.
        limit: how many of the images are taken, those that `evaluate` takes; None for all.
        seed: fixes all.
        options: the other options of CorruptLoader.

    Returns:
        The distortion of each condition, 0..1; CLEAN has 0.

    Raises:
        OptionError: an option is wrong, an attack is asked for without a model, or no image could be read.
        UnknownNameError: there is no such benchmark, or it has nothing of that name.
        SeverityError: it has no such level.
        SourceError: as for CorruptLoader.

    Source: Ulicny, Lundstrom and Byttner 2016, "Robustness of Deep Convolutional Neural Networks for Image
    Recognition", equation 2.
    """
    meter = Meter(source, benchmark, model, mean, std, scores, limit, seed, options)
    return meter.measure(meter.benchmark.conditions() if conditions is None else conditions)


def matching_level(
    source: Any,
    benchmark: str | Path,
    name: str,
    wanted: float,
    *,
    tolerance: float = 0.005,
    model: Any = None,
    mean: Any = "model",
    std: Any = "model",
    scores: str = "model",
    limit: int | None = IMAGES,
    seed: int = 0,
    **options: Any,
) -> Match:
    """The level of a corruption or an attack that has a given distortion, by bisection; it must grow with the severity.

    Args:
        source: as for `distortion`.
        benchmark: likewise; its strongest level is the strongest that is tried.
        name: one of its corruptions or attacks.
        wanted: the distortion, above 0, in units of the pixel range.
        tolerance: by which share of it the answer may be off.
        model: as for `distortion`.
        mean: likewise.
        std: likewise.
        scores: likewise.
        limit: likewise.
        seed: likewise.
        options: likewise.

    Returns:
        The Match.

    Raises:
        OptionError: the strongest level does not reach the wanted distortion, none comes near enough, or as for
            `distortion`.
        UnknownNameError, SeverityError, SourceError: as for `distortion`.
    """
    target, slack = check_number("wanted", wanted), check_number("tolerance", tolerance)
    if not 0 < target < 1 or not 0 < slack < 1:
        raise OptionError(f"wanted is {wanted!r} and tolerance {tolerance!r}; numbers above 0 and below 1 are needed")
    meter = Meter(source, benchmark, model, mean, std, scores, limit, seed, options)
    check_name(f"corruption of {meter.benchmark.name}", name, meter.benchmark.corruptions)
    most = meter.benchmark.severities[name][-1]

    def at(severity: float) -> float:
        return next(iter(meter.measure([(name, severity)]).values()))

    low, high, top = 0.0, float(most), at(most)
    if top < target * (1 - slack):
        raise OptionError(
            f"{name} of {meter.benchmark.name} at its strongest has a distortion of {top:.4g}, not {wanted!r}"
        )
    severity, found = high, top
    while abs(found - target) > slack * target:
        if high - low < 1e-4:
            raise OptionError(
                f"{name} jumps over the distortion {wanted!r} near severity {severity:.4g}: it has {found:.4g} there"
            )
        severity = (low + high) / 2
        found = at(severity)
        low, high = (low, severity) if found > target else (severity, high)
    return Match(severity, meter.parameters(name, severity), found)


class Meter:
    """Measures distortions on the same images again and again."""

    def __init__(
        self, source: Any, benchmark: str | Path, model: Any, mean: Any, std: Any, scores: str, limit: int | None,
        seed: int, options: dict[str, Any],
    ) -> None:  # fmt: skip
        refuse("distortion", options, ("corruption", "severity", "trial", *OF_AN_EPOCH), "it is decided here")
        check_integer("seed", seed)
        if limit is not None:
            check_count("limit", limit, 1)
        self.benchmark = find_benchmark(benchmark)
        self.source = open_source(source)
        loaded = None if model is None else as_loaded(model, mean=mean, std=std, scores=scores)
        geometry = None if loaded is None else loaded.geometry
        options = own_unless_given(options, benchmark, geometry=geometry)
        self.loader = CorruptLoader(self.source, mean=None, seed=seed, **options)
        self.ids = chosen_ids(len(self.source), limit, seed)
        self.attacks: Attacks | None = None
        self.runner: Runner | None = None
        if loaded is not None and self.benchmark.attacks:
            precision = precision_of(loaded.function)
            self.attacks = Attacks(self.benchmark, loaded, precision, seed, needed=True)
            self.runner = Runner(loaded.function, precision)
            self.labels = Labels(self.source, None)

    def measure(self, conditions: Sequence[Any]) -> dict[Condition, float]:
        """The distortion under each."""
        wanted = [self.checked(condition) for condition in check_conditions(conditions)]
        plan = [CLEAN, *(condition for condition in dict.fromkeys(wanted) if condition != CLEAN)]
        attacked = [condition.corruption in self.benchmark.attacks for condition in plan]
        if any(attacked) and self.attacks is None:
            raise OptionError(f"{plan[attacked.index(True)].corruption} is an attack: model= is needed")
        grid = Grid(tuple(CLEAN if attack else condition for condition, attack in zip(plan, attacked, strict=True)))
        parts = consecutive(len(self.ids), self.loader.batch_size)
        work = [Work(self.ids[part.start : part.stop].tolist(), list(range(len(plan)))) for part in parts]
        sums, elements = np.zeros(len(plan)), 0
        with contextlib.ExitStack() as stack:
            if self.runner is not None:
                stack.enter_context(self.runner.ready())
            made = stack.enter_context(contextlib.closing(self.loader.pipeline(policy=grid).run(work)))
            clean = torch.empty(0)
            for one in made:
                if one.images is None:
                    continue
                images = one.images.to(torch.float32) / 255
                if one.turn == 0:
                    clean = images.clone()
                    elements += clean.numel()
                elif attacked[one.turn] and self.attacks is not None:
                    labels = self.labels.numbers(one.batch.labels)
                    images = self.attacks.make(plan[one.turn], one.images, one.batch.drawn_by, labels, None)
                sums[one.turn] += float((images - clean).abs().sum(dtype=torch.float64))
        if not elements:
            raise OptionError("no image could be read")
        found = dict(zip(plan, (sums / elements).tolist(), strict=True))
        return {condition: found[condition] for condition in wanted}

    def checked(self, condition: Condition) -> Condition:
        """One of the benchmark."""
        if condition.corruption == CLEAN.corruption:
            return CLEAN
        if condition.corruption not in self.benchmark.corruptions:
            names = self.benchmark.corruptions
            raise UnknownNameError(f"corruption of {self.benchmark.name}", condition.corruption, names)
        most = self.benchmark.severities[condition.corruption][-1]
        return condition._replace(severity=check_severity(condition.severity, most, condition.corruption))

    def parameters(self, name: str, severity: float) -> dict[str, float]:
        """What a level means."""
        if self.attacks is not None and name in self.benchmark.attacks:
            return dict(self.attacks.level(Condition(name, severity)).parameters)
        height, width, _ = self.loader.geometry(self.source.decode(int(self.ids[0]))[0]).shape
        return dict(strength(name, self.loader.settings.variant, height, width).levels.params(severity)._asdict())
