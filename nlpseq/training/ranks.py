"""Several processes that train one model, as ``torchrun`` starts them.

The first of them leads: it alone holds the run folder, judges, saves and talks. All learn: each
from batches of its own, and what they learn is added up before every step, so the weights stay
the same in all. While the first does what it does alone, the others wait for word of how it
went, however long that takes, and pass on any signal that reaches them.
"""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import distributed, nn
from torch.distributed.rendezvous import rendezvous

from nlpseq.errors import Failure, SettingError, Stopped
from nlpseq.signals import Flag

T = TypeVar("T")

_LOST = datetime.timedelta(minutes=5)  # a process that is silent for longer is lost
_LISTEN = 0.02  # seconds between two looks for word


def several() -> bool:
    """Whether this process was started as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def restarted() -> int:
    """How often ``torchrun --max-restarts`` has started all anew, as one had died."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


def restarts() -> bool:
    """Whether it would."""
    return int(os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0")) > 0


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """Meet the other processes, if there are any, until the block ends.

    Each computes on a GPU of its own, if that is what ``device`` says.

    Raises:
        SettingError: there are fewer GPUs than processes.
    """
    if not several():
        yield Ranks()
        return
    on_gpu = device != "cpu" and torch.cuda.is_available()
    if on_gpu:
        number, there = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
        if number > there:
            raise SystemExit(SettingError.exit_code)  # the one before has said why
        if number == there:
            raise SettingError(
                f"found {there} GPUs for more processes than that; start {there} on this machine, "
                "or compute with --device cpu"
            )
        torch.cuda.set_device(number)
    store, rank, size = next(iter(rendezvous("env://", timeout=_LOST)))
    # It may outlive a start, and must not tell of it in the next.
    store = distributed.PrefixStore(f"nlpseq-{restarted()}", store)  # type: ignore[attr-defined]
    backend = "cpu:gloo,cuda:nccl" if on_gpu else "gloo"
    distributed.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_LOST)
    try:
        yield Ranks(rank, size, store)
    finally:
        distributed.destroy_process_group()


class Ranks:
    """The processes of one training, seen from one of them; by default it is the only one.

    Raises (all methods):
        Failure: another process is gone.
    """

    def __init__(self, rank: int = 0, size: int = 1, store: Any = None) -> None:
        self.rank, self.size = rank, size
        self.flag = Flag()
        self._store = store
        self._turn = 0  # of what the first does alone
        self._leading = False  # whether it is at that

    @property
    def leads(self) -> bool:
        """Whether this is the first."""
        return self.rank == 0

    def led(self, work: Callable[[], T], tell: Callable[[T], Any] = lambda result: result) -> Any:
        """What ``work`` comes to, which the first does alone; the others get what it will ``tell``.

        Raises:
            Whatever ``work`` raises, in the first; a stop and an end in the others.
        """
        if self.size == 1:
            return work()
        self._turn += 1
        key = f"turn-{self._turn}"
        return self._lead(key, work, tell) if self.leads else self._follow(key)

    def in_turn(self, work: Callable[[], T]) -> T:
        """``work`` of the first, and then that of the others, who find what it left behind."""
        done = self.led(work, lambda result: None)
        return done if self.leads else work()

    def _lead(self, key: str, work: Callable[[], T], tell: Callable[[T], Any]) -> T:
        told: dict[str, Any] = {"code": 1}
        self._leading = True
        try:
            result = work()
            told = {"result": tell(result)}
        except Stopped as stopped:
            told = {"stopped": stopped.signal}
            raise
        except BaseException as error:
            told = {"code": getattr(error, "exit_code", 1)}
            raise
        finally:
            self._leading = False
            self._store.set(key, json.dumps(told))
        return result

    def _follow(self, key: str) -> Any:
        while not self._told(key):
            if self.flag:
                self._store.set("stop", str(self.flag.number))
            time.sleep(_LISTEN)
        told = json.loads(self._store.get(key))
        if "stopped" in told:
            raise Stopped(told["stopped"])
        if "code" in told:
            raise SystemExit(told["code"])  # the first has said why
        return told["result"]

    def _told(self, key: str) -> bool:
        try:
            return bool(self._store.check([key]))
        except RuntimeError as error:
            raise _gone(error) from None

    def stop(self) -> int:
        """The signal that any of them heard, 0 if none did."""
        number = self.flag.number
        if self._leading:  # the others wait
            if not number and self._store.check(["stop"]):
                number = int(self._store.get("stop"))
            return number
        if self.size > 1:
            heard = torch.tensor(number)
            self._collect(lambda: distributed.all_reduce(heard, distributed.ReduceOp.MAX))
            number = int(heard)
        return number

    def total(self, *numbers: float) -> list[float]:
        """Each number, added up over all processes."""
        if self.size == 1:
            return list(numbers)
        totals = torch.tensor(numbers, dtype=torch.float64)
        self._collect(lambda: distributed.all_reduce(totals))
        return list(totals.tolist())

    def of_first(self, number: float) -> float:
        """The number that the first process has."""
        return self.total(number if self.leads else 0.0)[0]

    def add_up(self, parameters: Sequence[nn.Parameter]) -> None:
        """Add up the gradient of each over all processes, in one message."""
        if self.size == 1:
            return
        found = (torch.zeros_like(p) if p.grad is None else p.grad for p in parameters)
        message = torch.cat([gradient.flatten() for gradient in found])
        self._collect(lambda: distributed.all_reduce(message))
        parts = torch.split(message, [each.numel() for each in parameters])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)

    def handed(self, work: Callable[[], Mapping[str, bytes]]) -> Mapping[str, bytes]:
        """The files that ``work`` finds, which the first does alone, handed to all."""
        if self.size == 1:
            return work()
        found: Mapping[str, bytes] = {}

        def sizes() -> dict[str, int]:
            nonlocal found
            found = work()
            return {name: len(data) for name, data in found.items()}

        files = {}
        for name, size in self.led(sizes).items():
            data = torch.frombuffer(bytearray(found.get(name, bytes(size))), dtype=torch.uint8)
            self._collect(lambda data=data: distributed.broadcast(data, 0))  # type: ignore[misc]
            files[name] = found[name] if self.leads else data.numpy().tobytes()
        return files

    def check_same(self, what: str, digest: Callable[[], str]) -> None:
        """Refuse to train together on what is not the same.

        Raises:
            SettingError: it is another than that of the first.
        """
        if self.size > 1 and self.led(digest) != digest():
            raise SettingError(
                f"process {self.rank} of {self.size}: {what} differ from those of process 0; start "
                "all with one command, on the same data"
            )

    def leave(self) -> None:
        """The others have done their part: they end here, and the first goes on alone."""
        if not self.leads:
            raise SystemExit(0)

    def _collect(self, talk: Callable[[], object]) -> None:
        try:
            talk()
        except RuntimeError as error:
            raise _gone(error) from None


def _gone(error: RuntimeError) -> Failure:
    reason = str(error).partition("\n")[0]
    return Failure(
        f"another process of this training is gone ({reason}); start all again with --resume"
    )
