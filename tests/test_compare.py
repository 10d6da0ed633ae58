"""Two models side by side: paired, and honest about chance."""

import dataclasses
import json
import re

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN
from corrupt_engine.reports.compare import compare
from corrupt_engine.reports.formats import FORMATS, render
from corrupt_engine.reports.together import MUST_AGREE

from .test_evaluation import made_report
from .tiny import TinyImages, TinyModel, evaluate


def flipped(report, share, seed=9, model="other"):
    """The report with a share of its right predictions made wrong, under every condition."""
    generator = np.random.Generator(np.random.PCG64(seed))
    predictions = {
        c: a._replace(rank=np.where(generator.random(report.samples) < share, 9, a.rank).astype(np.int32))
        for c, a in report.predictions.items()
    }
    return dataclasses.replace(report, predictions=predictions, model=model)


def test_a_model_is_not_different_from_itself():
    report = made_report(200)
    found = compare(report, report)
    for row in (*found.whole, *found.corruptions):
        assert (row.difference, row.low, row.high, row.p, row.adjusted, row.significant) == (0, 0, 0, 1, 1, False)


def test_a_worse_model_is_found_and_the_sign_is_right():
    report = made_report(500)
    found = compare(report, flipped(report, 0.3))
    assert all(row.significant and row.difference > 0 and row.low > 0 for row in found.corruptions)
    back = flipped(report, 0.3).compare(report)
    assert [row.difference for row in back.corruptions] == pytest.approx([-row.difference for row in found.corruptions])
    assert "higher one under 15 of 15" in str(found) and "lower error under 15 and" in str(back)


def test_pairing_narrows_the_interval():
    report = made_report(500)
    row = compare(report, flipped(report, 0.02)).whole[1]
    unpaired = report.numbers["mean_error"]
    assert row.high - row.low < 0.5 * float(unpaired.high - unpaired.low)


def test_chance_is_not_significant_more_often_than_it_should_be():
    """Of twenty pairs of equally good models, each with fifteen tests, few have any significant one (5 % each,
    Holm).
    """

    def pair(n):
        a, b = made_report(80, 2 * n), made_report(80, 2 * n + 1)
        return compare(a, dataclasses.replace(b, labels=a.labels))

    # Binomial(20, .05): more than 4 has a probability of .003, were the test exact.
    assert sum(any(row.significant for row in pair(n).corruptions) for n in range(20)) <= 4


def test_only_common_images_are_compared():
    report = made_report(60)
    half = dataclasses.replace(
        report,
        predictions={c: a.take(np.arange(30)) for c, a in report.predictions.items()},
        labels=report.labels[:30],
        ids=report.ids[:30],
    )
    assert compare(report, half).samples == 30
    with pytest.raises(ce.OptionError, match="no image in common"):
        compare(half, dataclasses.replace(half, ids=half.ids + 100))
    with pytest.raises(ce.OptionError, match="different labels"):
        compare(report, dataclasses.replace(half, labels=half.labels + 1))


def test_what_is_not_comparable_is_refused(tmp_path):
    a = evaluate(benchmark="imagenet-c-extra")
    b = evaluate(TinyModel(2.0), benchmark="imagenet-c-extra", name="b", mean=0.1)
    assert compare(a, b).benchmark == "imagenet-c-extra"
    with pytest.raises(ce.OptionError, match="seed is 0 and 1"):
        compare(a, evaluate(benchmark="imagenet-c-extra", seed=1))
    with pytest.raises(ce.OptionError, match=r"data.fingerprint is .* and "):
        compare(a, evaluate(source=TinyImages(10, seed=3), benchmark="imagenet-c-extra"))
    with pytest.raises(ce.OptionError, match="on imagenet-c-extra in 1 trial"):
        compare(a, evaluate(benchmark="imagenet-c"))


def test_as_plain_values():
    report = made_report(100)
    found = compare(report, flipped(report, 0.5)).to_dict()
    assert found["images"] == 100 and len(found["corruption_errors"]) == 15
    assert found["metrics"][0]["name"] == "clean error" and found["metrics"][0]["significant"] is True


def only_first(report, count):
    """The report of a run that was stopped after some of the images."""
    return dataclasses.replace(
        report,
        predictions={c: a.take(np.arange(count)) for c, a in report.predictions.items()},
        labels=report.labels[:count],
        ids=report.ids[:count],
        planned=report.samples,
    )


