"""Word vectors: read from a file or trained here, then laid out in the order of a vocabulary.

All of it goes through gensim's ``KeyedVectors``, so that the rest of the code need not know
where vectors came from.
"""

from nlpseq.text.vectors.lookup import Coverage, Lookup, vectors_for, wanted_words
from nlpseq.text.vectors.reading import read_vectors
from nlpseq.text.vectors.training import train_vectors

__all__ = ["Coverage", "Lookup", "read_vectors", "train_vectors", "vectors_for", "wanted_words"]
