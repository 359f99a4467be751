"""How fast answers are found: ``python -m benchmarks.decoding DATA [--model RUN] [--quick]``.

Sentences of Multi30k valid, in batches of 64: greedy and with a beam of 5, sentences a second,
ours through the Python API, so with tokenizing and spelling, and the textbook's search on ids.
The weights of both are as training starts from them, and every answer is made 14 tokens long,
which is the mean of the English side with its end: so both do the same work, and that finished
sentences leave our batches is not counted in. With ``--model``, the latency and the rates of that
trained model, with answers as long as it makes them, are told as well, in fp32, bf16 and int8, and
the BLEU that each comes to on these sentences.

The latency is that of one call with one sentence of 12 words, in milliseconds.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch

from benchmarks.machine import machine
from benchmarks.quality import bleu
from benchmarks.standard import Standard, arguments, say, standard
from benchmarks.textbook import Textbook, Widths, pair_of
from benchmarks.textbook_search import beam, greedy
from nlpseq.data.batches import plan
from nlpseq.evaluation.table import aligned
from nlpseq.model.protocol import Prediction
from nlpseq.pipeline import Pipeline, load
from nlpseq.text.vocabulary import EOS_ID

SENTENCE = "Ein Mann mit einem roten Hut fährt auf einem alten grünen Fahrrad."
BATCH, LENGTH = 64, 14
PRECISIONS = ("fp32", "bf16", "int8")
METHODS = {"greedy": {"method": "greedy"}, "beam5": {"method": "beam", "beam": 5}}
SAME_LENGTH = {"min_length": LENGTH, "max_length": LENGTH}


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    sentences: int
    calls: int  # of one sentence, in each round


WHOLE, QUICK = Size(7, 1014, 20), Size(5, 32, 2)


def rate(answer: Callable[[], object], sentences: int) -> float:
    """Sentences a second."""
    started = time.perf_counter()
    answer()
    return sentences / (time.perf_counter() - started)


def latency(pipeline: Pipeline, calls: int) -> float:
    """Milliseconds of one call."""
    seconds = []
    for _ in range(calls):
        started = time.perf_counter()
        pipeline(SENTENCE)
        seconds.append(time.perf_counter() - started)
    return 1000 * statistics.median(seconds)


def textbook_answers(setting: Standard, count: int) -> dict[str, Callable[[], object]]:
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
        "greedy": lambda: [greedy(model, batch, LENGTH) for batch in sources],
        "beam5": beams,
    }


def measured(contenders: Mapping[str, Callable[[], object]], size: Size) -> dict[str, float]:
    """The median rate of each, all of them taking turns."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(size.rounds):
        for name, answer in contenders.items():
            rates[name].append(rate(answer, size.sentences))
        say(f"round {number}: " + ", ".join(f"{n} {r[-1]:.1f}" for n, r in rates.items()))
    return {name: statistics.median(each) for name, each in rates.items()}


def ours(
    pipeline: Pipeline, texts: Sequence[str], name: str, precision: str = "fp32"
) -> Callable[[], Sequence[Prediction]]:
    """Our answers to some texts by one method."""
    searching = pipeline.searching({**METHODS[name], "batch": BATCH, "precision": precision})
    return lambda: searching(texts)


def main() -> None:
    """Take turns; a table for people and a line of JSON."""
    parser = arguments(__doc__, "32 sentences and five rounds")
    parser.add_argument("--model", help="a trained model to measure as well")
    words = parser.parse_args()
    size = QUICK if words.quick else WHOLE
    say(str(machine()))
    setting = standard(words.data)
    texts = [str(each.source) for each in setting.prepared.valid.examples[: size.sentences]]
    fresh = Pipeline(setting.task, setting.prepared.columns, setting.model(), setting.settings)
    same = fresh.searching(SAME_LENGTH)
    contenders = {f"nlpseq {name}": ours(same, texts, name) for name in METHODS}
    theirs = textbook_answers(setting, size.sentences)
    contenders |= {f"textbook {name}": theirs[name] for name in METHODS}
    trained = load(words.model) if words.model else None
    lower = {
        f"{precision} {name}": ours(trained, texts, name, precision)
        for precision in (PRECISIONS if trained else ())
        for name in METHODS
    }
    rates = measured(contenders | lower, size)
    found = {
        f"{who.partition(' ')[0]}_{name}_sentences_per_second": rates[who]
        for who in rates
        for name in METHODS
        if who.endswith(name)
    }
    for name in METHODS:
        found[f"speedup_vs_textbook_{name}"] = rates[f"nlpseq {name}"] / rates[f"textbook {name}"]
        for precision in PRECISIONS if trained else PRECISIONS[:1]:
            timed = (trained or same).searching({**METHODS[name], "precision": precision})
            found[f"{precision}_latency_{name}_ms"] = latency(timed, size.calls * size.rounds)
    right = [str(each.target) for each in setting.prepared.valid.examples[: size.sentences]]
    for who, answer in lower.items():
        found[f"{who.replace(' ', '_')}_bleu"] = bleu([each.text for each in answer()], right)
    print("\n".join(aligned([(name, f"{value:,.2f}") for name, value in found.items()])))
    print(json.dumps({name: round(value, 2) for name, value in found.items()}))


if __name__ == "__main__":
    main()
