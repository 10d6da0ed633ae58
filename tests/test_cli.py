"""The command line: what it prints, what it exits with, and that bad input is one line."""

import argparse
import importlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import corrupt_engine as ce
from corrupt_engine import Report
from corrupt_engine.cli import COMMANDS, main, parser
from corrupt_engine.devices import own_device

from . import tiny
from .tiny import working_folder

EXTRA = ["--benchmark", "imagenet-c-extra"]
FAST = ["--batch-size", "4", "--workers", "1", "--threads", "1", "--geometry", "none"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working folder with a model in a module and ten tiny images in class folders."""
    working_folder(tmp_path, 10)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop("own_network", None)


def run(capsys, *arguments):
    """(exit code, standard output, standard error)."""
    try:
        code = main(list(arguments))
    except SystemExit as stop:
        code = stop.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_help_tells_each_default():
    choices = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    for command, made in choices.items():
        for action in made._actions:
            default = action.default
            if default in (None, False, [], "model") or isinstance(action, argparse._HelpAction):
                continue
            told = re.search(r"default: ([^;)]*)", action.help or "")
            assert told is not None, f"{command}: {action.help}"
            assert type(default)(told[1]) == default, f"{command} {action.option_strings}: {action.help}"


def test_help_names_the_attacks_where_they_are_taken(capsys):
    told = {}
    for name in ("evaluate", "export"):
        with pytest.raises(SystemExit):
            main([name, "--help"])
        told[name] = capsys.readouterr().out
    assert "adversarial-mnist" in told["evaluate"] and "adversarial" not in told["export"]


def test_help_has_examples_and_exit_codes(capsys):
    code, text, _ = run(capsys, "--help")
    assert code == 0 and "exit codes:" in text and "130" in text
    for name in COMMANDS:
        code, text, _ = run(capsys, name, "--help")
        assert (
            code == 0
            and "examples:" in text
            and f"corrupt-engine {name}" in text
            and "--json" in text
            and "--quiet" in text
        )


def test_the_command_is_installed_and_starts_fast():
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "corrupt_engine", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == f"corrupt-engine {ce.__version__}"
    for heavy in ("torch", "numba", "PIL", "jinja2"):
        assert f"| {heavy}\n" not in run.stderr.replace(" ", "").replace("|", "| ")


def test_evaluate_report_compare(place, capsys):
    code, text, said = run(
        capsys, "evaluate", "own_network:network", "data", *EXTRA, *FAST, "-o", "out/tiny.html", "-o", "tiny.csv"
    )
    assert code == 0 and "Network" in text and "tiny" in text
    assert "record: tiny-imagenet-c-extra.sqlite" in said and "img/s" in said and "210/210" in said
    assert (place / "out" / "tiny.html").exists() and (place / "tiny.csv").exists()

    code, again, said = run(capsys, "evaluate", "own_network:network", "data", *EXTRA, *FAST, "--quiet")
    assert code == 0 and again == text and said == ""

    code, text, _ = run(
        capsys, "evaluate", "own_network:other", "data", *EXTRA, *FAST, "--json", "--record", "b.sqlite"
    )
    (found,) = json.loads(text)["reports"]
    assert code == 0 and found["model"] == "other" and found["images"] == 10

    records = ["tiny-imagenet-c-extra.sqlite", "b.sqlite"]
    code, text, _ = run(capsys, "report", *records)
    assert code == 0 and "tiny" in text and "other" in text
    code, text, _ = run(capsys, "report", *records, "--format", "latex")
    assert text.count("\\\\\n") == 4
    code, text, said = run(capsys, "report", *records, "-o", "two.html")
    assert text == "" and "saved: two.html" in said
    code, text, _ = run(capsys, "report", records[0], "--baseline", records[1], "--json")
    assert json.loads(text)["reports"][0]["baseline"] == "other"

    code, text, _ = run(capsys, "compare", *records)
    assert code == 0 and text.startswith("A: tiny\nB: other\n")
    code, text, _ = run(capsys, "compare", *records, "--json")
    assert len(json.loads(text)["corruption_errors"]) == 4


def test_what_the_command_says_is_what_the_library_says(place, capsys):
    run(
        capsys,
        "evaluate",
        "own_network:network",
        "data",
        *EXTRA,
        *FAST,
        "--record",
        "a.sqlite",
        "--trials",
        "2",
        "--seed",
        "5",
    )
    from .tiny import TinyModel, evaluate, same_answers

    same = evaluate(
        TinyModel(), str(place / "data"), "imagenet-c-extra", trials=2, seed=5, geometry="none", num_workers=1
    )
    assert same_answers(Report.load("a.sqlite"), same)


def test_a_file_that_is_no_image_ends_the_run_or_is_skipped(place, capsys):
    broken = sorted((place / "data").rglob("*.png"))[3]
    broken.write_bytes(b"no image")
    command = ["evaluate", "own_network:network", "data", *EXTRA, *FAST]
    code, text, said = run(capsys, *command)
    assert code == 1 and text == "" and broken.name in said
    code, text, _ = run(capsys, *command, "--on-error", "skip")
    assert code == 3 and "9 images" in text and broken.name in text
    code, _, said = run(capsys, *command, "--on-error", "ignore")
    assert code == 2 and "unknown on_error 'ignore'" in said


def test_a_limit_takes_a_part_and_names_it(place, capsys):
    command = ["evaluate", "own_network:network", "data", *EXTRA, *FAST, "--json"]
    code, text, _ = run(capsys, *command, "--limit", "4")
    assert code == 0 and json.loads(text)["reports"][0]["images"] == 4
    code, text, _ = run(capsys, *command, "--quiet")
    assert code == 0 and json.loads(text)["reports"][0]["images"] == 10
    code, text, _ = run(capsys, *command, "--limit", "4")
    assert code == 0 and json.loads(text)["reports"][0]["images"] == 4
    code, _, said = run(capsys, *command, "--limit", "0")
    assert code == 2 and "limit 0 is below 1" in said


def test_a_choice_of_corruptions_and_severities(place, capsys):
    command = ["evaluate", "own_network:network", "data", *EXTRA, *FAST, "--record", "r.sqlite"]
    code, text, _ = run(capsys, *command, "--corruptions", "sp*", "noise,blur", "--severities", "1-2", "5")
    assert code == 0 and "3 of 4 corruptions (speckle_noise, gaussian_blur, spatter); severities 1, 2, 5" in text
    code, text, _ = run(capsys, *command, "--corruptions", "saturate", "--json")
    assert code == 0 and json.loads(text)["reports"][0]["severities"] == {"saturate": [1, 2, 3, 4, 5]}
    code, text, _ = run(capsys, "report", "r.sqlite", "--json")
    assert json.loads(text)["reports"][0]["severities"] == {
        "speckle_noise": [1, 2, 5],
        "gaussian_blur": [1, 2, 5],
        "spatter": [1, 2, 5],
        "saturate": [1, 2, 3, 4, 5],
    }
    code, text, _ = run(capsys, "report", "r.sqlite", "--corruptions", "spatter", "--severities", "2", "--json")
    assert json.loads(text)["reports"][0]["severities"] == {"spatter": [2]}
    code, text, _ = run(capsys, "compare", "r.sqlite", "r.sqlite", "--severities", "2", "--json")
    assert code == 0
    for wrong, said in (
        (["--corruptions", "fog"], "'fog'"),
        (["--severities", "9"], "no severity 9"),
        (["--severities", "x"], "severity 'x' is neither a level nor a range"),
        (["--severities", "3-"], "severity '3-' is neither"),
        (["--severities", "3-1"], "no severity is chosen"),
    ):
        code, _, words = run(capsys, *command, *wrong)
        assert code == 2 and said in words


def test_records_are_merged(place, capsys):
    for name in ("spatter", "saturate"):
        command = ["evaluate", "own_network:network", "data", *EXTRA, *FAST, "--record", f"{name}.sqlite"]
        assert run(capsys, *command, "--corruptions", name)[0] == 0
    code, text, _ = run(capsys, "merge", "spatter.sqlite", "saturate.sqlite", "-o", "both.sqlite")
    assert code == 0 and text == "both.sqlite: 10 images, 11 conditions\n"
    assert list(Report.load("both.sqlite").severities) == ["spatter", "saturate"]
    code, _, said = run(capsys, "merge", "spatter.sqlite", "saturate.sqlite", "-o", "both.sqlite")
    assert code == 2 and "both.sqlite is there already" in said


def test_a_benchmark_has_its_own_tables_and_size(place, capsys):
    """Not those of the corruption's home."""
    (place / "mine.toml").write_text(
        'name = "mine"\nsource = "a test"\ngeometry = { crop = 6 }\n'
        "[corruptions.brightness]\ntable = { added = [0.7] }\n"
    )
    export = ["export", "data", "out", "--layout", "npy", "--benchmark", "mine.toml", "--quiet"]
    assert run(capsys, *export)[0] == 0
    source = ce.sources.open_source("data")
    images = np.stack([ce.Geometry(crop=6)(source.decode(n)[0]) for n in range(len(source))])
    wanted = ce.corrupt(images, "brightness", 1, variant="mine.toml")
    assert (np.load("out/brightness.npy") == wanted).all()
    command = ["evaluate", "own_network:network", "data", "--benchmark", "mine.toml", "--mistakes", "0", "--quiet"]
    assert run(capsys, *command, "--record", "r.sqlite")[0] == 0
    settings = Report.load("r.sqlite").settings
    assert settings["variant"] == "mine" and settings["geometry"] == repr(ce.Geometry(crop=6))


@pytest.mark.parametrize(
    ("command", "geometry"),
    [("preview", "imagenet-c"), ("export", "the benchmark's"), ("overlap", "the benchmark's")]
    + [(command, "the model's, else the benchmark's") for command in ("evaluate", "calibrate", "distances")],
)
def test_the_help_says_which_geometry_is_taken(capsys, command, geometry):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert f"(default: {geometry})" in " ".join(capsys.readouterr().out.split())


def test_the_record_keeps_the_command_as_it_was_typed(place, capsys, monkeypatch):
    monkeypatch.setenv("HOME", str(place))
    data = str(place / "data")  # what a shell makes of ~/data
    run(capsys, "evaluate", "own_network:network", data, *EXTRA, *FAST, "--record", "my record.sqlite", "-o", "my.html")
    report = Report.load("my record.sqlite")
    words = " ".join([*EXTRA, *FAST])
    expected = f"evaluate own_network:network ~/data {words} --record 'my record.sqlite' -o my.html"
    assert report.run["command"] == f"corrupt-engine {expected}"
    page = (place / "my.html").read_text(encoding="utf-8")
    assert str(place) not in page and str(place) not in json.dumps([report.settings, report.run])


def test_what_a_model_prints_is_no_result(place, capsys):
    (place / "loud.py").write_text(
        "import own_network\nprint('imported')\n"
        "def network(images):\n    print('asked')\n    return own_network.network().function(images)\n"
    )
    command = ["evaluate", "loud:network", "data", *EXTRA, *FAST, "--mean", "0", "--std", "1"]
    code, text, said = run(capsys, *command, "--json")
    assert code == 0 and json.loads(text)["reports"][0]["run"]["device"] == "cpu"
    assert "imported" in said and "asked" in said


def test_only_the_own_form_runs_what_lies_in_the_folder(place, capsys):
    (place / "timm.py").write_text("raise SystemExit('timm.py of this folder was run')")
    code, _, said = run(capsys, "evaluate", "timm:resnet50", "data", "--quiet")
    assert code != 0 and "was run" not in said and str(place) not in sys.path
    run(capsys, "evaluate", "own_network:network", "data", *EXTRA, *FAST, "--quiet")
    assert str(place) in sys.path


def test_nan_answers_have_their_own_exit_code(place, capsys):
    code, text, _ = run(capsys, "evaluate", "own_network:nan", "data", *EXTRA, *FAST)
    assert code == 3 and "210 of 210 predictions held NaN or infinity" in text
    code, _, _ = run(capsys, "report", "nan-imagenet-c-extra.sqlite")
    assert code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["evaluate", "resnet50", "data"], 2, "unknown model 'resnet50'"),
        (["evaluate", "own_network:network", "nowhere"], 2, "nowhere is no folder"),
        (
            ["evaluate", "own_network:network", "data", "--benchmark", "imagenet-d"],
            2,
            "did you mean 'imagenet-p' or 'imagenet-c'",
        ),
        (["evaluate", "own_network:network", "data", "-o", "r.doc"], 2, "unknown suffix '.doc'"),
        (["evaluate", "own_network:network", "data", "--mean", "1,x"], 2, "mean '1,x' is neither"),
        (["evaluate", "own_network:network", "data", "--geometry", "a,b"], 2, "geometry 'a,b' is neither"),
        (["evaluate", "own_network:network", "data", "--labels", "none.json"], 2, "labels none.json cannot be read"),
        (["evaluate", "own_network:network", "data", "--labels", "own_network.py"], 2, "own_network.py is not JSON"),
        (["evaluate", "own_network:network", "data", *FAST, "--record", "data"], 1, "unable to open database file"),
        (["evaluate", "missing_module:network", "data"], 1, "there is no module 'missing_module'"),
        (["evaluate", "x.onnx", "data"], 1, "x.onnx cannot be read"),
        (["report", "none.sqlite"], 1, "there is no record none.sqlite"),
        (["report", "own_network.py"], 1, "file is not a database"),
        (["compare", "a.sqlite", "b.sqlite"], 1, "there is no record a.sqlite"),
        (["preview", "none.jpg"], 2, "none.jpg cannot be read"),
        (["preview", "data/none.jpg", "--corruptions", "fogg"], 2, "cannot be read"),
        (["gallery", "photo.jpg", "-o", "page.png"], 2, "unknown suffix '.png'"),
        (["distances", "own_network:network", "data", "-o", "x.txt"], 2, "unknown suffix '.txt'"),
        (["correlate", "--synthetic", "a", "--natural", "b", "-o", "x.txt"], 2, "unknown suffix '.txt'"),
        (["design", "overlap.json", "--page", "x.txt"], 2, "unknown suffix '.txt'"),
        (["bench", "--benchmark", "x"], 2, "unknown benchmark 'x'"),
        (["bench", "--size", "0"], 2, "size 0 is below 1"),
        (["export", "data", "out", "--layout", "zip"], 2, "unknown layout 'zip'"),
        (["export", "data", "data"], 1, "data is not empty and holds no export.json"),
    ],
)
def test_bad_input_is_one_line(place, capsys, arguments, code, words):
    found, text, said = run(capsys, *arguments, "--quiet")
    assert found == code and text == ""
    assert words in said and said.count("\n") == 1 and said.startswith(f"corrupt-engine {arguments[0]}: error: ")
    found, text, _ = run(capsys, *arguments, "--quiet", "--json")
    assert found == code and words in json.loads(text)["error"]["message"]


