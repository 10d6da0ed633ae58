"""Sweeps: one decode, two orders, a bounded cache, and the same bytes as the loader's."""

import threading

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.loader.cache import Cache
from corrupt_engine.loader.samples import Batch
from corrupt_engine.runtime.messages import readable
from corrupt_engine.sources import ArraySource

from .small_sources import COUNT, SIDE, Pairs, labels, made_images
from .test_loader_endings import left_over

PLAN = [("clean", 0), ("fog", 2), ("gaussian_noise", 2.5), ("fog", 2, 1)]
QUIET = {"mean": None, "batch_size": 4, "num_workers": 2}


def data():
    return ArraySource(made_images(), labels())


def content(batches):
    """{(condition, id): (bytes, label)}."""
    return {
        (batch.condition, i): (image.numpy().tobytes(), label)
        for batch in batches
        for i, image, label in zip(batch.ids.tolist(), batch.images, batch.labels.tolist(), strict=True)
    }


@pytest.fixture(scope="module")
def expected():
    found = {}
    for condition in PLAN:
        loader = ce.CorruptLoader(data(), ce.Condition(*condition), mean=None, num_workers=0)
        ((images, targets),) = loader
        for i in range(COUNT):
            found[ce.Condition(*condition), i] = (images[i].numpy().tobytes(), int(targets[i]))
    return found


@pytest.mark.parametrize("order", ["batch", "condition"])
@pytest.mark.parametrize(
    "options", [{}, {"num_workers": 0}, {"threads": 3}, {"backend": "torch"}, {"batch_size": 64}], ids=str
)
def test_both_orders_give_the_loaders_bytes(expected, order, options):
    assert content(ce.sweep(data(), PLAN, order=order, **{**QUIET, **options})) == expected


def arrays_in(given):
    """The arrays and tensors in what was given out, as arrays over the same memory."""
    if isinstance(given, (np.ndarray, torch.Tensor)):
        return [np.asarray(given)]
    parts = given.values() if isinstance(given, dict) else given if isinstance(given, (list, tuple)) else ()
    return [array for part in parts for array in arrays_in(part)]


def contents(batches, write):
    """The bytes of each batch, which may be written over before the next one is asked for."""
    found = []
    for batch in batches:
        arrays = arrays_in(batch)
        found.append([array.tobytes() for array in arrays])
        for array in arrays if write else ():
            array[...] = 3
    return found


class Boxes:
    """Items whose targets are dicts of arrays."""

    def __len__(self):
        return COUNT

    def __getitem__(self, index):
        return made_images()[index], {"boxes": np.arange(4.0) + index}


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("order", ["batch", "condition", "loader"])
@pytest.mark.parametrize("targets", ["numbers", "rows", "dicts"])
def test_a_batch_may_be_written_to(order, targets, own):
    images, numbers = made_images().copy(), labels()
    rows = np.stack([numbers, -numbers], axis=1)
    source = Boxes() if targets == "dicts" else ArraySource(images, rows if targets == "rows" else numbers)
    options = {"mean": None, "batch_size": 4, "num_workers": 0, "backend": "threads"}
    options |= {"collate_fn": lambda samples: tuple(zip(*samples, strict=True))} if own else {}

    def run(write):
        if order != "loader":
            return contents(ce.sweep(source, PLAN, order=order, **options), write)
        loader = ce.CorruptLoader(source, ce.Grid(PLAN), extras=["ids"], **options)
        return contents(loader, write) + contents(loader, write)

    written = run(write=True)
    assert written == run(write=False) and len(written) >= 3 * len(PLAN)


def test_the_orders_are_what_they_say():
    conditions = [ce.Condition(*condition) for condition in PLAN]
    by_batch = [batch.condition for batch in ce.sweep(data(), PLAN, **QUIET)]
    assert by_batch == conditions * 3
    by_condition = ce.sweep(data(), PLAN, order="condition", **QUIET)
    assert len(by_condition) == 12 and by_condition.conditions == tuple(conditions)
    assert [batch.condition for batch in by_condition] == [c for c in conditions for _ in range(3)]


class Counting(Pairs):
    def __init__(self):
        super().__init__()
        self.read = []

    def __getitem__(self, index):
        self.read.append(index)
        return super().__getitem__(index)


@pytest.mark.parametrize("order", ["batch", "condition"])
def test_every_picture_is_decoded_once(order):
    counting = Counting()
    assert len(list(ce.sweep(counting, PLAN, order=order, mean=None, batch_size=4, num_workers=0))) == 12
    assert sorted(counting.read) == list(range(COUNT))


def test_the_cache_is_bounded_and_says_what_it_needs():
    needed = COUNT * SIDE * SIDE * 3
    assert len(list(ce.sweep(data(), PLAN, order="condition", memory=needed, **QUIET))) == 12
    with pytest.raises(
        ce.OptionError, match=r"takes 8.25 KiB \(11 images of 16x16x3\), more than the 8.25 KiB of memory=8447"
    ):
        next(ce.sweep(data(), PLAN, order="condition", memory=needed - 1, **QUIET))
    assert not left_over()
    assert [readable(size) for size in (0, 1023, 2**21, 5 * 2**40)] == [
        "0 bytes",
        "1.02e+03 bytes",
        "2 MiB",
        "5.12e+03 GiB",
    ]


