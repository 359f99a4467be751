"""The operations of a step, counted by the framework and by our arithmetic."""

import numpy as np
import pytest

from benchmarks.operations import operations, real_tokens, weights
from nlpseq.config import read
from nlpseq.data.batches import Held, collate
from nlpseq.model.cells.lstm import LSTMCell
from nlpseq.model.cells.protocol import Cell
from nlpseq.model.seq2seq import Seq2Seq, Seq2SeqSettings
from nlpseq.text.vocabulary import Vocabulary
from nlpseq.training.profile import operation_counter

STANDARD = {
    "tied": "three_way",
    "embedding": {"width": 512, "dropout": 0.0},
    "encoder": {"width": 256, "layers": 2},
    "decoder": {"name": "fused", "width": 512, "layers": 2},
}


def settings(**changes):
    return read(Seq2SeqSettings, {**STANDARD, **changes})


def test_the_weights_of_the_standard_setting_are_those_of_the_table():
    found = weights(settings(), 8000)
    assert found.source == 3_145_728 + 262_144
    assert found.target == 262_144 + 6_291_456 + 4_620_288
    assert (found.pair, found.sentence) == (3072, 1_048_576)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_the_framework_counts_the_same_operations(monkeypatch, bidirectional):
    monkeypatch.setattr(LSTMCell, "unroll", Cell.unroll)  # the kernel hides what it does
    chosen = settings(
        embedding={"width": 24, "dropout": 0.0},
        encoder={"width": 16, "layers": 2, "bidirectional": bidirectional},
        decoder={"name": "fused", "width": 40, "layers": 2},
    )
    vocabulary = Vocabulary.of_tokens({f"word{number}": 1 for number in range(56)}, size=60)
    model = Seq2Seq(chosen, vocabulary, vocabulary)
    rng = np.random.default_rng(0)
    rows = [rng.integers(4, 60, 8) for _ in range(6)]  # widths on the ladder: no padding
    corpus = Held({"source": rows, "target": rows})
    lengths = corpus.lengths("source"), corpus.lengths("target")
    with operation_counter() as counter:
        loss, _ = model.objective(collate(corpus, range(6)))
        loss.backward()
    counted = operations(weights(chosen, len(vocabulary)), *lengths)
    # Nothing goes back to the zeros before the first step, which is all that the count leaves out.
    directions = 2 if bidirectional else 1
    before = 6 * 2 * directions * 2 * (4 * 16 * 16)
    assert counter.get_total_flops() == counted - before


def test_each_target_counts_its_end_as_a_token():
    corpus = Held({"source": [[4], [4]], "target": [[4, 5], [6]]})
    assert real_tokens(corpus, [0, 1]) == 5
