"""Numbers and formats by registration: one place adds one, its axes keep their names."""

import json
import subprocess
import sys

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.reports.compare import compare
from corrupt_engine.reports.estimate import Estimate
from corrupt_engine.reports.formats import FORMATS, registry, render, save
from corrupt_engine.reports.formats.csv import rows
from corrupt_engine.reports.numbers import NUMBERS
from corrupt_engine.reports.registry import CARDS, COMPARISON, MODELS, TEXT, Shown, number

from .test_evaluation import made_report
from .test_uneven_levels import in_csv, uneven


@pytest.fixture
def fresh_numbers():
    """What a test registers is gone after it."""
    known = dict(NUMBERS)
    yield
    NUMBERS.clear()
    NUMBERS.update(known)


@pytest.fixture
def fresh_formats():
    known = dict(registry.registered())
    yield
    registry._FORMATS.clear()
    registry._FORMATS.update(known)


def worst_is_told_by_severity(found, report):
    """Whether these labels are the severities with the highest error at each."""
    expected = {}
    for name, own in report.severities.items():
        for severity, error in zip(own, report.errors[name], strict=True):
            expected["", str(severity)] = max(error, expected.get(("", str(severity)), 0.0))
    return found == pytest.approx(expected, abs=1e-5)


def test_a_new_number_is_told_under_its_labels(fresh_numbers):
    @number("worst_error", ("severity",), shown=Shown("worst error", 99, (TEXT, MODELS, COMPARISON)))
    def worst_error(m):
        return np.nanmax(m.errors, axis=-2)

    for report in (made_report(), uneven()):
        assert worst_is_told_by_severity(in_csv(report, "worst_error"), report)
        (found,) = json.loads(render([report], "json"))["reports"]
        severities = found["axes"]["severity"]
        assert found["dims"]["worst_error"] == ["severity"] and severities == list(report.all_severities)
        told = {("", str(s)): one["value"] for s, one in zip(severities, found["worst_error"], strict=True)}
        assert worst_is_told_by_severity(told, report)
        for name in FORMATS:
            assert render([report, report], name)
    assert "worst error, severity 10" in str(uneven()) and "worst error, severity 10" in render([uneven()], "html")
    assert "Worst error, severity 10" in render([uneven(), uneven()], "html")
    assert "worst error, severity 2" in str(compare(uneven(), uneven(more=1)))


def test_and_is_gone_again():
    assert "worst_error" not in NUMBERS and not in_csv(made_report(), "worst_error")


def test_wrong_labels_would_be_noticed(fresh_numbers):
    """Told under the names of corruptions, as when a format took the first axis for them, the check above fails."""
    report = made_report()
    worst = np.max(list(report.errors.values()), axis=0).tolist()
    assert worst_is_told_by_severity({("", str(s)): value for s, value in enumerate(worst, 1)}, report)
    taken_for_corruptions = {(name, ""): value for name, value in zip(report.corruptions[:5], worst, strict=True)}
    shifted = {("", str(s)): value for s, value in enumerate(worst)}
    assert not worst_is_told_by_severity(taken_for_corruptions, report)
    assert not worst_is_told_by_severity(shifted, report)

    @number("worst_error", ("corruption",))
    def worst_error(m):
        return m.errors.max(-2)

    with pytest.raises(ValueError, match=r"number 'worst_error': .*\(5,\) does not fit.*'corruption'.*\(15,\)"):
        render([report], "csv")


def test_what_cannot_be_registered(fresh_numbers, fresh_formats):
    with pytest.raises(ValueError, match=r"'error' is defined twice: here and in corrupt_engine\.reports\.numbers"):
        number("error")(lambda m: m.clean)
    with pytest.raises(ValueError, match="no dimension 'class'; there are corruption, severity, level, bin"):
        number("by_class", ("class",))
    with pytest.raises(ValueError, match="no interval 'bca'; there are score, smoothed, none"):
        number("skewed", interval="bca")
    with pytest.raises(ValueError, match=r"'text' \(\.md\) is defined twice: 'text' has \.txt"):
        registry.report_format("text", suffix=".md")(render)
    with pytest.raises(ValueError, match=r"'tabs' \(\.csv\) is defined twice: 'csv' has \.csv"):
        registry.report_format("tabs", suffix=".csv")(render)


