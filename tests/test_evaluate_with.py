"""A person's own evaluator under every condition: called once each, kept, summed up as published."""

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce

from .test_dense_loader import IMAGES, Scenes, unzipped
from .tiny import Killed

BENCHMARK = "imagenet-c-extra"


def brightness(loader):
    """A stand-in for mAP: anything that follows from the images, by name."""
    values = [float(image.float().mean()) for images, _ in loader for image in images]
    return {"mean": float(np.mean(values)), "images": len(values)}


def run(score=brightness, source=None, **options):
    options = {"progress": False, "mean": None, "collate_fn": unzipped, "batch_size": 3, "num_workers": 0, **options}
    return ce.evaluate_with(score, source or Scenes(), options.pop("benchmark", BENCHMARK), **options)


def by_hand(name, severity):
    images = [ce.corrupt(np.asarray(Scenes()[n][0]), name, severity, ids=n).mean() for n in range(7)]
    return float(np.mean(images))


def test_each_condition_once():
    seen = []

    def score(loader):
        seen.append(loader.policy.conditions[0])
        return brightness(loader)

    report = run(score, corruptions=["saturate", "gaussian_blur"], severities=(1, 3))
    assert [condition[:2] for condition in seen] == [
        ("clean", 0),
        ("gaussian_blur", 1),
        ("gaussian_blur", 3),
        ("saturate", 1),
        ("saturate", 3),
    ] and list(report.scores) == seen
    assert all(own["images"] == 7 for own in report.scores.values())
    clean = np.mean([np.asarray(Scenes()[n][0]).mean() for n in range(7)])
    assert report.clean() == report.clean("mean") == pytest.approx(clean)
    assert report.table().tolist() == [
        [pytest.approx(by_hand(name, severity), rel=1e-6) for severity in (1, 3)]
        for name in ("gaussian_blur", "saturate")
    ]
    assert report.mpc() == pytest.approx(report.table().mean())
    assert report.rpc() == pytest.approx(report.mpc() / report.clean())
    assert report.rpc("images") == 1 and report.metrics == ("mean", "images")
    with pytest.raises(ce.UnknownNameError, match=r"mAP.*mean"):
        report.mpc("mAP")


def test_a_dataloader_is_taken_over():
    theirs = torch.utils.data.DataLoader(Scenes(), batch_size=2, collate_fn=unzipped)
    options = {"mean": None, "progress": False, "corruptions": "saturate"}
    report = ce.evaluate_with(brightness, theirs, BENCHMARK, **options)
    assert report.scores == run(corruptions="saturate").scores


def test_trials_are_averaged():
    report = run(corruptions="speckle_noise", severities=1, trials=3)
    values = [own["mean"] for condition, own in report.scores.items() if condition.corruption != "clean"]
    assert len(set(values)) == 3 and report.mpc() == pytest.approx(np.mean(values))


def test_killed_and_gone_on_with(tmp_path):
    record, calls = tmp_path / "r.json", []

    def dies(loader):
        calls.append(loader.policy.conditions[0])
        if len(calls) == 5:
            raise Killed
        return brightness(loader)

    with pytest.raises(Killed):
        run(dies, record=record)
    rest = []

    def goes_on(loader):
        rest.append(loader.policy.conditions[0])
        return brightness(loader)

    report = run(goes_on, record=record)
    assert rest[0] == calls[-1] and len(rest) == 21 - 4
    assert report.scores == run().scores and list(report.scores) == list(run().scores)
    part = run(lambda loader: pytest.fail("asked again"), record=record, corruptions="saturate")
    assert len(part.scores) == 6
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


@pytest.mark.parametrize("change", [{"more": 1.0}, {"images": None}], ids=["one more", "one less"])
def test_scores_have_the_same_names_under_every_condition(tmp_path, change):
    record, options = tmp_path / "r.json", {"corruptions": "saturate", "severities": (1, 2)}

    def score(loader):
        given = {**brightness(loader), **(change if loader.policy.conditions[0].severity == 2 else {})}
        return {name: value for name, value in given.items() if value is not None}

    told = r"gave mean, images under clean 0 and mean.* under saturate 2: the same names are needed"
    with pytest.raises(ce.OptionError, match=told):
        run(score, record=record, **options)
    assert list(run(record=record, **options).scores) == [("clean", 0, 0), ("saturate", 1, 0), ("saturate", 2, 0)]
    with pytest.raises(ce.OptionError, match=r"gave mean, images under clean 0 and score under saturate 3"):
        run(lambda loader: 1.0, record=record, corruptions="saturate", severities=(1, 3))


