"""The one form of a text that its tokens stand for; the same in training and in use."""

from __future__ import annotations

import re
import unicodedata

VERSION = 1
"""Of the rules below; a model folder names the one it was trained with."""

JOINER = "\uffed"
"""Marks a token that stands against the one before it, without a space (``do`` ``￭n't``).

HALFWIDTH BLACK SQUARE, as OpenNMT's tokenizer has it. It is dropped from data, so it is
always a mark.
"""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def normalise(text: str, *, lowercase: bool = False) -> str:
    """Compose ``text`` (Unicode NFC) and set its words apart by single spaces.

    Every run of white space and control characters (so also every line separator) becomes
    one space, none is left at the ends, and the joiner is dropped. Nothing else changes.
    Law: normalising twice changes nothing more.
    """
    text = unicodedata.normalize("NFC", text.replace(JOINER, ""))
    if lowercase:  # which may take a composed letter apart, as the Turkish capital I with dot
        text = unicodedata.normalize("NFC", text.lower())
    return " ".join(_CONTROL.sub(" ", text).split())
