"""What stands on the page: each part, for one model and for several, and what its script does in a browser."""

import base64
import dataclasses
import functools
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.catalogue import conditions
from corrupt_engine.metrics.predictions import Predictions
from corrupt_engine.reports.compare import compare
from corrupt_engine.reports.formats import html, render
from corrupt_engine.reports.formats.html import charts, svg
from corrupt_engine.reports.ranking import ranked, standings

from .browser import asked, needs_chromium
from .dom import parsed
from .test_evaluation import made_report
from .test_uneven_levels import uneven
from .tiny import TinyImages, evaluate

EXTRA = "imagenet-c-extra"


@pytest.fixture(scope="module")
def tiny():
    return evaluate(source=TinyImages(30), class_names=["dark", "grey", "bright"], command="make me")


@pytest.fixture(scope="module")
def page(tiny):
    return render([tiny], "html")


@functools.cache
def model(name, easy, images=400):
    """A model that is right on the images whose difficulty is below `easy`, less with each severity, but for chance."""
    hard = np.random.default_rng(0).random(images)
    chance = np.random.default_rng(sum(map(ord, name)))
    labels = np.arange(images) % 4
    found = {}
    for condition in conditions("imagenet-c"):
        wrong = 0.9 * hard + 0.1 * chance.random(images) > easy - 0.1 * condition.severity
        confidence = np.where(wrong, 0.5, 0.9).astype(np.float32)
        rank = np.where(wrong, 7, 0).astype(np.int32)
        found[condition] = Predictions(np.where(wrong, 5, labels).astype(np.int32), confidence, rank)
    return ce.Report(name, "imagenet-c", found, labels, np.arange(images), class_names=("a", "b", "c", "d", "e", "f"))


@pytest.fixture(scope="module")
def three():
    # Given in another order than that of their errors; the two best hardly differ.
    return [model("worst <b>", 0.7), model("second", 0.897), model("best", 0.9)]


@pytest.fixture(scope="module")
def side_by_side(three):
    return render(three, "html")


class Chance:
    """Answers by the image's sum: right and wrong, whatever is shown."""

    fingerprint = "chance"

    def __call__(self, images):
        bright = (images.sum(dim=(1, 2, 3)) * 0.37) % 1.0
        return torch.stack([bright, 1 - bright], dim=1)


def section(page, name):
    return parsed(page).one("section", id=name)


def test_each_chart_has_an_image_clean_and_corrupted(tiny, page):
    images = {example.condition.corruption: example.image for example in tiny.examples}
    figures = section(page, "severity").all("figure")
    assert [figure.one("figcaption").text for figure in figures] == list(tiny.corruptions)
    for name, figure in zip(tiny.corruptions, figures, strict=True):
        pair = figure.one("div", "example")
        shown = base64.b64decode(pair.one("img")["src"].partition(",")[2])
        assert shown == images[name] and pair.one("use")["href"] == "#clean-image"
        assert [text.text for text in pair.all("span")] == ["clean", "severity 3"]
        assert f"under {name}, severity 3" in pair.one("img")["alt"]
    clean = parsed(page).one("image", id="clean-image")["href"]
    assert base64.b64decode(clean.partition(",")[2]) == images["clean"]


def test_a_report_without_examples_has_its_charts():
    found = section(render([made_report()], "html"), "severity")
    assert len(found.all("figure")) == 15 and not found.all("div", "example") and "Above each chart" not in found.text


def test_relative_mce_is_explained_to_whoever_reads_it(page):
    cards = {card.one("span", "name").text: card.one("span", "what").text for card in parsed(page).all("div", "card")}
    assert cards["Relative mCE"] == (
        "how far the error rises from clean to corrupted, as a share of AlexNet's rise (100 % = as far); "
        "lower is better"
    )
    words = section(page, "words")
    assert "Relative mCE" in [term.text for term in words.all("dt")] and "however good the model is" in words.text


def test_all_values_stand_in_a_plain_table(tiny, page):
    rows = section(page, "values").one("details").one("tbody").all("tr")
    assert len(rows) == 1 + 75
    for row in rows[1:]:
        name, severity = row.one("th").text, int(row.all("td")[0].text)
        found = tiny.numbers["errors"].cell(corruption=name, severity=severity)
        value, around = (cell.text for cell in row.all("td")[1:])
        assert float(value) == pytest.approx(100 * found.value, abs=0.051)
        ends = [float(end) for end in re.findall(r"[\d.]+", around)]
        assert ends == pytest.approx([100 * found.low, 100 * found.high], abs=0.051)


