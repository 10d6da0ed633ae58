"""`corrupt-engine list`: what fits the filters, and how it is counted."""

import json
import re

import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import facts, find_corruption
from corrupt_engine.catalogue.speeds import Speed, measured_times, speed_record
from corrupt_engine.cli import main
from corrupt_engine.cli.list import fitting

ALIASES = """
name = "aliases"
source = "a test, 2026"
license = "MIT"
task = "segmentation"
[missing]
rain = "needs the depth of each pixel"
[corruptions.up]
of = "brightness_shift"
table = { amount = [0.1, 0.2] }
[corruptions.down]
of = "brightness_shift"
table = { amount = [0.1] }
[corruptions.fog]
table = { strength = [1.0], decay = 2.0 }
"""

CHAINED = """
name = "chained"
source = "a test, 2026"
[corruptions.both]
of = "fog+contrast"
table = { fog = 1, contrast = [1, 2] }
"""


@pytest.fixture
def aliases(tmp_path):
    path = tmp_path / "aliases.toml"
    path.write_text(ALIASES)
    return str(path)


@pytest.fixture
def listed(capsys):
    """What the command gives as JSON, and what it says beside it."""

    def run(*options):
        code = main(["list", "--json", *options])
        told = capsys.readouterr()
        assert code == 0, told.err
        return json.loads(told.out), told.err

    return run


@pytest.fixture
def refused(capsys):
    def run(*options):
        assert main(["list", *options]) == 2
        return capsys.readouterr().err

    return run


def names(found):
    return {one["name"] for one in found["corruptions"]}


def test_without_filters_it_is_everything(listed):
    found, _ = listed()
    assert names(found) == set(ce.corruptions()) and list(found["benchmarks"]) == list(ce.benchmarks())
    assert found["counts"] == {"corruptions": len(ce.corruptions()), "benchmarks": len(ce.benchmarks())}


def test_a_family(listed):
    found, _ = listed("--family", "weather", "occlusion")
    assert {find_corruption(name).family for name in names(found)} == {"weather", "occlusion"}
    assert "imagenet-c" in found["benchmarks"] and "camera-defects" not in found["benchmarks"]
    assert found["counts"]["corruptions"] == len(found["corruptions"])


def test_a_benchmark_is_listed_with_its_own(listed):
    found, _ = listed("--benchmark", "imagenet-c-extra", "center-occlusion")
    assert list(found["benchmarks"]) == ["imagenet-c-extra", "center-occlusion"]
    assert names(found) == {"speckle_noise", "gaussian_blur", "spatter", "saturate", "center_occlusion"}


def test_a_benchmark_that_is_named_is_listed_once(listed):
    found, _ = listed("--benchmark", "imagenet-c-extra", "imagenet-c-extra")
    assert found["counts"] == {"corruptions": 4, "benchmarks": 1}
    found, _ = listed("--benchmark", "adversarial")  # a model makes what is in it
    assert (
        found["counts"] == {"corruptions": 0, "benchmarks": 1}
        and "pgd" in found["benchmarks"]["adversarial"]["corruptions"]
    )
    assert not listed("--benchmark", "adversarial", "--family", "noise")[0]["benchmarks"]


def test_the_members_of_a_chain_are_in_its_benchmark(listed, tmp_path):
    path = tmp_path / "chained.toml"
    path.write_text(CHAINED)
    found, _ = listed("--benchmark", str(path))
    assert names(found) == {"fog", "contrast"} and found["benchmarks"]["chained"]["corruptions"] == ["both"]
    assert list(listed("--benchmark", str(path), "--family", "weather")[0]["benchmarks"]) == ["chained"]


def test_mechanisms_are_counted_not_names(listed, aliases, capsys):
    found, _ = listed("--benchmark", aliases)
    assert found["counts"] == {"corruptions": 2, "benchmarks": 1}
    one = found["benchmarks"]["aliases"]
    assert one["corruptions"] == ["up", "down", "fog"] and one["mechanisms"] == 2 and one["license"] == "MIT"
    assert one["task"] == "segmentation" and one["missing"] == {"rain": "needs the depth of each pixel"}
    assert main(["list", "--benchmark", aliases]) == 0
    text = capsys.readouterr().out
    assert "3 corruptions (2 mechanisms), of 1 or 2 severities" in text and "2 corruptions in 1 benchmark\n" in text


def test_task_and_license(listed, aliases):
    everything = ["--benchmark", "imagenet-c", aliases]
    assert list(listed(*everything, "--task", "segmentation")[0]["benchmarks"]) == ["aliases"]
    assert list(listed(*everything, "--license", "apache*")[0]["benchmarks"]) == ["imagenet-c"]
    assert list(listed(*everything, "--license", "apache*", "mit")[0]["benchmarks"]) == ["imagenet-c", "aliases"]
    nothing, _ = listed(*everything, "--license", "mit", "--task", "classification")
    assert nothing["counts"] == {"corruptions": 0, "benchmarks": 0}


def test_what_is_of_no_known_license(tmp_path, listed):
    path = tmp_path / "unsaid.toml"
    path.write_text(ALIASES.replace('license = "MIT"\n', "").replace('"aliases"', '"unsaid"'))
    assert list(listed("--benchmark", str(path), "imagenet-c", "--license", "none")[0]["benchmarks"]) == ["unsaid"]


def test_faster_than(listed, monkeypatch):
    times = {"fog": Speed(0.8, 1.0), "snow": Speed(1.2, 1.5), "frost": Speed(1.0, 1.2)}
    monkeypatch.setattr(facts, "measured_times", lambda: times)
    found, said = listed("--faster-than", "1", "--family", "weather")
    assert names(found) == {"fog"} and re.search("not measured, so left out: .*random_fog", said)
    assert found["corruptions"][0]["ms"] == 0.8 and found["corruptions"][0]["ratio"] == 1.0
    assert "imagenet-c" in found["benchmarks"] and "imagenet-c-extra" not in found["benchmarks"]
    assert "224 x 224" in found["times"] and speed_record()["processor"] in found["times"]
    quiet, said = listed("--faster-than", "1", "--family", "weather", "--quiet")
    assert quiet == found and said == ""


def test_the_committed_times_are_of_all(listed):
    assert set(measured_times()) >= set(ce.corruptions()), "make docs"
    found, said = listed("--faster-than", "1e9")
    assert names(found) == set(ce.corruptions()) and said == ""


def test_wrong_names_are_refused(refused):
    assert "unknown family 'wether': did you mean 'weather'?" in refused("--family", "wether")
    assert "unknown license 'GPL'" in refused("--license", "GPL")
    assert "unknown task 'clasification': did you mean 'classification'?" in refused("--task", "clasification")
    assert "unknown benchmark 'imagenet-d'" in refused("--benchmark", "imagenet-d")
    for limit in ("0", "-1", "nan", "inf"):
        assert "is no number of milliseconds above 0" in refused("--faster-than", limit)


def test_patterns():
    assert fitting("license", None, ["MIT"], str) == ["MIT"]
    assert fitting("license", ["M*", "bsd*"], ["MIT", "BSD-3", "CC"], str) == ["MIT", "BSD-3"]
