"""Everything that can be wrong with a request to train: one message, exit code 2, nothing lost."""

import re

import pytest

from nlpseq.cli import run

GOOD = "text\tlabel\n" + "".join(
    f"text {n} is {'good' if n % 2 else 'bad'}\t{n % 2}\n" for n in range(40)
)
VECTORS = "".join(f"{word} 1 2 3\n" for word in ("text", "is", "good", "bad"))
FILES = {
    "good.tsv": GOOD.encode(),
    "headless.tsv": b"a text\t1\nanother\t0\n",
    "empty.tsv": b"",
    "header.tsv": b"text\tlabel\n",
    "one.tsv": b"text\tlabel\nfine\t1\nalso fine\t1\n",
    "latin.tsv": "text\tlabel\nfine\t1\nd\u00e9j\u00e0 vu\t0\n".encode("latin-1"),
    "ragged.tsv": b"text\tlabel\nfine\t1\nfine\t1\tmore\n",
    "vectors.txt": VECTORS.encode(),
    "broken.toml": b"training = ",
}

TABLE = {
    "a missing file": (["--data", "none.tsv"], "none.tsv: no such file or folder"),
    "an unknown ending": (
        ["--data", "broken.toml"],
        "broken.toml: found the ending '.toml', expected one of ",
    ),
    "a missing column": (
        ["--data", "headless.tsv"],
        "headless.tsv:1: found columns 'a text', '1', expected 'text' or .*; give --columns "
        "text=NAME or, for a file without header, numbers: --columns text=1,label=2",
    ),
    "an empty file": (["--data", "empty.tsv"], "empty.tsv: "),
    "a header without rows": (
        ["--data", "header.tsv"],
        "header.tsv: found no rows, expected one at least",
    ),
    "one class only": (
        ["--data", "one.tsv"],
        r"one.tsv: found 1 label \('1'\), expected two or more",
    ),
    "a text that is not UTF-8": (
        ["--data", "latin.tsv"],
        r"latin.tsv:3:2: invalid UTF-8 byte 0xe9 \(offset 19\)",
    ),
    "a row too long": (["--data", "ragged.tsv"], "ragged.tsv:3: "),
    "an unknown setting": (
        ["--data", "good.tsv", "--set", "training.epoch=3"],
        "unknown setting training.epoch; did you mean 'epochs'?",
    ),
    "a setting of the wrong type": (
        ["--data", "good.tsv", "--set", "training.epochs=many"],
        "setting training.epochs: found 'many', expected a whole number",
    ),
    "a setting out of range": (
        ["--data", "good.tsv", "--set", "training.epochs=0"],
        "setting training.epochs: found 0, expected at least 1",
    ),
    "an unknown member": (
        ["--data", "good.tsv", "--set", "model.encoder.cell=lstn"],
        "no 'lstn' among the cells; did you mean 'lstm'?",
    ),
    "a broken file of settings": (
        ["--config", "broken.toml"],
        "broken.toml: not readable as TOML: ",
    ),
    "vectors of the wrong width": (
        ["--data", "good.tsv", "--vectors", "vectors.txt", "--set", "model.embedding.width=8"],
        "vectors of the wrong width: found 3, expected 8 as model.embedding.width asks for "
        r"\(--set\); leave that setting away",
    ),
    "a folder that holds a run": (
        ["--data", "good.tsv", "--out", "run"],
        "run: already holds files; use --resume to go on with that run, --overwrite to replace it, "
        "or another --out",
    ),
    "a folder that is no run": (
        ["--data", "good.tsv", "--out", "run", "--overwrite"],
        "run: ",
    ),
    "nothing to resume": (
        ["--data", "good.tsv", "--out", "none", "--resume"],
        "none: no such run folder; leave --resume away to start one",
    ),
    "an unknown device": (
        ["--data", "good.tsv", "--device", "toaster"],
        "setting training.device: 'toaster' is not usable: ",
    ),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "precious.txt").write_text("kept")
    return tmp_path


@pytest.mark.parametrize("case", list(TABLE))
def test_bad_input_gets_one_clear_message_and_loses_nothing(folder, capsys, case):
    words, message = TABLE[case]
    code = run(["train", "sentiment", *words])
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    complaints = [line for line in said.err.splitlines() if line.startswith("nlpseq: ")]
    assert len(complaints) == 1
    assert re.match("nlpseq: " + message.replace("?", r"\?"), complaints[0]), complaints[0]
    assert "Traceback" not in said.err
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert (folder / "run" / "precious.txt").read_text() == "kept"


def test_rows_that_lack_a_value_are_left_out_by_the_flag_that_the_message_names(folder, capsys):
    (folder / "gaps.tsv").write_text(GOOD + "no label\t\n" * 10)
    words = [
        "train",
        "sentiment",
        "--data",
        "gaps.tsv",
        "--out",
        "new",
        "--set",
        "training.epochs=1",
    ]
    assert run(words) == 2
    assert "leave them out with --allow-empty" in capsys.readouterr().err
    assert run([*words, "--allow-empty"]) == 0
    assert "10 of 50 rows lack a value" in capsys.readouterr().err
