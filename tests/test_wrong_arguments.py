"""What is wrong with an argument is said, by its name and value, whatever its type; nothing given is left aside."""

import json
import os
from pathlib import PurePosixPath

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, SequentialSampler, SubsetRandomSampler

import corrupt_engine as ce
from corrupt_engine.reports.formats import render
from corrupt_engine.science import Defence, matching_level, style_split, subtype_split
from corrupt_engine.sources import NoiseSource
from corrupt_engine.tools.export import export

from .small_sources import COUNT, Pairs, labels, made_images

IMAGE = np.zeros((6, 7, 3), np.uint8)


def corrupt(image=IMAGE, name="fog", severity=3, **options):
    return ce.corrupt(image, name, severity, **options)


def loader(*corruption, **options):
    return ce.CorruptLoader((made_images(), labels()), *corruption, **{"num_workers": 0, "batch_size": 4, **options})


def brightest(images):
    return images.mean(1).flatten(1)


def evaluate(source=None, **options):
    small = {"severities": [1], "corruptions": "saturate", "benchmark": "imagenet-c-extra", "geometry": "none"}
    small |= {"progress": False, "num_workers": 0, "limit": 2, "mistakes": 0}
    return ce.evaluate(brightest, (made_images(), labels()) if source is None else source, **{**small, **options})


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: corrupt(severity=10**400), ce.SeverityError, "is not a number from 0"),
        (
            lambda: loader(ce.Grid.of(["fog", "flip"], [1, 3])),
            ce.SeverityError,
            "severity 3.0 is not a number from 0 (no change) to 1 (strongest of flip); fractions such as 0.5 are all",
        ),
        (lambda: corrupt(name=["fog"]), ce.UnknownNameError, "unknown corruption ['fog']"),
        (lambda: corrupt(name="GAUSSIAN_NOISE"), ce.UnknownNameError, "did you mean 'gaussian_noise'"),
        (lambda: corrupt(variant=["imagenet-c"]), ce.UnknownNameError, "unknown variant ['imagenet-c']"),
        (lambda: corrupt(as_stored="no"), ce.OptionError, "as_stored 'no' is neither True nor False"),
        (lambda: corrupt(ids=np.uint64(2**63)), ce.OptionError, "ids must be at most 9223372036854775807"),
        (lambda: corrupt(IMAGE[None].repeat(2, 0), ids=[[1], [2, 3]]), ce.OptionError, "ids must be 2 integer(s), one"),
        (lambda: ce.Corrupt("fog")([IMAGE, IMAGE], id=[[1], [2, 3]]), ce.OptionError, "ids must be 2 integer(s), one"),
        (lambda: corrupt([IMAGE], ids=[]), ce.OptionError, "ids must be 1 integer(s), one an image; got float64"),
        (lambda: corrupt(torch.zeros(6, 7, dtype=torch.uint8).to_sparse()), ce.ImageError, "images.to_dense()"),
    ],
)
def test_corrupt(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


@pytest.mark.parametrize("ids", [[], (), np.zeros(0)])
def test_no_images_have_no_ids(ids):
    assert corrupt([], ids=ids) == [] and corrupt(IMAGE[None][:0], ids=ids).shape == (0, 6, 7, 3)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        *[
            ({name: "no"}, ce.OptionError, f"{name} 'no' is neither True nor False")
            for name in ("shuffle", "drop_last", "pin_memory", "pad_shards", "channels_last", "persistent_workers")
        ],
        ({"mean": "imagenet"}, ce.OptionError, "mean 'imagenet' is neither a number nor several"),
        ({"std": ["a"]}, ce.OptionError, "std ['a'] is neither"),
        ({"extras": 3}, ce.OptionError, "extras 3 is no list of names; there are ids"),
        ({"timeout": -1}, ce.OptionError, "timeout -1 is not a number of seconds"),
        ({"timeout": "5"}, ce.OptionError, "timeout '5' is not a number of seconds"),
        ({"sampler": 3}, ce.OptionError, "sampler 3 cannot be gone through"),
        ({"sampler": [0.5]}, ce.OptionError, "what is no sample number: 'float'"),
        ({"sampler": ["a"]}, ce.OptionError, "what is no sample number: 'str'"),
        ({"sampler": [True, False]}, ce.OptionError, "the sampler gave True, as of a mask"),
        ({"sampler": torch.tensor([False, True])}, ce.OptionError, "the sampler gave tensor(False), as of a mask"),
        ({"batch_sampler": [0, 1], "batch_size": None}, ce.OptionError, "the batch_sampler gave 0; batches"),
        ({"collate_fn": 3}, ce.OptionError, "collate_fn 3 is no function"),
        ({"worker_init_fn": 3}, ce.OptionError, "worker_init_fn 3 is no function"),
        ({"multiprocessing_context": "x", "backend": "torch"}, ce.UnknownNameError, "multiprocessing_context 'x'"),
        ({"variant": "imagenet-cc"}, ce.UnknownNameError, "unknown variant 'imagenet-cc': did you mean 'imagenet-c'"),
        ({"geometry": [256, 224]}, ce.OptionError, "geometry [256, 224] is neither a name such as 'imagenet-c' nor"),
        ({"batch_transforms": None}, ce.OptionError, "batch_transforms has None; a Cutout"),
        ({"generator": 3, "shuffle": True}, ce.OptionError, "generator 3 is no torch.Generator"),
    ],
)
def test_a_loader(options, error, words):
    with pytest.raises(error) as caught:
        list(loader("fog", 3, **options))
    assert words in str(caught.value)


