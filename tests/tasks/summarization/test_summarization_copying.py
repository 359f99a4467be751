"""What copying is for: names and numbers that no vocabulary holds."""

import json

import pytest

import nlpseq
from nlpseq_tasks.summarization.sample import facts, parts, repeated

ROWS = {"train": 2_000, "valid": 50}
JUDGED = 150
BUDGET = {
    "text.tokenizer": "nltk",
    "text.min_count": 3,
    "model.embedding.width": 64,
    "model.encoder.width": 64,
    "model.decoder.width": 128,
    "training.epochs": 6,
    "training.batch_tokens": 2048,
    "training.average": 1,
    "training.optimizer.learning_rate": 0.005,
    "training.schedule.warmup": 50,
    "training.threads": 1,
    "search.method": "greedy",
}


def unseen_right(folder, **given):
    """The share of names and numbers never seen in training that a model learns to repeat."""
    sample = parts()
    files = {}
    for part, count in ROWS.items():
        file = folder / f"{part}.jsonl"
        rows = [{"text": text, "summary": headline} for text, headline in sample[part][:count]]
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        files[f"data.{part}"] = str(file)
    run = nlpseq.train("summarization", {**BUDGET, **files, **given}, out=folder / "run")
    answers = nlpseq.load(run.folder)([text for text, _ in sample["test"][:JUDGED]])
    headlines = [answer.text for answer in answers]
    right, total = repeated(facts("test")[:JUDGED], headlines, unseen=True)
    return right / total


@pytest.mark.slow
def test_with_copying_unseen_names_and_numbers_come_out_and_without_it_none_can(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    shares = {}
    for copying in (True, False):
        folder = tmp_path / f"copying-{copying}"
        folder.mkdir()
        shares[copying] = unseen_right(folder, **{"model.copying": copying})
    assert shares[False] < 0.05
    assert shares[True] > shares[False] + 0.3
