"""Reports as text, CSV, JSON and LaTeX: the layout, the numbers in it, and what must be said beside them."""

import csv
import dataclasses
import io
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import Condition
from corrupt_engine.catalogue.baseline import load_baseline
from corrupt_engine.records.examples import Example
from corrupt_engine.records.mistakes import ImagePair, Mistake
from corrupt_engine.reports.compare import compare
from corrupt_engine.reports.formats import FORMATS, render, save

from .test_evaluation import made_report
from .tiny import evaluate


@pytest.fixture(scope="module")
def two():
    return [made_report(60, 0, "ResNet_50"), made_report(60, 1, "VGG-11")]


def test_the_text_table_has_the_papers_layout(two):
    lines = render(two, "text").splitlines()
    groups = next(line for line in lines if "Noise" in line)
    assert re.findall(r"\w+", groups) == ["Noise", "Blur", "Weather", "Digital"]
    heads = next(line for line in lines if line.startswith("Network"))
    assert re.findall(r"[\w.]+", heads) == (
        [
            "Network",
            "Error",
            "mCE",
            "Gauss.",
            "Shot",
            "Impulse",
            "Defocus",
            "Glass",
            "Motion",
            "Zoom",
            "Snow",
            "Frost",
            "Fog",
            "Bright",
            "Contrast",
            "Elastic",
            "Pixel",
            "JPEG",
        ]
    )
    for report in two:
        place = next(n for n, line in enumerate(lines) if line.startswith(report.model))
        shown = [float(number) for number in re.findall(r"-?[\d.]+", lines[place][len(report.model) :])]
        expected = [100 * report.clean_error, 100 * report.mce(), *(100 * value for value in report.ce().values())]
        assert shown == pytest.approx(expected, abs=0.5001) and shown[:2] == pytest.approx(expected[:2], abs=0.05001)
        assert lines[place + 1].count("±") == 17
    # The bars between the groups stand below each other.
    assert [m.start() for m in re.finditer(r"\|", groups)] == [m.start() for m in re.finditer(r"\|", heads)]


def test_a_single_model_has_details():
    text = str(made_report())
    for words in (
        "clean error",
        "mCE",
        "relative mCE",
        "gaussian_noise",
        "mean accuracy",
        "95 % intervals over the 40 images",
        "calibration error, severity 5",
    ):
        assert words in text
    assert "40 images make wide intervals" in text
    assert "wide intervals" not in str(made_report(samples=5000))
    assert "frost was made with the procedural stand-in" in str(made_report(settings={"textures": "procedural"}))
    assert "stand-in" not in str(evaluate(benchmark="imagenet-c-extra", corruptions="spatter", textures="procedural"))
    assert "1 file(s) could not be read and are not counted: a.jpg" in str(
        made_report(skipped=((3, "a.jpg", "cut off"),))
    )


def test_csv_has_every_number(two):
    rows = list(csv.DictReader(io.StringIO(render(two, "csv"))))
    found = {(r["model"], r["metric"], r["corruption"], r["severity"]): r for r in rows}
    assert len(found) == len(rows)
    for report in two:
        cell = found[report.model, "errors", "fog", "3"]
        assert float(cell["value"]) == pytest.approx(report.errors["fog"][2], abs=1e-5)
        assert float(cell["low"]) <= float(cell["value"]) <= float(cell["high"])
        assert float(found[report.model, "mce", "", ""]["value"]) == pytest.approx(report.mce(), abs=1e-5)
        assert cell["images"] == "60"
    assert ("VGG-11", "calibration_error", "", "0") in found and ("VGG-11", "accuracy_by_severity", "", "5") in found


def test_json_has_every_number_and_is_a_baseline(two, tmp_path):
    (found,) = json.loads(render(two[:1], "json"))["reports"]
    assert found["mce"]["value"] == pytest.approx(two[0].mce()) and found["images"] == 60
    assert found["errors"]["fog"][2]["value"] == pytest.approx(two[0].errors["fog"][2])
    assert len(found["classes"]) == 4 and sum(c["images"] for c in found["classes"]) == 60
    assert [report["model"] for report in json.loads(render(two, "json"))["reports"]] == ["ResNet_50", "VGG-11"]
    baseline = load_baseline(save(two[:1], tmp_path / "own.json"))
    assert baseline.name == "ResNet_50" and baseline.errors == pytest.approx(two[0].as_baseline().errors)
    own = made_report(60, 0, "ResNet_50", baseline=baseline)
    assert own.mce() == pytest.approx(1)
    with pytest.raises(ce.OptionError, match="a JSON report on one model"):
        load_baseline(save(two, tmp_path / "two.json"))


def test_json_has_one_shape_whether_of_one_model_or_of_several(two):
    one, both = (json.loads(render(reports, "json")) for reports in (two[:1], two))
    assert list(one) == list(both) == ["reports"] and one["reports"] == both["reports"][:1]


def test_json_without_a_single_right_answer_is_still_json():
    report = made_report(20)
    for condition, predictions in report.predictions.items():
        report.predictions[condition] = predictions._replace(
            rank=np.full(20, -1, np.int32), confidence=np.full(20, np.nan, np.float32)
        )
    (found,) = json.loads(render([report], "json"))["reports"]
    assert found["accuracy_preserved"]["fog"] is None and found["calibration_error"] == [None] * 6
    assert found["invalid_predictions"] == 20 * 76 and " - " in str(report)


