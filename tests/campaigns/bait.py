"""Files that run code when they are opened carelessly, offered to every command that takes a path.

``python -m tests.campaigns.bait --size N``: each of N baits (all of them, for 0) to each command,
of each kind in turn. None may fire, none may reach a call that could run it, and each is answered
or refused in words.
"""

from __future__ import annotations

import io
import os
import pickle
import random
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import joblib
import numpy as np
import pyarrow
import pyarrow.parquet
import torch
from gensim.models import KeyedVectors

from nlpseq.bundle.manifest import parse_json
from nlpseq.cli import run as run_command
from nlpseq.durable import as_json
from tests.campaigns.campaign import Count, in_turns, main
from tests.campaigns.models import labeller, read_folder, signed, workplace, write_folder, writer

FIRED = "FIRED"
SECONDS = 60


class Payload:
    """Makes a folder when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.path.abspath(FIRED),)


class Vectors(KeyedVectors):  # type: ignore[misc]
    """As gensim saves them, which is a pickle."""


CODE = f"import os; os.makedirs({FIRED!r}, exist_ok=True)"
YAML = f"!!python/object/apply:os.mkdir ['{FIRED}']\n"
LAMBDA = '{"class_name": "Lambda", "config": {"function": ["4wAAAAA=", null, null]}}'


def written(write: Any) -> bytes:
    """What ``write`` puts into a file."""
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def archive(names: Mapping[str, str]) -> bytes:
    """A zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, text in names.items():
            packed.writestr(name, text)
    return stream.getvalue()


def parquet() -> bytes:
    """A column of a type whose making is a pickle, which pyarrow opened up to 14.0.0."""
    extension = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickle.dumps(Payload()),
    }
    fields = [
        pyarrow.field("text", pyarrow.string(), metadata=extension),
        pyarrow.field("label", pyarrow.string()),
    ]
    table = pyarrow.table([["a"] * 9, ["x"] * 9], schema=pyarrow.schema(fields))
    return written(lambda stream: pyarrow.parquet.write_table(table, stream))


def gensim_file() -> bytes:
    """Vectors with a payload, by gensim's own ``save``."""
    vectors = KeyedVectors(2)
    vectors.add_vectors(["a"], np.ones((1, 2), dtype=np.float32))
    vectors.payload = Payload()
    vectors.save("made.kv")
    return Path("made.kv").read_bytes()


def contents() -> dict[str, bytes]:
    """Each kind of file that runs code where it is opened carelessly."""
    made = {f"protocol-{n}.pkl": pickle.dumps(Payload(), protocol=n) for n in range(6)}
    array = np.array([Payload()], dtype=object)
    return made | {
        "model.pt": written(lambda stream: torch.save(Payload(), stream)),
        "legacy.pth": written(
            lambda stream: torch.save(Payload(), stream, _use_new_zipfile_serialization=False)
        ),
        "array.npy": written(lambda stream: np.save(stream, array, allow_pickle=True)),
        "arrays.npz": written(lambda stream: np.savez(stream, a=array)),
        "model.joblib": written(lambda stream: joblib.dump(Payload(), stream)),
        "vectors.kv": gensim_file(),
        "type.parquet": parquet(),
        "tags.yaml": YAML.encode(),
        "layer.keras": archive({"config.json": LAMBDA}),
        "layer.h5": b"\x89HDF\r\n\x1a\n" + LAMBDA.encode(),
        "program.pyz": archive({"__main__.py": CODE}),
        "program.py": CODE.encode(),
        "escape.zip": archive({"../escaped": "x"}),
        "object.json": b'{"py/object": "os.system", "py/reduce": [{"py/function": "os.mkdir"}]}',
    }


ENDINGS = (".tsv", ".jsonl", ".parquet", ".gz", ".toml")


Bait = tuple[str, Mapping[str, bytes]]
"""The name of a bait, and its files; where that is one named "", the bait is that file."""


def baits(model: Mapping[str, bytes]) -> Iterator[Bait]:
    """Every bait that is a file, and every one that is a folder."""
    yield from of_files(model)
    yield from of_folders(model)


def kind(bait: Bait) -> str:
    """What a bait takes the place of, or how its name ends."""
    found = re.search(r"-as-.*|(signed-)?with-|\w+-is-|\.\w+$", bait[0])
    assert found
    return found.group()


