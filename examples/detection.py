"""A detector of torchvision's under the fifteen corruptions: mAP by corruption and severity, mPC and rPC.

    python examples/detection.py instances_val2017.json val2017 [--limit 500] [--severities 1 3 5] [--device cuda]

Needs the extras `torchvision` and `reference`, and the package pycocotools. The loop is that of torchvision's own
references; what makes it a corrupted evaluation are the lines marked with +. Kill it whenever you like: the same
command goes on with the next condition.
"""

import argparse
from pathlib import Path
from typing import Any

import torch

import corrupt_engine as ce  # +


def mean_average_precision(model: torch.nn.Module, data_loader: Any, annotations: Path, device: str) -> float:
    """COCO's AP of a detector, as torchvision's references compute it."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    found, shown = [], []
    for images, targets in data_loader:
        with torch.inference_mode():
            outputs = model([image.to(device) for image in images])
        for target, output in zip(targets, outputs, strict=True):
            shown.append(target["image_id"])
            for (left, top, right, bottom), label, score in zip(
                output["boxes"].tolist(), output["labels"].tolist(), output["scores"].tolist(), strict=True
            ):
                box = [left, top, right - left, bottom - top]
                found.append({"image_id": shown[-1], "category_id": label, "bbox": box, "score": score})
    truth = COCO(annotations)
    if not found:
        return 0.0
    judge = COCOeval(truth, truth.loadRes(found), "bbox")
    judge.params.imgIds = shown
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    return max(0.0, float(judge.stats[0]))


def main() -> None:
    """Evaluate under each condition, print the table, save it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--model", default="fasterrcnn_mobilenet_v3_large_fpn", help="a detector of torchvision's")
    parser.add_argument("--weights", default="DEFAULT", help="torchvision's name of the weights, or none")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--limit", type=int, help="the first so many images")
    parser.add_argument("--corruptions", nargs="+")
    parser.add_argument("--severities", type=int, nargs="+")
    parser.add_argument("--out", type=Path, default=Path("reports/detection"), help="where results go, without suffix")
    options = parser.parse_args()

    from torchvision.models import get_model

    untrained = {"weights": None, "weights_backbone": None}
    model = get_model(options.model, **untrained if options.weights == "none" else {"weights": options.weights})
    model.eval().to(options.device)
    source = ce.sources.coco_source(options.annotations, options.images)  # +
    ids = [label["image_id"] for label in source.labels]
    data = source if options.limit is None else torch.utils.data.Subset(source, range(min(options.limit, len(source))))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    report = ce.evaluate_with(  # +
        lambda loader: {"AP": mean_average_precision(model, loader, options.annotations, options.device)},  # +
        data,  # +
        "coco-c",  # +
        corruptions=options.corruptions,
        severities=options.severities,
        record=options.out.with_suffix(".record.json"),  # +
        ids=ids[: len(data)],  # + an image keeps its bytes, whichever others are shown
        geometry="none",  # + each image at its own size
        mean=0,  # + torchvision's detectors want 0 to 1, and normalize themselves
        std=1,
        batch_size=options.batch_size,
        collate_fn=lambda batch: tuple(zip(*batch, strict=True)),
        name=options.model,
    )
    print(report)
    print(f"\nLook at {report.save(options.out.with_suffix('.html')).resolve()} in a browser.")


if __name__ == "__main__":
    main()
