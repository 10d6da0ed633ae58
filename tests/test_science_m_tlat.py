"""The step of M-TLAT against the algorithm written out, with gradients by finite differences."""

import numpy as np
import pytest
import torch
from scipy import stats

import corrupt_engine as ce
from corrupt_engine.science import m_tlat_loss
from corrupt_engine.science.m_tlat import MOST_EPSILON, beta


class Linear(torch.nn.Module):
    """Scores of images of 2 x 2 by a matrix; remembers what it was shown."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.weight = torch.nn.Parameter(torch.randn(12, 3, generator=generator, dtype=torch.float64))
        self.seen = []

    def forward(self, images):
        self.seen.append(images.detach().clone())
        return images.flatten(1) @ self.weight


def batch(count=8):
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(count, 3, 2, 2, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


def cross_entropy(weight, image, target):
    scores = image.ravel() @ weight
    shifted = scores - scores.max()
    return -(target * (shifted - np.log(np.exp(shifted).sum()))).sum()


@pytest.mark.parametrize("std", [1.0, (0.2, 0.5, 2.0)], ids=str)
def test_as_written(std):
    model, (images, labels) = Linear(), batch()
    found = m_tlat_loss(model, images, labels, 3, seed=7, std=std)
    # the draws, in their order
    draw = torch.Generator().manual_seed(7)
    shares = [beta(0.4, draw), beta(0.4, draw)]
    epsilon = float(torch.rand((), generator=draw)) * MOST_EPSILON
    towards = torch.randint(3, (2,), generator=draw).numpy()
    x, y, weight = images.numpy(), np.eye(3)[labels.numpy()], model.weight.detach().numpy()
    units = np.broadcast_to(np.reshape(std, (-1, 1, 1)), (3, 2, 2))
    loss = 0.0
    for n in range(2):
        mixed = shares[0] * x[n] + (1 - shares[0]) * x[2 + n]
        loss += cross_entropy(weight, mixed, shares[0] * y[n] + (1 - shares[0]) * y[2 + n]) / 2
        other = shares[1] * x[4 + n] + (1 - shares[1]) * x[6 + n]
        told = shares[1] * y[4 + n] + (1 - shares[1]) * y[6 + n]
        target = np.eye(3)[towards[n]]
        gradient = np.zeros_like(other)
        for place in np.ndindex(other.shape):
            step = np.zeros_like(other)
            step[place] = 1e-6
            ahead, behind = cross_entropy(weight, other + step, target), cross_entropy(weight, other - step, target)
            gradient[place] = (ahead - behind) / 2e-6
        moved = other - epsilon / units * np.sign(gradient)
        loss += cross_entropy(weight, moved, (1 - epsilon) * told + epsilon * target) / 2
    assert float(found.detach()) == pytest.approx(loss, rel=1e-9)
    found.backward()
    assert model.weight.grad.abs().sum() > 0
    # no pixel moves by more than epsilon of the range 0..1
    moves = (model.seen[2] - model.seen[0]).abs() * torch.from_numpy(units.copy())
    assert float(moves.max()) == pytest.approx(epsilon) and float(moves.max()) <= MOST_EPSILON


def test_the_step_leads_towards_the_class():
    model, (images, labels) = Linear(), batch()
    for seed in range(6):
        model.seen.clear()
        m_tlat_loss(model, images, labels, 3, seed=seed, most_epsilon=0.5)
        draw = torch.Generator().manual_seed(seed)
        beta(0.4, draw), beta(0.4, draw), torch.rand((), generator=draw)
        towards = torch.randint(3, (2,), generator=draw)
        before, after = ((seen.flatten(1) @ model.weight).softmax(1) for seen in (model.seen[0], model.seen[2]))
        rows = torch.arange(2)
        assert (after[rows, towards] >= before[rows, towards]).all()


def test_keyed():
    model, given = Linear(), batch()
    one, same, other = (float(m_tlat_loss(model, *given, 3, seed=seed).detach()) for seed in (1, 1, 2))
    assert one == same != other
    torch.manual_seed(0)
    state = torch.get_rng_state()
    m_tlat_loss(model, *given, 3, seed=1)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_shares_are_beta():
    draw = torch.Generator().manual_seed(0)
    shares = [beta(0.4, draw) for _ in range(4000)]
    assert stats.kstest(shares, stats.beta(0.4, 0.4).cdf).pvalue > 0.001
    assert stats.kstest(shares, stats.beta(0.6, 0.6).cdf).pvalue < 1e-6  # another one would be noticed


def test_no_alpha_takes_for_ever():
    """Above 1 draws were thrown away, of alpha = 20 all but one of 10^11; of one below 0 all."""
    draw = torch.Generator().manual_seed(0)
    shares = [beta(20, draw) for _ in range(2000)]
    assert stats.kstest(shares, stats.beta(20, 20).cdf).pvalue > 0.001
    images, labels = batch(8)
    for wrong in ({"alpha": 0}, {"alpha": -1}, {"alpha": np.nan}, {"most_epsilon": -0.1}):
        with pytest.raises(ce.OptionError, match="alpha is"):
            m_tlat_loss(Linear(), images, labels, 3, seed=0, **wrong)
    ours = m_tlat_loss(Linear(), images, labels, 3, seed=0)
    assert m_tlat_loss(Linear(), images, labels.int(), 3, seed=0) == ours
    assert m_tlat_loss(Linear(), images, labels, 3, seed=2**70).isfinite()


@pytest.mark.parametrize(
    ("count", "labels", "message"),
    [
        (6, None, "batch of 6"),
        (0, None, "batch of 0"),
        (4, [0, 1, 2, 3], "class numbers from 0 to 2"),
        (4, [0], "4 class"),
        (4, [0.0, 1.0, 2.0, 0.0], "torch.float32"),
    ],
)
def test_wrong_batches(count, labels, message):
    images, own = batch(count) if count else (torch.zeros(0, 3, 2, 2), torch.zeros(0, dtype=torch.long))
    with pytest.raises(ce.OptionError, match=message):
        m_tlat_loss(Linear(), images, own if labels is None else torch.tensor(labels), 3, seed=0)
