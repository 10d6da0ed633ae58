"""Models by name. ONNX and people's own code are loaded for real.

torchvision has no CPU build where these tests run, timm needs torchvision, and no hub can be reached: for them
stand-ins with the same functions are put into sys.modules. What is tested is what is asked of them, and what is made of
their predictions.
"""

import enum
import hashlib
import importlib.machinery
import sys
import types

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.models import LoadedModel, as_loaded, load_model
from corrupt_engine.models.weights import fill

from .tiny import TinyImages, TinyModel, evaluate, same_answers


def stand_in(monkeypatch, name, **contents):
    """A module under a library's name."""
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)
    if "." in name:
        monkeypatch.setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module, raising=False)
    return module


class Unreachable(Exception):
    """As HTTP clients have it: of no standard type."""


@pytest.fixture
def torchvision(monkeypatch):
    asked, digests = [], {}

    class Weights(enum.Enum):  # as torchvision's WeightsEnum: the members are the weights, DEFAULT an alias
        IMAGENET1K_V1 = 256
        IMAGENET1K_V2 = 232
        DEFAULT = IMAGENET1K_V2

        @property
        def meta(self):
            return {"categories": ["tench", "goldfish", "shark"]}

        @property
        def url(self):
            return f"https://download.pytorch.org/models/resnet50-{digests.get(self.name, 'ab' * 4)}.pth"

        def transforms(self):
            return types.SimpleNamespace(
                crop_size=[224], resize_size=[self.value], mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]
            )

    def get_model(name, weights):
        asked.append((name, weights))
        if name == "vgg11" and weights is not None:
            raise Unreachable("connection refused")
        return TinyModel()

    stand_in(monkeypatch, "torchvision")
    stand_in(
        monkeypatch,
        "torchvision.models",
        list_models=lambda module: ["resnet18", "resnet50", "vgg11"],
        get_model=get_model,
        get_model_weights=lambda name: Weights,
    )
    return types.SimpleNamespace(asked=asked, published=Weights.DEFAULT, older=Weights.IMAGENET1K_V1, digests=digests)


@pytest.fixture
def timm(monkeypatch):
    asked = []
    config = {
        "input_size": (3, 288, 288),
        "crop_pct": 0.95,
        "mean": (0.5, 0.5, 0.5),
        "std": (0.5, 0.5, 0.5),
        "interpolation": "bicubic",
    }
    module = stand_in(
        monkeypatch,
        "timm",
        is_model=lambda name: name.partition(".")[0] == "convnext_tiny",
        list_models=lambda: ["convnext_tiny"],
        create_model=lambda name, pretrained: asked.append((name, pretrained)) or TinyModel(),
    )
    info = types.SimpleNamespace(num_classes=lambda: 3, index_to_description=["tench", "goldfish", "shark"].__getitem__)
    stand_in(
        monkeypatch,
        "timm.data",
        resolve_model_data_config=lambda model: config,
        infer_imagenet_subset=lambda model: module.part,
        ImageNetInfo={"imagenet-3": info}.__getitem__,
    )
    module.part = "imagenet-3"
    module.asked, module.config = asked, config
    return module


@pytest.fixture
def transformers(monkeypatch):
    found = {
        "size": {"shortest_edge": 224},
        "crop_pct": 0.875,
        "image_mean": [0.4, 0.4, 0.4],
        "image_std": [0.2, 0.2, 0.2],
    }
    asked = []

    def from_pretrained(place):
        asked.append(place)
        if place == "no/such":
            raise OSError("We couldn't connect to the hub\nand more lines")
        model = TinyModel()
        model.config = types.SimpleNamespace(id2label={0: "cat", 1: "dog", 2: "owl"})
        return model

    mixin = types.SimpleNamespace(get_image_processor_dict=lambda place: (found, {}))
    auto = types.SimpleNamespace(from_pretrained=from_pretrained)
    module = stand_in(monkeypatch, "transformers", AutoModelForImageClassification=auto, ImageProcessingMixin=mixin)
    module.asked, module.found = asked, found
    return module


def test_torchvision_comes_with_what_belongs_to_its_weights(torchvision):
    loaded = load_model("torchvision:resnet50")
    assert torchvision.asked == [("resnet50", torchvision.published)]
    assert loaded.geometry == ce.Geometry(resize=232, crop=224) and loaded.mean == (0.485, 0.456, 0.406)
    assert loaded.class_names == ("tench", "goldfish", "shark") and loaded.name == "resnet50"


