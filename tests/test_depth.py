"""Depth maps beside images: how `corrupt()`, sources, loaders and evaluations take them, and what they say without."""

import numpy as np
import pytest
import torch
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.catalogue import Condition
from corrupt_engine.cli import main
from corrupt_engine.kernels.blur import depth_of_field
from corrupt_engine.kernels.jit import cpu
from corrupt_engine.kernels.primitives.elementary import falling
from corrupt_engine.kernels.registry import corruption
from corrupt_engine.sources import ArraySource, DatasetSource, WithDepth, depth_folder, inverse_depth
from corrupt_engine.tools.bench import measure
from corrupt_engine.tools.preview import contact_sheet
from corrupt_engine.transforms.corrupt import Settings
from corrupt_engine.transforms.depth import ramp
from corrupt_engine.transforms.geometry import Geometry
from corrupt_engine.transforms.policies import Frames, Grid
from corrupt_engine.transforms.tensors import DeviceToTensor, TensorFormat, taken

from . import laws
from .depths import beside, depth_of
from .golden_files import photographs
from .test_output import OnHost, streams

__all__ = ["streams"]  # a fixture

NAMES = ("near_focus", "far_focus", "fog_3d")
IMAGES = np.ascontiguousarray(np.concatenate([photographs(), photographs()[:, ::-1]])[:, 60:108, 40:104])
DEPTHS = np.stack([depth_of(image) for image in IMAGES])
LABELS = np.arange(len(IMAGES))
BYTES = {"mean": None, "batch_size": 3, "num_threads": 0}


def made(name, severity=3):
    """What a loader must give out, (N, C, H, W)."""
    return np.moveaxis(ce.corrupt(IMAGES, name, severity, depth=DEPTHS), -1, 1)


def given(loader):
    return np.concatenate([batch[0].numpy() for batch in loader])