@pytest.mark.parametrize("together", [compare, lambda a, b: render([a, b], "text")], ids=["compare", "report"])
@pytest.mark.parametrize("key", MUST_AGREE)
def test_one_rule_says_what_may_stand_side_by_side(together, key):
    a, b = (made_report(30, model=name, settings={key: name}) for name in "AB")
    with pytest.raises(ce.OptionError, match=f"A and B are not comparable: {key} is A and B"):
        together(a, b)
    together(a, dataclasses.replace(a, model="B"))
    with pytest.raises(ce.OptionError, match="no image in common"):
        together(a, dataclasses.replace(a, ids=a.ids + 100))
    with pytest.raises(ce.OptionError, match="different labels"):
        together(a, dataclasses.replace(a, labels=a.labels + 1))
    with pytest.raises(ce.OptionError, match=r"in 1 trial"):
        together(a, dataclasses.replace(a, benchmark="imagenet-c-extra"))


@pytest.mark.parametrize("name", FORMATS)
def test_reports_of_different_images_are_shown_on_the_common_ones(name):
    whole = made_report(60, model="whole")
    parts = [only_first(whole, 24), only_first(made_report(60, 1, "part"), 20)]
    text = render(parts, name)
    assert text == render([only_first(whole, 20), parts[1]], name)
    assert not re.search(r"20 (and )?24|\b24\b images", text)
    if name in ("text", "html"):
        assert "20 of 60 images have all their predictions" in text


def nothing_right(report):
    return dataclasses.replace(
        report,
        predictions=dict(report.predictions)
        | {CLEAN: report.predictions[CLEAN]._replace(rank=np.full(report.samples, 7, np.int32))},
    )


@pytest.mark.parametrize("kind", ["nothing is right when clean", "the baseline's error does not rise"])
def test_what_is_not_defined_has_no_interval_no_p_value_and_no_star(kind):
    """Also where a record is compared with itself, and also as JSON, which knows no NaN."""
    report = made_report(100)
    if kind == "nothing is right when clean":
        report, name = nothing_right(report), "accuracy preserved"
    else:
        level = dict(report.baseline.errors) | {"fog": report.baseline.clean}
        report = dataclasses.replace(report, baseline=dataclasses.replace(report.baseline, errors=level))
        name = "relative mCE"
    for other in (report, dataclasses.replace(flipped(report, 0.3), baseline=report.baseline)):
        found = compare(report, other)
        row = next(row for row in found.whole if row.name == name)
        assert np.isnan((row.a, row.difference, row.low, row.high, row.p, row.adjusted)).all() and not row.significant
        line = next(line for line in str(found).splitlines() if line.startswith(name))
        assert re.fullmatch(rf"{name}[\s\-\[\],]+", line)
        told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        told = next(row for row in told["metrics"] if row["name"] == name)
        assert told["difference"] is None and told["p"] is None and told["significant"] is False
        assert "nan" not in str(found)
    assert not any(row.significant for row in (*compare(report, report).whole, *compare(report, report).corruptions))


def test_images_drawn_by_other_ids_are_refused():
    options = {"benchmark": "imagenet-c-extra", "corruptions": "spatter", "severities": 1}
    first, other = evaluate(**options), evaluate(ids="content", **options)
    with pytest.raises(ce.OptionError, match="the draws go by the places of the images and by ids content"):
        compare(first, other)
    with pytest.raises(ce.OptionError, match="the draws go by ids content and by the places of the images"):
        render([other, first], "text")
    compare(other, other)


def test_predictions_restricted_to_other_classes_are_refused():
    class Wide(TinyModel):
        def forward(self, images):
            return torch.nn.functional.pad(super().forward(images), (0, 2))

    options = {"benchmark": "imagenet-c-extra", "corruptions": "spatter", "severities": 1, "restrict_to_labels": True}
    narrow, wide = (evaluate(Wide(), labels={n: n for n in range(count)}, **options) for count in (3, 5))
    assert np.array_equal(narrow.labels, wide.labels)
    with pytest.raises(ce.OptionError, match="predictions are restricted to other classes"):
        compare(narrow, wide)
    compare(wide, wide)
