"""How many operations a training step cannot do without.

A weight matrix [n, m] costs ``2 n m`` operations for each vector it is multiplied with, and
twice that again going back: once for the gradient of the vector, once for its own. So every
weight that a token passes costs 6 operations. Element-wise work is left out, and so is padding,
which is waste.

For the standard setting (E = 512 embeddings, H = 256 a direction, M = 512 of both, D = 512,
V = 8,000), with letters as in the table of a model's widths::

    a source token     layers 1 and 2: 2 directions x 4 H (input + H)          3,145,728 weights
                       keys of the attention: M D                                262,144
    a target token     query of the word: E D                                    262,144
                       layer 1: 4 D (E + M + D); layer 2: 4 D (D + M + D)      6,291,456
                       merge: (D + M) E; output: V E                           4,620,288
    a pair of tokens   score and context, looked at three times: 3 (D + M)         3,072
    a sentence         bridge: M x 2 x layers x D                              1,048,576

times 6. The share of the limit is these operations over the seconds that they took, over the
machine's rate of matrix products in the same precision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpseq.data.batches import Corpus, Rows
from nlpseq.model.seq2seq import Seq2SeqSettings


class Weights(NamedTuple):
    """How many weights of matrices are passed."""

    source: int  # by a token that is read
    target: int  # by a token that is learned, the end among them
    pair: int  # by each target token for each source token
    sentence: int


def weights(settings: Seq2SeqSettings, words: int) -> Weights:
    """Of an encoder-decoder with the fused decoder and general attention."""
    encoder, decoder, embedding = settings.encoder, settings.decoder.settings, settings.embedding
    read, made, known = encoder.width, decoder.width, embedding.width
    memory = read * (2 if encoder.bidirectional else 1)
    inputs = [known] + [memory] * (encoder.layers - 1)
    source = sum((memory // read) * 4 * read * (size + read) for size in inputs)
    inputs = [known + memory] + [made + memory] * (decoder.layers - 1)
    target = known * made + sum(4 * made * (size + made) for size in inputs)
    return Weights(
        source=source + memory * made,
        target=target + (made + memory) * known + words * known,
        pair=(decoder.layers + 1) * (made + memory),
        sentence=memory * 2 * decoder.layers * made,
    )


def operations(passed: Weights, source: NDArray[np.int32], target: NDArray[np.int32]) -> float:
    """Of a step on sentences of these lengths; to each target comes its end."""
    steps = target.astype(np.int64) + 1
    read = source.astype(np.int64)
    total = passed.source * read.sum() + passed.target * steps.sum()
    total += passed.pair * (read * steps).sum() + passed.sentence * len(read)
    return 6.0 * float(total)


def real_tokens(corpus: Corpus, rows: Rows) -> int:
    """Target tokens of some rows, each with its end."""
    return int(corpus.lengths("target")[rows].sum()) + len(rows)
