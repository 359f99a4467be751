"""Where the time goes: all of it is told, and telling changes nothing."""

import dataclasses
import json
import re

import pytest
import torch

import nlpseq
from nlpseq.data.batches import Held, collate
from nlpseq.model import MODELS
from nlpseq.model.cells import CELLS
from nlpseq.model.cells.protocol import Cell
from nlpseq.model.labeller import LabellerSettings
from nlpseq.settings import resolve
from nlpseq.text.vocabulary import Vocabulary
from nlpseq.training import profile
from nlpseq.training.loop import Hooks, Loop
from nlpseq.training.profile import Meter, operation_counter, profiled
from nlpseq.training.progress import Progress
from nlpseq.training.run import open_run

TINY = {
    "text.tokenizer": "whitespace",
    "model.embedding.width": 8,
    "model.encoder.width": 8,
    "training.epochs": 2,
    "training.batch_rows": 8,
    "training.threads": 1,
    "training.precision": "fp32",
}
TEXTS = {
    **{key: value for key, value in TINY.items() if key != "training.batch_rows"},
    "model.decoder.width": 8,
    "model.decoder.layers": 1,
    "training.epochs": 1,
    "training.batch_tokens": 64,
    "training.precision": "bf16",
}


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "data.tsv"
    rows = (f"the {n} {'good' if n % 2 else 'bad'} films\t{'yn'[n % 2]}\n" for n in range(160))
    path.write_text("text\tlabel\n" + "".join(rows))
    return {**TINY, "data.train": str(path)}


@pytest.fixture
def texts(tmp_path):
    for code in ("de", "en"):
        lines = (f"{n % 7} {n % 5} {n}\n" for n in range(120))
        (tmp_path / f"train.{code}").write_text("".join(lines))
    return {**TEXTS, "data.train": str(tmp_path / "train"), "data.languages": ["de", "en"]}


def told(task, settings, out, **more):
    said = []
    nlpseq.train(task, settings, out=out, say=said.append, **more)
    return said


def table(said):
    """The rows of the table by their names, and the line below it."""
    start = next(n for n, line in enumerate(said) if line.startswith("part "))
    end = next(n for n, line in enumerate(said) if "matrix rate " in line and n > start)
    rows = (re.split(" {2,}", line) for line in said[start + 1 : end])
    return {name: cells for name, *cells in rows}, said[end]


@pytest.mark.parametrize(
    ("task", "data", "expected"),
    [
        ("sentiment", "labels", {"embedding", "encoder", "pooling", "output"}),
        ("translation", "texts", {"embedding", "encoder", "decoder", "attention", "output"}),
    ],
)
def test_every_part_is_told_and_their_shares_are_the_whole(request, tmp_path, task, data, expected):
    settings = request.getfixturevalue(data)
    rows, last = table(told(task, settings, tmp_path / "run", profile=True))
    assert {*expected, "data", "backward", "optimiser", "validating and saving"} <= rows.keys()
    shares = [float(cells[1].removesuffix("%")) for cells in rows.values()]
    assert sum(shares) == pytest.approx(100, abs=0.05 * len(shares))
    assert all(len(rows[name]) == 3 for name in ("encoder", "backward"))  # operations were counted
    assert len(rows["data"]) == 2
    assert " updates, " in last


@pytest.mark.parametrize(("precision", "rate"), [("fp32", 3), ("bf16", 7)])
def test_the_rate_is_that_of_the_precision(precision, rate, labels, tmp_path, monkeypatch):
    rates = {torch.float32: 3e9, torch.bfloat16: 7e9}
    monkeypatch.setattr(profile, "matrix_rate", lambda dtype, device: rates[dtype])
    given = {**labels, "training.precision": precision}
    said = told("sentiment", given, tmp_path / "run", profile=True)
    assert table(said)[1].endswith(f"matrix rate {rate} GFLOP/s in {precision}")


def test_a_profile_is_told_only_when_asked_for_and_changes_no_weight(labels, tmp_path):
    quiet = told("sentiment", labels, tmp_path / "quiet")
    told("sentiment", labels, tmp_path / "told", profile=True)
    assert not any("matrix rate" in line for line in quiet)
    weights = [tmp_path / run / "model/weights.safetensors" for run in ("quiet", "told")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_the_command_line_asks_for_it(labels, tmp_path, capfd):
    from nlpseq.cli import run

    words = [f"--set={name}={json.dumps(value)}" for name, value in labels.items()]
    assert run(["train", "sentiment", "--profile", "--out", str(tmp_path / "run"), *words]) == 0
    assert "share of matrix rate" in capfd.readouterr().err


@pytest.fixture
def loop(tmp_path):
    """A loop whose next update fails, as the batch lacks a column."""
    words = Vocabulary.of_tokens({"good": 1, "bad": 1}, size=8)
    model = MODELS["labeller"].build(LabellerSettings(), {"source": words, "target": words})
    hooks = Hooks(lambda model: None, lambda model: None, Progress(print), lambda *found: None)
    with open_run(tmp_path / "run", overwrite=False, resume=False) as run:
        training = dataclasses.replace(resolve([]).training, precision="fp32")
        yield Loop(model, Held({"source": [[4]]}), training, run, hooks)


def test_what_was_wrapped_is_left_as_it_was_also_after_an_error(loop):
    def attributes():
        owners = (loop, loop.engine.optimizer, *loop.model.modules())
        return [sorted(vars(owner)) for owner in owners]

    said, before = [], attributes()
    with profiled(loop, said.append, wanted=True):
        assert attributes() != before
    with pytest.raises(KeyError, match="target"), profiled(loop, said.append, wanted=True):
        loop.update([collate(loop.corpus, [0])])
    assert attributes() == before
    assert said[-1].startswith("1 updates")


def test_a_meter_gives_each_reading_to_the_innermost_part():
    readings = iter([0, 1, 3, 7, 15, 31, 63])
    meter = Meter(lambda: next(readings), "outside")
    with meter.part("outer"):
        with meter.part("inner"):
            assert meter.running == "inner"
        assert meter.running == "outer"
    with meter.part("inner"):
        pass
    assert meter.totals == {"outside": 1 + 16, "outer": 2 + 8, "inner": 4 + 32}


@pytest.mark.parametrize("name", list(CELLS))
def test_the_operations_of_an_unrolled_cell_are_those_of_its_steps(name):
    torch.manual_seed(0)
    cell = CELLS[name](5, 4)
    inputs, mask = torch.randn(3, 7, 5, requires_grad=True), torch.ones(3, 7, dtype=torch.bool)
    state = cell.initial_state(3)
    state = type(state)(*(part.requires_grad_() for part in state))
    counts = []
    for unroll in (cell.unroll, lambda *given: Cell.unroll(cell, *given)):
        with operation_counter() as counter:
            unroll(inputs, state, mask).sum().backward()
        counts.append(counter.get_total_flops())
    blocks = 3 if name == "gru" else 4
    assert counts[0] == counts[1] == 6 * 3 * 7 * blocks * 4 * (5 + 4)