def test_the_contents_lead_to_every_section(page, side_by_side):
    for text in (page, side_by_side):
        found = parsed(text)
        links = found.one("nav").all("a")
        assert [link["href"] for link in links] == [f"#{one['id']}" for one in found.all("section")]
        assert [link.text for link in links] == [one.one("h2").text for one in found.all("section")]
        names = [one["id"] for one in found if "id" in one.attributes]
        assert len(set(names)) == len(names)
    assert "ranking" not in {one["id"] for one in parsed(page).all("section")}


def test_the_page_says_when_and_how_it_was_made_and_what_to_cite(tiny, page):
    day = tiny.run["begun"][:10]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day) and parsed(page).one("time").text.startswith(day)
    made = section(page, "made")
    told = dict(zip((t.text for t in made.all("dt")), (d.text for d in made.all("dd")), strict=True))
    assert told["Date"].startswith(day) and told["Command"] == "make me"
    assert f"numpy {np.__version__}" in told["Versions"] and "python 3" in told["Versions"]
    cite = section(page, "cite").text
    assert "Hendrycks and Dietterich 2019, arXiv:1903.12261, section 3" in cite
    assert f"corrupt-engine, version {ce.__version__}" in cite and "30 images" in cite
    # A report that was made by hand has none of it on record.
    bare = section(render([made_report()], "html"), "made").text
    assert "Date" not in bare and "Command" not in bare and "no settings on record" in bare


def test_no_path_that_nobody_typed(page):
    assert str(Path.home()) not in page and str(Path(__file__).parent.parent) not in page


def test_the_heat_map_has_a_column_of_the_clean_images(tiny, page, side_by_side):
    table = section(page, "heat").one("table", "heat")
    heads = [head.text for head in table.all("tr")[1].all("th")]
    assert heads[:3] == ["", "clean", "Gauss."]
    first, *others = table.one("tbody").all("tr")
    clean = first.all("td")[0]
    assert clean["rowspan"] == "6" and f"clean images: {100 * tiny.clean_error:.1f} %" in clean["title"]
    assert len(first.all("td")) == 16 and all(len(row.all("td")) == 15 for row in others)
    for row in section(side_by_side, "heat").all("table")[0].one("tbody").all("tr"):
        assert len(row.all("td")) == 16 and "clean images" in row.all("td")[0]["title"]


def test_classes_have_their_names_wherever_they_stand(page, side_by_side):
    assert not re.search(r"\bclass \d", page)
    assert "grey" in section(page, "mistakes").text
    assert [row.one("th").text for row in section(page, "classes").all("tbody")[0].all("tr")]
    found = section(side_by_side, "classes")
    assert {row.one("th").text for row in found.one("tbody").all("tr")} == set("abcd")


@pytest.mark.parametrize(
    ("make", "columns", "spans"),
    [
        (lambda: made_report(), 4, [3, 4, 4, 4]),
        (lambda: evaluate(benchmark=EXTRA), 4, [1, 1, 1, 1]),
        (lambda: uneven(), 3, [1, 1, 1]),
        (lambda: uneven(levels={"flip": (1,)}), 1, [1]),
    ],
    ids=["15", "4", "3", "1"],
)
def test_charts_fill_the_width(make, columns, spans):
    found = section(render([make()], "html"), "severity")
    assert f"--columns:{columns};" in found.one("div", "groups")["style"]
    assert [int(group["style"].removeprefix("--span:")) for group in found.all("div", "group")] == spans
    (width,) = {figure.one("div", "plot").one("svg")["viewbox"].split()[2] for figure in found.all("figure")}
    assert float(width) == charts.SIZES[columns][0]


def test_models_are_ranked_and_their_distance_from_the_best_is_judged(three, side_by_side):
    found = section(side_by_side, "ranking")
    rows = [[cell.text for cell in row if cell.tag in ("th", "td")] for row in found.one("tbody").all("tr")]
    assert [row[0] for row in rows] == ["A best", "B second", "C worst <b>"]
    for row, report in zip(rows, ranked(three), strict=True):
        assert float(row[2].strip("★")) == pytest.approx(100 * report.mce(), abs=0.051)
    assert [row[-1] for row in rows] == ["best", "not significantly different from the best", "significantly worse"]
    # The p-values are those of `compare`, adjusted for the two comparisons.
    worst, second, best = three
    p = [next(row for row in compare(best, other).whole if row.name == "mCE").p for other in (second, worst)]
    assert p[0] > 0.05 and rows[1][-2] == f"{max(p[0], 2 * p[1]):.3f}" and rows[2][-2] == f"{2 * p[1]:.3f}"


