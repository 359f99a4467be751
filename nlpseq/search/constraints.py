"""What may be said: the rules that an answer must keep."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from nlpseq.data.batches import Batch
from nlpseq.errors import SettingError
from nlpseq.search.candidates import IMPOSSIBLE, Candidates
from nlpseq.search.phrases import Phrase, Phrases
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import BOS_ID, EOS_ID, PAD_ID

LONGEST = 1024
"""Words of an answer at most; a model that never ends must not run forever."""


class Wanted(NamedTuple):
    """The ids of texts that answers must hold."""

    prefix: Phrase = ()
    phrases: tuple[Phrase, ...] = ()


class Progress(NamedTuple):
    """What the rules need to know of each hypothesis."""

    said: Tensor  # [B, K, T]  its words; none where no rule asks for them
    states: Tensor  # [B, K, P]  of the phrases
    pressed: Tensor  # [B, K]  whether it says a phrase in place of its end
    due: Tensor  # [B, K]  the word that would be said in place of the end; else padding

    def continued(self, parents: Tensor) -> Progress:
        """That of hypotheses which continue ``parents`` [B, M]."""
        return Progress(*(taken(part, parents) for part in self))


def taken(values: Tensor, places: Tensor) -> Tensor:
    """``values`` [B, K, ...] at ``places`` [B, M], text by text."""
    texts = torch.arange(len(places), device=places.device).unsqueeze(1)
    return values[texts, places]


class Constraints:
    """The rules of a batch, each in turn.

    Shapes: B texts, K hypotheses of each, V words, T words said, P phrases, M candidates.
    """

    def __init__(self, settings: SearchSettings, wanted: Wanted, batch: Batch) -> None:
        self.settings = settings
        self.prefix = wanted.prefix
        self.phrases = Phrases(wanted.phrases, batch.source.ids.device)
        self.longest = longest(settings, wanted, batch.source.mask.sum(1))
        self.soonest = int(self.longest.min())

    def start(self) -> Progress:
        """Before the first word, one hypothesis of each text."""
        none = self.longest.new_zeros(len(self.longest), 1)
        said, states = none.unsqueeze(2)[..., :0], none.unsqueeze(2).repeat(1, 1, len(self.phrases))
        return Progress(said, states, none.bool(), none)

    def allowed(
        self, log_probs: Tensor, progress: Progress, step: int, left: Tensor
    ) -> tuple[Tensor, Progress]:
        """Scores [B, K, V] by which the next word is chosen, -inf where it may not be said.

        ``left`` [B, 1] is the number of words that may still be said. Barred words are barred in
        ``log_probs`` too: a copy would cost a tenth of a step.
        """
        if step < len(self.prefix):
            return _nothing_but(self.prefix[step], log_probs), progress
        scores = log_probs.clone() if self.phrases else log_probs
        scores[..., PAD_ID] = scores[..., BOS_ID] = -math.inf
        if step >= self.settings.no_repeat_ngram > 0:
            self._bar_repeats(scores, progress)
        if self.phrases:
            held = self.phrases.held(scores, progress.states, progress.pressed, left)
            scores, progress = held.scores, progress._replace(due=held.due)
        if step < self.settings.min_length:
            scores[..., EOS_ID] = -math.inf
        if step >= self.soonest:
            end = _nothing_but(EOS_ID, log_probs)
            scores = torch.where(left.unsqueeze(2) > 0, scores, end)
        return scores, progress

    def _bar_repeats(self, scores: Tensor, progress: Progress) -> None:
        """Bar what would end an n-gram that has been said, but for what a phrase waits for."""
        size = self.settings.no_repeat_ngram
        grams = progress.said.unfold(2, size, 1)  # [B, K, T - size + 1, size]
        last = progress.said[..., None, progress.said.shape[2] - size + 1 :]
        again = (grams[..., :-1] == last).all(-1)
        demanded = self.demanded(progress)
        kept = scores.gather(2, demanded)
        scores.scatter_(2, torch.where(again, grams[..., -1], PAD_ID), -math.inf)
        scores.scatter_(2, demanded, kept)

    def demanded(self, progress: Progress) -> Tensor:
        """The words [B, K, D] that phrases wait for."""
        return self.phrases.demanded(progress.states) if self.phrases else progress.states

    def advanced(self, progress: Progress, grown: Candidates) -> Progress:
        """After the words of ``grown``, which continue the hypotheses of ``progress``."""
        if not (self.settings.no_repeat_ngram or self.phrases):
            return progress  # no rule asks for it
        said, states, _, due = progress.continued(grown.parents)
        if self.settings.no_repeat_ngram:
            said = torch.cat([said, grown.words.unsqueeze(2)], 2)
        if self.phrases:
            states = self.phrases.advanced(states, grown.words)
        return Progress(said, states, grown.words == due, due)


def _nothing_but(word: int, log_probs: Tensor) -> Tensor:
    scores = torch.full_like(log_probs, -math.inf)
    scores[..., word] = log_probs[..., word].clamp(min=IMPOSSIBLE)
    return scores


def longest(settings: SearchSettings, wanted: Wanted, lengths: Tensor) -> Tensor:
    """The words [B] of an answer at most, to sources of ``lengths`` [B]."""
    if settings.max_length:
        return torch.full_like(lengths, settings.max_length)
    return (2 * lengths + 50).clamp(min=shortest(settings, wanted), max=LONGEST)


def shortest(settings: SearchSettings, wanted: Wanted) -> int:
    """The words that every answer has at least."""
    phrases, needed = Phrases(wanted.phrases), 0
    if phrases:
        states = torch.zeros(len(phrases), dtype=torch.long)
        for word in wanted.prefix:
            states = phrases.advanced(states, torch.tensor(word))
        needed = int(phrases.needed(states))
    return max(settings.min_length, len(wanted.prefix) + needed)


def refuse_contradictions(settings: SearchSettings, wanted: Wanted) -> None:
    """Refuse what no search can do, and what the one that is asked for does not do.

    Raises:
        SettingError: naming the setting, what was found and what was expected.
    """
    method, most = settings.method, settings.max_length or LONGEST
    for name, user in _USED_BY.items():
        if method != user and getattr(settings, name) != getattr(SearchSettings(), name):
            raise _error(
                settings, name, f"nothing with search.method = {method}, as only {user} uses it"
            )
    answers = {"beam": settings.beam, "greedy": 1, "sampling": settings.minimum_risk or 64}[method]
    if settings.n_best > answers:
        raise _error(settings, "n_best", f"at most {answers} with search.method = {method}")
    if settings.minimum_risk == 1:
        raise _error(settings, "minimum_risk", "0 or at least 2, as one draw has no others")
    if settings.min_length > most:
        raise _error(settings, "min_length", f"at most search.max_length = {most}")
    if (least := shortest(settings, wanted)) > most:
        raise _error(
            settings,
            "max_length",
            f"at least {least}, as search.prefix and search.require may need so many tokens",
        )


_USED_BY = {
    "beam": "beam",
    "temperature": "sampling",
    "top_k": "sampling",
    "top_p": "sampling",
    "seed": "sampling",
    "minimum_risk": "sampling",
}


def _error(settings: SearchSettings, name: str, expected: str) -> SettingError:
    found = getattr(settings, name)
    return SettingError(f"setting search.{name}: found {found!r}, expected {expected}")