def of_files(model: Mapping[str, bytes]) -> Iterator[Bait]:
    """Each content alone, under endings of data, and in the place of a model's file."""
    for name, data in contents().items():
        yield name, {"": data}
        stem, _, ending = name.rpartition(".")
        for number, other in enumerate(ENDINGS):
            if (number + len(name)) % 2:  # half of them; all readers see all kinds of content
                yield f"{stem}-{ending}{other}", {"": data}
        for file in ("weights.safetensors", "model.json", "tokenizer/source.vocabulary"):
            if name in ("protocol-0.pkl", "protocol-4.pkl", "model.pt", "array.npy", "vectors.kv"):
                yield f"{stem}-{ending}-as-{file.replace('/', '-')}", signed({**model, file: data})


def of_folders(model: Mapping[str, bytes]) -> Iterator[Bait]:
    """Models with code beside them, or that name a module where a member belongs."""
    for extra in ("sitecustomize.py", "conftest.py", "x.pth", "nlpseq.py", "setup.py", "torch.py"):
        yield f"with-{extra}", {**model, extra: CODE.encode()}
        yield f"signed-with-{extra}", signed({**model, extra: CODE.encode()})
    entry = {
        "nlpseq_bait-1.0.dist-info/entry_points.txt": b"[nlpseq.tasks]\nsentiment = bait:Bait\n"
    }
    yield "with-a-distribution", signed({**model, **entry, "bait.py": CODE.encode()})
    for part in ("model", "tokenizer", "cell", "pooling", "task"):
        for target in ("bait:Bait", "os:system", "../bait.py", "/dev/shm/bait.py"):
            yield f"{part}-is-{target.replace('/', '_')}", naming(model, part, target)


def naming(model: Mapping[str, bytes], part: str, target: str) -> Mapping[str, bytes]:
    """A model that names a module where the name of a member belongs."""
    table = parse_json(Path("x"), "model.json", model["model.json"])
    settings = table["settings"]
    changed = {**model, "bait.py": CODE.encode()}
    if part == "task":
        return signed(changed, task={"name": target, "distribution": "a", "version": "1"})
    at = {
        "model": settings["model"],
        "tokenizer": settings["text"]["tokenizer"],
        "cell": settings["model"]["encoder"]["cell"],
        "pooling": settings["model"]["pooling"],
    }[part]
    at["name"] = target
    return signed({**changed, "model.json": as_json(table)})


COMMANDS = {
    "train --data": "train sentiment --out new --data BAIT",
    "train --valid": "train sentiment --out new --data rows.tsv --valid BAIT",
    "train --test": "train sentiment --out new --data rows.tsv --test BAIT",
    "train --config": "train sentiment --out new --data rows.tsv --config BAIT",
    "train --vectors": "train sentiment --out new --data rows.tsv --vectors BAIT",
    "train --vectors-text": "train sentiment --out new --data rows.tsv --vectors-text BAIT",
    "train --from": "train sentiment --out new --data rows.tsv --from BAIT",
    "train --resume": "train sentiment --data rows.tsv --out BAIT --resume",
    "train of parallel files": "train translation --out new --langs de-en --data BAIT",
    "evaluate MODEL": "evaluate BAIT --data rows.tsv",
    "evaluate --data": "evaluate labeller --data BAIT",
    "compare A": "compare BAIT labeller --data rows.tsv",
    "compare B": "compare labeller BAIT --data rows.tsv",
    "data check": "data check sentiment --data BAIT",
    "--model": "sentiment --model BAIT good",
    "--file": "sentiment --model labeller --output answers --file BAIT",
    "--ensemble": "translate --model writer --ensemble BAIT a",
    "--targets": "translate --model writer --targets BAIT a",
    "config show": "config show --config BAIT",
}
QUICK = ["--set", "training.epochs=1", "--set", "model.encoder.width=2", "--quiet"]

_dangers: list[str] | None = None  # what happened while it was a list


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what could run code; a hook cannot be taken away again, so it looks at a switch."""
    if _dangers is None:
        return
    if event in ("pickle.find_class", "os.system", "os.exec", "socket.connect"):
        _dangers.append(f"{event} {arguments!r}"[:200])
    if event == "subprocess.Popen" and "nlpseq.text.tokenizers" not in str(arguments):
        _dangers.append(f"{event} {arguments!r}"[:200])
    if event in ("exec", "compile") and "bait" in str(arguments):
        _dangers.append(f"{event} {arguments!r}"[:200])


@contextmanager
def watched() -> Iterator[list[str]]:
    """What could have run code inside the block."""
    global _dangers
    _dangers = found = []
    try:
        yield found
    finally:
        _dangers = None


def nothing() -> io.TextIOWrapper:
    """A standard output for results that are not looked at."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")


