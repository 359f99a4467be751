"""The model that answers a text with a text: an encoder, a decoder with attention, and search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlpseq.config import Member, member, section, setting
from nlpseq.data.batches import Batch, Padded
from nlpseq.errors import SettingError
from nlpseq.model.attention.protocol import Memory
from nlpseq.model.copying import Copying
from nlpseq.model.decoders import DECODERS
from nlpseq.model.decoders.protocol import Decoded, Decoder, DecoderState
from nlpseq.model.embedding import Embedding, EmbeddingSettings
from nlpseq.model.encoder import Encoder, EncoderSettings
from nlpseq.model.output_layer import OutputLayer
from nlpseq.model.protocol import Model, Prediction, Sums
from nlpseq.search import Hypothesis, Search
from nlpseq.search.stepper import Step, Stepper
from nlpseq.text.vocabulary import BOS_ID, EOS_ID, UNK_ID, Vocabulary


@dataclass(frozen=True)
class Seq2SeqSettings:
    """Of the encoder-decoder."""

    embedding: EmbeddingSettings = section(EmbeddingSettings)
    encoder: EncoderSettings = section(EncoderSettings)
    decoder: Member = member("nlpseq.model.decoders:DECODERS", "fused", "what writes the words")
    tied: Literal["none", "two_way", "three_way"] = setting(
        "two_way",
        "one table for target words and output layer, and in three_way for source words as well",
    )
    copying: bool = setting(False, "words of the source may be copied (See et al. 2017)")
    label_smoothing: float = setting(0.0, "share of belief given to all words", least=0, most=0.9)
    scheduled_sampling: float = setting(
        0.0, "share of the target words read that are the model's own guesses", least=0, most=1
    )


class State(NamedTuple):
    """What search carries from step to step: of each text its memory, of each row its state."""

    decoder: DecoderState
    memory: Memory
    source: Tensor  # [B, S]  ids, to be copied
    words: int  # that can be said: those of the model, or the vocabulary and what can be copied


class Seq2Seq(Model):
    """Reads a text and writes another; a stepper, as :mod:`nlpseq.search.stepper` says.

    The fused decoder and the whole of training follow Luong et al. (2015); scheduled sampling
    (Bengio et al. 2015) is done in two passes, of which the first makes the guesses (Mihaylova
    & Martins 2019).

    It says the words of the vocabulary that stand in targets; the others have no scores, which in
    a vocabulary for two languages spares half of the output layer. Copying may say them all.

    Shapes: B batch, S source length, T target length, E width of words, K hypotheses.
    """

    Settings = Seq2SeqSettings
    searches = True
    answers = ("text", "tokens")

    def __init__(self, settings: Seq2SeqSettings, source: Vocabulary, target: Vocabulary) -> None:
        super().__init__()
        self.settings = settings
        self.vocabulary = target
        tables = {"target": Embedding(len(target), settings.embedding)}
        if settings.tied != "three_way":
            tables["source"] = Embedding(len(source), settings.embedding)
        self.tables = nn.ModuleDict(tables)
        width = settings.embedding.width
        self.encoder = Encoder(width, settings.encoder)
        self.decoder: Decoder = DECODERS[settings.decoder.name](
            width, self.encoder.width, settings.decoder.settings
        )
        self.words = len(target) if settings.copying else target.said
        self.output = OutputLayer(self.words)
        if settings.tied == "none":
            self.output_weight = nn.Parameter(torch.empty(self.words, width))
            nn.init.xavier_uniform_(self.output_weight)
        if settings.copying:
            self.copying = Copying(width)

    @classmethod
    def build(cls, settings: Any, vocabularies: Mapping[str, Vocabulary]) -> Self:
        """A fresh model.

        Raises:
            SettingError: a setting asks for one vocabulary for both sides, and there are two.
        """
        source, target = vocabularies["source"], vocabularies["target"]
        wanting = "model.copying" if settings.copying else "model.tied = three_way"
        if (settings.copying or settings.tied == "three_way") and source is not target:
            raise SettingError(
                f"setting {wanting}: found a vocabulary for each side, expected one for both; "
                "set text.shared = true"
            )
        return cls(settings, source, target)

    def embeddings(self) -> Mapping[str, Embedding]:
        """Those of both sides; when three-way tied they are one."""
        return {"source": self._table("source"), "target": self._table("target")}

    def _table(self, side: str) -> Embedding:
        table: Embedding = self.tables[side if side in self.tables else "target"]  # type: ignore[assignment]
        return table

    def _weight(self) -> Tensor:
        """The vectors of the words that can be said [V, E]."""
        if self.settings.tied == "none":
            return self.output_weight
        weight: Tensor = self._table("target").table.weight
        return weight if len(weight) == self.words else weight.narrow(0, 0, self.words)

    def objective(self, batch: Batch) -> Sums:
        """Cross-entropy of the target's words and of its end, and what coverage adds."""
        state = self.start(batch)
        given, expected = _shifted(batch.target)
        given = self._sampled(given, state)
        decoded = self._decode(given, state)
        loss = self._loss(decoded, expected, state)
        coverage = self.settings.decoder.settings.coverage
        if coverage:
            loss = loss + coverage * coverage_loss(decoded.weights, given.mask)
        return Sums(loss, given.mask.sum())

    def _decode(self, given: Padded, state: State) -> Decoded:
        decoded: Decoded = self.decoder(
            self._table("target")(given.ids), given.mask, state.memory, state.decoder
        )
        return decoded

    def _loss(self, decoded: Decoded, expected: Padded, state: State) -> Tensor:
        smoothing = self.settings.label_smoothing
        if self.settings.copying:
            log_prob, mean = self._expectation(decoded, expected, state)
            return -((1 - smoothing) * log_prob + smoothing * mean).sum()
        rows, right = decoded.outputs[expected.mask], expected.ids[expected.mask]
        return self.output.loss(rows, self._weight(), self._known(right), smoothing)

    def _expectation(
        self, decoded: Decoded, expected: Padded, state: State
    ) -> tuple[Tensor, Tensor]:
        """The log-probability of each real word of ``expected``, and the mean over all words."""
        mask = expected.mask
        outputs, right = decoded.outputs[mask], expected.ids[mask]
        said = self.output.expectation(outputs, self._weight(), self._known(right))
        if not self.settings.copying:
            return said.right, said.mean
        stands = (expected.ids.unsqueeze(2) == state.source.unsqueeze(1)) & (
            state.memory.mask.unsqueeze(1)
        )
        stands = stands[mask]
        # A word that is copied from beyond the vocabulary is not also said as <unk>.
        beyond = stands.any(-1) & (right >= self.words)
        said = said._replace(right=said.right.masked_fill(beyond, float("-inf")))
        copied = self.copying.expectation(outputs, said, decoded.weights[mask], stands)
        return copied, said.mean

    def _sampled(self, given: Padded, state: State) -> Padded:
        """The target words to read, some of them as the model itself would say them."""
        share = self.settings.scheduled_sampling
        if not (self.training and share):
            return given
        with torch.no_grad():
            decoded = self._decode(given, state)
            guesses = self.output.log_probs(decoded.outputs, self._weight()).argmax(-1)
        guesses = functional.pad(guesses[:, :-1], (1, 0), value=BOS_ID)
        drawn = torch.rand(guesses.shape, device=guesses.device) < share
        return Padded(torch.where(drawn & given.mask, guesses, given.ids), given.mask)

    def _known(self, ids: Tensor) -> Tensor:
        """The ids with words that cannot be said as unknown."""
        return ids.masked_fill(ids >= self.words, UNK_ID)

    def log_probs(self, batch: Batch) -> Tensor:
        """Of each token of the targets and of their ends, [B, T + 1]; 0 beyond these."""
        state = self.start(batch)
        given, expected = _shifted(batch.target)
        found, _ = self._expectation(self._decode(given, state), expected, state)
        return found.new_zeros(expected.mask.shape).masked_scatter(expected.mask, found)

    def says_targets(self, batch: Batch) -> Tensor:
        """Which tokens of the targets, and ends, it can say as they are, [B, T + 1]."""
        ids = _shifted(batch.target)[1].ids
        copied = (ids[..., None] == batch.source.ids[:, None]).any(-1)
        return (ids < self.words) | (copied & self.settings.copying)

    def start(self, batch: Batch) -> State:
        """Read the source; a row for each text."""
        ids, mask = batch.source
        encoded = self.encoder(self._table("source")(ids), mask)
        memory = self.decoder.attention.remember(encoded.outputs, mask)
        state = self.decoder.start(encoded.summary, memory)
        copied = len(batch.unknown) if self.settings.copying else 0
        return State(state, memory, ids, self.words + copied)

    def step(self, ids: Tensor, state: State) -> Step:
        """Read a word for each hypothesis, ``ids`` [B, K], and score what may come next."""
        words = self._table("target")(ids)
        decoded, after = self.decoder.step(words, state.memory, state.decoder)
        log_probs = self.output.log_probs(decoded.outputs, self._weight())
        if self.settings.copying:
            beyond = state.words - log_probs.shape[-1]
            log_probs = functional.pad(log_probs, (0, beyond), value=float("-inf"))
            copied = state.source.unsqueeze(1)
            log_probs = self.copying.mixed(decoded.outputs, log_probs, decoded.weights, copied)
        return Step(log_probs, state._replace(decoder=after), decoded.weights)

    def select(self, state: State, rows: Tensor) -> State:
        """The hypotheses ``rows`` [B', K'], by their numbers among all; texts may be left out."""
        per_text = len(state.decoder.cells[0][0]) // len(state.source)
        decoder = state.decoder.select(rows.flatten())
        if len(rows) == len(state.source):
            return state._replace(decoder=decoder)
        texts = rows[:, 0] // per_text
        source = state.source.index_select(0, texts)
        return State(decoder, state.memory.select(texts), source, state.words)

    def can_say(self, word: int) -> bool:
        """Whether it has learned to say the word of that id, or could copy it."""
        return word < self.words

    def predict(self, batch: Batch, search: Search) -> list[Prediction]:
        """The best answers that search finds."""
        return answers(self, self.vocabulary, batch, search)


