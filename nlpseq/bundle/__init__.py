"""Model folders: the only code that opens or writes one.

::

    bundle.json          format, task, what it was made of, each file with size and SHA-256
    weights.safetensors  the tensors            model.json   the settings that answers follow
    tokenizer/           vocabularies, states   README.md    the card, written from bundle.json
"""

from nlpseq.bundle.find import find_model
from nlpseq.bundle.parts import Parts, pack, unpack

__all__ = ["Parts", "find_model", "pack", "unpack"]