def test_labels_that_are_null_are_not_as_if_none_were_given(place, capsys):
    (place / "null.json").write_text("null")
    code, _, said = run(capsys, "evaluate", "own_network:network", "data", *EXTRA, *FAST, "--labels", "null.json", "-q")
    assert code == 2 and "labels null.json holds null" in said


def test_a_preview_is_not_written_over_its_photograph(place, capsys, cat):
    Image.fromarray(cat).save("preview.png")
    held = (place / "preview.png").read_bytes()
    for arguments in ([], ["-o", str(place / "data" / ".." / "preview.png")]):
        code, _, said = run(capsys, "preview", "preview.png", "--corruptions", "fog", *arguments)
        assert code == 2 and "preview.png is the image itself" in said
    assert (place / "preview.png").read_bytes() == held


def test_each_process_has_its_own_gpu():
    assert (own_device("cuda", None), own_device("cpu", None)) == ("cuda", "cpu")
    assert [own_device(name, "3") for name in ("cuda", "cuda:1", "cpu")] == ["cuda:3", "cuda:1", "cpu"]


def test_unknown_options_are_argparses(capsys):
    assert run(capsys, "evaluate", "--nonsense")[0] == 2
    assert run(capsys)[0] == 2
    assert "invalid choice: 'evalute'" in run(capsys, "evalute")[2]


