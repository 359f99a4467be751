"""From files and back, bit for bit: going on equals never having stopped."""

import dataclasses
import json

import pytest
import torch
from torch import nn

from nlpseq.config import read
from nlpseq.durable import Log
from nlpseq.errors import SettingError
from nlpseq.training.averaging import Average
from nlpseq.training.checkpoint import (
    Engine,
    State,
    best_weights,
    check_identity,
    pack,
    unpack,
)
from nlpseq.training.optimizers import OPTIMIZERS
from nlpseq.training.schedules import SCHEDULES

SETTINGS = {"rmsprop": [{}, {"momentum": 0.5}], "sgd": [{}, {"momentum": 0}, {"nesterov": True}]}
OPTIMISERS = [(name, given) for name in OPTIMIZERS for given in SETTINGS.get(name, [{}])]


class Tagger(nn.Module):
    """Recurrent, with a buffer of whole numbers and a tied weight."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 3, batch_first=True)
        self.output = nn.Linear(3, 3)
        self.tied = nn.Linear(3, 3, bias=False)
        self.tied.weight = self.output.weight
        self.register_buffer("seen", torch.tensor(0))

    def forward(self, inputs):
        self.seen += 1
        return self.tied(self.output(self.lstm(inputs)[0]))


def build(optimizer, given, *, average=2, schedule="plateau", seed=0):
    torch.manual_seed(seed)
    model = Tagger()
    member, course = OPTIMIZERS[optimizer], SCHEDULES[schedule]
    return Engine(
        model,
        member(model.parameters(), read(member.Settings, given)),
        course(read(course.Settings, {})),
        Average(average),
    )


def advance(engine, steps):
    """Train on what depends on the step alone, and validate after each."""
    for step in steps:
        inputs = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(step))
        engine.optimizer.zero_grad()
        engine.model(inputs).square().mean().backward()
        for group in engine.optimizer.param_groups:
            group["lr"] = 0.01 * engine.schedule.factor(step, 0.5)
        engine.optimizer.step()
        engine.average.add(engine.model.state_dict())
        engine.schedule.validated(step % 3 == 0)


STATE = State(epoch=2, batch=5, update=3, examples=96, minutes=0.1 + 0.2, best=81.25, refused=[2])


@pytest.mark.parametrize(("name", "given"), OPTIMISERS)
def test_to_go_on_equals_never_to_have_stopped(name, given):
    unbroken = build(name, given)
    advance(unbroken, range(1, 4))
    files = pack(STATE, unbroken, {"seed": 1})
    advance(unbroken, range(4, 8))

    resumed = build(name, given, seed=9)
    assert unpack(files, resumed) == STATE
    assert pack(STATE, resumed, {"seed": 1}) == files
    advance(resumed, range(4, 8))
    assert pack(STATE, resumed, {"seed": 1}) == pack(STATE, unbroken, {"seed": 1})


TENSORS = ["weights", "optimizer", "average-0", "average-2"]


@pytest.mark.parametrize("part", [*(f"{name}.safetensors" for name in TENSORS), "schedule"])
def test_a_part_of_another_training_would_show(part):
    unbroken, other = build("adam", {}, average=5), build("adam", {}, average=5)
    advance(unbroken, range(1, 4))
    advance(other, range(11, 15))
    files, strange = pack(STATE, unbroken, {}), pack(STATE, other, {})
    if part == "schedule":
        state, wrong = (json.loads(each["state.json"]) for each in (files, strange))
        files["state.json"] = json.dumps({**state, "schedule": wrong["schedule"]}).encode()
    else:
        files[part] = strange[part]
    resumed = build("adam", {}, average=5)
    unpack(files, resumed)
    for engine in (resumed, unbroken):
        advance(engine, [4])
    assert pack(STATE, resumed, {}) != pack(STATE, unbroken, {})


@pytest.mark.parametrize(("name", "given"), OPTIMISERS)
def test_before_the_first_step_there_is_something_to_keep_as_well(name, given):
    files = pack(State(), build(name, given), {})
    resumed = build(name, given, seed=9)
    assert unpack(files, resumed) == State()
    unbroken = build(name, given)
    for engine in (resumed, unbroken):
        advance(engine, range(1, 3))
    assert pack(State(), resumed, {}) == pack(State(), unbroken, {})


def test_every_field_of_the_state_comes_back():
    state = State(*[number + 1 for number, _ in enumerate(dataclasses.fields(State))])
    state.refused, state.log_digest = [1, 5, 9], "abc"
    engine = build("sgd", {})
    assert unpack(pack(state, engine, {}), engine) == state


def test_a_fresh_state_goes_with_an_empty_log(tmp_path):
    log = Log(tmp_path / "log")
    assert log.mark() == (State().log_length, State().log_digest)


def test_what_a_resumed_run_must_share_is_written_beside():
    files = pack(State(), build("sgd", {}), {"data": "d1", "settings": {"a": 1}})
    assert json.loads(files["state.json"])["identity"] == {"data": "d1", "settings": {"a": 1}}


def test_a_setting_that_is_new_since_then_had_its_usual_value():
    model = {"name": "seq2seq", "embedding": {"width": 8}}
    before = {"data": {}, "settings": {"search": {"beam": 5}, "model": model}}
    files = pack(State(), build("sgd", {}), before)
    now = {**before, "processes": 1, "columns": {}, "computed": {}}

    def check(precision, normalised):
        model = {"name": "seq2seq", "embedding": {"width": 8, "normalised": normalised}}
        settings = {"search": {"beam": 5, "precision": precision}, "model": model}
        check_identity(files, {**now, "settings": settings}, pytest.fail)

    check("fp32", False)
    with pytest.raises(SettingError, match="search.precision changed .* 'int8', expected 'fp32'"):
        check("int8", False)
    with pytest.raises(SettingError, match="embedding.normalised changed .* True, expected False"):
        check("fp32", True)


def test_a_member_that_changed_is_named_and_a_setting_that_is_gone_after_it():
    same = {"data": {}, "columns": {}, "processes": 1, "computed": {}}

    def model(name, **given):
        return {
            **same,
            "settings": {"model": {"name": "seq2seq", "decoder": {"name": name, **given}}},
        }

    files = pack(State(), build("sgd", {}), model("fused", gone=True))
    with pytest.raises(SettingError, match=r"decoder.name changed .* 'input_feeding', expected"):
        check_identity(files, model("input_feeding"), pytest.fail)
    with pytest.raises(SettingError, match=r"decoder.gone was True at .* and is none any more"):
        check_identity(files, model("fused"), pytest.fail)


def test_another_device_or_version_is_told_of():
    same = {"data": {}, "settings": {}, "columns": {}, "processes": 1}
    before, now = (
        {**same, "computed": {"device": at, "torch": "2.13.0"}} for at in ("cuda", "cpu")
    )
    files, said = pack(State(), build("sgd", {}), before), []
    check_identity(files, before, said.append)
    assert said == []
    check_identity(files, now, said.append)
    assert [line.split(":")[0] for line in said] == ["device was cuda and is cpu"]


def test_without_averaging_no_copy_of_the_weights_is_kept():
    engine = build("sgd", {}, average=1)
    advance(engine, range(1, 4))
    files = pack(State(), engine, {})
    assert set(files) == {"weights.safetensors", "optimizer.safetensors", "state.json"}
    torch.testing.assert_close(best_weights(files), dict(engine.model.state_dict()), rtol=0, atol=0)


@pytest.mark.parametrize("points", [2, 12])
def test_the_best_weights_are_the_mean_to_the_last_bit_whatever_the_order_of_the_files(points):
    engine = build("sgd", {"learning_rate": 0.5}, average=points)
    advance(engine, range(1, points + 1))
    files = pack(State(), engine, {})
    found = best_weights(dict(sorted(files.items())))
    torch.testing.assert_close(found, dict(engine.average.mean()), rtol=0, atol=0)
    assert found["seen"] == points


def test_fewer_points_than_before_are_not_mixed_with_older_ones():
    early, late = build("sgd", {}, average=5), build("sgd", {}, average=5)
    advance(early, range(1, 3))
    advance(late, range(1, 6))
    unpack(pack(State(), early, {}), late)
    assert len(late.average.points) == 2
    torch.testing.assert_close(late.average.mean(), early.average.mean(), rtol=0, atol=0)
