"""Where a state can be taken, and what continues from it: after every batch, at the end, in every order; and what is no
position.
"""

import itertools
import json
import threading
import time

import numpy as np
import pytest
import torch
from torch.utils.data import BatchSampler, RandomSampler, Sampler

import corrupt_engine as ce

from .small_sources import COUNT, Pairs, labels, made_images, png

CORRUPTION = {"mean": None, "geometry": "none", "extras": ["ids", "conditions"]}
GRID = ce.Grid([("clean", 0), ("fog", 3)])
MIXTURE = ce.Mixture([("fog", 3), ("gaussian_noise", 2)])

ORDERS = {
    "plain": dict,
    "drop_last": lambda: {"drop_last": True},
    "shuffle": lambda: {"shuffle": True},
    "generator": lambda: {"shuffle": True, "generator": torch.Generator().manual_seed(1)},
    "sampler": lambda: {"sampler": RandomSampler(range(COUNT), generator=torch.Generator().manual_seed(2))},
    "batch_sampler": lambda: {"batch_sampler": [[4, 1], [0], [7, 8, 9], [2]], "batch_size": None},
    "padded": lambda: {"num_shards": 2, "shard_id": 1, "pad_shards": True},
    "padded sampler": lambda: {"num_shards": 2, "shard_id": 1, "pad_shards": True, "sampler": [*range(COUNT)]},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    root = tmp_path_factory.mktemp("files")
    for number, image in enumerate(made_images()):
        (root / f"{number:02}.png").write_bytes(png(image))
    return [(path, number) for number, path in enumerate(sorted(root.glob("*.png")))]


def loader(corruption="gaussian_noise", dataset=None, **options):
    dataset = (made_images(), labels()) if dataset is None else dataset
    return ce.CorruptLoader(dataset, corruption, **{"batch_size": 4, "num_workers": 0, **CORRUPTION, **options})


def taken(made, count):
    """So many batches, without asking for what follows the last one."""
    iterator = iter(made)
    return [next(iterator) for _ in range(count)]


def seen(batches):
    """[(sample id, condition, its bytes)] in the order of the batches."""
    return [
        (index, condition, image.numpy().tobytes())
        for images, *_, extras in batches
        for index, condition, image in zip(extras["ids"].tolist(), extras["conditions"], images, strict=True)
    ]


@pytest.mark.parametrize("policy", ["gaussian_noise", GRID, MIXTURE], ids=["name", "grid", "mixture"])
@pytest.mark.parametrize("order", ORDERS)
def test_after_every_batch(policy, order):
    """The rest of the epoch, and then the next one, from a state taken after each batch, the last included."""
    first = loader(policy, **ORDERS[order]())
    count = len(first)
    for done in range(1, count + 1):
        first = loader(policy, **ORDERS[order]())
        iterator = iter(first)
        for _ in range(done):
            next(iterator)
        state = json.loads(json.dumps(first.state_dict()))
        rest = seen(iterator)
        assert (done == count) == (rest == [])
        other = loader(policy, **ORDERS[order](), num_workers=done % 2 * 2)
        other.load_state_dict(state)
        assert json.loads(json.dumps(other.state_dict())) == state
        assert seen(other) == rest
        if order not in ("sampler", "batch_sampler"):  # whose next epoch is not the loader's to say
            assert seen(other) == seen(first)
        assert other.state_dict()["epoch"] == 2 - (order in ("sampler", "batch_sampler"))


@pytest.mark.parametrize("backend", ["dali", "threads", "torch"])
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("policy", ["gaussian_noise", GRID], ids=["name", "grid"])
def test_at_the_end_with_each_backend(files, backend, workers, policy):
    options = {"dataset": files, "backend": backend, "num_workers": workers, "shuffle": True}
    made = loader(policy, **options)
    taken(made, len(made))
    end = made.state_dict()
    other = loader(policy, **options)
    other.load_state_dict(end)
    assert list(other) == []
    following = seen(other)
    assert len(following) == COUNT * made.policy.turns and following == seen(made)
    between = other.state_dict()  # this loop has been told of the end
    other.load_state_dict(between)
    assert seen(other) == seen(made)


def test_the_end_is_one_for_another_batch_size_too():
    made = loader(drop_last=True)
    taken(made, 2)
    for size in (1, 2, 3, 64):
        other = loader(drop_last=True, batch_size=size)
        other.load_state_dict(made.state_dict())
        assert list(other) == [] and len(list(other)) == COUNT // size


def test_the_end_is_left_when_another_epoch_is_set():
    """As frameworks do that go on with the next epoch, on the loader or on its sampler."""
    made = loader(shuffle=True)
    taken(made, 3)
    end, following = made.state_dict(), seen(made)
    for set_epoch in (lambda other: other.set_epoch(1), lambda other: other.sampler.set_epoch(1)):
        other = loader(shuffle=True)
        other.load_state_dict(end)
        set_epoch(other)
        assert other.state_dict()["made_from"] is None
        assert seen(other) == following


@pytest.mark.parametrize("order", ORDERS)
def test_the_end_of_an_epoch_however_batches_are_made(order):
    """Empty once, then whole; whole at once where a framework sets the next epoch where Lightning does: on `sampler`
    and on `batch_sampler.sampler`.
    """
    made = loader(**ORDERS[order]())
    taken(made, len(made))
    end = made.state_dict()
    other = loader(**ORDERS[order]())
    other.load_state_dict(end)
    assert list(other) == [] and len(seen(other)) == end["position"]
    places = {
        "loader": lambda other: other,
        "sampler": lambda other: other.sampler,
        "batch_sampler": lambda other: other.batch_sampler.sampler,
    }
    for place, found in places.items():
        other = loader(**ORDERS[order]())
        other.load_state_dict(end)
        given = place == "sampler" and order in ("sampler", "padded sampler")
        if given or (place == "batch_sampler" and order == "batch_sampler"):
            continue  # the given object itself, of which the loader hears nothing
        found(other).set_epoch(1)
        assert len(seen(other)) == end["position"], place


def test_a_state_between_epochs_is_kept_by_a_loader_that_was_elsewhere():
    made, other = loader(shuffle=True), loader(shuffle=True)
    list(made)
    next(iter(other))
    other.load_state_dict(made.state_dict())
    assert other.state_dict() == made.state_dict()


def middle(**options):
    made = loader(**options)
    next(iter(made))
    return json.loads(json.dumps(made.state_dict()))


@pytest.mark.parametrize(
    ("options", "change", "words"),
    [
        ({}, {"position": -3}, "position -3 is below 0"),
        ({}, {"position": 12}, "12 samples, is beyond the 11"),
        ({}, {"position": 4.0}, "position 4.0 is not an integer"),
        ({}, {"position": "4"}, "position '4' is not"),
        ({}, {"epoch": -1}, "epoch -1 is below 0"),
        ({}, {"turn": 1}, "turn 1 of 1"),
        ({"corruption": GRID}, {"turn": 2}, "turn 2 of 2"),
        ({"corruption": GRID}, {"turn": -1}, "turn -1"),
        ({"corruption": GRID}, {"begun": 0}, "of a batch of 0"),
        ({"corruption": GRID}, {"begun": 40}, "40 samples, is beyond"),
        ({"corruption": GRID}, {"begun": True}, "begun True is not an integer"),
        ({}, {"finished": True}, "said to be the end"),
        ({}, {"finished": 1}, "finished 1"),
        ({}, {"skipped": [[1]]}, "no position of a CorruptLoader"),
        ({}, {"skipped": [["a", "b", "c"]]}, "a skipped sample 'a'"),
        ({}, {"made_from": None}, "a position, and no order"),
        ({}, {"made_from": {"ids": [1, 2, 3, 4, 5]}}, "it lacks 'drawn'"),
        ({"shuffle": True}, {"made_from": {"drawn": "1"}}, "drawn '1'"),
        ({"sampler": [3, 2, 1, 0, 5]}, {"made_from": {"ids": [3, 2, 1, 0, 11]}}, "sample 11"),
        ({"sampler": [3, 2, 1, 0, 5]}, {"made_from": {"ids": [3, 2, 1, 0, 1.5]}}, "ids 1.5"),
        ({"batch_sampler": [[1, 2], [3]], "batch_size": None}, {"position": -1}, "position -1"),
        ({"batch_sampler": [[1, 2], [3]], "batch_size": None}, {"position": 9}, "not between two batches"),
        ({"batch_sampler": [[1, 2], [3]], "batch_size": None}, {"made_from": {"batches": [1, 2]}}, "no position"),
    ],
)
def test_what_is_no_position_is_refused(options, change, words):
    """And the loader stays as it was: a state that is refused leaves no half of it behind."""
    made = loader(**options)
    next(iter(made))
    before = made.state_dict()
    with pytest.raises(ce.StateError) as caught:
        made.load_state_dict(middle(**options) | change)
    assert words in str(caught.value)
    assert made.state_dict() == before
    made.load_state_dict(before)


@pytest.mark.parametrize("name", ["position", "turn", "begun", "finished", "skipped", "made_from", "epoch"])
def test_a_state_that_lacks_something_is_refused(name):
    state = middle()
    del state[name]
    with pytest.raises(ce.StateError, match=f"it lacks '{name}'"):
        loader().load_state_dict(state)


def test_what_is_no_state_is_refused():
    for state in ({"version": 2}, {"version": 2, "loader": None}, middle() | {"loader": [1]}, {"version": 1}):
        with pytest.raises(ce.StateError, match="no state of a CorruptLoader"):
            loader().load_state_dict(state)


def test_the_state_of_no_generator_is_refused():
    def made():
        return loader(shuffle=True, generator=torch.Generator().manual_seed(1))

    other = made()
    next(iter(other))
    for value in ([1, 2, 3], "text", None):
        with pytest.raises(ce.StateError, match="generator"):
            made().load_state_dict(other.state_dict() | {"generator": value})


class Endless(Sampler):
    """As those of detectron2 and mmengine: it has no end, and with `said` a len() that is not its own."""

    def __init__(self, said=None):
        self.said, self.given = said, 0
        if said is not None:
            self.__class__ = EndlessSized

    def __iter__(self):
        for number in itertools.count():
            self.given += 1
            yield number % COUNT


class EndlessSized(Endless):
    def __len__(self):
        return self.said


@pytest.mark.timeout(60)
@pytest.mark.parametrize("backend", ["dali", "threads", "torch"])
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("said", [None, COUNT])
def test_an_endless_sampler(files, backend, workers, said):
    sampler = Endless(said)
    made = loader(dataset=files, backend=backend, num_workers=workers, sampler=sampler)
    assert made.state_dict()["epoch"] == 0
    got = seen(itertools.islice(made, 10))
    assert [index for index, *_ in got] == [n % COUNT for n in range(40)]
    assert got[:COUNT] == seen(loader(dataset=files))
    assert sampler.given < 4 * 64 * 2 + 100
    with pytest.raises(ce.StateError, match="may have no end"):
        made.state_dict()
    if said is None:
        with pytest.raises(TypeError):
            len(made)
    made.close()
    assert not [t.name for t in threading.enumerate() if "corrupt-engine-" in t.name]


@pytest.mark.timeout(60)
def test_an_endless_batch_sampler_and_shards():
    class Batches:
        def __iter__(self):
            return (np.array([n % COUNT, 3]) for n in itertools.count())

    for options in ({"backend": "threads"}, {"backend": "torch", "num_workers": 2, "dataset": Pairs()}):
        made = loader(batch_sampler=Batches(), batch_size=None, num_shards=2, shard_id=1, **options)
        assert [extras["ids"].tolist() for *_, extras in itertools.islice(made, 3)] == [[1, 3], [3, 3], [5, 3]]
        made.close()
    wrapped = loader(batch_sampler=BatchSampler(Endless(), 3, False), batch_size=None)
    assert [extras["ids"].tolist() for *_, extras in itertools.islice(wrapped, 2)] == [[0, 1, 2], [3, 4, 5]]
    halved = loader(sampler=Endless(), num_shards=2, shard_id=0)
    assert [index for index, *_ in seen(itertools.islice(halved, 2))] == [0, 2, 4, 6, 8, 10, 1, 3]


def test_a_sampler_without_a_length_may_end():
    class Unsized:
        def __iter__(self):
            return iter([3, 1, 2, 0, 5])

    for dropping, sizes in ((False, [2, 2, 1]), (True, [2, 2])):
        made = loader(sampler=Unsized(), batch_size=2, drop_last=dropping)
        for _ in range(2):
            assert [len(images) for images, *_ in made] == sizes
        assert made.state_dict()["epoch"] == 2  # between two epochs there is a position again
        other = loader(sampler=Unsized(), batch_size=2, drop_last=dropping)
        other.load_state_dict(made.state_dict())
        assert len(list(other)) == len(sizes)
    every = loader(GRID, sampler=Unsized(), batch_size=2)
    assert len(list(every)) == 6
    with pytest.raises(ce.OptionError, match="sample 11"):
        list(loader(sampler=iter([1, 2, 11])))
    with pytest.raises(ce.OptionError, match="keeps an epoch"):
        list(ce.sweep((made_images(), labels()), [("fog", 1)], order="condition", sampler=Unsized(), geometry="none"))
    swept = ce.sweep((made_images(), labels()), [("fog", 1)], sampler=Unsized(), geometry="none", batch_size=2)
    assert [len(batch.ids) for batch in swept] == [2, 2, 1]


def test_an_endless_sampler_is_pickled_without_its_place():
    import pickle

    made = loader(sampler=Endless())
    next(iter(made))
    twin = pickle.loads(pickle.dumps(made))
    assert [index for index, *_ in seen(itertools.islice(twin, 1))] == [0, 1, 2, 3]


def test_a_sampler_that_fails_says_so():
    def failing():
        yield from (1, 2, 3)
        raise KeyError("mine")

    for workers in (0, 2):
        started = time.monotonic()
        with pytest.raises(KeyError, match="mine"):
            list(loader(sampler=failing(), batch_size=2, num_workers=workers))
        assert time.monotonic() - started < 30


@pytest.mark.parametrize("policy", ["gaussian_noise", GRID], ids=["name", "grid"])
def test_a_batch_that_no_one_got_comes_again(policy):
    """A collate_fn that fails once leaves the position before its batch, and so nothing out of the rest."""
    failing = iter([False] * 2 + [True])

    def pairs(batch):
        if next(failing, False):
            raise OSError("for a moment")
        return torch.stack([image for image, _ in batch]), [label for _, label in batch]

    made = loader(policy, collate_fn=pairs)
    got: list = []
    with pytest.raises(OSError, match="for a moment"):
        got.extend(made)  # what came before the error stays
    other = loader(policy, collate_fn=pairs)
    other.load_state_dict(json.loads(json.dumps(made.state_dict())))
    assert seen([*got, *other]) == seen(loader(policy))


def test_a_copy_does_not_move_the_original():
    import copy

    made = loader(shuffle=True)
    next(iter(made))
    copy.copy(made)
    assert made.schedule.present_epoch == 1
