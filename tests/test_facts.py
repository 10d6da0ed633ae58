"""What is known of corruptions and benchmarks."""

from typing import NamedTuple

import corrupt_engine as ce
from corrupt_engine.catalogue.definitions import docstring, units
from corrupt_engine.catalogue.facts import benchmark_facts, corruption_facts

from . import levels


class Commented(NamedTuple):
    """Parameters of a test."""

    plain: float
    same: float  # pixels, a # of them
    below: int  # how many of
    # the rings
    last: int
    # of no field: the one above has no comment beside it


def test_units_are_the_comments():
    assert units(Commented) == {"same": "pixels, a # of them", "below": "how many of the rings"}


def test_units_where_there_is_no_source():
    assert units(NamedTuple("Made", [("a", int)])) == {}


def test_a_docstring_in_its_parts():
    assert docstring("Only this") == ("Only this", "", "", "")
    assert docstring("A. B. C.\n\nDiffers here.\nSource: D\n2019.") == ("A", "B. C.", "D 2019", "Differs here.")
    assert docstring("At 0. 5 of it. Then.") == ("At 0. 5 of it", "Then.", "", "")


def test_every_corruption_says_what_and_where_from():
    for name, one in corruption_facts().items():
        assert one.name == name and one.about and not one.about.endswith("."), name
        assert any(digit.isdigit() for digit in one.source), f"{name}: {one.source!r} names no year"
        assert one.family and one.benchmarks, name
        assert one.random or not one.draws, name


def test_facts_of_one():
    fog = corruption_facts()["fog"]
    assert fog.family == "weather" and fog.random and not fog.moves_pixels and not fog.host_only
    assert [(p.name, p.kind) for p in fog.parameters] == [("strength", "float"), ("decay", "float")]
    assert fog.parameters[0].unit == "of the fog, image on 0..1"
    assert fog.benchmarks["imagenet-c"] == ("fog",) and "imagenet-c-extra" not in fog.benchmarks
    assert corruption_facts()["frost"].assets == ("textures",)


def test_members_have_the_levels_of_the_benchmark():
    for name in ce.benchmarks():
        one = benchmark_facts(name)
        assert [member.name for member in one.members] == list(ce.corruptions(name))
        for member in one.members:
            assert all(len(column) == member.levels for column in member.table.values())
    fog = next(member for member in benchmark_facts("imagenet-c").members if member.name == "fog")
    assert fog.table["strength"] == tuple(row.strength for row in levels.levels("fog", 224).rows)
    small = next(member for member in benchmark_facts("cifar-10-c").members if member.name == "fog")
    assert small.table["strength"] == tuple(row.strength for row in levels.levels("fog", 32).rows)


def test_frames_of_a_sequence():
    found = {member.name: member for member in benchmark_facts("imagenet-p").members}
    assert found["snow"].same_draws and not found["gaussian_noise"].same_draws
    assert found["translate"].margin > 0 and found["translate"].levels == 41 and found["brightness"].margin == 0


def test_facts_of_a_benchmark(tmp_path):
    one = benchmark_facts("imagenet-c")
    assert one.metric == "top-1 error"
    assert one.license == "Apache-2.0" and one.stored_quality == 85 and one.baseline == "AlexNet"
    assert one.tables_by_size == {"imagenet-c": None, "imagenet-64-c": 96, "cifar-10-c": 40}
    assert benchmark_facts("cifar-10-c").tables_by_size == {} and benchmark_facts("cifar-10-c").baseline == ""
    path = tmp_path / "twice.toml"
    path.write_text(
        'name = "twice"\nsource = "x"\n[missing]\nrain = "why"\n'
        '[corruptions.up]\nof = "fog"\ntable = { strength = [1.0], decay = 2.0 }\n'
        '[corruptions.down]\nof = "fog"\ntable = { strength = [2.0], decay = 2.0 }\n'
    )
    twice = benchmark_facts(path)
    assert twice.mechanisms == ("fog",) and len(twice.members) == 2 and twice.missing == {"rain": "why"}
