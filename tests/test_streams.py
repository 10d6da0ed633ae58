"""Streams: what comes when, the bytes and the order whatever the batch, and runs that are killed."""

import copy
import csv
import importlib.util
import json
import pickle
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine import Stream, StreamLoader, StreamReport
from corrupt_engine.streams import orders
from corrupt_engine.streams.stream import dealt, dirichlet, drawer

from .tiny import Killed, TinyImages, TinyModel

STANDARD = tuple(ce.Grid(ce.conditions("imagenet-c")).conditions[1::5])
FOUR = ["fog", "gaussian_noise", "contrast", "pixelate"]


def small(count=10):
    source = TinyImages(count)
    return np.stack(source.images), np.array(source.labels)


def all_of(loader):
    batches = list(loader)
    return [
        np.concatenate([np.asarray(getattr(batch, name)) for batch in batches])
        for name in ("images", "labels", "ids", "stages")
    ]


def test_the_streams_of_the_papers():
    names = [one.corruption for one in STANDARD]
    continual = Stream.continual()
    assert [stage.corruption for stage in continual.stages] == names and len(names) == 15
    assert {stage.severity for stage in continual.stages} == {5}
    gradual = Stream.gradual(FOUR)
    assert len(gradual.stages) == 36
    assert [stage.severity for stage in gradual.stages[9:18]] == [1, 2, 3, 4, 5, 4, 3, 2, 1]
    recurring = Stream.recurring(visits=3)
    assert recurring.stages == Stream.continual(5).stages * 3 and recurring.correlation == 0.1
    assert Stream.mixed().mix and not continual.mix
    clean = continual.with_clean()
    assert len(clean.stages) == 30 and {stage.corruption for stage in clean.stages[1::2]} == {"clean"}
    assert len(set(orders.TEN)) == 10 and all(sorted(order) == sorted(names) for order in orders.TEN)
    assert Stream.continual(0).stages[0].corruption == "brightness"
    assert Stream.continual("imagenet-c-extra").stages[0].corruption == "speckle_noise"


def test_a_stream_is_a_value():
    stream = Stream.gradual(FOUR, correlation=0.5)
    fields = json.loads(json.dumps(stream.to_dict()))
    assert Stream(**fields) == stream and Stream.gradual(FOUR) != stream


@pytest.mark.parametrize("stream", [Stream.continual(FOUR), Stream.mixed(FOUR), Stream.recurring(2, FOUR)], ids=str)
def test_each_stage_has_each_sample_once(stream):
    ids, labels = np.arange(40, 70), np.arange(30) % 3
    plan = stream.plan(ids, labels, 7)
    for stage in range(len(stream.stages)):
        assert sorted(plan.ids[plan.stages == stage].tolist()) == ids.tolist()
    assert stream.mix or (np.diff(plan.stages) >= 0).all()
    again, other = stream.plan(ids, labels, 7), stream.plan(ids, labels, 8)
    assert (again.ids == plan.ids).all() and (other.ids != plan.ids).any()


def test_the_same_order_in_every_stage():
    plan = Stream.continual(FOUR).plan(range(20), None, 0)
    assert (plan.ids.reshape(4, 20) == plan.ids[:20]).all() and (plan.ids[:20] != np.arange(20)).any()


