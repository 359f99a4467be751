"""Lines: files in any encoding, streams through real pipes, and refusals."""

import gzip
import os
import pty
import random
import signal
import threading
import time
import tracemalloc
import tty
from contextlib import contextmanager
from itertools import repeat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlpseq.errors import DataError, SettingError
from nlpseq.text import lines as module
from nlpseq.text import opening
from nlpseq.text.lines import Line, count_lines, read_lines, stream_lines
from tests.campaigns import oracles

SEPARATORS = ["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r"]


@pytest.fixture
def file(tmp_path):
    """Writes bytes and returns the path of the file."""

    def write(data, name="f.txt"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return str(path)

    return write


def refusal(path, **more):
    with pytest.raises(DataError) as caught:
        list(read_lines(path, **more))
    return str(caught.value).removeprefix(path)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"\n\n", ["", ""]),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\r", ["a"]),
        (b"a\r\r\n", ["a\r"]),
        (b"\r\n", [""]),
        (b"a\rb\n", ["a\rb"]),
        (b" a \t\n", [" a \t"]),
        (b"\xef\xbb\xbfa\n", ["a"]),
        (b"\xef\xbb\xbf", [""]),
        (b"a\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
        (b"\xef\xbb\xbf\xef\xbb\xbfa", ["\ufeffa"]),
        (
            "".join(f"x{each}y" for each in SEPARATORS).encode(),
            ["".join(f"x{s}y" for s in SEPARATORS)],
        ),
    ],
)
def test_a_file_is_cut_at_line_feeds_only(file, data, expected):
    for name in ("f.txt", "f.txt.gz"):
        path = file(data, name)
        assert list(read_lines(path)) == expected
        assert count_lines(path) == len(expected)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xff\xfea\0", ":1:1: looks like UTF-16/binary (byte order mark); convert with iconv"),
        (b"\xfe\xff\0a", ":1:1: looks like UTF-16/binary (byte order mark); convert with iconv"),
        (b"a\0b\0\n\0", ":1:2: looks like UTF-16/binary (NUL byte); convert with iconv"),
        ("gut\nüü\0".encode(), ":2:3: looks like UTF-16/binary (NUL byte); convert with iconv"),
        (b"ok\nab\xff\n", ":2:3: invalid UTF-8 byte 0xff (offset 5)"),
        (b"\xef\xbb\xbfab\xff\n", ":1:3: invalid UTF-8 byte 0xff (offset 5)"),
        ("äö".encode() + b"\xc3\n", ":1:3: invalid UTF-8 byte 0xc3 (offset 4)"),
        (b"a\xff\0", ":1:2: invalid UTF-8 byte 0xff (offset 1)"),
        (b"\xc0\xaf", ":1:1: invalid UTF-8 byte 0xc0 (offset 0)"),  # overlong
        (b"\xed\xa0\x80", ":1:1: invalid UTF-8 byte 0xed (offset 0)"),  # a surrogate
        (b"\xf4\x90\x80\x80", ":1:1: invalid UTF-8 byte 0xf4 (offset 0)"),  # beyond Unicode
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_place(file, data, expected):
    assert refusal(file(data)) == expected
    assert refusal(file(data, "f.gz")) == expected


fragments = st.sampled_from(
    [
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b"a",
        b" ",
        b"\t",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xc3",
        b"\xbc",
    ]
    + [each.encode() for each in SEPARATORS]
)
some_bytes = st.lists(fragments, max_size=12).map(b"".join) | st.binary(max_size=40)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some_bytes, st.sampled_from(["latin-1", "gb18030", "shift_jis", "big5", "iso2022_jp", "koi8_r"])
)
def test_any_bytes_in_any_encoding_are_lines_or_a_refusal(file, data, encoding):
    path = file(data)
    lines = data.split(b"\n")
    try:
        found = list(read_lines(path, encoding))
    except DataError as error:
        faulty = lines[error.place.line - 1]
        assert 1 <= error.place.column <= len(faulty)  # noqa: PT017 - a value or an error is right
        assert b"\0" in faulty or _undecodable(faulty, encoding)
    else:
        assert len(found) == count_lines(path)
        assert found == [line.removesuffix(b"\r").decode(encoding) for line in lines][: len(found)]


def _undecodable(line, encoding):
    try:
        line.removesuffix(b"\r").decode(encoding)
    except UnicodeDecodeError:
        return True
    return False


def test_an_encoding_is_honoured_and_never_guessed(file):
    path = file("grün\n中文".encode("gb18030"))
    assert list(read_lines(path, "gb18030")) == ["grün", "中文"]
    assert refusal(path) == ":1:3: invalid UTF-8 byte 0xa8 (offset 2)"
    assert refusal(path, encoding="ascii") == ":1:3: invalid ASCII byte 0xa8 (offset 2)"


