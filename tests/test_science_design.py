"""Categories of corruptions, and the benchmarks that are drawn from them."""

import itertools
import json
import re

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import find_benchmark, read_definition
from corrupt_engine.catalogue.writing import benchmark_text
from corrupt_engine.cli import main
from corrupt_engine.science import (
    Categories,
    OverlapMatrix,
    categories,
    design_page,
    draw,
    mean_overlap,
    save_benchmark,
    suggest,
    unbalance,
    uncovered,
)

NAMES = find_benchmark("imagenet-c").corruptions[:9]
GROUP = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2])
"""What the made-up matrix's categories are."""


def matrix(scores=None, undefined=()):
    if scores is None:
        rng = np.random.default_rng(0)
        scores = np.where(GROUP[:, None] == GROUP, 0.7, 0.0) + rng.uniform(0.01, 0.1, (9, 9))
        scores = (scores + scores.T) / 2
        np.fill_diagonal(scores, 1)
    for name in undefined:
        scores[NAMES.index(name)] = scores[:, NAMES.index(name)] = np.nan
    n = len(scores)
    rest = np.full((n + 1, n), 0.5)
    why = dict.fromkeys(undefined, "gained nothing")
    return OverlapMatrix(NAMES[:n], scores, scores * 0, rest[:, 0], rest, why, "residual", 100)


def test_categories_are_those_that_are_there():
    pytest.importorskip("sklearn")
    found = categories(matrix(), threshold=0.8)
    assert found.members == (NAMES[:4], NAMES[4:7], NAMES[7:])
    assert found.within > 0.8 > 0 > found.between and found.left_out == ()
    alike = np.corrcoef(matrix().scores)
    pairs = list(itertools.combinations(range(9), 2))
    assert found.within == pytest.approx(np.mean([alike[pair] for pair in pairs if GROUP[pair[0]] == GROUP[pair[1]]]))
    assert found.between == pytest.approx(np.mean([alike[pair] for pair in pairs if GROUP[pair[0]] != GROUP[pair[1]]]))
    assert Categories.from_dict(found.to_dict()) == found and "mean correlation within" in str(found)


def test_fewer_categories_for_a_lower_threshold():
    pytest.importorskip("sklearn")
    counts = [len(categories(matrix(), threshold=threshold).members) for threshold in (-1, 0.3, 0.8, 0.9999)]
    assert counts[0] == 1 < counts[1] <= counts[2] == 3 < counts[3] <= 9


def test_undefined_ones_have_no_category():
    pytest.importorskip("sklearn")
    found = categories(matrix(undefined=[NAMES[1]]), threshold=0.8)
    assert found.left_out == (NAMES[1],) and sum(map(len, found.members)) == 8 and NAMES[1] not in found.of
    with pytest.raises(ce.OptionError, match="1 corruptions have scores"):
        categories(matrix(undefined=NAMES[1:]))


def test_rows_that_are_all_alike_are_one_category():
    pytest.importorskip("sklearn")
    assert len(categories(matrix(np.ones((4, 4)))).members) == 1
    each = categories(matrix(np.eye(3)), threshold=0.5)
    assert len(each.members) == 3 and np.isnan(each.within)


FOUND = Categories((NAMES[:4], NAMES[4:7], NAMES[7:]), 0.9, -0.4)


def test_a_drawn_benchmark_has_what_was_asked_for():
    seen = set()
    for seed in range(200):
        names = draw(FOUND, 2, 2, seed)
        assert len(set(names)) == 4 and sorted(np.bincount([FOUND.of[name] for name in names]).tolist())[-2:] == [2, 2]
        seen.add(names)
    assert len(seen) > 20  # of 6 * 3 + 6 * 1 + 3 * 1 = 27
    assert draw(FOUND, 2, 2, 5) == draw(FOUND, 2, 2, 5)
    assert {len({FOUND.of[name] for name in draw(FOUND, 2, 3, seed)}) for seed in range(9)} == {2}
    with pytest.raises(ce.OptionError, match="2 categories of 4 corruptions or more are needed, and there are 1"):
        draw(FOUND, 2, 4)