def test_a_variant_is_looked_up_also_of_clean_files(photo_folder):
    for variant in ("imagenet-cc", 3):
        with pytest.raises(ce.UnknownNameError, match=f"unknown variant {variant!r}"):
            ce.CorruptLoader(photo_folder, variant=variant)


def test_flags_may_be_numpys_or_numbers():
    assert len(loader(drop_last=np.True_)) == len(loader(drop_last=1)) == 2
    assert len(loader(drop_last=np.False_, shuffle=None)) == 3


@pytest.mark.parametrize("state", [None, 3, [], "state"])
def test_what_is_no_state(state):
    with pytest.raises(ce.StateError, match=f"no state of a CorruptLoader, but {type(state).__name__}"):
        loader().load_state_dict(state)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ce.Grid(None), "None is no list of conditions"),
        (lambda: ce.Mixture([("fog", 3)], weights="a"), "weights 'a' is neither"),
        (lambda: ce.sweep((made_images(), labels()), 3), "3 is no list of conditions"),
    ],
)
def test_conditions(call, words):
    with pytest.raises(ce.OptionError, match=words):
        call()


def test_a_mapping_is_no_data_set():
    with pytest.raises(ce.SourceError, match="a source cannot be made of dict"):
        ce.CorruptLoader({"images": made_images(), "labels": labels()})


def test_whatever_stands_for_a_path_is_a_path(photo_folder):
    for path in (os.fsencode(photo_folder), PurePosixPath(photo_folder)):
        assert len(ce.CorruptLoader(path, batch_size=1)) == 6


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"labels": 3}, "labels 3 is no mapping"),
        ({"labels": {0: 0, 1: 10**12}}, r"labels\[1\] is 1000000000000; a class number below 10,000,000 is needed"),
        ({"class_names": "abc"}, "class_names 'abc' is no list of names"),
        ({"class_names": [1, 2]}, r"class_names \[1, 2\] is no list of names"),
        (
            {"class_names": {"0": "cat", "1": "dog"}},
            "class_names {'0': 'cat', '1': 'dog'} is no list of names, in the or",
        ),
        ({"class_names": {"cat"}}, "class_names {'cat'} is no list of names"),
        ({"baseline": "alexnet"}, "baseline 'alexnet' is no Baseline"),
        ({"record": 3}, "record 3 is no path"),
        ({"name": 3}, "name 3 is no text"),
        ({"corruptions": 3}, "corruptions=3 is no name, group or pattern"),
        ({"corruptions": {"saturate": 3}}, "corruptions=.*'saturate': 3.* is no name, group or pattern, nor a list"),
        ({"mean": "imagenet"}, "mean 'imagenet' is neither a number nor several"),
        ({"std": "imagenet"}, "std 'imagenet' is neither a number nor several"),
        ({"check": "no"}, "check 'no' is neither True nor False"),
    ],
)
def test_evaluate(options, words):
    with pytest.raises(ce.OptionError, match=words):
        evaluate(**options)


