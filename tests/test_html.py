"""The page: complete, self-contained, well-formed, and right in a real browser."""

import base64
import re

import numpy as np
import pytest
from PIL import Image

from corrupt_engine.reports.formats import render, save
from corrupt_engine.reports.formats.html import charts, svg
from corrupt_engine.reports.trend import effective_robustness

from .browser import needs_chromium, opened
from .dom import parsed
from .test_evaluation import made_report
from .tiny import TinyImages, evaluate


@pytest.fixture(scope="module")
def tiny_report():
    return evaluate(source=TinyImages(30), name="<b>tiny</b> & co", class_names=["dark", "grey", "bright <i>"])


@pytest.fixture(scope="module")
def page(tiny_report):
    return render([tiny_report], "html")


def test_the_page_is_well_formed_and_has_all_its_parts(page):
    found = parsed(page)
    assert len(found.all("figure")) == 15 + 6 and all(figure.all("svg") for figure in found.all("figure"))
    assert len(found.all("table")) >= 3
    for heading in (
        "Error against severity",
        "Where it fails",
        "Does it know when it is wrong?",
        "Most confident mistakes",
        "What the words mean",
    ):
        assert heading in page
    assert "30 images make wide intervals" in page
    assert "Of the clean predictions none are wrong" in page and "0.0 to 11.4 %" in page


def test_the_check_of_form_can_fail():
    for text in ("<p><b>x</p></b>", "<p>"):
        with pytest.raises(AssertionError):
            parsed(text)


def test_nothing_is_fetched(page):
    assert not re.search(
        r"""(?:src|href)=["'](?!data:|#)|url\(|@import|<script\s|<link|https?://|fetch\(|import\(""", page
    )
    assert page.count("<script>") == 1
    for kind, data in re.findall(r'src="data:image/(\w+);base64,([^"]+)"', page):
        assert base64.b64decode(data)[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0") and kind in ("png", "jpeg")


def test_names_cannot_break_the_page(page):
    assert "<b>tiny</b>" not in page and "&lt;b&gt;tiny&lt;/b&gt; &amp; co" in page and "bright <i>" not in page


def test_every_number_of_the_page_is_the_reports(tiny_report, page):
    assert f"{100 * tiny_report.mce():.1f} %" in page and f"{100 * tiny_report.clean_error:.1f} %" in page
    tip = f"fog, severity 3: {100 * tiny_report.errors['fog'][2]:.1f} % ["
    assert tip in page


def test_each_card_says_which_way_is_better(page):
    found = re.findall(r'<span class="what">([^<]*)</span>', page)
    assert len(found) == 5 and [text.rpartition("; ")[2] for text in found] == ["lower is better"] * 4 + [
        "higher is better"
    ]


def test_several_models_stand_side_by_side():
    reports = [made_report(300, seed, name) for seed, name in enumerate(("A", "B", "C"))]
    page = render(reports, "html")
    found = parsed(page)
    assert "Effective robustness" in page
    for kind in ("s0", "s1", "s2"):
        lines = [line for figure in found.all("figure") for line in figure.all("polyline", kind)]
        assert sum("thin" not in line.kinds for line in lines) == 15
    assert "Effective robustness" not in render(reports[:2], "html")


def test_effective_robustness_adds_up():
    reports = [made_report(300, seed, str(seed)) for seed in range(4)]
    found = effective_robustness(reports, "linear")
    assert sum(float(estimate.value) for estimate in found) == pytest.approx(
        0, abs=1e-9
    )  # residuals of a least-squares line
    assert all(estimate.low <= estimate.value <= estimate.high for estimate in found)


def test_classes_are_shown_where_they_have_images():
    assert "Classes that lose most" in render([made_report(200)], "html")
    assert "Classes that lose most" not in render([made_report(20)], "html")


def test_trials_are_told():
    page = render([evaluate(benchmark="imagenet-c-extra", trials=2)], "html")
    assert "Over 2 trials mCE is" in page and parsed(page)
    assert "trials" not in parsed(render([made_report(20)], "html")).one("header").text


def test_letters_stand_out_on_every_colour():
    for share in np.linspace(0, 1, 101):
        ground, letters = re.findall(r"rgb\((.*?)\);color:(#\w+)", charts.heat(share))[0]
        light = [(int(part) / 255 + 0.055) / 1.055 for part in ground.split(",")]
        luminance = sum(
            weight * max(part, 0) ** 2.4 for weight, part in zip((0.2126, 0.7152, 0.0722), light, strict=True)
        )
        contrast = (luminance + 0.05) / 0.05 if letters == "#000" else 1.05 / (luminance + 0.05)
        assert contrast > 4.5, (share, contrast)  # WCAG 2.1, level AA
    assert charts.heat(float("nan")) == ""


def test_missing_values_leave_gaps():
    plot = svg.Plot(100, 100, (0, 3), (0, 1), "a < b")
    plot.line((0, 1, 2, 3), (0.1, float("nan"), 0.2, 0.3), "line")
    drawing = str(plot.drawing())
    assert drawing.count("polyline points") == 2 and "nan" not in drawing and "a &lt; b" in drawing


PROBE = """<script>addEventListener("load", () => {
  const broken = [...document.images].filter((image) => !image.naturalWidth).length;
  const wide = document.documentElement.scrollWidth - innerWidth;
  const drawings = [...document.querySelectorAll("figure > .plot svg")];
  const flat = drawings.filter((drawing) => drawing.getBoundingClientRect().height < 20).length;
  document.title = `broken=${broken} wide=${wide} flat=${flat} dark=${getComputedStyle(document.body).backgroundColor}`;
});</script></body>"""


@needs_chromium
@pytest.mark.parametrize(("width", "light"), [(1280, True), (500, False)])
def test_in_a_browser(page, tmp_path, width, light):
    """In Chromium, wide and light, then narrow and dark: images load, nothing overflows, the drawings are drawn."""
    file, shot = tmp_path / "page.html", tmp_path / "page.png"
    file.write_text(page.replace("</body>", PROBE), encoding="utf-8")
    found = opened(file, f"--screenshot={shot}", width=width, light=light)
    title = re.search(r"<title>broken=(\d+) wide=(-?\d+) flat=(\d+) dark=(.*?)</title>", found)
    assert title, found[:500]
    broken, wide, flat, ground = title.groups()
    assert (broken, flat) == ("0", "0") and int(wide) <= 0
    assert ground == ("rgb(255, 255, 255)" if light else "rgb(20, 24, 29)")
    with Image.open(shot) as golden_image:
        pixels = np.asarray(golden_image.convert("RGB"))
    blue = (0, 103, 179) if light else (88, 176, 242)  # --m0, the colour of the model's line
    assert (pixels == blue).all(-1).sum() > 500


def test_the_page_is_saved(tiny_report, tmp_path):
    assert save([tiny_report], tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