@pytest.mark.parametrize("seed", [-1, -(2**40), 2**40])
def test_any_integer_is_a_seed(seed):
    own = matrix()
    assert categories(own, seed=seed).members == categories(own).members
    assert draw(FOUND, 2, 2, seed) == draw(FOUND, 2, 2, seed)
    assert len({draw(FOUND, 2, 2, seed - n) for n in range(30)}) > 5
    assert suggest(own, FOUND, 2, 2, 20, seed) and unbalance(FOUND, draw(FOUND, 2, 2, seed), seed)


def test_the_suggested_one_overlaps_least():
    names = suggest(matrix(), FOUND, 2, 2, picks=300)
    every = {draw(FOUND, 2, 2, seed) for seed in range(300)}
    assert mean_overlap(matrix(), names) == min(mean_overlap(matrix(), other) for other in every)
    assert len({mean_overlap(matrix(), other) for other in every}) > 5


def test_mean_overlap_and_coverage_by_hand():
    scores = np.array([[1, 0.5, 0, 0], [0.5, 1, 0.25, 0], [0, 0.25, 1, 0], [0, 0, 0, 1.0]])
    small = matrix(scores)
    assert mean_overlap(small, NAMES[:3]) == pytest.approx(0.25)
    assert uncovered(small, NAMES[:1]) == NAMES[2:4] and uncovered(small, NAMES[:2]) == (NAMES[3],)
    part = matrix(scores.copy(), undefined=[NAMES[1]])
    assert mean_overlap(part, NAMES[:3]) == 0 and uncovered(part, NAMES[:1]) == NAMES[2:4]
    assert np.isnan(mean_overlap(part, NAMES[:2]))
    with pytest.raises(ce.UnknownNameError, match="glass"):
        mean_overlap(small, ["glass", NAMES[0]])
    with pytest.raises(ce.OptionError, match="two corruptions"):
        mean_overlap(small, [NAMES[0]])


def test_a_substitution_unbalances_and_keeps_every_category():
    names = (*NAMES[:2], *NAMES[4:6])
    for seed in range(30):
        other = unbalance(FOUND, names, seed)
        assert len(set(other)) == 4 and len(set(other) - set(names)) == 1
        counts = np.bincount([FOUND.of[name] for name in other])
        assert sorted(counts.tolist()) == [1, 3]
    with pytest.raises(ce.OptionError, match="no replacement"):
        unbalance(FOUND, NAMES[:1])
    with pytest.raises(ce.UnknownNameError, match="corruption in a category"):
        unbalance(FOUND, ["fog"])


@pytest.mark.parametrize("name", ce.benchmarks())
def test_every_benchmark_can_be_written_and_read_back(name):
    """With the same corruptions, levels, geometry and metric."""
    whole = find_benchmark(name)
    kept = whole.corruptions[::-1]
    again = read_definition(benchmark_text("mine", kept, whole, "made up"), "mine")
    assert again.name == "mine" and again.corruptions == kept and again.source == "made up"
    assert again.severities == {one: whole.severities[one] for one in kept} and again.trials == whole.trials
    assert again.metric == whole.metric and again.listed.variant == whole.listed.variant
    assert again.usual.geometry == whole.usual.geometry
    for one in kept:
        for height, width in ((32, 32), (224, 224)):
            before, after = (
                made.file.levels(one, _registered(made.of(one)), made.file.variant_for(height, width, one))
                for made in (whole, again)
            )
            assert [before.params(s) for s in whole.severities[one]] == [after.params(s) for s in whole.severities[one]]


def _registered(name):
    from corrupt_engine.catalogue import registered

    return registered()[name]


def test_a_designed_benchmark_is_evaluated(tmp_path):
    path = save_benchmark(tmp_path / "a" / "mine.toml", ["fog", "snow"], find_benchmark("imagenet-c"), "designed")
    images = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)
    report = ce.evaluate(lambda x: x.mean((2, 3)), (images, np.arange(6) % 3), path, check=False, progress=False)
    assert report.corruptions == ("fog", "snow") and report.mce() > 0  # AlexNet's errors come along
    with pytest.raises(ce.OptionError, match=r"ends in \.toml"):
        save_benchmark(tmp_path / "mine.json", ["fog"], find_benchmark("imagenet-c"), "designed")
    with pytest.raises(ce.UnknownNameError, match="spatter"):
        save_benchmark(tmp_path / "mine.toml", ["spatter"], find_benchmark("imagenet-c"), "designed")


