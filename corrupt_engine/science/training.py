"""`fit()`: a network trained on what a loader gives, plainly; the same seed, the same weights."""

import copy
import time
from collections.abc import Callable, Iterable, Mapping, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from ..errors import OptionError, StateError, TrainingError
from ..evaluation.fingerprints import data_fingerprint, model_fingerprint
from ..loader.loader import CorruptLoader
from ..runtime.checks import check_count, check_flag, check_function, check_integer, check_path
from ..runtime.files import whole_file

FORMAT = 1
LOOKED_AT = 20
"""After how many batches the loss is read from the device, for the progress bar and to see whether it is a number."""


class Epoch(NamedTuple):
    """What one epoch of a training was like.

    Args:
        loss: the mean over the samples, each under the weights that it met.
        accuracy: the share of the samples whose label had the highest score, 0..1, likewise.
        seconds: how long it took.
        waited: of the seconds, those spent waiting for the next batch.
    """

    loss: float
    accuracy: float
    seconds: float
    waited: float


def sgd(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """The optimizer unless another one is given: learning rate .1, momentum .9, weight decay 1e-4.

    Args:
        parameters: what is trained.

    Returns:
        The optimizer.

    Source: Laugros 2022, thesis 2022GRALT016, chapter 4.
    """
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=1e-4)


def fit(
    model: nn.Module,
    loader: Iterable[Any],
    epochs: int,
    *,
    optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer] = sgd,
    schedule: Callable[[torch.optim.Optimizer], Any] | None = None,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = nn.functional.cross_entropy,
    checkpoint: str | Path | None = None,
    seed: int = 0,
    progress: bool = True,
    name: str = "",
) -> tuple[Epoch, ...]:
    """Train a network in place.

    What torch draws while it trains, such as dropout, follows from `seed` and the epoch, and the caller's own random
    state is left as it was: with a CorruptLoader, the same arguments give the same weights on one device with the same
    number of threads, whether or not the training was killed in between.

    Args:
        model: the network, from images (N, C, H, W) to scores (N, classes). It is trained where it is; a parameter with
            requires_grad=False stays as it is.
        loader: a CorruptLoader, or any other iterable of (images, labels, ...) batches, one iteration an epoch; its
            set_epoch is called where it has one. Labels are (N,) class numbers, or (N, classes) probabilities.
        epochs: how many.
        optimizer: makes it of the parameters.
        schedule: makes the learning rate's schedule of the optimizer, stepped after each epoch; default a tenth from
            one half of the epochs on, and a hundredth from three quarters on.
        loss: from scores and labels to the mean over the batch.
        checkpoint: a file, in which weights and state are kept after each epoch. Where it is there already, training
            goes on from it, and does nothing if that was the end. It is read as data: nothing in it is run.
        seed: fixes what torch draws.
        progress: show a progress bar on standard error.
        name: what the bar and messages call the training.

    Returns:
        An Epoch for each, those before a kill included.

    Raises:
        OptionError: an argument is wrong, nothing in the network can be trained, the loader is empty or gives no
            (images, labels), or labels are no numbers of the network's classes.
        StateError: the checkpoint is of another training, or none.
        TrainingError: the loss is no number any more.

    Source: the loop that everyone has; the defaults are those of Laugros 2022, thesis 2022GRALT016, chapter 4.
    """
    check_count("epochs", epochs, 1)
    check_integer("seed", seed)
    check_flag("progress", progress)
    for argument, function in (("optimizer", optimizer), ("schedule", schedule), ("loss", loss)):
        check_function(argument, function)
    if not isinstance(model, nn.Module):
        raise OptionError(
            f"model is a {type(model).__name__}; a torch.nn.Module is needed, whose weights can be trained"
        )
    if not isinstance(loader, Iterable):
        raise OptionError(f"loader is a {type(loader).__name__}; a CorruptLoader or another iterable is needed")
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not trained:
        raise OptionError("nothing in the model can be trained: it has no parameter with requires_grad")
    file = None if checkpoint is None else check_path("checkpoint", checkpoint)
    steps = optimizer(trained)
    told: dict[str, Any] = {"epochs": epochs, "seed": seed}
    told["optimizer"] = " ".join(repr(steps).split())  # before a schedule writes into it
    rate = (schedule or by_tenths(epochs))(steps)
    if file is not None:
        told |= {"schedule": f"{type(rate).__name__} {rate.state_dict()}", **identity(model, loader)}
    done = resume(file, told, model, steps, rate) if file is not None and file.is_file() else []
    called = name or type(model).__name__
    with train_mode(model), bar(loader, epochs, len(done), progress, called) as shown:
        for epoch in range(len(done), epochs):
            done.append(one_epoch(model, loader, epoch, steps, loss, seed, shown, called))
            rate.step()
            if file is not None:
                keep(file, told, model, steps, rate, done)
    return tuple(done)


