"""The made-up reports: repeatable, their parts apart, with much to copy and much to leave."""

import hashlib
import os
import re
import subprocess
import sys
import time
from collections import Counter

import pytest

from nlpseq_tasks.summarization.sample import Fact, facts, parts, repeated, reports
from nlpseq_tasks.summarization.values import COPIED, Name

DIGEST = """
import hashlib
from nlpseq_tasks.summarization.sample import parts
print(hashlib.sha256(repr(parts()).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def sample():
    return parts()


@pytest.fixture(scope="module")
def made():
    return reports()


def words(text):
    return re.findall(r"\w+(?:[-.,]\w+)*", text)


def test_it_has_eight_thousand_reports_to_learn_from_and_five_hundred_twice_to_judge_by(sample):
    assert list(sample) == ["train", "valid", "test"]
    assert len(sample["train"]) >= 8_000
    assert len(sample["valid"]) >= 500
    assert len(sample["test"]) >= 500


@pytest.mark.parametrize("side", [0, 1], ids=["text", "headline"])
def test_no_text_and_no_headline_stands_twice_not_even_written_otherwise(sample, side):
    texts = [" ".join(words(row[side].lower())) for rows in sample.values() for row in rows]
    assert len(set(texts)) == len(texts)


def test_a_report_has_two_to_four_sentences_and_a_headline_five_to_ten_words(sample):
    for rows in sample.values():
        for text, headline in rows:
            assert 2 <= len(re.findall(r"\.(?: |$)", text)) <= 4, text
            assert 5 <= len(headline.split()) <= 10, headline
            assert re.match(r"[A-Z0-9]", headline), headline
            assert not re.search(r"[{}]|  |\b[Aa] [aeiou]|[.?!]$", headline), headline
            assert not re.search(r"[{}]|  |\b[Aa] (?!uni)[aeiou]|\. [a-z]", text), text
            assert text.endswith("."), text


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_makes_the_same_sample(sample, hash_seed):
    answer = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == hashlib.sha256(repr(sample).encode()).hexdigest()


def test_changing_what_one_call_gave_leaves_the_next_alone(sample):
    parts()["train"].clear()
    assert parts() == sample


def test_it_is_made_in_two_seconds():
    start = time.process_time()
    parts()
    assert time.process_time() - start < 2


def test_every_name_and_number_of_a_headline_stands_in_its_report(made):
    for rows in made.values():
        for report in rows:
            assert report.copied
            numbers = [word for word in words(report.headline) if word[0].isdigit()]
            assert set(numbers) <= set(report.copied)
            for value in report.copied:
                assert value in report.headline
                assert re.search(rf"(?<!\w){re.escape(value)}(?!\w)", report.text), report


def test_a_headline_says_nothing_twice(made):
    assert all(len(set(report.copied)) == len(report.copied) for report in made["test"])


def test_most_reports_hold_a_name_and_a_number_that_must_not_be_copied(made):
    def left(report, pattern):
        return set(re.findall(pattern, report.text)) - set(re.findall(pattern, report.headline))

    names = sum(bool(left(report, r"[^.] ([A-Z]\w{4,})")) for report in made["test"])
    numbers = sum(bool(left(report, r"\d[\d,.-]*\d|\d")) for report in made["test"])
    assert names > 0.5 * len(made["test"])
    assert numbers > 0.5 * len(made["test"])


def test_what_must_be_copied_does_not_always_come_first(made):
    with_number = [r for r in made["test"] if any(value[0].isdigit() for value in r.copied)]
    first = [
        re.findall(r"\d[\d,.-]*\d|\d", report.text)[0] in report.copied for report in with_number
    ]
    assert 0.1 < sum(first) / len(first) < 0.9


@pytest.mark.parametrize("part", ["valid", "test"])
def test_half_of_the_names_and_numbers_were_never_seen(sample, part):
    found = [fact for row in facts(part) for fact in row]
    for is_number in (True, False):
        unseen = [fact.unseen for fact in found if fact.text[0].isdigit() == is_number]
        assert 0.5 < sum(unseen) / len(unseen) < 0.9
    assert sum(fact.unseen for fact in found) >= 500


def test_unseen_means_that_no_report_of_training_holds_it(sample, made):
    known = Counter(word for row in sample["train"] for text in row for word in words(text))
    assert len(facts()) == len(sample["test"])
    for row, report in zip(facts(), made["test"], strict=True):
        assert tuple(fact.text for fact in row) == report.copied
        for fact in row:
            assert fact.unseen == any(not known[word] for word in words(fact.text))


def test_what_is_neither_name_nor_number_was_seen(sample, made):
    known = {word for row in sample["train"] for text in row for word in words(text)}
    for report in made["valid"] + made["test"]:
        rest = report.headline
        for value in report.copied:
            rest = rest.replace(value, "")
        assert known.issuperset(words(rest))


@pytest.mark.parametrize(
    "kind", [kind for kind, values in COPIED.items() if isinstance(values, Name)]
)
def test_there_are_thousands_of_names_and_none_is_rude(kind):
    name = COPIED[kind]
    made = {a + b + c for a in name.starts for b in name.middles for c in name.ends}
    assert len(made) > 5_000
    assert all(re.fullmatch(r"[A-Z][a-z]{3,}", word) for word in made)
    assert not [word for word in made if re.search(r"sex|fuck|penis|anus|cunt|shit|nazi", word)]


def test_facts_are_repeated_where_a_headline_holds_all_their_words(made):
    rows = facts("test")
    headlines = [report.headline for report in made["test"]]
    for unseen in (True, False):
        total = sum(fact.unseen == unseen for row in rows for fact in row)
        assert repeated(rows, headlines, unseen=unseen) == (total, total)
        assert repeated(rows, [""] * len(rows), unseen=unseen) == (0, total)
    row = [(Fact("3-1", True), Fact("Oby Rovers", True), Fact("12", False))]
    assert repeated(row, ["Rovers Oby 13-1 12"], unseen=True) == (0, 2)
    assert repeated(row, ["Oby Rovers win 3-1, 12,000 watch"], unseen=True) == (2, 2)
    assert repeated(row, ["Oby Rovers win 3-1, 12,000 watch"], unseen=False) == (0, 1)
