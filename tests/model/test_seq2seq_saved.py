"""An encoder-decoder of every kind through a model folder and back."""

from dataclasses import replace

import pytest

from nlpseq.bundle import Parts, pack, unpack
from nlpseq.config import Layer, Member
from nlpseq.model.seq2seq import Seq2Seq
from nlpseq.pipeline import Pipeline, load, together
from nlpseq.settings import resolve
from nlpseq.task import TASKS
from nlpseq.text.column import TextColumn
from nlpseq.text.tokenizers import TOKENIZERS
from nlpseq.text.vocabulary import SPECIAL, Vocabulary

TEXT = {"text": {"tokenizer": {"name": "whitespace"}, "shared": True, "max_tokens": 5}}
TEXTS = ["a b zebra c", "", "d yak", "h g f e d"]


@pytest.fixture
def saved(members, settings, tmp_path):
    """A pipeline with random weights, and the folder that it was saved to."""
    plain = resolve([Layer("test", {**TEXT, "model": {"name": "seq2seq"}})])
    tokenizer = TOKENIZERS["whitespace"](plain.text.tokenizer.settings)
    column = TextColumn("text", Vocabulary([*SPECIAL, *"abcdefgh"], [1] * 12), tokenizer)
    of_model = settings(*members, copying=True, decoding={"coverage": 0.5})
    plain = replace(plain, model=Member("seq2seq", of_model))
    columns = {"source": column, "target": column}
    model = Seq2Seq.build(of_model, dict.fromkeys(columns, column.vocabulary)).eval()
    for parameter in model.parameters():
        parameter.data.normal_(std=0.6)
    task = TASKS["summarization"]()
    for name, data in pack(Parts(task, plain, columns, model, {})).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return Pipeline(task, columns, model, plain), tmp_path


def test_what_is_loaded_answers_and_scores_as_what_was_saved(saved):
    pipeline, folder = saved
    again = load(folder)
    assert again(TEXTS) == pipeline(TEXTS)
    targets = ["zebra a", "", "b zebra", "c"]
    assert again.score(TEXTS, targets) == pipeline.score(TEXTS, targets)
    alone = pipeline.score(TEXTS[:1], targets[:1])[0]
    assert alone.log_probs == pytest.approx(again.score(TEXTS, targets)[0].log_probs, abs=1e-5)
    both = together([pipeline, again]).score(TEXTS, targets)
    assert [each.score for each in both] == pytest.approx(
        [each.score for each in again.score(TEXTS, targets)], abs=1e-5
    )
    assert unpack(folder).model.shapes() == pipeline.model.shapes()


@pytest.mark.parametrize("members", [("fused", "general", "lstm", "lstm")], ids="-".join)
def test_answers_without_their_attention_are_the_same_answers(saved):
    pipeline, _ = saved
    plain, found = pipeline.searching({}, attention=False)(TEXTS), pipeline(TEXTS)
    assert [(each.text, each.score) for each in plain] == [(a.text, a.score) for a in found]
    assert {each.attention for each in plain} == {None}
    assert all(each.attention is not None for each in found if each.source)
    changes = {"replace_unknown": True}
    replaced = pipeline.searching(changes, attention=False)(TEXTS)
    assert [each.text for each in replaced] == [a.text for a in pipeline.searching(changes)(TEXTS)]


@pytest.mark.parametrize("members", [("fused", "general", "lstm", "lstm")], ids="-".join)
def test_a_pair_that_cannot_be_scored_is_refused_and_its_neighbours_are_not(saved):
    pipeline, _ = saved
    texts = ["a", "", "b", "c", "a b c d e f g"]
    scores = pipeline.score(texts, ["b", "b", "", "a " * 6, "b"])
    assert [bool(each.refused) for each in scores] == [False, True, True, True, False]
    assert scores[4].unread == 2
    assert scores[0].log_probs == pytest.approx(pipeline.score(["a"], ["b"])[0].log_probs, abs=1e-5)
