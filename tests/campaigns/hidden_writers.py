"""Does anything write behind our back? Two records of one training must agree.

One is made where Python calls ``os``, the other by ``strace`` where the process calls the
kernel. What a library writes in C++ or Rust shows in the second alone. The control saves with
the writer of safetensors.

    python -m tests.campaigns.hidden_writers
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import safetensors.torch
import torch

from nlpseq.training.run import Run
from tests.campaigns.campaign import Count, main
from tests.campaigns.recorder import Op
from tests.campaigns.tiny import Tiny, workplace

CALLS = (
    "openat,open,creat,write,pwrite64,writev,pwritev,ftruncate,truncate,fallocate,fsync,fdatasync,"
    "mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir"
)
_LINE = re.compile(r"\d+ +(\w+)\((.*)\) += (\d+)")
_PATH = re.compile(r'"([^"]*)"|\d+<([^>]*)>')
SAME = {"unlinkat": "unlink", "renameat": "rename", "renameat2": "rename", "mkdirat": "mkdir"}


def seen_by_the_kernel(trace: str, root: Path) -> Iterator[str]:
    """The changes below ``root`` that strace saw, in words."""
    for name, given, result in _LINE.findall(trace):
        paths = [quoted or opened for quoted, opened in _PATH.findall(given)]
        if name.endswith("at") and len(paths) == 2 and not paths[1].startswith("/"):
            paths = [os.path.join(*paths)]  # a name in an open folder
        below = [os.path.relpath(path, root) for path in paths if path.startswith(str(root))]
        if not below or (name == "openat" and not re.search("O_CREAT|O_WRONLY|O_RDWR", given)):
            continue
        if "AT_REMOVEDIR" in given:
            name = "rmdir"
        size = [result] if name == "write" else []
        yield " ".join(
            [SAME.get(name, name), *(below[:2] if "rename" in name else below[:1]), *size]
        )


def seen_here(done: list[Op]) -> Iterator[str]:
    """The same, as the recorder saw it."""
    for op in done:
        path = op.path or "."
        match op.name:
            case "mark":
                continue
            case "create" | "open":
                if op.other != "folder":
                    yield f"openat {path}"
            case "write":
                yield f"write {path} {len(op.data)}"
            case "rename":
                yield f"rename {path} {op.other}"
            case _:
                yield f"{op.name} {path}"


def _save_hidden(run: Run, step: int, files: object, keep: int, real: object = Run.save) -> None:
    real(run, step, files, keep)  # type: ignore[operator]
    safetensors.torch.save_file({"a": torch.zeros(3)}, run.folder / "hidden.safetensors")


def child(folder: Path, fault: str) -> None:
    """Train under the recorder; print what it saw."""
    with patch.object(Run, "save", _save_hidden if fault else Run.save):
        done = Tiny(folder).record(folder / "run", sync=True).done
    print("\n".join(seen_here(done)))


def compared(folder: Path, fault: str = "") -> tuple[list[str], list[str]]:
    """Both records of one training."""
    folder.mkdir()
    trace = folder / "trace"
    words = ["strace", "-f", "-qq", "-y", "-s", "0", "--seccomp-bpf", "-e", f"trace={CALLS}"]
    python = [sys.executable, "-m", "tests.campaigns.hidden_writers", "--child", str(folder), fault]
    done = subprocess.run([*words, "-o", str(trace), *python], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = trace.read_text(errors="replace")
    return done.stdout.splitlines(), list(seen_by_the_kernel(text, folder / "run"))


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """The two records of a training, and of one with a hidden writer."""
    with workplace() as folder:
        here, kernel = compared(folder / "right")
        count.cases["operations"] += len(kernel)
        apart = [pair for pair in zip(here, kernel, strict=False) if pair[0] != pair[1]]
        count.check(here == kernel and len(here) > 100, f"the records differ: {apart[:1]}")
        here, kernel = compared(folder / "spoilt", "spoilt")
        hidden = [line for line in kernel if line not in here]
        count.control("a hidden writer", any("hidden.safetensors" in line for line in hidden))


if __name__ == "__main__":
    if "--child" in sys.argv:
        child(Path(sys.argv[2]), sys.argv[3])
    else:
        main(run_campaign, size=1)