def test_the_best_of_each_row_is_marked_and_who_is_as_good(three, side_by_side):
    numbers, errors = section(side_by_side, "numbers").all("table")
    for key, lower, row in (
        ("clean_error", True, numbers.one("tbody").all("tr")[0]),
        ("mean_accuracy_preserved", False, numbers.one("tbody").all("tr")[-2]),
    ):
        best = [cell for cell in row.all("td") if "best" in cell.kinds]
        values = [float(report.numbers[key].value) for report in three]
        expected = min(values) if lower else max(values)
        assert best and all(float(c["data-value"]) == pytest.approx(expected, abs=1e-5) for c in best)
        assert all(cell.text.startswith("★best:") for cell in best)
    # Each row by itself: Holm over the other models.
    found = standings(ranked(three), "error")
    for row, standing in zip(errors.one("tbody").all("tr"), found, strict=True):
        cells = row.all("td")
        assert [("★" in c.text, "≈" in c.text) for c in cells] == [
            (s.best, s.within_chance and not s.best) for s in standing
        ]
        assert "★" in row.text and [c.text[0] for c in cells][2] not in "★≈"  # the worst is worse by more than chance


def test_twelve_models_can_still_be_told_to_be_worse():
    # 11 comparisons a row with p-values of at least 2 / 2001: adjusted for all rows together none would be significant.
    reports = [model(f"model {n}", 0.9 - 0.02 * n) for n in range(12)]
    last = [row[-1] for row in standings(reports, "error")]
    assert not any(standing.within_chance for standing in last) and all(s.difference.adjusted < 0.05 for s in last)


def test_a_model_beside_itself_is_as_good():
    twice = standings([model("best", 0.9), dataclasses.replace(model("best", 0.9), model="again")], "error")
    assert all(standing.best for row in twice for standing in row)
    (alone,) = standings([model("best", 0.9)], "mce")
    assert alone[0].best and alone[0].difference is None


def test_numbers_that_are_not_defined_have_no_standing():
    report = made_report(20)
    nothing = {c: p._replace(rank=np.full(20, 7, np.int32)) for c, p in report.predictions.items()}
    never = dataclasses.replace(report, model="never right", predictions=nothing)
    ((some, none),) = standings([report, never], "mean_accuracy_preserved", lower_is_better=False)
    assert some.best and some.difference is None and not none.best and not none.within_chance
    assert ranked([never, report]) == [report, never]
    assert "never right" in render([never, report], "html")


def test_the_heat_map_of_several_models_has_every_severity(three, side_by_side):
    found = section(side_by_side, "heat")
    names = ["mean", *(f"severity {s}" for s in range(1, 6))]
    assert [label.text for label in found.all("label")] == names
    choices = found.all("input", type="radio", name="level")
    assert [choice["id"] for choice in choices] == [label["for"] for label in found.all("label")]
    assert ["checked" in choice.attributes for choice in choices] == [True] + 5 * [False]
    panels = found.all("div", "panel")
    for severity, panel in enumerate(panels[1:], 1):
        cell = panel.one("tbody").all("tr")[0].all("td")[1]
        expected = ranked(three)[0].errors["gaussian_noise"][severity - 1]
        assert f"severity {severity}: {100 * expected:.1f} %" in cell["title"]


def test_no_two_models_look_alike_and_none_by_colour_alone():
    looks = [(*charts.series(n).split()[:2], charts.shape(n)) for n in range(60)]
    assert len(set(looks)) == 60
    assert len({look[1:] for look in looks[:12]}) == 12  # without their colours


def test_lines_of_calibration_have_letters_dashes_and_points(three, side_by_side):
    found = section(side_by_side, "calibration")
    assert len({tuple(li.one("b").text for li in found.one("ul", "legend").all("li"))}) == 1
    for figure in found.all("figure"):
        assert [text.text for text in figure.all("text", "letter")] == ["A", "B", "C"]
        assert {line.kinds[-2] for line in figure.all("polyline", "thin")} == {"d0", "d1", "d2"}
        assert {mark.attributes.get("d") for mark in figure.all(None, "dot")} == {
            None,
            svg.SHAPES["square"],
            svg.SHAPES["triangle"],
        }


def test_what_must_be_said_of_all_models_is_said_once():
    many, few = made_report(20, model="A"), made_report(20, 1, "B")
    textured = dataclasses.replace(few, settings={"textures": "procedural"})
    notes = [note.text for note in parsed(render([many, textured], "html")).all("p", "caution")]
    assert [note[:12] for note in notes if "wide intervals" in note] == ["20 images ma"]
    assert [note[:11] for note in notes if "procedural" in note] == ["B: frost wa"]