def test_interrupted(place, capsys, monkeypatch):
    import corrupt_engine.evaluation.run

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(corrupt_engine.evaluation.run, "evaluate", interrupted)
    code, _, said = run(capsys, "evaluate", "own_network:network", "data", *EXTRA, *FAST)
    assert code == 130 and "interrupted; run the same command again" in said


def test_a_reader_that_goes_away_is_no_error(place):
    command = f'"{sys.executable}" -m corrupt_engine list --json | head -1'
    run = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert run.stderr == "" and run.stdout == "{\n"


def without(streams, *arguments):
    """The command, started by a shell that leaves streams closed or leads them to a full disk."""
    command = f'exec "{sys.executable}" -m corrupt_engine {" ".join(arguments)} {streams}'
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}  # the networks of the tests import from here
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, env=env)


def test_closed_streams_are_no_error(place, capsys):
    """And no file takes their place: what is meant for a stream would be written into a record."""
    command = ["evaluate", "own_network:network", "data", *EXTRA, *FAST, "--record", "r.sqlite"]
    done = without(">&- 2>&-", *command, "--corruptions", "saturate", "--severities", "1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert run(capsys, "report", "r.sqlite")[0] == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk here is always full")
def test_a_result_that_cannot_be_written_is_said():
    for arguments in (["list"], ["list", "--json"]):
        done = without(">/dev/full", *arguments)
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr == (
            "corrupt-engine list: error: the result cannot be written to standard output: No space left on device\n"
        )


