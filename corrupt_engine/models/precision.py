"""The float types that a model computes in: those of its weights, or others for the time of a run."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import OptionError
from ..runtime.checks import check_name
from ..transforms.tensors import DTYPES
from .onnx import OnnxModel

HALF = ("float16", "bfloat16")


@dataclass(frozen=True)
class Precision:
    """What a model computes in.

    Args:
        dtype: the float types of its weights, or that of a function's images; what a record says.
        images: the float type of the images that it is given.
        convert: its weights are brought to `dtype` for the run.
        autocast: the type that torch.autocast chooses for what it holds safe; None leaves autocast off.
    """

    dtype: str = "float32"
    images: str = "float32"
    convert: bool = False
    autocast: str | None = None

    @property
    def is_half(self) -> bool:
        """Whether some of it is rounded to 8 or 11 bits."""
        return self.autocast is not None or any(name in self.dtype for name in HALF)


def precision_of(function: Callable[..., Any], dtype: Any = None, autocast: Any = None) -> Precision:
    """What a model will compute in.

    Args:
        function: an nn.Module, or any callable.
        dtype: of "float32", "float16", "bfloat16", or torch's of that name; None for the model's own.
        autocast: "float16" or "bfloat16"; None for none.

    Returns:
        A Precision.

    Raises:
        UnknownNameError: there is no such dtype, or autocast to it.
        OptionError: both are half types, or the model is an ONNX file, whose types are its own.
    """
    wanted = None if dtype is None else named(dtype, "dtype", DTYPES)
    cast = None if autocast is None else named(autocast, "autocast", HALF)
    if cast is not None and wanted in HALF:
        raise OptionError(
            f"dtype={wanted!r} converts the weights, autocast={cast!r} leaves them as they are: give one of the two"
        )
    if isinstance(function, OnnxModel) and (cast is not None or wanted in HALF):
        raise OptionError(
            f"an ONNX file computes in the types that it holds: convert the file to {cast or wanted}, and leave "
            f"{'autocast' if cast else 'dtype'} out"
        )
    if wanted is not None:
        return Precision(wanted, wanted, True, cast)
    own = float_types(function)
    images = own[0] if own and own[0] in DTYPES else "float32"
    return Precision("+".join(sorted(set(own))) or images, images, False, cast)


def named(given: Any, option: str, allowed: tuple[str, ...]) -> str:
    """A float type by name or torch's as its name, or UnknownNameError."""
    name = str(given).removeprefix("torch.")
    check_name(option, name, allowed)
    return name


def float_tensors(function: Callable[..., Any]) -> list[Any]:
    """The parameters and buffers of an nn.Module that are float; of anything else none."""
    import torch

    if not isinstance(function, torch.nn.Module):
        return []
    return [tensor for tensor in (*function.parameters(), *function.buffers()) if tensor.is_floating_point()]


def float_types(function: Callable[..., Any]) -> list[str]:
    """The names of their types, parameters first."""
    return [str(tensor.dtype).removeprefix("torch.") for tensor in float_tensors(function)]


@contextlib.contextmanager
def converted(function: Callable[..., Any], precision: Precision) -> Iterator[None]:
    """Within it, the weights are of the precision's dtype; at the end the module has the very ones that it had.

    The module itself is converted, not a copy, so that what hooks and counters of its owner see is this run. Both
    sets of weights are held meanwhile: for half types half as much memory again as the weights take.
    """
    import torch

    if not precision.convert:
        yield
        return
    dtype = getattr(torch, precision.dtype)
    kept = [(tensor, tensor.data) for tensor in float_tensors(function) if tensor.dtype != dtype]
    try:
        for tensor, values in kept:
            tensor.data = values.to(dtype)
        yield
    finally:
        for tensor, values in kept:
            tensor.data = values


@contextlib.contextmanager
def autocast(precision: Precision, device: str) -> Iterator[None]:
    """torch.autocast where the precision says so, on a kind of device; OptionError where torch cannot."""
    import torch

    if precision.autocast is None:
        yield
        return
    try:
        casting = torch.autocast(device, getattr(torch, precision.autocast))
    except RuntimeError as error:
        raise no_autocast(precision, device) from error
    with casting:
        if not torch.is_autocast_enabled(device):  # torch warns, and goes on without
            raise no_autocast(precision, device)
        yield


def no_autocast(precision: Precision, device: str) -> OptionError:
    """What is to be raised where torch has no such autocast."""
    return OptionError(
        f"torch has no autocast to {precision.autocast} on {device}; leave it out, or convert the weights with "
        f"dtype={precision.autocast!r} (--dtype {precision.autocast})"
    )
