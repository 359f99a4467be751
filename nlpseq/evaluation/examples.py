"""A pipeline's answers to examples, judged by the metrics of its task."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlpseq.data.fitting import value_of
from nlpseq.data.prepare import Part, Prepared, placed_examples
from nlpseq.data.source import open_source
from nlpseq.errors import DataError, SettingError
from nlpseq.evaluation.baselines import build_baseline
from nlpseq.evaluation.comparison import Comparison, compare
from nlpseq.evaluation.intervals import segments
from nlpseq.evaluation.report import Report, judge, judge_texts
from nlpseq.metrics import Metric, Score, build_metric
from nlpseq.metrics.protocol import Answer
from nlpseq.model.asking import predict
from nlpseq.model.protocol import Prediction
from nlpseq.pipeline import Pipeline, load
from nlpseq.settings import DataSettings
from nlpseq.task import Example
from nlpseq.text.column import LABEL_KINDS

Tell = Callable[[Example, Prediction], None]

_BASELINE_EXAMPLES = 100_000  # at most; drawn from more


class Answers(NamedTuple):
    """Predictions of a part, with what they should have been."""

    predictions: Sequence[Prediction]
    answers: Sequence[Answer]
    references: Sequence[tuple[Answer, ...]]


def references(example: Example, kind: str) -> tuple[Answer, ...]:
    """What would be right for an example whose target is of ``kind``."""
    target = example.target
    if target is None:
        return ()
    if kind == "token_labels" or isinstance(target, str):
        return (target,)
    return (" ".join(target),) if kind == "tokens" else target  # several texts


def answer_part(pipeline: Pipeline, part: Part, poll: Callable[[], None]) -> Answers:
    """Answer a part whose ids are at hand, as validation does."""
    found = predict(pipeline.answering, part.corpus, pipeline.search, poll)
    if not pipeline.settings.search.replace_unknown:
        return _answers(pipeline, [pipeline.spell(each) for each in found], part.examples)
    most, column = pipeline.settings.text.max_tokens, pipeline.columns["source"]
    sources = [column.tokens(value_of(example, "source"))[:most] for example in part.examples]
    predictions = [pipeline.spell(*pair) for pair in zip(found, sources, strict=True)]
    return _answers(pipeline, predictions, part.examples)


def answer_examples(pipeline: Pipeline, examples: Sequence[Example]) -> Answers:
    """Answer examples from their texts, as a user would.

    Raises:
        DataError: a text is refused.
    """
    plain = pipeline.searching({}, attention=False)
    predictions = list(plain.stream(example.source for example in examples))
    if refused := next((each.refused for each in predictions if each.refused), ""):
        raise DataError(refused)
    return _answers(pipeline, predictions, examples)


def _answers(
    pipeline: Pipeline, predictions: Sequence[Prediction], examples: Iterable[Example]
) -> Answers:
    kind = pipeline.columns["target"].kind
    right = [references(example, kind) for example in examples]
    return Answers(predictions, [pipeline.answer(p) for p in predictions], right)


def labels(pipeline: Pipeline) -> tuple[str, ...] | None:
    """The labels that a pipeline can give, None when it gives texts."""
    target = pipeline.columns["target"]
    return target.vocabulary.tokens if target.kind in LABEL_KINDS else None


def task_metrics(pipeline: Pipeline) -> list[Metric]:
    """The metrics of a pipeline's task, the one that decides first."""
    language = pipeline.settings.data.language_of("target")
    first, usual = pipeline.settings.training.metric, pipeline.task.metrics
    specs = [first, *(spec for spec in usual if _name(spec) != first)] if first else usual
    return [build_metric(spec, labels=labels(pipeline), language=language) for spec in specs]


def _name(spec: str | type[Metric]) -> str:
    return spec if isinstance(spec, str) else spec.name


def validate(
    pipeline: Pipeline, metrics: Sequence[Metric], part: Part, poll: Callable[[], None]
) -> tuple[list[Score], Sequence[Answer]]:
    """The scores of a part whose ids are at hand, as early stopping looks at them; the answers.

    ``poll`` is called before each batch; what it raises ends the work.
    """
    _, answers, right = answer_part(pipeline, part, poll)
    scores = [metric.score(segments(metric, answers, right).sum(axis=0)) for metric in metrics]
    return scores, answers


def judge_examples(
    pipeline: Pipeline,
    examples: Sequence[Example],
    files: Sequence[str] = (),
    tell: Tell | None = None,
) -> Report:
    """The report of a pipeline on examples, answered from their texts.

    ``files``, the file of each example, adds a report of each file where there are several;
    ``tell`` is told of each example what was answered.
    """
    predictions, answers, _ = answer_examples(pipeline, examples)
    if tell:
        for example, prediction in zip(examples, predictions, strict=True):
            tell(example, prediction)
    one_label = pipeline.columns["target"].kind == "label"
    confidences = [math.exp(p.score) for p in predictions] if one_label else None
    report = _report(pipeline, examples, answers, confidences)
    return _with_files(report, pipeline, examples, answers, files)


