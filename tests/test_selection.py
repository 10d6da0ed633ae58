"""Parts of a benchmark: which conditions are chosen, and what a report on them may not claim."""

import json

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN, Baseline, find_benchmark, load_baseline, select
from corrupt_engine.reports.formats import FORMATS, render
from corrupt_engine.reports.together import check_comparable
from corrupt_engine.tools.export import export

from .tiny import TinyImages, TinyModel, evaluate

WHOLE = find_benchmark("imagenet-c")
BLUR = ("defocus_blur", "glass_blur", "motion_blur", "zoom_blur")


@pytest.mark.parametrize(
    ("corruptions", "names"),
    [
        ("fog", ("fog",)),
        (["fog", "snow"], ("snow", "fog")),
        ("blur", BLUR),
        ("BLUR", BLUR),
        ("*_blur", BLUR),
        ("f*", ("frost", "fog")),
        ("fog, blur", (*BLUR, "fog")),
        (["blur", "fog,defocus_blur"], (*BLUR, "fog")),
        ("*", WHOLE.corruptions),
    ],
)
def test_names_groups_and_patterns(corruptions, names):
    part = select(WHOLE, corruptions)
    assert part.corruptions == names and set(part.severities.values()) == {(1, 2, 3, 4, 5)}
    assert len(part.conditions(2)) == 1 + 2 * 5 * len(names)
    assert part.is_part == (len(names) < 15)


def test_severities():
    part = select(WHOLE, "fog", (5, 1))
    assert part.severities == {"fog": (1, 5)} and [c.severity for c in part.conditions()] == [0, 1, 5]
    assert select(WHOLE, None, 3).severities == dict.fromkeys(WHOLE.corruptions, (3,))
    assert select(WHOLE, None, np.arange(1, 6)) == WHOLE and select(WHOLE, WHOLE.corruptions) == WHOLE
    assert select(part, None, 5).severities == {"fog": (5,)} and part.whole == WHOLE


@pytest.mark.parametrize(
    ("corruptions", "severities", "kind", "words"),
    [
        ("fogg", None, ce.UnknownNameError, "unknown corruption of imagenet-c 'fogg': did you mean 'fog'"),
        ("spatter", None, ce.UnknownNameError, "'spatter'"),
        ("x*", None, ce.UnknownNameError, "'x*'"),
        ("", None, ce.OptionError, "no corruption is chosen"),
        ([], None, ce.OptionError, "no corruption is chosen"),
        ([3], None, ce.OptionError, "3 is no name, group or pattern"),
        (None, 6, ce.SeverityError, "no severity 6 of these corruptions; it has 1, 2, 3, 4, 5"),
        (None, (1, 2.5), ce.SeverityError, "2.5"),
        (None, (), ce.OptionError, "no severity is chosen"),
    ],
)
def test_what_there_is_not(corruptions, severities, kind, words):
    with pytest.raises(kind) as caught:
        select(WHOLE, corruptions, severities)
    assert words in str(caught.value)
    with pytest.raises(kind):
        evaluate(corruptions=corruptions, severities=severities)


def test_all_nineteen():
    found = find_benchmark("imagenet-c-all")
    assert sorted(found.corruptions) == sorted((*WHOLE.corruptions, *find_benchmark("imagenet-c-extra").corruptions))
    assert [group for group, _ in found.groups] == ["Noise", "Blur", "Weather", "Digital"]
    assert found.baseline.name == "AlexNet" and len(found.conditions()) == 1 + 19 * 5


def test_a_part_is_evaluated_as_within_the_whole():
    whole = evaluate(benchmark="imagenet-c-extra")
    model = TinyModel()
    part = evaluate(model, benchmark="imagenet-c-extra", corruptions="sp*", severities=(2, 4))
    assert model.images == 10 * (1 + 2 * 2)
    assert list(part.predictions) == [CLEAN, *((n, s, 0) for n in ("speckle_noise", "spatter") for s in (2, 4))]
    for condition, given in part.predictions.items():
        for mine, other in zip(given, whole.predictions[condition], strict=True):
            assert np.array_equal(mine, other)


def test_a_part_claims_no_number_of_the_whole():
    """AlexNet's errors are means over five severities, and the mean over two corruptions is no mCE."""
    part = evaluate(benchmark="imagenet-c-extra", corruptions="sp*", severities=(2, 4))
    assert part.baseline is None and "mce" not in part.numbers and "ce" not in part.numbers
    with pytest.raises(ce.OptionError, match="no baseline for a part of imagenet-c-extra"):
        part.mce()
    said = "A part of imagenet-c-extra: 2 of 4 corruptions (speckle_noise, spatter); severities 2, 4."
    for name in FORMATS:
        text = render([part], name)
        assert "mCE" not in text
        if name in ("text", "html"):
            assert said in text, name
    (found,) = json.loads(render([part], "json"))["reports"]
    assert "mce" not in json.dumps(found)
    assert part.severities == {"speckle_noise": (2, 4), "spatter": (2, 4)}
    assert part.numbers["errors"].value.shape == (2, 2)
    assert "A part of" not in str(evaluate(benchmark="imagenet-c-extra"))


