"""What may stand between the images and a model: filters that take corruption, or a perturbation, away again."""

import functools
import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from ..devices import device_of
from ..errors import MissingExtraError, OptionError, UnknownNameError
from ..evaluation.fingerprints import model_fingerprint
from ..kernels.philox import condition_key
from ..kernels.registry import registry
from ..models import LoadedModel, as_loaded
from ..runtime.buffers import Buffers
from ..runtime.checks import check_integer, check_name
from ..runtime.threads import map_threads, processors
from ..transforms.content import content_ids
from ..transforms.tensors import TensorFormat, as_formatted

MIDDLE = 0.6745
"""The median of the absolute value of N(0, 1)."""


class Kind(NamedTuple):
    """A kind of stage: what its number says, its usual value, the values that it may have, and what it does.

    `mechanism` gives a registered corruption and its parameters by name; `on_host` makes of an image (H, W, 1 or 3)
    uint8 another. One of them is there.
    """

    says: str
    usual: float
    allowed: Callable[[float], bool]
    mechanism: Callable[[float], tuple[str, dict[str, Any]]] | None = None
    on_host: Callable[[np.ndarray, float], np.ndarray] | None = None


def opencv_sigma(side: float) -> float:
    """The deviation that OpenCV takes for a Gaussian window of a side."""
    return 0.3 * ((side - 1) / 2 - 1) + 0.8


