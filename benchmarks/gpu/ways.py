"""The ways into the device beside CuPy arrays: torch's tensors, a stream of one's own, the loader, nvJPEG, DALI's node.

Each must give the bytes that the CPU gives for the same images.
"""

import importlib.util
import io
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.sources import ArraySource
from tests.devices import IDS
from tests.golden_files import photographs

from .equality import differences
from .result import Check

NAMES = ("gaussian_noise", "glass_blur", "fog", "elastic_transform", "jpeg_compression")


def ways(check: Check) -> Iterator[dict[str, Any]]:
    """A row a way and corruption."""
    for way in (torch_tensors, side_stream, loader, mixture, gpu_decoder, dali_node):
        for name in NAMES:
            if check.over():
                return
            row: dict[str, Any] = {"way": way.__name__, "corruption": name}
            try:
                found = way(check, name)
                row |= {"left out": found} if isinstance(found, str) else {"equal": not found, **found}
            except Exception:
                row["error"] = traceback.format_exc()
            said = row.get("left out") or ("FAILED" if "error" in row else "equal" if row["equal"] else "DIFFERENT")
            print(f"  {way.__name__:14s} {name:18s} {said}", flush=True)
            yield row
            if "left out" in row:
                break


def expected(check: Check, name: str) -> np.ndarray:
    """Both under a corruption, made on the CPU."""
    made: np.ndarray = ce.corrupt(photographs(), name, 3, ids=IDS, textures=check.textures)
    return made


def torch_tensors(check: Check, name: str) -> dict[str, Any]:
    """A CUDA tensor."""
    import torch

    made = ce.corrupt(torch.from_numpy(photographs()).cuda(), name, 3, ids=IDS, textures=check.textures)
    assert isinstance(made, torch.Tensor) and made.is_cuda
    return differences(made.cpu().numpy(), expected(check, name))


def side_stream(check: Check, name: str) -> dict[str, Any]:
    """A tensor that a busy stream of one's own is still making, while the default stream overwrites freed memory."""
    import torch

    images = torch.from_numpy(photographs()).pin_memory()
    stream = torch.cuda.Stream()
    load = torch.randn(4096, 4096, device="cuda")
    with torch.cuda.stream(stream):
        for _ in range(8):
            load = load @ load * 1e-4
        there = torch.zeros(images.shape, dtype=torch.uint8, device="cuda")
        there.copy_(images, non_blocking=True)
        made = ce.corrupt(there, name, 3, ids=IDS, textures=check.textures)
        del there
    for _ in range(8):
        torch.full((4, 224, 224, 3), 255, dtype=torch.uint8, device="cuda")
    stream.synchronize()
    return differences(made.cpu().numpy(), expected(check, name))


def of_loader(source: Any, policy: Any, check: Check, **options: Any) -> np.ndarray:
    """All the bytes that a loader gives, (N, H, W, C)."""
    found = []
    options = {"mean": None, "batch_size": 2, "textures": check.textures, "num_workers": 2, **options}
    with ce.CorruptLoader(source, policy, **options) as batches:
        for images, *_ in batches:
            found.append(images.permute(0, 2, 3, 1).cpu().numpy())
    return np.concatenate(found)


def loader(check: Check, name: str) -> dict[str, Any]:
    """CorruptLoader(device="cuda"), which normalizes there too."""
    source = ArraySource(np.concatenate([photographs()] * 3), np.arange(6))
    policy = ce.Grid([(name, 2), (name, 5)])
    for options in ({}, {"mean": 0.5, "std": 0.25, "dtype": "bfloat16", "channels_last": True}):
        both = []
        for device in ("cuda", "cpu"):
            with ce.CorruptLoader(
                source,
                policy,
                **{"mean": None, "batch_size": 4, "textures": check.textures, "num_workers": 2, **options},
                device=device,
            ) as batches:
                both.append([images.float().cpu().numpy() for images, *_ in batches])
        for mine, other in zip(*both, strict=True):
            if (mine != other).any():
                return {"share": float((mine != other).mean()), "options": str(options)}
    return {}


def mixture(check: Check, name: str) -> dict[str, Any]:
    """A batch whose images have several conditions."""
    source = ArraySource(np.concatenate([photographs()] * 8), np.arange(16))
    policy = ce.Mixture(((name, 1), (name, 4), ("brightness", 3)))
    mine, other = (of_loader(source, policy, check, device=device, batch_size=8) for device in ("cuda", "cpu"))
    return differences(mine, other)


def jpeg_files(folder: Path, count: int) -> list[tuple[str, int]]:
    """Photographs as JPEG files, with labels."""
    files = []
    for n in range(count):
        image = np.ascontiguousarray(np.rot90(photographs()[n % 2], n % 4))
        path = folder / f"{n:03}.jpg"
        buffer = io.BytesIO()
        Image.fromarray(image).resize((500, 375)).save(buffer, "JPEG", quality=92)
        path.write_bytes(buffer.getvalue())
        files.append((str(path), n))
    return files


def has_dali() -> bool:
    """Whether DALI is installed."""
    return importlib.util.find_spec("nvidia") is not None and importlib.util.find_spec("nvidia.dali") is not None


def gpu_decoder(check: Check, name: str) -> dict[str, Any] | str:
    """decoder="gpu": near the CPU's decoder, and the same whatever the batch and however often."""
    if not has_dali():
        return "DALI is not installed"
    with tempfile.TemporaryDirectory() as folder:
        files = jpeg_files(Path(folder), 24)
        options = {"device": "cuda", "backend": "dali", "decoder": "gpu"}
        runs = [of_loader(files, ce.Grid([(name, 3)]), check, **options, batch_size=size) for size in (1, 7, 24, 24)]
        for other in runs[1:]:
            if apart := differences(other, runs[0]):
                return {**apart, "what": "batches of other sizes"}
        clean = of_loader(files, ce.Grid([("clean", 0)]), check, **options)
        plain = of_loader(files, ce.Grid([("clean", 0)]), check)
        far = float(np.abs(clean.astype(int) - plain).mean())
        return {} if far < 1.0 else {"what": "nvJPEG's pixels beside libjpeg's", "mean_levels": far}


def dali_node(check: Check, name: str) -> dict[str, Any] | str:
    """`corrupt_engine.dali.corrupt` on the GPU in a pipeline of one's own."""
    if not has_dali():
        return "DALI is not installed"
    from nvidia.dali import fn, pipeline_def

    from corrupt_engine.dali import corrupt

    @pipeline_def(batch_size=2, num_threads=2, device_id=0)
    def pipeline() -> Any:
        images = fn.external_source(source=lambda: list(photographs()), batch=True)
        ids = fn.external_source(source=lambda: [np.array([number]) for number in IDS], batch=True)
        return corrupt(images.gpu(), ids, corruption=name, severity=3, textures=check.textures)

    made = pipeline()
    made.build()
    (found,) = made.run()
    return differences(np.stack([np.asarray(found[n].as_cpu()) for n in range(2)]), expected(check, name))