def test_list(capsys):
    code, text, _ = run(capsys, "list")
    assert code == 0 and "gaussian_noise" in text and "imagenet-c-extra" in text and "Source" not in text
    found = json.loads(run(capsys, "list", "--json")[1])
    assert {c["name"] for c in found["corruptions"]} == set(ce.corruptions())
    assert found["benchmarks"]["imagenet-c"]["corruptions"] == list(ce.corruptions("imagenet-c"))


def test_preview(place, capsys, cat):
    Image.fromarray(cat).save("cat.png")
    code, text, _ = run(
        capsys,
        "preview",
        "cat.png",
        "--corruptions",
        "fog",
        "--severities",
        "1",
        "5",
        "--tile",
        "64",
        "-o",
        "deep/sheet.png",
    )
    assert code == 0 and text.startswith("deep/sheet.png (216 x ")
    with Image.open("deep/sheet.png") as page:
        assert page.width == 3 * (64 + 6) + 6
    code, _, said = run(capsys, "preview", "cat.png", "--corruptions", "fog", "-o", "sheet.nothing")
    assert code == 2 and "cannot be written" in said


def test_a_preview_shows_what_can_be_made_and_says_what_not(place, capsys, cat, monkeypatch):
    monkeypatch.delenv("CORRUPT_ENGINE_TILES", raising=False)
    monkeypatch.setattr("corrupt_engine.tools.preview.benchmarks", lambda: ("imagenet-c-extra", "laion-c"))
    Image.fromarray(cat[:64, :64]).save("cat.png")
    small = ["preview", "cat.png", "--geometry", "none", "--tile", "16"]
    code, text, said = run(capsys, *small)
    assert code == 0 and text.startswith("preview.png (") and said.count("not shown") == 1
    assert "not shown: mosaic, stickers: stickers and mosaics are made of a bank of tiles, and there is none; " in said
    code, text, said = run(capsys, *small, "--variant", "cifar-10-c", "--json")
    assert code == 0 and said.count("not shown") == 1 and "variant 'cifar-10-c' has no severities of it" in said
    assert set(json.loads(text)["left_out"]) == set(ce.corruptions("laion-c"))
    code, _, said = run(capsys, *small, "--severities", "9")
    assert code == 2 and "severity 9.0 is not a number from 0 (no change) to 5" in said
    assert run(capsys, *small, "--corruptions", "mosaic")[0] == 1, "what is named is not left out"


