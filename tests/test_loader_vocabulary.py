"""What people rely on in a DataLoader: order, samplers, batches, epochs, collation, pickling, endings."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    SubsetRandomSampler,
)

import corrupt_engine as ce
from corrupt_engine.loader import pipeline
from corrupt_engine.runtime.threads import processors
from corrupt_engine.sources import DatasetSource

from .small_sources import COUNT, Pairs, labels, made_images, png

QUIET = {"mean": None, "num_workers": 0}


def loader(*corruption, dataset=None, **options):
    return ce.CorruptLoader(
        (made_images(), labels()) if dataset is None else dataset, *corruption, **{**QUIET, **options}
    )


def ids(loader):
    """The sample ids of each batch of one epoch."""
    assert "ids" in loader.extras
    return [extras["ids"].tolist() for *_, extras in loader]


def flat(batches):
    return [index for batch in batches for index in batch]


def test_attributes_are_a_dataloaders():
    data = Pairs()
    ours, theirs = loader(dataset=data, batch_size=4, drop_last=True), DataLoader(data, batch_size=4, drop_last=True)
    for name in ("dataset", "batch_size", "drop_last", "num_workers", "pin_memory", "generator"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert len(ours) == len(theirs) == 2 and len(ours.sampler) == len(theirs.sampler)
    assert len(loader(batch_size=4)) == 3 and loader().batch_size == 64
    assert loader(num_workers=None).num_workers >= 1
    image, label = loader().dataset[3]
    assert (image == made_images()[3]).all() and label == 3
    with pytest.raises(IndexError):
        loader().dataset[COUNT]


def test_batches_are_what_a_dataloader_gives():
    data = Pairs(lambda a: torch.from_numpy(a.copy()).permute(2, 0, 1))
    for options in ({"batch_size": 4}, {"batch_size": 4, "drop_last": True}, {"batch_size": 20}):
        for ours, theirs in zip(loader(dataset=data, **options), DataLoader(data, **options), strict=True):
            assert len(ours) == len(theirs) == 2
            for mine, reference in zip(ours, theirs, strict=True):
                assert mine.dtype == reference.dtype and torch.equal(mine, reference)


class Detailed(Pairs):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image, label, {"weight": index / 2}, f"n{index}"


def test_further_targets_are_collated_as_torch_does():
    data = Detailed()
    (ours,), (theirs,) = loader(dataset=data), DataLoader(data, batch_size=COUNT)
    assert len(ours) == len(theirs) == 4
    assert (
        torch.equal(ours[1], theirs[1]) and torch.equal(ours[2]["weight"], theirs[2]["weight"]) and ours[3] == theirs[3]
    )


@pytest.mark.parametrize(
    "make", [lambda image, n: (image, n, n > 1), lambda image, n: {"image": image, "label": n, "crowd": n > 1}]
)
def test_flags_beside_a_label_are_flags(make):
    """As numbers they would choose images 0 and 1 over and over, where images[flags] is asked for."""
    data = [make(image.copy(), n) for n, image in enumerate(made_images())]
    (ours,), (theirs,) = loader(dataset=data), DataLoader(data, batch_size=COUNT)
    flags, expected = ((given["crowd"] if isinstance(given, dict) else given[2]) for given in (ours, theirs))
    assert flags.dtype == torch.bool and torch.equal(flags, expected)
    binary = [(image, n > 1) for n, image in enumerate(made_images())]
    assert next(iter(loader(dataset=binary)))[1].dtype == torch.int64  # the classes 0 and 1


@pytest.mark.parametrize(
    "data",
    [
        lambda image: [image, (image, 1)],  # whose label was dropped
        lambda image: [(image, 1), image],
        lambda image: [(image, 1, 2), (image, 1)],
        lambda image: [(image, 1, 2), (image, 1, 2, 3)],
        lambda image: [{"image": image}, (image, 1)],
        lambda image: [{"image": image, "label": 1}, {"image": image}],
    ],
)
def test_samples_of_several_kinds_make_no_batch(data):
    given = data(made_images()[0])
    with pytest.raises(ce.SourceError, match=r"a batch holds .* make them alike, or give a collate_fn"):
        list(loader(dataset=given))
    ((first, second),) = loader(dataset=given, collate_fn=list)
    assert type(first) in (type(given[0]), torch.Tensor) and type(second) in (type(given[1]), torch.Tensor)


def test_collate_fn_gets_samples_as_torchs_does():
    def collate(samples):
        return torch.stack([image for image, _ in samples]), sum(label for _, label in samples)

    (first, one), (second, two) = loader(batch_size=6, collate_fn=collate)
    assert (one, two) == (0 + 1 + 2 + 3 + 0 + 1, 2 + 3 + 0 + 1 + 2)
    for images, (plain, _) in zip((first, second), loader(batch_size=6), strict=True):
        assert torch.equal(images, plain)


def test_a_sampler_decides_the_order():
    assert flat(ids(loader(sampler=[5, 3, 3], extras=["ids"]))) == [5, 3, 3]
    random = RandomSampler(range(COUNT), generator=torch.Generator().manual_seed(3))
    theirs = list(RandomSampler(range(COUNT), generator=torch.Generator().manual_seed(3)))
    assert flat(ids(loader(sampler=random, extras="ids"))) == theirs
    subset = loader(sampler=SubsetRandomSampler([1, 2, 8]), extras="ids")
    assert sorted(flat(ids(subset))) == [1, 2, 8] and len(subset) == 1 and subset.sampler.indices == [1, 2, 8]


def test_a_batch_sampler_decides_the_batches():
    batches = [[4, 1], [7], [0, 2, 3]]
    made = loader(batch_sampler=batches, extras="ids")
    assert ids(made) == batches and len(made) == 3 and made.batch_size is None and made.batch_sampler is batches
    assert len(ids(loader(batch_sampler=BatchSampler(range(COUNT), 3, True), extras="ids"))) == 3


def test_a_generator_decides_the_shuffle():
    def epochs(seed):
        made = loader(shuffle=True, generator=torch.Generator().manual_seed(seed), extras="ids")
        return [flat(ids(made)) for _ in range(2)]

    assert epochs(1) == epochs(1) != epochs(2)
    first, second = epochs(1)
    assert sorted(first) == sorted(second) == list(range(COUNT)) and first != second


def test_set_epoch_on_the_loader_or_its_sampler():
    made = loader(shuffle=True, extras="ids")
    epochs = [ids(made) for _ in range(4)]
    assert len({str(epoch) for epoch in epochs}) == 4
    made.set_epoch(1)
    assert [ids(made), ids(made)] == epochs[1:3]
    made.sampler.set_epoch(2)
    assert ids(made) == epochs[2]
    assert ids(loader(shuffle=True, seed=1, extras="ids")) != epochs[1]


def test_set_epoch_and_a_loaded_state():
    """Setting the state's own epoch, as loops do, keeps the place in it; setting another one gives that epoch from its
    start.
    """
    made = loader(shuffle=True, batch_size=3, extras="ids")
    epochs = [ids(made) for _ in range(3)]
    made.set_epoch(1)
    iterator = iter(made)
    next(iterator)
    state = made.state_dict()
    for epoch, expected in ((1, epochs[1][1:]), (2, epochs[2])):
        other = loader(shuffle=True, batch_size=3, extras="ids")
        other.load_state_dict(state)
        other.set_epoch(epoch)
        assert ids(other) == expected
        assert other.schedule.present_epoch == epoch + 1


def test_set_epoch_reaches_a_sampler_of_torch():
    sampler = DistributedSampler(range(COUNT), num_replicas=2, rank=1, seed=5)
    made = loader(sampler=sampler, extras="ids", num_shards=2, shard_id=0)
    made.set_epoch(3)
    assert sampler.epoch == 3 and flat(ids(made)) == list(sampler)


def test_an_iterator_that_is_not_used_changes_nothing():
    made, other = loader(shuffle=True, extras="ids"), loader(shuffle=True, extras="ids")
    for _ in range(3):
        iter(other)
    assert ids(made) == ids(other)


def test_leaving_early_several_iterators_and_starting_again():
    made = loader("gaussian_noise", batch_size=3, num_workers=2, extras="ids")
    for _ in made:
        break
    one, other = iter(made), iter(made)
    pairs = list(zip(one, other, strict=True))
    assert len(pairs) == 4 and all(torch.equal(a[0], b[0]) for a, b in pairs)
    assert len(list(made)) == 4
    with pytest.raises(StopIteration):
        next(one)


@pytest.mark.parametrize("backend", ["threads", "torch"])
def test_pickling_keeps_the_place(backend):
    made = loader("fog", 2, batch_size=3, backend=backend, extras="ids")
    iterator = iter(made)
    next(iterator)
    rest = [batch[-1]["ids"].tolist() for batch in iterator]
    started = iter(made := loader("fog", 2, batch_size=3, backend=backend, extras="ids"))
    next(started)
    for twin in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
        assert ids(twin) == rest
        assert len(ids(twin)) == 4
    fresh = loader("fog", 2, batch_size=3, backend=backend, extras="ids", shuffle=True)
    for _ in range(2):  # before the first epoch, and after it
        twin = pickle.loads(pickle.dumps(fresh))
        assert ids(twin) == ids(fresh)


def test_extras():
    (batch,) = loader("fog", 2, extras=["ids", "names", "conditions"])
    assert batch[2]["ids"].tolist() == list(range(COUNT))
    assert batch[2]["names"][3] == "image 3 of an array"
    assert batch[2]["conditions"] == [ce.Condition("fog", 2)] * COUNT


def test_a_dataloader_is_taken_over():
    data = Pairs()
    made = loader("fog", dataset=DataLoader(data, batch_size=4, drop_last=True), num_workers=None)
    assert (
        made.dataset is data
        and made.batch_size == 4
        and made.drop_last
        and made.num_workers == 0
        and len(list(made)) == 2
    )
    shuffled = DataLoader(data, shuffle=True, batch_size=3, num_workers=2, generator=torch.Generator().manual_seed(2))
    made = ce.CorruptLoader(shuffled, mean=None, extras="ids")
    assert made.num_workers == 2 and sorted(flat(ids(made))) == list(range(COUNT))
    assert (
        loader(dataset=shuffled, num_workers=0).num_workers == 0
        and loader(dataset=shuffled, batch_size=5).batch_size == 5
    )
    assert flat(ids(loader(dataset=shuffled, sampler=np.array([3, 1]), extras="ids"))) == [3, 1]
    batches = [[1, 2], [3]]
    assert ids(loader(dataset=DataLoader(data, batch_sampler=batches), extras="ids")) == batches
    normalized = DatasetSource(Pairs(lambda a: a / 255), mean=0, std=1)
    assert ids(loader(dataset=DataLoader(normalized, batch_size=6), extras="ids")) == [
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10],
    ]
    collated = DataLoader(data, collate_fn=list)
    given = list(loader(dataset=collated))
    assert len(given) == COUNT and all(type(batch) is list and len(batch[0]) == 2 for batch in given)
    assert next(iter(loader(dataset=collated, collate_fn=tuple))).__class__ is tuple


@pytest.mark.parametrize("backend", ["threads", "torch", "dali"])
def test_threads_limit_what_decodes_too(backend, tmp_path):
    """Unless the number of workers is said."""
    (tmp_path / "a.png").write_bytes(png(made_images()[0]))
    files, unsaid = [(tmp_path / "a.png", 0)], {"num_workers": None, "backend": backend}
    assert loader(dataset=files, num_threads=1, **unsaid).num_workers == 1
    assert loader(dataset=files, **unsaid).num_workers == processors()
    assert loader(dataset=files, num_threads=1, **unsaid | {"num_workers": 3}).num_workers == 3


def test_conditions_that_processes_cannot_make_are_made_on_all_processors(monkeypatch):
    """Those of a sweep and of an evaluation, whose images processes decode and this process corrupts."""
    monkeypatch.setattr("corrupt_engine.loader.decode.workers.processors", lambda: 3)
    counts, real = [], pipeline.Threads
    monkeypatch.setattr(pipeline, "Threads", lambda count: (counts.append(count), real(count))[1])
    options = {"backend": "torch", "num_workers": 0, "batch_size": 4, "geometry": "none"}

    def brightest(images):
        return images.mean(1).flatten(1)

    def counted(run):
        counts.clear()
        run()
        return max(counts)

    assert counted(lambda: list(loader("fog", dataset=Pairs(), **options))) == 0
    grid = [("clean", 0), ("fog", 1)]
    assert counted(lambda: list(ce.sweep(Pairs(), grid, **options))) == 3
    assert counted(lambda: list(ce.sweep(Pairs(), grid, threads=2, **options))) == 2
    evaluated = {"benchmark": "imagenet-c", "progress": False, "mistakes": 0, "check": False, "limit": 2, **options}
    assert counted(lambda: ce.evaluate(brightest, Pairs(), **evaluated)) == 3
    assert counted(lambda: ce.evaluate(brightest, Pairs(), threads=2, **evaluated)) == 2


def test_auto_chooses_what_the_options_need(tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "0.png").write_bytes(png(made_images()[0]))
    chosen = [
        ce.CorruptLoader(tmp_path).backend,
        ce.CorruptLoader(tmp_path, num_workers=0).backend,
        ce.CorruptLoader(tmp_path, timeout=5).backend,
        ce.CorruptLoader(tmp_path, multiprocessing_context="spawn").backend,
        ce.CorruptLoader(Pairs()).backend,
        ce.CorruptLoader((made_images(), labels())).backend,
    ]
    assert chosen == ["threads", "threads", "torch", "torch", "torch", "threads"]


def test_spawned_processes_and_worker_init_fn():
    """Where nothing is inherited, everything is pickled."""
    options = {"dataset": Pairs(), "num_workers": 1, "batch_size": 6, "extras": "ids"}
    made = loader("fog", worker_init_fn=seed_worker, multiprocessing_context="spawn", **options)
    assert all(
        torch.equal(a[0], b[0]) for a, b in zip(made, loader("fog", **{**options, "num_workers": 0}), strict=True)
    )


def seed_worker(_):
    np.random.seed(0)


def test_pin_memory_without_a_gpu_is_said():
    if torch.cuda.is_available():
        assert loader(pin_memory=True).pin_memory
    else:
        with pytest.warns(UserWarning, match="no GPU was found"):
            assert not loader(pin_memory=True).pin_memory


class Stream(IterableDataset):
    def __iter__(self):
        yield from Pairs()


class SizedStream(Stream):
    def __len__(self):
        return 3


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"batch_sampler": [[1]], "shuffle": True}, ce.OptionError, "leave shuffle, sampler and drop_last out"),
        ({"batch_sampler": [[1]], "batch_size": 2}, ce.OptionError, "leave batch_size out"),
        ({"sampler": [1], "shuffle": True}, ce.OptionError, "leave shuffle out"),
        ({"generator": torch.Generator()}, ce.OptionError, "shuffle=True"),
        ({"on_error": "ignore"}, ce.UnknownNameError, "raise, skip"),
        ({"extras": ["id"]}, ce.UnknownNameError, "'ids'"),
        ({"num_shards": 2}, ce.OptionError, "belong together"),
        ({"num_shards": 2, "shard_id": 2}, ce.OptionError, "allowed are 0 to 1"),
        ({"timeout": 5, "backend": "threads"}, ce.OptionError, 'backend="torch"'),
        ({"prefetch_factor": 0}, ce.OptionError, "prefetch_factor 0"),
        ({"num_workers": -1}, ce.OptionError, "num_workers -1"),
        ({"num_threads": 1.5}, ce.OptionError, "num_threads 1.5"),
        ({"corruption": ce.Condition("fog", 3), "severity": 2}, ce.OptionError, "holds its own"),
        ({"corruption": 7}, ce.OptionError, "a name, a Condition, a Mixture, a Grid or Frames"),
        ({"std": 0.0, "mean": 0.5}, ce.OptionError, "not 0"),
        ({"mean": (123.7, 116.3, 103.5), "std": 58}, ce.OptionError, "divide mean and std of levels 0 to 255 by 255"),
        ({"dataset": DataLoader(Stream())}, ce.SourceError, "Stream is an IterableDataset"),
        ({"dataset": Stream()}, ce.SourceError, "Stream is an IterableDataset"),
        ({"dataset": SizedStream()}, ce.SourceError, "SizedStream is an IterableDataset"),
        ({"dataset": DataLoader(Pairs(), batch_size=None)}, ce.SourceError, "batch_size=None"),
    ],
)
def test_bad_options_are_named(options, error, words):
    with pytest.raises(error) as caught:
        list(ce.CorruptLoader(**{"dataset": (made_images(), labels()), **QUIET, **options}))
    assert words in str(caught.value)


def test_a_sampler_beyond_the_data_set():
    with pytest.raises(ce.OptionError, match="sample 11; the data set has samples 0 to 10"):
        list(loader(sampler=[COUNT]))


def test_errors_survive_pickling():
    for error in (
        ce.UnknownNameError("corruption", "fogg", ["fog"]),
        ce.MissingExtraError("DALI", "dali", "do without"),
        ce.DecodeError("x"),
    ):
        twin = pickle.loads(pickle.dumps(error))
        assert type(twin) is type(error) and str(twin) == str(error)


def test_normalized_floats_are_the_exact_table():
    ((images, _),) = loader(mean=0.4, std=0.2)
    exact = ((made_images().astype(np.float64) / 255 - 0.4) / 0.2).astype(np.float32)
    assert (images.permute(0, 2, 3, 1).numpy() == exact).all()