def test_a_benchmark_as_order_means_its_own_corruptions(tmp_path):
    """And not those that are called so elsewhere, nor their severities."""
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "mine"\nsource = "a test"\n[corruptions.fog]\ntable = { strength = [9.0], decay = 2.0 }\n'
        '[corruptions.contrast]\nof = "brightness"\ntable = { added = [0.4] }\n'
    )
    mine, images = str(file), small()[0]
    for stream in (
        Stream.continual(mine, 1),
        Stream.gradual(mine, [1]),
        Stream.recurring(1, mine, 1, correlation=None),
    ):
        batches = list(StreamLoader(small(), stream.with_clean(), mean=None, batch_size=10))
        for batch, name in zip(batches[::2], ("fog", "contrast"), strict=True):
            made = batch.images.permute(0, 2, 3, 1).numpy()
            ids = batch.ids.tolist()
            assert (made == ce.corrupt(images[ids], name, 1, ids=ids, variant=mine)).all()
            assert (made != ce.corrupt(images[ids], name, 1, ids=ids)).any()
        assert Stream(**json.loads(json.dumps(stream.to_dict()))) == stream
    (batch,) = StreamLoader(small(), Stream.continual(["fog"], 1), variant=mine, mean=None)
    assert (
        batch.images.permute(0, 2, 3, 1).numpy() == ce.corrupt(images[batch.ids], "fog", 1, ids=batch.ids, variant=mine)
    ).all()
    (batch, _) = StreamLoader(small(), Stream.mixed(mine, 1), variant="imagenet-c", mean=None, batch_size=10)
    made = batch.images.permute(0, 2, 3, 1).numpy()
    for image, n, condition in zip(made, batch.ids, batch.conditions, strict=True):
        assert (image == ce.corrupt(images[n], *condition[:2], ids=n, variant="imagenet-c")).all()
    assert Stream.continual().variant is Stream.continual(FOUR).variant is Stream.continual(3).variant is None


def neighbours(classes):
    """How often one of a class follows one of the same."""
    return float((np.diff(classes) == 0).mean())


