"""The contract of a task, as tests: what the core asks of any, tried on a tiny corpus."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from nlpseq.errors import DataError, NlpseqError
from nlpseq.evaluation.baselines import build_baseline
from nlpseq.evaluation.examples import references, task_metrics
from nlpseq.evaluation.intervals import segments
from nlpseq.metrics.protocol import Answer
from nlpseq.model.protocol import Prediction
from nlpseq.pipeline import load
from nlpseq.task import TASKS, VERBS, Task, Value
from nlpseq.testing.corpus import Values, rows_of
from nlpseq.testing.trial import Trial

CLOSE = 1e-4  # by which sums in fp32 may differ with the order of their terms
FAULTY = 3  # the line on which bad rows stand


class TaskContract:
    """What every task keeps; a subclass names one that is installed.

    ``rows`` are values for the columns of the task, in their order. Without them the task's
    own sample is cut short, and where it has none, sentences are made up for the kinds of its
    columns. ``settings`` (by dotted names) may make a large model small.
    """

    task: ClassVar[str]
    rows: ClassVar[Sequence[Values]] = ()
    settings: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture(scope="class")
    @classmethod
    def trial(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
        """The task and its corpus; it is trained when first asked for its model."""
        folder = tmp_path_factory.mktemp(cls.task)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NLPSEQ_CACHE", str(folder / "cache"))
            task = installed(cls.task)
            yield Trial(task, rows_of(task, cls.rows), folder, cls.settings)

    def test_it_is_installed_under_its_name_and_its_verb(self, trial: Trial) -> None:
        assert trial.task.name == self.task, "its entry point in nlpseq.tasks bears another name"
        entry, verb = TASKS.entry(self.task), VERBS.entry(trial.task.verb)
        assert (verb.distribution, verb.target) == (entry.distribution, entry.target)

    def test_rows_become_examples_one_for_one_and_each_by_itself(self, trial: Trial) -> None:
        task, rows = trial.task, trial.rows
        assert len(trial.examples) == len(rows)
        assert list(task.examples(iter(rows[::-1]))) == trial.examples[::-1]
        assert [list(task.examples([row])) for row in rows] == [[each] for each in trial.examples]

    def test_training_lowers_the_loss(self, trial: Trial) -> None:
        batch = trial.batch(range(len(trial.ids)))
        with torch.inference_mode():
            before, after = trial.fresh.objective(batch), trial.model.objective(batch)
        assert float(after.loss) < float(before.loss)

    def test_the_model_that_is_loaded_is_the_one_that_was_best(self, trial: Trial) -> None:
        best = json.loads((trial.trained.folder / "best.json").read_bytes())["score"]
        judged = trial.trained.report.scores[0].score.value
        assert abs(judged) == pytest.approx(abs(best), abs=CLOSE)

    def test_answers_repeat_from_load_to_load(self, trial: Trial) -> None:
        again = load(trial.trained.folder)
        assert again(trial.sources) == trial.pipeline(trial.sources)

    def test_neighbours_in_a_batch_change_nothing(self, trial: Trial) -> None:
        together = trial.pipeline(trial.sources)
        assert_same(trial.pipeline(trial.sources[::-1]), together[::-1])
        assert_same([trial.pipeline([source])[0] for source in trial.sources], together)

    def test_padding_changes_nothing(self, trial: Trial) -> None:
        search, every = trial.pipeline.search, range(len(trial.ids))
        plain, padded = trial.batch(every), trial.batch(every, padding=9)
        with torch.inference_mode():
            assert_same(trial.model.predict(padded, search), trial.model.predict(plain, search))
            found, expected = trial.model.objective(padded), trial.model.objective(plain)
        assert float(found.loss) == pytest.approx(float(expected.loss), rel=CLOSE)
        assert float(found.count) == float(expected.count)

    def test_the_objective_of_a_batch_is_the_sum_over_its_rows(self, trial: Trial) -> None:
        every = range(len(trial.ids))
        with torch.inference_mode():
            whole = trial.model.objective(trial.batch(every))
            alone = [trial.model.objective(trial.batch([row])) for row in every]
        assert float(whole.loss) == pytest.approx(sum(float(a.loss) for a in alone), rel=CLOSE)
        assert float(whole.count) == pytest.approx(sum(float(a.count) for a in alone))

    def test_gradients_reach_every_parameter(self, trial: Trial) -> None:
        model = copy.deepcopy(trial.model).train()
        torch.manual_seed(1)
        model.objective(trial.batch(range(len(trial.ids)))).loss.backward()  # type: ignore[no-untyped-call]
        norms = {
            name: 0.0 if parameter.grad is None else float(parameter.grad.norm())
            for name, parameter in model.named_parameters()
            if parameter.requires_grad
        }
        assert not [name for name, norm in norms.items() if not 0 < norm < math.inf]

    def test_perfect_answers_score_best(self, trial: Trial) -> None:
        right = references_of(trial)
        perfect = [accepted[0] for accepted in right]
        given = [trial.pipeline.answer(found) for found in trial.pipeline(trial.sources)]
        mixed_up = perfect[1:] + perfect[:1]
        for metric in task_metrics(trial.pipeline):
            sign = 1 if metric.higher_is_better else -1
            best, ours, wrong = (
                sign * metric.score(segments(metric, answers, right).sum(axis=0)).value
                for answers in (perfect, given, mixed_up)
            )
            assert best >= ours, metric.name
            assert best > wrong, metric.name

    def test_statistics_of_a_segment_do_not_depend_on_others(self, trial: Trial) -> None:
        right = references_of(trial)
        answers = [accepted[0] for accepted in right[1:] + right[:1]]
        for metric in task_metrics(trial.pipeline):
            rows = segments(metric, answers, right)
            turned = segments(metric, answers[::-1], right[::-1])
            assert np.array_equal(rows, turned[::-1]), metric.name
            nothing = metric.score(np.zeros(rows.shape[1]))
            assert math.isfinite(nothing.value), f"{metric.name} of an empty corpus"

    def test_the_baseline_fits_and_answers(self, trial: Trial) -> None:
        if not trial.task.baseline:
            pytest.skip("the task names no baseline")
        baseline = build_baseline(trial.task.baseline)
        baseline.fit(iter(trial.examples))
        answers = baseline.predict(trial.sources)
        assert len(answers) == len(trial.sources)
        assert {type(answer) for answer in answers} <= {str, tuple}
        assert baseline.predict([]) == []
        assert baseline.summary, "a few words that say what it is"

    def test_a_row_without_a_value_is_refused_with_its_line(self, trial: Trial) -> None:
        for column in trial.task.columns:
            assert column.name in refusal(trial, column.name, "")
            assert column.name in refusal(trial, column.name, None)

    def test_an_unknown_label_is_refused_with_its_line(self, trial: Trial) -> None:
        _, *targets = trial.task.columns
        for column in targets:
            found = trial.tables[FAULTY - 1][column.name]
            if column.kind == "label":
                assert "no-such-label" in refusal(trial, column.name, "no-such-label")
            elif column.kind == "token_labels":
                labels = ("no-such-label", *found[1:])
                assert "no-such-label" in refusal(trial, column.name, labels)

    def test_a_line_in_gives_a_line_out_and_a_blank_one_stays_blank(self, trial: Trial) -> None:
        texts = [
            " ".join(each.split() if isinstance(each, str) else each) for each in trial.sources
        ]
        lines = [texts[0], "", *texts[1:9], "   ", texts[0]]
        command = [sys.executable, "-m", "nlpseq", trial.task.verb, "--model"]
        done = subprocess.run(
            [*command, str(trial.trained.folder)],
            input="".join(f"{line}\n" for line in lines).encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        answers = done.stdout.decode().split("\n")[:-1]
        assert len(answers) == len(lines)
        assert {answers[number] for number, line in enumerate(lines) if not line.strip()} == {""}
        assert answers[0] == answers[-1]


def installed(name: str) -> Task:
    """The task of a plugin; where it is not there or does not load, that is all there is to say."""
    try:
        task: Task = TASKS[name]()
    except NlpseqError as error:
        reason = f"{error} (is the plugin installed?)"
    else:
        return task
    pytest.fail(reason, pytrace=False)


def assert_same(found: Sequence[Prediction], expected: Sequence[Prediction]) -> None:
    """The same answers, each as sure as before."""
    assert [(each.text, each.tokens) for each in found] == [
        (each.text, each.tokens) for each in expected
    ]
    assert [each.score for each in found] == pytest.approx(
        [each.score for each in expected], abs=CLOSE, rel=CLOSE
    )


def references_of(trial: Trial) -> list[tuple[Answer, ...]]:
    """What would be right, for each example."""
    _, target = trial.task.columns[:2]
    return [references(example, target.kind) for example in trial.examples]


def refusal(trial: Trial, column: str, value: Value | None) -> str:
    """How validation data is refused whose third row has ``value`` in a column, or no such one."""
    tables: list[dict[str, Any]] = [dict(row) for row in trial.tables]
    tables[FAULTY - 1][column] = value
    if value is None:
        del tables[FAULTY - 1][column]
    with pytest.raises(DataError) as caught:
        trial.train("refused", tables)
    message = str(caught.value)
    assert f"valid.jsonl:{FAULTY}: " in message
    return message
