"""A CorruptLoader in Lightning's `validate`: accuracy under one corruption.

    python examples/lightning_validate.py [FOLDER] [--corruption fog] [--severity 3]

Needs pytorch-lightning. Without a folder it makes a small one of its own.
"""

import argparse

import pytorch_lightning as lightning
import torch
from made_up import made_up_folder, small_model

import corrupt_engine as ce


class Classifier(lightning.LightningModule):
    """A model, and its accuracy as Lightning logs it."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], batch_idx: int) -> None:
        """One batch of the loader, already on the trainer's device."""
        images, labels = batch
        hits = (self.model(images).argmax(1) == labels).float().mean()
        self.log("accuracy", hits, batch_size=len(labels), sync_dist=True)


def validate(folder: str, corruption: str, severity: float, **options: object) -> float:
    """The accuracy on a folder of class folders, 0..1. Under several devices Lightning's processes share the
    samples.
    """
    trainer = lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    with ce.CorruptLoader(folder, corruption, severity, **options) as loader:
        (results,) = trainer.validate(Classifier(small_model()), dataloaders=loader, verbose=False)
    return results["accuracy"]


def main() -> None:
    """Validate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--corruption", default="fog")
    parser.add_argument("--severity", type=float, default=3)
    options = parser.parse_args()
    with made_up_folder(options.folder) as folder:
        print(f"accuracy {validate(folder, options.corruption, options.severity):.3f}")


if __name__ == "__main__":
    main()
