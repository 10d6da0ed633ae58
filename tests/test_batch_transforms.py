"""Cutout, MixUp, CutMix and label smoothing in the loader: what they do, and that they are keyed."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

import corrupt_engine as ce
from corrupt_engine.loader.batch_transforms import BatchKey

from .small_sources import COUNT, labels, made_images

EACH = [ce.Cutout(6), ce.MixUp(4, 0.4), ce.CutMix(4), ce.LabelSmoothing(4)]
DRAWING = EACH[:3]
MEAN = {"mean": 0.5, "std": 0.25}


def loader(*transforms, **options):
    own = {"batch_size": 4, "shuffle": True, "num_workers": 0, "batch_transforms": transforms, **MEAN, **options}
    return ce.CorruptLoader((made_images(), labels()), ce.Mixture.half([("brightness", 2)]), **own)


def batches(made):
    return [(images.clone(), targets.clone()) for images, targets, *_ in made]


def equal(one, other):
    return all(torch.equal(a, b) for pair in zip(one, other, strict=True) for a, b in zip(*pair, strict=True))


def key(count=64, epoch=0, seed=0, first=0):
    return BatchKey(np.arange(first, first + count), epoch, seed)


def some(count=64, height=10, width=14):
    generator = torch.Generator().manual_seed(0)
    return torch.rand((count, 3, height, width), generator=generator) + 1, torch.arange(count) % 4


@pytest.mark.parametrize("transform", EACH, ids=lambda one: type(one).__name__)
def test_the_same_batch_has_the_same_bytes_and_labels(transform):
    first = batches(loader(transform))
    for options in ({}, {"num_workers": 2}, {"num_workers": 1, "backend": "torch"}, {"num_threads": 1}):
        assert equal(batches(loader(transform, **options)), first)
    plain = batches(loader())
    assert len(first) == len(plain) == 3 and not equal(first[:2], plain[:2])


@pytest.mark.parametrize("transform", DRAWING, ids=lambda one: type(one).__name__)
def test_another_epoch_seed_or_batch_draws_anew(transform):
    images, targets = some()
    first = transform(images, targets, key())
    assert torch.equal(transform(images, targets, key())[0], first[0])
    for other in (key(epoch=1), key(seed=1), key(first=1)):
        assert not torch.equal(transform(images, targets, other)[0], first[0])


def test_cutout_follows_each_samples_id_and_no_batch():
    images, targets = some()
    whole, _ = ce.Cutout(5)(images, targets, key())
    part, _ = ce.Cutout(5)(images[7:9], targets[7:9], key(2, first=7))
    assert torch.equal(part, whole[7:9])


def test_cutout_is_a_square_that_the_border_may_cut():
    images, targets = some(400)
    made, same = ce.Cutout(5)(images, targets, key(400))
    assert same is targets
    gone = (made == 0).all(1)
    assert torch.equal(gone, (made == 0).any(1)) and torch.equal(
        made[~gone[:, None].expand_as(made)], images[~gone[:, None].expand_as(made)]
    )
    heights, widths = gone.any(2).sum(1), gone.any(1).sum(1)
    assert torch.equal(gone.sum((1, 2)), heights * widths)  # a rectangle
    assert heights.min() == 3 and heights.max() == 5 and widths.min() == 3 and widths.max() == 5
    # The centre is anywhere: in 10 rows, a row in the middle is covered by 5 of 10 centres, the first by 3.
    share = gone.any(2).float().mean(0)
    assert abs(share[5] - 0.5) < 4 * (0.25 / 400) ** 0.5 and abs(share[0] - 0.3) < 4 * (0.21 / 400) ** 0.5
    assert not ce.Cutout(60)(images, targets, key(400))[0].any()


def test_mixup_mixes_images_and_labels_alike():
    images, targets = some()
    mixed, rows = ce.MixUp(4, 1.0)(images, targets, key())
    assert rows.shape == (64, 4) and torch.allclose(rows.sum(1), torch.ones(64))
    onehot = torch.nn.functional.one_hot(targets, 4).float()
    # Each image is share * own + (1 - share) * another: found by looking for it.
    found = None
    for partner in range(64):
        difference = images[partner] - images[0]
        if partner and (difference.abs() > 1e-6).any():
            shares = ((mixed[0] - images[0]) / difference).flatten()
            if shares.std() < 1e-3:
                found = partner, float(shares.mean())
    assert found is not None
    partner, share = found
    assert torch.allclose(rows[0], onehot[0] * (1 - share) + onehot[partner] * share, atol=1e-4)


def test_lambda_is_of_the_beta_distribution():
    drawn = [ce.MixUp(4, 0.4).drawn(key(3, epoch=n), "mixup")[0] for n in range(1000)]
    assert stats.kstest(drawn, stats.beta(0.4, 0.4).cdf).pvalue > 0.01
    assert stats.kstest(drawn, stats.beta(1.0, 1.0).cdf).pvalue < 1e-6  # another alpha would be seen


def test_cutmix_labels_are_the_areas():
    images, targets = some()
    onehot = torch.nn.functional.one_hot(targets, 4).float()
    cut = set()
    for epoch in range(60):
        mixed, rows = ce.CutMix(4)(images, targets, key(epoch=epoch))
        _, partners, _ = ce.CutMix(4).drawn(key(epoch=epoch), "cutmix")
        foreign = (mixed != images).all(1)
        moved = [n for n in range(64) if partners[n] != n]
        area = foreign[moved].float().mean((1, 2))
        assert (area == area[0]).all()  # the same rectangle for all
        expected = onehot * (1 - area[0]) + onehot[torch.from_numpy(partners)] * area[0]
        assert torch.allclose(rows, expected, atol=1e-6)
        for n in moved:
            assert torch.equal(mixed[n][:, foreign[n]], images[partners[n]][:, foreign[n]])
        cut.add(round(float(area[0]), 4))
    assert len(cut) > 20 and min(cut) < 0.1 and max(cut) > 0.6


def test_label_smoothing_by_hand():
    images, targets = some(2)
    same, rows = ce.LabelSmoothing(4, 0.2)(images, targets, key(2))
    assert same is images
    assert torch.allclose(rows, torch.tensor([[0.85, 0.05, 0.05, 0.05], [0.05, 0.85, 0.05, 0.05]]))
    after = ce.LabelSmoothing(4, 0.2)(images, torch.tensor([[0.5, 0.5, 0, 0]]), key(1))[1]
    assert torch.allclose(after, torch.tensor([[0.45, 0.45, 0.05, 0.05]]))


@pytest.mark.parametrize("transform", EACH, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("count", [0, 1])
def test_empty_and_single_image_batches(transform, count):
    images, targets = some(count)
    mixed, rows = transform(images, targets, key(count))
    assert mixed.shape == images.shape and len(rows) == count


def test_they_come_in_the_order_given():
    first = batches(loader(ce.MixUp(4, 1.0), ce.LabelSmoothing(4, 0.4)))
    plain, smoothed = (batches(loader(*own)) for own in ((ce.MixUp(4, 1.0),), (ce.LabelSmoothing(4, 0.4),)))
    assert torch.equal(first[0][0], plain[0][0])
    assert torch.allclose(first[0][1], plain[0][1] * 0.6 + 0.1) and not torch.equal(first[0][1], smoothed[0][1])


@pytest.mark.parametrize("transform", DRAWING, ids=lambda one: type(one).__name__)
def test_a_loader_goes_on_with_the_same_batches(transform):
    whole = [*batches(loader(transform)), *batches(second := loader(transform))]
    whole[3:] = batches(second)  # the second epoch of one loader
    made = loader(transform)
    next(iterator := iter(made))
    state = json.loads(json.dumps(made.state_dict()))
    iterator.close()
    again = loader(transform)
    again.load_state_dict(state)
    assert equal(batches(again), whole[1:3]) and equal(batches(again), whole[3:])
    with pytest.raises(ce.StateError, match="batch_transforms"):
        loader().load_state_dict(state)


def test_every_condition_of_a_grid_is_mixed_alike():
    grid = ce.CorruptLoader(
        (made_images(), labels()),
        ce.Grid([("clean", 0), ("brightness", 3)]),
        batch_transforms=ce.CutMix(4),
        batch_size=COUNT,
        **MEAN,
    )
    (_, clean), (_, bright) = batches(grid)
    assert torch.equal(clean, bright)


class Flips(ce.BatchTransform):
    """One of a person's own."""

    def __call__(self, images, labels, key):
        flipped = torch.from_numpy(key.words("flips", 1)[:, 0] < 2**31)
        return torch.where(flipped[:, None, None, None], images.flip(3), images), labels