def test_bench(capsys):
    code, text, _ = run(
        capsys,
        "bench",
        *EXTRA,
        "--size",
        "16",
        "--batch",
        "2",
        "--repeats",
        "1",
        "--severities",
        "1",
        "5",
        "--json",
        "-q",
    )
    found = json.loads(text)
    assert code == 0 and len(found["timings"]) == 8 and all(t["milliseconds"] > 0 for t in found["timings"])
    assert found["milliseconds"] == pytest.approx(sum(t["milliseconds"] for t in found["timings"]))
    code, text, _ = run(capsys, "bench", *EXTRA, "--size", "16", "--repeats", "1", "--severities", "3", "-q")
    assert "all 4 conditions of one image" in text and text.count("\n") == 7


def test_export(place, capsys):
    code, text, _ = run(capsys, "export", "data", "out", *EXTRA, *FAST, "-q")
    assert code == 0 and text == "out: 200 images, 200 of them made now\n"
    assert len(list((place / "out" / "spatter" / "4").rglob("*.JPEG"))) == 10
    code, text, _ = run(capsys, "export", "data", "out", *EXTRA, *FAST, "-q", "--json")
    assert json.loads(text) == {"folder": "out", "images": 200, "made": 0}
    code, text, _ = run(capsys, "export", "data", "arrays", "--layout", "npy", *EXTRA, *FAST, "-q")
    assert np.load("arrays/saturate.npy").shape == (50, 8, 8, 3)


