"""fit() and transfer(): what is trained, how it goes on after a stop, and what they refuse."""

import numpy as np
import pytest
import torch
from torch import nn

import corrupt_engine as ce
from corrupt_engine.science import fit, transfer

QUIET = {"progress": False}
NOISE = ("gaussian_noise", 2)


def images(count=96, seed=0):
    """Classes 0 to 2: 8 x 8 grain with its left third, its middle or its right third brighter."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    made = rng.integers(0, 120, (count, 8, 8, 3))
    for image, label in zip(made, labels, strict=True):
        image[:, 3 * label : 3 * label + 3] += 100
    return made.astype(np.uint8), labels


def loader(corruption="clean", data=None, **options):
    options = {"shuffle": True, "batch_size": 16, "num_workers": 0, "variant": "cifar-10-c", **options}
    return ce.CorruptLoader(images() if data is None else data, corruption, **options)


def network(seed=0, dropout=0.0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 3))


def slowly(parameters):
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)


def weights(model):
    return torch.cat([value.flatten() for value in model.state_dict().values()])


def trained(epochs=3, dropout=0.3, **options):
    model = network(dropout=dropout)
    own = {"loader": loader(ce.Mixture.half([NOISE])), "optimizer": slowly, **QUIET, **options}
    told = fit(model, own.pop("loader"), epochs, **own)
    return model, told


class Stops(ce.CorruptLoader):
    """A loader that fails in the middle of an epoch, as a run that is killed there."""

    def __iter__(self):
        epoch = self.schedule.present_epoch
        for n, batch in enumerate(super().__iter__()):
            if epoch == self.stops_in and n == 2:
                raise KeyboardInterrupt
            yield batch


def stops_in(epoch):
    made = Stops(images(), ce.Mixture.half([NOISE]), shuffle=True, batch_size=16, num_workers=0, variant="cifar-10-c")
    made.stops_in = epoch
    return made


def test_it_learns_what_can_be_learnt():
    model = network()
    told = fit(model, loader(), 6, optimizer=slowly, **QUIET)
    assert len(told) == 6 and told[-1].loss < told[0].loss / 3
    assert told[-1].accuracy > 0.95 > told[0].accuracy
    assert all(0 < epoch.waited < epoch.seconds for epoch in told)
    held = torch.stack([image for batch in loader(data=images(60, 1), shuffle=False) for image in batch[0]])
    assert (model(held).argmax(1).numpy() == images(60, 1)[1]).mean() > 0.9


def test_the_same_seed_gives_the_same_weights():
    torch.manual_seed(1)
    first, told = trained()
    torch.manual_seed(2)
    torch.rand(5)
    again, also = trained()
    assert torch.equal(weights(first), weights(again))
    assert [epoch[:2] for epoch in told] == [epoch[:2] for epoch in also]
    assert not torch.equal(weights(first), weights(trained(seed=1)[0]))  # the dropout
    assert not torch.equal(weights(first), weights(trained(loader=loader(ce.Mixture.half([NOISE]), seed=1))[0]))


def test_the_callers_random_state_and_the_modes_are_left():
    model = network(dropout=0.5)
    model[3].eval()
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    fit(model, loader(), 1, **QUIET)
    assert torch.equal(torch.rand(2), expected)
    assert not model[3].training and model[0].training


@pytest.mark.parametrize("stopped", [0, 2, 3])
def test_a_training_that_was_stopped_goes_on_to_the_same_weights(tmp_path, stopped):
    whole, told = trained(4)
    with pytest.raises(KeyboardInterrupt):
        trained(4, loader=stops_in(stopped), checkpoint=tmp_path / "a.pt")
    assert (tmp_path / "a.pt").exists() == (stopped > 0)
    model, also = trained(4, checkpoint=tmp_path / "a.pt")
    assert torch.equal(weights(model), weights(whole))
    assert [epoch[:2] for epoch in also] == [epoch[:2] for epoch in told]
    again, _ = trained(4, checkpoint=tmp_path / "a.pt", loader=stops_in(0))  # nothing is left to train
    assert torch.equal(weights(again), weights(whole))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 3}, "its epochs is 2, and here it is 3"),
        ({"seed": 1}, "its seed is 0, and here it is 1"),
        ({"optimizer": lambda p: torch.optim.SGD(p, lr=0.02)}, "its optimizer"),
        ({"dropout": 0.3, "loader": loader(data=images(96, 5))}, "its data"),
        ({"loader": loader(batch_size=8)}, "its loader"),
        ({"loader": loader(mean=0.5, std=0.5)}, "its normalization"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(tmp_path, options, words):
    file = tmp_path / "a.pt"
    trained(2, loader=loader(), checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(ce.StateError, match=words):
        trained(**{"epochs": 2, "loader": loader(), "checkpoint": file, **options})
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    file = tmp_path / "a.pt"
    if content is None:
        torch.save({"model": 1}, file)
    else:
        file.write_bytes(content)
    with pytest.raises(ce.StateError, match="no checkpoint"):
        trained(1, checkpoint=file)


def test_a_diverged_training_is_an_error():
    with pytest.raises(ce.TrainingError, match=r"training of it diverged: its loss is (nan|inf) in epoch 0.*lower"):
        trained(2, optimizer=lambda p: torch.optim.SGD(p, lr=1e30), name="it")


def test_other_losses_and_soft_labels():
    def one_hot(samples):
        images, labels = zip(*samples, strict=True)
        return torch.stack(images), nn.functional.one_hot(torch.tensor(labels), 3).float()

    def soft():
        return loader(collate_fn=one_hot, extras=["ids"])

    one, told = network(), fit(hard := network(), loader(), 2, optimizer=slowly, **QUIET)
    also = fit(one, soft(), 2, optimizer=slowly, **QUIET)
    assert torch.allclose(weights(one), weights(hard), atol=1e-6)
    assert [e.accuracy for e in also] == [e.accuracy for e in told]
    fit(squared := network(), soft(), 2, optimizer=slowly, loss=lambda s, y: ((s - y) ** 2).mean(), **QUIET)
    assert not torch.allclose(weights(squared), weights(hard))


def test_the_default_schedule_divides_by_ten_twice():
    rates = []

    class Notes(torch.optim.SGD):
        def step(self, *given):
            rates.append(self.param_groups[0]["lr"])
            return super().step(*given)

    fit(network(), loader(batch_size=96), 8, optimizer=lambda p: Notes(p, lr=0.01), **QUIET)
    assert rates == pytest.approx([0.01] * 4 + [0.001] * 2 + [0.0001] * 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 0}, "epochs 0 is below 1"),
        ({"optimizer": 0.1}, "optimizer"),
        ({"loader": []}, "gave no batch"),
        ({"loss": "mse"}, "loss"),
        ({"loader": None}, "loader is a NoneType"),
        ({"loader": [{"images": torch.zeros(2, 3), "labels": torch.zeros(2)}]}, "gives a dict as a batch"),
        ({"loader": [torch.zeros(2, 3, 8, 8)]}, "gives a Tensor as a batch"),
        ({"loader": [(torch.zeros(2, 3, 8, 8), ("cat", "dog"))]}, r"gives \(Tensor, tuple\) as a batch"),
        ({"loader": [(torch.zeros(2, 3, 8, 8), torch.tensor([0, 3]))]}, "3 scores an image, and labels are 0 to 3"),
    ],
)
def test_wrong_arguments(change, words):
    with pytest.raises(ce.OptionError, match=words):
        trained(**change)


def test_what_cannot_be_trained():
    with pytest.raises(ce.OptionError, match=r"a torch\.nn\.Module is needed"):
        fit(lambda images: images, loader(), 1)
    with pytest.raises(ce.OptionError, match="requires_grad"):
        fit(network().requires_grad_(False), loader(), 1)


def test_transfer_trains_new_last_layers():
    clean = network()
    fit(clean, loader(), 2, optimizer=slowly, **QUIET)
    before = weights(clean).clone()
    frozen = transfer(clean, 3, (8,), frozen=True)
    kept = frozen[1].weight.clone()
    fit(frozen, loader(NOISE), 2, optimizer=slowly, **QUIET)
    assert torch.equal(frozen[1].weight, kept) and torch.equal(weights(clean), before)
    tuned = transfer(clean, 3, (8,))
    assert torch.equal(tuned[1].weight, kept)
    fit(tuned, loader(NOISE), 2, optimizer=slowly, **QUIET)
    assert not torch.equal(tuned[1].weight, kept)
    assert torch.equal(transfer(clean, 5, seed=1)[4].weight, transfer(clean, 5, seed=1)[4].weight)
    assert transfer(clean, 5)[4].weight.shape == (5, 16)


def test_any_integer_is_a_seed():
    made = [transfer(network(), 3, seed=seed)[4].weight for seed in (2**70, 2**70, -(2**70), 2**70 + 1)]
    assert torch.equal(made[0], made[1]) and not torch.equal(made[0], made[2]) and not torch.equal(made[0], made[3])


def test_a_network_without_a_last_linear_layer():
    for model in (nn.Sequential(nn.Conv2d(3, 3, 1)), nn.Linear(2, 2)):
        with pytest.raises(ce.OptionError, match="no linear layer"):
            transfer(model, 3)
    for wrong in (("timm:resnet50", 3), (network(), 3, 256)):
        with pytest.raises(ce.OptionError, match=r"a torch.nn.Module and a list of widths are needed, not"):
            transfer(*wrong)
