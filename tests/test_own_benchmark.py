"""A benchmark file of one's own, the whole way: evaluated, kept, read back without the file, shown, and told from a
changed one.
"""

import json
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.cli import main
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.primitives.zoom import centred_zoom
from corrupt_engine.kernels.registry import registry
from corrupt_engine.models import LoadedModel
from corrupt_engine.reports.formats import FORMATS, render
from corrupt_engine.science import distortion, minimal_sample_distances
from corrupt_engine.tools.export import export
from corrupt_engine.transforms.corrupt import Prepared

from .tiny import TinyImages, TinyModel, evaluate, same_answers

TEXT = """
name = "mine"
source = "a test, 2026"

[corruptions.fog]
group = "Weather"
short = "F."
table = { strength = [0.5, 1.0, 3.0], decay = 2.0 }

[corruptions.brightness]
group = "Light"
table = { added = 0.3 }

[baseline]
name = "Reference"
clean = 0.2
errors = { fog = 0.5, brightness = 0.4 }
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT)
    return path


def test_the_whole_way(mine, tmp_path):
    record = tmp_path / "r.sqlite"
    model = TinyModel()
    report = evaluate(model, TinyImages(12), mine, record=record, trials=2)
    assert model.images == 12 * (1 + 2 * 4)
    assert report.severities == {"fog": (1, 2, 3), "brightness": (1,)}
    assert report.baseline.name == "Reference" and report.settings["variant"] == "mine"
    assert report.ce()["fog"] == pytest.approx(np.mean(report.errors["fog"]) / 0.5)
    mine.unlink()
    back = ce.Report.load(record)
    assert same_answers(report, back) and str(back) == str(report)
    assert back.groups == [("Weather", ["fog"]), ("Light", ["brightness"])] and back.short("fog") == "F."
    for name in FORMATS:
        assert render([back], name)
    (rows,) = json.loads(render([back], "json"))["reports"]
    assert [cell and "value" in cell for cell in rows["errors"]["brightness"]] == [True, None, None]


def test_its_number_of_trials_is_taken_unless_another_is_asked_for(mine, tmp_path):
    mine.write_text(TEXT.replace('name = "mine"', 'name = "mine"\ntrials = 3', 1))
    record, model = tmp_path / "r.sqlite", TinyModel()
    report = evaluate(model, TinyImages(4), mine, record=record, corruptions="fog")
    assert report.trials == 3 and model.images == 4 * (1 + 3 * 3)
    assert report.over_trials()["mean_error"].trials == 3
    assert ce.Report.load(record).trials == 3
    assert evaluate(source=TinyImages(4), benchmark=mine, trials=1).trials == 1
    assert len(ce.conditions(mine)) == 1 + 4, "each condition once"


def test_images_are_those_of_its_table(mine):
    source = TinyImages(4)
    (pair,) = [b for b in ce.sweep(source, mine, mean=None, batch_size=4) if b.condition == ("fog", 3, 0)]
    images = np.stack([source[n][0] for n in range(4)])
    expected = ce.corrupt(images, "fog", 3, ids=range(4), variant=str(mine))
    assert (pair.images.permute(0, 2, 3, 1).numpy() == expected).all()
    assert (expected != ce.corrupt(images, "fog", 3, ids=range(4))).any()


def test_a_file_may_be_given_as_a_path(mine):
    """What a loader's state and a stream's record keep is its text."""
    states = []
    for variant in (mine, str(mine)):
        loader = ce.CorruptLoader(TinyImages(4), "fog", 3, variant=variant, mean=None, batch_size=2)
        next(iter(loader))
        states.append(json.dumps(loader.state_dict()))
        loader.load_state_dict(json.loads(states[0]))
    assert states[0] == states[1]
    stream = ce.Stream.continual(["fog"], 3)
    one, other = (ce.evaluate_stream(TinyModel(), TinyImages(4), stream, variant=v) for v in (mine, str(mine)))
    assert str(one) == str(other)


def test_variant_none_is_not_given(mine):
    """As everywhere: the benchmark's own levels, and not those of each corruption's home."""
    source, plain = TinyImages(4), {"mean": None, "batch_size": 4}
    for left, none in zip(ce.sweep(source, mine, **plain), ce.sweep(source, mine, variant=None, **plain), strict=True):
        assert left.condition == none.condition and (left.images == none.images).all()
    flat = LoadedModel(torch.nn.Flatten(), "flat", 0.0, 1.0)
    left, none = (minimal_sample_distances(flat, source, benchmark=mine, **o) for o in ({}, {"variant": None}))
    assert (left.distances == none.distances).all()
    assert distortion(source, mine) == distortion(source, mine, variant=None)
    report = evaluate(TinyModel(), source, mine)
    assert same_answers(report, evaluate(TinyModel(), source, mine, variant=None))


def test_geometry_none_is_the_models_own(mine):
    source, small = TinyImages(4), ce.Geometry(crop=6)
    model = LoadedModel(TinyModel(), "small", 0.0, 1.0, small)
    assert evaluate(model, source, mine, geometry=None).settings["geometry"] == repr(small)
    stream = ce.Stream.continual(["fog"], 1)
    assert ce.evaluate_stream(model, source, stream, geometry=None, progress=False).settings["geometry"] == repr(small)
    assert distortion(source, mine, model=model, geometry=None) == distortion(source, mine, geometry=small)
    flat = LoadedModel(torch.nn.Flatten(), "flat", 0.0, 1.0, small)
    left, none = (minimal_sample_distances(flat, source, benchmark=mine, **o) for o in ({}, {"geometry": None}))
    assert (left.distances == none.distances).all()


def test_a_changed_file_is_another_evaluation(mine, tmp_path):
    record = tmp_path / "r.sqlite"
    report = evaluate(source=TinyImages(6), benchmark=mine, record=record)
    mine.write_text(TEXT.replace("0.3", "0.4"))
    with pytest.raises(ce.RecordError, match="definition was"):
        evaluate(source=TinyImages(6), benchmark=mine, record=record)
    mine.write_text(TEXT)
    assert same_answers(report, evaluate(source=TinyImages(6), benchmark=mine, record=record))


def test_a_changed_file_of_a_variant_is_another_evaluation(mine, tmp_path):
    """Though the benchmark is a shipped one; so it is for a stream, and for records that are to become one."""
    record, other, stream = (tmp_path / f"{name}.sqlite" for name in ("r", "other", "stream"))
    asked = {"source": TinyImages(6), "corruptions": ["fog"], "severities": [3], "variant": str(mine)}
    fog = ce.Stream.continual(["fog"], 3)

    def answers(file):
        return ce.evaluate_stream(TinyModel(), TinyImages(6), fog, variant=str(mine), record=file, progress=False)

    report, answered = evaluate(record=record, **asked), answers(stream)
    mine.write_text(TEXT.replace("3.0]", "9.0]"))
    with pytest.raises(ce.RecordError, match="variant_definition was"):
        evaluate(record=record, **asked)
    with pytest.raises(ce.RecordError, match="variant_definition was"):
        answers(stream)
    evaluate(record=other, **asked)
    with pytest.raises(ce.RecordError, match="variant_definition is"):
        ce.merge([record, other], tmp_path / "both.sqlite")
    mine.write_text(TEXT)
    assert same_answers(report, evaluate(record=record, **asked))
    assert (answers(stream).predictions.confidence == answered.predictions.confidence).all()
    shipped = evaluate(**{**asked, "variant": "imagenet-64-c"}).settings
    assert "variant_definition" not in {**shipped, **evaluate(source=TinyImages(4), benchmark=mine).settings}


def test_records_of_two_versions_of_a_file_do_not_stand_beside_each_other(mine):
    """Though the benchmark, its corruptions and the number of their levels are called the same."""

    def made(text, name):
        mine.write_text(text)
        return evaluate(TinyModel(), TinyImages(6), mine, name=name)

    one, again = made(TEXT, "one"), made(f"# a remark\n{TEXT}", "again")
    other = made(TEXT.replace("3.0]", "9.0]").replace("added = 0.3", "added = 0.4"), "other")
    counted = made(TEXT.replace('"mine"', '"mine"\nmetric = "balanced"', 1), "counted")
    based = made(TEXT.replace("fog = 0.5", "fog = 0.9"), "based")
    for together in (lambda a, b: a.compare(b), lambda a, b: render([a, b], "text")):
        assert "again" in str(together(one, again))
        with pytest.raises(ce.OptionError, match=r"one and other are not comparable: .* differ in fog, brightness"):
            together(one, other)
        with pytest.raises(ce.OptionError, match="differ in a variant, the metric or the classes"):
            together(one, counted)
        with pytest.raises(ce.OptionError, match=r"several baselines .*: Reference, which has other errors in each"):
            together(one, based)


def test_a_baseline_of_other_levels_is_refused(mine, tmp_path):
    """Though both are whole benchmarks, whose corruptions are called the same."""
    kept, record = tmp_path / "mine.sqlite", tmp_path / "r.sqlite"
    baseline = evaluate(TinyModel(2.0), TinyImages(6), mine, record=kept).as_baseline()
    five = {"source": TinyImages(6), "corruptions": ["fog", "brightness"], "record": record}
    told = r"mean error of fog over severities 1, 2, 3, the numbers are about 1, 2, 3, 4, 5"
    with pytest.raises(ce.OptionError, match=told):
        evaluate(**five, baseline=baseline)
    evaluate(**five)
    with pytest.raises(ce.OptionError, match=told):
        ce.Report.load(record, baseline=baseline)
    again = ce.Report.load(kept, baseline=baseline)
    assert again.mce() == pytest.approx(1) and again.baseline.levels == again.severities


def test_an_export_has_its_levels(mine, tmp_path):
    made = export(TinyImages(3), tmp_path / "npy", "npy", mine, progress=False, num_workers=0)
    assert made.images == 12
    fog, light, labels = (np.load(tmp_path / "npy" / f"{n}.npy") for n in ("fog", "brightness", "labels"))
    assert fog.shape == (9, 8, 8, 3) and light.shape == (3, 8, 8, 3) and labels.shape == (9,)
    images = np.stack([TinyImages(3)[n][0] for n in range(3)])
    assert (fog[6:] == ce.corrupt(images, "fog", 3, ids=range(3), variant=str(mine))).all()


def test_the_command_line_takes_it(mine, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = main(
        ["bench", "--benchmark", str(mine), "--size", "16", "--batch", "1", "--repeats", "1", "--severities", "1"]
    )
    assert code == 0 and "brightness" in capsys.readouterr().out
    broken = tmp_path / "broken.toml"
    broken.write_text(TEXT.replace("decay = 2.0", "dekay = 2.0"))
    assert main(["bench", "--benchmark", str(broken)]) == 2
    assert "broken.toml: corruptions.fog.table: decay and dekay are missing or no parameter" in capsys.readouterr().err


def test_a_report_says_which_published_members_there_are_not(mine, tmp_path):
    caution = "1 published member(s) of mine is not made here: hail. Means over the others are not the paper's."
    assert caution not in str(evaluate(TinyModel(), TinyImages(6), mine, record=tmp_path / "a.sqlite"))
    mine.write_text(TEXT + '\n[missing]\nhail = "not made yet"\n')
    assert caution in str(evaluate(TinyModel(), TinyImages(6), mine, record=tmp_path / "b.sqlite"))


@pytest.mark.parametrize(
    ("name", "table", "said"),
    [
        ("glass_blur", "sigma = 0.5, delta = 129, passes = 1", "delta 129"),
        ("swapped_glass_blur", "sigma = 0.5, side = 3, delta = 200, passes = 1", "delta 200"),
        ("scattered_pixels", "reach = 127.5", "reach 127.5"),
        ("random_sun_flare", "radius = 9, low = 3, high = 1", "low 3, high 1"),
        ("line_blur", "low = 7, high = 3", "low 7, high 3"),
    ],
)
def test_parameters_that_make_no_sense(name, table, said, tmp_path):
    path, image = tmp_path / "mine.toml", np.zeros((13, 17, 3), np.uint8)
    path.write_text(f'name = "mine"\nsource = "a test"\n[corruptions.{name}]\ntable = {{ {table} }}\n')
    with pytest.raises(
        ce.BenchmarkError, match=rf"mine\.toml: {name} cannot be made with .*{said}.*, as of severity 1 "
    ):
        ce.corrupt(image, name, 1, variant=str(path))
    with pytest.raises(ce.BenchmarkError, match=rf"{name} cannot be made"):
        ce.corrupt(image, f"{name}+contrast@0", 1, variant=str(path))


def test_the_largest_disk_and_square():
    """Of larger ones sums and counts of 16 bits wrapped around: levels were 114 and 255 off."""
    edges = np.repeat(np.where(np.arange(130) < 65, 0, 255).astype(np.uint8)[:, None], 20, 1)
    image = np.repeat(edges[..., None], 3, 2)
    disk, square = registry()["defocus_blur"], registry()["median_blur"]
    for p in (disk.parameters(63.0, 0.5), square.parameters(255, 255)):
        corruption, made = (disk if "radius" in p._fields else square), []
        for turned in (image, image.transpose(1, 0, 2)):
            src = np.ascontiguousarray(turned[None])
            dst = np.empty_like(src)
            corruption.apply(cpu, src, dst, p, SimpleNamespace(step=np.zeros(1, np.int64)))
            made.append(dst[0])
        assert (made[0] == made[1].transpose(1, 0, 2)).all()
        assert (np.diff(made[0][:, 0, 0].astype(int)) >= 0).all() and made[0][0, 0, 0] < 128 < made[0][-1, 0, 0]


def test_the_farthest_that_a_field_of_whole_numbers_reaches(tmp_path):
    """A byte each: what lay beyond came in from the other side."""
    path = tmp_path / "mine.toml"
    path.write_text(TEXT + "\n[corruptions.scattered_pixels]\ntable = { reach = 127 }\n")
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 256, 1)
    moved = np.abs(ce.corrupt(ramp, "scattered_pixels", 1, variant=str(path)).astype(int) - ramp)[127:129]
    assert 120 < moved.max() <= 127


LIGHT = "stretch = inf, gamma = 2.0, scale = 0.5, photons = 99.0, sigma = 0.01"


@pytest.mark.parametrize(
    ("name", "table", "said"),
    [
        ("defocus_blur", "radius = 64.0, alias_sigma = 0.5", "radius: 64.0 is beyond what it may be, 0.0 to 63.0"),
        ("median_blur", "low = 3, high = 257", "high: 257 is beyond what it may be, 1 to 255"),
        ("ink_bleeding", "reach = 1.0", "reach: 1.0 is beyond what it may be, 0.0 to 0.5"),
        ("contrast", "factor = inf", "factor: inf is beyond what it may be, -3e+38 to 3e+38"),
        ("posterize", "bits = 1000001", "bits: 1000001 is beyond what it may be, -1000000 to 1000000"),
        ("pixelate", "factor = inf", "factor: inf is beyond what it may be, 0.0 to 10.0"),
        ("blur", "low = 3, high = 10001", "high: 10001 is beyond what it may be, 1 to 10000"),
        ("gaussian_blur", "sigma = 1e6", "sigma: 1000000.0 is beyond what it may be, 0.0 to 10000.0"),
        ("dilation", "radius = 100000", "radius: 100000 is beyond what it may be, 0 to 10000"),
        ("random_grid_shuffle", "grid = 100000", "grid: 100000 is beyond what it may be, 1 to 4096"),
        ("zoom_mean", "zooms = -1, step = 0.01", "zooms: -1 is beyond what it may be, 0 to 10000"),
        ("glass_blur", "sigma = 0.5, delta = -1, passes = 1", "delta: -1 is beyond what it may be, 0 to 10000"),
        ("rain", "area = 1e-6, length = 5, factor = 0.7", "area: 1e-06 is beyond what it may be, 0.01 to inf"),
        ("shot_noise", "photons = 0.0", "photons: 0.0 is beyond what it may be, 0.001 to inf"),
        ("low_light", LIGHT, "stretch: inf is beyond what it may be, 0.0 to 1.0"),
    ],
)
def test_values_that_no_image_is_tried_with(name, table, said, tmp_path):
    """Beyond them some corruptions would read what is no pixel, not end, take all memory, or be as strong as before."""
    path = tmp_path / "mine.toml"
    path.write_text(f'name = "mine"\nsource = "a test"\n[corruptions.{name}]\ntable = {{ {table} }}\n')
    with pytest.raises(ce.BenchmarkError) as caught:
        ce.corrupt(np.zeros((13, 17, 3), np.uint8), name, 1, variant=str(path))
    assert str(caught.value).endswith(f"corruptions.{name}.table.{said}")


def test_a_zoom_that_leads_beyond_the_image():
    for zoom in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="more than 0 is needed"):
            centred_zoom(17, zoom)


BASELINE = '[baseline]\nname = "A"\nclean = 0.3\n[baseline.errors]\n'


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("margin = 100000000\n", r"fog\.margin is 100000000; a number of pixels from 0 to 4,096"),
        (f"{BASELINE}fogg = 0.5\n", "baseline: unknown corruption of the file 'fogg': did you mean 'fog'"),
        (f"a = {3000 * '['}{3000 * ']'}", "is no TOML"),
    ],
)
def test_what_would_fill_the_memory_or_count_for_nothing(own, said, tmp_path):
    path = tmp_path / "mine.toml"
    head = 'name = "mine"\nsource = "a test"\n[corruptions.fog]\ntable = { strength = 1.5, decay = 2.0 }\n'
    path.write_text(head + own)
    with pytest.raises(ce.BenchmarkError, match=said):
        ce.corruptions(path)
    path.write_text(f"{head}margin = 64\n{BASELINE}fog = 0.5\n")
    assert ce.corruptions(path) == ("fog",)


@pytest.mark.parametrize("kind", ["corruptions", "attacks"])
@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", "a\\b", "clean", "a,b", " fog", "a\nb"])
def test_a_name_leads_nowhere_else(name, kind, tmp_path):
    """Exports, features and checkpoints are called by it: "../up" was written beside the folder that was named."""
    path = tmp_path / "mine.toml"
    about = {
        "corruptions": 'of = "fog"\ntable = { strength = 1.5, decay = 2.0 }',
        "attacks": 'of = "fgsm"\ntable = { epsilon = 0.1 }',
    }
    path.write_text(f'name = "mine"\nsource = "a test"\n[{kind}.{json.dumps(name)}]\n{about[kind]}\n')
    with pytest.raises(ce.BenchmarkError, match="can be no name of a corruption"):
        ce.corruptions(path)
    path.write_text(path.read_text().replace(json.dumps(name), '"Nebel für 2.5"'))
    assert ce.corruptions(path) == ("Nebel für 2.5",)


@pytest.mark.parametrize("text", ["nan", f"1{400 * '0'}"])
def test_what_is_no_number_is_refused(text, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace("3.0]", f"{text}]"))
    with pytest.raises(ce.BenchmarkError, match=rf"corruptions\.fog\.table\.strength holds {text}"):
        ce.corruptions(path)


def test_an_error_of_the_library_itself_is_not_put_down_to_parameters(monkeypatch):
    def broken(*given):
        raise ValueError("not of the parameters")

    monkeypatch.setattr(Prepared, "_make", broken)
    with pytest.raises(ValueError, match="not of the parameters") as caught:
        ce.corrupt(np.zeros((8, 8, 3), np.uint8), "fog", 1)
    assert not isinstance(caught.value, ce.BenchmarkError)


def test_many_defective_pixels_are_different_ones_and_soon_found(tmp_path):
    """Ten thousand took minutes."""
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nsource = "a test"\n[corruptions.dead_pixel]\ntable = { pixels = 10000 }\n')
    start = time.perf_counter()
    made = ce.corrupt(np.full((224, 224, 3), 9, np.uint8), "dead_pixel", 1, variant=str(path))
    assert (made == 0).all(axis=-1).sum() == 10000 and time.perf_counter() - start < 20  # .1 s, and the compilation