def test_a_record_may_be_named_in_bytes(tmp_path):
    evaluate(record=os.fsencode(tmp_path / "r.sqlite"))
    assert (tmp_path / "r.sqlite").is_file()


ASIDE = {"shuffle": True, "sampler": [0], "batch_sampler": [[0]], "collate_fn": list, "extras": "ids"}
ASIDE |= {"num_shards": 2, "shard_id": 0, "pad_shards": True, "drop_last": True, "generator": torch.Generator()}


@pytest.mark.parametrize("name", ASIDE)
def test_those_who_take_all_images_take_no_order(name, tmp_path):
    """They would go through all of them, whatever it says."""
    with pytest.raises(ce.OptionError, match=rf"evaluate\(\) does not take '{name}'"):
        evaluate(**{name: ASIDE[name]})
    with pytest.raises(ce.OptionError, match=rf"export\(\) does not take '{name}'"):
        export((made_images(), labels()), tmp_path / "out", **{name: ASIDE[name]})
    assert not (tmp_path / "out").exists()


def test_those_who_take_all_images_take_no_part_of_a_dataloader(tmp_path):
    part = DataLoader(Pairs(), batch_size=2, sampler=SubsetRandomSampler([1, 2]))
    batches = DataLoader(Pairs(), batch_sampler=[[0, 1]])
    for given in (part, batches):
        with pytest.raises(ce.OptionError, match=r"evaluate\(\) takes all 11 samples, and the DataLoader's sampler"):
            evaluate(given)
        with pytest.raises(ce.OptionError, match=r"export\(\) takes all 11 samples"):
            export(given, tmp_path / "out")
    for sampler in ({"shuffle": True}, {"sampler": SequentialSampler(range(COUNT))}):
        assert evaluate(DataLoader(Pairs(), batch_size=2, **sampler), limit=None).samples == COUNT


PLAIN = np.zeros((8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ce.Corrupt(None), "corruption None is neither a name"),
        (lambda: ce.Corrupt("fog", keys=3), "keys 3 is neither"),
        (lambda: ce.Corrupt("fog", (1, np.nan)), "neither a number nor a pair"),
        (lambda: ce.Corrupt("fog", (1, np.inf)), "neither a number nor a pair"),
        (lambda: ce.Mixture([("fog", 3)], corrupted=None), "corrupted None is neither"),
        (lambda: ce.Mixture([("fog", 3)], corrupted="0.5"), "corrupted '0.5' is neither"),
        (lambda: ce.Mixture([("fog", 3)], corrupted=(0.1, 0.2, 0.3)), "neither a probability"),
        (lambda: ce.Mixture.half([("fog", 3)], weights="9"), "weights '9' is neither"),
        (lambda: ce.Mixture.constant(None), "None is no list of conditions"),
        (lambda: ce.Grid.of(3), "its corruption must be a name"),
        (lambda: ce.corruptions(["imagenet-c"]), "unknown benchmark"),
        (lambda: ce.corrupt([PLAIN, PLAIN], "fog_3d", depth=3), "depth holds 3, and there are 2 images"),
        (lambda: ce.corrupt([PLAIN, PLAIN], "fog_3d", depth=[PLAIN]), "depth holds 1 maps, and there are 2 images"),
        (lambda: export([PLAIN], "out", layout=[]), r"unknown layout \[\]: allowed are folders, npy"),
        (lambda: render([], {}), r"unknown format \{\}: allowed are"),
        (lambda: Defence([]), r"unknown defence \[\]: allowed are"),
        (lambda: NoiseSource("gaussian", 3, 8, 8, mean=[0.1, 0.2]), r"mean \[0.1, 0.2\] is not one number"),
        (lambda: matching_level([PLAIN], "imagenet-c", "fog", []), r"wanted \[\] is not one number"),
        (lambda: matching_level([PLAIN], "imagenet-c", "fog", 0.1, tolerance=()), r"tolerance \(\) is not one number"),
        (lambda: style_split([0, 1], ["a", "b"], []), r"there is no style \[\]; there are 'a', 'b'"),
        (lambda: subtype_split([0, 0], ["a", "b"], {0: 1}), "held_out of class 0 is 1; a list of its subtypes"),
        (lambda: evaluate(limit=1).save(None), "path None is no path"),
    ],
)
def test_what_is_of_another_kind_is_said(call, said):
    with pytest.raises(ce.CorruptEngineError, match=said):
        call()


