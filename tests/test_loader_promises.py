"""The same bytes for every image whatever the batch size, the workers, the shards, the point of resumption and the kind
of source.
"""

import hashlib
import itertools
import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import RandomSampler

import corrupt_engine as ce

from .small_sources import COUNT, Pairs, huggingface, labels, made_images, write_shards

CORRUPTION = {
    "corruption": "gaussian_noise",
    "severity": 3,
    "seed": 4,
    "mean": None,
    "extras": ["ids"],
    "geometry": "none",
}


def digest(image):
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()


def digests(batches):
    """[(sample id, hash of its bytes)] in the order of the batches."""
    return [
        (int(i), digest(image))
        for images, *_, extras in batches
        for i, image in zip(extras["ids"], images.numpy(), strict=True)
    ]


@pytest.fixture(scope="session")
def expected():
    """Sample by sample with `corrupt()`."""
    made = [
        ce.corrupt(golden_image, "gaussian_noise", 3, seed=4, ids=n) for n, golden_image in enumerate(made_images())
    ]
    return {n: digest(image.transpose(2, 0, 1)) for n, image in enumerate(made)}


@pytest.fixture(scope="session")
def png_folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("pngs")
    for n, golden_image in enumerate(made_images()):
        path = root / "png" / f"c{n * 4 // COUNT}" / f"{n:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(golden_image).save(path)
    return root / "png"


@pytest.fixture(scope="session")
def sources(png_folder, tmp_path_factory):
    """{kind: the same eleven images}."""
    npy = tmp_path_factory.mktemp("npy")
    np.save(npy / "noise.npy", made_images())
    np.save(npy / "labels.npy", labels())
    files = sorted(png_folder.rglob("*.png"))
    mean, std = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    normalized = Pairs(lambda a: torch.from_numpy(((a / np.float32(255) - mean) / std).transpose(2, 0, 1)))
    from corrupt_engine.sources import DatasetSource

    return {
        "folder": png_folder,
        "list": [(str(path), "label") for path in files],
        "npy": npy / "noise.npy",
        "arrays": (made_images(), labels()),
        "tar": write_shards(tmp_path_factory.mktemp("tar"), ".tar"),
        "tar.gz": write_shards(tmp_path_factory.mktemp("gz"), ".tar.gz"),
        "Hugging Face": huggingface(),
        "dataset of PIL": Pairs(Image.fromarray),
        "dataset of tensors": Pairs(lambda a: torch.from_numpy(a.copy()).permute(2, 0, 1)),
        "dataset of floats": DatasetSource(normalized, mean=mean, std=std),
        "DataLoader": torch.utils.data.DataLoader(Pairs(), batch_size=3),
    }


