"""What tells one data set, and one model, from another: short hashes that a record keeps."""

import hashlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import DecodeError
from .sources import Source

LOOKED_AT = 16  # pictures that are decoded and hashed, evenly spaced; names and labels are hashed for all


def data_fingerprint(source: Source) -> str:
    """A hash of a source's length, its names below their common folder, its labels, and the pixels of sixteen of its pictures.

    The folder may be moved; a file added, removed, renamed, or given another label changes the hash, and so does another version of
    the pictures, unless it changed only few of them.
    """
    count = len(source)
    digest = hashlib.sha256(str(count).encode())
    for name in below_common_folder([source.name(index) for index in range(count)]):
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0")
    if (labels := getattr(source, "labels", None)) is not None:
        digest.update(repr([str(label) for label in labels]).encode())
    for index in np.unique(np.linspace(0, count - 1, LOOKED_AT).astype(int)).tolist():
        try:
            image, label = source.decode(index)
        except DecodeError:
            digest.update(b"unreadable")
            continue
        digest.update(f"{image.shape} {label}".encode())
        digest.update(np.ascontiguousarray(image).tobytes())
    return digest.hexdigest()[:16]


def below_common_folder(names: list[str]) -> list[str]:
    """Paths below the folder that all share; names that are no paths stay as they are.

    >>> below_common_folder(["/data/val/cat/a.jpg", "/data/val/dog/b.jpg"])
    ['cat/a.jpg', 'dog/b.jpg']
    >>> below_common_folder(["val/cat/a.jpg"]), below_common_folder(["sample 0 of X", "sample 1 of X"])
    (['a.jpg'], ['sample 0 of X', 'sample 1 of X'])
    """
    try:
        shared = len(os.path.commonpath([os.path.dirname(name) for name in names]))  # noqa: PTH120 (twenty times slower with Path)
    except ValueError:  # relative and absolute ones, or several drives
        shared = 0
    return [name[shared:].replace(os.sep, "/").lstrip("/") for name in names]


def model_fingerprint(model: Callable[..., Any]) -> str:
    """A hash of a torch module's class and weights; of anything else its `fingerprint`, or its name, which says nothing of weights."""
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