def judge_beside_baseline(pipeline: Pipeline, prepared: Prepared) -> Report:
    """The report on the test part, else the validation part, beside the task's baseline."""
    part = prepared.test or prepared.valid
    report = judge_examples(pipeline, part.examples, part.files)
    if not pipeline.task.baseline:
        return report
    language = pipeline.settings.data.language_of("source")
    baseline = build_baseline(pipeline.task.baseline, language=language)
    drawn = np.random.default_rng(0).permutation(len(prepared.train)) < _BASELINE_EXAMPLES
    baseline.fit(compress(prepared.train_examples(), drawn))
    answers = baseline.predict([example.source for example in part.examples])
    found = _report(pipeline, part.examples, answers)
    found = _with_files(found, pipeline, part.examples, answers, part.files)
    return report.beside(found, baseline.summary)


def _with_files(
    report: Report,
    pipeline: Pipeline,
    examples: Sequence[Example],
    answers: Sequence[Answer],
    files: Sequence[str],
) -> Report:
    """``report`` with one of each file, if there are several."""
    names = dict.fromkeys(files)
    if len(names) < 2:
        return report
    rows = {name: [row for row, file in enumerate(files) if file == name] for name in names}
    found = {
        name: _report(pipeline, [examples[row] for row in own], [answers[row] for row in own])
        for name, own in rows.items()
    }
    return dataclasses.replace(report, files=found)


def _report(
    pipeline: Pipeline,
    examples: Sequence[Example],
    answers: Sequence[Answer],
    confidences: Sequence[float] | None = None,
) -> Report:
    """What ``answers`` to examples are worth, whoever gave them."""
    kind, known = pipeline.columns["target"].kind, labels(pipeline)
    metrics = task_metrics(pipeline)
    right = [references(example, kind) for example in examples]
    if known is not None:
        return judge(metrics, answers, right, labels=known, confidences=confidences)
    languages = {pipeline.settings.data.language_of(side) for side in ("source", "target")}
    sources = [example.source for example in examples] if len(languages) == 1 else None
    return judge_texts(metrics, answers, right, sources)


class Given(NamedTuple):
    """Examples to judge a model by."""

    examples: Sequence[Example]
    files: Sequence[str]  # the file of each


def read_examples(pipeline: Pipeline, data: DataSettings) -> Given:
    """The examples of ``data.test``, each with a text and a target for the model.

    Raises:
        DataError: a file cannot be read; a text cannot be, or its target is no answer of the model.
    """
    data = dataclasses.replace(
        data, language=pipeline.settings.data.language, languages=pipeline.settings.data.languages
    )
    source = open_source(data.test, pipeline.task, data, "test")
    target = pipeline.columns["target"]
    given: list[tuple[Example, str]] = []
    for example, place in placed_examples(pipeline.task, source.rows()):
        try:
            pipeline.parts(example.source)
            if target.kind != "text":
                target.ids(value_of(example, "target"))
        except DataError as error:
            raise error.at(place) from None
        given.append((example, place.path))
    return Given(*zip(*given, strict=True))


def evaluate_files(pipeline: Pipeline, data: DataSettings, tell: Tell | None = None) -> Report:
    """The report of a pipeline on the files of ``data.test``, of each as well if there are several.

    ``tell`` is told of each example what was answered.

    Raises:
        As :func:`read_examples`.
    """
    return judge_examples(pipeline, *read_examples(pipeline, data), tell)


def evaluate(
    model: str | Path | Pipeline,
    data: str | Path | Sequence[str | Path],
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> Report:
    """Judge a model, or a pipeline with a search of one's own, on one or several files.

    ::

        print(nlpseq.evaluate("runs/sentiment-1", "test.tsv").as_table())

    ``columns`` says which column is which, as in ``{"text": "body", "label": "2"}``.

    Raises:
        NlpseqError: as :func:`nlpseq.load` or :func:`read_examples`.
    """
    pipeline = model if isinstance(model, Pipeline) else load(model)
    files = [data] if isinstance(data, str | Path) else data
    test = tuple(str(file) for file in files)
    return evaluate_files(
        pipeline, DataSettings(test=test, columns=dict(columns or {}), encoding=encoding)
    )


def compare_files(a: Pipeline, b: Pipeline, data: DataSettings) -> Comparison:
    """Whether two pipelines of one task differ on the files of ``data.test``.

    Raises:
        SettingError: they are of different tasks, languages or labels.
        DataError: as :func:`read_examples`, for either.
    """
    if a.task.name != b.task.name:
        raise SettingError(
            f"found models of tasks {a.task.name} and {b.task.name}, expected one task"
        )
    spoken_a, spoken_b = ("-".join(each.settings.data.spoken) for each in (a, b))
    if spoken_a != spoken_b:
        raise SettingError(f"found models for {spoken_a} and {spoken_b}, expected the same of both")
    labels_a, labels_b = (set(labels(each) or ()) for each in (a, b))
    if labels_a != labels_b:
        only = ", ".join(sorted(labels_a ^ labels_b)[:5])
        raise SettingError(f"only one of the models knows {only}, expected the same labels of both")
    read_examples(b, data)
    examples, _ = read_examples(a, data)
    found_a, found_b = answer_examples(a, examples), answer_examples(b, examples)
    return compare(task_metrics(a), found_a.answers, found_b.answers, found_a.references)
