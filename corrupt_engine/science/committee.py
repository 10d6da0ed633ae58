"""Several models as one, whose probabilities are the mean of theirs."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from ..errors import OptionError
from ..evaluation.fingerprints import model_fingerprint
from ..models import LoadedModel, as_loaded
from ..models.running import scores_of
from ..transforms.tensors import normalized


class Committee(nn.Module):
    """The mean of the members' probabilities.

    Args:
        members: the members by name, each from normalized images to its scores.
        normalized: by name the (mean, std) that a member was trained with, images on 0..1.
        kinds: by name whether it gives "logits" or "probabilities".
    """

    def __init__(
        self, members: Mapping[str, Any], normalized: Mapping[str, tuple[Any, Any]], kinds: Mapping[str, str]
    ) -> None:
        super().__init__()
        self.members = dict(members)
        self.modules_of = nn.ModuleList([one for one in members.values() if isinstance(one, nn.Module)])
        self.normalized, self.kinds = dict(normalized), dict(kinds)

    @property
    def fingerprint(self) -> str:
        """A hash of the members' own, in their order."""
        said = [(name, model_fingerprint(one), str(self.normalized[name])) for name, one in self.members.items()]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Probabilities (N, classes) of images (N, C, H, W) on 0..1."""
        shares = []
        for name, member in self.members.items():
            scores = scores_of(member(normalized(images, *self.normalized[name], images.dtype))).float()
            shares.append(scores if self.kinds[name] == "probabilities" else scores.softmax(1))
        if len({share.shape for share in shares}) > 1:
            raise OptionError(
                f"the members give scores of shapes {sorted({tuple(share.shape) for share in shares})}; a committee "
                "needs the same classes in all"
            )
        return torch.stack(shares).mean(0)


def committee(
    members: "Sequence[Any] | Mapping[str, Any]", *, mean: Any = "model", std: Any = "model", name: str | None = None
) -> LoadedModel:
    """Several models as one, for `evaluate` and everything else that takes a model: the mean of their probabilities.

    Snapshots of one network are members as well: load each state into a copy.

    Args:
        members: models as for `evaluate`, in a list, or by name.
        mean: the normalization that the members were trained with, for all; by default each one's own.
        std: its other half.
        name: what reports call it.

    Returns:
        A LoadedModel that is fed images on 0..1 and gives probabilities.

    Raises:
        OptionError: there are fewer than two members, one of them takes bytes, or their geometries differ.
        ModelError, MissingExtraError: as for `evaluate`.

    Source: Ulicny, Lundstrom and Byttner 2016, "Robustness of Deep Convolutional Neural Networks for Image
    Recognition", section 3.

    >>> pair = committee({"a": lambda x: x.mean((2, 3)), "b": lambda x: x.amax((2, 3))}, name="pair")
    >>> pair.scores, pair.function(torch.zeros(2, 3, 4, 4)).sum(1).round().tolist()
    ('probabilities', [1.0, 1.0])
    """
    given = dict(members) if isinstance(members, Mapping) else {f"member {n + 1}": m for n, m in enumerate(members)}
    if len(given) < 2:
        raise OptionError(f"a committee of {len(given)} has nobody to agree with; give at least two members")
    loaded = {key: as_loaded(member, mean=mean, std=std) for key, member in given.items()}
    for key, member in loaded.items():
        if member.mean is None:
            raise OptionError(f"{key} takes bytes (mean=None); a committee's members take normalized images")
    geometries = {repr(member.geometry): member.geometry for member in loaded.values()}
    if len(geometries) > 1:
        raise OptionError(f"the members want images of different sizes: {', '.join(geometries)}; give members of one")
    module = Committee(
        {key: member.function for key, member in loaded.items()},
        {key: (member.mean, member.std) for key, member in loaded.items()},
        {key: member.scores for key, member in loaded.items()},
    )
    told = name or f"committee of {', '.join(loaded)}"
    first = next(iter(loaded.values()))
    return LoadedModel(module, told, 0.0, 1.0, first.geometry, "probabilities", first.class_names)
