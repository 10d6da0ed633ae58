"""One place for each thing that is added: a corruption in each form, a source, a device. (Benchmarks: test_catalogue;
numbers and formats: test_numbers.)
"""

from typing import NamedTuple

import numpy as np
import pytest

import corrupt_engine as ce
from benchmarks.gpu.ptx.host import HostDevice, missing
from corrupt_engine.catalogue import lookup
from corrupt_engine.catalogue.parsing import parse
from corrupt_engine.devices import device as device_module
from corrupt_engine.devices import device_of, find_device
from corrupt_engine.devices.cpu import Cpu
from corrupt_engine.errors import DeviceError, SourceError, UnknownNameError
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels import registry as registry_module
from corrupt_engine.kernels.cuda.ops import Ops
from corrupt_engine.kernels.draws import uniform
from corrupt_engine.kernels.forms import FORMS
from corrupt_engine.kernels.primitives.pixelwise import to_byte
from corrupt_engine.sources import ArraySource, open_source, opener
from corrupt_engine.sources.opening import OPENERS

IMAGES = np.random.Generator(np.random.PCG64(1)).integers(0, 256, (3, 20, 17, 3)).astype(np.uint8)


class Bits(NamedTuple):
    bits: int


class Shift(NamedTuple):
    by: float


class Share(NamedTuple):
    share: float


def one_draw(p, height, width):
    return {"level": uniform(0.0, 255.0, 3, on_host=True)}


def two_draws(p, height, width):
    return {"places": uniform(0.0, 1.0, 2, 2, on_host=True), "grain": uniform(-1.0, 1.0, height, width)}


def places_in_pixels(p, d, count, height, width):
    """Rows and columns of two places an image."""
    return {"place": np.floor(d.places * (height, width)).astype(np.int64)}


def random_gamma(p, height, width):
    return {"gamma": uniform(0.5, 2.0, on_host=True)}


DEFINITIONS = """
name = "own"
source = "a test, 2026"

[corruptions.kept_bits]
table = { bits = [4, 2] }
[corruptions.lifted]
table = { by = [10.0, 40.0] }
[corruptions.replaced]
table = { share = [0.25] }
[corruptions.mirrored]
table = {}
[corruptions.washed]
table = { share = [0.5] }
[corruptions.spotted]
table = { share = [0.5] }
[corruptions.bent]
table = { share = [0.5] }
"""


@pytest.fixture
def own(monkeypatch):
    """Corruptions in every form, and a benchmark that has them, for the time of a test."""
    monkeypatch.setattr(registry_module, "_REGISTRY", dict(registry_module.registry()))

    @ce.corruption(Bits, form="curve", identity={"bits": 8})
    def kept_bits(p):
        """The upper bits. Source: a test 2026."""
        return np.arange(256) >> (8 - p.bits) << (8 - p.bits)

    @ce.corruption(Shift, form="pixel", identity={"by": 0.0})
    def lifted(src, n, y, x, by):
        """A constant added. Source: a test 2026."""
        r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
        return to_byte(np.float32(r) + by), to_byte(np.float32(g) + by), to_byte(np.float32(b) + by)

    @ce.corruption(Share, form="law", identity={"share": 0.0})
    def replaced(p):
        """A share of the elements becomes 7. Source: a test 2026."""
        law = (1 - p.share) * np.eye(256)
        law[:, 7] += p.share
        return law

    class Nothing(NamedTuple):
        pass

    @ce.corruption(Nothing, identity={}, moves_pixels=True)
    def mirrored(ops, src, dst, p, d):
        """Left and right exchanged. Source: a test 2026."""
        ops.copy(src[:, :, ::-1], dst)

    @ce.corruption(Share, form="image", identity={"share": 0.0}, draws=one_draw)
    def washed(image, p, d):
        """Mixed with one random colour. Source: a test 2026."""
        return (image * (1 - p.share) + d.level * p.share).astype(np.uint8)

    @ce.corruption(Share, form="pixel", identity={"share": 0.0}, draws=two_draws, prepare=places_in_pixels)
    def spotted(src, n, y, x, place, share, grain):
        """Two black rows' and columns' crossings, and grain. Source: a test 2026."""
        if (y == place[n, 0, 0] and x == place[n, 0, 1]) or (y == place[n, 1, 0] and x == place[n, 1, 1]):
            return np.uint8(0), np.uint8(0), np.uint8(0)
        added = share * np.float32(20.0) * grain[n, y, x]
        return (
            to_byte(np.float32(src[n, y, x, 0]) + added),
            to_byte(np.float32(src[n, y, x, 1]) + added),
            to_byte(np.float32(src[n, y, x, 2]) + added),
        )

    @ce.corruption(Share, form="curve", identity={"share": 0.0}, draws=random_gamma)
    def bent(p, d):
        """A random gamma, mixed with the identity. Source: a test 2026."""
        level = np.arange(256) / 255
        return 255 * ((1 - p.share) * level + p.share * level**d.gamma)

    file = lookup.checked(parse(DEFINITIONS, "own.toml"))
    shipped = lookup.files()
    monkeypatch.setattr(lookup, "files", lambda: (*shipped, file))
    return file


