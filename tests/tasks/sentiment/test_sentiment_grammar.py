"""The grammar of the made-up sample, read backwards: what a sentence must mean under its rules."""

import functools
import random
import re
from itertools import chain

import pytest

from nlpseq_tasks.sentiment.grammar import PHRASES, RULES
from nlpseq_tasks.sentiment.sample import SIGNS, SLOT, parts, write
from nlpseq_tasks.sentiment.words import OPINIONS, PEOPLE, TOPICS

EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.partition(":")[0])


@functools.cache
def choices(slot, side):
    """Whatever may fill a slot, in any topic."""
    if slot in PHRASES:
        return PHRASES[slot]
    if slot == "someone":
        return PEOPLE
    if slot == "topical":
        return tuple(chain.from_iterable(topic.topical.on(side) for topic in TOPICS))
    if slot in OPINIONS:
        return OPINIONS[slot].on(side)
    return tuple(chain.from_iterable(topic.words[slot] for topic in TOPICS))


@functools.cache
def pieces(pattern):
    """A pattern as literal, sign, slot, literal, sign, slot, literal ..."""
    return SLOT.split(plain(pattern))


def plain(text):
    """Without what comes last in writing: capitals, and "an" before a vowel."""
    return re.sub(r"\ban\b", "a", text.lower())


def readings(sentence, rules=RULES):
    """The labels under which some rule can write the sentence."""
    text = plain(sentence)

    @functools.cache
    def filled(slot, side, start):
        """Where a slot that begins at ``start`` can end."""
        return set().union(*(read(choice, side, start) for choice in choices(slot, side)))

    def read(pattern, side, start):
        """Where a pattern that begins at ``start`` can end."""
        first, *rest = pieces(pattern)
        ends = follow(first, {start})
        for sign, slot, literal in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            inner = -side if sign == "-" else side
            ends = follow(literal, set().union(*(filled(slot, inner, end) for end in ends)))
        return ends

    def follow(literal, ends):
        return {end + len(literal) for end in ends if text.startswith(literal, end)}

    return {
        label
        for label, side in SIGNS.items()
        for rule in rules
        for pattern in rule.patterns
        if len(text) in read(pattern, side, 0)
    }


@EVERY_RULE
def test_the_example_of_a_rule_follows_it_and_means_what_it_says(rule):
    assert readings(rule.example, [rule]) == {rule.label}


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("The soup was bland.", "negative"),
        ("The soup was not bland.", "positive"),
        ("The soup was hardly a treat.", "negative"),
        ("I can't say that the soup was bland.", "positive"),
        ("Nobody enjoyed the soup.", "negative"),
        ("Nobody could say that the soup was not bland.", "negative"),
        ("The soup could not have been more lovely.", "positive"),
        ("The soup was not just tasty, it was superb.", "positive"),
        ("The soup was bland, but the bread was superb.", "positive"),
        ("The soup was tasty, but the bread was not superb.", "negative"),
        ("Although the soup was bland, the bread was superb.", "positive"),
        ("The soup was bland, although the bread was superb.", "negative"),
        ("Some might say that the soup was bland, but I would not.", "positive"),
        ("Some might say that the soup was bland, and I would have to agree.", "negative"),
        ("My sister called the soup bland, yet I thought it was superb.", "positive"),
        ("We expected the soup to be a treat, which it was not.", "negative"),
        ("The lunch would have been bland without the soup.", "positive"),
        ("The soup ended up bland after it had started out lovely.", "negative"),
        ("Was the soup bland? Not for a second.", "positive"),
        ("Was the soup bland? Without a doubt.", "negative"),
        ("The soup was not so much bland as salty.", None),  # takes two sides, this has one
        ("The soup was more bland than tasty.", "negative"),
        ("The soup was less bland than tasty.", "positive"),
    ],
)
def test_the_rules_judge_as_a_person_would(sentence, label):
    assert readings(sentence) == ({label} if label else set())


def test_no_sentence_could_have_been_written_for_the_other_label():
    rows = parts()["test"][:150]
    assert [readings(text) for text, _ in rows] == [{label} for _, label in rows]


@EVERY_RULE
@pytest.mark.parametrize("label", SIGNS)
def test_a_rule_writes_whole_sentences(rule, label):
    chance = random.Random(7)
    for _ in range(100):
        text = write(rule, label, chance)
        assert re.fullmatch(r"[A-Z][a-zA-Z,.'? -]*[.?]", text), text
        assert not re.search(r"  | [,.?]|[.?] [a-z]|\ba [aeio]|\ban [^aeiou]", text), text


def test_the_shares_of_the_rules_make_a_hundred():
    assert sum(rule.share for rule in RULES) == 100
    assert all(rule.share > 0 for rule in RULES)


def test_every_slot_can_be_filled_and_every_word_list_is_used():
    patterns = chain(*(rule.patterns for rule in RULES), *PHRASES.values())
    asked = {slot for pattern in patterns for _, slot in SLOT.findall(pattern)}
    offered = {*PHRASES, *OPINIONS, *TOPICS[0].words, "someone", "topical"}
    assert asked == offered


def test_no_word_praises_and_blames():
    sides = [*OPINIONS.values(), *(topic.topical for topic in TOPICS)]
    praise = set(chain.from_iterable(side.good for side in sides))
    blame = set(chain.from_iterable(side.bad for side in sides))
    assert not praise & blame


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.words["kind"][0])
def test_a_topic_lists_as_much_praise_as_blame_and_nothing_twice(topic):
    assert len(topic.topical.good) == len(topic.topical.bad)
    for words in (*topic.words.values(), *topic.topical):
        assert len(set(words)) == len(words)
