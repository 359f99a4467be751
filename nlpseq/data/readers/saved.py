"""Folders that ``datasets`` wrote with ``save_to_disk``; and what its readers share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from nlpseq.data.columns import as_value, locate
from nlpseq.data.readers.protocol import Reader
from nlpseq.errors import DataError, MissingExtra, Place
from nlpseq.task import Column, Row

Records = Callable[[list[str]], Iterable[Mapping[str, Any]]]


class DatasetReader(Reader):
    """Reads what has typed columns; a nested column goes by ``outer.inner``."""

    def typed_rows(
        self, path: str, columns: Sequence[Column], features: Mapping[str, Any], records: Records
    ) -> Iterator[Row]:
        """The rows of the ``records`` of the columns asked for, labels by their names."""
        self.refuse("encoding", "only text files have one")
        names = list(features)
        at = locate(columns, names, self.settings.columns, Place(path))
        wanted = {column: names[index] for column, index in at.items()}
        for number, record in enumerate(records(list(wanted.values())), 1):
            place = Place(path, number)
            values = {name: _named(features[key], record[key]) for name, key in wanted.items()}
            try:
                row = Row({c.name: as_value(c.kind, values[c.name]) for c in columns}, place)
            except DataError as error:
                self.faulty(error.at(place))
            else:
                yield row

    def dataset_rows(self, path: str, columns: Sequence[Column], dataset: Any) -> Iterator[Row]:
        """The rows of a ``datasets.Dataset``."""
        flat = dataset.flatten()
        return self.typed_rows(path, columns, flat.features, flat.select_columns)


class Saved(DatasetReader):
    """A folder with one dataset; where there are several, each has a folder of its own."""

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """The rows of the dataset in the folder ``path``."""
        datasets = import_datasets()
        try:
            dataset = datasets.load_from_disk(path)
        except Exception as error:
            raise refused(error, path) from None
        return self.dataset_rows(path, columns, dataset)


def is_saved(folder: str) -> bool:
    """Whether a folder holds one dataset."""
    return os.path.isfile(os.path.join(folder, "dataset_info.json"))


def import_datasets() -> Any:
    """The library, which an extra installs."""
    try:
        import datasets
    except ImportError:
        raise MissingExtra("datasets", "hub") from None
    return datasets


def refused(error: Exception, path: str) -> DataError:
    """What the library says, which may raise anything, as our own error."""
    reason = " ".join(str(error).split())
    return DataError(f"refused by datasets: {type(error).__name__}: {reason}", Place(path))


def _named(feature: Any, found: Any) -> Any:
    """The names of labels that are stored as numbers; -1 stands for a label that is not known."""
    names = getattr(getattr(feature, "feature", feature), "names", None)
    if not names:
        return found
    if isinstance(found, list):
        return [_named(feature, each) for each in found]
    return names[found] if found in range(len(names)) else None
