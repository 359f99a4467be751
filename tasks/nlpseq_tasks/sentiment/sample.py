"""The built-in sample of sentiment: made up by a grammar, to show why a sequence model exists.

Nobody ever said these sentences. Each word of praise or blame occurs under both labels, and only
the way it is used tells which (:data:`~nlpseq_tasks.sentiment.grammar.RULES`): a bag of words
has to guess where a model that reads in order need not.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import TypeVar

from nlpseq_tasks.sentiment.grammar import PHRASES, RULES, Rule
from nlpseq_tasks.sentiment.words import OPINIONS, PEOPLE, TOPICS, Topic

T = TypeVar("T")

SIZES = {"train": 6000, "valid": 800, "test": 800}
SIGNS = {"positive": 1, "negative": -1}
SEED = 1

SLOT = re.compile(r"\{([+-]?)(\w+)\}")
START = re.compile(r"(?:^|(?<=[.?] ))[a-z]")
VOWEL_NEXT = re.compile(r"\ba(?= (?:[aeio]|un))")


def parts() -> dict[str, list[tuple[str, str]]]:
    """The (text, label) pairs of each part: balanced, the same at every call, no text twice."""
    rows = sentences(random.Random(SEED))
    return {name: list(islice(rows, size)) for name, size in SIZES.items()}


def sentences(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Sentences without end, each new, with the labels in turn."""
    rules = [rule for rule in RULES for _ in range(rule.share)]
    seen: set[str] = set()
    for label in cycle(SIGNS):
        while (text := write(pick(rules, chance), label, chance)) in seen:
            continue
        seen.add(text)
        yield text, label


def write(rule: Rule, label: str, chance: random.Random) -> str:
    """A sentence that follows ``rule`` and deserves ``label``."""
    text = Writer(pick(TOPICS, chance), chance).fill(pick(rule.patterns, chance), SIGNS[label])
    return START.sub(lambda start: start[0].upper(), VOWEL_NEXT.sub("an", text))


def pick(choices: Sequence[T], chance: random.Random) -> T:
    """One of ``choices``, drawn with ``random()``, whose numbers no version of Python changes."""
    return choices[int(chance.random() * len(choices))]


class Writer:
    """Fills the slots of one sentence, which keeps to its topic and says no word of it twice."""

    def __init__(self, topic: Topic, chance: random.Random) -> None:
        self._opinions = {**OPINIONS, "topical": topic.topical}
        self._words = {**topic.words, "someone": PEOPLE}
        self._chance = chance
        self._said: set[str] = set()

    def fill(self, pattern: str, side: int) -> str:
        """``pattern`` with its slots filled; ``side`` is 1 for praise, -1 for blame."""
        return SLOT.sub(
            lambda slot: self._choose(slot[2], -side if slot[1] == "-" else side), pattern
        )

    def _choose(self, slot: str, side: int) -> str:
        if slot in PHRASES:
            return self.fill(pick(PHRASES[slot], self._chance), side)
        opinion = self._opinions.get(slot)
        words = opinion.on(side) if opinion else self._words[slot]
        word = pick([word for word in words if word not in self._said], self._chance)
        self._said.add(word)
        return word