def test_the_command(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    matrix().save("overlap.json")
    assert main(["design", "overlap.json", "--threshold", "0.8"]) == 0
    assert capsys.readouterr().out.startswith(f"1  {', '.join(NAMES[:4])}\n2  ")
    words = ["design", "overlap.json", "--threshold", "0.8", "--each", "2", "--picks", "50", "-o", "mine.toml"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert tuple(told["benchmark"]["corruptions"]) == find_benchmark("mine.toml").corruptions
    assert len(told["categories"]["members"]) == 3 and len(told["benchmark"]["corruptions"]) == 6
    assert main([*words, "--each", "4"]) == 2
    assert "there are 1" in capsys.readouterr().err
    assert main(["design", "overlap.json", "-o", "mine.toml"]) == 2
    assert "--each" in capsys.readouterr().err
    assert main(["design", "nothing.json"]) == 2
    assert main([*words, "--page", "out/design.html"]) == 0
    assert "a benchmark of 6" in (tmp_path / "out" / "design.html").read_text()
    assert main(["design", "overlap.json", "--threshold", "0.8", "--page", "design.html"]) == 0
    assert "What it does not cover" not in (tmp_path / "design.html").read_text()


def rows_below(text, heading):
    """The cells of the rows of the tables under a heading of a page."""
    part = text[text.index(f"<h2>{heading}") :].partition("</section>")[0]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", part)]


def test_the_page_has_blocks_balance_and_coverage(tmp_path):
    scores = matrix(undefined=[NAMES[3]]).scores
    scores[8, :8] = scores[:8, 8] = 0
    made = matrix(scores, undefined=[NAMES[3]])
    found = Categories((NAMES[4:7], NAMES[:3], NAMES[7:]), 0.9, -0.4, (NAMES[3],))
    names = (NAMES[0], NAMES[1], NAMES[4])
    text = design_page(made, found, tmp_path / "a" / "d.html", names).read_text()
    assert "9 corruptions, 3 categories, a benchmark of 3" in text and "<script" not in text
    blocks = [name for row in rows_below(text, "What belongs")[1:10] for name in NAMES if row[0].endswith(f" {name}")]
    assert [set(blocks[n:m]) for n, m in ((0, 3), (3, 6), (6, 8), (8, 9))] == [
        set(NAMES[4:7]), set(NAMES[:3]), set(NAMES[7:]), {NAMES[3]},
    ]  # fmt: skip
    assert text.count("border-top:2px") == text.count("border-left:2px") == 3 * 9  # three lines between four blocks
    first = rows_below(text, "What belongs")[11]
    inner = np.mean([scores[pair] for pair in itertools.combinations(range(4, 7), 2)])
    outer = np.mean(scores[np.ix_(range(4, 7), [0, 1, 2, 7, 8])])
    assert first == ["1", ", ".join(NAMES[4:7]), f"{inner:.2f}", f"{outer:.2f}"]
    balance = rows_below(text, "The benchmark, and what")
    assert balance[1] == [NAMES[0], "2", f"{(scores[0, 1] + scores[0, 4]) / 2:.2f}"]
    assert balance[-3:] == [["1", "1"], ["2", "2"], ["3", "0"]] and "representatives is 0.50" in text
    covered = rows_below(text, "What it does not cover")
    assert covered[1] == [NAMES[8], "0.00", ""] and f"any of its corruptions: {NAMES[8]}." in text
    assert covered[-1][0] in (NAMES[2], *NAMES[5:7]) and len(covered) == 1 + 5  # nothing is told of the undefined one
    assert "What is undefined" in text
    alone = design_page(made, found, tmp_path / "e.html").read_text()
    assert "What it does not cover" not in alone and "9 corruptions, 3 categories" in alone


def test_a_page_of_what_has_no_category(tmp_path):
    with pytest.raises(ce.UnknownNameError, match="corruption in a category"):
        design_page(matrix(), FOUND, tmp_path / "d.html", ["fog", NAMES[0]])
    with pytest.raises(ce.OptionError, match="two corruptions"):
        design_page(matrix(), FOUND, tmp_path / "d.html", [NAMES[0]])
