"""Every public argument and attribute of the installed torch's DataLoader: what a CorruptLoader makes of each."""

import inspect
import warnings

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, SequentialSampler

import corrupt_engine as ce

from .small_sources import COUNT, Pairs, labels, made_images


def loader(dataset=None, **options):
    options = {"batch_size": 4, "num_workers": 0, "mean": None, **options}
    return ce.CorruptLoader((made_images(), labels()) if dataset is None else dataset, **options)


def start(_):
    """A worker_init_fn."""


ARGUMENTS = {
    "dataset": ("the same", Pairs()),
    "batch_size": ("the same", 3),
    "shuffle": ("the same", True),
    "sampler": ("the same", [3, 1]),
    "batch_sampler": ("the same", [[3], [1, 2]]),
    "num_workers": ("the same", 2),
    "collate_fn": ("the same", list),
    "pin_memory": ("the same", False),
    "drop_last": ("the same", True),
    "timeout": ("the same", 5),
    "worker_init_fn": ("the same", start),
    "multiprocessing_context": ("the same", "spawn"),
    "generator": ("the same", torch.Generator()),
    "prefetch_factor": ("the same", None),
    "persistent_workers": ("changes nothing, or refused", True),
    "pin_memory_device": ("changes nothing", "cuda:1"),
    "in_order": ("changes nothing", False),
}
"""Each of torch's arguments: what it is here, and a value."""

NEEDED = {"batch_sampler": {"batch_size": None}, "generator": {"shuffle": True}}

ATTRIBUTES = {
    "dataset": "the same",
    "batch_size": "the same",
    "batch_sampler": "the same",
    "sampler": "the same",
    "num_workers": "the same",
    "collate_fn": "refuses samples that nothing has corrupted; __wrapped__ is the same",
    "pin_memory": "the same",
    "pin_memory_device": "the same",
    "drop_last": "the same",
    "timeout": "the same",
    "worker_init_fn": "the same",
    "multiprocessing_context": "the same",
    "generator": "the same",
    "prefetch_factor": "the same",
    "persistent_workers": "always False",
    "in_order": "always True",
    "check_worker_number_rationality": "torch's own: no part of what a DataLoader is documented to have",
}


def test_the_tables_are_all_that_torch_has():
    """A new version of torch may have more: then say here what becomes of it."""
    theirs = list(inspect.signature(DataLoader.__init__).parameters)[1:]
    assert sorted(set(theirs) - set(ARGUMENTS)) == []
    public = {name for name in dir(DataLoader(Pairs())) if not name.startswith("_")}
    assert sorted(public - set(ATTRIBUTES)) == []


def test_our_arguments_are_named_as_torchs():
    ours = inspect.signature(ce.CorruptLoader.__init__).parameters
    assert [name for name in ARGUMENTS if name not in ours] == []
    text = inspect.getdoc(ce.CorruptLoader)
    assert [name for name in ARGUMENTS if name not in text] == []


@pytest.mark.parametrize("name", ARGUMENTS)
def test_each_argument_is_taken(name):
    value = ARGUMENTS[name][1]
    with loader(**{**NEEDED.get(name, {}), name: value}) as made:
        expected = {"drop_last": 2, "sampler": 1, "batch_sampler": 2, "batch_size": 4}.get(name, 3)
        assert len(list(made)) == len(made) == expected


@pytest.mark.parametrize("name", [name for name in ATTRIBUTES if name != "check_worker_number_rationality"])
def test_each_attribute_is_there(name):
    """With torch's value where both are made alike, and the default where they are not."""
    data = Pairs()
    options = {"batch_size": 4, "num_workers": 2, "timeout": 5, "worker_init_fn": start, "prefetch_factor": 3}
    ours, theirs = loader(data, **options), DataLoader(data, **options)
    if name not in ("sampler", "batch_sampler", "collate_fn"):
        assert getattr(ours, name) == getattr(theirs, name)
        assert getattr(loader(data), name) == getattr(DataLoader(data, batch_size=4), name)
    given = {"sampler": [3, 1], "batch_sampler": [[3], [1]], "collate_fn": sum}.get(name)
    if given is not None:
        found = getattr(loader(data, **NEEDED.get(name, {}), **{name: given}), name)
        assert getattr(found, "__wrapped__", found) is given


def test_the_length_of_an_iterator():
    ours, theirs = iter(loader()), iter(DataLoader(Pairs(), batch_size=4))
    assert len(ours) == len(theirs) == 3
    next(ours), next(theirs)
    assert len(ours) == len(theirs) == 3
    assert len(iter(loader(corruption=ce.Grid([("fog", 1), ("snow", 1)])))) == 6