@pytest.mark.parametrize("order", ["batch", "condition"])
def test_progress_is_shown_where_it_is_asked_for(order, capsys):
    list(ce.sweep(data(), PLAN, order=order, **QUIET))
    assert capsys.readouterr().err == ""
    list(ce.sweep(data(), PLAN, order=order, progress=True, **QUIET))
    shown = capsys.readouterr().err
    assert "44/44" in shown and "fog 2" in shown and "img/s" in shown
    assert ("8.25 KiB kept" in shown) == (order == "condition")


@pytest.mark.parametrize("order", ["batch", "condition"])
def test_leaving_a_sweep_leaves_nothing_behind(order):
    for _ in ce.sweep(data(), PLAN, order=order, **QUIET):
        break
    assert not left_over()
    with ce.sweep(data(), PLAN, order=order, **QUIET) as batches:
        next(batches)
        assert any("corrupt-engine-" in thread.name for thread in threading.enumerate())
    assert not left_over()
    assert next(batches, None) is None


@pytest.mark.parametrize("order", ["batch", "condition"])
def test_a_sweep_skips_and_lists(tmp_path, order):
    from PIL import Image

    for n in range(5):
        Image.fromarray(made_images()[n]).save(tmp_path / f"{n}.png")
    (tmp_path / "2.png").write_bytes(b"")
    files = [(tmp_path / f"{n}.png", n) for n in range(5)]
    batches = ce.sweep(files, PLAN, order=order, on_error="skip", geometry="none", **{**QUIET, "batch_size": 2})
    assert {i for _, i in content(batches)} == {0, 1, 3, 4}
    assert [skipped.id for skipped in batches.skipped] == [2]
    sizes = [len(one.ids) for one in ce.sweep(files, PLAN[:1], order=order, on_error="skip", batch_size=2)]
    assert sizes == [2, 1, 1]


@pytest.mark.parametrize("order", ["batch", "condition"])
def test_the_batches_of_a_batch_sampler_stay_as_they_are(expected, order):
    """By condition they were one batch of all."""
    wanted = [[7, 1], [3], [2, 0, 10, 4]]
    options = {**QUIET, "batch_size": None, "batch_sampler": wanted}
    found = list(ce.sweep(data(), PLAN, order=order, **options))
    for condition in PLAN:
        assert [one.ids.tolist() for one in found if one.condition == ce.Condition(*condition)] == wanted
    chosen = {sample for batch in wanted for sample in batch}
    assert content(found) == {key: value for key, value in expected.items() if key[1] in chosen}


def test_torchs_own_collate_fn_is_none():
    """It gives a list, which stood in the place of the images, with no labels beside."""
    given = {"collate_fn": torch.utils.data.default_collate, **QUIET}
    for ours, theirs in zip(ce.sweep(data(), PLAN, **given), ce.sweep(data(), PLAN, **QUIET), strict=True):
        assert torch.equal(ours.images, theirs.images) and torch.equal(ours.labels, theirs.labels)
    for _, _, extras in ce.CorruptLoader(data(), "fog", extras="ids", **given):
        assert len(extras["ids"])


def test_images_that_a_device_decoded_are_kept_on_the_host():
    """NumPy takes nothing from a device by itself."""

    class OnDevice(torch.Tensor):
        def __array__(self, *_, **__):
            raise TypeError("can't convert cuda:0 device type tensor to numpy")

        def cpu(self):
            return self.as_subclass(torch.Tensor)

    cache, ids = Cache(), np.arange(COUNT)
    images = torch.from_numpy(made_images().copy()).as_subclass(OnDevice)
    cache.take([Batch(images, labels().tolist(), ids)], COUNT, 1 << 20)
    assert (cache.images == made_images()).all()


def test_shards_of_a_sweep_are_the_whole(expected):
    parts = [content(ce.sweep(data(), PLAN, order="condition", num_shards=3, shard_id=n, **QUIET)) for n in range(3)]
    assert sum(map(len, parts)) == len(expected) and {k: v for part in parts for k, v in part.items()} == expected


def test_bad_sweeps_are_named():
    with pytest.raises(ce.UnknownNameError, match="batch, condition"):
        ce.sweep(data(), PLAN, order="image")
    with pytest.raises(ce.OptionError, match="memory 0"):
        ce.sweep(data(), PLAN, memory=0)
    with pytest.raises(ce.OptionError, match="no condition"):
        ce.sweep(data(), ["fog"])
    mixed = [(np.zeros((4, 4, 3), np.uint8), 0), (np.zeros((5, 5, 3), np.uint8), 0)]
    with pytest.raises(ce.OptionError, match='order="batch"'):
        list(ce.sweep(mixed, PLAN, order="condition", batch_size=1, num_workers=0))
    assert len(list(ce.sweep(mixed, PLAN, batch_size=1, num_workers=0))) == 8
    for first in (mixed, [mixed[0], *mixed]):  # in the first batch, and after one of one size
        given = {"batch_size": 2, "collate_fn": lambda batch: tuple(zip(*batch, strict=True)), "num_workers": 0}
        with pytest.raises(ce.OptionError, match=r"2 shapes .*\(4, 4, 3\), \(5, 5, 3\).* or use order=\"batch\""):
            list(ce.sweep(first, PLAN, order="condition", **given))
        assert len(list(ce.sweep(first, PLAN, **given))) == 4 * (len(first) - 1)
    assert torch.get_num_threads() > 0


@pytest.mark.parametrize("name", ["corruption", "severity", "trial", "extras"])
def test_what_a_sweep_decides_itself_is_refused(name):
    with pytest.raises(ce.OptionError, match=rf"sweep\(\) does not take '{name}'"):
        ce.sweep((made_images(), labels()), **{name: "fog"})
