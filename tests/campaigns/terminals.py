"""What reaches a terminal: text that is seen, and our own few colours; nothing that drives it.

``python -m tests.campaigns.terminals --size N``: every character through ``shown``; then N runs of
commands on a real terminal (of two sizes of colour) with hostile data, names of files, of tensors
and of plugins.
"""

from __future__ import annotations

import contextlib
import os
import pty
import random
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

from nlpseq.bundle.tensors import WEIGHTS
from nlpseq.cli.terminal import shown
from tests.campaigns.campaign import Count, main
from tests.campaigns.models import labeller, read_folder, signed, workplace, write_folder

OURS = re.compile(rb"\x1b\[30;48;5;(?:22[6-9]|230)m|\x1b\[0m|\r\x1b\[K")
DRIVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\u2028\u2029\u200b\ufeff\U000e0041]")
HOSTILE = (
    "\x1b]0;own\x07", "\x9b2J", "\u202eevil", "a\u2028b", "\u200b", "a\rb", "\x7f\x08", "\x1b[31m",
    "\ufeff", "\U000e0041", "\x1bPq\x1b\\", "\x1b]8;;http://x\x1b\\",
)  # fmt: skip

Words = list[str | bytes]


def sent_to_terminal(words: Words, typed: bytes = b"", **environment: str) -> bytes:
    """All that a command sends to the terminal that it runs on."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "nlpseq", *words],
        stdin=subprocess.PIPE, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "200", **environment},
    )  # fmt: skip
    os.close(theirs)
    child.stdin.write(typed)  # type: ignore[union-attr]
    child.stdin.close()  # type: ignore[union-attr]
    sent = all_sent(ours)
    child.wait()
    return sent


def all_sent(ours: int) -> bytes:
    """What comes through our end of a terminal, until it closes with its last user."""
    sent = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(ours, 65536):
            sent += chunk
    os.close(ours)
    return sent


def driven(sent: bytes) -> str:
    """What in it is neither text that is seen nor one of our colours."""
    left = OURS.sub(b"", sent).replace(b"\r\n", b"\n").decode()
    found = DRIVES.search(left)
    return f"{found[0]!r} in {left[:300]!r}" if found else ""


def data(name: str, evil: str) -> tuple[Words, bytes]:
    """Hostile texts and labels in a file of examples."""
    Path(name).write_text(f"text\tlabel\ngood {evil}\t{evil}\nbad\t\n{evil}\n", newline="")
    return ["evaluate", "labeller", "--data", name], b""


def file_name(name: str, evil: str) -> tuple[Words, bytes]:
    """A hostile name."""
    Path(f"{evil.replace('/', '')}.tsv").write_text("x\ty\n")
    return ["train", "sentiment", "--data", f"{evil.replace('/', '')}.tsv"], b""


def texts(name: str, evil: str) -> tuple[Words, bytes]:
    """Hostile texts, explained in colours or told as JSON."""
    words: Words = ["sentiment", "--model", "labeller"]
    more: Words = ["--explain"] if len(evil) % 2 else ["--format", "jsonl"]
    return [*words, *more], f"good {evil} film\n{evil}\n".encode() + b"\xff\n"


def tensor_name(name: str, evil: str) -> tuple[Words, bytes]:
    """A tensor with a hostile name, in a model whose digests are right."""
    files = read_folder(Path("labeller/model"))
    header = f'{{"{evil}": 1}}'.encode("unicode_escape").replace(b"\\x", b"\\u00")
    files[WEIGHTS] = len(header).to_bytes(8, "little") + header
    write_folder(Path(name), signed(files))
    return ["sentiment", "--model", name, "good"], b""


def record(name: str, evil: str) -> tuple[Words, bytes]:
    """A task and a format with hostile names."""
    files = read_folder(Path("labeller/model"))
    task = {"name": evil, "distribution": evil, "version": evil}
    write_folder(Path(name), signed(files, task=task))
    return ["compare", "labeller", name, "--data", "rows.tsv"], b""


def settings(name: str, evil: str) -> tuple[Words, bytes]:
    """Hostile keys and values."""
    escaped = "".join(f"\\U{ord(character):08x}" for character in evil)
    Path(name).write_text(f'[data]\nlanguage = "{escaped}"\n"{escaped}" = 1\n')
    return ["config", "show", "--config", name], b""


def plugin(name: str, evil: str) -> tuple[Words, bytes]:
    """A plugin whose name, version and error are hostile."""
    lines = evil.replace("\r", "").replace("\u2028", "").replace("\x1c", "")
    info = Path("site") / "evil-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: evil{lines}\nVersion: {lines}\n")
    groups = (f"[nlpseq.{group}]\nevil{lines} = evil{lines}:A\n" for group in ("tasks", "verbs"))
    (info / "entry_points.txt").write_text("\n".join(groups))
    return [("tasks", "--help")[len(evil) % 2]], b""


WAYS: tuple[Callable[[str, str], tuple[Words, bytes]], ...] = (
    data, file_name, texts, tensor_name, record, settings, plugin,
)  # fmt: skip


def try_characters(count: Count) -> None:
    """Every character, alone on its line, and between letters."""
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        form = shown(f"a{character}b")[1:-1]
        count.cases["characters"] += 1
        if form == character and code not in (9, 10):
            hidden = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
            count.check(not hidden and not DRIVES.search(character), f"shown as it is: {code:x}")


def run_campaign(size: int, rng: random.Random, count: Count) -> None:
    """Characters, then commands."""
    try_characters(count)
    with workplace() as place:
        labeller(place)
        for number in range(size):
            way, evil = WAYS[number % len(WAYS)], HOSTILE[number // len(WAYS) % len(HOSTILE)]
            words, typed = way(f"evil-{number}", evil)
            colours = {} if rng.random() < 0.7 else {"NO_COLOR": "1"}
            path = os.pathsep.join([str(place / "site"), os.environ.get("PYTHONPATH", "")])
            sent = sent_to_terminal(words, typed, PYTHONPATH=path, **colours)
            count.cases["commands"] += 1
            count.check(bool(sent), f"{way.__name__} {evil!r}: nothing was said")
            count.check(not driven(sent), f"{way.__name__} {evil!r}: {driven(sent)}")
    plain = "".join(HOSTILE).encode()
    count.control("hostile text sent as it is", bool(driven(plain)))
    alone = [bool(driven(evil.encode())) for evil in HOSTILE]
    count.control("each hostile text alone", all(alone))


if __name__ == "__main__":
    main(run_campaign, size=200)
