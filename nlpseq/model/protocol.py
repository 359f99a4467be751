"""What a model is: all that training, pipeline and bundle know of one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from torch import Tensor, nn

from nlpseq.config import NoSettings
from nlpseq.data.batches import Batch
from nlpseq.errors import SettingError
from nlpseq.model.embedding import Embedding
from nlpseq.search import Search
from nlpseq.text.vocabulary import Vocabulary

__all__ = ["Batch", "Model", "Prediction", "Search", "Sums", "Vocabulary"]


class Sums(NamedTuple):
    """A loss as a sum, and how many things it sums over, so that batches add up exactly."""

    loss: Tensor  # []
    count: Tensor  # type: ignore[assignment]  # []


@dataclass(frozen=True)
class Prediction:
    """An answer and what stands behind it; what ``--format jsonl`` prints.

    A model fills in all but ``text`` and ``source``, which need the tokenizer.
    """

    text: str = ""  # the answer: a text, a label, or labels set apart by spaces
    score: float = 0.0  # log-probability; of an answer searched for, with the penalties
    tokens: tuple[str, ...] = ()  # of the answer; a label is one token
    probabilities: Mapping[str, float] | None = None  # of every label
    source: tuple[str, ...] = ()  # tokens that were read
    attention: tuple[tuple[float, ...], ...] | None = None  # [T, S]; one row for a label
    alternatives: tuple[Prediction, ...] = ()
    parts: int = 1  # that a long text was split into, answered one by one
    unread: int = 0  # tokens at the end of the text beyond text.max_tokens
    refused: str = ""  # why the text was not answered
    log_probs: tuple[float, ...] = ()  # of each token and of the end, where the answer was given

    @property
    def alignment(self) -> str:
        """The source token that each token of a text looks at most, as pairs ``source-answer``.

        The format is that of Pharaoh, counted from 0; "" where there is none.
        """
        if self.probabilities is not None or self.attention is None:
            return ""
        pairs = (
            (max(range(len(weights)), key=weights.__getitem__), number)
            for number, weights in enumerate(self.attention)
        )
        return " ".join(f"{source}-{number}" for source, number in pairs)


class Model(nn.Module):
    """A network with an objective and answers."""

    Settings: ClassVar[type] = NoSettings
    searches: ClassVar[bool] = False  # whether answers are found by search
    answers: ClassVar[tuple[str, ...]] = ()  # kinds of columns that it answers with; (): any

    @classmethod
    @abstractmethod
    def build(cls, settings: Any, vocabularies: Mapping[str, Vocabulary]) -> Self:
        """A fresh model for the vocabularies of "source" and "target"."""

    @abstractmethod
    def objective(self, batch: Batch) -> Sums:
        """The loss to lower, summed over what it counts."""

    @abstractmethod
    def predict(self, batch: Batch, search: Search) -> list[Prediction]:
        """Answer each row of the batch, in order; its neighbours change nothing."""

    def log_probs(self, batch: Batch) -> Tensor:
        """Of each token of the targets and of their ends, [B, T + 1]; 0 beyond these.

        Raises:
            SettingError: it is no model that writes one token after the other.
        """
        found = type(self).__name__
        raise SettingError(f"targets: found a {found}, expected a model that writes texts")

    def can_say(self, word: int) -> bool:
        """Whether an answer can hold the word of that id."""
        return True

    @abstractmethod
    def embeddings(self) -> Mapping[str, Embedding]:
        """The embedding of each column that word vectors can start."""

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor that a bundle must hold."""
        return {name: tuple(tensor.shape) for name, tensor in self.state_dict().items()}
