"""Updates one by one: the rate and the gradient that each is made with, and those refused."""

import contextlib
import itertools
import json
import math
from pathlib import Path

import pytest
from torch.optim.optimizer import register_optimizer_step_pre_hook

import nlpseq
from nlpseq.errors import DivergedError
from nlpseq.model.labeller import Labeller
from nlpseq.training import loop as training_loop
from nlpseq.training.run import Run
from nlpseq.training.schedules import SCHEDULES
from tests.campaigns.tiny import SETTINGS, write_data

RATE = SETTINGS["training.optimizer.learning_rate"]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    write_data(tmp_path)


def train(out="run", **settings):
    given = {name.replace("__", "."): value for name, value in settings.items()}
    return nlpseq.train("sentiment", {**SETTINGS, "data.train": "data.tsv", **given}, out=out)


@pytest.fixture
def rates():
    """The learning rate of each step, as the optimizer sees it."""
    found = []
    handle = register_optimizer_step_pre_hook(
        lambda optimizer, *given: found.append(optimizer.param_groups[0]["lr"])
    )
    yield found
    handle.remove()


@pytest.fixture
def norms():
    """The length of the gradient of each step, as the optimizer sees it."""
    found = []

    def measure(optimizer, *given):
        gradients = [each.grad for group in optimizer.param_groups for each in group["params"]]
        found.append(math.hypot(*(float(gradient.norm()) for gradient in gradients)))

    handle = register_optimizer_step_pre_hook(measure)
    yield found
    handle.remove()


@pytest.fixture
def minutes(monkeypatch):
    """The minutes that were spent before each update."""
    found = []
    update = training_loop.Loop.update

    def noted(loop, batches):
        found.append(loop.state.minutes)
        return update(loop, batches)

    monkeypatch.setattr(training_loop.Loop, "update", noted)
    return found


def refuse(monkeypatch, refused):
    """Take the gradient of some updates, by their numbers, for one without finite numbers."""
    clip, numbers = training_loop.gradients.clip, itertools.count(1)

    def clipped(*given):
        norm = clip(*given)
        return math.nan if refused(next(numbers)) else norm

    monkeypatch.setattr(training_loop.gradients, "clip", clipped)


def newest(run):
    """The state in the newest checkpoint; none may be damaged."""
    return Run(Path(run)).newest(lambda line: pytest.fail(line)).state["state"]


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_each_update_is_made_at_the_rate_of_the_schedule(rates, name):
    run = train(training__schedule={"name": name, "warmup": 3}, training__validate_every=1).folder
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    scores = {line["update"]: line["accuracy"] for line in lines}

    schedule = SCHEDULES[name](SCHEDULES[name].Settings(warmup=3))
    expected, best = [], -1
    for update in range(1, len(rates) + 1):
        expected.append(RATE * schedule.factor(update, update / len(rates)))
        if update in scores:
            schedule.validated(scores[update] > best)
            best = max(best, scores[update])
    assert rates == pytest.approx(expected)
    assert len(set(rates)) > (2 if name == "constant" else 4)


def test_a_time_budget_is_kept_and_the_schedule_reaches_its_end(rates, minutes):
    budget, asked = 0.03, {"name": "cosine", "warmup": 0}
    run = train(
        training__max_minutes=budget, training__epochs=10**6, training__schedule=asked
    ).folder
    assert minutes[-1] < budget <= newest(run)["minutes"]
    schedule = SCHEDULES["cosine"](SCHEDULES["cosine"].Settings(warmup=0))
    expected = [RATE * schedule.factor(1, spent / budget) for spent in minutes]
    assert rates == pytest.approx(expected, rel=1e-3)
    assert rates[-1] < RATE / 2  # far less, but for a machine that stood still


def test_no_step_follows_a_gradient_longer_than_asked_for(norms):
    train("free", training__clip=0.0)
    longest = norms[0] / 2
    norms.clear()
    train("clipped", training__clip=longest)
    assert norms[0] == pytest.approx(longest)
    assert max(norms) == pytest.approx(longest)


REFUSED = {
    "ten in a row": (lambda update: update > 4, 14),
    "more than one in a hundred": (lambda update: update % 2, 21),
}


@pytest.mark.parametrize(("refused", "last"), REFUSED.values(), ids=REFUSED)
def test_numbers_that_are_not_finite_end_the_training_with_the_last_checkpoint_whole(
    monkeypatch, refused, last
):
    refuse(monkeypatch, refused)
    message = rf"diverged at update {last}: .*rows in diverged-{last}\.json"
    with pytest.raises(DivergedError, match=message):
        train(training__epochs=10)
    rows = json.loads(Path(f"run/diverged-{last}.json").read_text())["rows"]
    assert rows
    assert all(isinstance(row, int) for row in rows)
    assert last - 2 <= newest("run")["update"] < last


@pytest.mark.parametrize(("again", "ends"), [(100, True), (101, False)])
def test_refused_updates_that_are_long_past_do_not_count(monkeypatch, again, ends):
    monkeypatch.setattr(training_loop, "_OF_THE_LAST", 100)  # so that two are too many
    refuse(monkeypatch, lambda update: update in (1, again))
    expected = pytest.raises(DivergedError) if ends else contextlib.nullcontext()
    with expected:
        train(training__epochs=35, training__validate_every=50)
    assert Path("run/diverged-100.json").exists() == ends


def test_a_loss_that_is_not_finite_stays_out_of_the_log_and_stops_no_save(monkeypatch):
    objective, calls = Labeller.objective, itertools.count(1)

    def spoilt(model, batch):
        sums = objective(model, batch)
        return sums._replace(loss=sums.loss * math.nan) if next(calls) == 2 else sums

    monkeypatch.setattr(Labeller, "objective", spoilt)
    run = train(training__save_every=1).folder
    first = json.loads((run / "metrics.jsonl").read_text().splitlines()[0])
    assert first["loss"] > 0
