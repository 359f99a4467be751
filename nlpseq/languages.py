"""What follows from a language: how its texts are split, for models and for scores."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlpseq.errors import SettingError


@dataclass(frozen=True)
class Language:
    """A language by its ISO 639 code."""

    code: str
    spaced: bool = True  # words are set apart by spaces

    @property
    def tokenizer(self) -> str:
        """The default tokenizer for models that read words."""
        return "nltk" if self.spaced else "character"


UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my", "bo"})


def language(code: str) -> Language:
    """The language of a code such as ``en``, ``de`` or ``zh``; a region (``zh-TW``) is dropped.

    Raises:
        SettingError: not a language code.
    """
    match = re.fullmatch(r"([a-z]{2,3})(?:[-_][A-Za-z0-9]+)?", code)
    if not match:
        raise SettingError(f"language: found {code!r}, expected an ISO 639 code such as en or zh")
    return Language(match[1], spaced=match[1] not in UNSPACED)