def test_one_of_ones_own():
    made, plain = batches(loader(Flips())), batches(loader())
    pairs = [pair for (x, _), (y, _) in zip(made, plain, strict=True) for pair in zip(x, y, strict=True)]
    flips = [bool(torch.equal(own, other.flip(2))) for own, other in pairs]
    assert any(flips) and not all(flips)


def test_a_state_knows_one_of_ones_own_in_another_process():
    """Where objects lie elsewhere in memory, as another object does here."""
    made = loader(Flips(), ce.Cutout(3))
    next(iter(made))
    again = loader(Flips(), ce.Cutout(3))
    again.load_state_dict(json.loads(json.dumps(made.state_dict())))
    with pytest.raises(ce.StateError, match="batch_transforms"):
        loader(Flips(), ce.Cutout(4)).load_state_dict(made.state_dict())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ce.Cutout(0), "size 0 is below 1"),
        (lambda: ce.MixUp(1), "num_classes 1 is below 2"),
        (lambda: ce.CutMix(4, 0), "alpha 0"),
        (lambda: ce.LabelSmoothing(4, 1.5), "amount 1.5"),
        (lambda: loader(torch.nn.Flatten()), "BatchTransform of your own"),
        (lambda: loader(ce.Cutout(3), mean=None), "mean=None asks for bytes"),
        (lambda: batches(loader(ce.MixUp(3))), "reach from 0 to 3, and num_classes is 3"),
        (lambda: ce.MixUp(4)(some()[0], some()[0][:, 0], key()), "labels are torch.float32"),
        (lambda: ce.MixUp(4)(some()[0], ["a"], key()), "labels are list"),
    ],
)
def test_wrong_arguments(make, words):
    with pytest.raises(ce.OptionError, match=words):
        make()


