"""The attacks of a benchmark: the loader gives the clean image, and a model makes the attacked one of it."""

import functools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..catalogue import Attack, Benchmark, Condition
from ..errors import OptionError, SeverityError
from ..models import LoadedModel, Precision
from ..models.attacks import LIBRARY, attacked, library
from ..models.running import in_room
from ..runtime.versions import installed
from ..transforms.tensors import TensorFormat, normalized
from .fingerprints import model_fingerprint

if TYPE_CHECKING:
    import torch


BYTES = TensorFormat(None, channels_last=True)
"""What an attack begins with."""


class Attacks:
    """What makes the images of attacks.

    Args:
        benchmark: whose attacks; the whole of it, so that the record of a part can grow.
        crafter: whose gradient is followed: the evaluated model (white box) or another one (black box).
        precision: what that computes in.
        seed: fixes random starts.
        needed: whether some of the attacks are asked for.

    Raises:
        OptionError: the crafting model gives no gradient, as far as that can be said without asking it.
        MissingExtraError: foolbox is not installed.
    """

    def __init__(
        self, benchmark: Benchmark, crafter: LoadedModel, precision: Precision, seed: int, needed: bool
    ) -> None:
        self.found: Mapping[str, tuple[Attack, ...]] = benchmark.attacks
        self.crafter, self.precision, self.seed = crafter, precision, seed
        if needed:
            from ..models.crafting import Crafting

            library()
            Crafting(crafter.function, crafter.mean, crafter.std, crafter.scores, precision)

    def __contains__(self, condition: Condition) -> bool:
        return condition.corruption in self.found

    def level(self, condition: Condition) -> Attack:
        """The attack at a severity; between two levels epsilon lies between theirs, and between 0 and the first one's
        below that.
        """
        own, severity = self.found[condition.corruption], condition.severity
        upper = max(math.ceil(severity), 1)
        if severity < 0 or upper > len(own):
            raise SeverityError(f"{condition.corruption} has severities from 0 to {len(own)}, not {severity!r}")
        found = own[upper - 1]
        if severity == upper:
            return found
        if "epsilon" not in found.parameters:
            raise SeverityError(f"{condition.corruption} has no level {severity!r}: it has no epsilon to lie between")
        below = own[upper - 2].parameters["epsilon"] if upper > 1 else 0.0
        share = severity - (upper - 1)
        epsilon = below + share * (found.parameters["epsilon"] - below)
        return Attack(found.kind, {**found.parameters, "epsilon": epsilon})

    def make(
        self, condition: Condition, images: "torch.Tensor", ids: np.ndarray, labels: "torch.Tensor", most: int | None
    ) -> "torch.Tensor":
        """The attacked images.

        Args:
            condition: one of an attack.
            images: (N, C, H, W) uint8, clean.
            ids: (N,) the ids that draws go by.
            labels: (N,) class numbers.
            most: how many the memory suffices for at once; None for all.

        Returns:
            (N, C, H, W) float32 on 0..1, not rounded to bytes.

        Raises:
            DeviceError: the memory does not suffice for one image.
        """
        import torch

        run = functools.partial(self._part, self.level(condition), condition)
        parts, _ = in_room(run, images, max(most or len(images), 1), ids, labels)
        return torch.cat(parts)

    def _part(
        self,
        level: Attack,
        condition: Condition,
        images: "torch.Tensor",
        ids: np.ndarray,
        labels: "torch.Tensor",
    ) -> "torch.Tensor":
        import torch

        crafter = self.crafter
        return attacked(
            level,
            crafter.function,
            images.to(torch.float32) / 255,
            labels,
            ids,
            mean=crafter.mean,
            std=crafter.std,
            scores=crafter.scores,
            seed=self.seed,
            name=f"{condition.corruption} {condition.trial}",
            precision=self.precision,
        )

    def one(self, condition: Condition, image: np.ndarray, ids: np.ndarray, label: int) -> np.ndarray:
        """One attacked image, as bytes, for a report.

        Args:
            condition: one of an attack.
            image: (1, H, W, C) uint8, clean.
            ids: (1,) the id that its draws go by.
            label: its class number.

        Returns:
            (1, H, W, C) uint8.
        """
        import torch

        clean = torch.tensor(image).permute(0, 3, 1, 2)  # a copy: what was decoded may be read-only
        made = self.make(condition, clean, ids, torch.tensor([label]), None)
        rounded: np.ndarray = as_fed(made, BYTES).permute(0, 2, 3, 1).contiguous().cpu().numpy()
        return rounded

    def describe(self) -> dict[str, Any]:
        """What of them fixes the numbers of an evaluation; nothing where there are none."""
        if not self.found:
            return {}
        crafter = self.crafter
        levels = {name: [{"kind": one.kind, **one.parameters} for one in own] for name, own in self.found.items()}
        crafting = {
            "fingerprint": model_fingerprint(crafter.function),
            "mean": None if crafter.mean is None else np.asarray(crafter.mean, np.float64).tolist(),
            "std": np.asarray(crafter.std, np.float64).tolist(),
            "scores": crafter.scores,
            "dtype": self.precision.dtype,
            "autocast": self.precision.autocast,
        }
        return {"attacks": {"library": f"{LIBRARY} {installed(LIBRARY)}", "crafted_by": crafting, "levels": levels}}


def as_fed(images: "torch.Tensor", output: TensorFormat) -> "torch.Tensor":
    """Images (N, C, H, W) float32 on 0..1 as a model is fed them: normalized, or rounded where it takes bytes."""
    import torch

    if output.mean is None:
        made = (images * 255).round().to(torch.uint8)
    else:
        made = normalized(images, output.mean, output.std, getattr(torch, output.dtype))
    return made.contiguous(memory_format=torch.channels_last if output.channels_last else torch.contiguous_format)


def check_crafter(crafted_by: object, benchmark: Benchmark) -> None:
    """OptionError where a crafting model is given and there is nothing to craft."""
    if crafted_by is not None and not benchmark.attacks:
        raise OptionError(f"crafted_by is given, and {benchmark.name} has no attack: leave it out")
