"""Walks through pairs of corruptions."""

import itertools
import json

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.catalogue.chain import is_chain
from corrupt_engine.models import LoadedModel
from corrupt_engine.streams import PairAccuracies, StreamLoader, measure_pairs
from corrupt_engine.streams.orders import STEP
from corrupt_engine.streams.walk import staircase

HARD = ("gaussian_noise", "shot_noise", "impulse_noise", "contrast")


def falling(names=HARD, slopes=(0.12, 0.16, 0.2, 0.24)):
    """Accuracies that fall evenly with each severity, as steeply as each corruption has it."""
    levels = np.arange(6.0)
    table = np.array([[np.clip(0.9 - a * levels[:, None] - b * levels, 0, 1) for b in slopes] for a in slopes])
    return PairAccuracies(names, tuple(levels), table, "m", 100)


@pytest.mark.parametrize("target", [0.2, 0.4, 0.6])
def test_a_way_fades_and_grows_and_holds_the_accuracy(target):
    accuracies = falling().between("gaussian_noise", "contrast")
    way = staircase(accuracies, target)
    assert way[0][1] == 0 and way[-1][0] == 0
    steps = {(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(way)}
    assert steps == {(-1, 0), (0, 1)}
    seen = np.array([accuracies[place] for place in way])
    assert abs(seen.mean() - target) < 0.01
    # As published, the mean of the whole way decides where it starts, so that the first steps may lie off.
    assert np.abs(seen[len(seen) // 3 :] - target).max() < 0.14  # a step of the steeper one is .06
    assert abs(seen[-1] - target) < 0.06
    straight = [accuracies[i, 0] for i in range(way[0][0], -1, -1)] + [accuracies[0, j] for j in range(1, way[-1][1])]
    # What fading first and growing then would give.
    assert np.abs(np.array(straight) - target).mean() > 2 * np.abs(seen - target).mean()


def test_between_what_was_measured_it_is_bilinear():
    table = falling()
    fine = table.between("shot_noise", "contrast")
    assert fine.shape == (21, 21)
    np.testing.assert_allclose(fine[::4, ::4], table.accuracies[1, 3], atol=1e-12)
    assert fine[1, 2] == pytest.approx(0.9 - 0.16 * 0.25 - 0.24 * 0.5)
    with pytest.raises(ce.OptionError, match="no pair"):
        table.between("contrast", "contrast")


def test_a_walk_passes_from_one_corruption_to_the_next():
    walk = ce.Stream.walk(falling(), 0.4, pairs=5, stage_size=7, seed=3)
    assert walk == ce.Stream.walk(falling(), 0.4, pairs=5, stage_size=7, seed=3) == ce.Stream(**walk.to_dict())
    assert walk != ce.Stream.walk(falling(), 0.4, pairs=5, stage_size=7, seed=4)
    singles = [stage for stage in walk.stages if not is_chain(stage.corruption)]
    for stage in walk.stages:
        assert stage.severity % STEP == 0 and (is_chain(stage.corruption)) == ("@" in stage.corruption)
    assert len({stage.corruption for stage in singles}) >= 2
    begins = [n for n, stage in enumerate(walk.stages) if not is_chain(stage.corruption)]
    for n in begins[1:-1]:  # before a corruption that is alone it had grown, or after it it fades
        near = walk.stages[n - 1].corruption + walk.stages[n + 1].corruption
        assert walk.stages[n].corruption in near
    assert all(a != b for a, b in itertools.pairwise(walk.stages))
    assert ce.Stream.walk(falling(), "hard", pairs=2).name == "walk, hard"


def data(count=20):
    generator = np.random.default_rng(1)
    images = generator.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
    return images, np.arange(count) % 2


class Contrasty(torch.nn.Module):
    def forward(self, images):
        spread = images.flatten(1).std(1)
        return torch.stack([spread, torch.full_like(spread, 0.9)], 1)


def test_each_stage_has_so_many_samples_drawn_for_it_whatever_the_batch():
    walk = ce.Stream.walk(falling(), 0.4, pairs=2, stage_size=7, seed=3)
    given = {size: list(StreamLoader(data(), walk, batch_size=size, seed=5, mean=None)) for size in (3, 7)}
    ids = {size: np.concatenate([batch.ids for batch in batches]) for size, batches in given.items()}
    assert (ids[3] == ids[7]).all() and len(ids[3]) == 7 * len(walk.stages)
    stages = ids[3].reshape(-1, 7)
    assert all(len(set(stage)) == 7 for stage in stages.tolist())
    assert len({tuple(sorted(stage)) for stage in stages.tolist()}) > 1
    images = {size: torch.cat([batch.images for batch in batches]) for size, batches in given.items()}
    assert torch.equal(images[3], images[7])
    stage = walk.stages[4]
    wanted = ce.corrupt(data()[0][stages[4]], stage.corruption, stage.severity, ids=stages[4], seed=5)
    assert torch.equal(images[7][28:35].permute(0, 2, 3, 1), torch.from_numpy(wanted))
    with pytest.raises(ce.OptionError, match="stage_size 7 is more than the 5"):
        StreamLoader(data(5), walk)


def test_a_walk_is_evaluated_and_reported(tmp_path):
    walk = ce.Stream.walk(falling(), 0.4, pairs=8, stage_size=4)
    report = ce.evaluate_stream(Contrasty(), data(), walk, record=tmp_path / "r.sqlite", progress=False)
    assert len(report.ids) == 4 * len(walk.stages) > 4 * 45
    again = ce.StreamReport.load(tmp_path / "r.sqlite")
    assert again.stream == walk and (again.wrong == report.wrong).all()
    lines = str(report).splitlines()
    assert len(lines) <= 48 and lines[2].split()[0] == "1-4"
    shown = [float(line.split()[-1]) for line in lines[2:-1]]
    assert shown[0] == pytest.approx(100 * report.errors[: -(-len(walk.stages) // 45)].mean(), abs=0.05)


def test_pairs_are_measured_as_each_two_give_them(tmp_path):
    images, labels = data()
    names = ("contrast", "gaussian_noise")
    table = measure_pairs(
        Contrasty(), (images, labels), names, severities=(0, 2, 5), record=tmp_path / "r.sqlite", seed=4, mean=0, std=1
    )
    assert table.images == 20 and table.accuracies.shape == (2, 2, 3, 3)
    ids = np.arange(20)

    def accuracy(*members):
        made = images
        for name, severity in members:
            made = ce.corrupt(made, name, severity, ids=ids, seed=4)
        scores = Contrasty()(torch.from_numpy(made).permute(0, 3, 1, 2) / 255)
        return float((scores.argmax(1).numpy() == labels).mean())

    assert table.accuracies[0, 1, 0, 0] == accuracy()
    assert table.accuracies[0, 1, 2, 0] == accuracy(("contrast", 5)) == table.accuracies[1, 0, 0, 2]
    assert table.accuracies[0, 1, 1, 2] == accuracy(("contrast", 2), ("gaussian_noise", 5))
    assert table.accuracies[1, 0, 1, 2] == accuracy(("gaussian_noise", 2), ("contrast", 5))
    assert np.isnan(table.accuracies[0, 0]).all()
    loaded = PairAccuracies.load(table.save(tmp_path / "t.json"))
    np.testing.assert_allclose(loaded.accuracies, table.accuracies)
    assert (loaded.corruptions, loaded.severities) == (table.corruptions, table.severities)


def test_pairs_are_stored_as_the_stream_is():
    sums = []

    def scores(images):
        sums.append(float(images.double().sum()))
        return Contrasty()(images)

    given = {"mean": 0, "std": 1, "progress": False, "as_stored": True}
    large = np.resize(data()[0], (4, 100, 100, 3)), np.arange(4) % 2
    measure_pairs(scores, large, ("gaussian_noise", "contrast"), severities=(0, 5), **given)
    measured, sums = sums, []
    ce.evaluate_stream(scores, large, ce.Stream.continual(["gaussian_noise"]), **given)
    assert len(sums) == 1 and sums[0] in measured


def test_pairs_are_measured_at_the_size_at_which_a_stream_is_shown():
    seen = []

    def scores(images):
        seen.append(tuple(images.shape[1:]))
        return Contrasty()(images)

    model = LoadedModel(scores, "small", 0.0, 1.0, ce.Geometry(crop=12))
    measure_pairs(model, data(), ("contrast", "brightness"), severities=(0, 5), progress=False)
    ce.evaluate_stream(model, data(), ce.Stream.continual(["contrast"]), progress=False)
    assert set(seen) == {(3, 12, 12)}


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: ce.Stream.walk(falling(), "medum"), ce.UnknownNameError, "'medium'"),
        (lambda: ce.Stream.walk(falling(), "easy"), ce.OptionError, "needs defocus_blur"),
        (lambda: ce.Stream.walk("t.json", 0.4), ce.OptionError, "accuracies are a str; PairAccuracies are needed"),
        (lambda: ce.Stream.walk(falling(), 40), ce.OptionError, "accuracy from 0 to 1"),
        (lambda: ce.Stream.walk(falling(), 0.4, pairs=0), ce.OptionError, "pairs 0"),
        (lambda: ce.Stream.walk(falling(), 0.4, stage_size=0), ce.OptionError, "stage_size 0"),
        (lambda: measure_pairs(Contrasty(), data(), ["fog"]), ce.OptionError, "two or more"),
        (lambda: measure_pairs(Contrasty(), data(), ["fog", "snow"], severities=(1, 2)), ce.OptionError, "ascend"),
        (lambda: measure_pairs(Contrasty(), data(), ["fog", "snow"], severities=(0, 7)), ce.SeverityError, "7"),
        (lambda: measure_pairs(Contrasty(), data(), ["fog", "snwo"]), ce.UnknownNameError, "'snow'"),
        (lambda: measure_pairs(Contrasty(), data(), ["fog", "snow"], trials=2), ce.OptionError, "trials"),
        (lambda: falling().save("table.txt"), ce.OptionError, "table.txt"),
    ],
)
def test_what_is_wrong_with_a_walk_is_said(make, error, said):
    with pytest.raises(error, match=said):
        make()


@pytest.mark.parametrize("text", ["", "[]", '{"severities": [0, 1]}', '{"severities": [0], "accuracies": {"a b": 1}}'])
def test_a_file_that_is_no_table_is_refused(tmp_path, text):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(ce.RecordError, match=r"t\.json is no table"):
        PairAccuracies.load(tmp_path / "t.json")
    with pytest.raises(ce.RecordError, match="cannot be read"):
        PairAccuracies.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"severities": [1, 2, 3, 4, 5, 6]}, "do not ascend from 0"),
        ({"severities": [0]}, "do not ascend from 0"),
        ({"accuracies": {}}, "there are no pairs"),
        ({"times": 100}, "6 x 6 accuracies from 0 to 1, and has 6 x 6 from 0 to 90"),
        ({"times": float("nan")}, "6 x 6 accuracies from 0 to 1, and has 6 x 6 from nan"),
        ({"row": 0}, "6 x 6 accuracies from 0 to 1, and has 6 from .* to"),
    ],
)
def test_a_table_of_other_numbers_is_refused(tmp_path, wrong, said):
    """Percent and severities from 1 gave another walk, without a word, and a row stood for all."""
    held = json.loads(falling().save(tmp_path / "t.json").read_text())
    for pair, own in held["accuracies"].items():
        if "times" in wrong:
            own = (np.array(own) * wrong["times"]).tolist()
        held["accuracies"][pair] = own[wrong["row"]] if "row" in wrong else own
    (tmp_path / "t.json").write_text(json.dumps({**held, **{k: v for k, v in wrong.items() if k in held}}))
    with pytest.raises(ce.RecordError, match=said):
        PairAccuracies.load(tmp_path / "t.json")
