"""The catalogue: benchmarks as data, levels and what lies between them, names looked up, and files of one's own."""

import math
import re
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import conditions, find_benchmark, find_corruption, lookup, own_variant, strength
from corrupt_engine.catalogue.levels import Levels
from corrupt_engine.catalogue.lookup import files
from corrupt_engine.catalogue.parsing import parse
from corrupt_engine.errors import BenchmarkError, OptionError, PluginError, SeverityError, UnknownNameError
from corrupt_engine.kernels.registry import corruption, registry

from .golden_files import golden_image
from .levels import levels, params, tables

ALL = [(c.name, table) for c in registry().values() for table in tables(c.name)]

MINE = """
name = "mine"
source = "a test, 2026"
stored = { jpeg_quality = 85 }
geometry = { resize = 20, crop = [16, 16] }

[corruptions.fog]
group = "Weather"
short = "Fog"
table = { strength = [1.0, 2.0, 3.0], decay = 2.0 }

[corruptions.jpeg_compression]
table = { quality = [50] }
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


@pytest.fixture
def images():
    return np.random.Generator(np.random.PCG64(0)).integers(0, 256, (3, 24, 28, 3)).astype(np.uint8)


def test_imagenet_c_is_as_published():
    assert len(ce.corruptions("imagenet-c")) == 15 and len(ce.corruptions("imagenet-c-extra")) == 4
    assert len(conditions("imagenet-c")) == 76 and conditions("imagenet-c")[0] == ("clean", 0, 0)
    groups = find_benchmark("imagenet-c").groups
    assert [(head, len(names)) for head, names in groups] == [("Noise", 3), ("Blur", 4), ("Weather", 4), ("Digital", 4)]
    assert find_benchmark("imagenet-c").short("jpeg_compression") == "JPEG"
    assert find_benchmark("imagenet-c").baseline.errors["fog"] == 0.819324
    assert find_benchmark("imagenet-c-extra").baseline.name == "AlexNet"


def test_every_corruption_is_at_home_in_a_benchmark():
    for name in ce.corruptions():
        assert levels(name).most >= 1


def test_shipped_files_name_the_corruptions_parameters():
    for file in files():
        assert lookup.checked(file) is file


@pytest.mark.parametrize(("name", "table"), ALL)
def test_whole_severities_are_the_rows(name, table):
    found = levels(name, table)
    whole = range(1, found.most + 1)
    assert [found.params(s) for s in whole] == list(found.rows)
    assert [found.params(float(s)) for s in whole] == list(found.rows)


@pytest.mark.parametrize(("name", "table"), ALL)
def test_fractions_lie_between_the_rows(name, table):
    found = levels(name, table)
    for severity in (1.25, 2.5, found.most - 0.25):
        if severity < 1 or severity > found.most:
            continue
        low, p, high = (found.params(s) for s in (math.floor(severity), severity, math.ceil(severity)))
        for a, b, v in zip(low, high, p, strict=True):
            assert min(a, b) <= v <= max(a, b)
            assert type(v) is type(a)


def test_interpolation_by_hand():
    assert params("gaussian_noise", 2.5).sigma == pytest.approx(0.15)
    assert params("gaussian_noise", 0.5).sigma == pytest.approx(0.04)
    assert params("shot_noise", 0.5).photons == pytest.approx(120)
    assert params("shot_noise", 1.5).photons == pytest.approx(2 / (1 / 60 + 1 / 25))
    assert params("glass_blur", 1.5) == (pytest.approx(0.8), 2, 2)
    assert params("jpeg_compression", 0.5).quality == 63
    assert all(params("frost", s / 10).texture_scale == 1.0 for s in range(1, 50))
    assert params("zoom_blur", 0.5) == (1.0, pytest.approx(1.055), 0.01)


def test_a_logarithmic_scale():
    made = Levels.of(find_corruption("shot_noise"), {"photons": (100, 1)}, {"photons": "logarithmic"}, "here")
    assert made.params(1.5).photons == pytest.approx(10)


def test_a_corruption_without_parameters_has_one_level():
    class Nothing(NamedTuple):
        pass

    plain = SimpleNamespace(name="flip", fields={}, identity={}, within={}, parameters=Nothing)
    made = Levels.of(plain, {}, {}, "here")
    assert made.most == 1 and made.params(1) == made.params(0.5) == ()


def test_a_second_definition_of_a_name_is_refused():
    with pytest.raises(ValueError, match="defined twice"):

        @corruption(registry()["contrast"].parameters, identity={"factor": 1.0})
        def contrast(ops, src, dst, p, d):
            """Again."""


def test_what_changes_nothing_is_a_value_that_may_be():
    for found in registry().values():
        assert list(found.within) == list(found.fields)
        for name, value in found.identity.items():
            least, most = found.within[name]
            assert least <= value <= most, (found.name, name)
    assert registry()["shot_noise"].within == {"photons": (0.001, np.inf)}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"identity": {"faktor": 1.0}}, r"identity names \['faktor'\]; the parameters are"),
        ({"identity": {}, "within": {"faktor": (0, 1)}}, r"within names \['faktor'\]"),
        ({"identity": {}, "form": "magic"}, "not one of batch, law"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(options, words):
    with pytest.raises(ValueError, match=words):

        @corruption(registry()["contrast"].parameters, **options)
        def nonsense(ops, src, dst, p, d):
            """No sense."""

    assert "nonsense" not in registry()


@pytest.mark.parametrize(
    ("find", "words"),
    [
        (lambda: ce.corruptions("imagenetc"), "did you mean 'imagenet-c'"),
        (lambda: ce.corrupt(np.zeros((4, 4, 3), np.uint8), "fogg"), "did you mean 'fog'"),
        (lambda: ce.corrupt(np.zeros((4, 4, 3), np.uint8), "fog", variant="cifar"), "unknown variant 'cifar'"),
    ],
)
def test_unknown_names(find, words):
    with pytest.raises(UnknownNameError, match=words):
        find()


def test_the_table_follows_the_size():
    for side, variant in ((1, "cifar-10-c"), (40, "cifar-10-c"), (41, "imagenet-64-c"), (96, "imagenet-64-c")):
        assert strength("fog", None, side, 4096).variant.name == variant
    assert strength("fog", None, 97, 97).variant.name == "imagenet-c"
    assert own_variant("imagenet-c") is None


def test_a_file_of_ones_own(mine, images):
    found = find_benchmark(mine)
    assert found.name == "mine" and found.corruptions == ("fog", "jpeg_compression")
    assert [c[:2] for c in found.conditions()] == [
        ("clean", 0),
        ("fog", 1),
        ("fog", 2),
        ("fog", 3),
        ("jpeg_compression", 1),
    ]
    assert found.baseline is None and found.groups == [("Weather", ["fog"]), ("", ["jpeg_compression"])]
    mild = ce.corrupt(images, "fog", 2, variant=str(mine))
    same = ce.corrupt(images, "fog", 2, variant="imagenet-c")  # strength 2, decay 2 there as well
    assert np.array_equal(mild, same)
    assert not np.array_equal(ce.corrupt(images, "fog", 3, variant=str(mine)), ce.corrupt(images, "fog", 3))
    stored = ce.corrupt(images, "fog", 2, variant=str(mine), as_stored=True)
    assert np.array_equal(stored, ce.corrupt(images, "fog", 2, variant="imagenet-c", as_stored=True))
    with pytest.raises(SeverityError, match=r"from 0 \(no change\) to 3 \(strongest of fog\)"):
        ce.corrupt(images, "fog", 4, variant=str(mine))
    with pytest.raises(OptionError, match="'snow' has no severities in variant 'mine'; that has fog, jpeg_compression"):
        ce.corrupt(images, "snow", 1, variant=str(mine))


def test_a_changed_file_is_read_again(mine, images):
    before = ce.corrupt(images, "fog", 1, variant=str(mine))
    mine.write_text(MINE.replace("[1.0, 2.0, 3.0]", "[1.5, 2.0, 3.0]"))
    assert not np.array_equal(before, ce.corrupt(images, "fog", 1, variant=str(mine)))


def test_a_loader_and_a_sweep_take_the_file(mine, images, tmp_path):
    source = (images, np.arange(3))
    batches = list(ce.sweep(source, mine, mean=None))
    assert len(batches) == 5
    expected = ce.corrupt(images, "fog", 3, ids=range(3), variant=str(mine))
    assert np.array_equal(batches[3].images.permute(0, 2, 3, 1).numpy(), expected)
    loader = ce.CorruptLoader(source, "fog", 3, variant=str(mine), mean=None)
    assert np.array_equal(next(iter(loader))[0].permute(0, 2, 3, 1).numpy(), expected)


def broken(old, new):
    return MINE.replace(old, new)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "mine.toml is no TOML"),
        (broken('name = "mine"', "name = 3"), "name is 3, a whole number; a text is needed"),
        (broken('name = "mine"', ""), r"mine.toml: name \(a text\) is missing"),
        ('name = "a"\nsource = "b"', "there are no corruptions"),
        (broken("group =", "grup ="), "corruptions.fog: unknown key 'grup': did you mean 'group'"),
        (broken("[1.0, 2.0, 3.0], decay = 2.0", "[1.0, 2.0], decay = [2.0]"), "decay has 1 levels, strength has 2"),
        (broken("strength = [1.0, 2.0, 3.0], ", ""), r"fog.table: strength is missing .* it needs strength \(float\)"),
        (broken("decay = 2.0", "decay = true"), "decay holds True, true or false; numbers are needed"),
        (broken("decay = 2.0", "decay = []"), "decay is empty"),
        (broken("[50]", "[50.5]"), "quality: 50.5 is not a whole number"),
        (
            broken("corruptions.fog", "corruptions.fogg"),
            "corruptions.fogg: unknown corruption 'fogg': did you mean 'fog'",
        ),
        (
            broken('short = "Fog"', 'scale = { decay = "cubic" }'),
            "scale.decay is 'cubic'; allowed are linear, reciprocal",
        ),
        (broken('short = "Fog"', 'scale = { strength = "logarithmic" }'), "logarithmic scale needs values above 0"),
        (broken("quality = [50]", "quality = [50], size = 3"), "size is missing or no parameter of jpeg_compression"),
        (broken("jpeg_quality = 85", "jpeg_quality = 0"), "stored.jpeg_quality is 0; 1 to 100 is needed"),
        (broken('name = "mine"', 'name = "mine"\ntrials = 0'), "mine.toml: trials is 0; 1 to 10,000 are possible"),
        (broken('name = "mine"', f'name = "mine"\ntrials = 1{99 * "0"}'), "; 1 to 10,000 are possible"),
        (broken('name = "mine"', 'name = "mine"\ntrials = 2.5'), "trials is 2.5, a number; a whole number is needed"),
        (broken("resize = 20", 'resize = "big"'), "geometry.resize is 'big', a text"),
        (broken("resize = 20", "resize = [0, 20]"), r"geometry.resize is \[0, 20\], a list; .* 1 to 65,500 or"),
        (broken("resize = 20", f"resize = 1{400 * '0'}"), "geometry.resize is 10"),
        (broken("resize = 20", "crop_first = -0.5"), "crop_first is -0.5; a share of a side above 0, at most 1"),
        (MINE + "[benchmarks.mine]\ncorruptions = [[]]", r"corruptions holds \[\], a list; names are needed"),
        (MINE + "[benchmarks.mine]\ncorruptions = [{}]", "corruptions holds {}, a table; names are needed"),
        (broken("table = { quality = [50] }", "tables = {}"), "jpeg_compression.tables is empty; a table is needed"),
        (MINE + '[benchmarks.mine]\ncorruptions = ["snow"]', r"'snow' has no \[corruptions.snow\]"),
        (MINE + '[benchmarks.mine]\ncorruptions = ["fog", "fog"]', "'fog' is listed twice"),
        (MINE + '[baseline]\nname = "x"\nclean = 0.5\nerrors = { fog = 50 }', "fog is 50; an error rate lies on 0..1"),
        (MINE + '[variants.a]\ntable = "x"', "geometry and stored belong to each of the variants"),
        (broken("table = { quality", "tables.x = { quality"), "no variant uses table 'x'"),
        (
            broken("table = { quality", "tables = { quality"),
            "corruptions.jpeg_compression.tables.quality is .50., a list",
        ),
    ],
)
def test_a_broken_file_is_named_by_file_table_and_key(tmp_path, text, words):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(BenchmarkError, match=words) as caught:
        find_benchmark(path)
    assert re.match(r"mine\.toml\b", str(caught.value))


def test_a_missing_file(tmp_path):
    with pytest.raises(BenchmarkError, match="cannot be read: No such file"):
        find_benchmark(tmp_path / "none.toml")


class Point:
    """An entry point of a package that does not exist."""

    dist = SimpleNamespace(name="somepackage")

    def __init__(self, group, value, load):
        self.group, self.value, self.load = group, value, load


@pytest.fixture
def plugged(monkeypatch):
    """Adds entry points for the time of a test."""

    def plug(*points):
        monkeypatch.setattr(lookup, "entry_points", lambda group: [p for p in points if p.group == group])
        for cached in (lookup.files, lookup._load_plugins):
            cached.cache_clear()

    yield plug
    monkeypatch.undo()
    for cached in (lookup.files, lookup._load_plugins):
        cached.cache_clear()


def test_another_package_adds_a_benchmark(plugged, mine, images):
    plugged(Point(lookup.BENCHMARKS_GROUP, "somepackage:path", lambda: mine))
    assert ce.benchmarks()[-1] == "mine"
    assert len(conditions("mine")) == 5
    assert np.array_equal(ce.corrupt(images, "fog", 2, variant="mine"), ce.corrupt(images, "fog", 2, variant=str(mine)))


def test_another_package_adds_a_corruption(plugged, monkeypatch, images):
    monkeypatch.setattr("corrupt_engine.kernels.registry._REGISTRY", dict(registry()))

    def load():
        class Shift(NamedTuple):
            levels: int

        @corruption(Shift, identity={"levels": 0}, form="image")
        def shifted(image, p, d):
            """Grey levels wrap. Source: a test 2026."""
            return image + np.uint8(p.levels)

    plugged(Point(lookup.CORRUPTIONS_GROUP, "somepackage.shift", load))
    assert "shifted" in ce.corruptions()
    with pytest.raises(OptionError, match="'shifted' belongs to no known benchmark"):
        ce.corrupt(images, "shifted", 1)
    text = 'name = "s"\nsource = "a test, 2026"\n[corruptions.shifted]\ntable = { levels = [3, 9] }'
    file = lookup.checked(parse(text, "s.toml"))
    found = file.levels("shifted", find_corruption("shifted"), file.usual)
    assert found.params(1.5).levels == 6


def test_a_package_that_cannot_be_loaded_is_named(plugged):
    def load():
        raise ImportError("no module named nothing")

    plugged(Point(lookup.CORRUPTIONS_GROUP, "somepackage.broken", load))
    with pytest.raises(
        PluginError, match=r"somepackage adds somepackage.broken.*no module named nothing.*uninstall somepackage"
    ):
        ce.corruptions()


def test_two_files_may_not_share_a_name(plugged, tmp_path):
    path = tmp_path / "twice.toml"
    path.write_text(MINE.replace('name = "mine"', 'name = "imagenet-c"'))
    plugged(Point(lookup.BENCHMARKS_GROUP, "somepackage:path", lambda: path))
    with pytest.raises(BenchmarkError, match=r"twice.toml: benchmarks.imagenet-c is in imagenet_c.toml already"):
        ce.benchmarks()


OWN_NAMES = """
name = "doubled"
source = "made up 2026"
license = "MIT"
task = "medical"

