"""Where output goes: pipes that close, disks that are full, and terminals that obey."""

import os
import re
import signal
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "nlpseq"]
COLOURS = re.compile(rb"\x1b\[30;48;5;(?:22[6-9]|230)m|\x1b\[0m")


def test_a_reader_that_has_gone_ends_a_command_like_any_other(place):
    for words in (["tasks"], ["--help"], ["--version"]):
        end, start = os.pipe()
        os.close(end)
        done = subprocess.run([*COMMAND, *words], stdout=start, stderr=subprocess.PIPE)
        os.close(start)
        assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize("words", [["tasks"], ["--help"]], ids=" ".join)
def test_a_full_disk_is_a_failure(place, words):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert done.stderr.startswith(b"nlpseq: ")
    assert done.stderr.count(b"\n") == 1


def test_a_closed_standard_output_is_a_failure(place):
    done = subprocess.run(
        ["sh", "-c", f"{' '.join(COMMAND)} tasks >&-"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (1, "nlpseq: standard output: closed\n")


def test_a_closed_standard_error_hides_the_message_only(place):
    done = subprocess.run(["sh", "-c", f"{' '.join(COMMAND)} trian 2>&-"], capture_output=True)
    assert (done.returncode, done.stdout) == (2, b"")


def assert_harmless(sent):
    left = COLOURS.sub(b"", sent).decode().replace("\r\n", "\n")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\u2028\u2029\u200b]", left), sent


HOSTILE = "\x1b]0;owned\x07\x9b2J\u202eevil\u2028\u200b\r\x7f"


@pytest.mark.parametrize(
    "words",
    [
        [HOSTILE],
        ["train", HOSTILE],
        ["train", "sentiment", "--" + HOSTILE],
        ["train", "sentiment", "--config", HOSTILE],
        ["train", "sentiment", "--columns", HOSTILE],
        ["train", "sentiment", "--seed", HOSTILE],
        ["train", "sentiment", "--code", HOSTILE],
        ["train", "sentiment", "--config", b"\xff\xfe.toml"],
        ["sentiment", "--format", HOSTILE],
        ["sentiment", "--file", HOSTILE],
    ],
)
def test_words_cannot_drive_the_terminal(in_terminal, words):
    sent, code = in_terminal(*words)
    assert_harmless(sent)
    assert sent.startswith(b"nlpseq: ")
    assert code == 2


def test_plugins_cannot_drive_the_terminal(install, in_terminal, shouting):
    hostile = HOSTILE.replace("\r", "").replace("\u2028", "")  # these end a line of metadata
    code = shouting.replace("Label texts, loudly.", HOSTILE.encode("unicode_escape").decode())
    install("loud-thing", code, tasks=["shouting", f"x{hostile}"], verbs=["shout", f"x{hostile}"])
    code = f"raise RuntimeError({ascii(HOSTILE)})"
    install("broken-thing", code, tasks=["broken"], verbs=["break"])
    for words in (["--help"], ["tasks"], ["tasks", "--json"], ["shout", "--help"], ["break", "x"]):
        sent, _ = in_terminal(*words)
        assert_harmless(sent)
        assert b"\\x1b]0;owned\\x07" in sent or b"\\u001b" in sent, words


def test_nothing_to_read_on_a_terminal_is_said_at_once(in_terminal):
    sent, code = in_terminal("sentiment")
    assert b"give texts as arguments, --file FILE, or lines by a pipe" in sent
    assert code == 2