def test_latex_names_and_numbers(two, tmp_path):
    text = render(two, "latex")
    assert "ResNet\\_50 & " in text and "\\multicolumn{4}{c|}{Blur}" in text
    rows = [line for line in text.splitlines() if line.startswith(("ResNet", "VGG", "Network"))]
    assert {row.count("&") for row in rows} == {17}
    assert text.count("{") == text.count("}") and not re.search(r"(?<!\\)%\s*AlexNet", text)
    if shutil.which("pdflatex"):
        document = "\\documentclass{article}\\usepackage{booktabs,graphicx}\\begin{document}" + text + "\\end{document}"
        (tmp_path / "t.tex").write_text(document)
        subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )


def test_saving_is_by_suffix_and_leaves_nothing_half(two, tmp_path):
    for suffix in FORMATS.values():
        path = two[0].save(tmp_path / "deep" / f"r{suffix}")
        assert path.stat().st_size > 100
    assert len(list((tmp_path / "deep").iterdir())) == len(FORMATS)
    with pytest.raises(ce.UnknownNameError, match=r"unknown suffix '.doc'"):
        two[0].save(tmp_path / "r.doc")
    with pytest.raises(ce.OptionError, match="cannot be written"):
        two[0].save(tmp_path / "deep" / "r.txt" / "below.txt")


def test_reports_that_cannot_share_a_table(two):
    with pytest.raises(ce.OptionError, match="several baselines"):
        render([two[0], made_report(baseline=two[0].as_baseline())], "text")
    with pytest.raises(ce.OptionError, match="no report"):
        render([], "text")
    with pytest.raises(ce.UnknownNameError, match="unknown format 'word'"):
        render(two, "word")


def test_without_a_baseline_errors_stand_in_the_table():
    report = made_report(baseline=None)
    assert "mCE" not in str(report).replace("relative mCE", "") and "Mean" in str(report)
    with pytest.raises(ce.OptionError, match="no baseline"):
        report.mce()


HOSTILE = "=x\\input{/etc/passwd}\x1b[2J\n\n\\end{table*}\u202e<script>alert(1)</script>\"'>"
"""A name that is a formula, a command of TeX, an order to a terminal, and a script."""


def hostile_report(**options):
    pair = ImagePair(Mistake(Condition("fog", 3.0), 1, 0, 1, 0.9, 0.8), HOSTILE, b"<script>", b'"><script>')
    return made_report(
        40,
        model=HOSTILE,
        class_names=(HOSTILE,) * 4,
        image_pairs=(pair,),
        skipped=((99, HOSTILE, HOSTILE),),
        settings={"seed": HOSTILE, "variant": HOSTILE, HOSTILE: HOSTILE, "corrupt_engine": HOSTILE},
        run={HOSTILE: HOSTILE, "command": HOSTILE, "begun": HOSTILE, "versions": {HOSTILE: HOSTILE}, "device": HOSTILE},
        examples=tuple(Example(Condition(name, 0), 0, b'"><script>') for name in ("clean", "fog")),
        **options,
    )


def obeyed(text):
    return re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", text)


@pytest.mark.parametrize("several", [False, True])
def test_names_are_only_shown(several):
    """Names of models, files, classes, settings and baselines, in every format."""
    report = hostile_report()
    report = dataclasses.replace(report, baseline=dataclasses.replace(report.baseline, name=HOSTILE))
    reports = [report, report] if several else [report]
    text = render(reports, "text")
    assert not obeyed(text) and "=x\\input{/etc/passwd}\\x1b[2J\\n\\n" in text
    tex = render(reports, "latex")
    assert not obeyed(tex) and not re.search(r"(?m)^(?!%).*\\(input|end\{table\*\}.)", tex)
    assert tex.count(r"\end{table*}") - tex.count(r"\n\n\end{table*}") == 1
    assert all(line.startswith(("%", "\\")) or "&" in line for line in tex.splitlines())
    rows = list(csv.DictReader(io.StringIO(render(reports, "csv"))))
    assert {row["model"][:3] for row in rows} == {"'=x"} and not obeyed(render(reports, "csv"))
    page = render(reports, "html")
    assert not obeyed(page) and "&lt;script&gt;" in page
    assert re.findall("<script.*", page) == ["<script>"] and '<script>\n"use strict";' in page  # the page's own
    assert all(re.fullmatch("data:image/jpeg;base64,[A-Za-z0-9+/=]+", url) for url in re.findall('src="(.*?)"', page))
    assert all(re.fullmatch("#.*|data:image/jpeg;base64,.*", url) for url in re.findall('href="(.*?)"', page))
    assert json.loads(render(reports[:1], "json"))["reports"][0]["model"] == HOSTILE
    assert not obeyed(str(compare(report, report)))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_is_a_formula(first):
    """And negative numbers stay numbers."""
    report = made_report(40, model=first + "1")
    never = report.predictions["clean", 0, 0]._replace(rank=np.full(40, 7, np.int32))
    rows = csv_rows(dataclasses.replace(report, predictions={**report.predictions, ("clean", 0, 0): never}))
    assert all(row["model"].startswith("'") for row in rows)
    found = [row["value"] for row in rows if row["metric"] == "residual_robustness"]
    assert found and all(float(text) < 0 for text in found)


def csv_rows(report):
    return list(csv.DictReader(io.StringIO(render([report], "csv"))))