def test_another_run_is_refused(tmp_path):
    record = tmp_path / "r.json"
    run(record=record, corruptions="saturate")
    for options, words in (
        ({"seed": 1}, "seed was 0 and is 1 now"),
        ({"mean": 0, "std": 1}, "mean was None"),
        ({"benchmark": "imagenet-c"}, "benchmark was imagenet-c-extra"),
    ):
        with pytest.raises(ce.RecordError, match=words):
            run(record=record, **options)
    record.write_text("{}")
    with pytest.raises(ce.RecordError, match="no record of scores"):
        run(record=record)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "None"),
        (float("nan"), "nan"),
        ("a", "'a'"),
        ({}, "no score"),
        ({"mAP": None}, "'mAP': None"),
        ({3: 1}, "3"),
    ],
)
def test_scores_that_are_none(given, message):
    with pytest.raises(ce.OptionError, match=message):
        run(lambda loader: given)


def test_a_score_may_have_any_name(tmp_path):
    names = ("model", "benchmark", "scores", "settings", "facts")
    report = run(lambda loader: dict.fromkeys(names, 0.5), name="net")
    held = json.loads(report.save(tmp_path / "r.json").read_text())
    assert held["model"] == "net" and held["settings"] == report.settings and tuple(held["metrics"]) == names


def test_wrong_arguments():
    with pytest.raises(ce.OptionError, match="score 3 is no function"):
        run(3)
    with pytest.raises(ce.OptionError, match="severity"):
        run(severity=3)
    with pytest.raises(ce.UnknownNameError, match="did you mean"):
        run(benchmark="imagenet-x")


def test_what_is_saved(tmp_path):
    report = run(corruptions="saturate", name="<net>")
    assert f"{report.mpc():.4g}" in str(report) and "saturate" in str(report)
    held = json.loads(report.save(tmp_path / "r.json").read_text())
    assert held["metrics"]["mean"]["mPC"] == report.mpc() and len(held["scores"]) == 6
    rows = list(csv.DictReader(report.save(tmp_path / "r.csv").read_text().splitlines()))
    assert len(rows) == 12 and float(rows[0]["value"]) == report.clean()
    assert report.save(tmp_path / "r.txt").read_text() == f"{report}\n"
    page = report.save(tmp_path / "r.html").read_text()
    assert "&lt;net&gt;" in page and "<net>" not in page and "saturate" in page and "mPC" in page
    with pytest.raises(ce.UnknownNameError, match=r"\.xml"):
        report.save(tmp_path / "r.xml")


def test_a_clean_score_of_zero_leaves_no_share():
    report = run(lambda loader: 0.0, corruptions="saturate")
    assert np.isnan(report.rpc()) and "undefined" in str(report) and "nan" not in str(report)


def test_a_loader_under_another_corruption():
    loader = ce.CorruptLoader(Scenes(), "fog", 3, mean=None, collate_fn=unzipped, num_workers=0)
    other = loader.under("contrast", 2)
    assert (
        other.policy.conditions == (ce.Condition("contrast", 2, 0),) and loader.policy.conditions[0].corruption == "fog"
    )
    (images, _), (plain, _) = next(iter(other)), next(iter(loader))
    wanted = ce.corrupt(np.asarray(Scenes()[0][0]), "contrast", 2)
    assert (images[0].permute(1, 2, 0).numpy() == wanted).all() and not torch.equal(images[0], plain[0])
    other.set_epoch(3)
    assert loader.schedule.present_epoch == 1


def test_a_loader_under_another_corruption_stays_in_its_trial():
    loader = ce.CorruptLoader(Scenes(), "fog", 3, trial=2)
    assert loader.under("snow", 1).policy.conditions == (ce.Condition("snow", 1, 2),)
    assert loader.under(ce.Condition("snow", 1)).under("snow").policy.conditions == (ce.Condition("snow", 3, 2),)


def count(loader):
    return float(sum(len(images) for images, _ in loader))


def test_a_record_is_of_one_model(tmp_path):
    options = {"record": tmp_path / "r.json", "corruptions": "saturate", "severities": 1}
    run(lambda loader: 0.4, name="a", **options)
    with pytest.raises(ce.RecordError, match=r"holds the scores of 'a', and 'b' is evaluated.* name='a'"):
        run(lambda loader: 0.9, name="b", **options)
    assert run(lambda loader: 0.9, name="a", **options).clean() == 0.4


