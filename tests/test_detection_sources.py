"""Folders as COCO and Pascal VOC have them: every image with its own target, untouched."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.sources import HuggingFaceSource, coco_source, voc_source

from .small_sources import png, write_tar
from .test_dense_loader import IMAGES, unzipped, wanted


@pytest.fixture
def coco(tmp_path):
    (tmp_path / "val").mkdir()
    rows, annotations = [], []
    for n in (3, 0, 2, 1):  # not in the order of their ids
        Image.fromarray(IMAGES[n]).save(tmp_path / "val" / f"{n:03}.png")
        rows.append({"id": 10 * n + 7, "file_name": f"{n:03}.png", "width": 1, "height": 1})
        annotations += [
            {"id": 100 * n + k, "image_id": 10 * n + 7, "bbox": [n, k, 2, 3], "category_id": 5} for k in range(n)
        ]
    held = {
        "images": rows,
        "annotations": annotations,
        "categories": [{"id": 5, "name": "cat"}, {"id": 2, "name": "dog"}],
    }
    (tmp_path / "instances.json").write_text(json.dumps(held))
    return tmp_path


def test_coco(coco):
    source = coco_source(coco / "instances.json", str(coco / "val"))
    assert len(source) == 4 and source.classes == ("dog", "cat")
    loader = ce.CorruptLoader(source, "fog", 3, mean=None, collate_fn=unzipped, batch_size=4)  # as they are stored
    ((images, targets),) = loader
    assert [target["image_id"] for target in targets] == [7, 17, 27, 37]
    assert [[one["bbox"] for one in target["annotations"]] for target in targets] == [
        [[n, k, 2, 3] for k in range(n)] for n in range(4)
    ]
    assert all(torch.equal(image, wanted(n)) for n, image in enumerate(images))


def test_images_with_boxes_stay_whole_unless_a_geometry_is_given(coco):
    """They were brought to 224 x 224 as classification has it, and the boxes were not."""
    source = coco_source(coco / "instances.json", coco / "val")
    sizes = [image.shape[:2] for image in IMAGES[:4]]
    for given in (source, list(zip(source.files, source.labels, strict=True))):
        ((images, _),) = ce.CorruptLoader(given, collate_fn=unzipped)
        assert [tuple(image.shape[1:]) for image in images] == sizes
    ((images, _),) = ce.CorruptLoader(source, collate_fn=unzipped, geometry="imagenet-c")
    assert images[0].shape == (3, 224, 224)
    assert ce.CorruptLoader([(path, 1) for path in source.files]).geometry.crop == 224


@pytest.mark.parametrize("kind", ["tar", "huggingface"])
def test_so_do_those_of_shards_and_of_hugging_face(kind, tmp_path):
    image, boxes = np.zeros((300, 400, 3), np.uint8), {"bbox": [[1.0, 2.0, 3.0, 4.0]]}
    if kind == "tar":
        source = write_tar(tmp_path / "s.tar", {"a.png": png(image), "a.json": json.dumps(boxes).encode()})
    else:
        datasets = pytest.importorskip("datasets")
        cells = {"image": [{"bytes": png(image), "path": None}], "objects": [boxes]}
        features = datasets.Features({"image": datasets.Image(), "objects": {"bbox": [[datasets.Value("float32")]]}})
        source = HuggingFaceSource(datasets.Dataset.from_dict(cells, features=features), label="objects")
    ((images, targets),) = ce.CorruptLoader(source, collate_fn=unzipped)
    assert images[0].shape == (3, 300, 400) and targets == (boxes,)
    unreadable = write_tar(tmp_path / "t.tar", {"a.png": png(image), "a.json": b"{"})
    assert ce.CorruptLoader(unreadable).geometry.crop == 224  # what is wrong is said when it is reached


def test_ids_of_coco_keep_the_bytes_in_any_part(coco):
    """The image's own id, which a smaller file of annotations keeps."""
    held = json.loads((coco / "instances.json").read_text())
    held["images"] = [row for row in held["images"] if row["id"] in (7, 27)]
    held["annotations"] = []
    (coco / "few.json").write_text(json.dumps(held))
    made = {}
    for name in ("instances", "few"):
        source = coco_source(coco / f"{name}.json", coco / "val")
        ids = [label["image_id"] for label in source.labels]
        options = {"mean": None, "geometry": "none", "collate_fn": unzipped, "ids": ids}
        ((images, targets),) = ce.CorruptLoader(source, "gaussian_noise", 3, **options)
        made[name] = {target["image_id"]: image for image, target in zip(images, targets, strict=True)}
    assert all(torch.equal(image, made["instances"][n]) for n, image in made["few"].items()) and len(made["few"]) == 2


