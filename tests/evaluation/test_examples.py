"""What is right for an example, by the kind of its target."""

import pytest

from nlpseq.evaluation.examples import references
from nlpseq.task import Example


@pytest.mark.parametrize(
    ("kind", "target", "expected"),
    [
        ("text", None, ()),
        ("text", "a b", ("a b",)),
        ("text", ("a b", "a c"), ("a b", "a c")),  # several texts
        ("label", "x", ("x",)),
        ("tokens", ("a", "b"), ("a b",)),  # one answer of two words
        ("token_labels", ("x", "y"), (("x", "y"),)),
    ],
)
def test_references_are_what_an_answer_of_that_kind_is_held_against(kind, target, expected):
    assert references(Example("source", target), kind) == expected