def test_of_many_models_the_page_shows_few_mistakes_each(tiny):
    reports = [dataclasses.replace(tiny, model=str(n), image_pairs=tiny.image_pairs[:1] * 12) for n in range(6)]
    assert len(section(render(reports, "html"), "mistakes").all("article")) == 12


def test_labels_are_spread_out_within_their_room():
    assert svg.spread([], 10, 0, 40) == []
    for places in ([5, 5, 5], [39, 40, 40], [0, 40, 20], [20.0] * 12):
        found = svg.spread(places, 10, 0, 40)
        gaps = np.diff(sorted(found))
        assert min(found) >= 0 and max(found) <= 40 + 1e-9 and gaps.min() >= min(10, 40 / (len(places) - 1)) - 1e-9
        assert [n for n, _ in sorted(enumerate(places), key=lambda pair: pair[1])] == [
            n for n, _ in sorted(enumerate(found), key=lambda pair: pair[1])
        ]


def luminance(colour):
    light = [((int(colour[n : n + 2], 16) / 255) + 0.055) / 1.055 for n in (1, 3, 5)]
    parts = [part**2.4 if part > 0.0934 else (part * 1.055 - 0.055) / 12.92 for part in light]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(a, b):
    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def test_letters_stand_out_in_light_and_in_dark():
    style = (Path(html.__file__).parent / "page.css").read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)
    ]
    light, dark = (scheme for scheme in schemes if scheme)
    for colours in (light, light | dark):
        for letters, ground in (
            ("ink", "page"), ("ink", "panel"), ("ink", "good"), ("soft", "page"), ("soft", "panel"), ("soft", "good"),
            ("link", "page"), ("warn-ink", "warn"),
        ):  # fmt: skip
            assert contrast(colours[letters], colours[ground]) > 4.5, (letters, ground)  # WCAG 2.1, level AA
        for n in range(charts.COLOURS):
            assert contrast(colours[f"m{n}"], colours["page"]) > 3, n  # the same for graphics


def small(report):
    """The report with nothing in its images: a page that is quick to load."""
    return dataclasses.replace(report, image_pairs=(), examples=())


@needs_chromium
@pytest.mark.parametrize("several", [False, True])
def test_a_phone_scrolls_no_page_sideways(tiny, three, tmp_path, several):
    long = "a_name_of_a_model_that_has_no_place_to_break.it/anywhere-at.all_" * 2
    reports = [dataclasses.replace(three[0], model=long), *three[1:]] if several else [tiny]
    script = """
      for (const folded of document.querySelectorAll("details")) folded.open = true;
      const root = document.documentElement;
      return { wide: root.scrollWidth - root.clientWidth, width: root.clientWidth,
               boxes: [...document.querySelectorAll(".scroll")].some((box) => box.scrollWidth > box.clientWidth) };"""
    found = asked(render(reports, "html"), script, tmp_path, width=390)
    assert found["wide"] <= 0 and found["width"] <= 390 and found["boxes"]


KEYS = """
  const pressed = (key) => new window.KeyboardEvent("keydown", {key, bubbles: true});
  const press = (key) => document.activeElement.dispatchEvent(pressed(key));
  const told = (box) => box.querySelector("output").textContent;
"""


@needs_chromium
def test_values_are_told_by_keyboard_and_touch(tiny, tmp_path):
    script = f"""{KEYS}
      const box = document.querySelectorAll("#severity [data-points]")[9], rest = told(box);
      const stops = box.querySelectorAll('[tabindex="0"]');
      stops[0].focus();
      const found = [rest, stops.length, told(box)];
      press("ArrowRight"); press("ArrowRight"); press("ArrowRight"); found.push(told(box));
      press("ArrowLeft"); found.push(told(box));
      press("End"); found.push(told(box)); press("ArrowRight"); found.push(told(box));
      document.activeElement.blur(); found.push(told(box));
      const place = box.querySelector('[data-at="0,1"]').getBoundingClientRect();
      box.querySelector("svg").dispatchEvent(new window.MouseEvent("click",
        {{bubbles: true, clientX: place.x + 7, clientY: place.y + 9}}));
      found.push(told(box), document.activeElement.getAttribute("aria-label"));
      const heat = document.querySelector("#heat [data-points]");
      heat.querySelector('[data-at="2,1"]').click(); found.push(told(heat));
      press("ArrowDown"); found.push(told(heat));
      press("ArrowLeft"); found.push(told(heat));
      press("ArrowRight"); found.push(told(heat));
      return found;"""
    found = asked(render([small(tiny)], "html"), script, tmp_path)

    def errors(name, severity):
        cell = tiny.numbers["errors"].cell(corruption=name, severity=severity)
        return f"severity {severity}: {100 * cell.value:.1f} % [{100 * cell.low:.1f}, {100 * cell.high:.1f}]"

    rest, stops, clean, third, second, last, beyond, again, tapped, label, heat, down, left, back = found
    assert rest == again and rest.startswith("mean: ") and stops == 1 and clean.startswith("clean: ")
    fog = tiny.corruptions[9]
    assert (third, second, last, beyond) == (errors(fog, 3), errors(fog, 2), errors(fog, 5), errors(fog, 5))
    assert tapped == label == errors(fog, 1)
    assert heat == f"tiny, gaussian_noise, {errors('gaussian_noise', 3)}"
    assert down == f"tiny, gaussian_noise, {errors('gaussian_noise', 4)}"
    assert left.startswith("tiny, clean images: ") and back.startswith("tiny, gaussian_noise, severity 1: ")