def test_doctor(capsys, monkeypatch):
    code, text, _ = run(capsys, "doctor")
    assert code == 0 and "kernels" in text and "frost textures" in text
    found = {f["name"]: f for f in json.loads(run(capsys, "doctor", "--json")[1])}
    assert found["kernels"]["state"] == "ok" and found["torchvision"]["state"] in ("ok", "absent")
    from numba.core.caching import NullCache

    from corrupt_engine.kernels import philox
    from corrupt_engine.tools import doctor as diagnosis
    from corrupt_engine.transforms import textures

    assert found["kernels"]["detail"].startswith("compiled and run; kept in ")
    monkeypatch.setattr(philox.fill_words, "_cache", NullCache())  # as where no folder can be written
    code, text, _ = run(capsys, "doctor")
    assert code == 0 and "compiled anew in each process" in text and "set NUMBA_CACHE_DIR to a folder" in text
    monkeypatch.setenv(textures.FOLDER_VARIABLE, "/nowhere")
    assert run(capsys, "doctor")[0] == 1
    monkeypatch.delenv(textures.FOLDER_VARIABLE)
    monkeypatch.setattr(diagnosis, "corrupt", lambda image, *_: image)
    code, text, _ = run(capsys, "doctor")
    assert code == 1 and "gaussian_noise changed nothing" in text


def test_an_output_that_knows_ascii_alone(place, monkeypatch):
    tiny.evaluate(benchmark="imagenet-c-extra", name="Zürich", record="r.sqlite", trials=2)
    for encoding, said in (("utf-8", ("±", "Zürich")), ("ascii", ("+-", r"Z\xfcrich"))):
        shown = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding))
        assert main(["report", "r.sqlite"]) == 0
        assert all(words in shown.getvalue().decode(encoding) for words in said)


def test_names_give_no_orders_to_the_terminal(place, capsys):
    name = "model\x1b]0;title\x07\u202e"
    code, text, said = run(capsys, "evaluate", "own_network:network", "data", *EXTRA, *FAST, "--name", name)
    assert code == 0 and r"model\x1b]0;title\x07\u202e" in text
    records = [str(path) for path in place.glob("*.sqlite")]
    shown = [text, said]
    for arguments in (
        ("report", *records),
        ("report", *records, "--format", "html"),
        ("compare", *records, *records),
        ("report", f"missing{name}"),
        ("evaluate", name, "data"),
    ):
        shown += run(capsys, *arguments)[1:]
    for part in shown:
        assert not set("\x1b\x07\u202e") & set(part)


def test_the_same_command_with_other_weights_behind_a_function_is_refused(place, capsys):
    def network(sign):
        text = f"from tests.tiny import TinyModel\ninner = TinyModel({sign}8.0).eval()\ndef hidden(images):\n"
        (place / "own_hidden.py").write_text(text + "    return inner(images).detach()\n")
        sys.modules.pop("own_hidden", None)
        importlib.invalidate_caches()
        return run(capsys, "evaluate", "own_hidden:hidden", "data", *EXTRA, *FAST, "--quiet", *more)

    more = []
    code, first, _ = network("")
    assert code == 0
    code, text, said = network("-")
    assert code == 1 and text == "" and "was begun with another model of this name" in said and said.count("\n") == 1
    more = ["--no-check"]
    assert network("-")[:2] == (0, first), "the record's numbers, as was asked for"
    sys.modules.pop("own_hidden", None)
