"""``nlpseq data check``: what a person is told of data before training on it."""

import json

import pytest

GOOD = "text\tlabel\n" + "".join(
    f"text {n} is {'good' if n % 2 else 'bad'}\t{n % 2}\n" for n in range(40)
)


@pytest.fixture
def check(place, nlpseq):
    """Check some files, given by their names and contents."""

    def run(*words, **files):
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (place / name.replace("_", ".")).write_bytes(data)
        return nlpseq("data", "check", *words)

    return run


def test_data_without_a_fault_is_described_and_said_to_be_ready(check):
    done = check("sentiment", "--data", "a.tsv", "--test", "b.tsv", a_tsv=GOOD, b_tsv=GOOD)
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line[:24].strip(): line[24:].split() for line in done.stdout.splitlines()}
    assert rows["rows"] == ["36", "4", "40"]
    assert rows["stands in train"] == ["-", "-", "40"]
    assert rows["label, labels"] == ["2", "2", "2"]
    assert "test, stands in train: b.tsv line 2, 3, 4, 5, 6, ..." in done.stdout
    assert done.stdout.endswith("\nnothing is in the way of: nlpseq train sentiment\n")


def test_every_fault_of_every_file_is_told_in_one_go(check):
    bad = GOOD + "three\tcolumns\there\nfine\t1\nd\u00e9j\u00e0\n"
    done = check(
        *("sentiment", "--data", "a.tsv", "--valid", "b.tsv", "--test", "none.tsv"),
        a_tsv=bad.encode("latin-1"),
        b_tsv="text\tlabel\n\t1\nwell\t2\n",
    )
    assert done.returncode == 2
    for fault in (
        "a.tsv:42: found 3 columns, expected 2 as in the first line",
        "a.tsv:44:2: invalid UTF-8 byte 0xe9 (offset ",
        "b.tsv:2: no value for 'text', expected one here; mend it, or name each part: "
        "--data, --valid, --test",
        "b.tsv:3: unknown label '2'; known: 0, 1",
        "none.tsv: no such file or folder",
        "faults: 5; nlpseq train sentiment would refuse this data",
    ):
        assert f"\n{fault}" in done.stdout


def test_machines_get_one_document(check):
    done = check("sentiment", "--data", "a.tsv", "--json", a_tsv=GOOD + "one column\n")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ready"], told["task"]) == (2, False, "sentiment")
    assert told["faults"]["first"][0]["line"] == 42
    assert told["parts"]["train"]["path"] == "a.tsv"
    assert told["parts"]["valid"]["path"] == "split off from a.tsv"


def test_columns_languages_and_encoding_are_those_of_training(check):
    files = {"a_de": "Käse\nBrot\n".encode("latin-1") * 20, "a_en": "cheese\nbread\n" * 20}
    words = ["translation", "--data", "a", "--langs", "de-en"]
    assert check(*words, **files).returncode == 2
    assert check(*words, "--encoding", "latin-1", "--valid", "a").returncode == 0
    turned = "".join(f"{'ny'[n % 2]},text {n}\n" for n in range(40))
    words = ["sentiment", "--data", "b.csv", "--columns", "text=2,label=1"]
    done = check(*words, b_csv=turned)
    assert done.returncode == 0
    told = {line[:24].strip(): line[24:].split() for line in done.stdout.splitlines()}
    assert told["rows"] == ["36", "4"]
    assert told["label, labels"] == ["2", "2"]
    assert check("sentiment", "--data", "b.csv").returncode == 2


def test_hostile_names_and_labels_do_not_reach_the_terminal(place, in_terminal):
    (place / "a.tsv").write_bytes(GOOD.encode() + b"x\t\xc2\x9b31m\nz\xff\t\x1b[2J\n")
    sent, code = in_terminal("data", "check", "sentiment", "--data", "a.tsv")
    assert code == 2
    assert b"\x1b" not in sent
    assert b"\xc2\x9b" not in sent
    assert b"a.tsv:43:2: invalid UTF-8" in sent


def test_options_that_only_training_has_are_refused(check):
    for words in (["--vectors", "x"], ["--device", "cpu"], ["--max-minutes", "3"]):
        done = check("sentiment", *words)
        assert done.returncode == 2
        assert f"{words[0]}" in done.stderr