def test_correlation_brings_classes_together():
    labels = np.random.RandomState(1).randint(0, 10, 2000)
    found = {}
    for number in (None, 0, 0.01, 0.1, 10.0):
        plan = Stream.continual(["fog", "snow"], correlation=number).plan(np.arange(2000), labels, 3)
        found[number] = neighbours(labels[plan.ids[:2000]])
        assert number in (None, 0) or (plan.ids[:2000] != plan.ids[2000:]).any()
    assert found[0] == pytest.approx(1990 / 1999)
    assert found[0] > found[0.1] > 0.5 and found[None] == pytest.approx(0.1, abs=0.04)
    # the spread over slots is what the concentration says: of a Dirichlet over ten slots the largest share
    share = [
        np.bincount(np.argsort(dealt(labels, number, drawer(0, 1)))[labels == 4] // 200, minlength=10).max()
        / (labels == 4).sum()
        for number in (0.1, 10.0)
    ]
    assert share[0] > 2 * share[1]


@pytest.mark.parametrize(("concentration", "turns"), [(1e-4, 2), (1e-300, 2), (1e300, 7), (1.7e308, 7)])
def test_no_concentration_is_too_small_or_too_large(concentration, turns):
    """Its gamma variates were all 0, and classes that followed each other in slots of time all stood in the last."""
    classes, last = np.repeat(np.arange(3), 50), 0
    found = []
    for seed in range(60):
        order = dealt(classes, concentration, drawer(seed, 0))
        assert sorted(order) == list(range(150))
        found.append((np.diff(classes[order]) != 0).sum())
        last += dirichlet(concentration, 3, drawer(seed, 1))[2] > 0.9
    assert np.mean(found) == pytest.approx(turns, abs=0.5)
    assert last == pytest.approx(20, abs=12) if turns == 2 else last == 0


def test_classes_of_a_torch_dataset_come_together():
    """It tells a label with its image alone; a stream of one ended in an AttributeError."""
    images, labels = small(30)

    class Items(torch.utils.data.Dataset):
        def __len__(self):
            return 30

        def __getitem__(self, n):
            return images[n], int(labels[n])

    for stream in (Stream.continual(["contrast"], 1, correlation=0), Stream.recurring(2, ["contrast"], 1)):
        expected = all_of(StreamLoader((images, labels), stream, mean=None))
        for one, other in zip(all_of(StreamLoader(Items(), stream, mean=None)), expected, strict=True):
            assert np.array_equal(one, other)
    with pytest.raises(ce.OptionError, match="have no labels"):
        StreamLoader(list(images), Stream.continual(["contrast"], 1, correlation=0))


def test_mixed_and_correlated():
    labels = np.arange(300) % 5
    plan = Stream.mixed(FOUR, correlation=0).plan(np.arange(300), labels, 0)
    assert (np.diff(labels[plan.ids]) >= 0).all()
    assert neighbours(plan.stages) < 0.5


@pytest.mark.parametrize("stream", [Stream.continual(FOUR), Stream.mixed(FOUR, correlation=0.1)], ids=lambda s: s.name)
@pytest.mark.parametrize("options", [{"batch_size": 1}, {"batch_size": 7}, {"memory": 0}, {"num_workers": 2}], ids=str)
def test_the_bytes_and_the_order_whatever_the_batch(stream, options):
    data = small()
    images, labels, ids, stages = all_of(StreamLoader(data, stream, mean=None, seed=5))
    assert (labels == data[1][ids]).all()
    for found, wanted in zip(
        all_of(StreamLoader(data, stream, mean=None, seed=5, **options)), (images, labels, ids, stages), strict=True
    ):
        assert (found == wanted).all()
    for n in (0, 13, 39):
        corruption, severity, _ = stream.stages[stages[n]]
        own = ce.corrupt(data[0][ids[n]], corruption, severity, seed=5, ids=int(ids[n]))
        assert (images[n].transpose(1, 2, 0) == own).all()


def test_a_batch_may_be_written_to():
    loader = StreamLoader(small(), Stream.continual(FOUR), batch_size=4, mean=None, num_workers=0)
    before = all_of(loader)
    for batch in loader:
        for array in (batch.images, batch.labels, batch.ids, batch.stages):
            array[...] = 1
        batch.conditions.clear()
    assert all(map(np.array_equal, all_of(loader), before))


def test_batches_end_where_a_stage_does():
    batches = list(StreamLoader(small(), Stream.continual(FOUR[:2]), batch_size=4))
    assert [len(batch.ids) for batch in batches] == [4, 4, 2, 4, 4, 2]
    assert [batch.begins for batch in batches] == [True, False, False] * 2
    assert [batch.start for batch in batches] == [0, 4, 8, 10, 14, 18]
    assert [len(batch.ids) for batch in StreamLoader(small(), Stream.mixed(FOUR[:2]), batch_size=8)] == [8, 8, 4]


def test_a_loader_goes_on():
    loader = StreamLoader(small(), Stream.continual(FOUR), batch_size=4, mean=None)
    whole = list(loader)
    assert len(whole) == len(loader) == 12
    running = iter(loader)
    for _ in range(5):
        next(running)
    state = json.loads(json.dumps(loader.state_dict()))
    running.close()
    again = StreamLoader(small(), Stream.continual(FOUR), batch_size=4, mean=None)
    again.load_state_dict(state)
    rest = list(again)
    assert [batch.start for batch in rest] == [batch.start for batch in whole[5:]]
    assert all(torch.equal(a.images, b.images) for a, b in zip(rest, whole[5:], strict=True))
    with pytest.raises(ce.StateError, match="another stream"):
        StreamLoader(small(), Stream.continual(FOUR, 4), batch_size=4).load_state_dict(state)
    for other in ({"samples": range(10)[::-1]}, {"geometry": ce.Geometry(crop=4)}, {"ids": "content"}, {"seed": 1}):
        with pytest.raises(ce.StateError, match="another stream"):
            StreamLoader(small(), Stream.continual(FOUR), batch_size=4, **other).load_state_dict(state)
    with pytest.raises(ce.StateError, match="no batch of this batch_size begins"):
        StreamLoader(small(), Stream.continual(FOUR), batch_size=3).load_state_dict(state)
    for none in ({}, None, {"samples": 4}):
        with pytest.raises(ce.StateError, match="no state of a StreamLoader"):
            again.load_state_dict(none)


def test_a_loop_that_was_left_is_begun_again():
    """It went on where the other had been left: a second model was shown the rest of the stream."""
    loader = StreamLoader(small(), Stream.continual(FOUR), batch_size=4, mean=None)
    whole = [batch.start for batch in loader]
    for batch in loader:
        if batch.start == whole[4]:
            break
    rest = [batch.start for batch in pickle.loads(pickle.dumps(loader))]  # which goes on, as a CorruptLoader's copy
    assert rest == [batch.start for batch in copy.deepcopy(loader)] == whole[5:]
    assert [batch.start for batch in loader] == whole


def test_a_dataloader_that_chooses_among_the_samples_is_refused():
    """All were shown, whatever its sampler said."""
    pairs = list(zip(*small(), strict=True))
    for chosen in ({"sampler": [3, 1]}, {"batch_sampler": [[3, 1]]}):
        given = torch.utils.data.DataLoader(pairs, **chosen)
        with pytest.raises(ce.OptionError, match=r"StreamLoader\(\) takes all 10 samples, .* sampler chooses"):
            StreamLoader(given, Stream.continual(FOUR))
    shuffled = torch.utils.data.DataLoader(pairs, shuffle=True, batch_size=5)
    assert len(StreamLoader(shuffled, Stream.continual(FOUR), batch_size=4)) == 12


def test_a_part_of_the_samples():
    chosen = [7, 2, 9]
    *_, ids, stages = all_of(StreamLoader(small(), Stream.continual(FOUR), samples=chosen))
    assert sorted(ids[stages == 1].tolist()) == [2, 7, 9]
    *_, ids, stages = all_of(StreamLoader(small(), Stream.continual(FOUR), limit=4))
    assert len(set(ids.tolist())) == 4 and len(ids) == 16


class Adapting(TinyModel):
    """Learns its own answers as it goes: what it says depends on all that it was shown, on momentum and on a draw."""

    def __init__(self, calls=10**9, reset=False):
        super().__init__(1.0, calls)
        self.seen = torch.nn.Parameter(torch.zeros(3))
        self.optimizer = torch.optim.SGD([self.seen], 0.5, momentum=0.9)
        self.resets = 0

    def forward(self, images):
        scores = super().forward(images) + self.seen + 0.3 * torch.rand(3)
        self.optimizer.zero_grad()
        torch.nn.functional.cross_entropy(scores, scores.argmax(1)).backward()
        self.optimizer.step()
        return scores.detach()

    def reset(self):
        self.resets += 1
        self.seen.data.zero_()


def run(model, stream=None, **options):
    torch.manual_seed(3)
    options = {
        "mean": 0.0,
        "std": 1.0,
        "progress": False,
        "batch_size": 4,
        "num_workers": 0,
        "save_every": 0,
        **options,
    }
    return ce.evaluate_stream(model, small(), stream or Stream.continual(FOUR), **options)


def same(a, b):
    return (
        (a.ids == b.ids).all()
        and (a.stages == b.stages).all()
        and all(np.array_equal(x, y) for x, y in zip(a.predictions, b.predictions, strict=True))
    )


@pytest.mark.parametrize("calls", [1, 5, 11])
def test_killed_and_gone_on_with(tmp_path, calls, monkeypatch):
    """The same answers, by the same weights, momentum and draws; what was answered is not asked again."""
    monkeypatch.setattr("corrupt_engine.streams.run.SHARE", 0)
    whole = run(Adapting())
    record = tmp_path / "run.sqlite"
    with pytest.raises(Killed):
        run(Adapting(calls), record=record)
    torch.manual_seed(99)
    model = Adapting()
    found = ce.evaluate_stream(
        model,
        small(),
        Stream.continual(FOUR),
        record=record,
        mean=0.0,
        std=1.0,
        progress=False,
        batch_size=4,
        num_workers=0,
        name="Adapting",
    )
    assert same(found, whole)
    assert 0 < model.images < 40
    done = Adapting()
    assert same(run(done, record=record), whole) and done.images == 0
    assert same(StreamReport.load(record), whole)


def test_the_kill_would_be_seen(tmp_path, monkeypatch):
    """Without the state of the model, or without its momentum, the answers are others."""
    monkeypatch.setattr("corrupt_engine.streams.run.SHARE", 0)
    monkeypatch.setattr("corrupt_engine.streams.record.optimizers", lambda model: {})
    whole, record = run(Adapting()), tmp_path / "run.sqlite"
    with pytest.raises(Killed):
        run(Adapting(5), record=record)
    assert not same(run(Adapting(), record=record), whole)


def test_a_model_without_a_state_begins_anew(tmp_path):
    def limited(calls):
        model = TinyModel(calls=calls)
        return lambda images: model(images).detach()

    record, shown = tmp_path / "run.sqlite", []
    with pytest.raises(Killed):
        run(limited(6), record=record, name="f")

    def answers(images):
        shown.append(len(images))
        return limited(10**9)(images)

    # another function under another name is told by the configuration, so it is given the same
    answers.__qualname__, answers.__module__ = limited(1).__qualname__, limited(1).__module__
    found = run(answers, record=record, name="f")
    assert sum(shown) == 40 and same(found, run(TinyModel(), name="f"))


def test_neither_mode_nor_gradients_are_touched():
    model = TinyModel()
    model.train()
    run(model)
    assert model.modes == {(True, True)}


def test_reset():
    model = Adapting()
    stream = Stream.continual(FOUR, reset=True)
    run(model, stream)
    assert model.resets == 4
    with pytest.raises(ce.OptionError, match=r"TinyModel has no method reset\(\)"):
        run(TinyModel(), stream)


def test_another_run_is_refused(tmp_path):
    record = tmp_path / "run.sqlite"
    with pytest.raises(ce.OptionError):
        run(TinyModel(), record=record, mean=(1, 2))
    run(TinyModel(), record=record)  # nothing was answered that would be another run's
    for options, words in (
        ({"seed": 1}, "seed was 0 and is 1 now"),
        ({"batch_size": 5}, "batch_size was 4 and is 5 now"),
        ({"stream": Stream.continual(FOUR, 3)}, "stream.conditions was"),
        ({"samples": [1, 2]}, "data.of_each_stage was 10 and is 2 now"),
        ({"mean": 0.5}, "mean was 0.0 and is 0.5 now"),
    ):
        with pytest.raises(ce.RecordError, match=re.escape(words)):
            run(TinyModel(), record=record, **options)
    with pytest.raises(ce.RecordError, match=r"model\.fingerprint was"):
        run(TinyModel(2.0), record=record)
    other = tmp_path / "text.sqlite"
    other.write_text("no record")
    with pytest.raises(ce.RecordError, match=r"text\.sqlite"):
        run(TinyModel(), record=other)
    with pytest.raises(ce.RecordError, match="does not exist"):
        StreamReport.load(tmp_path / "none.sqlite")


def test_an_unfinished_record_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("corrupt_engine.streams.run.SHARE", 0)
    with pytest.raises(Killed):
        run(Adapting(5), record=tmp_path / "run.sqlite")
    with pytest.raises(ce.RecordError, match="not finished: 18 of 40 answers"):
        StreamReport.load(tmp_path / "run.sqlite")


def test_numbers():
    """Against counting by hand."""
    report = run(TinyModel(), Stream((("fog", 5), ("contrast", 3), ("fog", 5), ("clean", 0))))
    wrong = report.predictions.prediction != report.labels
    by_stage = [wrong[report.stages == n].mean() for n in range(4)]
    assert report.errors.tolist() == pytest.approx(by_stage) and report.mean_error == pytest.approx(np.mean(by_stage))
    assert report.domains[ce.Condition("fog", 5, 0)] == pytest.approx((by_stage[0] + by_stage[2]) / 2)
    assert report.mean_error_at(5) == pytest.approx((by_stage[0] + by_stage[2]) / 2)
    times, errors = report.over_time(7)
    assert times.tolist() == list(range(1, 41))
    assert errors.tolist() == pytest.approx([wrong[max(0, n - 7) : n].mean() for n in times])
    clean = ce.evaluate(TinyModel(), small(), "imagenet-c-extra", mean=0.0, std=1.0, progress=False, check=False)
    assert report.errors[3] == pytest.approx(clean.clean_error)
    with pytest.raises(ce.OptionError, match="no stage of the stream has severity 2"):
        report.mean_error_at(2)


def test_what_is_saved(tmp_path):
    reports = [run(TinyModel(), name="<a>"), run(TinyModel(2.0), name="b")]
    page = ce.save_streams(reports, tmp_path / "s.html").read_text()
    assert "&lt;a&gt;" in page and "<a>" not in page and page.count("<polyline") == 2 and "mean over stages" in page
    held = json.loads(ce.save_streams(reports, tmp_path / "s.json").read_text())["streams"]
    assert held[0]["mean_error"] == reports[0].mean_error and Stream(**held[0]["stream"]) == reports[0].stream
    rows = list(csv.DictReader((reports[0].save(tmp_path / "s.csv")).read_text().splitlines()))
    assert len(rows) == 40 and rows[10]["corruption"] == "gaussian_noise" and rows[10]["stage"] == "2"
    assert np.mean([row["prediction"] != row["label"] for row in rows]) == pytest.approx(reports[0].mean_error)
    text = reports[0].save(tmp_path / "s.txt").read_text()
    assert f"{100 * reports[0].mean_error:.1f}" in text and str(reports[0]) in text
    with pytest.raises(ce.UnknownNameError, match=r"\.xml"):
        reports[0].save(tmp_path / "s.xml")
    with pytest.raises(ce.OptionError, match="different streams"):
        ce.save_streams([reports[0], run(TinyModel(), Stream.mixed(FOUR))], tmp_path / "s.txt")
    with pytest.raises(ce.OptionError, match="no reports"):
        ce.save_streams([], tmp_path / "s.txt")
    assert "'=1+1" in run(TinyModel(), name="=1+1").save(tmp_path / "s.csv").read_text()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"seed": 1}, "seed is 0 and 1"),
        ({"data": small(9)}, "data.samples is 10 and 9"),
        ({"data": (small()[0][::-1], small()[1])}, "data.fingerprint is"),
        ({"samples": range(5)}, "ids are others"),
        ({"variant": "imagenet-64-c"}, "variant is None and imagenet-64-c"),
    ],
)
def test_what_was_shown_otherwise_is_not_drawn_beside(tmp_path, other, words):
    """The page said the first one's seed and images of all."""
    options = {"progress": False, **other}
    beside = ce.evaluate_stream(TinyModel(2.0), options.pop("data", small()), Stream.continual(FOUR, 1), **options)
    first = ce.evaluate_stream(TinyModel(), small(), Stream.continual(FOUR, 1), progress=False, batch_size=3)
    with pytest.raises(ce.OptionError, match=words):
        ce.save_streams([first, beside], tmp_path / "s.html")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Stream(()), ce.OptionError, "no conditions"),
        (lambda: StreamLoader(small(), Stream.continual(["fogg"])), ce.UnknownNameError, "fog"),
        (lambda: Stream.continual(10), ce.OptionError, "0 to 9"),
        (lambda: Stream.continual([]), ce.OptionError, "neither a benchmark"),
        (lambda: Stream.continual(3.5), ce.OptionError, "neither a benchmark"),
        (lambda: Stream.continual(correlation=-1), ce.OptionError, "correlation -1"),
        (lambda: Stream.continual(correlation=np.inf), ce.OptionError, "correlation inf"),
        (lambda: Stream.gradual("imagenet-c", 3), ce.OptionError, "severities 3 is no list"),
        (lambda: Stream.recurring(0), ce.OptionError, "visits 0"),
        (lambda: Stream((("fog", 5),), mix=True, reset=True), ce.OptionError, "reset=True has no meaning"),
        (lambda: StreamLoader(small(), "continual"), ce.OptionError, "Stream is needed"),
        (lambda: StreamLoader(small(), Stream.continual(FOUR), shuffle=True), ce.OptionError, "shuffle"),
        (lambda: StreamLoader(small(), Stream.continual(FOUR), on_error="skip"), ce.OptionError, "on_error"),
        (lambda: StreamLoader(small(), Stream.continual(FOUR), batch_size=0), ce.OptionError, "batch_size 0"),
        (lambda: StreamLoader(small(), Stream.continual(FOUR), samples=[1, 99]), ce.OptionError, "1 to 99"),
        (lambda: StreamLoader(small(), Stream.continual(FOUR), samples=[1, 1]), ce.OptionError, "once each"),
        (lambda: StreamLoader(small(), Stream.continual(FOUR), samples=[]), ce.OptionError, "list of sample numbers"),
        (lambda: Stream.mixed(FOUR, correlation=0).plan([1, 2], None, 0), ce.OptionError, "pass labels"),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_answers_that_are_no_numbers_are_told(tmp_path):
    """A method that diverges has an error of 100 %, and nothing said why."""

    class Diverges(TinyModel):
        shown = 0

        def forward(self, images):
            self.shown += len(images)
            return super().forward(images) * (np.nan if self.shown > 15 else 1)

    stream = Stream.continual(["contrast", "fog"], 1)
    report = ce.evaluate_stream(Diverges(), small(), stream, batch_size=5, name="<tent>", progress=False)
    assert report.invalid == 5 and report.wrong[15:].all()
    said = "5 of 20 answers rest on scores that are NaN or infinite, the first in stage 2; they count as wrong."
    assert str(report).endswith(f"<tent>: {said}") and said in report.save(tmp_path / "a.html").read_text()
    assert json.loads(report.save(tmp_path / "a.json").read_text())["streams"][0]["invalid_answers"] == 5
    assert "NaN" not in str(ce.evaluate_stream(TinyModel(), small(), stream, progress=False))