@pytest.mark.parametrize(
    "encoding",
    ["utf-16", "utf-32-le", "utf-8-sig", "utf-7", "cp037", "rot13", "hex", "no", "a\0b", ""],
)
def test_an_encoding_without_plain_ascii_is_refused(file, encoding):
    with pytest.raises(SettingError, match="expected one that contains ASCII, such as utf-8"):
        list(read_lines(file(b"a"), encoding))


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n", b"\nnext"])
@pytest.mark.parametrize("name", ["f.txt", "f.gz"])
def test_a_line_may_be_16_mib_long_and_no_longer(file, monkeypatch, ending, name):
    monkeypatch.setattr(module, "LONGEST", 100)
    following = ["next"] if ending == b"\nnext" else []
    assert list(read_lines(file(b"x" * 100 + ending, name))) == ["x" * 100, *following]
    assert "found a line of more than" in refusal(file(b"ok\n" + b"x" * 101 + ending, name))
    assert refusal(file(b"ok\n" + b"x" * 1000 + ending, name)).startswith(":2: ")
    assert refusal(file(b"x" * 101 + b"\r" + ending, name)).startswith(":1: ")


def test_a_refusal_of_an_endless_line_costs_no_more_than_the_line_may_have(file):
    path = file(b"x" * (3 * 2**24), "long.gz")
    tracemalloc.start()
    try:
        message = refusal(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert message == ":1: found a line of more than 16777216 bytes, expected at most 16777216"
    assert peak < 100 * 2**20


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda packed: packed[: len(packed) // 2], "damaged gzip"),
        (lambda packed: packed[:-1], "damaged gzip"),
        (lambda packed: packed[:-8] + bytes(8), "damaged gzip"),  # checksum and length
        (lambda packed: packed + b"more", "damaged gzip"),
        (lambda packed: b"a plain text\n", "damaged gzip"),
        (lambda packed: packed[:12] + b"\xff\xff\xff" + packed[15:], "damaged gzip"),
    ],
)
def test_a_damaged_gzip_is_refused_at_the_latest_at_its_end(tmp_path, damage, expected):
    text = "".join(f"line {random.Random(n).random()}\n" for n in range(1000))
    path = tmp_path / "f.gz"
    path.write_bytes(damage(gzip.compress(text.encode())))
    assert expected in refusal(str(path))


def test_what_unpacks_too_far_is_refused(file, monkeypatch):
    monkeypatch.setattr(opening, "_TRUSTED_BYTES", 1000)
    assert len(list(read_lines(file(b"y\n" * 500, "f.gz")))) == 500
    packed = file(b"y\n" * 2**18, "g.gz")
    allowed = 200 * os.path.getsize(packed)
    assert refusal(packed) == f": found more than {allowed} bytes"
    with pytest.raises(DataError):
        count_lines(packed)


def test_size_and_number_of_lines_have_limits(file, monkeypatch):
    monkeypatch.setattr(opening, "_MOST_BYTES", 10)
    assert refusal(file(b"12345\n12345\n")) == ": found more than 10 bytes"
    monkeypatch.setattr(module, "_MOST_LINES", 2)
    assert refusal(file(b"1\n2\n3\n")) == ": found more than 2 lines"


def test_what_is_no_file_is_refused(tmp_path):
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    expected = "expected a file that can be read"
    assert refusal(str(tmp_path / "none")) == f": No such file or directory; {expected}"
    assert refusal(str(tmp_path)) == f": Is a directory; {expected}"
    assert refusal("a\0b") == f": embedded null byte; {expected}"
    assert refusal(pipe) == ": is a pipe or device; expected a file, to read again"
    assert refusal("/dev/zero") == ": is a pipe or device; expected a file, to read again"