@pytest.mark.parametrize("law", [*laws.LAWS, *laws.DETERMINISTIC_LAWS, *laws.MONOTONE_LAWS], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", ["near_focus", "far_focus"])
def test_the_laws_hold_under_the_benchmarks_names(name, law):
    def apply(images, severity, **key):
        return ce.corrupt(images, name, severity, **beside(name, images), **key)

    law(apply)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_depth_map_it_says_what_is_needed(name):
    with pytest.raises(
        ce.OptionError, match=rf"{name} needs a depth map .*depth= to corrupt\(\).*\(4, 48, 64\).*WithDepth"
    ):
        ce.corrupt(IMAGES, name, 1)
    assert (ce.corrupt(IMAGES, name, 0) == IMAGES).all(), "severity 0 needs none"


@pytest.mark.parametrize(
    ("depth", "words"),
    [
        (DEPTHS[:2], r"\(2, 48, 64\); \(4, 48, 64\) is needed"),
        (np.moveaxis(DEPTHS, 1, 2), r"\(4, 64, 48\)"),
        ((DEPTHS * 65535).astype(np.uint16), "uint16; floats .*inverse_depth"),
        (torch.ones(4, 48, 64, dtype=torch.int32), "int64; floats"),
        (DEPTHS - 1, "from -0.*from 0 up"),
        (np.where(DEPTHS > 0.5, np.nan, DEPTHS), "from 0 up"),
        (np.full_like(DEPTHS, np.inf), "from 0 up"),
        ("depth.png", "dtype <U9"),
    ],
)
def test_a_depth_map_that_is_none_is_refused(depth, words):
    with pytest.raises(ce.OptionError, match=words):
        ce.corrupt(IMAGES, "fog_3d", 1, depth=depth)


@pytest.mark.parametrize("name", NAMES)
def test_any_form_of_it_gives_the_same_bytes(name):
    expected = ce.corrupt(IMAGES, name, 3, depth=DEPTHS)
    read_only = DEPTHS.copy()
    read_only.flags.writeable = False
    for depth in (
        DEPTHS.astype(np.float64),
        DEPTHS[..., None],
        torch.from_numpy(DEPTHS),
        np.asfortranarray(DEPTHS),
        read_only,
    ):
        assert (ce.corrupt(IMAGES, name, 3, depth=depth) == expected).all()
    assert (ce.corrupt(torch.from_numpy(IMAGES), name, 3, depth=DEPTHS).numpy() == expected).all()
    assert (ce.corrupt(IMAGES[1], name, 3, depth=DEPTHS[1]) == expected[1]).all()
    listed = ce.corrupt([*IMAGES, IMAGES[0, :20, :30]], name, 3, depth=[*DEPTHS, DEPTHS[0, :20, :30]])
    assert (np.stack(listed[:4]) == expected).all() and listed[4].shape == (20, 30, 3)
    with pytest.raises(ce.OptionError, match="holds 3 maps, and there are 4"):
        ce.corrupt(list(IMAGES), name, 3, depth=list(DEPTHS[:3]))
    assert (ce.corrupt(IMAGES, "contrast", 3, depth=DEPTHS) == ce.corrupt(IMAGES, "contrast", 3)).all()


def test_what_is_farther_has_more_fog_and_nothing_in_front_has_none():
    image = np.full((4, 5, 3), (200, 40, 0), np.uint8)
    image[0] = 10
    depth = np.repeat(np.array([[0.0], [0.02], [0.3], [3000.0]], np.float32), 5, axis=1)
    out = ce.corrupt(image, "fog_3d", 3, depth=depth)
    assert (out[0] == image[0]).all()
    assert (out[3] == int(image.mean())).all(), "only air is seen"
    change = np.abs(out[1:].astype(int) - image[1:]).mean((1, 2))
    assert change[0] < change[1] < change[2]


def test_the_focus_stays_sharp_and_the_other_end_does_not():
    image = np.indices((96, 64)).sum(0) % 2 * 255
    image = np.repeat(image[..., None], 3, axis=2).astype(np.uint8)
    near, far = (ce.corrupt(image, name, 3, depth=ramp(96, 64)) for name in ("near_focus", "far_focus"))
    grain = {
        name: [int(out[rows, :, 0].std()) for rows in (slice(0, 6), slice(-6, None))]
        for name, out in (("near", near), ("far", far))
    }
    assert grain["near"][0] < 10 and grain["near"][1] > 60
    assert grain["far"][0] > 60 and grain["far"][1] < 30
    plane = ce.corrupt(image, "near_focus", 5, depth=np.full((96, 64), 0.5, np.float32))
    assert (plane == image).all(), "all at the distance that is in focus"


def test_borders_are_the_exact_eighths():
    depth = np.random.Generator(np.random.PCG64(3)).random((2, 9, 13)).astype(np.float32)
    found = depth_of_field.borders(depth)
    expected = np.quantile(depth.reshape(2, -1).astype(float), np.arange(9) / 8, axis=1).T
    expected[:, 0] -= 1e-4
    expected[:, -1] += 1e-4
    assert np.allclose(found, expected, rtol=0, atol=1e-15)


def test_the_falling_exponential_is_one():
    @cpu
    def table(values, out):
        for k in range(values.size):
            out[k] = falling(values[k])

    values = np.linspace(0, 24, 4801).astype(np.float32)
    out = np.empty_like(values)
    table(values, out)
    assert np.abs(out / np.exp(-values.astype(float)) - 1).max() < 1e-5 and out[0] == 1
    far = np.array([25, 1e30], np.float32)
    table(far, out[:2])
    assert (out[:2] == out[-1]).all()


def test_only_the_form_that_is_handed_it_may_need_it():
    class None_(tuple):
        _fields = ()

    for options in ({"form": "curve", "needs": ("depth",)}, {"form": "batch", "needs": ("normals",)}):
        with pytest.raises(ValueError, match="needs"):
            corruption(None_, identity={}, **options)(lambda p: np.arange(256))


class Items:
    """A torch Dataset of items that hold a depth map."""

    def __init__(self, form):
        self.form = form

    def __len__(self):
        return len(IMAGES)

    def __getitem__(self, n):
        if self.form == "dict":
            return {"image": IMAGES[n], "label": n, "depth": DEPTHS[n]}
        image = torch.from_numpy(np.moveaxis(IMAGES[n], -1, 0).copy())
        return (
            (image, torch.from_numpy(DEPTHS[n][None].copy()), n)
            if self.form == "tensors"
            else (IMAGES[n], n, n + 1, DEPTHS[n])
        )


SOURCES = {
    "arrays": lambda: (IMAGES, LABELS, DEPTHS),
    "function": lambda: WithDepth((IMAGES, LABELS), lambda n: DEPTHS[n]),
    "dict": lambda: DatasetSource(Items("dict"), depth="depth"),
    "tensors": lambda: DatasetSource(Items("tensors"), depth=1),
    "further targets": lambda: DatasetSource(Items("last"), depth=3),
}


@pytest.mark.parametrize("backend", ["threads", "torch"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_loader_hands_it_on(source, backend):
    if backend == "torch" and source == "function":
        pytest.skip("it would have to be pickled where processes are spawned")
    for name in NAMES:
        loader = ce.CorruptLoader(SOURCES[source](), name, 3, backend=backend, num_workers=0, **BYTES)
        assert (given(loader) == made(name)).all()
        assert [int(n) for batch in loader for n in batch[1]] == LABELS.tolist()


def test_threads_workers_sweeps_and_frames_give_the_same_bytes():
    grid = Grid((("clean", 0), ("fog_3d", 2), ("contrast", 3), ("far_focus", 4)))
    expected = {("fog_3d", 2): made("fog_3d", 2), ("far_focus", 4): made("far_focus", 4)}
    for order in ("batch", "condition"):
        for workers in ({"backend": "threads", "threads": 2}, {"backend": "torch", "num_workers": 1}):
            found = {}
            for batch in ce.sweep(
                (IMAGES, LABELS, DEPTHS), grid.conditions, order=order, mean=None, batch_size=3, **workers
            ):
                found.setdefault(batch.condition[:2], []).append(batch.images.numpy())
            assert all((np.concatenate(found[key]) == images).all() for key, images in expected.items())
    frames = Frames((("fog_3d", 2), ("far_focus", 4)))
    out = given(ce.CorruptLoader((IMAGES, LABELS, DEPTHS), frames, backend="threads", **BYTES))
    assert (out[:, 0] == expected["fog_3d", 2]).all() and (out[:, 1] == expected["far_focus", 4]).all()
    mixed = ce.Mixture((("fog_3d", 3), ("near_focus", 2), ("contrast", 1)), corrupted=1.0, fresh=False)
    one = given(ce.CorruptLoader((IMAGES, LABELS, DEPTHS), mixed, backend="threads", **BYTES))
    two = given(ce.CorruptLoader((IMAGES, LABELS, DEPTHS), mixed, backend="torch", **{**BYTES, "num_workers": 2}))
    assert (one == two).all()


@pytest.mark.usefixtures("streams")
def test_a_device_gets_each_images_own_map():
    to_tensor = DeviceToTensor(TensorFormat(mean=None), Settings(), OnHost())
    conditions = [Condition(name, 2) for name in ("fog_3d", "contrast", "far_focus", "fog_3d")]
    out = taken(to_tensor(IMAGES, LABELS, conditions, DEPTHS))
    for n, condition in enumerate(conditions):
        assert (out[n].numpy() == made(condition.corruption, 2)[n]).all()


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(resize=32, crop=24),
        Geometry(crop=31),
        Geometry(resize=(40, 90)),
        Geometry(crop_first=0.875, resize=(24, 24)),
        Geometry(resize=32, crop=28, margin=5),
    ],
)
def test_the_geometry_moves_depth_as_it_moves_the_image(geometry):
    image = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, :, None] * 4, (48, 64, 3))
    for turned in (image, np.moveaxis(image, 0, 1)):
        sized, depth = geometry(np.ascontiguousarray(turned)), geometry.of_depth(turned[..., 0].astype(np.float32))
        assert depth.shape == sized.shape[:2]
        inner = slice(geometry.margin, -geometry.margin or None)
        assert np.abs(sized[inner, inner, 0].astype(float) - depth[inner, inner]).max() <= 6, "a pixel and a half"


