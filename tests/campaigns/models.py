"""Models so small that thousands of things can be done to them, made by real trainings."""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

import nlpseq
from nlpseq.bundle.manifest import MANIFEST, describe, parse_json, seal

SMALL = {
    "model.embedding.width": 4,
    "model.encoder.width": 4,
    "training.epochs": 1,
    "training.threads": 1,
    "training.batch_rows": 16,
    "training.precision": "fp32",
}


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """An empty folder to be in, with what is prepared kept in it; in memory where that can be."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    before = os.getcwd()
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        cache = os.path.join(folder, "cache")
        with patch.dict(os.environ, {"NLPSEQ_CACHE": cache}):
            os.chdir(folder)
            try:
                yield Path(folder)
            finally:
                os.chdir(before)


def labeller(folder: Path) -> Path:
    """A run folder with two checkpoints and a model that labels texts."""
    things = itertools.product(("film", "soup", "room", "book", "walk"), ("good", "bad"), range(8))
    rows = [f"the {thing} number {n} was {how}\t{how}\n" for thing, how, n in things]
    (folder / "rows.tsv").write_text("text\tlabel\n" + "".join(rows))
    settings = SMALL | {"data.train": str(folder / "rows.tsv"), "training.save_every": 2}
    tokenizer = {"text.tokenizer.name": "sentencepiece", "text.tokenizer.size": 60}
    return nlpseq.train("sentiment", settings | tokenizer, out=folder / "labeller").folder


def writer(folder: Path) -> Path:
    """A run folder with a model that writes texts, one vocabulary for both sides."""
    lines = [f"a b {n % 7} c {n % 5}\n" for n in range(60)]
    for language in ("de", "en"):
        (folder / f"lines.{language}").write_text("".join(lines))
    settings: Mapping[str, object] = SMALL | {
        "data.train": str(folder / "lines"),
        "data.languages": ["de", "en"],
        "text.shared": True,
        "text.tokenizer": "whitespace",
        "model.decoder.width": 4,
        "model.decoder.layers": 1,
        "model.copying": True,
    }
    return nlpseq.train("translation", settings, out=folder / "writer").folder


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their names in it."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A folder of these files."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def signed(files: Mapping[str, bytes], **changes: object) -> dict[str, bytes]:
    """The files of a bundle with a manifest that is right for them, as whoever made it would."""
    others = {name: data for name, data in files.items() if name != MANIFEST}
    manifest = parse_json(Path("x"), MANIFEST, files[MANIFEST])
    return {**others, MANIFEST: seal({**manifest, "files": describe(others), **changes})}
