"""Models and checkpoints with a file that was damaged: refused by its name, never used.

``python -m tests.campaigns.damage --size N``: N damages of every file of a model folder and of a
checkpoint. A damaged model must be refused; of checkpoints the one before must be taken, and
that be said.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from nlpseq.bundle import manifest, unpack
from nlpseq.bundle.manifest import read_files
from nlpseq.errors import BundleError
from nlpseq.training import run as run_module
from nlpseq.training.run import Run, open_run
from tests.campaigns.campaign import Count, main
from tests.campaigns.models import labeller, read_folder, workplace

Judge = Callable[[], str]
"""Opens what was damaged; gives what was said of it, nothing where it was taken as it is."""


def flipped(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """One bit turned."""
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def zeroed(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """A sector of the disk that came back empty."""
    start = rng.randrange(0, len(data), 512)
    end = min(start + 512, len(data))
    return data[:start] + bytes(end - start) + data[end:]


def cut(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """The end not written."""
    return data[: rng.randrange(len(data))]


def longer(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """Something behind the end."""
    return data + rng.randbytes(rng.randrange(1, 600))


def swapped(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """The content of another file."""
    return other


DAMAGES = (flipped, zeroed, cut, longer, swapped)


def damage_all(folder: Path, judge: Judge, size: int, rng: random.Random, count: Count) -> None:
    """``size`` damages of every file of a folder, each undone afterwards."""
    files = read_folder(folder)
    for name, data in files.items():
        others = [other for other in files.values() if other != data]
        for number in range(size):
            damage = rng.choice(DAMAGES)
            harmed = damage(data, rng.choice(others), rng)
            if harmed == data:  # zeros in the place of zeros
                continue
            (folder / name).write_bytes(harmed)
            said = judge()
            count.cases[f"damages of {name}"] += 1
            count.check(name in said, f"{name}: {damage.__name__} {number}: said: {said!r}")
        (folder / name).write_bytes(data)
    count.check(not judge(), f"{folder}: refused although whole")


def of_model(folder: Path, opener: Callable[[Path], object] = unpack) -> Judge:
    """What is said when a model folder is opened."""

    def judge() -> str:
        try:
            opener(folder)
        except BundleError as error:
            return str(error).partition(f"'{folder}': ")[2]
        return ""

    return judge


def of_checkpoint(run: Run, newest: int) -> Judge:
    """What is said when a run is taken up; nothing unless the checkpoint before is taken."""

    def judge() -> str:
        said: list[str] = []
        taken = run.newest(said.append)
        assert taken is not None
        return " ".join(said) if (taken.step < newest) == bool(said) else f"took {taken.step}"

    return judge


def control(folder: Path, count: Count) -> None:
    """See that a loader that does not look at digests is caught."""
    unread = Count()
    with patch.object(manifest, "_verified", lambda f, name, entry: (f / name).read_bytes()):
        damage_all(folder, of_model(folder, read_files), 20, random.Random(1), unread)
    count.control("a model read without digests", bool(unread.violations))


def control_of_checkpoints(run: Run, newest: int, count: Count) -> None:
    """The same for checkpoints."""
    unread = Count()
    with patch.object(run_module, "_verified", lambda path, listed: path.read_bytes()):
        judge = of_checkpoint(run, newest)
        damage_all(run_module._folder(run.checkpoints, newest), judge, 20, random.Random(1), unread)
    count.control("a checkpoint read without digests", bool(unread.violations))


def run_campaign(size: int, rng: random.Random, count: Count) -> None:
    """Damage a model and a checkpoint of the same run."""
    with workplace() as place:
        folder = labeller(place)
        damage_all(folder / "model", of_model(folder / "model"), size, rng, count)
        control(folder / "model", count)
        with open_run(folder, overwrite=False, resume=True) as run:
            newest = run_module.steps(run.checkpoints)[0]
            damage_all(
                run_module._folder(run.checkpoints, newest),
                of_checkpoint(run, newest),
                size,
                rng,
                count,
            )
            control_of_checkpoints(run, newest, count)


if __name__ == "__main__":
    main(run_campaign, size=5000)
