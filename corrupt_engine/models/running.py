"""A model as a function from a batch of images to scores."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..devices import free_memory, out_of_memory
from ..errors import DeviceError
from .precision import Precision, autocast, converted

if TYPE_CHECKING:
    import torch

T = TypeVar("T")


class Runner:
    """Runs a model on batches, in a precision, and in parts of a batch where the memory does not suffice for all of it.

    Args:
        model: an nn.Module, or any callable from images to scores.
        precision: what it computes in.

    Attributes:
        most: how many images are run at once since memory ran out; None as long as it has not.
        writes: whether the model works in place on the images that it is given, as a first layer
            nn.ReLU(inplace=True) does; None until it has been run.
    """

    def __init__(self, model: Callable[[Any], Any], precision: Precision | None = None) -> None:
        import torch

        self.model, self.precision = model, precision or Precision()
        self.most: int | None = None
        self.writes: bool | None = None
        self._module = model if isinstance(model, torch.nn.Module) else None

    @contextlib.contextmanager
    def ready(self) -> Iterator["Runner"]:
        """Within it, batches can be run: without gradients, in eval mode, in the precision. The module's mode and
        weights are given back at the end.
        """
        import torch

        training = [(part, part.training) for part in self._module.modules()] if self._module is not None else []
        if self._module is not None:
            self._module.eval()
        try:
            with converted(self.model, self.precision), torch.inference_mode():
                yield self
        finally:
            for part, mode in training:
                part.training = mode

    def __call__(self, images: "torch.Tensor") -> Any:
        """Scores of images (N, C, H, W), on the model's own device: what it gives for all of them, or for parts of
        them one after the other. The images stay as they are.

        Raises DeviceError where the memory does not suffice for one image.
        """
        import torch

        size = len(images) if self.most is None else min(self.most, len(images))
        parts, fitting = in_room(self._run, images, max(size, 1))
        if fitting < max(size, 1):
            self.most = fitting
        alike = all(isinstance(part, torch.Tensor) for part in parts)
        return torch.cat(parts) if alike and len(parts) > 1 else parts[0]

    def _run(self, images: "torch.Tensor") -> Any:
        place = None if self._module is None else next(self._module.parameters(), None)
        there = images if place is None else images.to(place.device)
        with autocast(self.precision, there.device.type):
            return self._kept(there) if there is images else scores_of(self.model(there))

    def _kept(self, images: "torch.Tensor") -> Any:
        """Scores of images that others are shown too. The first time tells whether the model writes into them: only
        one that does is given copies.
        """
        import torch

        if self.writes is not None:
            return scores_of(self.model(images.clone() if self.writes else images))
        kept = images.to("cpu", copy=True)
        version = None if images.is_inference() else images._version
        try:
            scores = scores_of(self.model(images))
            scores = scores.clone() if isinstance(scores, torch.Tensor) else scores  # it may be a view of the images
        finally:
            moved = version is not None and images._version != version
            written = moved or not torch.equal(images.cpu(), kept)
            if written:
                images.copy_(kept)
        self.writes = written
        return scores


def in_parts(images: Any, size: int) -> list[Any]:
    """A batch, a tensor or an array, in parts of at most `size` images; at least one part, though it be empty."""
    return [images[start : start + size] for start in range(0, len(images), size)] or [images]


def in_room(run: Callable[..., T], images: "torch.Tensor", size: int, *beside: Any) -> tuple[list[T], int]:
    """What `run` makes of a batch in parts of at most `size` images; where memory runs out in halves, and halves of
    those.

    Args:
        run: called with a part of the images, and of what is beside them.
        images: (N, C, H, W).
        size: at least 1.
        beside: of N items each, cut as the images are.

    Returns:
        What it made of each part, and the size of a part that the memory sufficed for.

    Raises:
        DeviceError: the memory does not suffice for one image.
    """
    while True:
        try:
            cut = zip(*(in_parts(rows, size) for rows in (images, *beside)), strict=True)
            return [run(*part) for part in cut], size
        except Exception as error:
            if not out_of_memory(error):
                raise
            if size < 2:
                raise no_room(images, error) from error
        # Only here is the error gone, and with it what its frames hold.
        free_memory()
        size = (size + 1) // 2


def no_room(images: "torch.Tensor", error: BaseException) -> DeviceError:
    """What is to be raised where one image is too much."""
    _, channels, height, width = images.shape
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return DeviceError(
        f"the memory does not suffice to run the model on one image of {channels} x {height} x {width}: {reason}. Free "
        "memory that others use, take another device, give a geometry of smaller images (--geometry), or run in half "
        'precision with autocast="bfloat16" (--autocast bfloat16)'
    )


def scores_of(output: Any) -> Any:
    """The scores in what a model gave: a tensor or array, or the `logits` of a Hugging Face output or of a mapping."""
    import torch

    if hasattr(output, "logits"):
        output = output.logits
    elif isinstance(output, dict) and "logits" in output:
        output = output["logits"]
    if isinstance(output, np.ndarray):
        return torch.from_numpy(output if output.flags.writeable else output.copy())
    return output


def model_name(model: Any) -> str:
    """What a report calls a model that was given no name."""
    own = getattr(model, "name", None)
    return own if isinstance(own, str) else getattr(model, "__name__", type(model).__name__)
