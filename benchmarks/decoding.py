"""How fast answers are found: ``python -m benchmarks.decoding DATA [--model RUN] [--quick]``.

Sentences of Multi30k valid, in batches of 64: greedy and with a beam of 5, sentences a second,
ours through the Python API, so with tokenizing and spelling, and the textbook's search on ids.
The weights of both are as training starts from them, and every answer is made 14 tokens long,
which is the mean of the English side with its end: so all do the same work, and that finished
sentences leave our batches is not counted in. Peers that are installed (``benchmarks/peers.md``)
are asked the same way, on texts in pieces. With ``--model``, the latency and the rates of that
trained model, with answers as long as it makes them, are told as well, in fp32, bf16 and int8, and
the BLEU that each comes to on these sentences.

The latency is that of one call with one sentence of 12 words, in milliseconds, by turns too.
"""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch

from benchmarks.machine import machine
from benchmarks.peer_answers import Ask, answering
from benchmarks.peers import add_arguments, in_pieces
from benchmarks.quality import bleu
from benchmarks.standard import Standard, arguments, say, standard
from benchmarks.textbook import Textbook, Widths, pair_of
from benchmarks.textbook_search import beam, greedy
from nlpseq.data.batches import plan
from nlpseq.evaluation.table import aligned
from nlpseq.pipeline import Pipeline, load
from nlpseq.text.vocabulary import EOS_ID

SENTENCE = "Ein Mann mit einem roten Hut fährt auf einem alten grünen Fahrrad."
BATCH, LENGTH = 64, 14
PRECISIONS = ("fp32", "bf16", "int8")
METHODS: dict[str, dict[str, Any]] = {
    "greedy": {"method": "greedy"},
    "beam5": {"method": "beam", "beam": 5},
}
BEAMS = {"greedy": 1, "beam5": 5}  # of peers
SAME_LENGTH = {"min_length": LENGTH, "max_length": LENGTH}

Answer = Callable[[], Any]
Answers = dict[str, Answer]  # by who gives them, and how: "nlpseq beam5"


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    sentences: int
    calls: int  # of one sentence


WHOLE, QUICK = Size(7, 1014, 100), Size(5, 32, 10)


def rate(answer: Answer, sentences: int) -> float:
    """Sentences a second."""
    started = time.perf_counter()
    answer()
    return sentences / (time.perf_counter() - started)


def textbook_answers(setting: Standard, count: int) -> Answers:
    """The textbook's searches through the first ``count`` sentences."""
    corpus = setting.prepared.valid.corpus
    words = len(setting.prepared.columns["target"].vocabulary)
    torch.manual_seed(1)
    model = Textbook(Widths(words))
    model.decoder.output.bias.data[EOS_ID] = -1e4  # every answer goes on to its full length
    sources = [
        pair_of(corpus, rows[rows < count], words)[0]
        for rows in plan(corpus, rows=BATCH, tokens=BATCH * 1024)
        if (rows < count).any()
    ]

    def beams() -> None:
        for batch in sources:
            for source in batch:
                beam(model, source[source > 0], LENGTH)

    return {
        "textbook greedy": lambda: [greedy(model, batch, LENGTH) for batch in sources],
        "textbook beam5": beams,
    }


def measured(contenders: Answers, rounds: int, sentences: int) -> dict[str, float]:
    """The median rate of each, all of them taking turns; the first round warms up."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, answer in contenders.items():
            rates[name].append(rate(answer, sentences))
        if sentences > 1:
            say(f"round {number}: " + ", ".join(f"{n} {r[-1]:.1f}" for n, r in rates.items()))
    return {name: statistics.median(each[1:]) for name, each in rates.items()}


def ours(pipeline: Pipeline, texts: Sequence[str], name: str, precision: str = "fp32") -> Answer:
    """Our answers to some texts by one method."""
    searching = pipeline.searching({**METHODS[name], "batch": BATCH, "precision": precision})
    return lambda: searching(texts)


def untrained(setting: Standard, peers: Mapping[str, Ask], texts: Sequence[str]) -> Answers:
    """Answers of the same length to some texts: ours, and those of peers."""
    columns = setting.prepared.columns
    fresh = Pipeline(setting.task, columns, setting.model(), setting.settings)
    same = fresh.searching(SAME_LENGTH)
    pieces = in_pieces(map(columns["source"].ids, texts), columns["source"].vocabulary.tokens)
    found = {f"nlpseq {name}": ours(same, texts, name) for name in METHODS}
    for (peer, ask), (name, width) in itertools.product(peers.items(), BEAMS.items()):
        found[f"{peer} {name}"] = partial(ask, pieces, width, LENGTH)
    return found


def in_fewer_bits(trained: Pipeline, texts: Sequence[str]) -> Answers:
    """The answers of a trained model to some texts, in each precision."""
    kinds = itertools.product(PRECISIONS, METHODS)
    return {f"{kind} {name}": ours(trained, texts, name, kind) for kind, name in kinds}


def compared(contenders: Answers, size: Size, sentences: int) -> dict[str, float]:
    """Rates of all, or milliseconds of one sentence, and how many times faster ours are."""
    one = sentences == 1
    rates = measured(contenders, size.calls if one else size.rounds, sentences)
    found = {}
    for who, each in rates.items():
        peer, _, name = who.partition(" ")
        unit = f"latency_{name}_ms" if one else f"{name}_sentences_per_second"
        found[f"{peer}_{unit}"] = 1000 / each if one else each
        if peer not in ("nlpseq", *PRECISIONS):
            what = f"latency_of_{peer}_over_ours" if one else f"speedup_vs_{peer}"
            found[f"{what}_{name}"] = rates[f"nlpseq {name}"] / each
    return found


def main() -> None:
    """Take turns; a table for people and a line of JSON."""
    parser = arguments(__doc__, "32 sentences and five rounds")
    parser.add_argument("--model", help="a trained model to measure as well")
    add_arguments(parser)
    words = parser.parse_args()
    size = QUICK if words.quick else WHOLE
    say(str(machine()))
    setting = standard(words.data)
    examples = setting.prepared.valid.examples[: size.sentences]
    texts = [str(each.source) for each in examples]
    trained = load(words.model) if words.model else None
    lower = in_fewer_bits(trained, texts) if trained else {}
    single = in_fewer_bits(trained, [SENTENCE]) if trained else {}
    with answering(words, setting) as peers:
        many = untrained(setting, peers, texts) | textbook_answers(setting, len(texts))
        found = compared({**many, **lower}, size, len(texts))
        found |= compared({**untrained(setting, peers, [SENTENCE]), **single}, size, 1)
    right = [str(each.target) for each in examples]
    for who, answer in lower.items():
        found[f"{who.replace(' ', '_')}_bleu"] = bleu([each.text for each in answer()], right)
    print("\n".join(aligned([(name, f"{value:,.2f}") for name, value in found.items()])))
    print(json.dumps({name: round(value, 2) for name, value in found.items()}))


if __name__ == "__main__":
    main()