def test_torchvision_weights_are_named_behind_a_dot(torchvision):
    loaded = load_model("torchvision:resnet50.IMAGENET1K_V1")
    assert torchvision.asked == [("resnet50", torchvision.older)] and loaded.name == "resnet50.IMAGENET1K_V1"
    assert loaded.geometry == ce.Geometry(resize=256, crop=224)
    with pytest.raises(
        ce.UnknownNameError, match="torchvision's resnet50 'IMAGENET1K_V3': did you mean 'IMAGENET1K_V2'"
    ):
        load_model("torchvision:resnet50.IMAGENET1K_V3")


def test_a_file_of_torchvisions_older_weights_is_known_by_its_content(torchvision, tmp_path):
    path = tmp_path / "renamed.pth"
    torch.save(TinyModel().state_dict(), path)
    assert load_model("torchvision:resnet50", weights=path).geometry.resize == 232
    torchvision.digests["IMAGENET1K_V1"] = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    assert load_model("torchvision:resnet50", weights=path).geometry.resize == 256
    assert load_model("torchvision:resnet50.IMAGENET1K_V2", weights=path).geometry.resize == 232


def test_a_named_model_is_evaluated_with_its_own_size(torchvision, photo_folder):
    report = ce.evaluate(
        "torchvision:resnet50", [(p, 1) for p in photo_folder.rglob("*.png")], "imagenet-c-extra", progress=False
    )
    assert (
        "resize=232" in report.settings["geometry"] and report.model == "resnet50" and report.class_names[0] == "tench"
    )
    assert report.settings["std"] == [0.229, 0.224, 0.225]


def test_unknown_models_come_with_the_nearest(torchvision, timm):
    with pytest.raises(ce.UnknownNameError, match=r"unknown torchvision model 'resnet51': did you mean 'resnet50'"):
        load_model("torchvision:resnet51")
    with pytest.raises(ce.UnknownNameError, match="unknown timm model 'convnext': did you mean 'convnext_tiny'"):
        load_model("timm:convnext")
    with pytest.raises(
        ce.UnknownNameError,
        match=r"unknown model 'resnet50': .*torchvision:NAME, timm:NAME, hf:NAME, FILE.onnx, MODULE:F",
    ):
        load_model("resnet50")


def test_timm_has_its_own_data_configuration(timm):
    loaded = load_model("timm:convnext_tiny.fb_in22k")
    assert timm.asked == [("convnext_tiny.fb_in22k", True)]
    assert loaded.geometry == ce.Geometry(resize=int(288 / 0.95), crop=288) and loaded.std == (0.5, 0.5, 0.5)
    timm.config["crop_mode"] = "squash"
    assert load_model("timm:convnext_tiny.fb_in22k").geometry == ce.Geometry(resize=(303, 303), crop=288)


def test_timm_names_the_classes_of_its_own_weights(timm, tmp_path):
    assert load_model("timm:convnext_tiny").class_names == ("tench", "goldfish", "shark")
    torch.save(TinyModel().state_dict(), tmp_path / "own.pt")
    assert load_model("timm:convnext_tiny", weights=tmp_path / "own.pt").class_names == ()
    timm.part = None
    assert load_model("timm:convnext_tiny").class_names == ()


def test_hugging_face_has_its_processors_configuration(transformers):
    loaded = load_model("hf:facebook/convnext")
    assert loaded.geometry == ce.Geometry(resize=256, crop=224) and loaded.class_names == ("cat", "dog", "owl")
    assert loaded.mean == (0.4, 0.4, 0.4)
    for size, more, geometry in (
        ({"height": 224, "width": 192}, {}, ce.Geometry(resize=(224, 192))),
        (384, {}, ce.Geometry(resize=(384, 384))),
        (None, {}, ce.Geometry(resize=(224, 224))),
        ({"height": 224, "width": 192, "shortest_edge": None}, {}, ce.Geometry(resize=(224, 192))),
        (
            {"shortest_edge": 256},
            {"do_center_crop": True, "crop_size": {"height": 224, "width": 224}},
            ce.Geometry(256, (224, 224)),
        ),
    ):
        transformers.found.pop("crop_pct", None)
        transformers.found.update({"size": size, **more})
        assert load_model("hf:x/y").geometry == geometry


