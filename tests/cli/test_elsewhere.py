"""What is left where the system has less than Linux."""

import subprocess
import sys

LESS = """
import os, signal, sys, torch
sys.modules["fcntl"] = None
for name in ("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "register_at_fork"):
    delattr(os, name)
for name in ("SIGHUP", "pthread_sigmask"):
    delattr(signal, name)
sys.argv[0] = "nlpseq"
from nlpseq.cli import main
main()
"""


def test_verbs_answer_without_what_only_unix_has(tmp_path):
    words = ["sentiment", "--file", "in.txt", "--output", "out.txt"]
    (tmp_path / "in.txt").write_text("A quiet film that stays with you.\n")
    done = subprocess.run(
        [sys.executable, "-c", LESS, *words], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.txt").read_text().startswith("positive\t")
