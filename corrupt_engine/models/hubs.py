"""torchvision, timm and Hugging Face transformers: their model, their size, their normalization."""

import hashlib
import importlib
from pathlib import Path
from typing import Any

from ..errors import MissingExtraError, ModelError, UnknownNameError
from ..transforms.geometry import Geometry
from .loaded import LoadedModel
from .weights import fill, loading


def library(name: str, extra: str, submodule: str = "") -> Any:
    """An optional library, or MissingExtraError."""
    try:
        return importlib.import_module(f"{name}.{submodule}" if submodule else name)
    except ImportError as error:
        raise MissingExtraError(name, extra) from error


def load_torchvision(name: str, weights: Path | None) -> LoadedModel:
    """A torchvision classifier with its newest weights, or those that are named behind a dot
    ("resnet50.IMAGENET1K_V1"), as their `transforms()` want the images. A local file of published weights is known by
    its content.
    """
    models = library("torchvision", "torchvision", "models")
    names = models.list_models(module=models)
    network, _, tag = name.partition(".")
    if network not in names:
        raise UnknownNameError("torchvision model", network, names)
    known = models.get_model_weights(network)
    if tag and tag not in known.__members__:
        raise UnknownNameError(f"weights of torchvision's {network}", tag, known.__members__)
    published = known[tag] if tag else known.DEFAULT
    with loading(f"torchvision:{name}"):
        model = models.get_model(network, weights=published if weights is None else None)
    if weights is not None:
        fill(model, weights)
        published = published if tag else _published_as(weights, known) or published
    wanted = published.transforms()
    crop, resize = _one(wanted.crop_size), _one(wanted.resize_size)
    names = tuple(published.meta.get("categories", ()))
    return LoadedModel(
        model, name, tuple(wanted.mean), tuple(wanted.std), Geometry(resize=resize, crop=crop), class_names=names
    )


def _published_as(path: Path, known: Any) -> Any:
    """Which of torchvision's weights a file is, or None: their names end in the first digits of their SHA-256."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    ends = {one: str(one.url).rpartition("-")[2].partition(".")[0] for one in known}
    return next((one for one, end in ends.items() if end and digest.startswith(end)), None)


def load_timm(name: str, weights: Path | None) -> LoadedModel:
    """A timm model with its own data configuration: input size, crop share, mean and deviation.

    The interpolation stays the benchmark's bilinear one, whatever timm's configuration names.
    """
    timm = library("timm", "timm")
    if not name.startswith(("hf-hub:", "hf_hub:", "local-dir:")) and not timm.is_model(name):
        raise UnknownNameError("timm model", name, timm.list_models())
    if name.startswith("local-dir:"):
        raise ModelError(f"timm:{name} is local; pass weights=FILE instead")
    with loading(f"timm:{name}"):
        model = timm.create_model(name, pretrained=weights is None)
    if weights is not None:
        fill(model, weights)
    data = library("timm", "timm", "data")
    config = data.resolve_model_data_config(model)
    height, width = config["input_size"][-2:]
    share = config.get("crop_pct") or 0.875
    kept = height == width and config.get("crop_mode") != "squash"  # the proportion of the sides
    resize = int(height / share) if kept else (int(height / share), int(width / share))
    crop = height if height == width else (height, width)
    return LoadedModel(
        model,
        name,
        tuple(config["mean"]),
        tuple(config["std"]),
        Geometry(resize=resize, crop=crop),
        class_names=_timm_names(data, model) if weights is None else (),
    )


def _timm_names(data: Any, model: Any) -> tuple[str, ...]:
    """What timm calls the classes of its own weights; by their number it knows which part of ImageNet they are."""
    part = data.infer_imagenet_subset(model)
    if part is None:
        return ()
    known = data.ImageNetInfo(part)
    return tuple(known.index_to_description(number) for number in range(known.num_classes()))


def load_hf(name: str, weights: Path | None) -> LoadedModel:
    """A Hugging Face image classifier with its image processor's size, mean and deviation."""
    transformers = library("transformers", "hf")
    if weights is None and Path(name).exists():
        raise ModelError(f"hf:{name} is a local folder; say weights={name} (--weights {name}) to load it")
    place = name if weights is None else str(weights)
    with loading(f"hf:{name}"):
        model = transformers.AutoModelForImageClassification.from_pretrained(place)
        config = _told(transformers.ImageProcessingMixin.get_image_processor_dict(place)[0])
    if config.get("do_flip_channel_order"):
        raise ModelError(
            f"hf:{name} takes images whose first channel is blue: give MODULE:FUNCTION of your own, a module that "
            "hands it images.flip(1)"
        )
    labels = getattr(model.config, "id2label", None) or {}
    return LoadedModel(
        model,
        name,
        *_hf_normalization(config),
        _hf_geometry(config),
        class_names=tuple(labels[key] for key in sorted(labels, key=int)),
    )


def _told(config: dict[str, Any]) -> dict[str, Any]:
    """What a processor's file says; null is the processor's default, as if nothing were said."""
    said = {key: value for key, value in config.items() if value is not None}
    return {key: _told(value) if isinstance(value, dict) else value for key, value in said.items()}


def _hf_normalization(config: dict[str, Any]) -> tuple[Any, Any]:
    """Mean and deviation on 0..1 of what a processor does: it scales bytes, to 0..1 where nothing else is said, moves
    them by -1 where it has an offset, and normalizes; EfficientNet's divides by the deviation once more.
    """
    scale = 255 * config.get("rescale_factor", 1 / 255) if config.get("do_rescale", True) else 255.0
    offset = 1.0 if config.get("rescale_offset") else 0.0
    again = config.get("include_top", _hf_kind(config, "EfficientNet"))
    if not config.get("do_normalize", True):
        return offset / scale, 1 / scale
    mean, std = (tuple(config.get(name) or (0.5, 0.5, 0.5)) for name in ("image_mean", "image_std"))
    return tuple((m + offset) / scale for m in mean), tuple((s * s if again else s) / scale for s in std)


def _hf_geometry(config: dict[str, Any]) -> Geometry:
    """size and crop_size as processors write them: a number, {"shortest_edge"}, or {"height", "width"}. Where it has a
    crop_pct the shorter side is enlarged by it before the crop; ConvNeXT's then crops to the size, or from 384 pixels
    on leaves the sides in no proportion; LeViT's enlarges by 256 / 224.
    """
    size, crop, share = config.get("size", 224), config.get("crop_size"), config.get("crop_pct")
    resize: int | tuple[int, int]
    if isinstance(size, dict):
        resize = size["shortest_edge"] if "shortest_edge" in size else (size["height"], size["width"])
    else:
        resize = int(size)
    if _hf_kind(config, "Levit") and isinstance(resize, int):
        share, crop = 224 / 256, crop or resize
    if config.get("do_center_crop", False) and crop is not None:
        resize = int(resize / share) if share and isinstance(resize, int) else resize
        return Geometry(resize=resize, crop=(crop["height"], crop["width"]) if isinstance(crop, dict) else int(crop))
    if share and isinstance(resize, int) and resize < 384:
        return Geometry(resize=int(resize / share), crop=resize)
    return Geometry(resize=(resize, resize) if isinstance(resize, int) else resize)


def _hf_kind(config: dict[str, Any], name: str) -> bool:
    """Whether it is the configuration of a processor of this name."""
    told = config.get("image_processor_type") or config.get("feature_extractor_type") or ""
    return str(told).startswith(name)


def _one(size: Any) -> int:
    return int(size[0]) if isinstance(size, (list, tuple)) else int(size)
