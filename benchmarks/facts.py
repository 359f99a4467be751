"""How many names and numbers a model gets right: ``python -m benchmarks.facts MODEL``.

Answers the test part of the built-in sample as ``nlpseq summarize`` would, and counts, of the
names and numbers that its headlines must hold, those that do stand in the answers: of the ones
that training never showed, which can only be copied, and of the others.
"""

from __future__ import annotations

import argparse

from nlpseq.pipeline import load
from nlpseq_tasks.summarization.sample import facts, parts, repeated


def main() -> None:
    """Print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", metavar="MODEL")
    pipeline = load(parser.parse_args().model)
    answers = pipeline([text for text, _ in parts()["test"]])
    headlines = [answer.text for answer in answers]
    for kind, unseen in (("never seen in training", True), ("seen in training", False)):
        right, total = repeated(facts("test"), headlines, unseen=unseen)
        print(f"names and numbers {kind}: {right} of {total} right ({right / total:.1%})")


if __name__ == "__main__":
    main()
