"""The built-in sample of a task: ``sample:train``, ``sample:valid``, ``sample:test``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlpseq.config import read
from nlpseq.data.readers.protocol import Reader
from nlpseq.errors import DataError, Place, SettingError
from nlpseq.settings import DataSettings
from nlpseq.task import Column, Row


class Sample(Reader):
    """What :meth:`nlpseq.task.Task.sample` returns."""

    def parts(self, path: str) -> dict[str, str]:
        """The parts of the sample, or the one that ``path`` names."""
        return (
            {part: f"sample:{part}" for part in self.task.sample()}
            if path == "sample"
            else {"": path}
        )

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """The rows of one part."""
        self.refuse("columns", "the sample has the columns of its task")
        self.refuse("encoding", "the sample is no file")
        own = read(DataSettings, self.task.defaults.get("data", {})).spoken
        if self.settings.spoken != own:
            found, expected = ("-".join(each) for each in (self.settings.spoken, own))
            raise SettingError(f"found language {found}, but the sample is {expected}; give --data")
        sample = self.task.sample()
        part = path.removeprefix("sample:")
        if part not in sample:
            raise DataError(f"found the parts {', '.join(sample)}, no '{part}'", Place(path))
        names = [column.name for column in columns]
        for number, values in enumerate(sample[part], 1):
            place = Place(path, number)
            if len(values) != len(names):
                found = f"found {len(values)} values, expected {len(names)}"
                self.faulty(DataError(found, place))
            else:
                yield Row(dict(zip(names, values, strict=True)), place)
