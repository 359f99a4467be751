"""Where the time of training goes: what ``nlpseq train --profile`` tells at the end.

The parts of the model, the backward pass and the optimiser are wrapped while training runs, and
left as they were afterwards; the loop knows nothing of it. Every tenth update is counted instead
of timed: how many operations each part asks of the machine, padding among them.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from nlpseq.data.batches import Batch
from nlpseq.evaluation.table import aligned
from nlpseq.model.attention.protocol import Attention
from nlpseq.model.protocol import Model, Sums
from nlpseq.training.loop import Loop
from nlpseq.training.precision import DTYPES, matrix_rate, now
from nlpseq.training.progress import Say, Step

EVERY = 10  # of so many updates one is counted, the second of them first
_BETWEEN, _JUDGING, _COUNTING = "data", "validating and saving", "counting"


def operation_counter() -> FlopCounterMode:
    """The framework's counter, which also knows what a recurrent kernel computes.

    An LSTM's gates take ``2 T B 4H (X + H)`` operations, and twice that going back.
    """
    aten = torch.ops.aten
    return FlopCounterMode(
        display=False,
        custom_mapping={
            aten.mkldnn_rnn_layer: _lstm,
            aten.mkldnn_rnn_layer_backward: lambda *shapes, **named: 2 * _lstm(*shapes, **named),
            aten.addmm_: lambda out, a, b, *others, **named: 2 * a[0] * a[1] * b[1],
        },
    )


def _lstm(
    inputs: Sequence[int], from_input: Sequence[int], from_hidden: Sequence[int], *_: Any, **__: Any
) -> int:
    """Of shapes [T, B, X], [4H, X] and [4H, H]."""
    rows = inputs[0] * inputs[1]
    return 2 * rows * from_input[0] * (from_input[1] + from_hidden[1])


class Meter:
    """Adds up by how much a reading grows, for the innermost part that is running."""

    def __init__(self, reading: Callable[[], float], part: str) -> None:
        self.totals: defaultdict[str, float] = defaultdict(float)
        self._reading, self._parts, self._since = reading, [part], reading()

    @property
    def running(self) -> str:
        """The innermost part."""
        return self._parts[-1]

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """All that grows within the block, but for parts within that."""
        self._take()
        self._parts.append(name)
        try:
            yield
        finally:
            self._take()
            self._parts.pop()

    def _take(self) -> None:
        read = self._reading()
        self.totals[self._parts[-1]] += read - self._since
        self._since = read


class Profile:
    """Time and operations of each part of a training."""

    def __init__(self, loop: Loop) -> None:
        self.device = loop.device
        self.time = self.meter = Meter(lambda: now(self.device), _BETWEEN)
        self.operations: defaultdict[str, float] = defaultdict(float)
        self.updates = self.counted = self.tokens = 0

    @contextmanager
    def watching(self, loop: Loop) -> Iterator[None]:
        """Wrap the parts of a loop while the block runs."""
        model, optimizer = loop.model, loop.engine.optimizer
        with ExitStack() as stack:
            for module, name in parts(model).items():
                for method in ("forward", "loss", "expectation", "log_probs"):
                    if hasattr(module, method):
                        _wrap(stack, module, method, functools.partial(self._within, name))
            _wrap(stack, model, "objective", self._objective)
            _wrap(stack, optimizer, "step", functools.partial(self._within, "optimiser"))
            _wrap(stack, loop, "update", self._update)
            for method in ("validate", "save"):
                _wrap(stack, loop, method, functools.partial(self._within, _JUDGING))
            yield
        with self.time.part(_COUNTING):
            pass  # what is running is taken to its end

    def _within(self, part: str, method: Callable[..., Any], *given: Any, **named: Any) -> Any:
        if self.meter.running == _JUDGING:  # the same modules, but of no update
            return method(*given, **named)
        with self.meter.part(part):
            return method(*given, **named)

    def _objective(self, objective: Callable[[Batch], Sums], batch: Batch) -> Sums:
        """The loss, whose backward pass is a part as well."""
        with self.meter.part("the rest of the model"):
            sums = objective(batch)
        backward: Any = functools.partial(self._within, "backward", sums.loss.backward)
        sums.loss.backward = backward  # type: ignore[method-assign]
        return sums

    def _update(self, update: Callable[[Sequence[Batch]], Step], batches: Sequence[Batch]) -> Step:
        """An update, timed or counted; what no other part does of it is the optimiser's.

        That is to shorten the gradient.
        """
        self.updates += 1
        if self.device.type != "cpu" or self.updates % EVERY != 2:
            with self.time.part("optimiser"):
                step = update(batches)
            self.tokens += step.tokens
            return step
        with self.time.part(_COUNTING), operation_counter() as counter:
            self.meter = Meter(counter.get_total_flops, "optimiser")
            try:
                step = update(batches)
            finally:
                counts, self.meter = self.meter.totals, self.time
        for name, count in counts.items():
            self.operations[name] += count
        self.counted += 1
        return step

    def table(self, precision: str) -> list[str]:
        """A line for each part: its time in an update, and its share of the matrix rate."""
        rate = matrix_rate(DTYPES[precision], self.device)
        timed = max(1, self.updates - self.counted)
        seconds = {n: s / timed for n, s in self.time.totals.items() if n != _COUNTING}
        total = sum(seconds.values())
        rows = [("part", "ms an update", "share of time", "share of matrix rate")]
        for name, each in sorted(seconds.items(), key=lambda pair: -pair[1]):
            counted = self.operations[name] / max(1, self.counted)
            of_rate = f"{counted / each / rate:.0%}" if counted and each else ""
            rows.append((name, f"{each * 1e3:.2f}", f"{each / total:.1%}", of_rate))
        tokens = f"{self.tokens / timed / total:,.0f} source and target tokens/s"
        limit = f"matrix rate {rate / 1e9:.0f} GFLOP/s in {precision}"
        return [*aligned(rows), f"{self.updates:,} updates, {tokens}; {limit}"]


def parts(model: Model) -> dict[nn.Module, str]:
    """The modules that are told apart; what is within another one does not count for that."""
    found = {module: name for name, module in model.named_children()}
    found |= {module: "attention" for module in model.modules() if isinstance(module, Attention)}
    return found | dict.fromkeys(model.embeddings().values(), "embedding")


def _wrap(stack: ExitStack, owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
    """Have ``wrapper`` called with the method of that name, until the stack is left."""
    setattr(owner, name, functools.partial(wrapper, getattr(owner, name)))
    stack.callback(delattr, owner, name)


@contextmanager
def profiled(loop: Loop, say: Say, *, wanted: bool) -> Iterator[None]:
    """Tell where the time of a training goes, if that is wanted, however it ends."""
    if not wanted:
        yield
        return
    profile = Profile(loop)
    try:
        with profile.watching(loop):
            yield
    finally:
        for line in profile.table(loop.settings.precision):
            say(line)
