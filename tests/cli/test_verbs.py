"""Lines in, answers out."""

import fcntl
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import termios
import threading
import time
from array import array

import pytest

from nlpseq.cli.answers import rendered, shades
from nlpseq.errors import SettingError
from tests.campaigns.streams import same

SEPARATORS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r"


@pytest.fixture
def shout(nlpseq, trained):
    """Run the verb of a task out of a file, with a model that has learned it."""

    def call(*words, input=b"", model=trained / "run"):
        own = ["--code", trained / "loud.py", "--model", model]
        return nlpseq("shout", *own, *words, input=input)

    return call


@pytest.fixture
def shouting_process(place, trained):
    """Start the verb as a process with pipes; one that hangs is killed, which ends its pipes."""
    children, watches = [], []

    def start(*words):
        own = ["--code", trained / "loud.py", "--model", trained / "run"]
        child = subprocess.Popen(
            [sys.executable, "-m", "nlpseq", "shout", *map(str, [*own, *words])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        children.append(child)
        watches.append(threading.Timer(120, child.kill))
        watches[-1].start()
        return child

    yield start
    for watch in watches:
        watch.cancel()
    for child in children:
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout, child.stderr):
            stream.close()


def test_a_signal_within_a_line_leaves_that_line_whole(shouting_process):
    child = shouting_process("--format", "jsonl", "--batch", 1)
    child.stdin.write((b"good " * 4000 + b"\n") * 3)  # whose answer no pipe takes at once
    child.stdin.close()
    held, most = array("i", [0]), fcntl.fcntl(child.stdout, fcntl.F_GETPIPE_SZ)
    while held[0] < most:
        assert child.poll() is None
        time.sleep(0.05)
        fcntl.ioctl(child.stdout, termios.FIONREAD, held)
    child.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    lines = child.stdout.read().splitlines(keepends=True)
    assert (child.wait(60), len(lines)) == (128 + signal.SIGTERM, 1)
    assert lines[0].endswith(b"\n")
    assert len(json.loads(lines[0])["source"]) == 4000


def some_lines(count, seed):
    """Lines of all kinds, and for each the label that is right, "" for none, None if refused."""
    draw = random.Random(seed)
    kinds = [
        (b"good number %d", "yes"),
        (b"bad number %d", "no"),
        (b"", ""),
        (b"  \t ", ""),
        (b"good \xff %d", None),
        (f"good{SEPARATORS}number %d".encode(), "yes"),
        ("bad \u202e\x1b[31m number %d".encode(), "no"),
        (b"bad " * 50 + b"%d", "no"),
        (b"good \0 %d", None),
        (b"good number %d\r", "yes"),
    ]
    for _ in range(count):
        line, label = draw.choice(kinds)
        yield (line % draw.randrange(40) if b"%d" in line else line), label


@pytest.mark.parametrize("batch", [1, 7, 64])
@pytest.mark.parametrize("seed", range(3))
def test_every_line_gets_its_answer_in_its_place(shout, batch, seed):
    lines = list(some_lines(100, seed))
    done = shout("--batch", batch, input=b"".join(line + b"\n" for line, _ in lines))

    answers = done.stdout.split("\n")
    assert answers.pop() == ""
    assert done.stdout.splitlines() == answers
    assert [answer.partition("\t")[0] for answer in answers] == [label or "" for _, label in lines]
    refused = [number for number, (_, label) in enumerate(lines, 1) if label is None]
    *reasons, count = done.stderr.splitlines()
    assert [int(reason.split(":")[1]) for reason in reasons] == refused
    assert all(reason.startswith("stdin:") for reason in reasons)
    assert count == f"lines refused: {len(refused)}; their answers are empty"
    assert done.returncode == 3


def test_an_answer_depends_on_its_line_alone(shout):
    lines = b"".join(line + b"\n" for line, label in some_lines(60, 1) if label is not None)
    one, many = (shout("--batch", batch, input=lines) for batch in (1, 64))
    beside = zip(one.stdout.splitlines(), many.stdout.splitlines(), strict=True)
    assert all(same(*pair) for pair in beside)
    assert (one.returncode, one.stderr) == (0, "")


@pytest.mark.parametrize(
    ("lines", "count"), [(b"", 0), (b"\n", 1), (b"\n\n", 2), (b"good", 1), (b"good\n", 1)]
)
def test_lines_count_as_wc_counts_them(shout, lines, count):
    done = shout(input=lines)
    assert (done.returncode, done.stdout.count("\n")) == (0, count)


def test_a_line_of_words_without_end_harms_only_itself(shout):
    done = shout(input=b"good\n" + b"x" * 5000 + b"\nbad\n")
    assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == ["yes", "", "no"]
    assert done.stderr.startswith("stdin:2: word 1 of 1 has 5000 characters")
    assert done.returncode == 3


def test_that_only_the_beginning_of_a_text_was_read_is_said(shout):
    done = shout(input=b"good " * 4097 + b"\n" + b"bad " * 4096 + b"\n")
    assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == ["yes", "no"]
    assert (done.returncode, done.stderr) == (0, "texts read only up to text.max_tokens: 1\n")


def test_texts_are_read_in_the_encoding_that_is_asked_for(place, shout):
    data = "good café\n\nbad Käse\n".encode("latin-1")
    (place / "in.txt").write_bytes(data)
    asked = ("--encoding", "latin-1", "--format", "jsonl")
    for done in (shout(*asked, "--file", "in.txt"), shout(*asked, input=data)):
        answers = map(json.loads, done.stdout.splitlines())
        read = [answer.get("source") for answer in answers]
        assert read == [["good", "café"], None, ["bad", "Käse"]]
        assert (done.returncode, done.stderr) == (0, "")
    assert shout("--file", "in.txt").returncode == 3


def test_json_lines_hold_the_whole_prediction(shout):
    done = shout("--format", "jsonl", input="good fun\n\nbad \xff\n".encode("latin-1"))
    good, blank, refused = map(json.loads, done.stdout.splitlines())
    assert good["text"] == "yes"
    assert good["tokens"] == ["yes"]
    assert good["source"] == ["good", "fun"]
    assert set(good["probabilities"]) == {"yes", "no"}
    assert sum(good["probabilities"].values()) == pytest.approx(1)
    assert sum(good["attention"][0]) == pytest.approx(1)
    assert blank == {"text": ""}
    assert refused == {"text": "", "refused": "stdin:3:5: invalid UTF-8 byte 0xff (offset 14)"}
    assert done.returncode == 3


def test_texts_as_arguments_are_answered_one_for_one(shout):
    done = shout("good\nday", "", "bad", "--marks", "3")
    labels = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert labels == ["yes!!!", "", "no!!!"]
    assert (done.returncode, done.stderr) == (0, "")


def test_an_argument_that_is_no_text_is_refused(shout):
    done = shout("good", "b\udcffd")
    assert done.stdout.count("\n") == 2
    assert done.stderr.startswith("argument:2:2: invalid UTF-8\n")
    assert done.returncode == 3


def test_explaining_weighs_every_word_that_was_read(shout):
    answer, words = shout("--explain", "good number 3").stdout.rstrip("\n").rsplit("\t", 1)
    assert answer.startswith("yes\t")
    names, weights = words.split(" ")[::2], words.split(" ")[1::2]
    assert names == ["good", "number", "3"]
    assert sum(float(weight.strip("[]")) for weight in weights) == pytest.approx(1, abs=0.02)
    assert shout("--explain", "").stdout == "\n"


def test_an_answer_without_attention_cannot_be_explained():
    from nlpseq.model.protocol import Prediction

    for attention in (None, ((0.5, 0.5), (1.0, 0.0))):
        answer = Prediction(text="a b", tokens=("a", "b"), source=("c", "d"), attention=attention)
        assert rendered(answer, "text") == ["a b"]
        with pytest.raises(SettingError, match="does not attend to words once per answer"):
            shades(answer)


@pytest.mark.parametrize("separator", [*SEPARATORS, "\n", "\r\n"])
def test_an_answer_is_one_line_whatever_a_model_says(separator):
    from nlpseq.model.protocol import Prediction

    answer = Prediction(text=f"a{separator}b", source=(f"c{separator}",), tokens=("a", "b"))
    assert rendered(answer, "text") == ["a b"]
    (line,) = rendered(answer, "jsonl")
    assert line.splitlines() == [line]
    told = json.loads(line)
    assert (told["text"], told["source"]) == ("a b", [f"c{separator}"])


@pytest.mark.slow
def test_words_are_shaded_on_a_terminal(in_terminal, trained):
    words = ["shout", "--code", trained / "loud.py", "--model", trained / "run", "--explain"]
    sent, code = in_terminal(*words, "good \x1b[31m day")
    assert code == 0
    assert sent.count(b"\n") == 1
    assert b"\x1b[30;48;5;226m" in sent
    assert b"\x1b[31m" not in sent


def test_an_output_file_appears_whole_at_the_end(place, shout):
    (place / "in.txt").write_bytes(b"good\n\nb\xffd\nbad\n")
    done = shout("--file", "in.txt", "--output", "out.txt")
    answers = (place / "out.txt").read_bytes().decode().split("\n")
    assert [answer.partition("\t")[0] for answer in answers] == ["yes", "", "", "no", ""]
    assert done.stdout == ""
    assert done.stderr.startswith("in.txt:3:2: invalid UTF-8 byte 0xff")
    assert done.returncode == 3
    assert {path.name for path in place.iterdir()} == {"in.txt", "out.txt"}


def test_an_output_goes_where_a_link_leads_and_into_nothing_but_a_file(place, shout):
    (place / "there").mkdir()
    (place / "link.txt").symlink_to("there/out.txt")
    shout("--output", "link.txt", "good")
    assert (place / "link.txt").is_symlink()
    assert (place / "there" / "out.txt").read_text().startswith("yes\t")
    os.mkfifo(place / "pipe")
    for path in (".", "there", "pipe", "/dev/null"):
        done = shout("--output", path, "good")
        assert (done.returncode, done.stdout) == (2, "")
        assert "--output takes a file" in done.stderr
    assert (place / "pipe").is_fifo()


def test_a_packed_file_is_unpacked(place, shout):
    lines = [f"{'good' if number % 3 else 'bad'} number {number}" for number in range(150)]
    with gzip.open("lines.txt.gz", "wt") as file:
        file.write("".join(f"{line}\n" for line in lines))
    found = shout("--file", "lines.txt.gz", "--batch", 64).stdout.splitlines()
    assert found == shout(input="\n".join(lines).encode()).stdout.splitlines()
    assert len(found) == len(lines)


def test_a_program_that_writes_a_line_and_waits_gets_its_answer(shouting_process):
    child = shouting_process()
    for word, label in [(b"good\n", b"yes"), (b"\n", b""), (b"bad\n", b"no")] * 3:
        child.stdin.write(word)
        child.stdin.flush()
        assert child.stdout.readline().partition(b"\t")[0].strip() == label
    child.stdin.close()
    assert child.wait(60) == 0


def test_a_reader_that_goes_away_ends_it(shouting_process):
    child = shouting_process("--batch", 8)
    child.stdin.write(b"good\n" * 20)
    child.stdin.flush()
    assert child.stdout.readline().startswith(b"yes")
    child.stdout.close()
    child.stdin.write(b"good\n" * 20)
    child.stdin.close()
    assert child.wait(60) == -signal.SIGPIPE
    assert child.stderr.read() == b""


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow),
        (signal.SIGTERM, 143),
        pytest.param(signal.SIGHUP, 129, marks=pytest.mark.slow),
    ],
)
def test_a_signal_ends_it_and_leaves_nothing_half_done(place, shouting_process, number, code):
    child = shouting_process("--output", "out.txt")
    child.stdin.write(b"good\n")
    child.stdin.flush()
    began = time.monotonic()
    while not any("out.txt" in path.name for path in place.iterdir()):
        assert time.monotonic() - began < 60
        time.sleep(0.02)
    child.send_signal(number)
    assert child.wait(60) == code
    assert child.stderr.read() == b""
    assert list(place.iterdir()) == []


def test_without_a_model_it_says_which_there_are_and_how_to_get_one(nlpseq, place, trained):
    code = ("--code", trained / "loud.py")
    done = nlpseq("shout", *code, "text")
    assert done.stderr == (
        "nlpseq: no --model, and none shipped for task shouting; runs seen here: none; train one "
        "with: nlpseq train shouting\n"
    )
    (place / "runs").mkdir()
    (place / "runs" / "one").symlink_to(trained / "run")
    done = nlpseq("shout", *code, "text")
    assert "runs seen here: runs/one;" in done.stderr
    assert (done.returncode, done.stdout) == (2, "")


def test_a_model_of_another_task_is_refused(nlpseq, trained):
    done = nlpseq("sentiment", "--model", trained / "run", "--code", trained / "loud.py", "text")
    assert "found a model of task 'shouting', expected one of 'sentiment'" in done.stderr
    assert "nlpseq shout" in done.stderr
    assert (done.returncode, done.stdout) == (2, "")


def test_a_model_whose_task_is_not_known_is_refused(nlpseq, trained):
    done = nlpseq("sentiment", "--model", trained / "run", "text")
    assert "its task 'shouting' comes from" in done.stderr
    assert done.returncode == 2