@pytest.mark.parametrize(
    ("processor", "geometry"),
    [
        ({"size": {"shortest_edge": 384}, "crop_pct": 0.875}, ce.Geometry(resize=(384, 384))),
        (
            {"size": {"shortest_edge": 224}, "crop_pct": 0.9, "do_center_crop": True, "crop_size": 224},
            ce.Geometry(resize=248, crop=224),
        ),
        (
            {"size": 224, "do_center_crop": True, "feature_extractor_type": "LevitFeatureExtractor"},
            ce.Geometry(resize=256, crop=224),
        ),
    ],
    ids=["ConvNeXT", "PoolFormer", "LeViT"],
)
def test_hugging_face_sizes_as_each_processor_means_them(transformers, processor, geometry):
    transformers.found.clear()
    transformers.found.update(processor)
    assert load_model("hf:x/y").geometry == geometry


@pytest.mark.parametrize(
    ("processor", "fed"),
    [
        ({"rescale_factor": 0.00392156862745098}, lambda x: (x / 255 - 0.4) / 0.2),
        ({"do_normalize": False}, lambda x: x / 255),
        (dict.fromkeys(("do_rescale", "rescale_factor", "do_normalize")), lambda x: (x / 255 - 0.4) / 0.2),
        ({"do_rescale": False}, lambda x: (x - 0.4) / 0.2),
        ({"rescale_factor": 1 / 127.5, "rescale_offset": True, "do_normalize": False}, lambda x: x / 127.5 - 1),
        ({"include_top": True}, lambda x: (x / 255 - 0.4) / 0.2 / 0.2),
        ({"image_processor_type": "EfficientNetImageProcessor"}, lambda x: (x / 255 - 0.4) / 0.2 / 0.2),
        ({"image_processor_type": "EfficientNetImageProcessor", "include_top": False}, lambda x: (x / 255 - 0.4) / 0.2),
    ],
)
def test_hugging_face_networks_are_fed_what_their_processors_make(transformers, processor, fed):
    transformers.found.update(processor)
    loaded = load_model("hf:x/y")
    levels = np.arange(256.0)
    assert (levels / 255 - np.ravel(loaded.mean)[0]) / np.ravel(loaded.std)[0] == pytest.approx(fed(levels))
    evaluate(loaded, benchmark="imagenet-c-extra", corruptions="saturate", geometry="none", mean="model", std="model")


def test_hugging_face_networks_that_begin_with_blue_are_refused(transformers):
    transformers.found["do_flip_channel_order"] = True
    with pytest.raises(ce.ModelError, match=r"hf:apple/mobilevit takes images whose first channel is blue.*flip\(1\)"):
        load_model("hf:apple/mobilevit")


def test_an_unreachable_hub_is_one_clear_error(torchvision, transformers):
    with pytest.raises(
        ce.ModelError, match=r"torchvision:vgg11 could not be loaded: Unreachable: connection refused.*weights=FILE"
    ):
        load_model("torchvision:vgg11")
    with pytest.raises(
        ce.ModelError, match=r"hf:no/such could not be loaded: OSError: We couldn't connect to the hub\. Where"
    ):
        load_model("hf:no/such")


