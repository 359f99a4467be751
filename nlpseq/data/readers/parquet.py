"""Parquet files, in batches of records and only the columns that are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nlpseq.data.readers.saved import DatasetReader, import_datasets, refused
from nlpseq.task import Column, Row


class Parquet(DatasetReader):
    """One file; the names of labels are read where ``datasets`` wrote it."""

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """The rows of a file; see :class:`~nlpseq.data.readers.protocol.Reader`."""
        datasets = import_datasets()
        import pyarrow  # which datasets stands on
        import pyarrow.parquet

        def records(names: list[str]) -> Iterator[Mapping[str, Any]]:
            for batch in file.iter_batches(batch_size=1000, columns=names):
                yield from pyarrow.Table.from_batches([batch]).flatten().to_pylist()

        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                features = datasets.Features.from_arrow_schema(file.schema_arrow).flatten()
                yield from self.typed_rows(path, columns, features, records)
        except (OSError, pyarrow.ArrowException) as error:
            raise refused(error, path) from None
