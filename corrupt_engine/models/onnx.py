"""ONNX files through onnxruntime."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..devices import out_of_memory
from ..errors import MissingExtraError, ModelError
from ..transforms.geometry import Geometry
from ..transforms.tensors import IMAGENET_MEAN
from .loaded import LoadedModel

if TYPE_CHECKING:
    import torch

CROP_SHARE = 0.875  # of the resized image, as in Resize(256), CenterCrop(224)
TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}


class OnnxModel:
    """A session as a function from images (N, 3, H, W) to scores (N, classes); a fixed batch size in the file is no
    matter.
    """

    def __init__(self, session: Any, fingerprint: str) -> None:
        self.session, self.fingerprint = session, fingerprint
        entry, *others = session.get_inputs()
        self.input, self.shape = entry.name, tuple(entry.shape)
        if others:
            names = ", ".join([entry.name, *(other.name for other in others)])
            raise ModelError(f"the ONNX model takes {names}; images (N, 3, H, W) alone are needed")
        channels_last = len(self.shape) == 4 and self.shape[3] == 3 and self.shape[1] != 3
        if len(self.shape) != 4 or entry.type not in TYPES or channels_last:
            raise ModelError(
                f"the ONNX model takes {entry.type} of shape {list(self.shape)}; images (N, 3, H, W) are needed"
                + (", so put a Transpose before its input" if channels_last else "")
            )
        self.dtype = TYPES[entry.type]
        self.batch = self.shape[0] if isinstance(self.shape[0], int) else None

    @property
    def takes_bytes(self) -> bool:
        """Whether its input is uint8, so that the file normalizes by itself."""
        return self.dtype is np.uint8

    def __call__(self, images: "torch.Tensor") -> np.ndarray:
        """Scores of the first output."""
        values = images.cpu().numpy().astype(self.dtype, copy=False)
        if self.batch is None:
            return self._scores(values)
        parts = []
        for start in range(0, len(values), self.batch):
            part = values[start : start + self.batch]
            full = np.concatenate([part, np.repeat(part[-1:], self.batch - len(part), axis=0)])
            parts.append(self._scores(full)[: len(part)])
        return np.concatenate(parts)

    def _scores(self, values: np.ndarray) -> np.ndarray:
        try:
            scores: np.ndarray = np.asarray(self.session.run(None, {self.input: values})[0])
        except Exception as error:  # onnxruntime's exceptions share no base but Exception
            if out_of_memory(error):
                raise
            raise ModelError(
                f"the ONNX model takes images of shape {list(self.shape)}, and could not be run on "
                f"{list(values.shape)}: {' '.join(str(error).split())}"
            ) from error
        return scores


def load_onnx(path: Path) -> LoadedModel:
    """The model of a file. A size that the file fixes decides the geometry."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("onnxruntime", "onnx") from error
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise ModelError(f"model {path} cannot be read: {error.strerror or error}") from error
    try:
        session = onnxruntime.InferenceSession(str(path), providers=onnxruntime.get_available_providers())
    except Exception as error:  # onnxruntime's exceptions share no base but Exception
        raise ModelError(f"{path} is no ONNX model that onnxruntime can run: {str(error).splitlines()[0]}") from error
    model = OnnxModel(session, digest)
    height, width = model.shape[2:]
    geometry = None
    if isinstance(height, int) and isinstance(width, int):
        geometry = Geometry(
            resize=round(height / CROP_SHARE) if height == width else (height, width), crop=(height, width)
        )
    return LoadedModel(model, path.stem, None if model.takes_bytes else IMAGENET_MEAN, geometry=geometry)