def test_a_missing_library_says_how_to_get_it(monkeypatch):
    for name in ("torchvision", "timm", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    for spec, extra in (("torchvision:resnet50", "torchvision"), ("timm:x", "timm"), ("hf:x", "hf")):
        with pytest.raises(ce.MissingExtraError, match=rf'pip install "corrupt-engine\[{extra}\]"'):
            load_model(spec)


def test_local_weights_only_when_told_so(torchvision, timm, transformers, tmp_path, monkeypatch):
    path = tmp_path / "w.pt"
    torch.save({"state_dict": {"module.scale": torch.tensor(3.0)}}, path)
    for spec, asked in (("torchvision:vgg11", torchvision.asked), ("timm:convnext_tiny", timm.asked)):
        loaded = load_model(spec, weights=path)
        assert loaded.function.scale.item() == 3.0 and not asked[-1][1], (
            "the hub was asked although the weights are local"
        )
    (tmp_path / "folder").mkdir()
    assert load_model("hf:some/name", weights=tmp_path / "folder") and transformers.asked == [str(tmp_path / "folder")]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ce.ModelError, match="hf:folder is a local folder; say weights=folder"):
        load_model("hf:folder")
    with pytest.raises(ce.ModelError, match="is local; pass weights=FILE"):
        load_model("timm:local-dir:x")


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module._orig_mod."])
def test_weights_of_a_network_that_was_wrapped(tmp_path, prefix):
    class Holder(torch.nn.Module):
        """A part of its own is called as DistributedDataParallel calls what it wraps."""

        def __init__(self):
            super().__init__()
            self.module = torch.nn.Linear(2, 2)

    for network in (torch.nn.Linear(2, 2), Holder()):
        saved = type(network)() if isinstance(network, Holder) else torch.nn.Linear(2, 2)
        torch.save({prefix + key: value for key, value in saved.state_dict().items()}, tmp_path / "w.pt")
        fill(network, tmp_path / "w.pt")
        pairs = zip(network.state_dict().values(), saved.state_dict().values(), strict=True)
        assert all(torch.equal(mine, theirs) for mine, theirs in pairs)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "do not exist"),
        (b"no pickle", "cannot be read as a state_dict"),
        ({"other": torch.zeros(1)}, r"do not fit TinyModel: Missing key\(s\)"),
        ([1, 2], "hold a list; a state_dict is needed"),
    ],
)
def test_weights_that_are_none(timm, tmp_path, content, words):
    path = tmp_path / "w.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(ce.ModelError, match=words):
        load_model("timm:convnext_tiny", weights=path)


OWN = """
import torch
from corrupt_engine.models import LoadedModel

class Net(torch.nn.Module):
    def forward(self, images):
        return images.mean(dim=(2, 3)) * 5

net = Net()
make = lambda scale=2.0: Net()
def function(images): return images.mean(dim=(2, 3)) * 5
def loaded(): return LoadedModel(net, "own name", 0.5, 0.25)
def fails(): raise RuntimeError("no such file")
number = 7
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_models.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("own_models", None)


@pytest.mark.parametrize("name", ["Net", "net", "make", "function"])
def test_own_code(own, name):
    loaded = load_model(f"own_models:{name}")
    assert loaded.function(torch.ones(2, 3, 4, 4)).tolist() == [[5.0] * 3] * 2


def test_own_code_can_say_everything(own):
    loaded = load_model("own_models:loaded")
    assert (loaded.name, loaded.mean, loaded.std) == ("own name", 0.5, 0.25)
    changed = as_loaded("own_models:loaded", mean=None, name="other", scores="probabilities")
    assert (changed.mean, changed.std, changed.name, changed.scores) == (None, 0.25, "other", "probabilities")


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        ("own_models:nett", ce.UnknownNameError, "did you mean 'net'"),
        ("no_such_module:x", ce.ModelError, "there is no module 'no_such_module'"),
        (":net", ce.ModelError, "'' is no module's name; MODULE:FUNCTION is needed"),
        (".own_models:net", ce.ModelError, "'.own_models' is no module's name"),
        ("own_models:number", ce.ModelError, "is a int; a model"),
        ("own_models:fails", ce.ModelError, "could not be loaded: RuntimeError: no such file"),
        ("nowhere.onnx", ce.ModelError, "cannot be read"),
    ],
)
def test_own_code_that_is_no_model(own, spec, error, words):
    with pytest.raises(error, match=words):
        load_model(spec)


def write_onnx(path, batch, side=8, takes="FLOAT", shape=None, beside=()):
    """Mean over the pixels, times a matrix: the tiny model's kind of scores."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["images"], ["floats"], to=kind),
            helper.make_node("GlobalAveragePool", ["floats"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["flat"]),
            helper.make_node("MatMul", ["flat", "matrix"], ["scores"]),
        ],
        "tiny",
        [
            helper.make_tensor_value_info(
                "images", getattr(onnx.TensorProto, takes), [batch, *(shape or (3, side, side))]
            ),
            *(helper.make_tensor_value_info(name, kind, [1]) for name in beside),
        ],
        [helper.make_tensor_value_info("scores", kind, [batch, 3])],
        [helper.make_tensor("matrix", kind, [3, 3], [9.0, 0, 1, 0, 8, 2, 3, 0, 7])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("batch", ["N", 1, 3])
def test_onnx_for_real(tmp_path, batch):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    path = write_onnx(tmp_path / "tiny.onnx", batch)
    loaded = load_model(str(path))
    matrix = torch.tensor([[9.0, 0, 1], [0, 8, 2], [3, 0, 7]])
    images = torch.rand(7, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    assert torch.from_numpy(loaded.function(images)) == pytest.approx(images.mean(dim=(2, 3)) @ matrix, abs=1e-5)
    report = evaluate(str(path), benchmark="imagenet-c-extra", geometry="none")
    same = evaluate(lambda x: x.mean(dim=(2, 3)) @ matrix, benchmark="imagenet-c-extra")
    assert all(
        np.array_equal(report.predictions[c].prediction, same.predictions[c].prediction) for c in same.predictions
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shape": ("H", 8, 3)}, r"'H', 8, 3\]; images \(N, 3, H, W\) are needed, so put a Transpose before its input"),
        ({"beside": ["mask"]}, r"takes images, mask; images \(N, 3, H, W\) alone"),
        ({"side": 9}, r"takes images of shape \['N', 3, 9, 9\], and could not be run on \[4, 3, 8, 8\]"),
    ],
    ids=str,
)
def test_onnx_that_takes_something_else(tmp_path, options, words):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    path = write_onnx(tmp_path / "other.onnx", "N", **options)
    with pytest.raises(ce.ModelError, match=words):
        evaluate(str(path), benchmark="imagenet-c-extra", geometry="none")


