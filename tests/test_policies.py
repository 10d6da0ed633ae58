"""What each image gets: one condition, a draw for each sample, or a grid; keyed, and kept as JSON."""

import itertools
import json
from collections import Counter

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.catalogue import CLEAN
from corrupt_engine.transforms.policies import Policy, Single

from .small_sources import COUNT, Pairs, labels, made_images

FOG, SNOW = ce.Condition("fog", 3), ce.Condition("snow", 1.5)
IDS = np.arange(4000)


def loader(corruption, **options):
    options = {"mean": None, "num_workers": 0, "extras": ["ids", "conditions"], "batch_size": 4, **options}
    return ce.CorruptLoader((made_images(), labels()), corruption, **options)


def share(conditions):
    return float(np.mean([condition != CLEAN for condition in conditions]))


def test_shares_are_what_was_asked_for():
    """Within 4 standard deviations of a binomial's share of 4,000."""
    drawn = ce.Mixture([FOG, SNOW], corrupted=0.3).assign(IDS, epoch=0, seed=0)
    assert abs(share(drawn) - 0.3) < 4 * (0.3 * 0.7 / 4000) ** 0.5
    corrupted = [condition for condition in drawn if condition != CLEAN]
    assert abs(np.mean([c.corruption == "fog" for c in corrupted]) - 0.5) < 4 * (0.25 / len(corrupted)) ** 0.5
    weighted = ce.Mixture([FOG, SNOW], corrupted=1.0, weights=[3, 1]).assign(IDS, epoch=0, seed=0)
    assert abs(np.mean([c.corruption == "fog" for c in weighted]) - 0.75) < 4 * (0.75 * 0.25 / 4000) ** 0.5
    assert share(ce.Mixture([FOG], corrupted=0.0).assign(IDS, epoch=0, seed=0)) == 0
    assert share(ce.Mixture([FOG], corrupted=1).assign(IDS, epoch=0, seed=0)) == 1
    assert {
        c.corruption for c in ce.Mixture([FOG, SNOW], corrupted=1, weights=[0, 1]).assign(IDS, epoch=0, seed=0)
    } == {"snow"}


def test_a_share_that_grows_with_the_epochs():
    mixture = ce.Mixture([FOG], corrupted=(0.05, 0.95), epochs=10)
    assert [mixture.share(epoch) for epoch in (0, 9, 10, 50)] == [0.05, 0.95, 0.95, 0.95]
    assert mixture.share(3) == pytest.approx(0.35)
    for epoch in (0, 3, 9):
        expected = mixture.share(epoch)
        spread = (expected * (1 - expected) / 4000) ** 0.5
        assert abs(share(mixture.assign(IDS, epoch=epoch, seed=0)) - expected) < 4 * spread
    assert ce.Mixture([FOG], corrupted=(0.05, 0.95)).share(0) == 0.95  # grown within its only epoch


def test_draws_follow_from_the_key_alone():
    mixture = ce.Mixture([FOG, SNOW])
    whole = mixture.assign(IDS, epoch=2, seed=5)
    assert [mixture.assign(np.array([i]), epoch=2, seed=5)[0] for i in (0, 17, 3999)] == [
        whole[i] for i in (0, 17, 3999)
    ]
    for other in ({"epoch": 3, "seed": 5}, {"epoch": 2, "seed": 6}):
        pairs = zip(whole, mixture.assign(IDS, **other), strict=True)
        agreement = np.mean([a._replace(trial=0) == b._replace(trial=0) for a, b in pairs])
        assert abs(agreement - 0.375) < 4 * (0.375 * 0.625 / 4000) ** 0.5  # 1/4 + 2 x 1/16: independent draws


def test_fresh_draws_are_trials():
    fresh, kept = ce.Mixture([FOG], corrupted=1.0), ce.Mixture([FOG], corrupted=1.0, fresh=False)
    assert {c.trial for c in fresh.assign(IDS, epoch=7, seed=0)} == {7}
    assert {c.trial for c in kept.assign(IDS, epoch=7, seed=0)} == {0}


