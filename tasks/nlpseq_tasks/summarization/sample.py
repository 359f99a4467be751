"""The built-in sample of summarization: made-up reports, each with its headline.

Nothing of this ever happened, and nobody bears these names. They show what copying is for: a
headline repeats names and numbers of its report that no vocabulary can hold, and the report
holds others that the headline must leave out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from nlpseq_tasks.chance import Chance
from nlpseq_tasks.summarization.events import TOPICS, Event, Topic
from nlpseq_tasks.summarization.values import COPIED, draw

SIZES = {"train": 8_000, "valid": 500, "test": 500}
SEED = 1
MOST_SENTENCES = 4

SLOT = re.compile(r"\{(\w+)(?:\.\w+)?\}")
ARTICLE = re.compile(r"\b(?:a|an|the) ")
WORD = re.compile(r"\w+(?:[-.,]\w+)*")


class Report(NamedTuple):
    """A text, its headline, and the names and numbers that the headline repeats."""

    text: str
    headline: str
    copied: tuple[str, ...]


class Fact(NamedTuple):
    """A name or number that a headline must hold."""

    text: str
    unseen: bool  # a word of it stands nowhere in the train part


def parts() -> dict[str, list[tuple[str, str]]]:
    """The (text, headline) pairs of each part: the same at every call, no text twice."""
    return {
        part: [(report.text, report.headline) for report in made]
        for part, made in reports().items()
    }


def reports() -> dict[str, list[Report]]:
    """The reports of each part."""
    made = _without_end(Chance(SEED))
    return {part: list(islice(made, size)) for part, size in SIZES.items()}


def facts(part: str = "test") -> list[tuple[Fact, ...]]:
    """What the headline of each row of ``part`` must hold, and what of it training never saw."""
    made = reports()
    seen = {word for report in made["train"] for word in WORD.findall(report.text)}
    return [
        tuple(Fact(text, not seen.issuperset(WORD.findall(text))) for text in report.copied)
        for report in made[part]
    ]


def repeated(
    rows: Iterable[tuple[Fact, ...]], headlines: Iterable[str], *, unseen: bool
) -> tuple[int, int]:
    """How many facts the headlines of their rows repeat, and of how many; unseen or seen ones."""
    pairs = [
        (WORD.findall(fact.text), WORD.findall(headline))
        for facts_of_row, headline in zip(rows, headlines, strict=True)
        for fact in facts_of_row
        if fact.unseen == unseen
    ]
    return sum(_within(fact, words) for fact, words in pairs), len(pairs)


def _within(part: list[str], whole: list[str]) -> bool:
    return any(whole[start : start + len(part)] == part for start in range(len(whole)))


def _without_end(chance: Chance) -> Iterator[Report]:
    seen: set[str] = set()
    while True:
        report = Writer(chance).report()
        if seen.isdisjoint((report.text, report.headline)):
            seen.update((report.text, report.headline))
            yield report


class Writer:
    """Writes one report, in which a slot keeps what it was first filled with."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._values: dict[str, str] = {}

    def report(self) -> Report:
        """An event among asides, and its headline."""
        topic = self._chance.pick(TOPICS)
        event = self._chance.pick(topic.events)
        text = SLOT.sub(self._value, self._story(topic, event))
        headline = ARTICLE.sub("", SLOT.sub(self._value, event.headline))
        copied = (slot for slot in SLOT.finditer(event.headline) if slot[1] in COPIED)
        values = tuple(self._values[slot[0]] for slot in copied)
        return Report(text, headline[0].upper() + headline[1:], values)

    def _story(self, topic: Topic, event: Event) -> str:
        """The sentences in their order, with open slots."""
        told = self._chance.pick(event.told)
        asides, room = [*topic.anywhere, *topic.after], MOST_SENTENCES - told.count(". ") - 1
        chosen: list[str] = []
        for _ in range(self._chance.pick(range(1, room + 1))):
            aside = self._chance.pick(asides)
            asides.remove(aside)
            chosen.append(aside)
        opens = chosen[0] in topic.anywhere and self._chance.often(0.7)
        return " ".join([chosen[0], told, *chosen[1:]] if opens else [told, *chosen])

    def _value(self, slot: re.Match[str]) -> str:
        """What fills a slot: nothing that already fills another."""
        while slot[0] not in self._values:
            value = draw(slot[1], self._chance)
            if value not in self._values.values():
                self._values[slot[0]] = value
        return self._values[slot[0]]
