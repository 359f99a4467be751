"""The task: words in, a tag for each out."""

from __future__ import annotations

from nlpseq.task import Column, Task


class Tagging(Task):
    """Give every word of a sentence its part of speech."""

    name = "tagging"
    verb = "tag"
    summary = "Give every word its part of speech."
    columns = (
        Column("form", kind="tokens", also=("words", "tokens")),
        Column("upos", kind="token_labels", also=("tags", "pos")),
    )
    model = "tagger"
    metrics = ("words_right",)
    baseline = "most_frequent_tag"
    defaults = {"model": {"embedding": {"dropout": 0.5}, "encoder": {"dropout": 0.5}}}
