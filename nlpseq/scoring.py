"""How likely given targets are as the answers to their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nlpseq.data.batches import Held
from nlpseq.errors import DataError, SettingError
from nlpseq.model.asking import by_batch
from nlpseq.model.protocol import Model, Prediction
from nlpseq.settings import Settings
from nlpseq.task import Value
from nlpseq.text.column import TextColumn

Columns = Mapping[str, TextColumn]
Pair = tuple[list[str], list[str]]

_WIDTH = 128  # tokens in a batch for each row, as each token of a target meets all of its text


def score(
    model: Model,
    columns: Columns,
    settings: Settings,
    texts: Sequence[Value],
    targets: Sequence[str],
) -> list[Prediction]:
    """Score each target after its text, in order; what cannot be scored says why.

    Raises:
        SettingError: there are not as many targets as texts, or the model labels texts.
    """
    if len(texts) != len(targets):
        raise SettingError(f"found {len(texts)} texts and {len(targets)} targets, expected as many")
    most = settings.text.max_tokens
    scores = [Prediction()] * len(texts)
    pairs: dict[int, Pair] = {}
    for number, (text, target) in enumerate(zip(texts, targets, strict=True)):
        try:
            if any(pair := _pair(columns, text, target, most)):
                pairs[number] = pair
        except DataError as error:
            scores[number] = Prediction(refused=str(error))
    read = [(text[:most], target) for text, target in pairs.values()]
    for (number, (source, _)), found in zip(
        pairs.items(), _scored(model, columns, settings, read), strict=True
    ):
        unread = max(0, len(source) - most)
        scores[number] = replace(found, text=targets[number], unread=unread)
    return scores


def _pair(columns: Columns, text: Value, target: str, most: int) -> Pair:
    """The tokens of a text and of its target.

    Raises:
        DataError: only one of them is blank, or the target has more than ``most`` tokens.
    """
    source, tokens = columns["source"].tokens(text), columns["target"].tokens(target)
    if bool(source) != bool(tokens):
        found, missing = ("text", "target") if source else ("target", "text")
        raise DataError(f"found a {found} without a {missing}, expected both")
    if len(tokens) > most:
        raise DataError(
            f"found a target of {len(tokens)} tokens, expected at most {most} (text.max_tokens)"
        )
    return source, tokens


def _scored(
    model: Model, columns: Columns, settings: Settings, pairs: Sequence[Pair]
) -> list[Prediction]:
    """How likely the second row of tokens of each pair is after the first."""
    tokens = {side: [pair[n] for pair in pairs] for n, side in enumerate(columns)}
    corpus = Held.of_tokens(tokens, columns, shared=settings.text.shared)
    found = by_batch(
        model, corpus, settings.search.batch, _WIDTH, lambda batch: model.log_probs(batch).tolist()
    )
    scores = []
    for (source, target), padded in zip(pairs, found, strict=True):
        each = tuple(padded[: len(target) + 1])
        scores.append(
            Prediction(score=sum(each), tokens=tuple(target), source=tuple(source), log_probs=each)
        )
    return scores
