"""Folders as COCO and Pascal VOC have them: images of any size, and their targets as they are."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from ..errors import SourceError
from ..runtime.checks import check_name, check_path
from .files import FileSource, Paths

VOC_TASKS = ("detection", "segmentation")
CORNERS = ("xmin", "ymin", "xmax", "ymax")


def coco_source(annotations: str | Path, images: str | Path) -> FileSource:
    """Images of a COCO set with their annotations, by ascending image id.

    Args:
        annotations: its JSON file, such as instances_val2017.json.
        images: the folder of the images.

    Returns:
        A FileSource whose labels are {"image_id": int, "annotations": [...]}, the annotations as the file has them:
        boxes are (x, y, width, height). Its `classes` are the names of the categories by ascending id.

    Raises:
        SourceError: the file cannot be read, is no such file, or names an image twice.

    Source: Lin et al. 2014 (arXiv:1405.0312), and cocodataset.org.
    """
    file, folder = check_path("annotations", annotations), check_path("images", images)
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        rows = sorted(held["images"], key=lambda row: int(row["id"]))
        found: dict[int, list[Any]] = {row["id"]: [] for row in rows}
        for one in held.get("annotations", ()):
            found[one["image_id"]].append(one)
        names = tuple(str(row["name"]) for row in sorted(held.get("categories", ()), key=lambda row: int(row["id"])))
        files = [folder / row["file_name"] for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{file} is no file of COCO annotations that can be used: {error!r}") from error
    if len(found) < len(rows):
        raise SourceError(f"{file} has several images with one id")
    if not rows:
        raise SourceError(f"{file} names no images")
    return FileSource(Paths(files), tuple({"image_id": n, "annotations": own} for n, own in found.items()), names)


def voc_source(folder: str | Path, split: str = "val", task: str = "detection") -> FileSource:
    """Images of a Pascal VOC set, in the order of their list.

    Args:
        folder: the one that holds JPEGImages, Annotations and ImageSets, such as VOCdevkit/VOC2012.
        split: the name of the list below ImageSets, without suffix.
        task: "detection": labels are {"image_id": str, "boxes": (N, 4) float32 of xmin, ymin, xmax, ymax in pixels from
            1, "names": N class names, "difficult": (N,) bool}. "segmentation": {"image_id": str, "mask": the Path of
            the PNG whose palette's indices are the classes}.

    Returns:
        A FileSource.

    Raises:
        UnknownNameError: there is no such task.
        SourceError: a list or an annotation is missing, or cannot be read.

    Source: Everingham et al. 2010, doi:10.1007/s11263-009-0275-4.
    """
    check_name("task", task, VOC_TASKS)
    root = check_path("folder", folder)
    listed = root / "ImageSets" / ("Main" if task == "detection" else "Segmentation") / f"{split}.txt"
    try:
        # The lists of single classes have a second column, which says whether it is seen.
        names = [line.split()[0] for line in listed.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise SourceError(f"{listed} cannot be read: {error.strerror or error}") from error
    if not names:
        raise SourceError(f"{listed} names no images")
    files = [root / "JPEGImages" / f"{name}.jpg" for name in names]
    if task == "segmentation":
        masks = [root / "SegmentationClass" / f"{name}.png" for name in names]
        return FileSource(Paths(files), tuple({"image_id": n, "mask": m} for n, m in zip(names, masks, strict=True)))
    return FileSource(Paths(files), tuple(voc_target(root / "Annotations" / f"{name}.xml", name) for name in names))


def voc_target(file: Path, name: str) -> dict[str, Any]:
    """What an annotation says of an image; SourceError."""
    try:
        objects = ElementTree.fromstring(file.read_text(encoding="utf-8")).findall("object")
        boxes = [[float(one.findtext(f"bndbox/{corner}", "")) for corner in CORNERS] for one in objects]
        names = [one.findtext("name", "") for one in objects]
        difficult = [one.findtext("difficult", "0").strip() == "1" for one in objects]
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise SourceError(f"{file} is no annotation that can be read: {error}") from error
    return {
        "image_id": name,
        "boxes": np.array(boxes, np.float32).reshape(-1, 4),
        "names": names,
        "difficult": np.array(difficult, bool),
    }
