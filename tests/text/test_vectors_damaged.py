"""Vector files that are damaged, hostile, or no vectors at all: the exact answers."""

import gzip
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from nlpseq.errors import DataError
from nlpseq.text import opening
from nlpseq.text.vectors import read_vectors
from nlpseq.text.vectors import source as source_module


class Everything:
    """Wants every word."""

    def __contains__(self, word):
        return True


def assert_refused(path, message):
    with pytest.raises(DataError) as caught:
        read_vectors(path, {"a", "b", "c"})
    assert str(caught.value).startswith(f"{path}:{message}")


LONG = "x" * 1001
DAMAGED_TEXT = {
    "short": ("2 3\na 1 2 3\nb 1 2\n", "3: found 2 numbers, expected 3"),
    "long": ("2 3\na 1 2 3\nb 1 2 3 4\n", "3: found 4 numbers, expected 3"),
    "short, unwanted": ("2 3\nodd 1\nb 1 2 3\n", "2: found 1 numbers, expected 3"),
    "empty line": ("2 3\n\nb 1 2 3\nc 4 5 6\n", "2: found 0 numbers, expected 3"),
    "two spaces": ("1 3\na 1  2 3\n", "2: found 4 numbers, expected 3"),
    "short, no header": ("a 1 2 3\nb 1 2\n", "2: found 2 numbers, expected 3"),
    "long, no header": ("a 1 2 3\nb 1 2 3 4\n", "2: found 4 numbers, expected 3"),
    "no number": ("1 2\na 1 x\n", "2: found 'x', expected a number"),
    "no number either": ("1 2\na 1 1_0\n", "2: found '1_0', expected a number"),
    "no UTF-8 number": (b"2 2\na 1 2\nb 1 2\xff\n", "3: found '2\\\\xff', expected a number"),
    "nan": ("1 2\na 1 nan\n", "2: found nan as number 2, expected a finite one"),
    "infinite": ("a -inf 1\n", "1: found -inf as number 1, expected a finite one"),
    "overflow": ("a 1 1e39\n", "1: found inf as number 2, expected a finite one"),
    "again": ("a 1 2\nb 1 2\na 3 4\n", "3: found 'a' again, first in line 1; remove one of"),
    "no word": ("1 2\n 1 2\n", "2: found no word before the numbers"),
    "long word": (f"a 1 2\n{LONG} 1 2\n", "2: found a word of 1001 characters, expected at most"),
    "too many": ("1 2\na 1 2\nb 1 2\n", "3: found a row more than the 1 that the header promises"),
    "too few": ("3 1\na 11111\nb 22222\n", "4: the file ends here, but its header promises 3 rows"),
    "not UTF-8": (b"a 1 2\n\xc3\xbc\xff 1 2\n", "2:2: invalid UTF-8 byte 0xff"),
    "Latin-1 behind a header": (b"1 2\nm\xfcde 1 2\n", "2:2: invalid UTF-8 byte 0xfc"),
    "NUL behind a header": ("1 2\na\0 1 2 3\n", "2: found 3 numbers, expected 2"),
    "promise": ("9 300\na 1 2\n", "1: the header promises 9 rows of 300 numbers, at least 5417"),
    "many rows": ("10000001 1\na 1\n", "1: found 10000001 rows, expected at most 10000000"),
    "wide": ("1 4097\na 1\n", "1: found vectors of width 4097, expected 1 to 4096"),
    "no width": ("1 0\na\n", "1: found vectors of width 0, expected 1 to 4096"),
    "wide, no header": ("a" + " 1" * 4097, "1: found vectors of width 4097, expected 1 to 4096"),
    "empty": ("", "1: found no word with numbers behind it; expected word vectors: word2vec"),
    "prose": ("It was a dark night.\n", "1: found no word with numbers behind it"),
    "UTF-16": ("a 1 2\n".encode("utf-16"), "1: found no word with numbers behind it"),
    "NumPy": (b"\x93NUMPY\x01\x00v\x00", "1: found no word with numbers behind it"),
    "gzip": (gzip.compress(b"a 1 2\n"), " is packed with gzip; give it a name that ends in .gz"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED_TEXT.values(), ids=DAMAGED_TEXT)
def test_damaged_text_is_refused_with_its_place(content, message, tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    assert_refused(path, message)


NAN = float("nan")


def row(word, *numbers):
    return word + b" " + struct.pack(f"<{len(numbers)}f", *numbers)


DAMAGED_BINARY = {
    "cut in a row": (b"2 2\n" + row(b"a", 1, 2) + row(b"bcdefg", 1), "3: the file ends here, but"),
    "cut in a word": (b"2 1\n" + row(b"abcdefgh", 1) + b"b", "3: the file ends here, but its"),
    "too few": (b"2 1\n" + row(b"abcdefgh", 1), "3: the file ends here, but its header promises 2"),
    "too many": (b"1 1\n" + row(b"a", 1) + row(b"b", 1), "3: found a row more than the 1 that"),
    "nan": (b"1 2\n" + row(b"a", 1, NAN), "2: found nan as number 2, expected a finite one"),
    "again": (b"2 1\n" + row(b"a", 1) * 2, "3: found 'a' again, first in line 2; remove one"),
    "no word": (b"1 1\n" + row(b"", 1), "2: found no word before the numbers"),
    "long word": (b"1 1\n" + row(b"\1" * 1001, 1), "2: found a word of 1001 characters"),
    "no space": (b"1 1\n" + b"\1" * 5000, "2: found a word of 4001 characters"),
    "not UTF-8": (b"1 1\n" + row(b"\xff", 1), "2:1: invalid UTF-8 byte 0xff"),
    "promise": (
        b"9 9\n" + row(b"a", 1),
        "1: the header promises 9 rows of 9 numbers, at least 341",
    ),
    "many rows": (b"4000000000 300\n" + row(b"a", 1), "1: found 4000000000 rows, expected at most"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED_BINARY.values(), ids=DAMAGED_BINARY)
def test_damaged_binary_is_refused_with_its_row(content, message, tmp_path):
    (tmp_path / "vectors.bin").write_bytes(content)

    assert_refused(tmp_path / "vectors.bin", message)


@pytest.mark.parametrize("cut", [5, 40, -9, -3])
def test_a_cut_gzip_file_is_refused(cut, tmp_path):
    path = tmp_path / "v.txt.gz"
    path.write_bytes(gzip.compress(b"a 1 2\nb 3.14159 2.71828\nc 5 6\n")[:cut])

    with pytest.raises(DataError, match=r"v\.txt\.gz(:\d+)?: damaged gzip: .*; fetch it again"):
        read_vectors(path, Everything())


def test_a_changed_gzip_file_is_refused(tmp_path):
    path = tmp_path / "v.txt.gz"
    content = bytearray(gzip.compress(b"a 1 2\nb 3 4\n"))
    content[-6] ^= 1  # of the checksum
    path.write_bytes(content)

    with pytest.raises(DataError, match="damaged gzip: CRC check failed"):
        read_vectors(path, Everything())


def test_plain_text_under_the_name_of_a_gzip_file_is_refused(tmp_path):
    (tmp_path / "v.gz").write_text("a 1 2\n")

    assert_refused(tmp_path / "v.gz", " damaged gzip: Not a gzipped file")


def test_a_gzip_bomb_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "_MOST_BYTES", 2**20)
    path = tmp_path / "v.txt.gz"
    path.write_bytes(gzip.compress(b"a 1 2\n" * 2**18))

    with pytest.raises(DataError, match="found more than 1048576 bytes"):
        read_vectors(path, {"b"})


def test_an_endless_line_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(source_module, "LONGEST", 1000)
    (tmp_path / "v.txt").write_text("a 1 2\n" + "b" * 2000)

    assert_refused(tmp_path / "v.txt", "2: found a line of 1000 bytes or more")


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever

    assert_refused(tmp_path / "absent.txt", " No such file or directory; expected a file that")
    assert_refused(tmp_path, " Is a directory; expected a file that can be read")
    assert_refused(tmp_path / "pipe", " is a pipe or device")


class Bait:
    """Touches a file when it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


@pytest.mark.parametrize("name", ["vectors.kv", "vectors.bin", "vectors.kv.gz"])
@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_refused_and_never_opened(protocol, name, tmp_path):
    path, bait = tmp_path / name, tmp_path / "touched"
    content = pickle.dumps(Bait(bait), protocol=protocol)
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    with pytest.raises(DataError):
        read_vectors(path, Everything())

    assert not bait.exists()
    pickle.loads(content)
    assert bait.exists()  # so the bait works


def test_the_message_on_a_pickle_holds_the_line_that_converts_it(tmp_path):
    kv, converted = str(tmp_path / "my.kv"), str(tmp_path / "my.txt")
    vectors = KeyedVectors(2)
    vectors.add_vectors(["a", "b"], np.array([[1, 2], [3, 4.1]], dtype=np.float32))
    vectors.save(kv)

    with pytest.raises(DataError, match="is a Python pickle; it can run code and is never") as no:
        read_vectors(kv, Everything())
    exec(str(no.value).partition('python -c "')[2].rstrip('"'))

    read = read_vectors(converted, Everything())
    np.testing.assert_array_equal(read.vectors, vectors.vectors)


def test_a_zip_file_is_refused_but_the_word_pk_is_none(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"PK\x03\x04data.pkl")
    (tmp_path / "glove.txt").write_text("PK 1 2\n")

    assert_refused(tmp_path / "model.pt", " is a Python pickle")
    assert len(read_vectors(tmp_path / "glove.txt", {"PK"})) == 1
