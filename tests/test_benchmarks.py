"""What the benchmark suite says is what it measured."""

import json
import statistics
from pathlib import Path

import pytest

import corrupt_engine as ce
from benchmarks import report
from benchmarks.interleaving import interleaved, ratio, spread
from benchmarks.kernels import cell, of, table, times_faster
from benchmarks.peers import MAIN, peer_has

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"


@pytest.fixture(scope="module")
def records():
    return json.loads((RESULTS / "cpu.json").read_text())


@pytest.fixture(scope="module")
def record(records):
    return report.newest(records)


def test_sides_take_turns_and_the_first_round_is_not_counted():
    order = []
    times = interleaved({side: lambda side=side: order.append(side) for side in "AB"}, 3)
    assert "".join(order) == "BA" + "AB" + "BA" + "AB"
    assert [len(times[side]) for side in "AB"] == [3, 3]


def test_times_are_the_clocks():
    ticks = iter([0.0, 0.1, 0.2, 0.5] * 2)
    assert interleaved({"ours": int, "peer": int}, 1, lambda: next(ticks)) == {
        "ours": [pytest.approx(100)],
        "peer": [pytest.approx(300)],
    }


def test_ratios_are_made_within_a_round():
    assert ratio({"ours": [1.0, 10.0, 1.0], "peer": [3.0, 30.0, 3.0]}, "peer") == {"median": 3, "low": 3, "high": 3}
    assert spread([4.0]) == {"median": 4, "low": 4, "high": 4}


def row(name, mine, theirs, **more):
    return {
        "corruption": name,
        "severity": 3,
        "side": 224,
        "ms": {MAIN: {"ours": {"median": mine}, "theirs": {"median": theirs}}},
        "ratio": {MAIN: {"median": theirs / mine, "low": theirs / mine, "high": theirs / mine}},
        "similar": [],
        "failed": {},
        **more,
    }


def test_losses_stand_out():
    assert times_faster([row("fog", 1.0, 2.0), row("fog", 1.0, 4.0)]) == 3
    assert cell([row("fog", 2.0, 1.0)], MAIN) == "**0.50**"
    assert cell([row("fog", 1.0, 2.0, similar=[MAIN])], MAIN) == "(2.0)"
    assert cell([row("fog", 1.0, 2.0, failed={"kornia": "ValueError"})], "kornia") == "fails"
    part = {"rows": [row(name, 1.0, 0.5) for name in ce.corruptions()]}
    assert "| fog | 1.00 | 0.50 | **0.50** |" in table(part)


def test_a_missed_target_is_said(record):
    slow = {"kernels": {**record["parts"]["kernels"], "rows": [row(name, 1.0, 2.9) for name in ce.corruptions()]}}
    text = report.markdown({"a processor": {"parts": slow}})
    assert (
        text.count("missed**") == len(ce.corruptions()) - 2 + 1
    )  # all but the two whose targets are lower; and the sum
    met = [what for what, *_, reached in report.targets({"parts": slow}) if reached]
    assert sum("severity" in what for what in met) == len(ce.corruptions()) == len(met) - 2


def test_each_kind_of_processor_is_told(record):
    other = {"parts": {name: {**part, "date": "2020-01-01"} for name, part in record["parts"].items()}}
    assert report.newest({"older": other, "newer": record}) is record
    slow = {"kernels": {**record["parts"]["kernels"], "rows": [row("brightness", 1.0, 2.9)], "date": "2020-01-01"}}
    lines = report.by_processor({"newer": record, "older": {"parts": slow}})
    assert lines[0] == "| target | asked | newer | older |"
    (line,) = (line for line in lines if line.startswith("| brightness, times"))
    assert line.endswith("| **2.90 missed** |") and line.count("missed") == 1


def test_the_readme_and_the_report_are_made_from_the_record(records, tmp_path):
    copy = tmp_path / "README.md"
    copy.write_text((ROOT / "README.md").read_text())
    report.into_readme(copy, records)
    assert copy.read_text() == (ROOT / "README.md").read_text()
    assert report.markdown(records) == (RESULTS / "cpu.md").read_text()


def test_a_readme_without_markers_is_refused(record, tmp_path):
    copy = tmp_path / "README.md"
    copy.write_text(report.BEGIN)
    with pytest.raises(ValueError, match="lacks the markers"):
        report.into_readme(copy, {"a processor": record})


def test_every_part_says_where_and_when(record):
    for part in record["parts"].values():
        assert {"date", "load", "machine", "versions"} <= set(part)
        assert sorted(part["machine"]) == ["cores", "processor", "system"]  # and no name


def test_every_condition_was_measured(record):
    found = {(row["corruption"], row["severity"], row["side"]) for row in record["parts"]["kernels"]["rows"]}
    compared = [name for name in ce.corruptions() if peer_has(name)]
    assert {(name, s, 224) for name in compared for s in range(1, 6)} <= found
    assert {(name, 3, side) for name in compared for side in (32, 512)} <= found


def range_of(values, form):
    """ "3 to 5", as a claim about several processors is written; "3" where both ends read the same."""
    low, high = (form.format(end) for end in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


@pytest.fixture(scope="module")
def readme():
    return " ".join((ROOT / "README.md").read_text().split())


def test_the_first_claim_of_the_readme(records, readme):
    """On every processor every corruption is faster than the peer's at 224, the 75 conditions together so many times;
    two processors give so many times that.
    """
    sums, threads, processes = [], [], []
    for record in records.values():
        rows = [row for row in record["parts"]["kernels"]["rows"] if row["side"] == 224]
        assert all(times_faster(of(rows, name)) > 1 for name in ce.corruptions() if peer_has(name))
        sums.append(times_faster(of(rows, "imagenet-c")))
        (two,) = (row for row in record["parts"]["scaling"]["threads"] if row["threads"] == 2)
        threads.append(two["ratio"]["median"])
        processes += [two["processes"]["median"]] if "processes" in two else []  # not yet asked on the first
    assert f"together {int(min(sums))} to {int(max(sums))} times on the three processors" in readme and len(sums) == 3
    assert f"two processors give {int(10 * min(threads)) / 10} times that with threads" in readme
    assert f"{int(10 * min(processes)) / 10} and more with processes" in readme


def test_what_the_readme_says_of_the_loader(records, readme):
    parts = [record["parts"]["loader"] for record in records.values() if "loader" in record["parts"]]
    noise, zoom = zip(*(part["cases"] for part in parts), strict=True)
    of_noise = range_of([case["ratio"] for case in noise], "{:.1f}")
    assert f"gives {of_noise} times the images/s of a torch DataLoader" in readme
    assert f"and {range_of([case['ratio'] for case in zoom], '{:.0f}')} times under zoom_blur" in readme
    clean = range_of([part["clean"]["ratio"] for part in parts], "{:.1f}")
    assert f"clean {clean} times the fastest" in readme
    ms = range_of([statistics.median(case["cpu_ms_per_image"]["ours"]) for case in noise], "{:.1f}")
    assert f"our {ms} ms of processor time an image" in readme
