"""What tells one data set, and one model, from another: short hashes that a record keeps."""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DecodeError
from ..sources import Source, fingerprint

LOOKED_AT = 16  # images that are decoded and hashed, evenly spaced


def data_fingerprint(source: Source) -> str:
    """A hash of what a source says of itself (names below the common folder, sizes, labels) and of the pixels of
    sixteen images.

    The folder may be moved; a file added, removed, renamed, or given another label changes the hash, and so does
    another version of the images, unless it changed only few of them and no size.
    """
    digest = hashlib.sha256(fingerprint(source).encode())
    for index in np.unique(np.linspace(0, len(source) - 1, LOOKED_AT).astype(int)).tolist():
        try:
            image, label = source.decode(index)
        except DecodeError:
            digest.update(b"unreadable")
            continue
        digest.update(f"{image.shape} {label}".encode("utf-8", "surrogatepass"))
        digest.update(np.ascontiguousarray(image).tobytes())
    return digest.hexdigest()[:16]


def has_fingerprint(model: Callable[..., Any]) -> bool:
    """Whether `model_fingerprint` tells other weights: a function's name does not, nor a wrapper's without any."""
    import torch

    if isinstance(getattr(model, "fingerprint", None), str):
        return True
    return isinstance(model, torch.nn.Module) and bool(model.state_dict())


def model_fingerprint(model: Callable[..., Any]) -> str:
    """A hash of a torch module's class and weights; of anything else its `fingerprint`, or its name, which says nothing
    of weights.
    """
    import torch

    if isinstance(given := getattr(model, "fingerprint", None), str):
        return given
    if not isinstance(model, torch.nn.Module):
        kind = model if hasattr(model, "__qualname__") else type(model)
        return f"{kind.__module__}.{kind.__qualname__}"
    digest = hashlib.sha256(type(model).__qualname__.encode())
    for name, value in model.state_dict().items():
        digest.update(name.encode())
        if isinstance(value, torch.Tensor):
            digest.update(f"{value.dtype} {tuple(value.shape)}".encode())
            digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
        else:
            digest.update(repr(value).encode())
    return digest.hexdigest()[:16]
