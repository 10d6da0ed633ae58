"""The examples: Lightning's validate, accelerate's prepare, and a plain loop that is interrupted."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import BatchSampler, DistributedSampler

import corrupt_engine as ce

from . import torchrun_script

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture
def examples(monkeypatch):
    """Imports an example by name; skips where its framework is not installed."""
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def load(name, *needs):
        for package in needs:
            pytest.importorskip(package, reason=f"{package} is not installed")
        return importlib.import_module(name)

    return load


@pytest.fixture
def folder(examples):
    with examples("made_up").made_up_folder() as made:
        # One image in the wrong folder, so that not everything is right.
        Image.fromarray(np.zeros((256, 256, 3), np.uint8)).save(Path(made) / "red" / "zero.png")
        yield made


def expected(folder, examples, severity=3):
    """Accuracy by `corrupt()` and the sources alone."""
    loader = ce.CorruptLoader(folder, "contrast", severity, num_workers=0)
    model = examples("made_up").small_model()
    hits = [
        int(model(images).argmax(1)[0] == labels[0])
        for images, labels in ce.CorruptLoader(folder, "contrast", severity, batch_size=1)
    ]
    assert len(hits) == len(loader.source) == 13
    return sum(hits) / len(hits)


def test_plain_loop(examples, folder):
    loop = examples("plain_loop")
    right = expected(folder, examples)
    assert 0.5 < right < 1
    for stop in (None, 1, 2, 4, 5):  # of four batches: also at the end, and never
        assert loop.accuracy(folder, "contrast", 3, stop_after=stop, batch_size=4) == (pytest.approx(right), 13)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_lightning_validate(examples, folder):
    example = examples("lightning_validate", "pytorch_lightning")
    for workers in (0, 2):
        assert example.validate(folder, "contrast", 3, batch_size=4, num_workers=workers) == pytest.approx(
            expected(folder, examples)
        )


def noting_model(lightning):
    """A list, and a module for Lightning that learns nothing and appends (epoch, ids) of each batch to it."""
    seen = []

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch, batch_idx):
            seen.append((self.current_epoch, batch[2]["ids"].tolist()))
            return self.layer(batch[0].float().mean().reshape(1, 1)).sum()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.0)

    return seen, Model


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_lightning_sets_the_epoch(examples):
    lightning = pytest.importorskip("pytorch_lightning", reason="pytorch_lightning is not installed")
    seen, Model = noting_model(lightning)

    data = (np.zeros((6, 16, 16, 3), np.uint8), np.arange(6))
    loader = ce.CorruptLoader(data, "fog", shuffle=True, batch_size=3, num_workers=0, extras="ids")
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    lightning.Trainer(accelerator="cpu", max_epochs=3, **quiet).fit(Model(), loader)
    for epoch in range(3):
        loader.set_epoch(epoch)
        assert [ids for at, ids in seen if at == epoch] == [extras["ids"].tolist() for *_, extras in loader]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize(
    "order", ["shuffle", "sampler", "distributed", "batch_sampler", "batches", "distributed batches"]
)
def test_lightning_goes_on_from_a_checkpoint(order, tmp_path):
    """Taken within an epoch, or with its last batch, which Lightning counts without asking for another."""
    lightning = pytest.importorskip("pytorch_lightning", reason="pytorch_lightning is not installed")
    seen, Model = noting_model(lightning)

    def fit(*callbacks, **options):
        order_of = {
            "shuffle": lambda: {"shuffle": True},
            "sampler": lambda: {"sampler": [5, 3, 1, 0, 2, 4]},
            "distributed": lambda: {"sampler": DistributedSampler(range(6), num_replicas=1, rank=0)},
            "batch_sampler": lambda: {"batch_sampler": BatchSampler([5, 3, 1, 0, 2, 4], 2, drop_last=False)},
            "batches": lambda: {"batch_sampler": [[5, 3], [1], [0, 2, 4]]},
            "distributed batches": lambda: {
                "batch_sampler": BatchSampler(DistributedSampler(range(6), num_replicas=1, rank=0), 2, drop_last=False)
            },
        }[order]()
        data = (np.zeros((6, 16, 16, 3), np.uint8), np.arange(6))
        size = {} if "batch_sampler" in order_of else {"batch_size": 2}
        loader = ce.CorruptLoader(data, "fog", num_workers=0, extras="ids", **order_of, **size)
        quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
        quiet["enable_checkpointing"] = bool(callbacks)
        trainer = lightning.Trainer(accelerator="cpu", max_epochs=2, callbacks=list(callbacks), **quiet)
        trainer.fit(Model(), loader, **options)

    keeping = {"save_top_k": -1, "filename": "{step}", "every_n_train_steps": 1}
    fit(lightning.callbacks.ModelCheckpoint(tmp_path, **keeping))
    whole = list(seen)
    assert len(whole) == 6
    for step in (2, 3):
        seen.clear()
        fit(ckpt_path=tmp_path / f"step={step}.ckpt")
        assert seen == whole[step:]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_accelerate_prepare(examples, folder):
    example = examples("accelerate_prepare", "accelerate")
    assert example.evaluate(folder, "contrast", 3, batch_size=4, num_workers=1) == (
        pytest.approx(expected(folder, examples)),
        13,
    )


@pytest.mark.timeout(120)
def test_accelerate_with_two_processes(examples, folder):
    pytest.importorskip("accelerate", reason="accelerate is not installed")
    script = [torchrun_script.__file__, EXAMPLES / "accelerate_prepare.py", folder, "--corruption", "contrast"]
    done = torchrun_script.torchrun(*script)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == ["accuracy", f"{expected(folder, examples):.3f}", "on", "13", "images"]
