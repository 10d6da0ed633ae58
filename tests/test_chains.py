"""Chains of corruptions: each member as it is by itself, in every place that takes a corruption's name."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.catalogue.chain import chain_name, links_of

IDS = [4, 2**40, 7]
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 40, 48, 3), dtype=np.uint8)
CHAIN = "gaussian_noise@2.25+motion_blur"

FILE = """
name = "pairs"
source = "a test"

[corruptions.noise_to_blur]
of = "gaussian_noise+motion_blur"
table = { gaussian_noise = [3, 2.25, 0], motion_blur = [0, 1, 5] }
"""


def one_by_one(images, *members, ids=IDS, **settings):
    for name, severity in members:
        images = ce.corrupt(images, name, severity, ids=ids, **settings)
    return images


def same(made, wanted):
    return np.array_equal(np.asarray(made), np.asarray(wanted))


@pytest.mark.parametrize("shape", [(3, 40, 48, 3), (3, 40, 48, 1), (3, 1, 1, 3), (0, 9, 9, 3)])
def test_a_chain_is_its_members_one_after_the_other(shape):
    images, ids = np.resize(IMAGES, shape), np.array(IDS[: shape[0]], int)
    made = ce.corrupt(images, CHAIN, 3, ids=ids, seed=5, trial=1)
    assert same(made, one_by_one(images, ("gaussian_noise", 2.25), ("motion_blur", 3), ids=ids, seed=5, trial=1))
    if images.size > 10_000:  # the order counts, and so does each member's severity
        assert not same(
            made, one_by_one(images, ("motion_blur", 3), ("gaussian_noise", 2.25), ids=ids, seed=5, trial=1)
        )
        assert not same(made, ce.corrupt(images, "gaussian_noise@2.5+motion_blur", 3, ids=ids, seed=5, trial=1))


def test_members_without_a_severity_have_that_of_the_chain_and_nothing_changes_at_0():
    both = [("fog", 2.5), ("jpeg_compression", 2.5), ("contrast", 2.5)]
    assert same(ce.corrupt(IMAGES, "fog+jpeg_compression+contrast", 2.5, ids=IDS), one_by_one(IMAGES, *both))
    assert same(ce.corrupt(IMAGES, CHAIN, 0, ids=IDS), IMAGES)
    assert same(ce.corrupt(IMAGES, "fog@0+contrast@2", 1), one_by_one(IMAGES, ("contrast", 2)))


def test_below_severity_1_all_members_fade_together():
    half = [("fog", 1.25), ("contrast", 0.5)]
    assert same(ce.corrupt(IMAGES, "fog@2.5+contrast", 0.5, ids=IDS), one_by_one(IMAGES, *half))
    assert same(ce.corrupt(IMAGES, "fog@2.5+contrast@1", 0.5, ids=IDS), one_by_one(IMAGES, *half))


@pytest.mark.parametrize("severity", [1.00000001, 0.1 + 0.2, 2.0000000000000004, 1e-7, 3, 1e16])
def test_a_name_says_every_digit_of_a_severity(severity):
    name = chain_name([("fog", severity), ("contrast", np.float64(severity)), "snow"])
    assert [link.severity for link in links_of(name)] == [severity, severity, None]


def test_one_by_one_is_the_batch_and_content_ids_are_those_of_the_image_given():
    made = ce.corrupt(IMAGES, CHAIN, 3, ids=IDS)
    for n in (2, 0, 1):
        assert same(ce.corrupt(IMAGES[n], CHAIN, 3, ids=IDS[n]), made[n])
    assert same(ce.corrupt(IMAGES, CHAIN, 3), ce.corrupt(IMAGES, CHAIN, 3, ids=ce.content_ids(IMAGES)))


def test_the_copy_is_stored_once():
    image = np.resize(IMAGES, (224, 224, 3))
    made = ce.corrupt(image, CHAIN, 3, ids=1)
    file = io.BytesIO()
    Image.fromarray(made).save(file, "JPEG", quality=85, subsampling="4:2:0")
    stored = ce.corrupt(image, CHAIN, 3, ids=1, as_stored=True)
    assert same(stored, Image.open(file))
    twice = one_by_one(image, ("gaussian_noise", 2.25), ("motion_blur", 3), ids=1, as_stored=True)
    assert not same(stored, twice)


def test_members_are_looked_up_in_the_variant():
    made = ce.corrupt(IMAGES, "gaussian_noise+contrast", 3, ids=IDS, variant="imagenet-c")
    members = [("gaussian_noise", 3), ("contrast", 3)]
    assert same(made, one_by_one(IMAGES, *members, variant="imagenet-c"))
    assert not same(made, one_by_one(IMAGES, *members, variant="cifar-10-c"))


def test_depth_is_handed_to_the_member_that_needs_it():
    depth = np.tile(np.linspace(0.05, 0.5, 48, dtype=np.float32), (3, 40, 1))
    made = ce.corrupt(IMAGES, "contrast@1+fog_3d", 2, ids=IDS, depth=depth)
    assert same(made, ce.corrupt(ce.corrupt(IMAGES, "contrast", 1), "fog_3d", 2, ids=IDS, depth=depth))
    with pytest.raises(ce.CorruptEngineError, match="depth"):
        ce.corrupt(IMAGES, "contrast+fog_3d", 2)


@pytest.fixture
def folder(tmp_path):
    for n, image in enumerate(IMAGES):
        place = tmp_path / "images" / f"class{n % 2}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{n}.png")
    return tmp_path / "images"


def test_loader_transform_mixture_and_stream_take_it(folder):
    loader = ce.CorruptLoader(folder, CHAIN, 3, batch_size=2, mean=None, geometry="none", num_workers=0)
    source = loader.source
    clean = np.stack([source.decode(n)[0] for n in range(3)])
    wanted = ce.corrupt(clean, CHAIN, 3, ids=[0, 1, 2])
    assert same(torch.cat([images for images, _ in loader]).permute(0, 2, 3, 1), wanted)
    assert same(ce.Corrupt(CHAIN, 3)(clean[1]), ce.corrupt(clean[1], CHAIN, 3))
    mixed = ce.Mixture([(CHAIN, 3)], corrupted=1.0, fresh=False)
    assert ce.Mixture.from_json(mixed.to_json()) == mixed
    loader = ce.CorruptLoader(folder, mixed, batch_size=3, mean=None, geometry="none", num_workers=0)
    assert same(next(iter(loader))[0].permute(0, 2, 3, 1), wanted)
    assert ce.Stream([(CHAIN, 3), ("fog", 1)]).stages[0].corruption == CHAIN


def test_a_benchmark_holds_a_chain_whose_levels_are_pairs_of_severities(folder, tmp_path):
    (tmp_path / "pairs.toml").write_text(FILE)
    benchmark = str(tmp_path / "pairs.toml")
    made = ce.corrupt(IMAGES, "noise_to_blur", 2, ids=IDS, variant=benchmark)
    assert same(made, one_by_one(IMAGES, ("gaussian_noise", 2.25), ("motion_blur", 1)))
    between = ce.corrupt(IMAGES, "noise_to_blur", 1.5, ids=IDS, variant=benchmark)
    assert same(between, one_by_one(IMAGES, ("gaussian_noise", 2.625), ("motion_blur", 0.5)))

    class Brightest(torch.nn.Module):
        def forward(self, images):
            return images.flatten(2).mean(2)[:, :2]

    report = ce.evaluate(Brightest(), folder, benchmark, record=tmp_path / "r.sqlite", geometry="none", batch_size=2)
    assert report.samples == 3 and list(report.errors) == ["noise_to_blur"] and "noise_to_blur" in str(report)


def test_a_member_is_what_the_file_calls_so(tmp_path):
    """Not what is registered so: that would draw nothing, and all images had the draws of id 0."""
    (tmp_path / "own.toml").write_text(
        'name = "own"\nsource = "a test, 2026"\n'
        '[corruptions.contrast]\nof = "fog"\ntable = { strength = 1.0, decay = 2.0 }\n'
        '[corruptions.both]\nof = "contrast+brightness"\ntable = { contrast = 1, brightness = 2 }\n'
    )
    own = tmp_path / "own.toml"
    made = ce.corrupt(IMAGES, "both", 1, variant=own)
    assert same(made, ce.corrupt(IMAGES, "both", 1, variant=own, ids=ce.content_ids(IMAGES)))
    assert same(made, ce.corrupt(IMAGES, "contrast+brightness@2", 1, variant=own))


@pytest.mark.parametrize(
    ("name", "severity", "said"),
    [
        ("fog+fog", 1, "each once"),
        ("fog+", 1, "'' is no corruption"),
        ("fog@strong+snow", 1, "'strong' is no severity"),
        ("fog@9+snow", 1, "severity 9 of fog is above 5, its strongest"),
        ("fog@-1+snow", 1, "'-1' is no severity"),
        ("fgo+snow", 1, "did you mean 'fog'"),
        ("clean+fog", 1, "'clean' is no corruption"),
        ("fog@2+contrast@2", 2, r"0 \(no change\) to 1 \(strongest of fog@2\+contrast@2\)"),
    ],
)
def test_what_is_no_chain_is_said(name, severity, said):
    with pytest.raises(ce.CorruptEngineError, match=said):
        ce.corrupt(IMAGES, name, severity)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("3, 2.25, 0", "3, 7, 0", "severity 7 is not from 0 .* to 5"),
        ("gaussian_noise = [3, 2.25, 0], ", "", "gaussian_noise is missing"),
        ('of = "gaussian_noise+', 'of = "gaussian_noise@2+', "the severities are the table's"),
        ('of = "gaussian_noise+', 'of = "gausian_noise+', "did you mean 'gaussian_noise'"),
        ("corruptions.noise_to_blur", 'corruptions."noise+blur"', "give it another name"),
        ("corruptions.noise_to_blur", "corruptions.gaussian_noise", "gaussian_noise is a chain in this file"),
    ],
)
def test_a_file_with_a_wrong_chain_says_where(tmp_path, old, new, said):
    (tmp_path / "pairs.toml").write_text(FILE.replace(old, new))
    with pytest.raises(ce.BenchmarkError, match=said):
        ce.corruptions(tmp_path / "pairs.toml")


def test_a_name_is_made_of_members_and_read_back():
    for wrong in ("fog", None, [1, 2], [("fog",), ("snow",)]):
        with pytest.raises(ce.OptionError, match=r"a list of names, or of \(name, severity\), is needed"):
            chain_name(wrong)
    name = chain_name([("gaussian_noise", 2.25), "motion_blur", ("fog", 1)])
    assert name == "gaussian_noise@2.25+motion_blur+fog@1"
    assert links_of(name) == (("gaussian_noise", 2.25), ("motion_blur", None), ("fog", 1.0))