def test_numbers_of_numpy_and_paths_are_as_good(tmp_path):
    """They ended in errors about JSON, when a run began."""
    own = tmp_path / "own.toml"
    own.write_text('name = "own"\nsource = "a test"\n[corruptions.contrast]\ntable = { factor = [0.5, 0.2] }\n')
    stream = Stream((("contrast", 2),), correlation=np.float32(0.1), stage_size=np.int64(6), variant=own)
    assert stream == Stream((("contrast", 2),), correlation=0.1, stage_size=6, variant=str(own))
    assert json.loads(json.dumps(stream.to_dict()))["stage_size"] == 6
    assert Stream.continual(own, 2) == Stream.continual(str(own), 2) and Stream.continual(np.int64(3)).name
    numbers = {n: np.int64(n) for n in range(3)}
    given = {"batch_size": np.int64(4), "limit": np.int64(8), "seed": np.int64(1), "as_stored": np.False_}
    options = {"labels": numbers, "variant": own, "record": tmp_path / "s.sqlite", "progress": False, **given}
    report = ce.evaluate_stream(TinyModel(), small(), stream, **options)
    assert report.batch_size == 4 and report.settings["variant"] == str(own)
    again = ce.evaluate_stream(TinyModel(), small(), stream, **{**options, "batch_size": 4, "variant": str(own)})
    assert np.array_equal(again.predictions.prediction, report.predictions.prediction)


