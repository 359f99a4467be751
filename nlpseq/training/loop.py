"""The training loop: batch, loss, step; now and then validate and keep the best.

Objective, gradients, schedules, checkpoints and progress stand beside this page and know
nothing of each other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nlpseq import durable
from nlpseq.data.batches import Batch, Corpus, Rows, collate, plan
from nlpseq.errors import DivergedError, RunFolderError, Stopped
from nlpseq.metrics import Score
from nlpseq.model.protocol import Model
from nlpseq.settings import TrainingSettings
from nlpseq.signals import Flag
from nlpseq.training import checkpoint, gradients
from nlpseq.training.averaging import Average, Weights
from nlpseq.training.checkpoint import Engine, State
from nlpseq.training.optimizers import OPTIMIZERS
from nlpseq.training.precision import computing
from nlpseq.training.progress import Progress, Step
from nlpseq.training.ranks import Ranks
from nlpseq.training.run import Checkpoint, Run
from nlpseq.training.saving import Saver
from nlpseq.training.schedules import SCHEDULES
from nlpseq.training.seeds import reseed, seed

_IN_A_ROW, _OF_THE_LAST = 10, 1000  # refused updates: so many in a row, or 1% of so many


class Validation(NamedTuple):
    """What a validation found."""

    scores: Sequence[Score]
    goodness: float  # of the first score: its value, or minus that where lower is better


@dataclass(frozen=True)
class Hooks:
    """What the loop asks of the outside."""

    validate: Callable[[Model, Callable[[], None]], Validation]  # calls back before each batch
    keep: Callable[[Model], None]  # a new best: make it the run's model
    progress: Progress
    events: Callable[[Mapping[str, float], int], None]  # numbers for TensorBoard, if wanted


class Loop:
    """One training, from where the run folder stands to its end."""

    def __init__(
        self, model: Model, corpus: Corpus, settings: TrainingSettings, run: Run, hooks: Hooks
    ) -> None:
        self.model, self.corpus, self.settings = model, corpus, settings
        self.run, self.hooks = run, hooks
        self.device = next(model.parameters()).device
        self.state = State()
        self.rate = settings.optimizer.settings.learning_rate
        optimizer = OPTIMIZERS[settings.optimizer.name](
            model.parameters(), settings.optimizer.settings
        )
        schedule = SCHEDULES[settings.schedule.name](settings.schedule.settings)
        self.engine = Engine(model, optimizer, schedule, Average(settings.average))
        self.identity: Mapping[str, Any] = {}
        self.pretrained: Sequence[str] = ()  # sides whose embeddings began from vectors
        self.frozen_epochs = 0  # epochs before these are tuned; -1: never
        self.ranks = Ranks()  # the processes that train together
        self._saver = Saver(run, settings.keep, self._make_model, hooks.progress.say)
        self._behind = False  # whether a save that failed is to be tried again
        self.batches: list[Rows] = []
        self._seen = time.monotonic()

    def fit(self, flag: Flag) -> None:
        """Train until the epochs, the patience or the time are used up.

        Raises:
            Stopped: a signal came; the state is saved.
            DivergedError: the gradient stayed without finite numbers.
        """
        self.ranks.flag, self._seen = flag, time.monotonic()
        try:
            self._fit()
        except Stopped:
            self.save(final=True)
            raise
        self.ranks.led(self._saver.finish)

    def _fit(self) -> None:
        while not self.finished():
            self.thaw()
            self.batches = self.plan()
            while self._due() or (self.state.batch < len(self.batches) and not self.finished()):
                if self._due():
                    self.validate()
                else:
                    self._tick()
                self._poll()
            if self.state.batch >= len(self.batches):
                self.state.epoch, self.state.batch = self.state.epoch + 1, 0
        if self.state.update > self.state.validated:
            self.batches = self.batches or self.plan()  # none if the time was up from the start
            self.validate()
            self._poll()

    def _due(self) -> bool:
        """Whether it is time to validate; also after a stop that came before or within it."""
        state, every = self.state, self.settings.validate_every
        at_end = state.batch >= len(self.batches)
        return state.update > state.validated and (state.update % every == 0 if every else at_end)

    def _poll(self) -> None:
        number = self.ranks.stop()
        if number:
            raise Stopped(number)

    def _tick(self) -> None:
        """One update, and whatever falls due after it."""
        state, settings, ranks = self.state, self.settings, self.ranks
        group = self.batches[state.batch : state.batch + settings.accumulate * ranks.size]
        state.update += 1
        state.batch += len(group)
        state.examples += sum(len(rows) for rows in group)
        reseed(seed(settings.seed, "update", state.epoch, state.update, ranks.rank))
        own = group[ranks.rank :: ranks.size]
        step = self.update([collate(self.corpus, rows).to(self.device) for rows in own])
        if not step.finite:
            self._refuse(group)
        now = time.monotonic()
        state.minutes = ranks.of_first(state.minutes + (now - self._seen) / 60)
        self._seen = now
        self._report(step)
        if self._behind:
            self._behind = False
            ranks.led(self._saver.retry)
        if state.update % settings.save_every == 0 and not self._due():
            self.save()

    def update(self, batches: Sequence[Batch]) -> Step:
        """One step down the gradient of ``batches``, which count as one."""
        started = time.monotonic()
        settings, state, optimizer = self.settings, self.state, self.engine.optimizer
        self.model.train()
        optimizer.zero_grad()
        total = count = tokens = 0.0
        for batch in batches:
            with computing(settings.precision, self.device):
                sums = self.model.objective(batch)
            sums.loss.backward()  # type: ignore[no-untyped-call]
            total, count = total + sums.loss.item(), count + sums.count.item()
            tokens += sum(int(column.mask.sum()) for column in batch.columns.values())
        total, count, tokens = self.ranks.total(total, count, tokens)
        parameters = gradients.trained(self.model)
        self.ranks.add_up(parameters)
        penalty = gradients.penalty(parameters, settings.l1, settings.l2)
        if penalty is not None:
            (penalty * count).backward()  # type: ignore[no-untyped-call]
        finite = bool(np.isfinite(gradients.clip(parameters, count, settings.clip)))
        if finite:
            for group in optimizer.param_groups:
                group["lr"] = self.rate * self.engine.schedule.factor(state.update, self.share())
            optimizer.step()
            state.loss_sum, state.loss_count = state.loss_sum + total, state.loss_count + count
        return Step(total / count, int(tokens), time.monotonic() - started, finite)

    def validate(self) -> None:
        """Judge the model, keep it if it is the best so far, and save."""
        state = self.state
        reseed(seed(self.settings.seed, "eval", state.epoch, state.update))
        scores, goodness = self.ranks.led(self._judged, lambda found: ((), found.goodness))
        improved = bool(np.isfinite(goodness)) and (state.best is None or goodness > state.best)
        if improved:
            state.best, state.best_update = goodness, state.update
        state.waited = 0 if improved else state.waited + 1
        state.validated = state.update
        self.engine.schedule.validated(improved)
        self.ranks.led(lambda: self._log(scores, improved))
        state.loss_sum = state.loss_count = 0.0
        self.save(best=improved)

    def _judged(self) -> Validation:
        """What the validation part says; stopped half way, it leaves all as it was."""
        points = self.engine.average.points
        before = list(points)
        self.engine.average.add(self.model.state_dict())
        try:
            with self._with_weights(self.engine.average.mean()):
                return self.hooks.validate(self.model, self._poll)
        except Stopped:
            points.clear()
            points.extend(before)
            raise

    @contextmanager
    def _with_weights(self, weights: Weights) -> Iterator[None]:
        """The model with other weights, if there are any, for a while."""
        if not weights:
            yield
            return
        own = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        self.model.load_state_dict(weights)
        try:
            yield
        finally:
            self.model.load_state_dict(own)

    def _log(self, scores: Sequence[Score], improved: bool) -> None:
        """A line for people, a line in metrics.jsonl, and what the gradient watch saw."""
        state = self.state
        watch = gradients.watch(
            self.model, collate(self.corpus, self.batches[0][:16]).to(self.device)
        )
        numbers = {score.name: score.value for score in scores}
        numbers["loss"] = round(state.loss_sum / (state.loss_count or math.nan), 6)
        place = {"update": state.update, "epoch": state.epoch, "examples": state.examples}
        told = {name: _written(number) for name, number in numbers.items()}
        norms = {name: _written(norm) for name, norm in watch.layers.items()}
        self.run.log.append(durable.as_json({**place, **told, "gradients": norms}))
        state.log_length, state.log_digest = self.run.log.mark()
        self.hooks.events(numbers, state.update)
        line = "  ".join([*map(str, scores), f"loss {numbers['loss']:.4f}"])
        mark = "  best so far" if improved else ""
        self.hooks.progress.say(f"{self._where()}  {line}  {state.minutes * 60:.0f} s{mark}")
        for words in watch.words():
            self.hooks.progress.say(f"gradient watch: {words}")

    def save(self, *, best: bool = False, final: bool = False) -> None:
        """Write a checkpoint; a save that fails is warned of, and training goes on.

        Raises:
            StorageError: the third failure in a row, or that of a final save.
        """

        def save() -> bool:
            files = checkpoint.pack(self.state, self.engine, self.identity)
            return self._saver.save(Checkpoint(self.state.update, files), best=best, final=final)

        self._behind = self.ranks.led(save)

    def resume(self, say: Callable[[str], None]) -> bool:
        """Take up the newest valid checkpoint; whether there was one."""
        files = self.ranks.handed(lambda: self._newest(say))
        if files:
            checkpoint.check_identity(files, self.identity, say)
            self.state = checkpoint.unpack(files, self.engine)
        self.state.best = self.ranks.led(lambda: self._put_right(say))
        return bool(files)

    def _newest(self, say: Callable[[str], None]) -> Mapping[str, bytes]:
        found = self.run.newest(say)
        return found.files if found else {}

    def _put_right(self, say: Callable[[str], None]) -> float | None:
        """After a crash between a checkpoint and what follows from it: do what follows.

        Returns the best score so far.
        """
        state, run = self.state, self.run
        run.log.cut(state.log_length, state.log_digest)
        if state.update:
            say(f"{run.folder}: going on from update {state.update}")
        if state.best is not None and run.best.get("step") != state.best_update:
            try:
                self._make_model(run.read(state.best_update))
            except RunFolderError as error:
                say(f"{error}; it was the best so far, the next validation takes its place")
                return None
        return state.best

    def _make_model(self, best: Checkpoint) -> None:
        """Make the weights of a checkpoint, averaged if so set, the run's model.

        The note that says so comes after it: a note without its model would never be mended.
        """
        with self._with_weights(checkpoint.best_weights(best.files)):
            self.hooks.keep(self.model)
        self.run.set_best(best.step, best.state["state"]["best"])

    def finished(self) -> bool:
        """Whether epochs, patience or time are used up."""
        state, settings = self.state, self.settings
        return (
            state.epoch >= settings.epochs
            or (settings.patience > 0 and state.waited >= settings.patience)
            or (settings.max_minutes > 0 and state.minutes >= settings.max_minutes)
        )

    def share(self) -> float:
        """How much of the whole is done, from 0 to 1, by epochs or by time."""
        by_epochs = (
            self.state.epoch + self.state.batch / max(1, len(self.batches))
        ) / self.settings.epochs
        budget = self.settings.max_minutes
        return min(1.0, max(by_epochs, self.state.minutes / budget if budget else 0.0))

    def plan(self) -> list[Rows]:
        """The batches of this epoch, drawn from its seed."""
        settings = self.settings
        generator = np.random.default_rng(seed(settings.seed, "shuffle", self.state.epoch))
        rows, tokens = settings.batch_rows, settings.batch_tokens
        return list(plan(self.corpus, rows=rows, tokens=tokens, generator=generator))

    def thaw(self) -> None:
        """Freeze pretrained vectors in the first epochs, if so set."""
        frozen = self.frozen_epochs < 0 or self.state.epoch < self.frozen_epochs
        for side in self.pretrained:
            self.model.embeddings()[side].freeze(frozen)

    def _refuse(self, group: Sequence[Rows]) -> None:
        """Count an update without a finite gradient; too many end the training."""
        state = self.state
        state.refused = [u for u in state.refused if u > state.update - _OF_THE_LAST] + [
            state.update
        ]
        in_a_row = state.refused[-_IN_A_ROW:] == list(
            range(state.update - _IN_A_ROW + 1, state.update + 1)
        )
        if in_a_row or len(state.refused) > _OF_THE_LAST // 100:
            rows = [int(row) for rows in group for row in rows]
            path = self.run.folder / f"diverged-{state.update}.json"
            told = durable.as_json({"update": state.update, "rows": rows})
            self.ranks.led(lambda: durable.write_file(path, told))
            raise DivergedError(
                f"{self.run.folder}: training diverged at update {state.update}: gradients are not "
                f"finite (rows in {path.name}); lower training.optimizer.learning_rate"
            )

    def _report(self, step: Step) -> None:
        left = self.state.minutes * 60 * (1 - self.share()) / max(self.share(), 1e-9)
        self.hooks.progress.update(step, left, self._where())

    def _where(self) -> str:
        return f"epoch {self.state.epoch + 1}  update {self.state.update}"


def _written(number: float) -> float | None:
    """A number as the log holds it: six digits, and nothing where it is not finite."""
    return float(f"{number:.6g}") if np.isfinite(number) else None