def test_without_fresh_draws_an_image_stays_what_it_was():
    kept = ce.Mixture.constant([FOG, SNOW])
    first = kept.assign(IDS, epoch=0, seed=5)
    assert kept.assign(IDS, epoch=3, seed=5) == first != ce.Mixture([FOG, SNOW], 1.0).assign(IDS, epoch=3, seed=5)
    assert share(first) == 1.0 and {c.corruption for c in first} == {"fog", "snow"}
    growing = ce.Mixture([FOG, SNOW], corrupted=(0.2, 0.8), epochs=4, fresh=False)
    for epoch in range(3):
        before, after = (growing.assign(IDS, epoch=e, seed=5) for e in (epoch, epoch + 1))
        assert all(old in (new, CLEAN) for old, new in zip(before, after, strict=True))
        assert share(before) < share(after)


def test_the_recipes_are_mixtures():
    assert ce.Mixture.half([FOG]) == ce.Mixture([FOG], corrupted=0.5)
    assert ce.Mixture.incremental([FOG], 10, weights=[2]) == ce.Mixture([FOG], (0.05, 1.0), 10, (2,))
    assert ce.Mixture.incremental([FOG], 10, first=0.95).share(0) == 0.95


@pytest.mark.parametrize(
    "policy",
    [
        Single((FOG,)),
        ce.Grid.of(["fog", "snow"], [1, 2.5], trials=[0, 1]),
        ce.Mixture([FOG, SNOW], corrupted=(0.05, 0.95), epochs=90, weights=[1, 2.5], fresh=False),
        ce.Mixture([("fog", 3)]),
    ],
    ids=lambda a: a.kind,
)
def test_json_and_back(policy):
    text = policy.to_json()
    assert Policy.from_json(text) == policy and json.loads(text)["kind"] == policy.kind
    assert Policy.from_dict(json.loads(text)) == policy
    assert ce.Mixture.from_json(text).to_json() == text


def test_a_grid_crosses_and_begins_clean():
    grid = ce.Grid.of(["fog", "snow"], [1, 5], trials=[0, 1])
    assert grid.turns == 9 and grid.conditions[0] == CLEAN
    assert set(grid.conditions[1:]) == {
        ce.Condition(n, s, t) for n, s, t in itertools.product(["fog", "snow"], [1, 5], [0, 1])
    }
    assert len(ce.Grid.of(["fog"], clean=False).conditions) == 5


@pytest.mark.parametrize("backend", ["threads", "torch"])
@pytest.mark.parametrize("workers", [0, 2])
def test_every_sample_gets_the_bytes_of_its_condition(backend, workers):
    mixture = ce.Mixture([FOG, SNOW, ("gaussian_noise", 2)], corrupted=0.6)
    made = ce.CorruptLoader(
        Pairs(),
        mixture,
        seed=3,
        mean=None,
        batch_size=4,
        backend=backend,
        num_workers=workers,
        shuffle=True,
        extras=["ids", "conditions"],
    )
    kinds = set()
    for _ in range(2):
        for images, _, extras in made:
            for image, index, condition in zip(images, extras["ids"].tolist(), extras["conditions"], strict=True):
                kinds.add(condition.corruption)
                expected = made_images()[index]
                if condition != CLEAN:
                    expected = ce.corrupt(
                        expected, condition.corruption, condition.severity, seed=3, ids=index, trial=condition.trial
                    )
                assert (image.permute(1, 2, 0).numpy() == expected).all()
    assert kinds == {"clean", "fog", "snow", "gaussian_noise"}


def test_epochs_move_a_mixture_on():
    made = loader(ce.Mixture([FOG], corrupted=(0.0, 1.0), epochs=3))
    shares = [share([c for *_, extras in made for c in extras["conditions"]]) for _ in range(4)]
    assert shares[0] == 0 and 0 < shares[1] < 1 and shares[2:] == [1, 1]
    made.set_epoch(0)
    assert share([c for *_, extras in made for c in extras["conditions"]]) == 0


@pytest.mark.parametrize(
    "options", [{"num_workers": 0}, {"num_workers": 2}, {"backend": "torch", "num_workers": 2}], ids=str
)
def test_a_grid_gives_every_batch_under_every_condition(options):
    grid = ce.Grid((CLEAN, FOG, SNOW))
    made = loader(grid, **options)
    batches = list(made)
    assert len(batches) == len(made) == 9
    assert [extras["conditions"][0] for *_, extras in batches] == list(grid.conditions) * 3
    for number, condition in enumerate(grid.conditions):
        alone = list(loader(condition))
        for (images, targets, _), (expected, expected_targets, _) in zip(batches[number::3], alone, strict=True):
            assert torch.equal(images, expected) and torch.equal(targets, expected_targets)