def test_frames_and_evaluations_take_none():
    data = (made_images(), labels())
    frames = ce.Frames([("clean", 0), ("brightness", 1)])
    with pytest.raises(ce.OptionError, match="not on Frames"):
        ce.CorruptLoader(data, frames, batch_transforms=ce.Cutout(3))
    for run in (lambda **o: ce.evaluate(lambda x: x, data, **o), lambda **o: next(ce.sweep(data, **o))):
        with pytest.raises(ce.OptionError, match="batch_transforms"):
            run(batch_transforms=[ce.Cutout(3)])


def theirs():
    """What the page on training wraps transforms of other libraries in."""
    page = (Path(__file__).parent.parent / "docs" / "how-to" / "train.md").read_text()
    (block,) = (text for text in re.findall(r"```python\n(.*?)```", page, re.S) if "class Keyed" in text)
    names = {"__name__": __name__}
    exec(compile(block, "train.md", "exec"), names)
    return names["Keyed"]


def from_torch(images, labels):
    return images * torch.rand(1) + torch.randn(images.shape), labels


def from_numpy(images, labels):
    return images * float(np.random.beta(2, 2)), labels


def torchvisions(images, labels):
    v2 = pytest.importorskip("torchvision.transforms.v2", reason="torchvision is not installed")
    return v2.MixUp(num_classes=4)(images, labels)


@pytest.mark.parametrize("transform", [from_torch, from_numpy, torchvisions])
def test_transforms_of_others_are_keyed_by_the_page(transform):
    keyed = theirs()("theirs", transform)
    images, labels = some(8)
    first = keyed(images, labels, key(8))
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    again = keyed(images, labels, key(8))
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert torch.equal(torch.get_rng_state(), before[0]) and np.array_equal(np.random.get_state()[1], before[1])
    for other in (key(8, epoch=1), key(8, seed=1), key(8, first=1)):
        assert not torch.equal(keyed(images, labels, other)[0], first[0])
    assert not torch.equal(transform(images, labels)[0], first[0])  # by itself it goes by what was drawn before


def test_transforms_of_others_go_on_in_the_middle_of_an_epoch():
    keyed = theirs()("theirs", from_torch)
    whole = batches(loader(keyed))
    begun = loader(keyed)
    steps = iter(begun)
    next(steps)
    state = json.loads(json.dumps(begun.state_dict()))
    after = loader(theirs()("theirs", from_torch))  # as another process would make it
    after.load_state_dict(state)
    assert equal(batches(after), whole[1:])
    other = loader(theirs()("of others", from_torch))
    with pytest.raises(ce.StateError, match="of others"):
        other.load_state_dict(state)
