"""A benchmark of noise and attacks, a network to be attacked, and images, for the tests of attacks."""

import numpy as np
import torch
from torch import nn

BOTH = """
name = "both"
source = "a test"
[corruptions.gaussian_noise]
group = "Noise"
table = { sigma = [0.1, 0.2] }
[attacks.fgsm]
group = "Attack"
table = { epsilon = [0.01, 0.03] }
[attacks.from_anywhere]
of = "pgd"
group = "Attack"
table = { epsilon = [0.01, 0.03], steps = 3 }
"""
FED = {"mean": 0.5, "std": 0.25}


def network(seed=3):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 6, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(54, 4)
        ).eval()


IMAGES = np.random.default_rng(0).integers(0, 256, (10, 12, 12, 3), dtype=np.uint8)
TENSOR = torch.from_numpy(IMAGES).permute(0, 3, 1, 2).float() / 255