@needs_chromium
def test_tables_are_sorted_and_filtered(side_by_side, three, tmp_path):
    script = """
      const table = document.querySelector("#numbers table.sortable"), body = table.tBodies[0];
      const names = () => [...body.rows].filter((row) => !row.hidden).map((row) => row.cells[0].textContent);
      const values = () => [...body.rows].map((row) => Number(row.cells[1].dataset.value));
      const heads = table.tHead.rows[0].cells, state = () => [...heads].map((head) => head.getAttribute("aria-sort"));
      const found = { before: state() };
      heads[1].querySelector("button").click(); found.up = values(); found.state = state();
      heads[1].querySelector("button").click(); found.down = values(); found.turned = state();
      heads[0].querySelector("button").click(); found.names = names(); found.last = state();
      const field = document.querySelectorAll("#numbers .filter input")[0];
      field.value = "NOISE"; field.dispatchEvent(new window.Event("input")); found.kept = names();
      found.count = document.querySelector("#numbers .filter output").textContent;
      field.value = ""; field.dispatchEvent(new window.Event("input")); found.all = names().length;
      const ranks = document.querySelector("#ranking table");
      ranks.tHead.rows[0].cells[5].querySelector("button").click();
      found.behind = [...ranks.tBodies[0].rows].map((row) => row.cells[1].textContent);
      return found;"""
    found = asked(side_by_side, script, tmp_path)
    assert found["before"] == [None] * 4 and found["state"] == [None, "ascending", None, None]
    assert found["up"] == sorted(found["up"]) and found["down"] == sorted(found["up"], reverse=True)
    assert len(set(found["up"])) > 1 and found["turned"] == [None, "descending", None, None]
    assert found["names"] == sorted(three[0].corruptions) and found["last"] == ["ascending", None, None, None]
    assert found["kept"] == ["gaussian_noise", "impulse_noise", "shot_noise"] and found["count"] == "3 of 15 rows"
    assert found["all"] == 15 and found["behind"] == ["2", "3", "1"]  # the best has no distance, and stands last


@needs_chromium
def test_severities_are_chosen_and_a_link_opens_what_is_folded(side_by_side, tmp_path):
    script = """
      const shown = () => [...document.querySelectorAll("#heat .panel")].map(
        (panel) => window.getComputedStyle(panel).display !== "none");
      const found = [shown()];
      document.querySelector("#level-3").click(); found.push(shown());
      const point = document.querySelector('#severity [data-at="1,2"]'); point.focus();
      const drawing = point.closest("svg");
      found.push(["s0", "s1", "s2"].map((name) => drawing.querySelector(`.line.${name}`).classList.contains("dim")));
      return found;"""
    first, fourth, dim = asked(side_by_side, script, tmp_path)
    assert first == [True, *[False] * 5] and fourth == [False, False, False, True, False, False]
    assert dim == [True, False, True]


def test_a_page_with_photographs_stays_below_a_megabyte(photo_folder):
    report = evaluate(Chance(), photo_folder, mistakes=6, scores="probabilities")
    assert report.image_pairs and len(report.examples) == 16
    # Twelve mistakes, as many as are kept unless more are asked for: here the same ones again.
    report = dataclasses.replace(report, image_pairs=(report.image_pairs * 12)[:12])
    assert len(render([report], "html")) < 1_000_000
    # Further models add numbers and drawings, and no images.
    assert len(render([dataclasses.replace(report, model=str(n)) for n in range(3)], "html")) < 1_150_000