def test_a_margin_around_the_image_is_one_around_its_map():
    inner = np.s_[:, 6:-6, 6:-6]
    cut = Settings(margin=6).apply(IMAGES, LABELS, Condition("fog_3d", 3), depth=DEPTHS)
    assert (cut == ce.corrupt(IMAGES[inner], "fog_3d", 3, depth=DEPTHS[inner])).all()


def test_a_resized_depth_map_holds_no_new_depths():
    depth = np.random.Generator(np.random.PCG64(0)).random((48, 64)).astype(np.float32)
    assert np.isin(Geometry(resize=32, crop=24, margin=8).of_depth(depth), depth).all()
    assert (Geometry().of_depth(depth) == depth).all()


def test_files_of_maps_are_read(tmp_path):
    files = [tmp_path / f"{n}.npy" for n in range(2)] + [tmp_path / f"{n}.png" for n in range(2, 4)]
    values = np.clip(512 / DEPTHS, 0, 65535).astype(np.uint16)
    for path, one in zip(files, values, strict=True):
        np.save(path, one) if path.suffix == ".npy" else Image.fromarray(one).save(path)
    source = WithDepth((IMAGES, LABELS), files, inverse_depth)
    assert source.fingerprint() != WithDepth((IMAGES, LABELS), files[::-1]).fingerprint()
    assert source.fingerprint() != WithDepth((IMAGES, LABELS), files).fingerprint()
    assert source.fingerprint() != ArraySource(IMAGES, LABELS).fingerprint()
    for n in range(4):
        assert (source.decode_with_depth(n)[2] == inverse_depth(values[n])).all()
    with pytest.raises(ce.SourceError, match=r"image 3 .* dtype .*int.*convert"):
        WithDepth((IMAGES, LABELS), files).decode_with_depth(3)
    files[2].write_bytes(b"nothing")
    with pytest.raises(ce.DecodeError, match=r"2\.png, the depth map of image 2"):
        given(ce.CorruptLoader(source, "fog_3d", backend="threads", **BYTES))
    skipping = ce.CorruptLoader(source, "fog_3d", backend="threads", on_error="skip", **BYTES)
    assert len(given(skipping)) == 3 and skipping.skipped[0].id == 2


