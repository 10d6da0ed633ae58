"""Adaptation at test time: EfficientNet-lite0 on a stream of the fifteen corruptions, without adaptation, with the
statistics of each batch, and with TENT.

    python examples/test_time_adaptation.py [--data FOLDER] [--stream continual] [--batch-size 20] [--out FILE]

Without --data it takes twenty ImageNet photographs; FOLDER is a folder of class folders, such as imagenet/val. Needs
the extras `demo` and `reference`. Kill it whenever you like: the same command goes on.

The methods are plain modules that adapt when they are called, as those of RobustBench and of
mariodoebler/test-time-adaptation are: what is here runs any of them.
"""

import argparse
import copy
import os
from pathlib import Path
from typing import Any

import torch
from evaluate_photographs import MEAN, STD, classifier, photographs
from torch import nn

import corrupt_engine as ce
from corrupt_engine.tools.verify.images import chosen_files

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


class Source(nn.Module):
    """The network as it was trained."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = copy.deepcopy(model).eval().requires_grad_(False)

    @torch.no_grad()
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores."""
        return self.model(images)


class BatchStatistics(Source):
    """Batch normalization with the statistics of the batch in the place of those of training.

    Source: Schneider et al. 2020 (arXiv:2006.16971) with N = 0; Nado et al. 2020 (arXiv:2006.10963).
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        for part in self.model.modules():
            if isinstance(part, NORMS):
                part.train()
                part.track_running_stats, part.running_mean, part.running_var = False, None, None

    def reset(self) -> None:
        """Nothing is kept from one batch to the next."""


class Tent(nn.Module):
    """Batch statistics, and a step of the normalizations' scales and shifts against the entropy of each batch; the
    answer is the one before the step.

    Source: Wang et al. 2021 (arXiv:2006.10726): for ImageNet SGD with learning rate .00025 and momentum .9.
    """

    def __init__(self, model: nn.Module, rate: float = 0.00025) -> None:
        super().__init__()
        self.model = BatchStatistics(model).model
        parts = [part for part in self.model.modules() if isinstance(part, NORMS)]
        weights = [weight for part in parts for weight in (part.weight, part.bias)]
        for weight in weights:
            weight.requires_grad_(True)
        self.optimizer = torch.optim.SGD(weights, rate, momentum=0.9)
        self._begin = copy.deepcopy((self.model.state_dict(), self.optimizer.state_dict()))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores, and then the step."""
        with torch.enable_grad():
            scores = self.model(images)
            entropy = -(scores.softmax(1) * scores.log_softmax(1)).sum(1).mean()
            self.optimizer.zero_grad()
            entropy.backward()
            self.optimizer.step()
        return scores.detach()

    def reset(self) -> None:
        """As it began."""
        weights, steps = copy.deepcopy(self._begin)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(steps)


METHODS = {"source": Source, "batch statistics": BatchStatistics, "TENT": Tent}
STREAMS = {
    "continual": ce.Stream.continual,
    "gradual": ce.Stream.gradual,
    "mixed": ce.Stream.mixed,
    "correlated": lambda: ce.Stream.continual(correlation=0.1),
    "recurring": ce.Stream.recurring,
}
WALK = ("gaussian_noise", "shot_noise", "impulse_noise", "contrast")
"""The corruptions of CCC's hardest walk."""


def walk(network: nn.Module, data: Any, out: Path) -> ce.Stream:
    """Two corruptions passing into the next at 40 % accuracy, by what the network's is under pairs of them."""
    pairs = ce.streams.measure_pairs(
        Source(network), data, WALK, record=out.with_name(f"{out.name}-pairs.sqlite"), mean=MEAN, std=STD
    )
    return ce.Stream.walk(pairs, 0.4, pairs=2, stage_size=min(20, pairs.images))


def main() -> None:
    """Run each method, print the errors by stage, save the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="a folder of class folders; default twenty photographs")
    parser.add_argument("--robustbench", action="store_true", help="of imagenet/val RobustBench's 5,000 images alone")
    parser.add_argument("--stream", choices=[*STREAMS, "walk"], default="continual")
    parser.add_argument("--batch-size", type=int, default=20)
    parser.add_argument("--limit", type=int, help="so many images in each stage")
    parser.add_argument("--out", type=Path, default=Path("reports/stream"), help="where the results go, without suffix")
    options = parser.parse_args()

    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # the other cores make images meanwhile
    data: Any = options.data or photographs()
    if options.robustbench:
        data = chosen_files(ce.sources.open_source(options.data))
    network, reports = classifier(), []
    stream = walk(network, data, options.out) if options.stream == "walk" else STREAMS[options.stream]()
    for name, method in METHODS.items():
        reports.append(
            ce.evaluate_stream(
                method(network),
                data,
                stream,
                record=options.out.with_name(f"{options.out.name}-{name.replace(' ', '-')}.sqlite"),
                mean=MEAN,
                std=STD,
                name=name,
                batch_size=options.batch_size,
                limit=options.limit,
            )
        )
        print(reports[-1])
    print(f"\nLook at {ce.save_streams(reports, options.out.with_suffix('.html')).resolve()} in a browser.")


if __name__ == "__main__":
    main()
