"""Regularizers that act on a finished batch: Cutout, MixUp, CutMix, label smoothing. Keyed like everything: the same
batch in the same epoch under the same seed has the same images and labels, whatever the workers and the device.

Gaussian noise as augmentation is a Mixture of "gaussian_noise". torchvision's and timm's transforms of that name are
called on what a loader gives out, in the training loop, and draw from torch's own generator.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import OptionError
from ..runtime.checks import check_count

if TYPE_CHECKING:
    import torch


class BatchKey(NamedTuple):
    """What a batch transform may draw from.

    Args:
        ids: (N,) int64, the sample ids in the batch's order.
        epoch: the epoch, from 0.
        seed: the loader's.
    """

    ids: np.ndarray
    epoch: int
    seed: int

    def words(self, name: str, count: int) -> np.ndarray:
        """Words that follow from each sample's id: the same in whatever batch it comes.

        Args:
            name: which draws; others under another name.
            count: how many a sample.

        Returns:
            (N, count) uint32.
        """
        from ..kernels.draws import Words
        from ..kernels.philox import condition_key

        return Words(0, self.ids, condition_key(self.seed, name, self.epoch, 0)).array((count,))

    def generator(self, name: str) -> np.random.Generator:
        """NumPy's generator for what the batch as a whole draws: it follows from all its ids in their order.

        Args:
            name: which draws; others under another name.

        Returns:
            The generator.
        """
        text = f"{self.seed}\n{name}\n{self.epoch}\n".encode() + np.ascontiguousarray(self.ids, "<i8").tobytes()
        return np.random.Generator(np.random.Philox(int.from_bytes(hashlib.sha256(text).digest()[:16], "little")))


class BatchTransform:
    """Called on each batch of a loader that has it among its `batch_transforms`, in their order."""

    def __call__(self, images: "torch.Tensor", labels: Any, key: BatchKey) -> tuple["torch.Tensor", Any]:
        """Other images and labels.

        Args:
            images: (N, C, H, W) of a float type.
            labels: (N,) int64, or (N, classes) float.
            key: what to draw from.

        Returns:
            (images, labels) of the same kind.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Cutout(BatchTransform):
    """A square of zeros in each image, with its centre anywhere in it, so that a part may lie outside.

    Zero is the mean colour where images are normalized by it.

    Args:
        size: the side of the square, in pixels.

    Raises:
        OptionError: it is no whole number from 1 up.

    Source: DeVries and Taylor 2017 (arXiv:1708.04552).
    """

    size: int

    def __post_init__(self) -> None:
        check_count("size", self.size, 1)

    def __call__(self, images: "torch.Tensor", labels: Any, key: BatchKey) -> tuple["torch.Tensor", Any]:
        """As `BatchTransform`.

        Args:
            images: (N, C, H, W) of a float type.
            labels: anything; given back as they are.
            key: what to draw from.

        Returns:
            (images, labels).
        """
        import torch

        height, width = images.shape[-2:]
        centres = (key.words("cutout", 2).astype(np.uint64) * np.array([height, width], np.uint64)) >> np.uint64(32)
        first = centres.astype(np.int64) - self.size // 2
        inside = []
        for axis, length in enumerate((height, width)):
            places = np.arange(length)[None]
            inside.append((places >= first[:, axis, None]) & (places < first[:, axis, None] + self.size))
        square = torch.from_numpy(inside[0][:, :, None] & inside[1][:, None, :]).to(images.device)
        return images.masked_fill(square[:, None], 0.0), labels


@dataclass(frozen=True)
class Mixing(BatchTransform):
    """What MixUp and CutMix have in common.

    Args:
        num_classes: how many classes the labels have.
        alpha: of the Beta(alpha, alpha) distribution from which the share of the own image is drawn, once a batch.

    Raises:
        OptionError: a number is wrong.
    """

    num_classes: int
    alpha: float = 1.0

    def __post_init__(self) -> None:
        check_count("num_classes", self.num_classes, 2)
        if not isinstance(self.alpha, (int, float)) or not 0 < self.alpha < float("inf"):
            raise OptionError(f"alpha {self.alpha!r} is no number above 0")

    def drawn(self, key: BatchKey, name: str) -> tuple[float, np.ndarray, np.random.Generator]:
        """What the batch draws.

        Args:
            key: what to draw from.
            name: which draws.

        Returns:
            The share of the own image, the partner of each (N,), and what else may be drawn from.
        """
        generator = key.generator(name)
        share = float(generator.beta(self.alpha, self.alpha))
        return share, generator.permutation(len(key.ids)), generator


@dataclass(frozen=True)
class MixUp(Mixing):
    """Each image and its label mixed with those of another one of the batch.

    Args:
        num_classes: how many classes the labels have.
        alpha: of the Beta(alpha, alpha) distribution from which the share of the own image is drawn, once a batch.

    Raises:
        OptionError: a number is wrong.

    Source: Zhang et al. 2018 (arXiv:1710.09412).
    """

    def __call__(self, images: "torch.Tensor", labels: Any, key: BatchKey) -> tuple["torch.Tensor", Any]:
        """As `BatchTransform`.

        Args:
            images: (N, C, H, W) of a float type.
            labels: (N,) int64, or (N, classes) float.
            key: what to draw from.

        Returns:
            (images, labels), the labels (N, classes) float32.

        Raises:
            OptionError: labels are something else.
        """
        import torch

        share, partners, _ = self.drawn(key, "mixup")
        rows = as_rows(labels, self.num_classes)
        other = torch.from_numpy(partners).to(images.device)
        return images * share + images[other] * (1 - share), rows * share + rows[other.to(rows.device)] * (1 - share)


