"""How fast training is: ``python -m benchmarks.training DATA [--quick]``.

Target tokens a second, an end among them and padding not, in the standard setting. Ours runs
:class:`nlpseq.training.loop.Loop` on batches that its own plan makes. The textbook runs as
tutorials have it, on 64 random sentences a batch; and once more on our batches, which tells what
the batches alone are worth. Peers that are installed (``benchmarks/peers.md``) run beside them,
on batches of as many tokens. All take turns within one run, and the figure of each is the median
of its rounds. ``--tokens 1280`` is the batch of the recipe, as small ones learn faster.

Ours computes in the precision that training would choose on this machine. The share of the limit
holds the operations of real tokens (:mod:`benchmarks.operations`) against the machine's matrix
rate in fp32 or bf16, whichever is higher, measured before every round. The real epoch is one of
:meth:`Loop.fit`, reading, padding and reporting included, from first batch to last, and is held
against repeated batches just before and after it.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from benchmarks import peers
from benchmarks.machine import machine, measured_again
from benchmarks.operations import operations, real_tokens, weights
from benchmarks.standard import Standard, arguments, first_rows, say, standard
from benchmarks.textbook import Textbook, Widths, pair_of, train_step
from nlpseq.data.batches import Corpus, Rows, collate, plan
from nlpseq.evaluation.table import aligned
from nlpseq.model.protocol import Model
from nlpseq.signals import stop_flag
from nlpseq.training.allocator import keep_memory
from nlpseq.training.loop import Hooks, Loop, Validation
from nlpseq.training.precision import fastest
from nlpseq.training.progress import Progress
from nlpseq.training.run import Run, open_run


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    batches: int  # of a round
    updates: int  # of a peer in a round: five reports, of which the last three count
    epoch: int  # sentences of the real epoch


WHOLE, QUICK = Size(5, 6, 20, 10**9), Size(5, 1, 5, 600)
OURS = "nlpseq"
TOKENS = 4096  # of targets, in a batch


class Contender(NamedTuple):
    """Someone who takes a turn in every round."""

    name: str
    batches: Sequence[Rows]
    step: Callable[[Rows], object]


def make_loop(model: Model, corpus: Corpus, setting: Standard, run: Run) -> Loop:
    """Our training, which keeps nothing and is judged by nothing."""
    hooks = Hooks(
        validate=lambda model, poll: Validation((), 0.0),
        keep=lambda model: None,
        progress=Progress(lambda line: None),
        events=lambda numbers, update: None,
    )
    training = replace(setting.settings.training, precision=fastest(torch.device("cpu")))
    return Loop(model, corpus, training, run, hooks)


def contenders(setting: Standard, run: Run, count: int) -> list[Contender]:
    """Ours, and both of the textbook."""
    corpus, training = setting.prepared.train, setting.settings.training
    draw = np.random.default_rng(1)
    batches = plan(corpus, rows=training.batch_rows, tokens=training.batch_tokens, generator=draw)
    ours = batches[:count]
    random = np.array_split(draw.permutation(len(corpus))[: 64 * count], count)
    loop = make_loop(setting.model(), corpus, setting, run)
    words = len(setting.prepared.columns["target"].vocabulary)
    torch.manual_seed(1)
    textbook = Textbook(Widths(words))
    optimizer = torch.optim.Adam(textbook.parameters())

    def our_step(rows: Rows) -> object:
        return loop.update([collate(corpus, rows)])

    def textbook_step(rows: Rows) -> float:
        return train_step(textbook, optimizer, pair_of(corpus, rows, words))

    return [
        Contender(OURS, ours, our_step),
        Contender("textbook", random, textbook_step),
        Contender("textbook, our batches", ours, textbook_step),
    ]


def rate(contender: Contender, corpus: Corpus) -> float:
    """Target tokens a second over the contender's batches."""
    tokens = sum(real_tokens(corpus, rows) for rows in contender.batches)
    started = time.perf_counter()
    for rows in contender.batches:
        contender.step(rows)
    return tokens / (time.perf_counter() - started)


