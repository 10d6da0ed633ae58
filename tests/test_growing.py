"""Records that grow, and records of one evaluation that become one."""

import contextlib
import sqlite3

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN
from corrupt_engine.evaluation import configuration
from corrupt_engine.evaluation.processes import part_path
from corrupt_engine.evaluation.subset import chosen_ids
from corrupt_engine.records import read_held

from .tiny import Killed, TinyImages, TinyModel, evaluate, same_answers

EXTRA = "imagenet-c-extra"


def same_predictions(a, b):
    """`same_answers`, whatever the order of the conditions."""
    return set(a.predictions) == set(b.predictions) and all(
        (x is None and y is None) or np.array_equal(x, y, equal_nan=True)
        for c in a.predictions
        for x, y in zip(a.predictions[c], b.predictions[c], strict=True)
    )


def answered(path, **options):
    """(the report, how many images the model was shown)."""
    model = TinyModel()
    report = evaluate(model, benchmark=EXTRA, record=path, **options)
    return report, model.images


def test_a_record_grows_by_corruptions_severities_and_trials(tmp_path):
    path = tmp_path / "r.sqlite"
    report, shown = answered(path, corruptions="spatter", severities=3)
    assert shown == 20 and list(report.predictions) == [CLEAN, ("spatter", 3, 0)]
    report, shown = answered(path, corruptions="spatter")
    assert shown == 40 and len(report.predictions) == 6
    report, shown = answered(path)
    assert shown == 150 and same_answers(report, evaluate(benchmark=EXTRA))
    report, shown = answered(path, trials=2)
    assert shown == 200 and same_answers(report, evaluate(benchmark=EXTRA, trials=2))
    assert same_predictions(ce.Report.load(path), report)
    report, shown = answered(path)
    assert shown == 0 and report.trials == 1 and same_answers(report, evaluate(benchmark=EXTRA))


def test_what_was_asked_is_what_is_reported(tmp_path):
    path = tmp_path / "r.sqlite"
    whole, _ = answered(path)
    part, shown = answered(path, corruptions="spatter", severities=(1, 5))
    assert shown == 0 and part.severities == {"spatter": (1, 5)}
    assert same_answers(part, evaluate(benchmark=EXTRA, corruptions="spatter", severities=(1, 5)))
    assert same_answers(ce.Report.load(path), whole) and ce.Report.load(path).image_pairs == whole.image_pairs
    loaded = ce.Report.load(path, corruptions="sp*", severities=2)
    assert loaded.severities == {"speckle_noise": (2,), "spatter": (2,)}
    with pytest.raises(ce.UnknownNameError, match="'fog'"):
        ce.Report.load(path, corruptions="fog")


def test_a_record_is_asked_only_for_what_it_has(tmp_path):
    path = tmp_path / "r.sqlite"
    answered(path, corruptions="spatter", severities=(1, 2))
    assert ce.Report.load(path).severities == {"spatter": (1, 2)}
    with pytest.raises(ce.UnknownNameError, match="'saturate'"):
        ce.Report.load(path, corruptions="saturate")
    with pytest.raises(ce.SeverityError, match="it has 1, 2"):
        ce.Report.load(path, severities=3)


def test_trials_that_not_all_corruptions_have_are_left_out(tmp_path):
    path = tmp_path / "r.sqlite"
    answered(path, corruptions="spatter", trials=3)
    answered(path, corruptions="saturate", trials=2)
    report = ce.Report.load(path)
    assert report.trials == 2 and len(report.predictions) == 1 + 2 * 2 * 5
    assert ce.Report.load(path, corruptions="spatter").trials == 3


def test_a_record_grows_by_images(tmp_path):
    path = tmp_path / "r.sqlite"
    few, shown = answered(path, limit=4)
    assert shown == 4 * 21 and few.samples == 4
    more, shown = answered(path, limit=7)
    assert shown <= (7 - 4) * 21 + 4 * 21  # what shares a batch with an unknown image is shown again
    assert more.samples == 7 and set(few.ids) < set(more.ids)
    every, _ = answered(path)
    assert same_answers(every, evaluate(benchmark=EXTRA)) and ce.Report.load(path).samples == 10
    again, shown = answered(path, limit=4)
    assert shown == 0 and np.array_equal(again.ids, few.ids) and same_answers(again, few) and again.planned == 4
    assert ce.Report.load(path).settings["data.limit"] is None


