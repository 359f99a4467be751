"""The events of the made-up reports, read backwards: which headline a report must have."""

import re
from itertools import chain

import pytest

from nlpseq_tasks.summarization.events import TOPICS
from nlpseq_tasks.summarization.sample import ARTICLE, SLOT, reports
from nlpseq_tasks.summarization.values import COPIED, WORDS, Chance, draw

EVENTS = [(topic, event) for topic in TOPICS for event in topic.events]
EVERY_EVENT = pytest.mark.parametrize(
    ("topic", "event"), EVENTS, ids=[event.headline for _, event in EVENTS]
)


def slots(text):
    return {match[0] for match in SLOT.finditer(text)}


def values(kind):
    """A pattern for whatever may fill a slot."""
    if kind in WORDS:
        return "|".join(map(re.escape, WORDS[kind]))
    return r"\d[\d,.-]*\d|\d" if draw(kind, Chance(1))[0].isdigit() else r"[A-Z]\w+(?: [A-Z]\w+)*"


def reader(told):
    """A pattern that finds a telling in a report, each slot a group of its own."""
    pieces, groups = [], {}
    for piece in re.split(r"(\{[\w.]+\})", told):
        slot = SLOT.fullmatch(piece)
        if slot and piece in groups:
            pieces.append(f"(?P={groups[piece]})")
        elif slot:
            groups[piece] = f"slot{len(groups)}"
            pieces.append(f"(?P<{groups[piece]}>{values(slot[1])})")
        else:
            pieces.append(re.escape(piece))
    return re.compile(r"(?:^|(?<=\. ))" + "".join(pieces)), groups


READERS = [(event, *reader(told)) for _, event in EVENTS for told in event.told]


def headlines(text):
    """Every headline that some telling in the report asks for."""
    found = set()
    for event, pattern, groups in READERS:
        if match := pattern.search(text):
            line = SLOT.sub(lambda slot: match[groups[slot[0]]], event.headline)  # noqa: B023
            line = ARTICLE.sub("", line)
            found.add(line[0].upper() + line[1:])
    return found


def test_the_headline_follows_from_the_report():
    for report in reports()["test"]:
        assert headlines(report.text) == {report.headline}


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        (
            "In Oby, a similar debate went on for 30 days. By 41 votes to 2, Marbeck decided to "
            "build a bridge for 412,000 euros.",
            "Marbeck council votes to build bridge for 412,000 euros",
        ),
        (
            "Kelby Rovers were no match for Torton Albion, who won 3-1 on Sunday.",
            "Torton Albion beat Kelby Rovers 3-1",
        ),
        ("Torton Albion beat Kelby Rovers 3-1 on Sunday.", "Torton Albion beat Kelby Rovers 3-1"),
        (
            "Kelona Foods now belongs to Torvita Paper, which paid 25,010 euros.",
            "Torvita Paper buys Kelona Foods for 25,010 euros",
        ),
    ],
)
def test_who_won_and_who_bought_is_told_by_the_words_between_the_names(text, headline):
    assert headlines(text) == {headline}


@EVERY_EVENT
def test_each_telling_of_an_event_holds_what_its_headline_says(topic, event):
    for told in event.told:
        assert slots(event.headline) <= slots(told), told


@EVERY_EVENT
def test_a_headline_copies_a_name_or_a_number(topic, event):
    kinds = {match[1] for match in SLOT.finditer(event.headline)}
    assert kinds & set(COPIED)


@EVERY_EVENT
def test_an_event_is_told_in_several_ways_none_of_them_twice(topic, event):
    tellings = [told for _, other in EVENTS for told in other.told]
    assert len(event.told) >= 2
    assert all(tellings.count(told) == 1 for told in event.told)


@EVERY_EVENT
def test_no_aside_says_what_the_headline_says(topic, event):
    for aside in (*topic.anywhere, *topic.after):
        assert slots(aside).isdisjoint(slots(event.headline)), aside


def test_every_kind_of_slot_is_known_and_used():
    asides = chain.from_iterable((*topic.anywhere, *topic.after) for topic in TOPICS)
    told = chain.from_iterable((event.headline, *event.told) for _, event in EVENTS)
    used = {match[1] for text in chain(asides, told) for match in SLOT.finditer(text)}
    assert used == {*COPIED, *WORDS}


@pytest.mark.parametrize("kind", [kind for kind, values in COPIED.items() if "low" in dir(values)])
def test_a_number_keeps_its_range_and_is_written_as_numbers_are(kind):
    chance, number = Chance(3), COPIED[kind]
    for _ in range(200):
        text = draw(kind, chance)
        assert re.fullmatch(r"\d{1,3}(,\d{3})*(\.\d)?", text)
        value = round(float(text.replace(",", "")) * 10**number.decimals)
        assert value in range(number.low, number.high + 1, number.step)


def test_the_winners_of_a_match_have_more_goals():
    chance = Chance(4)
    for _ in range(100):
        winners, losers = map(int, draw("score", chance).split("-"))
        assert winners > losers >= 0