def test_a_corruption_in_each_form(own):
    assert set(own.entries) <= set(ce.corruptions()) and "own" in ce.benchmarks()
    assert (ce.corrupt(IMAGES, "kept_bits", 2) == IMAGES // 64 * 64).all()
    assert (ce.corrupt(IMAGES, "lifted", 2) == np.minimum(IMAGES.astype(int) + 40, 255)).all()
    noisy = ce.corrupt(IMAGES, "replaced", 1)
    assert set(noisy[noisy != IMAGES].tolist()) == {7} and 0.2 < (noisy != IMAGES).mean() < 0.3
    assert (ce.corrupt(IMAGES, "mirrored", 1) == IMAGES[:, :, ::-1]).all()
    both = ce.corrupt(IMAGES, "washed", 1, seed=4, ids=[5, 6, 7])
    assert (both[1] == ce.corrupt(IMAGES[1], "washed", 1, seed=4, ids=6)).all()
    assert (both[1] != ce.corrupt(IMAGES[1], "washed", 1, seed=4, ids=7)).any()


def test_a_pixel_function_takes_draws_and_what_is_prepared_by_name(own):
    ids = [5, 6, 7]
    made = ce.corrupt(IMAGES, "spotted", 1, ids=ids, seed=3)
    from corrupt_engine.kernels.draws import Draws

    from .devices import condition_key, cpu

    key = condition_key(3, "spotted", 1, 0)
    draws = Draws(two_draws(None, 20, 17), np.array(ids), key, cpu.draw)
    expected = np.clip(IMAGES + 10 * draws.grain[..., None], 0, 255).astype(np.uint8)
    for n in range(3):
        for row, column in np.floor(draws.places[n] * (20, 17)).astype(int):
            expected[n, row, column] = 0
    assert (made == expected).all()


def test_a_curve_may_be_drawn_for_each_image(own):
    bent = ce.corrupt(np.stack([IMAGES[0]] * 3), "bent", 1, ids=[1, 2, 3])
    assert len({image.tobytes() for image in bent}) == 3
    assert (bent[1] == ce.corrupt(IMAGES[0], "bent", 1, ids=2)).all()


def test_only_a_pixel_function_has_something_prepared(own):
    with pytest.raises(ValueError, match=r"form 'curve' takes no prepare"):
        ce.corruption(Share, form="curve", identity={}, prepare=places_in_pixels)(lambda p: None)


def test_they_keep_the_laws(own):
    from . import laws

    for name in own.entries:
        corruption = registry_module.registry()[name]

        def apply(images, severity, name=name, most=own.entries[name].most, **key):
            return ce.corrupt(images, name, severity * most / 5, **key)

        for law in [*laws.LAWS, *(laws.DETERMINISTIC_LAWS if corruption.deterministic else laws.RANDOM_LAWS)]:
            law(apply)


@pytest.mark.skipif(bool(missing()), reason=str(missing()))
def test_all_but_plain_numpy_give_the_same_bytes_on_a_device(own):
    from .devices import IDS, condition_key, engine

    ops = Ops(HostDevice())
    for name, entry in own.entries.items():
        corruption = registry_module.registry()[name]
        assert corruption.host_only == (name == "washed")
        if corruption.host_only:
            continue
        out = np.full_like(IMAGES[:2], 9)
        params = own.levels(corruption.name, corruption, own.usual).params(entry.most)
        engine.run(ops, corruption, params, IMAGES[:2].copy(), out, IDS, condition_key(0, name, entry.most, 0))
        assert (out == ce.corrupt(IMAGES[:2], name, entry.most, ids=IDS)).all(), name


def test_plain_numpy_is_refused_on_a_device(own, monkeypatch):
    class Elsewhere(Cpu):
        kind, on_host = "elsewhere", False

    monkeypatch.setattr("corrupt_engine.transforms.corrupt.device_of", lambda images: Elsewhere())
    with pytest.raises(
        DeviceError, match=r"washed is a plain NumPy function.*the images are on elsewhere: pass images.cpu"
    ):
        ce.corrupt(IMAGES, "washed", 1)
    assert (ce.corrupt(IMAGES, "kept_bits", 2) == IMAGES // 64 * 64).all()


def test_plain_numpy_that_gives_something_else_is_named(own, monkeypatch):
    @ce.corruption(Share, form="image", identity={"share": 0.0})
    def halved(image, p, d):
        """Floats, which are no image. Source: a test 2026."""
        return image / 2

    file = parse('name = "h"\nsource = "a test"\n[corruptions.halved]\ntable = { share = 1 }', "h.toml")
    shipped = lookup.files()
    monkeypatch.setattr(lookup, "files", lambda: (*shipped, file))
    with pytest.raises(ValueError, match="'halved' gave float64 of shape"):
        ce.corrupt(IMAGES, "halved", 1)


@pytest.mark.parametrize(
    "form, values, said",
    [
        ("curve", np.arange(256) + 30.5, r"levels from 0 to 255, and these go from 30.5 to 285.5: np.clip"),
        ("curve", np.arange(256) - 1, r"these go from -1 to 254"),
        ("curve", np.full(256, np.nan), r"these go from nan to nan"),
        ("curve", np.arange(3), r"the shape \(256,\) or \(3, 256\), not \(3,\)"),
        ("law", np.eye(9), r"the shape \(256, 256\), not \(9, 9\)"),
        ("law", 0.9 * np.eye(256), r"whose sum is 1, and these go from 0 up, their sums from 0.9 to 0.9"),
        ("law", 2 * np.eye(256) - 1 / 256, r"these go from -0.00390625 up"),
        ("law", np.full((256, 256), np.nan), r"these go from nan up"),
    ],
)
def test_a_curve_that_leaves_the_levels_and_a_law_that_is_none(form, values, said):
    """The bytes were what a cast makes of them, and what lies in memory behind a small law."""

    def lit(p):
        return values

    with pytest.raises(ValueError, match=f"corruption 'lit': a .*{said}"):
        FORMS[form].apply(lit)(cpu, IMAGES, np.empty_like(IMAGES), Share(1.0), None)


def test_a_source_is_a_function_under_opener():
    @opener("a word that begins with toy:")
    def open_toy(given):
        return ArraySource(IMAGES, [1, 2, 3]) if isinstance(given, str) and given.startswith("toy:") else None

    try:
        labels = next(iter(ce.CorruptLoader("toy:three", "fog", 2)))[1]
        assert labels.tolist() == [1, 2, 3]
        with pytest.raises(SourceError, match="a word that begins with toy:"):
            open_source(object())
    finally:
        OPENERS[:] = [kind for kind in OPENERS if kind.open is not open_toy]
    with pytest.raises(SourceError, match="is no folder"):
        open_source("toy:three")


class Boxed:
    """An array of a library of its own."""

    def __init__(self, array):
        self.array, self.device = array, "box:0"
        self.shape, self.dtype = array.shape, array.dtype


class Box(Cpu):
    """A third kind of device in one class: its arrays are boxes, its kernels the emulated ones."""

    kind, title, on_host = "box", "Box", False
    ops = Ops(HostDevice())

    @property
    def name(self):
        return f"{self.kind}:{self.index}"

    @classmethod
    def find(cls, index):
        return cls(index or 0)

    @classmethod
    def owns(cls, array):
        return isinstance(array, Boxed)

    def apply(self, run, images, shape, ids, threads):
        src, out = images.array.reshape(shape).copy(), np.empty(shape, np.uint8)
        run(self.ops, src, out, super().content_ids(src, shape, threads) if ids is None else ids)
        return Boxed(out.reshape(images.shape))


@pytest.mark.skipif(bool(missing()), reason=str(missing()))
def test_a_device_is_one_class(monkeypatch):
    shipped = device_module.kinds()
    monkeypatch.setattr(device_module, "kinds", lambda: {**shipped, "box": Box})
    monkeypatch.setattr(
        "corrupt_engine.transforms.arrays.library_of", lambda images: "torch"
    )  # any array is let through
    assert device_of(Boxed(IMAGES)).name == "box:0" and find_device("box:2").name == "box:2"
    made = ce.corrupt(Boxed(IMAGES), "glass_blur", 3, ids=[4, 5, 6])
    assert isinstance(made, Boxed)
    assert (made.array == ce.corrupt(IMAGES, "glass_blur", 3, ids=[4, 5, 6])).all()
    assert (ce.corrupt(Boxed(IMAGES), "glass_blur", 3).array == ce.corrupt(IMAGES, "glass_blur", 3)).all()
    with pytest.raises(UnknownNameError, match="allowed are cpu, cuda, box, auto"):
        find_device("bx")
