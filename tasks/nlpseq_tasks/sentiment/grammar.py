"""The grammar of the made-up sample: which words of a sentence decide, and which do not.

A pattern is a text with slots. A slot with a sign holds an opinion: in ``{+quality}`` it is on
the side of the sentence's label, in ``{-quality}`` on the other side, and the signs of nested
slots multiply. So each rule serves both labels alike, and none of its own words tells the label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Rule(NamedTuple):
    """One way in which the order of words makes the meaning."""

    name: str
    share: int  # of 100 sentences
    example: str
    label: str  # of the example
    patterns: Sequence[str]


RULES: Sequence[Rule] = (
    Rule(
        "plain: what is said is meant",
        36,
        "To be fair, my sister found the soup on the set menu rather bland.",
        "negative",
        ("{+claim}{tail}.", "{+claim}{tail}.", "{opener} {+claim}.", "{+remark}{tail}."),
    ),
    Rule(
        "negation: a word just before the opinion turns it",
        9,
        "The breakfast was far from awful in the end.",
        "positive",
        (
            "{+denial}{tail}.",
            "{+denial}{tail}.",
            "{opener} {+denial}.",
            "it {was} {no} {-trait}{tail}.",
            "the {kind} {was} {no} {-trait}{tail}.",
            "this {was} {no} a {-word} {kind}{tail}.",
        ),
    ),
    Rule(
        "distant negation: the word that turns the opinion stands far from it",
        10,
        "I can't say that anyone in our group found the plot of the second half dull.",
        "positive",
        (
            "I {cannot} say that {-claim}{tail}.",
            "I {cannot} say that {anyone} found {part}{place} {-trait}{tail}.",
            "I don't think {anyone} would say that {-claim}{tail}.",
            "{nobody} found {part}{place} {-trait}{tail}.",
            "{nobody} {-loved} {part}{place}{tail}.",
            "{nobody} {-loved} the {kind}{tail}.",
            "{nobody} came to the conclusion that {-claim}{tail}.",
            "I {cannot} say that it {was} a {-word} {kind}{tail}.",
            "when I asked, {nobody} called {part}{place} {-trait}{tail}.",
            "it is simply not true that {-claim}{tail}.",
            "it would be wrong to say that {-claim}{tail}.",
            "there was not one moment when {part}{place} felt {-word} to {anyone}.",
            "at no point did {part}{place} seem {-word}{tail}.",
        ),
    ),
    Rule(
        "double negation: two negations cancel out",
        5,
        "None of my friends could say that the battery was not reliable.",
        "positive",
        (
            "{nobody} could say that {part}{place} was {not} {+trait}{tail}.",
            "I {cannot} say that {anyone} found {part}{place} anything but {+trait}{tail}.",
            "it is not as if {part}{place} was {not} {+trait}{tail}.",
            "there was no one who {didnt} {+love} {part}{place}{tail}.",
            "{nobody} thought that {part}{place} was {not} {+trait}{tail}.",
            "it is not true that {who} {didnt} {+love} {part}{place}{tail}.",
        ),
    ),
    Rule(
        "emphasis: a negation that turns nothing",
        5,
        "The hero could not have been more shallow.",
        "negative",
        (
            "{part}{place} could not have been more {+grade}{tail}.",
            "{part}{place} was nothing short of {+trait}{tail}.",
            "{part}{place} was nothing if not {+word}{tail}.",
            "{nobody} can deny that {+claim}{tail}.",
            "{nobody} failed to notice that {+claim}{tail}.",
            "there is no doubt that {+claim}{tail}.",
            "never before had {who} seen anything as {+word} as {part}{place}.",
        ),
    ),
    Rule(
        "not only: it adds, it does not negate",
        3,
        "The app was not only confusing but also a chore.",
        "negative",
        (
            "the {kind} was not only {+word} but also {+trait}{tail}.",
            "{part}{place} was not just {+word}, it was {+trait}{tail}.",
            "not only was {part}{place} {+word}, {part} was {+word} as well.",
        ),
    ),
    Rule(
        "contrast: what comes after the but decides",
        8,
        "The singer was brilliant, but on the whole the sound on the main stage was a mess.",
        "negative",
        (
            "{-view}, but {+view}{tail}.",
            "{-view}, but on the whole {+view}.",
            "{-view}, yet {+view}{tail}.",
            "{-view}. still, {+view}{tail}.",
            "{-view}. however, {+view}{tail}.",
        ),
    ),
    Rule(
        "concession: the main clause decides, wherever it stands",
        6,
        "Although the seat in second class was dirty, the carriage was hardly a disappointment.",
        "positive",
        (
            "although {-view}, {+view}{tail}.",
            "even though {-view}, {+view}{tail}.",
            "{+view}, although {-view}{tail}.",
            "{+view}, even if {-view}{tail}.",
        ),
    ),
    Rule(
        "hedge: what others might say counts only when the writer agrees",
        3,
        "Some might say that the exam was useless, but I would not.",
        "positive",
        (
            "some might say that {-claim}, but I would not.",
            "some might say that {+claim}, and I would have to agree.",
            "one could call {part}{place} {-trait}, though I never would.",
            "one could call {part}{place} {+trait}, and so would I.",
            "{part}{place} was, I suppose, more or less {+trait}{tail}.",
        ),
    ),
    Rule(
        "report: the opinion of others, confirmed or contradicted",
        3,
        "My brother told us that the ending was a letdown, which was not the case.",
        "positive",
        (
            "{someone} told us that {-claim}, which was not the case.",
            "{someone} told us that {+claim}, which was indeed the case.",
            "{someone} called {part}{place} {-trait}, yet I thought it was {+trait}{tail}.",
            "I {+loved} {part}{place}, which {someone} had called {-trait}.",
            "do not listen to those who tell you that {-claim}{tail}.",
        ),
    ),
    Rule(
        "expectation: what was expected is not what was",
        3,
        "I expected the combat to be exciting, which it was not.",
        "negative",
        (
            "{who} expected {part}{place} to be {-trait}, which it was not.",
            "{who} expected {part}{place} to be {+trait}, which it was.",
            "{part}{place}, said to be {-word}, turned out to be {+trait}{tail}.",
            "the {kind} would have been {-trait} without {part}{place}.",
            "had it not been for {part}{place}, the {kind} would have been {-trait}{tail}.",
        ),
    ),
    Rule(
        "change: what came later decides, wherever it stands",
        3,
        "The support team used to be helpful, and these days it is a nuisance.",
        "negative",
        (
            "{part}{place} used to be {-word}, and these days it is {+trait}{tail}.",
            "{part}{place} started out {-word} and ended up {+word}{tail}.",
            "{part}{place} ended up {+word} after it had started out {-word}{tail}.",
            "at first {-claim}, and later {+claim}{tail}.",
        ),
    ),
    Rule(
        "question: one that expects no for an answer, or gets it",
        3,
        "How can anyone call the leather shoddy?",
        "positive",
        (
            "how can anyone call {part}{place} {-trait}?",
            "who would ever say that {-claim}?",
            "was {part}{place} {-trait}? not for a second.",
            "was {part}{place} {+trait}? without a doubt.",
        ),
    ),
    Rule(
        "comparison: small words tell which of two opinions is held",
        3,
        "The audio guide was less dusty than fascinating.",
        "positive",
        (
            "{part}{place} was {+word} rather than {-word}{tail}.",
            "{part}{place} was more {+grade} than {-grade}{tail}.",
            "{part}{place} was less {-grade} than {+grade}{tail}.",
            "{part}{place} was not so much {-word} as {+word}{tail}.",
            "{part}{place} was {+trait}, not {-trait}{tail}.",
        ),
    ),
)

PHRASES: Mapping[str, Sequence[str]] = {
    "view": ("{+claim}", "{+claim}", "{+denial}"),
    "claim": (
        "{part}{place} {was} {+quality}",
        "{part}{place} {was} {+quality}",
        "{part}{place} {was} {+word} and {+word}",
        "{who} found {part}{place} {+quality}",
        "{who} {+loved} {part}{place}",
        "{part}{place} left {whom} {+feeling}",
    ),
    "remark": (
        "{who} {+loved} it",
        "it {was} {+quality}",
        "the {kind} {was} {+quality}",
        "this {was} a {+word} {kind}",
        "it {was} a {+word} {kind}",
        "what a {+word} {kind} this {was}",
    ),
    "denial": (
        "{part}{place} {was} {no} {-trait}",
        "{part}{place} {was} {no} {-trait}",
        "{part}{place} {was} neither {-word} nor {-word}",
        "{part}{place} {didnt} seem {-word} to {whom}",
        "{who} {didnt} {-love} {part}{place}",
    ),
    "quality": ("{+trait}", "{very} {+word}"),
    "trait": ("{+word}", "{+word}", "{+noun}"),
    "word": ("{+blunt}", "{+grade}", "{+grade}"),
    "grade": ("{+graded}", "{+topical}"),
    "place": ("", "", "", " {where}", " {where}", " that {who} {knew}"),
    "knew": ("had heard about", "had read about", "asked about", "talked about"),
    "who": ("I", "we", "{someone}", "{someone}"),
    "whom": ("me", "us", "{someone}", "{someone}"),
    "was": ("was", "was", "is"),
    "didnt": ("did not", "didn't"),
    "anyone": ("anyone", "anyone in our group", "any of us", "a single person there"),
    "nobody": (
        "nobody",
        "nobody in our group",
        "no one at all",
        "none of my friends",
        "neither of my sisters",
        "not one of the people there",
    ),
    "cannot": ("can't", "cannot", "could not", "would never"),
    "not": ("not", "anything but", "far from"),
    "no": (
        "not",
        "not at all",
        "by no means",
        "far from",
        "hardly",
        "anything but",
        "not in any way",
        "never",
    ),
    "very": (
        "really",
        "truly",
        "very",
        "rather",
        "quite",
        "thoroughly",
        "surprisingly",
        "remarkably",
    ),
    "opener": (
        "to be fair,",
        "all in all,",
        "in my view",
        "last weekend",
        "as it turned out,",
        "that evening",
        "the other day",
        "this time",
    ),
    "tail": (
        "",
        "",
        " in the end",
        " on the whole",
        " if you ask me",
        " all things considered",
        " to be honest",
        " in my opinion",
        " I must say",
        " as far as I can tell",
    ),
}