def noise_level(plane: np.ndarray) -> float:
    """The deviation of the noise in a plane (H, W) of floats: the median of the finest diagonal Haar coefficients'
    absolute values, over that of N(0, 1).

    Source: Donoho and Johnstone 1994, doi:10.1093/biomet/81.3.425, with Haar's wavelet.
    """
    height, width = (side // 2 * 2 for side in plane.shape)
    a, b, c, d = (plane[y:height:2, x:width:2] for y in (0, 1) for x in (0, 1))
    details = np.abs(a - b - c + d) / 2
    return float(np.median(details)) / MIDDLE if details.size else 0.0


def non_local_means(image: np.ndarray, strength: float) -> np.ndarray:
    """scikit-image's, fast mode, patches of 5 and distances up to 6, with the noise level that the image itself has."""
    skimage = library("restoration")
    values = image / 255.0
    sigma = float(np.mean([noise_level(values[..., c]) for c in range(image.shape[2])]))
    if sigma == 0:
        return image
    options = {"patch_size": 5, "patch_distance": 6, "fast_mode": True, "channel_axis": -1}
    made = skimage.denoise_nl_means(values, h=strength * sigma, sigma=sigma, **options)
    return to_bytes(made).reshape(image.shape)


def equalized(image: np.ndarray, clip: float) -> np.ndarray:
    """scikit-image's contrast-limited adaptive histogram equalization: of V in HSV where there are colours, in windows
    of an eighth of the sides.
    """
    plane = image[..., 0] if image.shape[-1] == 1 else image
    return to_bytes(library("exposure").equalize_adapthist(plane, clip_limit=clip)).reshape(image.shape)


def to_bytes(values: np.ndarray) -> np.ndarray:
    """Values on 0..1 as bytes, rounded."""
    made: np.ndarray = np.clip(np.rint(np.asarray(values) * 255), 0, 255).astype(np.uint8)
    return made


def library(part: str) -> Any:
    """A part of scikit-image, or MissingExtraError."""
    if importlib.util.find_spec("skimage") is None:
        raise MissingExtraError("scikit-image", "science", "take a stage that needs none: low_pass, median, jpeg, bits")
    return importlib.import_module(f"skimage.{part}")


KINDS = {
    "low_pass": Kind(
        "side of a Gaussian window in pixels, odd, with OpenCV's deviation for it",
        3,
        lambda side: side % 2 == 1 and side >= 3,
        mechanism=lambda side: ("windowed_blur", {"side": int(side), "sigma": opencv_sigma(side)}),
    ),
    "noise": Kind(
        "deviation of Gaussian noise, image on 0..1",
        0.04,
        lambda sigma: 0 < sigma <= 1,
        mechanism=lambda sigma: ("gaussian_noise", {"sigma": float(sigma)}),
    ),
    "median": Kind(
        "side of a square in pixels, odd",
        3,
        lambda side: side % 2 == 1 and 3 <= side <= 15,
        mechanism=lambda side: ("median_blur", {"low": int(side), "high": int(side)}),
    ),
    "jpeg": Kind(
        "quality of libjpeg",
        75,
        lambda quality: quality == int(quality) and 1 <= quality <= 100,
        mechanism=lambda quality: ("jpeg_compression", {"quality": int(quality)}),
    ),
    "bits": Kind(
        "bits of each channel",
        5,
        lambda bits: 0 < bits <= 8,
        mechanism=lambda bits: ("quantization", {"bits": float(bits)}),
    ),
    "nl_means": Kind("strength, in deviations of the image's noise", 0.8, lambda h: h > 0, on_host=non_local_means),
    "clahe": Kind("clip limit, share of a window", 0.01, lambda clip: 0 < clip <= 1, on_host=equalized),
}
"""The stages by name."""


@dataclass(frozen=True)
class Defence:
    """One stage before a model. A value: equal when it says the same.

    Args:
        name: one of `KINDS`: low_pass, noise, median, jpeg, bits, nl_means or clahe.
        amount: what the kind's number says (a side, a deviation, a quality, ...); its usual value by default.

    Raises:
        UnknownNameError: there is no such stage.
        OptionError: the amount is none that it may have.

    Source: low-pass, noise and both: Ulicny, Lundstrom and Byttner 2016, "Robustness of Deep Convolutional Neural
    Networks for Image Recognition"; CLAHE and non-local means: Hendrycks and Dietterich 2019 (arXiv:1903.12261),
    section 4.4; JPEG, bit depth, median: Guo et al. 2018 (arXiv:1711.00117), Xu et al. 2018 (arXiv:1704.01155).

    >>> Defence.of("low_pass:5"), Defence("median")
    (Defence('low_pass:5'), Defence('median:3'))
    """

    name: str
    amount: float | None = None

    def __post_init__(self) -> None:
        check_name("defence", self.name, KINDS)
        kind = KINDS[self.name]
        amount = kind.usual if self.amount is None else self.amount
        if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not kind.allowed(amount):
            raise OptionError(f"{self.name} {amount!r}: its number is the {kind.says}, such as {kind.usual:g}")
        object.__setattr__(self, "amount", float(amount))

    @classmethod
    def of(cls, text: "str | Defence") -> "Defence":
        """A stage from "median:5" or "median".

        Args:
            text: its name, and its number after a colon; a Defence comes back as it is.

        Returns:
            The Defence.

        Raises:
            UnknownNameError, OptionError: as for the class.
        """
        if isinstance(text, Defence):
            return text
        name, colon, number = str(text).partition(":")
        try:
            return cls(name, float(number) if colon else None)
        except ValueError as error:
            if isinstance(error, (OptionError, UnknownNameError)):
                raise
            raise OptionError(f"defence {text!r}: {number!r} is no number; {name}:NUMBER is needed") from error

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __str__(self) -> str:
        return f"{self.name}:{self.amount:g}"

    def __call__(self, images: torch.Tensor, seed: int = 0) -> torch.Tensor:
        """Images behind the stage.

        Args:
            images: (N, H, W, 1 or 3) uint8, contiguous; on a CUDA device the mechanisms run there.
            seed: fixes what is drawn, with each image's own content.

        Returns:
            The same shape, type and device.

        Raises:
            MissingExtraError: it needs a library that is not installed.
        """
        kind, amount = KINDS[self.name], self.amount or 0.0
        if kind.on_host is not None:
            rows = images.cpu().numpy()
            made = map_threads(lambda n: kind.on_host(rows[n], amount), len(rows), processors())  # type: ignore[misc]
            return torch.from_numpy(np.stack(made)).to(images.device) if made else images
        name, parameters = kind.mechanism(amount)  # type: ignore[misc]
        corruption = registry()[name]
        run = functools.partial(
            _run, corruption, corruption.parameters(**parameters), condition_key(seed, f"defence {self}", 0.0, 0)
        )
        ids = np.zeros(len(images), np.int64) if corruption.deterministic else content_ids(images)
        count, height, width, channels = images.shape
        shape = count, height, width, channels
        result: torch.Tensor = device_of(images).apply(run, images, shape, ids, processors())
        return result


def _run(corruption: Any, parameters: Any, key: tuple[int, int], ops: Any, src: Any, dst: Any, ids: np.ndarray) -> None:
    from ..kernels import engine

    engine.run(ops, corruption, parameters, src, dst, ids, key)


class Defended(nn.Module):
    """A model with stages before it: from the bytes of images to its scores.

    Args:
        model: the model, as it is fed without stages.
        stages: what happens to the images first, in this order.
        seed: fixes what the stages draw.
    """

    def __init__(self, model: LoadedModel, stages: Sequence[Defence], seed: int = 0) -> None:
        super().__init__()
        self.model = model.function
        self.stages, self.seed = tuple(stages), check_integer("seed", seed)
        self.mean, self.std = model.mean, model.std
        self._memory = Buffers(2)

    @property
    def fingerprint(self) -> str:
        """A hash of the model's own, the stages and the seed."""
        said = f"{model_fingerprint(self.model)} {[str(stage) for stage in self.stages]} {self.seed}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def forward(self, images: torch.Tensor) -> Any:
        """Scores of images (N, C, H, W) uint8."""
        packed = images.permute(0, 2, 3, 1).contiguous()
        for stage in self.stages:
            packed = stage(packed, self.seed)
        output = TensorFormat(self.mean, self.std, device=str(images.device))
        return self.model(as_formatted(packed.permute(0, 3, 1, 2), output, processors(), self._memory))


def defended(
    model: Any,
    stages: "str | Defence | Sequence[str | Defence]",
    *,
    mean: Any = "model",
    std: Any = "model",
    name: str | None = None,
    seed: int = 0,
) -> LoadedModel:
    """A model behind stages, for `evaluate` and everything else that takes a model: the stages see the corrupted bytes,
    before they are normalized.

    Args:
        model: as for `evaluate`.
        stages: one or several of Defence, or texts such as "median:3"; what stands first happens first.
        mean: the normalization that the model was trained with, as for `evaluate`.
        std: its other half.
        name: what reports call it; default the model's name with the stages. Records of other stages are refused.
        seed: fixes what the stages draw; the draws go by each image's content.

    Returns:
        A LoadedModel that is fed bytes.

    Raises:
        UnknownNameError, OptionError: there is no such stage or number, or there are no stages.
        ModelError, MissingExtraError: as for `evaluate`.

    >>> both = defended(lambda images: images.mean((2, 3)), ["noise:.04", "low_pass:3"], name="net")
    >>> both.name, both.mean
    ('net', None)
    """
    loaded = as_loaded(model, mean=mean, std=std)
    given = [stages] if isinstance(stages, (str, Defence)) else list(stages)
    if not given:
        raise OptionError("there are no stages; give at least one, such as 'median:3'")
    found = [Defence.of(one) for one in given]
    told = name or f"{loaded.name} behind {', '.join(map(str, found))}"
    module = Defended(loaded, found, seed)
    return LoadedModel(module, told, None, 1.0, loaded.geometry, loaded.scores, loaded.class_names)