def test_uneven_parts_are_described():
    whole = evaluate(benchmark="imagenet-c-extra")
    kept = {c: p for c, p in whole.predictions.items() if c.corruption != "spatter" or c.severity == 3}
    report = ce.Report("m", "imagenet-c-extra", kept, whole.labels)
    assert "A part of imagenet-c-extra: severity 3 of spatter. Means" in str(report)


def test_a_baseline_must_be_of_the_same_severities(tmp_path):
    options = {"benchmark": "imagenet-c-extra", "corruptions": "sp*"}
    alexnet = find_benchmark("imagenet-c").baseline
    # All severities of two corruptions: AlexNet's own means fit.
    report = evaluate(**options, baseline=alexnet)
    assert set(report.ce()) == {"speckle_noise", "spatter"}
    model = TinyModel()
    with pytest.raises(
        ce.OptionError, match=r"AlexNet has the mean error of speckle_noise over severities 1, 2, 3, 4, 5"
    ):
        evaluate(model, **options, severities=(1, 2), baseline=alexnet)
    with pytest.raises(ce.OptionError, match=r"baseline B has no error for 'speckle_noise'"):
        evaluate(model, **options, baseline=Baseline("B", 0.1, {"fog": 0.5}))
    assert model.images == 0, "a baseline that does not fit must be refused before the model is asked"
    # Another model's part fits the same part, and no other one, as an object and as JSON.
    part = evaluate(TinyModel(2.0), **options, severities=(1, 2), mean=0.3)
    part.save(tmp_path / "part.json")
    for baseline in (part.as_baseline(), load_baseline(tmp_path / "part.json")):
        same = evaluate(**options, severities=(1, 2), baseline=baseline)
        assert same.ce()["spatter"] == pytest.approx(np.mean(same.errors["spatter"]) / np.mean(part.errors["spatter"]))
        with pytest.raises(ce.OptionError, match=r"over severities 1, 2, the numbers are about 1, 2, 3, 4, 5"):
            evaluate(**options, baseline=baseline)


def test_parts_that_differ_are_not_compared():
    a = evaluate(benchmark="imagenet-c-extra", corruptions="sp*")
    b = evaluate(benchmark="imagenet-c-extra", corruptions=["spatter", "saturate"])
    with pytest.raises(ce.OptionError, match=r"same conditions of imagenet-c-extra: they differ in speckle_noise, sat"):
        check_comparable(a, b)
    check_comparable(a, evaluate(TinyModel(2.0), benchmark="imagenet-c-extra", corruptions="sp*"))


def test_a_part_is_exported_and_then_another(tmp_path):
    source, options = TinyImages(4), {"benchmark": "imagenet-c-extra", "progress": False, "num_workers": 0}
    found = export(source, tmp_path / "f", corruptions="saturate", severities=(1, 2), **options)
    assert (found.images, found.made) == (8, 8)
    found = export(source, tmp_path / "f", corruptions="sat*", **options)
    assert (found.images, found.made) == (20, 12)
    assert len(list((tmp_path / "f").rglob("*.JPEG"))) == 20
    with pytest.raises(ce.OptionError, match="holds all severities"):
        export(source, tmp_path / "n", "npy", severities=1, **options)
    export(source, tmp_path / "n", "npy", corruptions="saturate", **options)
    export(source, tmp_path / "n", "npy", corruptions="spatter", **options)
    assert np.load(tmp_path / "n" / "spatter.npy").shape == (20, 8, 8, 3)
    assert sorted(path.name for path in (tmp_path / "n").glob("*.npy")) == ["labels.npy", "saturate.npy", "spatter.npy"]


def test_an_array_export_that_was_begun_is_not_taken_for_another(tmp_path):
    """progress.json says which samples are done, but of these corruptions."""

    source = TinyImages(20)
    whole = source.images
    options = {"benchmark": "imagenet-c-extra", "progress": False, "num_workers": 0, "batch_size": 2}
    source.images = dict(enumerate(whole))
    del source.images[18]  # none of those that the fingerprint looks at
    with pytest.raises(KeyError):
        export(source, tmp_path / "n", "npy", corruptions="saturate", **options)
    source.images = whole
    with pytest.raises(ce.ExportError, match=r"an export of saturate was begun"):
        export(source, tmp_path / "n", "npy", corruptions="spatter", **options)
    export(source, tmp_path / "n", "npy", corruptions="saturate", **options)
