"""The built-in sample of translation: made up by a grammar, German with one English for each.

Nobody ever said these sentences. They show what a sequence model has to learn: verbs that wait
for the end of their clause, prefixes that leave their verb, cases, genders that pronouns keep,
and compounds of which some are met for the first time in the valid and test parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from nlpseq_tasks.chance import Chance
from nlpseq_tasks.translation.phrases import compounds
from nlpseq_tasks.translation.sentences import Pair, Sentences
from nlpseq_tasks.translation.words import THINGS, Noun

SIZES = {"train": 15_000, "valid": 500, "test": 500}
SEED = 1
LENGTHS = range(4, 17)  # in words, on each side
EVERY = 3  # of so many compounds, one is kept out of the train part

COMPOUNDS: Mapping[str, Noun] = {
    compound.singular: compound
    for nouns in THINGS.values()
    for noun in nouns
    for compound in compounds(noun)
}
UNSEEN = tuple(COMPOUNDS.values())[::EVERY]


def parts() -> dict[str, list[Pair]]:
    """The (German, English) pairs of each part: the same at every call, no sentence twice."""
    rows = pairs(Chance(SEED))
    test, valid = list(islice(rows, SIZES["test"])), list(islice(rows, SIZES["valid"]))
    known = (pair for pair in rows if not holds_unseen(pair[0]))
    return {"train": list(islice(known, SIZES["train"])), "valid": valid, "test": test}


def pairs(chance: Chance) -> Iterator[Pair]:
    """Pairs without end; neither side of one is a side of another."""
    write, seen = Sentences(chance), set[str]()
    while True:
        pair = write.pair()
        fits = all(len(side.split()) in LENGTHS for side in pair)
        if fits and seen.isdisjoint(pair):
            seen.update(pair)
            yield pair


def holds_unseen(german: str) -> bool:
    """Whether one of the compounds that are kept from training stands in a sentence."""
    return any(word in _FORMS for word in german.replace(",", "").rstrip(".?").split())


_FORMS = frozenset(
    form for noun in UNSEEN for form in (noun.singular, noun.plural, f"{noun.plural}n")
)