def test_growing_may_be_killed(tmp_path):
    path = tmp_path / "r.sqlite"
    small, _ = answered(path, corruptions="spatter")
    with pytest.raises(Killed):
        evaluate(TinyModel(calls=10), benchmark=EXTRA, record=path)
    with pytest.raises(ce.RecordError, match="no image has all of its 21 predictions"):
        ce.Report.load(path)
    assert same_answers(ce.Report.load(path, corruptions="spatter"), small)
    report, _ = answered(path)
    assert same_answers(report, evaluate(benchmark=EXTRA))


def test_mistakes_are_those_of_all_that_a_record_has(tmp_path):
    path = tmp_path / "r.sqlite"
    answered(path, corruptions="spatter", mistakes=3)
    answered(path, corruptions="sp*", mistakes=3)
    report, _ = answered(path, mistakes=3)
    assert report.image_pairs == evaluate(benchmark=EXTRA, mistakes=3).image_pairs
    assert report.image_pairs == ce.Report.load(path).image_pairs


def shown_at(report):
    """What the examples of a report show: {corruption: severity}, and of which sample."""
    (sample,) = {example.id for example in report.examples}
    return {example.condition.corruption: example.condition.severity for example in report.examples}, sample


def test_examples_grow_with_the_record(tmp_path):
    path = tmp_path / "r.sqlite"
    report, _ = answered(path, corruptions="spatter", severities=[1, 2, 4])
    assert shown_at(report) == ({"clean": 0, "spatter": 2}, 0)
    report, _ = answered(path, corruptions="saturate")
    assert shown_at(report) == ({"clean": 0, "saturate": 3}, 0)
    # What was there stays as it was.
    assert shown_at(ce.Report.load(path, corruptions="sp*")) == ({"clean": 0, "spatter": 2}, 0)
    report, _ = answered(path)
    assert shown_at(report)[0] == {"clean": 0, "spatter": 2, "saturate": 3, "speckle_noise": 3, "gaussian_blur": 3}
    assert report.examples == ce.Report.load(path).examples
    assert answered(path, mistakes=0)[0].examples == ce.Report.load(path).examples == ()


def test_merged_examples_are_of_one_sample(tmp_path):
    for name, corruptions, limit in (("a", "spatter", None), ("b", "saturate", None), ("c", "speckle_noise", 4)):
        evaluate(benchmark=EXTRA, record=tmp_path / f"{name}.sqlite", corruptions=corruptions, limit=limit, seed=3)
    assert shown_at(ce.Report.load(tmp_path / "c.sqlite"))[1] != 0
    ce.merge([tmp_path / f"{name}.sqlite" for name in "abc"], tmp_path / "all.sqlite")
    held = read_held(tmp_path / "all.sqlite")
    assert {e.condition.corruption for e in held.examples} == {"clean", "spatter", "saturate"}
    assert {e.id for e in held.examples} == {0}
    begun = [read_held(tmp_path / f"{name}.sqlite").begun for name in "abc"]
    report = ce.Report.load(tmp_path / "all.sqlite", partial=True)
    assert report.run["begun"] == min(begun) and report.run["continued"] == max(begun)
    report, _ = answered(tmp_path / "all.sqlite", corruptions="sp*", seed=3)
    assert shown_at(report) == ({"clean": 0, "speckle_noise": 3, "spatter": 3}, 0)


def test_another_name_is_another_name(tmp_path):
    path = tmp_path / "r.sqlite"
    assert answered(path, name="before")[0].model == "before"
    report, shown = answered(path, name="after")
    assert shown == 0 and report.model == "after" and ce.Report.load(path).model == "after"