@pytest.mark.parametrize("done", [1, 3, 4, 8, 9])
def test_a_grid_resumes_between_two_conditions(done):
    def made(**options):
        return loader(ce.Grid((CLEAN, FOG, SNOW)), **options)

    first = made(num_workers=2)
    iterator = iter(first)
    for _ in range(done):
        next(iterator)
    state = json.loads(json.dumps(first.state_dict()))
    rest = list(iterator)
    other = made()
    other.load_state_dict(state)
    again = list(other)
    assert len(again) == len(rest) == 9 - done
    assert all(
        torch.equal(a[0], b[0]) and a[2]["conditions"] == b[2]["conditions"] for a, b in zip(again, rest, strict=True)
    )


def images_of(batches):
    """[(condition, sample id, bytes)], one for each image of the batches."""
    return [
        (extras["conditions"][0].corruption, index, image.numpy().tobytes())
        for images, _, extras in batches
        for index, image in zip(extras["ids"].tolist(), images, strict=True)
    ]


@pytest.mark.parametrize("size", [1, 3, 4, 64])
@pytest.mark.parametrize(
    "order", [{}, {"shuffle": True}, {"drop_last": True}, {"sampler": [*range(9, 0, -1)]}], ids=str
)
def test_a_grid_finishes_a_batch_as_it_was_begun(size, order):
    """With another batch size the present batch keeps its own, and every image comes once under each condition."""
    grid = ce.Grid((CLEAN, FOG, SNOW))
    for done in range(1, len(loader(grid, **order))):
        first = loader(grid, **order)
        iterator = iter(first)
        before = [next(iterator) for _ in range(done)]
        state = json.loads(json.dumps(first.state_dict()))
        rest = images_of(iterator)
        other = loader(grid, num_workers=2, **order, batch_size=size)
        other.load_state_dict(state)
        again = list(itertools.islice(other, 1))
        if not again:  # what is left is less than a batch of this size, and dropped
            assert size == 64 and "drop_last" in order and done % 3 == 0
            continue
        third = loader(grid, **order, batch_size=2)
        third.load_state_dict(other.state_dict())  # once more, where the batch may still be the first loader's
        again += list(third)
        if done % 3:  # in the middle of a batch
            assert len(again[0][2]["ids"]) == len(before[-1][2]["ids"])
        everything = images_of(before + again)
        assert len(set(everything)) == len(everything)
        if "drop_last" not in order:
            assert sorted(images_of(again)) == sorted(rest)
        elif size <= 4:
            assert set(rest) <= set(images_of(again))  # smaller batches leave less out


