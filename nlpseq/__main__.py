"""``python -m nlpseq``: the same as ``nlpseq``."""

from __future__ import annotations

import sys

from nlpseq.cli import main

if __name__ == "__main__":
    sys.exit(main())
