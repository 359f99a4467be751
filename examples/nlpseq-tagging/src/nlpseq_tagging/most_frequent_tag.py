"""The baseline of tagging: each word gets the tag it has most often."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from nlpseq.evaluation.baselines.protocol import Baseline
from nlpseq.metrics.protocol import Answer
from nlpseq.task import Example, Value


class MostFrequentTag(Baseline):
    """Counts; a word never seen gets the most frequent tag of all words seen once."""

    summary = "the most frequent tag of each word"

    def fit(self, examples: Iterable[Example]) -> None:
        """Count the tags of each word."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for example in examples:
            for word, tag in zip(example.source, example.target or (), strict=True):
                counts[word][tag] += 1
        self._tags = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
        rare = Counter(self._tags[word] for word, tags in counts.items() if tags.total() == 1)
        every = Counter(self._tags.values())
        self._unseen = (rare or every).most_common(1)[0][0]

    def predict(self, sources: Sequence[Value]) -> list[Answer]:
        """Look each word up."""
        return [tuple(self._tags.get(word, self._unseen) for word in words) for words in sources]