def test_a_patch_release_continues_a_record_and_another_does_not(tmp_path, monkeypatch):
    path = tmp_path / "r.sqlite"
    monkeypatch.setattr(configuration, "__version__", "7.2.0")
    answered(path, corruptions="spatter")
    monkeypatch.setattr(configuration, "__version__", "7.2.11")
    report, shown = answered(path, corruptions="spatter")
    assert shown == 0 and report.run["versions"]["corrupt_engine"] == "7.2.11"
    monkeypatch.setattr(configuration, "__version__", "7.3.0")
    with pytest.raises(ce.RecordError, match=r"corrupt_engine was 7\.2 and is 7\.3 now"):
        answered(path, corruptions="spatter")


def test_parts_of_other_corruptions_are_taken_in(tmp_path):
    """Several processes that were killed leave parts; the next run may be about something else."""
    path = tmp_path / "r.sqlite"
    answered(path, corruptions="spatter")
    evaluate(benchmark=EXTRA, record=part_path(path, 1), corruptions="saturate")
    report, shown = answered(path, corruptions="saturate")
    assert shown == 0 and not part_path(path, 1).exists()
    assert same_answers(report, evaluate(benchmark=EXTRA, corruptions="saturate"))
    assert same_predictions(ce.Report.load(path), evaluate(benchmark=EXTRA, corruptions="spatter,saturate"))


def three(tmp_path, **options):
    """Records of spatter, of saturate and of both noise and blur."""
    chosen = {"a": "spatter", "b": "saturate", "c": ["noise", "blur"]}
    for name, corruptions in chosen.items():
        evaluate(benchmark=EXTRA, record=tmp_path / f"{name}.sqlite", corruptions=corruptions, **options)
    return [tmp_path / f"{name}.sqlite" for name in chosen]


def test_records_are_merged(tmp_path):
    paths = three(tmp_path)
    before = [path.read_bytes() for path in paths]
    assert ce.merge(paths, tmp_path / "all.sqlite") == tmp_path / "all.sqlite"
    assert [path.read_bytes() for path in paths] == before
    whole = evaluate(benchmark=EXTRA)
    assert same_predictions(ce.Report.load(tmp_path / "all.sqlite"), whole)
    report, shown = answered(tmp_path / "all.sqlite")
    assert shown == 0 and same_answers(report, whole) and report.image_pairs == whole.image_pairs
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.sqlite", "all.sqlite", "b.sqlite", "c.sqlite"]


def test_records_that_overlap_are_merged_and_unfinished_ones(tmp_path):
    evaluate(benchmark=EXTRA, record=tmp_path / "a.sqlite", corruptions="sp*", limit=6)
    with pytest.raises(Killed):
        evaluate(TinyModel(calls=30), benchmark=EXTRA, record=tmp_path / "b.sqlite", batch_size=3)
    ce.merge([tmp_path / "a.sqlite", tmp_path / "b.sqlite"], tmp_path / "c.sqlite")
    held = read_held(tmp_path / "c.sqlite")
    assert held.settings["data.limit"] is None and len(held.predictions) == 21
    report, _ = answered(tmp_path / "c.sqlite")
    assert same_answers(report, evaluate(benchmark=EXTRA))


def test_merged_mistakes_are_the_most_confident_ones(tmp_path):
    paths = three(tmp_path, mistakes=2)
    ce.merge(paths, tmp_path / "all.sqlite")
    pairs = ce.Report.load(tmp_path / "all.sqlite").image_pairs
    known = [pair for path in paths for pair in ce.Report.load(path).image_pairs]
    assert len(pairs) == 2 and pairs[0].mistake.confidence == max(pair.mistake.confidence for pair in known)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": 1}, "not of one evaluation: seed is 0 and 1"),
        ({"source": TinyImages(11)}, "data.samples is 10 and 11"),
        ({"model": TinyModel(9.0)}, "model.fingerprint is"),
    ],
)
def test_records_of_two_evaluations_are_not_merged(tmp_path, options, words):
    evaluate(benchmark=EXTRA, record=tmp_path / "a.sqlite", corruptions="spatter")
    evaluate(**{"benchmark": EXTRA, "record": tmp_path / "b.sqlite", "corruptions": "saturate", **options})
    with pytest.raises(ce.RecordError) as caught:
        ce.merge([tmp_path / "a.sqlite", tmp_path / "b.sqlite"], tmp_path / "c.sqlite")
    assert words in str(caught.value) and not (tmp_path / "c.sqlite").exists()


