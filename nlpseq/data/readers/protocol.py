"""What a reader is: a path and the columns a task asks for, to rows with their places."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from nlpseq.data.columns import locate
from nlpseq.errors import Faulty, SettingError, raised
from nlpseq.settings import DataSettings
from nlpseq.task import Column, Row, Task
from nlpseq.text.lines import file_lines, read_lines

__all__ = ["DataSettings", "Reader", "file_lines", "locate", "read_lines"]


class Reader(ABC):
    """Streams the rows of one source; nothing is kept in memory.

    A reader changes nothing in the texts, drops no row, and raises
    :class:`~nlpseq.errors.DataError` with the place of whatever it cannot read. Of a fault
    behind which it finds the next row it tells ``faulty``, which raises it, or keeps it to
    show all faults at once; then the reader leaves that row out.
    """

    def __init__(self, settings: DataSettings, task: Task) -> None:
        self.settings = settings
        self.task = task
        self.faulty: Faulty = raised

    @abstractmethod
    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """The rows of ``path`` with a value for each of ``columns``; an absent value is ""."""

    def parts(self, path: str) -> dict[str, str]:
        """The parts that ``path`` names, and the path of each; a file is a part without name."""
        return {"": path}

    def refuse(self, name: str, reason: str) -> None:
        """Refuse a setting that this reader cannot honour.

        Raises:
            SettingError: it does not have its default value.
        """
        if getattr(self.settings, name) != getattr(DataSettings(), name):
            raise SettingError(f"--{name}: {reason}; leave it out")