def test_samplers_are_there_to_be_looked_at():
    ours, theirs = loader(Pairs()), DataLoader(Pairs(), batch_size=4)
    assert list(ours.sampler) == list(theirs.sampler) and list(ours.batch_sampler) == list(theirs.batch_sampler)
    assert len(ours.batch_sampler) == len(theirs.batch_sampler) == 3
    for name in ("batch_size", "drop_last"):
        assert getattr(ours.batch_sampler, name) == getattr(theirs.batch_sampler, name)
    assert ours.batch_sampler.sampler is ours.sampler
    shuffled = loader(shuffle=True, extras="ids")
    planned = list(shuffled.batch_sampler)
    assert [extras["ids"].tolist() for *_, extras in shuffled] == planned != list(shuffled.batch_sampler)
    halves = [loader(sampler=SequentialSampler(range(COUNT)), num_shards=2, shard_id=n).batch_sampler for n in (0, 1)]
    assert [list(half) for half in halves] == [[[0, 2, 4, 6], [8, 10]], [[1, 3, 5, 7], [9]]]


def test_what_would_be_a_lie_is_refused():
    with pytest.raises(ce.OptionError, match='backend="threads"'):
        loader(Pairs(), num_workers=2, persistent_workers=True)
    assert not loader(Pairs(), num_workers=0, persistent_workers=True).persistent_workers
    assert not loader(Pairs(), num_workers=2, persistent_workers=True, backend="threads").persistent_workers
    with pytest.raises(ce.UnknownNameError, match="'cudo'"):
        loader(pin_memory_device="cudo")


def test_what_a_dataloader_has_is_taken_over():
    data = Pairs()
    options = {"timeout": 5, "worker_init_fn": start, "multiprocessing_context": "spawn", "prefetch_factor": 3}
    theirs = DataLoader(data, num_workers=2, persistent_workers=True, **options)
    ours = ce.CorruptLoader(theirs)
    assert (ours.timeout, ours.worker_init_fn, ours.prefetch_factor) == (5, start, 3)
    assert ours.multiprocessing_context is theirs.multiprocessing_context
    assert ce.CorruptLoader(theirs, timeout=7, prefetch_factor=1).timeout == 7
    threads = ce.CorruptLoader(theirs, backend="threads")
    assert (threads.timeout, threads.worker_init_fn, threads.prefetch_factor) == (0, None, 2)


def test_a_dataloader_made_of_the_parts_is_refused():
    """Its images would be uncorrupted: what accelerate's skip_first_batches does."""
    for own in (None, list):
        made = loader(Pairs(), corruption="fog", batch_size=4, collate_fn=own)
        parts = DataLoader(made.dataset, batch_sampler=made.batch_sampler, collate_fn=made.collate_fn)
        with pytest.raises(ce.OptionError, match="uncorrupted"):
            next(iter(parts))


def test_accelerates_skip_first_batches_is_refused():
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    for workers in (0, 1):
        made = loader(corruption="fog", num_workers=workers)
        skipped = accelerate.skip_first_batches(made, 1)
        with pytest.raises(ce.OptionError, match="load_state_dict"):
            list(skipped)


