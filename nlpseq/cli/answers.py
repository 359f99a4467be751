"""Answers as lines: text or JSON, always one line for one answer."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nlpseq.cli.terminal import Shade
from nlpseq.errors import SettingError
from nlpseq.text.tokenizers.protocol import surface

if TYPE_CHECKING:
    from nlpseq.model.protocol import Prediction


def rendered(answer: Prediction, form: str, n_best: int = 1) -> list[str]:
    """The lines of an answer: one of JSON, or one of text for each of its ``n_best``.

    A text that had nothing in it, and one that was refused, give empty lines of text.
    """
    if form == "jsonl":
        return [json.dumps(_table(answer), allow_nan=False, ensure_ascii=False)]
    lines = [_line(each) for each in (answer, *answer.alternatives)] if answer.source else []
    return lines + [""] * (n_best - len(lines))


def _line(answer: Prediction) -> str:
    text = one_line(answer.text)
    if answer.log_probs:
        return f"{answer.score:.4f}\t{text}"
    if answer.probabilities is None:
        return text
    return f"{text}\t{answer.probabilities[answer.tokens[0]]:.4f}"


def one_line(text: str) -> str:
    """``text`` with every separator of lines that Python knows made a space."""
    return " ".join(text.splitlines())


def shades(answer: Prediction) -> list[Shade]:
    """The words that an answer looked at; none for a text that had nothing in it.

    Raises:
        SettingError: there is nothing to explain the answer with.
    """
    if not answer.source:
        return []
    if answer.attention is None or len(answer.attention) != 1:
        raise SettingError(
            "--explain: found a model that does not attend to words once per answer; expected "
            "one that labels texts"
        )
    words = map(surface, answer.source)
    return [Shade(word, weight) for word, weight in zip(words, answer.attention[0], strict=True)]


def _table(answer: Prediction) -> dict[str, Any]:
    """An answer as plain data."""
    if answer.refused:
        return {"text": "", "refused": answer.refused}
    return _fields(answer) if answer.source else {"text": ""}


def _fields(answer: Prediction) -> dict[str, Any]:
    left_out = ("refused",) if answer.log_probs else ("refused", "log_probs")
    names = [field.name for field in dataclasses.fields(answer) if field.name not in left_out]
    fields = {name: getattr(answer, name) for name in names}
    alternatives = [_fields(other) for other in answer.alternatives]
    found = {"text": one_line(answer.text), "alternatives": alternatives}
    if answer.probabilities is None and answer.attention is not None:
        found["alignment"] = alignment(answer.attention)
    return {**fields, **found}


def alignment(attention: Sequence[Sequence[float]]) -> str:
    """The source token that each token of an answer looks at most, as pairs ``source-answer``.

    The format is that of Pharaoh, counted from 0.
    """
    pairs = (
        (max(range(len(weights)), key=weights.__getitem__), number)
        for number, weights in enumerate(attention)
    )
    return " ".join(f"{source}-{number}" for source, number in pairs)
