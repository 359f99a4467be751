"""Subwords by sentencepiece (Kudo & Richardson 2018), https://arxiv.org/abs/1808.06226."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import sentencepiece

from nlpseq.config import setting
from nlpseq.errors import BundleError, DataError, Failure, SettingError
from nlpseq.text.tokenizers.protocol import Tokenizer, plain, visible

FILE = "sentencepiece.model"
LARGEST = 32 * 2**20
"""Bytes of a model at most."""

MOST_TEXTS = 1_000_000
"""That pieces are learnt from; of more, evenly spaced ones are taken, to bound the memory."""

_PROBE = "A sentence, ﬁrst: ▁x 中文 <unk> <s> \u2047 ."
_WAYS = 16  # to split a text, of which one is drawn
_FIXED: dict[str, Any] = {
    "normalization_rule_name": "identity",  # our own comes before
    "remove_extra_whitespaces": False,
    "hard_vocab_limit": False,
    "bos_id": -1,
    "eos_id": -1,
    "num_threads": 4,  # the pieces depend on it
    "max_sentence_length": 2**26,  # bytes; longer ones would be left out in silence
}


@dataclass(frozen=True)
class SentencepieceSettings:
    """How pieces are learnt."""

    model_type: Literal["unigram", "bpe"] = setting(
        "unigram",
        "unigram: the likeliest pieces (Kudo 2018); bpe: the most frequent merges "
        "(Sennrich et al. 2016)",
    )
    size: int = setting(
        8000, "pieces at most; small data gives fewer by itself", least=1, most=2**20
    )
    sampling: float = setting(
        0.0,
        "training texts are split in other ways as well, each by its probability to the power of "
        "this (Kudo 2018, alpha); 0: always in the likeliest way",
        least=0,
    )
    coverage: float = setting(
        1.0,
        "share of the running characters that get a piece; 0.9995 for Chinese or Japanese",
        least=0.9,
        most=1.0,
    )


class SentencepieceTokenizer(Tokenizer):
    """Pieces of words, learnt from the training texts; ``▁`` stands for a space.

    A character that was never seen is a piece by itself (or with its unseen neighbours), so
    nothing is lost.
    """

    Settings: ClassVar[type] = SentencepieceSettings
    library = "sentencepiece"

    _model: bytes = b""

    def fit(self, texts: Iterable[str]) -> None:
        """Learn the pieces, in a process of its own that a signal can end.

        Raises:
            SettingError: ``size`` is less than one piece for each character takes.
            DataError: there is no text.
        """
        settings = self.settings
        if settings.sampling and settings.model_type != "unigram":
            raise SettingError(
                f"setting text.tokenizer.sampling: found {settings.sampling} with model_type "
                f"{settings.model_type}, expected unigram, whose pieces have probabilities"
            )
        options = {
            "model_type": settings.model_type,
            "vocab_size": settings.size,
            "character_coverage": settings.coverage,
        }
        self._load(_train(options, (visible(self.normalise(text)) for text in texts)))

    def _load(self, model: bytes) -> None:
        self._pieces = sentencepiece.SentencePieceProcessor(model_proto=model)
        self._model = model

    def encode(self, text: str) -> list[str]:
        """Split into pieces."""
        if not self._model:
            raise SettingError("sentencepiece: has no pieces yet; call fit with training texts")
        pieces: list[str] = self._pieces.encode(visible(self.normalise(text)), out_type=str)
        return pieces

    @property
    def draws(self) -> bool:
        """Whether ``sampling`` is set."""
        return bool(self.settings.sampling)

    def draw(self, text: str) -> list[str]:
        """One of the likeliest ways to split a text (subword regularisation).

        Kudo (2018), https://arxiv.org/abs/1804.10959, section 3.3, over the best ``_WAYS``::

            P(x) ~ p(x) ^ sampling
        """
        ways = self._pieces.nbest_encode(
            visible(self.normalise(text)), nbest_size=_WAYS, out_type=int
        )
        best, *_ = scores = [sum(map(self._pieces.get_score, way)) for way in ways]
        weights = [math.exp(self.settings.sampling * (score - best)) for score in scores]
        (way,) = random.choices(ways, weights)
        return [self._pieces.id_to_piece(number) for number in way]

    def decode(self, tokens: Iterable[str]) -> str:
        """Put the pieces together, with single spaces."""
        return " ".join(plain("".join(tokens)).split())

    def state(self) -> dict[str, bytes]:
        """The model file that sentencepiece writes."""
        return {FILE: self._model} if self._model else {}

    @classmethod
    def from_state(
        cls,
        files: Mapping[str, bytes],
        settings: Any = None,
        *,
        language: str = "en",
        lowercase: bool = False,
    ) -> Self:
        """The tokenizer that gave ``files`` as its :meth:`state`.

        Only for files that were checked against a digest: sentencepiece has crashed on files
        made to harm it.

        Raises:
            BundleError: not a model, too large, or one that loses a part of the text.
        """
        model = files.get(FILE, b"")
        if not 0 < len(model) <= LARGEST:
            raise BundleError(f"{FILE}: found {len(model)} bytes, expected 1 to {LARGEST}")
        tokenizer = cls(settings, language=language, lowercase=lowercase)
        try:
            tokenizer._load(model)
            kept = tokenizer.decode(tokenizer.encode(_PROBE)) == tokenizer.normalise(_PROBE)
        except (RuntimeError, UnicodeDecodeError) as error:
            raise BundleError(f"{FILE}: not a sentencepiece model: {error}") from None
        if not kept:
            raise BundleError(f"{FILE}: its pieces of a text do not give the text back")
        return tokenizer


def _train(options: Mapping[str, Any], texts: Iterable[str]) -> bytes:
    """Run this module as a program on ``texts``; return the model."""
    command = [sys.executable, "-P", "-m", __name__]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        with tempfile.TemporaryFile() as file:  # has no name, so nothing is ever left behind
            count = 0
            for text in texts:
                file.write(f"{text}\n".encode())
                count += 1
            file.seek(0)
            child = subprocess.run(
                [*command, str(count // MOST_TEXTS + 1), json.dumps(options)],
                stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment, check=False,
            )  # fmt: skip
    except OSError as error:
        raise Failure(f"sentencepiece training failed: {error}") from error
    if child.returncode == 0:
        return child.stdout
    raise _explained(child.returncode, child.stdout.decode(errors="replace"))


def _explained(code: int, message: str) -> Exception:
    if few := re.search(r"(\d+) vs (\d+)", message):
        return SettingError(
            f"setting text.tokenizer.size: found {few[1]}, expected at least {few[2]}, as the "
            "training texts have nearly as many characters; or lower text.tokenizer.coverage"
        )
    if "sentences_.empty()" in message:
        return DataError("no text to learn pieces from: all training texts are blank")
    return Failure(f"sentencepiece training ended with code {code}: {message or 'no message'}")


def _program() -> None:
    """Learn from every n-th line of standard input; write the model, or what went wrong."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: not to outlive the parent
    lines = itertools.islice(sys.stdin.buffer, 0, None, int(sys.argv[1]))
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(line.decode().rstrip("\n") for line in lines),
            model_writer=sys.stdout.buffer,
            **json.loads(sys.argv[2]),
            **_FIXED,
        )
    except Exception as error:
        sys.stdout.write(str(error))
        sys.exit(1)


if __name__ == "__main__":
    _program()
