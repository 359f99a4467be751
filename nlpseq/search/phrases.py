"""Required phrases, and how far each hypothesis has come with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nlpseq.search.candidates import IMPOSSIBLE
from nlpseq.text.vocabulary import EOS_ID, PAD_ID

UNLIKELY = 1e6
"""Taken from the score of a word so that it is chosen only where there is nothing else."""

Phrase = tuple[int, ...]


class Owing(NamedTuple):
    """What comes of phrases that are still to be said."""

    scores: Tensor  # [B, K, V]
    due: Tensor  # [B, K]  the word that would be said in place of the end; else padding


class Phrases:
    """One automaton for each phrase (Knuth, Morris & Pratt 1977).

    Its state is the number of words of the phrase that the hypothesis ends in, and all of them
    once the phrase has been said. Each phrase is followed by itself, so they may overlap. The
    words of phrases are letters, numbered from 0; any other word is the last letter.

    Shapes: B texts, K hypotheses of each, P phrases, L words of the longest, A letters, the last
    one included, V words, C words of each hypothesis.
    """

    def __init__(self, phrases: Sequence[Phrase], device: torch.device | None = None) -> None:
        phrases = _apart(phrases)
        letters = sorted({word for phrase in phrases for word in phrase})
        longest = max(map(len, phrases), default=0)
        self.numbers = torch.arange(len(phrases), device=device)
        self.letters = torch.tensor(letters, dtype=torch.long, device=device)
        self.lengths = torch.tensor([len(p) for p in phrases], dtype=torch.long, device=device)
        self.words = torch.tensor(
            [(*p, *[PAD_ID] * (longest + 1 - len(p))) for p in phrases], device=device
        )  # [P, L + 1]  what each state waits for
        self.table = torch.tensor(
            [_automaton(p, letters, longest + 1) for p in phrases], device=device
        )  # [P, L + 1, A]  the state after each letter

    def __len__(self) -> int:
        return len(self.numbers)

    def letter(self, words: Tensor) -> Tensor:
        """The letters of ``words``, in any shape."""
        same = words.unsqueeze(-1) == self.letters
        return torch.where(same.any(-1), same.int().argmax(-1), len(self.letters))

    def after(self, states: Tensor) -> Tensor:
        """What becomes of ``states`` [..., P] with each letter, [..., A, P]."""
        return self.table[self.numbers, states].transpose(-1, -2)

    def advanced(self, states: Tensor, words: Tensor) -> Tensor:
        """What becomes of ``states`` [..., P] with ``words`` [...]."""
        return self.table[self.numbers, states, self.letter(words).unsqueeze(-1)]

    def met(self, states: Tensor, words: Tensor) -> Tensor:
        """How many required words have been met with ``words`` [B, K, C]."""
        return self.after(states).sum(-1).gather(-1, self.letter(words))

    def needed(self, states: Tensor) -> Tensor:
        """How many words [...] surely bring all phrases to their end.

        The phrase that has come furthest is gone on with, the others are said one by one.
        """
        unmet = states < self.lengths
        return (self.lengths * unmet).sum(-1) - (states * unmet).amax(-1)

    def demanded(self, states: Tensor) -> Tensor:
        """The word that each phrase waits for, [..., P]; padding where it waits for none."""
        return self.words[self.numbers, states]

    def held(self, scores: Tensor, states: Tensor, pressed: Tensor, left: Tensor) -> Owing:
        """Bar the end while a phrase is owed, and all that leaves no room for one.

        What a model believes of the end goes to the next word of the phrase that has come
        furthest, and a hypothesis that was ``pressed`` [B, K] to say a phrase in this way is
        pressed to finish it. Rather than that word being raised the others are lowered, so that
        in a beam nothing is gained by wanting to end too early. ``left`` [B, 1] is the number of
        words that may still be said. Changes ``scores`` [B, K, V].
        """
        fits = self.needed(self.after(states)) < left.unsqueeze(-1)  # [B, K, A]
        room = torch.where(fits, 0.0, -math.inf)
        in_phrases = scores[..., self.letters] + room[..., :-1]
        waits = (states < self.lengths) * (states + 1)
        due = self.demanded(states).gather(-1, waits.argmax(-1, keepdim=True))  # [B, K, 1]
        owing = due != PAD_ID
        end = scores[..., EOS_ID].unsqueeze(-1)
        own = scores.gather(-1, due).clamp(min=IMPOSSIBLE)
        lowered = torch.logaddexp(end, own) - own + UNLIKELY * pressed.unsqueeze(-1)
        instead = pressed.unsqueeze(-1) | (end > own)
        barred = end.masked_fill(owing, -math.inf)
        scores += room[..., -1:] - lowered * owing
        scores[..., self.letters] = in_phrases - lowered * owing
        scores[..., EOS_ID] = barred.squeeze(-1)
        scores.scatter_(-1, due, own.masked_fill(~owing, -math.inf))
        return Owing(scores, due.where(instead, PAD_ID).squeeze(-1))


def _apart(phrases: Sequence[Phrase]) -> list[Phrase]:
    """The phrases that are not said by saying another."""
    distinct = [*dict.fromkeys(filter(None, phrases))]
    return [p for p in distinct if not any(p != whole and _within(p, whole) for whole in distinct)]


def _within(phrase: Phrase, whole: Phrase) -> bool:
    return any(whole[start : start + len(phrase)] == phrase for start in range(len(whole)))


def _automaton(phrase: Phrase, letters: Sequence[int], size: int) -> list[list[int]]:
    """The state after each letter, the last one being any other word, for ``size`` states."""
    table, shorter = [[0] * (len(letters) + 1)], 0
    for state, word in enumerate(phrase):
        # What does not go on goes the way of the longest shorter beginning that stands there.
        letter = letters.index(word)
        table[state][letter], shorter = state + 1, table[shorter][letter]
        table.append([*table[shorter]])
    whole = [len(phrase)] * (len(letters) + 1)
    return table[: len(phrase)] + [whole] * (size - len(phrase))