def test_a_number_that_needs_a_baseline_is_left_out_without_one(fresh_numbers):
    number("share", needs_baseline=True)(lambda m: m.clean / m.reference_clean)
    assert float(uneven().numbers["share"].value) == pytest.approx(0.5)
    assert "share" not in uneven(baseline=None).numbers and "mce" not in uneven(baseline=None).numbers
    number("careless")(lambda m: m.reference.mean())
    with pytest.raises(ce.OptionError, match="declare the number as one that needs it"):
        _ = uneven(baseline=None).numbers


def test_a_new_format_is_rendered_and_saved_by_its_suffix(fresh_formats, tmp_path):
    @registry.report_format("markdown", suffix=".md")
    def markdown(reports):
        return "\n".join(f"- {report.model}" for report in reports)

    assert FORMATS["markdown"] == ".md" and "markdown" in FORMATS
    assert render([uneven("a"), uneven("b")], "markdown") == "- a\n- b\n"
    assert save([uneven("a")], tmp_path / "r.md").read_text() == "- a\n"
    assert uneven("c").save(tmp_path / "c.MD").read_text() == "- c\n"


def test_and_its_suffix_is_gone_again(tmp_path):
    assert dict(FORMATS) == {"csv": ".csv", "html": ".html", "json": ".json", "latex": ".tex", "text": ".txt"}
    with pytest.raises(ce.UnknownNameError, match=r"unknown suffix '\.md'"):
        uneven().save(tmp_path / "r.md")


def test_jinja2_waits_for_a_page():
    code = (
        "import sys; from corrupt_engine.reports.formats import FORMATS; print(list(FORMATS)); "
        "print([name for name in ('jinja2', 'markupsafe', 'torch', 'numba', 'PIL') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.splitlines() == [str(list(FORMATS)), "[]"]


def test_numbers_are_found_by_label():
    errors = uneven().numbers["errors"]
    assert errors.cell(corruption="snow", severity=10).value == pytest.approx(0.8)
    row = errors.at(severity=2)
    assert row.dims == ("corruption",) and row.cell(corruption="fog").value == pytest.approx(0.4)
    assert [labels for labels, *_ in row.cells()] == [{"corruption": "fog"}, {"corruption": "snow"}]
    value, low, high = errors.at(corruption="flip", severity=1)
    assert low <= value <= high and value.shape == ()
    for wrong in ({"severity": 4}, {"corruption": "rain"}, {"level": 0}):
        with pytest.raises(KeyError, match="there is no"):
            errors.at(**wrong)
    with pytest.raises(KeyError, match="needs a label for severity"):
        errors.cell(corruption="fog")


def test_an_estimate_that_does_not_fit_its_labels_is_refused():
    values = (np.zeros(3),) * 3
    with pytest.raises(ValueError, match="'severity' has no labels; there are labels of corruption"):
        Estimate(*values, ("severity",), {"corruption": ("fog",)})
    with pytest.raises(ValueError, match=r"\(3,\) does not fit the dimensions"):
        Estimate(*values, ("severity",), {"severity": (1, 2)})


def test_the_csv_refuses_what_its_columns_cannot_tell():
    values = (np.zeros(2),) * 3
    with pytest.raises(ce.OptionError, match=r"by_class has the dimensions \('class',\)"):
        list(rows("by_class", Estimate(*values, ("class",), {"class": ("cat", "dog")})))
    both = {"severity": (1, 2), "level": (0, 1)}
    with pytest.raises(ce.OptionError, match="columns of the CSV cannot tell"):
        list(rows("both", Estimate(*(np.zeros((2, 2)),) * 3, ("severity", "level"), both)))
    assert not list(rows("bins", Estimate(*values, ("bin",), {"bin": (0, 1)})))


def test_labels_and_sentences_of_the_summaries():
    for shown in (n.shown for n in NUMBERS.values() if n.shown is not None):
        assert CARDS not in shown.summaries or shown.meaning
        assert set(shown.summaries) <= {TEXT, CARDS, MODELS, COMPARISON}