@contextmanager
def nobody():
    """A block that does not run as root, who may read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_file_that_may_not_be_read_is_refused(file, tmp_path, monkeypatch):
    os.chmod(file(b"a", "may"), 0o444)
    os.chmod(file(b"a", "may_not"), 0)
    os.chmod(tmp_path, 0o755)
    monkeypatch.chdir(tmp_path)
    with nobody():
        assert list(read_lines("may")) == ["a"]
        assert refusal("may_not") == ": Permission denied; expected a file that can be read"


class Writer:
    """Writes chunks into a pipe from a thread, and after each does something."""

    def __init__(self, chunks, after=lambda: None):
        self.fd, self._to = os.pipe()
        self._chunks, self._after = chunks, after
        self._thread = threading.Thread(target=self._write)

    def _write(self):
        for chunk in self._chunks:
            os.write(self._to, chunk)
            self._after()
        os.close(self._to)

    def __enter__(self):
        self._thread.start()
        return self.fd

    def __exit__(self, *_):
        self._thread.join()
        os.close(self.fd)


def streamed(data, size=3, cut=7, **more):
    """The groups of lines that come of ``data`` when it is written in pieces."""
    with Writer([data[at : at + cut] for at in range(0, len(data), cut)]) as fd:
        return list(stream_lines(fd, repeat(size), **more))


@settings(max_examples=150)
@given(some_bytes, st.integers(1, 5), st.integers(1, 50))
def test_every_line_of_a_stream_has_its_place_also_a_refused_one(data, size, cut):
    found = [line for group in streamed(data, size, cut) for line in group]
    assert [line.number for line in found] == list(range(1, len(found) + 1))
    assert len(found) == data.count(b"\n") + (data != b"" and not data.endswith(b"\n"))
    expected = oracles.lines(data)
    if expected is not None:
        assert [line.text for line in found] == expected
        assert all(line.fault is None for line in found)
    else:
        assert any(line.fault for line in found)
        assert all(line.text == "" for line in found if line.fault)


def test_a_stream_and_a_file_refuse_with_the_same_words(file):
    data = b"ok\nab\xff\nok\n\0\n"
    lines = [line for group in streamed(data) for line in group]
    assert [line.text for line in lines] == ["ok", "", "ok", ""]
    assert str(lines[1].fault) == "stdin" + refusal(file(data))
    assert str(lines[3].fault) == (
        "stdin:4:1: looks like UTF-16/binary (NUL byte); convert with iconv"
    )


def test_groups_are_full_while_input_is_there(file):
    with open(file(b"a\n" * 7), "rb") as opened:
        sizes = [len(group) for group in stream_lines(opened.fileno(), repeat(3))]
    assert sizes == [3, 3, 1]


def test_lines_that_wait_are_handed_on_before_more_comes():
    answered = threading.Event()
    with Writer([b"one\ntwo\nthr", b"ee\n"], lambda: answered.wait(20)) as fd:
        groups = stream_lines(fd, repeat(64))
        assert [line.text for line in next(groups)] == ["one", "two"]
        answered.set()  # so that the writer goes on
        assert [line.text for line in next(groups)] == ["three"]
        assert list(groups) == []


def test_lines_that_come_soon_after_each_other_are_handed_on_together(monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 20)
    with Writer([b"one\n", b"two\n", b"three\n"], lambda: time.sleep(0.05)) as fd:
        groups = [[line.text for line in group] for group in stream_lines(fd, repeat(64))]
    assert groups == [["one", "two", "three"]]


def test_a_program_that_waits_for_each_answer_gets_it():
    there, to_us = os.pipe()
    groups = stream_lines(there, repeat(64))
    for number in range(1, 6):
        os.write(to_us, f"question {number}\n".encode())
        assert next(groups) == [Line(number, f"question {number}")]
    os.close(to_us)
    assert list(groups) == []
    os.close(there)


def test_lines_that_are_too_long_are_refused_and_the_next_ones_are_not(monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 100)
    long = b"x" * 101
    data = b"\n".join([b"a", long, b"b", long + b"\r", long * 50, b"\xff", b"x" * 100])
    lines = [line for group in streamed(data, cut=33) for line in group]
    assert [line.number for line in lines if line.fault] == [2, 4, 5, 6]
    assert [line.text for line in lines if not line.fault] == ["a", "b", "x" * 100]
    offset = data.index(b"\xff")  # also counted over what was not kept
    assert str(lines[5].fault) == f"stdin:6:1: invalid UTF-8 byte 0xff (offset {offset})"


def test_memory_does_not_grow_with_the_input(monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 2**16)
    with Writer([b"x" * 2**16] * 300 + [b"\n" + b"word " * 10_000] * 100) as fd:
        tracemalloc.start()
        count = sum(len(group) for group in stream_lines(fd, repeat(4)))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 101
    assert peak < 2**21


def test_an_interrupted_read_goes_on():
    rings = []
    before = signal.signal(signal.SIGALRM, lambda *_: rings.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        with Writer([b"one\n", b"two\n"], lambda: time.sleep(0.2)) as fd:
            texts = [line.text for group in stream_lines(fd, repeat(1)) for line in group]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert texts == ["one", "two"]
    assert len(rings) > 5


def test_a_terminal_is_read_line_by_line():
    control, terminal = pty.openpty()
    tty.setcbreak(terminal)
    groups = stream_lines(terminal, repeat(8))
    os.write(control, "grün\n".encode())
    assert next(groups) == [Line(1, "grün")]
    os.close(control)
    os.close(terminal)


def test_an_unreadable_descriptor_is_refused(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(DataError, match="^stdin: Is a directory while it was read$"):
        next(stream_lines(folder, repeat(1)))
    os.close(folder)
    with pytest.raises(DataError, match="^stdin: Bad file descriptor while it was read$"):
        next(stream_lines(folder, repeat(1)))
