"""The made-up sample: balanced, repeatable, its parts apart, and beyond a bag of words."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlpseq_tasks.sentiment.grammar import PHRASES, RULES
from nlpseq_tasks.sentiment.sample import SLOT, parts

DIGEST = """
import hashlib
from nlpseq_tasks.sentiment.sample import parts
print(hashlib.sha256(repr(parts()).encode()).hexdigest())
"""
TERM = r"\w+|[^\w\s]"


@pytest.fixture(scope="module")
def sample():
    return parts()


def words(text):
    return re.findall(TERM, text.lower())


def test_it_has_at_least_six_thousand_sentences_in_three_parts(sample):
    assert list(sample) == ["train", "valid", "test"]
    assert sum(map(len, sample.values())) >= 6000
    assert min(map(len, sample.values())) >= 600


@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_each_part_is_balanced(sample, part):
    counts = Counter(label for _, label in sample[part])
    assert counts["positive"] == counts["negative"] == len(sample[part]) / 2


def test_no_text_stands_twice_not_even_written_otherwise(sample):
    texts = [
        " ".join(re.findall(r"\w+", text.lower())) for part in sample.values() for text, _ in part
    ]
    assert len(set(texts)) == len(texts)


def test_its_english_is_varied(sample):
    counts = Counter(word for text, _ in sample["train"] for word in words(text))
    assert len(counts) > 500
    known = [word in counts for text, _ in sample["test"] for word in words(text)]
    assert all(known)  # what is tested is the use of the words, not the luck of having seen them


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


def test_the_words_of_the_rules_do_not_tell_the_label(sample):
    patterns = [
        *(p for rule in RULES for p in rule.patterns),
        *(p for ps in PHRASES.values() for p in ps),
    ]
    own = {word for pattern in patterns for word in words(SLOT.sub(" ", pattern))}
    total, positive = Counter(), Counter()
    for text, label in sample["train"]:
        total.update(found := own & set(words(text)))
        positive.update(found if label == "positive" else ())
    for word, count in total.items():
        deviation = abs(positive[word] - count / 2) / (count**0.5 / 2)
        assert deviation < 4, word  # standard deviations of a fair coin


@pytest.mark.parametrize("longest", [1, 2, 3])
def test_a_bag_of_words_or_word_groups_stays_under_85_percent(sample, longest):
    terms = TfidfVectorizer(
        sublinear_tf=True, min_df=2, token_pattern=TERM, ngram_range=(1, longest)
    )
    classifier = LogisticRegression(C=10, max_iter=1000)
    texts, labels = zip(*sample["train"], strict=True)
    classifier.fit(terms.fit_transform(texts), labels)
    texts, labels = zip(*sample["test"], strict=True)
    assert classifier.score(terms.transform(texts), labels) < 0.85
