"""Answers as lines: text or JSON, always one line for one answer."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from nlpseq.cli.terminal import Shade
from nlpseq.errors import SettingError
from nlpseq.text.tokenizers.protocol import surface

if TYPE_CHECKING:
    from nlpseq.model.protocol import Prediction


def rendered(answer: Prediction, form: str, *, explain: bool) -> tuple[str, list[Shade]]:
    """The line of an answer, and with ``explain`` (for text) the words that it looked at.

    A text that had nothing in it, and one that was refused, give an empty line.

    Raises:
        SettingError: there is nothing to explain the answer with.
    """
    if form == "jsonl":
        return json.dumps(_table(answer), allow_nan=False, ensure_ascii=False), []
    if not answer.source:
        return "", []
    return _line(answer), _shades(answer) if explain else []


def _line(answer: Prediction) -> str:
    text = one_line(answer.text)
    if answer.probabilities is None:
        return text
    return f"{text}\t{answer.probabilities[answer.tokens[0]]:.4f}"


def one_line(text: str) -> str:
    """``text`` with every separator of lines that Python knows made a space."""
    return " ".join(text.splitlines())


def _shades(answer: Prediction) -> list[Shade]:
    if answer.attention is None or len(answer.attention) != 1:
        raise SettingError(
            "--explain: found a model that does not attend to words once per answer; expected "
            "one that labels texts, with attention pooling"
        )
    words = map(surface, answer.source)
    return [Shade(word, weight) for word, weight in zip(words, answer.attention[0], strict=True)]


def _table(answer: Prediction) -> dict[str, Any]:
    """An answer as plain data."""
    if answer.refused:
        return {"text": "", "refused": answer.refused}
    return _fields(answer) if answer.source else {"text": ""}


def _fields(answer: Prediction) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(answer) if field.name != "refused"]
    fields = {name: getattr(answer, name) for name in names}
    alternatives = [_fields(other) for other in answer.alternatives]
    return {**fields, "text": one_line(answer.text), "alternatives": alternatives}