[missing]
codec = "made by a video codec"

[variants.small-doubled]
table = "small"
[variants.large-doubled]
table = "large"
geometry = { resize = 40, crop = 32 }

[benchmarks.doubled-both]
corruptions = ["noise_up", "noise_down"]
variant = "large-doubled"
source = "another one 2026"
[benchmarks.doubled-small]
corruptions = ["fog"]
task = "depth"

[corruptions.noise_up]
of = "gaussian_noise"
tables = { large = { sigma = [0.1, 0.2] } }
[corruptions.noise_down]
of = "gaussian_noise"
tables = { large = { sigma = [0.02, 0.01] } }
[corruptions.fog]
of = "brightness"
tables = { small = { added = [0.5] }, large = "small" }
"""


@pytest.fixture
def doubled(tmp_path):
    path = tmp_path / "doubled.toml"
    path.write_text(OWN_NAMES, encoding="utf-8")
    return path


def test_a_benchmark_may_call_a_corruption_otherwise_and_have_it_twice(doubled):
    found = find_benchmark(doubled)
    assert found.name == "doubled-both" and [found.of(name) for name in found.corruptions] == ["gaussian_noise"] * 2
    image = golden_image("inputs/cat_64.png")
    up, down = (ce.corrupt(image, name, 2, variant=str(doubled)) for name in found.corruptions)
    assert strength("noise_up", str(doubled), 64, 64).levels.rows == ((0.1,), (0.2,))
    assert np.std(up.astype(int) - image) > 5 * np.std(down.astype(int) - image)
    brighter = ce.corrupt(image, "fog", 1, variant=str(doubled))  # as the file calls it, not as it is registered
    assert (brighter == ce.corrupt(image, "brightness", 5)).all()


def test_a_registered_name_means_the_same_without_the_file(doubled):
    image = golden_image("inputs/cat_64.png")
    assert (ce.corrupt(image, "fog", 1) != ce.corrupt(image, "fog", 1, variant=str(doubled))).any()
    with pytest.raises(ce.UnknownNameError, match="noise_up"):
        ce.corrupt(image, "noise_up", 1)


def test_what_is_said_of_one_benchmark_goes_before_what_is_said_of_all(doubled):
    both, small = (
        find_benchmark(doubled).file.benchmark("doubled-both"),
        find_benchmark(doubled).file.benchmark("doubled-small"),
    )
    assert (both.source, small.source) == ("another one 2026", "made up 2026")
    assert (both.task, small.task) == ("medical", "depth") and both.license == small.license == "MIT"
    assert both.missing == {"codec": "made by a video codec"}
    assert both.usual.name == "large-doubled" and small.usual.name == "small-doubled"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'variant = "large-doubled"',
            'variant = "large"',
            "there is no 'large'; there are small-doubled, large-doubled",
        ),
        ('variant = "large-doubled"', 'variant = "small-doubled"', "corruptions.noise_up has no table 'small'"),
        ('of = "brightness"', 'of = "brigthness"', "corruptions.fog: .*brightness"),
        ('codec = "made by', 'codec = 3 # "made by', "missing.codec is 3"),
    ],
)
def test_what_is_wrong_with_names_and_variants_is_said(doubled, old, new, said):
    assert old in OWN_NAMES
    doubled.write_text(OWN_NAMES.replace(old, new), encoding="utf-8")
    with pytest.raises(ce.BenchmarkError, match=said):
        find_benchmark(doubled)


def test_the_sizes_of_imagenet_c_are_benchmarks():
    for name in ("imagenet-c-299", "imagenet-64-c", "tiny-imagenet-c", "cifar-10-c", "cifar-100-c"):
        found = find_benchmark(name)
        assert len(found.corruptions) == 15 and own_variant(name) == found.usual.name == name
        assert found.baseline is None, "AlexNet's errors are those of the images at 224"
    assert find_benchmark("imagenet-c").baseline.clean == 0.435
