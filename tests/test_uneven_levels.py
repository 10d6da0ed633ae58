"""A benchmark whose corruptions have different severities: its means by hand, and how every format shows it."""

import csv
import io
import json
import re

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN, Baseline, Condition
from corrupt_engine.metrics.predictions import Predictions
from corrupt_engine.reports.compare import compare
from corrupt_engine.reports.findings import per_class
from corrupt_engine.reports.formats import FORMATS, render
from corrupt_engine.reports.levels import axes, existing, spread_out

UNEVEN = {"fog": (1, 2, 3), "flip": (1,), "snow": (2, 10)}
# How many of ten images are wrong: clean, and at each severity.
WRONG = {"clean": (1,), "fog": (2, 4, 6), "flip": (5,), "snow": (3, 8)}
BASELINE = Baseline("Old", 0.2, {"fog": 0.5, "flip": 0.5, "snow": 0.5}, UNEVEN)
DEFINITION = """
name = "made-up"
source = "by hand"

[benchmarks.made-up]
corruptions = ["fog", "flip", "snow"]

[variants.made-up]
table = "only"

[corruptions.fog]
group = "Weather & more"
short = "Fog"
tables.only.amount = [1, 2, 3]

[corruptions.flip]
group = "Geometric"
short = "Flip"
tables.only.amount = 1

[corruptions.snow]
group = "Weather"
short = "Snow"
tables.only.amount = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
"""


def first_wrong(count, confidence=0.9):
    """Predictions on ten images of which the first ones are wrong."""
    rank = (np.arange(10) < count).astype(np.int32) * 7
    return Predictions(rank, np.full(10, confidence, np.float32), rank)


def uneven(model="by hand", levels=UNEVEN, more=0, **options):
    """A report on a part of a benchmark: all but some severities of snow, unless `levels` says otherwise."""
    predictions = {CLEAN: first_wrong(WRONG["clean"][0])}
    for name, severities in levels.items():
        for severity, count in zip(severities, WRONG[name], strict=True):
            predictions[Condition(name, severity)] = first_wrong(count + more)
    options = {"baseline": BASELINE, "settings": {"definition": DEFINITION}, **options}
    return ce.Report(model, "made-up", predictions, np.zeros(10, np.int64), np.arange(10), **options)


def in_csv(report, metric):
    """{(corruption, severity): value} of a metric."""
    lines = csv.DictReader(io.StringIO(render([report], "csv")))
    return {(r["corruption"], r["severity"]): float(r["value"] or "nan") for r in lines if r["metric"] == metric}


def test_means_of_uneven_levels_by_hand():
    report = uneven()
    n = report.numbers
    assert report.errors == {
        "fog": pytest.approx([0.2, 0.4, 0.6]),
        "flip": pytest.approx([0.5]),
        "snow": pytest.approx([0.3, 0.8]),
    }
    assert n["errors"].coords["severity"] == (1, 2, 3, 10)
    gap = np.nan
    table = [[0.2, 0.4, 0.6, gap], [0.5, gap, gap, gap], [gap, 0.3, gap, 0.8]]
    assert n["errors"].value == pytest.approx(np.array(table), nan_ok=True)
    assert n["error"].value == pytest.approx(np.array([0.4, 0.5, 0.55]))
    assert n["mean_error"].value == pytest.approx((0.4 + 0.5 + 0.55) / 3)
    by_severity = [1 - (0.2 + 0.5) / 2, 1 - (0.4 + 0.3) / 2, 1 - 0.6, 1 - 0.8]
    assert n["accuracy_by_severity"].value == pytest.approx(np.array(by_severity))
    assert report.accuracy_by_severity() == pytest.approx(by_severity)
    assert n["mce"].value == pytest.approx((0.8 + 1.0 + 1.1) / 3) and report.mce() == pytest.approx(2.9 / 3)
    # (0.4 - 0.1) / (0.5 - 0.2) and so on
    assert n["relative_ce"].value == pytest.approx(np.array([1, 4 / 3, 1.5]))
    assert list(report.relative_ce().values()) == pytest.approx([1, 4 / 3, 1.5])
    assert n["mean_accuracy_preserved"].value == pytest.approx((0.6 + 0.5 + 0.45) / 3 / 0.9)
    # All predictions are 90 % sure, so that they share a bin at each level.
    gaps = [abs(0.9 - accuracy) for accuracy in (0.9, *by_severity)]
    assert n["calibration_error"].value == pytest.approx(np.array(gaps), abs=1e-6)
    assert report.over_trials()["mean_error"].mean == pytest.approx((0.4 + 0.5 + 0.55) / 3)
    assert report.as_baseline().errors == pytest.approx({"fog": 0.4, "flip": 0.5, "snow": 0.55})
    assert per_class(report).corrupted == pytest.approx([1 - (0.4 + 0.5 + 0.55) / 3])
    for name, (value, low, high) in n.items():
        known = ~np.isnan(value)
        assert known.all() or name in ("errors", "bin_accuracy"), name
        if name == "calibration_error":
            assert np.isnan(low).all() and np.isnan(high).all()
            continue
        assert not np.isnan(low[known]).any() and not np.isnan(high[known]).any(), name


