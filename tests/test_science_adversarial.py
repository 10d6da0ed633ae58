"""Attacks as conditions of an evaluation: record, report, growth, merge, and what is refused."""

import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.catalogue import (
    attack_benchmarks,
    benchmark_facts,
    find_benchmark,
    read_definition,
)
from corrupt_engine.catalogue.writing import benchmark_text
from corrupt_engine.records import read_results
from corrupt_engine.science import attack

from .attacked import BOTH, FED, IMAGES, TENSOR, network


def fed(model, shown):
    with torch.no_grad():
        return model((shown - 0.5) / 0.25)


LABELS = fed(network(), TENSOR).argmax(1).numpy()
DATA = (IMAGES, LABELS)


@pytest.fixture
def both(tmp_path):
    path = tmp_path / "both.toml"
    path.write_text(BOTH)
    return path


def evaluated(model, benchmark, **options):
    return ce.evaluate(model, DATA, benchmark, **{"progress": False, "batch_size": 4, **FED, **options})


def test_the_predictions_are_those_on_the_attacked_images(both, tmp_path):
    """By the function on tensors; the clean images, or those of another epsilon, would give others."""
    report = evaluated(network(), both, record=tmp_path / "a.db", corruptions="fgsm")
    assert report.clean_error == 0 and report.corruptions == ("fgsm",)
    for severity, epsilon in ((1, 0.01), (2, 0.03)):
        changed = attack(network(), TENSOR, torch.from_numpy(LABELS), "fgsm", epsilon=epsilon, **FED)
        wrong = (fed(network(), changed).argmax(1).numpy() != LABELS).mean()
        assert report.errors["fgsm"][severity - 1] == pytest.approx(wrong)
    assert report.errors["fgsm"][1] > 0


def test_decoded_files_are_shown_attacked_without_a_warning(both, tmp_path):
    """Pillow's images are read-only, of which torch warns once a process, and once only."""
    for n in range(8):
        path = tmp_path / f"c{n % 4}" / f"{n}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(IMAGES[n]).save(path)
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        options = {"geometry": "none", "backend": "threads", "progress": False, **FED}
        report = ce.evaluate(network(), tmp_path, both, corruptions="fgsm", severities=2, **options)
    finally:
        torch.set_warn_always(before)
    assert report.image_pairs and {example.condition.corruption for example in report.examples} == {"clean", "fgsm"}


@pytest.mark.parametrize("size", [1, 3])
def test_the_batch_size_changes_nothing(both, size):
    assert evaluated(network(), both, batch_size=size).errors == evaluated(network(), both, batch_size=7).errors


def test_the_random_start_goes_by_the_ids_that_are_given(both):
    """So that a part of a set has the answers that it has in the whole."""

    def answers(data, **options):
        chosen = {"corruptions": "from_anywhere", "mistakes": 0, "progress": False, "batch_size": 4, **FED, **options}
        report = ce.evaluate(network(), data, both, **chosen)
        return report.predictions[ce.Condition("from_anywhere", 2)].confidence

    part = [7, 2, 5]
    whole, given = answers(DATA), answers((IMAGES[part], LABELS[part]), ids=part)
    assert given == pytest.approx(whole[part], abs=1e-5)
    assert answers((IMAGES[part], LABELS[part])) != pytest.approx(whole[part], abs=1e-5)


def test_noise_beside_attack_and_a_record_that_grows(both, tmp_path):
    evaluated(network(), both, record=tmp_path / "grown.db", corruptions="gaussian_noise")
    evaluated(network(), both, record=tmp_path / "grown.db", corruptions="fgsm", severities=2)
    grown = evaluated(network(), both, record=tmp_path / "grown.db")
    assert grown.errors == evaluated(network(), both).errors
    told = read_results(tmp_path / "grown.db").settings
    assert told["attacks.library"].startswith("foolbox ") and told["attacks.crafted_by.fingerprint"]
    assert told["attacks.levels.from_anywhere"][1] == {"kind": "pgd", "epsilon": 0.03, "steps": 3, "step": 0.25}


def test_merging(both, tmp_path):
    from corrupt_engine.evaluation.merge import merge

    evaluated(network(), both, record=tmp_path / "1.db", corruptions="fgsm")
    evaluated(network(), both, record=tmp_path / "2.db", corruptions="from_anywhere,gaussian_noise")
    merge([tmp_path / "1.db", tmp_path / "2.db"], tmp_path / "all.db")
    assert ce.Report.load(tmp_path / "all.db").errors == evaluated(network(), both).errors


def test_black_box(both, tmp_path):
    other = network(seed=8)
    report = evaluated(network(), both, crafted_by=other, record=tmp_path / "a.db", corruptions="fgsm")
    changed = attack(other, TENSOR, torch.from_numpy(LABELS), "fgsm", epsilon=0.03, **FED)
    wrong = (fed(network(), changed).argmax(1).numpy() != LABELS).mean()
    assert report.errors["fgsm"][1] == pytest.approx(wrong)
    with pytest.raises(ce.RecordError, match=r"attacks\.crafted_by"):
        evaluated(network(), both, record=tmp_path / "a.db", corruptions="fgsm")


