"""Datasets by name: ``hub:NAME``, one part of it as ``hub:NAME:PART``, ``hub:NAME@CONFIGURATION``.

A name is handed to ``datasets.load_dataset`` and to nothing else, and code that a dataset may
bring is never trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nlpseq.data.readers.saved import DatasetReader, import_datasets, refused
from nlpseq.errors import DataError, Place
from nlpseq.task import Column, Row

_NAME = re.compile(r"hub:(\w[\w.-]*(?:/\w[\w.-]*)?(?:@\w[\w.-]*)?)(?::(\w[\w.-]*))?")


class Hub(DatasetReader):
    """Keeps the dataset that it loaded, since loading asks the hub whether it is still the same."""

    _loaded: tuple[str, Mapping[str, Any]] = "", {}

    def parts(self, path: str) -> dict[str, str]:
        """The parts of a dataset, or the one that ``path`` names."""
        name, part = self._split(path)
        return {"": path} if part else {part: f"hub:{name}:{part}" for part in self._load(name)}

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """The rows of one part."""
        name, part = self._split(path)
        parts = self._load(name)
        if part not in parts:
            raise DataError(f"found the parts {', '.join(parts)}, no '{part}'", Place(path))
        return self.dataset_rows(path, columns, parts[part])

    def _split(self, path: str) -> tuple[str, str]:
        match = _NAME.fullmatch(path)
        if not match:
            raise DataError(
                "expected hub:NAME, hub:OWNER/NAME, hub:NAME@CONFIGURATION or hub:NAME:PART",
                Place(path),
            )
        return match[1], match[2] or ""

    def _load(self, name: str) -> Mapping[str, Any]:
        if self._loaded[0] != name:
            datasets = import_datasets()
            try:
                self._loaded = name, datasets.load_dataset(*name.split("@"))
            except Exception as error:
                raise refused(error, f"hub:{name}") from None
        return self._loaded[1]