def _shifted(target: Padded) -> tuple[Padded, Padded]:
    """What is read at each step, from <bos> on, and what is expected then, up to <eos>."""
    ids, mask = target
    lengths = mask.sum(1, keepdim=True)
    longer = functional.pad(mask, (1, 0), value=True)
    expected = functional.pad(ids, (0, 1)).scatter(1, lengths, EOS_ID)
    return Padded(functional.pad(ids, (1, 0), value=BOS_ID), longer), Padded(expected, longer)


def coverage_loss(weights: Tensor, mask: Tensor) -> Tensor:
    """How much is looked at again, summed over real steps; See et al. (2017), equation 12.

    ::

        sum_t sum_s min(a_ts, sum of a_us over u < t)
    """
    before = weights.cumsum(1) - weights
    again = torch.minimum(weights, before).sum(-1)
    return (again * mask).sum()


def answers(
    stepper: Stepper, vocabulary: Vocabulary, batch: Batch, search: Search
) -> list[Prediction]:
    """What search finds with a stepper, in words of the vocabulary or copied ones."""
    words = (*vocabulary.tokens, *batch.unknown)
    return [_prediction(found, words) for found in search(stepper, batch)]


def _prediction(found: Sequence[Hypothesis], words: Sequence[str]) -> Prediction:
    """The best of some hypotheses, the others its alternatives."""
    best, *others = (
        Prediction(
            score=hypothesis.score,
            tokens=tuple(words[number] for number in hypothesis.ids),
            attention=None if hypothesis.attention is None else _rows(hypothesis.attention),
        )
        for hypothesis in found
    )
    return replace(best, alternatives=tuple(others))


def _rows(weights: Tensor) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, weights.tolist()))
