"""A corpus whose texts are split anew each time they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlpseq.data.batches import Corpus, Ids, Rows
from nlpseq.text.column import TextColumn
from nlpseq.text.vocabulary import UNK_ID


class Resplit:
    """What is stored, its texts split as their tokenizers draw.

    Lengths stay those that are stored: they only say what goes into a batch together.
    """

    def __init__(self, corpus: Corpus, columns: Mapping[str, TextColumn]) -> None:
        self._corpus, self._columns = corpus, columns
        self.columns = corpus.columns
        self.unknown = corpus.unknown

    def __len__(self) -> int:
        return len(self._corpus)

    def lengths(self, column: str) -> NDArray[np.int32]:
        """The number of ids in each row, as stored."""
        return self._corpus.lengths(column)

    def ids(self, column: str, rows: Rows) -> Sequence[Ids]:
        """The ids of some rows, drawn anew."""
        stored = self._corpus.ids(column, rows)
        split = self._columns[column]
        if split.tokenizer is None or not split.tokenizer.draws:
            return stored
        most = split.vocabulary.said if column == "target" else len(split.vocabulary)
        return [self._drawn(split, row, most) for row in stored]

    def _drawn(self, column: TextColumn, row: Ids, most: int) -> Ids:
        """A row split another way, or as it is where that needs pieces nobody has learned."""
        known = column.vocabulary.tokens
        beyond = self.unknown.words if self.unknown else []
        words = [
            known[number] if number < len(known) else beyond[number - len(known)] for number in row
        ]
        if column.tokenizer is None or UNK_ID in row:
            return row
        drawn = column.vocabulary.ids(column.tokenizer.draw(column.text(words)))
        return row if UNK_ID in drawn or max(drawn, default=0) >= most else drawn