def by_tenths(epochs: int) -> Callable[[torch.optim.Optimizer], Any]:
    """The learning rate's schedule unless another one is given: of 40 epochs, a tenth from 20 and again from 30 on."""
    return lambda steps: torch.optim.lr_scheduler.MultiStepLR(steps, [max(epochs // 2, 1), max(epochs * 3 // 4, 1)])


def one_epoch(
    model: nn.Module,
    loader: Iterable[Any],
    epoch: int,
    steps: torch.optim.Optimizer,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    seed: int,
    shown: Any,
    name: str,
) -> Epoch:
    """Train for one epoch."""
    if hasattr(loader, "set_epoch"):
        loader.set_epoch(epoch)
    device = next(model.parameters()).device
    own_state = (
        torch.random.fork_rng([])
        if device.type == "cpu"
        else torch.random.fork_rng([device], True, device_type=device.type)
    )
    total, right = torch.zeros((), device=device), torch.zeros((), device=device)
    count, batches, waited = 0, 0, 0.0
    start = asked = time.perf_counter()
    with own_state:
        torch.manual_seed(mixed(seed, epoch))
        for batch in loader:
            waited += time.perf_counter() - asked
            images, labels = (part.to(device, non_blocking=True) for part in images_and_labels(batch))
            steps.zero_grad(set_to_none=True)
            scores = model(images)
            if not count:
                check_classes(scores, labels)
            cost = loss(scores, labels)
            cost.backward()  # type: ignore[no-untyped-call]
            steps.step()
            with torch.no_grad():
                total += cost * len(images)
                right += (scores.argmax(1) == (labels if labels.ndim == 1 else labels.argmax(1))).sum()
            count, batches = count + len(images), batches + 1
            if batches % LOOKED_AT == 0:
                check_finite(total, epoch, name)
                shown.set_postfix_str(f"loss {float(total) / count:.3f}", refresh=False)
            shown.update()
            asked = time.perf_counter()
    if not count:
        raise OptionError("the loader gave no batch: it is empty, or can be iterated over only once")
    check_finite(total, epoch, name)
    return Epoch(float(total) / count, float(right) / count, time.perf_counter() - start, waited)


def images_and_labels(batch: Any) -> Any:
    """The first two parts of a batch, or OptionError where they are no tensors."""
    found = batch[:2] if isinstance(batch, (tuple, list)) else ()
    if len(found) == 2 and all(isinstance(part, torch.Tensor) for part in found):
        return found
    given = f"({', '.join(type(part).__name__ for part in found)})" if found else f"a {type(batch).__name__}"
    raise OptionError(
        f"the loader gives {given} as a batch; (images, labels), tensors both, are needed: labels that are class "
        "numbers, from a data set whose items are (image, label)"
    )


def check_classes(scores: torch.Tensor, labels: torch.Tensor) -> None:
    """OptionError for class numbers that the network has no score of, which a GPU would say of itself much later."""
    if labels.ndim == 1 and scores.ndim == 2 and not labels.is_floating_point():
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= scores.shape[1]:
            raise OptionError(f"the network gives {scores.shape[1]} scores an image, and labels are {low} to {high}")


def check_finite(total: torch.Tensor, epoch: int, name: str) -> None:
    """TrainingError where the sum of the losses is no number."""
    if not torch.isfinite(total):
        raise TrainingError(
            f"the training of {name} diverged: its loss is {float(total)} in epoch {epoch} (from 0); use a lower "
            "learning rate, or look for images or weights that are not finite"
        )


def mixed(seed: int, epoch: int) -> int:
    """A seed for torch of two numbers."""
    from ..kernels.philox import condition_key

    low, high = (int(word) for word in condition_key(seed, "training", epoch, 0))
    return (high << 32 | low) & 0x7FFF_FFFF_FFFF_FFFF


@contextmanager
def train_mode(model: nn.Module) -> Any:
    """The model in train mode within it; each part's own mode is given back."""
    modes = [(part, part.training) for part in model.modules()]
    model.train()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


def bar(loader: Iterable[Any], epochs: int, done: int, progress: bool, name: str) -> Any:
    """The progress bar, over the batches of all epochs where their number is known."""
    from tqdm import tqdm

    each = len(loader) if isinstance(loader, Sized) else None
    total, begun = (None, 0) if each is None else (each * epochs, each * done)
    return tqdm(total=total, initial=begun, unit="batch", desc=name, disable=not progress, smoothing=0.1)


def identity(model: nn.Module, loader: Iterable[Any]) -> dict[str, Any]:
    """What of the weights that a training begins with, and of its data, fixes where it ends."""
    told: dict[str, Any] = {"first weights": model_fingerprint(model)}
    if isinstance(loader, CorruptLoader):
        told["data"] = data_fingerprint(loader.source)
        told["loader"] = {**loader.identity(), "batch_size": loader.batch_size}
        told["normalization"] = repr((loader.tensor_format.mean, loader.tensor_format.std, loader.tensor_format.dtype))
    else:
        told["loader"] = f"{type(loader).__name__} of {len(loader) if isinstance(loader, Sized) else 'unknown'} batches"
    return told


def keep(file: Path, told: Mapping[str, Any], model: nn.Module, steps: Any, rate: Any, done: list[Epoch]) -> None:
    """Write the checkpoint, whole."""
    state = {
        "format": FORMAT,
        "training": dict(told),
        "model": model.state_dict(),
        "optimizer": steps.state_dict(),
        "schedule": rate.state_dict(),
        "epochs": [list(epoch) for epoch in done],
    }
    with whole_file(file, "checkpoint") as part:
        torch.save(state, part)


def resume(file: Path, told: Mapping[str, Any], model: nn.Module, steps: Any, rate: Any) -> list[Epoch]:
    """Put all into the state of a checkpoint; the epochs that it has."""
    state = read(file)
    for key, value in told.items():
        saved = state["training"].get(key)
        if saved != value:
            raise StateError(
                f"checkpoint {file} is of another training: its {key} is {saved!r}, and here it is {value!r}; give "
                "another file, or remove this one to begin anew"
            )
    device = next(model.parameters()).device
    model.load_state_dict(state["model"])
    steps.load_state_dict(copy.deepcopy(state["optimizer"]))
    rate.load_state_dict(state["schedule"])
    model.to(device)
    return [Epoch(*epoch) for epoch in state["epochs"]]


def read(file: Path) -> dict[str, Any]:
    """What a checkpoint holds, or StateError."""
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        raise StateError(f"checkpoint {file} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # whatever torch and pickle say of a file that is something else
        raise StateError(f"{file} is no checkpoint: {type(error).__name__}; give another file") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise StateError(f"{file} is no checkpoint of a training of this version; give another file")
    return state