def test_uneven_levels_in_every_format():
    report = uneven(model="by hand")
    for name in FORMATS:
        text = render([report], name)
        assert "by hand" in text and not re.search(r"\bnan\b", text, re.I)
        assert render([report, uneven("B", more=1), uneven("C")], name)
    assert set(in_csv(report, "errors")) == {(c, str(s)) for c, own in UNEVEN.items() for s in own}
    assert list(in_csv(report, "calibration_error")) == [("", str(level)) for level in (0, 1, 2, 3, 10)]
    (found,) = json.loads(render([report], "json"))["reports"]
    assert found["axes"]["severity"] == [1, 2, 3, 10] and found["axes"]["level"] == [0, 1, 2, 3, 10]
    assert [one and round(one["value"], 6) for one in found["errors"]["snow"]] == [None, 0.3, None, 0.8]
    lines = str(report).splitlines()
    heads = next(line for line in lines if line.startswith("top-1 error"))
    snow = next(line for line in lines if line.startswith("snow"))
    for head, shown in (("s2", "30.0"), ("s10", "80.0")):
        end = heads.index(head) + len(head)
        assert snow[:end].endswith(shown)
    assert r"\multicolumn{1}{c|}{Weather \& more}" in render([report], "latex")
    bars = [[m.start() for m in re.finditer(r"\|", line)] for line in lines if "  | " in line]
    assert len(bars) == 4 and all(found == bars[0] for found in bars)


def test_uneven_levels_on_the_page():
    page = render([uneven()], "html")
    assert "3 corruptions at up to three severities" in page and "clean through severity 1 to 10" in page
    assert "At the mildest severity" not in page
    assert "by hand from 10 % clean to 80 % at severity 10" in page and "to 50 % at severity 1<" in page
    assert page.count("has no severity") == 3 * 4 - 6
    assert page.count('<figure class="chart') == 3 + 5


def test_a_benchmark_of_one_level():
    report = uneven(levels={"flip": (1,)})
    assert float(report.numbers["mean_error"].value) == pytest.approx(0.5)
    for name in FORMATS:
        assert not re.search(r"\bnan\b", render([report], name), re.I)
    page = render([report], "html")
    assert "1 corruption at one severity" in page and "from clean through severity 1." in page
    assert "the last is their mean" not in page and page.count('<figure class="chart') == 1 + 2
    (line,) = re.findall(r'<polyline points="([\d., ]+)" class="baseline">', page)
    start, end = (float(point.split(",")[0]) for point in line.split())
    assert end - start > 10  # a stroke that can be seen


def test_uneven_levels_compared():
    found = compare(uneven("A"), uneven("B", more=1))
    assert [row.difference for row in found.corruptions] == pytest.approx([0.1] * 3)
    assert [row.name for row in found.whole] == [
        "clean error",
        "corrupted error",
        "mCE",
        "relative mCE",
        "accuracy preserved",
    ]


def test_tables_of_levels():
    assert existing(("level", "corruption"), UNEVEN).tolist() == [
        [True, True, True],
        [True, True, False],
        [True, False, True],
        [True, False, False],
        [False, False, True],
    ]
    assert existing((), UNEVEN).shape == () and existing(("severity",), UNEVEN).all()
    assert spread_out(np.arange(6.0), UNEVEN)[2, 3] == 5 and axes(UNEVEN)["level"] == (0, 1, 2, 3, 10)