def test_onnx_of_bytes_is_given_bytes(tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    path = str(write_onnx(tmp_path / "bytes.onnx", "N", takes="UINT8"))
    assert load_model(path).mean is None
    matrix = torch.tensor([[9.0, 0, 1], [0, 8, 2], [3, 0, 7]])
    options = {"benchmark": "imagenet-c-extra", "geometry": "none", "name": "bytes"}
    report = evaluate(path, **options, mean="model", std="model")
    same = evaluate(lambda x: x.float().mean(dim=(2, 3)) @ matrix, **options, mean=None)
    assert same_answers(report, same)
    for given, said in (({"mean": 0.5}, r"mean=0\.5"), ({"mean": None, "std": 0.25}, r"std=0\.25")):
        with pytest.raises(ce.OptionError, match=rf"{said} for the ONNX model bytes, whose input is uint8: .*leave"):
            evaluate(path, **{**options, "mean": "model", "std": "model", **given})


def test_onnx_files_are_told_apart_by_content(tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    path = write_onnx(tmp_path / "tiny.onnx", "N")
    report = evaluate(str(path), benchmark="imagenet-c-extra", record=tmp_path / "r.sqlite", geometry="none")
    assert same_answers(
        report, evaluate(str(path), benchmark="imagenet-c-extra", record=tmp_path / "r.sqlite", geometry="none")
    )
    write_onnx(path, 2)
    with pytest.raises(ce.RecordError, match=r"model.fingerprint was"):
        evaluate(str(path), benchmark="imagenet-c-extra", record=tmp_path / "r.sqlite", geometry="none")


def test_onnx_that_is_none(tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(ce.ModelError, match="is no ONNX model"):
        load_model(str(tmp_path / "bad.onnx"))
    with pytest.raises(ce.ModelError, match="holds its own weights"):
        load_model(str(tmp_path / "bad.onnx"), weights=tmp_path / "bad.onnx")
    assert load_model(str(write_onnx(tmp_path / "g.onnx", "N", 224))).geometry == ce.Geometry(
        resize=256, crop=(224, 224)
    )


def test_devices(timm):
    assert load_model("timm:convnext_tiny", device="cpu").function.scale.device.type == "cpu"
    with pytest.raises(ce.ModelError, match="cannot be put on device 'nonsense'"):
        load_model("timm:convnext_tiny", device="nonsense")


def test_what_a_model_is_fed_is_checked():
    with pytest.raises(ce.UnknownNameError, match="unknown scores 'logit': did you mean 'logits'"):
        evaluate(TinyModel(), TinyImages(), scores="logit")
    assert as_loaded(LoadedModel(len, "x", scores="probabilities")).scores == "probabilities"