def test_the_clean_condition_has_no_severity():
    named = [loader("clean").policy, loader("clean", severity=4).policy]
    for policy in (*named, ce.Grid([("clean", 2)]), ce.Mixture([("clean", 1)])):
        assert policy.conditions == (CLEAN,)
    ((*_, extras),) = loader("clean", batch_size=11)
    assert set(extras["conditions"]) == {CLEAN}
    with pytest.raises(ce.SeverityError):
        loader("clean", severity=-1)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: ce.Mixture([]), ce.OptionError, "no conditions"),
        (lambda: ce.Mixture(["fog"]), ce.OptionError, "'fog' is no condition"),
        (lambda: ce.Mixture([(3, "fog")]), ce.SeverityError, "'fog'"),
        (lambda: ce.Mixture([(3, 3)]), ce.OptionError, "must be a name"),
        (lambda: ce.Mixture([("fog+", 3)]), ce.OptionError, "NAME+NAME"),
        (lambda: loader(ce.Mixture([("fogg", 3)])), ce.UnknownNameError, "'fog'"),
        (lambda: ce.Corrupt(ce.Mixture([("fogg", 3)])), ce.UnknownNameError, "'fog'"),
        (lambda: ce.Mixture([("fog", -1)]), ce.SeverityError, "-1"),
        (lambda: ce.Mixture([FOG], corrupted=1.5), ce.OptionError, "corrupted 1.5"),
        (lambda: ce.Mixture([FOG], corrupted=(0.1, 0.2, 0.3)), ce.OptionError, "pair"),
        (lambda: ce.Mixture([FOG], epochs=0), ce.OptionError, "epochs 0"),
        (lambda: ce.Mixture([FOG], weights=[1, 2]), ce.OptionError, "1 numbers"),
        (lambda: Single((FOG, SNOW)), ce.OptionError, "one condition"),
        (lambda: Policy.from_json('{"kind": "lattice"}'), ce.UnknownNameError, "grid"),
        (lambda: Policy.from_json('{"kind": "grid", "points": 3}'), ce.OptionError, "no grid"),
        (lambda: loader(["fog", "snow"]), ce.OptionError, "sweep() or Grid.of(names, severities)"),
        (lambda: loader(["fog", "snow"], severity=3), ce.OptionError, "drawn for it: Mixture([(name, severity), ...])"),
        (lambda: loader([FOG, SNOW]), ce.OptionError, 'one after the other: a chain, "NAME+NAME"'),
        (lambda: loader([]), ce.OptionError, "corruption [] is a list. "),
        (lambda: Policy.from_json("3"), ce.OptionError, "3 is no policy; what to_dict() or to_json() gave"),
        (lambda: Policy.from_json("grid"), ce.OptionError, "this is no policy: Expecting value"),
        (lambda: Policy.from_json(None), ce.OptionError, "what to_json() gave is needed"),
        (lambda: Policy.from_dict([("kind", "grid")]), ce.OptionError, "is no policy; what to_dict()"),
        (lambda: Policy.from_dict({"kind": ["grid"]}), ce.UnknownNameError, "grid"),
        (lambda: ce.Mixture([FOG], fresh="no"), ce.OptionError, "fresh 'no' is neither True nor False"),
        (lambda: ce.Grid.of("fog", clean="no"), ce.OptionError, "clean 'no' is neither True nor False"),
        (lambda: ce.Corrupt("fog", p=(0, 0.5)), ce.OptionError, "p (0, 0.5) is no probability from 0 to 1"),
        (lambda: ce.Corrupt("fog", p=1.5), ce.OptionError, "p 1.5 is no probability from 0 to 1"),
        (lambda: loader(ce.Mixture([FOG]), severity=2), ce.OptionError, "Mixture holds its own"),
    ],
)
def test_bad_assignments_are_named(make, error, words):
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)


def test_an_empty_shard_gives_nothing():
    made = ce.CorruptLoader(
        (made_images()[:2], labels()[:2]), ce.Mixture([FOG]), num_workers=2, num_shards=3, shard_id=2
    )
    assert len(made) == 0 and list(made) == [] and made.state_dict()["epoch"] == 1
    assert COUNT > 2


def of_persons():
    """What the file of CIL-ReID says: each photograph has one of a hundred conditions, none stays clean."""
    names = ce.corruptions("cil-reid")
    assert len(names) == 20
    return ce.Mixture([(c, s) for c in names for s in range(1, 6)], corrupted=1.0, fresh=False)


def test_photographs_of_persons_get_all_conditions_alike():
    """Within 5 standard deviations of a binomial's count of 200; one of 100 is beyond once in 20,000 times."""
    drawn = of_persons().assign(np.arange(20_000), epoch=0, seed=1)
    counts = Counter(drawn)
    assert len(counts) == 100 and CLEAN not in counts
    assert max(abs(count - 200) for count in counts.values()) < 5 * (200 * 0.99) ** 0.5
    assert drawn == of_persons().assign(np.arange(20_000), epoch=3, seed=1)  # one for good
    assert drawn != of_persons().assign(np.arange(20_000), epoch=0, seed=2)  # another run


def test_a_mixture_takes_its_tables_from_the_benchmark_of_persons():
    images, _, extras = next(iter(loader(of_persons(), variant="cil-reid", geometry=ce.Geometry())))
    for image, number, condition in zip(images, extras["ids"].tolist(), extras["conditions"], strict=True):
        expected = ce.corrupt(made_images()[number], *condition[:2], ids=number, variant="cil-reid")
        assert (image.permute(1, 2, 0).numpy() == expected).all(), condition


def test_a_set_of_names_is_the_same_in_each_run_of_python():
    """Its own order is another in each, and what is drawn for an image goes by the place in the list."""
    names = ["brightness", "contrast", "defocus_blur", "fog", "frost", "pixelate", "snow", "zoom_blur"]
    assert ce.Grid.of(set(names), {1, 3}) == ce.Grid.of(names, [1, 3])
    assert ce.Mixture(frozenset((name, 3) for name in names)) == ce.Mixture([(name, 3) for name in names])
    assert ce.Corrupt(set(names), 3).policy == ce.Corrupt(names, 3).policy