def share_of_limit(setting: Standard, rows: Rows, tokens_per_second: float, gflops: float) -> float:
    """Operations of real tokens a second over those that the machine can do."""
    corpus = setting.prepared.train
    words = setting.prepared.columns["target"].vocabulary.said
    passed = weights(setting.settings.model.settings, words)
    lengths = (corpus.lengths(name)[rows] for name in ("source", "target"))
    per_token = operations(passed, *lengths) / real_tokens(corpus, rows)
    return per_token * tokens_per_second / (gflops * 1e9)


def real_epoch(setting: Standard, run: Run, sentences: int) -> float:
    """Target tokens a second over a whole epoch, without the validation at its end."""
    corpus = first_rows(setting.prepared.train, sentences)
    loop = make_loop(setting.model(), corpus, setting, run)
    with stop_flag() as flag:
        loop.fit(flag)
    return real_tokens(corpus, range(len(corpus))) / (60 * loop.state.minutes)


def main() -> None:
    """Take turns, then run the epoch; a table for people and a line of JSON."""
    parser = arguments(__doc__, "a batch a round, and 600 sentences for the epoch")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="of targets, in a batch")
    peers.add_arguments(parser)
    words = parser.parse_args()
    size = QUICK if words.quick else WHOLE
    keep_memory()  # as every training does
    found = machine()
    say(str(found))
    setting = standard(words.data, epochs=1, batch_tokens=2 * words.tokens)
    corpus = setting.prepared.train
    with (
        tempfile.TemporaryDirectory() as folder,
        open_run(Path(folder) / "run", overwrite=False, resume=False) as run,
    ):
        entered = contenders(setting, run, size.batches)
        rates: dict[str, list[float]] = {each.name: [] for each in entered}
        shares: list[float] = []
        for number in range(size.rounds + 1):  # the first warms up
            rates_now = measured_again(found).rates
            limit = max(rates_now["fp32"], rates_now["bf16"])
            for each in entered:
                rates[each.name].append(rate(each, corpus))
            for name in peers.NAMES if number else ():
                if python := getattr(words, name):
                    peer = peers.training_rate(name, python, setting, size.updates)
                    rates.setdefault(name, [0.0]).append(peer)
            rows = np.concatenate(entered[0].batches)
            shares.append(share_of_limit(setting, rows, rates[OURS][-1], limit))
            say(f"round {number}: " + ", ".join(f"{n} {r[-1]:,.0f}" for n, r in rates.items()))
        around = [rate(entered[0], corpus)]
        epoch = real_epoch(setting, run, size.epoch)
        around.append(rate(entered[0], corpus))
    medians = {name: statistics.median(each[1:]) for name, each in rates.items()}
    report(medians, statistics.median(shares[1:]), epoch, epoch / statistics.mean(around))


def report(medians: dict[str, float], share: float, epoch: float, of_repeated: float) -> None:
    """What came out."""
    ours = medians[OURS]
    rows = [("target tokens a second", "median", "ours is faster by")]
    rows += [(name, f"{each:,.0f}", f"{ours / each:.2f}") for name, each in medians.items()]
    print("\n".join(aligned(rows)))
    print(f"share of the limit: {share:.2f}")
    print(f"a real epoch {epoch:,.0f} tokens/s, {of_repeated:.2f} of repeated batches around it")
    numbers = {
        "speedup_vs_textbook": ours / medians["textbook"],
        "speedup_vs_textbook_same_batches": ours / medians["textbook, our batches"],
        **{f"speedup_vs_{name}": ours / medians[name] for name in peers.NAMES if name in medians},
        "share_of_limit": share,
        "tokens_per_second": ours,
        "tokens_per_second_of_an_epoch": epoch,
        "epoch_over_repeated_batches": of_repeated,
    }
    print(json.dumps({name: round(value, 3) for name, value in numbers.items()}))


if __name__ == "__main__":
    main()