@dataclass(frozen=True)
class CutMix(Mixing):
    """A rectangle of another image of the batch in each image, of an area share 1 - lambda before it is cut off at the
    border; labels are mixed by the area that it has then.

    Args:
        num_classes: how many classes the labels have.
        alpha: of the Beta(alpha, alpha) distribution from which lambda is drawn, once a batch.

    Raises:
        OptionError: a number is wrong.

    Source: Yun et al. 2019 (arXiv:1905.04899).
    """

    def __call__(self, images: "torch.Tensor", labels: Any, key: BatchKey) -> tuple["torch.Tensor", Any]:
        """As `BatchTransform`.

        Args:
            images: (N, C, H, W) of a float type.
            labels: (N,) int64, or (N, classes) float.
            key: what to draw from.

        Returns:
            (images, labels), the labels (N, classes) float32.

        Raises:
            OptionError: labels are something else.
        """
        import torch

        share, partners, generator = self.drawn(key, "cutmix")
        rows = as_rows(labels, self.num_classes)
        other = torch.from_numpy(partners).to(images.device)
        ends = []
        for length in images.shape[-2:]:
            half = int(length * (1 - share) ** 0.5) // 2
            centre = int(generator.integers(length))
            ends.append(slice(max(centre - half, 0), min(centre + half, length)))
        mixed = images.clone()
        mixed[..., ends[0], ends[1]] = images[other][..., ends[0], ends[1]]
        covered = (ends[0].stop - ends[0].start) * (ends[1].stop - ends[1].start)
        kept = 1 - covered / (images.shape[-2] * images.shape[-1])
        return mixed, rows * kept + rows[other.to(rows.device)] * (1 - kept)


@dataclass(frozen=True)
class LabelSmoothing(BatchTransform):
    """A share of each label spread evenly over all classes.

    Args:
        num_classes: how many classes there are.
        amount: the share, 0..1.

    Raises:
        OptionError: a number is wrong.

    Source: Szegedy et al. 2016 (arXiv:1512.00567), section 7.
    """

    num_classes: int
    amount: float = 0.1

    def __post_init__(self) -> None:
        check_count("num_classes", self.num_classes, 2)
        if not isinstance(self.amount, (int, float)) or not 0 <= self.amount <= 1:
            raise OptionError(f"amount {self.amount!r} is no share from 0 to 1")

    def __call__(self, images: "torch.Tensor", labels: Any, key: BatchKey) -> tuple["torch.Tensor", Any]:
        """As `BatchTransform`.

        Args:
            images: given back as they are.
            labels: (N,) int64, or (N, classes) float.
            key: not looked at.

        Returns:
            (images, labels), the labels (N, classes) float32.

        Raises:
            OptionError: labels are something else.
        """
        return images, as_rows(labels, self.num_classes) * (1 - self.amount) + self.amount / self.num_classes


def as_rows(labels: Any, classes: int) -> "torch.Tensor":
    """(N, classes) float32 of class numbers (N,), or of rows, or OptionError."""
    import torch

    if not isinstance(labels, torch.Tensor):
        raise OptionError(f"labels are {type(labels).__name__}; class numbers (N,) or rows (N, {classes}) are needed")
    if labels.ndim == 2 and labels.is_floating_point() and labels.shape[1] == classes:
        return labels.float()
    if labels.ndim != 1 or labels.is_floating_point():
        raise OptionError(
            f"labels are {labels.dtype} of shape {tuple(labels.shape)}; class numbers (N,) or rows (N, {classes}) are "
            "needed"
        )
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise OptionError(
            f"labels reach from {int(labels.min())} to {int(labels.max())}, and num_classes is {classes}: 0 to "
            f"{classes - 1} are allowed"
        )
    return torch.nn.functional.one_hot(labels.long(), classes).float()


def check_batch_transforms(given: Any, *, bytes_asked: bool, frames: bool) -> tuple[BatchTransform, ...]:
    """The transforms as a tuple, or OptionError where there is one that cannot act on these batches."""
    made = tuple(given) if isinstance(given, Iterable) else (given,)
    for one in made:
        if not isinstance(one, BatchTransform):
            raise OptionError(
                f"batch_transforms has {one!r}; a Cutout, MixUp, CutMix, LabelSmoothing or BatchTransform of your own "
                "is needed. Others, which are not keyed, are called in the training loop"
            )
    if made and bytes_asked:
        raise OptionError("batch_transforms act on normalized images, and mean=None asks for bytes; leave one out")
    if made and frames:
        raise OptionError("batch_transforms act on images (N, C, H, W), not on Frames; leave one out")
    return made
