"""The gallery: what is on the page, and, where there is a browser, what its sliders and its filter do."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.cli import main
from corrupt_engine.errors import MissingTexturesError, UnknownNameError
from corrupt_engine.tools.gallery import making
from corrupt_engine.tools.gallery.making import cards, encoded, sampled
from corrupt_engine.tools.gallery.page import render

from .browser import asked, needs_chromium
from .golden_files import golden_image

NAMES = ["fog", "contrast", "flip", "gaussian_noise", "spatter"]
LONG = """
name = "long"
source = "a test, 2026"
[corruptions.thick_fog]
of = "fog"
table = { strength = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9], decay = 2.0 }
"""


@pytest.fixture(scope="module")
def photograph():
    return golden_image("inputs/cat_224.png")


@pytest.fixture(scope="module")
def page(photograph):
    found, left_out = cards(photograph, NAMES, tile=48)
    return render(found, encoded(photograph, 48), "<b>cat</b>", 48, left_out)


def test_cards_hold_the_corrupted_photograph(photograph):
    found, left_out = cards(photograph, NAMES, tile=112)
    assert [card.name for card in found] == ["contrast", "flip", "gaussian_noise", "fog", "spatter"] and not left_out
    fog = next(card for card in found if card.name == "fog")
    assert [picture.severity for picture in fog.pictures] == [1, 2, 3, 4, 5] and fog.most == 5
    for picture in fog.pictures:
        shown = Image.open(io.BytesIO(picture.data)).convert("RGB")
        made = Image.fromarray(ce.corrupt(photograph, "fog", picture.severity)).resize((112, 112))
        assert shown.size == (112, 112)
        assert np.abs(np.asarray(shown).astype(int) - np.asarray(made)).mean() < 6
        assert (
            np.abs(np.asarray(shown).astype(int) - np.asarray(Image.fromarray(photograph).resize((112, 112)))).mean()
            > 20
        )
    flip = next(card for card in found if card.name == "flip")
    assert len(flip.pictures) == 1 and flip.family == "geometry" and "transfer-study" in flip.benchmarks


def test_all_corruptions_have_a_card():
    found, left_out = making.outlines(224, 224)
    assert [card.name for card in found] == sorted(
        ce.corruptions(), key=lambda name: (next(c.family for c in found if c.name == name), name)
    )
    assert left_out == {}


def test_a_benchmark_has_its_own_names_and_severities(photograph, tmp_path):
    path = tmp_path / "long.toml"
    path.write_text(LONG)
    (card,), _ = cards(photograph, benchmark=path, tile=32)
    assert card.name == "thick_fog" and card.most == 10
    assert [picture.severity for picture in card.pictures] == [1, 3, 6, 8, 10]
    second = ce.corrupt(photograph, "thick_fog", 3, variant=str(path))
    assert card.pictures[1].data == encoded(second, 32)


def test_chains_have_cards(photograph, tmp_path):
    """By their form, and under the name that a file has for one; they ended in a KeyError."""
    path = tmp_path / "chained.toml"
    path.write_text(LONG + '[corruptions.both]\nof = "fog+contrast"\ntable = { fog = [1, 5], contrast = 2 }\n')
    found, _ = cards(photograph, ["fog+contrast", "motion_blur@2+flip", "flip"], tile=32)
    assert [(card.family, card.name, card.most) for card in found] == [
        ("chain", "fog+contrast", 5),
        ("chain", "motion_blur@2+flip", 1),
        ("geometry", "flip", 1),
    ]
    found, _ = cards(photograph, benchmark=path, tile=32)
    (both,) = [card for card in found if card.name == "both"]
    assert both.most == 2 and both.about == "fog, then contrast" and "Hendrycks" in both.source
    assert both.pictures[1].data == encoded(ce.corrupt(photograph, "both", 2, variant=str(path)), 32)
    (own,) = cards(photograph, ["thick_fog+contrast"], benchmark=path, tile=32)[0]
    assert own.most == 5


def test_of_many_severities_some_are_shown():
    assert sampled(1) == [1] and sampled(2) == [1, 2] and sampled(5) == [1, 2, 3, 4, 5]
    assert sampled(10) == [1, 3, 6, 8, 10] and sampled(31) == [1, 9, 16, 24, 31]


def test_what_cannot_be_made_is_left_out_and_said(photograph, monkeypatch):
    monkeypatch.setenv("CORRUPT_ENGINE_FROST", "nowhere")
    monkeypatch.setattr(making, "corruption_facts", lambda real=making.corruption_facts: {"frost": real()["frost"]})
    found, left_out = cards(photograph, tile=16)
    assert found == [] and "frost needs" in left_out["frost"]
    assert "frost needs" in render(found, encoded(photograph, 16), "x", 16, left_out)
    with pytest.raises(MissingTexturesError):
        cards(photograph, ["frost"], tile=16)
    assert cards(photograph, ["frost"], tile=16, textures="procedural")[1] == {}


def test_unknown_names_are_refused(photograph):
    with pytest.raises(UnknownNameError, match="did you mean 'fog'"):
        cards(photograph, ["fogg"])


def test_small_images_stay_as_they_are():
    image = golden_image("inputs/cat_32.png")
    assert Image.open(io.BytesIO(encoded(image, 160))).size == (32, 32)
    assert Image.open(io.BytesIO(encoded(np.zeros((10, 400, 3), np.uint8), 160))).size == (160, 4)


def test_the_page_needs_nothing_from_elsewhere(page):
    for address in re.findall(r"(?:src|href|action)=\"([^\"]*)", page):
        assert address.startswith(("data:image/", "#")), address
    assert "url(" not in page and "@import" not in page and "<link" not in page and "fetch(" not in page
    assert "default-src 'none'" in page


def test_what_comes_from_outside_is_escaped(page, photograph):
    assert "&lt;b&gt;cat&lt;/b&gt;" in page and "<b>" not in page
    turned = render([], encoded(photograph, 16), "a\u202eb", 16)
    assert "\u202e" not in turned


def test_the_command(tmp_path, capsys, photograph):
    Image.fromarray(photograph).save(tmp_path / "cat.png")
    out = tmp_path / "folder" / "cat.html"
    options = ["gallery", str(tmp_path / "cat.png"), "--corruptions", "fog", "flip", "--tile", "32", "--json"]
    assert main([*options, "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["corruptions"] == 2 and told["bytes"] == out.stat().st_size and told["left_out"] == {}
    assert "<title>cat.png, corrupted</title>" in out.read_text(encoding="utf-8")
    (tmp_path / "taken.html").mkdir()
    assert main([*options, "--out", str(tmp_path / "taken.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main(["gallery", str(tmp_path / "no.png")]) == 2
    assert main(["gallery", str(tmp_path / "cat.png"), "--benchmark", "imagenet-d"]) == 2


LOOK = """
const shown = () => Object.fromEntries([...document.querySelectorAll("article")].filter((a) => !a.hidden).map((a) => {
  const images = [...a.querySelectorAll("img")].filter((i) => !i.hidden);
  return [a.querySelector("h3").textContent, [images.map((i) => Number(i.dataset.severity)),
    Number(a.querySelector("input").value), a.querySelector("output").textContent]];
}));
const set = (input, value) => { input.value = value; input.dispatchEvent(new window.Event("input")); };
"""


@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overflows(page, tmp_path, width):
    script = """
    const images = [...document.querySelectorAll("img")].filter((i) => !i.hidden);
    const filter = document.getElementById("all").getBoundingClientRect();
    return { wide: document.documentElement.scrollWidth, shown: images.length,
      right: Math.max(...[...document.querySelectorAll("img, input, h3")].map((e) => e.getBoundingClientRect().right)),
      bar: filter.height,
      columns: window.getComputedStyle(document.querySelector(".cards")).gridTemplateColumns.split(" ").length };
    """
    found = asked(page, script, tmp_path, width)
    assert found["wide"] <= width and found["right"] <= width and found["shown"] == len(NAMES) + 1
    assert 0 < found["bar"] < 110 and found["columns"] == {1280: 6, 390: 2}[width]


@needs_chromium
def test_one_slider_moves_one_corruption(page, tmp_path):
    script = (
        LOOK
        + """
    const card = [...document.querySelectorAll("article")].find((a) => a.querySelector("h3").textContent === "fog");
    const before = shown();
    set(card.querySelector("input"), 5);
    const after = shown();
    set(card.querySelector("input"), 0);
    return [before, after, shown()];
    """
    )
    before, after, clean = asked(page, script, tmp_path)
    assert before["fog"] == [[3], 3, "severity 3 of 5"] and before["flip"] == [[1], 1, "severity 1 of 1"]
    assert after == {**before, "fog": [[5], 5, "severity 5 of 5"]}
    assert clean == {**before, "fog": [[0], 0, "clean"]}


@needs_chromium
def test_one_slider_moves_all(page, tmp_path):
    script = (
        LOOK
        + """
    return [0, 1, 2, 5, 3].map((step) => { set(document.getElementById("strength"), step);
      return [shown(), document.getElementById("strength-said").textContent]; });
    """
    )
    found = asked(page, script, tmp_path)
    for (cards_shown, said), severity, words in zip(
        found, [0, 1, 2, 5, 3], ["clean", "weakest", "2 of 5", "strongest", "middle"], strict=True
    ):
        assert said == words and len(cards_shown) == len(NAMES)
        assert cards_shown["fog"][0] == [severity]
        assert cards_shown["flip"][0] == [min(severity, 1)]


@needs_chromium
def test_the_filter_hides_cards_and_empty_families(page, tmp_path):
    script = (
        LOOK
        + """
    return ["weather", "gaussian noise", "imagenet-c-extra spat", "nothing", " "].map((text) => {
      set(document.getElementById("filter"), text);
      const sections = [...document.querySelectorAll("section")].filter((s) => !s.hidden);
      const said = document.getElementById("found").textContent;
      return [Object.keys(shown()), sections.map((s) => s.querySelector("h2").id), said];
    });
    """
    )
    weather, noise, both, nothing, everything = asked(page, script, tmp_path)
    assert weather == [["fog", "spatter"], ["weather"], "2 of 5"]
    assert noise == [["gaussian_noise"], ["noise"], "1 of 5"]
    assert both == [["spatter"], ["weather"], "1 of 5"]
    assert nothing == [[], [], "0 of 5"]
    assert everything[1] == ["color", "geometry", "noise", "weather"] and everything[2] == ""


@needs_chromium
def test_a_broken_slider_is_noticed(page, tmp_path):
    """That the tests above can fail: without its script the page shows the middle severity, and stays there."""
    broken = page.replace('slider.addEventListener("input"', 'slider.addEventListener("inputs"')
    assert broken != page
    script = (
        LOOK
        + """
    const fog = [...document.querySelectorAll("article")].find((a) => a.dataset.text.startsWith("fog"));
    set(fog.querySelector("input"), 5);
    return shown();
    """
    )
    assert asked(broken, script, tmp_path)["fog"][0] == [3]
