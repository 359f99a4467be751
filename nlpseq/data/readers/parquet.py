"""Parquet files, in batches of records and only the columns that are asked for."""

from __future__ import annotations

import contextlib
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

        def flat(table: pyarrow.Table) -> pyarrow.Table:
            while any(pyarrow.types.is_struct(kind) for kind in table.schema.types):
                table = table.flatten()
            return table

        def records(names: list[str]) -> Iterator[Mapping[str, Any]]:
            for batch in file.iter_batches(batch_size=1000, columns=names):
                yield from flat(pyarrow.Table.from_batches([batch])).to_pylist()

        def described(schema: pyarrow.Schema) -> Mapping[str, Any]:
            """What the library knows of each column; None of those that it has no word for."""
            found = dict.fromkeys(flat(schema.empty_table()).column_names)
            for field in schema:
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    alone = pyarrow.schema([field], schema.metadata)
                    found |= datasets.Features.from_arrow_schema(alone).flatten()
            return found

        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                yield from self.typed_rows(path, columns, described(file.schema_arrow), records)
        except (OSError, pyarrow.ArrowException) as error:
            raise refused(error, path) from None
