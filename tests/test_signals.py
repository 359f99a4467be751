"""A polite stop, in a real process that gets real signals."""

import contextlib
import operator
import signal
import subprocess
import sys
import threading

import pytest

from nlpseq.signals import SIGNALS, stop_flag

LISTENER = """
import signal, sys, time
from nlpseq.signals import stop_flag
if "ignore" in sys.argv:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
with stop_flag() as flag:
    print(bool(flag), flush=True)
    until = time.monotonic() + 30
    while not flag and time.monotonic() < until:
        time.sleep(0.01)
    print(flag.number, flush=True)
    if "wait" in sys.argv:
        time.sleep(30)
print("after", flush=True)
if "after" in sys.argv:
    time.sleep(30)
"""


@pytest.fixture(autouse=True)
def _signals_act_as_ever():
    """Also where the tests run under nohup, which has SIGHUP ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def listen(*words):
    return subprocess.Popen(
        [sys.executable, "-c", LISTENER, *words], stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def start():
    """Start listeners, and end those that a failed test leaves."""
    begun = []

    def begin(*words):
        begun.append(listen(*words))
        assert begun[-1].stdout.readline() == "False\n"
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_the_first_signal_sets_the_flag_and_the_second_ends_the_process(start, number):
    process = start("wait")
    process.send_signal(number)
    assert process.stdout.readline() == f"{number.value}\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 128 + signal.SIGINT
    assert process.stdout.read() == ""


def test_after_the_block_a_signal_acts_as_ever(start):
    process = start("after")
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == f"{signal.SIGTERM.value}\n"
    assert process.stdout.readline() == "after\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == -signal.SIGTERM


def test_a_signal_that_was_ignored_from_the_start_stays_ignored(start):
    process = start("ignore")
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == f"{signal.SIGTERM.value}\n"
    assert process.wait(timeout=10) == 0


def test_the_handlers_from_before_come_back_after_an_error_too():
    before = [signal.getsignal(number) for number in SIGNALS]
    with contextlib.suppress(ZeroDivisionError), stop_flag():
        assert all(map(operator.ne, map(signal.getsignal, SIGNALS), before))
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_in_another_thread_the_flag_stays_down():
    found = []

    def work():
        with stop_flag() as flag:
            found.append(bool(flag))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]