@pytest.mark.parametrize("backend", ["threads", "torch"])
@pytest.mark.parametrize("shards", [2, 3, 4, 20])
@pytest.mark.parametrize("order", [{}, {"shuffle": True}, {"sampler": [*range(COUNT)]}], ids=str)
def test_padded_shards_are_equal_and_every_sample_counts_once(backend, shards, order):
    parts = []
    for shard in range(shards):
        options = {"num_shards": shards, "shard_id": shard, "pad_shards": True, "extras": ["ids", "padded"], **order}
        made = loader(Pairs(), backend=backend, **options)
        parts.append([(len(images), extras["ids"].tolist(), extras["padded"]) for images, _, extras in made])
        assert len(made) == len(parts[-1]) and all(flags.dtype == torch.bool for *_, flags in parts[-1])
    assert len({tuple(count for count, *_ in part) for part in parts}) == 1
    every = [pair for part in parts for _, ids, flags in part for pair in zip(ids, flags.tolist(), strict=True)]
    assert sorted(index for index, twice in every if not twice) == list(range(COUNT))
    assert len(every) == -(-COUNT // shards) * shards


def test_padding_is_distributed_samplers():
    from torch.utils.data import DistributedSampler

    for shards in (2, 3, 4, 20):
        for shard in range(shards):
            theirs = list(DistributedSampler(range(COUNT), shards, shard, shuffle=False))
            assert list(loader(num_shards=shards, shard_id=shard, pad_shards=True).sampler) == theirs


def test_nothing_is_padded_by_itself():
    for options in ({}, {"num_shards": 2, "shard_id": 1}, {"pad_shards": True}):
        made = loader(extras="padded", **options)
        assert not any(extras["padded"].any() for *_, extras in made)
    with pytest.raises(ce.OptionError, match="leave pad_shards out"):
        loader(pad_shards=True, drop_last=True)
    with pytest.raises(ce.OptionError, match="pad_shards needs a sampler that says"):
        list(loader(sampler=iter([1]), pad_shards=True, num_shards=2, shard_id=0))
    with pytest.raises(ce.OptionError, match="pad_shards"):
        ce.sweep((made_images(), labels()), pad_shards=True)


def test_padded_batches_of_a_batch_sampler():
    batches = [[1, 2], [3], [4, 5, 6]]
    parts = []
    for shard in range(2):
        options = {"num_shards": 2, "shard_id": shard, "pad_shards": True, "extras": ["ids", "padded"]}
        made = loader(batch_sampler=batches, batch_size=None, **options)
        parts.append([(extras["ids"].tolist(), extras["padded"].tolist()) for *_, extras in made])
        assert len(made) == 2
    assert parts == [
        [([1, 2], [False, False]), ([4, 5, 6], [False] * 3)],
        [([3], [False]), ([1, 2], [True, True])],
    ]


def test_padding_with_unreadable_files(tmp_path):
    from .small_sources import png

    for number in range(COUNT):
        (tmp_path / f"{number:02}.png").write_bytes(b"" if number in (0, 7, 9) else png(made_images()[number]))
    files = [(path, 0) for path in sorted(tmp_path.glob("*.png"))]
    options = {"num_shards": 2, "shard_id": 1, "pad_shards": True, "extras": ["ids", "padded"], "geometry": "none"}
    made = loader(files, on_error="skip", **options)
    got = [(extras["ids"].tolist(), extras["padded"].tolist()) for *_, extras in made]
    assert got == [([1, 3, 5], [False] * 3)]  # 9 and the padded 0 cannot be read
    (tmp_path / "00.png").write_bytes(png(made_images()[0]))
    assert [extras["padded"].tolist() for *_, extras in made] == [[False] * 3, [True]]


def test_a_sampler_with_drop_last_gives_equal_shards():
    sizes = set()
    for shard in range(2):
        made = loader(sampler=[*range(COUNT)], batch_size=2, drop_last=True, num_shards=2, shard_id=shard)
        sizes.add((len(made), len(list(made))))
    assert sizes == {(2, 2)}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_lightnings_fit_is_told_of_uneven_shards():
    lightning = pytest.importorskip("pytorch_lightning", reason="pytorch_lightning is not installed")

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch, batch_idx):
            return self.layer(batch[0].float().mean().reshape(1, 1)).sum()

        def validation_step(self, batch, batch_idx):
            pass

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.0)

    def told(validating=False, **options):
        data = (np.zeros((5, 8, 8, 3), np.uint8), np.arange(5))
        made = loader(data, num_shards=2, shard_id=0, **{"batch_size": 1, **options})
        quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
        trainer = lightning.Trainer(accelerator="cpu", max_epochs=2, enable_model_summary=False, **quiet)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if validating:
                even = loader(data, num_shards=1, shard_id=0)
                trainer.fit(Model(), even, made)
            else:
                trainer.fit(Model(), made)
            list(made)
        return len([warning for warning in caught if "pad_shards" in str(warning.message)])

    assert told() == 1
    assert told(pad_shards=True) == told(drop_last=True) == told(batch_size=3) == told(validating=True) == 0


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("shuffle", [{}, {"shuffle": True}, {"shuffle": True, "generator": True}])
def test_the_default_device_of_torch_is_not_the_loaders(workers, shuffle):
    """As torch.set_default_device("cuda") has it: labels were there and images on the host, and shuffling failed. On
    "meta", which stands for it here, nothing can be read.
    """

    def given():
        own = {**shuffle, "generator": torch.Generator().manual_seed(1)} if "generator" in shuffle else shuffle
        made = ce.CorruptLoader(
            (made_images(), labels() / 2), "fog", batch_size=4, num_workers=workers, extras=["ids", "padded"], **own
        )
        first, *rest = made
        state = made.state_dict()
        made.load_state_dict(state)
        return [first, *rest, *made]

    expected = given()
    with torch.device("meta"):
        found = given()
    for one, other in zip(found, expected, strict=True):
        tensors = [(one[0], other[0]), (one[1], other[1]), *((one[2][k], other[2][k]) for k in other[2])]
        assert all(a.device.type == "cpu" and torch.equal(a, b) for a, b in tensors)


def test_class_numbers_are_on_the_host_whatever_the_default_device():
    with torch.device("meta"):
        ((_, given),) = ce.CorruptLoader((made_images(), labels()), "fog", num_workers=0)
    assert given.tolist() == labels().tolist()
