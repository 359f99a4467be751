"""Train a shipped model again, and put it where it is shipped from.

    python pretrained/retrain.py translation-de-en --data FOLDER

FOLDER holds the corpora that ``docs/pretrained.md`` names. They are laid out below ``data/NAME``,
where the recipe looks for them; the run lies in ``runs/NAME``, and one that was stopped goes on.
"""

from __future__ import annotations

import argparse
import gzip
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from nlpseq_tasks.sentiment.sample import sentences

HOME = Path(__file__).resolve().parent.parent
_LABELS = {"0": "negative", "1": "positive", "neg": "negative", "pos": "positive"}
_HELD_OUT = 10  # every so many-th review of IMDB is kept for validation
_MADE_UP = (12_000, 500)  # sentences of the sample's grammar, to learn from and to validate


def copied(corpora: Path, names: dict[str, str], out: Path) -> None:
    """Files as they are."""
    for source, name in names.items():
        shutil.copyfile(corpora / source, out / name)


def translation(corpora: Path, out: Path) -> None:
    """Everyday sentences and captions."""
    for corpus in ("tatoeba-de-en", "multi30k"):
        (out / corpus).mkdir(exist_ok=True)
        parts = [
            f"{part}.{language}.gz" for part in ("train", "valid") for language in ("de", "en")
        ]
        copied(corpora / corpus, {part: part for part in parts}, out / corpus)


def summarization(corpora: Path, out: Path) -> None:
    """Dialogues and single sentences."""
    for corpus in ("dialogsum", "compression"):
        (out / corpus).mkdir(exist_ok=True)
        parts = [f"{part}.jsonl.gz" for part in ("train", "valid")]
        copied(corpora / corpus, {part: part for part in parts}, out / corpus)


def sentiment(corpora: Path, out: Path) -> None:
    """Phrases and reviews under the same two labels; of the reviews a tenth is held out.

    Beside them sentences that a grammar made up, without which "not bad" is taken for blame.
    """
    reviews = list(_labelled(corpora / "imdb" / "train.tsv.gz"))
    kept = [row for number, row in enumerate(reviews) if number % _HELD_OUT]
    _write(out / "imdb-train.tsv", kept)
    _write(out / "imdb-valid.tsv", reviews[::_HELD_OUT])
    _write(out / "sst2-train.tsv", _labelled(corpora / "sst2" / "phrases.tsv.gz"))
    _write(out / "sst2-valid.tsv", _labelled(corpora / "sst2" / "dev.tsv.gz"))
    made_up = (f"{label}\t{text}\n" for text, label in sentences(random.Random(2)))
    for part, size in zip(("train", "valid"), _MADE_UP, strict=True):
        _write(out / f"made-up-{part}.tsv", islice(made_up, size))
    copied(corpora / "imdb", {"unlabelled.txt.gz": "unlabelled.txt.gz"}, out)


def _labelled(path: Path) -> Iterator[str]:
    """The rows of a file with their labels in words."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            label, text = line.rstrip("\n").split("\t")
            if label != "label":
                yield f"{_LABELS[label]}\t{text}\n"


def _write(path: Path, rows: Iterator[str] | list[str]) -> None:
    path.write_text("label\ttext\n" + "".join(rows), encoding="utf-8")


MODELS: dict[str, Callable[[Path, Path], None]] = {
    "translation-de-en": translation,
    "sentiment-en": sentiment,
    "summarization-en": summarization,
}


def main() -> int:
    """Lay out the data, train, and ship."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("name", choices=list(MODELS))
    arguments.add_argument("--data", type=Path, required=True, help="the folder of corpora")
    asked = arguments.parse_args()
    data = HOME / "data" / asked.name
    data.mkdir(parents=True, exist_ok=True)
    MODELS[asked.name](asked.data, data)
    recipe, run = f"pretrained/recipes/{asked.name}.toml", f"runs/{asked.name}"
    task = asked.name.partition("-")[0]
    words = ["train", task, "--config", recipe, "--out", run]
    words += ["--resume"] if (HOME / run).exists() else []
    done = subprocess.run([sys.executable, "-m", "nlpseq", *words], cwd=HOME)
    if done.returncode == 0:
        shipped = HOME / "pretrained" / "nlpseq_pretrained" / asked.name
        shutil.rmtree(shipped, ignore_errors=True)
        shutil.copytree(HOME / run / "model", shipped)
        print(f"shipped: {shipped}", file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