FILES = ("folder", "list", "tar", "tar.gz", "Hugging Face")
KINDS = (*FILES, "npy", "arrays", "dataset of PIL", "dataset of tensors", "dataset of floats", "DataLoader")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shards", [1, 2, 3])
def test_matrix(sources, expected, kind, shards):
    for batch_size, threads, resumed in itertools.product((1, 7, 64), (0, 1, 3), (False, True)):
        seen = []
        for shard in range(shards):

            def loader(shard=shard, batch_size=batch_size, threads=threads):
                options = {"batch_size": batch_size, "num_workers": threads, "num_shards": shards, "shard_id": shard}
                return ce.CorruptLoader(sources[kind], backend="threads", **options, **CORRUPTION)

            made = loader()
            if not resumed:
                seen += digests(made)
                continue
            iterator = iter(made)
            seen += digests(itertools.islice(iterator, len(made) // 2))
            state = json.loads(json.dumps(made.state_dict()))
            iterator.close()
            made = loader()
            made.load_state_dict(state)
            seen += digests(made)
        assert sorted(seen) == sorted(expected.items()), (batch_size, threads, resumed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["torch", "dali"])
def test_processes_and_dali_give_the_same(sources, expected, kind, backend):
    if backend == "dali" and kind not in FILES:
        with pytest.raises(ce.OptionError, match="decodes image files"):
            ce.CorruptLoader(sources[kind], backend=backend)
        return
    loader = ce.CorruptLoader(sources[kind], backend=backend, batch_size=4, num_workers=2, **CORRUPTION)
    assert dict(digests(loader)) == expected


def test_the_matrix_can_fail(sources, expected):
    for change in ({"seed": 5}, {"severity": 2}, {"trial": 1}):
        other = dict(digests(ce.CorruptLoader(sources["npy"], num_workers=0, **{**CORRUPTION, **change})))
        assert other.keys() == expected.keys() and not set(other.items()) & set(expected.items()), change


@pytest.mark.parametrize("order", ["plain", "shuffle", "generator", "sampler", "batch_sampler"])
def test_resuming_in_any_order(order):
    def loader(**options):
        options |= {
            "plain": dict,
            "shuffle": lambda: {"shuffle": True},
            "generator": lambda: {"shuffle": True, "generator": torch.Generator().manual_seed(1)},
            "sampler": lambda: {"sampler": RandomSampler(range(COUNT))},
            "batch_sampler": lambda: {"batch_sampler": [[4, 1], [0], [7, 8, 9], [2]]},
        }[order]()
        if order != "batch_sampler":
            options.setdefault("batch_size", 2)
        return ce.CorruptLoader((made_images(), labels()), **{"num_workers": 2, **CORRUPTION, **options})

    for done in range(order == "sampler", 4):  # an order that nothing fixes is drawn with the first batch
        made = loader()
        list(made)  # the second epoch is the one that is interrupted
        iterator = iter(made)
        before = digests(itertools.islice(iterator, done))
        state = json.loads(json.dumps(made.state_dict()))
        rest = digests(iterator)
        other = loader(num_workers=0)
        other.load_state_dict(state)
        assert json.loads(json.dumps(other.state_dict())) == state
        assert digests(other) == rest
        assert len(before) + len(rest) == (7 if order == "batch_sampler" else COUNT)
        if order != "sampler":  # whose third epoch nothing fixes
            assert digests(other) == digests(made)


def test_resuming_with_another_batch_size_and_other_workers():
    options = {**CORRUPTION, "shuffle": True, "dataset": Pairs()}
    made = ce.CorruptLoader(batch_size=4, num_workers=0, **options)
    iterator = iter(made)
    next(iterator)
    state = made.state_dict()
    rest = digests(iterator)
    for batch_size, workers, backend in ((1, 2, "torch"), (3, 3, "threads"), (64, 0, "torch")):
        other = ce.CorruptLoader(batch_size=batch_size, num_workers=workers, backend=backend, **options)
        other.load_state_dict(state)
        assert digests(other) == rest


def test_what_was_made_ahead_is_not_counted():
    made = ce.CorruptLoader((made_images(), labels()), batch_size=2, num_workers=2, prefetch_factor=4, **CORRUPTION)
    assert (made.state_dict()["epoch"], made.state_dict()["position"]) == (0, 0)
    for number, _ in enumerate(made, 1):
        assert (made.state_dict()["epoch"], made.state_dict()["position"]) == (0, min(2 * number, COUNT))
    assert (made.state_dict()["epoch"], made.state_dict()["position"]) == (1, 0)


def state_of(**options):
    made = ce.CorruptLoader((made_images(), labels()), **{"num_workers": 0, "batch_size": 4, **CORRUPTION, **options})
    next(iter(made))
    return made.state_dict()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (lambda: {}, "its version is None"),
        (lambda: state_of(severity=2), "saved with corruption"),
        (lambda: state_of(seed=5), "saved with settings"),
        (lambda: state_of(shuffle=True), "saved with order 'shuffled'"),
        (lambda: state_of(num_shards=2, shard_id=0), "saved with shard"),
        (lambda: state_of() | {"position": 99}, "99 samples, is beyond the 11"),
    ],
)
def test_a_state_of_another_loader_is_refused(state, words):
    made = ce.CorruptLoader((made_images(), labels()), num_workers=0, batch_size=4, **CORRUPTION)
    with pytest.raises(ce.StateError) as caught:
        made.load_state_dict(state())
    assert words in str(caught.value)
    assert len(digests(made)) == COUNT


def test_a_state_within_a_batch_of_a_batch_sampler_is_refused():
    state = state_of(batch_sampler=[[0, 1], [2, 3]], batch_size=None)
    made = ce.CorruptLoader((made_images(), labels()), num_workers=0, batch_sampler=[[0, 1], [2, 3]], **CORRUPTION)
    with pytest.raises(ce.StateError, match="not between two batches"):
        made.load_state_dict(state | {"position": 1})


def test_shards_are_disjoint_and_whole_with_drop_last():
    for shards in (1, 2, 3, 4, 20):
        for options in ({}, {"drop_last": True}, {"shuffle": True}):
            parts = []
            for shard in range(shards):
                loader = ce.CorruptLoader(
                    (made_images(), labels()),
                    batch_size=2,
                    num_workers=0,
                    num_shards=shards,
                    shard_id=shard,
                    **CORRUPTION,
                    **options,
                )
                parts.append(digests(loader))
                assert len(loader) == len(list(loader))
            together = [i for part in parts for i, _ in part]
            assert len(set(together)) == len(together)
            if "drop_last" in options:
                assert len({len(part) for part in parts}) == 1
            else:
                assert sorted(together) == list(range(COUNT))


def test_torchruns_environment_decides_the_shard(monkeypatch):
    """As it is when the epoch begins: Lightning starts its processes after the loader was made."""
    loader = ce.CorruptLoader((made_images(), labels()), num_workers=0, **CORRUPTION)
    assert len(digests(loader)) == len(loader.sampler) == COUNT
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert len(digests(loader)) == COUNT
    monkeypatch.setenv("RANK", "1")
    assert len(loader.sampler) == 4 and (loader.sampler.rank, loader.sampler.num_replicas) == (1, 3)
    assert [i for i, _ in digests(loader)] == [1, 4, 7, 10]
    monkeypatch.setenv("RANK", "one")
    with pytest.raises(ce.OptionError, match="RANK and WORLD_SIZE"):
        ce.CorruptLoader((made_images(), labels()))