@pytest.fixture
def methods(monkeypatch):
    """The example's module."""
    folder = Path(__file__).parent.parent / "examples"
    monkeypatch.syspath_prepend(str(folder))
    spec = importlib.util.spec_from_file_location("test_time_adaptation", folder / "test_time_adaptation.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("evaluate_photographs", None)


def network():
    torch.manual_seed(1)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(4, 3),
    ).eval()


def test_the_methods_of_the_example(methods):
    plain, images = network(), torch.rand(6, 3, 8, 8)
    assert torch.equal(methods.Source(plain)(images), plain(images))
    # by hand: the batch's own mean and biased variance
    made = plain[0](images)
    mean, spread = made.mean((0, 2, 3), keepdim=True), made.var((0, 2, 3), correction=0, keepdim=True)
    by_hand = plain[2:]((made - mean) / (spread + plain[1].eps).sqrt())
    assert torch.allclose(methods.BatchStatistics(plain)(images), by_hand, atol=1e-6)
    tent = methods.Tent(plain, rate=0.1)
    first, second = tent(images), tent(images)
    assert torch.allclose(first, by_hand, atol=1e-6)

    def entropy(scores):
        return float(-(scores.softmax(1) * scores.log_softmax(1)).sum(1).mean())

    assert entropy(second) < entropy(first)
    tent.reset()
    assert torch.equal(tent(images), first)
    assert plain[1].training is False and plain[1].running_mean is not None


@pytest.mark.parametrize("kill", [3, 7])
def test_tent_goes_on_after_a_kill(methods, tmp_path, monkeypatch, kill):
    monkeypatch.setattr("corrupt_engine.streams.run.SHARE", 0)
    whole = run(methods.Tent(network(), rate=0.5))
    dying = methods.Tent(network(), rate=0.5)
    calls = []
    forward = dying.forward

    def dies(images):
        calls.append(len(images))
        if len(calls) > kill:
            raise Killed
        return forward(images)

    dying.forward = dies
    with pytest.raises(Killed):
        run(dying, record=tmp_path / "run.sqlite")
    assert same(run(methods.Tent(network(), rate=0.5), record=tmp_path / "run.sqlite"), whole)
    assert not same(run(methods.BatchStatistics(network())), whole)
