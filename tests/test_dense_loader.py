"""Loading for dense tasks: images of several sizes, targets of any structure, dicts, no labels, given ids."""

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.sources import FileSource

SIZES = ((20, 31), (14, 9), (20, 31), (33, 17), (8, 8), (14, 9), (25, 26))
RNG = np.random.default_rng(2)
IMAGES = [RNG.integers(0, 256, (*size, 3), np.uint8) for size in SIZES]
TARGETS = [{"boxes": torch.full((n, 4), float(n)), "masks": [n], "image_id": n} for n in range(len(SIZES))]


class Scenes(torch.utils.data.Dataset):
    """Images of several sizes with what is seen on them."""

    def __len__(self):
        return len(IMAGES)

    def __getitem__(self, index):
        return Image.fromarray(IMAGES[index]), TARGETS[index]


def unzipped(samples):
    return tuple(zip(*samples, strict=True))


def wanted(index, name="fog", severity=3, **options):
    return torch.from_numpy(ce.corrupt(IMAGES[index], name, severity, **{"ids": index, **options})).permute(2, 0, 1)


def scenes(**options):
    options = {"batch_size": 3, "mean": None, "collate_fn": unzipped, "num_workers": 0, **options}
    return ce.CorruptLoader(options.pop("dataset", Scenes()), options.pop("corruption", "fog"), **options)


BACKENDS = [
    {},
    {"num_workers": 2, "backend": "threads"},
    {"num_workers": 2, "backend": "torch"},
    {"batch_size": 1},
    {"batch_size": 7},
]


@pytest.mark.parametrize("options", BACKENDS, ids=str)
def test_images_of_several_sizes(options):
    """In the order of the data set, with the bytes of corrupt(), and the very targets."""
    batches = list(scenes(**options))
    images = [image for given, _ in batches for image in given]
    targets = [target for _, given in batches for target in given]
    assert all(torch.equal(image, wanted(n)) for n, image in enumerate(images)) and len(images) == len(IMAGES)
    assert [target["image_id"] for target in targets] == list(range(len(IMAGES)))
    assert all(torch.equal(a["boxes"], b["boxes"]) for a, b in zip(targets, TARGETS, strict=True))


def test_normalized_as_ever():
    images, _ = next(iter(scenes(mean=0.25, std=0.5, dtype="float16")))
    expected = ((wanted(1).double() / 255 - 0.25) / 0.5).half()
    assert torch.equal(images[1], expected)


def test_mixtures_and_grids():
    mixture = ce.Mixture([("fog", 3), ("gaussian_noise", 2)], corrupted=0.7)
    given = mixture.assign(np.arange(len(IMAGES)), epoch=0, seed=0)
    images = [image for batch, _ in scenes(corruption=mixture) for image in batch]
    for n, (image, (name, severity, _)) in enumerate(zip(images, given, strict=True)):
        expected = torch.from_numpy(IMAGES[n]).permute(2, 0, 1) if name == "clean" else wanted(n, name, severity)
        assert torch.equal(image, expected)
    assert len({one.corruption for one in given}) == 3
    grid = list(scenes(corruption=ce.Grid([("fog", 3), ("contrast", 1)]), num_workers=2, backend="torch"))
    assert len(grid) == 6 and torch.equal(grid[1][0][1], wanted(1, "contrast", 1))


def test_a_dataloader_of_a_detection_script():
    """The ten-line change: the script's own DataLoader, collate_fn and all."""
    theirs = torch.utils.data.DataLoader(Scenes(), batch_size=2, collate_fn=unzipped)
    images, targets = next(iter(ce.CorruptLoader(theirs, "fog", 3, mean=0, std=1)))
    assert torch.equal((images[1] * 255).round().byte(), wanted(1)) and targets[1] is TARGETS[1]


def test_several_sizes_without_a_collate_fn_say_the_way_out():
    with pytest.raises(ce.OptionError, match=r"4 shapes|2 shapes.*collate_fn.*zip\(\*batch\)"):
        list(scenes(collate_fn=None))
    assert (
        len(list(scenes(collate_fn=None, dataset=[(image, 0) for image in map(tuple_free, range(7))], batch_size=1)))
        == 7
    )


