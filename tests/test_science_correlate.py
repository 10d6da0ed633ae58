"""Algorithm 3 from records: what is compared, on which images, and what is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN, Condition, find_benchmark
from corrupt_engine.cli import main
from corrupt_engine.metrics.predictions import Predictions
from corrupt_engine.science import (
    OverlapMatrix,
    correlate,
    correlation_page,
    draw,
    natural_correlation,
    save_benchmark,
)
from corrupt_engine.science.categories import categories
from corrupt_engine.science.correlation_page import inside, ticks

from .tiny import TinyImages, TinyModel, evaluate

NAMES = ("gaussian_noise", "fog", "contrast")
MODELS = ("a", "b", "c", "d", "e")
COUNT = 400


def predictions(rng, rate, count=COUNT):
    rank = (rng.random(count) >= rate).astype(np.int32)
    return Predictions(np.zeros(count, np.int32), np.ones(count, np.float32), rank)


def synthetic_one(model, seed, labels=None, **settings):
    """A report under three corruptions at two levels, right at random rates."""
    rng = np.random.default_rng(seed)
    keys = [CLEAN, *(Condition(name, level) for name in NAMES for level in (2, 4))]
    made = {key: predictions(rng, rng.uniform(0.3, 0.9)) for key in keys}
    return ce.Report(
        model,
        "imagenet-c",
        made,
        np.arange(COUNT) % 5 if labels is None else labels,
        settings={"data.fingerprint": "x", "variant": "imagenet-c", **settings},
    )


def natural_one(model, seed, labels=None, **settings):
    rng = np.random.default_rng(1000 + seed)
    made = {CLEAN: predictions(rng, rng.uniform(0.2, 0.8)), Condition("brightness", 1): predictions(rng, 0.5)}
    return ce.Report(
        model,
        "imagenet-c",
        made,
        np.arange(COUNT) % 5 if labels is None else labels,
        settings={"data.fingerprint": "y", **settings},
    )


def both(models=MODELS, labels=None, natural_labels=None):
    return (
        [synthetic_one(model, n, labels) for n, model in enumerate(models)],
        [natural_one(model, n, natural_labels) for n, model in enumerate(models)],
    )


def accuracy(report, key=CLEAN, where=slice(None)):
    return report.predictions[key].correct[where].mean()


def lost(report, names=NAMES, levels=(2, 4)):
    """The definition, read aloud."""
    own = [[accuracy(report) - accuracy(report, Condition(name, level)) for level in levels] for name in names]
    return np.mean([np.mean(one) for one in own])


def test_by_hand():
    synthetic, natural = both()
    found = correlate(synthetic, natural[::-1])
    xs = [lost(report) for report in synthetic]
    ys = [accuracy(a) - accuracy(b) for a, b in zip(synthetic, natural, strict=True)]
    assert found.models == MODELS and found.notes == ()
    assert found.natural == pytest.approx(ys) and found.synthetic["imagenet-c"] == pytest.approx(xs)
    assert found.r["imagenet-c"] == pytest.approx(np.corrcoef(xs, ys)[0, 1])
    assert found.interval("imagenet-c") == pytest.approx(tuple(stats.pearsonr(xs, ys).confidence_interval()))


def test_clean_accuracy_is_of_the_classes_that_the_natural_images_have():
    few = np.arange(COUNT) % 2 + 1
    synthetic, natural = both(natural_labels=few)
    found = correlate(synthetic, natural)
    among = np.isin(synthetic[0].labels, (1, 2))
    ys = [accuracy(a, where=among) - accuracy(b) for a, b in zip(synthetic, natural, strict=True)]
    assert found.natural == pytest.approx(ys)
    assert found.natural != pytest.approx([accuracy(a) - accuracy(b) for a, b in zip(synthetic, natural, strict=True)])
    assert found.synthetic["imagenet-c"] == pytest.approx([lost(report) for report in synthetic])  # of all classes
    assert len(found.notes) == 1 and "of the 2 of 5 classes that both sets have" in str(found)


def test_natural_images_of_classes_that_the_clean_ones_lack_are_left_out():
    synthetic, natural = both(natural_labels=np.arange(COUNT) % 8)
    found = correlate(synthetic, natural)
    among = natural[0].labels < 5
    ys = [accuracy(a) - accuracy(b, where=among) for a, b in zip(synthetic, natural, strict=True)]
    assert found.natural == pytest.approx(ys)
    assert "Natural images of 3 of 8 classes" in found.notes[0]


def test_predictions_among_fewer_classes_are_told():
    synthetic, natural = both()
    restricted = [natural_one(model, n, **{"data.restrict_to_labels": True}) for n, model in enumerate(MODELS)]
    assert "told too small" in correlate(synthetic, restricted).notes[0]
    alike = [synthetic_one(model, n, **{"data.restrict_to_labels": True}) for n, model in enumerate(MODELS)]
    assert correlate(alike, restricted).notes == correlate(synthetic, natural).notes == ()


def test_parts_of_what_the_records_have():
    synthetic, natural = both()
    found = correlate(synthetic, natural, {"noise": ["gaussian_noise"], "rest": ["fog", "contrast"]})
    assert found.synthetic["noise"] == pytest.approx([lost(report, ["gaussian_noise"]) for report in synthetic])
    assert found.synthetic["rest"] == pytest.approx([lost(report, ["fog", "contrast"]) for report in synthetic])
    weak = correlate(synthetic, natural, {"noise": ["gaussian_noise"]}, severities=2).synthetic["noise"]
    assert weak == pytest.approx([lost(report, ["gaussian_noise"], [2]) for report in synthetic])
    assert found.mean == pytest.approx(np.mean([found.r["noise"], found.r["rest"]]))
    assert found.mean_synthetic == pytest.approx(np.mean([found.synthetic["noise"], found.synthetic["rest"]], axis=0))


def test_benchmarks_by_file_must_mean_the_same(tmp_path):
    """Another strength under the same number is refused."""
    synthetic, natural = both()
    full = [dataclasses.replace(one, predictions={**one.predictions, **more(one)}) for one in synthetic]
    path = save_benchmark(tmp_path / "part.toml", ["fog", "contrast"], find_benchmark("imagenet-c"), "a part")
    found = correlate(full, natural, [path])
    assert found.synthetic["part"] == pytest.approx([lost(one, ["fog", "contrast"], (1, 2, 3, 4, 5)) for one in full])
    some = correlate(synthetic, natural, [path], severities=(2, 4)).synthetic["part"]
    assert some == pytest.approx([lost(one, ["fog", "contrast"]) for one in synthetic])
    with pytest.raises(ce.OptionError, match=r"record of a lacks fog 1, fog 3, fog 5, contrast 1, .* of part"):
        correlate(synthetic, natural, [path])
    with pytest.raises(ce.OptionError, match=r"lacks shot_noise, .* and \d+ more of imagenet-c; it has gaussian_noise"):
        correlate(full, natural, ["imagenet-c"])
    own = fog_levels(tmp_path / "own.toml", 0)
    assert correlate(full, natural, [own]).synthetic["mine"] == pytest.approx(
        [lost(one, ["fog"], (1, 2)) for one in full]
    )
    with pytest.raises(ce.OptionError, match=r"mine and imagenet-c, .*, mean something else by fog 1;"):
        correlate(full, natural, [fog_levels(tmp_path / "other.toml", 1)])
    with pytest.raises(ce.OptionError, match="two benchmarks are called 'part'"):
        correlate(full, natural, [path, path])


def fog_levels(path, added):
    """A benchmark of fog at the two weakest levels of imagenet-c, with something added to the first."""
    columns = next(iter(find_benchmark("imagenet-c").file.entries["fog"].tables.values()))
    table = ", ".join(f"{key} = [{row[0] + added}, {row[1]}]" for key, row in columns.items())
    path.write_text(f'name = "mine"\nsource = "made up"\n[corruptions.fog]\ntable = {{ {table} }}\n')
    return path


def more(report):
    rng = np.random.default_rng(7)
    return {Condition(name, level): predictions(rng, 0.5) for name in NAMES for level in (1, 3, 5)}


def other_images(report):
    return dataclasses.replace(report, labels=(report.labels + 1) % 5)


def other_set(report):
    return dataclasses.replace(report, settings={**report.settings, "data.fingerprint": "z"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a, b: (a[:4], b), "there is no synthetic record of e; there are some of a, b, c, d"),
        (lambda a, b: (a, b[1:]), "there is no natural record of a; .*matched by the names"),
        (lambda a, b: (a[:2], b[:2]), "2 models: at least 3 are needed"),
        (lambda a, b: ([*a, a[0]], b), "two of the synthetic records are of a model called 'a'"),
        (lambda a, b: ([*a[:4], other_images(a[4])], b), "the synthetic record of e is of other images than that of a"),
        (lambda a, b: (a, [*b[:4], other_set(b[4])]), "the natural record of e is of other images than that of a"),
    ],
)
def test_records_that_do_not_belong_together(change, words):
    with pytest.raises(ce.OptionError, match=words):
        correlate(*change(*both()))


def test_classes_that_have_nothing_in_common():
    with pytest.raises(ce.OptionError, match="no class in common: classes 0 to 4, and 10 to 12"):
        correlate(*both(natural_labels=np.arange(COUNT) % 3 + 10))


def test_records_of_other_kinds():
    synthetic, natural = both()
    frames = [
        dataclasses.replace(
            one, benchmark="imagenet-p", predictions={CLEAN: one.predictions[CLEAN], **frames_of(one)}, baseline=None
        )
        for one in synthetic
    ]
    with pytest.raises(ce.OptionError, match="imagenet-p is of frames"):
        correlate(frames, natural)
    among = [
        dataclasses.replace(one, benchmark="laion-c", predictions={CLEAN: one.predictions[CLEAN]}) for one in natural
    ]
    with pytest.raises(ce.OptionError, match="superclasses of its own"):
        correlate(synthetic, among)


def frames_of(report):
    name = find_benchmark("imagenet-p").corruptions[0]
    return {Condition(name, level): report.predictions[CLEAN] for level in (1, 2)}


def test_an_interval_needs_four_models():
    found = correlate(*both(MODELS[:3]))
    assert np.isnan(found.interval("imagenet-c")).all()
    assert "no interval: Fisher's z needs 4 models or more" in str(found)
    assert found.to_dict()["interval"] == {"imagenet-c": [None, None]}
    assert "no interval" not in str(correlate(*both(MODELS[:4])))


def test_the_text_and_the_values():
    found = correlate(*both(), {"noise": ["gaussian_noise"], "rest": ["fog", "contrast"]})
    lines = str(found).splitlines()
    assert lines[1].split() == ["Model", "natural", "noise", "rest"]
    assert lines[2].split() == [
        "a",
        *(f"{100 * v:.1f}" for v in (found.natural[0], *(x[0] for x in found.synthetic.values()))),
    ]
    assert any(line.startswith("ImageNet-A") and line.endswith("0.726") for line in lines)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["r"] == pytest.approx(found.r) and told["published"]["ObjectNet"]["imagenet-c"] == 0.807
    alike = natural_correlation(dict.fromkeys("abcd", 0.1), {"x": dict(zip("abcd", range(4), strict=True))})
    assert json.loads(json.dumps(alike.to_dict(), allow_nan=False))["mean"] is None and " ? " in str(alike)


def test_many_benchmarks_are_told_by_their_mean(tmp_path):
    picks = {f"pick {n}": [NAMES[n % 3]] for n in range(9)}
    found = correlate(*both(), picks)
    assert "mean of 9 benchmarks" in str(found) and "pick 3" not in str(found)
    assert [row[:2] for row in found.rows()[2:]] == [
        ("least", f"{min(found.r.values()):.3f}"),
        ("greatest", f"{max(found.r.values()):.3f}"),
    ]
    text = correlation_page(found, tmp_path / "many.html").read_text()
    assert text.count('<svg viewBox="0 0 640 280"') == 1 and text.count("whisker m") == 5


def test_the_page(tmp_path):
    names = ("<b>a", *MODELS[1:])
    found = correlate(*both(names))
    text = correlation_page(found, tmp_path / "a" / "c.html").read_text()
    assert "&lt;b&gt;a" in text and "<b>a" not in text and "<script" not in text
    tip = f"b: {100 * found.natural[1]:.1f} points lost on natural images, "
    assert tip in text and text.count('data-at="0,') == 5
    assert "no interval" not in text
    assert "no interval: Fisher" in correlation_page(correlate(*both(MODELS[:3])), tmp_path / "d.html").read_text()


def test_axes():
    assert ticks(0.013, 0.082) == [0.02, 0.04, 0.06, 0.08] and ticks(-0.001, 0.001)[0] == -0.001
    (x0, x1), (y0, y1) = inside(2.0, 0.0, (0.0, 1.0), (0.5, 1.0))
    assert (x0, x1, y0, y1) == (0.25, 0.5, 0.5, 1.0)
    assert inside(0.0, 0.7, (0.0, 1.0), (0.5, 1.0)) == ((0.0, 1.0), (0.7, 0.7))


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Three models' records on tiny images, and on darker ones."""
    folder = tmp_path_factory.mktemp("records")
    source, dark = TinyImages(40), TinyImages(40, seed=1)
    dark.images = [(image * 0.7).astype(np.uint8) for image in dark.images]
    for name, shift in (("a", 0.0), ("b", 0.1), ("c", -0.1)):
        model = Shifted(shift)
        evaluate(model, source, record=folder / f"{name}.sqlite", name=name, batch_size=40, mistakes=0)
        part = {"corruptions": "brightness", "severities": 1, "batch_size": 40, "mistakes": 0}
        evaluate(model, dark, record=folder / f"{name}-dark.sqlite", name=name, **part)
    return folder


