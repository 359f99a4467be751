import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from nlpseq.evaluation.confusion import Confusion, Mistake, confusion

LABELS = ("ABBR", "DESC", "HUM", "LOC")
PAIRS = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=30
)


def wrap(expected):
    return [(label,) for label in expected]


@given(rows=PAIRS)
def test_the_matrix_is_that_of_scikit_learn(rows):
    said, expected = zip(*rows, strict=True)
    found = confusion(said, wrap(expected), LABELS)
    oracle = confusion_matrix(expected, said, labels=LABELS)
    assert found.labels == LABELS
    assert [list(row) for row in found.counts] == oracle.tolist()


@given(rows=PAIRS)
def test_the_scores_of_labels_are_those_of_scikit_learn(rows):
    said, expected = zip(*rows, strict=True)
    scores = confusion(said, wrap(expected), LABELS).classes()
    *shares, support = precision_recall_fscore_support(
        expected, said, labels=LABELS, zero_division=0
    )
    for place, score in enumerate(scores):
        oracle = [100 * share[place] for share in shares]
        assert (score.precision, score.recall, score.f1) == pytest.approx(oracle)
        assert (score.label, score.support) == (LABELS[place], support[place])


def test_labels_beyond_those_of_the_model_come_last():
    found = confusion(["a", "b"], wrap(["z", "y"]), ("b", "a"))
    assert found.labels == ("b", "a", "y", "z")
    assert found.mistakes() == (Mistake("y", "b", 1), Mistake("z", "a", 1))


def test_labels_of_tokens_are_counted_one_by_one():
    found = confusion([("N", "V")], [(("N", "N", "V"),)], ("N", "V"))
    assert found.labels == ("N", "V", "")
    assert found.counts == ((1, 1, 0), (0, 0, 1), (0, 0, 0))
    assert "(none)" in "\n".join(found.lines())


def test_a_model_that_always_says_the_same_is_seen():
    found = confusion(["pos"] * 3, wrap(["neg", "neg", "pos"]), ("neg", "pos"))
    assert found.class_lines() == [
        "label  precision  recall     f1  support",
        "neg         0.00    0.00   0.00        2",
        "pos        33.33  100.00  50.00        1",
    ]
    assert found.lines() == [
        "expected below, said to the right",
        "     neg  pos",
        "neg    0    2",
        "pos    0    1",
    ]


def test_of_many_labels_the_worst_pairs_are_shown():
    labels = [f"class {number:02}" for number in range(21)]
    said = [labels[0]] * 3 + [labels[2]] * 5 + labels[:15]
    expected = [labels[1]] * 3 + [labels[3]] * 5 + labels[1:16]
    lines = confusion(said, wrap(expected), labels).lines()
    assert len(lines) == 11
    assert lines[:3] == [
        "expected  said      times",
        "class 03  class 02      6",
        "class 01  class 00      4",
    ]


@pytest.mark.parametrize("size", [0, 1, 2, 6, 20, 21])
@pytest.mark.parametrize(
    "label", ["好评差评好评差评好评差评", "a label far too long to be shown whole", "x"]
)
def test_lines_fit_a_narrow_screen_and_show_every_count(size, label):
    labels = tuple(f"{number}{label}" for number in range(size))
    counts = tuple(
        tuple(10_000 + row * size + column for column in range(size)) for row in range(size)
    )
    found = Confusion(labels, counts)
    for line in [*found.lines(), *found.class_lines()]:
        assert cell_len(line) <= 80
    if size <= 20:
        text = "\n".join(found.lines())
        assert all(str(count) in text for row in counts for count in row)