def test_numbers_of_numpy_and_paths_are_as_good_in_records_and_states(tmp_path):
    """A state or a record of theirs ended in an error about JSON, or a level in one about iteration."""
    own = tmp_path / "own.toml"
    own.write_text('name = "own"\nsource = "a test"\n[corruptions.contrast]\ntable = { factor = [0.5, 0.2] }\n')
    state = loader("contrast", np.int64(1), variant=own, as_stored=np.False_).state_dict()
    assert json.loads(json.dumps(state)) == loader("contrast", 1, variant=str(own)).state_dict()
    given = {"limit": np.int64(4), "severities": np.int64(2), "as_stored": np.False_, "record": tmp_path / "a.sqlite"}
    options = {"benchmark": "imagenet-c-extra", "corruptions": "saturate"}
    report = evaluate(**options, **given)
    assert report.samples == 4 and report.severities == {"saturate": (2,)}
    with pytest.raises(ce.OptionError, match="is no level, nor a list of them"):
        evaluate(**options, severities=object())


def test_numbers_of_numpy_are_numbers():
    half = ce.Mixture([("fog", 3)], corrupted=np.float32(0.5), epochs=np.int64(2))
    assert half == ce.Mixture([("fog", 3)], corrupted=0.5, epochs=2) and half.from_json(half.to_json()) == half
    assert (
        ce.Corrupt("fog", (np.float32(1), np.int64(2)), p=np.float64(0.5)).policy
        == ce.Corrupt("fog", (1, 2), p=0.5).policy
    )


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
def test_a_severity_in_fewer_bits_is_the_decimal_that_was_written(kind):
    """float32(2.3) was 2.299999952316284: nearly the same parameters, and other draws."""
    written = [round(n / 10, 1) for n in range(51)]
    assert ce.Grid.of("fog", [kind(level) for level in written]) == ce.Grid.of("fog", written)
    assert ce.Corrupt("fog", (kind(1.1), kind(2.3))).policy == ce.Corrupt("fog", (1.1, 2.3)).policy
    ours = ce.corrupt(PLAIN, "gaussian_noise", kind(2.3), ids=1)
    assert (ours == ce.corrupt(PLAIN, "gaussian_noise", 2.3, ids=1)).all()


def test_one_is_as_good_as_a_list_of_one():
    assert ce.Grid.of("fog", 3, 1) == ce.Grid.of(["fog"], [3], [1])


def test_depth_of_another_number_is_left_aside_where_none_is_needed():
    ours = ce.corrupt([PLAIN, PLAIN], "fog", ids=[1, 2], depth=[PLAIN])
    assert all((a == b).all() for a, b in zip(ours, ce.corrupt([PLAIN, PLAIN], "fog", ids=[1, 2]), strict=True))
