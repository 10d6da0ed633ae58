"""docs/ is what `make docs` would make: pages compared as text, pictures by what they were made from."""

import doctest
import json
import re
import shutil

import numpy as np
import pytest

from benchmarks.catalogue import committed, fidelity, pages, sheets, times, words, writing
from corrupt_engine.catalogue.facts import BenchmarkFacts, Member

FRESH = "run `make docs` and commit what it writes"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of docs/ that may be spoilt."""
    docs = tmp_path / "docs"
    shutil.copytree(committed.DOCS, docs)
    for module in (writing, sheets):
        monkeypatch.setattr(module, "DOCS", docs)
    monkeypatch.setattr(sheets, "PICTURES", docs / "pictures.json")
    return docs


@pytest.fixture(scope="module")
def text():
    return pages.pages(pages.Catalogue())


def test_nothing_in_docs_is_stale():
    assert writing.stale() == [], FRESH


def test_every_link_leads_somewhere(text):
    """To a file of docs/ or of the repository, and to a heading of it."""
    for name, page in text.items():
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page):
            path, _, anchor = target.partition("#")
            file = (committed.DOCS / name).parent / path
            assert file.exists(), f"{name}: {target}"
            if anchor and file.suffix == ".md":
                headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
                assert anchor in [heading.lower().replace(" ", "-") for heading in headings], f"{name}: {target}"


def test_every_table_has_as_many_cells_in_each_row(text):
    for name, page in text.items():
        for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
            counts = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
            assert len(counts) == 1, f"{name}: {block[:200]}"


def spoil_a_page(docs):
    page = docs / "benchmarks" / "imagenet-c.md"
    page.write_text(page.read_text().replace("0.38", "0.39", 1))
    return "docs/benchmarks/imagenet-c.md"


def lose_a_page(docs):
    (docs / "families" / "blur.md").unlink()
    return "docs/families/blur.md"


def leave_a_page(docs):
    (docs / "benchmarks" / "gone.md").write_text("# gone")
    return "docs/benchmarks/gone.md"


def spoil_a_sheet(docs):
    sheet = docs / "families" / "noise.jpg"
    sheet.write_bytes(sheet.read_bytes() + b"\0")
    return "docs/families/noise.jpg"


def spoil_the_gallery(docs):
    page = docs / "gallery.html"
    page.write_text(page.read_text().replace("<h3>fog</h3>", "<h3>frog</h3>", 1))
    return "docs/gallery.html"


@pytest.mark.parametrize("spoil", [spoil_a_page, lose_a_page, leave_a_page, spoil_a_sheet, spoil_the_gallery])
def test_what_is_stale_is_found(copy, spoil):
    path = spoil(copy)
    assert writing.stale() == [path]


def test_changed_bytes_make_the_pictures_and_the_figures_stale(copy, monkeypatch):
    changed = {**committed.digests(), "fog": {"224": "0"}}
    monkeypatch.setattr(committed, "digests", lambda: changed)
    assert writing.stale() == ["docs/families/weather.jpg", "docs/gallery.html", "fidelity.json: fog"]


def test_a_changed_text_of_the_gallery_is_found_though_no_picture_changed(copy):
    page = copy / "gallery.html"
    page.write_text(page.read_text().replace("clean photograph", "photograph", 1))
    notes = sheets.known()
    sheets.write(notes | {"gallery.html": {**notes["gallery.html"], "file": sheets.file_digest(page)}})
    assert writing.stale() == ["docs/gallery.html"]


def test_a_corruption_without_digests_is_named(monkeypatch):
    monkeypatch.setattr(committed, "digests", dict)
    with pytest.raises(LookupError, match=r"fog has no digests yet: python -m tests\.test_digests"):
        committed.bytes_of("fog")


def test_a_corruption_without_a_time_is_named(copy, monkeypatch, tmp_path):
    record = times.known()
    del record["times"]["fog"]
    file = tmp_path / "speed.json"
    file.write_text(json.dumps(record))
    monkeypatch.setattr(times, "FILE", file)
    assert writing.stale() == ["speed.json: fog"]
    assert "fog" in times.lacking(("fog", "snow"))


def test_times_are_measured_and_others_kept(monkeypatch, tmp_path):
    file = tmp_path / "speed.json"
    file.write_text(json.dumps({"times": {"snow": {"severity": 5, "ms": 1.0, "ratio": 2.0}, "no_more": {}}}))
    monkeypatch.setattr(times, "FILE", file)
    times.measure(("brightness",), rounds=1)
    record = json.loads(file.read_text())
    assert list(record["times"]) == ["brightness", "snow"] and record["times"]["snow"]["ms"] == 1.0
    assert record["times"]["brightness"]["severity"] == 5 and 0 < record["times"]["brightness"]["ms"] < 1000
    assert record["decoding"] > 0 and times.lacking(("brightness", "snow")) == ()


def test_fidelity_is_measured_again():
    """One of each kind, as committed; the figures are the same on every machine."""
    for name in ("gaussian_noise", "pixelate"):
        assert fidelity.one(name) == committed.fidelity()[name]
    assert fidelity.one("gray_scale")["oracle"]["levels"] == 1


def test_a_worst_is_the_largest():
    worst, x = fidelity.Worst(), np.zeros((2, 5), np.uint8)
    worst.add(x, x)
    assert worst.told == {"images": 1, "levels": 0, "share": 0.0}
    y = x.copy()
    y[0, 0] = 3
    worst.add(x, y)
    worst.add(x, x)
    assert worst.told == {"images": 3, "levels": 3, "share": 0.1}


def benchmark(*members):
    return BenchmarkFacts("a/b", "", "", "", "", {}, None, 1, "", members, {}, {})


def test_tables_of_any_number_of_levels():
    few = Member("few", "fog", "", 2, {"a": (1, 2.5), "b": (3, 3)})
    none = Member("none", "flip", "", 1, {})
    many = Member("many", "fog", "", 31, {"a": (0, *range(30)), "b": (7,) * 31}, same_draws=True, margin=20)
    lines = pages.severities(benchmark(few, none, many))
    assert "| few | a | 1 | 2.5 |" in lines and "|  | b | 3 | 3 |" in lines and "| none | none | · |  |" in lines
    assert f"| many | 31 | a | 0, {', '.join(map(str, range(30)))} |" in lines and "| many | 31 | b | 7 |" in lines
    assert "The same draws at all levels: many." in lines
    assert "Looks at pixels around the crop, up to so many: many (20)." in lines


def test_a_benchmark_whose_name_has_a_slash():
    page = pages.benchmark_page("medmnist-c/pathmnist")
    assert page == "benchmarks/medmnist-c/pathmnist.md"
    assert words.link("fog", "families/weather.md#fog", page) == "[fog](../../families/weather.md#fog)"
    assert words.link("all", "README.md", page) == "[all](../../README.md)"
    assert words.link("it", page, "README.md") == "[it](benchmarks/medmnist-c/pathmnist.md)"
    assert "(../../../CONTRIBUTING.md#" in pages.made(page) and "(../CONTRIBUTING.md#" in pages.made("README.md")


def test_a_name_that_a_benchmark_has_twice_is_counted_once():
    twice = benchmark(*(Member(name, "brightness", "", 1, {}) for name in ("up", "down")))
    assert pages.members(twice) == "2 of 1 mechanisms"


def test_geometry_in_words():
    assert pages.geometry({}) == "as they are"
    assert pages.geometry({"resize": 256, "crop": (224, 192)}) == (
        "shorter side resized to 256, the middle 224 x 192 cropped"
    )
    assert pages.geometry({"crop_first": 0.875, "resize": (8, 9)}) == (
        "the middle 88 % of the shorter side, resized to 8 x 9"
    )


def test_markdown_of_any_text():
    assert words.plain("|N(0, s^2)| of a_b [x] *y* <z> `p | q`") == (r"\|N(0, s^2)\| of a_b \[x\] \*y\* \<z\> `p \| q`")
    assert words.plain("arXiv:1903.12261, x") == "[arXiv:1903.12261](https://arxiv.org/abs/1903.12261), x"


def test_numbers_in_words():
    assert doctest.testmod(words)[:2] == (0, 3)