def tuple_free(n):
    return IMAGES[n]


def test_extras_come_last():
    images, targets, extras = next(iter(scenes(extras=["ids", "conditions"])))
    assert extras["ids"].tolist() == [0, 1, 2] and len(images) == len(targets) == 3
    batch, extras = next(iter(scenes(collate_fn=list, extras="ids")))
    assert type(batch) is list and len(batch) == 3 and extras["ids"].tolist() == [0, 1, 2]


class Dicts(torch.utils.data.Dataset):
    """As Hugging Face's trainers want them."""

    def __init__(self, key="pixel_values"):
        self.key = key

    def __len__(self):
        return 5

    def __getitem__(self, index):
        image = torch.from_numpy(IMAGES[0] ^ np.uint8(index)).permute(2, 0, 1)
        return {"name": f"n{index}", self.key: image, "labels": index % 2}


def test_batches_of_dicts():
    (batch,) = ce.CorruptLoader(Dicts(), "fog", 3, batch_size=5, mean=None)
    theirs = next(iter(torch.utils.data.DataLoader(Dicts(), batch_size=5)))
    assert list(batch) == list(theirs) == ["name", "pixel_values", "labels"]
    assert batch["name"] == theirs["name"] and torch.equal(batch["labels"], theirs["labels"])
    assert torch.equal(batch["pixel_values"][0], wanted(0))
    (batch,) = ce.CorruptLoader(Dicts("image"), "fog", batch_size=5, mean=None, collate_fn=list)
    assert [list(sample) for sample in batch] == [["name", "image", "labels"]] * 5
    report = ce.evaluate(
        lambda images: images.mean((2, 3))[:, :2],
        Dicts(),
        "imagenet-c-extra",
        corruptions="saturate",
        progress=False,
        check=False,
    )
    assert report.labels.tolist() == [0, 1, 0, 1, 0]
    with pytest.raises(ce.SourceError, match=r"dict with \['name', 'photo', 'labels'\]"):
        next(iter(ce.CorruptLoader(Dicts("photo"), "fog")))