@pytest.fixture
def folders(tmp_path):
    """Images in class folders, and their maps in others: two of each kind."""
    values = np.clip(512 / DEPTHS, 0, 65535).astype(np.uint16)
    for n, image in enumerate(IMAGES):
        for kind in ("images", "depth"):
            (tmp_path / kind / f"class{n % 2}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(tmp_path / "images" / f"class{n % 2}" / f"{n}.png")
        map_path = tmp_path / "depth" / f"class{n % 2}" / f"{n}.npy"
        if n < 2:
            np.save(map_path, DEPTHS[n])
        else:
            Image.fromarray(values[n]).save(map_path.with_suffix(".png"))
    return tmp_path / "images", tmp_path / "depth"


def test_maps_in_a_folder_go_by_the_images_names(folders):
    images, depth = folders
    source = depth_folder(images, depth)
    for n in range(4):
        image, label, found = source.decode_with_depth(n)
        which = int(source.short_name(n).rpartition("/")[2][0])
        assert (image == IMAGES[which]).all() and label == which % 2
        if which < 2:
            assert (found == DEPTHS[which]).all()
        else:
            np.testing.assert_allclose(found, np.minimum(DEPTHS[which], 0.5), rtol=0.05)
    for path in (images / "class0").iterdir():  # of what is left the one class is the folder that all have in common
        path.unlink()
    (images / "class0").rmdir()
    assert depth_folder(images, depth).maps[0] == depth / "class1" / "1.npy"
    (depth / "class1" / "1.npy").rename(depth / "class1" / "one.npy")
    with pytest.raises(ce.SourceError, match=r"no depth map for .*1\.png; one is needed, .*1\.npy or .*1\.png"):
        depth_folder(images, depth)
    with pytest.raises(ce.SourceError, match="no folder"):
        depth_folder(images, depth / "none")
    with pytest.raises(ce.SourceError, match="ArraySource has none"):
        depth_folder((IMAGES, LABELS), depth)


def test_commands_take_a_folder_of_maps(folders, tmp_path):
    images, depth = map(str, folders)
    options = ["--benchmark", "imagenet-3dcc", "--corruptions", "fog_3d", "--geometry", "none", "-q"]
    made = tmp_path / "made"
    assert main(["export", images, str(made), "--layout", "npy", *options]) == 2  # without maps: bad input
    assert main(["export", images, str(made), "--layout", "npy", "--depth", depth, *options]) == 0
    source = depth_folder(*folders)
    loader = ce.CorruptLoader(source, "fog_3d", 2, variant="imagenet-3dcc", geometry="none", **BYTES)
    assert (np.load(made / "fog_3d.npy")[4:8] == np.moveaxis(given(loader), 1, -1)).all()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (lambda: WithDepth((IMAGES, LABELS), DEPTHS[:3]), "3 depth maps and 4 images"),
        (lambda: (IMAGES, LABELS, DEPTHS[:, :40]), "image 0 .* is 40 x 64 and the image 48 x 64"),
        (lambda: (IMAGES, LABELS, DEPTHS.astype(int)), "int64; floats"),
        (lambda: DatasetSource(Items("last"), depth=7), "no depth map 7"),
        (lambda: DatasetSource(Items("dict"), depth="distance"), "no depth map 'distance'"),
    ],
)
def test_what_is_wrong_with_a_source_of_maps_is_said(source, words):
    with pytest.raises(ce.SourceError, match=words):
        given(ce.CorruptLoader(source(), "fog_3d", backend="threads", **BYTES))


