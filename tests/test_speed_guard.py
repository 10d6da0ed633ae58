"""No corruption has become slower, beside the peer, than its committed ratio less its noise; and the check can fail."""

import json
import time

import pytest

from benchmarks import guard
from benchmarks.machine import processor
from benchmarks.peers import ours


@pytest.mark.alone
def test_no_corruption_has_become_slower():
    known = guard.committed(processor())
    names = guard.guarded()
    assert set(names) <= set(known), "measure what is new: python -m benchmarks guard"
    committed = {name: known[name] for name in names}
    slower = guard.too_slow(committed, processor())
    assert not slower, slower


@pytest.mark.alone
def test_the_guard_fails_on_a_slow_corruption():
    """Ours made three times over: what a lost vectorisation costs."""

    def slow(image, name, severity):
        for _ in range(3):
            ours(image, name, severity)

    one = {name: row for name, row in guard.committed(processor()).items() if name == "contrast"}
    assert list(guard.too_slow(one, processor(), lambda names, rounds: guard.ratios(names, rounds, slow))) == [
        "contrast"
    ]


def test_a_disturbance_does_not_fail_and_a_regression_does():
    committed = {
        name: {"ratio": 10.0, "noise": 0.05, "processor": "this"} for name in ("disturbed", "regressed", "well")
    }
    asked = []

    def measured(names, rounds):
        asked.append((sorted(names), rounds))
        first = len(asked) == 1
        return {name: {"disturbed": 3.0 if first else 9.9, "regressed": 7.0, "well": 10.0}[name] for name in names}

    assert list(guard.too_slow(committed, "this", measured)) == ["regressed"]
    assert asked[0] == (sorted(committed), guard.ROUNDS)
    assert asked[1] == (["disturbed", "regressed"], 2 * guard.ROUNDS)
    assert [names for names, _ in asked[2:]] == [["regressed"]] * (guard.RETRIES - 1)


def test_each_kind_of_processor_has_its_own_figures(tmp_path, monkeypatch):
    rows = {"this": {"fog": {"ratio": 4.0, "noise": 0.1}}, "that": {"fog": {"ratio": 2.0, "noise": 0.3}}}
    rows["third"] = {"fog": {"ratio": 9.0, "noise": 0.0}, "snow": {"ratio": 5.0, "noise": 0.2}}
    rows["that"]["snow"] = {"ratio": 7.0, "noise": 0.1}
    monkeypatch.setattr(guard, "COMMITTED", tmp_path / "guard.json")
    guard.COMMITTED.write_text(json.dumps(rows))
    assert guard.committed("this")["fog"] == {"ratio": 4.0, "noise": 0.1, "processor": "this"}
    assert guard.committed("this")["snow"] == {"ratio": 5.0, "noise": 0.2, "processor": "third"}
    assert {name: one["processor"] for name, one in guard.committed("other").items()} == {
        "fog": "that",
        "snow": "third",
    }


@pytest.mark.parametrize(
    ("noise", "here", "least"), [(0.01, "this", 8.0), (0.15, "this", 7.0), (0.9, "this", 5.0), (0.01, "other", 5.0)]
)
def test_the_floor_is_the_ratio_less_the_noise(noise, here, least):
    assert guard.floor({"ratio": 10.0, "noise": noise, "processor": "this"}, here) == pytest.approx(least)


@pytest.mark.alone
def test_processor_time_does_not_see_a_wait():
    """What another process does on the core meanwhile is not counted."""
    from benchmarks.interleaving import interleaved

    times = interleaved({"waits": lambda: time.sleep(0.05)}, 1, time.process_time)
    assert times["waits"][0] < 25