def test_black_box_needs_no_gradient_of_the_model(both):
    def blind(shown):
        return network()(shown.detach()).numpy()

    report = evaluated(blind, both, crafted_by=network(), corruptions="fgsm")
    assert report.errors == evaluated(network(), both, corruptions="fgsm").errors
    with pytest.raises(ce.OptionError, match="crafted_by"):
        evaluated(blind, both, corruptions="fgsm")
    assert evaluated(blind, both, corruptions="gaussian_noise").corruptions == ("gaussian_noise",)


def test_a_model_that_takes_bytes(both):
    def bytes_in(shown):
        return network()((shown.float() / 255 - 0.5) / 0.25)

    with pytest.raises(ce.OptionError, match="takes bytes"):
        evaluated(bytes_in, both, corruptions="fgsm", mean=None)
    from corrupt_engine.models import LoadedModel

    crafter = LoadedModel(network(), "crafter", 0.5, 0.25)
    report = evaluated(bytes_in, both, corruptions="fgsm", mean=None, crafted_by=crafter)
    changed = attack(network(), TENSOR, torch.from_numpy(LABELS), "fgsm", epsilon=0.03, **FED)
    wrong = (bytes_in((changed * 255).round().byte()).argmax(1).numpy() != LABELS).mean()
    assert report.errors["fgsm"][1] == pytest.approx(wrong)


def test_several_models_each_by_its_own_gradient(both):
    models = [network(), network(seed=8)]
    together = evaluated(models, both, corruptions="fgsm", check=False)
    alone = [evaluated(model, both, corruptions="fgsm", check=False) for model in models]
    assert [one.errors for one in together] == [one.errors for one in alone]


def test_nothing_to_craft():
    with pytest.raises(ce.OptionError, match="no attack"):
        evaluated(network(), "imagenet-c", crafted_by=network())


def test_memory_that_suffices_for_few_images_at_once(both):
    """The graph that a gradient needs takes more than answers do."""

    def most(count):
        def limited(shown):
            if torch.is_grad_enabled() and len(shown) > count:
                raise torch.OutOfMemoryError("out of memory")
            return network()(shown)

        return limited

    whole = evaluated(network(), both, corruptions="fgsm", crafted_by=most(99), batch_size=10)
    assert evaluated(network(), both, corruptions="fgsm", crafted_by=most(3), batch_size=10).errors == whole.errors
    with pytest.raises(ce.DeviceError, match="one image of 3 x 12 x 12"):
        evaluated(network(), both, corruptions="fgsm", crafted_by=most(0), batch_size=10)


def test_a_dry_run_counts_attacks(both):
    found = evaluated(network(), both, dry_run=True)
    assert found.conditions == 7 and found.seconds > 0


def test_an_own_evaluator_cannot_be_attacked(both):
    with pytest.raises(ce.OptionError, match=r"use evaluate\(\)"):
        ce.evaluate_with(lambda loader: 1.0, DATA, both, progress=False)


def test_labels_are_needed(both):
    unlabelled = [(image, None) for image in IMAGES]
    with pytest.raises(ce.OptionError, match="no labels"):
        ce.evaluate(network(), unlabelled, both, progress=False, corruptions="fgsm", **FED)


def test_an_attack_is_no_corruption():
    assert attack_benchmarks() == ("adversarial", "adversarial-mnist")
    assert not {"fgsm", "pgd", "cw_l2"} & set(ce.corruptions()) and not set(attack_benchmarks()) & set(ce.benchmarks())
    assert ce.corruptions("adversarial")[:2] == ("fgsm", "least_likely_fgsm")
    with pytest.raises(ce.OptionError, match="is an attack, no corruption: it needs a model"):
        ce.corrupt(IMAGES[0], "fgsm")
    with pytest.raises(ce.UnknownNameError):
        ce.corrupt(IMAGES[0], "fgms")
    with pytest.raises(ce.OptionError, match="is an attack"):
        ce.CorruptLoader(DATA, corruption="pgd", severity=2)


def test_the_shipped_levels():
    assert benchmark_facts("adversarial").members[0].table["epsilon"] == (0.0025, 0.025, 8 / 255, 0.04, 0.08)
    for member in benchmark_facts("adversarial-mnist").members[:-1]:
        assert member.table["epsilon"] == (0.07, 0.14, 0.21, 0.28, 0.34, 0.4)


def test_a_part_can_be_written_as_a_file(both):
    whole = find_benchmark(both)
    again = read_definition(benchmark_text("mine", ["from_anywhere", "gaussian_noise"], whole, "made up"), "mine")
    assert again.attacks["from_anywhere"] == whole.attacks["from_anywhere"] and again.formulas == ("gaussian_noise",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("epsilon = [0.01, 0.03] }", "epsilon = [0.01, 3] }", "attacks.fgsm: fgsm: epsilon is 3"),
        ("epsilon = [0.01, 0.03] }", "eps = [0.01] }", "attacks.fgsm: .*eps"),
        ('of = "pgd"', 'of = "pdg"', "attacks.from_anywhere: .*pdg"),
        ("[attacks.fgsm]", "[attacks.gaussian_noise]", "corruptions.gaussian_noise is there already"),
        ('source = "a test"', 'source = "a test"\nclasses = 4\nsuperclasses = { a = [0, 1], b = [2] }', "one class"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(both, old, new, words):
    assert old in BOTH
    both.write_text(BOTH.replace(old, new, 1))
    with pytest.raises(ce.BenchmarkError, match=words):
        find_benchmark(both)