@pytest.fixture
def voc(tmp_path):
    for name in ("JPEGImages", "Annotations", "ImageSets/Main", "ImageSets/Segmentation", "SegmentationClass"):
        (tmp_path / name).mkdir(parents=True)
    for n in range(3):
        Image.fromarray(IMAGES[n]).save(tmp_path / "JPEGImages" / f"a_{n}.jpg")
        objects = "".join(
            f"<object><name>cat</name><difficult>{k % 2}</difficult><bndbox><xmin>{k + 1}</xmin><ymin>2</ymin>"
            f"<xmax>5.5</xmax><ymax>6</ymax></bndbox></object>"
            for k in range(n)
        )
        (tmp_path / "Annotations" / f"a_{n}.xml").write_text(f"<annotation>{objects}</annotation>")
    (tmp_path / "ImageSets/Main/val.txt").write_text("a_2\na_0\n\n")
    (tmp_path / "ImageSets/Main/cat_val.txt").write_text("a_2  1\na_0 -1\n")
    (tmp_path / "ImageSets/Segmentation/val.txt").write_text("a_1\n")
    return tmp_path


def test_voc(voc):
    source = voc_source(voc)
    loader = ce.CorruptLoader(source, "contrast", 2, mean=None, collate_fn=unzipped)
    ((images, targets),) = loader
    assert [target["image_id"] for target in targets] == ["a_2", "a_0"]
    assert targets[0]["boxes"].tolist() == [[1, 2, 5.5, 6], [2, 2, 5.5, 6]]
    assert targets[0]["names"] == ["cat", "cat"] and targets[0]["difficult"].tolist() == [False, True]
    assert targets[1]["boxes"].shape == (0, 4)
    stored = np.asarray(Image.open(voc / "JPEGImages" / "a_2.jpg"))
    assert (images[0].permute(1, 2, 0).numpy() == ce.corrupt(stored, "contrast", 2)).all()
    assert [label["image_id"] for label in voc_source(voc, "cat_val").labels] == ["a_2", "a_0"]
    (label,) = voc_source(voc, task="segmentation").labels
    assert label == {"image_id": "a_1", "mask": voc / "SegmentationClass" / "a_1.png"}


@pytest.mark.parametrize("backend", ["threads", "torch", "dali"])
@pytest.mark.parametrize("kind", ["folder", "list"])
def test_targets_that_a_loop_changes_are_whole_in_the_next(voc, backend, kind):
    """Boxes turned into another form in place, as evaluators do, were turned again under the next condition."""
    source = voc_source(voc)
    if kind == "list" and backend == "dali":
        return
    data = source if kind == "folder" else [source.decode(n) for n in range(2)]
    before = str(source.labels if kind == "folder" else data)
    loader = ce.CorruptLoader(data, collate_fn=unzipped, backend=backend, num_workers=0)
    for each in (loader, loader, loader.under("fog", 2)):
        for _, targets in each:
            assert targets[0]["boxes"].tolist() == [[1, 2, 5.5, 6], [2, 2, 5.5, 6]] and "area" not in targets[0]
            for target in targets:
                target["boxes"][:, 2:] -= target["boxes"][:, :2]
                target["area"] = target["boxes"][:, 2:].prod(1)
    assert str(source.labels if kind == "folder" else data) == before


def test_what_is_missing_is_named(coco, voc, tmp_path):
    with pytest.raises(ce.SourceError, match=r"none\.json is no file of COCO annotations"):
        coco_source(tmp_path / "none.json", coco)
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(ce.SourceError, match=r"list\.json is no file of COCO"):
        coco_source(tmp_path / "list.json", coco)
    (tmp_path / "empty.json").write_text('{"images": []}')
    with pytest.raises(ce.SourceError, match="names no images"):
        coco_source(tmp_path / "empty.json", coco)
    row = '{"id": 1, "file_name": "a.png"}'
    (tmp_path / "twice.json").write_text(f'{{"images": [{row}, {row}]}}')
    with pytest.raises(ce.SourceError, match="several images with one id"):
        coco_source(tmp_path / "twice.json", coco)
    with pytest.raises(ce.SourceError, match=r"train\.txt cannot be read"):
        voc_source(voc, "train")
    with pytest.raises(ce.UnknownNameError, match="segmentation"):
        voc_source(voc, task="segment")
    (voc / "Annotations" / "a_2.xml").write_text("<annotation>")
    with pytest.raises(ce.SourceError, match=r"a_2\.xml is no annotation"):
        voc_source(voc)
    (voc / "Annotations" / "a_2.xml").unlink()
    with pytest.raises(ce.SourceError, match=r"a_2\.xml is no annotation"):
        voc_source(voc)
