"""The kit passes what keeps the contract, and each of its tests catches what breaks it."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from nlpseq.evaluation.baselines import BASELINES
from nlpseq.evaluation.baselines.protocol import Baseline
from nlpseq.metrics.accuracy import Accuracy
from nlpseq.model import MODELS
from nlpseq.model.labeller import Labeller
from nlpseq.model.protocol import Sums
from nlpseq.task import TASKS, VERBS, Column, Example, Task
from nlpseq.testing import TaskContract
from nlpseq.testing.corpus import LEXICON, rows_of
from nlpseq.testing.trial import Trial

SMALL = {
    "training.epochs": 3,
    "model.embedding.width": 8,
    "model.encoder.width": 8,
}


class TestSentiment(TaskContract):
    task = "sentiment"


class OnTexts(TaskContract):
    """Of a model that searches, small enough to learn at once."""

    settings = {
        "text.tokenizer.name": "nltk",
        "model.embedding.width": 32,
        "model.encoder.width": 16,
        "model.decoder.width": 32,
        "training.optimizer.learning_rate": 0.01,
    }


class TestTranslation(OnTexts):
    task = "translation"


class TestSummarization(OnTexts):
    task = "summarization"


class First(Baseline):
    """Gives the label it saw first."""

    summary = "the first label"

    def fit(self, examples):
        self.label = [example.target for example in examples][0]

    def predict(self, sources):
        return [self.label for _ in sources]


class Plain(Task):
    name = "plain"
    verb = "say"
    summary = "Say what it is."
    columns = (Column("text", kind="text"), Column("label", kind="label"))
    model = "sound"
    metrics = (Accuracy,)
    baseline = "sound"


class Dropping(Plain):
    def examples(self, rows):
        return (example for example in super().examples(rows) if "river" not in example.source)


class Sorting(Plain):
    def examples(self, rows):
        return iter(sorted(super().examples(rows), key=lambda example: str(example.source)))


class Remembering(Plain):
    def examples(self, rows):
        before = ""
        for row in rows:
            yield Example(before + row["text"], row["label"])
            before = row["text"]


class Forgiving(Plain):
    def examples(self, rows):
        for row in rows:
            yield Example(row["text"], row["label"] if row["label"] in LEXICON else "thing")


class Misnamed(Plain):
    name = "plainer"


class Mean(Labeller):
    def objective(self, batch):
        loss, count = super().objective(batch)
        return Sums(loss / count, count / count)


class Unmasked(Labeller):
    """Sees padding as words."""

    def forward(self, batch):
        scores, weights = super().forward(batch)
        return scores + batch.source.ids.shape[1] * torch.tensor([0.1, -0.1]), weights


class Comparing(Labeller):
    """Looks at the other rows of the batch."""

    def forward(self, batch):
        scores, weights = super().forward(batch)
        return scores - scores.mean(0), weights


class Idle(Labeller):
    """Has a parameter that nothing uses."""

    def __init__(self, *about):
        super().__init__(*about)
        self.spare = nn.Parameter(torch.ones(2))


class Forgetful(Labeller):
    """Learns that answers must be turned around, and does not keep it with its weights."""

    turned = 1

    def forward(self, batch):
        scores, weights = super().forward(batch)
        self.turned = -1 if self.training else self.turned
        return scores * self.turned, weights


class Moody(Labeller):
    """Drops out while it answers."""

    def predict(self, batch, search):
        self.train()
        return super().predict(batch, search)


class Stubborn(Labeller):
    """Learns nothing."""

    def objective(self, batch):
        loss, count = super().objective(batch)
        return Sums(loss * 0 + count, count)


class Upside(Accuracy):
    higher_is_better = False


class Counting(Accuracy):
    """Gives the segments it meets later a greater weight."""

    met = 0

    def statistics(self, hypothesis, references):
        self.met += 1
        return self.met * super().statistics(hypothesis, references)


class Undefined(Accuracy):
    def score(self, total):
        return super().score(total)._replace(value=float(np.divide(*total + 0.0)))


class Short(First):
    def predict(self, sources):
        return super().predict(sources)[1:]


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """Try a task, with a model and a baseline, none of which is installed."""
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    for table in (TASKS, VERBS, MODELS, BASELINES):
        monkeypatch.setattr(table, "_given", {})

    def trial(task=Plain, model=Labeller, baseline=First):
        TASKS.give("plain", task, "a test")
        VERBS.give("say", task, "a test")
        MODELS.give("sound", model, "a test")
        BASELINES.give("sound", baseline, "a test")
        return Trial(task(), rows_of(task(), ()), tmp_path, SMALL)

    return trial


class Contract(TaskContract):
    task = "plain"


TESTS = [name for name in dir(TaskContract) if name.startswith("test_")]


def run(name, trial):
    getattr(Contract(), name)(trial)


def test_a_sound_task_passes(trial):
    sound = trial()
    for name in TESTS:
        if "line_out" not in name:  # which asks another process, that knows installed tasks only
            run(name, sound)


BREACHES = {
    "test_it_is_installed_under_its_name_and_its_verb": [{"task": Misnamed}],
    "test_rows_become_examples_one_for_one_and_each_by_itself": [
        {"task": Dropping},
        {"task": Sorting},
        {"task": Remembering},
    ],
    "test_training_lowers_the_loss": [{"model": Stubborn}],
    "test_the_model_that_is_loaded_is_the_one_that_was_best": [{"model": Forgetful}],
    "test_answers_repeat_from_load_to_load": [{"model": Moody}],
    "test_neighbours_in_a_batch_change_nothing": [{"model": Comparing}, {"model": Unmasked}],
    "test_padding_changes_nothing": [{"model": Unmasked}],
    "test_the_objective_of_a_batch_is_the_sum_over_its_rows": [{"model": Mean}],
    "test_gradients_reach_every_parameter": [{"model": Idle}],
    "test_perfect_answers_score_best": [{"task": type("T", (Plain,), {"metrics": (Upside,)})}],
    "test_statistics_of_a_segment_do_not_depend_on_others": [
        {"task": type("T", (Plain,), {"metrics": (Counting,)})},
        {"task": type("T", (Plain,), {"metrics": (Undefined,)})},
    ],
    "test_the_baseline_fits_and_answers": [{"baseline": Short}],
    "test_a_row_without_a_value_is_refused_with_its_line": [],  # no task can break this; see below
    "test_an_unknown_label_is_refused_with_its_line": [{"task": Forgiving}],
    "test_a_line_in_gives_a_line_out_and_a_blank_one_stays_blank": [{}],
}


def test_every_test_of_the_kit_is_tried_here():
    assert sorted(BREACHES) == TESTS


@pytest.mark.filterwarnings("ignore:.*divide:RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "parts"), [(name, parts) for name, several in BREACHES.items() for parts in several]
)
def test_a_breach_is_caught(trial, name, parts):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run(name, trial(**parts))


def test_a_core_that_lets_incomplete_rows_pass_is_caught(trial, monkeypatch):
    monkeypatch.setattr("nlpseq.data.source.is_blank", lambda value: False)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run("test_a_row_without_a_value_is_refused_with_its_line", trial())


def test_without_pytest_the_kit_says_what_to_install():
    code = "import sys; sys.modules['pytest'] = None; from nlpseq.testing import TaskContract"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pytest is not installed; install it with: pip install 'nlpseq[testing]'" in done.stderr
