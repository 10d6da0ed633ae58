"""A CorruptLoader beside a model in Hugging Face accelerate's `prepare`: accuracy under one corruption.

    accelerate launch examples/accelerate_prepare.py [FOLDER] [--corruption fog] [--severity 3]

Needs accelerate. `prepare` leaves the loader as it is, which is what is wanted: it splits the samples between the
processes by itself, without padding. So batches are moved by hand, and sums are gathered, not batches. To gather
batches (`gather_for_metrics`) give CorruptLoader pad_shards=True, and leave out what extras=["padded"] marks.
"""

import argparse

import torch
from accelerate import Accelerator
from made_up import made_up_folder, small_model

import corrupt_engine as ce


def evaluate(folder: str, corruption: str, severity: float, **options: object) -> tuple[float, int]:
    """The accuracy on a folder of class folders, 0..1, and the number of images, over all processes."""
    accelerator = Accelerator(cpu=True)
    loader = ce.CorruptLoader(folder, corruption, severity, **options)
    model, loader = accelerator.prepare(small_model().eval(), loader)
    totals = torch.zeros(2, device=accelerator.device)
    with loader, torch.inference_mode():
        for images, labels in loader:
            scores = model(images.to(accelerator.device))
            totals += torch.tensor([(scores.argmax(1).cpu() == labels).sum(), len(labels)], device=accelerator.device)
    hits, seen = accelerator.reduce(totals, reduction="sum").tolist()
    return hits / seen, int(seen)


def main() -> None:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--corruption", default="fog")
    parser.add_argument("--severity", type=float, default=3)
    options = parser.parse_args()
    with made_up_folder(options.folder) as folder:
        accuracy, seen = evaluate(folder, options.corruption, options.severity)
        Accelerator().print(f"accuracy {accuracy:.3f} on {seen} images")


if __name__ == "__main__":
    main()