def test_images_without_labels(tmp_path):
    same = [IMAGES[0], IMAGES[2]]
    paths = []
    for n, image in enumerate(same):
        paths.append(tmp_path / f"{n}.png")
        Image.fromarray(image).save(paths[-1])

    class Bare(torch.utils.data.Dataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return Image.fromarray(same[index])

    for data in (Bare(), paths, [str(path) for path in paths]):
        (images,) = ce.CorruptLoader(data, "fog", 3, mean=None, geometry="none")
        assert torch.equal(images[0], wanted(0)) and len(images) == 2
        (batch,) = ce.CorruptLoader(data, "fog", 3, mean=None, geometry="none", collate_fn=list)
        assert torch.equal(batch[0], wanted(0))
        images, extras = next(iter(ce.CorruptLoader(data, "fog", geometry="none", extras="ids")))
        assert extras["ids"].tolist() == [0, 1]
        with pytest.raises(ce.OptionError, match=r"have no labels.*evaluate_with"):
            ce.evaluate(lambda images: images.mean((2, 3)), data, "imagenet-c-extra", progress=False, geometry="none")


def square(count=6):
    return np.stack([RNG.integers(0, 256, (12, 12, 3), np.uint8) for _ in range(count)]), np.arange(count)


@pytest.mark.parametrize("options", [{}, {"num_workers": 2, "backend": "torch"}, {"batch_size": 1}], ids=str)
@pytest.mark.parametrize("corruption", ["gaussian_noise", ce.Mixture([("gaussian_noise", 3), ("fog", 1)])], ids=str)
def test_a_subset_keeps_the_bytes_of_the_whole(options, corruption):
    images, labels = square()
    whole = torch.utils.data.TensorDataset(torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(labels))
    subset = torch.utils.data.Subset(whole, [4, 1, 5])
    (everything, _) = next(iter(ce.CorruptLoader(whole, corruption, mean=None)))
    loader = ce.CorruptLoader(subset, corruption, mean=None, ids=subset.indices, extras="ids", **options)
    found = list(loader)
    assert torch.equal(torch.cat([batch[0] for batch in found]), everything[[4, 1, 5]])
    assert torch.cat([batch[-1]["ids"] for batch in found]).tolist() == [4, 1, 5]


@pytest.mark.parametrize("options", [{}, {"num_workers": 2, "backend": "torch"}], ids=str)
def test_ids_from_the_content_are_the_transforms(options):
    images, labels = square()
    loader = ce.CorruptLoader((images, labels), "gaussian_noise", 3, mean=None, ids="content", batch_size=4, **options)
    made = torch.cat([batch for batch, _ in loader]).permute(0, 2, 3, 1).numpy()
    transform = ce.Corrupt("gaussian_noise", 3)
    assert all((transform(image) == one).all() for image, one in zip(images, made, strict=True))
    several = [image for batch, _ in scenes(corruption="gaussian_noise", ids="content") for image in batch]
    assert all((transform(a) == b.permute(1, 2, 0).numpy()).all() for a, b in zip(IMAGES, several, strict=True))


def test_evaluations_know_the_ids(tmp_path):
    """In the answers, in what the report shows, and in what a record may be gone on with."""
    images, labels = square()

    def model(batch):
        batch = batch.float()
        return torch.stack([batch.mean((1, 2, 3)), batch.std((1, 2, 3)), batch.amax((1, 2, 3))], 1)

    def run(part, **options):
        data = images[part], labels[part] % 3
        return ce.evaluate(
            model, data, "imagenet-c", corruptions="gaussian_noise", progress=False, check=False, mean=None, **options
        )

    part = [5, 0, 3]
    whole, own = run(slice(None)), run(part, ids=part, record=tmp_path / "r.sqlite")
    for condition, found in own.predictions.items():
        assert np.array_equal(found.confidence, np.asarray(whole.predictions[condition].confidence)[part])
    shown = {example.condition: example.image for example in own.examples}
    kept = {example.condition: example.image for example in run([5], ids=[5]).examples}
    assert shown == kept and shown != {one.condition: one.image for one in run([5]).examples}
    with pytest.raises(ce.RecordError, match="ids was"):
        run(part, record=tmp_path / "r.sqlite")


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        ([1, 2], ce.OptionError, "ids must be 6"),
        ([0.5] * 6, ce.OptionError, "float64"),
        ("names", ce.UnknownNameError, "content"),
    ],
)
def test_wrong_ids(ids, error, message):
    with pytest.raises(error, match=message):
        ce.CorruptLoader(square(), "fog", ids=ids)


def test_a_state_knows_the_ids():
    first = ce.CorruptLoader(square(), "fog", batch_size=2, ids=[5, 4, 3, 2, 1, 0])
    running = iter(first)
    next(running)
    state = first.state_dict()
    running.close()
    with pytest.raises(ce.StateError, match="ids"):
        ce.CorruptLoader(square(), "fog", batch_size=2).load_state_dict(state)


def test_sequences_of_several_sizes_are_refused():
    frames = ce.Frames([("fog", 1), ("fog", 2)])
    with pytest.raises(ce.OptionError, match="shapes"):
        list(scenes(corruption=frames))


def test_files_of_several_sizes(tmp_path):
    """Also through DALI, where it is there."""
    pairs = []
    for n, image in enumerate(IMAGES):
        pairs.append((tmp_path / f"{n}.png", n))
        Image.fromarray(image).save(pairs[-1][0])
    for backend in ("threads", "dali"):
        try:
            loader = ce.CorruptLoader(
                FileSource([path for path, _ in pairs], tuple(range(7))),
                "fog",
                3,
                mean=None,
                geometry="none",
                collate_fn=list,
                backend=backend,
                batch_size=4,
            )
        except ce.MissingExtraError:
            continue
        found = [sample for batch in loader for sample in batch]
        assert [label for _, label in found] == list(range(7))
        assert all(torch.equal(image, wanted(n)) for n, (image, _) in enumerate(found))
