"""BLEU: how many n-grams of the answers stand in the references."""

from __future__ import annotations

import numpy as np
from sacrebleu import BLEU

from nlpseq.errors import MissingExtra
from nlpseq.languages import language as language_of
from nlpseq.metrics.protocol import Answer, Metric, Score, Statistics
from nlpseq.metrics.texts import references_each, tally, text_of


class Bleu(Metric):
    """Precision of n-grams, with a penalty for brevity.

    Papineni et al. (2002), https://aclanthology.org/P02-1040, as Post (2018),
    https://aclanthology.org/W18-6319, computes it: h words in the answers, r in the nearest
    references, p the precision of n-grams::

        BLEU = min(1, exp(1 - r / h)) (p_1 p_2 p_3 p_4)^(1/4)

    The tokenizer follows the language. Statistics are ``[h, r]``, the n-grams that match
    [4], all n-grams [4], and the tally of references [3].
    """

    name = "bleu"

    def __init__(self, language: str = "en") -> None:
        code, tokenizer = language_of(language).code, language_of(language).bleu
        try:
            self._bleu = BLEU(tokenize=tokenizer)
        except RuntimeError as error:  # the packages behind the tokenizer are not there
            raise MissingExtra(f"BLEU's tokenizer {tokenizer}", code) from error

    def statistics(self, hypothesis: Answer, references: tuple[Answer, ...]) -> Statistics:
        accepted = [[text_of(reference)] for reference in references]
        found = self._bleu.corpus_score([text_of(hypothesis)], accepted)
        lengths = found.sys_len, found.ref_len
        counts = [*lengths, *found.counts, *found.totals, *tally(references)]
        return np.array(counts, dtype=np.float64)

    def score(self, total: Statistics) -> Score:
        said, expected, *counts = total[:10].astype(int).tolist()
        found = BLEU.compute_bleu(counts[:4], counts[4:], said, expected, smooth_method="exp")
        self._bleu.num_refs = references_each(total[10:])
        return Score(self.name, found.score, str(self._bleu.get_signature()))