def offer(command: str, bait: str, count: Count) -> None:
    """Run a command on a bait, in this process, where it is watched."""
    words = [bait if word == "BAIT" else word for word in command.split()]
    words += QUICK if words[0] == "train" else []
    said = io.StringIO()

    def late(*_: Any) -> None:
        raise TimeoutError("takes too long")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        with watched() as dangers, redirect_stderr(said), redirect_stdout(nothing()):
            code = run_command(words)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    count.cases["offers"] += 1
    text = said.getvalue()
    right = code in (0, 2, 3) and "internal error" not in text and "Traceback" not in text
    count.check(right, f"{command} {bait}: code {code}: {text[-300:]}")
    count.check(not dangers, f"{command} {bait}: {dangers[:3]}")
    count.check(not Path(FIRED).exists(), f"{command} {bait}: fired")
    shutil.rmtree(FIRED, ignore_errors=True)
    shutil.rmtree("new", ignore_errors=True)


def offer_all(size: int, rng: random.Random, count: Count) -> None:
    """Each bait to each command."""
    made = list(baits(read_folder(Path("labeller/model"))))
    for name, files in in_turns(made, kind, rng)[: size or None]:
        bait = Path(f"bait-{name}")
        if "" in files:
            bait.write_bytes(files[""])
        else:
            write_folder(bait, files)
        count.cases["baits"] += 1
        for command in COMMANDS.values():
            offer(command, str(bait), count)
    for name, make in SPECIAL.items():
        make(Path(name))
        count.cases["baits"] += 1
        for command in COMMANDS.values():
            if (name, command.split()[-2]) != ("bait-fifo.tsv", "--file"):  # that is what waits
                offer(command, name, count)


def link(path: Path) -> None:
    """A link to what is no data."""
    path.symlink_to("/etc/passwd")


def model_with_links(path: Path) -> None:
    """A model whose weights lie elsewhere."""
    shutil.copytree("labeller/model", path)
    (path / "weights.safetensors").rename("elsewhere")
    (path / "weights.safetensors").symlink_to("../elsewhere")


def model_with_pipe(path: Path) -> None:
    """A model that would be waited for."""
    shutil.copytree("labeller/model", path)
    (path / "model.json").unlink()
    os.mkfifo(path / "model.json")


SPECIAL = {
    "bait-link.tsv": link,
    "bait-fifo.tsv": os.mkfifo,
    "bait-model-with-links": model_with_links,
    "bait-model-with-pipe": model_with_pipe,
    "bait-\x1b[2J.tsv": Path.touch,
}


def offer_where_one_stands(count: Count) -> None:
    """Files that Python itself might take up from the folder one is in; real processes."""
    here = Path("here")
    here.mkdir()
    names = (
        "sitecustomize.py",
        "usercustomize.py",
        "conftest.py",
        "nlpseq.py",
        "torch.py",
        "x.pth",
    )
    for name in (*names, "nlpseq_tasks.py", ".allennlp_plugins", "json.py", "typer.py"):
        (here / name).write_text(CODE)
    command = [Path(sys.executable).with_name("nlpseq"), "tasks"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    count.cases["processes"] += 1
    count.check(done.returncode == 0, f"tasks: {done.stderr}")
    count.check(not (here / FIRED).exists(), "a file of the folder one is in fired")


def controls(count: Count) -> None:
    """The baits fire where they are opened carelessly, and the watch sees it."""
    made = contents()
    for name, data in made.items():
        Path(name).write_bytes(data)
    openers = {
        "protocol-4.pkl": lambda: pickle.loads(made["protocol-4.pkl"]),
        "protocol-0.pkl": lambda: pickle.loads(made["protocol-0.pkl"]),
        "array.npy": lambda: np.load("array.npy", allow_pickle=True),
        "model.pt": lambda: torch.load("model.pt", weights_only=False),
        "legacy.pth": lambda: torch.load("legacy.pth", weights_only=False),
        "model.joblib": lambda: joblib.load("model.joblib"),
        "vectors.kv": lambda: KeyedVectors.load("vectors.kv"),
    }
    for name, opener in openers.items():
        with watched() as dangers:
            opener()
        count.control(name, Path(FIRED).exists() and bool(dangers))
        shutil.rmtree(FIRED, ignore_errors=True)


def run_campaign(size: int, rng: random.Random, count: Count) -> None:
    """All baits to all commands."""
    sys.addaudithook(_watch)
    with workplace() as place, patch.dict(os.environ, {"NLPSEQ_PLUGINS": "none"}):
        labeller(place)
        writer(place)
        offer("sentiment --model labeller good", "", Count())  # imports what it needs
        controls(count)
        offer_all(size, rng, count)
        offer_where_one_stands(count)


if __name__ == "__main__":
    main(run_campaign, size=0)