class Some(torch.utils.data.Sampler):
    """Two samples, which only drawing tells."""

    def __len__(self):
        return 2

    def __iter__(self):
        yield from (5, 1)


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        ({"sampler": [2, 0]}, 2),
        ({"sampler": np.arange(3)}, 3),
        ({"sampler": torch.utils.data.SubsetRandomSampler([4, 1])}, 2),
        ({"sampler": Some()}, 2),
        ({"batch_sampler": [[0, 1], [5]]}, 3),
        ({"drop_last": True}, 6),
        ({"num_shards": 2, "shard_id": 1}, 3),
    ],
)
def test_a_record_is_of_one_choice_of_images(tmp_path, options, taken):
    always = {"record": tmp_path / "r.json", "corruptions": "saturate", "severities": 1}
    if "batch_sampler" in options:
        options = {**options, "batch_size": None}
    for _ in range(2):
        assert run(count, **options, **always).clean() == taken
    with pytest.raises(ce.RecordError, match=r"taken\.\w+ was .* and is None now"):
        run(count, **always)
    assert run(count, corruptions="saturate", severities=1).clean() == 7


@pytest.mark.parametrize(
    "options",
    [{"sampler": range(6, -1, -1)}, {"shuffle": True}, {"pad_shards": True}, {"num_shards": 1, "shard_id": 0}],
    ids=str,
)
def test_all_images_in_another_order_are_the_same(tmp_path, options):
    always = {"record": tmp_path / "r.json", "corruptions": "saturate", "severities": 1}
    assert run(count, **options, **always).clean() == 7
    run(lambda loader: pytest.fail("asked again"), **always)


def test_what_another_run_has_recorded_meanwhile_stays(tmp_path):
    options = {"record": tmp_path / "r.json", "severities": 1}

    def score(loader):
        if loader.policy.conditions[0].corruption == "saturate":
            run(count, corruptions="spatter", **options)
        return count(loader)

    run(score, corruptions="saturate", **options)
    both = run(lambda loader: pytest.fail("asked again"), corruptions=["spatter", "saturate"], **options)
    assert list(both.scores) == [("clean", 0, 0), ("spatter", 1, 0), ("saturate", 1, 0)]


def test_files_that_cannot_be_read_are_listed(tmp_path):
    for n in range(4):
        Image.fromarray(IMAGES[n]).save(tmp_path / f"{n}.png")
    (tmp_path / "2.png").write_bytes(b"none")
    options = {
        "source": [(tmp_path / f"{n}.png", n) for n in range(4)], "on_error": "skip", "geometry": "none",
        "record": tmp_path / "r.json",
    }  # fmt: skip
    first = run(count, corruptions="spatter", severities=1, **options)
    again = run(count, corruptions=["saturate", "spatter"], severities=1, **options)
    held = run(lambda loader: pytest.fail("asked again"), corruptions="saturate", severities=1, **options)
    for report in (first, again, held):
        assert report.clean() == 3
        assert "4 images, seed 0; 1 file(s) could not be read and are not counted: " in str(report)
        ((index, name, reason),) = report.facts["skipped"]
        assert index == 2 and name.endswith("2.png") and reason
    page = again.save(tmp_path / "page.html").read_text()
    assert "1 file(s) could not be read" in page
    assert json.loads(again.save(tmp_path / "page.json").read_text())["facts"]["skipped"] == again.facts["skipped"]
    assert "some of 4 images" in str(run(count, corruptions="saturate", sampler=[0, 1], **{**options, "record": None}))


def test_a_record_that_cannot_be_written_is_told_before_the_first_condition(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ce.RecordError, match=r"record .* cannot be written: "):
        run(lambda loader: pytest.fail("asked"), record=tmp_path / "file" / "r.json")


def test_a_record_without_a_score_is_begun_anew(tmp_path):
    def fails(loader):
        raise Killed

    with pytest.raises(Killed):
        run(fails, record=tmp_path / "r.json", corruptions="saturate", seed=1, name="a")
    report = run(count, record=tmp_path / "r.json", corruptions="saturate", name="b")
    assert len(report.scores) == 6 and report.settings["seed"] == 0


def test_names_give_no_orders(tmp_path):
    report = run(lambda loader: {"=1+1": 0.5}, corruptions="saturate", severities=1, name="=x\x1b[2J")
    rows = list(csv.DictReader(report.save(tmp_path / "r.csv").read_text(encoding="utf-8").splitlines()))
    assert {(row["model"], row["score"]) for row in rows} == {("'=x\\x1b[2J", "'=1+1")}
    assert "=x\\x1b[2J on imagenet-c-extra" in str(report) and "\x1b" not in str(report)