def test_targets_of_a_list_are_copies():
    """What an evaluator does to one in place is not done to it under the next condition."""
    items = [(IMAGES[0], DEPTHS[0], {"boxes": np.zeros(4)})]
    loader = ce.CorruptLoader(DatasetSource(items, depth=1), "fog_3d", collate_fn=list, **BYTES)
    for _ in range(2):
        (((_, target),),) = loader
        assert not target["boxes"].any()
        target["boxes"] += 1


def test_a_source_of_ones_own_has_maps_of_the_images_size():
    """Of half its size, the geometry would bring it to the image's all the same."""

    class Own(ArraySource):
        gives_depth = True

        def decode_with_depth(self, index):
            return *self.decode(index), DEPTHS[index, ::2, ::2]

    loader = ce.CorruptLoader(Own(IMAGES, LABELS), "fog_3d", geometry=Geometry(resize=(32, 32)), **BYTES)
    with pytest.raises(ce.SourceError, match="depth map of image 0 of an array is 24 x 32 and the image 48 x 64"):
        next(iter(loader))


def test_a_loader_without_maps_refuses_before_it_begins():
    with pytest.raises(ce.OptionError, match=r"fog_3d needs a depth map .*ArraySource gives none.*WithDepth"):
        ce.CorruptLoader((IMAGES, LABELS), "fog_3d")
    ce.CorruptLoader((IMAGES, LABELS), "fog_3d", 0)
    with pytest.raises(ce.OptionError, match="near_focus needs"):
        ce.sweep((IMAGES, LABELS), "imagenet-3dcc")


def scores(images):
    return torch.nn.functional.one_hot(images.mean((1, 2, 3)).mul(7).long().remainder(4), 4).float() * 3 + images[
        :, :1, 0, :4
    ].mean(1)


def test_an_evaluation_without_maps_names_them_and_what_is_left():
    words = (
        r"near_focus, far_focus, fog_3d of imagenet-3dcc: .*corruptions='low_light,iso_noise,color_quant' \(3 of 6\)"
    )
    with pytest.raises(ce.OptionError, match=words):
        ce.evaluate(scores, (IMAGES, LABELS), "imagenet-3dcc", progress=False, check=False)
    part = "low_light,iso_noise,color_quant"
    report = ce.evaluate(scores, (IMAGES, LABELS), "imagenet-3dcc", corruptions=part, progress=False, check=False)
    assert set(report.errors) == set(part.split(","))


def test_an_evaluation_with_maps_has_all_six():
    report = ce.evaluate(scores, (IMAGES, LABELS, DEPTHS), "imagenet-3dcc", progress=False, check=False)
    assert set(report.errors) == {*NAMES, "low_light", "iso_noise", "color_quant"}
    assert {*NAMES} <= {example.condition.corruption for example in report.examples}
    text = str(report)
    assert "xy_motion_blur" in text and "not made here" in text


def test_tools_take_a_ramp_in_its_place():
    sheet = contact_sheet(IMAGES[0], ["fog_3d", "far_focus"], tile=48)
    assert sheet.size[0] > 100
    assert {one.corruption for one in measure("imagenet-3dcc", size=16, batch=1, severities=[1], repeats=1)} >= {*NAMES}
