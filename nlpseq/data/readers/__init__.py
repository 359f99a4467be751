"""Readers: files -> rows. The name of a file reader is the ending of its files, without .gz.

A reader that is not found by an ending is chosen by :mod:`nlpseq.data.source`.
"""

from nlpseq.registry import Registry

READERS = Registry(
    "nlpseq.readers",
    {
        "csv": "nlpseq.data.readers.delimited:Csv",
        "tsv": "nlpseq.data.readers.delimited:Tsv",
        "jsonl": "nlpseq.data.readers.jsonl:JsonLines",
        "parallel": "nlpseq.data.readers.parallel:Parallel",
        "parquet": "nlpseq.data.readers.parquet:Parquet",
        "hub": "nlpseq.data.readers.hub:Hub",
        "saved": "nlpseq.data.readers.saved:Saved",
        "sample": "nlpseq.data.readers.sample:Sample",
    },
)
