"""Answers as lines: text or JSON, always one line for one answer."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpseq.cli.terminal import Shade
from nlpseq.errors import SettingError
from nlpseq.text.tokenizers.protocol import surface

if TYPE_CHECKING:
    from nlpseq.model.protocol import Prediction


_SEPARATORS = {ord(each): f"\\u{ord(each):04x}" for each in "\x85\u2028\u2029"}
"""Characters that JSON lets stand in texts, and at which some readers of lines would end one."""


def check_output(path: Path) -> None:
    """Refuse a folder, pipe or device as the file of ``--output``.

    Raises:
        SettingError: it is one.
    """
    if str(path) == "-" or (path.exists() and not path.is_file()):
        raise SettingError(
            f"--output takes a file, found {str(path)!r}; leave it out if none is wanted"
        )


def rendered(answer: Prediction, form: str, n_best: int = 1) -> list[str]:
    """The lines of an answer: one of JSON, or one of text for each of its ``n_best``.

    A text that had nothing in it, and one that was refused, give empty lines of text.
    """
    if form == "jsonl":
        return [one_json_line(table(answer))]
    lines = [_line(each) for each in (answer, *answer.alternatives)] if answer.source else []
    return lines + [""] * (n_best - len(lines))


def one_json_line(value: Any) -> str:
    """``value`` as JSON that is one line, whatever a reader takes for the end of one."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).translate(_SEPARATORS)


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


def table(answer: Prediction) -> dict[str, Any]:
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
        found["alignment"] = answer.alignment
    return {**fields, **found}
