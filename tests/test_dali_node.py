"""The node in pipelines of one's own."""

import importlib.util

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.errors import OptionError, SeverityError, UnknownNameError

from .golden_files import golden_image

if importlib.util.find_spec("nvidia") is None or importlib.util.find_spec("nvidia.dali") is None:
    pytest.skip("DALI is not installed", allow_module_level=True)

from nvidia.dali import fn, pipeline_def, types

from corrupt_engine.transforms.dali import corrupt

CAT = golden_image("inputs/cat_64.png")
IMAGES = [CAT, np.ascontiguousarray(CAT[:40, :50]), np.ascontiguousarray(CAT[:33, :47, :1])]
IDS = [np.int64(k) for k in (5, 2**33, 7)]


def always(values):
    return lambda: values


@pipeline_def(batch_size=3, num_threads=2, device_id=None)
def pipeline(images, settings):
    samples = fn.external_source(source=lambda: images, batch=True, layout="HWC")
    ids = fn.external_source(source=lambda: IDS, batch=True)
    lists = {key: list(map(np.array, value)) for key, value in settings.items() if isinstance(value, list)}
    varying = {key: fn.external_source(source=always(value), batch=True) for key, value in lists.items()}
    return corrupt(samples, ids, **{**settings, **varying})


def run(images=IMAGES, **settings):
    built = pipeline(images, settings)
    try:
        built.build()
        (out,) = built.run()
        assert out.layout() == "HWC"
        return [np.array(out.at(k)) for k in range(len(out))]
    finally:
        built._shutdown()


@pytest.mark.parametrize("name", ["gaussian_noise", "fog", "zoom_blur", "frost", "elastic_transform"])
def test_the_bytes_are_those_of_corrupt(name):
    for result, image, number in zip(
        run(corruption=name, severity=2.5, seed=3, trial=1, as_stored=True), IMAGES, IDS, strict=True
    ):
        assert (result == ce.corrupt(image, name, 2.5, seed=3, trial=1, as_stored=True, ids=int(number))).all()


def test_each_sample_may_have_its_own_condition():
    names = list(ce.corruptions())
    numbers = [np.int32(names.index("fog")), np.int32(-1), np.int32(names.index("contrast"))]
    severities = [np.float32(s) for s in (1, 2, 4.3)]
    results = run(corruption=numbers, severity=severities)
    assert (results[0] == ce.corrupt(IMAGES[0], "fog", 1, ids=5)).all()
    assert (results[1] == IMAGES[1]).all()
    assert (results[2] == ce.corrupt(IMAGES[2], "contrast", 4.3, ids=7)).all()
    noise = [np.int32(names.index("gaussian_noise"))] * 3  # whose draws go by the severity
    assert (run(corruption=noise, severity=severities)[2] == ce.corrupt(IMAGES[2], "gaussian_noise", 4.3, ids=7)).all()


def test_severities_alone():
    levels = [np.float64(s) for s in (1, 3, 5)]
    for result, image, number, level in zip(
        run(corruption="shot_noise", severity=levels), IMAGES, IDS, levels, strict=True
    ):
        assert (result == ce.corrupt(image, "shot_noise", level, ids=int(number))).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_do_not_matter(threads):
    for result, other in zip(run(corruption="snow", threads=threads), run(corruption="snow"), strict=True):
        assert (result == other).all()


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"corruption": "fogg"}, UnknownNameError),
        ({"corruption": "fog", "severity": 6}, SeverityError),
        ({"corruption": "fog", "seed": 0.5}, OptionError),
    ],
)
def test_wrong_settings_are_refused_while_the_pipeline_is_defined(settings, error):
    with pytest.raises(error):
        pipeline(IMAGES, settings)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"corruption": ("fog", "snow")}, OptionError, "is a tuple; a name is needed, or, of several, a node"),
        ({"corruption": None}, OptionError, "None is a NoneType"),
        ({"corruption": types.Constant(3)}, OptionError, "3 is a ScalarConstant"),
        ({"corruption": "fog", "severity": types.Constant(3)}, SeverityError, r"3 is a ScalarConstant; .*fn\.constant"),
        ({"corruption": "fog", "severity": (1, 5)}, SeverityError, r"is a tuple; .*fn\.random\.uniform"),
    ],
)
def test_what_is_neither_a_value_nor_a_node_is_named(settings, error, message):
    with pytest.raises(error, match=message):
        pipeline(IMAGES, settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"corruption": [np.int32(9999)] * 3}, "number 9999 does not exist"),
        ({"corruption": "fog", "severity": [np.float32(7)] * 3}, "severity"),
        ({"corruption": "fog", "images": [np.zeros((3, 8, 8), np.uint8)] * 3}, r"before any transposition"),
        ({"corruption": "fog", "images": [np.zeros((8, 8, 3), np.float32)] * 3}, "uint8"),
    ],
)
def test_wrong_values_are_named_by_the_run(settings, message):
    with pytest.raises(RuntimeError, match=message):
        run(**settings)


def test_in_a_pipeline_that_reads_and_normalizes(photo_folder):
    files = sorted(str(path) for path in photo_folder.rglob("*.jp*g"))

    @pipeline_def(batch_size=2, num_threads=2, device_id=None)
    def whole():
        encoded, ids = fn.readers.file(files=files, labels=list(range(len(files))))
        images = fn.crop(fn.resize(fn.decoders.image(encoded), resize_shorter=64), crop=(56, 56))
        noisy = corrupt(images, ids, corruption="gaussian_noise", severity=1)
        return images, noisy, fn.crop_mirror_normalize(noisy, dtype=types.FLOAT, mean=[128.0], std=[64.0]), ids

    built = whole()
    try:
        built.build()
        images, noisy, normalized, ids = built.run()
        for k in range(2):
            assert (noisy.at(k) == ce.corrupt(images.at(k), "gaussian_noise", 1, ids=int(ids.at(k)[0]))).all()
            assert np.allclose(normalized.at(k), (np.moveaxis(noisy.at(k), -1, 0) - 128.0) / 64.0, atol=1e-5)
    finally:
        built._shutdown()