def test_records_of_two_functions_of_one_name_are_not_merged(tmp_path):
    """Their configurations are equal: a function is known by its name alone. Their clean answers are not."""

    def of(model):
        def function(images):
            return model(images)

        return function

    evaluate(of(TinyModel()), benchmark=EXTRA, record=tmp_path / "a.sqlite", corruptions="spatter")
    evaluate(of(TinyModel(0.5)), benchmark=EXTRA, record=tmp_path / "b.sqlite", corruptions="saturate")
    assert read_held(tmp_path / "a.sqlite").settings == read_held(tmp_path / "b.sqlite").settings
    with pytest.raises(ce.RecordError, match=r"not of one model: under clean 0 of 10 images"):
        ce.merge([tmp_path / "a.sqlite", tmp_path / "b.sqlite"], tmp_path / "c.sqlite")


def test_what_cannot_be_merged_is_said(tmp_path):
    a, b, _ = three(tmp_path)
    with pytest.raises(ce.OptionError, match="two records or more"):
        ce.merge([a], tmp_path / "all.sqlite")
    with pytest.raises(ce.OptionError, match=r"a.sqlite is there already"):
        ce.merge([a, b], a)
    with pytest.raises(ce.RecordError, match="there is no record"):
        ce.merge([a, tmp_path / "none.sqlite"], tmp_path / "all.sqlite")
    with contextlib.closing(sqlite3.connect(b)) as connection:
        connection.execute("DELETE FROM answer WHERE condition = 1")
        connection.commit()
    with pytest.raises(ce.RecordError, match="damaged"):
        ce.merge([a, b], tmp_path / "all.sqlite")
    assert not (tmp_path / "all.sqlite").exists()


def last_of_five(tmp_path):
    """Six files, of which the one that limit=5 leaves out cannot be read."""
    (left_out,) = set(range(6)) - set(chosen_ids(6, 5, 0).tolist())
    pairs = []
    for n in range(6):
        path = tmp_path / f"{n}.png"
        Image.fromarray(TinyImages(6).images[n]).save(path)
        pairs.append((path, n % 3))
    pairs[left_out][0].write_bytes(b"no image")
    return pairs, left_out


def test_a_record_grows_by_a_file_that_cannot_be_read(tmp_path):
    pairs, left_out = last_of_five(tmp_path)
    options = {"source": pairs, "on_error": "skip", "geometry": "none", "corruptions": "saturate", "batch_size": 6}
    first, shown = answered(tmp_path / "r.sqlite", limit=5, **options)
    report, more = answered(tmp_path / "r.sqlite", **options)
    assert (shown, more) == (30, 0) and same_answers(report, first)
    assert [number for number, *_ in report.skipped] == [left_out] and not first.skipped
    # A finished record beside one that is begun.
    models = TinyModel(), TinyModel(4.0)
    records = [tmp_path / "r.sqlite", tmp_path / "other.sqlite"]
    again, other = evaluate(list(models), benchmark=EXTRA, name=["a", "b"], record=records, **options)
    assert models[0].images == 0 and same_answers(again, first) and len(other.ids) == 5


def test_a_record_grows_by_an_image_that_is_left_out(tmp_path):
    class Unknown(torch.utils.data.Dataset):
        """Whose labels only reading tells."""

        def __len__(self):
            return 6

        def __getitem__(self, index):
            return TinyImages(6).images[index], "other" if index == left_out else index % 3

    (left_out,) = set(range(6)) - set(chosen_ids(6, 5, 0).tolist())
    options = {
        "source": Unknown(), "labels": {0: 0, 1: 1, 2: 2}, "unlabelled": "skip", "corruptions": "saturate",
        "batch_size": 6,
    }  # fmt: skip
    first, _ = answered(tmp_path / "r.sqlite", limit=5, **options)
    report, more = answered(tmp_path / "r.sqlite", **options)
    assert more == 0 and same_answers(report, first) and dict(report.unlabelled) == {"other": 1}
