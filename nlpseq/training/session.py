"""One training from the request to the report: prepare, build, fit, judge, keep."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w
import torch

from nlpseq import config, durable
from nlpseq.bundle import Parts, pack
from nlpseq.bundle.parts import versions
from nlpseq.bundle.tensors import dump
from nlpseq.config import Layer
from nlpseq.data.resplit import Resplit
from nlpseq.errors import MissingExtra, SettingError, Stopped
from nlpseq.evaluation.examples import judge_beside_baseline, task_metrics, validate
from nlpseq.evaluation.report import Report
from nlpseq.metrics.protocol import Answer
from nlpseq.model import MODELS
from nlpseq.model.device import fitting, usable
from nlpseq.model.protocol import Model
from nlpseq.pipeline import Pipeline, load
from nlpseq.settings import SearchSettings, Settings
from nlpseq.signals import stop_flag
from nlpseq.task import Task
from nlpseq.text.column import column_files
from nlpseq.training import record
from nlpseq.training.allocator import keep_memory
from nlpseq.training.checkpoint import State
from nlpseq.training.loop import Hooks, Loop, Validation
from nlpseq.training.precision import fastest
from nlpseq.training.profile import profiled
from nlpseq.training.progress import Progress, Say
from nlpseq.training.ranks import Ranks, joined, restarted, restarts
from nlpseq.training.request import Ready, request, threads_kept
from nlpseq.training.run import Run, check_free, next_folder, open_run
from nlpseq.training.seeds import reseed, seed

_SAME_SIGNAL = 5.0  # seconds
_SETTINGS = "config.toml"  # of the run folder
SMALLER = "lower training.batch_tokens or training.batch_rows"


@dataclass(frozen=True)
class Trained:
    """What a training came to."""

    folder: Path
    report: Report
    next_command: str  # what to type to use the model


def train(  # noqa: PLR0913 - the one door of the package; all but the task by keyword
    task: Task | str,
    settings: Mapping[str, Any] | Sequence[Layer] = (),
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    start: str | Path | None = None,
    command: str = "",
    profile: bool = False,
    say: Say = lambda line: None,
    show: Say | None = None,
) -> Trained:
    """Train a model for ``task``, judge it, and keep the best in a run folder.

    With ``start``, a model, training begins from its weights, tokenizers and vocabularies.
    With ``profile`` it is told at the end where the time of each update went.
    ``settings`` go by their dotted names, ``{"training.epochs": 3}``, or come in layers, the
    highest last; ``command`` is what the card says one types to train the same; ``say`` is told
    how it goes, a line at a time; ``show``, if there is one, a line that takes the place of the
    last one it was told.

    Raises:
        NlpseqError: the request, the data or the disk did not allow it; says what and where.
        Stopped: a signal came; the work is saved.
    """
    keep_memory()
    if restarts() and out is None:
        raise SettingError("torchrun --max-restarts needs --out, the run folder to go on in")
    plan = request(task, settings, start)
    with threads_kept(), joined(plan.device) as ranks:
        if not ranks.leads:
            say, show = lambda line: None, None  # the first says it
        if restarted():
            overwrite, resume = False, ranks.led(lambda: Path(str(out)).is_dir())
        place = Path(out) if out else None
        ranks.led(lambda: check_free(place, overwrite=overwrite, resume=resume))
        ready = ranks.in_turn(lambda: plan.prepared(say))
        folder = place or Path(ranks.led(lambda: str(next_folder(plan.task.name))))
        opened = open_run(folder, overwrite=overwrite, resume=resume)
        with opened if ranks.leads else nullcontext(Run(folder)) as run:
            session = Session(ready, run, say, ranks, show)
            return session.train(resume=resume, command=command, profile=profile)


def _digest(loop: Loop) -> str:
    """Of all that processes must have in common before the first update."""
    digest = hashlib.sha256(durable.as_json({**loop.identity, "state": asdict(loop.state)}))
    digest.update(dump(loop.model.state_dict()))
    return digest.hexdigest()


class Session:
    """The steps of a training, each on what the ones before made."""

    def __init__(
        self, ready: Ready, run: Run, say: Say, ranks: Ranks, show: Say | None = None
    ) -> None:
        self.task, self.settings, self.prepared = ready.task, ready.settings, ready.data
        self.start, self.run, self.say, self.ranks = ready.weights, run, say, ranks
        self.progress = Progress(say, show)
        self.record: dict[str, Any] = {"data": ready.data.record}

    def train(self, *, resume: bool, command: str = "", profile: bool = False) -> Trained:
        """Fit the model, judge the best, and keep it with its scores."""
        loop = self.loop()
        size = sum(parameter.numel() for parameter in loop.model.parameters())
        self.say(
            f"model: {self.settings.model.name}, {size:,} parameters, run folder {self.run.folder}"
        )
        if resume and not loop.resume(self.say):
            self.say(f"{self.run.folder}: no checkpoint yet; starting from the beginning")
        self.ranks.led(self._write_settings)
        self.ranks.check_same("settings, data, weights, versions or device", lambda: _digest(loop))
        several = self.ranks.size > 1  # torchrun passes on what a terminal has sent to all
        try:
            with (
                stop_flag(deaf=_SAME_SIGNAL if several else 0.0) as flag,
                profiled(loop, self.say, wanted=profile and self.ranks.leads),
                fitting(SMALLER),
            ):
                loop.fit(flag)
        except Stopped:
            self.say(f"stopped; the work is saved: --out {self.run.folder} --resume goes on")
            raise
        self.ranks.leave()
        return self._judge(loop.state, loop.device, command)

    def loop(self) -> Loop:
        """The loop with a fresh model in it."""
        model, training = self._build(), self.settings.training
        if training.precision == "auto":
            device = next(model.parameters()).device
            training = replace(training, precision=self.ranks.led(lambda: self._precision(device)))
            self.settings = replace(self.settings, training=training)
        corpus = Resplit(self.prepared.train, self.prepared.columns)
        loop = Loop(model, corpus, training, self.run, self._hooks(model))
        loop.pretrained = tuple(self.prepared.vectors)
        loop.frozen_epochs = self.settings.text.vectors.frozen_epochs
        loop.identity, loop.ranks = self._identity(loop.device), self.ranks
        return loop

    def _precision(self, device: torch.device) -> str:
        """The fastest, or that in which the run was begun that is taken up."""
        begun = self.run.folder / _SETTINGS
        settings = config.from_file(str(begun)).values if begun.exists() else {}
        found: str = settings.get("training", {}).get("precision") or fastest(device)
        return found

    def _build(self) -> Model:
        reseed(seed(self.settings.training.seed, "init"))
        vocabularies = {name: c.vocabulary for name, c in self.prepared.columns.items()}
        member = self.settings.model
        kind, given = self.prepared.columns["target"].kind, MODELS[member.name].answers
        if kind not in (given or (kind,)):
            raise SettingError(
                f"setting model: found {member.name}, which answers with {' or '.join(given)}, "
                f"expected one for the task's targets of {kind}"
            )
        model: Model = MODELS[member.name].build(member.settings, vocabularies)
        for side, vectors in self.prepared.vectors.items():
            model.embeddings()[side].start(*vectors)
        if self.start:
            model.load_state_dict(self.start)
        return model.to(usable(self.settings.training.device, "setting training.device"))

    def _hooks(self, model: Model) -> Hooks:
        def answering(settings: Settings) -> Pipeline:
            return Pipeline(self.task, self.prepared.columns, model, settings)

        asked, quick = answering(self.settings), self._quick()
        asked.search  # noqa: B018 - refused now or never
        metrics = task_metrics(asked)
        if model.searches:
            metrics = metrics[:1]  # some take minutes for what is said at the start
        sign = 1 if metrics[0].higher_is_better else -1

        def judge(model: Model, poll: Callable[[], None]) -> Validation:
            # A new one each time, so that nothing is kept ready for answers while training goes on.
            pipeline = answering(quick).searching({}, attention=False)
            scores, answers = validate(pipeline, metrics, self.prepared.valid, poll)
            if model.searches:
                self._show(answers)
            return Validation(scores, sign * scores[0].value)

        return Hooks(judge, self._keep, self.progress, self._events())

    def _quick(self) -> Settings:
        """The settings with the quickest search: validations need the order, not the record."""
        search = SearchSettings(batch=self.settings.search.batch)
        if MODELS[self.settings.model.name].searches:
            unknown = self.settings.search.replace_unknown
            search = replace(search, method="greedy", replace_unknown=unknown)
        return replace(self.settings, search=search)

    def _show(self, answers: Sequence[Answer]) -> None:
        """Two answers of a validation beside what would be right."""
        examples = self.prepared.valid.examples
        for number in (0, len(answers) // 2):
            target = examples[number].target
            right = target if isinstance(target, str) or target is None else target[0]
            self.say(f"  said: {answers[number]}\n  for:  {right}")

    def _keep(self, model: Model) -> None:
        parts = Parts(self.task, self.settings, self.prepared.columns, model, self.record)
        durable.replace_folder(self.run.model, pack(parts))

    def _identity(self, device: torch.device) -> Mapping[str, Any]:
        """What a resumed run must have in common with the one before."""
        tree = config.as_tree(self.settings)
        tree["training"]["threads"] = torch.get_num_threads()
        files = column_files(self.prepared.columns)
        return {
            "settings": tree,
            "data": self.prepared.record["digest"],
            "columns": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
            "processes": self.ranks.size,
            "computed": {"device": device.type, **versions()},
        }

    def _write_settings(self) -> None:
        tree = config.as_tree(self.settings)
        durable.write_file(self.run.folder / _SETTINGS, tomli_w.dumps(tree).encode())
        record = {"task": self.task.name, **self.prepared.record, "split": self.prepared.split}
        durable.write_file(self.run.folder / "record.json", durable.as_json(record))

    def _events(self) -> Any:
        """A writer of TensorBoard events, or nothing."""
        if not (self.settings.training.tensorboard and self.ranks.leads):
            return lambda numbers, update: None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise MissingExtra("TensorBoard", "board") from None
        writer = SummaryWriter(str(self.run.folder / "tensorboard"))

        def write(numbers: Mapping[str, float], update: int) -> None:
            for name, value in numbers.items():
                writer.add_scalar(name, value, update)
            writer.flush()

        return write

    def _judge(self, state: State, device: torch.device, command: str) -> Trained:
        """Judge the kept model, read back from its folder, beside the baseline."""
        on_cpu = self.settings.search.precision == "int8"  # which no other device has
        pipeline = load(self.run.folder, device="cpu" if on_cpu else str(device))
        # A bundle keeps nothing of its training, which names the metric that is told first.
        pipeline.settings = replace(pipeline.settings, training=self.settings.training)
        part = "test" if self.prepared.test else "valid"
        beside = ", beside the baseline" if self.task.baseline else ""
        self.say(f"judging the best model on the {part} part{beside}")
        report = judge_beside_baseline(pipeline, self.prepared)
        durable.write_file(self.run.folder / "report.json", durable.as_json(report.as_json()))
        self.record |= {
            "training": record.training(self.task, self.settings, state, command)
            | ({"processes": self.ranks.size} if self.ranks.size > 1 else {}),
            "scores": record.scores(report, part),
            "licence": self.settings.bundle.licence,
            "examples": record.examples(pipeline, self.settings),
        }
        self._keep(pipeline.model)
        command = f'nlpseq {self.task.verb} --model {shlex.quote(str(self.run.folder))} "..."'
        return Trained(self.run.folder, report, command)