class Shifted(TinyModel):
    """Judges images as if they were brighter."""

    def __init__(self, shift):
        super().__init__()
        self.shift = torch.nn.Parameter(torch.tensor(shift))

    def forward(self, images):
        return super().forward(images + self.shift)


def test_the_command(records, monkeypatch, capsys):
    monkeypatch.chdir(records)
    words = ["correlate", "--synthetic", "a.sqlite", "b.sqlite", "c.sqlite"]
    words += ["--natural", "a-dark.sqlite", "c-dark.sqlite", "b-dark.sqlite", "-q"]
    assert main([*words, "-o", "page.html"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Accuracy lost by 3 models") and "imagenet-c" in text and "no interval" in text
    assert "Natural against synthetic robustness" in Path("page.html").read_text()
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    reports = [ce.Report.load(f"{name}.sqlite") for name in "abc"]
    dark = [ce.Report.load(f"{name}-dark.sqlite") for name in "abc"]
    assert told["natural"] == pytest.approx([accuracy(x) - accuracy(y) for x, y in zip(reports, dark, strict=True)])
    assert main([*words, "--json", "--corruptions", "fog", "--severities", "5"]) == 0
    assert json.loads(capsys.readouterr().out)["synthetic"]["imagenet-c"] == pytest.approx(
        [lost(report, ["fog"], [5]) for report in reports]
    )
    assert main([*words, "--json", "--benchmark", "imagenet-c", "imagenet-c-extra"]) == 2
    assert "lacks speckle_noise" in json.loads(capsys.readouterr().out)["error"]["message"]
    assert main([*words[:4], *words[5:]]) == 2
    assert "there is no synthetic record of c" in capsys.readouterr().err


def test_the_command_draws_benchmarks(records, monkeypatch, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(records)
    names = find_benchmark("imagenet-c").corruptions[:6]
    group = np.array([0, 0, 0, 1, 1, 1])
    scores = np.where(group[:, None] == group, 0.7, 0.05)
    np.fill_diagonal(scores, 1)
    rest = np.full((7, 6), 0.5)
    matrix = OverlapMatrix(names, scores, scores * 0, rest[:, 0], rest, {}, "residual", 100)
    matrix.save("overlap.json")
    words = ["correlate", "--synthetic", "a.sqlite", "b.sqlite", "c.sqlite"]
    words += ["--natural", "a-dark.sqlite", "b-dark.sqlite", "c-dark.sqlite", "-q", "--overlap", "overlap.json"]
    assert main([*words, "--each", "2", "--categories", "1", "--picks", "5", "--seed", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    reports = [ce.Report.load(f"{name}.sqlite") for name in "abc"]
    for n in range(5):
        drawn = draw(categories(matrix, seed=3), 1, 2, 3 + n)
        expected = [lost(report, drawn, (1, 2, 3, 4, 5)) for report in reports]
        assert told["synthetic"][f"pick {n + 1}"] == pytest.approx(expected)
    for wrong, said in (
        ([], "--each K belong together"),
        (["--each", "2", "--benchmark", "imagenet-c"], "give one of the two"),
        (["--each", "2", "--picks", "0"], "picks 0"),
        (["--each", "4"], "2 categories of 4 corruptions or more"),
    ):
        assert main([*words, *wrong]) == 2
        assert said in capsys.readouterr().err
    assert main([*words[:-2], "--each", "2"]) == 2
    assert "belong together" in capsys.readouterr().err
    assert main([*words, "--each", "2", "--corruptions", "weather"]) == 2
    assert "lacks" in capsys.readouterr().err
